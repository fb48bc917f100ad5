"""The list of members that the Associations Act asks for (503/1989, section 11): full name and home municipality, as of any day.

Who is on it follows from the periods of memberships, which are the fold of their events: what was put right later is right
for the past day too. The name is the one borne that day where the history of changes tells it, else today's, and so is the
municipality; the order is that of the names shown. A former name stays unknown where it was changed before the register
began, and where a person's data was erased.

A municipality under a non-disclosure order of today is not told, whatever the day asked for (REG-13). It looks as one that is
not known: the list is shown to members and printed, and that somebody has an order is nobody's business either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from heapq import merge
from itertools import islice
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet

from jasenpalvelu.audit.models import Change
from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.common.keyset import AFTER, BEFORE, SIZE, Page
from jasenpalvelu.common.reference import municipality_name
from jasenpalvelu.common.sorting import sort_key
from members.models import Membership, Party

PARTIES = "members_party"
Place = tuple[str, int]
CHUNK = 1000
COUNT_KEPT = 300


@dataclass(frozen=True)
class Line:
    """One member; `municipality` is "" when it is not known or not told."""

    party_id: int
    name: str
    municipality: str


@dataclass(frozen=True)
class Roll:
    """The list of one association as of the day `on`, read on the day `today`."""

    unit_id: int
    on: date
    today: date
    language: str

    @property
    def memberships(self) -> QuerySet[Membership]:
        return Membership.objects.in_force(self.on).filter(unit_id=self.unit_id)

    def count(self) -> int:
        return self.memberships.order_by().values("party_id").distinct().count()

    def page(self, query: Mapping[str, Any], *, size: int = SIZE) -> Page[Any]:
        """The page after or before the member that the address names; the first one when it names none of the list."""
        back = bool(query.get(BEFORE))
        start = self._place(query.get(BEFORE) or query.get(AFTER) or "")
        back = back and start is not None
        places = list(islice(self._places(start, back=back, limit=size + 1), size + 1))
        more, places = len(places) > size, places[:size]
        if back:
            places.reverse()
        has_previous, has_next = (more, True) if back else (start is not None, more)
        return Page(
            rows=self.lines(places),
            next=str(places[-1][1]) if places and has_next else "",
            previous=str(places[0][1]) if places and has_previous else "",
        )

    def chunk(self, after: Place | None, *, size: int = CHUNK) -> list[Place]:
        """The next places of the list, for one who goes through it whole."""
        return list(islice(self._places(after, back=False, limit=size), size))

    def lines(self, places: list[Place]) -> list[Line]:
        """What the list says of the members at the places."""
        keys = [party for _key, party in places]
        columns = ("display_name", "home_municipality", "non_disclosure")
        found = Party.objects.only(*columns).in_bulk(keys)
        lived = self._lived(keys)
        return [self._line(found[key], lived) for key in keys]

    def _line(self, party: Party, lived: Mapping[int, str]) -> Line:
        name = self._renamed[party.pk][0] if party.pk in self._renamed else party.display_name
        home = lived.get(party.pk, party.home_municipality)
        told = home and not party.non_disclosure
        return Line(party.pk, name, municipality_name(home, self.language) if told else "")

    # --- where everybody stands ---------------------------------------------------------------------------------
    def _place(self, key: str) -> Place | None:
        """The place of a member of the list. Of anybody else nothing is told, not even between whom the name would stand."""
        if not key.isascii() or not key.isdigit() or len(key) > 18:
            return None
        party = int(key)
        found = self.memberships.filter(party_id=party).order_by().values_list("sort_key", flat=True).first()
        if found is None:
            return None
        return (self._renamed[party][1] if party in self._renamed else found, party)

    def _places(self, start: Place | None, *, back: bool, limit: int) -> Iterator[Place]:
        """Sort keys and members in order from the place on, read from the index by name; who had another name is put between."""
        renamed = sorted(
            (
                (key, party)
                for party, (_name, key) in self._renamed.items()
                if _beyond((key, party), start, back)
            ),
            reverse=back,
        )
        rows = self.memberships.order_by()
        if self._renamed:
            rows = rows.exclude(party_id__in=list(self._renamed))
        if start:
            rows = rows.filter(_further(start, back))
        order = ("-sort_key", "-party_id") if back else ("sort_key", "party_id")
        named = rows.order_by(*order).values_list("sort_key", "party_id").distinct()[:limit]
        return merge(named, renamed, reverse=back)

    @cached_property
    def _renamed(self) -> dict[int, tuple[str, str]]:
        """Members of the list who bore another name on the day: the name and its sort key."""
        if self.on >= self.today:
            return {}
        members = self.memberships.filter(party_id=OuterRef("party_id"))
        changes = self._since("display_name").filter(Exists(members))
        found: dict[int, tuple[str, str]] = {}
        for party, name in changes.values_list("party_id", "before__display_name"):
            found.setdefault(cast(int, party), (name, sort_key(name)))
        return found

    def _lived(self, parties: list[int]) -> dict[int, str]:
        """Home municipalities of the day, of those of the members whose municipality has been changed since."""
        if self.on >= self.today or not parties:
            return {}
        changes = self._since("home_municipality").filter(party_id__in=parties)
        found: dict[int, str] = {}
        for party, code in changes.values_list("party_id", "before__home_municipality"):
            found.setdefault(cast(int, party), code or "")
        return found

    def _since(self, column: str) -> QuerySet[Change]:
        """Changes of a column of parties after the day, the first one first: what it held before is what held on the day."""
        midnight = datetime.combine(self.on + timedelta(days=1), time.min, HELSINKI)
        rows = Change.objects.filter(table_name=PARTIES, op=Change.Op.UPDATE, at__gte=midnight)
        return rows.filter(before__has_key=column).order_by("at", "pk")


def _beyond(place: Place, start: Place | None, back: bool) -> bool:  # noqa: FBT001
    return start is None or (place < start if back else place > start)


def _further(start: Place, back: bool) -> Q:  # noqa: FBT001
    name, party = start
    near, far = ("lte", "lt") if back else ("gte", "gt")
    beyond = Q(**{f"sort_key__{far}": name}) | Q(sort_key=name, **{f"party_id__{far}": party})
    return Q(**{f"sort_key__{near}": name}) & beyond  # the first is the bound at which the index is entered


def counted(roll: Roll) -> int:
    """How many are on the list, counted anew every few minutes: counting 50 000 is no part of showing fifty."""
    key = f"roll:{roll.unit_id}:{roll.on:%Y%m%d}:{roll.today:%Y%m%d}"
    return int(cache.get_or_set(key, roll.count, COUNT_KEPT) or 0)
