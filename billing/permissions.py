"""Who may do what in billing. Every right is a capability over the creditor's unit; sums of named people need class D."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.models import FeeTable
from billing.models.fees import FeeTableState
from members.models import OrgUnit, UnitClosure, UnitRules
from members.models.units import Relation
from members.scope import Scope

VIEW, TABLES, RUN = "billing.view", "billing.tables", "billing.run"


def may_edit_tables(scope: Scope, unit_id: int) -> bool:
    return scope.can(TABLES, unit_id)


def may_see(scope: Scope, unit_id: int) -> bool:
    return scope.can(VIEW, unit_id, "D")


def may_run(scope: Scope, unit_id: int) -> bool:
    return scope.can(RUN, unit_id, "D")


def table_units(scope: Scope) -> QuerySet[OrgUnit]:
    """Units whose fee tables the person may make."""
    return OrgUnit.objects.visible_to(scope, TABLES).order_by("sort_key", "pk")


def creditors(scope: Scope) -> QuerySet[OrgUnit]:
    """Units in whose name the person may bill: those with members of their own, or with associations they bill for."""
    return OrgUnit.objects.filter(scope.unit_filter("pk", RUN, "D")).order_by("sort_key", "pk")


def readable_tables(scope: Scope) -> QuerySet[FeeTable]:
    """Tables of one's own units in every state, and the decided ones of the unions above them: their shares are billed too."""
    below = UnitClosure.objects.filter(ancestor=OuterRef("unit")).filter(
        scope.unit_filter("descendant", VIEW)
    )
    above = Q(Exists(below)) & ~Q(state=FeeTableState.DRAFT)
    return FeeTable.objects.filter(scope.unit_filter("unit", VIEW) | above)


def billable_units(creditor: OrgUnit, on: date) -> QuerySet[OrgUnit]:
    """Associations whose memberships the creditor may bill: itself, and those below that agreed to central billing."""
    below = UnitClosure.objects.filter(
        ancestor=creditor, descendant=OuterRef("pk"), relation=Relation.ADMINISTRATIVE, depth__gt=0
    )
    agreed = UnitRules.objects.on(on).filter(unit=OuterRef("pk"), central_billing=True)
    own = Q(pk=creditor.pk, kind__has_members=True)
    return OrgUnit.objects.on(on).filter(own | (Exists(below) & Exists(agreed))).order_by("sort_key", "pk")
