"""Segments as questions to the register: who fits, within whose reach, and what may not be told (REG-8, REG-12, REG-13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.http import QueryDict

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import filters, listing
from members.choosing import Choices
from members.models import Party, Person
from members.models import Segment as Kept
from members.scope import Grant, Scope
from members.segments import compiling, criteria, wording
from members.segments.explaining import explain
from members.segments.tree import Criterion, Group, Segment
from members.services import lifecycle, registering
from members.services import segments as keeping
from tests.billing.factories import make_invoice
from tests.cast import JOINED, TODAY, Cast


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def of(kind: str, op: str = "is", /, **values: Any) -> Criterion:
    return Criterion(kind, op, {k: tuple(v) if isinstance(v, list) else (str(v),) for k, v in values.items()})


def all_of(*parts: Criterion | Group, **more: Any) -> Segment:
    return Segment(Group("all", parts), **more)


def any_of(*parts: Criterion | Group) -> Group:
    return Group("any", parts)


def none_of(*parts: Criterion | Group) -> Group:
    return Group("none", parts)


def choices(cast: Cast, who: str) -> Choices:
    return Choices(Scope.for_user(cast.users[who], on=TODAY))


def names(cast: Cast, who: str, segment: Segment) -> set[str]:
    return met(cast, compiling.narrowing(segment, choices(cast, who), TODAY))


def met(cast: Cast, found: filters.Narrowing) -> set[str]:
    """Those of the cast who are found; the page of the list comes by another way than the whole, and must agree."""
    keys = set(listing.parties(found).values_list("pk", flat=True))
    assert {party.pk for party in listing.page_of(found, {}, "name").rows} == keys
    return {name for name, party in cast.parties.items() if party.pk in keys}


FARMER, FOREST = of("type", types=["farmer"]), of("type", types=["forest_owner"])
EMAIL = of("contact", what="email")
NO_EMAIL = of("contact", "is_not", what="email")
HELSINKI = of("place", places=["091"])
NOT_HELSINKI = of("place", "is_not", places=["091"])


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (all_of(), {"maija", "lotta", "siiri", "estate"}),
        (all_of(FARMER), {"maija", "lotta"}),
        (all_of(of("type", "is_not", types=["farmer"])), {"siiri", "estate"}),
        # two criteria of the same kind: a member of both sorts, by two memberships
        (all_of(FARMER, FOREST), {"maija"}),
        (all_of(any_of(FARMER, FOREST)), {"maija", "lotta", "estate"}),
        (all_of(none_of(FARMER, FOREST)), {"siiri"}),
        (all_of(FARMER, of("type", "is_not", types=["forest_owner"])), {"lotta"}),
        (all_of(of("voting")), {"maija", "lotta", "siiri", "estate"}),
        (all_of(of("voting", "is_not")), set()),
        (all_of(of("party_kind", what="organisation")), {"estate"}),
        (all_of(of("party_kind", "is_not", what="organisation")), {"maija", "lotta", "siiri"}),
        (all_of(of("language", what="sv")), {"lotta"}),
        (
            all_of(of("joined", **{"from": "1.1.2020", "to": "31.12.2020"})),
            {"maija", "lotta", "siiri", "estate"},
        ),
        (all_of(of("joined", **{"from": "2.1.2020"})), set()),
        (all_of(of("basis", kind="field_ha", **{"from": "30", "to": "30"})), {"maija"}),
        (all_of(of("basis", kind="field_ha", **{"from": "30,01"})), set()),
        (all_of(of("basis", kind="field_ha", to="29,99")), set()),
        (all_of(of("land", what="forest")), {"maija"}),
        (all_of(of("land", "is_not", what="forest")), {"lotta", "siiri", "estate"}),
        (all_of(of("lacks", what="holding")), {"lotta"}),
        (Segment(Group("none", (FARMER,))), {"siiri", "estate"}),
        (Segment(Group("any", (FARMER, of("language", what="sv")))), {"maija", "lotta"}),
    ],
)
def test_who_fits_for_the_union(cast: Cast, segment: Segment, expected: set[str]) -> None:
    assert names(cast, "riitta", segment) == expected


def test_criteria_of_one_membership_are_about_the_same_one(cast: Cast) -> None:
    """Maija is a farmer in A and a forest owner in A2: nobody is a farmer in A2."""
    in_a2 = of("unit", unit=cast.units["a2"].pk)
    assert names(cast, "riitta", all_of(FARMER, in_a2)) == set()
    assert names(cast, "riitta", all_of(FOREST, in_a2)) == {"maija"}
    assert names(cast, "riitta", all_of(none_of(Group("all", (FOREST, in_a2))), FOREST)) == {"estate"}


@pytest.mark.parametrize("who", ["aino", "bo", "tiina", "riitta"])
@pytest.mark.parametrize(
    "segment",
    [
        all_of(),
        all_of(FARMER),
        all_of(NO_EMAIL),
        all_of(none_of(FOREST)),
        all_of(state="all"),
        all_of(any_of(EMAIL, FARMER)),
    ],
)
def test_nobody_from_outside_the_reach(cast: Cast, who: str, segment: Segment) -> None:
    reach = {"aino": {"maija", "siiri", "estate"}, "bo": {"lotta"}, "tiina": {"maija", "siiri", "estate"}}
    assert names(cast, who, segment) <= reach.get(who, {"maija", "siiri", "estate", "lotta"})


@pytest.mark.parametrize("who", ["maija", "ulla"])
def test_without_a_post_nobody_is_found(cast: Cast, who: str) -> None:
    assert names(cast, who, all_of()) == set()


# --- what may not be told -------------------------------------------------------------------------------------------------
def test_neither_a_criterion_nor_its_opposite_finds_protected_people(cast: Cast) -> None:
    """Siiri has an e-mail address and lives in Helsinki, and there is an order: nothing tells so."""
    for segment in (
        all_of(EMAIL), all_of(NO_EMAIL), all_of(HELSINKI), all_of(NOT_HELSINKI), all_of(none_of(EMAIL)),
        all_of(none_of(none_of(EMAIL))), all_of(none_of(Group("all", (EMAIL, HELSINKI)))),
        all_of(any_of(EMAIL, NO_EMAIL)),
    ):  # fmt: skip
        assert "siiri" not in names(cast, "riitta", segment)


def test_protected_people_are_found_by_what_tells_nothing_hidden(cast: Cast) -> None:
    personal = of("type", types=["personal"])
    assert names(cast, "riitta", all_of(personal)) == {"siiri"}
    assert names(cast, "riitta", all_of(any_of(personal, EMAIL))) >= {"siiri"}
    assert names(cast, "riitta", all_of(personal, EMAIL)) == set()


def test_a_criterion_needs_its_class_over_every_association_it_is_asked_of(cast: Cast) -> None:
    """Somebody sees names everywhere and contacts in A only: an e-mail criterion reaches A only, and so for each class."""
    grants = [
        Grant("members.view", cast.units["a"].pk, below=False, classes=frozenset("ABCD")),
        Grant("members.view", cast.units["union"].pk, below=True, classes=frozenset("A")),
    ]
    reader = Choices(Scope(user=cast.users["ulla"], grants=grants))

    def found(*parts: Criterion | Group) -> set[str]:
        return met(cast, compiling.narrowing(all_of(*parts), reader, TODAY))

    assert found() == {"maija", "siiri", "estate", "lotta"}
    assert found(EMAIL) == {"maija"}
    assert found(of("language", what="sv")) == set()
    assert found(any_of(FARMER, of("age", **{"from": 1}))) == {"maija"}
    assert found(none_of(of("language", what="fi"))) == set()


def test_of_former_members_only_what_lasts_is_asked(cast: Cast) -> None:
    """A member of five years ago is found by the type, not by the e-mail address, whatever the segment's day."""
    party = registering.create_person(
        actor=None, first_names="Eila", last_name="Entinen", on=JOINED, email="eila@example.fi"
    )
    membership = lifecycle.start(
        actor=None,
        party=party,
        unit=cast.units["a"],
        type=cast.types["personal"],
        started_on=date(2015, 1, 1),
    )
    lifecycle.end(
        actor=None,
        membership=membership,
        kind="resigned",
        decided_on=date(2021, 1, 1),
        effective_on=date(2021, 1, 1),
    )
    cast.parties["eila"] = party
    assert "eila" in names(cast, "aino", all_of(state="ended"))
    assert "eila" in names(cast, "aino", all_of(on=date(2020, 6, 1)))
    assert "eila" in names(
        cast, "aino", all_of(of("left", **{"from": "1.12.2020", "to": "31.12.2020"}), state="all")
    )
    assert "eila" not in names(cast, "aino", all_of(EMAIL, state="all"))
    assert "eila" not in names(cast, "aino", all_of(EMAIL, on=date(2020, 6, 1)))
    assert "eila" not in names(cast, "aino", all_of(of("contact", "is_not", what="phone"), state="all"))


