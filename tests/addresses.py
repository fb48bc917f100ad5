"""Every address of the project, read from the URLconf: a page that is added is seen by the tests without being told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

MAINTENANCE = "admin"
FACES = ("office", "portal", "public")


@dataclass(frozen=True)
class Address:
    """One URL pattern: its full name (`office:member`), the names in its path and the view behind it."""

    name: str
    parameters: tuple[str, ...]
    view: Callable[..., Any]

    @cached_property
    def face(self) -> str:
        """office, portal, public; "" for the pages of one's account, the front page and the health checks."""
        namespace = self.name.partition(":")[0]
        return namespace if namespace in FACES else ""

    @property
    def needs_login(self) -> bool:
        return bool(getattr(self.view, "login_required", True))


def addresses() -> list[Address]:
    """All but the maintenance site's, by name."""
    found = [address for address in _walk(get_resolver().url_patterns) if not _is_maintenance(address)]
    return sorted(found, key=lambda address: address.name)


def maintenance_addresses() -> list[Address]:
    return [address for address in _walk(get_resolver().url_patterns) if _is_maintenance(address)]


def _is_maintenance(address: Address) -> bool:
    return address.name.startswith(f"{MAINTENANCE}:")


def _walk(
    patterns: list[URLPattern | URLResolver], namespace: str = "", above: tuple[str, ...] = ()
) -> Iterator[Address]:
    for pattern in patterns:
        parameters = (*above, *(pattern.pattern.converters or pattern.pattern.regex.groupindex))
        if isinstance(pattern, URLResolver):
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inside, parameters)
        else:
            yield Address(f"{namespace}{pattern.name or pattern.pattern}", parameters, pattern.callback)
