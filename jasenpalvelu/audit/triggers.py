"""Triggers for a model's `Meta.triggers`: every change recorded, some rows never changed.

    class Meta:
        triggers = tracked(party="party_id", unit="unit_id")

An argument of `tracked` says whose history the row belongs to: a column of the table, or an SQL expression
over `r`, the changed row: `party="(SELECT m.party_id FROM members_membership m WHERE m.id = r.membership_id)"`.

The triggers are statement-level and set-based, so that a bulk update of 300 000 rows costs one INSERT … SELECT. They
fire for the ORM, COPY and raw SQL alike, and refuse a write outside `audit.services.mutation`. TRUNCATE fires no row
triggers, so it is refused on its own unless the session says `SET jasenpalvelu.maintenance = 'truncate'` (the test
database does, because transactional tests empty tables that way; nothing else is loosened by it).
"""

import re
from collections.abc import Sequence
from typing import Any

import pgtrigger

NOISE = ("updated_at", "search_vector")

_REFUSE_OUTSIDE = """
_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;
IF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN
  IF EXISTS (SELECT 1 FROM {rows}) THEN
    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',
      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END IF;
"""

_COLUMNS = "INSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after)"

_INSERTED = """
{columns} SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.{pk}::text, {owners}, 'I',
  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r){minus}) FROM new_rows r;
RETURN NULL;
"""

_DELETED = """
{columns} SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.{pk}::text, {owners}, 'D',
  jsonb_strip_nulls(to_jsonb(r){minus}), NULL::jsonb FROM old_rows r;
RETURN NULL;
"""

# A changed key would escape the join of old and new rows, hence the refusal before it. Naming the columns is four times
# as fast as comparing the two rows as JSON; a new column changes the function, which makemigrations notices.
_UPDATED = """
IF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o.{pk} = n.{pk})) THEN
  RAISE EXCEPTION 'The key of a row in % cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END IF;
{columns} SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.{pk}::text, {owners}, 'U',
  to_jsonb(o){minus} - d.same, to_jsonb(r){minus} - d.same
FROM new_rows r JOIN old_rows o ON o.{pk} = r.{pk}
CROSS JOIN LATERAL (SELECT array_remove(ARRAY[{same}], NULL) AS same) d
WHERE cardinality(d.same) < {watched}{since};
RETURN NULL;
"""
# Of rows that tell themselves what they were at first; a write outside a mutation is refused all the same.
_BORN = "RETURN NULL;"

_REFUSE_TRUNCATE = """
IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN
  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END IF;
RETURN NULL;
"""


class _Tracker(pgtrigger.Trigger):
    """One statement trigger of `tracked`; the table's key and name are known only when the model is."""

    level = pgtrigger.Statement
    when = pgtrigger.After
    declare = [("_mutation", "uuid")]

    def __init__(
        self, *, body: str, rows: str, owners: str, exclude: Sequence[str], since: str, **kwargs: object
    ) -> None:
        self.body, self.rows, self.owners, self.exclude, self.since = body, rows, owners, exclude, since
        super().__init__(**kwargs)  # type: ignore[arg-type]

    def get_func(self, model: Any) -> str:
        pk = model._meta.pk
        assert pk is not None
        watched = [field.column for field in model._meta.concrete_fields if field.column not in self.exclude]
        body = self.body.format(
            columns=_COLUMNS,
            pk=f'"{pk.column}"',
            owners=self.owners,
            minus=_minus(self.exclude),
            same=", ".join(
                f'CASE WHEN o."{column}" IS NOT DISTINCT FROM r."{column}" THEN \'{column}\' END'
                for column in watched
            ),
            watched=len(watched),
            since=f" AND ({self.since})" if self.since else "",
        )
        return (_REFUSE_OUTSIDE.format(rows=self.rows) + body).strip()


def tracked(
    *,
    party: str | None = None,
    unit: str | None = None,
    holding: str | None = None,
    exclude: Sequence[str] = NOISE,
    since: str = "",
) -> list[pgtrigger.Trigger]:
    """Record every inserted, changed and deleted row in `audit_change`; refuse writes outside a mutation.

    `exclude` names columns whose change alone is not a change (time stamps, search vectors). `since` is for final rows that
    come by the hundred thousand and tell themselves what they were at first: they have a history from when the condition
    holds (SQL over `o`, the row before).
    """
    owners = ", ".join(_owner(expression) for expression in (party, unit, holding))

    def tracker(name: str, operation: pgtrigger.Operation, body: str, **tables: str) -> _Tracker:
        rows = tables.get("new") or tables["old"]
        referencing = pgtrigger.Referencing(**tables)
        return _Tracker(
            name=name,
            operation=operation,
            referencing=referencing,
            body=body,
            rows=rows,
            owners=owners,
            exclude=exclude,
            since=since if operation is pgtrigger.Update else "",
        )

    return [
        tracker("track_insert", pgtrigger.Insert, _BORN if since else _INSERTED, new="new_rows"),
        tracker("track_update", pgtrigger.Update, _UPDATED, old="old_rows", new="new_rows"),
        tracker("track_delete", pgtrigger.Delete, _DELETED, old="old_rows"),
        no_truncate(),
    ]