# --- as of ------------------------------------------------------------------------------------------------------------
def test_as_of_a_day(cast: Cast) -> None:
    maija = cast.parties["maija"]
    membership = maija.memberships.get(unit=cast.units["a"])
    lifecycle.change_type(
        actor=None, membership=membership, type=cast.types["supporting"], effective_on=date(2026, 6, 1)
    )
    assert names(cast, "aino", all_of(FARMER)) == set()
    assert names(cast, "aino", all_of(FARMER, on=date(2026, 5, 31))) == {"maija"}
    assert names(cast, "aino", all_of(FARMER, on=date(2026, 6, 1))) == set()
    assert names(cast, "aino", all_of(on=date(2019, 12, 31))) == set()


def test_ages_by_the_day(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        Person.objects.filter(party=cast.parties["maija"]).update(
            birth_date=date(1998, 11, 23), birth_date_purpose="ikäraja"
        )
    twenties = of("age", **{"from": 28, "to": 28})
    assert names(cast, "aino", all_of(twenties)) == set()
    assert names(cast, "aino", all_of(twenties, on=date(2026, 11, 23))) == {"maija"}
    assert names(cast, "aino", all_of(of("age", to=27))) == {"maija"}


# --- money ------------------------------------------------------------------------------------------------------------
def test_payments_are_asked_of_the_creditors_in_reach(cast: Cast) -> None:
    unit = cast.units["a"]
    make_invoice(creditor=unit, payer=cast.parties["maija"], lines=[(unit, "100.00")], reference="12344")
    assert names(cast, "olavi", all_of(of("payment", what="open"))) == {"maija"}
    assert "maija" not in names(cast, "olavi", all_of(of("payment", what="paid")))
    assert names(cast, "aino", all_of(of("payment", what="open"))) <= {"maija"}


# --- with the list ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("criterion", "query"),
    [
        (FARMER, "type=farmer"),
        (NO_EMAIL, "email=no"),
        (EMAIL, "email=yes"),
        (HELSINKI, "places=091"),
        (of("land", what="any"), "land=any"),
        (of("lacks", what="contact"), "lacks=contact"),
        (of("language", what="sv"), "language=sv"),
        (of("joined", **{"from": "1.1.2020", "to": "31.12.2020"}), "joined=2020"),
    ],
)
def test_segments_and_filters_find_the_same(cast: Cast, criterion: Criterion, query: str) -> None:
    form = filters.MemberFilter(QueryDict(query), choices(cast, "riitta"))
    listed = set(listing.parties(form.narrowing(TODAY)).values_list("pk", flat=True))
    assert names(cast, "riitta", all_of(criterion)) == {n for n, p in cast.parties.items() if p.pk in listed}


