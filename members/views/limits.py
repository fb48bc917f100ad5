"""How often a public form may be sent, counted in the cache. When the cache fails, people are let through."""

from __future__ import annotations

import hashlib
import logging

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

log = logging.getLogger(__name__)
HOUR = 3600


def too_often(request: HttpRequest, action: str, *, key: str, per_key: int, per_address: int) -> bool:
    """Whether the action was done more than so many times an hour with the key, or from one network address."""
    address = get_adapter().get_client_ip(request)
    counts = ((f"{action}:key:{key}", per_key), (f"{action}:ip:{address}", per_address))
    counted = [_count(name) > limit for name, limit in counts]  # both are counted, whichever is exceeded
    return any(counted)


def _count(name: str) -> int:
    sealed = f"limit:{hashlib.sha256(name.encode()).hexdigest()}"
    try:
        cache.add(sealed, 0, timeout=HOUR)
        return int(cache.incr(sealed))
    except (ValueError, OSError):
        log.warning("the cache cannot count; the form is let through")
        return 0
