"""Data quality: how each association stands, what is to be put right, and what is right as it is (REG-16)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.keys import key_of
from members import listing
from members.choosing import NARROW, Choices, UnitChoice
from members.forms.quality import DismissForm
from members.models import Membership, QualityDismissal, QualityIssue, QualityScore
from members.models.quality import QualityIssueQuerySet
from members.quality import presenting, scoring
from members.quality.rules import BY_CODE, RULES
from members.requests import ScopedRequest
from members.services import quality
from members.states import OPEN

VIEW, CLASSES = "members.view", "BC"
SHOWN = 50


@dataclass
class Desk:
    """What this reader asks about: the reach where contacts and households are seen, or one unit of it with those below."""

    request: ScopedRequest

    def __post_init__(self) -> None:
        if not self.request.scope.can(VIEW, classes=CLASSES):
            raise Http404
        self.choices = Choices(self.request.scope)
        self.reach = self.request.scope.unit_ids(VIEW, CLASSES)

    @cached_property
    def chosen(self) -> UnitChoice | None:
        wanted = key_of(self.request.GET.get("yhdistys"))
        return next((u for u in self.choices.units if u.pk == wanted), None)

    @cached_property
    def units(self) -> frozenset[int]:
        return self.reach & frozenset(self.chosen.below) if self.chosen else self.reach

    @property
    def rule(self) -> str:
        wanted = self.request.GET.get("saanto", "")
        return wanted if wanted in BY_CODE else ""

    @cached_property
    def scores(self) -> list[QualityScore]:
        rows = QualityScore.objects.filter(unit_id__in=sorted(self.units)).select_related("unit")
        return list(rows.order_by("unit__sort_key", "unit_id"))

    def issues(self) -> QualityIssueQuerySet:
        tied = Membership.objects.filter(
            listing.among(self.units), party_id=OuterRef("party_id"), state__in=OPEN
        )
        rows = QualityIssue.objects.visible_to(self.request.scope).filter(Exists(tied))
        return rows.filter(rule=self.rule) if self.rule else rows


@require_safe
def issues(request: ScopedRequest) -> HttpResponse:
    """The work list: a region sees its associations first, an association what there is to put right."""
    desk = Desk(request)
    score = scoring.together(desk.scores)
    overview = len(desk.units) > NARROW and not desk.rule
    context: dict[str, Any] = {
        "desk": desk,
        "score": score,
        "rules": [
            (rule, score.found.get(rule.code, 0))
            for rule in RULES
            if score.found.get(rule.code) or rule.code == desk.rule
        ],
        "overview": sorted(desk.scores, key=_worst) if overview else [],
        "name": desk.chosen.name(desk.choices.language) if desk.chosen else "",
        "units": desk.choices.units,
        "may_check": request.scope.can("members.edit", classes=CLASSES),
        "may_pairs": request.scope.can("members.edit"),
        "query": _query(desk),
        "rows": [],
        "page": None,
    }
    if not overview:
        rows = desk.issues().waiting().select_related("party")
        page = keyset.from_query(rows, request.GET, order=["-severity", "pk"], size=SHOWN)
        context |= {"page": page, "rows": _told(desk, page.rows)}
        if page.rows:
            log_view(
                actor=request.user,
                unit_id=next(iter(desk.units)) if len(desk.units) == 1 else None,
                classes="".join(sorted({"A", *(c for row in page.rows for c in BY_CODE[row.rule].classes)})),
                count=len(page.rows),
                subject=_("Data quality"),
            )
    return render(request, "office/quality/list.html", context)


def _worst(score: QualityScore) -> tuple[float, str]:
    share = score.in_order / score.members if score.members else 1
    return share, score.unit.sort_key


def _query(desk: Desk) -> str:
    return f"yhdistys={desk.chosen.pk}&" if desk.chosen else ""


def _told(desk: Desk, rows: list[QualityIssue]) -> list[presenting.Told]:
    of_party: dict[int, list[Membership]] = {}
    tied = Membership.objects.filter(
        listing.among(desk.reach), party_id__in=[row.party_id for row in rows], state__in=OPEN
    )
    for membership in tied.select_related("unit", "type").order_by("pk"):
        of_party.setdefault(membership.party_id, []).append(membership)
    mine = QualityIssue.objects.visible_to(desk.request.scope, "members.edit")
    editable = set(mine.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return [presenting.told(row, of_party.get(row.party_id, []), editable=row.pk in editable) for row in rows]


def _issue(request: ScopedRequest, pk: int) -> QualityIssue:
    """An issue of somebody whom the person may edit."""
    rows = QualityIssue.objects.visible_to(request.scope, "members.edit").select_related("party")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def dismiss(request: ScopedRequest, pk: int) -> HttpResponse:
    """It is right as it is: why?"""
    desk = Desk(request)
    issue = _issue(request, pk)
    form = DismissForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = quality.dismiss(
            actor=request.user, issue=issue, reason=form.cleaned_data["reason"], at=clock.now()
        )
        feedback.done(
            request,
            _("Noted. It is not asked again unless it changes."),
            undo=reverse("office:quality_reopen", args=[said.pk]),
        )
        return redirect(_back(request))
    [line] = _told(desk, [issue])
    context = {"form": form, "line": line, "back": _back(request)}
    return render(request, "office/quality/dismiss.html", context)


@require_POST
def reopen(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take back that it is right as it is."""
    Desk(request)
    said = get_object_or_404(QualityDismissal, pk=pk)
    issue = QualityIssue.objects.visible_to(request.scope, "members.edit").filter(
        party_id=said.party_id, rule=said.rule, subject=said.subject
    )
    if not issue.exists():
        raise Http404
    quality.take_up_again(actor=request.user, said=said, at=clock.now())
    feedback.done(request, _("It is on the list again."))
    return redirect("office:quality")


@require_POST
def recheck(request: ScopedRequest, pk: int) -> HttpResponse:
    """Ask the rules of this member now, rather than in a moment."""
    Desk(request)
    issue = _issue(request, pk)
    quality.recheck(party=issue.party, at=clock.now(), on=clock.today())
    still = QualityIssue.objects.filter(pk=pk, fact=issue.fact).exists()
    feedback.done(request, _("It is still so.") if still else _("In order now."))
    return redirect(_back(request))


def _back(request: ScopedRequest) -> str:
    here = reverse("office:quality")
    asked = request.POST.get("next") or request.GET.get("next") or ""
    inside = asked.startswith(here) and url_has_allowed_host_and_scheme(asked, None)
    return asked if inside else here
