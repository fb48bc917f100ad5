"""The matter of expelling a member: taken up, the member heard, given up; a meeting decides it (REG-5)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback
from members.forms.meetings import AnswerForm, ExpulsionForm
from members.models import Expulsion, Membership
from members.models.memberships import State
from members.reading import Subject
from members.requests import ScopedRequest
from members.services import expelling
from members.services.expelling import ExpulsionError
from members.views.finding import page_context, subject_or_404

ADMIT = "members.admit"


def admits_or_404(subject: Subject, pk: int) -> Membership:
    """One of the member's memberships whose board's matters the reader prepares."""
    found = next((m for m in subject.memberships if m.pk == pk), None)
    if found is None or not subject.scope.can(ADMIT, found.unit_id):
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def expulsion(request: ScopedRequest, pk: int, membership_pk: int) -> HttpResponse:
    """The matter as it stands; without one the form that takes it up."""
    subject = subject_or_404(request, pk)
    membership = admits_or_404(subject, membership_pk)
    found = Expulsion.objects.filter(membership=membership).order_by("-pk").first()
    if found is None or found.state != Expulsion.State.HEARING:
        return _take_up(request, subject, membership, found)
    if request.method != "POST":
        log_view(actor=request.user, party_id=pk, unit_id=membership.unit_id, classes="C")
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        today=clock.today(),
        initial={"answered_on": found.answered_on or clock.today(), "answer": found.answer},
    )
    if request.method == "POST" and form.is_valid():
        return _answered(request, subject, found, form)
    context = page_context(subject) | {"membership": membership, "matter": found, "form": form}
    context["ready"] = found.may_be_decided(clock.today())
    return render(request, "office/meetings/expulsion.html", context)


def _take_up(
    request: ScopedRequest, subject: Subject, membership: Membership, former: Expulsion | None
) -> HttpResponse:
    if membership.state not in (State.ACTIVE, State.LAPSED):
        return redirect("office:member", subject.party.pk)
    form = ExpulsionForm(request.POST if request.method == "POST" else None, today=clock.today())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            expelling.propose(
                actor=request.user,
                membership=membership,
                ground=data["ground"],
                reasons=data["reasons"],
                told_on=data["told_on"] if data["hear_by"] else None,
                hear_by=data["hear_by"],
                on=clock.today(),
            )
        except ExpulsionError as error:
            messages.error(request, expulsion_text(error.code))
        else:
            feedback.done(request, _("The matter was taken up. It comes to the list of the meeting."))
        return redirect("office:expulsion", subject.party.pk, membership.pk)
    context = page_context(subject) | {"membership": membership, "form": form, "former": former}
    return render(request, "office/meetings/expulsion_new.html", context)


def _answered(request: ScopedRequest, subject: Subject, found: Expulsion, form: AnswerForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        expelling.record_answer(
            actor=request.user, expulsion=found, answer=data["answer"], answered_on=data["answered_on"]
        )
    except ExpulsionError as error:
        messages.error(request, expulsion_text(error.code))
    else:
        feedback.done(request, _("The member's answer was saved."))
    return redirect("office:expulsion", subject.party.pk, found.membership_id)


@require_POST
def drop(request: ScopedRequest, pk: int, membership_pk: int) -> HttpResponse:
    """Give the matter up before any meeting; the toast takes it up again."""
    found = _matter(request, pk, membership_pk, Expulsion.State.HEARING)
    try:
        expelling.drop(actor=request.user, expulsion=found, on=clock.today())
    except ExpulsionError as error:
        messages.error(request, expulsion_text(error.code))
    else:
        again = reverse("office:expulsion_again", args=[pk, membership_pk])
        feedback.done(request, _("The matter was given up."), undo=again)
    return redirect("office:member", pk)


@require_POST
def again(request: ScopedRequest, pk: int, membership_pk: int) -> HttpResponse:
    """The matter that was given up goes on where it was."""
    found = _matter(request, pk, membership_pk, Expulsion.State.DROPPED)
    try:
        expelling.take_up_again(actor=request.user, expulsion=found)
    except ExpulsionError as error:
        messages.error(request, expulsion_text(error.code))
        return redirect("office:member", pk)
    feedback.done(request, _("The matter goes on."))
    return redirect("office:expulsion", pk, membership_pk)


def _matter(request: ScopedRequest, pk: int, membership_pk: int, state: str) -> Expulsion:
    membership = admits_or_404(subject_or_404(request, pk), membership_pk)
    rows = Expulsion.objects.select_related("membership").filter(membership=membership, state=state)
    return get_object_or_404(rows.order_by("-pk")[:1])


def expulsion_text(code: str) -> str:
    texts = {
        "member": _("The membership has ended already."),
        "open": _("The expulsion of this member has been taken up already."),
        "hearing": _("The member must be given time to answer before the decision."),
        "closed": _("The matter has been decided already."),
    }
    return texts.get(code, texts["closed"])
