"""Pages of background work. A job outside one's scope does not exist: 404."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.events import publish
from jasenpalvelu.jobs.events import ResultDownloaded
from jasenpalvelu.jobs.models import Job, JobQuerySet
from jasenpalvelu.jobs.presenting import JobView
from jasenpalvelu.jobs.registry import is_guarded
from jasenpalvelu.jobs.services import cancel, pause, resume, retry
from jasenpalvelu.jobs.services.steering import NotPossible

NEEDED_ONLY_INSIDE = ("log", "timeline", "phases", "attention", "params", "cursor")


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    jobs = _visible(request).defer(*NEEDED_ONLY_INSIDE)
    page = keyset.from_query(jobs, request.GET, order=["-created_at", "-pk"])
    rows = [JobView(job, clock.now()) for job in page.rows]
    return render(request, "office/jobs/list.html", {"page": page, "rows": rows})


@require_safe
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return render(request, "office/jobs/job.html", _context(_find(request, job_id)))


@require_safe
def progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The part that changes; asked every two seconds. When the job ends the whole page is drawn anew."""
    found = _find(request, job_id)
    response = render(request, "office/jobs/job.html#progress", _context(found))
    if not JobView(found, clock.now()).alive:
        response.headers["HX-Refresh"] = "true"
    return response


@require_safe
def result(request: HttpRequest, job_id: UUID) -> FileResponse:
    found = _find(request, job_id)
    if not found.result or is_guarded(found.kind):
        raise Http404
    publish(
        ResultDownloaded(
            job_id=found.pk,
            kind=found.kind,
            title=found.title,
            user_id=request.user.pk,  # type: ignore[arg-type] # behind the login there is one
            unit_id=found.unit_id,
            done=found.done,
        )
    )
    return FileResponse(found.result.open(), as_attachment=True, filename=found.result_name)


@require_POST
def pause_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return _steer(request, job_id, pause, _("The work pauses after its present step."))


@require_POST
def resume_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return _steer(request, job_id, resume, _("The work goes on."))


@require_POST
def retry_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return _steer(request, job_id, retry, _("The work is tried again."))


@require_http_methods(["GET", "HEAD", "POST"])
def cancel_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    found = _find(request, job_id)
    if request.method == "POST":
        return _steer(request, job_id, cancel, _("The work ends here."))
    view = JobView(found, clock.now())
    shares = {"title": found.title, "done": view.handled}
    context = {
        "question": _("End the work “%(title)s”?") % shares,
        "consequence": _("What has been done so far stays (%(done)s). The rest is not done.") % shares,
        "deed": _("End the work"),
        "cancel_url": reverse("office:job", args=[job_id]),
        "danger": True,
    }
    return render(request, "office/confirm.html", context)


def _steer(request: HttpRequest, job_id: UUID, service: Callable[..., Job], text: str) -> HttpResponse:
    found = _find(request, job_id)
    try:
        service(job_id=found.pk)
    except NotPossible:
        text = _("The work had changed meanwhile. Here is how it is now.")
    feedback.done(request, text)
    return redirect("office:job", job_id=found.pk)


def _context(found: Job) -> dict[str, Any]:
    return {"job": found, "view": JobView(found, clock.now())}


def _find(request: HttpRequest, job_id: UUID) -> Job:
    return get_object_or_404(_visible(request), pk=job_id)


def _visible(request: HttpRequest) -> JobQuerySet:
    """The jobs this person sees; 404 for whoever has no post: the office is not theirs."""
    if not request.scope.is_staff:  # type: ignore[attr-defined]
        raise Http404
    return Job.objects.visible_to(request.scope).select_related("owner")  # type: ignore[attr-defined]
