"""Reading ISO 20022 messages: safe parsing, elements by local name, amounts, days and signs as the schemas write them."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO

from lxml import etree

from billing.formats.errors import BankFileFormatError
from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.common.money import CENT

TRUE = frozenset({"true", "1"})


def events(data: bytes, names: Iterable[str]) -> Iterator[tuple[str, "etree._Element"]]:
    """Start and end of the elements with these local names."""
    reader = etree.iterparse(
        BytesIO(data),
        events=("start", "end"),
        tag=[f"{{*}}{name}" for name in names],
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
                checked = True
                _refuse_document_type(element)
            yield event, element
    except etree.XMLSyntaxError as error:
        raise BankFileFormatError("not_xml", where=f"line {error.lineno}") from None


def _refuse_document_type(element: "etree._Element") -> None:
    info = element.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise BankFileFormatError("document_type_not_allowed")


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def local_name(element: "etree._Element") -> str:
    return _local(element.tag)


class Fields(dict[str, list[str]]):
    """The texts inside an element by their path of local names, "Refs/UETR"; a currency stands under "Amt@Ccy".

    One pass over the element instead of a search for each field: files have hundreds of thousands of payments.
    """

    def __init__(self, element: "etree._Element") -> None:
        super().__init__()
        self._walk(element, "")

    def _walk(self, element: "etree._Element", prefix: str) -> None:
        for node in element:
            path = prefix + _local(node.tag)
            if len(node):
                self.setdefault(path, [])
                self._walk(node, f"{path}/")
            else:
                self.setdefault(path, []).append(" ".join((node.text or "").split()))
                if currency := node.get("Ccy"):
                    self.setdefault(f"{path}@Ccy", []).append(currency)

    def text(self, *paths: str) -> str:
        """The first text that is not empty, or an empty string."""
        for path in paths:
            for text in self.get(path, ()):
                if text:
                    return text
        return ""

    def texts(self, *paths: str) -> list[str]:
        return [text for path in paths for text in self.get(path, ()) if text]


def message_name(element: "etree._Element") -> str:
    """Which message the document is, from the last part of the root's namespace: camt.053.001.08."""
    namespace, _, _ = str(element.getroottree().getroot().tag).rpartition("}")
    return namespace.rpartition(":")[2]


def status(fields: Fields, where: str) -> str:
    """BOOK, PDNG, INFO or FUTR; version 08 has it one level deeper."""
    found = fields.text("Sts", "Sts/Cd")
    if found not in {"BOOK", "PDNG", "INFO", "FUTR"}:
        raise BankFileFormatError("status", where=where, found=found)
    return found


def signed_amount(fields: Fields, where: str) -> Decimal:
    """The amount with the sign of its CdtDbtInd, which tells the way the money really went, in reversals too."""
    sign = fields.text("CdtDbtInd")
    if sign not in {"CRDT", "DBIT"}:
        raise BankFileFormatError("credit_or_debit", where=where, found=sign)
    amount = decimal_of(fields.text("Amt"), where)
    return -amount if sign == "DBIT" else amount


def day_of(fields: Fields, name: str) -> date | None:
    text = fields.text(f"{name}/Dt", f"{name}/DtTm")
    return as_day(text) if text else None


def as_day(text: str) -> date:
    """The day in Finland. A day no account can have (a slip of a program, the year 0001 or 9999) is refused."""
    try:
        if "T" in text:
            moment = datetime.fromisoformat(text)
            day = (moment.astimezone(HELSINKI) if moment.tzinfo else moment).date()
        else:
            day = date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        raise BankFileFormatError("date", found=text[:40]) from None
    if not 1990 <= day.year < 2100:
        raise BankFileFormatError("date", found=text[:40])
    return day


def decimal_of(text: str, where: str) -> Decimal:
    """Euros and cents without a sign. More decimals are no euros, unless they are noughts; nor is a thousand million a fee."""
    if not re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,2}0*)?", text):
        raise BankFileFormatError("amount", where=where, found=text[:40])
    return Decimal(text).quantize(CENT)


def whole_number(text: str, where: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BankFileFormatError("count", where=where, found=text[:40])
    return int(text)
