"""Filters of survey pages: scores with one decimal, in the reader's writing."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language

from jasenpalvelu.common.money import format_number

register = template.Library()


@register.filter
def score(value: Decimal) -> str:
    return format_number(value, get_language() or "fi", decimals=1)


@register.filter
def signed_score(value: Decimal) -> str:
    """With a sign, as a score that may be below nought is told."""
    shown = score(abs(value))
    return f"−{shown}" if value < 0 else f"+{shown}" if value > 0 else shown
