"""The components of a fee table in the office: adding, changing, ordering, removing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms.fee_rules import (
    FIELDS_OF,
    KINDS,
    WITH_CLASSES,
    BracketFormSet,
    RuleForm,
    initial_of,
)
from billing.models import FeeRule, FeeTable
from billing.models.fees import RuleKind
from billing.services import fee_tables
from billing.services.fee_tables import FeeTableError
from billing.views.office_fees import act, editable, refused, trail
from jasenpalvelu.common import feedback
from jasenpalvelu.common.money import round_cents
from members.models import OrgUnit, UnitClosure
from members.requests import ScopedRequest


@require_http_methods(["GET", "POST"])
def rule_new(request: ScopedRequest, pk: int) -> HttpResponse:
    """Add a component: first its kind, then the fields that kind needs."""
    table = editable(request, pk)
    kind = request.GET.get("laji", "")
    if kind not in FIELDS_OF:
        context = {"table": table, "kinds": KINDS, "trail": trail(table=table)}
        return render(request, "office/billing/fees/kind.html", context)
    return _rule_form(request, table, None, kind)


@require_http_methods(["GET", "POST"])
def rule_edit(request: ScopedRequest, pk: int, rule_pk: int) -> HttpResponse:
    table = editable(request, pk)
    rule = get_object_or_404(FeeRule.objects.filter(table=table), pk=rule_pk)
    return _rule_form(request, table, rule, rule.kind)


def _rule_form(request: ScopedRequest, table: FeeTable, rule: FeeRule | None, kind: str) -> HttpResponse:
    more_rows = "rivit" in request.POST
    data = request.POST or None
    form = RuleForm(
        data,
        initial=initial_of(rule) if rule else None,
        kind=kind,
        beneficiaries=_unions_above(table.unit_id),
        own_name=str(table.unit),
    )
    brackets = _brackets(data, rule, more_rows=more_rows) if kind in WITH_CLASSES else None
    if data and not more_rows and form.is_valid() and (brackets is None or brackets.is_valid()):
        rows = brackets.rows() if brackets is not None else []
        try:
            fee_tables.save_rule(
                table=table, rule=rule, values=form.values, brackets=rows, actor=request.user
            )
        except FeeTableError as error:
            return refused(request, table, error)
        feedback.done(request, _("%(name)s was saved.") % {"name": form.cleaned_data["name_fi"]})
        return redirect("office:fee_table", table.pk)
    context = {
        "form": form,
        "brackets": brackets,
        "table": table,
        "rule": rule,
        "kind": dict(KINDS)[RuleKind(kind)],
        "per_unit": kind == "tiered",
        "trail": trail(table=table),
    }
    return render(request, "office/billing/fees/rule.html", context)


def _brackets(data: Any, rule: FeeRule | None, *, more_rows: bool) -> Any:
    """The rows of classes; "more rows" adds empty ones and keeps what was typed."""
    if data is None:
        rows = rule.brackets.order_by("lower") if rule else []
        initial = [{"lower": row.lower, "upper": row.upper, "amount": _shortest(row.amount)} for row in rows]
        return BracketFormSet(prefix="luokka", initial=initial)
    if more_rows:
        data = data.copy()
        data["luokka-TOTAL_FORMS"] = str(min(int(data.get("luokka-TOTAL_FORMS") or 0) + 5, 200))
    return BracketFormSet(data, prefix="luokka")


def _shortest(amount: Decimal) -> Decimal:
    """Whole cents with two decimals, else as exact as it was written: 1,25 and 0,0125."""
    cents = round_cents(amount)
    return cents if cents == amount else amount


@require_http_methods(["GET", "POST"])
def rule_delete(request: ScopedRequest, pk: int, rule_pk: int) -> HttpResponse:
    table = editable(request, pk)
    rule = get_object_or_404(FeeRule.objects.filter(table=table), pk=rule_pk)
    back = reverse("office:fee_table", args=[table.pk])
    if request.method == "POST":
        return act(
            request,
            table,
            lambda: fee_tables.delete_rule(rule=rule, actor=request.user),
            _("Removed: %(name)s.") % {"name": rule},
        )
    context = {
        "question": _("Remove %(name)s from the table?") % {"name": rule},
        "consequence": _(
            "The component and its classes are removed from the draft. Invoices already made do not change."
        ),
        "deed": _("Remove the component"),
        "danger": True,
        "cancel_url": back,
    }
    return render(request, "office/confirm.html", context)


@require_POST
def rule_move(request: ScopedRequest, pk: int, rule_pk: int) -> HttpResponse:
    table = editable(request, pk)
    rule = get_object_or_404(FeeRule.objects.filter(table=table), pk=rule_pk)
    step = -1 if request.POST.get("suunta") == "ylos" else 1
    return act(request, table, lambda: fee_tables.move_rule(rule=rule, step=step, actor=request.user))


def _unions_above(unit_id: int) -> Any:
    above = UnitClosure.objects.filter(descendant=unit_id, depth__gt=0)
    return OrgUnit.objects.filter(pk__in=above.values("ancestor")).order_by("sort_key", "pk")
