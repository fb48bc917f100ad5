"""How often a public form may be sent, counted in the cache. When the cache fails, people are let through."""

from __future__ import annotations

import hashlib
import ipaddress
import logging

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

log = logging.getLogger(__name__)
HOUR = 3600


def too_often(request: HttpRequest, action: str, *, key: str, per_key: int, per_address: int) -> bool:
    """Whether the action was done more than so many times an hour with the key, or from one network address."""
    counts = ((f"{action}:key:{key}", per_key), (_of_network(request, action), per_address))
    counted = [_count(name) > limit for name, limit in counts]  # both are counted, whichever is exceeded
    return any(counted)


def wrong_too_often(request: HttpRequest, action: str, *, limit: int) -> bool:
    """Whether the network has been wrong so many times within an hour; `went_wrong` counts."""
    try:
        return int(cache.get(_sealed(_of_network(request, action)), 0)) >= limit
    except (ValueError, OSError):
        return False


def went_wrong(request: HttpRequest, action: str, *, alarm: int) -> None:
    """Count a wrong try of the network. So many from all together bar nobody, or one could lock out everybody; they are
    written to the log, at each multiple."""
    _count(_of_network(request, action))
    together = _count(f"{action}:all")
    if together and together % alarm == 0:
        log.warning("%s wrong tries within an hour: %s", together, action)


def network_of(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address: one line at home has all of its addresses to choose from."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def _of_network(request: HttpRequest, action: str) -> str:
    return f"{action}:ip:{network_of(get_adapter().get_client_ip(request))}"


def _sealed(name: str) -> str:
    return f"limit:{hashlib.sha256(name.encode()).hexdigest()}"


def _count(name: str) -> int:
    sealed = _sealed(name)
    try:
        cache.add(sealed, 0, timeout=HOUR)
        return int(cache.incr(sealed))
    except (ValueError, OSError):
        log.warning("the cache cannot count; the form is let through")
        return 0
