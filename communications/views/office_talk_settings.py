"""How a unit answers: office hours and promise, subjects with experts, canned answers (COM-4)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from communications import talk_desks
from communications.forms.talks import DAYS, CannedForm, DeskForm, TopicForm
from communications.models import CannedAnswer, TalkTopic
from communications.permissions import SETTINGS
from communications.services import talk_settings
from communications.services.talk_settings import Taken
from jasenpalvelu.common import clock, feedback
from members.models import OrgUnit
from members.requests import ScopedRequest


def _unit(request: ScopedRequest, pk: int) -> OrgUnit:
    rows = OrgUnit.objects.on(clock.today()).filter(request.scope.unit_filter("pk", SETTINGS))
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD"])
def own_desk(request: ScopedRequest) -> HttpResponse:
    """The working unit's settings; else those of the first unit within reach."""
    unit = request.scope.unit
    if unit is not None and request.scope.can(SETTINGS, unit.pk):
        return redirect("office:talk_desk", unit.pk)
    found = min(request.scope.unit_ids(SETTINGS), default=None)
    if found is None:
        raise Http404
    return redirect("office:talk_desk", found)


@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: ScopedRequest, pk: int) -> HttpResponse:
    unit = _unit(request, pk)
    kept = talk_desks.desk_of(pk)
    week = talk_desks.week_of(kept)
    initial: dict[str, Any] = {"takes": kept.takes, "promise": kept.promise}
    initial |= {key: span.text if span else "" for (key, _label), span in zip(DAYS, week, strict=True)}
    form = DeskForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        talk_settings.keep_desk(
            actor=request.user,
            unit=unit,
            takes=form.cleaned_data["takes"],
            hours=form.hours,
            promise=form.cleaned_data["promise"],
        )
        feedback.done(request, _("Saved."))
        return redirect("office:talk_desk", pk)
    context = {
        "unit": unit,
        "form": form,
        "topics": list(
            TalkTopic.objects.filter(unit=unit).select_related("expert").order_by("name_fi", "pk")
        ),
        "canned": list(CannedAnswer.objects.filter(unit=unit).order_by("title", "pk")),
        "promise": talk_desks.usual_answer(pk, clock.now()),
        "trail": [(_("Questions"), reverse("office:talks"))],
    }
    return render(request, "office/talks/desk.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def topic(request: ScopedRequest, pk: int, topic_pk: int | None = None) -> HttpResponse:
    """A new subject, or one of the unit's changed."""
    unit = _unit(request, pk)
    kept = get_object_or_404(TalkTopic, pk=topic_pk, unit=unit) if topic_pk else None
    names = ("name_fi", "name_sv", "name_en", "expert", "active")
    initial = {name: getattr(kept, name) for name in names} if kept else {}
    users = talk_desks.answerers(pk, clock.today())
    form = TopicForm(request.POST if request.method == "POST" else None, users=users, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            talk_settings.keep_topic(actor=request.user, unit=unit, values=form.cleaned_data, topic=kept)
        except Taken:
            form.add_error("name_fi", _("The unit has this already."))
        else:
            feedback.done(request, _("Saved: %(name)s") % {"name": form.cleaned_data["name_fi"]})
            return redirect("office:talk_desk", pk)
    context = {"unit": unit, "form": form, "title": _("Subject"), "trail": _trail(unit)}
    return render(request, "office/talks/setting.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def canned(request: ScopedRequest, pk: int, canned_pk: int | None = None) -> HttpResponse:
    """A new canned answer, or one of the unit's changed."""
    unit = _unit(request, pk)
    kept = get_object_or_404(CannedAnswer, pk=canned_pk, unit=unit) if canned_pk else None
    names = ("title", "text_fi", "text_sv", "text_en")
    initial = {name: getattr(kept, name) for name in names} if kept else {}
    form = CannedForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            talk_settings.keep_canned(actor=request.user, unit=unit, values=form.cleaned_data, canned=kept)
        except Taken:
            form.add_error("title", _("The unit has this already."))
        else:
            feedback.done(request, _("Saved: %(name)s") % {"name": form.cleaned_data["title"]})
            return redirect("office:talk_desk", pk)
    context = {"unit": unit, "form": form, "title": _("Canned answer"), "canned": kept, "trail": _trail(unit)}
    return render(request, "office/talks/setting.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def canned_remove(request: ScopedRequest, pk: int, canned_pk: int) -> HttpResponse:
    unit = _unit(request, pk)
    kept = get_object_or_404(CannedAnswer, pk=canned_pk, unit=unit)
    if request.method == "POST":
        talk_settings.remove_canned(actor=request.user, canned=kept)
        feedback.done(request, _("The canned answer was removed."))
        return redirect("office:talk_desk", pk)
    context = {
        "question": _("Remove the canned answer “%(title)s”?") % {"title": kept.title},
        "consequence": _("What has been answered with it stays."),
        "deed": _("Remove"),
        "cancel_url": reverse("office:talk_desk", args=[pk]),
        "danger": True,
        "trail": _trail(unit),
    }
    return render(request, "office/confirm.html", context)


def _trail(unit: OrgUnit) -> list[tuple[str, str]]:
    return [
        (_("Questions"), reverse("office:talks")),
        (_("How %(unit)s answers") % {"unit": unit}, reverse("office:talk_desk", args=[unit.pk])),
    ]
