"""Erasing a person's data: what goes, what stays and why, done as one act (GDPR article 17; REG-14, ADR 0018).

Which columns go is written in the apps' `privacy.py`, whose the rows are in `members.personal.registry`. The act takes values out of
what is otherwise final, the history and the access log among it; the rows themselves stay, so that the story of who did what
stays whole without telling of whom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Field, Q, QuerySet
from django.db.models.fields import NOT_PROVIDED

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.audit.triggers import ERASE_ACT
from jasenpalvelu.common.privacy import Erase
from members.models import DataRequest, Erasure, Mandate, Membership, Party, PartyLink
from members.models.data_requests import RequestState
from members.personal import registry, searching
from members.personal.labels import field_of, models_by_table
from members.personal.reading import Person, person
from members.personal.registry import Free, Rows, columns_of
from members.services import data_requests
from members.services.indexing import refresh_search
from members.states import OPEN

# Rows that others of the list point at go before them.
_FIRST = ("django_session", "account_emailconfirmation")
# Their own texts are emptied after everything else, with what this very act has written there.
_LAST = ("audit_change", "audit_mutation")


class EraseError(Exception):
    """Something stands in the way; `reasons` in sentences."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Line:
    """What becomes of one table's rows: so many are erased, so many stay by the hold, until the day (None: no end is known)."""

    table: str
    gone: int
    stays: int = 0
    hold: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Plan:
    """`blocked`: codes of why nothing can be erased yet (member, post), and sentences of the apps above."""

    person: Person
    lines: list[Line]
    blocked: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def gone(self) -> list[Line]:
        return [line for line in self.lines if line.gone]

    @property
    def stays(self) -> list[Line]:
        return [line for line in self.lines if line.stays]

    @property
    def may_be_done(self) -> bool:
        return not self.blocked and not self.texts


def plan(*, party_id: int, on: date) -> Plan:
    """What an erasure today would do. Reads only. Raises Party.DoesNotExist."""
    found = person(party_id)
    lines = [line for rows in _ordered() if (line := _counted(rows, found, on)) is not None]
    known = searching.values(found)
    lines += [_written(free, *searching.count(free, known)) for free in registry.all_free()]
    lines = [line for line in lines if line.gone or line.stays]
    return Plan(found, lines, _blocked(found, on), registry.hindrances(found, on))


def erase(
    *, actor: User | None, party_id: int, on: date, at: datetime, request: DataRequest | None = None
) -> Erasure:
    """Erase what the plan says goes. EraseError when something stands in the way. Cannot be undone.

    Done again later, it takes what had to stay until then.
    """
    # The act tells nobody's name, not even its own.
    with mutation(actor=actor, kind=ERASE_ACT) as act:
        list(Party.objects.select_for_update().filter(pk=party_id))
        todo = plan(party_id=party_id, on=on)
        if not todo.may_be_done:
            raise EraseError([*todo.blocked, *todo.texts])
        found, known = todo.person, searching.values(todo.person)
        touched = {rows.table: _erase_rows(rows, found, on) for rows in _ordered()}
        for free in registry.all_free():
            _empty_texts(free, known)
        _forget_changes(found, touched, known, str(act.pk))
        refresh_search(found.parties)
        done = Erasure.objects.create(
            party=found.party,
            request=request,
            actor=actor,
            mutation_id=act.pk,
            erased_at=at,
            receipt=_receipt(todo),
            again_on=_again(todo, on),
        )
        Erasure.objects.filter(party=found.party, pk__lt=done.pk).update(again_on=None)
        if request is not None and actor is not None:
            data_requests.answer(actor=actor, request=request, state=RequestState.DONE, text="", on=on)
    return done


def due(*, on: date) -> QuerySet[Erasure]:
    """Erasures of which something stayed only until a day that has passed."""
    return Erasure.objects.filter(again_on__lte=on).order_by("again_on", "pk")


