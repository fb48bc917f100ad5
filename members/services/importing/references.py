"""Who pays for whom and who belongs to whose family: what the file says by number or name, found in the file or register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from psycopg2.extras import Json

from jasenpalvelu.common.identifiers import parse_member_number
from jasenpalvelu.common.sorting import sort_key
from members.importing import values
from members.importing.problems import problem
from members.importing.rows import display_name
from members.models import FormerNumber, ImportBatch, ImportRow, Membership, MembershipType, Party
from members.models.imports import Verdict

KEYS = ("payer", "spouse", "family_of")
FAMILY = "family_member"  # the federation's code of the type


@dataclass
class _Index:
    """Rows of the file and members of the association by what they may be called."""

    lines_by_number: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    lines_by_name: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    parties_by_former: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    parties_by_number: dict[int, int] = field(default_factory=dict)
    parties_by_name: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def find(self, text: str, line: int) -> dict[str, int] | str:
        """{"line": n} or {"party": id}, or the code of the reason why there is none."""
        found = [n for n in self.lines_by_number.get(text, ()) if n != line]
        if len(found) == 1:
            return {"line": found[0]}
        former = self.parties_by_former.get(text, [])
        if len(former) == 1:
            return {"party": former[0]}
        party = self.parties_by_number.get(_serial(text) or -1)
        if party:
            return {"party": party}
        name = sort_key(text)
        for lines in (self.lines_by_name.get(name, []), self.lines_by_name.get(_turned(text), [])):
            others = [n for n in lines if n != line]
            if len(others) == 1:
                return {"line": others[0]}
            if others:
                return "reference_unclear"
        parties = self.parties_by_name.get(name, []) or self.parties_by_name.get(_turned(text), [])
        if len(parties) == 1:
            return {"party": parties[0]}
        return "reference_unclear" if parties else "reference_unknown"


def resolve(batch: ImportBatch) -> int:
    """Find everybody referred to, note on the row who was not found; how many rows refer to somebody."""
    if not set(batch.mapping.values()) & set(KEYS):
        return 0
    found = ImportRow.objects.filter(batch=batch, parsed__has_any_keys=KEYS).order_by("line")
    rows = list(found.only("line", "parsed", "problems", "verdict"))
    if not rows:
        return 0
    index = _index(batch, (row.parsed[key] for row in rows for key in KEYS if row.parsed.get(key)))
    for row in rows:
        _resolve_row(row, index)
    _save(rows)
    return len(rows)


def _resolve_row(row: ImportRow, index: _Index) -> None:
    refs: dict[str, Any] = {}
    for key in KEYS:
        text = row.parsed.get(key)
        if (
            not text
            or sort_key(text) == sort_key(display_name(row.parsed))
            or text == row.parsed.get("number")
        ):
            continue
        found = index.find(text, row.line)
        if isinstance(found, str):
            row.problems.append(problem(found, key, warning=True, value=text))
        else:
            refs[key] = found
    row.parsed["refs"] = refs


def _index(batch: ImportBatch, texts: Iterable[str]) -> _Index:
    index = _Index()
    fields = (
        "line",
        "parsed__number",
        "parsed__kind",
        "parsed__last_name",
        "parsed__first_names",
        "parsed__organisation",
    )
    rows = ImportRow.objects.filter(batch=batch).exclude(verdict=Verdict.ERROR).order_by("line")
    for line, number, kind, last, first, organisation in rows.values_list(*fields).iterator():
        if number:
            index.lines_by_number[number].append(line)
        name = organisation if kind == "organisation" else f"{last or ''} {first or ''}"
        index.lines_by_name[sort_key(name or "")].append(line)
    wanted = list(texts)
    names = {sort_key(text) for text in wanted} | {_turned(text) for text in wanted}
    own = Membership.objects.filter(party_id=OuterRef("pk"), unit_id=batch.unit_id)
    members = Party.objects.filter(Exists(own))
    for pk, name in members.filter(sort_key__in=names).order_by("pk").values_list("pk", "sort_key"):
        index.parties_by_name[name].append(pk)
    former = FormerNumber.objects.filter(unit=batch.unit_id, number__in=wanted).order_by("pk")
    for pk, number in former.values_list("party_id", "number"):
        index.parties_by_former[number].append(pk)
    numbers = {serial for text in wanted if (serial := _serial(text))}
    found = members.filter(member_number__in=numbers).order_by("pk").values_list("member_number", "pk")
    index.parties_by_number = dict(found)
    return index


def _turned(text: str) -> str:
    """ "Matti Virtanen" as lists have it: virtanen matti."""
    last, first = values.split_name(text, last_first=False)
    return sort_key(f"{last} {first}")


def _serial(text: str) -> int | None:
    try:
        return parse_member_number(text)
    except ValueError:
        return None


def _save(rows: list[ImportRow]) -> None:
    found = [{"id": row.pk, "parsed": row.parsed, "problems": row.problems} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_importrow r SET parsed = d.parsed, problems = d.problems"
            " FROM jsonb_to_recordset(%s) AS d(id bigint, parsed jsonb, problems jsonb) WHERE r.id = d.id",
            [Json(found)],
        )


# --- family members for whom nobody pays ----------------------------------------------------------------------------------
_LONE_FAMILY = """
UPDATE members_importrow r
SET problems = r.problems || '[{"code": "family_alone", "field": "type", "warning": true}]'::jsonb
WHERE r.batch_id = %(batch)s AND r.verdict IN ('new', 'duplicate')
  AND (r.parsed->>'type_new')::bigint = ANY(%(types)s) AND r.parsed->>'ended_on' IS NULL
  AND NOT coalesce(r.parsed->'refs', '{}') ?| ARRAY['payer', 'family_of']
"""


def warn_of_lone_family(batch: ImportBatch) -> int:
    """New family members whose row names neither a payer nor a head of the family; how many."""
    types = MembershipType.objects.filter(federation_code=FAMILY).order_by("pk").values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(_LONE_FAMILY, {"batch": batch.pk, "types": list(types)})
        return int(cursor.rowcount)


# --- holdings that several rows share -----------------------------------------------------------------------------------
_SHARED_HOLDINGS = """
WITH h AS (
  SELECT id, line, number, bases, first_value(line) OVER w AS first_line, first_value(bases) OVER w AS first_bases
  FROM (
    SELECT id, line, parsed->'holding'->>'y_tunnus' AS number, parsed->'bases' AS bases FROM members_importrow
    WHERE batch_id = %(batch)s AND verdict <> 'error' AND parsed->'bases' IS NOT NULL
  ) r WHERE number IS NOT NULL
  WINDOW w AS (PARTITION BY number ORDER BY line)
)
UPDATE members_importrow r
SET problems = r.problems || jsonb_build_array(jsonb_build_object(
  'code', 'bases_differ', 'field', 'holding_name', 'warning', true, 'line', h.first_line, 'value', h.number))
FROM h WHERE r.id = h.id AND h.line > h.first_line AND h.bases <> h.first_bases
"""


def warn_of_shared_holdings(batch: ImportBatch) -> int:
    """Rows of one holding that give it different bases: the first row's values are saved, the others are warned."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARED_HOLDINGS, {"batch": batch.pk})
        return int(cursor.rowcount)
