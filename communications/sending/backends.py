"""The ways out: a relay by SMTP, files for trying out, or whatever mail backend Django has been given."""

from __future__ import annotations

import email.policy
from email import message_from_bytes
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from communications.sending.smtp import Outcome, Result, SmtpConnection
from jasenpalvelu.common import clock

SMTP = "django.core.mail.backends.smtp.EmailBackend"
FILES = "django.core.mail.backends.filebased.EmailBackend"


class Connection(Protocol):
    """One way out, used by one thread. `send` raises Unreachable when nothing can leave just now."""

    def send(self, sender: str, recipient: str, content: bytes) -> Result: ...

    def close(self) -> None: ...


class FileConnection:
    """Each message a file that mail programs open, a folder for each day. Nothing leaves the machine."""

    def send(self, sender: str, recipient: str, content: bytes) -> Result:
        folder = Path(settings.EMAIL_FILE_PATH) / f"{clock.today():%Y-%m-%d}"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = sender.partition("+")[2].partition("@")[0] or f"{clock.now():%H%M%S%f}"
        (folder / f"{name}.eml").write_bytes(content)
        return Result(Outcome.ACCEPTED, "250")

    def close(self) -> None:
        """Nothing is kept open."""


class DjangoConnection:
    """Another backend's: a provider's of its own, or memory in tests. Slow, and as certain as the backend is."""

    def __init__(self) -> None:
        self._backend = get_connection()

    def send(self, sender: str, recipient: str, content: bytes) -> Result:
        self._backend.send_messages([_django_message(sender, recipient, content)])
        return Result(Outcome.ACCEPTED, "250")

    def close(self) -> None:
        self._backend.close()


def _django_message(sender: str, recipient: str, content: bytes) -> EmailMultiAlternatives:
    read = message_from_bytes(content, policy=email.policy.default)
    plain, page = read.get_body(("plain",)), read.get_body(("html",))
    kept = {
        "reply-to",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "auto-submitted",
        "message-id",
    }
    made = EmailMultiAlternatives(
        subject=str(read["subject"] or ""),
        body=plain.get_content() if plain else "",
        from_email=str(read["from"]),
        to=[recipient],
        headers={"Sender-Envelope": sender} | {k: str(v) for k, v in read.items() if k.lower() in kept},
    )
    if page:
        made.attach_alternative(page.get_content(), "text/html")
    for part in read.iter_attachments():
        made.attach(part.get_filename() or "file", part.get_content(), part.get_content_type())
    return made


def connect() -> Connection:
    """The way out this installation is set to; opened when the first message goes."""
    if settings.EMAIL_BACKEND == SMTP:
        return SmtpConnection(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            user=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            starttls=settings.EMAIL_USE_TLS,
            tls=settings.EMAIL_USE_SSL,
            timeout=settings.EMAIL_TIMEOUT,
        )
    if settings.EMAIL_BACKEND == FILES:
        return FileConnection()
    return DjangoConnection()
