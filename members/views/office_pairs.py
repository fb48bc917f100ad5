"""Members who may stand in the register twice: decided by whoever may edit both, asked about by whoever sees one (REG-10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from members import reading
from members.importing.wording import REASON_CLASSES, REASONS
from members.jobs_duplicates import start_scan
from members.likeness import LIKELY
from members.models import DuplicatePair, Membership, OrgUnit, Party
from members.models.duplicates import PairQuerySet
from members.requests import ScopedRequest
from members.services import pairing
from members.services.merging import CLASSES
from members.states import OPEN
from members.views.finding import language
from members.views.wording import period_text

SHOWN_ASIDE = 20
# How long an answer to a question stays in the asker's list, and a decision can be taken back from here.
ANSWER_STAYS = timedelta(days=90)


@require_safe
def pairs(request: ScopedRequest) -> HttpResponse:
    """The pairs nobody has decided yet, the likeliest first; above them those that somebody has asked about."""
    if not request.scope.can("members.edit"):
        raise Http404
    visible = DuplicatePair.objects.visible_to(request.scope).select_related(
        "one", "other", "unit", "asked_for"
    )
    waiting = visible.waiting()
    page = keyset.from_query(waiting.filter(asked_at=None), request.GET, order=["-score", "pk"], size=20)
    asked = list(waiting.filter(asked_at__isnull=False).order_by("asked_at", "pk")[:SHOWN_ASIDE])
    if page.rows or asked:
        log_view(
            actor=request.user,
            unit_id=None,
            classes="ABC",
            count=len(page.rows) + len(asked),
            subject=_("Possibly the same member"),
        )
    context = {
        "page": page,
        "asked": _told(request, asked),
        "pairs": _told(request, page.rows),
        "elsewhere": _elsewhere(request),
        "decided": list(_decided_lately(request, visible)),
        "may_scan": _may_scan(request),
        "trail": [(_("Members"), reverse("office:members"))],
    }
    return render(request, "office/import/pairs.html", context)


@dataclass(frozen=True)
class Side:
    """One of the two, with what tells them apart: where a member and since when, born, from where, how to reach."""

    party: Party
    place: str
    memberships: list[tuple[Membership, str]]
    facts: list[str]


@dataclass(frozen=True)
class ToldPair:
    pair: DuplicatePair
    reasons: str
    likely: bool
    sides: list[Side]


def _told(request: ScopedRequest, rows: list[DuplicatePair]) -> list[ToldPair]:
    parties = [party for pair in rows for party in (pair.one, pair.other)]
    of_party: dict[int, list[Membership]] = {}
    seen = Membership.objects.visible_to(request.scope).filter(party__in=parties, state__in=OPEN)
    for membership in seen.select_related("unit", "type").order_by("started_on", "pk"):
        of_party.setdefault(membership.party_id, []).append(membership)
    facts = _facts(parties)
    told = []
    for pair in rows:
        classes = [
            request.scope.classes_over(of_party.get(party.pk, []), clock.today())
            for party in (pair.one, pair.other)
        ]
        both = classes[0] & classes[1]
        reasons = [
            str(REASONS.get(code, code)) for code in pair.reasons if REASON_CLASSES.get(code, "A") in both
        ]
        sides = [
            _side(party, of_party.get(party.pk, []), facts.get(party.pk, {}), both)
            for party in (pair.one, pair.other)
        ]
        told.append(ToldPair(pair, ", ".join(reasons), pair.score >= LIKELY, sides))
    return told


def _side(
    party: Party, memberships: list[Membership], facts: dict[str, list[str]], classes: frozenset[str]
) -> Side:
    """Nobody under a non-disclosure order is in a pair that is shown."""
    return Side(
        party,
        reading.municipality_text(party, language()),
        [(membership, period_text(membership)) for membership in memberships],
        [fact for needed, texts in facts.items() if needed in classes for fact in texts],
    )


def _facts(parties: Iterable[Party]) -> dict[int, dict[str, list[str]]]:
    """Field class → what is known of each: born, then how to reach them."""
    keys = {party.pk for party in parties}
    found: dict[int, dict[str, list[str]]] = {pk: {"C": [], "B": []} for pk in keys}
    for pk, born in reading.births_of(keys).items():
        found[pk]["C"].append(_("Born %(day)s") % {"day": born})
    for point in reading.contact_points_of(keys):
        found[point.party_id]["B"].append(reading.contact_line(point))
    return found


# --- who sees one of them -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Elsewhere:
    """One's own member of whom there may be another entry elsewhere, and what has come of asking."""

    pair: DuplicatePair
    mine: Party
    state: str


