"""A verdict for every row: new, update with its differences, the same, possible duplicate, or error with its reason."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg2.extras import Json

from jasenpalvelu.common.identifiers import normalise_email, normalise_phone, parse_member_number
from members.importing import differences, identity
from members.importing.differences import Diff, Known
from members.importing.identity import Described, Likeness
from members.importing.problems import Problem, is_error, problem
from members.importing.rows import Parsed, Reader, identity_key
from members.models import ImportBatch
from members.models.imports import Verdict
from members.services.importing import register
from members.services.importing.register import Candidate
from members.services.registering import address_key

PART = 1_000
WEAK_IN_FILE = {"name"}  # two rows of one list that share nothing but a common name are two people


@dataclass
class Row:
    """A row on its way to a verdict. `beyond`: who may be the same outside the importer's reach; kept with no row."""

    pk: int
    line: int
    raw: list[str] = field(default_factory=list)
    parsed: Parsed = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    verdict: str = ""
    choice: str = ""
    party_id: int | None = None
    diff: Diff = field(default_factory=dict)
    candidates: list[dict[str, Any]] = field(default_factory=list)
    beyond: list[tuple[int, Likeness]] = field(default_factory=list)
    key: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    added: bool = False  # when saved: whether a new party was made of it
    described: Described | None = None
    known: Known | None = None

    def describe(self) -> Described:
        """In comparable form; the keys are worked out once and kept with the row."""
        self.keys = self.parsed.get("keys") or contact_keys(self.parsed)
        self.described = identity.described(
            self.parsed,
            email_key=self.keys["email"],
            phone_key=self.keys["phone"],
            address_key=self.keys["address"],
            number=self.keys["number"],
        )
        return self.described

    @property
    def refused(self) -> bool:
        return any(is_error(found) for found in self.problems)

    def settle(self, verdict: str, party_id: int | None = None, diff: Diff | None = None) -> None:
        self.verdict, self.party_id, self.diff = verdict, party_id, diff or {}


def contact_keys(parsed: Parsed) -> dict[str, str]:
    """The contacts as the register keeps them for comparing, and the serial of the member number."""
    parsed["keys"] = {
        "email": normalise_email(parsed["email"]) if parsed.get("email") else "",
        "phone": normalise_phone(parsed["phone"]) if parsed.get("phone") else "",
        "address": address_key(parsed.get("street", ""), parsed.get("postal_code", "")),
        "number": serial(parsed.get("number", "")),
    }
    return dict(parsed["keys"])


def serial(text: str) -> str:
    """The serial of a whole member number of this register, "" for the number of another system."""
    try:
        return str(parse_member_number(text))
    except ValueError:
        return ""


