"""Fields that read what Finns type."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.common.forms import (
    CHOOSE,
    REQUIRED,
    FilterForm,
    FinnishDateField,
    FinnishDecimalField,
    OptionLabel,
    UiForm,
)


@pytest.mark.parametrize("typed", ["1.2.2026", "01.02.2026", "2026-02-01", " 1.2.2026 ", "1. 2. 2026"])
def test_dates_as_they_are_typed(typed: str) -> None:
    assert FinnishDateField().clean(typed) == date(2026, 2, 1)


@pytest.mark.parametrize("typed", ["31.2.2026", "1.2.", "eilen", "1.2.26", "2026", "1.13.2026", "2026-02-30"])
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FinnishDateField().clean(typed)
    assert refused.value.code == "invalid"


def test_date_limits_are_inclusive() -> None:
    field = FinnishDateField(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31))
    assert field.clean("1.1.2026") == date(2026, 1, 1)
    assert field.clean("31.12.2026") == date(2026, 12, 31)
    for outside in ("31.12.2025", "1.1.2027"):
        with pytest.raises(ValidationError):
            field.clean(outside)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_a_shown_date_reads_back_the_same(day: date) -> None:
    field = FinnishDateField()
    assert field.clean(field.widget.format_value(day)) == day


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1 234,50", "1234.50"),
        ("1234.50", "1234.50"),
        ("1\N{NO-BREAK SPACE}234,5 €", "1234.50"),
        ("\N{MINUS SIGN}12", "-12.00"),
        ("0,01", "0.01"),
        ("1.234,50", "1234.50"),
    ],
)
def test_numbers_as_they_are_typed(typed: str, number: str) -> None:
    assert str(FinnishDecimalField().clean(typed)) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("satakaksi", "invalid"),
        ("1,234", "decimals"),
        ("12 34", "invalid"),
        ("1e5", "invalid"),
        ("NaN", "invalid"),
        ("99999999999", "digits"),
    ],
)
def test_numbers_are_never_misread(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FinnishDecimalField().clean(typed)
    assert refused.value.code == code


def test_number_limits_are_inclusive_and_told_in_finnish() -> None:
    field = FinnishDecimalField(min_value=Decimal("0.01"), max_value=100)
    assert field.clean("100") == Decimal("100.00")
    with pytest.raises(ValidationError, match="0,01"):
        field.clean("0")
    with pytest.raises(ValidationError):
        field.clean("100,01")


@given(st.decimals(min_value=-9999999, max_value=9999999, places=2, allow_nan=False))
def test_a_shown_number_reads_back_the_same(number: Decimal) -> None:
    field = FinnishDecimalField()
    assert field.clean(field.widget.format_value(number)) == number


class Payment(UiForm):
    day = FinnishDateField()
    total = FinnishDecimalField()
    note = forms.CharField()
    kind = forms.ChoiceField(choices=[("a", OptionLabel("Käteinen")), ("b", "Tilille")])


def test_what_was_typed_is_shown_back() -> None:
    html = Payment({"day": "31.2.2026", "total": "satakaksi"}).as_p()
    assert 'value="31.2.2026"' in html
    assert 'value="satakaksi"' in html


def test_initial_values_look_finnish() -> None:
    html = Payment(initial={"day": date(2026, 2, 1), "total": Decimal("-1234.50")}).as_p()
    assert 'value="1.2.2026"' in html
    assert 'value="−1234,50"' in html


def test_missing_values_are_asked_for_plainly() -> None:
    errors = Payment({}).errors.as_data()
    assert errors["note"][0].messages == [str(REQUIRED)]
    assert errors["kind"][0].messages == [str(CHOOSE)]
    assert "1.2.2026" in errors["day"][0].messages[0]


def test_a_value_that_only_looks_different_has_not_changed() -> None:
    form = Payment(
        {"day": "01.02.2026", "total": "5", "note": "x", "kind": "a"},
        initial={"day": date(2026, 2, 1), "total": Decimal("5.00")},
    )
    assert "day" not in form.changed_data
    assert "total" not in form.changed_data


def test_an_own_message_is_kept() -> None:
    class Own(UiForm):
        name = forms.CharField(error_messages={"required": "Kirjoita nimi."})

    assert Own({}).errors["name"] == ["Kirjoita nimi."]


class Narrow(FilterForm):
    q = forms.CharField()
    since = FinnishDateField()
    kind = forms.MultipleChoiceField(choices=[("a", "A")])


def test_a_filter_narrows_by_what_it_understands() -> None:
    assert Narrow({"q": "metsä", "since": "huomenna", "kind": []}).wanted == {"q": "metsä"}
    assert Narrow({}).wanted == {}
