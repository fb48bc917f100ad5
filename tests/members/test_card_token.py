"""The token of a membership card: what was signed is read back, and nothing else is ever accepted."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.common.codes import qr_matrix
from members.cards import token
from members.cards.token import EPOCH, LENGTH, LONGEST, PublicKey, Token, TokenError

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEYS = {7: KEY.public_key(), 8: OTHER.public_key()}
TODAY = date(2026, 11, 22)
numbers = st.integers(min_value=0, max_value=2**32 - 1)
days = st.dates(min_value=EPOCH, max_value=date(2190, 1, 1))
tokens = st.builds(Token, key_id=st.just(7), unit_number=numbers, member_number=numbers, valid_until=days)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def code_of(text: str, *, on: date, skew_days: int = 0, keys: dict = KEYS) -> str:
    """Why the token is refused; "" when it is accepted."""
    try:
        token.verify(text, keys, on=on, skew_days=skew_days)
    except TokenError as error:
        return error.code
    return ""


@given(tokens)
def test_what_was_signed_is_read_back_on_its_last_day(made: Token) -> None:
    text = token.sign(made, KEY)
    assert len(text) == LENGTH
    assert set(text) <= set(LETTERS)
    assert token.verify(text, KEYS, on=made.valid_until) == made
    assert token.verify(f"HTTPS://JASENET.EXAMPLE.FI/KORTTI/{text}/", KEYS, on=made.valid_until) == made
    assert token.verify(text.lower(), KEYS, on=made.valid_until) == made


@given(tokens, st.integers(min_value=0, max_value=LENGTH - 1), st.sampled_from(LETTERS))
def test_no_letter_can_be_changed(made: Token, place: int, letter: str) -> None:
    text = token.sign(made, KEY)
    changed = text[:place] + letter + text[place + 1 :]
    assert (code_of(changed, on=made.valid_until) == "") == (changed == text)


@given(tokens, st.integers(min_value=0, max_value=76), st.integers(min_value=1, max_value=255))
def test_no_byte_can_be_changed(made: Token, place: int, flips: int) -> None:
    raw = bytearray(base64.b32decode(token.sign(made, KEY) + "===="))
    raw[place] ^= flips
    changed = base64.b32encode(bytes(raw)).decode().rstrip("=")
    assert code_of(changed, on=made.valid_until) in {"malformed", "key", "forged"}


@given(tokens, tokens)
def test_no_signature_serves_another_card(one: Token, other: Token) -> None:
    first, second = (base64.b32decode(token.sign(made, KEY) + "====") for made in (one, other))
    mixed = base64.b32encode(first[:13] + second[13:]).decode().rstrip("=")
    assert (code_of(mixed, on=one.valid_until) == "") == (one == other)


@given(tokens)
def test_another_key_signs_nothing_of_this_one(made: Token) -> None:
    assert code_of(token.sign(made, OTHER), on=made.valid_until) == "forged"
    assert code_of(token.sign(made, KEY), on=made.valid_until, keys={8: KEY.public_key()}) == "key"
    assert code_of(token.sign(made, KEY), on=made.valid_until, keys={}) == "key"


@given(tokens, st.integers(min_value=1, max_value=5000))
def test_a_card_that_has_run_out_is_refused(made: Token, later: int) -> None:
    text = token.sign(made, KEY)
    assert code_of(text, on=made.valid_until + timedelta(days=later)) == "expired"


@given(tokens, st.integers(min_value=0, max_value=30), st.integers(min_value=-40, max_value=40))
def test_a_calendar_may_be_off_by_so_much_and_no_more(made: Token, skew: int, off: int) -> None:
    text, on = token.sign(made, KEY), made.valid_until + timedelta(days=off)
    assert (code_of(text, on=on, skew_days=skew) == "") == (off <= skew)


@given(tokens, st.integers(min_value=1, max_value=400))
def test_a_card_valid_for_longer_than_any_is_refused(made: Token, beyond: int) -> None:
    text = token.sign(made, KEY)
    assert code_of(text, on=made.valid_until - LONGEST) == ""
    assert code_of(text, on=made.valid_until - LONGEST - timedelta(days=beyond)) == "future"


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert code_of(text, on=TODAY) in {"malformed", "key", "forged"}


@given(st.binary(min_size=77, max_size=77))
def test_no_made_up_bytes_are_a_card(raw: bytes) -> None:
    assert code_of(base64.b32encode(raw).decode().rstrip("="), on=TODAY) in {"malformed", "key", "forged"}


@pytest.mark.parametrize("number", [-1, 2**32])
def test_numbers_that_do_not_fit_are_not_signed(number: int) -> None:
    with pytest.raises(ValueError):
        token.sign(Token(7, number, 1, TODAY), KEY)


def test_a_signature_made_for_something_else_is_no_card() -> None:
    fields = base64.b32decode(token.sign(Token(7, 1, 1, TODAY), KEY) + "====")[:13]
    bare = base64.b32encode(fields + KEY.sign(fields)).decode().rstrip("=")
    assert code_of(bare, on=TODAY) == "forged"


def test_published_keys_are_read_back() -> None:
    keys = [PublicKey(7, token.to_text(KEY.public_key().public_bytes_raw()), TODAY)]
    document = json.loads(json.dumps(token.published(keys)))
    assert document["keys"][0]["kty"] == "OKP"
    assert "d" not in document["keys"][0]  # where a private half would stand
    made = Token(7, 12, 20479, TODAY)
    assert token.verify(token.sign(made, KEY), token.read_published(document), on=TODAY) == made
    document["keys"].append({"kty": "RSA", "kid": "9", "n": "AQAB"})
    assert set(token.read_published(document)) == {7}


@pytest.mark.parametrize(
    "document", [{}, [], {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "x", "x": "AA"}]}]
)
def test_anything_else_is_no_set_of_keys(document: object) -> None:
    with pytest.raises(ValueError):
        token.read_published(document)


def test_the_code_is_small_enough_for_a_card() -> None:
    """24 mm for 45 modules and the quiet zone leave 0.45 mm a module, which every telephone reads."""
    text = f"HTTPS://JASENET.EXAMPLE.FI/KORTTI/{token.sign(Token(7, 1, 20479, TODAY), KEY)}/"
    assert len(qr_matrix(text, error="m")) <= 45
