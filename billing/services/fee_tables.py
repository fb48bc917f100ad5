"""Making, changing and deciding fee tables. What has been used for an invoice is never changed: a new version is made.

The association decides its fees by its own rules (Associations Act 503/1989, section 8); the table carries who decided,
when and in which section of the minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.text import slugify

from billing.brackets import Bracket, Flaw, flaws
from billing.models import FeeBracket, FeeRule, FeeTable
from billing.models.fees import FeeTableState, RuleKind
from billing.tariffs import Tariff, columns
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.sorting import fold
from members.models import OrgUnit

RULE_FIELDS = (
    "code", "name_fi", "name_sv", "name_en", "kind", "once_per", "bases", "basis_area", "types", "excluded_types",
    "amount", "unit_price", "percent", "minimum", "maximum", "required", "condition", "proration", "join_cutoff",
    "beneficiary_id", "account", "vat_code", "vat_rate",
)  # fmt: skip
WITH_CLASSES = frozenset({RuleKind.BRACKET, RuleKind.TIERED})


class FeeTableError(Exception):
    """The act is not possible; `code` says why: locked, not_draft, draft_exists, no_rules, incomplete, not_decided."""

    def __init__(self, code: str, rule: FeeRule | None = None) -> None:
        self.code = code
        self.rule = rule
        super().__init__(code)


@dataclass(frozen=True)
class RuleDraft:
    """One component as a template or another table gives it: columns by name and its classes."""

    values: Mapping[str, Any]
    brackets: Sequence[Bracket] = ()


def create(
    *,
    unit: OrgUnit,
    year: int,
    actor: User | None,
    rules: Iterable[RuleDraft] = (),
    cap: Decimal | None = None,
    instalment_threshold: Decimal | None = None,
) -> FeeTable:
    """Begin a draft of the unit's fees for the year, empty or filled; FeeTableError("draft_exists") if one is open."""
    with mutation(actor=actor, kind="fees.table.create", summary=f"{unit} {year}", unit_id=unit.pk):
        OrgUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        existing = list(FeeTable.objects.filter(unit=unit, year=year).order_by("version"))
        if any(table.state == FeeTableState.DRAFT for table in existing):
            raise FeeTableError("draft_exists")
        table = FeeTable.objects.create(
            unit=unit,
            year=year,
            version=existing[-1].version + 1 if existing else 1,
            cap=cap,
            instalment_threshold=instalment_threshold,
        )
        for position, draft in enumerate(rules, start=1):
            _insert_rule(table, {**draft.values, "position": position}, draft.brackets)
    return table


def drafts_of(tariff: Tariff, *, union_id: int | None) -> list[RuleDraft]:
    """The components of a ready template; what it collects for the union gets the union as its beneficiary."""
    return [
        RuleDraft(
            {**columns(rule), "beneficiary_id": union_id if rule.code in tariff.for_union else None},
            rule.brackets,
        )
        for rule in tariff.rules
    ]


def copy(*, source: FeeTable, unit: OrgUnit, year: int, actor: User | None) -> FeeTable:
    """A draft with the same components: last year's table for a new year, or a new version of this year's."""
    same_unit = unit.pk == source.unit_id
    return create(
        unit=unit,
        year=year,
        actor=actor,
        rules=[_draft_of(rule, keep_beneficiary=same_unit) for rule in _rules_of(source)],
        cap=source.cap,
        instalment_threshold=source.instalment_threshold,
    )


def save_rule(
    *,
    table: FeeTable,
    rule: FeeRule | None,
    values: Mapping[str, Any],
    brackets: Sequence[Bracket],
    actor: User | None,
) -> FeeRule:
    """Add a component (`rule` None) or change one; only in a draft. The form has checked the classes."""
    with mutation(
        actor=actor, kind="fees.rule.save", summary=str(values.get("name_fi", "")), unit_id=table.unit_id
    ):
        table = _locked_draft(table)
        if rule is None:
            position = table.rules.count() + 1
            return _insert_rule(table, {**values, "position": position}, brackets)
        rule = FeeRule.objects.select_for_update().get(pk=rule.pk, table=table)
        for field in RULE_FIELDS:
            if field in values and field != "code":
                setattr(rule, field, values[field])
        rule.save()
        rule.brackets.all().delete()
        _insert_brackets(rule, brackets)
    return rule


def delete_rule(*, rule: FeeRule, actor: User | None) -> None:
    with mutation(actor=actor, kind="fees.rule.delete", summary=rule.name_fi, unit_id=rule.table.unit_id):
        table = _locked_draft(rule.table)
        FeeRule.objects.get(pk=rule.pk, table=table).delete()
        _renumber(table)


def move_rule(*, rule: FeeRule, step: int, actor: User | None) -> None:
    """Move a component one place up (-1) or down (+1); lines are printed in this order."""
    with mutation(actor=actor, kind="fees.rule.move", summary=rule.name_fi, unit_id=rule.table.unit_id):
        table = _locked_draft(rule.table)
        rules = list(table.rules.order_by("position", "pk"))
        here = next(index for index, other in enumerate(rules) if other.pk == rule.pk)
        there = min(max(here + step, 0), len(rules) - 1)
        rules.insert(there, rules.pop(here))
        _renumber(table, rules)


def save_limits(
    *, table: FeeTable, cap: Decimal | None, instalment_threshold: Decimal | None, actor: User | None
) -> FeeTable:
    """The most one payer pays, and the sum above which it is paid in two parts."""
    with mutation(actor=actor, kind="fees.table.limits", summary=str(table), unit_id=table.unit_id):
        table = _locked_draft(table)
        table.cap, table.instalment_threshold = cap, instalment_threshold
        table.save(update_fields=["cap", "instalment_threshold"])
    return table


