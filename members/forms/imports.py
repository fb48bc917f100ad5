"""Forms of the import: the file, its columns with the options, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy, ngettext

from jasenpalvelu.common.forms import FinnishDateField, OptionLabel, UiForm, conditional, sized
from members.importing import reading, wording
from members.importing.csv_files import ENCODINGS
from members.importing.fields import FIELDS, GROUPS, MAY_REPEAT, for_classes
from members.importing.headings import labels
from members.importing.problems import NotATable
from members.models import ImportBatch, MembershipType, OrgUnit
from members.services.importing.reader import known_types

NAMES = ({"last_name", "first_names"}, {"name"}, {"name_first"}, {"organisation"}, {"last_name"})
ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "windows-1252": gettext_lazy("Windows (Western European)"),
    "iso-8859-1": "ISO-8859-1 (Latin-1)",
    "mac_roman": gettext_lazy("old Mac"),
    "cp850": "DOS (850)",
    "utf-16": "UTF-16",
}
NO_CLASS = object()


class UploadForm(UiForm):
    """A member list as it comes from another system."""

    unit = forms.ModelChoiceField(OrgUnit.objects.none(), label=gettext_lazy("Members of"))
    file = forms.FileField(
        label=gettext_lazy("Member list"),
        help_text=gettext_lazy(
            "CSV or Excel (.xlsx), at most 50 MB and 200 000 rows. The columns may be in any order."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xlsm"}),
    )

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        field.queryset = units  # type: ignore[attr-defined]
        self.only_unit = units[0] if len(units) == 1 else None
        if self.only_unit is not None:
            field.required = False
            field.widget = forms.HiddenInput()

    def clean_unit(self) -> OrgUnit | None:
        return self.cleaned_data.get("unit") or self.only_unit

    def clean_file(self) -> bytes:
        upload = self.cleaned_data["file"]
        if upload.size > reading.MAX_BYTES:
            limit = reading.MAX_BYTES // 1024 // 1024
            raise forms.ValidationError(wording.file_problem("too_large", {"limit": limit}))
        self.file_name = upload.name
        return bytes(upload.read())

    def refuse(self, error: NotATable) -> None:
        """The file's own fault is told beside the field."""
        self.add_error("file", wording.file_problem(error.code, error.facts))


