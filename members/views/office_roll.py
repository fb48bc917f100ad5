"""The list of members of the Associations Act in the office: on the screen as of any day, and as a PDF (REG-6)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.jobs.services import enqueue
from members.forms.cards import RollForm
from members.models import OrgUnit
from members.paper_jobs import ROLL_JOB
from members.requests import ScopedRequest
from members.roll import Roll, counted
from members.views.finding import language
from members.views.office_units import _frame as unit_frame

VIEW = "members.view"
# The board keeps the list, so whoever decides on members may print it, beside those who may take members' data out.
PRINTS = ("members.export", "members.admit")


@require_safe
def roll(request: ScopedRequest, pk: int) -> HttpResponse:
    """Names and home municipalities as of a day. Each look is written in the access log."""
    unit = _unit(request, pk)
    today = clock.today()
    form = RollForm(request.GET if "pvm" in request.GET else None, today=today)
    context: dict[str, Any] = unit_frame(request, unit, "roll") | {
        "form": form,
        "page": None,
        "may_print": False,
    }
    if not form.is_bound or form.is_valid():
        on = (form.cleaned_data["pvm"] if form.is_bound else None) or today
        found = Roll(unit.pk, on, today, language())
        context |= {
            "on": on,
            "past": on < today,
            "page": found.page(request.GET),
            "count": counted(found),
            "may_print": bool(_needed(request, pk)),
        }
        log_view(
            actor=request.user,
            unit_id=pk,
            classes="A",
            count=len(context["page"].rows),
            subject=_("List of members as of %(day)s") % {"day": format_date(on)},
        )
    return render(request, "office/units/roll.html", context)


@confirmation_required
@require_http_methods(["GET", "HEAD", "POST"])
def roll_pdf(request: ScopedRequest, pk: int) -> HttpResponse:
    """The whole list as a file, made in the background; asked first, as it leaves the system."""
    unit, needed, today = _unit(request, pk), _needed(request, pk), clock.today()
    if not needed:
        raise Http404
    form = RollForm(request.GET, today=today)
    on = (form.cleaned_data["pvm"] if form.is_valid() else None) or today
    if request.method == "POST":
        return redirect("office:job", _ordered(request, unit, on, needed).pk)
    context = {
        "question": _("Print the list of members as of %(day)s?") % {"day": format_date(on)},
        "consequence": _(
            "The file has the names and home municipalities of all members. You answer for whom it is shown to. Making"
            " it is written in the access log."
        ),
        "deed": _("Make the PDF"),
        "cancel_url": reverse("office:member_roll", args=[pk]),
    }
    return render(request, "office/confirm.html", context)


def _ordered(request: ScopedRequest, unit: OrgUnit, on: date, needed: str) -> Any:
    return enqueue(
        kind=ROLL_JOB,
        title=_("List of members as of %(day)s") % {"day": format_date(on)},
        detail=unit.name,
        owner=request.user,
        unit_id=unit.pk,
        needs=needed,
        units=[unit.pk],
        params={"unit": unit.pk, "on": on.isoformat(), "language": language()},
        dedupe_key=f"{request.user.pk}:{unit.pk}:{on}",
    )


def _unit(request: ScopedRequest, pk: int) -> OrgUnit:
    """An association whose members the reader sees by name; others have no such list."""
    if not request.scope.can(VIEW, pk, "A"):
        raise Http404
    return get_object_or_404(OrgUnit.objects.select_related("kind"), pk=pk, kind__has_members=True)


def _needed(request: ScopedRequest, pk: int) -> str:
    """Under which capability the reader may print the list; "" when under none."""
    return next((capability for capability in PRINTS if request.scope.can(capability, pk, "A")), "")
