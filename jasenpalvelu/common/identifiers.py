"""Numbers and addresses that identify: reading them in the shapes people write, and refusing wrong ones.

Every `normalise_…` returns the one stored form or raises ValueError with the reason in English; forms give the user
their own message.
"""

import re
from functools import lru_cache

from stdnum import damm, iban
from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus

_DASHES = re.compile(r"[\s\u00a0\u2010-\u2015\u2212-]+")
_EMAIL = re.compile(
    r"[^\s@<>()\[\],;:\\\"]+@(?:[^\s@<>()\[\],;:\\\"._-](?:[^\s@<>()\[\],;:\\\"._]*[^\s@<>()\[\],;:\\\"._-])?\.)+[^\W\d_]{2,}"
)

# Finnish bank codes (digits 5–7 of the IBAN), longest prefix first. Banks whose code is not here have no BIC on paper:
# the giro form and the QR work without it.
_BICS = {
    "1": "NDEAFIHH",
    "2": "NDEAFIHH",
    "31": "HANDFIHH",
    "33": "ESSEFIHX",
    "34": "DABAFIHX",
    "36": "SBANFIHH",
    "37": "DNBAFIHX",
    "38": "SWEDFIHH",
    "39": "SBANFIHH",
    "405": "HELSFIHH",
    "47": "POPFFI22",
    "497": "HELSFIHH",
    "5": "OKOYFIHH",
    "6": "AABAFI22",
    "713": "CITIFIHX",
    "799": "HOLVFIHH",
    "8": "DABAFIHH",
}


def make_member_number(serial: int) -> str:
    """The member number of a running serial: the serial, a hyphen and a Damm check digit, "20479-8".

    Damm's digit finds every single wrong digit and every swap of two neighbours, and is never a letter. A serial is
    given once and never again, so the number may be printed on cards and quoted for ever.
    """
    if serial < 1:
        raise ValueError("a member number's serial starts from 1")
    return f"{serial}-{damm.calc_check_digit(str(serial))}"


def parse_member_number(text: str) -> int:
    """The serial in a written member number: "20479-8", "204798" or "020479 8". ValueError when the check fails."""
    digits = _DASHES.sub("", text)
    if not re.fullmatch(r"[0-9]{2,15}", digits):
        raise ValueError(f"not a member number: {text!r}")
    serial = int(digits[:-1])
    if serial < 1 or make_member_number(serial)[-1] != digits[-1]:
        raise ValueError(f"wrong check digit in member number: {text!r}")
    return serial


def normalise_y_tunnus(text: str) -> str:
    """A Finnish business id as 1234567-8. The VAT form (FI12345678) and the old six-digit form are understood."""
    digits = _DASHES.sub("", text.upper()).removeprefix("FI")
    if len(digits) == 7:
        digits = f"0{digits}"
    try:
        return ytunnus.format(ytunnus.validate(digits))
    except ValidationError as error:
        raise ValueError(f"not a Finnish business id: {text!r}") from error


def make_y_tunnus(body: int) -> str | None:
    """The business id whose first seven digits are `body`; None for the bodies that have no check digit.

    For demonstration data. Bodies from 9 000 000 up are far beyond those given to real companies.
    """
    digits = f"{body:07d}"
    remainder = (
        sum(int(digit) * weight for digit, weight in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    )
    if remainder == 1:
        return None
    return f"{digits}-{(11 - remainder) % 11}"


@lru_cache(maxsize=1024)
def normalise_iban(text: str) -> str:
    """An IBAN without spaces, in capitals, its check digits and its country's length verified."""
    compact = re.sub(r"[\s\u00a0-]+", "", text).upper()
    try:
        return iban.validate(compact)
    except ValidationError as error:
        raise ValueError(f"not an IBAN: {text!r}") from error


def normalise_finnish_iban(text: str) -> str:
    """A Finnish IBAN, the only kind the bank barcode and the giro form can carry."""
    compact = normalise_iban(text)
    if not compact.startswith("FI"):
        raise ValueError(f"not a Finnish IBAN: {text!r}")
    return compact


def format_iban(text: str) -> str:
    """The IBAN in groups of four, as it is printed."""
    compact = re.sub(r"\s+", "", text)
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def make_finnish_iban(account: str) -> str:
    """The IBAN of a Finnish machine-form account number of 14 digits."""
    if not re.fullmatch(r"[0-9]{14}", account):
        raise ValueError("a Finnish account number has 14 digits")
    return f"FI{iban.calc_check_digits(f'FI00{account}')}{account}"


def bic_of(text: str) -> str:
    """The BIC of a Finnish IBAN's bank, or an empty string when the bank is not in the table or not Finnish."""
    compact = re.sub(r"\s+", "", text).upper()
    if not compact.startswith("FI"):
        return ""
    code = compact[4:7]
    return next((_BICS[code[:length]] for length in (3, 2, 1) if code[:length] in _BICS), "")


def normalise_email(text: str) -> str:
    """An e-mail address in lower case. Two people may share one; it identifies a mailbox, not a person."""
    address = text.strip().removeprefix("mailto:").lower()
    local = address.split("@")[0]
    if not _EMAIL.fullmatch(address) or len(address) > 254 or len(local) > 64:
        raise ValueError(f"not an e-mail address: {text!r}")
    if local.startswith(".") or local.endswith(".") or ".." in address:
        raise ValueError(f"not an e-mail address: {text!r}")
    return address


def email_key(text: str) -> str:
    """The same, "" for what is no address: for comparing with what others have written."""
    try:
        return normalise_email(text)
    except ValueError:
        return ""


def normalise_phone(text: str) -> str:
    """A telephone number as E.164, a Finnish one when it begins with a single zero: "040 123 4567" -> +358401234567."""
    compact = re.sub(r"[\s\u00a0\u2010-\u2015\u2212()/.-]+", "", text.replace("(0)", ""))
    if compact.startswith("00"):
        compact = f"+{compact[2:]}"
    elif compact.startswith("0"):
        compact = f"+358{compact[1:]}"
    elif compact.startswith("358"):
        compact = f"+{compact}"
    compact = re.sub(r"^\+3580", "+358", compact)
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", compact):
        raise ValueError(f"not a telephone number: {text!r}")
    return compact


# Area codes of two digits: 02, 03, 05, 06, 08, 09. What goes on with 0, and 029, are mobile and company numbers with three.
_SHORT_AREA = re.compile(r"0(?:2(?!9)|[35689])(?!0)")


def format_phone(number: str) -> str:
    """A stored number for people: Finnish ones as 040 123 4567 and 09 123 4567, foreign ones as stored."""
    if not number.startswith("+358"):
        return number
    digits = f"0{number[4:]}"
    code = 2 if _SHORT_AREA.match(digits) else 3
    head, tail = digits[:code], digits[code:]
    cut = len(tail) if len(tail) < 5 else len(tail) - (4 if len(tail) > 6 else 3)
    return " ".join(part for part in (head, tail[:cut], tail[cut:]) if part)


def normalise_postcode(text: str) -> str:
    """A Finnish postal code of five digits; the zeros a spreadsheet dropped are put back ("100" -> 00100)."""
    digits = re.sub(r"^(?i:fi-)|\s+", "", text.strip())
    if not re.fullmatch(r"[0-9]{3,5}", digits):
        raise ValueError(f"not a Finnish postal code: {text!r}")
    return digits.zfill(5)
