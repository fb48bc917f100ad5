"""The work queue of the office: which kinds of waiting work there are, how many of each, in words.

Every kind stands in SOURCES, in the order it is shown: the app that knows the work describes it, and this list says that it
is asked. Counts come in one statement, and they are kept for the numbers in the navigation.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest

from billing import waiting as billing
from communications import waiting_content as content
from communications import waiting_letters as letters
from communications import waiting_outbox as outbox
from communications import waiting_surveys as surveys
from communications import waiting_talks as talks
from jasenpalvelu.common import clock
from jasenpalvelu.common.parts import QueueItem
from jasenpalvelu.web.navigation import counter
from members import community_reading as community
from members import waiting as members
from members import waiting_changes as changes
from members import waiting_pairs as pairs
from members import waiting_requests as requests
from members import waiting_retention as retention
from members import waiting_rights as rights
from members.choosing import NARROW, reach_key
from members.listing import counts
from members.waiting import Asked, Source

SOURCES: tuple[Source, ...] = (
    members.APPLICATIONS,
    members.STALE,
    members.RESIGNATIONS,
    members.EXPULSIONS,
    billing.PAYMENTS,
    billing.RUNS,
    billing.PROPOSALS,
    members.IMPORTS,
    rights.OWN_ENDING,
    rights.ENDING,
    rights.UNTRAINED,
    changes.CHANGES,
    pairs.ASKED,
    pairs.FOUND,
    talks.LATE,
    talks.OPEN,
    requests.OVERDUE,
    requests.OPEN,
    retention.TO_APPROVE,
    retention.RETURNED,
    retention.RUN_OUT,
    community.ASKED,
    content.PROPOSED,
    content.ENDING,
    surveys.UNANSWERED,
    letters.TO_APPROVE,
    letters.STOPPED,
    outbox.UNCERTAIN,
    outbox.ADDRESSES,
    members.NO_ADDRESS,
    members.NO_HOLDING,
    members.NO_Y_TUNNUS,
)
HEAVY_SECONDS = 600
BADGE_SECONDS = 120


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
    sources = _sources(asked)
    numbers = _counted(asked)
    cache.set(_badge(user_pk), numbers, BADGE_SECONDS)
    items = [s.item(asked, numbers[s.key]) for s in sources if numbers.get(s.key)]
    return Queue(items, len(numbers) < len(sources))


def _sources(asked: Asked) -> list[Source]:
    return [source for source in SOURCES if source.concerns(asked.scope)]


def _counted(asked: Asked) -> dict[str, int]:
    """How many wait of each kind; what is heavy in a wide reach and has not been counted lately is left out."""
    sources = _sources(asked)
    later = {source.key for source in sources if source.heavy and is_wide(asked)}
    known = cache.get_many([_key(asked, key) for key in later]) if later else {}
    numbers = counts({s.key: s.rows(asked) for s in sources if s.key not in later})
    return numbers | {key: known[_key(asked, key)] for key in later if _key(asked, key) in known}


def count_heavy(asked: Asked) -> None:
    """Count what a wide reach leaves for after the page, and keep it for the next ten minutes."""
    numbers = counts({source.key: source.rows(asked) for source in _sources(asked) if source.heavy})
    cache.set_many({_key(asked, key): n for key, n in numbers.items()}, HEAVY_SECONDS)


def is_wide(asked: Asked) -> bool:
    return len(asked.scope.unit_ids("members.view")) > NARROW


@counter("office:home")
def waiting(request: HttpRequest) -> int:
    """The number beside the work queue in the navigation: the sum of all that waits."""
    return sum(_numbers(request).values())


@counter("office:applications")
def applications(request: HttpRequest) -> int:
    return _numbers(request).get(members.APPLICATIONS.key, 0)


def _numbers(request: HttpRequest) -> dict[str, int]:
    """Kept for a moment, as the navigation stands on every page; counted anew after each act of one's own (`forget`)."""
    key = _badge(request.user.pk)  # type: ignore[arg-type] # behind the login there is one
    numbers: dict[str, int] | None = cache.get(key)
    if numbers is None:
        numbers = _counted(Asked(request.scope, clock.today()))  # type: ignore[attr-defined]
        cache.set(key, numbers, BADGE_SECONDS)
    return numbers


def forget(user_pk: int) -> None:
    """The numbers in the navigation are counted anew on the next page: this person has done something."""
    cache.delete(_badge(user_pk))


def _key(asked: Asked, key: str) -> str:
    return f"queue:{key}:{reach_key(asked.scope)}:{asked.on:%Y%m%d}"


def _badge(user_pk: int) -> str:
    return f"queue:badge:{user_pk}"
