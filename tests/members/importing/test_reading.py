"""Every shape of file an association may have, and the ones that mean harm."""

import csv
import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from members.importing import csv_files, reading, xlsx_files
from members.importing.problems import NotATable

HEADER = ["Sukunimi", "Etunimi", "Sähköposti", "Pelto ha"]
ROWS = [["Mäkinen", "Åsa", "asa@example.fi", "30,00"], ["O'Brien", "Seán", "", "1 234,5"]]


def table(delimiter: str = ";", end: str = "\r\n") -> str:
    return end.join(delimiter.join(f'"{cell}"' for cell in row) for row in [HEADER, *ROWS]) + end


def read(data: bytes, **given: str) -> tuple[reading.Source, list[list[str]]]:
    source = reading.inspect(data, **given)
    return source, [cells for _line, cells in reading.rows(data, source)]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "guessed"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("iso-8859-1", "iso-8859-1"),
        ("windows-1252", "iso-8859-1"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("mac_roman", "mac_roman"),
        ("cp850", "cp850"),
    ],
)
def test_encodings_delimiters_and_line_ends(encoding, guessed, delimiter, end):
    source, rows = read(table(delimiter, end).encode(encoding))
    assert (source.encoding, source.delimiter, list(source.header)) == (guessed, delimiter, HEADER)
    assert rows == ROWS


def test_windows_letters_beyond_latin_1():
    source, rows = read("Sukunimi;Etunimi\nŠkutnabb;Žaneta\n".encode("windows-1252"))
    assert (source.encoding, rows) == ("windows-1252", [["Škutnabb", "Žaneta"]])


def test_an_encoding_told_by_the_user_wins():
    data = table().encode("mac_roman")
    _source, rows = read(data, encoding="mac_roman")
    assert rows == ROWS
    with pytest.raises(NotATable) as caught:
        read(data, encoding="utf-8")
    assert caught.value.code == "wrong_encoding"


def test_a_value_may_go_on_over_lines_and_hold_the_delimiter():
    data = b'Sukunimi;Huomautus\r\nM\xe4kinen;"soita; vasta\r\nillalla ""vain"" "\r\nNiemi;\r\n'
    source = reading.inspect(data)
    assert list(reading.rows(data, source)) == [
        (2, ["Mäkinen", 'soita; vasta\r\nillalla "vain" ']),
        (4, ["Niemi", ""]),
    ]


def test_titles_and_empty_lines_above_the_headings():
    data = "Kuusilahden tuottajayhdistys ry\n\nJäsenet 1.1.2026;;\n;;\nSukunimi;Etunimi;Puhelin\n;;\nNiemi;Ari;099 1\n\n".encode()
    source, rows = read(data)
    assert (source.header_line, rows) == (5, [["Niemi", "Ari", "099 1"]])
    assert source.samples == (("Niemi",), ("Ari",), ("099 1",))


def test_a_separator_line_of_a_spreadsheet():
    _source, rows = read(b"sep=,\r\nSukunimi,Etunimi\r\nNiemi,Ari\r\n")
    assert rows == [["Niemi", "Ari"]]


def test_headings_nobody_knows_are_still_headings():
    source, rows = read(b"aaa;bbb;ccc\n1;2;3\n4;5;6\n")
    assert (source.header, len(rows)) == (("aaa", "bbb", "ccc"), 2)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        (b"\x89PNG\r\n\x1a\n...", "picture"),
        (b"\xff\xd8\xff\xe0....", "picture"),
        (b"{\\rtf1\\ansi}", "text_document"),
        (b"<!DOCTYPE html><html></html>", "web_page"),
        (b"Hyvaa paivaa, tassa on kirje.\nSe jatkuu toisella rivilla\nja kolmannella.\n", "no_columns"),
        (b"Sukunimi;Etunimi\n", "only_header"),
        (bytes(range(1, 32)) * 40, "not_text"),
        (b"PK\x03\x04 not really a zip", "broken_excel"),
    ],
)
def test_what_is_no_table_is_told_so(data, code):
    with pytest.raises(NotATable) as caught:
        read(data)
    assert caught.value.code == code


# --- hostile text ---------------------------------------------------------------------------------------------------------
def test_a_line_of_ten_megabytes():
    with pytest.raises(NotATable) as caught:
        read(b"Sukunimi;Etunimi\nNiemi;" + b"x" * 10_000_000 + b"\n")
    assert caught.value.code in {"broken_quotes", "no_columns"}
    with pytest.raises(NotATable) as caught:
        read(b"Sukunimi;Etunimi\n" + b"x;" * 5_000_000 + b"\n")
    assert caught.value.code in {"too_many_columns", "no_columns"}


def test_an_open_quotation_mark_does_not_swallow_the_file():
    data = b'Sukunimi;Etunimi\nNiemi;"Ari\n' + b"Koski;Eero\n" * 20_000
    with pytest.raises(NotATable) as caught:
        read(data, delimiter=";", encoding="utf-8")
    assert caught.value.code == "broken_quotes"


