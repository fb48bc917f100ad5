"""One post: what it gives, what it waits for, ending it early, the training, and taking an act back (REG-12)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.audit.wording import Sight, history_for
from jasenpalvelu.common import clock, feedback
from members import rights_reading as reading
from members.forms.rights import EndMandateForm, TrainingForm
from members.models import Mandate, Training
from members.requests import ScopedRequest
from members.services import mandates
from members.services import training as trainings
from members.services.mandates import GRANT, MandateError, rights_of
from members.views.rights_wording import mandate_error

TOLD = {
    "members_mandate": {"valid_from", "valid_to", "end_reason", "template_id", "unit_id", "granted_by_id"},
    "members_training": {"valid_from", "valid_to", "note", "recorded_by_id"},
}


def _mandate(request: ScopedRequest, pk: int) -> Mandate:
    """A post in a unit where the asker gives them, or the asker's own."""
    if not request.scope.is_staff:
        raise Http404
    mine = Q(party_id=request.scope.party_id) if request.scope.party_id is not None else Q(pk__in=[])
    rows = Mandate.objects.filter(request.scope.unit_filter("unit", GRANT) | mine)
    return get_object_or_404(reading.with_facts(rows, clock.today()), pk=pk)


def _given_by_me(request: ScopedRequest, pk: int) -> Mandate:
    """A post of somebody else in a unit where the asker gives them."""
    found = _mandate(request, pk)
    if not request.scope.can(GRANT, found.unit_id):
        raise Http404
    return found


@require_safe
def mandate(request: ScopedRequest, pk: int) -> HttpResponse:
    found, on = _mandate(request, pk), clock.today()
    may = request.scope.can(GRANT, found.unit_id)
    own = found.party_id == request.scope.party_id
    over = found.valid_to is not None and found.valid_to < on
    records = list(reading.trainings(found.party)) if may or own else []
    rows = [("members_mandate", found.pk), *(("members_training", row.pk) for row in records)]
    acts, _older = history_for(sees=_sees, rows=rows)
    context = {
        "mandate": found,
        "status": reading.status(found, on),
        "term": reading.term_text(found),
        "decision": reading.decision_text(found),
        "missing": [] if over else reading.missing(found),
        "rights": reading.rights_by_place(rights_of(found.template)),
        "trainings": records,
        "own": own,
        "may_end": may and not over,
        "may_train": may and not own and not over,
        "may_see": may and not over,
        "acts": acts,
        "trail": _trail(),
    }
    return render(request, "office/rights/mandate.html", context)


def _sees(table: str, column: str) -> Sight:
    return Sight.SHOWN if column in TOLD.get(table, set()) else Sight.LEFT_OUT


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: ScopedRequest, pk: int) -> HttpResponse:
    found, today = _given_by_me(request, pk), clock.today()
    if found.valid_to is not None and found.valid_to < today:
        return redirect("office:mandate", pk)
    form = EndMandateForm(request.POST if request.method == "POST" else None, today=today)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        at_once = data["when"] == EndMandateForm.AT_ONCE
        try:
            done = mandates.end(
                scope=request.scope,
                mandate=found,
                last_day=today - timedelta(days=1) if at_once else data["last"],
                reason=data["reason"],
                actor=request.user,
                on=today,
            )
        except MandateError as error:
            form.add_error(*mandate_error(error, form))
        else:
            text = _("The post of %(name)s ends.") % {"name": found.party.display_name}
            feedback.done(request, text, undo=reverse("office:mandate_undo", args=[done.pk]))
            return redirect("office:rights")
    context = {"form": form, "mandate": found, "trail": [*_trail(), _step(found)]}
    return render(request, "office/rights/end.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def training(request: ScopedRequest, pk: int) -> HttpResponse:
    found, today = _given_by_me(request, pk), clock.today()
    if found.party_id == request.scope.party_id:
        raise Http404
    form = TrainingForm(request.POST if request.method == "POST" else None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            trainings.record(
                scope=request.scope, party=found.party, actor=request.user, on=today, **form.cleaned_data
            )
        except MandateError as error:
            form.add_error(*mandate_error(error, form))
        else:
            feedback.done(request, _("The training was recorded."))
            return redirect("office:mandate", pk)
    context = {"form": form, "mandate": found, "trail": [*_trail(), _step(found)]}
    return render(request, "office/rights/training.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def training_remove(request: ScopedRequest, pk: int, training_pk: int) -> HttpResponse:
    found = _given_by_me(request, pk)
    if found.party_id == request.scope.party_id:
        raise Http404
    row = get_object_or_404(Training.objects.select_related("party"), pk=training_pk, party_id=found.party_id)
    if request.method == "POST":
        try:
            trainings.remove(scope=request.scope, training=row, actor=request.user, on=clock.today())
        except MandateError:
            raise Http404 from None
        feedback.done(request, _("The training was removed."))
        return redirect("office:mandate", pk)
    context = {
        "question": _("Remove the training of %(name)s?") % {"name": found.party.display_name},
        "consequence": _("Posts that need the training give nothing until it is recorded again."),
        "deed": _("Remove the training"),
        "danger": True,
        "cancel_url": reverse("office:mandate", args=[pk]),
    }
    return render(request, "office/confirm.html", context)


@require_POST
def undo(request: ScopedRequest, mutation_id: UUID) -> HttpResponse:
    """Take a giving or an ending back, as long as nothing was done to the post after it."""
    if not request.scope.can(GRANT):
        raise Http404
    try:
        mandates.undo(scope=request.scope, mutation_id=mutation_id, actor=request.user)
    except MandateError as error:
        if error.code == "unit":
            raise Http404 from None
        texts = {
            "done": _("This has been undone already."),
            "more": _("The post gives more than you hold. Ask the one who ended it to take it back."),
            "self": _("Nobody gives a post to oneself."),
        }
        later = _("This can no longer be undone: something was done after it.")
        messages.error(request, texts.get(error.code, later))
    else:
        feedback.done(request, _("Undone."))
    return redirect("office:rights")


def _step(found: Mandate) -> tuple[str, str]:
    return found.party.display_name, reverse("office:mandate", args=[found.pk])


def _trail() -> list[tuple[str, str]]:
    return [(_("Posts and roles"), reverse("office:rights"))]
