"""Joining and parting again changes nothing, whatever two entries look like: the whole database before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing.models import PayerAccount
from billing.services import ledger
from jasenpalvelu.audit.services import mutation
from members.models import (
    ConsentEvent,
    ConsentText,
    ContactPoint,
    DataMark,
    DuplicatePair,
    FormerNumber,
    Holding,
    HoldingMember,
    Membership,
    MembershipType,
    OrgUnit,
    Party,
    PartyLink,
)
from members.models.parties import ContactKind
from members.services import lifecycle, registering, unmerging
from members.services.indexing import refresh_search
from members.services.merge_fields import MERGED, SURVIVOR
from members.services.registering import Address
from members.states import OPEN
from tests.cast import JOINED, TODAY, Cast
from tests.members.merging.helpers import everything, join, plan, scope

pytestmark = pytest.mark.django_db

DAYS = st.none() | st.dates(date(1990, 1, 1), date(2026, 11, 22))
ROLES = st.sampled_from(["responsible", "owner", "family"])
UNITS = st.sampled_from(["a", "a2", "b", "b3"])
KINDS = st.sampled_from(["farmer", "personal", "student", "forest_owner"])
# Third parties by their place in the list: links and pairs of both entries meet at the same ones.
OTHERS = st.integers(0, 2)


@dataclass(frozen=True)
class Entry:
    """What one of the two entries has."""

    first: str
    last: str
    born: date | None
    language: str
    municipality: str
    secret: bool
    email: str
    phone: str
    street: str
    old_street: str
    memberships: frozenset[tuple[str, str, bool]]
    holdings: frozenset[tuple[int, str, bool]]
    responsible: frozenset[int]
    links: frozenset[tuple[int, str, bool, bool]]
    numbers: frozenset[str]
    accounts: frozenset[str]
    pairs: frozenset[tuple[int, bool]]
    paid_by: int | None
    credit: bool
    said: frozenset[tuple[str, bool, int]]
    marks: frozenset[tuple[str, bool, int]]


ENTRIES = st.builds(
    Entry,
    first=st.sampled_from(["Matti", "Matti Johannes", "M"]),
    last=st.sampled_from(["Virtanen", "Åberg", "von Essen"]),
    born=DAYS,
    language=st.sampled_from(["fi", "sv", "en"]),
    municipality=st.sampled_from(["", "091", "905"]),
    secret=st.booleans(),
    email=st.sampled_from(["", "matti@example.fi", "m@example.fi"]),
    phone=st.sampled_from(["", "040 555 0123", "050 555 0101"]),
    street=st.sampled_from(["", "Kotitie 1", "Kotitie 2"]),
    old_street=st.sampled_from(["", "Vanhatie 3"]),
    memberships=st.frozensets(st.tuples(UNITS, KINDS, st.booleans()), max_size=3),
    holdings=st.frozensets(st.tuples(st.integers(0, 1), ROLES, st.booleans()), max_size=2),
    responsible=st.frozensets(st.integers(0, 1), max_size=2),
    links=st.frozensets(
        st.tuples(OTHERS, st.sampled_from(["spouse", "child", "payer"]), st.booleans(), st.booleans()),
        max_size=3,
    ),
    numbers=st.frozensets(st.sampled_from(["7", "77"]), max_size=2),
    accounts=st.frozensets(st.sampled_from(["FI2112345600000785", "FI5810171000000122"]), max_size=2),
    pairs=st.frozensets(st.tuples(OTHERS, st.booleans()), max_size=2),
    paid_by=st.none() | OTHERS,
    credit=st.booleans(),
    said=st.frozensets(
        st.tuples(st.sampled_from(["events", "benefits"]), st.booleans(), st.integers(1, 9)), max_size=3
    ),
    # The last day of a mark from today: over, coming, or none (0).
    marks=st.frozensets(
        st.tuples(st.sampled_from(["hold", "restriction"]), st.booleans(), st.sampled_from([-9, 0, 9, 90])),
        max_size=3,
    ),
)


class World:
    """Third parties and two holdings, and the rows that entries hang on them."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.others = [cast.parties[name] for name in ("maija", "lotta", "estate")]
        with mutation(actor=None, kind="test"):
            self.farms = [
                Holding.objects.create(name=name, responsible=self.others[0]) for name in ("Mäkelä", "Niemi")
            ]

    def add(self, entry: Entry) -> Party:
        party = registering.create_person(
            actor=None, first_names=entry.first, last_name=entry.last, on=JOINED, language=entry.language,
            home_municipality=entry.municipality, non_disclosure=entry.secret, birth_date=entry.born,
            birth_date_purpose="maksu" if entry.born else "", email=entry.email, phone=entry.phone,
            address=Address(entry.street, "00100", "Helsinki") if entry.street else None,
        )  # fmt: skip
        with mutation(actor=None, kind="test"):
            self._memberships(party, entry)
            self._people(party, entry)
            self._rest(party, entry)
        return party

    def _memberships(self, party: Party, entry: Entry) -> None:
        taken = set()
        for unit, kind, ended in sorted(entry.memberships | {("a", "supporting", True)}):
            if (unit, kind) in taken:
                continue
            taken.add((unit, kind))
            row = lifecycle.start(
                actor=None, party=party, unit=self.cast.units[unit], type=self.cast.types[kind], started_on=JOINED,
                payer=None if entry.paid_by is None else self.others[entry.paid_by],
            )  # fmt: skip
            if ended:
                lifecycle.end(actor=None, membership=row, kind="resigned", effective_on=date(2021, 1, 1))

    def _people(self, party: Party, entry: Entry) -> None:
        held = set()
        for place, role, ended in sorted(entry.holdings):
            if ended or place not in held:
                held |= set() if ended else {place}
                HoldingMember.objects.create(
                    holding=self.farms[place], party=party, role=role, valid_from=JOINED,
                    valid_to=date(2022, 1, 1) if ended else None,
                )  # fmt: skip
        for place in entry.responsible:
            Holding.objects.filter(pk=self.farms[place].pk).update(responsible=party)
        for place, kind, turned, ended in sorted(entry.links):
            ends = (self.others[place], party) if turned else (party, self.others[place])
            if (
                ended
                or not PartyLink.objects.filter(
                    party=ends[0], other=ends[1], kind=kind, valid_to=None
                ).exists()
            ):
                PartyLink.objects.create(
                    party=ends[0], other=ends[1], kind=kind, valid_to=date(2022, 1, 1) if ended else None
                )

    def _rest(self, party: Party, entry: Entry) -> None:
        a = self.cast.units["a"]
        if entry.old_street:
            ContactPoint.objects.create(
                party=party,
                kind=ContactKind.ADDRESS,
                value=entry.old_street,
                key="x",
                valid_to=date(2019, 1, 1),
            )
        for number in sorted(entry.numbers):
            FormerNumber.objects.create(party=party, unit=a, number=number, source="vanha.csv")
        for iban in sorted(entry.accounts):
            PayerAccount.objects.create(payer_iban=iban, party=party)
        for place, decided in sorted(entry.pairs):
            one, other = sorted([party.pk, self.others[place].pk])
            DuplicatePair.objects.get_or_create(
                one_id=one,
                other_id=other,
                defaults={"found_on": TODAY, "decided_at": _noon() if decided else None},
            )
        for purpose, yes, day in sorted(entry.said):
            ConsentEvent.objects.create(
                party=party, purpose_id=purpose, channel="email", unit=a, given=yes, source="portal",
                text=ConsentText.objects.filter(purpose=purpose).first(), at=_noon().replace(day=day),
            )  # fmt: skip
        marked = set()
        for kind, ended, days in sorted(entry.marks):
            if ended or kind not in marked:
                marked |= set() if ended else {kind}
                DataMark.objects.create(
                    party=party, unit=a, kind=kind, reason="Riita", set_on=JOINED, ended_on=TODAY if ended else None,
                    set_by=self.cast.users["aino"], until=TODAY + timedelta(days=days) if days else None,
                )  # fmt: skip
        if entry.credit:
            ledger.post_credit(
                creditor_id=a.pk, payer=party, amount=5, paid_on=TODAY, booked_on=TODAY, actor=None
            )  # type: ignore[arg-type]


