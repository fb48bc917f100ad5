from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats import ktl
from billing.formats.errors import BankFileError, BankFileFormatError, BankFileSumError
from tests.billing.vectors import DATA, VECTORS

D = Decimal
FILE = (DATA / "synthetic_ktl.txt").read_bytes()
LINES = FILE.split(b"\r\n")[:-1]


def record(
    cents: int, *, correction: bool = False, ref: str = "1232", kind: str = "3", failed: str = " "
) -> bytes:
    return (
        f"{kind}12345600000785260316260313{'A1':<16}{ref:>020}{'MAIJA':<12}1A{cents:010d}{int(correction)} {failed}"
    ).encode()


def summary(*figures: int) -> bytes:
    widths = (6, 11, 6, 11, 6, 11)
    return (
        ("9" + "".join(f"{figure:0{width}d}" for figure, width in zip(figures, widths, strict=True)))
        .ljust(90)
        .encode()
    )


def file_of(*records: bytes) -> bytes:
    return b"\r\n".join((LINES[0], *records)) + b"\r\n"


def test_the_synthetic_file() -> None:
    parsed = ktl.parse(FILE)
    expected = VECTORS["ktl"]["synthetic_ktl.txt"]
    found: list[dict[str, Any]] = [
        {
            "account": row.account,
            "booked": row.booked.isoformat(),
            "paid": row.paid.isoformat(),
            "archive_id": row.archive_id,
            "ref": row.reference_raw.lstrip("0"),
            "payer": row.payer,
            "cents": int(row.amount * 100),
        }
        for row in parsed.records
    ]
    assert found == expected["records"]
    assert [row.reference for row in parsed.records] == [
        "100420000000124",
        "100420000000292",
        None,
        "100420000000292",
    ]
    assert [row.correction for row in parsed.records] == [False, False, False, True]
    assert [row.line for row in parsed.records] == [2, 3, 4, 5]
    assert {row.iban for row in parsed.records} == {"FI2112345600000785"}
    assert parsed.header.written == datetime(2026, 3, 17, 19, 46)
    assert parsed.summary == ktl.Summary(3, D("469.00"), 1, D("100.00"), 0, D(0))


def test_line_ends_blanks_and_empty_lines_do_not_matter() -> None:
    plain = ktl.parse(FILE).records
    assert ktl.parse(FILE.replace(b"\r\n", b"\n")).records == plain
    assert ktl.parse(b"\r\n".join(line.rstrip() for line in LINES)).records == plain
    assert ktl.parse(b"\xef\xbb\xbf" + FILE + b"\x1a").records == plain
    spaced = ktl.parse(b"\n\n".join(LINES) + b"\n   \n").records
    assert [row.amount for row in spaced] == [row.amount for row in plain]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8"])
def test_letters_of_eight_bits(encoding: str) -> None:
    text = FILE.decode().replace("MEIK[L[INEN", "MEIKÄLÄINEN").replace("\\ST", "ÖST")
    assert ktl.parse(text.encode(encoding)).records == ktl.parse(FILE).records


def test_small_letters_of_seven_bits() -> None:
    data = file_of(record(100).replace(b"MAIJA", b"}{|]["), summary(1, 100, 0, 0, 0, 0))
    assert ktl.parse(data).records[0].payer == "åäöÅÄ"


def test_several_batches_in_one_file() -> None:
    parsed = ktl.parse(
        FILE + file_of(record(500), summary(1, 500, 0, 0, 0, 0)) + file_of(summary(0, 0, 0, 0, 0, 0))
    )
    assert [len(batch.records) for batch in parsed.batches] == [4, 1, 0]
    assert parsed.records[-1].amount == D("5.00")
    assert parsed.summary.count == 4
    assert parsed.summary.total == D("474.00")


def test_a_payment_day_left_out_is_the_booking_day() -> None:
    data = file_of(record(100).replace(b"260316260313", b"260316000000"), summary(1, 100, 0, 0, 0, 0))
    assert ktl.parse(data).records[0].paid == date(2026, 3, 16)


