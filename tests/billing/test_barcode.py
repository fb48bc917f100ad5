import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats import barcode
from billing.formats import reference as references
from tests.billing.vectors import VECTORS, money

D = Decimal
IBAN = "FI2112345600000785"


def _due(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize("case", VECTORS["barcode"], ids=lambda case: f"{case['ref']}-{case['due']}")
def test_vectors(case: dict[str, Any]) -> None:
    code = barcode.bank_barcode(case["iban"], money(case["amount"]), case["ref"], _due(case["due"]))
    assert code == case["code"]
    assert barcode.code128c_symbols(code)[-2] == case["code128_check"]
    assert len(barcode.modules(code)) == case["modules"]


@pytest.mark.parametrize(
    ("iban", "amount", "ref", "due", "code", "check"),
    [
        (
            "FI5810171000000122",
            "482.99",
            "559582243294671",
            "2012-01-31",
            "458101710000001220004829900000000559582243294671120131",
            55,
        ),
        (
            IBAN,
            "344.00",
            "100420000000124",
            "2026-03-16",
            "421123456000007850003440000000000100420000000124260316",
            70,
        ),
        (IBAN, "999999.99", "1232", None, "421123456000007859999999900000000000000000001232000000", None),
        (
            IBAN,
            "0.01",
            "RF111232",
            "2026-12-01",
            "521123456000007850000000111000000000000000001232261201",
            None,
        ),
    ],
)
def test_more_codes(iban: str, amount: str, ref: str, due: str | None, code: str, check: int | None) -> None:
    assert barcode.bank_barcode(iban, D(amount), ref, _due(due)) == code
    if check is not None:
        assert barcode.code128c_symbols(code)[-2] == check


def test_printed_forms_are_read_too() -> None:
    plain = barcode.bank_barcode(IBAN, D("344.00"), "100420000000124", date(2026, 3, 16))
    assert (
        barcode.bank_barcode("FI21 1234 5600 0007 85", D(344), "10042 00000 00124", date(2026, 3, 16))
        == plain
    )


@pytest.mark.parametrize(
    ("iban", "amount", "ref", "due", "reason"),
    [
        ("SE3550000000054910000003", "1.00", "1232", None, "Finnish IBAN"),
        ("", "1.00", "1232", None, "Finnish IBAN"),
        ("FI2112345600000786", "1.00", "1232", None, "not an IBAN"),
        ("FI21123456000007", "1.00", "1232", None, "not an IBAN"),
        (IBAN, "1000000.00", "1232", None, "above"),
        (IBAN, "-0.01", "1232", None, "negative"),
        (IBAN, "1.001", "1232", None, "parts of a cent"),
        (IBAN, "NaN", "1232", None, "not an amount"),
        (IBAN, "1.00", "1233", None, "reference"),
        (IBAN, "1.00", "", None, "reference"),
        (IBAN, "1.00", "13", None, "reference"),
        (IBAN, "1.00", "RF121232", None, "reference"),
        (IBAN, "1.00", "RF45G72UUR", None, "reference"),
        (IBAN, "1.00", "1232", date(1999, 12, 31), "century"),
        (IBAN, "1.00", "1232", date(2100, 1, 1), "century"),
    ],
)
def test_refused_with_the_reason(iban: str, amount: str, ref: str, due: date | None, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        barcode.bank_barcode(iban, D(amount), ref, due)


def test_a_float_is_refused() -> None:
    with pytest.raises(ValueError, match="exact decimal"):
        barcode.bank_barcode(IBAN, 0.1, "1232", None)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", VECTORS["barcode_errors"], ids=lambda case: case["error"])
def test_error_vectors(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        barcode.bank_barcode(case["iban"], money(case["amount"]), case["ref"], _due(case["due"]))


@given(
    st.integers(0, 10**14 - 1),
    st.decimals(min_value=0, max_value=999_999, places=2) | st.none(),
    st.integers(100, 10**19 - 1).map(lambda base: references.national(str(base))),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)) | st.none(),
    st.booleans(),
)
def test_structure(
    account: int, amount: Decimal | None, ref: str, due: date | None, international: bool
) -> None:
    iban = barcode_iban(account)
    code = barcode.bank_barcode(iban, amount, references.rf(ref) if international else ref, due)
    assert re.fullmatch(r"[45][0-9]{53}", code)
    assert code[1:17] == iban[2:]
    assert D(code[17:25]) / 100 == (amount or 0)
    assert code[28 if code[0] == "4" else 27 : 48].lstrip("0") == ref
    assert code[48:] == (f"{due:%y%m%d}" if due else "000000")
    symbols = barcode.code128c_symbols(code)
    assert len(symbols) == 30
    drawn = barcode.modules(code)
    assert len(drawn) == barcode.MODULES
    assert drawn.startswith("11010011100")
    assert drawn.endswith("1100011101011")
    assert sum(width for _, width in barcode.bars(code)) == drawn.count("1")


def barcode_iban(account: int) -> str:
    from jasenpalvelu.common.identifiers import make_finnish_iban

    return make_finnish_iban(f"{account:014d}")


def test_symbols_of_the_standard() -> None:
    drawn = barcode.symbol_modules()
    assert len(drawn) == len(set(drawn)) == 107
    assert {len(symbol) for symbol in drawn[:-1]} == {11}
    assert len(drawn[-1]) == 13
    assert all(symbol.count("1") % 2 == 0 for symbol in drawn[:-1])
    for odd in ("", "1", "123", "12a4"):
        with pytest.raises(ValueError, match="even number"):
            barcode.code128c_symbols(odd)


@pytest.mark.skipif(not shutil.which("zbarimg"), reason="needs zbarimg")
@pytest.mark.parametrize(
    "digits",
    [VECTORS["barcode"][0]["code"], VECTORS["barcode"][-1]["code"]]
    + ["".join(f"{pair:02d}" for pair in range(start, start + 25)) for start in (0, 25, 50, 75)],
)
def test_a_decoder_reads_exactly_the_digits(digits: str, tmp_path: Path) -> None:
    pixels = "".join(
        "00 00 00 " if bit == "1" else "ff ff ff " for bit in "0" * 20 + barcode.modules(digits) + "0" * 20
    )
    row = bytes.fromhex(pixels.replace(" ", ""))
    wide = b"".join(row[place : place + 3] * 2 for place in range(0, len(row), 3))
    picture = tmp_path / "code.ppm"
    picture.write_bytes(b"P6\n%d 40\n255\n" % (len(wide) // 3) + wide * 40)
    read = subprocess.run(
        ["zbarimg", "-q", "--raw", str(picture)], capture_output=True, text=True, check=True
    )
    assert read.stdout.strip() == digits


def test_svg_draws_every_bar() -> None:
    digits = VECTORS["barcode"][0]["code"]
    drawing = barcode.svg(digits)
    assert 'width="99.60mm" height="12mm" viewBox="0 0 332 1"' in drawing
    bars = [(int(start), int(width)) for start, width in re.findall(r"M(\d+) 0h(\d+)v1", drawing)]
    assert bars == barcode.bars(digits)
