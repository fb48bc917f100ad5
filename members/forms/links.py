"""Forms about family links, holdings and non-disclosure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.forms import FinnishDateField, FinnishDecimalField, UiForm, sized
from members.forms.fields import BuiltForm, MemberField, MunicipalityField, YTunnusField, text
from members.models import FeeBasisKind, FeeBasisValue, Holding, OrgUnit, Party
from members.models.parties import LinkKind

# What is added by hand; an estate comes with the mark of a death.
OF_A_PERSON = (
    LinkKind.SPOUSE,
    LinkKind.CHILD,
    LinkKind.GUARDIAN,
    LinkKind.PAYER,
    LinkKind.CONTACT_PERSON,
)
OF_AN_ORGANISATION = (LinkKind.VOTER, LinkKind.CONTACT_PERSON, LinkKind.SHAREHOLDER, LinkKind.PAYER)


class LinkForm(UiForm):
    """Another party and what it is to this one."""

    other = MemberField(
        label=gettext_lazy("Name or member number of the other"),
        help_text=gettext_lazy("Of a name you choose from those found in your associations."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("The other is this member's"), widget=sized(forms.Select(), "m")
    )
    on = FinnishDateField(
        label=gettext_lazy("From"),
        required=False,
        help_text=gettext_lazy(
            "The day from which it holds, for example that of the marriage. Empty: today."
        ),
    )

    def __init__(self, data: Any = None, *, party: Party, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        kinds = OF_A_PERSON if party.is_person else OF_AN_ORGANISATION
        self.fields["kind"].choices = [(kind, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["kind"].label = _("What is the other to %(name)s?") % {"name": party.display_name}


class LinkEndForm(UiForm):
    """From which day a link does not hold any more."""

    on = FinnishDateField(
        label=gettext_lazy("From"),
        help_text=gettext_lazy("The first day on which it does not hold any more."),
    )


class PayerFromForm(UiForm):
    """Who gets the invoices from a day on."""

    payer = MemberField(
        label=gettext_lazy("Name or member number of the payer"),
        required=False,
        help_text=gettext_lazy("Leave it empty when the member pays."),
    )
    on = FinnishDateField(label=gettext_lazy("From"))


class AreasForm(UiForm):
    """Which of the spouse's holdings is counted together with this one, and which of the two gets the invoice."""

    asked_on = FinnishDateField(label=gettext_lazy("Asked on"))

    def __init__(
        self, data: Any = None, *, holding: Holding, others: Sequence[Holding], today: date, **kwargs: Any
    ) -> None:
        self.holding, self.others = holding, {h.pk: h for h in others}
        super().__init__(data, initial={"asked_on": today}, **kwargs)
        self.fields["asked_on"].max_value = today  # type: ignore[attr-defined]
        self.fields["other"] = forms.TypedChoiceField(
            label=_("The spouse's holding"),
            choices=[(h.pk, f"{h.name}, {h.responsible.display_name}") for h in others],
            coerce=int,
            initial=others[0].pk if others else None,
            widget=forms.RadioSelect,
        )
        people = {h.responsible_id: h.responsible for h in (holding, *others)}
        self.people = people
        self.fields["payer"] = forms.TypedChoiceField(
            label=_("Who gets the invoice"),
            choices=[(pk, party.display_name) for pk, party in people.items()],
            coerce=int,
            initial=holding.responsible_id,
            widget=forms.RadioSelect,
        )
        self.order_fields(["other", "payer", "asked_on"])

    @property
    def chosen(self) -> Holding:
        return self.others[self.cleaned_data["other"]]

    @property
    def payer(self) -> Any:
        return self.people[self.cleaned_data["payer"]]


