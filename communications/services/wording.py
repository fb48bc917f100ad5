"""A letter's words as they leave: made from its blocks at the freeze, final from the release on."""

from __future__ import annotations

from hashlib import sha256

from communications.letters.looks import look_of
from communications.letters.rendering import render
from communications.models import Mailing, MailingVersion


def write_words(mailing: Mailing) -> None:
    """Each language that has a subject and blocks, with its merge fields standing. In the caller's mutation."""
    look = look_of(mailing.unit)
    for version in versions(mailing):
        words = render(version, look)
        version.subject, version.html, version.text = words.subject, words.html, words.text
        version.save(update_fields=["subject", "html", "text"])


def seal(mailing: Mailing) -> None:
    """From now on the words cannot be changed: the digest is of what everybody gets."""
    for version in versions(mailing):
        told = f"{version.subject}\x1f{version.html}\x1f{version.text}"
        version.sha256 = sha256(told.encode()).hexdigest()
        version.save(update_fields=["sha256"])


def versions(mailing: Mailing) -> list[MailingVersion]:
    """Languages that can be sent: those with a subject and something to read."""
    rows = MailingVersion.objects.filter(mailing=mailing).select_related("mailing__topic").order_by("pk")
    return [version for version in rows if version.subject.strip() and version.blocks]
