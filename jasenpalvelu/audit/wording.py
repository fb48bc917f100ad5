"""Recorded rows in words: which thing, which of its facts, from what to what, under the names people know.

Labels are the models' own `verbose_name`s. What a reader may see is decided above: `sees(table, column)` answers for
every column, and what is masked is told as changed, never from what to what.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    Field,
    FileField,
    ForeignKey,
    Model,
)
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.audit.history import Act, acts
from jasenpalvelu.audit.models import Change
from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.reference import municipality_name


class Sight(Enum):
    """How much of a column the reader is told."""

    SHOWN = "shown"
    MASKED = "masked"
    LEFT_OUT = "left out"


Sees = Callable[[str, str], Sight]
Names = dict[tuple[tuple[type[Model], str], str], str]


@dataclass(frozen=True)
class FieldTold:
    """`old` and `new` are None when they are masked."""

    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class RowTold:
    """One row: "jäsenyys", op I/U/D, its facts."""

    thing: str
    table: str
    row_id: str
    op: str
    fields: tuple[FieldTold, ...]


MUNICIPALITIES = {"home_municipality", "municipality", "municipalities"}
# Nothing was written in the column; a new row does not tell of it.
EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True)
class ActTold:
    at: datetime
    actor: str
    kind: str
    summary: str
    rows: tuple[RowTold, ...]
    undone: bool


def history_for(
    *,
    sees: Sees,
    party_id: int | None = None,
    unit_id: int | None = None,
    holding_ids: Iterable[int] = (),
    rows: Iterable[tuple[str, object]] = (),
    limit: int = 20,
    before: int | None = None,
) -> tuple[list[ActTold], int | None]:
    """Acts newest first, and the `before` of the next page (None at the end). Acts that tell the reader nothing are left out."""
    found, more = acts(
        party_id=party_id,
        unit_id=unit_id,
        holding_ids=list(holding_ids),
        rows=list(rows),
        limit=limit,
        before=before,
    )
    names = _names([change for act in found for change in act.changes], sees)
    told = [_told(act, sees, names) for act in found]
    return [act for act in told if act.rows], found[-1].cursor if more else None


def _told(act: Act, sees: Sees, names: Names) -> ActTold:
    rows = (_row(change, sees, names) for change in act.changes)
    mutation = act.mutation
    return ActTold(
        at=act.at,
        actor=act.actor,
        kind=mutation.kind,
        summary=mutation.summary,
        rows=tuple(row for row in rows if row.fields),
        undone=mutation.undone_by_id is not None,
    )


def _row(change: Change, sees: Sees, names: Names) -> RowTold:
    model = models_by_table().get(change.table_name)
    before, after = change.before or {}, change.after or {}
    fields = []
    for column in after or before:
        sight, field = sees(change.table_name, column), field_of(model, column)
        if sight is Sight.LEFT_OUT or field is None or field.primary_key:
            continue
        if change.op == Change.Op.INSERT and after.get(column) in EMPTY:
            continue
        shown = sight is Sight.SHOWN
        old, new = (_value(field, side.get(column), names) if shown else None for side in (before, after))
        fields.append(FieldTold(str(field.verbose_name), old, new))
    thing = str(model._meta.verbose_name) if model else change.table_name
    return RowTold(thing, change.table_name, change.row_id, change.op, tuple(fields))


def _value(field: Field, value: Any, names: Names) -> str:
    """A recorded JSON value as people write it."""
    if value in EMPTY:
        return _("empty")
    if isinstance(field, FileField):
        return _("a file")
    if isinstance(field, ForeignKey):
        return names.get((_target(field), str(value)), str(value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, DateTimeField):
        moment = parse_datetime(str(value))
        return format_date(moment.astimezone(HELSINKI).date()) if moment else str(value)
    if isinstance(field, DateField):
        return format_date(date.fromisoformat(str(value)))
    if isinstance(field, DecimalField):
        return format_number(Decimal(str(value)), get_language() or "fi", decimals=field.decimal_places)
    if isinstance(value, list):
        return ", ".join(_one(field, part) for part in value)
    return _one(field, value)


def _one(field: Field, value: Any) -> str:
    """One value: of a list of choices by its name, a municipality's code by the municipality's."""
    if field.column in MUNICIPALITIES:
        return municipality_name(str(value), get_language() or "fi") or str(value)
    choices: list[tuple[Any, Any]] = getattr(getattr(field, "base_field", None), "flatchoices", None) or []
    return str(dict(choices).get(value, value))


def _names(changes: Sequence[Change], sees: Sees) -> Names:
    """What foreign keys point at, by name: one query for each kind of thing."""
    wanted: dict[tuple[type[Model], str], set[Any]] = {}
    for change in changes:
        model = models_by_table().get(change.table_name)
        for side in (change.before or {}, change.after or {}):
            for column, value in side.items():
                field = field_of(model, column)
                told = value is not None and sees(change.table_name, column) is Sight.SHOWN
                if told and isinstance(field, ForeignKey):
                    wanted.setdefault(_target(field), set()).add(value)
    return {
        (target, str(key)): str(row)
        for target, keys in wanted.items()
        for key, row in target[0]._base_manager.in_bulk(keys, field_name=target[1]).items()
    }


def _target(field: ForeignKey) -> tuple[type[Model], str]:
    return field.related_model, field.target_field.name


@cache
def models_by_table() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


def field_of(model: type[Model] | None, column: str) -> Field | None:
    """The field a column belongs to; None for a column an older version had."""
    fields = model._meta.concrete_fields if model else ()
    return next((field for field in fields if field.column == column), None)
