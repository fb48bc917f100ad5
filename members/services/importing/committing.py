"""Saving the judged rows chunk by chunk. Each chunk is one transaction with the marks that its rows are done.

A row is judged once more against the register as it stands then: what was shown to the importer is what is written, or
the row is left out with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from psycopg2.extras import Json

from jasenpalvelu.audit.services import continued
from members.importing.problems import problem
from members.models import ImportBatch
from members.models.imports import Verdict
from members.services.importing import judging, pairing, register
from members.services.importing.judging import Judge, Row
from members.services.importing.tables import Sheaf, Undo
from members.services.importing.writing import Settings, Writer, fill_search
from members.services.indexing import gathered, refresh_search
from members.services.registering import next_member_numbers

# Rows of a chunk that write; the others (same, error, left out by the importer) are passed over.
WRITES = (
    "NOT done AND choice <> 'skip' AND (verdict IN ('new', 'update')"
    " OR (verdict = 'duplicate' AND choice IN ('create', 'update')))"
)
# Two imports at once would not see each other's new parties: their chunks take turns.
_TURN = "SELECT pg_advisory_xact_lock(hashtext('members.import'))"


def settings_of(batch: ImportBatch, *, on: date, actor_id: int | None) -> Settings:
    """What all chunks of the batch are saved with: for whom, by whom, in force from when, told how."""
    assert isinstance(batch.mutation_id, UUID)
    since = batch.options.get("bases_from")
    return Settings(
        unit_id=batch.unit_id,
        on=on,
        actor_id=actor_id,
        mutation_id=batch.mutation_id,
        language=(batch.unit.languages or ["fi"])[0],
        source=_("Import: %(file)s") % {"file": batch.file_name[:150]},
        bases_from=date.fromisoformat(since) if since else on.replace(month=1, day=1),
        area=Judge(batch).area,
        birth_purpose=batch.options.get("birth_purpose") or _("Told in the association's member list"),
    )


def commit_chunk(
    batch: ImportBatch, settings: Settings, *, after: int, size: int, reach: frozenset[int] = frozenset()
) -> tuple[int, int, int]:
    """Save the next rows after the line. (rows saved, rows left out, last line looked at; -1 when there are no more).

    `reach`: associations into which the person may import today, see `judging.Judge`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TURN)
    rows = judging.load(batch, after=after, size=size, where=WRITES)
    if not rows:
        return 0, 0, -1
    assert batch.mutation_id is not None
    with continued(batch.mutation_id):
        kept, left = _still_true(batch, rows, reach)
        _write(settings, kept)
        pairing.remember(rows=kept, unit_id=batch.unit_id, on=settings.on)
    _mark_left(left)
    return len(kept), len(left), rows[-1].line


# --- is it still so? ----------------------------------------------------------------------------------------------------
def _still_true(
    batch: ImportBatch, rows: Sequence[Row], reach: frozenset[int]
) -> tuple[list[Row], list[Row]]:
    """Rows whose verdict holds, with the register's present values, and those for which it does not."""
    judge = Judge(batch, reach, saving=True)
    fresh = [Row(row.pk, row.line, parsed=row.parsed, key=row.key) for row in rows]
    judge.judge(fresh)
    _judge_chosen(judge, rows, fresh)
    kept, left = [], []
    for row, now in zip(rows, fresh, strict=True):
        if _holds(row, now):
            row.keys, row.known, row.diff, row.party_id = now.keys, now.known, now.diff, now.party_id
            row.beyond = now.beyond
            kept.append(row)
        else:
            left.append(row)
    return kept, left


def _judge_chosen(judge: Judge, rows: Sequence[Row], fresh: Sequence[Row]) -> None:
    """Rows whose party a person chose are compared with that party, whatever else resembles it."""
    chosen = [
        (row, now) for row, now in zip(rows, fresh, strict=True) if row.choice == "update" and row.party_id
    ]
    described = register.describe(
        [row.party_id for row, _now in chosen if row.party_id], unit_id=judge.batch.unit_id, reach=judge.reach
    )
    near = {candidate.id for candidate in described.values() if candidate.near}
    known = register.known(
        [row.party_id for row, _now in chosen if row.party_id], unit_id=judge.batch.unit_id, area=judge.area
    )
    for row, now in chosen:
        now.known = known.get(row.party_id or 0)
        if now.known is not None and (now.known.own or now.known.id in near):
            judge.settle_difference(now, now.known)