def test_direct_debits_that_failed_brought_nothing() -> None:
    rows = (record(100, kind="5"), record(200, kind="5", failed="1"), record(300))
    parsed = ktl.parse(file_of(*rows, summary(2, 400, 0, 0, 1, 200)))
    assert [row.amount for row in parsed.records] == [D(1), D(3)]


@pytest.mark.parametrize(
    ("start", "figure", "code"),
    [
        (1, b"000004", "summary_count"),
        (7, b"00000046901", "summary_total"),
        (18, b"000002", "summary_correction_count"),
        (24, b"00000010001", "summary_correction_total"),
        (35, b"000001", "summary_failed_count"),
        (41, b"00000000001", "summary_failed_total"),
    ],
)
def test_a_wrong_summary_refuses_the_whole_file_and_names_what_differs(
    start: int, figure: bytes, code: str
) -> None:
    last = LINES[-1][:start] + figure + LINES[-1][start + len(figure) :]
    with pytest.raises(BankFileSumError) as refused:
        ktl.parse(b"\r\n".join([*LINES[:-1], last]))
    assert refused.value.code == code
    assert refused.value.where == "line 6"
    assert refused.value.expected != refused.value.found


def test_a_wrong_summary_in_the_second_batch_refuses_the_first_too() -> None:
    with pytest.raises(BankFileSumError):
        ktl.parse(FILE + file_of(record(500), summary(1, 501, 0, 0, 0, 0)))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (b"".join(line + b"\n" for line in LINES[1:]), "missing_header"),
        (b"\n".join(LINES[:-1]), "missing_summary"),
        (b"\n".join([LINES[0], LINES[0], LINES[-1]]), "missing_summary"),
        (FILE + LINES[1], "missing_summary"),
        (b"<?xml version='1.0'?><Document/>", "not_a_reference_payment_record"),
        (FILE.replace(b"A00000344000A ", b"A00000344000A more"), "not_a_reference_payment_record"),
        (FILE.replace(b"0000034400", b"00000X4400"), "amount"),
        (FILE.replace(b"260316260313", b"261316260313"), "booking_date"),
        (FILE.replace(b"260316260313", b"260316260230"), "payment_date"),
        (FILE.replace(b"026031719", b"026031799"), "header_time"),
        (FILE.replace(b"312345600000785", b"312345A00000785"), "account"),
        (FILE.replace(b"1A0000034400", b"2A0000034400"), "currency_is_not_euro"),
        (FILE.replace(b"00000344000A", b"00000344002A"), "correction_mark"),
        (FILE.replace(b"9000003", b"9x00003"), "count"),
    ],
)
def test_broken_files_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(BankFileFormatError) as refused:
        ktl.parse(data)
    assert refused.value.code == code


@given(st.binary(max_size=400))
def test_any_bytes_give_a_reason_and_never_a_crash(data: bytes) -> None:
    with pytest.raises(BankFileError):
        ktl.parse(data)


@given(st.integers(0, len(FILE) - 1), st.integers(32, 126))
def test_a_changed_digit_of_money_is_always_noticed(place: int, byte: int) -> None:
    changed = FILE[:place] + bytes([byte]) + FILE[place + 1 :]
    try:
        parsed = ktl.parse(changed)
    except BankFileError:
        return
    assert [row.amount for row in parsed.records] == [D(344), D(100), D(25), D(-100)]


@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), max_size=30))
def test_sums_and_signs(rows: list[tuple[int, bool]]) -> None:
    paid = [cents for cents, correction in rows if not correction]
    back = [cents for cents, correction in rows if correction]
    records = [record(cents, correction=correction) for cents, correction in rows]
    parsed = ktl.parse(file_of(*records, summary(len(paid), sum(paid), len(back), sum(back), 0, 0)))
    assert sum(row.amount for row in parsed.records) * 100 == sum(paid) - sum(back)
    assert all(row.correction == (row.amount < 0) or not row.amount for row in parsed.records)
