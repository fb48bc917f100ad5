"""The same money in two files is one payment: which rows of a bank's file the register knows already. No database here.

A bank's own marks decide when both sides have one of the same kind: the archive id, or the UETR. Some files have neither
(statements most of all); then the account, the day of booking, the sum, the reference and the payer speak, and equal
payments are counted: of three alike in a file one is new when two are known.

A mark alone is not trusted: where it and the sum are a known payment's but the day, the payer or the reference is another,
the row is doubtful. It is neither left out nor booked; a person says whether it is the same money.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Generic, NamedTuple, Protocol, TypeVar

from rapidfuzz import fuzz

from jasenpalvelu.common.sorting import fold

# Before an archive id we made ourselves; no bank's begins so, and it sorts after all of them.
NATURAL = "~"
# A list of reference payments has twelve letters for the name, a statement 140.
_SHORT_NAME = 12
# How alike, of a hundred, two names are that one bank writes with other letters than another.
_ALIKE = 70


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
    pk: int = 0
    ordinal: int = 0


Row = TypeVar("Row", bound=Payment)


class Sorted(NamedTuple, Generic[Row]):
    """What of a file is new: payments nobody knows, and rows that may be a known one, with its key.

    The key is None when the other row is in the same file.
    """

    new: list[Row]
    doubtful: list[tuple[Row, int | None]]


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


def sort_out(rows: Sequence[Row], known: Iterable[Known]) -> Sorted[Row]:
    """What of a file the register does not know, in the order of the file.

    Every known payment answers for one row. Those with the same mark find each other first, then those that have no mark
    of the same kind to compare. What is left is new, unless its mark says otherwise.
    """
    register = _Register(known)
    unmarked = [row for row in rows if not register.take_same(row)]
    left = [row for row in unmarked if not register.take_alike(row)]
    doubts = _Doubts(register)
    found = Sorted[Row]([], [])
    for row in left:
        doubtful, twin = doubts.about(row)
        if doubtful:
            found.doubtful.append((row, twin))
        else:
            found.new.append(row)
    return found


_Bucket = tuple[str, date, Decimal, str]


class _Register:
    """Known payments by account, day, sum and reference; each is taken once."""

    def __init__(self, known: Iterable[Known]) -> None:
        self.buckets: dict[_Bucket, dict[str, list[Known]]] = defaultdict(lambda: defaultdict(list))
        self.payments: list[Known] = list(known)
        for payment in self.payments:
            self.buckets[_bucket(payment)][payer_key(payment.payer_name)].append(payment)

    def take_same(self, row: Payment) -> bool:
        """The payment with the row's own mark, and of the same payer as far as names tell."""
        name, names = payer_key(row.payer_name), self.buckets.get(_bucket(row), {})
        return any(_take(found, row, _same_mark) for other, found in names.items() if _one_payer(name, other))

    def left(self) -> Iterator[Known]:
        """Payments no row of the file was taken for."""
        for names in self.buckets.values():
            for found in names.values():
                yield from found

    def take_alike(self, row: Payment) -> bool:
        """A payment whose mark cannot be compared, of the same name or of one that may be the same."""
        names = self.buckets.get(_bucket(row), {})
        return any(
            _take(names[name], row, _no_common_mark) for name in _fitting(payer_key(row.payer_name), names)
        )


class _Doubts:
    """Payments whose mark a new row may bear without being the same in everything else.

    An archive id that many rows of one file share (a batch's) tells nothing against them: the bank lists them side by side. Only
    a known payment that is in no row of the file makes it doubtful. A UETR belongs to one payment in the world.
    """

    def __init__(self, register: _Register) -> None:
        self.archive = {
            (payment.account, payment.amount, bank_id(payment)): payment.pk
            for payment in register.left()
            if bank_id(payment)
        }
        self.uetr: dict[tuple[str, Decimal, str], int | None] = {
            (payment.account, payment.amount, payment.uetr): payment.pk
            for payment in register.payments
            if payment.uetr
        }

    def about(self, row: Payment) -> tuple[bool, int | None]:
        """Whether the row may be another one's money, and whose; a row that is not is remembered."""
        archive, uetr = (row.account, row.amount, bank_id(row)), (row.account, row.amount, row.uetr)
        if bank_id(row) and archive in self.archive:
            return True, self.archive[archive]
        if row.uetr and uetr in self.uetr:
            return True, self.uetr[uetr]
        if row.uetr:
            self.uetr[uetr] = None
        return False, None


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


def _one_payer(one: str, other: str) -> bool:
    """Whether nothing in the names speaks against one payer: banks write them cut, turned, and with other letters."""
    return _may_be_same(one, other) or fuzz.ratio(one, other) >= _ALIKE


def _take(found: list[Known], row: Payment, fits: Callable[[Payment, Payment], bool]) -> bool:
    for place, payment in enumerate(found):
        if fits(payment, row):
            del found[place]
            return True
    return False


def _same_mark(one: Payment, other: Payment) -> bool:
    """The UETR where both have one, else the archive id."""
    if one.uetr and other.uetr:
        return one.uetr == other.uetr
    return bool(bank_id(one) and bank_id(one) == bank_id(other))


def _no_common_mark(one: Payment, other: Payment) -> bool:
    return not ((bank_id(one) and bank_id(other)) or (one.uetr and other.uetr))
