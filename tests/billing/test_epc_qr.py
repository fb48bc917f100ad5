from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from billing.formats import epc_qr
from tests.billing.vectors import VECTORS

D = Decimal
BASIC: dict[str, Any] = {"name": "Malliyhdistys ry", "iban": "FI2112345600000785", "amount": D("344.00")}


@pytest.mark.parametrize("case", VECTORS["epc"], ids=lambda case: case["ref"])
def test_vectors(case: dict[str, Any]) -> None:
    text = epc_qr.payload(
        name=case["name"],
        iban=case["iban"],
        amount=D(case["amount"]),
        reference=case["ref"],
        due=date.fromisoformat(case["due"]),
    )
    assert text == case["payload"]
    assert len(text.encode()) == case["bytes"]
    assert segno.make(text, error="m", boost_error=False, encoding="utf-8").designator == "6-M"


def test_lines_and_their_order() -> None:
    text = epc_qr.payload(**BASIC, reference="10042 00000 00124", due=date(2026, 3, 16), bic="NDEAFIHH")
    assert text.split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "NDEAFIHH",
        "Malliyhdistys ry",
        "FI2112345600000785",
        "EUR344.00",
        "",
        "100420000000124",
        "",
        "ReqdExctnDt/2026-03-16",
    ]


def test_a_message_instead_of_a_reference() -> None:
    lines = epc_qr.payload(**BASIC, message="Jäsenmaksu\n2026").split("\n")
    assert lines[9:] == ["", "Jäsenmaksu 2026"]
    assert epc_qr.payload(**BASIC).split("\n")[-1] == "EUR344.00"


def test_a_foreign_account_and_a_foreign_reference() -> None:
    text = epc_qr.payload(
        name="X", iban="SE35 5000 0000 0549 1000 0003", amount=D(1), reference="RF45 G72U UR"
    )
    assert "SE3550000000054910000003\nEUR1.00\n\nRF45G72UUR" in text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "  "}, "no name"),
        ({"iban": "FI2112345600000786"}, "not an IBAN"),
        ({"amount": D(0)}, "amount"),
        ({"amount": D("-1")}, "amount"),
        ({"amount": D("1000000000")}, "amount"),
        ({"amount": D("0.001")}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": 0.5}, "amount"),
        ({"amount": D("NaN")}, "amount"),
        ({"reference": "1233"}, "reference"),
        ({"reference": "1232", "message": "x"}, "not both"),
        ({"bic": "nordea"}, "BIC"),
    ],
)
def test_refused_with_the_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        epc_qr.payload(**{**BASIC, **change})


def test_a_long_name_is_cut_to_seventy_characters() -> None:
    name = "Etelä-Kuusilahden metsänomistajien ja maataloustuottajien yhteinen paikallisyhdistys ry"
    assert epc_qr.payload(**{**BASIC, "name": name}).split("\n")[5] == name[:70].rstrip()


@given(st.text(min_size=1, max_size=120), st.text(max_size=200))
def test_never_over_the_limit(name: str, message: str) -> None:
    if not name.split():
        return
    text = epc_qr.payload(
        **{**BASIC, "name": name}, message=message, due=date(2026, 3, 16), bic="NDEAFIHHXXX"
    )
    assert len(text.encode()) <= epc_qr.MAX_BYTES
    assert len(text.split("\n")) == 12 or len(text.splitlines()) >= 12
