"""The fields of criteria. Lenient where the list's are strict: a segment of a colleague may name what this reader cannot choose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.forms import FinnishDateField, FinnishDecimalField, QuickSelect, sized
from jasenpalvelu.common.keys import key_of
from members.choosing import Choices
from members.models import FeeBasisKind, MembershipType, OrgUnit
from members.models.memberships import FEDERATION_TYPES

ONE_DAY = timedelta(days=1)


class TypesField(forms.MultipleChoiceField):
    """Types by key or by the federation's code; those of other associations too, which are nobody's here."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, choices: Choices) -> None:
        super().__init__(label=_("Membership type"), choices=choices.types)

    def valid_value(self, value: Any) -> bool:
        return bool(key_of(str(value))) or value in dict(FEDERATION_TYPES)


class UnitField(forms.ChoiceField):
    """One unit with those below it. Whether it is in reach is decided when the segment is counted."""

    widget = QuickSelect

    def __init__(self, choices: Choices) -> None:
        indent = "\u2007\u2007"
        pairs = [(str(u.pk), indent * u.depth + u.name(choices.language)) for u in choices.units]
        if not pairs and choices.scope.unit:
            pairs = [(str(choices.scope.unit.pk), str(choices.scope.unit))]
        super().__init__(label=_("Association"), choices=pairs)

    def valid_value(self, value: Any) -> bool:
        return bool(key_of(str(value)))


def choice(label: Any, pairs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=pairs, widget=QuickSelect)


def whole_range(least: int = 0, most: int = 120) -> dict[str, forms.Field]:
    """From and to in years, both included."""

    def field(label: Any) -> forms.Field:
        widget = sized(forms.TextInput({"inputmode": "numeric", "maxlength": "3"}), "xs", autocomplete="off")
        return forms.IntegerField(label=label, min_value=least, max_value=most, required=False, widget=widget)

    return {"from": field(_("at least, years")), "to": field(_("at most, years"))}


def amounts() -> dict[str, forms.Field]:
    def field(label: Any) -> forms.Field:
        return FinnishDecimalField(label=label, min_value=0, required=False)

    return {"from": field(_("at least")), "to": field(_("at most"))}


def days() -> dict[str, forms.Field]:
    return {
        "from": FinnishDateField(label=_("first day"), required=False),
        "to": FinnishDateField(label=_("last day"), required=False),
    }


def check_range(values: dict[str, Any]) -> None:
    """One end at least, in their order."""
    low, high = values.get("from"), values.get("to")
    if low is None and high is None:
        raise ValidationError(_("Fill in at least one of the limits."), code="empty")
    if low is not None and high is not None and low > high:
        raise ValidationError(_("The first limit must not be greater than the second."), code="order")


# --- names, for sentences ---------------------------------------------------------------------------------------------
def type_names(choices: Choices, chosen: list[str]) -> list[str]:
    known = dict(choices.types) | {code: str(label) for code, label in FEDERATION_TYPES}
    unknown = [key_of(code) for code in chosen if code not in known]
    named = MembershipType.objects.in_bulk([key for key in unknown if key]) if unknown else {}
    return [known.get(code) or str(named.get(key_of(code), "?")) for code in chosen]


def unit_name(choices: Choices, pk: str) -> str:
    known = {str(unit.pk): unit.name(choices.language) for unit in choices.units}
    if pk in known:
        return known[pk]
    unit = OrgUnit.objects.filter(pk=key_of(pk)).first()
    return str(unit) if unit else "?"


def basis_kinds() -> list[FeeBasisKind]:
    return list(FeeBasisKind.objects.order_by("position", "pk"))
