"""What a change of units means for fees: what stops it, what is drafted, the estimate, and that nothing is charged twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from billing.models import FeeRule, FeeTable, Invoice
from billing.services import fee_tables, preparing, rounds
from jasenpalvelu.common import clock
from members import change_reading
from members.models import Membership, OrgChange, OrgUnit
from members.models.memberships import State
from members.scope import Scope
from members.services import units
from members.services.reorganising import hindering, undoing
from tests.billing import checks, runs
from tests.cast import TODAY, Cast
from tests.members.reorganising.helpers import (
    carried_out,
    differences,
    made,
    merge,
    move,
    split,
    standing,
    undone,
)

pytestmark = pytest.mark.django_db
IBAN = "FI4250001510000023"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def scope(cast: Cast) -> Scope:
    return Scope.for_user(cast.users["riitta"], on=TODAY)


def with_account(unit: OrgUnit) -> OrgUnit:
    return units.update_unit(unit=OrgUnit.objects.get(pk=unit.pk), values={"iban": IBAN}, actor=None)


# Sums that do not change stand in one row, so that the rows make up the whole.
OTHERS = "Muut, ennallaan"


def preview(cast: Cast, change: OrgChange) -> change_reading.Preview:
    return change_reading.preview(change, reader=scope(cast), on=TODAY)


def fees(cast: Cast, change: OrgChange) -> dict[str, tuple[int, int]]:
    rows = preview(cast, change).fees
    return {row.name: (int(row.before), int(row.after)) for row in rows}


def test_an_unfinished_run_stops_it_and_a_given_up_one_does_not(cast: Cast) -> None:
    runs.decided(cast.units["a"], runs.flat("perus", "40.00"))
    run = runs.make_run(cast.units["a"], cast.units["a"])
    change = merge(cast, ["a"], "a3")
    (found,) = hindering.conflicts(change, scope=scope(cast), on=TODAY)
    assert run.title in found.text
    assert hindering.conflicts(move(cast, "a", "region2", relation="fee"), scope=scope(cast), on=TODAY)
    assert not hindering.conflicts(move(cast, "a", "region2"), scope=scope(cast), on=TODAY)
    preparing.cancel_run(run=run, actor=None)
    assert not hindering.conflicts(change, scope=scope(cast), on=TODAY)


def test_a_check_of_data_that_goes_on_stops_it_until_it_is_closed(cast: Cast) -> None:
    round = checks.begun(cast)
    change = merge(cast, ["a"], "a3")
    (found,) = hindering.conflicts(change, scope=scope(cast), on=TODAY)
    assert round.title in found.text
    assert not hindering.conflicts(move(cast, "a", "region2"), scope=scope(cast), on=TODAY)
    rounds.close(actor=cast.users["aino"], round=round, at=clock.now())
    assert not hindering.conflicts(change, scope=scope(cast), on=TODAY)


def test_invoices_stay_and_the_year_is_not_charged_again(cast: Cast) -> None:
    for unit in ("a", "a3"):
        runs.decided(cast.units[unit], runs.flat("perus", "40.00"))
    runs.issued(runs.make_run(cast.units["a"], cast.units["a"]))
    issued = set(Invoice.objects.values_list("pk", "creditor__slug", "open_amount"))
    shown = preview(cast, merge(cast, ["a"], "a3"))
    assert [(row.invoices, row.amount) for _name, row in shown.owed] == [(2, Decimal("80.00"))]
    carried_out(cast, merge(cast, ["a"], "a3"))
    assert set(Invoice.objects.values_list("pk", "creditor__slug", "open_amount")) == issued
    new = Membership.objects.filter(unit=cast.units["a3"], state=State.ACTIVE)
    free = {row.party.display_name: row.fee_exempt_until for row in new}
    estate = cast.parties["estate"].display_name  # it has no address: nothing has been charged
    assert {name: until for name, until in free.items() if until} == dict.fromkeys(
        free.keys() - {estate}, date(2026, 12, 31)
    )
    run = runs.previewed(runs.make_run(with_account(cast.units["a3"]), cast.units["a3"], basis_date=TODAY))
    assert {name for name, item in runs.items(run).items() if item.total} == {estate}


def test_who_has_been_invoiced_in_the_new_membership_keeps_it(cast: Cast) -> None:
    runs.decided(cast.units["a3"], runs.flat("perus", "40.00"))
    change = carried_out(cast, merge(cast, ["a"], "a3"))
    with clock.frozen(date(2100, 1, 1)):  # later than any clock of the database
        runs.issued(runs.make_run(with_account(cast.units["a3"]), cast.units["a3"], basis_date=TODAY))
    assert ("invoiced", 2) in [(found.code, found.n) for found in undoing.hindrances(change)]


def test_a_new_unit_gets_a_draft_and_gives_it_back(cast: Cast) -> None:
    union = cast.units["union"]
    share = runs.flat("liitto", "12.00")
    runs.decided(
        cast.units["a"],
        runs.flat("perus", "40.00"),
        fee_tables.RuleDraft({**share.values, "beneficiary_id": union.pk}),
    )
    before = standing()
    change = carried_out(cast, merge(cast, ["a", "a3"], edit={"like": cast.units["a"]}))
    table = FeeTable.objects.get(unit=made(change))
    assert (table.state, table.year) == ("draft", 2026)
    rules = dict(table.rules.values_list("code", "beneficiary"))
    assert rules == {"perus": None, "liitto": union.pk}
    undone(cast, change)
    assert differences(before, standing()) == {}


def test_a_draft_somebody_has_worked_on_keeps_the_change(cast: Cast) -> None:
    runs.decided(cast.units["a"], runs.flat("perus", "40.00"))
    change = carried_out(cast, merge(cast, ["a", "a3"], edit={"like": cast.units["a"]}))
    table = FeeTable.objects.get(unit=made(change))
    fee_tables.decide(table=table, decided_by="Kokous", decided_on=TODAY, section="", actor=None)
    assert ("changed", "billing_feetable") in [(h.code, h.table) for h in undoing.hindrances(change)]


def test_drafts_of_others_follow_and_decided_ones_are_told_of(cast: Cast) -> None:
    region1, region2 = cast.units["region1"], cast.units["region2"]
    share = runs.flat("liitto", "12.00")
    to_region = fee_tables.RuleDraft({**share.values, "beneficiary_id": region1.pk})
    decided = runs.decided(cast.units["a"], to_region)
    draft = fee_tables.create(unit=cast.units["a2"], year=2026, actor=None, rules=[to_region])
    change = merge(cast, ["region1"], "region2")
    assert [r.text for r in preview(cast, change).remarks if str(decided) in r.text]
    change = carried_out(cast, change)
    assert FeeRule.objects.get(table=draft).beneficiary == region2
    assert FeeRule.objects.get(table=decided).beneficiary == region1
    undone(cast, change)
    assert FeeRule.objects.get(table=draft).beneficiary == region1


def test_the_fees_of_a_year_before_and_after(cast: Cast) -> None:
    runs.decided(cast.units["a"], runs.flat("perus", "40.00"))
    runs.decided(cast.units["a3"], runs.flat("perus", "55.00"))
    runs.decided(cast.units["region1"], runs.flat("alue", "10.00"))
    a, a3, region = (cast.units[name].name for name in ("a", "a3", "region1"))
    assert fees(cast, merge(cast, ["a"], "a3")) == {
        a: (120, 0),
        a3: (0, 165),
        OTHERS: (30, 30),
        "": (150, 195),
    }
    away = fees(cast, move(cast, "a", "region2", relation="fee"))
    assert away[region] == (30, 0)
    assert away[""] == (150, 120)
    parted = split(cast, "a", division="picked", picked=[cast.parties["maija"].pk])
    assert fees(cast, parted) == {
        a: (120, 80),
        "Lohkottu yhdistys": (0, 40),
        OTHERS: (30, 30),
        "": (150, 150),
    }
    alone = merge(cast, ["a", "a3"], edit={"copy_fees": False})
    assert fees(cast, alone)[""] == (150, 0)


def test_without_tables_there_is_nothing_to_compare(cast: Cast) -> None:
    assert preview(cast, merge(cast, ["a"], "a3")).estimate is None