def _ordered() -> list[Rows]:
    def place(rows: Rows) -> int:
        return 0 if rows.table in _FIRST else 2 if rows.table in _LAST else 1

    return sorted(registry.all_rows(), key=place)


def _blocked(found: Person, on: date) -> list[str]:
    mine = Membership.objects.filter(party__in=found.parties)
    codes = []
    if any(m.state in OPEN or (m.ended_on is not None and m.ended_on > on) for m in mine.order_by("pk")):
        codes.append("member")
    if Mandate.objects.not_over(on).filter(party__in=found.parties).exists():
        codes.append("post")
    if _is_tied(found):
        codes.append("tie")
    return codes


def _is_tied(found: Person) -> bool:
    """Whether a member in hand has the person for a payer, guardian, spouse or the like."""
    links = PartyLink.objects.filter(valid_to=None).order_by()
    near = Q(payer__in=found.parties)
    near |= Q(party__in=links.filter(party__in=found.parties).values("other"))
    near |= Q(party__in=links.filter(other__in=found.parties).values("party"))
    return Membership.objects.filter(near, state__in=OPEN).exclude(party__in=found.parties).exists()


def _receipt(todo: Plan) -> dict[str, Any]:
    return {
        "gone": [[line.table, line.gone] for line in todo.gone],
        "stays": [
            [line.table, line.stays, line.hold, line.until.isoformat() if line.until else None]
            for line in todo.stays
        ],
    }


def _again(todo: Plan, on: date) -> date | None:
    """The day after the first that holds something; what stays for another reason though its day is past names none."""
    days = [line.until for line in todo.stays if line.until is not None and line.until >= on]
    return min(days) + timedelta(days=1) if days else None


# --- rows with a key ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Rules:
    """The table's columns by what an erasure does to them."""

    goes: list[str]
    kept: list[str]
    whole: bool


def _rules(rows: Rows) -> _Rules:
    columns = columns_of(rows.table)
    goes = [name for name, c in columns.items() if c.erase in {Erase.DELETE, Erase.BLANK}]
    kept = [name for name, c in columns.items() if c.erase == Erase.KEEP]
    blank = [name for name, c in columns.items() if c.erase == Erase.BLANK]
    return _Rules(goes, kept, whole=not kept and not blank and not rows.emptied)


def _held(rows: Rows, on: date) -> str:
    """SQL: the hold of the row is in force. A membership's is over when the erasure may be done at all."""
    if rows.hold in {"", "membership"}:
        return "false"
    in_time = f"({rows.until}) >= DATE '{on.isoformat()}'" if rows.until else "true"
    return f"({rows.shared}) OR ({in_time})" if rows.shared else in_time


def _counted(rows: Rows, found: Person, on: date) -> Line | None:
    rules = _rules(rows)
    until = f"max({rows.until})" if rows.until else "NULL::date"
    held = _held(rows, on)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {held}), {until} FROM {rows.table} t WHERE {rows.where}",  # noqa: S608
            found.params,
        )
        total, kept, last = cursor.fetchone()
    stays = kept if rules.kept and rows.hold else 0
    loses_all = bool(rules.goes) and not rows.expires
    gone = total if loses_all else total - stays if rows.identifying or rows.expires else 0
    return Line(rows.table, gone, stays, rows.hold if stays else "", last if stays else None)


def _erase_rows(rows: Rows, found: Person, on: date) -> list[str]:
    """Keys of the rows that lost something, as the history writes them."""
    rules = _rules(rows)
    if rows.table in _LAST:
        return []
    with connection.cursor() as cursor:
        if rules.whole:
            cursor.execute(
                f'DELETE FROM {rows.table} t WHERE {rows.where} RETURNING t."{rows.key}"::text',  # noqa: S608
                found.params,
            )
            return [pk for (pk,) in cursor.fetchall()]
        touched: set[str] = set()
        model = models_by_table()[rows.table]
        if rules.goes:
            values = {name: rows.emptied.get(name) or _empty(field_of(model, name)) for name in rules.goes}
            values |= {name: sql for name, sql in rows.emptied.items() if name not in rules.kept}
            touched |= _update(cursor, rows, values, rows.where, found)
        # A row whose last day cannot be told has no reason to stay.
        over = f"({rows.where}) AND NOT coalesce({_held(rows, on)}, false)"
        if rows.identifying:
            touched |= _update(cursor, rows, dict(rows.identifying), over, found)
        if rows.expires:
            cursor.execute(f"DELETE FROM {rows.table} t WHERE {over}", found.params)  # noqa: S608
    return sorted(touched)


