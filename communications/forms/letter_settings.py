"""How letters look, what they are about, whose name text messages come from."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications import approving
from communications.letters import colours
from communications.models import TopicClass
from communications.services.arranging_letters import LOOK_FIELDS, TOPIC_FIELDS
from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm, sized
from jasenpalvelu.common.plain import plain_line
from members.models import ConsentPurpose, OrgUnit

FOOTER = 500
# What every operator shows: letters, digits and a few marks; a name of digits alone would be a telephone number.
_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 .&-]{1,9}[A-Za-z0-9.]")


class LookForm(UiForm):
    from_name = forms.CharField(
        label=gettext_lazy("Sender's name"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Who the letter comes from. Empty: the name of the association."),
        widget=sized(forms.TextInput(), "m"),
    )
    reply_to = forms.EmailField(
        label=gettext_lazy("Replies come to"),
        required=False,
        help_text=gettext_lazy("Empty: the association's own e-mail address."),
        widget=sized(forms.EmailInput(), "m"),
    )
    colour = forms.CharField(
        label=gettext_lazy("Colour"),
        max_length=7,
        required=False,
        help_text=gettext_lazy(
            "Of the head and the buttons, like #1b4932. Empty: the colour of the association."
        ),
        widget=sized(forms.TextInput({"spellcheck": "false"}), "s"),
    )
    footer_fi = forms.CharField(label=gettext_lazy("Footer in Finnish"), max_length=FOOTER, required=False)
    footer_sv = forms.CharField(label=gettext_lazy("Footer in Swedish"), max_length=FOOTER, required=False)
    footer_en = forms.CharField(label=gettext_lazy("Footer in English"), max_length=FOOTER, required=False)
    approval_limit = forms.IntegerField(
        label=gettext_lazy("A second person approves letters to more than"),
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text=gettext_lazy("Number of recipients. Empty: as decided above the association."),
        widget=sized(forms.NumberInput({"inputmode": "numeric"}), "s"),
    )

    def __init__(self, *args: Any, unit: OrgUnit, may_raise: bool, **kwargs: Any) -> None:
        """`may_raise`: the user approves letters of the unit, so may also let more of them go unapproved."""
        super().__init__(*args, **kwargs)
        self._unit, self._may_raise = unit, may_raise
        for code in ("fi", "sv", "en"):
            area = forms.Textarea({"rows": 3, "lang": code, "maxlength": str(FOOTER)})
            self.fields[f"footer_{code}"].widget = sized(area, "wide")
        self.fields["footer_fi"].help_text = _(
            "Address, telephone, who keeps the register. Empty: the footer from above."
        )

    def clean_colour(self) -> str:
        text = str(self.cleaned_data["colour"]).strip().lower()
        if text and not text.startswith("#"):
            text = f"#{text}"
        if text and not colours.is_colour(text):
            raise forms.ValidationError(_("Give the colour with six digits, like #1b4932."))
        return text

    def clean_from_name(self) -> str:
        """A name that is read as an address, or as somebody else, is what a swindler would write."""
        name = plain_line(str(self.cleaned_data["from_name"]))
        if set(name) & set('<>@"'):
            raise forms.ValidationError(_('Leave out the signs < > @ and ".'))
        if name and name != self.initial.get("from_name") and _is_of_another(name, self._unit):
            raise forms.ValidationError(_("This is the name of another association or union."))
        return name

    def clean_approval_limit(self) -> int | None:
        said: int | None = self.cleaned_data["approval_limit"]
        most = approving.limit_from_above(self._unit)
        if said is not None and most is not None and said > most:
            raise forms.ValidationError(
                _("At most %(n)s: the limit from above may be lowered only.") % {"n": most}
            )
        if not self._may_raise and self._of(said, most) > approving.approval_limit(self._unit):
            raise forms.ValidationError(_("Somebody who approves letters may raise the limit."))
        return said

    @staticmethod
    def _of(said: int | None, most: int | None) -> int:
        return said if said is not None else most if most is not None else approving.APPROVAL_LIMIT

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in LOOK_FIELDS}


class TopicForm(UiForm):
    """`new`: the class is chosen once, and what it asks; afterwards only the words change."""

    klass = forms.ChoiceField(label=gettext_lazy("Class"), widget=sized(forms.RadioSelect(), look="options"))
    purpose = forms.ModelChoiceField(
        label=gettext_lazy("Consent or objection it stands on"),
        queryset=ConsentPurpose.objects.none(),
        required=False,
        empty_label=gettext_lazy("None"),
        help_text=gettext_lazy(
            "Offers and events always stand on a consent: the member is asked for it with its words."
        ),
        widget=sized(forms.Select(), "m"),
    )
    name_fi = forms.CharField(label=gettext_lazy("Name in Finnish"), max_length=80)
    name_sv = forms.CharField(label=gettext_lazy("Name in Swedish"), max_length=80, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80, required=False)
    description_fi = forms.CharField(
        label=gettext_lazy("What comes, in Finnish"), max_length=300, required=False
    )
    description_sv = forms.CharField(
        label=gettext_lazy("What comes, in Swedish"), max_length=300, required=False
    )
    description_en = forms.CharField(
        label=gettext_lazy("What comes, in English"), max_length=300, required=False
    )

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TOPIC_FIELDS:
            self.fields[name].widget = sized(forms.TextInput({"lang": name[-2:]}), "wide")
        if not new:
            del self.fields["klass"], self.fields["purpose"]
            return
        klass, purpose = self.fields["klass"], self.fields["purpose"]
        assert isinstance(klass, forms.ChoiceField)
        assert isinstance(purpose, forms.ModelChoiceField)
        klass.choices = [
            (
                TopicClass.MEMBER.value,
                OptionLabel(_("Letter to members"), _("Comes to all members, who may refuse it.")),
            ),
            (
                TopicClass.MARKETING.value,
                OptionLabel(
                    _("Marketing"),
                    _("Offers, paid events, partners: comes only to those who have consented."),
                ),
            ),
        ]
        purpose.queryset = ConsentPurpose.objects.filter(active=True).order_by("position", "code")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        klass, purpose = cleaned.get("klass"), cleaned.get("purpose")
        if klass == TopicClass.MARKETING and (purpose is None or not purpose.needs_consent):
            self.add_error(
                "purpose", _("Choose a consent: marketing may come only to those who have given it.")
            )
        if klass == TopicClass.MEMBER and purpose is not None and purpose.needs_consent:
            self.add_error("purpose", _("Letters to members need no consent. Choose another one, or none."))
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        return self.cleaned_data


class SenderForm(UiForm):
    text = forms.CharField(
        label=gettext_lazy("Sender name of text messages"),
        max_length=11,
        help_text=gettext_lazy(
            "3 to 11 letters and digits without å, ä and ö. It must be the association's own registered name or a part of it."
        ),
        widget=sized(forms.TextInput({"spellcheck": "false"}), "s"),
    )

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).strip()
        if not _SENDER.fullmatch(text):
            raise forms.ValidationError(
                _("Use 3 to 11 letters a–z and digits. Operators do not show å, ä and ö in a sender's name.")
            )
        return text


class AuthorisedForm(UiForm):
    day = FinnishDateField(label=gettext_lazy("Authorised on"), min_value=date(2020, 1, 1))
    reference = forms.CharField(
        label=gettext_lazy("Reference of the authorisation"),
        max_length=60,
        help_text=gettext_lazy("From the answer of Traficom or the operator."),
        widget=sized(forms.TextInput(), "m"),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day = self.fields["day"]
        assert isinstance(day, FinnishDateField)
        day.max_value = today


def _is_of_another(name: str, unit: OrgUnit) -> bool:
    """Also written with other letters of the same look (full width) or another case."""
    told = unicodedata.normalize("NFKC", name)
    same = Q(name_fi__iexact=told) | Q(name_sv__iexact=told) | Q(name_en__iexact=told)
    own = {
        unicodedata.normalize("NFKC", one).casefold() for one in (unit.name_fi, unit.name_sv, unit.name_en)
    }
    return told.casefold() not in own and OrgUnit.objects.filter(same).exclude(pk=unit.pk).exists()
