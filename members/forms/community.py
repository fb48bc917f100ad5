"""Forms of the community: a member's own choices, the vocabulary, groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import UiForm, conditional, sized
from members.forms.fields import MemberNumberField, text
from members.models import CommunityTerm, OrgUnit, RoleTemplate
from members.models.community import TermKind

LABELS = {
    TermKind.SKILL: gettext_lazy("What I can do"),
    TermKind.INTEREST: gettext_lazy("What interests me"),
    TermKind.WILLING: gettext_lazy("Posts I would take"),
}


class OwnForm(UiForm):
    """One list of boxes for each kind of word that is offered."""

    def __init__(self, data: Any = None, *, terms: Sequence[CommunityTerm], chosen: set[int]) -> None:
        super().__init__(data)
        for kind, label in LABELS.items():
            mine = [term for term in terms if term.kind == kind]
            if mine:
                self.fields[kind.value] = conditional(
                    forms.TypedMultipleChoiceField(
                        label=label,
                        choices=[(term.pk, str(term)) for term in mine],
                        coerce=int,
                        required=False,
                        initial=[term.pk for term in mine if term.pk in chosen],
                        widget=forms.CheckboxSelectMultiple(),
                    )
                )

    @property
    def wanted(self) -> set[int]:
        return {pk for kind in LABELS for pk in self.cleaned_data.get(kind.value, [])}


class TermForm(UiForm):
    """One word of the vocabulary."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=TermKind.choices, widget=forms.RadioSelect
    )
    name_fi = forms.CharField(
        label=gettext_lazy("Name in Finnish"),
        max_length=80,
        help_text=gettext_lazy(
            "Nothing about health, beliefs or opinions: the register does not ask for them."
        ),
        widget=sized(forms.TextInput(), "m"),
    )
    name_sv = text(gettext_lazy("Name in Swedish"), width="m", length=80, required=False)
    name_en = text(gettext_lazy("Name in English"), width="m", length=80, required=False)
    role = forms.ModelChoiceField(
        label=gettext_lazy("Post"),
        queryset=RoleTemplate.objects.none(),
        required=False,
        empty_label=gettext_lazy("No particular post"),
        help_text=gettext_lazy("Of willingness only: the willing are named when this post is given."),
        widget=sized(forms.Select(), "m"),
    )
    active = forms.BooleanField(label=gettext_lazy("Offered to members"), required=False, initial=True)

    def __init__(self, *args: Any, units: Sequence[OrgUnit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = RoleTemplate.objects.filter(unit=None, active=True).order_by("code")  # type: ignore[attr-defined]
        _add_unit(self, units)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("role") and data.get("kind") != TermKind.WILLING:
            self.add_error("role", _("Only a willingness is about a post."))
        return data


class GroupForm(UiForm):
    """One group."""

    name = text(gettext_lazy("Name"), width="m", length=80)
    description = forms.CharField(
        label=gettext_lazy("What the group does"),
        max_length=400,
        required=False,
        widget=forms.Textarea({"rows": "3"}),
    )
    leader = MemberNumberField(
        label=gettext_lazy("Member number of the leader"),
        required=False,
        help_text=gettext_lazy("Members see the leader's name. The leader sees who has joined."),
    )
    open = forms.BooleanField(
        label=gettext_lazy("Anybody may join"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Otherwise the leader or the office accepts each one."),
    )

    def __init__(self, *args: Any, units: Sequence[OrgUnit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _add_unit(self, units)


def _add_unit(form: UiForm, units: Sequence[OrgUnit]) -> None:
    """Whose word or group it is, where there are several to choose from."""
    if len(units) > 1:
        form.fields["unit"] = forms.TypedChoiceField(
            label=_("Whose"),
            choices=[(unit.pk, unit.name) for unit in units],
            coerce=int,
            help_text=_("Offered to the members of this unit and of those below it."),
            widget=sized(forms.Select(), "m"),
        )
        form.order_fields(["unit"])
