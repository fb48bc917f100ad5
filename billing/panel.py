"""What billing adds to the register's pages: a member's invoices, and what a type of membership costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import quoting
from billing.models import Invoice
from jasenpalvelu.common.money import ZERO, format_money
from members import panels
from members.models import MembershipType, OrgUnit

SHOWN = 4


@panels.register("invoices", order=30, classes="D")
def invoices(asked: panels.Asked) -> panels.Panel:
    """The newest invoices of the payer among those the reader may see, and what is open in all."""
    found = Invoice.objects.visible_to(asked.scope).of_payer(asked.party.pk)
    newest = list(found.with_states().order_by("-invoice_date", "-pk")[: SHOWN + 1])
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
def fees_of_types(types: Sequence[MembershipType], unit: OrgUnit, on: date) -> dict[int, panels.Fee]:
    return quoting.quote(types=types, unit=unit, on=on)
