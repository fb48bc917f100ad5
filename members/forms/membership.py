"""Forms about a membership: adding a member, a further membership, changes, endings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm, conditional, sized
from members.forms.fields import BuiltForm, MemberField, YTunnusField, text
from members.forms.party import PartyForm
from members.models import MembershipType
from members.models.memberships import EventKind

DECIDED, APPLIED = "decided", "applied"


def type_choices(types: Sequence[MembershipType]) -> list[tuple[str, OptionLabel]]:
    """The types with what the office has to know; their descriptions are written to the applicant."""
    return [(str(t.pk), OptionLabel(str(t), _facts(t))) for t in types]


def _facts(type: MembershipType) -> str:
    facts = [_("Vote in the meetings.") if type.voting else _("No vote.")]
    if type.needs_holding:
        facts.append(_("Needs a holding."))
    if type.min_age:
        facts.append(_("From %(age)s years on.") % {"age": type.min_age})
    if not type.fee_bearing:
        facts.append(_("No fee of its own."))
    return " ".join(facts)


def _type_field(types: Sequence[MembershipType]) -> forms.Field:
    return forms.TypedChoiceField(
        label=gettext_lazy("Type of membership"),
        choices=type_choices(types),
        coerce=int,
        widget=sized(forms.RadioSelect(), look="options"),
        error_messages={"required": gettext_lazy("Choose the type of membership.")},
    )


def _entry_fields(types: Sequence[MembershipType], today: date) -> dict[str, forms.Field]:
    return {
        "type": _type_field(types),
        "entry": forms.ChoiceField(
            label=gettext_lazy("Admission"),
            choices=[
                (
                    DECIDED,
                    OptionLabel(
                        gettext_lazy("The membership is decided"), gettext_lazy("It begins on the day below.")
                    ),
                ),
                (
                    APPLIED,
                    OptionLabel(
                        gettext_lazy("The application waits for the board"),
                        gettext_lazy("It comes to the list of applications."),
                    ),
                ),
            ],
            initial=DECIDED,
            widget=sized(forms.RadioSelect(), look="options"),
        ),
        "started_on": FinnishDateField(
            label=gettext_lazy("Member since"),
            initial=today,
            min_value=date(1850, 1, 1),
            help_text=gettext_lazy("The first day of the membership, or the day of the application."),
        ),
        "decided_on": FinnishDateField(
            label=gettext_lazy("The board decided on"), required=False, max_value=today
        ),
        "section": text(gettext_lazy("Section of the minutes"), width="s", length=20, required=False),
    }


def _holding_fields() -> dict[str, forms.Field]:
    return {
        "holding_name": conditional(text(gettext_lazy("Name of the holding"), width="m", length=120)),
        "holding_y_tunnus": YTunnusField(label=gettext_lazy("Business ID of the holding"), required=False),
    }


class EntryMixin:
    """What entering a membership asks and checks, whoever the party is."""

    types: Sequence[MembershipType]
    cleaned_data: dict[str, Any]

    @property
    def chosen_type(self) -> MembershipType:
        return next(t for t in self.types if t.pk == self.cleaned_data["type"])

    @property
    def decided(self) -> bool:
        return self.cleaned_data["entry"] == DECIDED

    def check_entry(self, form: forms.Form, cleaned: dict[str, Any]) -> None:
        chosen = next((t for t in self.types if t.pk == cleaned.get("type")), None)
        if chosen and chosen.needs_holding and not cleaned.get("holding_name"):
            form.add_error(
                "holding_name",
                _("“%(type)s” needs a holding. Write its name, for example Koivula.") % {"type": chosen},
            )
        started, decided = cleaned.get("started_on"), cleaned.get("decided_on")
        if started and decided and cleaned.get("entry") == DECIDED and started < decided:
            form.add_error("started_on", _("The membership cannot begin before the decision."))


class AddMemberForm(EntryMixin, PartyForm):
    """A new party with its first membership in the unit, on one page."""

    def __init__(self, data: Any = None, *, types: Sequence[MembershipType], **kwargs: Any) -> None:
        self.types = types
        super().__init__(data, **kwargs)

    def extra_fields(self) -> dict[str, forms.Field]:
        return {
            **_entry_fields(self.types, self.today),
            **_holding_fields(),
            "token": forms.UUIDField(widget=forms.HiddenInput),
            "different": forms.CharField(required=False, widget=forms.HiddenInput),
        }

    @property
    def holding_types(self) -> str:
        return ", ".join(_("“%(type)s”") % {"type": t} for t in self.types if t.needs_holding)

    @property
    def membership_rows(self) -> list[Any]:
        return self._rows(["type", "entry", "started_on", ("decided_on", "section")])

    @property
    def holding_rows(self) -> list[Any]:
        return self._rows(["holding_name", "holding_y_tunnus"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.check_entry(self, cleaned)
        _check_age(self, cleaned)
        return cleaned


def _check_age(form: AddMemberForm, cleaned: dict[str, Any]) -> None:
    """The type's minimum age is checked when the date of birth is told; without it the office knows."""
    chosen = next((t for t in form.types if t.pk == cleaned.get("type")), None)
    born, started = cleaned.get("birth_date"), cleaned.get("started_on")
    if not (chosen and chosen.min_age and born and started):
        return
    years = started.year - born.year - ((started.month, started.day) < (born.month, born.day))
    if years < chosen.min_age:
        form.add_error(
            "type", _("“%(type)s” is from %(age)s years on.") % {"type": chosen, "age": chosen.min_age}
        )


