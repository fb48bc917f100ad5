"""Forms of fee tables: making one, its limits, the decision, the try-out box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.forms.fee_rules import EUROS
from billing.models import FeeTable
from jasenpalvelu.common.forms import FinnishDateField, FinnishDecimalField, UiForm, sized
from members.models import FeeBasisKind, OrgUnit
from members.models.memberships import FEDERATION_TYPES


class NewTableForm(UiForm):
    """What to begin from: an earlier table, nothing, or a ready template."""

    unit = forms.ModelChoiceField(
        OrgUnit.objects.none(), label=_("Whose fees"), widget=sized(forms.Select(), "m")
    )
    year = forms.IntegerField(
        label=_("Year"),
        min_value=2000,
        max_value=2100,
        widget=sized(forms.TextInput(), "xs", inputmode="numeric"),
    )
    source = forms.ChoiceField(
        label=_("Begin from"),
        help_text=_("You get a copy that you can change."),
        widget=sized(forms.Select(), "m"),
    )

    def __init__(
        self,
        *args: Any,
        units: Any,
        tables: Iterable[FeeTable],
        tariffs: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ModelChoiceField)
        unit.queryset, unit.empty_label = units, None
        self.tables = {f"table:{table.pk}": table for table in tables}
        source = self.fields["source"]
        assert isinstance(source, forms.ChoiceField)
        earlier = [(key, _table_name(table)) for key, table in self.tables.items()]
        groups: list[Any] = [(gettext("Earlier tables"), earlier)] if earlier else []
        groups.append(("empty", gettext("An empty table")))
        groups.append((gettext("Ready templates"), [(f"tariff:{code}", name) for code, name in tariffs]))
        source.choices = groups

    @property
    def source_table(self) -> FeeTable | None:
        return self.tables.get(self.cleaned_data["source"])

    @property
    def tariff(self) -> str:
        kind, _sep, code = self.cleaned_data["source"].partition(":")
        return code if kind == "tariff" else ""


def _table_name(table: FeeTable) -> str:
    return gettext("%(unit)s %(year)s, version %(version)s") % {
        "unit": table.unit,
        "year": table.year,
        "version": table.version,
    }


class LimitsForm(UiForm):
    cap = FinnishDecimalField(
        label=_("The most one payer pays, €"),
        required=False,
        help_text=_("The fee ceiling of this association. Leave empty if there is none."),
        **EUROS,
    )
    instalment_threshold = FinnishDecimalField(
        label=_("Paid in two parts when the invoice is above, €"),
        required=False,
        help_text=_("Leave empty if invoices are always paid at once."),
        **EUROS,
    )


class DecideForm(UiForm):
    decided_by = forms.CharField(
        label=_("Who decided"),
        max_length=120,
        help_text=_("For example: autumn meeting"),
        widget=sized(forms.TextInput(), "m"),
    )
    decided_on = FinnishDateField(label=_("When"))
    section = forms.CharField(
        label=_("Section of the minutes"),
        max_length=20,
        required=False,
        widget=sized(forms.TextInput(), "xs"),
    )


class TryForm(UiForm):
    """The try-out box: a made-up member's type and bases. A GET form, nothing is stored."""

    tyyppi = forms.ChoiceField(
        label=_("Type of member"), choices=FEDERATION_TYPES, widget=sized(forms.Select(), "m")
    )

    def __init__(self, *args: Any, kinds: Iterable[FeeBasisKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = list(kinds)
        for kind in self.kinds:
            self.fields[self.name_of(kind)] = FinnishDecimalField(
                label=f"{kind}, {kind.unit}",
                max_digits=12,
                decimal_places=2,
                min_value=Decimal(0),
                required=False,
            )

    @property
    def quantities(self) -> list[forms.BoundField]:
        return [self[self.name_of(kind)] for kind in self.kinds]

    @staticmethod
    def name_of(kind: FeeBasisKind) -> str:
        return f"p_{kind.pk}"

    @property
    def bases(self) -> dict[str, Decimal]:
        given = ((kind.pk, self.cleaned_data.get(self.name_of(kind))) for kind in self.kinds)
        return {code: value for code, value in given if value is not None}
