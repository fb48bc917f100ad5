"""Making units and keeping their tree: the closure table is rebuilt from the parent links of the day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.sorting import fold, sort_key
from members.models import OrgUnit, UnitParent
from members.models.units import Relation

_REBUILD = """
DELETE FROM members_unitclosure;
INSERT INTO members_unitclosure (ancestor_id, descendant_id, relation, depth)
WITH RECURSIVE up AS (
  SELECT u.id AS descendant_id, u.id AS ancestor_id, r.relation, 0 AS depth
    FROM members_orgunit u CROSS JOIN (VALUES ('administrative'), ('fee')) AS r(relation)
  UNION
  SELECT up.descendant_id, p.parent_id, up.relation, up.depth + 1
    FROM up JOIN members_unitparent p ON p.unit_id = up.ancestor_id AND p.relation = up.relation
   WHERE (p.valid_from IS NULL OR p.valid_from <= %(on)s) AND (p.valid_to IS NULL OR p.valid_to >= %(on)s)
     AND up.depth < 20
)
SELECT ancestor_id, descendant_id, relation, min(depth) FROM up GROUP BY 1, 2, 3;
"""

_LOOP = """
SELECT 1 FROM members_unitclosure a JOIN members_unitclosure b
  ON b.ancestor_id = a.descendant_id AND b.descendant_id = a.ancestor_id AND b.relation = a.relation
WHERE a.ancestor_id <> a.descendant_id LIMIT 1
"""


class UnitLoop(Exception):
    """A unit would become its own ancestor."""


def create_unit(
    *, kind: str, name_fi: str, on: date, actor: User | None, parent: OrgUnit | None = None, **values: Any
) -> OrgUnit:
    """Make a unit under `parent` in both trees; other columns of `OrgUnit` go in `values`."""
    with mutation(actor=actor, kind="unit.create", summary=name_fi):
        take_turn()
        number = values.pop("number", None) or _next_number()
        unit = OrgUnit.objects.create(
            kind_id=kind,
            name_fi=name_fi,
            number=number,
            slug=values.pop("slug", None) or _free_slug(name_fi, number),
            sort_key=sort_key(name_fi),
            valid_from=values.pop("valid_from", on),
            **values,
        )
        if parent is not None:
            for relation in Relation.values:
                UnitParent.objects.create(
                    unit=unit, parent=parent, relation=relation, valid_from=unit.valid_from
                )
        rebuild_closure(on=on)
    return unit


def update_unit(*, unit: OrgUnit, values: dict[str, Any], actor: User | None) -> OrgUnit:
    """Change the unit's own columns; the caller has validated them."""
    with mutation(actor=actor, kind="unit.edit", summary=unit.name_fi, unit_id=unit.pk):
        unit = OrgUnit.objects.select_for_update().get(pk=unit.pk)
        for field, value in values.items():
            setattr(unit, field, value)
        unit.sort_key = sort_key(unit.name_fi)
        unit.save()
    return unit


def take_turn() -> None:
    """Units are made and their tree is rebuilt one at a time, until the transaction ends: numbers are given once, and the
    tree is never a mixture of two."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('members.units'))")


def rebuild_closure(*, on: date) -> None:
    """Recompute every ancestor pair from the links valid on `on`; 417 units take a few milliseconds.

    Called when a unit is made, and each night: links begin and end by date. Raises UnitLoop.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        take_turn()
        cursor.execute(_REBUILD, {"on": on})
        cursor.execute(_LOOP)
        if cursor.fetchone():
            raise UnitLoop


def _next_number() -> int:
    """Under the turn of `create_unit`."""
    highest = OrgUnit.objects.order_by("-number").values_list("number", flat=True).first()
    return (highest or 0) + 1


def _free_slug(name: str, number: int) -> str:
    slug = slugify(fold(name))[:40] or "yhdistys"
    return f"{slug}-{number}" if OrgUnit.objects.filter(slug=slug).exists() else slug
