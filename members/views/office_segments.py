"""Segments: the builder, those that are kept, and why somebody is in one (REG-8)."""

from __future__ import annotations

import hashlib
import json
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.keys import key_of
from members import filters, listing
from members.choosing import KEPT_SECONDS, Choices, reach_key
from members.filters import Narrowing
from members.forms import segments as building
from members.forms.segments import AboutForm, FindForm
from members.models import Segment as Kept
from members.requests import ScopedRequest
from members.segments import compiling, criteria, tree, wording
from members.segments.explaining import explain
from members.segments.listed import list_query
from members.segments.tree import Segment, SegmentError
from members.services import segments as keeping
from members.tables import MemberRow

SHOWN = 20
# So many are counted at once; of more it is said that they are more, and the number is asked for after the page.
AT_ONCE = 10_000
AT_ONCE_SECONDS, AFTERWARDS_SECONDS = 1, 8


# --- how many, and who ------------------------------------------------------------------------------------------------
@dataclass
class Meant:
    """Whom a segment means for this reader: the number, the first ones, the sentence."""

    segment: Segment
    choices: Choices

    @cached_property
    def narrowing(self) -> Narrowing:
        return compiling.narrowing(self.segment, self.choices, clock.today())

    @cached_property
    def reachable(self) -> bool:
        """Whether the reader holds anywhere the field classes that the criteria need."""
        return bool(listing.reached_units(self.narrowing))

    @cached_property
    def sentence(self) -> str:
        return wording.sentence(self.segment, self.choices)

    @cached_property
    def number(self) -> int | None:
        """None when there are more than are counted at once, or when the question takes longer than a moment."""
        known: int | None = cache.get(self._key)
        if known is not None and not self.choices.narrow:
            return known
        counted = _count(listing.parties(self.narrowing), at_most=AT_ONCE, seconds=AT_ONCE_SECONDS)
        return counted if counted is None or counted <= AT_ONCE else None

    @cached_property
    def exact(self) -> int | None:
        with nullcontext() if self.choices.narrow else listing.reading_whole_tables():
            counted = _count(listing.parties(self.narrowing), at_most=None, seconds=AFTERWARDS_SECONDS)
        if counted is not None:
            cache.set(self._key, counted, KEPT_SECONDS)
        return counted

    @cached_property
    def first(self) -> list[MemberRow]:
        page = listing.page_of(self.narrowing, {}, "name", size=SHOWN)
        return listing.rows_of(page.rows, self.narrowing)

    @property
    def _key(self) -> str:
        told = json.dumps(tree.to_json(self.segment), sort_keys=True)
        digest = hashlib.blake2b(told.encode(), digest_size=12).hexdigest()
        return f"segments:count:{reach_key(self.choices.scope)}:{clock.today():%Y%m%d}:{digest}"


def _count(found: QuerySet, *, at_most: int | None, seconds: int) -> int | None:
    """How many, one more than `at_most` when there are more; None when it was not known in time."""
    keys = found.order_by().values("pk")
    inner, values = (keys if at_most is None else keys[: at_most + 1]).query.sql_with_params()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds}s"])
            cursor.execute(f"SELECT count(*) FROM ({inner}) counted", values)  # noqa: S608 -- compiled by Django
            number: int = cursor.fetchone()[0]
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != "57014":  # cancelled by the timeout
            raise
        return None
    return number


# --- kept ones --------------------------------------------------------------------------------------------------------
@require_safe
def segments(request: ScopedRequest) -> HttpResponse:
    """Those one may use, one's own first."""
    choices = _choices(request)
    rows = list(Kept.objects.visible_to(request.scope).select_related("unit", "owner").order_by("name", "pk"))
    rows.sort(key=lambda kept: kept.owner_id != request.user.pk)
    told = [(kept, _sentence(kept, choices), kept.owner_id == request.user.pk) for kept in rows]
    context = {"rows": told, "trail": _trail()[:1]}
    return render(request, "office/segments/list.html", context)


@require_safe
def segment(request: ScopedRequest, pk: int) -> HttpResponse:
    """One segment: how many it means now in one's own reach, the first of them, and what can be done with it."""
    choices, kept = _choices(request), _kept(request, pk)
    context: dict[str, Any] = {
        "kept": kept,
        "own": kept.owner_id == request.user.pk,
        "may_edit": Kept.objects.editable_by(request.scope).filter(pk=pk).exists(),
        "may_export": request.scope.can("members.export"),
        "may_write": request.scope.can("messages.send"),
        "query": list_query(kept),
        "trail": _trail(),
        "find": FindForm(),
        "meant": None,
        "problem": "",
    }
    try:
        meant = Meant(tree.from_json(kept.spec), choices)
        context |= {
            "meant": meant,
            "wide": meant.number is None,
            "exact_url": reverse("office:segment_number", args=[pk]),
        }
        asked = "tarkka" in request.GET
        context |= {"exact_asked": asked, "exact": meant.exact if asked else None}
    except SegmentError as error:
        context["problem"] = wording.PROBLEMS[error.code]
    return render(request, "office/segments/segment.html", context)


