"""The one door through which tracked tables are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

import structlog
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction

from jasenpalvelu.audit.models import Mutation

_current: ContextVar[Mutation | None] = ContextVar("mutation", default=None)


@contextmanager
def mutation(
    *, actor: AbstractBaseUser | None, kind: str, summary: str = "", unit_id: int | None = None
) -> Iterator[Mutation]:
    """One transaction whose changes are recorded as one act of `actor` (None: the system itself).

    `kind` is a stable name such as "member.edit"; `summary` one line for readers, in the actor's words. Inside another
    mutation the outer one goes on (its actor and kind stay) and this block becomes a savepoint. Nothing is recorded
    when the block raises.
    """
    outer = _current.get()
    with transaction.atomic():
        if outer is not None:
            yield outer
            return
        row = Mutation.objects.create(
            actor_id=actor.pk if actor else None,
            kind=kind,
            summary=summary[:400],
            unit_id=unit_id,
            request_id=_request_id(),
        )
        _tell_triggers(str(row.pk))
        token = _current.set(row)
        try:
            yield row
        finally:
            _current.reset(token)
        # On an exception the rollback takes the setting back; here an enclosing transaction may go on.
        _tell_triggers("")


@contextmanager
def continued(mutation_id: UUID) -> Iterator[Mutation]:
    """A further transaction of an act begun earlier by `mutation`: long work is written in chunks and stays one act.

    Raises Mutation.DoesNotExist for an unknown act, RuntimeError inside another one.
    """
    if _current.get() is not None:
        raise RuntimeError("an act cannot be continued inside another")
    with transaction.atomic():
        row = Mutation.objects.get(pk=mutation_id)
        _tell_triggers(str(row.pk))
        token = _current.set(row)
        try:
            yield row
        finally:
            _current.reset(token)
        _tell_triggers("")


def current_mutation() -> Mutation | None:
    return _current.get()


def mark_undone(*, undone: Mutation, by: Mutation) -> None:
    """Remember that `by` took back what `undone` did; a mutation can be undone once."""
    with transaction.atomic():
        locked = Mutation.objects.select_for_update().get(pk=undone.pk)
        if locked.undone_by_id is not None:
            raise ValueError(f"mutation {undone.pk} has been undone already")
        Mutation.objects.filter(pk=undone.pk).update(undone_by=by)


def _tell_triggers(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', %s, true)", [value])


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]
