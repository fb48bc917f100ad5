"""A saved segment as a filter of the member list: opened there, exported from there."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _

from jasenpalvelu.common import clock
from jasenpalvelu.common.forms import QuickSelect
from jasenpalvelu.common.keys import key_of
from members import filters
from members.choosing import Choices
from members.filters import Filter, Narrowing
from members.models import Segment
from members.segments import compiling, tree
from members.segments.tree import SegmentError


def _field(choices: Choices) -> forms.Field | None:
    rows = Segment.objects.visible_to(choices.scope).order_by("name", "pk").values_list("pk", "name")
    pairs = [(str(pk), name) for pk, name in rows]
    if not pairs:
        return None
    return forms.ChoiceField(label=_("Segment"), choices=[("", _("All")), *pairs], widget=QuickSelect)


def _narrow(found: Narrowing, chosen: str) -> None:
    """What it says today: a segment that is not understood finds nobody, rather than everybody."""
    segment = Segment.objects.visible_to(found.scope).filter(pk=key_of(chosen)).first()
    try:
        inner = compiling.narrowing(
            tree.from_json(segment.spec if segment else None), found.choices, clock.today()
        )
    except SegmentError:
        found.units = frozenset()
        return
    found.classes |= inner.classes
    found.memberships &= inner.memberships
    found.parties &= inner.parties
    found.past = found.past or inner.past


def _says(choices: Choices, chosen: str) -> str:
    segment = Segment.objects.visible_to(choices.scope).filter(pk=key_of(chosen)).first()
    return _("Segment: %(name)s") % {"name": segment.name} if segment else ""


def register() -> None:
    """Called when the app is ready."""
    filters.register(Filter("segment", _field, _narrow, _says, order=95, when_asked=True))


def list_query(segment: Segment) -> str:
    """The filters under which the list shows the same people: the segment itself says whose memberships count."""
    spec = segment.spec
    plain = spec.get("state") == filters.IN_FORCE and not spec.get("on")
    return f"segment={segment.pk}" if plain else f"segment={segment.pk}&state={filters.EVERYONE}"
