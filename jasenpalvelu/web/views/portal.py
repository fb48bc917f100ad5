"""My pages: what waits for the member, the memberships, the details the register holds, and the invoices to pay."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.documents.codes import qr_svg
from billing.documents.model import DueRow
from billing.formats import barcode, reference
from billing.models import DataCheck, Invoice
from billing.services.documents import document_of, with_documents_data
from billing.views.office_desk import pdf_response
from communications.models import Partner
from communications.news import news_for
from communications.services import answering
from jasenpalvelu.audit.services import log_download
from jasenpalvelu.common import clock
from jasenpalvelu.common.identifiers import format_iban
from jasenpalvelu.common.reference import municipality_name
from jasenpalvelu.web.own import own
from members.models import ContactPoint, Membership, Party
from members.models.leaving import Resignation
from members.models.memberships import last_day_before
from members.reading import own_holdings
from members.requests import ScopedRequest

MOST_ASKED = 5


def _party(request: ScopedRequest) -> Party:
    """The person the login belongs to; a login without one has no pages of its own."""
    if request.scope.party_id is None:
        raise Http404
    return Party.objects.select_related("person").get(pk=request.scope.party_id)


def _own(party: Party) -> QuerySet[Invoice]:
    return Invoice.objects.of_payer(party.pk).select_related("creditor").with_states()


@require_safe
def home(request: ScopedRequest) -> HttpResponse:
    """Greeting, what to do next, memberships and the newest invoices."""
    if request.scope.party_id is None:
        partner = Partner.objects.of_login(request.user).exists()
        return render(request, "portal/nobody.html", {"partner": partner})
    party, today = _party(request), clock.today()
    memberships = Membership.objects.in_force(today).filter(party=party).select_related("unit", "type")
    waiting = Membership.objects.filter(party=party, state="applied").select_related("unit", "type")
    unpaid = list(_own(party).filter(open_amount__gt=0).order_by("due_date", "pk")[:5])
    checks = DataCheck.objects.open(today).silent().filter(payer=party).select_related("round")
    check = checks.order_by("-pk").first()
    asked = answering.waiting_for(party.pk, today)[:MOST_ASKED]
    context = {
        "party": party,
        "notices": _notices(party),
        "memberships": memberships.order_by("started_on", "pk"),
        "waiting": waiting.order_by("pk"),
        "unpaid": [(invoice, invoice.state_on(today)) for invoice in unpaid],
        "invoices": [(i, i.state_on(today)) for i in _own(party).order_by("-invoice_date", "-pk")[:3]],
        "check": check,
        "asked": asked,
        "todo": len(unpaid) + bool(check) + len(asked),
        "own": own(request),
        "news": news_for(party.pk, today),
    }
    return render(request, "portal/home.html", context)


def _notices(party: Party) -> list[tuple[Resignation, date | None]]:
    """One's own resignations that can still be taken back, with the last day of the membership."""
    rows = Resignation.objects.waiting().filter(membership__party=party).select_related("membership__unit")
    return [
        (row, last_day_before(row.effective_on, row.membership.started_on)) for row in rows.order_by("pk")
    ]


@require_safe
def invoices(request: ScopedRequest) -> HttpResponse:
    party, today = _party(request), clock.today()
    found = _own(party).order_by("-invoice_date", "-pk")[:200]
    return render(request, "portal/invoices.html", {"rows": [(i, i.state_on(today)) for i in found]})


@require_safe
def invoice(request: ScopedRequest, pk: int) -> HttpResponse:
    """One invoice with everything needed to pay it: reference, account, barcode to copy and the QR code."""
    found = get_object_or_404(with_documents_data(_own(_party(request))), pk=pk)
    document = document_of(found)
    context = {
        "invoice": found,
        "state": found.state_on(clock.today()),
        "document": document,
        "payments": _payments(found) if found.open_amount > 0 else [],
        "crumbs": [(_("Invoices"), reverse("portal:invoices"))],
    }
    return render(request, "portal/invoice.html", context)


def _payments(found: Invoice) -> list[dict[str, object]]:
    """What is typed into a bank for each due part; an invoice paid in part shows what is still open."""
    document = document_of(found)
    sender = document.creditor
    rows = sorted(found.due_rows.all(), key=lambda row: row.due_date)
    whole = len(rows) <= 1 or found.open_amount != found.total
    parts = [(found.due_date, found.open_amount)] if whole else [(row.due_date, row.amount) for row in rows]
    return [
        {
            "due": due,
            "amount": amount,
            "payee": sender.account_holder or sender.name,
            "iban": format_iban(sender.iban),
            "reference": reference.printed(found.reference),
            "barcode": barcode.bank_barcode(sender.iban, amount, found.reference, due),
            "qr": qr_svg(
                document,
                DueRow(due_date=due, amount=amount, reference=found.reference),
                _("QR code for the bank's app"),
            ),
        }
        for due, amount in parts
    ]


@require_safe
def invoice_pdf(request: ScopedRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(with_documents_data(_own(_party(request))), pk=pk)
    log_download(actor=request.user, party_id=found.payer_id, subject=str(found))
    return pdf_response(found)


@require_safe
def details(request: ScopedRequest) -> HttpResponse:
    """What the register holds of the member, and who to ask for a correction."""
    party = _party(request)
    today = clock.today()
    place = party.home_municipality
    notices = Resignation.objects.filter(membership__party=party, withdrawn_on__isnull=True).order_by("pk")
    context = {
        "party": party,
        "waiting_notices": {row.membership_id for row in notices if row.noted_on is None},
        "municipality": municipality_name(place, get_language() or "fi") if place else "",
        "holdings": own_holdings(party, today),
        "contacts": ContactPoint.objects.filter(party=party, valid_to=None).order_by("kind", "pk"),
        "notices": {row.membership_id for row in notices},
        "memberships": Membership.objects.filter(party=party)
        .select_related("unit", "type", "holding")
        .order_by("pk"),
        "member_of": set(
            Membership.objects.in_force(today).filter(party=party).values_list("unit_id", flat=True)
        ),
    }
    return render(request, "portal/details.html", context)