@require_safe
def number(request: ScopedRequest, pk: int) -> HttpResponse:
    """The exact number of a wide one, asked for after the page."""
    choices, kept = _choices(request), _kept(request, pk)
    try:
        exact = Meant(tree.from_json(kept.spec), choices).exact
    except SegmentError:
        exact = None
    return render(request, "office/segments/_number.html", {"exact": exact, "asked": True, "exact_url": ""})


@require_safe
def versions(request: ScopedRequest, pk: int) -> HttpResponse:
    """What it has been: who changed it and when, each version as a sentence."""
    choices, kept = _choices(request), _kept(request, pk)
    told = [
        (version, wording.sentence(version.segment, choices) if version.segment else "")
        for version in keeping.versions(kept)
    ]
    context = {"kept": kept, "versions": told, "trail": [*_trail(), _crumb(kept)]}
    return render(request, "office/segments/versions.html", context)


@require_safe
def why(request: ScopedRequest, pk: int) -> HttpResponse:
    """Is this person in it, and why: each criterion with its answer."""
    choices, kept = _choices(request), _kept(request, pk)
    form = FindForm(request.GET or None)
    context: dict[str, Any] = {
        "kept": kept,
        "form": form,
        "trail": [*_trail(), _crumb(kept)],
        "query": "",
        "found": [],
        "explained": None,
    }
    try:
        asked = tree.from_json(kept.spec)
        classes = criteria.classes_of(asked)
    except SegmentError:
        raise Http404 from None
    if request.GET and form.is_valid():
        text = form.cleaned_data["q"]
        found = _people(choices, text, classes)
        chosen = next((row for row in found if row.party.pk == key_of(request.GET.get("jasen"))), None)
        chosen = chosen or (found[0] if len(found) == 1 else None)
        context |= {"query": text, "found": found}
        if chosen is not None:
            log_view(
                actor=request.user,
                party_id=chosen.party.pk,
                unit_id=chosen.memberships[0].unit_id,
                classes="".join(sorted(classes | {"A"})),
                subject=kept.name,
            )
            context["explained"] = explain(asked, chosen.party, choices, clock.today())
    return render(request, "office/segments/why.html", context)


def _people(choices: Choices, text: str, classes: frozenset[str]) -> list[MemberRow]:
    """The first few by the name or number, of those over whom the reader holds what the answer would tell."""
    query = QueryDict(mutable=True)
    query.update({"q": text, "state": filters.EVERYONE})
    found = filters.MemberFilter(query, choices).narrowing(clock.today())
    rows = listing.rows_of(listing.page_of(found, {}, "name", size=8).rows, found)
    return [row for row in rows if row.classes >= classes]


# --- making them ------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def build(request: ScopedRequest, pk: int | None = None) -> HttpResponse:
    """The builder: every button sends the whole form, and nothing is kept before "Save"."""
    choices = _choices(request)
    kept = get_object_or_404(_editable(request), pk=pk) if pk is not None else None
    unit = kept.unit if kept else request.scope.unit
    if unit is None:
        raise Http404
    desk = _Desk(request, choices, kept, str(unit))
    if desk.deed == building.SAVE and desk.acceptable:
        return _save(desk, unit)
    return render(request, "office/segments/build.html", desk.context())


