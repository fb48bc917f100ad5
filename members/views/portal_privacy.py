"""One's own data on one's own pages: the copy of everything, requests and their answers (REG-14)."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.audit.services import log_download
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.jobs.models import Job
from members.forms.data_requests import CopyForm, CorrectionForm, RequestForm
from members.models import DataMark, DataRequest, Membership, OrgUnit
from members.models.data_requests import RequestKind
from members.personal.copying import Copy
from members.personal.reading import Person, person
from members.requests import ScopedRequest
from members.services import copies, data_requests
from members.services.data_requests import RequestError
from members.views import request_wording as wording
from members.views.finding import language

SHOWN = 50


def _self(request: ScopedRequest) -> Person:
    if request.scope.party_id is None:
        raise Http404
    return person(request.scope.party_id)


def _trail() -> list[tuple[str, str]]:
    return [(_("My details"), reverse("portal:details"))]


def _inner_trail() -> list[tuple[str, str]]:
    return [*_trail(), (_("Data protection"), reverse("portal:privacy"))]


@require_safe
def privacy(request: ScopedRequest) -> HttpResponse:
    """The copy, what one may ask, what one has asked, and how one's associations handle the data."""
    found = _self(request)
    requests = DataRequest.objects.filter(party=found.party).select_related("unit").order_by("-pk")[:SHOWN]
    units = Membership.objects.filter(party__in=found.parties).order_by().values("unit_id")
    context = {
        "party": found.party,
        "jobs": copies.ordered(user=request.user, found=found, office=False)[:5],
        "requests": [(row, wording.state_chip(row, clock.today())) for row in requests],
        "kinds": wording.kinds(),
        "marks": DataMark.objects.on(clock.today())
        .filter(party__in=found.parties)
        .select_related("unit")
        .order_by("pk"),
        "units": OrgUnit.objects.on(clock.today())
        .filter(pk__in=units, kind__has_members=True)
        .order_by("sort_key", "pk"),
        "crumbs": _trail(),
    }
    return render(request, "portal/privacy/page.html", context)


@confirmation_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: ScopedRequest) -> HttpResponse:
    """The file at once; of somebody with very much data it is made in the background."""
    found = _self(request)
    form = CopyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        asked = {"found": found, "form": form.cleaned_data["form"], "language": language()}
        if copies.is_small(found=found, form=form.cleaned_data["form"]):
            return download(copies.make(actor=request.user, at=clock.now(), **asked))
        copies.order(actor=request.user, **asked)
        feedback.done(request, _("The file is being made. It comes to this page when it is ready."))
        return redirect("portal:privacy")
    return render(request, "portal/privacy/copy.html", {"form": form, "crumbs": _inner_trail()})


def download(made: Copy) -> HttpResponse:
    response = HttpResponse(made.data, content_type=made.content_type)
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response["Cache-Control"] = "no-store"
    return response


@confirmation_required
@never_cache
@require_safe
def file(request: ScopedRequest, job_id: UUID) -> FileResponse:
    """A copy made in the background, for nobody but the person."""
    found = _self(request)
    return fetched(request, copies.ordered(user=request.user, found=found, office=False), found, job_id)


def fetched(request: ScopedRequest, jobs: QuerySet[Job], found: Person, job_id: UUID) -> FileResponse:
    """The file of one of the jobs, and a line about it in the access log; 404 when it is not there."""
    job = get_object_or_404(jobs, pk=job_id)
    if not job.result:
        raise Http404
    log_download(
        actor=request.user,
        party_id=found.party.pk,
        subject=_("Copy of the person's own data"),
        classes="ABCDE",
    )
    return FileResponse(job.result.open(), as_attachment=True, filename=job.result_name)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: ScopedRequest, kind: str) -> HttpResponse:
    """Ask for a correction, an erasure, a restriction, or object; the association answers in a month."""
    found = _self(request)
    if kind not in RequestKind.values:
        raise Http404
    units = data_requests.units_of(found.party, clock.today())
    shape = CorrectionForm if kind == RequestKind.CORRECTION else RequestForm
    form = shape(request.POST if request.method == "POST" else None, units=units)
    if request.method == "POST" and form.is_valid():
        try:
            data_requests.file(
                actor=request.user,
                party=found.party,
                unit=form.unit,
                kind=kind,
                text=form.cleaned_data["text"],
                channel=DataRequest.Channel.PORTAL,
                received_on=clock.today(),
            )
        except RequestError:
            form.add_error(None, _("You have asked for this already, and it waits for an answer."))
        else:
            feedback.done(request, _("Your request has been received. You get the answer here."))
            return redirect("portal:privacy")
    context = {
        "form": form,
        "title": wording.ask_title(kind),
        "lede": wording.ask_lede(kind),
        "crumbs": _inner_trail(),
    }
    return render(request, "portal/privacy/ask.html", context)


@require_POST
def withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take a request back while it waits."""
    found = _self(request)
    row = get_object_or_404(DataRequest.objects.filter(party=found.party), pk=pk)
    try:
        data_requests.withdraw(actor=request.user, request=row, on=clock.today())
    except RequestError:
        feedback.done(request, _("It has been answered meanwhile."))
    else:
        feedback.done(request, _("The request was taken back."))
    return redirect("portal:privacy")
