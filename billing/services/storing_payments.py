"""Rows of a bank's file into the register: only money it does not know yet, and what is doubtful with its twin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from billing.loading import TOLD_FROM
from billing.models import PaymentFile
from billing.models.payments import TWIN, RowState
from billing.recognising import Known, Payment, Sorted, bank_id, sort_out
from billing.services.reading_payments import Incoming
from jasenpalvelu.common.copying import copy_rows

_KNOWN_COLUMNS = ", ".join("id" if name == "pk" else name for name in Known._fields)
# Of the days of the file, and of other days with a mark of the file: each has an index.
_KNOWN = (
    "SELECT {columns} FROM billing_paymentrow WHERE unit_id = %(unit)s AND file_id IS NOT NULL AND {which}"
)
_WHICH = (
    "booked_on = ANY(%(days)s::date[])",
    "account = ANY(%(accounts)s) AND archive_id = ANY(%(marks)s)",
    "account = ANY(%(accounts)s) AND uetr = ANY(%(uetrs)s) AND uetr <> ''",
)


def store_new(*, file: PaymentFile, incoming: Sequence[Incoming]) -> None:
    """Store what the register does not know: new payments to be matched, doubtful ones to wait for a person."""
    known = _known(file, incoming)
    _insert(file, sort_out(incoming, known), known)


def _known(file: PaymentFile, incoming: Sequence[Incoming]) -> list[Known]:
    """What the register has of the days and of the marks of the file, in the order it came."""
    params: dict[str, Any] = {
        "unit": file.unit_id,
        "accounts": list({row.account for row in incoming}),
        "days": list({row.booked_on for row in incoming}),
        "marks": list({row.archive_id for row in incoming if bank_id(row)}),
        "uetrs": list({row.uetr for row in incoming if row.uetr}),
    }
    found: dict[int, Known] = {}
    with connection.cursor() as cursor:
        for which in _WHICH:
            cursor.execute(_KNOWN.format(columns=_KNOWN_COLUMNS, which=which), params)
            found.update((row.pk, row) for row in map(Known._make, cursor))
    return [found[pk] for pk in sorted(found)]


_COLUMNS = (
    "unit_id", "file_id", "line", "account", "booked_on", "paid_on", "archive_id", "ordinal", "uetr", "reference_raw",
    "reference_key", "reference", "payer_name", "payer_iban", "message", "amount", "correction", "state", "reason",
    "twin_id", "created_at",
)  # fmt: skip


def _insert(file: PaymentFile, found: Sorted[Incoming], known: Iterable[Known]) -> None:
    """Of equal payments each has its ordinal."""
    seen: Counter[_Identity] = Counter()
    for payment in known:
        seen[_identity(payment)] = max(seen[_identity(payment)], payment.ordinal + 1)
    with connection.cursor() as cursor:
        cells = (_cells(file, row, seen) for row in found.new)
        copy_rows(cursor, "billing_paymentrow", _COLUMNS, cells)
        if found.doubtful:
            twins = _twins_in(file, [row for row, twin in found.doubtful if twin is None])
            cells = (
                _cells(file, row, seen, twin or twins[row.uetr, row.amount]) for row, twin in found.doubtful
            )
            copy_rows(cursor, "billing_paymentrow", _COLUMNS, cells)
        if len(found.new) > TOLD_FROM:
            cursor.execute("ANALYZE billing_paymentrow")


_Identity = tuple[str, str, Decimal, str, date]


def _identity(row: Payment) -> _Identity:
    return (row.account, row.archive_id, row.amount, row.reference_key, row.booked_on)


def _twins_in(file: PaymentFile, rows: Sequence[Incoming]) -> dict[tuple[str, Decimal], int]:
    """The rows of the same file that bear these rows' UETR and sum."""
    found = file.rows.filter(uetr__in=[row.uetr for row in rows]).exclude(uetr="").order_by("-pk")
    return {(uetr, amount): pk for uetr, amount, pk in found.values_list("uetr", "amount", "pk")}


def _cells(
    file: PaymentFile, row: Incoming, seen: Counter[_Identity], twin: int | None = None
) -> tuple[object, ...]:
    """The row in the order of `_COLUMNS`."""
    identity = _identity(row)
    ordinal = seen[identity]
    seen[identity] += 1
    state, reason = (RowState.WAITING, TWIN) if twin else (RowState.NEW, "")
    return (
        file.unit_id, file.pk, row.line, row.account, row.booked_on, row.paid_on, row.archive_id, ordinal, row.uetr,
        row.reference_raw, row.reference_key, row.reference, row.payer_name, row.payer_iban, row.message, row.amount,
        row.correction, state.value, reason, twin, file.imported_at,
    )  # fmt: skip
