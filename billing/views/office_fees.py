"""Fee tables in the office: list, one table with its components, deciding, versions, and trying it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import loading, permissions, tariffs, trying, wording
from billing.forms.fees import (
    DecideForm,
    LimitsForm,
    NewTableForm,
    TryForm,
)
from billing.models import FeeRule, FeeTable
from billing.models.fees import FeeTableState
from billing.services import fee_tables
from billing.services.fee_tables import FeeTableError
from jasenpalvelu.common import clock, feedback, keyset
from members.models import FeeBasisKind
from members.requests import ScopedRequest

CHIPS = {FeeTableState.DRAFT: "", FeeTableState.APPROVED: "done", FeeTableState.LOCKED: "plain"}
ORDER = ["-year", "unit__sort_key", "-version", "pk"]


@dataclass(frozen=True)
class RuleRow:
    """A component as the table's page shows it."""

    rule: FeeRule
    lines: list[str]
    terms: str
    beneficiary: str


@require_GET
def table_list(request: ScopedRequest) -> HttpResponse:
    """Fee tables of one's own units and the decided ones of the unions above, newest year first."""
    _need(request)
    tables = (
        permissions.readable_tables(request.scope).select_related("unit").annotate(rule_count=Count("rules"))
    )
    page = keyset.from_query(tables, request.GET, order=ORDER)
    context = {
        "page": page,
        "rows": [(table, CHIPS[FeeTableState(table.state)]) for table in page.rows],
        "may_make": request.scope.can(permissions.TABLES),
        "trail": trail(),
    }
    return render(request, "office/billing/fees/list.html", context)


@require_http_methods(["GET", "POST"])
def table_new(request: ScopedRequest) -> HttpResponse:
    """Begin a table: empty, from a ready template, or as a copy of an earlier one."""
    _need(request, permissions.TABLES)
    units = permissions.table_units(request.scope)
    tables = list(
        permissions.readable_tables(request.scope)
        .select_related("unit")
        .order_by("-year", "-version", "pk")[:20]
    )
    initial = _beginning(request, tables)
    form = NewTableForm(request.POST or None, initial=initial, units=units, tables=tables, tariffs=_tariffs())
    if form.is_valid():
        try:
            table = _make(request, form)
        except FeeTableError:
            form.add_error("year", _("There is an open draft for this year. Finish or delete it first."))
        else:
            feedback.done(request, _("The draft was made. Check its components and add what is missing."))
            return redirect("office:fee_table", table.pk)
    return render(request, "office/billing/fees/new.html", {"form": form, "trail": trail(tables=True)})


def _make(request: ScopedRequest, form: NewTableForm) -> FeeTable:
    unit, year = form.cleaned_data["unit"], form.cleaned_data["year"]
    if source := form.source_table:
        return fee_tables.copy(source=source, unit=unit, year=year, actor=request.user)
    if form.tariff:
        template = tariffs.tariffs()[form.tariff]
        drafts = fee_tables.drafts_of(template, union_id=_union_of(unit.pk))
        limits = {"cap": template.cap, "instalment_threshold": template.instalment_threshold}
        return fee_tables.create(unit=unit, year=year, actor=request.user, rules=drafts, **limits)
    return fee_tables.create(unit=unit, year=year, actor=request.user)


def _beginning(request: ScopedRequest, tables: list[FeeTable]) -> dict[str, Any]:
    """Last year's own table for the year after it, else a ready example for this year."""
    own = request.scope.unit
    latest = next((table for table in tables if own is not None and table.unit_id == own.pk), None)
    if latest is None:
        return {"unit": own, "year": clock.today().year, "source": "empty"}
    return {"unit": own, "year": latest.year + 1, "source": f"table:{latest.pk}"}


def _tariffs() -> list[tuple[str, str]]:
    """Ready templates for the form: examples first, then what unions and associations have published."""
    language = get_language() or "fi"
    return [
        (
            tariff.slug,
            _("%(name)s (published)") % {"name": tariff.name(language)}
            if tariff.source
            else tariff.name(language),
        )
        for tariff in tariffs.tariffs().values()
    ]


def _union_of(unit_id: int) -> int | None:
    """The topmost unit above in the fee tree."""
    above = loading.fee_ancestors([unit_id])[unit_id]
    return above[-1] if above else None


@require_GET
def table(request: ScopedRequest, pk: int) -> HttpResponse:
    """One table: its components as people read them, the try-out box, limits, decision and versions."""
    shown = _readable(request, pk)
    editable = permissions.may_edit_tables(request.scope, shown.unit_id)
    return render(
        request, "office/billing/fees/table.html", _table_context(request, shown, editable=editable)
    )


