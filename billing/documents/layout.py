"""From an invoice document to the strings and boxes of its template: every decision that is not about looks."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any

from billing.documents.checks import SLIP_SIZE, SLIP_WIDTH, address_lines, barcode_digits
from billing.documents.codes import barcode_svg, qr_svg
from billing.documents.metrics import MM, clean, wrap
from billing.documents.model import DueRow, InvoiceDocument, Kind
from billing.documents.texts import GIRO_TERMS, WORDS, KindWords, Words
from billing.formats.reference import normalise, printed, rf
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.identifiers import format_iban
from jasenpalvelu.common.logo import Logo, read_logo
from jasenpalvelu.common.money import ZERO, format_amount, format_money, format_number

NBSP = "\N{NO-BREAK SPACE}"
ROOM = 96 * MM
"""Height of page 1 between the facts and the giro form, in points."""
COLUMNS = (50.5 * MM, 37 * MM, 50.5 * MM)
WIDE_REFERENCE = 23


@dataclass(frozen=True, slots=True)
class Fact:
    id: str
    label: str
    value: str
    small: bool = False


def context(document: InvoiceDocument, *, summary: bool | None = None, codes: bool = True) -> dict[str, Any]:
    """Everything the template prints, as finished strings. `summary` None: decided by what fits on page 1.

    Without `codes` the barcodes and QR codes are left undrawn: stamping draws them its own way.
    """
    words = WORDS[document.language]
    if summary is None:
        summary = bool(document.payments) and height(document) > ROOM
    slips = [_slip(document, row, index, codes=codes) for index, row in enumerate(document.payments, start=1)]
    return {
        "lang": document.language,
        "words": words,
        "kind": kind_words(document),
        "title": title(document),
        "heading": heading(document),
        "heading_class": "long" if len(wrap(heading(document), 74 * MM, 18, 600)) > 2 else "",
        "number": clean(document.number),
        "author": clean(document.creditor.name),
        "created": document.invoice_date.isoformat(),
        "running": f"{_document_name(document)} · {clean(document.creditor.name)}",
        "body": "invoice" if slips else "plain",
        "sender": _sender(document),
        "address": list(enumerate(address_lines(document.payer), start=1)),
        "facts": [fact for fact in _facts(document) if fact.value],
        "keys": _keys(document),
        "lines": [_line(document, number) for number in range(1, len(document.lines) + 1)],
        "groups": _groups(document) if summary else [],
        "total": format_money(document.total, document.language),
        "vat_rows": _vat_rows(document),
        "notes": notes(document),
        "instalments": _instalments(document),
        "statement": _statement(document),
        "messages": [part for part in _paragraphs(document.message) if part],
        "slips": slips,
        "terms": GIRO_TERMS,
    }


def kind_words(document: InvoiceDocument) -> KindWords:
    words = WORDS[document.language]
    return {Kind.INVOICE: words.invoice, Kind.CREDIT_NOTE: words.credit_note, Kind.REMINDER: words.reminder}[
        document.kind
    ]


def heading(document: InvoiceDocument) -> str:
    return clean(document.title) or kind_words(document).title


def title(document: InvoiceDocument) -> str:
    """Title of the file and its bookmark: "Jäsenmaksulasku 2026-104233"."""
    return f"{heading(document)} {clean(document.number)}"


def file_name(document: InvoiceDocument) -> str:
    """A name every system takes and that says whose it is: "2026-104233-virtanen-matti.pdf"."""
    told = f"{clean(document.number)} {document.payer.name}"
    plain = unicodedata.normalize("NFKD", told).encode("ascii", "ignore").decode().lower()
    return f"{re.sub('[^a-z0-9]+', '-', plain).strip('-')[:100]}.pdf"


def _document_name(document: InvoiceDocument) -> str:
    name = WORDS[document.language].document if document.kind is Kind.INVOICE else heading(document)
    return f"{name} {clean(document.number)}"


def _sender(document: InvoiceDocument) -> dict[str, Any]:
    creditor = document.creditor
    return {
        "name": clean(creditor.name),
        "details": [clean(line) for line in creditor.details],
        "return_line": clean(creditor.return_line),
        "logo": _logo(creditor.logo),
    }


@lru_cache(maxsize=32)
def _logo(data: bytes | Path | None) -> Logo | None:
    return read_logo(data)


def _facts(document: InvoiceDocument) -> list[Fact]:
    words, kind = WORDS[document.language], kind_words(document)
    number = Fact("no", kind.number, clean(document.number))
    day = Fact("day", kind.day, format_date(document.invoice_date))
    member = Fact("mem", words.member_number, clean(document.member_number))
    business = Fact("yt", words.y_tunnus, clean(document.y_tunnus))
    if document.kind is Kind.CREDIT_NOTE:
        credited = document.original.number if document.original else ""
        return [number, day, member, business, Fact("orig", words.credited_invoice, clean(credited))]
    if document.kind is Kind.REMINDER:
        ordinal = words.reminder_ordinal.format(n=document.reminding.ordinal) if document.reminding else ""
        due = document.original.due_date if document.original else None
        return [
            number,
            Fact("rem", words.reminder_label, ordinal),
            day,
            member,
            Fact("origdue", words.original_due, format_date(due) if due else ""),
        ]
    return [number, day, member, business, Fact("season", words.period, clean(document.period))]


def _keys(document: InvoiceDocument) -> list[Fact]:
    """Due date, reference and amount as on the giro form of this page."""
    kind, payments = kind_words(document), document.payments
    if payments:
        return _payment_keys(document, payments[0], 1)
    amount = Fact("keysum", kind.amount, format_money(document.total, document.language))
    if not document.reference:  # a credit note is not paid
        return [amount]
    reference = _reference(document.reference)
    return [Fact("keyref", kind.reference, reference, len(reference) > WIDE_REFERENCE), amount]


def _payment_keys(document: InvoiceDocument, row: DueRow, index: int) -> list[Fact]:
    """With several instalments the amount is named by its instalment: it is not the whole invoice."""
    kind, reference, suffix = kind_words(document), _reference(row.reference), _suffix(index)
    amount = _instalment_name(document, index) if len(document.payments) > 1 else kind.amount
    return [
        Fact(f"keydue{suffix}", kind.due, format_date(row.due_date)),
        Fact(f"keyref{suffix}", kind.reference, reference, len(reference) > WIDE_REFERENCE),
        Fact(f"keysum{suffix}", amount, format_money(row.amount, document.language)),
    ]


def _suffix(index: int) -> str:
    """The first giro form's ids are plain; the stamping of volume runs finds them by name."""
    return "" if index == 1 else f"-{index}"


