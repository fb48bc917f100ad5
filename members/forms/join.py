"""The public join form: few fields, plain errors, nothing that tells who is in the register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm, conditional, sized
from jasenpalvelu.common.reference import post_office
from members.consents import OWN_CONSENT_FROM, Asked
from members.forms.consents import choice_fields, refuse_changed_words, seen
from members.forms.fields import (
    EmailKeyField,
    MunicipalityField,
    PhoneField,
    PostalCodeField,
    YTunnusField,
    check_postal_code,
    text,
)
from members.models import MembershipType
from members.panels import Fee

GROWN_UP = 18
LONGEST_CAMPAIGN = 120


class JoinForm(UiForm):
    """`fees` is what each type costs, by key; the trap field is one no person sees."""

    first_names = text(gettext_lazy("First names"), autocomplete="given-name")
    last_name = text(gettext_lazy("Last name"), autocomplete="family-name")
    email = EmailKeyField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("We send a confirmation to this address."),
        widget=sized(forms.EmailInput(), autocomplete="email"),
    )
    phone = PhoneField(
        label=gettext_lazy("Phone"), required=False, widget=forms.TextInput({"autocomplete": "tel"})
    )
    street = text(gettext_lazy("Street address"), length=120, autocomplete="street-address")
    postal_code = PostalCodeField(
        label=gettext_lazy("Postal code"), widget=forms.TextInput({"autocomplete": "postal-code"})
    )
    city = forms.CharField(
        label=gettext_lazy("Post office"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Needed only when the postal code is not found."),
        widget=sized(forms.TextInput(), "m", autocomplete="address-level2"),
    )
    home_municipality = MunicipalityField(
        error_messages={"required": gettext_lazy("Choose your home municipality.")}
    )
    non_disclosure = forms.BooleanField(
        label=gettext_lazy("I have a non-disclosure order"),
        required=False,
        help_text=gettext_lazy(
            "Your municipality, address and contact details are then hidden in the register."
        ),
    )
    minor = forms.BooleanField(label=gettext_lazy("I am under 18 years old"), required=False)
    guardian_name = conditional(
        text(gettext_lazy("Guardian's name"), width="m", required=False, autocomplete="off")
    )
    guardian_phone = PhoneField(label=gettext_lazy("Guardian's phone"), required=False)
    agreed = forms.BooleanField(
        label=gettext_lazy("I accept the rules of the association"),
        error_messages={"required": gettext_lazy("Accept the rules to become a member.")},
    )
    website = forms.CharField(
        required=False, widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"})
    )
    token = forms.UUIDField(widget=forms.HiddenInput)
    campaign = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        types: Sequence[MembershipType],
        fees: dict[int, Fee],
        today: date,
        asked: Sequence[Asked] = (),
        **kwargs: Any,
    ) -> None:
        self.types, self.today, self.asked = types, today, asked
        super().__init__(data, **kwargs)
        choices = [(t.pk, _option(t, fees.get(t.pk))) for t in types]
        self.fields["type"] = forms.TypedChoiceField(
            label=gettext_lazy("Membership type"),
            choices=choices,
            coerce=int,
            widget=sized(forms.RadioSelect(), look="options"),
            help_text=_common(fees.values()),
            error_messages={"required": gettext_lazy("Choose what kind of member you become.")},
        )
        if any(t.min_age for t in types):
            self.fields["birth_date"] = FinnishDateField(
                label=gettext_lazy("Date of birth"),
                required=False,
                min_value=date(1890, 1, 1),
                max_value=today,
                help_text=gettext_lazy("Needed when the kind of membership has an age limit."),
            )
        if any(t.needs_holding for t in types):
            self.fields |= _holding_fields()
        self.fields |= choice_fields(asked)

    @property
    def consents(self) -> list[forms.BoundField]:
        """What the applicant may allow; nothing is ticked beforehand (GDPR article 4(11))."""
        return [self[one.purpose.pk] for one in self.asked]

    @property
    def seen(self) -> list[tuple[str, str]]:
        return seen(self.asked)

    @property
    def holding_types(self) -> str:
        """The kinds of membership a holding is asked for."""
        return ", ".join(_("“%(type)s”") % {"type": t} for t in self.types if t.needs_holding)

    @property
    def chosen_type(self) -> MembershipType:
        return next(t for t in self.types if t.pk == self.cleaned_data["type"])

    @property
    def is_trapped(self) -> bool:
        """A robot filled in what no person sees."""
        return bool(self.data.get(self.add_prefix("website")))

    def clean_postal_code(self) -> str:
        return check_postal_code(self.cleaned_data["postal_code"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        code = cleaned.get("postal_code")
        if code and not cleaned.get("city"):
            cleaned["city"] = post_office(code, get_language() or "fi")
            if not cleaned["city"]:
                self.add_error("city", _("The postal code is not known. Write the post office."))
        if cleaned.get("minor") and not cleaned.get("guardian_name") and "guardian_name" not in self.errors:
            self.add_error(
                "guardian_name", _("Write the name of your guardian, because you are under 18 years old.")
            )
        self._check_age(cleaned)
        self._check_holding(cleaned)
        self._check_consents(cleaned)
        return cleaned

    def _check_consents(self, cleaned: dict[str, Any]) -> None:
        refuse_changed_words(self, self.asked)
        born, guardian = cleaned.get("birth_date"), cleaned.get("guardian_name")
        child = born is not None and _age(born, self.today) < OWN_CONSENT_FROM
        if child and not guardian and "guardian_name" not in self.errors and self._consented(cleaned):
            self.add_error("guardian_name", _("A child under 13 needs the consent of a guardian."))

    def _consented(self, cleaned: dict[str, Any]) -> list[list[str | int]]:
        """The boxes that were ticked: purpose, channel, and the version of the words that was shown."""
        return [
            [one.purpose.pk, channel, one.text.pk]
            for one in self.asked
            for channel in cleaned.get(one.purpose.pk) or ()
        ]

    def _check_age(self, cleaned: dict[str, Any]) -> None:
        chosen = next((t for t in self.types if t.pk == cleaned.get("type")), None)
        if chosen is None or not chosen.min_age or "birth_date" in self.errors:
            return
        born = cleaned.get("birth_date")
        if not born:
            self.add_error(
                "birth_date", _("Write your date of birth: “%(type)s” has an age limit.") % {"type": chosen}
            )
        elif _age(born, self.today) < chosen.min_age:
            self.add_error(
                "type", _("“%(type)s” is from %(age)s years on.") % {"type": chosen, "age": chosen.min_age}
            )

    def _check_holding(self, cleaned: dict[str, Any]) -> None:
        chosen = next((t for t in self.types if t.pk == cleaned.get("type")), None)
        if chosen and chosen.needs_holding and not cleaned.get("holding_name"):
            self.add_error(
                "holding_name",
                _("“%(type)s” needs a holding. Write its name, for example Koivula.") % {"type": chosen},
            )

    def clean_holding_size(self) -> str:
        """In the applicant's own words, but with numbers: the fee follows from them."""
        told: str = self.cleaned_data["holding_size"]
        if told and not any(letter.isdigit() for letter in told):
            raise forms.ValidationError(
                _("Write the hectares in numbers, for example: fields 30, forest 120.")
            )
        return told

    def clean_campaign(self) -> str:
        """Cut, never refused: nobody can put a link right."""
        return str(self.cleaned_data["campaign"])[:LONGEST_CAMPAIGN]

    def as_data(self) -> dict[str, Any]:
        """What is kept until the e-mail is confirmed."""
        data = self.cleaned_data
        kept = {
            name: data[name]
            for name in (
                "first_names",
                "last_name",
                "email",
                "phone",
                "street",
                "postal_code",
                "city",
                "home_municipality",
                "non_disclosure",
            )
        }
        if data.get("minor"):
            guardian = ", ".join(filter(None, (data["guardian_name"], data["guardian_phone"])))
            kept["guardian"] = _("Under 18. Guardian: %(who)s") % {"who": guardian}
        if chosen := self._consented(data):
            kept |= {"consents": chosen, "guardian_name": data["guardian_name"]}
        if data.get("holding_name"):
            told = (data[name] for name in ("holding_name", "holding_y_tunnus", "holding_size"))
            kept["holding"] = ", ".join(filter(None, told))
        if data.get("birth_date"):
            kept |= {
                "birth_date": data["birth_date"].isoformat(),
                "birth_date_purpose": _("Age limit of the membership type"),
            }
        return kept