# The act that takes a person's data out of what is otherwise final (ADR 0018). It is written by one service only.
ERASE_ACT = "privacy.erase"
_ERASING = (
    f"EXISTS (SELECT 1 FROM audit_mutation m WHERE m.kind = '{ERASE_ACT}'"  # noqa: S608 -- our own name
    " AND m.id = nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid)"
)
_REFUSE_CHANGE = (
    "RAISE EXCEPTION 'Rows of % can only be added: % refused', TG_TABLE_NAME, TG_OP"
    " USING ERRCODE = 'restrict_violation';"
)


class Erasable(pgtrigger.Trigger):
    """Refuses every change but one: in the act of an erasure the named columns may lose what they hold, where `over` holds (SQL
    over OLD). Nothing can be put in the place of it: texts become empty or a dash, JSON keeps a part of what it had."""

    when = pgtrigger.Before
    operation = pgtrigger.Update

    def __init__(
        self, *, columns: Sequence[str], over: str = "true", refuse: str = _REFUSE_CHANGE, **kwargs: object
    ) -> None:
        self.columns, self.over, self.refuse = columns, over, refuse
        super().__init__(**kwargs)  # type: ignore[arg-type]

    def get_func(self, model: Any) -> str:
        fields = model._meta.concrete_fields
        others = [f.column for f in fields if f.column not in self.columns]
        same = " AND ".join(f'OLD."{c}" IS NOT DISTINCT FROM NEW."{c}"' for c in others)
        emptied = " AND ".join(_emptied(f) for f in fields if f.column in self.columns)
        return (
            f"IF {same} AND {emptied} AND ({self.over}) AND {_ERASING} THEN RETURN NEW; END IF; {self.refuse}"
        )


def _emptied(field: Any) -> str:
    """SQL: the column is as it was, or has lost what it held."""
    new, kind = f'NEW."{field.column}"', field.get_internal_type()
    if kind == "JSONField":
        empty = f"{new} <@ OLD.\"{field.column}\" OR {new} IN ('{{}}', '[]')"
    elif kind in {"CharField", "TextField"}:
        empty = f"{new} IN ('', '–')"
    else:
        empty = f"cardinality({new}) = 0"
    return f'({new} IS NOT DISTINCT FROM OLD."{field.column}" OR {new} IS NULL OR {empty})'


def append_only(
    name: str = "append_only", *, erasable: Sequence[str] = (), over: str = ""
) -> list[pgtrigger.Trigger]:
    """Rows can be added, never changed, deleted or truncated (events, ledger lines); an erasure may empty `erasable` columns, and
    delete rows for which `over` holds (SQL over OLD)."""
    if erasable:
        lets = f"IF ({over}) AND {_ERASING} THEN RETURN OLD; END IF; " if over else ""
        refuse = pgtrigger.Trigger(
            name=name, when=pgtrigger.Before, operation=pgtrigger.Delete, func=lets + _REFUSE_CHANGE
        )
        return [refuse, Erasable(name=f"{name}_update", columns=erasable), no_truncate()]
    operation = pgtrigger.Update | pgtrigger.Delete
    refuse = pgtrigger.Trigger(name=name, when=pgtrigger.Before, operation=operation, func=_REFUSE_CHANGE)
    return [refuse, no_truncate()]


def immutable_when(
    condition: str,
    *,
    columns: Sequence[str] | None = None,
    allow: Sequence[str] = (),
    erasable: Sequence[str] = (),
    name: str = "immutable",
) -> list[pgtrigger.Trigger]:
    """A row for which `condition` holds (SQL over OLD: `OLD.issued_at IS NOT NULL`) is final and cannot be deleted.

    `columns` freezes only these columns; `allow` freezes all but these. Give one or neither. An erasure may empty `erasable` ones.
    """
    assert columns is None or not allow, "columns and allow exclude each other"
    frozen = pgtrigger.Condition(condition)
    return [
        _Frozen(name=f"{name}_update", condition=frozen, columns=columns, allow=allow, erasable=erasable),
        pgtrigger.Trigger(
            name=f"{name}_delete",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            condition=frozen,
            func=pgtrigger.Func(_REFUSE_FINAL),
        ),
        no_truncate(),
    ]


_REFUSE_FINAL = (
    "RAISE EXCEPTION 'Row % of % is final: % refused', OLD.{meta.pk.column}, TG_TABLE_NAME, TG_OP"
    " USING ERRCODE = 'restrict_violation';"
)


