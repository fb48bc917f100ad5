"""The one way into the contact log, for every sender: one row, many rows, or the rows of a query (COM-3)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection

from communications.keeping import keep_of
from communications.models import ContactEntry
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from members.models import Party

# In this order they are written by `log_many`, and selected by the query given to `log_selected`.
COLUMNS = (
    "party_id", "unit_id", "at", "channel", "direction", "kind", "summary", "reference", "status", "keep", "actor_id",
)  # fmt: skip
CHUNK = 20_000


@dataclass(frozen=True)
class Entry:
    """One row to be logged. `keep` "" follows from the kind (`communications.keeping`)."""

    party_id: int
    unit_id: int | None
    channel: str
    direction: str
    kind: str
    summary: str = ""
    reference: str = ""
    status: str = ""
    keep: str = ""
    at: datetime | None = None
    actor_id: int | None = None


def log_contact(
    *,
    party_id: int,
    unit_id: int | None,
    channel: str,
    direction: str,
    kind: str,
    summary: str,
    reference: str = "",
    at: datetime | None = None,
    actor: User | None = None,
    status: str = "",
    keep: str = "",
) -> ContactEntry:
    """One contact with a member, in the caller's transaction. `summary` tells what it was about, never what was said in it;
    longer than its column it is cut. An entry that has been joined to another goes to the one that goes on."""
    goes_on = Party.objects.filter(pk=party_id).values_list("merged_into", flat=True).first()
    return ContactEntry.objects.create(
        party_id=goes_on or party_id,
        unit_id=unit_id,
        at=at or clock.now(),
        channel=channel,
        direction=direction,
        kind=kind,
        summary=_cut(summary),
        reference=reference,
        status=status,
        keep=keep or keep_of(kind),
        actor_id=actor.pk if actor else None,
    )


def log_many(*, entries: Iterable[Entry]) -> int:
    """Any number of rows by COPY, in the caller's transaction; how many."""
    now, waiting, total = clock.now(), iter(entries), 0
    while chunk := list(islice(waiting, CHUNK)):
        lines = io.StringIO()
        writer = csv.writer(lines)
        for entry in chunk:
            writer.writerow(_values(entry, now))
        lines.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY communications_contactentry ({', '.join(COLUMNS)}) FROM STDIN"
                " WITH (FORMAT csv, FORCE_NOT_NULL (summary, reference, status))",
                lines,
            )
        total += len(chunk)
    return total


def log_selected(*, select: str, params: Sequence[Any] | dict[str, Any] = ()) -> int:
    """The rows of a query, whose columns are COLUMNS in their order, without leaving the database; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO communications_contactentry ({', '.join(COLUMNS)}) {select}",
            params,
        )
        return int(cursor.rowcount)


def set_status(*, party_id: int, reference: str, status: str) -> int:
    """What has become of something logged earlier; how many rows the party had of the reference."""
    rows = ContactEntry.objects.filter(party=party_id, reference=reference).exclude(status=status)
    return rows.update(status=status) if reference else 0


def forget_reference(*, reference: str) -> None:
    """What the reference led to has been taken away."""
    ContactEntry.objects.filter(reference=reference).delete()


def _values(entry: Entry, now: datetime) -> list[Any]:
    return [
        entry.party_id,
        entry.unit_id,
        (entry.at or now).isoformat(),
        entry.channel,
        entry.direction,
        entry.kind,
        _cut(entry.summary),
        entry.reference,
        entry.status,
        entry.keep or keep_of(entry.kind),
        entry.actor_id,
    ]


def _cut(summary: str) -> str:
    """One line: a sender's text may hold breaks and control characters."""
    line = " ".join(summary.replace("\x00", "").split())
    return line if len(line) <= 200 else f"{line[:199]}…"