class _Desk:
    """One sending of the builder: what was sent, what the button did to it."""

    def __init__(self, request: ScopedRequest, choices: Choices, kept: Kept | None, unit_name: str) -> None:
        self.request, self.choices, self.kept = request, choices, kept
        sent = request.method == "POST"
        self.deed = request.POST.get("do", building.SHOW) if sent else ""
        self.problem = ""
        self.fresh: tree.Path | None = None
        if sent:
            self.root = building.tree_of(request.POST)
            self._act()
            self.about = AboutForm(request.POST, unit_name=unit_name)
        else:
            start, initial = self._start()
            self.root = start.root
            self.about = AboutForm(initial=initial, unit_name=unit_name)
        strict = self.deed == building.SAVE
        if sent and not strict:
            self.about.errors.pop("name", None)  # it is asked for when the segment is saved
        self.box = building.box(self.root, choices, request.POST, fresh=self.fresh, strict=strict)

    def _act(self) -> None:
        try:
            self.root, self.fresh = building.acted(self.root, self.deed, self.request.POST)
        except SegmentError as error:
            if error.code in ("many", "deep"):
                self.problem = str(wording.PROBLEMS[error.code])

    def _start(self) -> tuple[Segment, dict[str, Any]]:
        """What the page opens with: the segment to be changed, a copy of another one, or nothing yet."""
        model = self.kept
        if model is None and "malli" in self.request.GET:
            rows = Kept.objects.visible_to(self.request.scope)
            model = get_object_or_404(rows, pk=key_of(self.request.GET["malli"]))
        if model is None:
            return Segment(), {"shared": "no", "state": filters.IN_FORCE}
        try:
            start = tree.from_json(model.spec)
        except SegmentError as error:
            self.problem = str(wording.PROBLEMS[error.code])
            start = Segment()
        name = model.name if self.kept else _("%(name)s (copy)") % {"name": model.name[:70]}
        shared = "yes" if self.kept and model.shared else "no"
        return start, {"name": name, "shared": shared, "state": start.state, "on": start.on}

    @cached_property
    def segment(self) -> Segment:
        if not self.about.is_bound:
            return Segment(self.root, self.about.initial["state"], self.about.initial.get("on"))
        told = self.about.cleaned_data if hasattr(self.about, "cleaned_data") else {}
        return Segment(self.root, told.get("state") or filters.IN_FORCE, told.get("on"))

    @property
    def acceptable(self) -> bool:
        forms = [self.about, *(row.form for row in building.rows(self.box))]
        return not [form for form in forms if not form.is_valid()]

    def context(self) -> dict[str, Any]:
        meant = Meant(self.segment, self.choices)
        wrong = [row.form for row in building.rows(self.box) if row.form.is_bound and row.form.errors]
        return {
            "kept": self.kept,
            "about": self.about,
            "box": self.box,
            "problem": self.problem,
            "picker": building.picker(self.choices),
            "modes": building.MODE_CHOICES,
            "choices": self.choices,
            "meant": meant,
            "wide": meant.number is None,
            "exact": None,
            "exact_asked": False,
            "exact_url": "",
            "wrong": wrong,
            "first_wrong": wrong[0] if wrong else None,  # the title says that something is wrong
            "back": _back(self.request),
            "trail": [*_trail(), _crumb(self.kept)] if self.kept else _trail(),
        }


def _save(desk: _Desk, unit: Any) -> HttpResponse:
    told = desk.about.cleaned_data
    values = {"name": told["name"], "shared": told["shared"] == "yes", "segment": desk.segment}
    try:
        if desk.kept is None:
            kept = keeping.keep(actor=desk.request.user, unit=unit, **values)
        else:
            kept = keeping.change(actor=desk.request.user, kept=desk.kept, **values)
    except keeping.TooMany:
        desk.about.add_error(
            None, _("You have %(n)s segments already. Remove one first.") % {"n": keeping.MOST}
        )
        return render(desk.request, "office/segments/build.html", desk.context())
    feedback.done(desk.request, _("The segment was saved."))
    if back := _back(desk.request):
        return redirect(f"{back}{'&' if '?' in back else '?'}ryhma={kept.pk}")
    return redirect("office:segment", kept.pk)


def _back(request: ScopedRequest) -> str:
    """The page that wants a segment, in the office: one goes back there with the new one's key. "" without."""
    asked = request.POST.get("paluu") or request.GET.get("paluu") or ""
    inside = asked.startswith("/toimisto/") and url_has_allowed_host_and_scheme(asked, None)
    return asked if inside else ""


@require_POST
def remove(request: ScopedRequest, pk: int) -> HttpResponse:
    _choices(request)
    kept = get_object_or_404(_editable(request), pk=pk)
    keeping.remove(actor=request.user, kept=kept, at=clock.now())
    feedback.done(
        request,
        _("The segment “%(name)s” was removed.") % {"name": kept.name},
        undo=reverse("office:segment_restore", args=[pk]),
    )
    return redirect("office:segments")


@require_POST
def restore(request: ScopedRequest, pk: int) -> HttpResponse:
    _choices(request)
    removed = Kept.objects.editable_by(request.scope).filter(removed_at__isnull=False)
    keeping.bring_back(actor=request.user, kept=get_object_or_404(removed, pk=pk))
    feedback.done(request, _("The segment is back."))
    return redirect("office:segment", pk)


# --- what all begin with ----------------------------------------------------------------------------------------------
def _choices(request: ScopedRequest) -> Choices:
    if not request.scope.can("members.view"):
        raise Http404
    return Choices(request.scope)


def _kept(request: ScopedRequest, pk: int) -> Kept:
    return get_object_or_404(Kept.objects.visible_to(request.scope).select_related("unit", "owner"), pk=pk)


def _editable(request: ScopedRequest) -> QuerySet[Kept]:
    rows = Kept.objects.editable_by(request.scope).filter(removed_at__isnull=True)
    return rows.select_related("unit")


def _sentence(kept: Kept, choices: Choices) -> str:
    try:
        return wording.sentence(tree.from_json(kept.spec), choices)
    except SegmentError as error:
        return str(wording.PROBLEMS[error.code])


def _trail() -> list[tuple[str, str]]:
    return [(_("Members"), reverse("office:members")), (_("Segments"), reverse("office:segments"))]


def _crumb(kept: Kept) -> tuple[str, str]:
    return kept.name, reverse("office:segment", args=[kept.pk])
