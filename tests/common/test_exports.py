import csv
import io
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from jasenpalvelu.common.exports import FORMULA_STARTS, Column, Kind, csv_cell, write_csv, write_xlsx


@dataclass(frozen=True)
class Fee:
    name: str | None
    fee: Decimal | None = None
    area: Decimal | float | int | None = None
    born: date | None = None
    seen: datetime | None = None
    votes: bool | None = None


COLUMNS = [
    Column("Nimi", "name"),
    Column("Maksu", "fee", Kind.AMOUNT),
    Column("Pelto, ha", "area", Kind.NUMBER),
    Column("Syntynyt", "born", Kind.DATE),
    Column("Nähty", "seen", Kind.MOMENT),
    Column("Äänioikeus", lambda row: row.votes, Kind.YES_NO),
]
AINO = Fee(
    "Mäki-Peltola Aino",
    Decimal("1234.5"),
    Decimal("12.50"),
    date(1961, 3, 4),
    datetime(2026, 7, 1, 21, 5, tzinfo=UTC),
    votes=True,
)


def written(rows: Any, columns: Any = COLUMNS) -> str:
    stream = io.BytesIO()
    write_csv(rows, columns, stream)
    return stream.getvalue().decode()


def test_csv_is_what_finnish_spreadsheets_read():
    assert written([AINO]) == (
        "\ufeffNimi;Maksu;Pelto, ha;Syntynyt;Nähty;Äänioikeus\r\n"
        "Mäki-Peltola Aino;1234,50;12,50;4.3.1961;2.7.2026 0.05;kyllä\r\n"
    )


def test_empty_values_are_empty_cells():
    assert written([Fee(None)]).splitlines()[1] == ";;;;;"


def test_the_number_of_rows_comes_back():
    for count in (0, 1, 3):
        assert write_csv([AINO] * count, COLUMNS, io.BytesIO()) == count
        assert write_xlsx([AINO] * count, COLUMNS, io.BytesIO()) == count


@pytest.mark.parametrize("text", ["=1+1", "+358401234567", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_that_would_be_a_formula_is_disarmed(text):
    assert csv_cell(text) == "'" + text


def test_a_negative_amount_is_no_formula():
    assert csv_cell(Decimal("-12.5"), Kind.AMOUNT) == "-12,50"
    assert csv_cell(-3, Kind.NUMBER) == "-3"


@given(st.text())
def test_no_text_cell_ever_starts_like_a_formula(text):
    assert not csv_cell(text).startswith(FORMULA_STARTS)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00")), max_size=5))
def test_csv_reads_back(names):
    cells = [
        line[0] for line in csv.reader(io.StringIO(written([Fee(n) for n in names])[1:]), delimiter=";")
    ][1:]
    assert cells == [csv_cell(name) for name in names]


def test_xlsx_keeps_kinds_and_disarms_formulas():
    stream = io.BytesIO()
    write_xlsx(
        [AINO, Fee("=HYPERLINK(1)", Decimal("-1.25")), Fee("a\x00b\x1fc")],
        COLUMNS,
        stream,
        sheet="Jäsenet: A/B",
    )
    page = load_workbook(stream).active
    assert page.title == "Jäsenet  A B"
    header, aino, evil, control = page.iter_rows()
    assert header[0].font.bold
    assert [cell.value for cell in aino] == [
        "Mäki-Peltola Aino",
        1234.5,
        12.5,
        datetime(1961, 3, 4),
        datetime(2026, 7, 2, 0, 5),
        "kyllä",
    ]
    assert aino[1].number_format == "#,##0.00"
    assert (evil[0].value, evil[0].data_type, evil[1].value) == ("=HYPERLINK(1)", "s", -1.25)
    assert control[0].value == "abc"


def test_a_long_list_is_never_whole_in_memory():
    class Sink(io.RawIOBase):
        def write(self, data: Any) -> int:
            return len(data)

    tracemalloc.start()
    assert write_csv((AINO for _ in range(20_000)), COLUMNS, Sink()) == 20_000  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000