class ReadingForm(UiForm):
    """Which sheet or which encoding, when the guess was wrong."""

    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), required=False)

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"sheet": batch.sheet, "encoding": batch.encoding})
        super().__init__(*args, **kwargs)
        sheets = batch.options.get("sheets", [])
        if batch.delimiter:
            del self.fields["sheet"]
            known = [batch.encoding] if batch.encoding not in ENCODINGS else []
            choices = [(code, ENCODING_NAMES.get(code, code)) for code in (*ENCODINGS, *known)]
            self.fields["encoding"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["encoding"]
            self.fields["sheet"].choices = [(name, name) for name in sheets]  # type: ignore[attr-defined]
            if len(sheets) < 2:
                del self.fields["sheet"]


class MappingForm(UiForm):
    """Which column is which field, and what a value not given means. One select for each column: `column_0` and so on."""

    def __init__(
        self, *args: Any, batch: ImportBatch, classes: frozenset[str], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.batch, self.allowed = batch, for_classes(classes)
        self.labels = labels(batch.header)
        choices = self._choices()
        for column, label in enumerate(self.labels):
            self.fields[f"column_{column}"] = forms.ChoiceField(
                label=label,
                choices=choices,
                required=False,
                initial=batch.mapping.get(str(column), ""),
                widget=forms.Select(attrs={"class": "select"}),
            )
        self.types = known_types(batch.unit_id)
        self.fields |= _option_fields(self.types, today, batch.options, birth="birth_date" in self.allowed)
        if birth_column(self):
            conditional(self.fields["birth_purpose"])
        for field in self.fields.values():
            field.label_suffix = ""

    def _choices(self) -> list[Any]:
        groups = [("", gettext("Leave out"))]
        for group in GROUPS:
            fields = [
                (key, wording.FIELDS[key]) for key, field in self.allowed.items() if field.group == group
            ]
            if fields:
                groups.append((str(wording.GROUPS[group]), fields))  # type: ignore[arg-type]
        return groups

    @property
    def columns(self) -> list[dict[str, Any]]:
        """The columns as rows of the page: heading, samples, the select, how sure the proposal is."""
        options = self.batch.options
        confidence, samples = options.get("confidence", {}), options.get("samples", [])
        return [
            {
                "label": label,
                "samples": samples[column] if column < len(samples) else [],
                "field": self[f"column_{column}"],
                "sure": options.get("remembered") or confidence.get(str(column), 0) >= 80,
                "proposed": str(column) in self.batch.mapping,
                "identity_codes": column in options.get("identity_codes", []),
            }
            for column, label in enumerate(self.labels)
        ]

    @property
    def option_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if not name.startswith("column_")]

    @property
    def mapping(self) -> dict[int, str]:
        chosen = {column: self.cleaned_data.get(f"column_{column}") for column in range(len(self.labels))}
        return {column: key for column, key in chosen.items() if key}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        by_field: dict[str, list[int]] = {}
        for column, key in self.mapping.items():
            by_field.setdefault(key, []).append(column)
        for key, columns in by_field.items():
            if len(columns) > 1 and key not in MAY_REPEAT:
                for column in columns[1:]:
                    self.add_error(f"column_{column}", _twice(key, self.labels[columns[0]]))
        if by_field.keys() & {"forest_ha"} and by_field.keys() & {"forest_ha_south", "forest_ha_north"}:
            self.add_error(
                f"column_{by_field['forest_ha'][0]}", gettext("Give the forest either by zone or as a whole.")
            )
        if not any(names <= by_field.keys() for names in NAMES):
            self.add_error(None, gettext("Choose the column or columns that hold the member's name."))
        elif "last_name" in by_field and "first_names" not in by_field and "name" in by_field:
            self.add_error(
                f"column_{by_field['last_name'][0]}", gettext("Choose the column of the first names too.")
            )
        if "birth_date" in by_field and not data.get("birth_purpose"):
            self.add_error("birth_purpose", gettext("Tell why the date of birth is kept."))
        return data

    @property
    def options(self) -> dict[str, Any]:
        """The options as the batch keeps them."""
        data = self.cleaned_data
        return {
            "empty": data["empty"],
            "lenient": data["lenient"] == "value",
            "type": _number(data["type"]),
            "type_organisation": _number(data["type_organisation"]),
            "started_on": data["started_on"].isoformat() if data["started_on"] else None,
            "bases_from": data["bases_from"].isoformat(),
            "bases_area": data["bases_area"],
            "birth_purpose": data.get("birth_purpose", ""),
            "list_missing": data["list_missing"],
        }


def birth_column(form: MappingForm) -> bool:
    """Whether a column of the file is chosen, or proposed while nothing has been sent, as the date of birth."""
    chosen = (form[f"column_{column}"].value() for column in range(len(form.labels)))
    return "birth_purpose" in form.fields and "birth_date" in chosen


def _twice(key: str, other: str) -> str:
    shares = {"field": wording.field_name(key), "other": other}
    return gettext("“%(field)s” has been chosen for the column %(other)s already.") % shares


def _number(text: str) -> int | None:
    return int(text) if text else None


def _option_fields(
    types: Sequence[MembershipType], today: date, kept: Mapping[str, Any], *, birth: bool
) -> dict[str, forms.Field]:
    """What the file does not say. `kept` are the options of the last time."""
    offered = [("", gettext("The row is left out")), *((str(t.pk), str(t)) for t in types if t.active)]
    fields: dict[str, forms.Field] = {
        "type": _select(gettext("Type of a new member whose row has none"), offered, kept.get("type")),
        "type_organisation": _select(
            gettext("The same for organisations"),
            [("", gettext("The same type")), *offered[1:]],
            kept.get("type_organisation"),
        ),
        "started_on": FinnishDateField(
            label=gettext("First day of a new member whose row has none"),
            required=False,
            initial=_day(kept.get("started_on")),
            help_text=gettext("If you leave this empty, such rows are left out."),
        ),
        "bases_from": FinnishDateField(
            label=gettext("Areas and other fee bases are in force from"),
            initial=_day(kept.get("bases_from")) or today.replace(month=1, day=1),
            min_value=date(2000, 1, 1),
        ),
        "bases_area": _radios(
            gettext("The areas in the file"),
            kept.get("bases_area") or "whole",
            {
                "whole": (gettext("are of the whole holding"), ""),
                "unit": (gettext("are of the part in the association's own area"), ""),
            },
        ),
    }
    if birth:
        fields["birth_purpose"] = forms.CharField(
            label=gettext("Why the date of birth is kept"),
            max_length=120,
            required=False,
            initial=kept.get("birth_purpose", ""),
            help_text=gettext(
                "For example: the fee of a student, the age limit of the type. Needed when the file has it."
            ),
        )
    return fields | _rule_fields(kept)


def _rule_fields(kept: Mapping[str, Any]) -> dict[str, forms.Field]:
    return {
        "empty": _radios(
            gettext("An empty cell of a known member"),
            kept.get("empty") or "keep",
            {
                "keep": (gettext("leaves the register's value as it is"), ""),
                "clear": (
                    gettext("clears the register's value"),
                    gettext("E-mail, phone, address, municipality and date of birth."),
                ),
            },
        ),
        "lenient": _radios(
            gettext("A contact detail that cannot be read"),
            "value" if kept.get("lenient") else "row",
            {
                "row": (
                    gettext("leaves the whole row out"),
                    gettext("You correct the row and bring it in again."),
                ),
                "value": (gettext("is left out, the rest of the row is saved"), ""),
            },
        ),
        "list_missing": forms.BooleanField(
            label=gettext("List the members who are not in the file"),
            required=False,
            initial=kept.get("list_missing", True),
            help_text=gettext("The import never ends a membership by itself."),
        ),
    }


def _select(label: str, choices: Sequence[tuple[str, str]], chosen: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=False,
        initial=str(chosen or ""),
        widget=sized(forms.Select(), "m"),
    )


def _radios(label: str, chosen: str, choices: Mapping[str, tuple[str, str]]) -> forms.ChoiceField:
    options = [(key, OptionLabel(text, help) if help else text) for key, (text, help) in choices.items()]
    return forms.ChoiceField(label=label, choices=options, initial=chosen, widget=forms.RadioSelect())


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def rows_text(n: int) -> str:
    """ "1 rivi", "300 riviä"."""
    return ngettext("%(n)s row", "%(n)s rows", n) % {"n": n}


assert set(FIELDS) <= set(wording.FIELDS)