def _elsewhere(request: ScopedRequest) -> list[Elsewhere]:
    """That there may be another is all that is told: neither where, nor why, nor what was found out but yes or no."""
    half = DuplicatePair.objects.half_visible_to(request.scope).select_related("one", "other")
    since = clock.now() - ANSWER_STAYS
    answered = Q(asked_by=request.user, decided_at__gte=since)
    rows = list(half.filter(Q(decided_at=None) | answered).order_by("-asked_at", "pk")[:SHOWN_ASIDE])
    visible = reading.visible_among(request.scope, {pk for row in rows for pk in (row.one_id, row.other_id)})
    found = []
    for row in rows:
        mine = row.one if row.one_id in visible else row.other
        state = "different" if row.decided_at else "asked" if row.asked_at else ""
        found.append(Elsewhere(row, mine, state))
    return found


def _mine_or_404(request: ScopedRequest, pk: int) -> DuplicatePair:
    """A pair of which at least one side is the reader's to edit, and of which the reader is told."""
    for rows in (
        DuplicatePair.objects.visible_to(request.scope),
        DuplicatePair.objects.half_visible_to(request.scope),
    ):
        found = rows.select_related("one", "other").filter(pk=pk).first()
        if found is not None:
            return found
    raise Http404


@require_POST
def ask(request: ScopedRequest, pk: int) -> HttpResponse:
    """Ask those who see both to look at the pair."""
    pair = _mine_or_404(request, pk)
    reached = request.scope.unit_ids("members.edit")
    units = OrgUnit.objects.filter(
        pk__in=Membership.objects.filter(
            party__in=[pair.one_id, pair.other_id], state__in=OPEN, unit__in=reached
        ).values("unit_id")
    )
    unit = units.order_by("sort_key", "pk").first()
    if unit is not None and pairing.ask(actor=request.user, pair=pair, unit=unit, at=clock.now()):
        feedback.done(request, _("Asked. Those who see both entries decide; you see the answer here."))
    return redirect("office:pairs")


# --- deciding -----------------------------------------------------------------------------------------------------------
def _decided_lately(request: ScopedRequest, visible: PairQuerySet) -> list[DuplicatePair]:
    since = clock.now() - ANSWER_STAYS
    rows = visible.filter(decided_by=request.user, decided_at__gte=since)
    return list(rows.order_by("-decided_at", "pk")[:SHOWN_ASIDE])


@require_POST
def different(request: ScopedRequest, pk: int) -> HttpResponse:
    """They are two; remembered, and it can be taken back."""
    rows = DuplicatePair.objects.visible_to(request.scope).select_related("one", "other")
    pair = get_object_or_404(rows, pk=pk)
    pairing.decide_different(actor=request.user, pair=pair, at=clock.now())
    feedback.done(
        request, _("Noted: they are two members."), undo=reverse("office:pair_different_undo", args=[pair.pk])
    )
    return redirect("office:pairs")


@require_POST
def different_undo(request: ScopedRequest, pk: int) -> HttpResponse:
    """It was said by mistake that they are two."""
    rows = DuplicatePair.objects.visible_to(request.scope).select_related("one", "other")
    pair = get_object_or_404(rows, pk=pk)
    pairing.take_back_different(actor=request.user, pair=pair)
    feedback.done(request, _("The pair waits for a decision again."))
    return redirect("office:pairs")


# --- the scan -----------------------------------------------------------------------------------------------------------
def _may_scan(request: ScopedRequest) -> bool:
    """The whole register is gone through, so it is asked for by those who answer for more than one association."""
    return len(request.scope.unit_ids("members.edit", CLASSES)) > 1


@require_POST
def scan(request: ScopedRequest) -> HttpResponse:
    """Go through the whole register now, in the background."""
    if not _may_scan(request):
        raise Http404
    job = start_scan(owner=request.user, whole=True)
    if job.owner_id != request.user.pk:
        feedback.done(request, _("A search is under way already. What it finds comes here."))
        return redirect("office:pairs")
    return redirect("office:job", job.pk)
