"""Roles as data: making one, changing one, and who may (REG-12).

The federation's roles are for those who give posts in the whole federation, a unit's own for those who give posts in it; nobody
makes or changes a role that gives more than one holds, in the units where it is in use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.text import slugify

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.granting import BELOW, Right
from members.models import Mandate, OrgUnit, RoleGrant, RoleTemplate
from members.scope import Scope
from members.services.mandates import GRANT, beyond, rights_of

ROOT_KIND = "central"


class RoleError(Exception):
    """`code`: unit (not the editor's), more (gives beyond what the editor holds: `rights`), moved (more mandates use it than were
    confirmed)."""

    def __init__(self, code: str, rights: Iterable[Right] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.rights = list(rights)


@dataclass(frozen=True)
class Draft:
    """A role as the form has it."""

    names: tuple[str, str, str]
    requires_mfa: bool
    requires_training: bool
    longest_months: int | None
    active: bool
    rights: tuple[Right, ...]


def root() -> OrgUnit | None:
    return OrgUnit.objects.filter(kind_id=ROOT_KIND).order_by("pk").first()


def edits_federation(scope: Scope) -> bool:
    """Whether the scope gives posts in the whole federation."""
    top = root()
    return top is not None and any(
        g.capability == GRANT and g.below and g.unit_id == top.pk for g in scope.grants
    )


def may_edit(scope: Scope, role: RoleTemplate) -> bool:
    """Whether the role is the editor's to change, and within what the editor holds as it stands now."""
    if not _owns(scope, role.unit_id):
        return False
    return not _too_much(scope, role.unit_id, rights_of(role))


def _owns(scope: Scope, unit_id: int | None) -> bool:
    return edits_federation(scope) if unit_id is None else scope.can(GRANT, unit_id)


def too_much(
    scope: Scope, *, unit_id: int | None, rights: Iterable[Right], used_by: Iterable[Mandate] = ()
) -> list[Right]:
    """What of the rights goes beyond the scope where the role can be given, and where it is in use."""
    wanted = list(rights)
    found = _too_much(scope, unit_id, wanted)
    for mandate in used_by:
        found += beyond(scope, wanted, unit_id=mandate.unit_id, listed=mandate.listed_units)
    return list(dict.fromkeys(found))


def _too_much(scope: Scope, unit_id: int | None, rights: list[Right]) -> list[Right]:
    """A role of the federation can be given in every unit, so it is measured as if it reached all of them."""
    top = root()
    if unit_id is not None or top is None:
        return beyond(scope, rights, unit_id=unit_id or 0, listed=[unit_id] if unit_id else [])
    widened = {Right(r.capability, BELOW, r.classes): r for r in rights}
    return [widened[right] for right in beyond(scope, widened, unit_id=top.pk)]


def in_use(role: RoleTemplate, on: date) -> list[Mandate]:
    """Posts of the role that go on or are to come."""
    return list(
        Mandate.objects.not_over(on).filter(template=role).select_related("unit", "party").order_by("pk")
    )


def save(
    *,
    scope: Scope,
    role: RoleTemplate | None,
    unit: OrgUnit | None,
    draft: Draft,
    confirmed: int,
    actor: User,
    on: date,
) -> RoleTemplate:
    """Make the role, or change it for every post that uses it: `confirmed` is the number of posts that was agreed to.

    Raises RoleError.
    """
    unit_id = role.unit_id if role else (unit.pk if unit else None)
    kind = "role.edit" if role else "role.add"
    with mutation(actor=actor, kind=kind, summary=draft.names[0], unit_id=unit_id):
        if not _owns(scope, unit_id):
            raise RoleError("unit")
        row = (
            RoleTemplate.objects.select_for_update().get(pk=role.pk)
            if role
            else RoleTemplate(unit_id=unit_id)
        )
        used = in_use(row, on) if role else []
        if len(used) != confirmed:
            raise RoleError("moved")
        before = rights_of(row) if role else []
        if more := too_much(scope, unit_id=unit_id, rights=[*draft.rights, *before], used_by=used):
            raise RoleError("more", more)
        return _write(row, draft)


def _write(row: RoleTemplate, draft: Draft) -> RoleTemplate:
    row.name_fi, row.name_sv, row.name_en = draft.names
    row.requires_mfa, row.requires_training = draft.requires_mfa, draft.requires_training
    row.longest_months, row.active = draft.longest_months, draft.active
    if not row.code:
        row.code = _free_code(row.name_fi)
    row.save()
    kept = {(grant.capability, grant.reach): grant for grant in row.grants.order_by("pk")}
    for right in draft.rights:
        classes = "".join(sorted(right.classes))
        grant = kept.pop((right.capability, right.reach), None)
        if grant is None:
            RoleGrant.objects.create(
                template=row, capability=right.capability, reach=right.reach, classes=classes
            )
        elif grant.classes != classes:
            grant.classes = classes
            grant.save(update_fields=["classes"])
    for grant in kept.values():
        grant.delete()
    return row


def _free_code(name: str) -> str:
    base = slugify(name)[:40] or "role"
    taken = set(RoleTemplate.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(
        code for n in range(1, len(taken) + 3) if (code := base if n == 1 else f"{base}-{n}") not in taken
    )
