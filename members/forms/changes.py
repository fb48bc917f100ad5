"""Forms of a change of the organisation: which units and when, who goes, what becomes of posts, fees and open invoices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, QuickSelect, UiForm, conditional, sized
from jasenpalvelu.common.identifiers import parse_member_number
from members.filters import PlacesField
from members.forms.fields import BuiltForm, text
from members.models import Mandate, OrgChange, OrgUnit, Party, Segment
from members.models.reorganising import ChangeKind, Division, PostChoice
from members.models.units import Relation
from members.scope import Scope
from members.services.reorganising import posts

# The units one merger takes in.
MERGED = {
    "first": gettext_lazy("Unit that ends"),
    "second": gettext_lazy("Second unit that ends"),
    "third": gettext_lazy("Third unit that ends"),
    "fourth": gettext_lazy("Fourth unit that ends"),
}
# A day may lie so far back or ahead.
BACK, AHEAD = relativedelta(years=1), relativedelta(years=3)


def _unit_field(label: Any, units: Sequence[OrgUnit], empty: Any, **kwargs: Any) -> forms.TypedChoiceField:
    choices = [("", empty), *((unit.pk, str(unit)) for unit in units)]
    return forms.TypedChoiceField(
        label=label, choices=choices, coerce=int, empty_value=None, widget=sized(QuickSelect(), "m"), **kwargs
    )


def _decision(today: date) -> dict[str, forms.Field]:
    return {
        "effective_on": FinnishDateField(
            label=gettext_lazy("First day of the new structure"),
            min_value=today - BACK,
            max_value=today + AHEAD,
            help_text=gettext_lazy("A day ahead waits: the change is carried out by itself on that night."),
        ),
        "decided_on": FinnishDateField(label=gettext_lazy("Decided on"), max_value=today),
        "section": text(gettext_lazy("Section of the minutes"), length=20, width="xs", required=False),
        "ground": text(gettext_lazy("Decision or ground"), length=200),
    }


class ChangeForm(BuiltForm):
    """The units, the day and the decision; by the kind of the change."""

    def __init__(
        self, data: Any = None, *, kind: str, units: Sequence[OrgUnit], today: date, **kwargs: Any
    ) -> None:
        self.kind, self.units = kind, {unit.pk: unit for unit in units}
        makers = {ChangeKind.MERGE: self._merge, ChangeKind.SPLIT: self._split, ChangeKind.MOVE: self._move}
        super().__init__(makers[ChangeKind(kind)](units) | _decision(today), data, **kwargs)

    # --- fields -------------------------------------------------------------------------------------------------
    def _merge(self, units: Sequence[OrgUnit]) -> dict[str, forms.Field]:
        fields: dict[str, forms.Field] = {}
        for name, label in MERGED.items():
            fields[name] = _unit_field(label, units, "–", required=name == "first")
        target = _unit_field(gettext_lazy("Goes on"), units, gettext_lazy("A new unit is founded"))
        target.help_text = gettext_lazy("The unit the members belong to from that day on.")
        fields["target"] = conditional(target)
        return fields | _names()

    def _split(self, units: Sequence[OrgUnit]) -> dict[str, forms.Field]:
        members = [unit for unit in units if unit.kind.has_members]
        source = _unit_field(gettext_lazy("Unit that is divided"), members, gettext_lazy("Choose the unit"))
        return {"first": source} | _names()

    def _move(self, units: Sequence[OrgUnit]) -> dict[str, forms.Field]:
        empty = gettext_lazy("Choose the unit")
        return {
            "first": _unit_field(gettext_lazy("Unit that moves"), units, empty),
            "target": _unit_field(gettext_lazy("Belongs from then on to"), units, empty),
            "relation": forms.ChoiceField(
                label=gettext_lazy("Belongs for"),
                choices=[
                    (
                        Relation.ADMINISTRATIVE,
                        OptionLabel(
                            gettext_lazy("Administration"),
                            gettext_lazy("Decides who above the unit sees its members."),
                        ),
                    ),
                    (
                        Relation.FEE,
                        OptionLabel(
                            gettext_lazy("Fees"),
                            gettext_lazy("Decides whose parts are in the members' fees."),
                        ),
                    ),
                ],
                initial=Relation.ADMINISTRATIVE,
                widget=sized(forms.RadioSelect(), look="options"),
            ),
        }

    # --- checks -------------------------------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        named = [data[name] for name in MERGED if data.get(name)]
        self.sources = list(dict.fromkeys(named))
        target = data.get("target")
        if self.kind == ChangeKind.MERGE:
            self._check_merger(named, target, data)
        elif self.kind == ChangeKind.SPLIT and not data.get("name_fi"):
            self.add_error("name_fi", _("Write the name of the new unit."))
        elif self.kind == ChangeKind.MOVE and named and target:
            self._check_move(named[0], target)
        return data

    def _check_merger(self, named: list[int], target: int | None, data: dict[str, Any]) -> None:
        names = list(MERGED)
        for place, name in enumerate(names[1:], start=1):
            if data.get(name) and data[name] in [data.get(other) for other in names[:place]]:
                self.add_error(name, _("This unit has been named already."))
        if target in named:
            self.add_error("target", _("A unit that ends cannot go on. Choose another one."))
        if target is None and named and len(set(named)) < 2:
            self.add_error("second", _("A new unit is made of at least two. Choose the other one too."))
        if target is None and not data.get("name_fi"):
            self.add_error("name_fi", _("Write the name of the new unit."))
        kinds = {
            (u.kind.level, u.kind.has_members)
            for u in (self.units.get(pk or 0) for pk in [*named, target])
            if u
        }
        if len(kinds) > 1:
            self.add_error(None, _("Only units of the same level merge."))

    def _check_move(self, source: int, target: int) -> None:
        if source == target:
            self.add_error("target", _("A unit cannot belong to itself."))
        elif self.units[target].kind.level >= self.units[source].kind.level:
            self.add_error("target", _("Choose a unit of a level above."))

    def values(self) -> dict[str, Any]:
        """For the service."""
        names = {"effective_on", "decided_on", "section", "ground", "relation", "name_fi", "name_sv"}
        data = self.cleaned_data
        found = {name: data[name] for name in names if name in data} | {"sources": self.sources}
        if self.kind == ChangeKind.MERGE and data.get("target"):
            found |= {"name_fi": "", "name_sv": ""}
        return found if self.kind == ChangeKind.SPLIT else found | {"target": self.units.get(data["target"])}

    @staticmethod
    def initial_of(change: OrgChange) -> dict[str, Any]:
        names = ("relation", "effective_on", "decided_on", "section", "ground", "name_fi", "name_sv")
        found = {name: getattr(change, name) for name in names} | {"target": change.target_id}
        return found | dict(zip(MERGED, change.sources, strict=False))


def _names() -> dict[str, forms.Field]:
    return {
        "name_fi": conditional(text(gettext_lazy("Name of the new unit in Finnish"), length=120)),
        "name_sv": text(gettext_lazy("Name of the new unit in Swedish"), length=120, required=False),
    }


class DivisionForm(BuiltForm):
    """Who goes to the new unit: by municipality, by a segment, or named one by one."""

    def __init__(self, data: Any = None, *, segments: Sequence[Segment], scope: Scope, **kwargs: Any) -> None:
        self.scope, self.segments = scope, {segment.pk: segment for segment in segments}
        options = [
            (
                Division.MUNICIPALITY,
                OptionLabel(
                    gettext_lazy("By home municipality"), gettext_lazy("Members living in these go.")
                ),
            ),
            (
                Division.SEGMENT,
                OptionLabel(
                    gettext_lazy("By a segment"),
                    gettext_lazy("Whom the segment finds on the day the change is carried out."),
                ),
            ),
            (
                Division.PICKED,
                OptionLabel(gettext_lazy("Named one by one"), gettext_lazy("By their member numbers.")),
            ),
        ]
        choices = [("", _("Choose the segment")), *((pk, row.name) for pk, row in self.segments.items())]
        fields: dict[str, forms.Field] = {
            "division": forms.ChoiceField(
                label=gettext_lazy("Who goes to the new unit"),
                choices=options,
                widget=sized(forms.RadioSelect(), look="options"),
                error_messages={"required": gettext_lazy("Say who goes.")},
            ),
            "municipalities": conditional(PlacesField(label=gettext_lazy("Municipalities"), required=False)),
            "segment": conditional(
                forms.TypedChoiceField(
                    label=gettext_lazy("Segment"), choices=choices, coerce=int, empty_value=None
                )
            ),
            "numbers": conditional(
                forms.CharField(
                    label=gettext_lazy("Member numbers"),
                    max_length=60_000,
                    widget=forms.Textarea({"rows": 5}),
                    help_text=gettext_lazy("One on each line, or with commas between. Example: 20479-8"),
                )
            ),
        }
        super().__init__(fields, data, **kwargs)

    def clean_numbers(self) -> list[int]:
        """Keys of the members, among those the person sees."""
        words = self.cleaned_data["numbers"].replace(",", " ").replace(";", " ").split()
        serials, wrong = [], []
        for word in words:
            try:
                serials.append(parse_member_number(word[:20]))
            except ValueError:
                wrong.append(word)
        seen = Party.objects.visible_to(self.scope).filter(member_number__in=serials, merged_into=None)
        found = dict(seen.order_by("pk").values_list("member_number", "pk"))
        wrong += [str(serial) for serial in serials if serial not in found]
        if wrong:
            raise ValidationError(
                _("Not found: %(numbers)s. Check the numbers.") % {"numbers": ", ".join(wrong[:10])}
            )
        return sorted(set(found.values()))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        needed = {
            Division.MUNICIPALITY: ("municipalities", _("Choose at least one municipality.")),
            Division.SEGMENT: ("segment", _("Choose the segment.")),
            Division.PICKED: ("numbers", _("Write at least one member number.")),
        }
        field, words = needed.get(data.get("division", ""), ("", ""))
        if field and not data.get(field) and field not in self.errors:
            self.add_error(field, words)
        return data

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = data["division"]
        return {
            "division": chosen,
            "municipalities": list(data["municipalities"]) if chosen == Division.MUNICIPALITY else [],
            "segment": self.segments[data["segment"]] if chosen == Division.SEGMENT else None,
            "picked": data["numbers"] if chosen == Division.PICKED else [],
        }


class PostsForm(BuiltForm):
    """What becomes of each post, and until when accounts are settled."""

    def __init__(
        self, data: Any = None, *, change: OrgChange, mandates: Sequence[Mandate], **kwargs: Any
    ) -> None:
        chosen = posts.chosen(change)
        fields: dict[str, forms.Field] = {}
        for mandate in mandates:
            label = f"{mandate.template}, {mandate.party.display_name} ({mandate.unit})"
            offered = posts.choices(change, mandate)
            fields[f"post_{mandate.pk}"] = forms.ChoiceField(
                label=label,
                choices=[(choice.value, PostChoice(choice).label) for choice in offered],
                initial=chosen.get(mandate.pk) or posts.usual(change, mandate),
                widget=sized(forms.Select(), "m"),
            )
        if change.kind == ChangeKind.MERGE:
            fields["settle_until"] = FinnishDateField(
                label=gettext_lazy("Accounts of the ended units are settled until"),
                initial=change.settle_until,
                min_value=change.effective_on,
                help_text=gettext_lazy(
                    "Invoices stay with the unit that sent them. Until this day the posts that settle collect what is open."
                ),
            )
        super().__init__(fields, data, **kwargs)

    def choices(self) -> dict[int, str]:
        data = self.cleaned_data
        return {int(name[5:]): data[name] for name in self.fields if name.startswith("post_")}


class NewUnitForm(UiForm):
    """Whose rules, place in the tree and fee table the new unit begins with."""

    like = forms.TypedChoiceField(label=gettext_lazy("The new unit begins like"), coerce=int)
    copy_fees = forms.BooleanField(
        label=gettext_lazy("Draft its fee table from the same unit"),
        required=False,
        help_text=gettext_lazy("A draft: the new unit's own meeting decides it."),
    )

    def __init__(self, *args: Any, units: Sequence[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {unit.pk: unit for unit in units}
        field: Any = self.fields["like"]
        field.choices = [(unit.pk, str(unit)) for unit in units]
        field.help_text = _("Its rules, its place in the tree, its address and its membership types.")

    def values(self) -> dict[str, Any]:
        return {
            "like": self.units[self.cleaned_data["like"]],
            "copy_fees": self.cleaned_data["copy_fees"],
        }
