"""Small forms around the member list: a view's name, the columns, the format of a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.forms import OptionLabel, UiForm
from members.tables import MemberColumn


class ViewForm(UiForm):
    name = forms.CharField(
        label=_("Name of the view"), max_length=60, help_text=_("For example: Forest owners of the islands")
    )


class ColumnsForm(UiForm):
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        help_text=_("The name always comes first. The file you export has the same columns."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, columns: list[MemberColumn], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = [(c.key, c.header) for c in columns]  # type: ignore[attr-defined]


class ExportForm(UiForm):
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[
            (
                "xlsx",
                OptionLabel(
                    _("Spreadsheet (XLSX)"), _("Opens in Excel and LibreOffice, sums and dates in place.")
                ),
            ),
            (
                "csv",
                OptionLabel(
                    _("Text table (CSV)"), _("For other programs. Semicolons, decimal commas, UTF-8.")
                ),
            ),
        ],
        widget=forms.RadioSelect,
    )
