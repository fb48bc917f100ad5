"""Rows into tables by COPY, and the sequences moved past the keys that were given by hand."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from django.db import connection

CHUNK = 20_000

TABLES: dict[str, tuple[str, str]] = {
    "parties": (
        "members_party",
        "id, kind, member_number, display_name, sort_key, language, home_municipality, non_disclosure,"
        " non_disclosure_until, invoice_channel, created_at",
    ),
    "persons": (
        "members_person",
        "party_id, first_names, last_name, birth_date, birth_date_purpose, deceased_on",
    ),
    "organisations": ("members_organisation", "party_id, name, legal_form, y_tunnus"),
    "contacts": (
        "members_contactpoint",
        'party_id, kind, value, key, co_line, postal_code, city, country, "primary", source, verified_on, bounced_on,'
        " valid_from, valid_to",
    ),
    "holdings": ("members_holding", "id, name, y_tunnus, responsible_id, municipality"),
    "holding_members": ("members_holdingmember", "holding_id, party_id, role, valid_from, valid_to"),
    "bases": (
        "members_feebasisvalue",
        "holding_id, kind_id, unit_id, value, source, confirmed_by, confirmed_on, valid_from, valid_to",
    ),
    "links": ("members_partylink", "party_id, other_id, kind, valid_from, valid_to"),
    "memberships": (
        "members_membership",
        "id, party_id, unit_id, type_id, holding_id, payer_id, state, started_on, ended_on, fee_exempt_until,"
        " fee_exempt_reason, sort_key",
    ),
    "events": (
        "members_membershipevent",
        "membership_id, kind, applied_on, decided_on, effective_on, decision_id, reason, data, actor_id, mutation_id,"
        " recorded_at",
    ),
}
KEYED = ("members_party", "members_holding", "members_membership")


def copy(table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """COPY the rows; None is written as an unquoted empty field, which is NULL, and "" quoted."""
    with connection.cursor() as cursor:
        for start in range(0, len(rows), CHUNK):
            buffer = io.StringIO()
            buffer.writelines(",".join(map(_cell, row)) + "\n" for row in rows[start : start + CHUNK])
            buffer.seek(0)
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv)", buffer)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return '"' + str(value).replace('"', '""') + '"'


def next_keys() -> dict[str, int]:
    """The first free key of each table whose keys are given by hand."""
    found = {}
    with connection.cursor() as cursor:
        for table in KEYED:
            cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")  # noqa: S608 -- own constant
            (found[table],) = cursor.fetchone()
    return found


def move_sequences() -> None:
    with connection.cursor() as cursor:
        for table in KEYED:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
            )
