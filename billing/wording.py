"""Words for people about fees: how a component is calculated, in one line and in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.brackets import interval_text
from billing.models import FeeRule
from billing.models.fees import OncePer, RuleKind
from billing.titles import titled
from jasenpalvelu.common.money import format_money, format_number
from members.models import FeeBasisKind
from members.models.memberships import FEDERATION_TYPES


def rule_lines(rule: FeeRule, kinds: Mapping[str, FeeBasisKind]) -> list[str]:
    """How the component is calculated: the sum, the price or each class on a line of its own."""
    unit = _unit(rule, kinds)
    if rule.kind == RuleKind.BRACKET:
        return [f"{_interval(row.lower, row.upper, unit)}: {money(row.amount)}" for row in _classes(rule)]
    if rule.kind == RuleKind.TIERED:
        return [
            f"{_interval(row.lower, row.upper, unit)}: {price(row.amount)} / {unit}" for row in _classes(rule)
        ]
    if rule.kind == RuleKind.PER_UNIT:
        return [f"{price(rule.unit_price)} / {unit}"] if rule.unit_price is not None else []
    if rule.kind == RuleKind.PERCENT_DISCOUNT:
        percent = format_number(-(rule.percent or Decimal(0)).normalize(), _language())
        return [f"{percent} %"]
    if rule.amount is None:
        return []
    sign = -1 if rule.kind == RuleKind.AMOUNT_DISCOUNT else 1
    return [money(sign * rule.amount)]


def rule_terms(rule: FeeRule, kinds: Mapping[str, FeeBasisKind]) -> str:
    """What else applies: what it is based on, how often, for whom, limits."""
    names = dict(FEDERATION_TYPES)
    parts = []
    if rule.bases:
        parts.append(" + ".join(str(kinds[code]) for code in rule.bases if code in kinds))
    parts.append(dict(once_choices())[rule.once_per])
    if rule.condition == "family":
        parts.append(_("when another member of the household pays"))
    if rule.types:
        parts.append(_("only: %(types)s") % {"types": ", ".join(str(names[code]) for code in rule.types)})
    if rule.excluded_types:
        parts.append(
            _("not: %(types)s") % {"types": ", ".join(str(names[code]) for code in rule.excluded_types)}
        )
    if rule.minimum is not None:
        parts.append(_("at least %(sum)s") % {"sum": money(rule.minimum)})
    if rule.maximum is not None:
        parts.append(_("at most %(sum)s") % {"sum": money(rule.maximum)})
    if rule.proration != "none":
        parts.append(str(rule.get_proration_display()))
    if rule.join_cutoff:
        month, _sep, day = rule.join_cutoff.partition("-")
        parts.append(_("not when joined after %(day)s") % {"day": f"{int(day)}.{int(month)}."})
    return ", ".join(parts)


def title_text(title: str) -> str:
    """The title of a run or an invoice in the language of the page."""
    return titled(title, _language())


def money(amount: Decimal) -> str:
    return format_money(amount, _language())


def price(amount: Decimal | None) -> str:
    """A price per unit: at least two decimals, more when it has them."""
    if amount is None:
        return ""
    exponent = amount.normalize().as_tuple().exponent
    decimals = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"{format_number(amount, _language(), decimals=decimals)}\N{NO-BREAK SPACE}€"


def once_choices() -> list[tuple[str, str]]:
    """How often a component is charged, as one chooses it and as it is told."""
    return [
        (OncePer.MEMBERSHIP, _("for each membership")),
        (OncePer.PERSON, _("once per person")),
        (OncePer.HOLDING, _("once per holding")),
        (OncePer.PAYER, _("once per payer")),
    ]


def _classes(rule: FeeRule) -> list:
    return sorted(rule.brackets.all(), key=lambda row: row.lower)


def _interval(lower: Decimal, upper: Decimal | None, unit: str) -> str:
    return interval_text(lower, upper, unit, _language())


def _unit(rule: FeeRule, kinds: Mapping[str, FeeBasisKind]) -> str:
    units = dict.fromkeys(kinds[code].unit for code in rule.bases if code in kinds)
    return "/".join(units)


def _language() -> str:
    return get_language() or "fi"
