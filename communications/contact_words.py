"""The contact log in words: one line of the timeline from an entry, with the note it stands for (COM-3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from communications import letters_archive
from communications.models import ContactChannel, ContactEntry, ContactNote, Mailing
from jasenpalvelu.accounts.models import User

# By kind, or by its first part; a kind nobody has named is told by its channel alone.
KINDS: dict[str, str | Promise] = {
    "talks.message": _("Question or message"),
    "talks.answer": _("Answer"),
    "talks.reply": _("Answer by e-mail"),
    "talks.moved": _("Told who answers"),
    "letter": _("Letter to members"),
    "mailing": _("Letter to members"),
    "billing": _("Invoicing"),
    "meeting": _("Meeting"),
    "surveys": _("Survey"),
    "campaigns": _("Campaign"),
    "members": _("Membership"),
}
ICONS = {"email": "mail", "letter": "print", "sms": "chat", "phone": "phone", "visit": "people", "portal": "chat", "meeting": "people"}  # fmt: skip
STATUS: dict[str, str | Promise] = {
    "bounced": _("came back"),
    "rejected": _("refused"),
    "failed": _("not sent"),
    "uncertain": _("not known whether it arrived"),
}


@dataclass(frozen=True)
class Line:
    """`note` is the hand-written one, when the line stands for it; `talk` the key of a conversation, `letter` the mark of a letter that
    the member may read again."""

    entry: ContactEntry
    what: str
    text: str
    who: str
    status: str
    note: ContactNote | None = None
    talk: int | None = None
    letter: UUID | None = None

    @property
    def when(self) -> datetime:
        return self.entry.at

    @property
    def outward(self) -> bool:
        return self.entry.direction == "out"


def lines(entries: Iterable[ContactEntry], *, letters: bool = False) -> list[Line]:
    """In two questions, however many there are; with `letters` in three."""
    rows = list(entries)
    kept = letters_archive.sealed().in_bulk(_numbers(rows, "letter")) if letters else {}
    notes = ContactNote.objects.select_related("author").in_bulk(_numbers(rows, "note"))
    users = User.objects.in_bulk({row.actor_id for row in rows if row.actor_id})
    return [_line(row, notes, users, kept) for row in rows]


def _numbers(rows: Iterable[ContactEntry], kind: str) -> set[int]:
    return {number for row in rows if (number := number_of(row, kind)) is not None}


def number_of(entry: ContactEntry, kind: str) -> int | None:
    """12 of a reference "talk:12" when it leads to one of these."""
    told, _colon, number = entry.reference.partition(":")
    return int(number) if told == kind and number.isdigit() and len(number) < 18 else None


def _line(
    entry: ContactEntry, notes: dict[int, ContactNote], users: dict[int, User], letters: dict[int, Mailing]
) -> Line:
    letter = letters.get(number_of(entry, "letter") or 0)
    note = notes.get(number_of(entry, "note") or 0)
    writer = note.author if note else users.get(entry.actor_id or 0)
    return Line(
        entry,
        what=_what(entry),
        text=note.text if note else entry.summary,
        who=writer.full_name if writer else "",
        status=str(STATUS.get(entry.status, "")),
        note=note,
        talk=number_of(entry, "talk"),
        letter=letter.uuid if letter else None,
    )


def _what(entry: ContactEntry) -> str:
    named = KINDS.get(entry.kind) or KINDS.get(entry.kind.split(".")[0])
    return str(named or ContactChannel(entry.channel).label).capitalize() if entry.kind else ""


def address(name: str, *args: int) -> str:
    """The page, or "" in an installation without it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
