"""Whether an address in a letter opens: asked by HEAD, then by GET, of public addresses only.

What people write into a letter makes this machine ask it, so that nothing may be reached that the writer could not reach: only http and
https on their own ports, only hosts all of whose addresses are public, the connection made to the very address that was looked up (a
second look-up could tell another one), each redirect examined anew, no proxy, no cookies, little read, little waited: so many seconds in
all, however slowly a server goes on answering.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from urllib.parse import urljoin, urlsplit

SECONDS, REDIRECTS, READ = 6.0, 4, 2048
ALTOGETHER = 15.0
# Special purposes of IANA that `is_global` of this Python does not know, or calls global (RFC 6890 and those after it).
_SPECIAL = [
    ipaddress.ip_network(one)
    for one in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")
]
_UNICAST, _TRANSLATED = ipaddress.IPv6Network("2000::/3"), ipaddress.IPv6Network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}
AGENT = "Jasenpalvelu-linkcheck/1.0"
# Asked for politeness: a site that refuses machines is not dead.
NOT_FOR_US = {401, 403, 405, 406, 429, 501, 503, 999}
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Found:
    """`state` as LinkState: ok, dead, private, unsure. `code` is the status, or a word: dns, refused, timeout, tls, loop, scheme."""

    state: str
    code: str = ""


class _Refused(Exception):
    """An address that is not to be asked."""


def look(
    address: str,
    *,
    resolve: Resolve | None = None,
    connect: Callable[..., http.client.HTTPConnection] | None = None,
) -> Found:
    """What is behind the address. Never raises."""
    here, until = address, time.monotonic() + ALTOGETHER
    for _turn in range(REDIRECTS + 1):
        try:
            status, onwards = _ask(here, resolve or addresses_of, connect or connection_to, until)
        except _Refused as error:
            return Found("private" if str(error) == "private" else "dead", str(error))
        except socket.gaierror:
            return Found("dead", "dns")
        except ssl.SSLError:
            return Found("dead", "tls")
        except TimeoutError:
            return Found("unsure", "timeout")
        except ConnectionRefusedError:
            return Found("dead", "refused")
        except (OSError, http.client.HTTPException, ValueError):
            return Found("unsure", "error" if time.monotonic() < until else "timeout")
        if not onwards:
            return _judged(status)
        here = urljoin(here, onwards)
    return Found("dead", "loop")


def _judged(status: int) -> Found:
    if status < 400:
        return Found("ok", str(status))
    return Found("unsure" if status in NOT_FOR_US or status >= 500 else "dead", str(status))


def _ask(
    address: str, resolve: Resolve, connect: Callable[..., http.client.HTTPConnection], until: float
) -> tuple[int, str]:
    """(status, where it redirects to)."""
    parts = urlsplit(address)
    host, scheme = parts.hostname or "", parts.scheme.lower()
    if scheme not in PORTS or not host or parts.username or (parts.port or PORTS[scheme]) != PORTS[scheme]:
        raise _Refused("scheme")
    target = _public(resolve(host.encode("idna").decode() if not host.isascii() else host, PORTS[scheme]))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path = (
        path.encode("utf-8").decode("latin-1")
        if path.isascii()
        else "".join(c if c.isascii() else "%" + "%".join(f"{b:02X}" for b in c.encode()) for c in path)
    )
    status, onwards = 0, ""
    for method in ("HEAD", "GET"):
        status, onwards = _once(connect(scheme, host, target, PORTS[scheme]), method, path, until)
        if status < 400:
            break
    return status, onwards


def _once(connection: http.client.HTTPConnection, method: str, path: str, until: float) -> tuple[int, str]:
    """The time of a socket begins anew with each piece that comes, so that another hand ends it."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    end = Timer(left, _cut, [connection])
    end.daemon = True
    end.start()
    try:
        connection.request(
            method, path, headers={"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"}
        )
        answer = connection.getresponse()
        answer.read(READ)
        onwards = answer.getheader("Location") or ""
        return answer.status, onwards if 300 <= answer.status < 400 else ""
    finally:
        end.cancel()
        connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    if (sock := getattr(connection, "sock", None)) is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _public(found: Iterable[str]) -> str:
    """The first of the host's addresses, when every one of them is on the public internet."""
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
    if not addresses:
        raise socket.gaierror
    if not all(_is_public(one) for one in addresses):
        raise _Refused("private")
    return str(addresses[0])


def _is_public(one: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(one, ipaddress.IPv6Address):
        if one in _TRANSLATED:
            return _is_public(ipaddress.IPv4Address(int(one) & 0xFFFFFFFF))
        if one not in _UNICAST or (one.sixtofour is not None and not _is_public(one.sixtofour)):
            return False
    if any(one in network for network in _SPECIAL):
        return False
    return one.is_global and not (one.is_multicast or one.is_reserved or one.is_unspecified)


def addresses_of(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connection_to(scheme: str, host: str, target: str, port: int) -> http.client.HTTPConnection:
    """A connection to the address that was examined, which greets the host by its name."""
    if scheme == "http":
        return _Plain(host, target, port)
    return _Secure(host, target, port)


class _Plain(http.client.HTTPConnection):
    def __init__(self, host: str, target: str, port: int) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._target = target

    def connect(self) -> None:
        self.sock = socket.create_connection((self._target, self.port), self.timeout)


class _Secure(http.client.HTTPSConnection):
    def __init__(self, host: str, target: str, port: int) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=SECONDS, context=self._tls)
        self._target = target

    def connect(self) -> None:
        bare = socket.create_connection((self._target, self.port), self.timeout)
        greeting = self._tls.wrap_socket(bare, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = greeting
        greeting.do_handshake()
