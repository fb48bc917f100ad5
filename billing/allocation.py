"""Sharing an amount of cents: a payment over lines, a total over instalments. Nothing is lost and nothing invented."""

from collections.abc import Sequence
from decimal import Decimal

from jasenpalvelu.common.money import round_cents


def _cents(amount: Decimal) -> int:
    if round_cents(amount) != amount:
        raise ValueError(f"not whole cents: {amount}")
    return int(amount.scaleb(2))


def allocate(amount: Decimal, outstanding: Sequence[Decimal]) -> list[Decimal]:
    """Share a payment over what is open, in proportion, by the largest remainder; ties go to the earlier line.

    The shares are whole cents, add up to the amount exactly, and none is more than what is open on its line. ValueError
    when the amount is negative or more than all that is open, or when an open sum is negative.
    """
    total_cents = _cents(amount)
    open_cents = [_cents(line) for line in outstanding]
    total_open = sum(open_cents)
    if total_cents < 0 or any(line < 0 for line in open_cents):
        raise ValueError("only positive amounts can be shared")
    if total_cents > total_open:
        raise ValueError(f"{amount} is more than the {Decimal(total_open).scaleb(-2)} that is open")
    if total_open == 0:
        return [Decimal("0.00") for _ in outstanding]
    shares, remainders = [], []
    for place, line in enumerate(open_cents):
        share, remainder = divmod(total_cents * line, total_open)
        shares.append(share)
        remainders.append((-remainder, place))
    for _, place in sorted(remainders)[: total_cents - sum(shares)]:
        shares[place] += 1
    return [Decimal(share).scaleb(-2) for share in shares]


def instalments(total: Decimal, count: int) -> list[Decimal]:
    """Divide a total into equal parts; the cents that are over go to the first ones. A credit is divided likewise."""
    if count < 1:
        raise ValueError("at least one instalment")
    cents = _cents(total)
    sign = -1 if cents < 0 else 1
    each, over = divmod(abs(cents), count)
    return [Decimal(sign * (each + (place < over))).scaleb(-2) for place in range(count)]


def parts(total: Decimal, threshold: Decimal | None, count: int = 2) -> list[Decimal]:
    """The parts to pay: one, or `count` when the total is above the threshold (jakoraja)."""
    if threshold is None or total <= threshold:
        return [Decimal(_cents(total)).scaleb(-2)]
    return instalments(total, count)
