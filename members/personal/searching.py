"""Where a person is written in words: texts without a key, found by what singles the person out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from members.models import ContactPoint, EmailChange, FormerNumber, Party
from members.models.parties import ContactKind
from members.personal.reading import Person
from members.personal.registry import Free

# Shorter ones are found in every other text.
SHORTEST = 6


@dataclass(frozen=True)
class Values:
    """In lower case. `texts` each tell who is meant; of `pairs`, first name and last name, both have to be there."""

    texts: list[str]
    pairs: list[tuple[str, str]]


def values(found: Person) -> Values:
    """Names, e-mail addresses, telephone numbers, former ones too. Not the street: the family lives there as well."""
    texts: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for party in Party.objects.filter(pk__in=found.parties).select_related("person", "organisation"):
        texts.add(party.display_name)
        if party.is_person:
            first, last = party.person.first_names, party.person.last_name
            texts |= {f"{first} {last}", f"{last} {first}"}
            if len(first) > 2 and len(last) > 2:
                pairs.add((first.lower(), last.lower()))
        else:
            texts |= {party.organisation.name, party.organisation.y_tunnus}
    texts |= _reached_at(found)
    texts |= set(
        FormerNumber.objects.filter(party__in=found.parties).order_by().values_list("number", flat=True)
    )
    return Values(sorted({t.strip().lower() for t in texts if len(t.strip()) >= SHORTEST}), sorted(pairs))


def _reached_at(found: Person) -> set[str]:
    texts: set[str] = set()
    points = ContactPoint.objects.filter(party__in=found.parties).exclude(kind=ContactKind.ADDRESS)
    for value, key in points.order_by().values_list("value", "key"):
        texts |= {value, key, key.replace("+358", "0")}
    for old, new in EmailChange.objects.filter(party__in=found.parties).order_by().values_list("old", "new"):
        texts |= {old, new}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT email FROM accounts_user WHERE id = ANY(%(users)s) UNION SELECT full_name FROM accounts_user"
            " WHERE id = ANY(%(users)s) UNION SELECT email FROM account_emailaddress WHERE user_id = ANY(%(users)s)",
            found.params,
        )
        return texts | {text for (text,) in cursor.fetchall()}


_NAMES_ONE = (
    "({only}) AND (EXISTS (SELECT 1 FROM unnest(%(texts)s::text[]) v WHERE strpos({told}, v) > 0)"
    " OR EXISTS (SELECT 1 FROM unnest(%(first)s::text[], %(last)s::text[]) AS n(a, b)"
    " WHERE strpos({told}, n.a) > 0 AND strpos({told}, n.b) > 0))"
)


def where(free: Free, known: Values) -> tuple[str, dict[str, Any]]:
    """SQL over `t`: one of the columns names the person."""
    told = " || ' ' || ".join(f"coalesce(t.\"{name}\"::text, '')" for name in free.columns)
    sql = _NAMES_ONE.format(only=free.only, told=f"lower({told})")
    first, last = [pair[0] for pair in known.pairs], [pair[1] for pair in known.pairs]
    return sql, {"texts": known.texts, "first": first, "last": last}


def count(free: Free, known: Values) -> int:
    sql, params = where(free, known)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {free.table} t WHERE {sql}", params)  # noqa: S608
        return int(cursor.fetchone()[0])