def _reference(reference: str) -> str:
    """As printed: national in fives from the right, RF in fours."""
    return printed(re.sub(r"\s", "", reference).upper())


def _line(document: InvoiceDocument, number: int) -> dict[str, Any]:
    line = document.lines[number - 1]
    return {
        "n": number,
        "component": clean(line.component),
        "basis": clean(line.basis),
        "beneficiary": clean(line.beneficiary),
        "vat": _rate(document, line.vat_rate) or "–",
        "amount": format_amount(line.amount, document.language),
    }


def _rate(document: InvoiceDocument, rate: Decimal | None) -> str:
    """25.50 -> "25,5 %"."""
    if rate is None:
        return ""
    plain = rate.quantize(Decimal(1)) if rate == rate.to_integral_value() else rate.normalize()
    return f"{format_number(plain, document.language)}{NBSP}%"


def _groups(document: InvoiceDocument) -> list[dict[str, str]]:
    """One row per beneficiary in order of appearance: how many rows and their sum."""
    sums: dict[str, list[Decimal]] = {}
    for line in document.lines:
        sums.setdefault(clean(line.beneficiary), []).append(line.amount)
    return [
        {
            "name": name,
            "rows": str(len(amounts)),
            "amount": format_amount(sum(amounts, ZERO), document.language),
        }
        for name, amounts in sums.items()
    ]


def _vat_rows(document: InvoiceDocument) -> list[dict[str, str]]:
    words, language = WORDS[document.language], document.language
    return [
        {
            "label": _rate(document, row.rate) or words.no_vat,
            "net": format_amount(row.net, language),
            "tax": format_amount(row.tax, language),
            "gross": format_amount(row.gross, language),
        }
        for row in document.vat_rows
    ]


def notes(document: InvoiceDocument) -> list[str]:
    """The small print under the total: what is outside VAT, who sells what is taxed, and the caller's own note."""
    words = WORDS[document.language]
    vat_note = document.vat_note
    if vat_note is None:
        usual = words.reminder_vat_note if document.kind is Kind.REMINDER else words.vat_note
        vat_note = usual if any(line.vat_rate is None for line in document.lines) else ""
    sellers = dict.fromkeys(
        ", ".join(clean(part) for part in (row.seller, row.vat_number) if part)
        for row in document.vat_rows
        if row.rate is not None and row.seller
    )
    seller_note = words.seller.format(sellers="; ".join(sellers)) if sellers else ""
    first = " ".join(part for part in (clean(vat_note), seller_note) if part)
    return [part for part in (first, *_paragraphs(document.note)) if part]


