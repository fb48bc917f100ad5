"""Membership cards on paper from the office: one member's card, and sheets for many (REG-15)."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.audit.services import log_download
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.services import enqueue
from members import ordering, unit_reading
from members.cards import printing
from members.cards.reading import card_of, late_where_it_matters, with_names
from members.cards.signing import signer
from members.forms.cards import CardOrderForm, season_end
from members.models import OrgUnit
from members.paper_jobs import CARDS_JOB
from members.requests import ScopedRequest
from members.views.office_units import _frame as unit_frame

EXPORT = "members.export"
# More than this at a time are ordered type by type.
MOST = 10_000


@confirmation_required
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: ScopedRequest, pk: int) -> HttpResponse:
    """Whose cards, until when, on sheets or one by one; they are made in the background."""
    if not request.scope.can(EXPORT, pk, "A"):
        raise Http404
    unit = get_object_or_404(OrgUnit.objects.select_related("kind"), pk=pk, kind__has_members=True)
    form = CardOrderForm(
        request.POST if request.method == "POST" else None,
        types=unit_reading.types_of(unit),
        today=clock.today(),
    )
    if request.method == "POST" and form.is_valid() and (count := _checked(form, unit)):
        return redirect("office:job", _ordered(request, unit, form.order(unit), count).pk)
    context = unit_frame(request, unit, "cards") | {"form": form, "ready": signer() is not None}
    return render(request, "office/units/cards.html", context)


def _checked(form: CardOrderForm, unit: OrgUnit) -> int:
    """How many cards the order takes; 0 with the reason on the form when it cannot be done."""
    count = ordering.memberships(form.order(unit), clock.today()).count()
    if not count:
        form.add_error(None, _("No membership in force fits these choices."))
    elif count > MOST:
        form.add_error(
            "types",
            _("These are %(count)s cards. Order at most %(most)s at a time.")
            % {"count": count, "most": MOST},
        )
        count = 0
    return count


def _ordered(request: ScopedRequest, unit: OrgUnit, wanted: ordering.CardOrder, count: int) -> Any:
    told = hashlib.sha256(repr(wanted).encode()).hexdigest()[:32]
    return enqueue(
        kind=CARDS_JOB,
        title=_("Membership cards"),
        detail=unit.name,
        owner=request.user,
        unit_id=unit.pk,
        needs=EXPORT,
        units=[unit.pk],
        total=count,
        params=wanted.params | {"base": request.build_absolute_uri("/")},
        dedupe_key=f"{request.user.pk}:{told}",
    )


@require_safe
def card(request: ScopedRequest, pk: int, membership_pk: int) -> HttpResponse:
    """One membership's card as a PDF of its own size, valid as those on sheets are."""
    today = clock.today()
    membership = get_object_or_404(
        with_names().visible_to(request.scope, EXPORT).in_force(today), pk=membership_pk, party_id=pk
    )
    key = signer()
    late = membership.pk in late_where_it_matters([membership], today)
    if key is None or late or not request.scope.can(EXPORT, membership.unit_id, "A"):
        raise Http404
    drawn = card_of(membership, on=today, signer=key, late=False, until=season_end(today))
    log_download(
        actor=request.user, subject=_("Membership card"), party_id=pk, unit_id=membership.unit_id, classes="A"
    )
    return pdf_answer(
        printing.single(drawn, base=request.build_absolute_uri("/")), f"jasenkortti-{drawn.number}"
    )


def pdf_answer(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        data,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )
