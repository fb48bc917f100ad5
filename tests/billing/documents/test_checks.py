"""What may not be printed is refused with its reason, before anything is rendered."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.documents.checks import address_lines, problems
from billing.documents.model import DocumentError, DueRow, Payer, Problem, VatRow
from billing.documents.render import html, pdf
from tests.billing.documents.samples import (
    CREDIT,
    FORTY,
    INSTALMENTS,
    INVOICE,
    REMINDER,
    SAMPLES,
    SENDER,
    SEVEN,
)

TAXED = (replace(SEVEN[0], vat_rate=Decimal("25.50")), *SEVEN[1:])
GERMAN = "DE89370400440532013000"


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_samples_are_ready(name: str) -> None:
    assert problems(SAMPLES[name]) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"creditor": replace(SENDER, iban="")}, Problem.IBAN_MISSING),
        ({"creditor": replace(SENDER, iban="  ")}, Problem.IBAN_MISSING),
        ({"creditor": replace(SENDER, iban="FI2212345600000785")}, Problem.BARCODE_IMPOSSIBLE),
        ({"creditor": replace(SENDER, iban=GERMAN)}, Problem.BARCODE_IMPOSSIBLE),
        ({"creditor": replace(SENDER, name=" ")}, Problem.SENDER_MISSING),
        ({"payer": Payer(name="\x00")}, Problem.PAYER_MISSING),
        (
            {"payer": Payer(name="A", address=("B", "C", "D", "E"), country="RUOTSI")},
            Problem.ADDRESS_TOO_LONG,
        ),
        ({"lines": (), "total": Decimal(0)}, Problem.LINES_MISSING),
        ({"lines": (*SEVEN[:6], replace(SEVEN[6], beneficiary=""))}, Problem.BENEFICIARY_MISSING),
        ({"total": Decimal("344.01")}, Problem.TOTAL_DIFFERS),
        ({"lines": SEVEN[:6]}, Problem.TOTAL_DIFFERS),
        ({"lines": CREDIT.lines, "total": CREDIT.total}, Problem.SIGN_WRONG),
        ({"lines": TAXED}, Problem.VAT_MISSING),
        ({"reference": "100420000000125"}, Problem.REFERENCE_INVALID),
        ({"reference": "RF18539007547034"}, Problem.REFERENCE_INVALID),
        ({"reference": ""}, Problem.REFERENCE_INVALID),
        ({"due_date": None}, Problem.DUE_DATE_MISSING),
        ({"language": "de"}, Problem.LANGUAGE_UNKNOWN),
        (
            {"lines": (replace(SEVEN[0], amount=Decimal("1000000.00")),), "total": Decimal("1000000.00")},
            Problem.BARCODE_IMPOSSIBLE,
        ),
    ],
)
def test_refused(changes: dict[str, Any], problem: Problem) -> None:
    document = replace(INVOICE, **changes)
    with pytest.raises(DocumentError) as error:
        pdf(document)
    assert error.value.problem is problem
    with pytest.raises(DocumentError):
        html(document)


def test_vat_table_must_tell_what_the_rows_tell() -> None:
    first, second = FORTY.vat_rows
    wrong_rate = replace(second, rate=Decimal(24))
    wrong_tax = replace(second, net=Decimal("120.01"))
    twice = VatRow(rate=None, net=first.net, tax=Decimal(0), gross=first.gross)
    for rows in ((first,), (first, wrong_rate), (first, wrong_tax), (first, second, twice)):
        assert [found.problem for found in problems(replace(FORTY, vat_rows=rows))] == [Problem.VAT_DIFFERS]


def test_instalments_make_up_the_total() -> None:
    short = INSTALMENTS.due_rows[:1]
    zero = (*INSTALMENTS.due_rows, DueRow(due_date=date(2026, 10, 1), amount=Decimal(0)))
    for rows in (short, zero):
        found = problems(replace(INSTALMENTS, due_rows=rows))
        assert [error.problem for error in found] == [Problem.INSTALMENTS_DIFFER]


def test_wrong_reference_of_one_instalment() -> None:
    rows = (INSTALMENTS.due_rows[0], replace(INSTALMENTS.due_rows[1], reference="123"))
    found = problems(replace(INSTALMENTS, due_rows=rows))
    assert [(error.problem, error.detail) for error in found] == [(Problem.REFERENCE_INVALID, "123")]


def test_credit_note_and_reminder_name_their_invoice() -> None:
    for document in (
        replace(CREDIT, original=None),
        replace(REMINDER, original=None),
        replace(REMINDER, reminding=None),
    ):
        assert [error.problem for error in problems(document)] == [Problem.ORIGINAL_MISSING]


def test_credit_note_needs_no_account() -> None:
    assert problems(replace(CREDIT, creditor=replace(SENDER, iban=""))) == []
    positive = replace(CREDIT, lines=SEVEN, total=Decimal("344.00"))
    assert [error.problem for error in problems(positive)] == [Problem.SIGN_WRONG]


def test_everything_wrong_is_told_at_once() -> None:
    document = replace(INVOICE, creditor=replace(SENDER, iban=""), total=Decimal("1.00"), due_date=None)
    assert {error.problem for error in problems(document)} == {
        Problem.IBAN_MISSING,
        Problem.TOTAL_DIFFERS,
        Problem.DUE_DATE_MISSING,
    }


def test_name_of_eighty_characters_takes_two_lines() -> None:
    payer = SAMPLES["long_names"].payer
    assert len(payer.name) >= 79
    assert address_lines(payer) == [
        "Yhteismetsä Kustaankartanon-Mäntyharjunkylän",
        "ja Uuden Pappilan tilan osakaskunta",
        "c/o Šárká Đorđević-Ŋávžžesjohka",
        "Koltantie 4 as. 12",
        "99870 INARI",
    ]


def test_line_ends_in_a_name_do_not_make_lines() -> None:
    assert address_lines(Payer(name="Matti\nMeikäläinen", address=("", "  Tie  1 "))) == [
        "Matti Meikäläinen",
        "Tie 1",
    ]
