"""What a form showed, sealed into it: a later save is compared with what stands then, so that nobody overwrites another's edit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import signing
from django.http import Http404

from members.forms.party import PartyForm
from members.services import editing

SALT = "members.edit"
LASTS = timedelta(hours=12)


def sealed(form: PartyForm, now: dict[str, Any], pk: int) -> str:
    """What is hidden stays out of it."""
    seen = {name: editing.as_seen(now[name]) for name in form.seen_fields if name in now}
    return signing.dumps({"pk": pk, "seen": seen}, salt=SALT, compress=True)


def opened(seal: str, pk: int) -> tuple[dict[str, Any], bool]:
    """What the form had in view, and whether that was too long ago to be saved without another look. 404 for another's."""
    try:
        content = signing.loads(seal, salt=SALT)
    except signing.BadSignature:
        raise Http404 from None
    if content["pk"] != pk:
        raise Http404
    return dict(content["seen"]), _is_old(seal)


def _is_old(seal: str) -> bool:
    try:
        signing.loads(seal, salt=SALT, max_age=LASTS)
    except signing.SignatureExpired:
        return True
    return False