def messages(document: InvoiceDocument) -> list[str]:
    """What a credit note or reminder must say, then the sender's own message, by paragraphs."""
    return [part for part in (_statement(document), *_paragraphs(document.message)) if part]


def _statement(document: InvoiceDocument) -> str:
    words, original, reminding = WORDS[document.language], document.original, document.reminding
    if document.kind is Kind.CREDIT_NOTE and original:
        text = words.credited_fully if original.fully else words.credited_partly
        return text.format(number=clean(original.number), day=format_date(original.invoice_date))
    if document.kind is Kind.REMINDER and original and reminding and document.payments:
        return words.reminded.format(
            booked=format_date(reminding.booked_until),
            original=format_date(original.due_date or original.invoice_date),
            due=format_date(document.payments[0].due_date),
            contact=clean(reminding.contact).replace(" ", NBSP)
            if len(reminding.contact) < 30
            else clean(reminding.contact),
        )
    return ""


def _paragraphs(text: str) -> Iterable[str]:
    return (part.strip() for part in clean(text).split("\n"))


def _instalments(document: InvoiceDocument) -> list[dict[str, str]]:
    rows = document.payments
    if len(rows) < 2:
        return []
    return [
        {
            "label": _instalment_name(document, index),
            "due": format_date(row.due_date),
            "reference": _reference(row.reference),
            "amount": format_amount(row.amount, document.language),
        }
        for index, row in enumerate(rows, start=1)
    ]


def _instalment_name(document: InvoiceDocument, index: int) -> str:
    return WORDS[document.language].instalment.format(n=index, count=len(document.payments))


def _slip(document: InvoiceDocument, row: DueRow, index: int, *, codes: bool) -> dict[str, Any]:
    """One giro form. Its amounts are written the Finnish way in every language: the form is Finnish and Swedish."""
    words: Words = WORDS[document.language]
    digits = barcode_digits(document, row)
    several = len(document.payments) > 1
    compact = re.sub(r"\s", "", row.reference).upper()
    other = normalise(compact) if compact.startswith("RF") else rf(compact)
    return {
        "n": index,
        "suffix": _suffix(index),
        "name": _instalment_name(document, index) if several else "",
        "keys": _payment_keys(document, row, index),
        "digits": digits,
        "iban": format_iban(document.creditor.iban).upper(),
        "bic": clean(document.creditor.bic),
        "payee": clean(document.payee),
        "payer": list(enumerate(address_lines(document.payer, SLIP_WIDTH, SLIP_SIZE), start=1)),
        "document": f"{words.document} {clean(document.number)}",
        "member": f"{words.member} {clean(document.member_number)}" if document.member_number else "",
        "reference": _reference(row.reference),
        "other_label": words.national_reference if compact.startswith("RF") else words.rf_reference,
        "other": printed(other or compact),
        "due": format_date(row.due_date),
        "amount": format_amount(row.amount),
        "barcode": barcode_svg(digits, words.barcode_alt.format(digits=digits)) if codes else "",
        "qr": qr_svg(document, row, words.qr_alt) if codes else "",
    }


def height(document: InvoiceDocument) -> float:
    """Height in points of the table, notes and messages if all rows stood on page 1."""
    body, small = 11.5, 1.44 * MM + 0.2
    rows = sum(
        max(_count(text, limit, 9) for text, limit in zip(_cells(document, n), COLUMNS, strict=True)) * body
        + small
        for n in range(len(document.lines))
    )
    table = 10 + MM + 0.6 + rows + 14 + 1.92 * MM + 0.6
    vat = 4 * MM + (len(document.vat_rows) + 1) * (body + 0.6 * MM) if document.vat_rows else 0
    due = 4 * MM + (len(document.payments) + 1) * (body + 0.6 * MM) if len(document.payments) > 1 else 0
    texts = sum(_count(text, 172 * MM, 8.5) * body + 2 * MM for text in notes(document))
    texts += sum(_count(text, 152 * MM, 8.5) * body + 2 * MM for text in messages(document))
    return ceil(table + vat + due + texts)


def _cells(document: InvoiceDocument, index: int) -> tuple[str, str, str]:
    line = document.lines[index]
    return clean(line.component), clean(line.basis), clean(line.beneficiary)


@lru_cache(maxsize=10_000)
def _count(text: str, limit: float, size: float) -> int:
    return max(1, len(wrap(text, limit, size)))
