"""The demo's people are believable: born before they joined, married near their age, living where their association is."""

from __future__ import annotations

from datetime import date
from random import Random
from types import SimpleNamespace

import pytest
from django.core import mail
from django.db.models import Value
from django.db.models.functions import Concat

from billing.models import DataCheck, DataProposal
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.web.demo import applications, checks, structure
from jasenpalvelu.web.demo.people import People
from jasenpalvelu.web.demo.rows import Rows
from members.models import ContactPoint, Membership, MembershipType, Party
from tests.billing import runs
from tests.billing.conftest import asked  # noqa: F401 -- a fixture
from tests.cast import TODAY, Cast

YEAR = 365.25


@pytest.fixture
def federation(cast: Cast) -> structure.Federation:
    """Beside the cast, whose membership types make room for types of the same names."""
    with mutation(actor=None, kind="test"):
        MembershipType.objects.update(name_fi=Concat(Value("Vanha "), "name_fi"))
        return structure.build(persons=500, random=Random(7), on=TODAY)


def people(federation: structure.Federation, seed: int = 7) -> Rows:
    maker = People(
        federation=federation,
        random=Random(seed),
        on=TODAY,
        first_party=1,
        first_number=10_001,
        first_holding=1,
        first_membership=1,
        mutation_id="",
    )
    return maker.fill(1500)


def born(rows: Rows) -> dict[int, date]:
    return {row[0]: row[3] for row in rows.persons if row[3] is not None}


def test_nobody_joined_as_a_child_or_joins_in_the_future(federation: structure.Federation) -> None:
    rows = people(federation)
    births = born(rows)
    codes = {type.pk: code for code, type in federation.types.items()}
    for _pk, party, _unit, type_id, *_rest, since, ended, _until, _why, _listed in rows.memberships:
        assert since < TODAY
        assert ended is None or since < ended < TODAY
        if party in births:
            youngest = 15 if codes[type_id] in {"family_member", "student"} else 18
            assert (since - births[party]).days / YEAR >= youngest - 0.02, (codes[type_id], since)


def test_families_are_of_believable_ages_and_share_an_address(federation: structure.Federation) -> None:
    rows = people(federation)
    births = born(rows)
    streets = {row[0]: (row[2], row[5]) for row in rows.contacts if row[1] == "address"}
    for one, other, kind, _from, _to in rows.links:
        if one in streets and other in streets:
            assert streets[one] == streets[other]
        if one not in births or other not in births:
            continue
        apart = (births[other] - births[one]).days / YEAR
        if kind == "spouse":
            assert abs(apart) < 25
        elif kind == "child":
            assert 19.9 < apart < 42.1


def test_members_live_in_the_area_of_their_association(federation: structure.Federation) -> None:
    rows = people(federation)
    areas = {a.unit.pk: {place.region for place in a.municipalities} for a in federation.associations}
    regions = {place.code: place.region for a in federation.associations for place in a.municipalities}
    homes = {row[0]: row[6] for row in rows.parties if row[6]}
    assert all(regions[homes[row[1]]] in areas[row[2]] for row in rows.memberships if row[1] in homes)


def test_hectares_are_many_small_and_few_large(federation: structure.Federation) -> None:
    fields = sorted(row[3] for row in people(federation).bases if row[1] == "field_ha")
    middle, mean = fields[len(fields) // 2], sum(fields) / len(fields)
    assert 25 < middle < 42
    assert mean > middle * 5 / 4


def test_the_same_seed_gives_the_same_people(federation: structure.Federation) -> None:
    assert people(federation) == people(federation)
    assert people(federation).parties != people(federation, seed=8).parties


def test_applicants_are_of_the_area_and_have_waited_some_days(federation: structure.Federation) -> None:
    applications.build(federation=federation, random=Random(7), on=TODAY)
    units = {a.unit.pk: {place.code for place in a.municipalities} for a in federation.associations}
    found = Membership.objects.filter(unit__in=units, state="applied").select_related("party").order_by("pk")
    assert found.filter(unit=federation.associations[0].unit).count() == len(applications.WISHES)
    assert all(row.party.home_municipality in units[row.unit_id] for row in found)
    days = [row.events.get().effective_on for row in found]
    assert max(days) < TODAY


@pytest.mark.usefixtures("asked")
def test_a_check_of_data_goes_on_and_sends_nothing(cast: Cast) -> None:
    """Some have answered and a correction waits, so that no page of it is empty."""
    with mutation(actor=None, kind="test.many"):
        runs.add_many(cast, 10)
        ContactPoint.objects.bulk_create(
            ContactPoint(
                party=party, kind="email", value="j@esimerkki.example", key=f"{party.pk}", valid_from=TODAY
            )
            for party in Party.objects.filter(display_name__startswith="Jäsen ").order_by("pk")
        )
    federation = SimpleNamespace(associations=[SimpleNamespace(unit=cast.units["a"])])
    round = checks.build(federation=federation, random=Random(7), on=TODAY)  # type: ignore[arg-type]
    assert round.is_open(TODAY)
    answers = set(DataCheck.objects.filter(round=round).values_list("answer", flat=True))
    assert answers == {"", "confirmed", "corrected"}
    assert DataProposal.objects.waiting().exists()
    assert mail.outbox == []
    assert not Job.objects.exists()
