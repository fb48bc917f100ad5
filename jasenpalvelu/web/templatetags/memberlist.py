"""The parts of the member list that a page has by the hundred, drawn in one go: `{% load memberlist %}`.

{% member_cells loaded row columns table.columns %}   the cells after the name
{% place_boxes form %}                                a box for each municipality
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.common import tables
from jasenpalvelu.common.reference import municipality_choices, municipality_name
from jasenpalvelu.web.templatetags.ui import chip, masked, nothing
from members.tables import HIDDEN, Loaded, Mark, MemberColumn, in_words

register = template.Library()


@register.simple_tag
def member_rows(
    loaded: Loaded, columns: list[MemberColumn], heads: list[tables.Column], *, ticks: bool = False
) -> SafeString:
    """Fifty rows of ten cells cost a template more than all the rest of the page."""
    openings = [_opening(head.css_class, head.phone_label) for head in heads[1:]]
    page, choose = reverse("office:member", args=[0]), _("Choose %(name)s")
    drawn = []
    for row in loaded.rows:
        party, name = row.party, escape(row.party.display_name)
        cells = "".join(
            f"{opening}{_content(loaded.cell(row, column), column)}</td>"
            for opening, column in zip(openings, columns, strict=True)
        )
        drawn.append(
            f'<tr role="row"><td role="cell" class="tick">{_tick(party.pk, choose % {"name": name}) if ticks else ""}</td>'
            f'<th scope="row" role="rowheader"><a class="name" href="{page.replace("0", str(party.pk))}">{name}</a>'
            f"<small>{party.number}</small></th>{cells}</tr>"
        )
    return mark_safe("".join(drawn))


def _tick(key: int, label: str) -> str:
    return (
        f'<label class="tickbox"><input class="check" type="checkbox" name="chosen" value="{key}">'
        f'<span class="visually-hidden">{label}</span></label>'
    )


@lru_cache(maxsize=256)
def _opening(css: str, label: str) -> str:
    return format_html(
        '<td role="cell"{} data-label="{}">', format_html(' class="{}"', css) if css else "", label
    )


NOTHING = nothing()
_chip = lru_cache(maxsize=256)(chip)


def _content(value: Any, column: MemberColumn) -> str:
    if value is HIDDEN:
        return masked()
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Mark):
        return _chip(value.kind, value.text)
    return escape(in_words(value, column.kind))


@register.simple_tag
def place_boxes(name: str, value: Iterable[str] | None, places: Iterable[tuple[str, str]] = ()) -> SafeString:
    """`places` in the order they are shown; all municipalities when there is no order of one's own."""
    chosen = set(value or [])
    boxes = _boxes(name, tuple(places or municipality_choices(get_language() or "fi")))
    return mark_safe("".join(ticked if code in chosen else box for code, box, ticked in boxes))


@lru_cache(maxsize=256)
def _boxes(name: str, places: tuple[tuple[str, str], ...]) -> list[tuple[str, str, str]]:
    """code, the box, the box ticked: three hundred of them are the same on every page of an association."""
    label = '<label class="pick"><input type="checkbox" class="check" name="{}" value="{}"{}> {}</label>'
    tick = mark_safe(" checked")
    return [
        (code, format_html(label, name, code, "", place), format_html(label, name, code, tick, place))
        for code, place in places
    ]


@register.simple_tag
def place_summary(value: Sequence[str] | None, nothing_chosen: str = "") -> str:
    if not value:
        return nothing_chosen or _("All")
    if len(value) == 1:
        return municipality_name(value[0], get_language() or "fi")
    return _("%(n)s chosen") % {"n": len(value)}
