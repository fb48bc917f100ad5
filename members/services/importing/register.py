"""What the register knows about the members of a file: whom they may be, and how those stand now. All set-based."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from jasenpalvelu.common.sorting import sort_key
from members.importing.differences import Contact, Known, KnownHolding, KnownMembership
from members.importing.identity import Described

# Everybody who shares an exact key with a row. Each branch goes through its own index. Who is protected by a
# non-disclosure order is found inside the own association only: a hit elsewhere would tell where the person is a member.
# Nor is that person described by contacts, nor a former member by anything but name and number: whoever brings a file
# could otherwise try out phone numbers and addresses and read from the verdicts which of them is right.
# The names of those born on the day are looked up one by one (OFFSET 0), a plain first letter ahead of them: a join would
# read the whole register.
_CANDIDATES = """
WITH k AS (
  SELECT * FROM unnest(%(n)s::int[], %(name)s::text[], %(prefix)s::text[], %(email)s::text[], %(phone)s::text[],
    %(birth)s::date[], %(y)s::text[], %(holding)s::text[], %(postal)s::text[], %(number)s::int[])
    AS k(n, name, prefix, email, phone, birth, y, holding, postal, number)
), f AS (
  SELECT k.n, c.party_id FROM k JOIN members_contactpoint c ON c.key = k.email AND c.kind = 'email'
    WHERE k.email <> '' AND c.valid_to IS NULL
  UNION SELECT k.n, c.party_id FROM k JOIN members_contactpoint c ON c.key = k.phone AND c.kind = 'phone'
    WHERE k.phone <> '' AND c.valid_to IS NULL
  UNION SELECT k.n, p.party_id FROM k JOIN members_person p ON p.birth_date = k.birth
    AND (lower(left(p.last_name, 1)) = left(k.prefix, 1) OR lower(left(p.last_name, 1)) NOT BETWEEN 'a' AND 'z')
    CROSS JOIN LATERAL (
      SELECT FROM members_party q WHERE q.id = p.party_id AND starts_with(q.sort_key, k.prefix) OFFSET 0)
  UNION SELECT k.n, o.party_id FROM k JOIN members_organisation o ON o.y_tunnus = k.y AND o.y_tunnus <> ''
    WHERE k.y <> ''
  UNION SELECT k.n, h.responsible_id FROM k JOIN members_holding h ON h.y_tunnus = k.holding AND h.y_tunnus <> ''
    WHERE k.holding <> ''
  UNION SELECT k.n, m.party_id FROM k JOIN members_holding h ON h.y_tunnus = k.holding AND h.y_tunnus <> ''
    JOIN members_holdingmember m ON m.holding_id = h.id AND m.valid_to IS NULL WHERE k.holding <> ''
  UNION SELECT k.n, p.id FROM k JOIN members_party p ON p.sort_key = k.name
    WHERE EXISTS (SELECT 1 FROM members_membership m WHERE m.party_id = p.id AND m.unit_id = %(unit)s)
      OR EXISTS (SELECT 1 FROM members_contactpoint c WHERE c.party_id = p.id AND c.kind = 'address'
        AND c.valid_to IS NULL AND c.postal_code = k.postal AND k.postal <> '')
  UNION SELECT k.n, p.id FROM k JOIN members_party p ON p.member_number = k.number
)
SELECT DISTINCT f.n, p.id FROM f JOIN members_party e ON e.id = f.party_id
JOIN members_party p ON p.id = coalesce(e.merged_into_id, e.id)
WHERE NOT p.non_disclosure
  OR EXISTS (SELECT 1 FROM members_membership m WHERE m.party_id = p.id AND m.unit_id = %(unit)s)
