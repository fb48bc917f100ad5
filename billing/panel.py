"""What billing adds to the register's pages: a member's invoices, and what a type of membership costs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import permissions, quoting
from billing.models import Invoice, InvoiceLine
from billing.models.invoices import InvoiceKind
from billing.services import first_fees
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import ZERO, format_money
from members import panels
from members.models import Membership, MembershipType, OrgUnit
from members.scope import Scope

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


@panels.fee_fact
def late_fees(membership_ids: Collection[int], on: date) -> frozenset[int]:
    """Something of the membership's association is late on an invoice of whoever pays for the membership."""
    payers = (
        Q(payer=OuterRef("party")) | Q(payer=OuterRef("payer")) | Q(payer=OuterRef("holding__responsible"))
    )
    lines = InvoiceLine.objects.filter(invoice=OuterRef("pk"), unit=OuterRef(OuterRef("unit")))
    late = Invoice.objects.overdue(on).filter(payers, Exists(lines), kind=InvoiceKind.INVOICE)
    found = Membership.objects.filter(Exists(late), pk__in=list(membership_ids))
    return frozenset(found.order_by().values_list("pk", flat=True))


@panels.fee_hint
def fees_of_types(types: Sequence[MembershipType], unit: OrgUnit, on: date) -> dict[int, panels.Fee]:
    return quoting.quote(types=types, unit=unit, on=on)


@panels.first_fees
def first_fees_note(unit: OrgUnit, members_from: date, scope: Scope) -> panels.FirstFees:
    """Whether the run of the year bills them, or one of their own that waits for approval."""
    year = members_from.year
    waiting = first_fees.waiting_run(unit.pk, year)
    if waiting is not None:
        url = (
            reverse("office:run", args=[waiting.pk])
            if permissions.may_see(scope, waiting.creditor_id)
            else ""
        )
        text = _("Their invoices wait for the treasurer: nothing is sent before the run has been approved.")
        return panels.FirstFees(text, url, _("See the run"))
    issued = first_fees.run_of_year(unit.pk, year)
    if issued is not None:
        url = (
            reverse("office:run", args=[issued.pk]) if permissions.may_see(scope, issued.creditor_id) else ""
        )
        text = _("The latest run of the year %(year)s was issued on %(day)s.") % {
            "year": year,
            "day": format_date(issued.invoice_date),
        }
        return panels.FirstFees(text, url, _("See the run"))
    url = f"{reverse('office:run_new')}?velkoja={unit.pk}" if permissions.may_run(scope, unit.pk) else ""
    text = _("The fees of %(year)s have not been billed yet: the run of the year bills them too.")
    return panels.FirstFees(text % {"year": year}, url, _("Make the run of the year"))
