"""One member's data protection: the copy on the person's behalf, requests, and erasing (REG-14)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.jobs.services import enqueue
from members.forms.data_requests import EraseForm, OfficeCopyForm, OfficeRequestForm
from members.models import DataRequest, Erasure
from members.models.marks import MarkKind
from members.personal import reading, rights
from members.personal.reading import Person
from members.personal.rights import HANDLE
from members.personal_jobs import ERASE_JOB
from members.reading import Subject
from members.requests import ScopedRequest
from members.services import copies, data_requests, erasing
from members.services.data_requests import RequestError
from members.views import request_wording as wording
from members.views.finding import page_context, subject_or_404
from members.views.office_consents import consents_of
from members.views.office_marks import marks_of
from members.views.office_member import frame
from members.views.office_outsiders import outsider_context, outsider_or_none, outsider_page
from members.views.portal_privacy import download, fetched


def _subject(request: ScopedRequest, pk: int) -> Subject:
    subject = subject_or_404(request, pk)
    if not subject.can(HANDLE):
        raise Http404
    return subject


def _who(request: ScopedRequest, pk: int) -> tuple[dict[str, Any], Person]:
    """What a page is drawn with, and the person: a member in the reader's scope, or somebody who is none; 404 otherwise."""
    outsider = outsider_or_none(request, pk)
    if outsider is not None:
        return outsider_context(outsider), outsider
    return page_context(_subject(request, pk)), reading.person(pk)


def _whole(request: ScopedRequest, pk: int) -> tuple[dict[str, Any], Person]:
    """The same for somebody who handles all associations that know the person; 404 otherwise."""
    context, found = _who(request, pk)
    if rights.is_beyond(request.scope, found) or rights.is_hidden(request.scope, found):
        raise Http404
    return context, found


@require_safe
def privacy(request: ScopedRequest, pk: int) -> HttpResponse:
    """The tab: what has been asked, and what can be done."""
    outsider = outsider_or_none(request, pk)
    if outsider is not None:
        return outsider_page(request, outsider)
    subject = _subject(request, pk)
    found = reading.person(pk)
    rows = DataRequest.objects.visible_to(request.scope).filter(party__in=found.parties)
    on = clock.today()
    context = frame(subject, [], current="privacy") | {
        "requests": [
            (row, wording.state_chip(row, on), wording.due_text(row, on))
            for row in rows.select_related("unit").order_by("-pk")[:50]
        ],
        "erasures": Erasure.objects.filter(party__in=found.parties).order_by("-pk"),
        "beyond": rights.is_beyond(request.scope, found),
        "hidden": rights.is_hidden(request.scope, found),
        "marks": marks_of(request, found.parties),
        "overruled": {MarkKind.RESTRICTION, MarkKind.OBJECTION} & set(subject.marked),
        "may_mark": request.scope.unit_ids(HANDLE, "C") & subject.unit_ids,
        **consents_of(request, found),
    }
    return render(request, "office/privacy/member.html", context)


@confirmation_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: ScopedRequest, pk: int) -> HttpResponse:
    """Everything about the person as a file to hand over, with the reason, which the person sees."""
    context, found = _whole(request, pk)
    form = OfficeCopyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        asked: dict[str, Any] = {
            "found": found,
            "form": form.cleaned_data["form"],
            "language": found.party.language,
            "reason": form.cleaned_data["reason"],
        }
        if copies.is_small(found=found, form=form.cleaned_data["form"]):
            made = copies.make(actor=request.user, at=clock.now(), **asked)
            copies.close_request(actor=request.user, found=found, on=clock.today())
            return download(made)
        units = rights.units_of(found)
        job = copies.order(actor=request.user, needs=HANDLE, units=units, **asked)
        return redirect("office:job", job.pk)
    return render(request, "office/privacy/copy.html", context | {"form": form})


@confirmation_required
@never_cache
@require_safe
def copy_file(request: ScopedRequest, pk: int, job_id: UUID) -> FileResponse:
    """A copy made in the background, for whoever ordered it and may still take out all of the person's data."""
    _context, found = _whole(request, pk)
    return fetched(request, copies.ordered(user=request.user, found=found, office=True), found, job_id)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: ScopedRequest, pk: int) -> HttpResponse:
    """Enter a request that was told to the office."""
    page, found = _who(request, pk)
    mine = request.scope.unit_ids(HANDLE)
    units = [u for u in data_requests.units_of(found.party, clock.today()) if u.pk in mine]
    form = OfficeRequestForm(
        request.POST if request.method == "POST" else None,
        units=units,
        today=clock.today(),
        initial={"received_on": clock.today()},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = data_requests.file(
                actor=request.user,
                party=found.party,
                unit=form.unit,
                kind=data["kind"],
                text=data["text"],
                channel=DataRequest.Channel.OFFICE,
                received_on=data["received_on"],
            )
        except RequestError:
            form.add_error("kind", _("The same has been asked already and waits for an answer."))
        else:
            feedback.done(request, _("The request was entered."))
            return redirect("office:privacy_request", row.pk)
    return render(request, "office/privacy/ask.html", page | {"form": form})


@confirmation_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: ScopedRequest, pk: int) -> HttpResponse:
    """What an erasure would do, in numbers; then it is done in the background and cannot be undone.

    The person has to have asked, and another than the one who wrote the request down carries it out.
    """
    page, found = _whole(request, pk)
    plan = erasing.plan(party_id=found.party.pk, on=clock.today())
    missing = _missing(request, found)
    may_be_done = plan.may_be_done and not missing
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and may_be_done and form.is_valid():
        job = enqueue(
            kind=ERASE_JOB,
            title=_("Erasure"),
            detail=found.party.number,
            owner=request.user,
            params={"party": found.party.pk},
            needs=HANDLE,
            units=rights.units_of(found),
            dedupe_key=str(found.party.pk),
        )
        return redirect("office:job", job.pk)
    context = page | {
        "form": form,
        "gone": wording.gone(plan.gone),
        "stays": wording.stays(plan.stays),
        "blocked": wording.blocked(plan.blocked, plan.texts),
        "missing": wording.missing(missing),
        "may_enter": missing == "none",
        "may_be_done": may_be_done,
        "elsewhere": wording.elsewhere(),
        "back": reverse("office:member_privacy", args=[pk]),
    }
    status = 422 if request.method == "POST" and not may_be_done else 200
    return render(request, "office/privacy/erase.html", context, status=status)


def _missing(request: ScopedRequest, found: Person) -> str:
    """What an erasure lacks besides a tick: a request that waits, another pair of hands."""
    try:
        data_requests.to_erase(actor=request.user, party=found.party)
    except RequestError as error:
        return error.code
    return ""
