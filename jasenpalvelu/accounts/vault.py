"""Secrets of second factors are kept encrypted: a copy of the database alone opens no account."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PURPOSE = b"jasenpalvelu second factor"


def _box() -> MultiFernet:
    """The key comes from SECRET_KEY; SECRET_KEY_FALLBACKS keep older secrets readable after a change of it."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str | bytes) -> bytes:
    return base64.urlsafe_b64encode(HKDF(SHA256(), 32, None, PURPOSE).derive(force_bytes(key)))


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises cryptography.fernet.InvalidToken when the key has been changed without a fallback."""
    return _box().decrypt(sealed.encode()).decode()