def _holding_fields() -> dict[str, forms.Field]:
    """What an applicant tells of the holding; the office enters it into the register."""
    return {
        "holding_name": conditional(
            text(gettext_lazy("Name of the holding"), width="m", length=60, autocomplete="off")
        ),
        "holding_y_tunnus": YTunnusField(label=gettext_lazy("Business ID of the holding"), required=False),
        "holding_size": forms.CharField(
            label=gettext_lazy("Fields and forest"),
            max_length=100,
            required=False,
            help_text=gettext_lazy(
                "In hectares, for example: fields 30, forest 120. The fee follows from them."
            ),
            widget=sized(forms.TextInput(), "m", autocomplete="off"),
        ),
    }


def _option(type: MembershipType, fee: Fee | None) -> OptionLabel:
    """The type with its fee beside it and below what of the fee concerns it alone; the rest is told once (`_common`)."""
    if fee is None:
        return OptionLabel(str(type), _described(type))
    return OptionLabel(str(type), " ".join(filter(None, (_described(type), fee.own))), fee.text)


def _common(fees: Iterable[Fee]) -> str:
    """What the sums beside the types have in common: who shares them, and of which year they are."""
    told = list(fees)
    names = list(dict.fromkeys(name for fee in told for name in fee.to))
    year = next((fee.share_of for fee in told if fee.share_of), None)
    sentences = []
    if len(names) > 1:
        sentences.append(_("The sums have the shares of all: %(units)s.") % {"units": ", ".join(names)})
    if year:
        sentences.append(_("They are the share of the year %(year)s.") % {"year": year})
    return " ".join(sentences)


def _described(type: MembershipType) -> str:
    """The association's own words, and the vote unless they tell of it already."""
    own = type.description
    if _("vote").casefold() in own.casefold():
        return own
    return " ".join(filter(None, (own, _("Vote in the meetings.") if type.voting else _("No vote."))))


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
