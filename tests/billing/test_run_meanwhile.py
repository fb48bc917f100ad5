"""What others do while a run is being calculated or approved: it is seen, never half taken in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import jobs
from billing.models import FeeTable, InvoiceRun
from billing.services import fee_tables, preparing, previewing
from billing.services.approving import StalePreview
from billing.services.preparing import HELPER_JOB
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import Holding, PartyLink
from tests.billing.runs import add_member, approved, decided, flat, items, make_run, previewed, work_off
from tests.cast import TODAY, Cast

D = Decimal


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def table(cast: Cast) -> FeeTable:
    return decided(
        cast.units["a"], flat("jasenmaksu", "45", types=["farmer"]), flat("henkilo", "20", types=["personal"])
    )


@contextmanager
def meanwhile(deed: Callable[[], Any], *, of: Callable[[str], bool], before: bool = False) -> Iterator[None]:
    """Somebody else's act, done once right after (or before) the first statement it is true of."""
    left = [deed]

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        now = bool(left) and of(sql)
        if now and before:
            left.pop()()
        result = execute(sql, params, many, context)
        if now and not before:
            left.pop()()
        return result

    with connection.execute_wrapper(watch):
        yield
    assert not left


def _changed_price(table: FeeTable, amount: str) -> None:
    """The decision is taken back, the fee changed and decided again."""
    draft = fee_tables.reopen(table=table, actor=None)
    rule = draft.rules.get(code="jasenmaksu")
    fee_tables.save_rule(table=draft, rule=rule, values={"amount": D(amount)}, brackets=[], actor=None)
    fee_tables.decide(table=draft, decided_by="x", decided_on=TODAY, section="", actor=None)


def _deed(cast: Cast, table: FeeTable, name: str) -> None:
    maija, siiri = cast.parties["maija"], cast.parties["siiri"]
    deeds = {
        "memberships": lambda: add_member(cast, "Uusi Urho"),
        "links": lambda: PartyLink.objects.create(party=maija, other=siiri, kind="payer"),
        "holdings": lambda: Holding.objects.filter(name="Koivula").update(responsible=siiri),
        "tables": lambda: _changed_price(table, "99"),
    }
    with mutation(actor=None, kind="test"):
        deeds[name]()


@pytest.mark.parametrize("part", ["memberships", "links", "holdings", "tables"])
def test_what_changes_while_payers_are_settled_makes_the_preview_stale(cast, table, part) -> None:
    run = make_run(cast.units["a"])
    settled = lambda sql: "INSERT INTO billing_runmembership" in sql  # noqa: E731
    with meanwhile(lambda: _deed(cast, table, part), of=settled):
        run = previewed(run)
    with pytest.raises(StalePreview) as caught:
        approved(run)
    assert part in caught.value.parts
    work_off(approved(previewed(run)))


def test_a_table_changed_while_the_run_is_approved_is_noticed(cast, table) -> None:
    run = previewed(make_run(cast.units["a"]))
    locked = lambda sql: 'FROM "billing_feetable"' in sql and "FOR UPDATE" in sql  # noqa: E731
    with (
        meanwhile(lambda: _changed_price(table, "99"), of=locked, before=True),
        pytest.raises(StalePreview) as caught,
    ):
        approved(run)
    assert caught.value.parts == ["tables"]
    run.refresh_from_db()
    assert run.state == "preview"


def test_whoever_helped_an_earlier_calculation_does_not_help_the_next_one(cast, table, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "ALONE_UP_TO", 0)
    run = previewed(make_run(cast.units["a"]))
    late = Job.objects.filter(kind=HELPER_JOB).order_by("pk")[0]
    assert items(run)["Metsäpelto Maija"].total == D(45)
    _changed_price(table, "99")
    job, token = preparing.start_preview(run=run, actor=None), uuid4()
    assert running.take(job_id=job.pk, token=token)
    assert running.advance(job_id=job.pk, token=token)
    work_off(late)
    assert previewing.calculated(InvoiceRun.objects.get(pk=run.pk)) == 0
    while running.advance(job_id=job.pk, token=token):
        pass
    assert items(run)["Metsäpelto Maija"].total == D(99)


def test_a_small_run_does_not_keep_others_from_the_statistics(cast, table) -> None:
    with CaptureQueriesContext(connection) as queries:
        previewed(make_run(cast.units["a"]))
    assert [q["sql"] for q in queries if q["sql"].startswith("ANALYZE")] == []
