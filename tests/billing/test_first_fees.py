"""Who is admitted after the year's run is billed by a run of their own, which waits for the treasurer (REG-5, BIL-3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import InvoiceRun
from billing.services import previewing
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import Membership, OrgUnit
from members.services import adding, joining, meetings
from members.services.meetings import Verdict
from members.services.undoing import UndoError
from tests.billing.runs import approved, decided, flat, issued, items, make_run, previewed, work_off
from tests.cast import TODAY, Cast
from tests.members.board import hold, newcomer
from tests.members.helpers import set_rules

D = Decimal


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def billed(cast: Cast) -> InvoiceRun:
    """The association's fees of the year have been invoiced, with a rule for those who join late in the year."""
    decided(
        cast.units["a"],
        flat("jasenmaksu", "45.00", proration="half_year"),
    )
    return issued(make_run(cast.units["a"], message_fi="Kiitos jäsenyydestä."))


def worked() -> list[Job]:
    """Everything the admissions left to do, done."""
    for kind in ("billing.first_fees", "billing.preview"):
        for job in Job.objects.active().filter(kind=kind).order_by("pk"):
            work_off(job)
    return list(Job.objects.filter(kind="billing.first_fees"))


def admitted(cast: Cast, name: str = "Hilla", **values: date) -> Membership:
    waiting = newcomer(cast, name)
    hold(cast, Verdict("application", waiting.pk, "admitted"), **values)
    return waiting


def newcomers_runs() -> list[InvoiceRun]:
    return list(InvoiceRun.objects.filter(newcomers=True).order_by("pk"))


def test_the_admitted_wait_for_the_treasurer_as_a_run(cast: Cast, billed: InvoiceRun) -> None:
    admitted(cast)
    worked()
    [run] = newcomers_runs()
    assert (run.state, run.creditor, run.units, run.year) == ("preview", cast.units["a"], billed.units, 2026)
    assert (run.invoice_date, run.basis_date, run.message_fi) == (TODAY, TODAY, "Kiitos jäsenyydestä.")
    assert run.due_date > TODAY + timedelta(days=14)
    ready = {name: item.total for name, item in items(run).items() if item.state == "ready"}
    assert ready == {"Hakija Hilla": D("22.50")}
    assert run.created_by is None


def test_two_meetings_make_one_run(cast: Cast, billed: InvoiceRun) -> None:
    admitted(cast, "Hilla")
    worked()
    admitted(cast, "Tuomi")
    worked()
    [run] = newcomers_runs()
    assert {name for name, item in items(run).items() if item.state == "ready"} == {
        "Hakija Hilla",
        "Hakija Tuomi",
    }


def test_after_the_approval_the_next_have_a_run_of_their_own(cast: Cast, billed: InvoiceRun) -> None:
    admitted(cast, "Hilla")
    worked()
    [first] = newcomers_runs()
    work_off(approved(first))
    admitted(cast, "Tuomi")
    worked()
    _first, second = newcomers_runs()
    assert {name for name, item in items(second).items() if item.state == "ready"} == {"Hakija Tuomi"}


def test_before_the_run_of_the_year_nothing_is_made(cast: Cast) -> None:
    decided(cast.units["a"], flat("jasenmaksu", "45.00"))
    admitted(cast)
    assert worked() == []
    assert newcomers_runs() == []
    run = previewed(
        make_run(cast.units["a"], basis_date=TODAY, invoice_date=TODAY, due_date=date(2026, 12, 28))
    )
    assert "Hakija Hilla" in items(run)


def test_the_next_year_is_billed_by_its_own_run(cast: Cast, billed: InvoiceRun) -> None:
    admitted(cast, members_from=date(2027, 1, 1))
    assert worked() == []
    assert newcomers_runs() == []


def test_undoing_the_meeting_takes_them_out_of_the_run(cast: Cast, billed: InvoiceRun) -> None:
    waiting = newcomer(cast, "Hilla")
    meeting = hold(cast, Verdict("application", waiting.pk, "admitted"))
    admitted(cast, "Tuomi")
    worked()
    meetings.undo(actor=cast.users["aino"], meeting=meeting, on=TODAY)
    worked()
    [run] = newcomers_runs()
    assert {name for name, item in items(run).items() if item.state == "ready"} == {"Hakija Tuomi"}


def test_what_has_been_invoiced_is_not_undone(cast: Cast, billed: InvoiceRun) -> None:
    waiting = newcomer(cast, "Hilla")
    meeting = hold(cast, Verdict("application", waiting.pk, "admitted"))
    worked()
    [run] = newcomers_runs()
    with clock.frozen(TODAY + timedelta(days=1)):
        work_off(approved(run))
    with pytest.raises(UndoError, match="invoiced"):
        meetings.undo(actor=cast.users["aino"], meeting=meeting, on=TODAY)


