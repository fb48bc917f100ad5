import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.common import identifiers as ids

serials = st.integers(1, 10**9)


@given(serials)
def test_member_numbers_read_back(serial: int) -> None:
    number = ids.make_member_number(serial)
    assert ids.parse_member_number(number) == serial
    assert ids.parse_member_number(number.replace("-", "")) == serial
    assert ids.parse_member_number(f" 00{number.replace('-', ' ')} ") == serial


@given(serials, st.data())
def test_any_single_wrong_digit_is_found(serial: int, data: st.DataObject) -> None:
    digits = ids.make_member_number(serial).replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != digits[place]]))
    with pytest.raises(ValueError, match="member number"):
        ids.parse_member_number(digits[:place] + other + digits[place + 1 :])


@given(serials, st.data())
def test_any_swap_of_neighbours_is_found(serial: int, data: st.DataObject) -> None:
    digits = ids.make_member_number(serial).replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 2))
    if digits[place] == digits[place + 1]:
        return
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    with pytest.raises(ValueError, match="member number"):
        ids.parse_member_number(swapped)


@pytest.mark.parametrize("text", ["", "8", "20479-3", "abc", "20479-8-1", "0-0", "-"])
def test_wrong_member_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="member number"):
        ids.parse_member_number(text)
    with pytest.raises(ValueError, match="starts from 1"):
        ids.make_member_number(0)


@pytest.mark.parametrize("text", ["0112038-9", "01120389", "FI01120389", "112038-9", " 0112038 – 9 "])
def test_business_ids_in_every_form(text: str) -> None:
    assert ids.normalise_y_tunnus(text) == "0112038-9"


@pytest.mark.parametrize("text", ["", "0112038-8", "123", "SE01120389", "ABCDEFG-H", "0112038-99"])
def test_wrong_business_ids(text: str) -> None:
    with pytest.raises(ValueError, match="business id"):
        ids.normalise_y_tunnus(text)


@given(st.integers(1_000_000, 9_999_999))
def test_made_business_ids_are_valid(body: int) -> None:
    made = ids.make_y_tunnus(body)
    assert made is None or ids.normalise_y_tunnus(made) == made


def test_ibans() -> None:
    assert ids.normalise_iban("fi21 1234 5600 0007 85") == "FI2112345600000785"
    assert ids.format_iban("FI2112345600000785") == "FI21 1234 5600 0007 85"
    assert ids.make_finnish_iban("12345600000785") == "FI2112345600000785"
    assert ids.normalise_iban("SE35 5000 0000 0549 1000 0003") == "SE3550000000054910000003"
    with pytest.raises(ValueError, match="not a Finnish IBAN"):
        ids.normalise_finnish_iban("SE3550000000054910000003")
    for wrong in ("FI2112345600000786", "FI21", "", "XX2112345600000785", "FI211234560000078"):
        with pytest.raises(ValueError, match="not an IBAN"):
            ids.normalise_iban(wrong)
    with pytest.raises(ValueError, match="14 digits"):
        ids.make_finnish_iban("123")


@pytest.mark.parametrize(
    ("iban", "bic"),
    [
        ("FI2112345600000785", "NDEAFIHH"),
        ("FI0250004640001302", "OKOYFIHH"),
        ("FI7944052020036082", ""),
        ("FI8333010001100775", "ESSEFIHX"),
        ("FI3936363002092492", "SBANFIHH"),
        ("SE3550000000054910000003", ""),
        ("FI16 8000 1400 0502 67", "DABAFIHH"),
    ],
)
def test_the_bank_behind_an_iban(iban: str, bic: str) -> None:
    assert ids.bic_of(iban) == bic


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Maija.Metsapelto@Esimerkki.FI ", "maija.metsapelto@esimerkki.fi"),
        ("o'neil+jasen@post.esimerkki.fi", "o'neil+jasen@post.esimerkki.fi"),
        ("mailto:a@b-c.fi", "a@b-c.fi"),
        ("mäkinen@käpylä.fi", "mäkinen@käpylä.fi"),
    ],
)
def test_emails(text: str, address: str) -> None:
    assert ids.normalise_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@",
        "@b.fi",
        "a@b",
        "a b@c.fi",
        "a@b.fi,c@d.fi",
        "A <a@b.fi>",
        ".a@b.fi",
        "a..b@c.fi",
        "a.@b.fi",
        "a@-b.fi",
        "a@b.f",
    ]
    + [f"{'a' * 65}@b.fi"],
)
def test_wrong_emails(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        ids.normalise_email(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("040 123 4567", "+358401234567"),
        ("040-1234567", "+358401234567"),
        ("+358 (0)40 123 4567", "+358401234567"),
        ("+358 040 123 4567", "+358401234567"),
        ("00358401234567", "+358401234567"),
        ("358401234567", "+358401234567"),
        ("(09) 123 456", "+3589123456"),
        ("+46 8 123 456 78", "+46812345678"),
        ("0046812345678", "+46812345678"),
    ],
)
def test_telephone_numbers(text: str, number: str) -> None:
    assert ids.normalise_phone(text) == number


@pytest.mark.parametrize(
    "text", ["", "123456", "040", "040 123 456a", "+", "+0123456789", "040 123 4567 / 050 123 4567"]
)
def test_wrong_telephone_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="telephone"):
        ids.normalise_phone(text)


def test_telephone_numbers_for_people() -> None:
    assert ids.format_phone("+358401234567") == "040 123 4567"
    assert ids.format_phone("+46812345678") == "+46812345678"


@pytest.mark.parametrize(
    "printed",
    [
        "03 123 4567", "02 123 4567", "09 123 456", "09 1234 5678", "013 123 4567", "019 123 456", "018 12 345",
        "050 123 4567", "040 123 456", "045 1234 5678", "010 123 4567", "020 123 4567", "029 123 4567", "030 123 456",
        "060 012 3456", "080 012 345", "0100 100", "05 123 4567", "06 123 4567", "08 123 4567", "016 123 456",
    ],
)  # fmt: skip
def test_numbers_are_grouped_by_their_area_code(printed: str) -> None:
    """Landline codes have two or three digits; whatever the grouping, the number stays the same."""
    shown = ids.format_phone(ids.normalise_phone(printed))
    assert ids.normalise_phone(shown) == ids.normalise_phone(printed)
    if printed[:4] != "0100":
        assert shown == printed


def test_postal_codes() -> None:
    assert ids.normalise_postcode("00100") == "00100"
    assert ids.normalise_postcode("100") == "00100"
    assert ids.normalise_postcode("FI-90 100") == "90100"
    for wrong in ("", "1", "123456", "AB100"):
        with pytest.raises(ValueError, match="postal code"):
            ids.normalise_postcode(wrong)
