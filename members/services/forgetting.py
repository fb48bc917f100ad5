"""What is forgotten by itself each night, of members too: replaced contact details, old looks, answered requests (REG-14, ADR 0022).

The months are rules of the federation (`members.personal.terms.ROWS`). Rows go chunk by chunk, each chunk an act of its own, and the
history loses what it held of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.audit.triggers import ERASE_ACT
from members.models import ContactPoint, DataRequest
from members.models.retention import RetentionKind
from members.personal import terms

CHUNK = 2_000
_FORGET_CHANGES = """
UPDATE audit_change c SET before = CASE WHEN c.before IS NOT NULL THEN '{}'::jsonb END,
  after = CASE WHEN c.after IS NOT NULL THEN '{}'::jsonb END
WHERE c.table_name = %s AND c.row_id = ANY(%s)"""


def forget(*, on: date, chunk: int = CHUNK) -> int:
    """Everything whose time has run out; how many rows there were."""
    forgotten = 0
    for kind, some in _SOME.items():
        before = on - relativedelta(months=terms.months_of(kind))
        while n := some(before, chunk):
            forgotten += n
    return forgotten


def _contacts(before: date, chunk: int) -> int:
    with transaction.atomic():
        over = ContactPoint.objects.filter(valid_to__lt=before).order_by("pk")
        keys = list(over.values_list("pk", flat=True)[:chunk])
        if keys:
            with mutation(actor=None, kind=ERASE_ACT):
                ContactPoint.objects.filter(pk__in=keys).delete()
                _forget_changes(ContactPoint._meta.db_table, keys)
    return len(keys)


def _requests(before: date, chunk: int) -> int:
    with transaction.atomic():
        over = DataRequest.objects.filter(answered_on__lt=before).order_by("pk")
        keys = list(over.values_list("pk", flat=True)[:chunk])
        if keys:
            with mutation(actor=None, kind=ERASE_ACT):
                DataRequest.objects.filter(pk__in=keys).delete()
                _forget_changes(DataRequest._meta.db_table, keys)
    return len(keys)


def _looks(before: date, chunk: int) -> int:
    with transaction.atomic():
        keys = list(
            AccessLog.objects.filter(at__date__lt=before).order_by("pk").values_list("pk", flat=True)[:chunk]
        )
        if keys:
            with mutation(actor=None, kind=ERASE_ACT):
                AccessLog.objects.filter(pk__in=keys).delete()
    return len(keys)


def _forget_changes(table: str, keys: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_CHANGES, [table, [str(pk) for pk in keys]])


_SOME: dict[str, Callable[[date, int], int]] = {
    RetentionKind.CONTACTS: _contacts,
    RetentionKind.LOOKS: _looks,
    RetentionKind.REQUESTS: _requests,
}
