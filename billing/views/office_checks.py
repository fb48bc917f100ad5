"""Rounds of data checks in the office: begun, followed in numbers, reminded, closed (REG-16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.forms.checks import RoundForm
from billing.models import CheckRound, DataCheck, DataProposal
from billing.models.checks import Answer, Channel
from billing.services import rounds
from billing.services.rounds import Plan, RoundError
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.parts import Figure
from jasenpalvelu.jobs.models import Job
from members.models import OrgUnit, Segment, UnitClosure
from members.models.units import Relation
from members.requests import ScopedRequest
from members.scope import Scope
from members.services import joining
from members.views.finding import new_token

EDIT, CLASSES = "members.edit", "BC"
USUAL_TERM = timedelta(days=14)
SHOWN = {
    "": Q(),
    "hiljaa": Q(answer=""),
    "vahvistettu": Q(answer="confirmed"),
    "korjattu": Q(answer="corrected"),
}


def trail(*further: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Data checks"), reverse("office:check_rounds")), *further]


@require_GET
def round_list(request: ScopedRequest) -> HttpResponse:
    """Every round of one's units, newest first, with how many were asked and answered."""
    need(request)
    rows = CheckRound.objects.visible_to(request.scope).select_related("unit")
    page: keyset.Page[Any] = keyset.from_query(rows, request.GET, order=["-created_at", "-pk"])
    counts = {
        row["round"]: row
        for row in DataCheck.objects.filter(round__in=[r.pk for r in page.rows])
        .values("round")
        .annotate(asked=Count("pk"), answered=Count("pk", filter=~Q(answer="")))
        .order_by("round")
    }
    context = {
        "page": page,
        "rows": [(r, _state(r), counts.get(r.pk, {"asked": 0, "answered": 0})) for r in page.rows],
        "proposals": DataProposal.objects.visible_to(request.scope).waiting().count(),
    }
    return render(request, "office/billing/checks/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    """A round begins, and the links leave at once by a job."""
    need(request)
    scope, today = request.scope, clock.today()
    units = list(
        OrgUnit.objects.filter(scope.unit_filter("pk", EDIT, CLASSES)).on(today).order_by("sort_key", "pk")
    )
    form = RoundForm(
        request.POST if request.method == "POST" else None,
        units=units,
        segments=list(Segment.objects.visible_to(scope).order_by("name", "pk")),
        today=today,
        initial={
            "title": _("Data of the membership fee %(year)s") % {"year": today.year + (today.month > 6)},
            "year": today.year + (today.month > 6),
            "answer_by": today + USUAL_TERM,
            "unit": scope.unit.pk if scope.unit else None,
            "token": new_token(),
        },
    )
    if request.method == "POST" and form.is_valid():
        below = _associations(scope, form.unit)
        if below:
            return redirect("office:check_round", _begun(request, form, below))
        form.add_error(None, _("There are no associations with members here."))
    return render(request, "office/billing/checks/new.html", {"form": form, "trail": trail()})


def _begun(request: ScopedRequest, form: RoundForm, units: list[int]) -> int:
    """The key of the round the form makes, or of the one it has made: a form sent twice sends no e-mail twice."""
    data = form.cleaned_data
    plan = Plan(
        unit=form.unit,
        units=units,
        title=data["title"],
        year=data["year"],
        answer_by=data["answer_by"],
        types=data["types"],
        segment_id=form.segment.pk if form.segment else None,
    )
    base = request.build_absolute_uri("/")
    try:
        made = rounds.begin(actor=request.user, plan=plan, base=base, token=data["token"])
    except joining.SentAlready as sent:
        return sent.result
    feedback.done(request, _("The round has begun. The e-mails are being sent."))
    return made.pk


def _associations(scope: Scope, unit: OrgUnit) -> list[int]:
    """The unit and those below it that have members, within the reach of the one who asks."""
    below = UnitClosure.objects.filter(ancestor=unit, relation=Relation.ADMINISTRATIVE).values(
        "descendant_id"
    )
    rows = OrgUnit.objects.on(clock.today()).filter(pk__in=below, kind__has_members=True)
    reached = scope.unit_ids(EDIT, CLASSES)
    return [pk for pk in rows.order_by("pk").values_list("pk", flat=True) if pk in reached]


@require_GET
def round(request: ScopedRequest, pk: int) -> HttpResponse:
    """How the round goes: numbers, who has answered what, and what one may do."""
    found = _find(request, pk)
    shown = request.GET.get("nayta", "")
    rows = DataCheck.objects.filter(SHOWN.get(shown, Q()), round=found).select_related("payer")
    page: keyset.Page[Any] = keyset.from_query(rows, request.GET, order=["pk"])
    numbers = _numbers(found)
    context = {
        "round": found,
        "state": _state(found),
        "is_open": found.is_open(clock.today()),
        "figures": _figures(numbers, found.pk),
        "numbers": numbers,
        "page": page,
        "shown": shown if shown in SHOWN else "",
        "waiting": DataProposal.objects.visible_to(request.scope)
        .waiting()
        .filter(check_of__round=found)
        .count(),
        "job": Job.objects.filter(pk=found.job_id).first() if found.job_id else None,
        "trail": trail(),
    }
    return render(request, "office/billing/checks/round.html", context)


def _numbers(found: CheckRound) -> dict[str, int]:
    count = Count("pk")
    return DataCheck.objects.filter(round=found).aggregate(
        asked=count,
        sent=Count("pk", filter=Q(sent_at__isnull=False)),
        opened=Count("pk", filter=Q(opened_at__isnull=False)),
        confirmed=Count("pk", filter=Q(answer=Answer.CONFIRMED)),
        corrected=Count("pk", filter=Q(answer=Answer.CORRECTED)),
        silent=Count("pk", filter=Q(answer="")),
        silent_email=Count("pk", filter=Q(answer="", channel=Channel.EMAIL)),
        silent_letter=Count("pk", filter=Q(answer="", channel=Channel.LETTER)),
    )


def _figures(numbers: dict[str, int], pk: int) -> list[Figure]:
    here = reverse("office:check_round", args=[pk])
    told = [
        (_("Asked"), "asked", here),
        (_("Sent"), "sent", ""),
        (_("Opened"), "opened", ""),
        (_("Confirmed"), "confirmed", f"{here}?nayta=vahvistettu"),
        (_("Corrected"), "corrected", f"{here}?nayta=korjattu"),
        (_("No answer"), "silent", f"{here}?nayta=hiljaa"),
    ]
    return [Figure(label, format_number(numbers[name], decimals=0), url=url) for label, name, url in told]


@require_POST
def remind(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    base = request.build_absolute_uri("/")
    try:
        rounds.remind(actor=request.user, round=found, base=base, on=clock.today(), at=clock.now())
    except RoundError as error:
        texts = {
            "closed": _("The round is over. Nothing was sent."),
            "running": _("E-mails of this round are being sent just now. Remind when they have gone."),
            "nobody": _("All who have not answered have had an e-mail within a day. Nothing was sent."),
        }
        messages.error(request, texts[error.code])
    else:
        feedback.done(request, _("Reminders are being sent to those who have not answered."))
    return redirect("office:check_round", pk)


@require_POST
def letters(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    try:
        job = rounds.print_letters(
            actor=request.user, round=found, base=request.build_absolute_uri("/"), on=clock.today()
        )
    except RoundError:
        messages.error(request, _("The round is over. No letters were made."))
        return redirect("office:check_round", pk)
    return redirect("office:job", job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: ScopedRequest, pk: int) -> HttpResponse:
    """Asked first, in numbers."""
    found = _find(request, pk)
    if request.method == "POST":
        rounds.close(actor=request.user, round=found, at=clock.now())
        feedback.done(request, _("The round was closed."), undo=reverse("office:check_open", args=[found.pk]))
        return redirect("office:check_round", pk)
    silent = _numbers(found)["silent"]
    context = {
        "question": _("Close the round %(title)s?") % {"title": found.title},
        "consequence": _(
            "Links and codes stop working. %(n)s have not answered: they are billed by the data in the register."
        )
        % {"n": format_number(silent, decimals=0)},
        "deed": _("Close the round"),
        "cancel_url": reverse("office:check_round", args=[pk]),
        "trail": trail((found.title, reverse("office:check_round", args=[pk]))),
    }
    return render(request, "office/confirm.html", context)


@require_POST
def open_again(request: ScopedRequest, pk: int) -> HttpResponse:
    rounds.open_again(actor=request.user, round=_find(request, pk))
    feedback.done(request, _("The round is open again."))
    return redirect("office:check_round", pk)


@require_POST
def revoke(request: ScopedRequest, pk: int, check_pk: int) -> HttpResponse:
    """The link and the code of one payer stop working at once."""
    found = get_object_or_404(DataCheck, pk=check_pk, round=_find(request, pk))
    rounds.revoke(actor=request.user, check=found)
    feedback.done(request, _("The link and the code stopped working. The next reminder gives new ones."))
    return redirect("office:check_round", pk)


def _find(request: ScopedRequest, pk: int) -> CheckRound:
    return get_object_or_404(
        CheckRound.objects.visible_to(request.scope).select_related("unit", "segment"), pk=pk
    )


def need(request: ScopedRequest) -> None:
    if not request.scope.can(EDIT, classes=CLASSES):
        raise Http404


def _state(found: CheckRound) -> tuple[str, str]:
    """A chip: its kind and its words."""
    if found.closed_at:
        return "plain", _("closed")
    if found.opened_at is None:
        return "info", _("being sent")
    return ("done", _("open")) if found.is_open(clock.today()) else ("plain", _("over"))
