"""Rows to correct as a file of the same columns with the reasons, and the template to begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from jasenpalvelu.common.exports import Column
from members.importing.fields import FIELDS, open_column
from members.importing.headings import labels
from members.importing.problems import is_error
from members.importing.wording import field_name, told

# The template's columns with an example; the headings are in the language of the page.
TEMPLATE = {
    "number": "",
    "last_name": "Metsäpelto",
    "first_names": "Maija Kaarina",
    "street": "Koivulantie 148",
    "postal_code": "00100",
    "city": "Helsinki",
    "email": "maija@example.fi",
    "phone": "09 9555 0142",
    "language": "fi",
    "municipality": "Helsinki",
    "type": "Maatalousyrittäjä",
    "started_on": "1.2.2020",
    "holding_name": "Koivula",
    "y_tunnus": "1572860-0",
    "field_ha": "30,50",
    "forest_ha": "100,00",
    "animal_units": "",
    "payer": "",
}


def template_columns(classes: frozenset[str]) -> list[Column]:
    """The columns that somebody with these field classes may bring in."""

    def cell(key: str) -> Callable[[Any], Any]:
        return lambda row: row[key]

    return [
        Column(field_name(key).split(" (")[0], cell(key))
        for key in TEMPLATE
        if FIELDS[key].field_class in classes
    ]


def error_columns(header: Sequence[str], mapping: Mapping[str, str], classes: frozenset[str]) -> list[Column]:
    """The line, why the row was left out, and the row as it was, as far as the reader's field classes go."""

    def cell(column: int) -> Callable[[Any], Any]:
        def value(row: Any) -> Any:
            told = open_column(mapping, column, classes, protected=row["protected"])
            return row["raw"][column] if told and column < len(row["raw"]) else ""

        return value

    first = [
        Column(_("Line"), lambda row: str(row["line"]), width=8),
        Column(_("Why the row was left out"), lambda row: row["why"], width=60),
    ]
    return first + [
        Column(label, cell(column))
        for column, label in enumerate(labels(header))
        if open_column(mapping, column, classes)
    ]


def error_rows(rows: Iterator[dict[str, Any]], classes: frozenset[str]) -> Iterator[dict[str, Any]]:
    for row in rows:
        reasons = [
            told(found, classes, protected=row["protected"]) for found in row["problems"] if is_error(found)
        ]
        if row["protected"]:
            reasons.append(_("A non-disclosure order hides the contact details of this row."))
        yield row | {"why": " ".join(reasons)}
