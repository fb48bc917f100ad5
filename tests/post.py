"""What the outbox holds, sent: tests look at mails in `django.core.mail.outbox`, as a reader would get them."""

from __future__ import annotations

from uuid import uuid4

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from communications.sending import singles
from communications.sending.backends import connect


def deliver() -> list[EmailMultiAlternatives]:
    """Send every single message that is due; all mails sent in the test so far."""
    out = connect()
    try:
        while singles.send_due(out, worker=uuid4(), limit=100):
            pass
    finally:
        out.close()
    return list(mail.outbox)  # type: ignore[arg-type]
