"""The same money in two files is one payment: which rows of a bank's file the register knows already. No database here.

A bank's own marks decide when both sides have one of the same kind: the archive id, or the UETR. Some files have neither
(statements most of all); then the account, the day of booking, the sum, the reference and the payer speak, and equal
payments are counted: of three alike in a file one is new when two are known.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar

from jasenpalvelu.common.sorting import fold

# Before an archive id we made ourselves; no bank's begins so, and it sorts after all of them.
NATURAL = "~"
# A list of reference payments has twelve letters for the name, a statement 140.
_SHORT_NAME = 12


class Payment(Protocol):
    """What is compared of a row, of a file or of the register."""

    @property
    def account(self) -> str: ...
    @property
    def booked_on(self) -> date: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def reference_key(self) -> str: ...
    @property
    def payer_name(self) -> str: ...
    @property
    def archive_id(self) -> str: ...
    @property
    def uetr(self) -> str: ...


class Known(NamedTuple):
    """A payment of the register."""

    account: str
    booked_on: date
    amount: Decimal
    reference_key: str
    payer_name: str
    archive_id: str
    uetr: str


Row = TypeVar("Row", bound=Payment)


def natural_id(row: Payment) -> str:
    """The archive id of a payment to which the bank gave no mark: the same for the same money in files of one kind."""
    parts = (
        row.account,
        f"{row.booked_on:%Y%m%d}",
        str(row.amount),
        row.reference_key,
        payer_key(row.payer_name),
    )
    return NATURAL + hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def payer_key(name: str) -> str:
    """The name as far as every kind of file tells it."""
    return fold(name[:_SHORT_NAME])


def bank_id(row: Payment) -> str:
    """The bank's own archive id, or an empty string."""
    return "" if row.archive_id.startswith(NATURAL) else row.archive_id


def new_ones(rows: Sequence[Row], known: Iterable[Payment]) -> list[Row]:
    """The rows of a file that none of the known payments is, in the order of the file.

    Every known payment answers for one row. Those with the same mark find each other first, then those that have no mark
    of the same kind to compare.
    """
    register = _Register(known)
    unmarked = [row for row in rows if not register.take_same(row)]
    return [row for row in unmarked if not register.take_alike(row)]


_Bucket = tuple[str, date, Decimal, str]


class _Register:
    """Known payments by account, day, sum and reference; each is taken once."""

    def __init__(self, known: Iterable[Payment]) -> None:
        self.buckets: dict[_Bucket, dict[str, list[Payment]]] = defaultdict(lambda: defaultdict(list))
        for payment in known:
            self.buckets[_bucket(payment)][payer_key(payment.payer_name)].append(payment)

    def take_same(self, row: Payment) -> bool:
        """The payment with the row's own mark."""
        names = self.buckets.get(_bucket(row), {})
        return any(_take(found, row, _same_mark) for found in names.values())

    def take_alike(self, row: Payment) -> bool:
        """A payment whose mark cannot be compared, of the same name or of one that may be the same."""
        names = self.buckets.get(_bucket(row), {})
        return any(
            _take(names[name], row, _no_common_mark) for name in _fitting(payer_key(row.payer_name), names)
        )


def _bucket(row: Payment) -> _Bucket:
    return row.account, row.booked_on, row.amount, row.reference_key


def _fitting(name: str, names: Iterable[str]) -> Iterator[str]:
    """The same name first, then names cut or turned otherwise."""
    order = list(names)
    if name in order:
        yield name
    yield from (other for other in order if other != name and _may_be_same(name, other))


def _may_be_same(one: str, other: str) -> bool:
    """MEIKALAINEN and MEIKALAINEN MAIJA, METSA T and TAUNO METSA; a name that is not told may be anybody's."""
    short, long = sorted((one.split(), other.split()), key=len)
    return all(any(word.startswith(part) or part.startswith(word) for word in long) for part in short)


def _take(found: list[Payment], row: Payment, fits: Callable[[Payment, Payment], bool]) -> bool:
    for place, payment in enumerate(found):
        if fits(payment, row):
            del found[place]
            return True
    return False


def _same_mark(one: Payment, other: Payment) -> bool:
    return bool((bank_id(one) and bank_id(one) == bank_id(other)) or (one.uetr and one.uetr == other.uetr))


def _no_common_mark(one: Payment, other: Payment) -> bool:
    return not ((bank_id(one) and bank_id(other)) or (one.uetr and other.uetr))
