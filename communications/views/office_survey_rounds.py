"""A round of a survey's letters on its way: paused, gone on with, cancelled, tried again (COM-5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from communications.models import Mailing
from communications.services import releasing
from communications.services.releasing import ReleaseError
from communications.views.letters import RELEASE_ERRORS, tell
from communications.views.office_surveys import find, trail
from jasenpalvelu.common import clock, feedback
from members.requests import ScopedRequest


def _find(request: ScopedRequest, pk: int, round_pk: int) -> Mailing:
    """A round of a survey within the person's rights, or 404."""
    return get_object_or_404(Mailing, survey=find(request, pk), pk=round_pk)


def _do(request: ScopedRequest, pk: int, done: str, act: Callable[[], Any]) -> HttpResponse:
    try:
        act()
    except ReleaseError as error:
        tell(request, RELEASE_ERRORS, error.code)
    else:
        feedback.done(request, done)
    return redirect("office:survey", pk)


@require_POST
def pause(request: ScopedRequest, pk: int, round_pk: int) -> HttpResponse:
    found = _find(request, pk, round_pk)
    done = _("Sending stands still.")
    return _do(request, pk, done, lambda: releasing.pause(mailing=found, actor=request.user))


@require_POST
def resume(request: ScopedRequest, pk: int, round_pk: int) -> HttpResponse:
    found = _find(request, pk, round_pk)
    done = _("Sending goes on.")
    return _do(request, pk, done, lambda: releasing.resume(mailing=found, actor=request.user))


@require_POST
def retry(request: ScopedRequest, pk: int, round_pk: int) -> HttpResponse:
    """Only those who did not get it."""
    found = _find(request, pk, round_pk)
    done = _("Those who did not get it are tried again.")

    def act() -> None:
        releasing.retry_missing(mailing=found, actor=request.user, now=clock.now())

    return _do(request, pk, done, act)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: ScopedRequest, pk: int, round_pk: int) -> HttpResponse:
    found = _find(request, pk, round_pk)
    if request.method == "POST":
        done = _("The rest is not sent.")
        return _do(request, pk, done, lambda: releasing.cancel(mailing=found, actor=request.user))
    page = reverse("office:survey", args=[pk])
    context = {
        "question": _("Cancel the sending of %(title)s?") % {"title": found.title},
        "consequence": _(
            "Those who have got the letter can answer. The rest do not get it; they find the survey on their own pages."
        ),
        "deed": _("Cancel the rest"),
        "danger": True,
        "cancel_url": page,
        "trail": trail((found.title, page)),
    }
    return render(request, "office/confirm.html", context)