def _table_context(
    request: ScopedRequest, shown: FeeTable, *, editable: bool, **forms: Any
) -> dict[str, Any]:
    kinds = FeeBasisKind.objects.order_by("position")
    by_code = {kind.pk: kind for kind in kinds}
    rules = shown.rules.order_by("position", "pk").select_related("beneficiary").prefetch_related("brackets")
    rows = [
        RuleRow(
            rule,
            wording.rule_lines(rule, by_code),
            wording.rule_terms(rule, by_code),
            str(rule.beneficiary or shown.unit),
        )
        for rule in rules
    ]
    draft = shown.state == FeeTableState.DRAFT
    tried = TryForm(request.GET if "tyyppi" in request.GET else None, kinds=kinds)
    limits = {"cap": shown.cap, "instalment_threshold": shown.instalment_threshold}
    return {
        "table": shown,
        "rows": rows,
        "chip": CHIPS[FeeTableState(shown.state)],
        "editable": editable,
        "draft": draft and editable,
        "versions": FeeTable.objects.filter(unit=shown.unit_id, year=shown.year).order_by("-version"),
        "try_form": tried,
        "tried": trying.try_table(shown, tried.cleaned_data["tyyppi"], tried.bases)
        if tried.is_valid()
        else None,
        "limits_form": LimitsForm(initial=limits),
        "decide_form": DecideForm(),
        "trail": trail(tables=True),
        **forms,
    }


@require_POST
def limits(request: ScopedRequest, pk: int) -> HttpResponse:
    table = editable(request, pk)
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return render(
            request,
            "office/billing/fees/table.html",
            _table_context(request, table, editable=True, limits_form=form),
        )
    return act(
        request,
        table,
        lambda: fee_tables.save_limits(table=table, actor=request.user, **form.cleaned_data),
        _("The limits were saved."),
    )


@require_POST
def decide(request: ScopedRequest, pk: int) -> HttpResponse:
    """Enter the meeting's decision; from then on the table is used in invoice runs."""
    table = editable(request, pk)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return render(
            request,
            "office/billing/fees/table.html",
            _table_context(request, table, editable=True, decide_form=form),
        )
    return act(
        request,
        table,
        lambda: fee_tables.decide(table=table, actor=request.user, **form.cleaned_data),
        _("The decision was entered. Invoice runs of %(year)s now use this table.") % {"year": table.year},
    )


@require_POST
def reopen(request: ScopedRequest, pk: int) -> HttpResponse:
    table = editable(request, pk)
    return act(
        request,
        table,
        lambda: fee_tables.reopen(table=table, actor=request.user),
        _("The table is a draft again."),
    )


@require_POST
def new_version(request: ScopedRequest, pk: int) -> HttpResponse:
    """A draft with the same components; runs use it once it is decided."""
    table = editable(request, pk)
    try:
        copy = fee_tables.copy(source=table, unit=table.unit, year=table.year, actor=request.user)
    except FeeTableError as error:
        return refused(request, table, error)
    feedback.done(
        request,
        _("Version %(version)s was made. It comes into use when it is decided.") % {"version": copy.version},
    )
    return redirect("office:fee_table", copy.pk)


@require_http_methods(["GET", "POST"])
def table_delete(request: ScopedRequest, pk: int) -> HttpResponse:
    table = editable(request, pk)
    if request.method == "POST":
        try:
            fee_tables.delete_draft(table=table, actor=request.user)
        except FeeTableError as error:
            return refused(request, table, error)
        feedback.done(request, _("The draft was deleted."))
        return redirect("office:fee_tables")
    context = {
        "question": _("Delete the draft of %(year)s?") % {"year": table.year},
        "consequence": _("The components of the draft are lost. Decided tables and invoices do not change."),
        "deed": _("Delete the draft"),
        "danger": True,
        "cancel_url": reverse("office:fee_table", args=[table.pk]),
    }
    return render(request, "office/confirm.html", context)


# --- shared ---------------------------------------------------------------------------------------------------------
def _need(request: ScopedRequest, capability: str = permissions.VIEW) -> None:
    if not request.scope.can(capability):
        raise Http404


def _readable(request: ScopedRequest, pk: int) -> FeeTable:
    return get_object_or_404(permissions.readable_tables(request.scope).select_related("unit"), pk=pk)


def editable(request: ScopedRequest, pk: int) -> FeeTable:
    return get_object_or_404(
        FeeTable.objects.visible_to(request.scope, permissions.TABLES).select_related("unit"), pk=pk
    )


def act(request: ScopedRequest, table: FeeTable, deed: Callable[[], object], told: str = "") -> HttpResponse:
    try:
        deed()
    except FeeTableError as error:
        return refused(request, table, error)
    if told:
        feedback.done(request, told)
    return redirect("office:fee_table", table.pk)


def refused(request: ScopedRequest, table: FeeTable, error: FeeTableError) -> HttpResponse:
    texts = {
        "locked": _("The table has been used for invoices and cannot be changed. Make a new version."),
        "not_draft": _("The table has been decided. Take it back to a draft first."),
        "draft_exists": _("There is an open draft for this year. Finish or delete it first."),
        "no_rules": _("The table has no components yet. Add at least one."),
        "incomplete": _("%(name)s is not finished: check its sum, basis and classes.") % {"name": error.rule},
        "not_decided": _("The table has not been decided."),
    }
    messages.error(request, texts[error.code])
    return redirect("office:fee_table", table.pk)


def trail(*, tables: bool = False, table: FeeTable | None = None) -> list[tuple[str, str]]:
    trail = [(_("Invoicing"), reverse("office:billing"))]
    if tables or table:
        trail.append((_("Fee tables"), reverse("office:fee_tables")))
    if table:
        trail.append((f"{table.unit} {table.year}", reverse("office:fee_table", args=[table.pk])))
    return trail