ORDER BY 1, 2
"""
# Asked for the found parties only: put into the statement above, the planner gathers all saved rows for every chunk.
_SAVED_BY = """
SELECT DISTINCT r.party_id FROM members_importrow r
WHERE r.party_id = ANY(%(ids)s) AND r.batch_id = %(batch)s AND r.done
"""

_DESCRIBED = """
SELECT p.id, p.kind, p.sort_key, coalesce(q.last_name, ''), coalesce(q.first_names, ''), q.birth_date,
  coalesce(o.y_tunnus, ''), p.member_number,
  coalesce(t.own, false), coalesce(t.still, false), coalesce(t.near, false), t.ended,
  p.non_disclosure,
  ARRAY(SELECT c.kind || ':' || c.key FROM members_contactpoint c WHERE c.party_id = p.id AND c.valid_to IS NULL),
  ARRAY(SELECT c.postal_code FROM members_contactpoint c
    WHERE c.party_id = p.id AND c.valid_to IS NULL AND c.kind = 'address'),
  ARRAY(SELECT h.y_tunnus FROM members_holding h WHERE h.responsible_id = p.id AND h.y_tunnus <> ''
    UNION SELECT h.y_tunnus FROM members_holdingmember m JOIN members_holding h ON h.id = m.holding_id
    WHERE m.party_id = p.id AND m.valid_to IS NULL AND h.y_tunnus <> '')
FROM members_party p LEFT JOIN members_person q ON q.party_id = p.id
LEFT JOIN members_organisation o ON o.party_id = p.id
CROSS JOIN LATERAL (
  SELECT bool_or(m.unit_id = %(unit)s) AS own,
    bool_or(m.unit_id = %(unit)s AND m.state IN ('applied', 'active', 'lapsed')) AS still,
    bool_or(m.unit_id = ANY(%(reach)s) AND m.state IN ('applied', 'active', 'lapsed')) AS near,
    max(m.ended_on) FILTER (WHERE m.unit_id = %(unit)s) AS ended
  FROM members_membership m WHERE m.party_id = p.id
) t
WHERE p.id = ANY(%(ids)s)
"""


@dataclass(frozen=True)
class Candidate:
    """A party of the register in comparable form.

    `own`: is or has been a member of the association; `near`: of another one into which the importer may import as well.
    Who is neither must leave no trace in the verdict. `former`: the day the last membership ended, "" for a member.
    """

    id: int
    own: bool
    near: bool
    former: str
    described: Described


def candidates(
    rows: Sequence[Described],
    *,
    unit_id: int,
    reach: frozenset[int] = frozenset(),
    without_batch: int | None = None,
) -> list[list[Candidate]]:
    """For each row the parties that share a key with it. `reach`: associations into which the importer may import.

    `without_batch` leaves out those a batch has saved already.
    """
    if not rows:
        return []
    keys: dict[str, list[Any]] = defaultdict(list)
    for n, row in enumerate(rows):
        keys["n"].append(n)
        keys["name"].append(row.name)
        keys["prefix"].append(row.last[:3] or row.name[:3])
        keys["email"].append(_one(row.emails))
        keys["phone"].append(_one(row.phones))
        keys["birth"].append(row.born or None)
        keys["y"].append(row.y_tunnus)
        keys["holding"].append(_one(row.holdings))
        keys["postal"].append(_one(row.postals))
        keys["number"].append(int(row.number) if row.number else None)
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {**keys, "unit": unit_id})
        pairs = cursor.fetchall()
    if without_batch is not None:
        ids = sorted({party_id for _, party_id in pairs})
        saved = {party_id for (party_id,) in _rows(_SAVED_BY, {"ids": ids, "batch": without_batch})}
        pairs = [pair for pair in pairs if pair[1] not in saved]
    parties = describe({party_id for _, party_id in pairs}, unit_id=unit_id, reach=reach)
    found: list[list[Candidate]] = [[] for _ in rows]
    for n, party_id in pairs:
        found[n].append(parties[party_id])
    return found


def _one(keys: Iterable[str]) -> str:
    return next(iter(keys), "")


def describe(
    ids: Iterable[int], *, unit_id: int, reach: frozenset[int] = frozenset()
) -> dict[int, Candidate]:
    """The parties in comparable form."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_DESCRIBED, {"ids": wanted, "unit": unit_id, "reach": sorted(reach)})
        return {row[0]: _candidate(row) for row in cursor.fetchall()}


