"""Finnish reference numbers: the national one (viitenumero) and the international RF form of it (ISO 11649).

A national reference is a body of 3–19 digits and one check digit; leading zeros are no part of it. In Finland the body
of an RF reference is a complete national reference, its own check digit included.
"""

import re
from functools import lru_cache

MIN_BASE, MAX_BASE = 3, 19
MACHINE_WIDTH = 20
_RF_MAX_BODY = 21
_WEIGHTS = (7, 3, 1)
_DIGITS = re.compile(r"[0-9]+")
_BLANKS = re.compile(r"[\s\u00a0\u202f]+")
# A document asks for the same reference many times over; hence what was answered last is remembered below.


def check_digit(base: str) -> str:
    """The 7-3-1 check digit: weights 7, 3, 1 from the right, the sum filled up to the next ten."""
    digits = base[::-1].encode()
    total = sum(
        weight * (sum(digits[place::3]) - ord("0") * len(digits[place::3]))
        for place, weight in enumerate(_WEIGHTS)
    )
    return str(-total % 10)


def national(base: str) -> str:
    """The reference number of a body of 3–19 digits, in its stored form without blanks or leading zeros.

    ValueError when the body is too short (banks let shorter ones through; we never make them), too long or no number.
    """
    if not isinstance(base, str) or not _DIGITS.fullmatch(base):
        raise ValueError(f"a reference is made of digits: {base!r}")
    body = base.lstrip("0")
    if len(body) < MIN_BASE:
        raise ValueError(f"a reference needs at least {MIN_BASE} digits before the check digit: {base!r}")
    if len(base) > MAX_BASE:
        raise ValueError(f"a reference has at most {MAX_BASE} digits before the check digit: {base!r}")
    return body + check_digit(body)


def invoice_base(kind: int, creditor: int, serial: int) -> str:
    """The body our invoices use: what it is (1–9), the creditor's number (4 digits), a running number (9 digits).

    Unique in the whole federation as long as a creditor's serial is never given twice.
    """
    if not (1 <= kind <= 9 and 0 < creditor <= 9999 and 0 < serial <= 999_999_999):
        raise ValueError(f"no reference for kind {kind}, creditor {creditor}, serial {serial}")
    return f"{kind}{creditor:04d}{serial:09d}"


def _is_national(digits: str) -> bool:
    return MIN_BASE < len(digits) <= MACHINE_WIDTH and check_digit(digits[:-1]) == digits[-1]


def _rf_check(body: str) -> str:
    number = "".join(str(int(letter, 36)) for letter in f"{body}RF00")
    return f"{98 - int(number) % 97:02d}"


@lru_cache(maxsize=256)
def is_rf(text: str) -> bool:
    """True for a valid ISO 11649 reference written without blanks. It need not be one of ours, nor a Finnish one."""
    return bool(re.fullmatch(rf"RF[0-9]{{2}}[0-9A-Z]{{1,{_RF_MAX_BODY}}}", text)) and text[2:4] == _rf_check(
        text[4:]
    )


@lru_cache(maxsize=256)
def normalise(text: str | None) -> str | None:
    """The national reference in what a payer or a bank wrote: the key by which payments are matched.

    Blanks, leading zeros and the RF form are taken off. None when it can not be a reference of ours: a wrong check
    digit, fewer than four or more than twenty digits, or an RF around something else.
    """
    if not text:
        return None
    compact = _BLANKS.sub("", text).upper()
    longest = MACHINE_WIDTH
    if compact.startswith("RF"):
        if not is_rf(compact):
            return None
        compact, longest = compact[4:], _RF_MAX_BODY
    if not _DIGITS.fullmatch(compact) or len(compact) > longest:
        return None
    digits = compact.lstrip("0")
    return digits if _is_national(digits) else None


@lru_cache(maxsize=256)
def rf(reference: str) -> str:
    """The RF form of a national reference. ValueError when the reference is not a valid one."""
    digits = normalise(reference)
    if digits is None:
        raise ValueError(f"not a valid reference number: {reference!r}")
    return f"RF{_rf_check(digits)}{digits}"


def machine(reference: str) -> str:
    """The national reference filled with zeros to 20 digits, as bank files carry it."""
    digits = normalise(reference)
    if digits is None:
        raise ValueError(f"not a valid reference number: {reference!r}")
    return digits.zfill(MACHINE_WIDTH)


@lru_cache(maxsize=256)
def printed(reference: str) -> str:
    """As it is printed: a national reference in fives from the right, an RF reference in fours from the left."""
    compact = _BLANKS.sub("", reference).upper()
    if is_rf(compact):
        return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))
    digits = normalise(compact)
    if digits is None:
        raise ValueError(f"not a valid reference number: {reference!r}")
    first = len(digits) % 5
    groups = [digits[:first]] if first else []
    return " ".join(groups + [digits[start : start + 5] for start in range(first, len(digits), 5)])
