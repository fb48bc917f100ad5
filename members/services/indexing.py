"""Search vectors of parties: names, numbers and holdings (field class A), e-mail and telephone (class B)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from django.db import connection

from members.searching import all_terms

# What a party is found by; the second column is empty for a non-disclosure order, so that search cannot reveal what is masked.
_WORDS = """
SELECT p.id,
  concat_ws(' ', p.display_name, p.member_number, o.y_tunnus,
    (SELECT string_agg(n.number, ' ') FROM members_formernumber n WHERE n.party_id = p.id),
    (SELECT string_agg(j.member_number::text, ' ') FROM members_party j WHERE j.merged_into_id = p.id), (
    SELECT string_agg(concat_ws(' ', d.name, d.y_tunnus), ' ') FROM (
      SELECT name, y_tunnus FROM members_holding WHERE responsible_id = p.id
      UNION ALL
      SELECT h.name, h.y_tunnus FROM members_holdingmember m JOIN members_holding h ON h.id = m.holding_id
      WHERE m.party_id = p.id AND m.valid_to IS NULL
    ) d)),
  CASE WHEN p.non_disclosure THEN '' ELSE (
    SELECT string_agg(concat_ws(' ', k.key, replace(k.key, '+358', '0')), ' ') FROM members_contactpoint k
    WHERE k.party_id = p.id AND k.valid_to IS NULL AND k.kind IN ('email', 'phone')) END
FROM members_party p LEFT JOIN members_organisation o ON o.party_id = p.id
WHERE p.id = ANY(%s)
"""
_WRITE = """
UPDATE members_party p SET search = w.names::tsvector, search_contact = w.contacts::tsvector
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS w(id, names, contacts) WHERE p.id = w.id
"""

# From this many parties on, what waits for its place in the indexes would slow searching down.
MANY = 1_000
_GATHER = "SET LOCAL gin_pending_list_limit = '64MB'"
_SETTLE = "SELECT gin_clean_pending_list('party_search'), gin_clean_pending_list('party_search_contact')"


@contextmanager
def gathered() -> Iterator[None]:
    """Search terms of many parties written inside go into the indexes sorted, at the end: half the work of one by one.

    To be used inside a transaction. Nobody finds less meanwhile: what waits is searched as well.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GATHER)
        yield
        cursor.execute(_SETTLE)


def refresh_search(party_ids: Sequence[int]) -> None:
    """Rewrite the search vectors of the parties; set-based, for one party or for tens of thousands at a time."""
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [list(party_ids)])
        rows = [(pk, vector(names), vector(contacts)) for pk, names, contacts in cursor.fetchall()]
        if rows:
            with gathered() if len(rows) >= MANY else nullcontext():
                cursor.execute(_WRITE, [list(column) for column in zip(*rows, strict=True)])


def vector(words: str | None) -> str:
    """The words as PostgreSQL reads a tsvector; terms hold letters and digits only, so quoting is enough."""
    return " ".join(f"'{term}'" for term in sorted(set(all_terms(words or ""))))
