"""PostgreSQL as the queue: rows are claimed under a lease, and a lease that ran out may be claimed by anyone.

The pattern, written once: a worker calls `claim(...)` in a short transaction (`FOR UPDATE SKIP LOCKED`, so that two
workers never take the same row and never wait for each other), works, and `release`s. A worker that dies leaves an
expired lease; the sweep finds it with `free()`. The token is a fence: whoever lost the lease finds that `renew` or an
update filtered by the token touches no row, and must throw its work away. All times are the database's own clock.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from django.db import models, transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Func, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _


class Leased(models.Model):
    """The columns of a table that is worked off by claims."""

    lease_token = models.UUIDField(_("lease"), null=True, editable=False)
    leased_until = models.DateTimeField(_("leased until"), null=True, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0, editable=False)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Leased)
Rows = TypeVar("Rows", bound=QuerySet)


class DatabaseClock(Func):
    """The moment the statement sees; unlike NOW() it moves within a transaction."""

    template = "clock_timestamp()"
    output_field = DateTimeField()


def free(queryset: Rows) -> Rows:
    """Rows nobody holds: never claimed, released, or left behind by a worker that died."""
    return queryset.filter(Q(lease_token__isnull=True) | Q(leased_until__lt=DatabaseClock()))


def expired(queryset: Rows) -> Rows:
    """Rows whose worker has not been heard of in time."""
    return queryset.filter(lease_token__isnull=False, leased_until__lt=DatabaseClock())


def claim(queryset: QuerySet[Row], *, limit: int, seconds: int, token: UUID | None = None) -> list[Row]:
    """Take up to `limit` free rows of the queryset, in primary-key order, for `seconds`.

    Rows another transaction has locked are passed over. The rows returned carry the token; each claim counts as an
    attempt, so that work which kills its worker every time can be told by its `attempts`.
    """
    token = token or uuid4()
    with transaction.atomic():
        rows = list(free(queryset).order_by("pk").select_for_update(skip_locked=True, of=("self",))[:limit])
        until = after(timedelta(seconds=seconds))
        _table(queryset).filter(pk__in=[row.pk for row in rows]).update(
            lease_token=token, leased_until=until, attempts=F("attempts") + 1
        )
    for row in rows:
        row.lease_token = token
        row.attempts += 1
    return rows


def renew(queryset: QuerySet[Row], *, token: UUID, seconds: int) -> int:
    """Hold on to the rows for `seconds` from now. Returns how many are still held: fewer means the lease was lost."""
    return queryset.filter(lease_token=token).update(leased_until=after(timedelta(seconds=seconds)))


def release(queryset: QuerySet[Row], *, token: UUID, keys: Iterable[object] | None = None) -> int:
    """Give the rows back, all held with the token or only those with the given primary keys."""
    held = queryset.filter(lease_token=token)
    if keys is not None:
        held = held.filter(pk__in=list(keys))
    return held.update(lease_token=None, leased_until=None)


def after(wait: timedelta) -> ExpressionWrapper:
    """The moment `wait` from now, by the database's clock."""
    return ExpressionWrapper(
        DatabaseClock() + Value(wait, output_field=DurationField()), output_field=DateTimeField()
    )


def _table(queryset: QuerySet[Row]) -> QuerySet[Row]:
    return queryset.model._base_manager.using(queryset.db).all()