def test_too_many_rows_and_too_much_data(monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    data = b"Sukunimi;Etunimi\n" + b"Niemi;Ari\n" * 3
    source = reading.inspect(data)
    with pytest.raises(NotATable) as caught:
        list(reading.rows(data, source))
    assert caught.value.code == "too_many_rows"
    monkeypatch.setattr(reading, "MAX_BYTES", 20)
    with pytest.raises(NotATable) as caught:
        reading.open_file(io.BytesIO(data))
    assert caught.value.code == "too_large"


def test_control_characters_are_dropped():
    _source, rows = read(b"Sukunimi;Etunimi\nNie\x02mi;A\x00ri\n")
    assert rows == [["Niemi", "Ari"]]


# --- spreadsheets ---------------------------------------------------------------------------------------------------------
def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, lines in sheets:
        page = book.create_sheet(title)
        for line in lines:
            page.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_with_an_empty_sheet_first():
    data = workbook(("Tyhjä", []), ("Jäsenet", [["Jäsenluettelo"], [], HEADER, *ROWS]))
    source, rows = read(data)
    assert (source.kind, source.sheet, source.sheets, source.header_line) == (
        "xlsx",
        "Jäsenet",
        ("Tyhjä", "Jäsenet"),
        3,
    )
    assert [[*row, ""][:4] for row in rows] == [[*row, ""][:4] for row in ROWS]


def test_another_sheet_can_be_chosen():
    data = workbook(("A", [HEADER, *ROWS]), ("B", [["Nimi", "Kunta"], ["Niemi Ari", "Vaasa"]]))
    source, rows = read(data, sheet="B")
    assert (source.sheet, rows) == ("B", [["Niemi Ari", "Vaasa"]])


def test_cells_become_what_a_finn_would_have_typed():
    line = [
        date(2026, 2, 1),
        datetime(2026, 2, 1, 0, 0),
        30.0,
        12.5,
        7,
        True,
        False,
        None,
        "teksti",
        1234567.25,
    ]
    data = workbook(("A", [[f"Sarake {n}" for n in range(10)], line]))
    _source, rows = read(data)
    assert rows == [["2026-02-01", "2026-02-01", "30", "12,5", "7", "x", "", "", "teksti", "1234567,25"]]


def test_a_formula_gives_its_value_and_nothing_runs():
    data = workbook(("A", [["Sukunimi", "Etunimi"], ["Niemi", '=HYPERLINK("http://example.com";"x")']]))
    _source, rows = read(data)
    assert rows == [["Niemi"]], "the file holds no computed value, so there is none"


def rewritten(data: bytes, changes: dict[str, bytes]) -> bytes:
    """The archive with parts replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part not in changes:
                new.writestr(part, old.read(part))
        for part, content in changes.items():
            new.writestr(part, content)
    return stream.getvalue()


def test_a_zip_bomb_is_not_opened():
    data = rewritten(workbook(("A", [HEADER, *ROWS])), {"xl/media/big.bin": b"\0" * 80_000_000})
    assert len(data) < 200_000
    with pytest.raises(NotATable) as caught:
        read(data)
    assert caught.value.code == "bomb"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_external_entities_are_refused(part, encoding):
    xxe = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'
    with pytest.raises(NotATable) as caught:
        read(rewritten(workbook(("A", [HEADER, *ROWS])), {part: xxe.encode(encoding)}))
    assert caught.value.code == "entities"


@pytest.mark.parametrize(
    "name", ["xl/worksheets/sheet1.XML", "xl/worksheets/sheet1.dat", "xl/media/image1.svg"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_sheet_by_another_name_is_looked_at_too(name, encoding):
    """The workbook tells where its sheets are; their names may be anything."""
    xxe = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'
    with pytest.raises(NotATable) as caught:
        read(rewritten(workbook(("A", [HEADER, *ROWS])), {name: xxe.encode(encoding)}))
    assert caught.value.code == "entities"


def test_pictures_and_settings_do_no_harm():
    parts = {
        "xl/media/image1.png": b"\x89PNG\r\n\x1a\n...",
        "xl/printerSettings/printerSettings1.bin": b"\x01\x02",
        "docProps/empty.bin": b"",
        "xl/media/image2.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    assert len(read(rewritten(workbook(("A", [HEADER, *ROWS])), parts))[1]) == 2


def test_a_workbook_with_macros_is_read_without_them():
    data = rewritten(workbook(("A", [HEADER, *ROWS])), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 macros"})
    _source, rows = read(data)
    assert len(rows) == 2


def test_a_sheet_that_claims_a_million_rows_and_all_columns():
    lying = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<dimension ref="A1:XFD1048576"/><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Sukunimi</t></is></c><c r="B1" t="inlineStr"><is><t>Etunimi</t></is></c></row>'
        b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>Niemi</t></is></c><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
        b'<row r="99999999999"><c r="A1" t="inlineStr"><is><t>y</t></is></c></row></sheetData></worksheet>'
    )
    data = rewritten(workbook(("A", [HEADER, *ROWS])), {"xl/worksheets/sheet1.xml": lying})
    assert read(data)[1] == [["Niemi"]]
    lines = list(xlsx_files.lines_of(data, "A"))
    assert lines == [(1, ["Sukunimi", "Etunimi"]), (1048576, ["Niemi"])]


def test_more_columns_than_any_list_has():
    data = workbook(("A", [[f"s{n}" for n in range(300)], ["x"] * 300]))
    with pytest.raises(NotATable) as caught:
        read(data)
    assert caught.value.code == "too_many_columns"


def test_an_ordinary_zip_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("luettelo.csv", table())
    with pytest.raises(NotATable) as caught:
        read(stream.getvalue())
    assert caught.value.code == "other_zip"


# --- what was written is what is read ---------------------------------------------------------------------------------------
cells = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85\ufeff"
    ),
    max_size=12,
)


@given(
    body=st.lists(
        st.lists(cells, min_size=2, max_size=2).filter(lambda row: any(c.strip() for c in row)),
        min_size=1,
        max_size=8,
    ),
    delimiter=st.sampled_from(csv_files.DELIMITERS),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_round_trip(body, delimiter, end):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["Sukunimi", "Etunimi"], *body])
    data = stream.getvalue().encode()
    source = reading.inspect(data, delimiter=delimiter, encoding="utf-8")
    assert [row for _line, row in reading.rows(data, source)] == body
