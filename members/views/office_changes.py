"""Changes of the organisation: drawn up in a few steps, looked at in numbers, carried out, undone (REG-1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.common import clock, feedback
from jasenpalvelu.jobs.models import Job
from members import change_reading
from members.forms.changes import ChangeForm, DivisionForm, NewUnitForm, PostsForm
from members.models import OrgChange, OrgUnit, Segment
from members.models.reorganising import CAPABILITY, OPEN_CHANGES, ChangeKind, ChangeState
from members.requests import ScopedRequest
from members.services.reorganising import carrying_out, drafting, posts, undoing
from members.services.reorganising.drafting import ChangeError
from members.views import change_wording as wording

SHOWN = 100


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    _may(request)
    rows = OrgChange.objects.visible_to(request.scope).order_by("-effective_on", "-pk")
    shown = list(rows.select_related("target", "made")[:SHOWN])
    context = {"lines": wording.lines(shown), "kinds": wording.kinds(), "trail": wording.trail()}
    return render(request, "office/changes/list.html", context)


# --- drawing up ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest, kind: str) -> HttpResponse:
    _may(request)
    if kind not in ChangeKind.values:
        raise Http404
    form = ChangeForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        units=_units(request),
        today=clock.today(),
        initial={"first": request.GET.get("yksikko")},
    )
    if request.method == "POST" and form.is_valid():
        change = drafting.draw_up(kind=kind, values=form.values(), actor=request.user)
        return redirect(wording.steps_of(change)[1].url)
    context = {"form": form, "title": wording.new_title(kind), "trail": wording.trail(list_too=True)}
    return render(request, "office/changes/edit.html", context | {"lede": wording.new_lede(kind)})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk)
    form = ChangeForm(
        request.POST if request.method == "POST" else None,
        kind=found.kind,
        units=_units(request),
        today=clock.today(),
        initial=ChangeForm.initial_of(found),
    )
    return _step(request, found, form, 0, lambda: form.values())


@require_http_methods(["GET", "HEAD", "POST"])
def division(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk)
    if found.kind != ChangeKind.SPLIT:
        raise Http404
    form = DivisionForm(
        request.POST if request.method == "POST" else None,
        segments=list(Segment.objects.visible_to(request.scope).order_by("name", "pk")),
        scope=request.scope,
        initial={
            "division": found.division,
            "municipalities": found.municipalities,
            "segment": found.segment_id,
            "numbers": wording.numbers_of(found, request.scope),
        },
    )
    return _step(request, found, form, 1, lambda: form.values())


@require_http_methods(["GET", "HEAD", "POST"])
def posts_page(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk)
    if found.kind == ChangeKind.MOVE:
        raise Http404
    form = PostsForm(
        request.POST if request.method == "POST" else None, change=found, mandates=posts.of_change(found)
    )

    def values() -> dict[str, Any]:
        drafting.choose_posts(change=found, choices=form.choices(), actor=request.user)
        return {name: form.cleaned_data[name] for name in ("settle_until",) if name in form.cleaned_data}

    return _step(request, found, form, 2 if found.kind == ChangeKind.SPLIT else 1, values)


@require_http_methods(["GET", "HEAD", "POST"])
def new_unit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk)
    if not found.makes_unit:
        raise Http404
    units = list(OrgUnit.objects.filter(pk__in=found.sources).order_by("sort_key", "pk"))
    form = NewUnitForm(
        request.POST if request.method == "POST" else None,
        units=units,
        initial={"like": found.like_id or found.sources[0], "copy_fees": found.copy_fees},
    )
    return _step(request, found, form, len(wording.steps_of(found)) - 2, lambda: form.values())


def _step(
    request: ScopedRequest, found: OrgChange, form: Any, place: int, values: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """One step of the plan: saved, it leads to the next."""
    steps = wording.steps_of(found)
    if request.method == "POST" and form.is_valid():
        try:
            found = drafting.edit(change=found, values=values(), actor=request.user)
        except ChangeError as error:
            messages.error(request, wording.error_text(error.code))
            return redirect("office:unit_change", found.pk)
        return redirect(wording.steps_of(found)[place + 1].url)
    context = {
        "form": form,
        "change": found,
        "title": steps[place].text,
        "lede": wording.title(found),
        "steps": steps,
        "place": place,
        "trail": wording.trail(found),
    }
    return render(request, "office/changes/edit.html", context)


# --- the page -----------------------------------------------------------------------------------------------------------
@require_safe
def change(request: ScopedRequest, pk: int) -> HttpResponse:
    """The plan and its numbers until it is carried out; then what was done, and whether it can be undone."""
    found = _visible(request, pk)
    on, context = clock.today(), wording.frame(found)
    if found.state in OPEN_CHANGES:
        shown = change_reading.preview(found, reader=request.scope, on=on)
        context |= wording.told(found, shown) | {"preview": shown, "due": found.effective_on <= on}
        return render(request, "office/changes/plan.html", context)
    stalled = carrying_out.is_stalled(found)
    job = Job.objects.filter(pk=found.job_id).first() if found.job_id else None
    context |= {"job": job, "stalled": stalled, "facts": wording.done_facts(found)}
    return render(request, "office/changes/done.html", context)


@require_POST
def plan(request: ScopedRequest, pk: int) -> HttpResponse:
    """Planned for its day; one whose day is here begins at once."""
    found = _visible(request, pk)
    try:
        found = drafting.plan(change=found, actor=request.user, at=clock.now())
    except ChangeError as error:
        messages.error(request, wording.error_text(error.code))
        return redirect("office:unit_change", pk)
    if found.effective_on <= clock.today():
        return _begun(request, found)
    feedback.done(request, _("Planned. It is carried out by itself on its day."))
    return redirect("office:unit_change", pk)


@require_POST
def begin(request: ScopedRequest, pk: int) -> HttpResponse:
    """A plan whose day has come and that something hindered that night."""
    return _begun(request, _visible(request, pk))


def _begun(request: ScopedRequest, found: OrgChange) -> HttpResponse:
    try:
        job = carrying_out.begin(change=found, on=clock.today())
    except ChangeError as error:
        messages.error(request, wording.error_text(error.code))
        return redirect("office:unit_change", found.pk)
    return redirect("office:job", job.pk)


@require_POST
def reopen(request: ScopedRequest, pk: int) -> HttpResponse:
    return _act(request, pk, lambda found: drafting.back_to_draft(change=found, actor=request.user))


@require_POST
def go_on(request: ScopedRequest, pk: int) -> HttpResponse:
    return _act(request, pk, lambda found: carrying_out.go_on(change=found, actor=request.user))


def _act(request: ScopedRequest, pk: int, act: Callable[[OrgChange], Any]) -> HttpResponse:
    found = _visible(request, pk)
    try:
        act(found)
    except ChangeError as error:
        messages.error(request, wording.error_text(error.code))
    return redirect("office:unit_change", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    if found.state not in OPEN_CHANGES:
        raise Http404
    if request.method == "POST":
        try:
            drafting.remove(change=found, actor=request.user)
        except ChangeError as error:
            messages.error(request, wording.error_text(error.code))
            return redirect("office:unit_change", pk)
        feedback.done(request, _("The plan was removed."))
        return redirect("office:unit_changes")
    return render(request, "office/confirm.html", wording.removal(found))


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: ScopedRequest, pk: int) -> HttpResponse:
    """Everything as it stood before the change, or why that cannot be done any more."""
    found = _visible(request, pk)
    if found.state in (*OPEN_CHANGES, ChangeState.UNDONE) or found.undo_act is not None:
        raise Http404
    if request.method == "POST":
        try:
            job = undoing.start(change=found, actor=request.user)
        except ChangeError as error:
            if error.code != "conflicts":
                messages.error(request, wording.error_text(error.code))
            return redirect("office:unit_change_undo", pk)
        return redirect("office:job", job.pk)
    hindrances = undoing.hindrances(found)
    context = wording.frame(found) | {"hindrances": [wording.hindrance(row) for row in hindrances]}
    return render(request, "office/changes/undo.html", context | {"facts": wording.done_facts(found)})


# --- who may ------------------------------------------------------------------------------------------------------------
def _may(request: ScopedRequest) -> None:
    if not request.scope.can(CAPABILITY):
        raise Http404


def _visible(request: ScopedRequest, pk: int) -> OrgChange:
    rows = OrgChange.objects.visible_to(request.scope)
    return get_object_or_404(rows.select_related("target", "made", "like", "segment", "planned_by"), pk=pk)


def _draft(request: ScopedRequest, pk: int) -> OrgChange:
    found = _visible(request, pk)
    if found.state != ChangeState.DRAFT:
        raise Http404
    return found


def _units(request: ScopedRequest) -> list[OrgUnit]:
    """Those in reach that have not ended."""
    rows = OrgUnit.objects.visible_to(request.scope, CAPABILITY).on(clock.today()).select_related("kind")
    return list(rows.order_by("sort_key", "pk"))
