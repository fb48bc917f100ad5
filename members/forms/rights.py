"""Forms about posts: giving one, ending it early, recording a training."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FilterForm, FinnishDateField, OptionLabel, UiForm, conditional, sized
from members import rights_reading as reading
from members.forms.fields import BuiltForm, EmailKeyField, text
from members.models import OrgUnit, RoleTemplate
from members.models.mandates import Reach
from members.models.parties import LANGUAGES
from members.services.mandates import rights_of

BODIES = [("board", gettext_lazy("Board")), ("meeting", gettext_lazy("Meeting of the association"))]


class RightsFilter(FilterForm):
    """Of the list of posts."""

    q = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    yksikko = forms.TypedChoiceField(label=gettext_lazy("Unit"), coerce=int, empty_value=None)
    tila = forms.ChoiceField(
        label=gettext_lazy("Time"),
        choices=[
            (reading.NOW, gettext_lazy("Now")),
            (reading.COMING, gettext_lazy("Coming")),
            (reading.ENDED, gettext_lazy("Ended")),
        ],
    )

    def __init__(self, *args: Any, units: Sequence[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[Any, Any]] = [("", _("All units")), *((unit.pk, str(unit)) for unit in units)]
        self.fields["yksikko"].choices = choices  # type: ignore[attr-defined]
        if len(units) < 2:
            del self.fields["yksikko"]


class SearchForm(FilterForm):
    q = forms.CharField(
        label=gettext_lazy("Name or member number"),
        max_length=100,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )


def role_choices(roles: Sequence[RoleTemplate]) -> list[tuple[str, OptionLabel]]:
    return [(str(role.pk), OptionLabel(str(role), _told(role))) for role in roles]


def _told(role: RoleTemplate) -> str:
    parts = [f"{area}: {words}" for area, words in reading.rights_by_area(rights_of(role))]
    if role.requires_training:
        parts.append(_("Needs data protection training."))
    if role.longest_months:
        parts.append(_("At most %(n)s months at a time.") % {"n": role.longest_months})
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


class GrantForm(BuiltForm):
    """Fields by what is known of the person: a new one is named, a login without an address is asked for one."""

    def __init__(
        self,
        data: Any = None,
        *,
        roles: Sequence[RoleTemplate],
        units: Sequence[OrgUnit],
        is_new: bool,
        asks_address: bool,
        today: date,
        **kwargs: Any,
    ) -> None:
        fields = _person_fields() if is_new else {}
        if asks_address:
            fields["email"] = EmailKeyField(
                label=gettext_lazy("E-mail for logging in"),
                help_text=gettext_lazy("The person's own address. Login codes are sent there."),
            )
        fields["role"] = forms.TypedChoiceField(
            label=gettext_lazy("Role"),
            choices=role_choices(roles),
            coerce=int,
            widget=sized(forms.RadioSelect(), look="options"),
        )
        if any(row.reach == Reach.LISTED for role in roles for row in role.grants.all()):
            fields["units"] = conditional(
                forms.TypedMultipleChoiceField(
                    label=gettext_lazy("Listed units"),
                    help_text=gettext_lazy("For a role that reaches the units named here."),
                    choices=[(unit.pk, str(unit)) for unit in units],
                    coerce=int,
                    widget=forms.CheckboxSelectMultiple,
                )
            )
        super().__init__(fields | _term_fields(today) | _decision_fields(today), data, **kwargs)


def _person_fields() -> dict[str, forms.Field]:
    return {
        "first_names": text(gettext_lazy("First names"), width="m"),
        "last_name": text(gettext_lazy("Last name"), width="m"),
        "language": forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES),
    }


def _term_fields(today: date) -> dict[str, forms.Field]:
    return {
        "first": FinnishDateField(label=gettext_lazy("First day"), initial=today),
        "last": conditional(
            FinnishDateField(
                label=gettext_lazy("Last day"),
                min_value=today,
                help_text=gettext_lazy("The post ends by itself after this day."),
            )
        ),
    }


def _decision_fields(today: date) -> dict[str, forms.Field]:
    return {
        "body": forms.ChoiceField(
            label=gettext_lazy("Decided by"), choices=BODIES, widget=sized(forms.Select(), "s")
        ),
        "decided_on": FinnishDateField(label=gettext_lazy("Decided on"), max_value=today),
        "section": text(gettext_lazy("Section of the minutes"), width="xs", length=20),
    }


class EndMandateForm(UiForm):
    """Why and when; the rights go at once when the last day is in the past."""

    AT_ONCE, ON_DAY = "heti", "paivana"
    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[
            (
                AT_ONCE,
                OptionLabel(gettext_lazy("At once"), gettext_lazy("The rights go as soon as you save this.")),
            ),
            (ON_DAY, OptionLabel(gettext_lazy("On a day"), gettext_lazy("The last day is below."))),
        ],
        initial=AT_ONCE,
        widget=sized(forms.RadioSelect(), look="options"),
    )
    last = conditional(FinnishDateField(label=gettext_lazy("Last day")))
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        help_text=gettext_lazy("Stays in the history. Those who give posts and the person see it."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last"].min_value = today  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("when") == self.ON_DAY and not data.get("last") and "last" not in self.errors:
            self.add_error("last", _("Write the last day of the post."))
        return data


class TrainingForm(UiForm):
    passed_on = FinnishDateField(label=gettext_lazy("Passed on"))
    valid_to = FinnishDateField(
        label=gettext_lazy("Valid until"), help_text=gettext_lazy("After this day the post waits again.")
    )
    note = forms.CharField(
        label=gettext_lazy("How it was shown"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example: certificate of 3.11.2026."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passed_on"].max_value = today  # type: ignore[attr-defined]
        self.fields["valid_to"].min_value = today  # type: ignore[attr-defined]
