"""People and workers who do the same thing at the same moment: one of them wins, and nothing is done twice or lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier, Event
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.db.models import Sum

from billing.models import Invoice, InvoiceRun, LedgerEntry, NumberSeries, PaymentFile, PaymentRow, RunItem
from billing.services import approving, crediting, issuing, matching
from billing.services.booking_files import FileKnown, book_file
from billing.services.booking_payments import book_manually
from billing.services.matching import MatchError
from billing.services.reading_payments import read
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.models import BoardMeeting, ContactPoint, Membership, MembershipEvent, Party, PartyLink
from members.models.memberships import EventKind
from members.services import editing, ending, households, registering
from members.services.lifecycle import LifecycleError
from members.services.meetings import Taken, Verdict
from members.services.undoing import UndoError
from tests.bankfiles import Paid, ktl
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.members.board import hold, newcomer, resigned

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
PAID_ON = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Do all at once, each on a connection of its own; what each returned or raised."""
    start = Barrier(len(acts))

    def act(deed: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=20)
            return deed()
        except Exception as fault:
            return fault
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def faults(results: list[Any]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]


@pytest.fixture
def approved(cast: Cast) -> InvoiceRun:
    """Sixty payers of A, approved and waiting for their numbers."""
    runs.decided(cast.units["a"], runs.flat("jasenmaksu", "45"))
    runs.add_many(cast, 60)
    run = runs.previewed(runs.make_run(cast.units["a"]))
    runs.approved(run)
    run.refresh_from_db()
    return run


def issue_all(run: InvoiceRun, size: int = 3) -> int:
    made = 0
    while issued := issuing.issue_chunk(run=run, actor=None, at=clock.now(), size=size).issued:
        made += issued
    return made


# --- numbering --------------------------------------------------------------------------------------------------------
def test_eight_at_once_number_without_a_gap(approved: InvoiceRun) -> None:
    payers = RunItem.objects.filter(run=approved, state="ready").count()
    made = together(*[lambda: issue_all(approved)] * 8)
    assert faults(made) == []
    assert sum(made) == payers > 60
    numbers = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, payers + 1))
    assert Invoice.objects.values("payer").distinct().count() == payers
    assert NumberSeries.objects.get().last == payers


def test_two_runs_of_one_creditor_share_the_series(cast: Cast, approved: InvoiceRun) -> None:
    """Their chunks alternate; each number is used once and none is left out."""
    runs.decided(cast.units["a"], runs.flat("lisamaksu", "5"), year=2027)
    dates = {"invoice_date": date(2026, 12, 1), "due_date": date(2027, 1, 7), "basis_date": TODAY}
    other = runs.previewed(runs.make_run(cast.units["a"], year=2027, **dates))
    runs.approved(other)
    made = together(lambda: issue_all(approved), lambda: issue_all(other), lambda: issue_all(approved))
    assert faults(made) == []
    found = list(Invoice.objects.filter(year=2026).order_by("number").values_list("number", "run_id"))
    assert [number for number, _run in found] == list(range(1, sum(made) + 1))
    assert {run for _number, run in found} == {approved.pk, other.pk}


def test_a_credit_note_takes_its_number_between_invoices(cast: Cast, approved: InvoiceRun) -> None:
    first = issuing.issue_chunk(run=approved, actor=None, at=clock.now(), size=2)
    assert first.issued == 2
    one, two = Invoice.objects.order_by("number")

    def credit(invoice: Invoice) -> Callable[[], Any]:
        return lambda: crediting.credit(
            invoice=invoice, line_ids=None, reason="Virhe", on=date(2026, 2, 20), actor=None
        )

    results = together(lambda: issue_all(approved), credit(one), credit(two), credit(one))
    assert [type(fault) for fault in faults(results)] == [crediting.CreditError]
    numbers = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert Invoice.objects.filter(kind="credit_note").count() == 2


def test_members_entered_at_once_get_different_numbers(cast: Cast) -> None:
    def enter(name: str) -> Callable[[], Party]:
        return lambda: registering.create_person(actor=None, first_names=name, last_name="Uusi", on=TODAY)

    made = together(*[enter(f"Jäsen{place}") for place in range(8)])
    assert faults(made) == []
    numbers = sorted(party.member_number for party in made)
    assert numbers == list(range(numbers[0], numbers[0] + 8))


# --- runs -------------------------------------------------------------------------------------------------------------
def test_the_same_approval_twice_begins_once(cast: Cast) -> None:
    runs.decided(cast.units["a"], runs.flat("jasenmaksu", "45"))
    run = runs.previewed(runs.make_run(cast.units["a"]))

    def approve() -> approving.Approval:
        found = InvoiceRun.objects.get(pk=run.pk)
        return approving.approve(
            run=found, preview_hash=run.preview_hash, actor=cast.users["olavi"], at=clock.now()
        )

    results = together(*[approve] * 4)
    assert faults(results) == []
    assert sorted(done.repeated for done in results) == [False, True, True, True]
    assert len({done.job.pk for done in results}) == 1
    assert Job.objects.filter(kind=approving.ISSUE_JOB).count() == 1


