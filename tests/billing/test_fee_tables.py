"""Fee tables as services: versions, deciding, locking, and what a locked table refuses."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import Error

from billing.brackets import Bracket, Flaw, flaws, interval_text
from billing.models import FeeBracket, FeeRule, FeeTable
from billing.models.fees import FeeTableState
from billing.services import fee_tables
from billing.services.fee_tables import FeeTableError
from billing.tariffs import tariffs
from jasenpalvelu.audit.services import mutation
from tests.billing import runs
from tests.billing.runs import bracket, decided, flat
from tests.cast import Cast

D = Decimal


def test_a_gap_and_an_overlap_are_found_where_they_begin() -> None:
    rows = [Bracket(D(20), D(50), D(90)), Bracket(D(0), D(10), D(40)), Bracket(D(40), None, D(1))]
    assert [(found.index, found.flaw, found.at) for found in flaws(rows)] == [
        (0, Flaw.GAP, D(10)),
        (2, Flaw.OVERLAP, D(50)),
    ]


def test_nothing_may_follow_an_open_class_and_a_class_is_never_empty() -> None:
    rows = [Bracket(D(0), None, D(1)), Bracket(D(10), D(10), D(2))]
    assert [found.flaw for found in flaws(rows)] == [Flaw.EMPTY, Flaw.AFTER_OPEN]


def test_classes_that_follow_each_other_are_well() -> None:
    assert (
        flaws([Bracket(D(10), D(20), D(62)), Bracket(D(0), D(10), D(42)), Bracket(D(20), None, D(92))]) == []
    )


def test_a_half_open_class_is_shown_with_its_last_hundredth() -> None:
    assert interval_text(D(10), D(20), "ha") == "10,00–19,99\N{NO-BREAK SPACE}ha"
    assert interval_text(D("200.00"), None, "ha") == "vähintään 200\N{NO-BREAK SPACE}ha"
    assert interval_text(D("0.5"), None, "ha", "sv") == "minst 0,50\N{NO-BREAK SPACE}ha"


def test_versions_run_within_unit_and_year_and_one_draft_is_open_at_a_time(cast: Cast) -> None:
    first = decided(cast.units["a"], flat("perus", "25"))
    second = fee_tables.copy(source=first, unit=cast.units["a"], year=2026, actor=None)
    assert (first.version, second.version, second.state) == (1, 2, FeeTableState.DRAFT)
    assert [rule.code for rule in second.rules.all()] == ["perus"]
    with pytest.raises(FeeTableError, match="draft_exists"):
        fee_tables.create(unit=cast.units["a"], year=2026, actor=None)
    assert fee_tables.create(unit=cast.units["b"], year=2026, actor=None).version == 1


def test_the_version_decided_last_is_in_force_and_a_draft_never_is(cast: Cast) -> None:
    first = decided(cast.units["a"], flat("perus", "25"))
    second = fee_tables.copy(source=first, unit=cast.units["a"], year=2026, actor=None)
    assert list(FeeTable.objects.in_force(2026)) == [first]
    fee_tables.decide(table=second, decided_by="x", decided_on=date(2026, 1, 2), section="", actor=None)
    assert list(FeeTable.objects.in_force(2026)) == [second]


def test_an_unfinished_component_cannot_be_decided(cast: Cast) -> None:
    table = fee_tables.create(
        unit=cast.units["a"], year=2026, actor=None, rules=[bracket("ala", ["field_ha"], [])]
    )
    with pytest.raises(FeeTableError, match="incomplete"):
        fee_tables.decide(table=table, decided_by="x", decided_on=runs.DECIDED, section="", actor=None)
    empty = fee_tables.create(unit=cast.units["b"], year=2026, actor=None)
    with pytest.raises(FeeTableError, match="no_rules"):
        fee_tables.decide(table=empty, decided_by="x", decided_on=runs.DECIDED, section="", actor=None)


def test_a_decided_table_is_changed_only_after_taking_the_decision_back(cast: Cast) -> None:
    table = decided(cast.units["a"], flat("perus", "25"))
    rule = table.rules.get()
    with pytest.raises(FeeTableError, match="not_draft"):
        fee_tables.delete_rule(rule=rule, actor=None)
    fee_tables.reopen(table=table, actor=None)
    fee_tables.save_rule(
        table=table, rule=rule, values={"amount": D(30), "name_fi": "Perus"}, brackets=[], actor=None
    )
    rule.refresh_from_db()
    assert (rule.amount, rule.code) == (D(30), "perus")


def test_order_is_changed_one_place_at_a_time(cast: Cast) -> None:
    table = fee_tables.create(
        unit=cast.units["a"], year=2026, actor=None, rules=[flat("a", "1"), flat("b", "2"), flat("c", "3")]
    )
    fee_tables.move_rule(rule=table.rules.get(code="c"), step=-1, actor=None)
    fee_tables.move_rule(rule=table.rules.get(code="a"), step=-1, actor=None)
    assert list(table.rules.order_by("position").values_list("code", flat=True)) == ["a", "c", "b"]


def test_codes_are_made_of_names_and_never_twice(cast: Cast) -> None:
    table = fee_tables.create(unit=cast.units["a"], year=2026, actor=None)
    values = {"name_fi": "Jäsenmaksu", "kind": "flat", "amount": D(1)}
    codes = [
        fee_tables.save_rule(table=table, rule=None, values=values, brackets=[], actor=None).code
        for _ in range(2)
    ]
    assert codes == ["jasenmaksu", "jasenmaksu_2"]


@pytest.fixture
def locked(cast: Cast) -> FeeTable:
    table = decided(cast.units["a"], bracket("ala", ["field_ha"], [("0", "10", "42"), ("10", None, "62")]))
    fee_tables.lock(table_ids=[table.pk], actor=None)
    table.refresh_from_db()
    return table


def test_a_locked_table_is_refused_by_every_service(locked: FeeTable) -> None:
    rule = locked.rules.get()
    for act in (
        lambda: fee_tables.reopen(table=locked, actor=None),
        lambda: fee_tables.delete_rule(rule=rule, actor=None),
        lambda: fee_tables.save_rule(
            table=locked, rule=rule, values={"name_fi": "x"}, brackets=[], actor=None
        ),
        lambda: fee_tables.save_limits(table=locked, cap=D(1), instalment_threshold=None, actor=None),
        lambda: fee_tables.delete_draft(table=locked, actor=None),
    ):
        with pytest.raises(FeeTableError, match="locked"):
            act()


def test_a_locked_table_is_refused_by_the_database(locked: FeeTable) -> None:
    rule, row = locked.rules.get(), FeeBracket.objects.filter(rule__table=locked).first()
    assert row is not None
    deeds = [
        lambda: FeeTable.objects.filter(pk=locked.pk).update(cap=D(1)),
        lambda: FeeTable.objects.filter(pk=locked.pk).delete(),
        lambda: FeeRule.objects.filter(pk=rule.pk).update(amount=D(1)),
        lambda: FeeRule.objects.filter(pk=rule.pk).delete(),
        lambda: FeeRule.objects.create(table=locked, code="uusi", name_fi="x", kind="flat"),
        lambda: FeeBracket.objects.filter(pk=row.pk).update(amount=D(1)),
        lambda: FeeBracket.objects.create(rule=rule, lower=D(900), amount=D(1)),
        lambda: connection.cursor().execute(
            "UPDATE billing_feebracket SET amount = 1 WHERE id = %s", [row.pk]
        ),
    ]
    for deed in deeds:
        refused = pytest.raises(Error, match=r"locked|final")
        with refused, transaction.atomic(), mutation(actor=None, kind="test"):
            deed()


def test_a_draft_cannot_be_locked(cast: Cast) -> None:
    table = fee_tables.create(unit=cast.units["a"], year=2026, actor=None, rules=[flat("a", "1")])
    with pytest.raises(FeeTableError, match="not_decided"):
        fee_tables.lock(table_ids=[table.pk], actor=None)


def test_every_ready_template_becomes_a_table_that_can_be_decided(cast: Cast) -> None:
    for year, tariff in enumerate(tariffs().values(), start=2030):
        drafts = fee_tables.drafts_of(tariff, union_id=cast.units["union"].pk)
        table = fee_tables.create(unit=cast.units["a"], year=year, actor=None, rules=drafts)
        fee_tables.decide(table=table, decided_by="x", decided_on=runs.DECIDED, section="", actor=None)
        assert table.rules.count() == len(tariff.rules)
        for rule in table.rules.filter(code__in=tariff.for_union):
            assert rule.beneficiary_id == cast.units["union"].pk
