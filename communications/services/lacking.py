"""Whose value a letter's merge field would be without: told before the letter leaves, when the words can still be mended (COM-1)."""

# ruff: noqa: S608 -- what is joined into the statement are names of our own, and the plan's own statement
from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import connection

from communications.models import Mailing, State
from communications.services import planning
from members.scope import Scope


def count(mailing: Mailing, codes: Collection[str], *, scope: Scope, on: date) -> dict[str, int]:
    """Of those who would get the letter now, how many have no value for each field; fields that everybody has are left out.

    Raises planning.PlanError.
    """
    asked = [code for code in planning.FIELDS if code in codes]
    if not asked:
        return {}
    empty = ", ".join(
        f"count(*) FILTER (WHERE coalesce(({planning.FIELDS[code]})::text, '') = '')" for code in asked
    )
    select, params = planning.statement(mailing, scope, on)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {empty} FROM ({select}) d
            JOIN members_party p ON p.id = d.party_id
            JOIN members_orgunit u ON u.id = d.unit_id
            LEFT JOIN members_person pe ON pe.party_id = p.id
            WHERE d.state <> {State.SUPPRESSED}
            """,
            params,
        )
        found = cursor.fetchone() or ()
    return {code: n for code, n in zip(asked, found, strict=True) if n}
