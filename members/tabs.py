"""The saved views of the member list as tabs, and the numbers beside them (REG-7).

Numbers of a narrow reach are asked with the page, in one statement. In a wide reach counting would cost more than the page
itself: what is known from the last minutes is shown, the rest is asked for after the page (`office:members_counts`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from jasenpalvelu.common import keyset
from jasenpalvelu.common.parts import Tab
from jasenpalvelu.common.tables import SORT
from members import filters, listing
from members.choosing import KEPT_SECONDS, Choices, reach_key
from members.models import SavedView

NOT_FILTERS = (SORT, keyset.AFTER, keyset.BEFORE)


def canonical(query: QueryDict) -> str:
    """The filters of an address in one spelling: without paging, order and empty fields, in a fixed order."""
    pairs = [
        (name, value)
        for name in sorted(query)
        if name not in NOT_FILTERS
        for value in sorted(set(query.getlist(name)))
        if value.strip()
    ]
    told = QueryDict(mutable=True)
    for name, value in pairs:
        told.appendlist(name, value)
    return told.urlencode()


def with_filter(query: QueryDict, name: str, value: str) -> str:
    """The filters of an address with one of them set."""
    changed = query.copy()
    changed[name] = value
    return canonical(changed)


@dataclass(frozen=True)
class View:
    """A tab: the filters it stands for. `pk` is set for one's own."""

    text: str
    query: str
    pk: int | None = None

    @property
    def filters(self) -> str:
        return canonical(QueryDict(self.query))


def views(choices: Choices, kept: list[SavedView], on: date) -> list[View]:
    """The views everybody has, as far as their classes reach, and one's own."""
    reach = choices.scope.can
    found = [View(_("All"), "")]
    if reach("members.view", classes="C"):
        found.append(View(_("Field or forest"), "land=any"))
    found.append(View(_("Joined in %(year)s") % {"year": on.year}, f"joined={on.year}"))
    if reach("members.view", classes="B"):
        found.append(View(_("No e-mail"), "email=no"))
    return found + [View(view.name, view.query, view.pk) for view in kept]


@dataclass
class Numbers:
    """How many there are in each view and on the list in hand; None where it is not known yet."""

    by_filters: dict[str, int | None]

    @property
    def complete(self) -> bool:
        return None not in self.by_filters.values()

    def of(self, told: str) -> int | None:
        return self.by_filters.get(told)


def numbers(
    choices: Choices, wanted: list[str], on: date, *, current: str, ask: bool, length: int | None = None
) -> Numbers:
    """`wanted` are canonical filters; those not known are asked for when `ask`, and the list in hand always then.

    `length` is that of the list in hand, where its page has told it already.
    """
    keys = {told: _key(choices, told, on) for told in wanted}
    known = cache.get_many(list(keys.values()))
    found: dict[str, int | None] = {told: known.get(key) for told, key in keys.items()}
    counted: dict[str, int | None] = {} if length is None else {current: length}
    if ask:
        stale = {told for told, n in found.items() if n is None or (told == current and choices.narrow)}
        missing = [told for told in wanted if told in stale - counted.keys()]
        asked = {told: _parties(choices, told, on) for told in missing}
        counted |= listing.counts(asked, wide=not choices.narrow)
    fresh = {told: n for told, n in counted.items() if found[told] != n}
    if fresh:
        cache.set_many({keys[told]: n for told, n in fresh.items()}, KEPT_SECONDS)
    return Numbers(found | counted)


def _parties(choices: Choices, told: str, on: date) -> QuerySet:
    form = filters.MemberFilter(QueryDict(told), choices)
    return listing.parties(form.narrowing(on))


def _key(choices: Choices, told: str, on: date) -> str:
    digest = hashlib.blake2b(told.encode(), digest_size=12).hexdigest()
    return f"members:count:{reach_key(choices.scope)}:{on:%Y%m%d}:{digest}"


def tabs(found: list[View], known: Numbers, *, current: str, here: str) -> list[Tab]:
    return [
        Tab(
            view.text,
            f"{here}?{view.query}" if view.query else here,
            known.of(view.filters),
            view.filters == current,
        )
        for view in found
    ]