def decide(
    *, table: FeeTable, decided_by: str, decided_on: date, section: str, actor: User | None
) -> FeeTable:
    """Enter the meeting's decision: from now on runs use the table. FeeTableError when a component is not whole."""
    with mutation(actor=actor, kind="fees.table.decide", summary=str(table), unit_id=table.unit_id):
        table = _locked_draft(table)
        rules = _rules_of(table)
        if not rules:
            raise FeeTableError("no_rules")
        for rule in rules:
            if not is_whole(rule):
                raise FeeTableError("incomplete", rule)
        table.decided_by, table.decided_on, table.section = decided_by, decided_on, section
        table.state = FeeTableState.APPROVED
        table.save(update_fields=["decided_by", "decided_on", "section", "state"])
    return table


def reopen(*, table: FeeTable, actor: User | None) -> FeeTable:
    """Take the decision back while no invoice has been made with the table."""
    with mutation(actor=actor, kind="fees.table.reopen", summary=str(table), unit_id=table.unit_id):
        table = FeeTable.objects.select_for_update().get(pk=table.pk)
        if table.state == FeeTableState.LOCKED:
            raise FeeTableError("locked")
        if table.state != FeeTableState.APPROVED:
            raise FeeTableError("not_decided")
        drafts = FeeTable.objects.filter(unit=table.unit_id, year=table.year, state=FeeTableState.DRAFT)
        if drafts.exists():
            raise FeeTableError("draft_exists")
        table.state = FeeTableState.DRAFT
        table.save(update_fields=["state"])
    return table


def delete_draft(*, table: FeeTable, actor: User | None) -> None:
    with mutation(actor=actor, kind="fees.table.delete", summary=str(table), unit_id=table.unit_id):
        _locked_draft(table).delete()


def hold(*, table_ids: Iterable[int]) -> dict[int, str]:
    """The states of the tables, whose rows stay locked until the transaction ends: nobody changes them meanwhile."""
    tables = FeeTable.objects.filter(pk__in=list(table_ids))
    return dict(tables.select_for_update().order_by("pk").values_list("pk", "state"))


def lock(*, table_ids: Iterable[int], actor: User | None) -> None:
    """Freeze the tables a run is issued with, for good. Called when the run is approved."""
    with mutation(actor=actor, kind="fees.table.lock"):
        states = hold(table_ids=table_ids)
        if FeeTableState.DRAFT in states.values():
            raise FeeTableError("not_decided")
        decided = [pk for pk, state in states.items() if state == FeeTableState.APPROVED]
        FeeTable.objects.filter(pk__in=decided).update(state=FeeTableState.LOCKED)


def is_whole(rule: FeeRule) -> bool:
    """Whether the component has what its kind needs to be calculated.

    A gap between classes is allowed here (a tariff published in part): whoever falls into it is told as an error.
    """
    if rule.kind in WITH_CLASSES:
        rows = [Bracket(row.lower, row.upper, row.amount) for row in rule.brackets.all()]
        return bool(rows and rule.bases) and all(found.flaw == Flaw.GAP for found in flaws(rows))
    if rule.kind == RuleKind.PER_UNIT:
        return rule.unit_price is not None and bool(rule.bases)
    if rule.kind == RuleKind.PERCENT_DISCOUNT:
        return rule.percent is not None
    return rule.amount is not None


def _rules_of(table: FeeTable) -> list[FeeRule]:
    return list(table.rules.order_by("position", "pk").prefetch_related("brackets"))


def _draft_of(rule: FeeRule, *, keep_beneficiary: bool) -> RuleDraft:
    values = {field: getattr(rule, field) for field in RULE_FIELDS}
    if not keep_beneficiary:
        values["beneficiary_id"] = None
    rows = sorted(rule.brackets.all(), key=lambda row: row.lower)
    return RuleDraft(values, [Bracket(row.lower, row.upper, row.amount) for row in rows])


def _locked_draft(table: FeeTable) -> FeeTable:
    locked = FeeTable.objects.select_for_update().get(pk=table.pk)
    if locked.state == FeeTableState.LOCKED:
        raise FeeTableError("locked")
    if locked.state != FeeTableState.DRAFT:
        raise FeeTableError("not_draft")
    return locked


def _insert_rule(table: FeeTable, values: Mapping[str, Any], brackets: Sequence[Bracket]) -> FeeRule:
    columns = {field: values[field] for field in (*RULE_FIELDS, "position") if field in values}
    columns["code"] = _free_code(table, columns.get("code") or str(columns.get("name_fi", "")))
    rule = FeeRule.objects.create(table=table, **columns)
    _insert_brackets(rule, brackets)
    return rule


def _insert_brackets(rule: FeeRule, brackets: Sequence[Bracket]) -> None:
    FeeBracket.objects.bulk_create(
        FeeBracket(rule=rule, lower=row.lower, upper=row.upper, amount=row.amount)
        for row in sorted(brackets, key=lambda row: row.lower)
    )


def _free_code(table: FeeTable, text: str) -> str:
    """The component's own name in the charge keys: short, readable, once in a table."""
    base = slugify(fold(text))[:34].replace("-", "_") or "maksu"
    taken = set(table.rules.values_list("code", flat=True))
    numbered = (f"{base}_{number}" for number in range(2, 1000))
    return base if base not in taken else next(code for code in numbered if code not in taken)


def _renumber(table: FeeTable, rules: Sequence[FeeRule] | None = None) -> None:
    ordered = rules if rules is not None else list(table.rules.order_by("position", "pk"))
    for position, rule in enumerate(ordered, start=1):
        if rule.position != position:
            rule.position = position
            rule.save(update_fields=["position"])
