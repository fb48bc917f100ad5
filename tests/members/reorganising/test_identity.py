"""Carrying out and undoing changes nothing, whatever the associations look like: the whole database before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import FeeBasisValue, Holding, Mandate, Membership, MembershipType, RoleTemplate, Segment
from members.models.memberships import EventKind
from members.services import ending, lifecycle
from members.services.reorganising import drafting, hindering, posts
from tests.billing import runs
from tests.cast import JOINED, TODAY, Cast
from tests.members.merging.helpers import person
from tests.members.reorganising.helpers import (
    carried_out,
    differences,
    draw,
    scope,
    standing,
    undone,
)

pytestmark = pytest.mark.django_db
NEAR = st.integers(-400, 400).map(lambda days: TODAY + timedelta(days=days))
FATES = st.sampled_from(["active", "lapsed", "resigned", "leaving", "applied", "exempt", "late"])


@dataclass(frozen=True)
class Someone:
    """A member of one or two of the units, in some state in each."""

    units: frozenset[str]
    kind: str
    fate: str
    municipality: str
    end: date
    holds: bool


PEOPLE = st.builds(
    Someone,
    units=st.frozensets(st.sampled_from(["a", "a3"]), min_size=1),
    kind=st.sampled_from(["farmer", "personal", "student", "own"]),
    fate=FATES,
    municipality=st.sampled_from(["091", "905"]),
    end=NEAR,
    holds=st.booleans(),
)


def enter(cast: Cast, someone: Someone, number: int) -> None:
    party = person(
        cast,
        "Joku",
        f"Jäsen{number}",
        units={"b": "personal"},
        home_municipality=someone.municipality,
    )
    holding = None
    if someone.holds:
        with mutation(actor=None, kind="test"):
            holding = Holding.objects.create(name=f"Tila {number}", responsible=party)
            for unit in sorted(someone.units):
                FeeBasisValue.objects.create(
                    holding=holding,
                    kind_id="field_ha",
                    unit=cast.units[unit],
                    value=Decimal(number + 1),
                    valid_from=min(someone.end, TODAY),
                )
    for unit in sorted(someone.units):
        kind = MembershipType.objects.filter(unit=cast.units[unit]).first() if someone.kind == "own" else None
        kind = kind or cast.types.get(someone.kind, cast.types["personal"])
        if someone.fate == "applied":
            lifecycle.apply(actor=None, party=party, unit=cast.units[unit], type=kind, on=TODAY)
            continue
        started = TODAY - timedelta(days=1) if someone.fate == "late" else JOINED
        row = lifecycle.start(
            actor=None, party=party, unit=cast.units[unit], type=kind, started_on=started, holding=holding
        )
        if someone.fate == "lapsed":
            lifecycle.record(membership=row, kind=EventKind.LAPSED, effective_on=TODAY, actor=None)
        elif someone.fate == "leaving":
            ending.end_membership(actor=None, membership=row, kind="resigned", noticed_on=TODAY)
        elif someone.fate == "resigned":
            lifecycle.end(actor=None, membership=row, kind="resigned", effective_on=someone.end)
        elif someone.fate == "exempt":
            lifecycle.exempt_from_fee(
                actor=None, membership=row, until=TODAY + timedelta(days=300), reason="x", on=TODAY
            )


def furnish(cast: Cast, post_ends: date | None) -> None:
    with mutation(actor=None, kind="test"):
        MembershipType.objects.create(
            unit=cast.units["a"], federation_code="personal", name_fi="Kyläjäsen", name_sv="Byamedlem"
        )
        Segment.objects.create(unit=cast.units["a"], owner=cast.users["aino"], name="N", shared=True, spec={})
        Mandate.objects.filter(party=cast.parties["aino"]).update(valid_to=post_ends)
        template = RoleTemplate.objects.get(code="chair")
        Mandate.objects.create(
            party=cast.parties["lotta"],
            unit=cast.units["a"],
            template=template,
            valid_from=TODAY + timedelta(days=9),
        )


class _Undo(Exception):
    pass


@settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
@given(
    people=st.lists(PEOPLE, min_size=1, max_size=4),
    shape=st.sampled_from(["merge", "new", "split", "move", "regions"]),
    day=st.integers(-30, 0).map(lambda days: TODAY + timedelta(days=days)),
    post_ends=st.none() | NEAR.filter(lambda day: day > JOINED),
    choices=st.randoms(use_true_random=False),
)
def test_carried_out_and_undone_is_as_before(
    cast: Cast, people: list[Someone], shape: str, day: date, post_ends: date | None, choices: object
) -> None:
    try:
        with transaction.atomic(), clock.frozen(TODAY):
            _there_and_back(cast, people, shape, day, post_ends, choices)
            raise _Undo
    except _Undo:
        pass


def _there_and_back(
    cast: Cast, people: list[Someone], shape: str, day: date, post_ends: date | None, choices: object
) -> None:
    furnish(cast, post_ends)
    runs.decided(cast.units["a"], runs.flat("perus", "40.00"))
    for number, someone in enumerate(people):
        enter(cast, someone, number)
    kinds = {"new": "merge", "regions": "merge"}
    sources = {"new": ["a", "a3"], "regions": ["region1"]}.get(shape, ["a"])
    target = {"merge": "a3", "move": "region2", "regions": "region2"}.get(shape)
    named = {} if target else {"name_fi": "Uusi", "name_sv": "Nya"}
    edit = {"division": "municipality", "municipalities": ["905"]} if shape == "split" else None
    change = draw(cast, kinds.get(shape, shape), sources, target, on=day, edit=edit, **named)
    offered = {mandate.pk: posts.choices(change, mandate) for mandate in posts.of_change(change)}
    picked = {pk: choices.choice(found) for pk, found in offered.items()}  # type: ignore[attr-defined]
    change = drafting.choose_posts(change=change, choices=picked, actor=cast.users["riitta"])
    assume(not hindering.conflicts(change, scope=scope(cast), on=TODAY))
    before = standing()
    folds = _folds()
    change = carried_out(cast, change)
    assert differences(before, standing())
    _states_are_folds()
    undone(cast, change)
    assert differences(before, standing()) == {}
    assert _folds() == folds


def _folds() -> dict[int, tuple[str, date | None, date | None]]:
    rows = Membership.objects.order_by("pk").values_list("pk", "state", "started_on", "ended_on")
    return {pk: (state, start, end) for pk, state, start, end in rows}


def _states_are_folds() -> None:
    for membership in Membership.objects.order_by("pk"):
        found = lifecycle.fold(membership.events.order_by("pk"))
        assert (membership.state, membership.started_on, membership.ended_on) == (
            found.state,
            found.started_on,
            found.ended_on,
        )
