"""Vectors 51 and 52: workers really killed in the middle of numbering, and two people and two workers at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections
from django.db.models import Count

from billing.models import DueRow, Invoice, InvoiceLine, InvoiceRun, LedgerEntry, NumberSeries, RunItem
from billing.services import approving, preparing
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from tests.billing.runs import add_many, approved, decided, flat, make_run, previewed, work_off
from tests.cast import TODAY, Cast

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
PAYERS = 1000

# A worker without Celery that works in small chunks, so that there is always a middle to be killed in.
WORKER = """
import sys, time, uuid
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from billing.services import issuing, previewing
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
running.LEASE_SECONDS = 1
issuing.CHUNK, previewing.RANGE = 20, 50
job_id = uuid.UUID(sys.argv[2])
while Job.objects.get(pk=job_id).is_active:
    running.run(job_id=job_id, seconds=float(sys.argv[3]))
    time.sleep(0.02)
"""


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def workers() -> Iterator[Callable[..., subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start(job: Job, *, seconds: float = 25) -> subprocess.Popen:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        name = connection.settings_dict["NAME"]
        started.append(
            subprocess.Popen([sys.executable, "-c", WORKER, name, str(job.pk), str(seconds)], env=environment)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def run(cast: Cast) -> InvoiceRun:
    decided(cast.units["union"], flat("liitto", "13", once_per="payer"))
    decided(cast.units["a2"], flat("henkilo", "20"), flat("lehti", "7.50"))
    add_many(cast, PAYERS - 1, unit="a2")
    return make_run(cast.units["a2"])


def wait_until(reached: Callable[[], bool], *, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.01)


def kill(worker: subprocess.Popen) -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    time.sleep(0.1)  # the server ends the transaction of a lost connection by itself


def whole(run: InvoiceRun) -> None:
    """1 000 invoices numbered 1…1000 by name, every charge once, every invoice with all that belongs to it."""
    invoices = list(Invoice.objects.filter(run=run).order_by("number"))
    assert [invoice.number for invoice in invoices] == list(range(1, PAYERS + 1))
    names = [(invoice.payer_sort_key, invoice.run_item_id) for invoice in invoices]
    assert names == sorted(names)
    assert len({invoice.payer_id for invoice in invoices}) == PAYERS
    assert NumberSeries.objects.get(creditor=run.creditor).last == PAYERS
    keys = (
        InvoiceLine.objects.exclude(charge_key="").values("charge_key", "beneficiary").annotate(n=Count("pk"))
    )
    assert keys.filter(n__gt=1).count() == 0
    assert InvoiceLine.objects.count() == 3 * PAYERS
    assert DueRow.objects.count() == LedgerEntry.objects.count() == PAYERS
    assert RunItem.objects.filter(run=run, invoice__isnull=True).count() == 0
    run.refresh_from_db()
    assert run.state == "issued"


def test_killed_in_the_middle_of_numbering_it_ends_with_the_same_invoices(run, workers) -> None:
    job = approved(previewed(run))
    for reached in (100, 400, 700):
        worker = workers(job)
        wait_until(lambda: Job.objects.get(pk=job.pk).done >= reached)  # noqa: B023 (used at once)
        kill(worker)
        made = Invoice.objects.filter(run=run).count()
        assert Job.objects.get(pk=job.pk).done == made == NumberSeries.objects.get().last
        assert reached <= made < PAYERS
        assert InvoiceLine.objects.count() == 3 * made
    workers(job).wait(timeout=120)
    assert Job.objects.get(pk=job.pk).state == State.DONE
    whole(run)


def test_killed_in_the_middle_of_calculating_it_ends_with_the_same_preview(run, workers) -> None:
    undisturbed = previewed(run).preview_hash
    job = preparing.start_preview(run=run, actor=None)
    for reached in (50, 500):
        worker = workers(job, seconds=0)
        wait_until(lambda: Job.objects.get(pk=job.pk).done >= reached)  # noqa: B023 (used at once)
        kill(worker)
    workers(job).wait(timeout=120)
    run.refresh_from_db()
    assert (run.state, run.preview_hash) == ("preview", undisturbed)
    assert RunItem.objects.filter(run=run).count() == PAYERS


def test_two_workers_at_once_make_the_same_thousand(run, workers) -> None:
    job = approved(previewed(run))
    for worker in [workers(job, seconds=0) for _ in range(2)]:
        worker.wait(timeout=120)
    whole(run)


def test_two_people_approving_at_once_begin_one_numbering(cast, run) -> None:
    run = previewed(run)
    found: list[approving.Approval] = []
    start = threading.Barrier(2)

    def approve(name: str) -> None:
        start.wait()
        try:
            found.append(
                approving.approve(
                    run=run, preview_hash=run.preview_hash, actor=cast.users[name], at=clock.now()
                )
            )
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve, args=(name,)) for name in ("olavi", "tiina")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(approval.repeated for approval in found) == [False, True]
    assert len({approval.job.pk for approval in found}) == 1
    work_off(found[0].job)
    whole(run)


def test_two_runs_numbering_at_once_leave_no_gap_and_charge_nobody_twice(cast, run, workers) -> None:
    """Both were calculated and approved before either began: whoever is second finds the charges taken."""
    other = make_run(cast.units["a2"])
    one, two = previewed(run), previewed(other)
    both = [approved(one), approved(two)]
    for worker in [workers(job) for job in both]:
        worker.wait(timeout=240)
    jobs = [Job.objects.get(pk=job.pk) for job in both]
    assert [job.state for job in jobs] == [State.DONE, State.DONE]
    assert sum(job.done for job in jobs) == sum(job.failed for job in jobs) == PAYERS
    numbers = Invoice.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, PAYERS + 1))
    assert Invoice.objects.values("payer").distinct().count() == PAYERS