def _noon() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 11, 1, 12, tzinfo=UTC)


class _Undo(Exception):
    pass


# Without shrinking: each example builds a world, and a failing one is small enough to read.
@settings(
    max_examples=30,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    one=ENTRIES,
    other=ENTRIES,
    linked=st.sampled_from(["", "spouse", "payer", "child"]),
    sides=st.dictionaries(
        st.sampled_from(["name", "birth_date", "language", "home_municipality", "email", "phone", "address"]),
        st.sampled_from([SURVIVOR, MERGED]),
    ),
)
def test_joined_and_parted_is_as_before(
    cast: Cast, one: Entry, other: Entry, linked: str, sides: dict[str, str]
) -> None:
    try:
        with transaction.atomic():
            _joined_and_parted(cast, one, other, linked, sides)
            raise _Undo
    except _Undo:
        pass


def _joined_and_parted(cast: Cast, one: Entry, other: Entry, linked: str, sides: dict[str, str]) -> None:
    world = World(cast)
    survivor, merged = world.add(one), world.add(other)
    if linked:
        with mutation(actor=None, kind="test"):
            PartyLink.objects.create(party=survivor, other=merged, kind=linked)
            Membership.objects.filter(party=survivor).update(payer=merged)
    with mutation(actor=None, kind="test"):  # what is found by a holding follows who answers for it
        refresh_search([survivor.pk, merged.pk, *(party.pk for party in world.others)])
    assert plan(cast, survivor, merged).refusals == []
    before = everything()
    marked = _in_force(survivor, merged)
    done = join(cast, survivor, merged, chosen=sides)
    assert _in_force(survivor) == marked
    _nothing_of_the_old_entry_is_left(merged)
    unmerging.unmerge(actor=cast.users["riitta"], scope=scope(cast), merge_id=done.pk, on=TODAY)
    after = everything()
    changed = {table: set(after[table]) ^ set(before[table]) for table in after}
    assert {table: rows for table, rows in changed.items() if rows} == {}