@dataclass(frozen=True)
class Judge:
    """Judges rows of one batch. With `saving` the parties this batch has saved so far are not candidates.

    `reach`: associations into which the importer may import. A member of one of them is linked; of any other a new party
    is made and the pair kept for those who see both, because a link or even a question would tell what they have (REG-10).
    """

    batch: ImportBatch
    reach: frozenset[int] = frozenset()
    saving: bool = False

    @property
    def area(self) -> int | None:
        return self.batch.unit_id if self.batch.options.get("bases_area") == "unit" else None

    def judge(self, rows: Sequence[Row]) -> None:
        """Write verdict, party, differences and candidates into the rows that have no error yet."""
        sound = [row for row in rows if not row.refused]
        for row in rows:
            if row.refused:
                row.settle(Verdict.ERROR)
        found = register.candidates(
            [row.described or row.describe() for row in sound],
            unit_id=self.batch.unit_id,
            reach=self.reach,
            without_batch=self.batch.pk if self.saving else None,
        )
        for row, candidates in zip(sound, found, strict=True):
            self._identify(row, candidates)
        self._compare(sound)
        self._warn_of_holdings(sound)

    # --- who it is ------------------------------------------------------------------------------------------------------
    def _identify(self, row: Row, candidates: Sequence[Candidate]) -> None:
        assert row.described is not None
        own: list[tuple[int, Likeness]] = []
        near: list[tuple[int, Likeness]] = []
        row.beyond = []
        for candidate in candidates:
            likeness = identity.compare(row.described, candidate.described, own=candidate.own)
            if likeness:
                group = own if candidate.own else near if candidate.near else row.beyond
                group.append((candidate.id, likeness))
        certain, possible = identity.strongest(own)
        certain_near, possible_near = identity.strongest(near)
        former = {candidate.id: candidate.former for candidate in candidates if candidate.former}
        row.candidates = [_here(pair, former) for pair in certain + possible]
        row.candidates += [_near(pair) for pair in certain_near + possible_near]
        if len(certain) == 1:
            row.settle(Verdict.UPDATE, certain[0][0])
        elif not certain and len(certain_near) == 1 and not possible:
            row.settle(Verdict.NEW, certain_near[0][0])
        elif row.candidates:
            row.settle(Verdict.DUPLICATE)
        else:
            row.settle(Verdict.NEW)

    # --- what would change ------------------------------------------------------------------------------------------------
    def _compare(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        ids = {row.party_id for row in rows if row.party_id}
        known = register.known(ids, unit_id=self.batch.unit_id, area=self.area)
        for row in rows:
            row.known = known.get(row.party_id or 0)
            if row.known is not None:
                self._against(row, row.known)
            if row.verdict == Verdict.NEW:
                self._enough_for_new(row)

    def _against(self, row: Row, known: Known) -> None:
        if known.deceased:
            row.problems.append(problem("deceased"))
            row.settle(Verdict.ERROR)
        elif row.verdict == Verdict.NEW:
            row.diff = differences.complete(row.parsed, known)
        elif not known.open and not row.parsed.get("ended_on"):
            row.settle(Verdict.DUPLICATE)
        else:
            row.candidates = []
            self.settle_difference(row, known)

    def settle_difference(self, row: Row, known: Known) -> None:
        """Update or same, against the party the row is about."""
        if not known.own:
            row.settle(Verdict.UPDATE, known.id, differences.complete(row.parsed, known))
            return
        diff, problems = differences.compare(row.parsed, known, keys=row.keys)
        self._leave_newer_bases(row, known, diff, problems)
        told = differences.told_by_register(row.parsed, known)
        row.problems = [found for found in row.problems if found["code"] not in told]
        row.problems += [found for found in problems if found not in row.problems]
        row.settle(Verdict.UPDATE if diff else Verdict.SAME, known.id, diff)

    def _leave_newer_bases(self, row: Row, known: Known, diff: Diff, problems: list[Problem]) -> None:
        """A value that came into force after the day of the file's values stays."""
        since = self.batch.options.get("bases_from", "")
        for holding in known.holdings.values():
            for kind, (_value, valid_from, _pk) in holding.bases.items():
                if f"basis:{kind}" in diff and diff[f"basis:{kind}"][0] and valid_from > since:
                    del diff[f"basis:{kind}"]
                    problems.append(problem("basis_newer", kind, warning=True, value=valid_from))

    def _enough_for_new(self, row: Row) -> None:
        for key, code in (("type_new", "type_missing"), ("started_new", "started_missing")):
            if not row.parsed.get(key):
                row.problems.append(problem(code, "type" if key == "type_new" else "started_on"))
        if row.refused:
            row.settle(Verdict.ERROR)

    # --- holdings ---------------------------------------------------------------------------------------------------------
    def _warn_of_holdings(self, rows: Iterable[Row]) -> None:
        """A business ID that is another member's: joined within the association, left for people to settle outside it."""
        numbered = [(row, row.parsed.get("holding", {}).get("y_tunnus")) for row in rows]
        found = register.holdings_by_number(
            (number for _, number in numbered if number), unit_id=self.batch.unit_id
        )
        for row, number in numbered:
            holding = found.get(number or "")
            if holding is None or row.verdict == Verdict.ERROR or row.party_id in holding.people:
                continue
            opens = holding.opens_to(row.party_id)
            code = "holding_of_another" if opens else "holding_elsewhere"
            row.problems.append(problem(code, "holding_y_tunnus", warning=True, value=number))
            if not opens and row.verdict == Verdict.UPDATE:
                row.diff = {
                    k: v for k, v in row.diff.items() if k != "holding" and not k.startswith("basis:")
                }
                row.settle(Verdict.UPDATE if row.diff else Verdict.SAME, row.party_id, row.diff)


def _here(pair: tuple[int, Likeness], former: dict[int, str]) -> dict[str, Any]:
    party_id, likeness = pair
    found: dict[str, Any] = {"party": party_id, "reasons": list(likeness.reasons)}
    return found | ({"former": former[party_id].strip("-")} if party_id in former else {})


def _near(pair: tuple[int, Likeness]) -> dict[str, Any]:
    """A member of another association into which the importer may import too."""
    party_id, likeness = pair
    return {"party": party_id, "reasons": list(likeness.reasons), "elsewhere": True}


# --- the check of a chunk -------------------------------------------------------------------------------------------------
def check(
    batch: ImportBatch, reader: Reader, rows: Sequence[Row], *, reach: frozenset[int] = frozenset()
) -> None:
    """Read, judge and keep a chunk of staged rows, in the order of their lines.

    The next part is read in a thread of its own while the database looks for the members of the one before.
    """
    parts = [rows[start : start + PART] for start in range(0, len(rows), PART)]
    with ThreadPoolExecutor(max_workers=1) as ahead:
        read = [ahead.submit(_read, reader, part) for part in parts]
        for part, ready in zip(parts, read, strict=True):
            ready.result()
            Judge(batch, reach).judge(part)
            find_repeated(batch, part)
            save(part)


def _read(reader: Reader, rows: Sequence[Row]) -> None:
    """Without the database: this runs beside it."""
    for row in rows:
        row.parsed, row.problems = reader.read(row.raw)
        row.key = identity_key(row.parsed) if row.parsed else ""
        if not row.refused:
            row.describe()


def find_repeated(batch: ImportBatch, rows: Sequence[Row]) -> None:
    """A row about the same member as an earlier row of the file is a possible duplicate of that line."""
    earlier: dict[str, list[Row]] = defaultdict(list)
    claimed: dict[int, int] = {}
    sound = [row for row in rows if row.verdict != Verdict.ERROR]
    for line, parsed, key, party_id in _earlier_rows(batch, sound):
        other = Row(0, line, parsed=parsed)
        other.describe()
        earlier[key].append(other)
        if party_id:
            claimed.setdefault(party_id, line)
    for row in sound:
        repeats = [
            (other.line, likeness)
            for other in earlier[row.key]
            if (likeness := _like_earlier(row, other)) and set(likeness.reasons) - WEAK_IN_FILE
        ]
        if row.party_id in claimed:
            repeats.append((claimed[row.party_id], Likeness(identity.CERTAIN, ("same_member",))))
        if repeats:
            row.candidates += [
                {"line": line, "reasons": list(like.reasons)} for line, like in dict(repeats).items()
            ]
            row.settle(Verdict.DUPLICATE)
        elif row.party_id:
            claimed[row.party_id] = row.line
        earlier[row.key].append(row)


def _like_earlier(row: Row, other: Row) -> Likeness:
    """The list's own numbers tell two namesakes apart."""
    assert row.described is not None
    assert other.described is not None
    likeness = identity.compare(row.described, other.described, own=True)
    numbers = {r.parsed["number"] for r in (row, other) if r.parsed.get("number")}
    return identity.NOT_ALIKE if len(numbers) > 1 and likeness.strength == identity.POSSIBLE else likeness


def _earlier_rows(batch: ImportBatch, rows: Sequence[Row]) -> list[tuple[int, Parsed, str, int | None]]:
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line, parsed, key, party_id FROM members_importrow WHERE batch_id = %(batch)s AND line < %(first)s"
            " AND verdict <> 'error' AND key = ANY(%(keys)s)"
            " UNION SELECT line, parsed, key, party_id FROM members_importrow WHERE batch_id = %(batch)s"
            " AND line < %(first)s AND party_id = ANY(%(parties)s) AND verdict <> 'duplicate' ORDER BY line",
            {
                "batch": batch.pk,
                "first": min(row.line for row in rows),
                "keys": sorted({row.key for row in rows}),
                "parties": sorted({row.party_id for row in rows if row.party_id}),
            },
        )
        return [(line, _loaded(parsed), key, party) for line, parsed, key, party in cursor.fetchall()]


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