def _candidate(row: Sequence[Any]) -> Candidate:
    pk, kind, name, last, first, born, y_tunnus, number, own, still, near, ended, hidden, *keys = row
    former = own and not still
    contacts, postals, holdings = keys if not former else ([], [], [])
    if hidden:
        contacts, postals = [], []
    by_kind: dict[str, set[str]] = {"email": set(), "phone": set(), "address": set()}
    for contact in contacts:
        contact_kind, key = contact.split(":", 1)
        by_kind[contact_kind].add(key)
    described = Described(
        kind=kind,
        name=name,
        last=sort_key(last),
        firsts=tuple(sort_key(first).split()),
        born=born.isoformat() if born and not former else "",
        emails=by_kind["email"],
        phones=by_kind["phone"],
        addresses=by_kind["address"],
        postals={code for code in postals if code},
        y_tunnus=y_tunnus,
        holdings=set(holdings),
        number=str(number),
    )
    return Candidate(pk, own, near, (_iso(ended) or "-") if former else "", described)


# --- the whole of what a row may change ---------------------------------------------------------------------------------
def _party(row: tuple[Any, ...]) -> Known:
    *told, born, language, municipality, hidden, dead, number = row
    facts = {"birth_date": _iso(born), "language": language, "municipality": municipality}
    facts |= {"non_disclosure": hidden, "deceased": dead, "member_number": str(number)}
    return replace(Known(*told), **facts)


_FORMER_NUMBERS = """
SELECT party_id, number FROM members_formernumber WHERE party_id = ANY(%(ids)s) AND unit_id = %(unit)s ORDER BY id
"""
_PARTIES = """
SELECT p.id, p.kind, p.display_name, coalesce(q.last_name, ''), coalesce(q.first_names, ''), coalesce(o.name, ''),
  coalesce(o.legal_form, ''), coalesce(o.y_tunnus, ''), q.birth_date, p.language, p.home_municipality, p.non_disclosure,
  q.deceased_on IS NOT NULL, p.member_number
FROM members_party p LEFT JOIN members_person q ON q.party_id = p.id
LEFT JOIN members_organisation o ON o.party_id = p.id WHERE p.id = ANY(%(ids)s) ORDER BY p.id
"""
_HOLD_POSTS = """
SELECT DISTINCT party_id FROM members_mandate
WHERE party_id = ANY(%(ids)s) AND (valid_to IS NULL OR valid_to >= (now() AT TIME ZONE 'Europe/Helsinki')::date)
"""
_CONTACTS = """
SELECT party_id, kind, id, value, key, co_line, postal_code, city, country FROM members_contactpoint
WHERE party_id = ANY(%(ids)s) AND valid_to IS NULL AND "primary"
"""
_MEMBERSHIPS = """
SELECT party_id, id, type_id, state, started_on, ended_on, holding_id, payer_id FROM members_membership
WHERE party_id = ANY(%(ids)s) AND unit_id = %(unit)s ORDER BY id
"""
_HOLDINGS_OF = """
SELECT h.responsible_id, h.id FROM members_holding h WHERE h.responsible_id = ANY(%(ids)s)
UNION SELECT m.party_id, m.holding_id FROM members_holdingmember m WHERE m.party_id = ANY(%(ids)s) AND m.valid_to IS NULL
UNION SELECT m.party_id, m.holding_id FROM members_membership m
  WHERE m.party_id = ANY(%(ids)s) AND m.unit_id = %(unit)s AND m.holding_id IS NOT NULL
"""
_HOLDINGS = """
SELECT h.id, h.name, h.y_tunnus, h.municipality, h.responsible_id, p.non_disclosure
FROM members_holding h JOIN members_party p ON p.id = h.responsible_id WHERE h.id = ANY(%(ids)s)
"""
_BASES = """
SELECT holding_id, kind_id, value, valid_from, id FROM members_feebasisvalue
WHERE holding_id = ANY(%(ids)s) AND valid_to IS NULL AND unit_id IS NOT DISTINCT FROM %(area)s
"""


