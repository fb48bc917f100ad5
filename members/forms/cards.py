"""The day of a list of members, and an order of membership cards on paper."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm
from jasenpalvelu.common.identifiers import parse_member_number
from members.cards.token import LONGEST
from members.models import MembershipType, OrgUnit
from members.ordering import SHEETS, SINGLE, CardOrder

MOST_NUMBERS = 500


class RollForm(UiForm):
    pvm = FinnishDateField(label=_("As of"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pvm"].max_value = today  # type: ignore[attr-defined]


class CardOrderForm(UiForm):
    """`types` are those the association uses."""

    form = forms.ChoiceField(
        label=_("Form"),
        choices=[
            (SHEETS, OptionLabel(_("Sheets"), _("A4, ten cards on a sheet, to be cut along the marks."))),
            (
                SINGLE,
                OptionLabel(
                    _("Single cards"), _("Each card a page of the size of a bank card, for a card printer.")
                ),
            ),
        ],
        widget=forms.RadioSelect,
        initial=SHEETS,
    )
    valid_until = FinnishDateField(
        label=_("Valid until"),
        help_text=_(
            "Printed on the card. Whoever reads the code without a connection accepts it until then; with a connection it stops"
            " at once when the membership ends."
        ),
    )
    since = FinnishDateField(
        label=_("Members since"),
        required=False,
        help_text=_("Only those whose membership began on the day or later."),
    )
    types = forms.MultipleChoiceField(
        label=_("Membership types"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: all types."),
    )
    numbers = forms.CharField(
        label=_("Only these members"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_(
            "Member numbers with blanks or commas between them. Empty: everybody whom the choices above leave."
        ),
    )

    def __init__(self, *args: Any, types: Iterable[MembershipType], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["types"].choices = [(str(one.pk), str(one)) for one in types]  # type: ignore[attr-defined]
        until = self.fields["valid_until"]
        until.min_value, until.max_value = today, today + LONGEST  # type: ignore[attr-defined]
        until.initial = season_end(today)

    def clean_numbers(self) -> tuple[int, ...]:
        written = [word for word in re.split(r"[\s,;]+", self.cleaned_data["numbers"]) if word]
        if len(written) > MOST_NUMBERS:
            raise ValidationError(_("At most %(most)s numbers at a time.") % {"most": MOST_NUMBERS})
        found = []
        for word in written:
            try:
                found.append(parse_member_number(word))
            except ValueError:
                raise ValidationError(_("%(number)s is no member number.") % {"number": word[:20]}) from None
        return tuple(dict.fromkeys(found))

    def order(self, unit: OrgUnit) -> CardOrder:
        data = self.cleaned_data
        return CardOrder(
            unit_id=unit.pk,
            form=data["form"],
            valid_until=data["valid_until"],
            types=tuple(int(key) for key in data["types"]),
            since=data["since"],
            numbers=data["numbers"],
        )


def season_end(today: date) -> date:
    """The last day of March that follows the coming year's fees: cards of a year are printed from October before it on."""
    return date(today.year + (2 if today.month >= 10 else 1), 3, 31)