class HoldingForm(UiForm):
    """The holding's own data; the responsible member is chosen among its people."""

    name = text(gettext_lazy("Name of the holding"), width="m", length=120)
    y_tunnus = YTunnusField(required=False)
    municipality = MunicipalityField(label=gettext_lazy("Municipality of the holding"), required=False)

    def __init__(
        self, data: Any = None, *, people: Sequence[Any] = (), protected: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        if people:
            self.fields["responsible"] = forms.TypedChoiceField(
                label=gettext_lazy("Responsible member"),
                choices=[(p.pk, p.display_name) for p in people],
                coerce=int,
                widget=sized(forms.Select(), "m"),
                help_text=gettext_lazy("The responsible member sees the holding in the member service."),
            )
        if protected:
            del self.fields["municipality"]


class FeeBasesForm(BuiltForm):
    """One number for each basis, with the day from which the numbers hold and where they come from."""

    def __init__(
        self,
        data: Any = None,
        *,
        holding: Holding | None,
        kinds: Sequence[FeeBasisKind],
        current: Sequence[FeeBasisValue],
        today: date,
        **kwargs: Any,
    ) -> None:
        self.holding = holding
        self.bases: dict[str, tuple[FeeBasisKind, OrgUnit | None]] = {}
        fields: dict[str, forms.Field] = {}
        by_key = {(v.kind_id, v.unit_id): v for v in current}
        wanted = [(k, None) for k in kinds] + [(v.kind, v.unit) for v in current if v.unit_id]
        for kind, unit in wanted:
            name = f"basis_{kind.pk}_{unit.pk if unit else 0}"
            value = by_key.get((kind.pk, unit.pk if unit else None))
            self.bases[name] = (kind, unit)
            fields[name] = _basis_field(kind, unit, value)
        fields |= _source_fields(today)
        super().__init__(fields, data, **kwargs)

    @property
    def basis_rows(self) -> list[Any]:
        return [self[name] for name in self.bases]

    @property
    def source_rows(self) -> list[Any]:
        return [self[name] for name in ("valid_from", "source", "confirmed_by", "confirmed_on")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        changed = [n for n in self.bases if n not in self.errors and cleaned.get(n) != self.fields[n].initial]
        if changed and not cleaned.get("source"):
            self.add_error(
                "source", _("Write where the new numbers come from, for example the member's own word.")
            )
        return cleaned


def _basis_field(kind: FeeBasisKind, unit: OrgUnit | None, value: FeeBasisValue | None) -> forms.Field:
    label = f"{kind}, {kind.unit}"
    return FinnishDecimalField(
        label=f"{label} ({unit})" if unit else label,
        min_value=0,
        required=False,
        initial=value.value if value else None,
    )


def _source_fields(today: date) -> dict[str, forms.Field]:
    return {
        "valid_from": FinnishDateField(
            label=gettext_lazy("The numbers hold from"),
            initial=today,
            help_text=gettext_lazy("The old numbers stay in force until the day before."),
        ),
        "source": forms.CharField(
            label=gettext_lazy("Source"),
            max_length=80,
            required=False,
            widget=sized(forms.TextInput(), "m"),
            help_text=gettext_lazy("For example: the member, field register, forest data."),
        ),
        "confirmed_by": forms.CharField(
            label=gettext_lazy("Confirmed by"),
            max_length=120,
            required=False,
            widget=sized(forms.TextInput(), "m"),
        ),
        "confirmed_on": FinnishDateField(
            label=gettext_lazy("Confirmed on"), initial=today, max_value=today, required=False
        ),
    }


class UnmaskForm(UiForm):
    """Why the hidden data is looked at; the reason stays in the access log."""

    reason = forms.CharField(
        label=gettext_lazy("Why do you need the data?"),
        min_length=5,
        max_length=400,
        widget=sized(forms.TextInput()),
        error_messages={"min_length": gettext_lazy("Write the reason in words.")},
    )


class ProtectionForm(UiForm):
    """A custodian keeps the order with a new review date, or lifts it."""

    act = forms.ChoiceField(
        label=gettext_lazy("What is done"),
        choices=[
            ("keep", gettext_lazy("The order stays in force")),
            ("lift", gettext_lazy("The order is lifted")),
        ],
        widget=forms.RadioSelect,
    )
    until = FinnishDateField(label=gettext_lazy("Review on"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), min_length=5, max_length=400, widget=sized(forms.TextInput())
    )
