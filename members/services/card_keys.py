"""The keys membership cards are signed with: made, retired, revoked. One signs at a time (REG-15)."""

from __future__ import annotations

from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db.models.functions import Now

from jasenpalvelu.accounts import vault
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.cards import token
from members.models import CardKey

PURPOSE = b"jasenpalvelu membership card"


def ensure_key(*, actor: User | None = None) -> CardKey:
    """The key that signs; a new one when there is none, or when SECRET_KEY was changed and the private half cannot be read."""
    current = CardKey.objects.filter(signing=True).first()
    if current is not None and opened(current) is not None:
        return current
    return rotate(actor=actor)


def rotate(*, actor: User | None = None) -> CardKey:
    """A new key signs from now on. Cards of the one before stay valid until they run out; its private half is gone."""
    private = Ed25519PrivateKey.generate()
    with mutation(actor=actor, kind="card.key"):
        list(CardKey.objects.select_for_update().order_by("pk"))
        CardKey.objects.filter(signing=True).update(signing=False, private="", retired_at=Now())
        return CardKey.objects.create(
            public=token.to_text(private.public_key().public_bytes_raw()),
            private=vault.seal(token.to_text(private.private_bytes_raw()), PURPOSE),
        )


def revoke(*, key_id: int, actor: User | None = None) -> CardKey:
    """End every card the key has signed, because its private half may be known to others. CardKey.DoesNotExist when unknown.

    If it was the one that signs, a new one takes over. The page of a card tells so at once; a partner who verifies offline
    when the published keys are next fetched.
    """
    with mutation(actor=actor, kind="card.key_revoked", summary=str(key_id)):
        key = CardKey.objects.select_for_update().get(pk=key_id)
        if key.signing:
            rotate(actor=actor)
        CardKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=Now())
        key.refresh_from_db()
        return key


def opened(key: CardKey) -> Ed25519PrivateKey | None:
    """The private half; None when it cannot be read with the service's present secret."""
    try:
        return token.private_key(vault.unseal(key.private, PURPOSE))
    except (InvalidToken, ValueError):
        return None
