"""Marks on the use of a member's data: set from the tab or from a request, ended by hand (REG-14)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.keys import key_of
from members.forms.marks import EndMarkForm, MarkForm
from members.models import DataMark, DataRequest
from members.models.marks import MarkKind
from members.personal.rights import HANDLE
from members.requests import ScopedRequest
from members.services import data_requests, marking
from members.services.marking import MarkError
from members.views.finding import page_context, subject_or_404

CLASSES = "C"


def marks_of(request: ScopedRequest, parties: tuple[int, ...]) -> list[tuple[DataMark, str, bool]]:
    """For the member's tab: each with when it holds, and whether it can be ended here."""
    on = clock.today()
    units = request.scope.unit_ids(HANDLE, CLASSES)
    rows = DataMark.objects.filter(party__in=parties, unit__in=units).select_related("unit", "set_by")
    now = set(rows.on(on).values_list("pk", flat=True))
    return [(mark, _when(mark), mark.pk in now) for mark in rows.order_by("-pk")]


def _when(mark: DataMark) -> str:
    if mark.ended_on:
        return _("ended %(day)s") % {"day": format_date(mark.ended_on)}
    if mark.until:
        return _("until %(day)s") % {"day": format_date(mark.until)}
    return _("from %(day)s") % {"day": format_date(mark.set_on)}


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ScopedRequest, pk: int) -> HttpResponse:
    """Set a mark; `pyynto` is the request it answers."""
    subject = subject_or_404(request, pk)
    mine, on = request.scope.unit_ids(HANDLE, CLASSES), clock.today()
    units = [unit for unit in data_requests.units_of(subject.party, on) if unit.pk in mine]
    if not units:
        raise Http404
    asked = _request(request, pk)
    initial: dict[str, Any] = {}
    if asked is not None and asked.kind in MarkKind.values:
        initial = {"kind": asked.kind, "unit": asked.unit_id, "reason": asked.text[:300]}
    form = MarkForm(
        request.POST if request.method == "POST" else None, units=units, today=on, initial=initial
    )
    if request.method == "POST" and form.is_valid() and _set(request, pk, form, asked):
        return redirect("office:member_privacy", pk)
    context = page_context(subject) | {"form": form, "asked": asked}
    return render(request, "office/privacy/mark.html", context)


def _request(request: ScopedRequest, pk: int) -> DataRequest | None:
    rows = DataRequest.objects.visible_to(request.scope).filter(party_id=pk)
    return rows.filter(pk=key_of(request.GET.get("pyynto", ""))).first()


def _set(request: ScopedRequest, pk: int, form: MarkForm, asked: DataRequest | None) -> bool:
    data = form.cleaned_data
    try:
        marking.set_mark(
            actor=request.user,
            party=subject_or_404(request, pk).party,
            unit=form.unit,
            kind=data["kind"],
            reason=data["reason"],
            until=data["until"],
            on=clock.today(),
            request=asked,
        )
    except MarkError:
        form.add_error("kind", _("The same mark is in force already. End it first."))
        return False
    feedback.done(request, _("The mark was set. It is seen on the member's page."))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: ScopedRequest, pk: int, mark_pk: int) -> HttpResponse:
    """The matter is over."""
    subject = subject_or_404(request, pk)
    rows = DataMark.objects.on(clock.today()).filter(unit__in=request.scope.unit_ids(HANDLE, CLASSES))
    mark = get_object_or_404(rows, pk=mark_pk, party=subject.party)
    form = EndMarkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            marking.end_mark(
                actor=request.user, mark=mark, reason=form.cleaned_data["reason"], on=clock.today()
            )
        except MarkError:
            feedback.done(request, _("The mark had ended already."))
        else:
            feedback.done(request, _("The mark ended. The data is used as before."))
        return redirect("office:member_privacy", pk)
    context = {
        "question": _("End the mark of %(name)s?") % {"name": subject.party.display_name},
        "consequence": _("“%(what)s” is not in force from today. It stays in the history.")
        % {"what": mark.get_kind_display()},
        "deed": _("End the mark"),
        "cancel_url": reverse("office:member_privacy", args=[pk]),
        "form": form,
    }
    return render(request, "office/confirm.html", context)
