"""What somebody keeps in order of their own data: where letters, messages and invoices go, and in which language."""

from __future__ import annotations

from collections.abc import Set

from django import forms
from django.utils.translation import gettext_lazy

from members.forms.party import PartyForm

OWN = frozenset(
    {
        "language",
        "email",
        "phone",
        "invoice_channel",
        "street",
        "co_line",
        "postal_code",
        "city",
        "country",
        "home_municipality",
    }
)
AUTOCOMPLETE = {
    "email": "email",
    "phone": "tel",
    "street": "address-line1",
    "co_line": "address-line2",
    "postal_code": "postal-code",
    "city": "address-level2",
}


class OwnDetailsForm(PartyForm):
    """Name and date of birth are not among these: a mistake in them is told to the association."""

    def _all_fields(self, kind: str, classes: Set[str], *, may_protect: bool) -> dict[str, forms.Field]:
        every = super()._all_fields(kind, classes, may_protect=False)
        fields = {name: field for name, field in every.items() if name in OWN}
        for name, purpose in AUTOCOMPLETE.items():
            fields[name].widget.attrs["autocomplete"] = purpose
        fields["language"].help_text = gettext_lazy("Letters and invoices come in this language.")
        return fields
