"""Why a bank's file was not booked, kept as figures and said in the reader's own language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from billing.formats.errors import BankFileError
from jasenpalvelu.common.identifiers import format_iban
from jasenpalvelu.common.money import format_money, format_number

ERRORS = {
    "empty_file": gettext_lazy("The file is empty."),
    "file_too_large": gettext_lazy("The file is too large to be a payment file."),
    "missing_summary": gettext_lazy(
        "The file ends in the middle: its summary row is missing. Fetch it from the bank again."
    ),
    "no_statement": gettext_lazy("This is not a bank statement or a list of reference payments."),
    "gone": gettext_lazy("The file that was received cannot be opened any more. Bring it in again."),
}


def refusal_of(error: BankFileError) -> dict[str, str | None]:
    """The figures of an error."""
    known = error.expected is not None and error.found is not None
    return {
        "code": error.code,
        "where": error.where,
        "expected": str(error.expected) if known else None,
        "found": str(error.found) if known else None,
    }


def explain(refusal: Mapping[str, Any]) -> str:
    """What is wrong with the file and where; nothing of it was booked."""
    line = re.fullmatch(r"line (\d+)", refusal.get("where") or "")
    where = f" ({_('row %(line)s') % {'line': line[1]}})" if line else ""
    if refusal["code"] == "foreign_account":
        return _(
            "The file is about the account %(account)s, which is not an account of your association. Nothing was booked."
        ) % {"account": format_iban(refusal.get("found") or "") or "–"}
    if refusal.get("expected") is not None and refusal["code"] != "file_too_large":
        sums = _(
            "The file's own sums do not agree with its rows: the summary says %(expected)s, the rows make %(found)s."
            " Nothing was booked."
        ) % {name: _figure(refusal[name]) for name in ("expected", "found")}
        return sums + where
    text = ERRORS.get(refusal["code"])
    return str(text or _("This is not a file of payments this service knows. Nothing was booked.")) + where


def _figure(text: str) -> str:
    """A count or a sum of money as the reader writes it."""
    value = Decimal(text)
    language = get_language() or "fi"
    return format_money(value, language) if "." in text else format_number(value, language)
