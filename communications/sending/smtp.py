"""SMTP as fast as a server allows: one connection kept, envelope and DATA in one write where it takes pipelining (RFC 2920).

The standard library opens the connection (EHLO, STARTTLS, AUTH); what is sent then is written here. Every outcome says how
certain it is: a connection that breaks after the message went out, before its answer came, leaves the message in doubt.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Outcome(Enum):
    """What became of one message."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # 4xx: later
    REJECTED = "rejected"  # 5xx about this message or recipient: never
    REFUSED = (
        "refused"  # the server takes nothing from us just now: not this message's fault, and it has not left
    )
    UNKNOWN = "unknown"  # broken off in the middle: it may have left


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    code: str = ""
    said: str = ""


class Unreachable(OSError):
    """The mail server cannot be reached, or takes no connection from us."""


class SmtpConnection:
    """One connection to the relay."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        user: str = "",
        password: str = "",
        starttls: bool = False,
        tls: bool = False,
        timeout: float = 20,
    ) -> None:
        self._host, self._port, self._timeout = host, port, timeout
        self._user, self._password = user, password
        self._starttls, self._tls = starttls, tls
        self._smtp: smtplib.SMTP | None = None
        self._pipelined = False

    def open(self) -> None:
        """Raises Unreachable."""
        if self._smtp is not None:
            return
        try:
            self._smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(str(error)) from error
        self._pipelined = self._smtp.has_extn("pipelining")

    def _connected(self) -> smtplib.SMTP:
        secure: dict[str, Any] = {"context": ssl.create_default_context()}
        if self._tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, **secure)
        else:
            smtp = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            smtp.ehlo_or_helo_if_needed()
            if self._starttls:
                smtp.starttls(**secure)
                smtp.ehlo()
            if self._user:
                smtp.login(self._user, self._password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def send(self, sender: str, recipient: str, content: bytes) -> Result:
        """Send one message. Raises Unreachable when there is no connection to begin with."""
        self.open()
        assert self._smtp is not None
        try:
            refused = self._envelope(sender, recipient)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Result(Outcome.REFUSED, said=str(error))
        if refused:
            return refused
        return self._data(content)

    def _envelope(self, sender: str, recipient: str) -> Result | None:
        """MAIL, RCPT and DATA; None when the server waits for the message."""
        smtp = self._smtp
        assert smtp is not None
        assert smtp.sock is not None
        commands = [f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA"]
        replies: list[tuple[int, bytes]] = []
        if self._pipelined:
            smtp.sock.sendall("".join(f"{line}\r\n" for line in commands).encode("ascii"))
            replies = [smtp.getreply() for _command in commands]
        else:
            for line in commands:
                replies.append(smtp.docmd(line))
                if replies[-1][0] >= 400:
                    break
        failed = next((n for n, (code, _text) in enumerate(replies) if code >= 400), None)
        if failed is None:
            return None
        if (
            len(replies) == len(commands) and replies[-1][0] == 354
        ):  # DATA was taken all the same: send nothing
            smtp.sock.sendall(b".\r\n")
            smtp.getreply()
        else:
            self._reset()
        return _of_reply(*replies[failed], of_us=failed == 0)

    def _data(self, content: bytes) -> Result:
        smtp = self._smtp
        assert smtp is not None
        assert smtp.sock is not None
        try:
            smtp.sock.sendall(content + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            code, text = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Result(Outcome.UNKNOWN, said=str(error))
        if code < 400:
            return Result(Outcome.ACCEPTED, str(code), _said(text))
        return _of_reply(code, text, of_us=False)

    def _reset(self) -> None:
        assert self._smtp is not None
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.close()

    def close(self) -> None:
        """End the connection without waiting for the server's farewell."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.close()


def _said(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())[:200]


def _of_reply(code: int, text: bytes, *, of_us: bool) -> Result:
    """`of_us`: the server's answer to MAIL, which is about the sender and not about the recipient."""
    said = _said(text)
    first = said.partition(" ")[0]
    told = first if first[:2] in {"4.", "5."} else str(code)
    if code == 421 or (of_us and code >= 400):
        return Result(Outcome.REFUSED, told, said)
    return Result(Outcome.DEFERRED if code < 500 else Outcome.REJECTED, told, said)
