"""Whether an address in a letter opens: asked by HEAD, then by GET, of public addresses only.

What people write into a letter makes this machine ask it, so that nothing may be reached that the writer could not reach: only http and
https on their own ports, only hosts all of whose addresses are public, the connection made to the very address that was looked up (a
second look-up could tell another one), each redirect examined anew, no proxy, no cookies, little read, little waited.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

SECONDS, REDIRECTS, READ = 6.0, 4, 2048
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
    here = address
    for _turn in range(REDIRECTS + 1):
        try:
            status, onwards = _ask(here, resolve or addresses_of, connect or connection_to)
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
            return Found("unsure", "error")
        if not onwards:
            return _judged(status)
        here = urljoin(here, onwards)
    return Found("dead", "loop")


def _judged(status: int) -> Found:
    if status < 400:
        return Found("ok", str(status))
    return Found("unsure" if status in NOT_FOR_US or status >= 500 else "dead", str(status))


def _ask(
    address: str, resolve: Resolve, connect: Callable[..., http.client.HTTPConnection]
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
        status, onwards = _once(connect(scheme, host, target, PORTS[scheme]), method, path)
        if status < 400:
            break
    return status, onwards


def _once(connection: http.client.HTTPConnection, method: str, path: str) -> tuple[int, str]:
    try:
        connection.request(
            method, path, headers={"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"}
        )
        answer = connection.getresponse()
        answer.read(READ)
        onwards = answer.getheader("Location") or ""
        return answer.status, onwards if 300 <= answer.status < 400 else ""
    finally:
        connection.close()


def _public(found: Iterable[str]) -> str:
    """The first of the host's addresses, when every one of them is on the public internet."""
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
    if not addresses:
        raise socket.gaierror
    if not all(_is_public(one) for one in addresses):
        raise _Refused("private")
    return str(addresses[0])


def _is_public(one: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    inner = getattr(one, "ipv4_mapped", None) or getattr(one, "sixtofour", None)
    if inner is not None and not _is_public(inner):
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
        self.sock = self._tls.wrap_socket(bare, server_hostname=self.host)
