"""Filters of survey pages: scores with one decimal, in the reader's writing."""

from django import template
from django.utils.translation import get_language

from communications.surveying.counting import Score
from jasenpalvelu.common.money import format_number

register = template.Library()


@register.filter
def told_score(found: Score) -> str:
    """NPS +14,3 · CSAT 67,1 % · CES 6,3, as the measures are known in every language."""
    shown = format_number(abs(found.value), get_language() or "fi", decimals=1)
    if found.kind == "nps":
        sign = "−" if found.value < 0 else "+" if found.value > 0 else ""
        return f"NPS {sign}{shown}"
    return f"CSAT {shown} %" if found.kind == "csat" else f"CES {shown}"