_SAVE = """
UPDATE members_importrow r SET parsed = d.parsed, problems = d.problems, verdict = d.verdict, diff = d.diff,
  candidates = d.candidates, party_id = d.party_id, key = d.key
FROM jsonb_to_recordset(%s) AS d(id bigint, parsed jsonb, problems jsonb, verdict text, diff jsonb, candidates jsonb,
  party_id bigint, key text)
WHERE r.id = d.id
"""


def save(rows: Sequence[Row]) -> None:
    """Keep what was found of the rows, in one statement."""
    found = [
        {
            "id": row.pk,
            "parsed": row.parsed,
            "problems": row.problems,
            "verdict": row.verdict,
            "diff": row.diff,
            "candidates": row.candidates,
            "party_id": row.party_id,
            "key": row.key,
        }
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [Json(found)])


_STAGED = (
    "SELECT id, line, raw FROM members_importrow WHERE batch_id = %s AND line > %s ORDER BY line LIMIT %s"
)
_JUDGED = """
SELECT id, line, verdict, choice, party_id, key, jsonb_build_array(parsed, problems, diff, candidates)
FROM members_importrow WHERE batch_id = %s AND line > %s AND {where} ORDER BY line LIMIT %s
"""


def load_staged(batch: ImportBatch, *, after: int, size: int) -> list[Row]:
    """The next rows of the batch after a line, as the file had them."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGED, [batch.pk, after, size])
        return [Row(pk, line, _loaded(raw)) for pk, line, raw in cursor.fetchall()]


def load(batch: ImportBatch, *, after: int, size: int, where: str) -> list[Row]:
    """The next judged rows after a line that meet `where`, a condition of this package on the table."""
    with connection.cursor() as cursor:
        cursor.execute(_JUDGED.format(where=where), [batch.pk, after, size])
        return [_judged(*row) for row in cursor.fetchall()]


def _judged(pk: int, line: int, verdict: str, choice: str, party_id: int | None, key: str, found: Any) -> Row:
    parsed, problems, diff, candidates = _loaded(found)
    return Row(
        pk,
        line,
        parsed=parsed,
        problems=problems,
        verdict=verdict,
        choice=choice,
        party_id=party_id,
        diff=diff,
        candidates=candidates,
        key=key,
    )
