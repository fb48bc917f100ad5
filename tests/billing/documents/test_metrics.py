"""Measuring, wrapping and cleaning text."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from billing.documents.metrics import advances, clean, width, wrap

WORDS = st.text(alphabet="aåäöAÅÄÖimMW čšžđŋ-.&/", max_size=90)


@given(text=WORDS, limit=st.floats(min_value=20, max_value=300))
def test_wrapped_lines_fit_and_lose_nothing(text: str, limit: float) -> None:
    lines = wrap(clean(text), limit, 10.5)
    assert all(width(line, 10.5) <= limit for line in lines)
    assert all(line == line.strip() and line for line in lines)
    assert "".join(lines).replace(" ", "") == clean(text).replace(" ", "")


@given(text=st.text(max_size=60))
def test_clean_text_is_settled_and_safe(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    cleaned.encode()
    assert not [letter for letter in cleaned if unicodedata.category(letter) == "Cc" and letter != "\n"]


def test_letters_of_our_languages_are_in_the_font() -> None:
    letters = "ABCÅÄÖabcåäöŠšŽžÁáČčĐđŊŋŦŧƷʒǮǯǤǥǦǧÕõ’”–−€…§°½"
    assert set(map(ord, clean(letters))) <= advances().keys() & advances(600).keys()


def test_skolt_letters_are_taken_apart() -> None:
    assert clean("Ǩǩ") == "K\N{COMBINING CARON}k\N{COMBINING CARON}"
    assert set(map(ord, clean("Ǩǩ"))) <= advances().keys()
    assert clean("A\N{COMBINING RING ABOVE}") == "Å"


def test_long_word_is_broken_inside() -> None:
    assert wrap("M" * 10, width("M" * 4, 9), 9) == ["MMMM", "MMMM", "MM"]


def test_hyphen_keeps_its_line() -> None:
    assert wrap("Kustaankartanon-Mäntyharjunkylän", width("Kustaankartanon-M", 10), 10) == [
        "Kustaankartanon-",
        "Mäntyharjunkylän",
    ]
