"""The signed token of a membership card: who is a member of what until when, in numbers only. No Django, no database.

    byte 0       version, 1
    bytes 1–2    number of the key
    bytes 3–6    number of the association
    bytes 7–10   member number, without its check digit
    bytes 11–12  last day, as days since 1.1.2020
    bytes 13–76  Ed25519 signature (RFC 8032) of bytes 0–12 after the text "JPKORTTI"

77 bytes as base 32 (RFC 4648) without padding: 124 characters that a QR code writes in its alphanumeric mode and that
stand in an address as they are. All numbers are big-endian. Whoever verifies needs the published keys and a calendar.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

VERSION = 1
EPOCH = date(2020, 1, 1)
_FIELDS = struct.Struct(">BHIIH")
_SIGNATURE = 64
# What is signed begins with this, so that a signature made for a card is worth nothing elsewhere.
_CONTEXT = b"JPKORTTI"
LENGTH = 124
# No card is signed for longer: one that says more was not made by this service, or the verifier's calendar is far behind.
LONGEST = timedelta(days=550)


class TokenError(Exception):
    """`code`: malformed, key (not published, or revoked), forged, expired, future (valid for longer than any card)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Token:
    key_id: int
    unit_number: int
    member_number: int
    valid_until: date


def sign(token: Token, private: Ed25519PrivateKey) -> str:
    """The token as text. ValueError for numbers that do not fit."""
    days = (token.valid_until - EPOCH).days
    try:
        fields = _FIELDS.pack(VERSION, token.key_id, token.unit_number, token.member_number, days)
    except struct.error as error:
        raise ValueError(str(error)) from error
    return _text(fields + private.sign(_CONTEXT + fields))


def verify(text: str, keys: Mapping[int, Ed25519PublicKey], *, on: date, skew_days: int = 0) -> Token:
    """The token when it is genuine and in force on the day; TokenError otherwise.

    `text` may be the whole address from the QR code. `skew_days` is by how much the verifier's calendar may be off.
    """
    token, fields, signature = _parsed(text)
    key = keys.get(token.key_id)
    if key is None:
        raise TokenError("key")
    try:
        key.verify(signature, _CONTEXT + fields)
    except InvalidSignature:
        raise TokenError("forged") from None
    skew = timedelta(days=skew_days)
    if token.valid_until < on - skew:
        raise TokenError("expired")
    if token.valid_until > on + skew + LONGEST:
        raise TokenError("future")
    return token


def _parsed(text: str) -> tuple[Token, bytes, bytes]:
    letters = text.strip().rstrip("/").rpartition("/")[2].upper()
    if len(letters) != LENGTH or not letters.isascii():
        raise TokenError("malformed")
    try:
        raw = base64.b32decode(letters + "====")
    except ValueError:
        raise TokenError("malformed") from None
    if len(raw) != _FIELDS.size + _SIGNATURE or _text(raw) != letters:  # one token has one spelling
        raise TokenError("malformed")
    fields, signature = raw[: _FIELDS.size], raw[_FIELDS.size :]
    version, key_id, unit_number, member_number, days = _FIELDS.unpack(fields)
    if version != VERSION:
        raise TokenError("malformed")
    return Token(key_id, unit_number, member_number, EPOCH + timedelta(days=days)), fields, signature


def _text(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


# --- published keys ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class PublicKey:
    """A key as it is published; `retired_on` when another has taken over the signing."""

    key_id: int
    public: str
    created_on: date
    retired_on: date | None = None


def published(keys: list[PublicKey]) -> dict[str, Any]:
    """The keys as a JSON Web Key Set (RFC 7517 and 8037) with two days of our own."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": str(key.key_id),
                "x": key.public,
                "created": key.created_on.isoformat(),
                "retired": key.retired_on.isoformat() if key.retired_on else None,
            }
            for key in keys
        ]
    }


def read_published(document: Any) -> dict[int, Ed25519PublicKey]:
    """The keys of a published set by their numbers. ValueError when it is none; keys of other kinds are passed over."""
    try:
        rows = [row for row in document["keys"] if row["kty"] == "OKP" and row["crv"] == "Ed25519"]
        return {int(row["kid"]): public_key(row["x"]) for row in rows}
    except (KeyError, TypeError) as error:
        raise ValueError("this is no published set of keys") from error


def public_key(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(from_text(text))


def private_key(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(from_text(text))


def to_text(raw: bytes) -> str:
    """Base 64 for addresses without padding, as JSON Web Keys write bytes."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_text(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