class AddMembershipForm(EntryMixin, BuiltForm):
    """A further membership of a party that stands in the register."""

    def __init__(
        self,
        data: Any = None,
        *,
        types: Sequence[MembershipType],
        holdings: Sequence[Any],
        today: date,
        **kwargs: Any,
    ) -> None:
        self.types = types
        fields = _entry_fields(types, today)
        if holdings:
            fields["holding"] = forms.TypedChoiceField(
                label=gettext_lazy("Holding"),
                choices=[("", gettext_lazy("No holding")), *((h.pk, str(h)) for h in holdings)],
                coerce=int,
                required=False,
                empty_value=None,
                widget=sized(forms.Select(), "m"),
            )
        fields |= _holding_fields()
        fields["holding_name"].label = (
            gettext_lazy("New holding") if holdings else fields["holding_name"].label
        )
        fields["token"] = forms.UUIDField(widget=forms.HiddenInput)
        super().__init__(fields, data, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("holding"):
            self.check_entry(self, cleaned)
        return cleaned


class TypeForm(BuiltForm):
    """Another type from a day on."""

    prefix = "laji"

    def __init__(
        self, data: Any = None, *, types: Sequence[MembershipType], today: date, **kwargs: Any
    ) -> None:
        fields: dict[str, forms.Field] = {
            "type": forms.TypedChoiceField(
                label=gettext_lazy("New type"),
                choices=[("", "–"), *((t.pk, str(t)) for t in types)],
                coerce=int,
                widget=sized(forms.Select(), "m"),
            ),
            "effective_on": FinnishDateField(label=gettext_lazy("From"), initial=today),
            "reason": _reason(required=False),
        }
        super().__init__(fields, data, **kwargs)


class ExemptionForm(UiForm):
    """Free of the fee until a day; empty ends the exemption."""

    prefix = "vapautus"
    until = FinnishDateField(
        label=gettext_lazy("Free of the fee until"),
        required=False,
        help_text=gettext_lazy("The last day that is free. Empty: the fee is charged again."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=120, required=False, widget=sized(forms.TextInput(), "m")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("until") and not cleaned.get("reason"):
            self.add_error("reason", _("Write the reason, for example an honorary member."))
        return cleaned


class StartForm(UiForm):
    """The first day put right."""

    prefix = "alku"
    started_on = FinnishDateField(label=gettext_lazy("Right first day"), min_value=date(1850, 1, 1))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, widget=sized(forms.TextInput(), "m")
    )


class PayerForm(UiForm):
    """Who pays instead of the member."""

    prefix = "maksaja"
    payer = MemberField(
        label=gettext_lazy("Name or member number of the payer"),
        required=False,
        help_text=gettext_lazy("Empty: the member pays."),
    )


class EndForm(BuiltForm):
    """Why a membership ends and when it was told or happened. A transfer, an expulsion and a deemed resignation have pages of
    their own, where what the law asks of them is asked."""

    def __init__(
        self,
        data: Any = None,
        *,
        is_person: bool,
        today: date,
        has_holding: bool = False,
        **kwargs: Any,
    ) -> None:
        fields: dict[str, forms.Field] = {
            "kind": forms.ChoiceField(
                label=gettext_lazy("Why the membership ends"),
                choices=_ending_choices(is_person=is_person),
                widget=sized(forms.RadioSelect(), look="options"),
                error_messages={"required": gettext_lazy("Choose why the membership ends.")},
            ),
            "noticed_on": FinnishDateField(
                label=gettext_lazy("Day of the notice or the death")
                if is_person
                else gettext_lazy("Day of the notice"),
                initial=today,
                max_value=today,
            ),
            "reason": _reason(required=False),
        }
        if is_person and has_holding:
            fields["estate"] = forms.BooleanField(
                label=gettext_lazy("After a death the holding goes to the estate"),
                required=False,
                initial=True,
                help_text=gettext_lazy(
                    "The estate becomes a member in the place of the deceased and answers for the holding."
                ),
            )
        super().__init__(fields, data, **kwargs)


def _ending_choices(*, is_person: bool) -> list[tuple[str, OptionLabel]]:
    choices = [
        (
            EventKind.RESIGNED,
            OptionLabel(_("Resigned"), _("The member has told it in writing or in the member service.")),
        )
    ]
    if is_person:
        died = OptionLabel(_("Died"), _("Ends every membership and post in the whole federation."))
        choices.append((EventKind.DIED, died))
    return [(str(kind), label) for kind, label in choices]


class ReinstateForm(UiForm):
    reason = forms.CharField(
        label=gettext_lazy("Why the membership goes on"), max_length=200, widget=sized(forms.TextInput(), "m")
    )


class DecisionForm(UiForm):
    """The board's decision on chosen applications."""

    decided_on = FinnishDateField(label=gettext_lazy("The board decided on"))
    section = text(gettext_lazy("Section of the minutes"), width="s", length=20, required=False)
    effective_on = FinnishDateField(
        label=gettext_lazy("Members from"),
        required=False,
        help_text=gettext_lazy("Empty: the day of the decision."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, when an application is rejected"),
        max_length=200,
        required=False,
        widget=sized(forms.TextInput(), "m"),
    )

    def __init__(self, data: Any = None, *, admitting: bool = True, today: date, **kwargs: Any) -> None:
        self.admitting = admitting
        super().__init__(data, **kwargs)
        self.fields["decided_on"].max_value = today  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.admitting and not cleaned.get("reason"):
            self.add_error("reason", _("Write the reason. The applicant may ask for it."))
        decided, effective = cleaned.get("decided_on"), cleaned.get("effective_on")
        if decided and effective and effective < decided:
            self.add_error("effective_on", _("The membership cannot begin before the decision."))
        return cleaned


def _reason(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, required=required, widget=sized(forms.TextInput(), "m")
    )
