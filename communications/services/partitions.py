"""The years of the contact log: each has a partition, and the default one catches what falls outside them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction

from communications.keeping import LONGEST, YEARS, kept_since
from communications.models import ContactEntry, ContactNote
from jasenpalvelu.audit.services import mutation
from members.models import DataMark

TABLE = "communications_contactentry"
OTHERS = f"{TABLE}_others"
CHUNK = 20_000


def partition_of(year: int) -> str:
    return f"{TABLE}_{year}"


def years() -> list[int]:
    """The years that have a partition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass",
            [TABLE],
        )
        names = [name.removeprefix(f"{TABLE}_") for (name,) in cursor.fetchall()]
    return sorted(int(name) for name in names if name.isdigit())


def ensure_years(*, on: date) -> list[int]:
    """This year and the next have their partitions; the years made now. Rows that wait in the default one move along."""
    missing = [year for year in (on.year, on.year + 1) if year not in years()]
    for year in missing:
        _make(year)
    return missing


def _make(year: int) -> None:
    name, begin, end = partition_of(year), _midnight(year), _midnight(year + 1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} (LIKE {TABLE} INCLUDING DEFAULTS)")
        cursor.execute(
            f"WITH gone AS (DELETE FROM {OTHERS} WHERE at >= %s::timestamptz AND at < %s::timestamptz RETURNING *)"  # noqa: S608
            f" INSERT INTO {name} SELECT * FROM gone",
            [begin, end],
        )
        cursor.execute(
            f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{begin}') TO ('{end}')"
        )


def _midnight(year: int) -> str:
    return f"{year}-01-01 00:00 Europe/Helsinki"


def forget(*, now: datetime) -> int:
    """What has been remembered long enough goes: whole years at once, of younger years class by class; how many single rows.

    Nothing goes of somebody whose data is restricted or kept for a dispute (GDPR articles 18 and 17(3)(e)) while the mark is in force.
    """
    kept = sorted(marked(now.date()))
    _drop_years(before=now.year - LONGEST, kept=kept)
    gone = 0
    for keep in YEARS:
        while number := _forget_some(keep, kept_since(keep, now), kept):
            gone += number
    return gone + _forget_notes(now, kept)


def marked(on: date) -> set[int]:
    """The parties of whom nothing is forgotten now."""
    return set(DataMark.objects.on(on).order_by().values_list("party_id", flat=True))


def _drop_years(*, before: int, kept: list[int]) -> None:
    """A year that ended longer ago than anything is kept; what must stay of it moves to the default partition."""
    for year in years():
        if year < before:
            name = partition_of(year)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {TABLE} DETACH PARTITION {name}")
                cursor.execute(
                    f"INSERT INTO {OTHERS} SELECT * FROM {name} WHERE party_id = ANY(%s)",  # noqa: S608
                    [kept],
                )
                cursor.execute(f"DROP TABLE {name}")


def _forget_some(keep: str, since: datetime, kept: list[int]) -> int:
    """A chunk in a transaction of its own, so that nobody waits for the night's work."""
    with transaction.atomic():
        rows = (
            ContactEntry.objects.filter(keep=keep, at__lt=since).exclude(party__in=kept).order_by("at", "pk")
        )
        ids = list(rows.values_list("pk", flat=True)[:CHUNK])
        if ids:
            ContactEntry.objects.filter(keep=keep, at__lt=since, pk__in=ids).delete()
    return len(ids)


def _forget_notes(now: datetime, kept: list[int]) -> int:
    """What was written by hand goes with its place in the log."""
    rows = ContactNote.objects.filter(at__lt=kept_since("said", now)).exclude(party__in=kept)
    if not rows.exists():
        return 0
    with mutation(actor=None, kind="contact.forget"):
        return rows.delete()[0]
