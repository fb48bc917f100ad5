from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.importing import values
from members.importing.problems import Unreadable


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1.2.2026", date(2026, 2, 1)), ("01.02.2026", date(2026, 2, 1)), ("2026-02-01", date(2026, 2, 1)),
        ("1/2/2026", date(2026, 2, 1)), ("20260201", date(2026, 2, 1)), ("46054", date(2026, 2, 1)),
        ("2026-02-01 00:00:00", date(2026, 2, 1)), ("29.2.1980", date(1980, 2, 29)), ("5.6.47", date(1947, 6, 5)),
        ("5.6.12", date(2012, 6, 5)), ("290280-123N", date(1980, 2, 29)), ("010112A123N", date(2012, 1, 1)),
        ("010199+123N", date(1899, 1, 1)),
    ],
)  # fmt: skip
def test_days(text, day):
    assert values.day(text, pivot=26) == day


@pytest.mark.parametrize("text", ["29.2.1981", "32.1.2020", "eilen", "1.13.2020", "1980", "310280-123N", "0"])
def test_no_days(text):
    with pytest.raises(Unreadable):
        values.day(text, pivot=26)


def test_a_year_alone_begins_a_membership():
    assert values.day("1985", pivot=26, year_alone=True) == date(1985, 1, 1)


@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)))
def test_days_survive_every_writing(day):
    serial = (day - values.EXCEL_EPOCH).days
    for text in (
        f"{day.day}.{day.month}.{day.year}",
        f"{day:%d.%m.%Y}",
        day.isoformat(),
        f"{day.isoformat()} 00:00:00",
    ):
        assert values.day(text, pivot=26) == day
    if serial >= 10_000:
        assert values.day(str(serial), pivot=26) == day


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("30,00", "30.00"),
        ("1 234,5", "1234.50"),
        ("1\u00a0234,5", "1234.50"),
        ("12.5", "12.50"),
        ("30 ha", "30.00"),
        ("0", "0.00"),
    ],
)
def test_quantities(text, number):
    assert values.quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["-5", "paljon", "1e5", "12 34", "99999999999"])
def test_no_quantities(text):
    with pytest.raises(Unreadable):
        values.quantity(text)


@given(st.decimals(0, 9_999_999, places=2))
def test_quantities_survive_finnish_writing(number):
    finnish = f"{number:,.2f}".replace(",", "\u00a0").replace(".", ",")
    assert values.quantity(finnish) == number
    assert values.quantity(str(number)) == number


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("VIRTANEN", "Virtanen"), ("O'BRIEN", "O'Brien"), ("KIVI-KOSKINEN", "Kivi-Koskinen"), ("VON WRIGHT", "von Wright"),
        ("von Essen", "von Essen"), ("McDonald", "McDonald"), ("  Ängström\u00a0 ", "Ängström"), ("ÅSA-STINA", "Åsa-Stina"),
        ("Ö", "Ö"), ("Nguyễn", "Nguyễn"),
    ],
)  # fmt: skip
def test_names_in_capitals_get_small_letters(text, name):
    assert values.person_name(text) == name


@pytest.mark.parametrize(
    ("text", "last_first", "parts"),
    [
        ("Virtanen Matti Johannes", True, ("Virtanen", "Matti Johannes")),
        ("Virtanen, Matti", True, ("Virtanen", "Matti")),
        ("Matti Johannes Virtanen", False, ("Virtanen", "Matti Johannes")),
        ("von Essen Carl", True, ("von Essen", "Carl")),
        ("Carl von Essen", False, ("von Essen", "Carl")),
        ("van der Berg Anna Maria", True, ("van der Berg", "Anna Maria")),
        ("Rva Virtanen Maija", True, ("Virtanen", "Maija")),
        ("Virtanen", True, ("Virtanen", "")),
    ],
)
def test_whole_names(text, last_first, parts):
    assert values.split_name(text, last_first=last_first) == parts


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Niemelä Matti kuolinpesä", "estate"), ("Niemelä Matti kp", "estate"), ("Matti Niemelän KP", "estate"),
        ("Kuolinpesä Niemelä", "estate"), ("Bertel Anderssons dödsbo", "estate"), ("Koivurinteen yhteismetsä", "joint_forest"),
        ("Koivurinteenyhteismetsä", "joint_forest"), ("Maatila Virtanen Oy", "company"), ("Virtasen Puutarha Ky", "company"),
        ("Maatalousyhtymä Virtanen", "partnership"), ("MTY Mäkelä", "partnership"), ("Kuusilahden kyläyhdistys ry", "association"),
        ("Virtanen Matti", ""), ("Oyster Peter", ""), ("Kypärä Kyösti", ""),
    ],
)  # fmt: skip
def test_legal_forms_in_names(name, form):
    assert values.legal_form_of(name) == form


def test_the_first_of_several_contacts():
    assert values.emails("A.B@example.fi; c@example.fi") == ("a.b@example.fi", True)
    assert values.emails("mailto:a@example.fi") == ("a@example.fi", False)
    assert values.phones("09 9123 4567 / 09 9765 4321") == ("09 9123 4567", True)
    assert values.phones("401234567") == ("040 123 4567", False), "a spreadsheet took the zero"
    assert values.phones("+358 40 123 4567") == ("040 123 4567", False)
    for read, text in ((values.emails, "ari(at)example.fi"), (values.phones, "ei ole")):
        with pytest.raises(Unreadable):
            read(text)


def test_postal_codes_and_addresses_in_one_cell():
    assert values.postal("100") == ("00100", "")
    assert values.postal("FI-00100 Helsinki") == ("00100", "Helsinki")
    assert values.postal("SW1A 1AA", country="GB") == ("SW1A 1AA", "")
    assert values.split_street("Koivutie 1 A 2, 00100 Helsinki") == ("Koivutie 1 A 2", "00100", "Helsinki")
    assert values.split_street("Koivutie 12345") == ("Koivutie 12345", "", "")
    with pytest.raises(Unreadable):
        values.postal("1")


def test_small_codes():
    assert [values.yes(text) for text in ("x", "Kyllä", "1", "ei", "", "0")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert [values.language(text) for text in ("suomi", "Svenska", "EN", "r")] == ["fi", "sv", "en", "sv"]
    assert [values.country(text) for text in ("Suomi", "Sverige", "ee")] == ["FI", "SE", "EE"]
    assert [values.municipality(text) for text in ("Helsinki", "Helsingfors", "91", "Vaasan kaupunki".replace("Vaasan", "Vaasa"))] == [
        "091", "091", "091", "905",
    ]  # fmt: skip
    assert values.y_tunnus("FI15728600") == "1572860-0"


def test_wrong_business_ids_say_what_is_wrong():
    with pytest.raises(Unreadable) as caught:
        values.y_tunnus("1572860-1")
    assert caught.value.code == "y_tunnus_check"
    with pytest.raises(Unreadable) as caught:
        values.y_tunnus("tulossa")
    assert caught.value.code == "y_tunnus"


def test_a_personal_identity_code_leaves_the_date_only():
    assert values.redact("290280-123N") == "29.2.1980"
    assert values.redact("hetu 290280-123N, soita") == "hetu –, soita"
    assert values.redact("319980-123N") == "319980-123N", "no such day, so no code either"
    assert values.redact("310280-123N") == ""
    assert values.redact("099 123-4567") == "099 123-4567"


def test_formula_marks_are_dropped():
    assert values.clean("'+358 99 123") == "+358 99 123"
    assert values.clean("'s-Gravenhage") == "'s-Gravenhage"
