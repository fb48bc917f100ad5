"""The work queue of the office: which kinds of waiting work there are, how many of each, in words.

Every kind stands in SOURCES, in the order it is shown: the app that knows the work describes it, and this list says that it
is asked. Counts come in one statement, and the sum is kept for the number in the navigation.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest

from billing import waiting as billing
from jasenpalvelu.common.parts import QueueItem
from jasenpalvelu.web.navigation import counter
from members import waiting as members
from members.choosing import NARROW, reach_key
from members.listing import counts
from members.waiting import Asked, Source

SOURCES: tuple[Source, ...] = (
    members.APPLICATIONS,
    billing.PAYMENTS,
    billing.RUNS,
    members.IMPORTS,
    members.NO_ADDRESS,
    members.NO_Y_TUNNUS,
)
HEAVY_SECONDS = 600
BADGE_SECONDS = 3600


@dataclass(frozen=True)
class Queue:
    """What waits. `pending`: something heavy has not been counted yet."""

    items: list[QueueItem]
    pending: bool

    @property
    def total(self) -> int:
        return sum(item.n for item in self.items)


def queue(asked: Asked, user_pk: int) -> Queue:
    """The waiting work of this person; heavy kinds in a wide reach only as far as they have been counted lately."""
    sources = [source for source in SOURCES if source.concerns(asked.scope)]
    later = {source.key for source in sources if source.heavy and is_wide(asked)}
    known = cache.get_many([_key(asked, key) for key in later]) if later else {}
    numbers = counts({s.key: s.rows(asked) for s in sources if s.key not in later})
    numbers |= {key: known[_key(asked, key)] for key in later if _key(asked, key) in known}
    items = [s.item(asked, numbers[s.key]) for s in sources if numbers.get(s.key)]
    found = Queue(items, len(known) < len(later))
    cache.set(_badge(user_pk), found.total, BADGE_SECONDS)
    return found


def count_heavy(asked: Asked) -> None:
    """Count what a wide reach leaves for after the page, and keep it for the next ten minutes."""
    sources = [source for source in SOURCES if source.heavy and source.concerns(asked.scope)]
    numbers = counts({source.key: source.rows(asked) for source in sources})
    cache.set_many({_key(asked, key): n for key, n in numbers.items()}, HEAVY_SECONDS)


def is_wide(asked: Asked) -> bool:
    return len(asked.scope.unit_ids("members.view")) > NARROW


@counter("office:home")
def waiting(request: HttpRequest) -> int:
    """The number beside the work queue in the navigation: as it was when the queue was last seen."""
    return int(cache.get(_badge(request.user.pk), 0))  # type: ignore[arg-type] # behind the login there is one


def _key(asked: Asked, key: str) -> str:
    return f"queue:{key}:{reach_key(asked.scope)}:{asked.on:%Y%m%d}"


def _badge(user_pk: int) -> str:
    return f"queue:badge:{user_pk}"