# A worker without Celery: it takes the job as soon as it can, and gives it back after each step.
WORKER = """
import sys, time, uuid
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from billing.services import issuing
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
issuing.issue_chunk.__kwdefaults__["size"] = 4
job_id = uuid.UUID(sys.argv[2])
while Job.objects.get(pk=job_id).is_active:
    running.run(job_id=job_id, seconds=0)
    time.sleep(0.005)
"""


def test_two_workers_on_one_run_make_each_invoice_once(approved: InvoiceRun) -> None:
    payers = RunItem.objects.filter(run=approved, state="ready").count()
    name = str(connection.settings_dict["NAME"])
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", WORKER, name, str(approved.job_id)]
    workers = [subprocess.Popen(command, env=environment) for _ in range(2)]
    try:
        for worker in workers:
            assert worker.wait(timeout=120) == 0
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    approved.refresh_from_db()
    assert approved.state == "issued"
    assert list(Invoice.objects.order_by("number").values_list("number", flat=True)) == list(
        range(1, payers + 1)
    )
    assert Invoice.objects.values("payer").distinct().count() == payers
    charges = LedgerEntry.objects.aggregate(total=Sum("amount"))["total"]
    assert charges == Invoice.objects.aggregate(total=Sum("total"))["total"] == payers * Decimal(45)


# --- money in ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def invoices(approved: InvoiceRun) -> list[Invoice]:
    issue_all(approved, size=100)
    return list(Invoice.objects.select_related("payer").order_by("pk"))


@pytest.fixture
def waiting(cast: Cast, invoices: list[Invoice]) -> PaymentRow:
    """45 € with a reference that is nobody's."""
    data = ktl(cast.units["a"].iban, [Paid("13", Decimal(45), PAID_ON)])
    book_file(unit=cast.units["a"], file_name="v.txt", data=data, read=read(data), actor=None, at=clock.now())
    return PaymentRow.objects.get(state="waiting")


def test_two_treasurers_and_one_payment(waiting: PaymentRow, invoices: list[Invoice]) -> None:
    def assign(invoice: Invoice) -> Callable[[], PaymentRow]:
        return lambda: matching.assign(row=waiting, parts=[(invoice, waiting.amount)], actor=None)

    results = together(assign(invoices[0]), assign(invoices[1]), assign(invoices[2]))
    assert [str(fault) for fault in faults(results)] == ["state", "state"]
    assert Invoice.objects.filter(open_amount=0).count() == 1
    assert LedgerEntry.objects.filter(payment_row=waiting).aggregate(total=Sum("amount"))["total"] == Decimal(
        -45
    )


def test_a_decision_taken_back_by_two_at_once_is_taken_back_once(
    waiting: PaymentRow, invoices: list[Invoice]
) -> None:
    matching.assign(row=waiting, parts=[(invoices[0], waiting.amount)], actor=None)
    results = together(*[lambda: matching.undo(row=waiting, actor=None)] * 3)
    assert [type(fault) for fault in faults(results)] == [MatchError, MatchError]
    invoices[0].refresh_from_db()
    assert invoices[0].open_amount == Decimal(45)
    assert LedgerEntry.objects.filter(payment_row=waiting).count() == 1
    assert LedgerEntry.objects.filter(reverses__payment_row=waiting).count() == 1


def test_one_file_sent_by_two_is_booked_once(cast: Cast, invoices: list[Invoice]) -> None:
    data = ktl(cast.units["a"].iban, [Paid(i.reference, i.total, PAID_ON) for i in invoices[:10]])

    def book() -> PaymentFile:
        return book_file(
            unit=cast.units["a"], file_name="v.txt", data=data, read=read(data), actor=None, at=clock.now()
        )

    results = together(*[book] * 3)
    assert [(type(fault), str(fault)) for fault in faults(results)] == [(FileKnown, "known")] * 2
    assert Invoice.objects.filter(open_amount=0).count() == 10
    assert Invoice.objects.filter(open_amount__lt=0).count() == 0


def test_one_payment_typed_twice_is_booked_once(cast: Cast, invoices: list[Invoice]) -> None:
    given = {
        "unit": cast.units["a"],
        "key": str(uuid4()),
        "amount": Decimal(20),
        "paid_on": PAID_ON,
        "reference": invoices[0].reference,
        "payer_name": "Käteinen",
        "message": "",
        "actor": None,
    }
    results = together(*[lambda: book_manually(**given)] * 4)  # type: ignore[arg-type]
    assert faults(results) == []
    assert len({row.pk for row in results}) == 1
    invoices[0].refresh_from_db()
    assert invoices[0].open_amount == Decimal(25)