def keep(
    cast: Cast, segment: Segment, *, who: str = "riitta", unit: str = "union", shared: bool = True
) -> Kept:
    return keeping.keep(
        actor=cast.users[who], unit=cast.units[unit], name="Ryhmä", shared=shared, segment=segment
    )


def listed(cast: Cast, who: str, query: str, capability: str = "members.view") -> set[str]:
    found = filters.MemberFilter(QueryDict(query), choices(cast, who)).narrowing(TODAY)
    keys = set(listing.parties(found, capability).values_list("pk", flat=True))
    return {name for name, party in cast.parties.items() if party.pk in keys}


def test_a_kept_segment_filters_the_list_in_ones_own_reach(cast: Cast) -> None:
    kept = keep(cast, all_of(FARMER))
    assert listed(cast, "riitta", f"segment={kept.pk}") == {"maija", "lotta"}
    assert listed(cast, "aino", f"segment={kept.pk}") == {"maija"}
    assert listed(cast, "bo", f"segment={kept.pk}", "members.export") <= {"lotta"}


def test_a_segment_that_is_not_understood_finds_nobody(cast: Cast) -> None:
    kept = keep(cast, all_of(FARMER))
    with mutation(actor=None, kind="test"):
        Kept.objects.filter(pk=kept.pk).update(spec={"version": 99})
    assert listed(cast, "riitta", f"segment={kept.pk}") == set()