class _Frozen(pgtrigger.Trigger):
    """Refuses a change of the frozen columns. Column by column: comparing whole rows as JSON costs a millisecond a row."""

    when = pgtrigger.Before
    operation = pgtrigger.Update

    def __init__(
        self,
        *,
        columns: Sequence[str] | None,
        allow: Sequence[str],
        erasable: Sequence[str] = (),
        **kwargs: object,
    ) -> None:
        self.columns, self.allow, self.erasable = columns, allow, erasable
        super().__init__(**kwargs)  # type: ignore[arg-type]

    def get_func(self, model: Any) -> str:
        pk = model._meta.pk
        assert pk is not None
        every = [field.column for field in model._meta.concrete_fields if field.column not in self.allow]
        frozen = [column for column in self.columns or every if column not in self.erasable]
        changed = " OR ".join(f'OLD."{c}" IS DISTINCT FROM NEW."{c}"' for c in frozen)
        refuse = _REFUSE_FINAL.replace("{meta.pk.column}", f'"{pk.column}"')
        if self.erasable:
            fields = [field for field in model._meta.concrete_fields if field.column in self.erasable]
            emptied = " AND ".join(_emptied(field) for field in fields)
            same = " AND ".join(f'OLD."{f.column}" IS NOT DISTINCT FROM NEW."{f.column}"' for f in fields)
            changed += f" OR NOT ({same}) AND NOT ({emptied} AND {_ERASING})"
        return f"IF {changed} THEN {refuse} END IF; RETURN NEW;"


_CLOSED = """
IF EXISTS (SELECT 1 FROM {rows} WHERE {closed}{unless}) THEN
  RAISE EXCEPTION 'The rows of % are closed: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END IF;
RETURN NULL;
"""


def closed_with(
    *,
    owner: str,
    column: str,
    closed: str,
    allow: Sequence[str] = (),
    unless: str = "true",
    erasable: Sequence[str] = (),
    over: str = "true",
) -> list[pgtrigger.Trigger]:
    """Rows of an owner for which `closed` holds (SQL over `w`, a row of the table `owner`) are not added, changed or deleted.

    `allow` names columns that may change all the same where `unless` holds (SQL over `o` before and `n` after). Statement
    triggers: a condition of a row trigger knows no other table, and a run of 300 000 rows asks its owner once. `erasable` columns may
    be changed by an erasure where `over` holds (SQL over `w`).
    """

    def guard(name: str, operation: pgtrigger.Operation, rows: str, **tables: str) -> _Closed:
        return _Closed(
            name=f"closed_{name}",
            operation=operation,
            referencing=pgtrigger.Referencing(**tables),
            rows=rows.format(owner=owner, column=column),
            closed=closed,
            allow=allow,
            unless=unless,
            erasable=erasable,
            over=over,
        )

    return [
        guard("insert", pgtrigger.Insert, "new_rows n JOIN {owner} w ON w.id = n.{column}", new="new_rows"),
        guard(
            "update",
            pgtrigger.Update,
            "new_rows n LEFT JOIN old_rows o ON o.id = n.id JOIN {owner} w ON w.id IN (o.{column}, n.{column})",
            old="old_rows",
            new="new_rows",
        ),
        guard("delete", pgtrigger.Delete, "old_rows o JOIN {owner} w ON w.id = o.{column}", old="old_rows"),
        no_truncate(),
    ]


class _Closed(pgtrigger.Trigger):
    """One statement trigger of `closed_with`."""

    level = pgtrigger.Statement
    when = pgtrigger.After

    def __init__(
        self,
        *,
        rows: str,
        closed: str,
        allow: Sequence[str],
        unless: str,
        erasable: Sequence[str] = (),
        over: str = "true",
        **kwargs: object,
    ) -> None:
        self.rows, self.closed, self.allow, self.unless = rows, closed, allow, unless
        self.erasable, self.over = erasable, over
        super().__init__(**kwargs)  # type: ignore[arg-type]

    def get_func(self, model: Any) -> str:
        unless = ""
        for columns, condition in (
            (self.allow, self.unless),
            (self.erasable, f"({self.over}) AND {_ERASING}"),
        ):
            if columns and self.operation is pgtrigger.Update:
                fixed = [field.column for field in model._meta.concrete_fields if field.column not in columns]
                same = " AND ".join(f'o."{column}" IS NOT DISTINCT FROM n."{column}"' for column in fixed)
                unless += f" AND NOT coalesce({condition} AND {same}, false)"
        return _CLOSED.format(rows=self.rows, closed=self.closed, unless=unless).strip()


def combined(*lists: list[pgtrigger.Trigger]) -> list[pgtrigger.Trigger]:
    """Several factories on one model: `triggers = combined(tracked(...), append_only())`, one TRUNCATE guard in all."""
    by_name = {trigger.name: trigger for triggers in lists for trigger in triggers}
    return list(by_name.values())


def added(
    name: str, func: str, *, declare: Sequence[tuple[str, str]] | None = None
) -> list[pgtrigger.Trigger]:
    """Looks once at all rows that one statement has added: they are `new_rows` in the function's SQL."""
    return [
        pgtrigger.Trigger(
            name=name,
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="new_rows"),
            declare=list(declare) if declare else None,
            func=func.strip(),
        )
    ]


def no_truncate() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=_REFUSE_TRUNCATE.strip(),
    )


def _owner(expression: str | None) -> str:
    if expression is None:
        return "NULL::bigint"
    return f'r."{expression}"' if re.fullmatch(r"\w+", expression) else expression


def _minus(columns: Sequence[str]) -> str:
    if not columns:
        return ""
    return " - ARRAY[" + ", ".join(f"'{column}'" for column in columns) + "]::text[]"
