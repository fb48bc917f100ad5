"""The ways out of text messages: files for trying out, or an operator's gateway that takes JSON over HTTPS.

Another operator is another class with `send(batch)`; the settings name it by its dotted path.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from communications.sending.smtp import Outcome, Result
from jasenpalvelu.common import clock

READ, SAID = 64 * 1024, 200
FILES = "communications.sms.backends.FileBackend"
# The answer of the file backend: nobody has got anything.
FILED = "file"


@dataclass(frozen=True)
class TextMessage:
    """`key` is the same however often the message is sent, so that a gateway can drop a copy."""

    key: str
    sender: str
    to: str
    text: str


class Backend(Protocol):
    def send(self, batch: Sequence[TextMessage]) -> list[Result]:
        """What became of each, in the same order. Never raises for what a gateway may answer."""
        ...


class FileBackend:
    """Each message a file, a folder for each day. Nothing leaves the machine."""

    def send(self, batch: Sequence[TextMessage]) -> list[Result]:
        folder = Path(settings.SMS_FILE_PATH) / f"{clock.today():%Y-%m-%d}"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for one in batch:
            told = f"From: {one.sender}\nTo: {one.to}\n\n{one.text}\n"
            (folder / f"{one.key}.txt").write_text(told, encoding="utf-8")
        return [Result(Outcome.ACCEPTED, FILED) for _one in batch]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes to the gateway of the settings and nowhere else."""

    def redirect_request(
        self, req: Any, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class HttpBackend:
    """POST {"from", "to", "text", "reference"} with a bearer's token and an idempotency key, one request for each message.

    2xx and 409 (it has the message already) are taken; 400–422 refuse the message; 401, 403 and 404 say that we are at fault;
    429 and 5xx ask to come back. An answer that does not come leaves the message in doubt.
    """

    def __init__(self) -> None:
        url = urlsplit(settings.SMS_URL)
        if url.scheme != "https" and url.hostname not in {"localhost", "127.0.0.1"}:
            raise ImproperlyConfigured("SMS_URL must be an https address")
        self._opener = urllib.request.build_opener(_NoRedirect)

    def send(self, batch: Sequence[TextMessage]) -> list[Result]:
        return [self._one(message) for message in batch]

    def _one(self, message: TextMessage) -> Result:
        told = {"from": message.sender, "to": message.to, "text": message.text, "reference": message.key}
        request = urllib.request.Request(  # noqa: S310 -- the scheme has been looked at
            settings.SMS_URL,
            data=json.dumps(told).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {settings.SMS_TOKEN}",
                "Idempotency-Key": message.key,
            },
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=settings.SMS_TIMEOUT) as answer:
                return Result(Outcome.ACCEPTED, str(answer.status), _said(answer.read(READ)))
        except urllib.error.HTTPError as error:
            return _refused(error)
        except urllib.error.URLError as error:
            if isinstance(error.reason, ConnectionRefusedError | OSError) and not isinstance(
                error.reason, TimeoutError
            ):
                return Result(Outcome.REFUSED, "", str(error.reason)[:SAID])
            return Result(Outcome.UNKNOWN, "", str(error.reason)[:SAID])
        except (HTTPException, OSError) as error:
            return Result(Outcome.UNKNOWN, "", type(error).__name__)


def _refused(error: urllib.error.HTTPError) -> Result:
    code, said = str(error.code), _said(error.read(READ))
    if error.code == 409:
        return Result(Outcome.ACCEPTED, code, said)
    if error.code in {401, 403, 404, 405} or 300 <= error.code < 400:
        return Result(Outcome.REFUSED, code, said)
    if error.code == 429 or error.code >= 500:
        return Result(Outcome.DEFERRED, code, said)
    return Result(Outcome.REJECTED, code, said)


def _said(content: bytes) -> str:
    return " ".join(content.decode("utf-8", "replace").split())[:SAID]


def is_there() -> bool:
    """Whether text messages can leave here. Files are for trying out: outside the embedded service they would be told as sent."""
    return bool(settings.SMS_BACKEND) and (settings.EMBEDDED or settings.SMS_BACKEND != FILES)


def connect() -> Backend:
    """The way out this installation is set to. Raises ImproperlyConfigured where there is none."""
    if not is_there():
        raise ImproperlyConfigured("SMS_BACKEND is no gateway")
    backend: Backend = import_string(settings.SMS_BACKEND)()
    return backend
