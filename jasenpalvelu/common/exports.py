"""Lists as files: CSV and XLSX written row by row from any iterator, so that a whole federation fits into little memory.

    columns = [Column(_("Name"), "name"), Column(_("Fee"), "fee", Kind.AMOUNT)]
    write_csv(rows, columns, stream)

CSV is what Finnish spreadsheets open with a double click: UTF-8 with a byte order mark, `;`, CRLF, decimal comma, dates
as 22.11.2026. A text that a spreadsheet would take for a formula gets an apostrophe before it; amounts are never texts.
"""

import codecs
import csv
import enum
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import IO, Any

from django.utils.translation import gettext as _

from jasenpalvelu.common.clock import HELSINKI

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# Characters XML 1.0 cannot hold, which a spreadsheet file therefore cannot either.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Kind(enum.Enum):
    TEXT = "text"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    MOMENT = "moment"
    YES_NO = "yes_no"


# How a spreadsheet shows the kind, in its own language-independent codes.
XLSX_FORMATS = {
    Kind.AMOUNT: "#,##0.00",
    Kind.DATE: "dd.mm.yyyy",
    Kind.MOMENT: "dd.mm.yyyy hh:mm",
}


@dataclass(frozen=True)
class Column:
    """`value` is an attribute path of the row or a function of it; `width` in characters, for spreadsheets."""

    header: str
    value: str | Callable[[Any], Any]
    kind: Kind = Kind.TEXT
    width: int = 18

    @property
    def get(self) -> Callable[[Any], Any]:
        return attrgetter(self.value) if isinstance(self.value, str) else self.value


def write_csv(rows: Iterable[Any], columns: Sequence[Column], stream: IO[bytes]) -> int:
    """Write the rows to a binary stream. Returns how many there were."""
    stream.write(codecs.BOM_UTF8)
    count = -1  # the header is no row
    for count, line in enumerate(csv_lines(rows, columns), start=-1):  # noqa: B007 (the last one is the count)
        stream.write(line)
    return count + 1


def csv_lines(rows: Iterable[Any], columns: Sequence[Column]) -> Iterator[bytes]:
    """The header and the rows as encoded lines, without the byte order mark."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    getters = [(column.get, column.kind) for column in columns]

    def line(cells: list[str]) -> bytes:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(cells)
        return buffer.getvalue().encode()

    yield line([_guarded(str(column.header)) for column in columns])
    for row in rows:
        yield line([csv_cell(get(row), kind) for get, kind in getters])


def csv_cell(value: Any, kind: Kind = Kind.TEXT) -> str:
    """One value in Finnish writing."""
    if value is None or value == "":
        return ""
    if kind is Kind.TEXT:
        return _guarded(str(value))
    if kind is Kind.YES_NO:
        return _("yes") if value else _("no")
    if kind is Kind.MOMENT:
        moment = _local(value)
        return f"{moment.day}.{moment.month}.{moment.year} {moment.hour}.{moment.minute:02}"
    if kind is Kind.DATE:
        return f"{value.day}.{value.month}.{value.year}"
    if kind is Kind.AMOUNT:
        return f"{Decimal(value):.2f}".replace(".", ",")
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else str(value).replace(".", ",")


def write_xlsx(rows: Iterable[Any], columns: Sequence[Column], stream: IO[bytes], *, sheet: str = "") -> int:
    """Write the rows as a spreadsheet with a frozen header row. Returns how many there were."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    page = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", sheet)[:31] or _("List"))
    page.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        page.column_dimensions[get_column_letter(number)].width = column.width
    headers = [_xlsx_cell(page, str(column.header), Kind.TEXT) for column in columns]
    for cell in headers:
        cell.font = Font(bold=True)
    page.append(headers)
    getters = [(column.get, column.kind) for column in columns]
    count = 0
    for row in rows:
        page.append([_xlsx_cell(page, get(row), kind) for get, kind in getters])
        count += 1
    book.save(stream)
    return count


def _xlsx_cell(page: Any, value: Any, kind: Kind) -> Any:
    """Texts are marked as texts: openpyxl would make a formula of one that starts with "="."""
    from openpyxl.cell import WriteOnlyCell

    if value is None or value == "":
        return None
    if kind in {Kind.TEXT, Kind.YES_NO}:
        text = csv_cell(value, kind) if kind is Kind.YES_NO else UNWRITABLE.sub("", str(value))
        cell = WriteOnlyCell(page, text)
        cell.data_type = "s"
        return cell
    if kind is Kind.MOMENT:
        value = _local(value).replace(tzinfo=None, microsecond=0)
    if kind not in XLSX_FORMATS:
        return value
    cell = WriteOnlyCell(page, value)
    cell.number_format = XLSX_FORMATS[kind]
    return cell


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _local(moment: datetime | date) -> datetime:
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=HELSINKI)
    return moment.astimezone(HELSINKI) if moment.tzinfo else moment.replace(tzinfo=HELSINKI)
