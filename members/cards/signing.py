"""Tokens signed with the key of the day, and the keys by which anybody verifies them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.urls import reverse

from jasenpalvelu.common.clock import HELSINKI
from members.cards import token
from members.cards.token import PublicKey, Token
from members.models import CardKey
from members.services.card_keys import opened

# A card on a telephone is renewed each time it is opened with a connection, and so long it works without one.
CARRIED = timedelta(days=35)


@dataclass(frozen=True)
class Signer:
    """Signs many cards without looking the key up again."""

    key_id: int
    private: Ed25519PrivateKey

    def token(self, *, unit_number: int, member_number: int, valid_until: date) -> str:
        return token.sign(Token(self.key_id, unit_number, member_number, valid_until), self.private)


def signer() -> Signer | None:
    """None while no key signs, or its private half cannot be read: a card then has no code, and says so."""
    key = CardKey.objects.filter(signing=True).first()
    private = opened(key) if key else None
    return Signer(key.pk, private) if key and private else None


def address(base: str, text: str) -> str:
    """What the QR code says: the public page of the card, in capitals, which take half the room of small letters.

    `base` is the service's address ("https://jasenet.example.fi/"). Scheme and host are the same in any case; the page
    answers under both spellings of its path.
    """
    return base.rstrip("/").upper() + reverse("public:card_scanned", args=[text])


def public_keys() -> list[PublicKey]:
    """What is published, the newest first. A retired key goes when its last card has run out."""
    return [
        PublicKey(key.pk, key.public, key.created_at.astimezone(HELSINKI).date(), key.retired_on())
        for key in CardKey.objects.published().order_by("-pk")
    ]


def verifying_keys() -> dict[int, Ed25519PublicKey]:
    return {key.key_id: token.public_key(key.public) for key in public_keys()}