def _update(cursor: Any, rows: Rows, values: dict[str, str], where: str, found: Person) -> set[str]:
    assigned = ", ".join(f'"{name}" = {sql}' for name, sql in values.items())
    cursor.execute(
        f'UPDATE {rows.table} t SET {assigned} WHERE {where} RETURNING t."{rows.key}"::text',  # noqa: S608
        found.params,
    )
    return {pk for (pk,) in cursor.fetchall()}


def _empty(of: Field) -> str:
    """SQL of nothing, as the column can hold it."""
    if of.null:
        return "NULL"
    kind = of.get_internal_type()
    if kind == "JSONField":
        return "'[]'" if of.default is list else "'{}'"
    if kind == "ArrayField":
        return "'{}'"
    if kind == "BooleanField":
        return "false"
    if of.default is not NOT_PROVIDED and isinstance(of.default, str) and of.choices:
        return f"'{of.default}'"
    return "''"


# --- texts without a key --------------------------------------------------------------------------------------------
def _written(free: Free, found: int, until: date | None) -> Line:
    if free.hold:
        return Line(free.table, 0, found, free.hold, until)
    return Line(free.table, found)


def _empty_texts(free: Free, known: searching.Values) -> None:
    if free.hold or free.table in _LAST:
        return
    where, params = searching.where(free, known)
    assigned = ", ".join(f'"{name}" = {sql}' for name, sql in free.emptied.items())
    with connection.cursor() as cursor:
        if free.deleted:
            cursor.execute(f"DELETE FROM {free.table} t WHERE {where}", params)  # noqa: S608
        else:
            cursor.execute(f"UPDATE {free.table} t SET {assigned} WHERE {where}", params)  # noqa: S608


# --- the history ------------------------------------------------------------------------------------------------------
_FORGET = (
    "UPDATE audit_change c SET before = CASE WHEN c.before IS NOT NULL THEN '{}'::jsonb END,"
    " after = CASE WHEN c.after IS NOT NULL THEN '{}'::jsonb END"
)


def _forget_changes(found: Person, touched: dict[str, list[str]], known: searching.Values, act: str) -> None:
    """Take the values out of the history of the person's rows, with what this act has just written there."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_FORGET} WHERE c.party_id = ANY(%(parties)s)", found.params)
        cursor.execute(f"{_FORGET} WHERE c.mutation_id = %s", [act])
        for table, pks in touched.items():
            if pks:
                cursor.execute(f"{_FORGET} WHERE c.table_name = %s AND c.row_id = ANY(%s)", [table, pks])
        cursor.execute(*_summaries(found, known))


def _summaries(found: Person, known: searching.Values) -> tuple[str, dict[str, Any]]:
    """Of the acts that touched the person's rows, those whose line names the person, and those about nobody else."""
    where, params = searching.where(Free("audit_mutation", ("summary",), ""), known)
    touched = "SELECT c.mutation_id FROM audit_change c WHERE c.party_id = ANY(%(parties)s)"
    alone = (
        "NOT EXISTS (SELECT 1 FROM audit_change o WHERE o.mutation_id = t.id AND o.party_id IS NOT NULL"
        " AND NOT o.party_id = ANY(%(parties)s))"
    )
    theirs = f"t.summary <> '' AND t.id IN ({touched}) AND ({where} OR {alone})"
    return f"UPDATE audit_mutation t SET summary = '' WHERE {theirs}", params | found.params  # noqa: S608
