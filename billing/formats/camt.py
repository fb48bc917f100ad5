"""ISO 20022 account statements (camt.053), notifications (camt.054) and reports (camt.052).

Read by local name, so that versions 02 and 08 and the banks' own namespaces all work. The file's own counts, sums and
balances are checked; one that does not agree with its rows is refused whole. Entities and document types are refused.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from billing.formats import reference as references
from billing.formats.errors import BankFileFormatError, BankFileSumError
from billing.formats.iso20022 import (
    TRUE,
    Fields,
    as_day,
    day_of,
    decimal_of,
    events,
    local_name,
    message_name,
    signed_amount,
    status,
    whole_number,
)

MAX_BYTES = 256 * 1024 * 1024
# The national code of the entry that sums up a day's incoming reference payments.
REFERENCE_BATCH = "705"

_KINDS = {"Stmt": "statement", "Ntfctn": "notification", "Rpt": "report"}
# Free text counts as a reference only when it is nothing else, or when RF and its check digits vouch for it: any fourth
# number of four digits, a year say, would pass the national check.
_WHOLE = re.compile(
    r"(?:viite(?:numero|nro|nr)?|referens(?:nummer)?|ref(?:erence)?)?[\s.:]*([0-9 ]+)", re.IGNORECASE
)
_RF_INSIDE = re.compile(r"\bRF[0-9]{2}(?: ?[0-9]){4,20}(?![0-9A-Z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One payment inside an entry. `amount` in euros, negative when money left the account.

    `correction` marks an incoming payment taken back. `paid` is the day the payer paid, `reference` the matching key (None when
    not one of ours). Banks are moving from their own id to the UETR: keep both.
    """

    amount: Decimal
    correction: bool
    booked: date
    paid: date
    reference_raw: str | None
    reference: str | None
    payer: str
    payer_iban: str
    message: str
    servicer_ref: str
    end_to_end_id: str
    uetr: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked row of the account. `code` is the national three-digit code, empty when the bank gives none."""

    number: int
    amount: Decimal
    correction: bool
    booked: date
    value_date: date
    servicer_ref: str
    code: str
    code_text: str
    batch_count: int | None
    transactions: tuple[Transaction, ...]

    @property
    def is_control_total(self) -> bool:
        """A batch without its rows: the same money comes row by row in a KTL or camt.054 file and is booked from there."""
        return not self.transactions and (self.code == REFERENCE_BATCH or (self.batch_count or 0) > 1)


@dataclass(frozen=True, slots=True)
class Statement:
    """One account and period. `left_out` counts entries that are not booked yet (pending or for information)."""

    kind: str
    id: str
    account_iban: str
    currency: str
    opening_balance: Decimal | None
    closing_balance: Decimal | None
    entries: tuple[Entry, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class CamtFile:
    message: str
    message_id: str
    statements: tuple[Statement, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for statement in self.statements for entry in statement.entries)


def parse(data: bytes) -> CamtFile:
    """Read a file. BankFileFormatError when it is not one, BankFileSumError when its own figures disagree."""
    if len(data) > MAX_BYTES:
        raise BankFileFormatError("file_too_large", expected=MAX_BYTES, found=len(data))
    message, message_id = "", ""
    statements: list[Statement] = []
    current = _Reading("")
    for event, element in events(data, ("GrpHdr", "Ntry", "TxDtls", *_KINDS)):
        name = local_name(element)
        if event == "start":
            if name in _KINDS:
                current = _Reading(_KINDS[name])
        elif name == "GrpHdr":
            message, message_id = message_name(element), Fields(element).text("MsgId")
        elif name == "TxDtls":
            current.take_transaction(element)
        elif name == "Ntry":
            current.take_entry(element)
        else:
            statements.append(current.finish(element))
    if not statements:
        raise BankFileFormatError("no_statement")
    return CamtFile(message, message_id, tuple(statements))


def first_account(data: bytes) -> str:
    """The account (IBAN) of the first statement. `data` may be only the beginning of a file."""
    for event, element in events(data, ("Acct",)):
        parent = element.getparent()
        if event == "end" and parent is not None and local_name(parent) in _KINDS:
            return Fields(element).text("Id/IBAN", "Id/Othr/Id")
    raise BankFileFormatError("no_statement")


class _Head(NamedTuple):
    """What is known of an entry before its payments come."""

    number: int
    amount: Decimal
    correction: bool
    booked: date
    value_date: date
    servicer_ref: str
    code: str
    code_text: str


@dataclass(slots=True)
class _Reading:
    """A statement while its entries come in; each is freed when it has been read."""

    kind: str
    entries: list[Entry] = field(default_factory=list)
    left_out: list[Decimal] = field(default_factory=list)
    head: _Head | None = None
    transactions: list[tuple[Transaction, Decimal | None]] = field(default_factory=list)

    def _head_of(self, entry: "etree._Element") -> _Head:
        if self.head is None:
            number = len(self.entries) + len(self.left_out) + 1
            self.head = _head(Fields(entry), number)
        return self.head

    def take_transaction(self, element: "etree._Element") -> None:
        head = self._head_of(element.getparent().getparent())
        fields = Fields(element)
        self.transactions.append((_transaction(fields, head), _transaction_amount(fields, head)))
        element.clear()

    def take_entry(self, element: "etree._Element") -> None:
        fields = Fields(element)
        where = f"entry {len(self.entries) + len(self.left_out) + 1}"
        head = self._head_of(element)
        if status(fields, where) == "BOOK":
            counts = [whole_number(text, where) for text in fields.texts("NtryDtls/Btch/NbOfTxs")]
            entry = Entry(**head._asdict(), batch_count=sum(counts) if counts else None, transactions=())
            rows = _settled(head, self.transactions, has_charges="Chrgs" in fields)
            if not rows and not entry.is_control_total:
                rows = [_lone(fields, head)]
            self.entries.append(replace(entry, transactions=_checked(entry, rows, where)))
        else:
            self.left_out.append(head.amount)
        self.head, self.transactions = None, []
        element.clear()

    def finish(self, element: "etree._Element") -> Statement:
        fields = Fields(element)
        identity = fields.text("Id")
        account = fields.text("Acct/Id/IBAN", "Acct/Id/Othr/Id")
        if not account:
            raise BankFileFormatError("account_missing", where=identity)
        currency = fields.text("Acct/Ccy") or "EUR"
        if currency != "EUR":
            raise BankFileFormatError("currency_is_not_euro", where=identity, found=currency)
        self._check_summary(fields, identity)
        opening, closing = _balances(element)
        if self.kind == "statement" and _is_whole(fields) and opening is not None and closing is not None:
            found = opening + sum((entry.amount for entry in self.entries), Decimal(0))
            if found != closing:
                raise BankFileSumError("closing_balance", where=identity, expected=closing, found=found)
        element.clear()
        return Statement(
            self.kind, identity, account, currency, opening, closing, tuple(self.entries), len(self.left_out)
        )

    def _check_summary(self, fields: Fields, where: str) -> None:
        """Announced counts and sums must be those of the booked entries, or of all when pending ones are counted in."""
        for group in ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries"):
            booked = _of_group(group, [entry.amount for entry in self.entries])
            everything = booked + _of_group(group, self.left_out)
            if count := fields.text(f"TxsSummry/{group}/NbOfNtries"):
                expected = whole_number(count, where)
                if expected not in {len(booked), len(everything)}:
                    raise BankFileSumError(
                        f"{group}_count", where=where, expected=expected, found=len(booked)
                    )
            if total := fields.text(f"TxsSummry/{group}/Sum"):
                announced = decimal_of(total, where)
                sums = [sum(map(abs, amounts), Decimal(0)) for amounts in (booked, everything)]
                if announced not in sums:
                    raise BankFileSumError(f"{group}_sum", where=where, expected=announced, found=sums[0])


def _balances(statement: "etree._Element") -> tuple[Decimal | None, Decimal | None]:
    """Opening and closing booked balance, where the bank tells them."""
    found: dict[str, Decimal] = {}
    for node in statement:
        if local_name(node) == "Bal":
            fields = Fields(node)
            code = fields.text("Tp/CdOrPrtry/Cd")
            found.setdefault(code, signed_amount(fields, f"balance {code}"))
    return found.get("OPBD", found.get("PRCD")), found.get("CLBD")


def _is_whole(fields: Fields) -> bool:
    """Opening and closing balance belong to all pages of a statement together."""
    if "StmtPgntn" not in fields:
        return True
    return fields.text("StmtPgntn/PgNb") in {"", "1"} and fields.text("StmtPgntn/LastPgInd") in TRUE


def _of_group(group: str, amounts: list[Decimal]) -> list[Decimal]:
    if group == "TtlCdtNtries":
        return [amount for amount in amounts if amount >= 0]
    if group == "TtlDbtNtries":
        return [amount for amount in amounts if amount < 0]
    return list(amounts)


def _head(fields: Fields, number: int) -> _Head:
    where = f"entry {number}"
    amount = signed_amount(fields, where)
    currency = fields.text("Amt@Ccy") or "EUR"
    if currency != "EUR":
        raise BankFileFormatError("currency_is_not_euro", where=where, found=currency)
    value_date = day_of(fields, "ValDt")
    booked = day_of(fields, "BookgDt") or value_date
    if booked is None:
        raise BankFileFormatError("booking_date", where=where)
    code_text = fields.text("BkTxCd/Prtry/Cd")
    code = code_text[:3] if re.match(r"[0-9]{3}", code_text) else ""
    return _Head(
        number=number,
        amount=amount,
        correction=amount < 0 and (fields.text("RvslInd") in TRUE or code == REFERENCE_BATCH),
        booked=booked,
        value_date=value_date or booked,
        servicer_ref=fields.text("AcctSvcrRef"),
        code=code,
        code_text=code_text,
    )


def _transaction(fields: Fields, head: _Head) -> Transaction:
    raw, key = _reference(fields)
    payer, payer_iban = _party(fields, head)
    return Transaction(
        amount=head.amount,
        correction=head.correction or "RtrInf" in fields,
        booked=head.booked,
        paid=_paid(fields) or head.value_date,
        reference_raw=raw,
        reference=key,
        payer=payer,
        payer_iban=payer_iban,
        message=" ".join(fields.texts("RmtInf/Ustrd", "RmtInf/Strd/AddtlRmtInf")),
        servicer_ref=fields.text("Refs/AcctSvcrRef"),
        end_to_end_id=fields.text("Refs/EndToEndId"),
        uetr=fields.text("Refs/UETR"),
    )


def _lone(fields: Fields, head: _Head) -> Transaction:
    """An entry the bank tells nothing more about is still money: one payment without reference, for the work list."""
    return Transaction(
        amount=head.amount,
        correction=head.correction,
        booked=head.booked,
        paid=head.value_date,
        reference_raw=None,
        reference=None,
        payer="",
        payer_iban="",
        message=fields.text("AddtlNtryInf"),
        servicer_ref=head.servicer_ref,
        end_to_end_id="",
        uetr="",
    )


def _transaction_amount(fields: Fields, head: _Head) -> Decimal | None:
    """The signed euros of one payment; None when they are not told, or told in another currency."""
    path = "Amt" if "Amt" in fields else "AmtDtls/TxAmt/Amt"
    if path not in fields or (fields.text(f"{path}@Ccy") or "EUR") != "EUR":
        return None
    amount = decimal_of(fields.text(path), f"entry {head.number}")
    sign = fields.text("CdtDbtInd") or ("DBIT" if head.amount < 0 else "CRDT")
    return -amount if sign == "DBIT" else amount


def _settled(
    head: _Head, rows: list[tuple[Transaction, Decimal | None]], *, has_charges: bool
) -> list[Transaction]:
    """The payments with what they brought to the account: a lone one brought the whole entry, whatever was instructed."""
    if len(rows) == 1 and (rows[0][1] is None or has_charges):
        rows = [(rows[0][0], head.amount)]
    settled = []
    for transaction, amount in rows:
        if amount is None:
            raise BankFileFormatError("transaction_amount", where=f"entry {head.number}")
        taken_back = amount < 0 and (transaction.correction or head.amount > 0)
        settled.append(replace(transaction, amount=amount, correction=taken_back))
    return settled


def _checked(head: Entry, rows: list[Transaction], where: str) -> tuple[Transaction, ...]:
    if rows:
        total = sum((row.amount for row in rows), Decimal(0))
        if total != head.amount:
            raise BankFileSumError("entry_amount", where=where, expected=head.amount, found=total)
        if head.batch_count is not None and head.batch_count != len(rows):
            raise BankFileSumError("batch_count", where=where, expected=head.batch_count, found=len(rows))
    return tuple(rows)


def _reference(fields: Fields) -> tuple[str | None, str | None]:
    """What stands in the place of the reference, and the key it gives. A structured one wins over free text."""
    structured = fields.texts("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef")
    for raw in structured:
        if key := references.normalise(raw):
            return raw, key
    if structured:
        return structured[0], None
    for text in fields.texts("RmtInf/Ustrd"):
        whole = _WHOLE.fullmatch(text)
        for raw in [whole.group(1)] if whole else _RF_INSIDE.findall(text):
            if key := references.normalise(raw):
                return raw.strip(), key
    return None, None


def _party(fields: Fields, head: _Head) -> tuple[str, str]:
    """Name and IBAN of the other side: who paid, also when the payment is taken back."""
    if head.correction:
        roles: tuple[str, ...] = ("Dbtr", "UltmtDbtr", "Cdtr")
    else:
        roles = ("Cdtr",) if head.amount < 0 else ("Dbtr", "UltmtDbtr")
    for role in roles:
        name = fields.text(f"RltdPties/{role}/Nm", f"RltdPties/{role}/Pty/Nm")
        account = fields.text(f"RltdPties/{role}Acct/Id/IBAN")
        if name or account:
            return name, account
    return "", ""


def _paid(fields: Fields) -> date | None:
    text = fields.text("RltdDts/AccptncDtTm", "RltdDts/TxDtTm", "RltdDts/IntrBkSttlmDt")
    return as_day(text) if text else None
