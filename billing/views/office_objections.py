"""Payers of a run whose corrections to the data of the fee still wait: decided on first, or left out (REG-16, BIL-3)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from billing import permissions
from billing.services import previewing
from billing.services.preparing import OPEN_STATES, RunError
from billing.views.office_runs import error_text, find, trail
from jasenpalvelu.common import feedback, keyset
from members.requests import ScopedRequest


@require_http_methods(["GET", "HEAD", "POST"])
def objections(request: ScopedRequest, pk: int) -> HttpResponse:
    """Who they are; all of them are left out with one press, each can be taken back in."""
    run = find(request, pk, permissions.RUN)
    here = reverse("office:run", args=[run.pk])
    if request.method == "POST":
        reason = _("A correction to the data of the fee waits")
        try:
            count = previewing.exclude_objecting(run=run, reason=reason, actor=request.user)
        except RunError as error:
            messages.error(request, error_text(error))
        else:
            text = ngettext("%(n)s payer was left out.", "%(n)s payers were left out.", count)
            feedback.done(request, text % {"n": count})
        return redirect(here)
    rows = previewing.objecting(run).defer("lines", "notes", "payer_data")
    page: keyset.Page[Any] = keyset.from_query(rows, request.GET, order=["sort_key", "pk"])
    context = {
        "run": run,
        "page": page,
        "is_open": run.state in OPEN_STATES,
        "may_decide": request.scope.can("members.edit", classes="BC"),
        "trail": trail(run=run),
    }
    return render(request, "office/billing/runs/objections.html", context)
