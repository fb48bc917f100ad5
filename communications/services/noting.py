"""Calls, visits and agreements written down by hand, each with its place in the contact log (COM-3)."""

from __future__ import annotations

from datetime import datetime

from communications.models import ContactEntry, ContactNote
from communications.services.logging_contacts import forget_reference, log_contact
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit, Party


class NotYours(Exception):
    """A note is changed and taken away by whoever wrote it."""


KIND = "note.written"


def write(
    *,
    actor: User,
    party: Party,
    unit: OrgUnit,
    channel: str,
    direction: str,
    at: datetime,
    text: str,
    now: datetime,
) -> ContactNote:
    """A new note in the name of a unit. Written twice within a minute by the same person in the same words, it is one."""
    with mutation(actor=actor, kind="contact.note", unit_id=unit.pk):
        Party.objects.select_for_update(no_key=True).get(pk=party.pk)
        same = ContactNote.objects.filter(
            party=party, unit=unit, author=actor, at=at, channel=channel, text=text
        )
        known = same.order_by("pk").first()
        if known is not None:
            return known
        note = ContactNote.objects.create(
            party=party,
            unit=unit,
            channel=channel,
            direction=direction,
            at=at,
            text=text,
            author=actor,
            created_at=now,
        )
        log_contact(
            party_id=party.pk,
            unit_id=unit.pk,
            channel=channel,
            direction=direction,
            kind=KIND,
            summary="",
            reference=_reference(note),
            at=at,
            actor=actor,
        )
    return note


def change(
    *, actor: User, note: ContactNote, channel: str, direction: str, at: datetime, text: str
) -> ContactNote:
    """Put one's own note right; what stood there stays in the history. NotYours."""
    with mutation(actor=actor, kind="contact.note_edit", unit_id=note.unit_id):
        note = _own(note, actor)
        note.channel, note.direction, note.at, note.text = channel, direction, at, text
        note.save()
        ContactEntry.objects.filter(reference=_reference(note)).update(
            channel=channel, direction=direction, at=at
        )
    return note


def remove(*, actor: User, note: ContactNote) -> None:
    """Take one's own note away, with its place in the log; the history keeps that it was there. NotYours."""
    with mutation(actor=actor, kind="contact.note_remove", unit_id=note.unit_id):
        note = _own(note, actor)
        forget_reference(reference=_reference(note))
        note.delete()


def _own(note: ContactNote, actor: User) -> ContactNote:
    found = ContactNote.objects.select_for_update().get(pk=note.pk)
    if found.author_id != actor.pk:
        raise NotYours
    return found


def _reference(note: ContactNote) -> str:
    return f"note:{note.pk}"