def test_a_file_and_a_person_pay_the_same_invoices_in_opposite_order(
    cast: Cast, waiting: PaymentRow, invoices: list[Invoice]
) -> None:
    """The one waits for the other; neither is thrown out by the database. A third holds the first invoice meanwhile."""
    first, second = invoices[:2]
    parts = [(first, Decimal(20)), (second, Decimal(25))]
    rows = [Paid(second.reference, Decimal(10), PAID_ON), Paid(first.reference, Decimal(10), PAID_ON)]
    data = ktl(cast.units["a"].iban, rows, first_id=50)
    held, let_go = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            Invoice.objects.select_for_update().get(pk=first.pk)
            held.set()
            let_go.wait(timeout=20)

    def person() -> PaymentRow:
        held.wait(timeout=20)
        return matching.assign(row=waiting, parts=parts, actor=None)

    def bank() -> PaymentFile:
        held.wait(timeout=20)
        return book_file(
            unit=cast.units["a"], file_name="w.txt", data=data, read=read(data), actor=None, at=clock.now()
        )

    def release() -> None:
        held.wait(timeout=20)
        time.sleep(1)
        let_go.set()

    assert faults(together(hold, person, bank, release)) == []
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.open_amount, second.open_amount) == (Decimal(15), Decimal(10))


# --- members ----------------------------------------------------------------------------------------------------------
def test_two_people_edit_one_member(cast: Cast) -> None:
    """Whoever saves second is told what the other changed; nothing is overwritten unseen."""
    maija = cast.parties["maija"]
    seen = {name: editing.as_seen(value) for name, value in editing.snapshot(maija).items()}

    def edit(phone: str) -> Callable[[], Party]:
        return lambda: editing.edit_party(
            actor=cast.users["aino"],
            party=maija,
            values={"phone": phone},
            expected={"phone": seen["phone"]},
            on=TODAY,
        )

    results = together(edit("040 111 1111"), edit("040 222 2222"))
    (stale,) = faults(results)
    assert isinstance(stale, editing.StaleEdit)
    assert [conflict.field for conflict in stale.conflicts] == ["phone"]
    current = ContactPoint.objects.get(party=maija, kind="phone", valid_to=None)
    assert current.value == stale.conflicts[0].now


@pytest.mark.parametrize("kind", ["spouse", "payer"])
def test_two_who_link_one_member_at_once_leave_one_link(cast: Cast, kind: str) -> None:
    maija = cast.parties["maija"]

    def link(name: str) -> Callable[[], Any]:
        return lambda: households.add_link(
            actor=cast.users["aino"], party=maija, other=cast.parties[name], kind=kind, on=TODAY, by_hand=True
        )

    results = together(link("lotta"), link("siiri"))
    codes = [getattr(fault, "code", fault) for fault in faults(results)]
    assert codes == (["has_spouse"] if kind == "spouse" else [])
    assert PartyLink.objects.filter(party=maija, kind=kind, valid_to__isnull=True).count() == 1


def test_a_membership_is_ended_once(cast: Cast) -> None:
    membership = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"])

    def end() -> Any:
        return ending.end_membership(
            actor=cast.users["aino"], membership=membership, kind=EventKind.RESIGNED, noticed_on=TODAY
        )

    results = together(end, end, end)
    assert [type(fault) for fault in faults(results)] == [LifecycleError, LifecycleError]
    assert membership.events.filter(kind="resigned").count() == 1


# --- the board ------------------------------------------------------------------------------------------------------
def test_of_two_meetings_at_once_one_decides_and_the_other_is_told(cast: Cast) -> None:
    rows = [newcomer(cast, name) for name in ("Hilla", "Heikki")]
    admit, reject = (
        [Verdict("application", row.pk, outcome, "Ei täytä ehtoja") for row in rows]
        for outcome in ("admitted", "rejected")
    )
    results = together(lambda: hold(cast, *admit), lambda: hold(cast, *reject))
    (lost,) = faults(results)
    assert isinstance(lost, Taken)
    assert set(lost.keys) == {f"application-{row.pk}" for row in rows}
    states = set(Membership.objects.filter(pk__in=[r.pk for r in rows]).values_list("state", flat=True))
    assert len(states) == 1, "one meeting decided both"
    assert BoardMeeting.objects.count() == 1
    assert MembershipEvent.objects.filter(kind__in=["admitted", "rejected"], membership__in=rows).count() == 2


def test_a_notice_is_either_noted_or_taken_back(cast: Cast) -> None:
    notice = resigned(cast)
    results = together(
        lambda: hold(cast, Verdict("resignation", notice.pk, "noted")),
        lambda: ending.withdraw_resignation(actor=None, resignation=notice, on=TODAY),
    )
    (lost,) = faults(results)
    assert isinstance(lost, Taken | UndoError)
    notice.refresh_from_db()
    assert (notice.noted_on is None) != (notice.withdrawn_on is None)
    assert (notice.membership.state == "ended") == (notice.noted_on is not None)
