"""Where a person is written in words: texts without a key, found by what singles the person out.

Words are compared whole. A name tells who is meant only while nobody else in the register has it, and an e-mail address or a
telephone number only when nobody else has it: another's rows are not taken for a namesake's or a housemate's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from members.models import ContactPoint, EmailChange, FormerNumber, Party, UnitClosure
from members.models.parties import ContactKind
from members.personal.reading import Person
from members.personal.registry import Free
from members.personal.rights import units_of

# Shorter ones are found in every other text.
SHORTEST = 6


@dataclass(frozen=True)
class Values:
    """In lower case. `texts` (addresses, numbers) and `names` each tell who is meant; of `pairs`, first name and last name, both
    have to be there. `found` and `units`, the associations that know the person with those above them, are where is searched."""

    texts: list[str]
    names: list[str]
    pairs: list[tuple[str, str]]
    found: Person
    units: list[int]

    @property
    def params(self) -> dict[str, Any]:
        return {**self.found.params, "units": self.units}


def values(found: Person) -> Values:
    """Names, e-mail addresses, telephone numbers, former ones too. Not the street: the family lives there as well."""
    texts = _reached_at(found)
    names: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for party in Party.objects.filter(pk__in=found.parties).select_related("person", "organisation"):
        if not party.is_person:
            texts.add(party.organisation.y_tunnus)
        if Party.objects.filter(sort_key=party.sort_key).exclude(pk__in=found.parties).exists():
            continue  # a namesake: the name alone does not tell which of them is meant
        names.add(party.display_name)
        if party.is_person:
            first, last = party.person.first_names, party.person.last_name
            names |= {f"{first} {last}", f"{last} {first}"}
            if len(first) > 2 and len(last) > 2:
                pairs.add((first.lower(), last.lower()))
        else:
            names.add(party.organisation.name)
    texts |= set(
        FormerNumber.objects.filter(party__in=found.parties).order_by().values_list("number", flat=True)
    )
    return Values(_long(texts), _long(names), sorted(pairs), found, _where_known(found))


def _where_known(found: Person) -> list[int]:
    """An association writes of its own people, and so do those above it: the whole database is not read for each."""
    own = units_of(found)
    above = UnitClosure.objects.filter(descendant__in=own).order_by().values_list("ancestor_id", flat=True)
    return sorted({*own, *above})


def _long(texts: set[str]) -> list[str]:
    return sorted({text.strip().lower() for text in texts if len(text.strip()) >= SHORTEST})


def _reached_at(found: Person) -> set[str]:
    """Addresses and numbers that nobody else has or has had."""
    texts: set[str] = set()
    points = ContactPoint.objects.filter(party__in=found.parties).exclude(kind=ContactKind.ADDRESS)
    others = ContactPoint.objects.exclude(party__in=found.parties).filter(
        key=OuterRef("key"), kind=OuterRef("kind")
    )
    for value, key in points.exclude(Exists(others)).order_by().values_list("value", "key"):
        texts |= {value, key, key.replace("+358", "0")}
    for old, new in EmailChange.objects.filter(party__in=found.parties).order_by().values_list("old", "new"):
        texts |= {old, new}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT email FROM accounts_user WHERE id = ANY(%(users)s) UNION"
            " SELECT email FROM account_emailaddress WHERE user_id = ANY(%(users)s)",
            found.params,
        )
        texts |= {text for (text,) in cursor.fetchall()}
    return texts - _shared(texts, found)


def _shared(texts: set[str], found: Person) -> set[str]:
    """Those of the texts that are somebody else's contact as well."""
    keys = {text: text.strip().lower() for text in texts}
    rows = ContactPoint.objects.filter(key__in=keys.values()).exclude(party__in=found.parties)
    taken = set(rows.order_by().values_list("key", flat=True))
    return {text for text, key in keys.items() if key in taken}


# Letters of every language are letters here, whatever the database sorts by.
_NAMES_ONE = (
    "({only}) AND (EXISTS (SELECT 1 FROM unnest(%(texts)s::text[]) v WHERE {told} ~ v)"
    " OR EXISTS (SELECT 1 FROM unnest(%(first)s::text[], %(last)s::text[]) AS n(a, b)"
    " WHERE {told} ~ n.a AND {told} ~ n.b))"
)


def where(free: Free, known: Values) -> tuple[str, dict[str, Any]]:
    """SQL over `t`: one of the columns names the person."""
    told = " || ' ' || ".join(f"coalesce(t.\"{name}\"::text, '')" for name in free.columns)
    sql = _NAMES_ONE.format(only=free.only, told=f"lower(({told}) COLLATE pg_c_utf8)")
    texts = [*known.texts, *(known.names if free.by_name else [])]
    pairs = known.pairs if free.by_name else []
    first, last = [_whole(pair[0]) for pair in pairs], [_whole(pair[1]) for pair in pairs]
    told_by = {"texts": [_whole(text) for text in texts], "first": first, "last": last}
    return sql, {**known.params, **told_by}


def _whole(text: str) -> str:
    """A pattern of the words as they stand, with no letter or digit next to them."""
    return f"(^|[^[:alnum:]]){re.escape(text)}($|[^[:alnum:]])"


def count(free: Free, known: Values) -> tuple[int, date | None]:
    """How many rows name the person, and until when the last of them stays."""
    sql, params = where(free, known)
    until = f"max({free.until})" if free.until else "NULL::date"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), {until} FROM {free.table} t WHERE {sql}", params)  # noqa: S608
        found, last = cursor.fetchone()
    return int(found), last