def known(ids: Iterable[int], *, unit_id: int, area: int | None) -> dict[int, Known]:
    """The parties with all an import may change. `area`: the association whose part of a holding the bases are about."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    params = {"ids": wanted, "unit": unit_id}
    contacts: dict[int, dict[str, Contact]] = defaultdict(dict)
    memberships: dict[int, list[KnownMembership]] = defaultdict(list)
    for party, kind, *rest in _rows(_CONTACTS, params):
        contacts[party][kind] = Contact(*rest)
    for party, pk, type_id, state, started, ended, holding, payer in _rows(_MEMBERSHIPS, params):
        memberships[party].append(
            KnownMembership(pk, type_id, state, _iso(started), _iso(ended), holding, payer)
        )
    former: dict[int, list[str]] = defaultdict(list)
    for party, number in _rows(_FORMER_NUMBERS, params):
        former[party].append(number)
    pairs = _rows(_HOLDINGS_OF, params)
    holdings = known_holdings({holding for _, holding in pairs}, area=area)
    of_party: dict[int, dict[int, KnownHolding]] = defaultdict(dict)
    for party, holding in pairs:
        of_party[party][holding] = holdings[holding]
    posts = {party for (party,) in _rows(_HOLD_POSTS, params)}
    return {
        row[0]: replace(
            _party(row),
            holds_post=row[0] in posts,
            contacts=contacts[row[0]],
            memberships=tuple(memberships[row[0]]),
            holdings=of_party[row[0]],
            former_numbers=tuple(former[row[0]]),
        )
        for row in _rows(_PARTIES, params)
    }


def known_holdings(ids: Iterable[int], *, area: int | None) -> dict[int, KnownHolding]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    bases: dict[int, dict[str, tuple[Decimal, str, int]]] = defaultdict(dict)
    for holding, kind, value, since, pk in _rows(_BASES, {"ids": wanted, "area": area}):
        bases[holding][kind] = (value, _iso(since), pk)
    return {
        row[0]: replace(KnownHolding(*row), bases=bases[row[0]]) for row in _rows(_HOLDINGS, {"ids": wanted})
    }


@dataclass(frozen=True)
class Numbered:
    """A holding with a business ID. `own`: a membership of the association is tied to it, today or in the past."""

    id: int
    people: frozenset[int]
    own: bool

    def opens_to(self, party_id: int | None) -> bool:
        """A business ID is public, so it alone opens nothing: from another association only its own people join it."""
        return self.own or party_id in self.people


_NUMBERED = """
SELECT h.y_tunnus, h.id, h.responsible_id,
  ARRAY(SELECT m.party_id FROM members_holdingmember m WHERE m.holding_id = h.id AND m.valid_to IS NULL),
  EXISTS (SELECT 1 FROM members_membership m WHERE m.holding_id = h.id AND m.unit_id = %(unit)s)
FROM members_holding h WHERE h.y_tunnus = ANY(%(numbers)s) AND h.y_tunnus <> ''
"""


def holdings_by_number(numbers: Iterable[str], *, unit_id: int) -> dict[str, Numbered]:
    """Business ID → holding of the whole register."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    found = _rows(_NUMBERED, {"numbers": wanted, "unit": unit_id})
    return {
        number: Numbered(pk, frozenset({responsible, *people}), own)
        for number, pk, responsible, people, own in found
    }


def _rows(sql: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _iso(day: Any) -> str:
    return day.isoformat() if day else ""


_BY_PLACE = """
SELECT c.key, h.name, h.id FROM members_contactpoint c
JOIN members_holding h ON h.responsible_id = c.party_id AND h.y_tunnus = ''
JOIN members_party p ON p.id = c.party_id AND NOT p.non_disclosure
WHERE c.key = ANY(%(addresses)s) AND c.kind = 'address' AND c.valid_to IS NULL
  AND EXISTS (SELECT 1 FROM members_membership m WHERE m.party_id = p.id AND m.unit_id = %(unit)s)
ORDER BY h.id DESC
"""


def holdings_by_place(places: Iterable[tuple[str, str]], *, unit_id: int) -> dict[tuple[str, str], int]:
    """(sort key of the name, address key) → holding of the association's own members that has no business ID."""
    wanted = set(places)
    if not wanted:
        return {}
    found = _rows(_BY_PLACE, {"addresses": sorted({address for _, address in wanted}), "unit": unit_id})
    by_place = {(sort_key(name), address): pk for address, name, pk in found}
    return {place: pk for place, pk in by_place.items() if place in wanted}
