"""Secrets in the database are kept encrypted: a copy of it alone opens no account and signs no card."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PURPOSE = b"jasenpalvelu second factor"


def _box(purpose: bytes) -> MultiFernet:
    """The key comes from SECRET_KEY; SECRET_KEY_FALLBACKS keep older secrets readable after a change of it."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str | bytes, purpose: bytes) -> bytes:
    return base64.urlsafe_b64encode(HKDF(SHA256(), 32, None, purpose).derive(force_bytes(key)))


def seal(text: str, purpose: bytes = PURPOSE) -> str:
    """What was sealed for one purpose opens for no other."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: bytes = PURPOSE) -> str:
    """Raises cryptography.fernet.InvalidToken when the key has been changed without a fallback."""
    return _box(purpose).decrypt(sealed.encode()).decode()
