"""What stands on the member's page of messages beside conversations: each part of communications registers what it has.

    @portal_messages.register("letters", title=_("Letters"), order=20)
    def letters(asked: portal_messages.Asked) -> list[portal_messages.Item]: ...

The newest first, as many as fit on a page (`asked.limit`); `more` is where the rest is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise


@dataclass(frozen=True)
class Asked:
    party_id: int
    on: date
    limit: int = 5


@dataclass(frozen=True)
class Item:
    """One line: what, where it opens, from whom, a word on its state with the kind of its chip."""

    title: str
    url: str
    at: datetime | date | None = None
    text: str = ""
    chip: tuple[str, str] | None = None


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    items: list[Item]
    more: str = ""


Maker = Callable[[Asked], list[Item]]


@dataclass(frozen=True)
class _Registered:
    title: str | Promise
    order: int
    more: str
    make: Maker


_sections: dict[str, _Registered] = {}


def register(key: str, *, title: str | Promise, order: int = 50, more: str = "") -> Callable[[Maker], Maker]:
    """`more`: name of the url of the whole list."""

    def keep(make: Maker) -> Maker:
        _sections[key] = _Registered(title, order, more, make)
        return make

    return keep


def sections(asked: Asked) -> list[Section]:
    """Those that have something."""
    found = []
    for key, part in sorted(_sections.items(), key=lambda item: (item[1].order, item[0])):
        items = part.make(asked)
        if items:
            found.append(Section(key, str(part.title), items[: asked.limit], _address(part.more)))
    return found


def _address(name: str) -> str:
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        return ""
