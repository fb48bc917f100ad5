"""What billing adds to the register's pages: a member's invoices, and what a type of membership costs."""

from __future__ import annotations

from datetime import date

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.models import FeeTable, Invoice
from billing.models.fees import RuleKind
from jasenpalvelu.common.money import ZERO, format_money
from members import panels
from members.models import MembershipType, OrgUnit

SHOWN = 4


@panels.register("invoices", order=30, classes="D")
def invoices(asked: panels.Asked) -> panels.Panel:
    """The newest invoices of the payer among those the reader may see, and what is open in all."""
    found = Invoice.objects.visible_to(asked.scope).filter(payer=asked.party)
    newest = list(found.order_by("-invoice_date", "-pk")[: SHOWN + 1])
    count = len(newest) if len(newest) <= SHOWN else found.count()
    unpaid = found.filter(open_amount__gt=0).aggregate(total=Sum("open_amount"))["total"] or ZERO
    account = reverse("office:payer", args=[asked.party.pk])
    return panels.Panel(
        title=_("Invoices"),
        template="office/billing/_panel.html",
        context={
            "rows": [(i, i.state_on(asked.on)) for i in newest[:SHOWN]],
            "all_url": account,
            "count": count,
        },
        aside=_("Open %(sum)s") % {"sum": format_money(unpaid)} if unpaid else "",
        tab_url=account if count else "",
        count=count,
    )


@panels.fee_hint
def fee_of_type(type: MembershipType, unit: OrgUnit, on: date) -> str:
    """What the association itself charges for the type this year: "45,00 € + ha"; "" before its fees are decided."""
    table = FeeTable.objects.in_force(on.year).filter(unit=unit).prefetch_related("rules").first()
    if table is None or not type.fee_bearing:
        return ""
    code = type.federation_code
    rules = [
        r for r in table.rules.all() if (not r.types or code in r.types) and code not in r.excluded_types
    ]
    flat = sum((r.amount or ZERO for r in rules if r.kind == RuleKind.FLAT), ZERO)
    graded = any(r.kind in (RuleKind.PER_UNIT, RuleKind.TIERED, RuleKind.BRACKET) for r in rules)
    language = get_language() or "fi"
    if graded:
        return _("%(sum)s + hectares") % {"sum": format_money(flat, language)} if flat else _("by hectares")
    return format_money(flat, language) if flat else ""