# --- words ------------------------------------------------------------------------------------------------------------
def test_without_criteria_the_sentence_says_all(cast: Cast) -> None:
    assert wording.sentence(all_of(), choices(cast, "riitta")) == "Kaikki jäsenet."


def test_the_sentence(cast: Cast) -> None:
    told = wording.sentence(all_of(FARMER, NO_EMAIL), choices(cast, "riitta"))
    assert told == "Jäsenet, joiden jäsenlaji on maatalousyrittäjä ja joilla ei ole sähköpostiosoitetta."


def test_unfinished_criteria_ask_nothing(cast: Cast) -> None:
    unfinished = all_of(FARMER, of("age"), Group("any", (of("place", places=["999"]),)))
    assert names(cast, "aino", unfinished) == {"maija"}
    assert wording.sentence(unfinished, choices(cast, "riitta")).count("joiden") == 1


@pytest.mark.parametrize("who", ["aino", "riitta"])
def test_every_registered_criterion_has_words_a_condition_and_a_form(cast: Cast, who: str) -> None:
    given = {
        "types": ["farmer"], "unit": cast.units["a"].pk, "from": "1", "to": "2", "places": ["091"], "kind": "field_ha",
    }  # fmt: skip
    reader = choices(cast, who)
    for kind in criteria.offered(reader):
        values = {}
        for name, one in kind.fields(reader).items():
            values[name] = next((c[0] for c in getattr(one, "choices", []) if c[0]), None) or given[name]
        if kind.key in ("joined", "left"):
            values = {"from": "1.1.2020", "to": "1.1.2021"}
        told = all_of(of(kind.key, **values), of(kind.key, "is_not", **values))
        assert wording.sentence(told, reader).count(" ja ") >= 1
        assert names(cast, who, told) == set(), kind.key


# --- why --------------------------------------------------------------------------------------------------------------
def test_why_a_person_is_in_it(cast: Cast) -> None:
    segment = all_of(FARMER, EMAIL, of("basis", kind="field_ha", **{"from": "50"}))
    told = explain(segment, cast.parties["maija"], choices(cast, "aino"), TODAY)
    assert not told.belongs
    assert [answer.true for answer in told.answers] == [True, True, True, False]
    assert "Koivula: 30" in told.answers[3].fact


def test_why_tells_nothing_hidden(cast: Cast) -> None:
    told = explain(all_of(EMAIL, HELSINKI), cast.parties["siiri"], choices(cast, "aino"), TODAY)
    assert [answer.true for answer in told.answers] == [True, None, None]
    assert not {"siiri@example.fi", "Helsinki"} & {answer.fact for answer in told.answers}


def test_why_of_all_agrees_with_the_segment(cast: Cast) -> None:
    reader = choices(cast, "riitta")
    for segment in (all_of(FARMER, NO_EMAIL), all_of(any_of(FOREST, EMAIL)), all_of(none_of(FARMER))):
        found = names(cast, "riitta", segment)
        for name in ("maija", "lotta", "siiri", "estate"):
            assert explain(segment, Party.objects.get(pk=cast.parties[name].pk), reader, TODAY).belongs == (
                name in found
            )
