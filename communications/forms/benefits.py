"""Forms of partners and benefits: the office's, a partner's own, the till's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from communications.forms.content import MARKS_HELP, add_unit, languages_told, rich, segment_field
from communications.models import Benefit, Partner, Use
from communications.services.partners import BENEFIT_FIELDS, OWN_FIELDS, PROPOSED_FIELDS
from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm, conditional, sized
from jasenpalvelu.common.reference import municipality_choices
from members.forms.fields import EmailKeyField, MemberNumberField, PhoneField, text
from members.models import OrgUnit
from members.scope import Scope

USES = [
    (
        Use.CARD,
        OptionLabel(Use.CARD.label, gettext_lazy("The partner checks the card, and each use is counted.")),
    ),
    (Use.CODE, OptionLabel(Use.CODE.label, gettext_lazy("The same code for everybody."))),
    (Use.LINK, OptionLabel(Use.LINK.label, gettext_lazy("Opens the partner's own page."))),
]


class PartnerOwnForm(UiForm):
    """What a partner tells of itself."""

    text_fi = rich(gettext_lazy("Text in Finnish"), rows=5, help_text=MARKS_HELP, length=5000)
    text_sv = rich(gettext_lazy("Text in Swedish"), rows=4, length=5000)
    text_en = rich(gettext_lazy("Text in English"), rows=4, length=5000)
    website = forms.URLField(label=gettext_lazy("Website"), required=False, assume_scheme="https")
    email = EmailKeyField(label=gettext_lazy("E-mail"), required=False, max_length=254)
    phone = PhoneField(label=gettext_lazy("Phone"), required=False)

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in OWN_FIELDS}


class PartnerForm(PartnerOwnForm):
    name = text(gettext_lazy("Name"), length=120, width="m")
    organisation = MemberNumberField(
        label=gettext_lazy("Member number of the organisation"),
        required=False,
        help_text=gettext_lazy("Where the partner stands in the register as well."),
    )
    field_order = ("unit", "name", "organisation")

    def __init__(self, *args: Any, units: Sequence[OrgUnit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_unit(self, units, _("The unit that has agreed with the partner."))


class InviteForm(UiForm):
    email = EmailKeyField(label=gettext_lazy("E-mail of the person who acts for the partner"), max_length=254)


class BenefitOwnForm(UiForm):
    """What a partner proposes of a benefit."""

    title_fi = text(gettext_lazy("Heading in Finnish"), length=120, required=False)
    text_fi = rich(gettext_lazy("Text in Finnish"), rows=5, help_text=MARKS_HELP, length=5000)
    title_sv = text(gettext_lazy("Heading in Swedish"), length=120, required=False)
    text_sv = rich(gettext_lazy("Text in Swedish"), rows=4, length=5000)
    title_en = text(gettext_lazy("Heading in English"), length=120, required=False)
    text_en = rich(gettext_lazy("Text in English"), rows=4, length=5000)
    use = forms.ChoiceField(
        label=gettext_lazy("How it is used"), choices=USES, widget=forms.RadioSelect, initial=Use.CARD
    )
    code = conditional(text(gettext_lazy("Code"), length=40, required=False, width="s"))
    link = conditional(
        forms.URLField(
            label=gettext_lazy("Link to the offer"), max_length=500, required=False, assume_scheme="https"
        )
    )
    municipalities = forms.MultipleChoiceField(
        label=gettext_lazy("Where it can be used"), required=False, widget=forms.CheckboxSelectMultiple
    )
    valid_from = FinnishDateField(label=gettext_lazy("Valid from"))
    valid_until = FinnishDateField(label=gettext_lazy("Valid until"), required=False)

    fields_kept: tuple[str, ...] = PROPOSED_FIELDS

    def __init__(self, *args: Any, today: date, benefit: Benefit | None = None, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"valid_from": today}
        if benefit is not None:
            initial = {name: getattr(benefit, name) for name in self.fields_kept}
            if "segment" in initial:
                initial["segment"] = benefit.segment_id
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)
        if benefit is not None and benefit.single_use and "single_use" not in self.fields:
            self.fields["use"].choices = USES[:1]  # type: ignore[attr-defined]
        self.fields["municipalities"].choices = municipality_choices(get_language() or "fi")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        titles = list(languages_told(data, "title"))
        if not titles and "title_fi" not in self.errors:
            self.add_error("title_fi", _("Write a heading in one language at least."))
        for use, name, message in (
            (Use.CODE, "code", _("Write the code.")),
            (Use.LINK, "link", _("Write the address of the offer.")),
        ):
            if data.get("use") == use and not data.get(name) and name not in self.errors:
                self.add_error(name, message)
        start, end = data.get("valid_from"), data.get("valid_until")
        if start and end and end < start:
            self.add_error("valid_until", _("The last day is before the first one."))
        return data

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.fields_kept if name != "segment"}


class BenefitForm(BenefitOwnForm):
    """The office's: also whose it is and for whom."""

    single_use = forms.BooleanField(
        label=gettext_lazy("Once for each member"),
        required=False,
        help_text=gettext_lazy("Checked with the card. Who has used it is forgotten when it is over."),
    )
    fields_kept = BENEFIT_FIELDS

    def __init__(
        self,
        *args: Any,
        scope: Scope,
        partners: Sequence[Partner],
        benefit: Benefit | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, benefit=benefit, **kwargs)
        self.fields["segment"] = segment_field(scope, benefit.segment if benefit else None)
        self.fields["segment"].help_text = _(
            "Empty: all members of the partner's unit and of those below it."
        )
        self.fields["partner"] = forms.TypedChoiceField(
            label=_("Partner"),
            choices=[(partner.pk, partner.name) for partner in partners],
            coerce=int,
            initial=benefit.partner_id if benefit else None,
            widget=sized(forms.Select(), "m"),
        )
        if benefit is not None:
            del self.fields["partner"]
        self.order_fields(["partner"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("single_use") and data.get("use") != Use.CARD:
            self.add_error("single_use", _("Only a benefit that is used with the card can be given once."))
        return data


class CheckForm(UiForm):
    """At the till: which benefit, and what the card or the member says."""

    benefit = forms.TypedChoiceField(
        label=gettext_lazy("Benefit"), coerce=int, widget=sized(forms.Select(), "m")
    )
    text = forms.CharField(
        label=gettext_lazy("Code of the card or of the member"),
        max_length=400,
        help_text=gettext_lazy(
            "Read the QR code of the card with a reader, or write the eight signs the member shows."
        ),
        widget=sized(
            forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
            "m",
        ),
    )
    sending = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, benefits: Sequence[Benefit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["benefit"].choices = [(one.pk, f"{one.title} ({one.partner})") for one in benefits]  # type: ignore[attr-defined]


class ReasonForm(UiForm):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("The partner sees it."),
        widget=forms.Textarea({"rows": "2"}),
    )