def _in_force(*parties: Party) -> dict[tuple[int, str], date]:
    """Marks in force by association and kind, with the longest of their last days."""
    found: dict[tuple[int, str], date] = {}
    for mark in DataMark.objects.on(TODAY).filter(party__in=parties).order_by("pk"):
        key = (mark.unit_id, mark.kind)
        found[key] = max(found.get(key, date.min), mark.until or date.max)
    return found


def _nothing_of_the_old_entry_is_left(merged: Party) -> None:
    with connection.cursor() as cursor:
        for table, column in [
            ("members_membership", "party_id"), ("members_membership", "payer_id"), ("members_contactpoint", "party_id"),
            ("members_partylink", "party_id"), ("members_partylink", "other_id"), ("members_holding", "responsible_id"),
            ("members_holdingmember", "party_id"), ("members_duplicatepair", "one_id"),
            ("members_duplicatepair", "other_id"), ("billing_payeraccount", "party_id"),
        ]:  # fmt: skip
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [merged.pk])
            assert cursor.fetchone()[0] == 0, (table, column)


def test_the_strategies_meet_what_matters(cast: Cast) -> None:
    """Guards the test above: the names it uses stand in the cast."""
    assert OrgUnit.objects.filter(slug__in=["a", "a2", "b", "b3"]).count() == 4
    assert MembershipType.objects.filter(federation_code="supporting").exists()
    assert OPEN
