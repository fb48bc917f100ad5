"""Corrections that payers have proposed, and what the office decides of them (REG-16, REG-13)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from billing.forms.checks import RefuseForm
from billing.models import DataProposal
from billing.models.checks import ProposalKind
from billing.services import deciding
from billing.services.deciding import DecisionError
from billing.views.office_checks import need, trail
from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from members import reading
from members.forms.links import UnmaskForm
from members.models import Party
from members.requests import ScopedRequest
from members.services import emails, masking
from members.views.finding import language


@require_GET
def proposals(request: ScopedRequest) -> HttpResponse:
    """What payers would correct, oldest first."""
    if not request.scope.can("nondisclosure.unmask"):
        need(request)
    page: keyset.Page[Any] = keyset.from_query(_waiting(request), request.GET, order=["pk"])
    for proposal in {row.check_of.payer_id: row for row in page.rows}.values():
        _log(request, proposal)
    rows = [(row, _is_masked(row), _asks_first(request, row)) for row in page.rows]
    context = {"page": page, "rows": rows, "trail": trail()}
    return render(request, "office/billing/checks/proposals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: ScopedRequest, pk: int) -> HttpResponse:
    """An area is accepted in the list. An e-mail address is asked for first, and so is what came with a code that one has
    seen oneself; what an order hides is accepted by those who may look at it."""
    proposal = get_object_or_404(_waiting(request), pk=pk)
    _log(request, proposal)
    if request.method == "POST" and (request.POST.get("sure") or not _asks_first(request, proposal)):
        if _is_masked(proposal) and _custodian(request, proposal) is None:
            raise Http404
        return _accepted(request, proposal)
    return _page(request, proposal, masked=_is_masked(proposal))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: ScopedRequest, pk: int) -> HttpResponse:
    """A custodian tells why, and sees what an order hides in this one answer."""
    proposal = get_object_or_404(_waiting(request), pk=pk)
    subject = _custodian(request, proposal)
    if subject is None or not _is_masked(proposal):
        raise Http404
    form = UnmaskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        masking.unmask(
            actor=request.user,
            subject=subject,
            reason=form.cleaned_data["reason"],
            on=clock.today(),
            language=language(),
        )
        return _page(request, proposal, masked=False)
    return _page(request, proposal, masked=True, form=form)


def _page(
    request: ScopedRequest, proposal: DataProposal, *, masked: bool, form: UnmaskForm | None = None
) -> HttpResponse:
    context = {
        "proposal": proposal,
        "masked": masked,
        "form": form,
        "may_look": masked and _custodian(request, proposal) is not None,
        "own_letter": deciding.by_own_letter(proposal, request.user),
        "trail": trail((_("Proposed corrections"), reverse("office:proposals"))),
    }
    return render(request, "office/billing/checks/accept.html", context)


def _accepted(request: ScopedRequest, proposal: DataProposal) -> HttpResponse:
    try:
        deciding.accept(
            actor=request.user,
            scope=request.scope,
            proposal=proposal,
            source=_("the member, check of the data"),
            on=clock.today(),
            at=clock.now(),
        )
    except DecisionError as error:
        messages.error(request, _refusals()[error.code])
    except emails.Beyond:
        messages.error(request, _("The member has a post that reaches further than yours. Ask the union."))
    else:
        done = _("Accepted and written to the register.")
        if proposal.kind == ProposalKind.OTHER:
            done = _("Marked as put right.")
        feedback.done(request, done)
    return redirect("office:proposals")


def _refusals() -> dict[str, str]:
    return {
        "decided": _("Somebody decided on it already."),
        "changed": _(
            "The value in the register has changed since the payer saw it. Look at it on the member's page, and refuse the correction if it is right now."
        ),
        "before_current": _(
            "The holding has a newer value that begins later. Look at it on the member's page."
        ),
        "own_letter": _(
            "You have made the letter with the code by which this address was proposed. Somebody else has to accept it."
        ),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request: ScopedRequest, pk: int) -> HttpResponse:
    proposal = get_object_or_404(_waiting(request), pk=pk)
    _log(request, proposal)
    form = RefuseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            deciding.refuse(
                actor=request.user,
                scope=request.scope,
                proposal=proposal,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except DecisionError:
            messages.error(request, _("Somebody decided on it already."))
        else:
            feedback.done(request, _("The proposal was refused. Nothing was changed."))
        return redirect("office:proposals")
    context = {
        "form": form,
        "proposal": proposal,
        "masked": _is_masked(proposal),
        "trail": trail((_("Proposed corrections"), reverse("office:proposals"))),
    }
    return render(request, "office/billing/checks/refuse.html", context)


def _waiting(request: ScopedRequest) -> QuerySet[DataProposal]:
    rows = DataProposal.objects.visible_to(request.scope).waiting()
    return rows.select_related("check_of__payer", "check_of__round", "holding", "basis", "unit")


def _log(request: ScopedRequest, proposal: DataProposal) -> None:
    """Each payer whose data is looked at, so that they see it themselves among those who have looked."""
    log_view(
        actor=request.user,
        party_id=proposal.check_of.payer_id,
        unit_id=proposal.check_of.round.unit_id,
        classes="C",
        subject=_("Proposed corrections"),
    )


def _is_masked(proposal: DataProposal) -> bool:
    """Words and addresses may tell where somebody is; a number of hectares does not."""
    return proposal.check_of.payer.non_disclosure and proposal.kind != ProposalKind.BASIS


def _asks_first(request: ScopedRequest, proposal: DataProposal) -> bool:
    own_letter = deciding.by_own_letter(proposal, request.user)
    return proposal.kind == ProposalKind.EMAIL or own_letter or _is_masked(proposal)


def _custodian(request: ScopedRequest, proposal: DataProposal) -> reading.Subject | None:
    """The payer, for somebody who may lift the mask."""
    try:
        subject = reading.subject(request.scope, proposal.check_of.payer_id, on=clock.today())
    except Party.DoesNotExist:
        return None
    return subject if subject.can_now("nondisclosure.unmask") else None