def test_admitted_from_the_list_and_taken_back(cast: Cast, billed: InvoiceRun) -> None:
    waiting = newcomer(cast)
    act = joining.decide(
        actor=cast.users["aino"],
        memberships=[waiting],
        admitted=True,
        decided_on=TODAY,
        effective_on=TODAY,
    )
    worked()
    [run] = newcomers_runs()
    assert "Hakija Hilla" in items(run)
    waiting.refresh_from_db()
    joining.undo_decision(actor=cast.users["aino"], mutation_id=act.pk, memberships=[waiting], on=TODAY)
    worked()
    run.refresh_from_db()
    assert run.state == "preview"
    assert not any(item.state == "ready" for item in items(run).values())


def test_a_rejection_bills_nobody(cast: Cast, billed: InvoiceRun) -> None:
    waiting = newcomer(cast)
    hold(cast, Verdict("application", waiting.pk, "rejected", "Ei täytä ehtoja."))
    assert worked() == []


def test_a_creditor_without_an_account_stops_no_meeting(cast: Cast, billed: InvoiceRun) -> None:
    with mutation(actor=None, kind="test.account"):
        OrgUnit.objects.filter(pk=cast.units["a"].pk).update(iban="")
    waiting = admitted(cast)
    job = Job.objects.active().get(kind="billing.first_fees")
    running.run(job_id=job.pk, seconds=60)
    job.refresh_from_db()
    waiting.refresh_from_db()
    assert (waiting.state, job.state) == ("active", "failed"), "the treasurer sees why on the job's page"
    assert newcomers_runs() == []


def test_who_was_left_out_by_hand_is_not_brought_back(cast: Cast) -> None:
    """Only those who became members since; whoever was dealt with by the year's run has been dealt with."""
    decided(cast.units["a"], flat("jasenmaksu", "45.00"))
    run = previewed(make_run(cast.units["a"]))
    left_out = next(item for item in items(run).values() if item.state == "ready")
    previewing.exclude(run=run, payer=left_out.payer, reason="Sovittu", actor=cast.users["olavi"])
    work_off(approved(previewed(run)))
    admitted(cast)
    worked()
    [of_newcomers] = newcomers_runs()
    assert set(items(of_newcomers)) == {"Hakija Hilla"}


def test_who_is_admitted_while_the_run_waits_is_billed_after_it(cast: Cast) -> None:
    decided(cast.units["a"], flat("jasenmaksu", "45.00"))
    run = previewed(make_run(cast.units["a"]))
    admitted(cast)
    assert worked() == [], "the year's run has not been issued"
    work_off(approved(run))
    worked()
    [of_newcomers] = newcomers_runs()
    assert {name for name, item in items(of_newcomers).items() if item.state == "ready"} == {"Hakija Hilla"}


def test_a_run_without_newcomers_makes_no_other(cast: Cast, billed: InvoiceRun) -> None:
    assert worked() == []


def test_who_is_entered_by_hand_is_billed_too(cast: Cast, billed: InvoiceRun) -> None:
    adding.add_member(
        actor=cast.users["aino"],
        token=uuid4(),
        kind="person",
        values={"first_names": "Kirsi", "last_name": "Kirjattu"},
        entry=adding.Entry(unit=cast.units["a"], type=cast.types["supporting"], day=TODAY),
        on=TODAY,
    )
    worked()
    [run] = newcomers_runs()
    assert "Kirjattu Kirsi" in items(run)


def test_who_is_admitted_by_the_rule_is_billed_too(client: Client, cast: Cast, billed: InvoiceRun) -> None:
    set_rules(cast, "a", admission="automatic")
    request, _new = joining.submit(
        token=uuid4(),
        unit=cast.units["a"],
        type=cast.types["supporting"],
        language="fi",
        data={"first_names": "Reeta", "last_name": "Rivakka", "email": "reeta@example.fi"},
        now=clock.now(),
    )
    joining.confirm(request_id=request.pk, on=TODAY, now=clock.now())
    worked()
    [run] = newcomers_runs()
    assert "Rivakka Reeta" in items(run)


def test_the_page_of_the_meeting_tells_where_they_are(client: Client, cast: Cast, billed: InvoiceRun) -> None:
    waiting = newcomer(cast, "Hilla")
    meeting = hold(cast, Verdict("application", waiting.pk, "admitted"))
    worked()
    [run] = newcomers_runs()
    here, there = reverse("office:meeting_held", args=[meeting.pk]), reverse("office:run", args=[run.pk])
    page = cast.sign_in(client, "aino").get(here).content.decode()
    assert "odottavat taloudenhoitajaa" in page
    assert (there in page) == (client.get(there).status_code == 200)
    assert "uudet jäsenet" in cast.sign_in(client, "olavi").get(reverse("office:runs")).content.decode()
