"""Two entries of the same member, joined and parted; and the whole database as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection

from jasenpalvelu.common import clock
from members.models import Merge, Party
from members.scope import Scope
from members.services import lifecycle, merging, registering
from tests.cast import JOINED, TODAY, Cast

# The record of who did what grows by every act; it is what history is for.
GROWING = {"audit_mutation", "audit_change", "audit_accesslog"}


def person(
    cast: Cast, first: str, last: str, *, units: Mapping[str, str] | None = None, **values: Any
) -> Party:
    """A person with memberships: association → type."""
    party = registering.create_person(actor=None, first_names=first, last_name=last, on=JOINED, **values)
    for unit, kind in (units or {"a": "personal"}).items():
        lifecycle.start(
            actor=None, party=party, unit=cast.units[unit], type=cast.types[kind], started_on=JOINED
        )
    return party


def scope(cast: Cast, name: str = "riitta", on: date = TODAY) -> Scope:
    return Scope.for_user(cast.users[name], on=on)


def plan(cast: Cast, survivor: Party, merged: Party, name: str = "riitta") -> merging.Plan:
    mine = scope(cast, name)
    one, other = merging.parties(scope=mine, survivor_id=survivor.pk, merged_id=merged.pk)
    return merging.plan(survivor=one, merged=other, scope=mine, on=TODAY)


def join(
    cast: Cast, survivor: Party, merged: Party, name: str = "riitta", chosen: Mapping[str, str] | None = None
) -> Merge:
    return merging.merge(
        actor=cast.users[name],
        scope=scope(cast, name),
        survivor_id=survivor.pk,
        merged_id=merged.pk,
        chosen=chosen or {},
        digest=plan(cast, survivor, merged, name).digest,
        on=TODAY,
        at=clock.now(),
    )


def everything() -> dict[str, list[str]]:
    """Every row of every table but the growing record, as text, in the order of the text."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if model._meta.managed and table not in GROWING:
                cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")
                found[table] = [row[0] for row in cursor.fetchall()]
    return found
