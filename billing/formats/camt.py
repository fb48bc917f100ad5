"""ISO 20022 account statements (camt.053), notifications (camt.054) and reports (camt.052).

Read by local name, so that versions 02 and 08 and the banks' own namespaces all work. The file's own counts, sums and
balances are checked; one that does not agree with its rows is refused whole. Entities and document types are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import BytesIO

from lxml import etree

from billing.formats import reference as references
from billing.formats.errors import BankFileError, BankFileFormatError, BankFileSumError
from jasenpalvelu.common.clock import HELSINKI

MAX_BYTES = 256 * 1024 * 1024
# The national code of the entry that sums up a day's incoming reference payments.
REFERENCE_BATCH = "705"

_KINDS = {"Stmt": "statement", "Ntfctn": "notification", "Rpt": "report"}
_LABELLED = re.compile(r"(?i)(?:viite(?:numero|nro|nr)?|referens(?:nummer)?|ref(?:erence)?(?:\.|nr)?)[\s.:]*([0-9 ]+)")
_RF_IN_TEXT = re.compile(r"\bRF[0-9]{2}[0-9 ]{4,26}(?![0-9A-Z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One payment inside an entry. `amount` in euros, negative when money left the account.

    `correction` marks a payment taken back. `paid` is the day the payer paid, `reference` the matching key (None when
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
    message, message_id, statements = "", "", []
    current: _Reading | None = None
    for event, element in _events(data):
        name = element.tag
        if event == "start":
            if name in _KINDS:
                current = _Reading(_KINDS[name])
            elif name == "Document":
                message = (etree.QName(element.nsmap[element.prefix], "x").namespace or "") if element.nsmap else ""
        elif name == "GrpHdr":
            message_id = _text(element, "MsgId")
        elif current is not None:
            if name in _KINDS:
                statements.append(current.finish())
                current = None
            else:
                current.take(element)
    if not statements:
        raise BankFileFormatError("no_statement")
    return CamtFile(message.rpartition(":")[2], message_id, tuple(statements))


def _events(data: bytes) -> Iterator[tuple[str, etree._Element]]:
    """Parser events with the namespaces taken off."""
    reader = etree.iterparse(
        BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    checked = False
    try:
        for event, element in reader:
            if not checked:
                document = element.getroottree().docinfo
                if document.doctype or document.internalDTD is not None:
                    raise BankFileFormatError("document_type_not_allowed")
                checked = True
            if event == "start":
                namespace, _, local = element.tag.rpartition("}")
                element.tag = local
            yield event, element
    except etree.XMLSyntaxError as error:
        raise BankFileFormatError("not_xml", where=f"line {error.lineno}") from None


@dataclass(slots=True)
class _Reading:
    """A statement while its elements come in, each freed after it was read."""

    kind: str
    id: str = ""
    iban: str = ""
    currency: str = ""
    last_page: bool = True
    balances: dict[str, Decimal] = field(default_factory=dict)
    announced: list[tuple[str, str, str]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    skipped: list[Decimal] = field(default_factory=list)
    transactions: list[etree._Element] = field(default_factory=list)
