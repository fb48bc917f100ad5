"""The form of a role: for each thing one may do, how far it reaches and which data it opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import sized
from members.forms.fields import BuiltForm, text
from members.granting import Right
from members.models import RoleTemplate
from members.models.mandates import Capability, Reach
from members.rights_reading import ABOUT_MEMBERS, reach_text
from members.seers import classes_text
from members.services.mandates import rights_of
from members.services.roles import Draft

CLASSES = "ABCDE"
NONE = ""


@dataclass(frozen=True)
class Line:
    """One thing one may do, with its two fields as drawn; `classes` is None where no members' data are met."""

    title: str
    reach: BoundField
    classes: BoundField | None


class RoleForm(BuiltForm):
    """`role` is what is edited, None for a new one; a unit's own role names no listed units beyond its own."""

    def __init__(self, data: Any = None, *, role: RoleTemplate | None, own: bool, **kwargs: Any) -> None:
        held = rights_of(role) if role else []
        self.keys = list(_keys(held))
        fields = _basics(role)
        for key, right in self.keys:
            fields |= _right_fields(key, right, own=own)
        super().__init__(fields, data, **kwargs)

    @property
    def basics(self) -> list[BoundField]:
        names = {name for key, _right in self.keys for name in (f"reach_{key}", f"classes_{key}")}
        return [bound for bound in self if bound.name not in names]

    @property
    def lines(self) -> list[Line]:
        return [
            Line(
                _title(right.capability),
                self[f"reach_{key}"],
                self[f"classes_{key}"] if f"classes_{key}" in self.fields else None,
            )
            for key, right in self.keys
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen: set[tuple[str, str]] = set()
        for key, right in self.keys:
            reach = data.get(f"reach_{key}")
            if not reach:
                continue
            if (right.capability, reach) in chosen:
                self.add_error(f"reach_{key}", _("The same right stands here twice. Choose another reach."))
            chosen.add((right.capability, reach))
            if f"classes_{key}" in self.fields and not data.get(f"classes_{key}"):
                self.add_error(
                    f"classes_{key}", _("Choose at least one kind of data, or leave the right out.")
                )
        if not chosen and not self.errors:
            self.add_error(None, _("Choose at least one right. A role without rights opens nothing."))
        return data

    def draft(self) -> Draft:
        """The role as written, once the form is valid."""
        data = self.cleaned_data
        rights = [
            Right(
                right.capability, data[f"reach_{key}"], frozenset(data.get(f"classes_{key}") or right.classes)
            )
            for key, right in self.keys
            if data[f"reach_{key}"]
        ]
        return Draft(
            names=(data["name_fi"], data["name_sv"], data["name_en"]),
            requires_mfa=data["requires_mfa"],
            requires_training=data["requires_training"],
            longest_months=data["longest_months"],
            active=data.get("active", True),
            rights=tuple(rights),
        )


def _keys(held: Iterable[Right]) -> Iterable[tuple[str, Right]]:
    """A line for each capability, and one more for each further reach of it that the role has."""
    by_capability: dict[str, list[Right]] = {}
    for right in held:
        by_capability.setdefault(right.capability, []).append(right)
    for capability in Capability:
        rows = by_capability.get(capability, [Right(capability, NONE, _usual_classes(capability))])
        for n, right in enumerate(sorted(rows, key=lambda r: r.reach)):
            yield f"{capability.value.replace('.', '_')}_{n}", right


def _usual_classes(capability: Capability) -> frozenset[str]:
    """What a right opens where the form does not ask."""
    if capability == Capability.UNMASK:
        return frozenset("E")
    return frozenset("D" if capability.value.startswith("billing.") else "A")


def _basics(role: RoleTemplate | None) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        "name_fi": text(gettext_lazy("Name in Finnish"), length=80, width="m"),
        "name_sv": text(gettext_lazy("Name in Swedish"), length=80, width="m"),
        "name_en": text(gettext_lazy("Name in English"), length=80, width="m"),
        "longest_months": forms.IntegerField(
            label=gettext_lazy("Longest term, months"),
            help_text=gettext_lazy("Empty: the post can be given until further notice."),
            required=False,
            min_value=1,
            max_value=120,
            widget=sized(forms.TextInput(), "xs", inputmode="numeric"),
        ),
        "requires_mfa": forms.BooleanField(
            label=gettext_lazy("Needs a second factor for logging in"), required=False, initial=True
        ),
        "requires_training": forms.BooleanField(
            label=gettext_lazy("Needs data protection training"), required=False
        ),
    }
    if role is not None:
        fields["active"] = forms.BooleanField(
            label=gettext_lazy("Can be given"),
            help_text=gettext_lazy(
                "Without this nobody is given the role any more; those who have it keep it."
            ),
            required=False,
        )
        for name, field in fields.items():
            field.initial = getattr(role, name)
    return fields


def _right_fields(key: str, right: Right, *, own: bool) -> dict[str, forms.Field]:
    reaches = [reach for reach in Reach if not (own and reach == Reach.LISTED)]
    fields: dict[str, forms.Field] = {
        f"reach_{key}": forms.ChoiceField(
            label=_("%(what)s: where") % {"what": _title(right.capability)},
            choices=[(NONE, _("not at all")), *((reach.value, reach_text(reach)) for reach in reaches)],
            required=False,
            initial=right.reach,
            widget=sized(forms.Select(), "m"),
        )
    }
    if right.capability in ABOUT_MEMBERS:
        fields[f"classes_{key}"] = forms.MultipleChoiceField(
            label=_("%(what)s: which data") % {"what": _title(right.capability)},
            choices=[(code, classes_text(code)) for code in CLASSES],
            required=False,
            initial=sorted(right.classes),
            widget=forms.CheckboxSelectMultiple(),
        )
    return fields


def _title(capability: str) -> str:
    label = str(Capability(capability).label)
    return label[:1].upper() + label[1:]
