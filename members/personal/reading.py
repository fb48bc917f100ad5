"""The rows that belong to a person, column by column as the maps say that they are the person's to have (GDPR article 15).

Which columns there are follows from the maps and from nothing else: a column that says "export" is in the copy, and one that
does not is not. What a column tells of other people is left out: they are "another person", but where the link itself is
the person's own (a spouse, a payer) and the other is under no non-disclosure order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext as _

from members.merged import same_as
from members.models import Party, PartyLogin
from members.personal.labels import field_of, label, models_by_table
from members.personal.registry import Rows, all_rows, columns_of

PEOPLE, USERS = "members.Party", "accounts.User"
CHANGE = "audit_change"


@dataclass(frozen=True)
class Person:
    """The keys a person is found by: the entry that goes on with those joined to it, and the logins."""

    party: Party
    parties: tuple[int, ...]
    users: tuple[int, ...]

    @cached_property
    def params(self) -> dict[str, list[int]]:
        return {"parties": list(self.parties), "users": list(self.users)}


@dataclass(frozen=True)
class Ref:
    """What a key points at. `own`: the person; `hidden`: somebody who is not named here."""

    pk: Any
    name: str
    own: bool = False
    hidden: bool = False

    def plain(self) -> Any:
        if self.own:
            return {"self": True, "name": self.name}
        return {"another_person": True} if self.hidden else {"id": self.pk, "name": self.name}


@dataclass(frozen=True)
class Part:
    """What one table holds of the person: names of the columns, and the rows with what each column says."""

    rows: Rows
    columns: dict[str, str]
    lines: list[dict[str, Any]]
    total: int


def person(party_id: int) -> Person:
    """Whichever of the member's entries is given. Raises Party.DoesNotExist."""
    keys = same_as(party_id)
    party = Party.objects.select_related("person", "organisation").get(pk__in=keys, merged_into=None)
    users = PartyLogin.objects.filter(party__in=keys).order_by("pk").values_list("user_id", flat=True)
    return Person(party, tuple(keys), tuple(users))


def exported(table: str) -> list[str]:
    """The columns of the table that the person gets."""
    return [name for name, column in columns_of(table).items() if column.export]


def keys(rows: Rows, found: Person, *, limit: int | None = None) -> list[Any]:
    """Keys of the person's rows, the newest first."""
    most = f" LIMIT {limit:d}" if limit else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT t."{rows.key}" FROM {rows.table} t WHERE {rows.where} ORDER BY 1 DESC{most}',  # noqa: S608
            found.params,
        )
        return [pk for (pk,) in cursor.fetchall()]


def count(found: Person) -> int:
    """How many rows there are in all; the number decides whether the copy is made at once."""
    parts = [f"(SELECT count(*) FROM {rows.table} t WHERE {rows.where})" for rows in _told()]  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + " + ".join(parts), found.params)
        return int(cursor.fetchone()[0])


def _told() -> list[Rows]:
    return [rows for rows in all_rows() if exported(rows.table)]


def parts(found: Person, *, limit: int | None = None) -> list[Part]:
    """Everything, in the order of the copy and in the language of the moment; of long tables the newest `limit` rows."""
    models = models_by_table()
    return [_part(rows, models[rows.table], found, limit) for rows in _told()]


def _part(rows: Rows, model: type[Model], found: Person, limit: int | None) -> Part:
    names = exported(rows.table)
    pks = keys(rows, found, limit=limit)
    total = len(pks) if limit is None or len(pks) < limit else len(keys(rows, found))
    fields = {name: field_of(model, name).attname for name in names}
    extra = ["table_name", "op"] if rows.table == CHANGE else []
    values = model._base_manager.filter(pk__in=pks).order_by("-pk").values(*fields.values(), *extra)
    told = [{name: row[attname] for name, attname in fields.items()} | _also(row, extra) for row in values]
    if rows.table == CHANGE:
        told = [_change(row, found) for row in told]
    _refer(told, model, rows, found)
    return Part(rows, {name: label(model, name) for name in names}, told, total)


def _also(row: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _change(row: dict[str, Any], found: Person) -> dict[str, Any]:
    """Before and after, cut to the columns of the table that are the person's; whom keys point at is not told here."""
    model = models_by_table().get(row["table_name"])
    for side in ("before", "after"):
        row[side] = _cut(row["table_name"], model, row[side] or {}, found)
    return row


def _cut(table: str, model: type[Model] | None, values: Mapping[str, Any], found: Person) -> dict[str, Any]:
    may = set(exported(table)) if model else set()
    return {
        name: value if not _is_person(model, name) else _own_or_other(value, found)
        for name, value in values.items()
        if name in may
    }


def _is_person(model: type[Model] | None, column: str) -> bool:
    if model is None:
        return False
    field = field_of(model, column)
    return bool(field.is_relation and field.related_model._meta.label in {PEOPLE, USERS})  # type: ignore[union-attr]


def _own_or_other(value: Any, found: Person) -> str | None:
    if value is None:
        return None
    return "self" if value in {*found.parties, *found.users} else "another person"


# --- what keys point at ---------------------------------------------------------------------------------------------
def _refer(lines: list[dict[str, Any]], model: type[Model], rows: Rows, found: Person) -> None:
    """Put what they point at in the place of keys."""
    if not lines:
        return
    for name in lines[0]:
        field = next((f for f in model._meta.concrete_fields if f.column == name), None)
        if field is None:
            continue
        target = field.related_model._meta.label if field.is_relation else ""  # type: ignore[union-attr]
        if rows.table.startswith("audit_") and name == "party_id":
            target = PEOPLE
        if target:
            wanted = {line[name] for line in lines if line[name] is not None}
            known = _known(target, wanted, found, may_name=name in rows.named)
            for line in lines:
                line[name] = known.get(line[name])


def _known(target: str, wanted: Iterable[Any], found: Person, *, may_name: bool) -> dict[Any, Ref]:
    model: Any = apps.get_model(target)
    if target == PEOPLE:
        people = model.objects.in_bulk(list(wanted))
        return {pk: _party(party, found, may_name=may_name) for pk, party in people.items()}
    if target == USERS:
        users = model.objects.in_bulk(list(wanted))
        return {pk: Ref(pk, user.full_name, own=pk in found.users) for pk, user in users.items()}
    return {pk: Ref(pk, _name_of(row)) for pk, row in model._base_manager.in_bulk(list(wanted)).items()}


def _party(party: Party, found: Person, *, may_name: bool) -> Ref:
    if party.pk in found.parties:
        return Ref(party.pk, party.display_name, own=True)
    hidden = not may_name or party.non_disclosure
    return Ref(party.pk, _("another person") if hidden else party.display_name, hidden=hidden)


def _name_of(row: Any) -> str:
    """A membership has no name of its own; it is called by its association."""
    unit = getattr(row, "unit", None)
    own = str(row)
    return str(unit) if unit is not None and own.startswith(type(row).__name__) else own


# --- values as a machine reads them -------------------------------------------------------------------------------------
def plain(value: Any) -> Any:
    """For JSON: dates by ISO 8601, money as text, so that nothing is rounded on the way."""
    if isinstance(value, Ref):
        return value.plain()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value
