"""Retention in the office: the rules, whose time has run out, and erasures that two people decide on (REG-14, ADR 0022)."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.dates import format_date
from members.forms.retention import MonthsForm, ReleaseForm, SpareForm
from members.models import ErasureItem, ErasureRun, OrgUnit, Party, RetentionCount, RetentionRule, UnitClosure
from members.models.units import Relation
from members.personal import terms
from members.personal.rights import CLASSES, HANDLE, RELEASE
from members.requests import ScopedRequest
from members.services import retention
from members.services.logins import is_same_person
from members.services.retention import RetentionError
from members.views import request_wording
from members.views import retention_wording as wording


def _unit(request: ScopedRequest) -> OrgUnit:
    """The unit one works in, when one handles its data in full; 404 otherwise."""
    unit = request.scope.unit
    if unit is None or not request.scope.can(HANDLE, unit.pk, CLASSES):
        raise Http404
    return unit


def _covered(request: ScopedRequest, unit: OrgUnit) -> list[int]:
    """The unit and those below it whose data one handles."""
    below = UnitClosure.objects.filter(ancestor=unit, relation=Relation.ADMINISTRATIVE).order_by()
    return sorted(
        set(below.values_list("descendant_id", flat=True)) & request.scope.unit_ids(HANDLE, CLASSES)
    )


def _is_federation(unit: OrgUnit) -> bool:
    return unit.kind.level == 0


def _kind(code: str) -> terms.Kind:
    if code not in terms.KINDS:
        raise Http404
    return terms.KINDS[code]


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [
        (_("Data protection"), reverse("office:privacy")),
        (_("How long data is kept"), reverse("office:retention")),
        *more,
    ]


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """The rules with their months, whose time had run out last night, and the erasures."""
    unit = _unit(request)
    nights = RetentionCount.objects.filter(unit__in=_covered(request, unit)).order_by()
    counted = dict(nights.values_list("kind").annotate(people=Sum("people")))
    runs = ErasureRun.objects.visible_to(request.scope).select_related("unit", "proposed_by")
    page = keyset.from_query(runs, request.GET, order=["-pk"])
    context = {
        "unit": unit,
        "rules": [
            {
                "kind": kind,
                "span": terms.span(terms.months_of(kind.code, unit.pk)),
                "whose": wording.whose(kind.code, unit, is_federation=_is_federation(unit)),
                "count": counted.get(kind.code, 0),
                "open": wording.open_run(kind.code, unit),
            }
            for kind in terms.KINDS.values()
        ],
        "rows": [(kind, terms.span(terms.months_of(kind.code))) for kind in terms.ROWS.values()],
        "may_change_rows": _is_federation(unit),
        "page": page,
        "runs": [(run, wording.chip(run), wording.when(run)) for run in page.rows],
        "trail": _trail()[:1],
    }  # fmt: skip
    return render(request, "office/privacy/retention.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def months(request: ScopedRequest, kind: str) -> HttpResponse:
    """The months of a rule, the federation's in the central union and otherwise the unit's own."""
    unit = _unit(request)
    owner = None if _is_federation(unit) else unit
    if kind in terms.ROWS:
        known: terms.Kind | terms.RowKind = terms.ROWS[kind]
    else:
        known = _kind(kind)
    if owner is not None and (kind in terms.ROWS or not owner.kind.has_members):
        raise Http404
    said = RetentionRule.objects.filter(kind=kind, unit=owner).first()
    form = MonthsForm(
        request.POST if request.method == "POST" else None,
        kind=known,
        inherited=wording.inherited(kind, owner),
        initial={"months": said.months if said else None},
    )
    if request.method == "POST" and form.is_valid():
        retention.set_months(actor=request.user, kind=kind, unit=owner, months=form.cleaned_data["months"])
        feedback.done(request, _("The time was saved. Open proposals keep the people they have."))
        return redirect("office:retention")
    context = {"form": form, "kind": known, "unit": unit, "trail": _trail()}
    return render(request, "office/privacy/months.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: ScopedRequest, kind: str) -> HttpResponse:
    """The dry run: who would be erased. Proposing writes the list down; nothing is erased."""
    unit, known = _unit(request), _kind(kind)
    covered, on = _covered(request, unit), clock.today()
    if request.method == "POST":
        try:
            run = retention.propose(actor=request.user, unit=unit, units=covered, kind=kind, on=on)
        except RetentionError as error:
            feedback.done(request, wording.error(error.code))
            return redirect("office:retention")
        feedback.done(request, _("The proposal was saved. Another person approves it."))
        return redirect("office:retention_run", run.pk)
    found = terms.due(kind, units=covered, on=on)
    shown = found[: wording.SHOWN]
    parties = Party.objects.in_bulk([due.party_id for due in shown])
    units = OrgUnit.objects.in_bulk({due.unit_id for due in found})
    people = terms.known_people(covered)
    context = {
        "kind": known,
        "count": len(found),
        "people": people,
        "by_unit": wording.by_unit(found, units),
        "rows": [(parties[due.party_id], units[due.unit_id], due) for due in shown],
        "left": len(found) - len(shown),
        "jump": retention.is_jump(
            candidates=len(found), previous=wording.previous(unit, kind), people=people
        ),
        "trail": _trail(),
    }
    return render(request, "office/privacy/propose.html", context)


def _run(request: ScopedRequest, pk: int) -> ErasureRun:
    rows = ErasureRun.objects.visible_to(request.scope).select_related("unit", "proposed_by", "approved_by")
    return get_object_or_404(rows, pk=pk)


@require_safe
def run(request: ScopedRequest, pk: int) -> HttpResponse:
    """One erasure by a rule: who is in it, what has been decided, what came of it."""
    row = _run(request, pk)
    items = ErasureItem.objects.filter(run=row).select_related("party", "spared_by")
    page = keyset.from_query(items, request.GET, order=["pk"])
    went, kept = request_wording.receipt(row)
    context = {
        "row": row,
        "kind": terms.KINDS[row.kind],
        "chip": wording.chip(row),
        "when": wording.when(row),
        "stop": wording.stop(row) if row.stopped else "",
        "numbers": wording.numbers(row),
        "mine": is_same_person(row.proposed_by, request.user),
        "may_release": not row.stopped or _may_release(request, row),
        "page": page,
        "rows": [(item, wording.item_chip(item)) for item in page.rows],
        "gone": went,
        "stays": kept,
        "elsewhere": request_wording.elsewhere(),
        "trail": _trail(),
    }
    return render(request, "office/privacy/run.html", context)


def _may_release(request: ScopedRequest, row: ErasureRun) -> bool:
    return set(row.units) <= request.scope.unit_ids(RELEASE, CLASSES)


@confirmation_required
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: ScopedRequest, pk: int) -> HttpResponse:
    """The second person's approval."""
    row = _run(request, pk)
    form = ReleaseForm(request.POST if request.method == "POST" else None) if row.stopped else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            retention.approve(
                actor=request.user,
                run=row,
                on=clock.today(),
                reason=form.cleaned_data["reason"] if form else "",
                may_release=_may_release(request, row),
            )
        except RetentionError as error:
            feedback.done(request, wording.error(error.code))
        else:
            told = _("Approved. The data is erased on %(day)s, and until then it can be taken back.")
            feedback.done(request, told % {"day": format_date(clock.today() + retention.QUARANTINE)})
        return redirect("office:retention_run", pk)
    day = format_date(clock.today() + retention.QUARANTINE)
    context: dict[str, Any] = {
        "question": ngettext("Erase the data of %(n)s person?", "Erase the data of %(n)s people?", row.candidates)
        % {"n": row.candidates},
        "consequence": _("It is done on %(day)s. Until then single people or the whole can be taken back; after it nothing can.")
        % {"day": day},
        "deed": _("Approve"),
        "cancel_url": reverse("office:retention_run", args=[pk]),
        "form": form,
        "danger": True,
    }  # fmt: skip
    return render(request, "office/confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: ScopedRequest, pk: int) -> HttpResponse:
    """The whole is taken back."""
    row = _run(request, pk)
    if request.method == "POST":
        _tell(request, lambda: retention.cancel(actor=request.user, run=row, on=clock.today()), _("Taken back. Nobody's data is erased."))  # fmt: skip
        return redirect("office:retention_run", pk)
    context = {
        "question": _("Take the whole erasure back?"),
        "consequence": _("Nobody's data is erased. The same people can be proposed again."),
        "deed": _("Take it back"),
        "cancel_url": reverse("office:retention_run", args=[pk]),
    }
    return render(request, "office/confirm.html", context)


def _item(request: ScopedRequest, pk: int, item_pk: int) -> ErasureItem:
    row = _run(request, pk)
    return get_object_or_404(row.items.select_related("party", "run"), pk=item_pk)


@require_http_methods(["GET", "HEAD", "POST"])
def spare(request: ScopedRequest, pk: int, item_pk: int) -> HttpResponse:
    """One person is taken out, with the reason."""
    item = _item(request, pk, item_pk)
    form = SpareForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        _tell(request, lambda: retention.spare(actor=request.user, item=item, on=clock.today(), reason=reason), _("The person was taken out."))  # fmt: skip
        return redirect("office:retention_run", pk)
    context = {
        "question": _("Take %(name)s out of the erasure?") % {"name": item.party.display_name},
        "consequence": _("The data stays, and nobody is asked about it again for a year."),
        "deed": _("Take out"),
        "cancel_url": reverse("office:retention_run", args=[pk]),
        "form": form,
    }
    return render(request, "office/confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def unspare(request: ScopedRequest, pk: int, item_pk: int) -> HttpResponse:
    """The person is put back."""
    item = _item(request, pk, item_pk)
    if request.method == "POST":
        _tell(request, lambda: retention.unspare(actor=request.user, item=item), _("The person is on the list again."))  # fmt: skip
        return redirect("office:retention_run", pk)
    context = {
        "question": _("Put %(name)s back on the list?") % {"name": item.party.display_name},
        "consequence": _("The data is erased with the others'."),
        "deed": _("Put back"),
        "cancel_url": reverse("office:retention_run", args=[pk]),
    }
    return render(request, "office/confirm.html", context)


def _tell(request: ScopedRequest, act: Any, done: str) -> None:
    try:
        act()
    except RetentionError as error:
        feedback.done(request, wording.error(error.code))
    else:
        feedback.done(request, done)
