"""The form of one component of a fee table: only the fields its kind needs, and its classes as rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.brackets import Bracket, Flaw, flaws
from billing.models import FeeRule
from billing.models.fees import OncePer, RuleKind
from billing.services.fee_tables import WITH_CLASSES
from billing.wording import once_choices
from jasenpalvelu.common.forms import FinnishDecimalField, OptionLabel, UiForm, sized
from jasenpalvelu.common.money import format_number
from members.models import FeeBasisKind, OrgUnit
from members.models.memberships import FEDERATION_TYPES

KINDS = [
    (RuleKind.FLAT, OptionLabel(_("Fixed sum"), _("The same sum to everyone it concerns."))),
    (
        RuleKind.BRACKET,
        OptionLabel(_("Sum by class"), _("By hectares or another basis: 10–19.99 ha 62 €.")),
    ),
    (RuleKind.PER_UNIT, OptionLabel(_("Price per unit"), _("Hectares or animal units times a price."))),
    (
        RuleKind.TIERED,
        OptionLabel(
            _("Price per unit in tiers"), _("The first units at one price, the next ones at another.")
        ),
    ),
    (
        RuleKind.PERCENT_DISCOUNT,
        OptionLabel(_("Discount, per cent"), _("Taken off the components above it.")),
    ),
    (
        RuleKind.AMOUNT_DISCOUNT,
        OptionLabel(_("Discount, sum"), _("A fixed sum off the components above it.")),
    ),
]
DISCOUNTS = frozenset({RuleKind.PERCENT_DISCOUNT, RuleKind.AMOUNT_DISCOUNT})
WITH_BASIS = WITH_CLASSES | {RuleKind.PER_UNIT}
# Fields beside the common ones, by the kind of the component.
FIELDS_OF: dict[str, tuple[str, ...]] = {
    RuleKind.FLAT: ("amount", "once_per"),
    RuleKind.PER_UNIT: ("bases", "basis_area", "unit_price", "minimum", "maximum", "required", "once_per"),
    RuleKind.BRACKET: ("bases", "basis_area", "required", "once_per"),
    RuleKind.TIERED: ("bases", "basis_area", "minimum", "maximum", "required", "once_per"),
    RuleKind.PERCENT_DISCOUNT: ("percent", "maximum", "condition", "once_per"),
    RuleKind.AMOUNT_DISCOUNT: ("amount", "condition", "once_per"),
}
COMMON = ("name_fi", "name_sv", "name_en")
LATER = (
    "types",
    "excluded_types",
    "proration",
    "join_cutoff",
    "beneficiary",
    "account",
    "vat_code",
    "vat_rate",
)
VAT_CODES = [
    ("O", _("Outside VAT: membership fee")),
    ("S", _("Taxable service")),
    ("E", _("Exempt from VAT")),
]
EUROS: dict[str, Any] = {"max_digits": 12, "decimal_places": 2, "min_value": Decimal(0)}


def _choices(name: str) -> list[tuple[str, Any]]:
    field = FeeRule._meta.get_field(name)
    assert isinstance(field, models.CharField)
    return list(field.flatchoices)


class RuleForm(UiForm):
    """One component; only the fields its kind needs are shown."""

    name_fi = forms.CharField(label=_("Name in Finnish"), max_length=80, widget=sized(forms.TextInput(), "m"))
    name_sv = forms.CharField(
        label=_("Name in Swedish"), max_length=80, required=False, widget=sized(forms.TextInput(), "m")
    )
    name_en = forms.CharField(
        label=_("Name in English"), max_length=80, required=False, widget=sized(forms.TextInput(), "m")
    )
    amount = FinnishDecimalField(label=_("Sum, €"), **EUROS)
    unit_price = FinnishDecimalField(
        label=_("Price per unit, €"), max_digits=12, decimal_places=4, min_value=Decimal(0)
    )
    percent = FinnishDecimalField(
        label=_("Discount, %"),
        max_digits=5,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal(100),
    )
    bases = forms.MultipleChoiceField(
        label=_("By which basis"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("If you choose several, their values are added up."),
    )
    basis_area = forms.ChoiceField(
        label=_("Which part of the basis"),
        choices=_choices("basis_area"),
        widget=forms.RadioSelect,
        initial="total",
    )
    minimum = FinnishDecimalField(label=_("At least, €"), required=False, **EUROS)
    maximum = FinnishDecimalField(label=_("At most, €"), required=False, **EUROS)
    required = forms.BooleanField(
        label=_("The basis must be known"),
        required=False,
        help_text=_(
            "A payer without the basis gets no invoice but is shown to you. Otherwise the basis counts as nothing."
        ),
    )
    condition = forms.ChoiceField(
        label=_("When"),
        required=False,
        choices=[("", _("Always")), ("family", _("When another member of the household pays"))],
        widget=forms.RadioSelect,
    )
    once_per = forms.ChoiceField(
        label=_("How often it is charged"),
        choices=once_choices,
        widget=sized(forms.Select(), "m"),
        initial=OncePer.MEMBERSHIP,
        help_text=_("Once per holding: one charge however many associations the holding belongs to."),
    )
    types = forms.MultipleChoiceField(
        label=_("Only for these types of member"),
        required=False,
        choices=FEDERATION_TYPES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: for all."),
    )
    excluded_types = forms.MultipleChoiceField(
        label=_("Not for these types of member"),
        required=False,
        choices=FEDERATION_TYPES,
        widget=forms.CheckboxSelectMultiple,
    )
    proration = forms.ChoiceField(
        label=_("Joined during the year"),
        choices=_choices("proration"),
        widget=sized(forms.Select(), "m"),
        initial="none",
    )
    join_cutoff = forms.CharField(
        label=_("Not charged when joined after"),
        required=False,
        help_text=_("Day and month, for example 31.10."),
        widget=sized(forms.TextInput(), "xs"),
    )
    beneficiary = forms.ModelChoiceField(
        OrgUnit.objects.none(),
        label=_("Who gets the money"),
        required=False,
        widget=sized(forms.Select(), "m"),
    )
    account = forms.RegexField(
        r"^[0-9]{0,10}$",
        label=_("Account in bookkeeping"),
        required=False,
        widget=sized(forms.TextInput(), "xs", inputmode="numeric"),
        error_messages={"invalid": _("Write the account with digits, at most ten.")},
    )
    vat_code = forms.ChoiceField(
        label=_("VAT"), choices=VAT_CODES, initial="O", widget=sized(forms.Select(), "m")
    )
    vat_rate = FinnishDecimalField(
        label=_("VAT rate, %"),
        max_digits=5,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal(100),
        required=False,
    )

    def __init__(self, *args: Any, kind: str, beneficiaries: Any, own_name: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        wanted = {*COMMON, *FIELDS_OF[kind], *LATER}
        for name in [name for name in self.fields if name not in wanted]:
            del self.fields[name]
        beneficiary = self.fields["beneficiary"]
        assert isinstance(beneficiary, forms.ModelChoiceField)
        beneficiary.queryset, beneficiary.empty_label = beneficiaries, own_name
        if "bases" in self.fields:
            kinds = FeeBasisKind.objects.order_by("position")
            bases = self.fields["bases"]
            assert isinstance(bases, forms.MultipleChoiceField)
            bases.choices = [(kind.pk, f"{kind}, {kind.unit}") for kind in kinds]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        order = [*COMMON, *FIELDS_OF[self.kind]]
        return [self[name] for name in order if name in self.fields]

    @property
    def later_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in LATER]

    @property
    def later_open(self) -> bool:
        """Whether the folded part holds an error or something else than the usual."""
        usual = {"proration": "none", "vat_code": "O"}
        if self.is_bound:
            return any(name in self.errors for name in LATER)
        return any(
            (self.initial.get(name) or usual.get(name, "")) != usual.get(name, "")
            for name in LATER
            if name != "vat_rate"
        )

    def clean_join_cutoff(self) -> str:
        """Stored as MM-DD; shown and typed as day and month."""
        text = self.cleaned_data["join_cutoff"].strip()
        if not text:
            return ""
        match = re.fullmatch(r"([0-9]{1,2})\.\s*([0-9]{1,2})\.?", text)
        if match is None:
            raise ValidationError(gettext("Write the day and the month, for example 31.10."))
        day, month = int(match.group(1)), int(match.group(2))
        if not (1 <= month <= 12 and 1 <= day <= 31):
            raise ValidationError(
                gettext("There is no such day. Write the day and the month, for example 31.10.")
            )
        return f"{month:02d}-{day:02d}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        least, most = data.get("minimum"), data.get("maximum")
        if least is not None and most is not None and least > most:
            self.add_error("maximum", gettext("The highest sum must be at least as large as the lowest."))
        both = sorted(set(data.get("types", ())) & set(data.get("excluded_types", ())))
        if both:
            names = ", ".join(str(dict(FEDERATION_TYPES)[code]) for code in both)
            self.add_error("excluded_types", gettext("Chosen in both lists: %(names)s.") % {"names": names})
        if data.get("vat_code") == "S" and not data.get("vat_rate"):
            self.add_error("vat_rate", gettext("A taxable service needs its VAT rate."))
        return data

    @property
    def values(self) -> dict[str, Any]:
        """The columns of the rule; what the kind does not use is emptied."""
        data = self.cleaned_data
        columns: dict[str, Any] = {
            "amount": None, "unit_price": None, "percent": None, "minimum": None, "maximum": None, "bases": [],
            "basis_area": "total", "required": False, "condition": "",
        }  # fmt: skip
        columns |= {name: value for name, value in data.items() if name not in ("beneficiary", "vat_rate")}
        beneficiary = data.get("beneficiary")
        taxable = data.get("vat_code") == "S"
        return columns | {
            "kind": self.kind,
            "beneficiary_id": beneficiary.pk if beneficiary else None,
            "vat_rate": data.get("vat_rate") if taxable else Decimal(0),
        }


def initial_of(rule: FeeRule) -> dict[str, Any]:
    """What the form shows of a stored component."""
    names = [
        *COMMON,
        *LATER,
        "amount",
        "unit_price",
        "percent",
        "bases",
        "basis_area",
        "minimum",
        "maximum",
        "required",
    ]
    initial = {name: getattr(rule, name) for name in (*names, "condition", "once_per")}
    month, _sep, day = rule.join_cutoff.partition("-")
    initial["join_cutoff"] = f"{int(day)}.{int(month)}." if rule.join_cutoff else ""
    initial["vat_rate"] = rule.vat_rate or None
    return initial


class BracketForm(UiForm):
    """A class as a row: from, below, sum. A wholly empty row is left out."""

    lower = FinnishDecimalField(label=_("From"), max_digits=12, decimal_places=2, min_value=Decimal(0))
    upper = FinnishDecimalField(
        label=_("Below"), max_digits=12, decimal_places=2, min_value=Decimal(0), required=False
    )
    amount = FinnishDecimalField(label=_("Sum, €"), max_digits=12, decimal_places=4, min_value=Decimal(0))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        lower, upper = data.get("lower"), data.get("upper")
        if lower is not None and upper is not None and upper <= lower:
            self.add_error("upper", gettext("The class must end above %(lower)s.") % {"lower": _shown(lower)})
        return data


class _Brackets(forms.BaseFormSet):
    """The rows of a component's classes. Gaps and overlaps are errors beside the row where they begin."""

    def clean(self) -> None:
        if any(form.errors for form in self.forms):
            return
        filled = [form for form in self.forms if form.has_changed()]
        if not filled:
            raise ValidationError(gettext("Write at least one class."))
        for found in flaws(self.rows(filled)):
            filled[found.index].add_error("lower", _flaw_text(found.flaw, found.at))

    def rows(self, filled: Sequence[forms.BaseForm] | None = None) -> list[Bracket]:
        chosen = filled if filled is not None else [form for form in self.forms if form.has_changed()]
        return [
            Bracket(form.cleaned_data["lower"], form.cleaned_data["upper"], form.cleaned_data["amount"])
            for form in chosen
        ]


def _flaw_text(flaw: Flaw, at: Decimal) -> str:
    texts: dict[Flaw, Promise] = {
        Flaw.GAP: _("A gap before this class: begin at %(at)s."),
        Flaw.OVERLAP: _("Overlaps the class above: begin at %(at)s."),
        Flaw.AFTER_OPEN: _("The class above has no upper end. Give it one, or remove this class."),
        Flaw.EMPTY: _("The class must end above %(at)s."),
    }
    return str(texts[flaw]) % {"at": _shown(at)}


def _shown(value: Decimal) -> str:
    return format_number(value, decimals=2)


BracketFormSet = forms.formset_factory(
    BracketForm, formset=_Brackets, extra=4, max_num=200, absolute_max=200, validate_max=True
)
