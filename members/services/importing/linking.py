"""Payers, spouses and families of saved rows: written last, when everybody in the file has a party."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg2.extras import Json

from jasenpalvelu.audit.services import continued
from members.models import ImportBatch, ImportRow, Membership, PartyLink
from members.models.memberships import State
from members.models.parties import LinkKind, PartyKind
from members.services.importing import judging
from members.services.importing.judging import Row
from members.services.importing.tables import Sheaf, Undo
from members.services.importing.writing import Settings

WAITING = "done AND parsed->'refs' <> '{}' AND NOT undo ? 'linked'"


def link_chunk(batch: ImportBatch, settings: Settings, *, after: int, size: int) -> int:
    """Write the relations of the next saved rows; the last line looked at, -1 when there are no more."""
    rows = judging.load(batch, after=after, size=size, where=WAITING)
    if not rows:
        return -1
    assert batch.mutation_id is not None
    with continued(batch.mutation_id):
        linker = _Linker(batch, settings, rows)
        for row in rows:
            linker.link(row)
        undo = linker.sheaf.write()
    _keep_undo(rows, undo)
    return rows[-1].line


def _keep_undo(rows: Sequence[Row], added: dict[int, Undo]) -> None:
    """The note of the relations joins that of the row; of a value changed twice the first one is the one to go back to."""
    notes = dict(
        ImportRow.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("pk", "undo")
    )
    found = []
    for row in rows:
        note, later = notes[row.pk] or {"new": {}, "old": {}}, added.get(row.line, {"new": {}, "old": {}})
        for table, ids in later["new"].items():
            note["new"].setdefault(table, []).extend(ids)
        for table, changes in later["old"].items():
            kept = note["old"].setdefault(table, {})
            for pk, before in changes.items():
                kept[pk] = before | kept.get(pk, {})
        found.append({"id": row.pk, "undo": note | {"linked": True}})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_importrow r SET undo = d.undo FROM jsonb_to_recordset(%s) AS d(id bigint, undo jsonb)"
            " WHERE r.id = d.id",
            [Json(found)],
        )


@dataclass
class _Linker:
    batch: ImportBatch
    settings: Settings
    rows: Sequence[Row]

    def __post_init__(self) -> None:
        self.sheaf = Sheaf()
        lines = {ref["line"] for row in self.rows for ref in row.parsed["refs"].values() if "line" in ref}
        others = ImportRow.objects.filter(batch=self.batch, line__in=lines).order_by("line")
        self.party_of_line = dict(others.values_list("line", "party_id"))
        told = {self._party(ref) for row in self.rows for ref in row.parsed["refs"].values()}
        self.parties = {pk for pk in told | {row.party_id for row in self.rows} if pk is not None}
        self.memberships = self._memberships()
        self.links = self._links()

    def _party(self, ref: dict[str, int]) -> int | None:
        return ref.get("party") or self.party_of_line.get(ref.get("line", -1))

    def _memberships(self) -> dict[int, Membership]:
        rows = Membership.objects.filter(
            party_id__in=self.parties, unit_id=self.batch.unit_id, state__in=[State.ACTIVE, State.LAPSED]
        )
        return {m.party_id: m for m in rows.select_related("party").order_by("-pk")}

    def _links(self) -> set[tuple[int, int, str]]:
        rows = PartyLink.objects.filter(party_id__in=self.parties, valid_to__isnull=True).order_by("pk")
        links = set(rows.values_list("party_id", "other_id", "kind"))
        return links | {(b, a, kind) for a, b, kind in links if kind == LinkKind.SPOUSE}

    def link(self, row: Row) -> None:
        refs = {key: self._party(ref) for key, ref in row.parsed["refs"].items()}
        party_id = row.party_id
        assert party_id is not None
        membership = self.memberships.get(party_id)
        payer = refs.get("payer")
        if payer and payer != party_id and membership and membership.payer_id != payer:
            self.sheaf.change(row.line, "members_membership", membership.pk, payer_id=payer)
        spouse = refs.get("spouse")
        if spouse and row.parsed["kind"] == PartyKind.PERSON:
            self._add_link(row.line, party_id, spouse, LinkKind.SPOUSE)
        main = refs.get("family_of")
        if main:
            self._join_family(row, party_id, main, membership)

    def _join_family(self, row: Row, party_id: int, main: int, membership: Membership | None) -> None:
        """The head of the family pays, and the family belongs to the head's holding when it names none of its own."""
        self._add_link(row.line, party_id, main, LinkKind.PAYER)
        head = self.memberships.get(main)
        if head is None or head.holding_id is None or row.parsed.get("holding") or main == party_id:
            return
        if membership is not None and membership.holding_id is None:
            self.sheaf.change(row.line, "members_membership", membership.pk, holding_id=head.holding_id)
            self.sheaf.add(
                row.line,
                "members_holdingmember",
                holding_id=head.holding_id,
                party_id=party_id,
                role="family",
                valid_from=self.settings.on,
            )

    def _add_link(self, line: int, party_id: int, other_id: int, kind: str) -> None:
        if party_id == other_id or (party_id, other_id, kind) in self.links:
            return
        pair: tuple[Any, ...] = (party_id, other_id, kind)
        self.links |= {pair, (other_id, party_id, kind)} if kind == LinkKind.SPOUSE else {pair}
        self.sheaf.add(
            line,
            "members_partylink",
            party_id=party_id,
            other_id=other_id,
            kind=kind,
            valid_from=self.settings.on,
        )
