"""The text of the European credit transfer QR code (EPC069-12), with the due date as Finnish banks read it."""

import re
from datetime import date
from decimal import Decimal

from billing.formats import reference as references
from jasenpalvelu.common.identifiers import normalise_iban

MAX_BYTES = 331
MAX_NAME = 70
MAX_TEXT = 140
MAX_AMOUNT = Decimal("999999999.99")


def payload(
    *,
    name: str,
    iban: str,
    amount: Decimal,
    reference: str = "",
    due: date | None = None,
    bic: str = "",
    message: str = "",
) -> str:
    """The lines of the code: version 002, UTF-8, a structured reference or a free message, never both.

    Draw it with error level M. The payee's name is cut to 70 characters (and further when letters of several bytes would
    break the limit of 331 bytes). The due date stands in the last line as `ReqdExctnDt/2026-03-16`. ValueError with the
    reason when a bank could not use it.
    """
    payee = " ".join(name.split())
    if not payee:
        raise ValueError("the payee has no name")
    if bic and not re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", bic):
        raise ValueError(f"not a BIC: {bic!r}")
    text = " ".join(message.split())
    if text and reference:
        raise ValueError("a payment carries a reference or a message, not both")
    before = ("BCD", "002", "1", "SCT", bic)
    after = (
        normalise_iban(iban),
        f"EUR{_euros(amount):.2f}",
        "",
        _reference(reference),
        text[:MAX_TEXT],
        f"ReqdExctnDt/{due:%Y-%m-%d}" if due else "",
    )
    return _fit(before, payee[:MAX_NAME].rstrip(), after)


def _fit(before: tuple[str, ...], payee: str, after: tuple[str, ...]) -> str:
    while True:
        code = "\n".join((*before, payee, *after)).rstrip("\n")
        excess = len(code.encode()) - MAX_BYTES
        if excess <= 0:
            return code
        if len(payee) <= 1:
            raise ValueError(f"the code would be longer than {MAX_BYTES} bytes")
        payee = payee.encode()[: -max(excess, 1)].decode(errors="ignore").rstrip() or payee[:1]


def _euros(amount: Decimal) -> Decimal:
    euros = (
        amount
        if isinstance(amount, Decimal)
        else Decimal(str(amount))
        if isinstance(amount, int | str)
        else None
    )
    if euros is None or not euros.is_finite() or not 0 < euros <= MAX_AMOUNT or euros * 100 % 1:
        raise ValueError(f"not an amount a credit transfer can carry: {amount!r}")
    return euros


def _reference(reference: str) -> str:
    compact = "".join(reference.split()).upper()
    if not compact or references.is_rf(compact):
        return compact
    digits = references.normalise(compact)
    if digits is None:
        raise ValueError(f"not a valid reference number: {reference!r}")
    return digits