def _holds(row: Row, now: Row) -> bool:
    """Whether what would be written now is no more than what was shown."""
    if row.choice == "create":
        shown = {c["party"] for c in row.candidates if "party" in c}
        alike = {c["party"] for c in now.candidates if "party" in c}
        if now.known is not None:
            alike.add(now.known.id)
        now.known, now.diff, now.party_id = None, {}, None
        return now.verdict != Verdict.ERROR and alike <= shown
    if row.verdict == Verdict.NEW:
        if now.verdict != Verdict.NEW or now.party_id != row.party_id:
            return False
        return now.party_id is None or set(now.diff) <= set(row.diff)
    if now.known is None or now.known.deceased or now.party_id != row.party_id:
        return False
    return all(row.diff.get(key) == change for key, change in now.diff.items())


def _mark_left(rows: Iterable[Row]) -> None:
    """The register has changed since the check: the row says so and waits for a new check."""
    found = [{"id": row.pk, "problems": [*row.problems, problem("changed_since_check")]} for row in rows]
    if found:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE members_importrow r SET problems = d.problems, verdict = 'error'"
                " FROM jsonb_to_recordset(%s) AS d(id bigint, problems jsonb) WHERE r.id = d.id",
                [Json(found)],
            )


# --- writing ------------------------------------------------------------------------------------------------------------
def _write(settings: Settings, rows: Sequence[Row]) -> None:
    if not rows:
        return
    new = [row for row in rows if row.known is None]
    sheaf = Sheaf()
    with connection.cursor() as cursor:
        for table, each in (("members_party", 1), ("members_contactpoint", 3), ("members_membership", 1),
                            ("members_membershipevent", 1), ("members_holding", 1), ("members_holdingmember", 1),
                            ("members_feebasisvalue", 3), ("members_formernumber", 1)):  # fmt: skip
            sheaf.reserve(cursor, table, each * len(new))
    writer = Writer(settings, sheaf, list(reversed(next_member_numbers(len(new)))) if new else [])
    _find_holdings(writer, rows)
    parties = {}
    for row in rows:
        row.added = row.known is None
        parties[row.pk] = writer.create(row) if row.known is None else writer.apply(row, row.known)
        row.party_id = parties[row.pk]
    fill_search(writer)
    with gathered():
        undo = sheaf.write()
    refresh_search(sorted(writer.touched))
    _mark_done(rows, parties, undo)


def _find_holdings(writer: Writer, rows: Sequence[Row]) -> None:
    """Holdings of the register the rows name by business ID, or in the own association by name and address."""
    wanted = [row for row in rows if row.parsed.get("holding")]
    numbers = {row.parsed["holding"].get("y_tunnus", "") for row in wanted} - {""}
    writer.holdings_by_number = register.holdings_by_number(numbers, unit_id=writer.settings.unit_id)
    places = {writer.place_of(row) for row in wanted if not row.parsed["holding"].get("y_tunnus")}
    writer.holdings_by_place = register.holdings_by_place(
        {place for place in places if place[1]}, unit_id=writer.settings.unit_id
    )
    ids = [found.id for found in writer.holdings_by_number.values()] + [*writer.holdings_by_place.values()]
    writer.known_holdings = register.known_holdings(ids, area=writer.settings.area)


def _mark_done(rows: Sequence[Row], parties: dict[int, int], undo: dict[int, Undo]) -> None:
    found = [
        {"id": row.pk, "party": parties[row.pk], "undo": undo.get(row.line, {}), "diff": row.diff}
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_importrow r SET done = true, party_id = d.party, undo = d.undo, diff = d.diff"
            " FROM jsonb_to_recordset(%s) AS d(id bigint, party bigint, undo jsonb, diff jsonb) WHERE r.id = d.id",
            [Json(found, dumps=_dumps)],
        )


def _dumps(value: Any) -> str:
    return json.dumps(value, default=str)
