"""Values of the person's copy as people read them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Field, Model
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.audit.models import Change
from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.reference import municipality_name
from members.personal.labels import field_of, label, models_by_table
from members.personal.reading import Ref
from members.seers import classes_text

MUNICIPALITIES = {"home_municipality", "municipality"}
NOTHING = "–"


def text(model: type[Model], column: str, value: Any) -> str:
    """One value on one line."""
    if value is None or value == "" or value == [] or value == {}:
        return NOTHING
    if isinstance(value, Ref):
        return _("you") if value.own and not value.name else value.name or NOTHING
    if column in MUNICIPALITIES:
        return municipality_name(str(value), get_language() or "fi") or str(value)
    if column == "classes":
        return classes_text(str(value))
    field = field_of(model, column)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(value, field)


def _plain(value: Any, field: Field | None = None) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        local = value.astimezone(clock.HELSINKI)
        return f"{format_date(local.date())} {local:%H.%M}"
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, Decimal):
        return format_number(value, get_language() or "fi", decimals=2)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain(inner)}" for key, inner in value.items() if inner not in (None, ""))
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (_plain(inner) for inner in value)))
    return str(value)


def change(row: dict[str, Any]) -> tuple[str, list[str]]:
    """Of a changed row: what it is of, and what became of each of its columns."""
    model = models_by_table().get(row["table_name"])
    if model is None:
        return row["table_name"], []
    before, after = row["before"] or {}, row["after"] or {}
    names = sorted({*before, *after})
    if row["op"] == Change.Op.UPDATE:
        lines = [
            _("%(name)s: %(before)s → %(after)s")
            % {
                "name": label(model, name),
                "before": _side(model, name, before.get(name)),
                "after": _side(model, name, after.get(name)),
            }
            for name in names
        ]
    else:
        values = after or before
        lines = [f"{label(model, name)}: {_side(model, name, values[name])}" for name in names if values.get(name) not in (None, "")]  # fmt: skip
    return str(Change.Op(row["op"]).label), lines


def _side(model: type[Model], column: str, value: Any) -> str:
    """A value of a change, which the log keeps as JSON."""
    if value == "self":
        return _("you")
    if value == "another person":
        return _("another person")
    field = field_of(model, column)
    if field.is_relation and value is not None:
        return _named(field, value)
    return text(model, column, value)


def _named(field: Field, value: Any) -> str:
    row = field.related_model._base_manager.filter(pk=value).first()  # type: ignore[union-attr]
    return str(row) if row is not None else str(value)
