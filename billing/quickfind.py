"""Invoices in the quick search of the office: by number, reference, payer's number or the beginning of the name (BIL-11)."""

from __future__ import annotations

import re
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.models.invoices import InvoiceKind
from billing.wording import title_text
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.identifiers import parse_member_number
from jasenpalvelu.common.money import format_money
from members.merged import same_as
from members.models import Party
from members.quickfind import SHOWN, Hit, Section
from members.scope import Scope
from members.searching import search_filter

VIEW = "billing.view"
# So many people of the same name are looked at; more letters find the others.
MOST_PAYERS = 200


def invoices(scope: Scope, text: str, on: date) -> Section | None:
    """The newest of one's own invoices that fit. Every condition has an index, so that a federation is searched as fast."""
    condition = _condition(text)
    if condition is None or not scope.can(VIEW, classes="D"):
        return None
    units = sorted(scope.unit_ids(VIEW, "D"))
    own = Invoice.objects.filter(Q(creditor_id=units[0]) if len(units) == 1 else Q(creditor_id__in=units))
    rows = list(own.filter(condition).order_by("-invoice_date", "-pk")[: SHOWN + 1])
    more = f"{reverse('office:billing')}?{urlencode({'q': text})}" if len(rows) > SHOWN else ""
    return Section(_("Invoices"), "invoice", [_hit(invoice) for invoice in rows[:SHOWN]], more)


def _condition(text: str) -> Q | None:
    """Invoice number, reference, the payer's member number, or the payer's name."""
    compact = re.sub(r"\s", "", text)
    numbered = re.fullmatch(r"(\d{4})-(\d{1,6})", compact)
    if numbered:
        return Q(year=int(numbered[1]), number=int(numbered[2])) | _by_member_number(compact)
    if compact.isascii() and compact.isdigit():
        by_reference = Q(reference=compact.lstrip("0"), kind=InvoiceKind.INVOICE)
        return by_reference | _by_member_number(compact)
    found = search_filter(text, contacts=False)
    return None if found is None else Q(payer_id__in=Party.objects.filter(found).values("pk")[:MOST_PAYERS])


def _by_member_number(text: str) -> Q:
    """Told as a key, so that the database can use an index for each half of the condition."""
    try:
        payer = (
            Party.objects.filter(member_number=parse_member_number(text)).values_list("pk", flat=True).first()
        )
    except ValueError:
        payer = None
    return Q(pk__in=[]) if payer is None else Q(payer_id__in=same_as(payer))


def _hit(invoice: Invoice) -> Hit:
    day = format_date(invoice.due_date, get_language() or "fi")
    total = format_money(invoice.total, get_language() or "fi")
    return Hit(
        invoice.payer_name,
        invoice.number_text,
        reverse("office:invoice", args=[invoice.pk]),
        f"{title_text(invoice.title)}, {total}, {_('due %(day)s') % {'day': day}}",
    )
