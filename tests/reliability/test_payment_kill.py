"""A worker killed in the middle of a bank's file: the next one goes on, and every payment is booked exactly once."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Count

from billing.models import Allocation, Invoice, LedgerEntry, PaymentFile, PaymentRow
from billing.services.booking_files import receive
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from tests.bankfiles import Paid, ktl
from tests.billing.runs import add_many, decided, flat, issued, make_run
from tests.cast import TODAY, Cast
from tests.reliability.test_run_kill import kill, wait_until

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
INVOICES = 150

WORKER = """
import sys, time, uuid
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MEDIA_ROOT = sys.argv[3]
django.setup()
from billing.services import booking_files
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
running.LEASE_SECONDS = 1
original = booking_files.match_next
booking_files.match_next = lambda **given: original(**given | {"size": 5})
job_id = uuid.UUID(sys.argv[2])
while Job.objects.get(pk=job_id).is_active:
    running.run(job_id=job_id, seconds=25)
    time.sleep(0.02)
"""


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def worker(settings) -> Iterator[Callable[[Job], subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start(job: Job) -> subprocess.Popen:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        arguments = [connection.settings_dict["NAME"], str(job.pk), str(settings.MEDIA_ROOT)]
        started.append(subprocess.Popen([sys.executable, "-c", WORKER, *arguments], env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def file(cast: Cast) -> PaymentFile:
    """Each invoice paid in two parts; nothing a single statement could book."""
    unit = cast.units["a2"]
    decided(unit, flat("henkilo", "20"))
    with mutation(actor=None, kind="test"):
        add_many(cast, INVOICES - 1, unit="a2")
    run = issued(make_run(unit))
    invoices = list(Invoice.objects.filter(run=run).order_by("pk"))
    assert len(invoices) == INVOICES
    day = date(2026, 3, 10)
    data = ktl(
        unit.iban, [Paid(i.reference, Decimal(part), day) for part in ("12.50", "7.50") for i in invoices]
    )
    return receive(unit=unit, file_name="v.txt", content=ContentFile(data), actor=None, at=clock.now())


def test_killed_in_the_middle_of_a_file_every_payment_is_booked_once(file, worker) -> None:
    job = Job.objects.get(pk=file.job_id)
    for reached in (20, 100, 200):
        process = worker(job)
        wait_until(lambda: Job.objects.get(pk=job.pk).done >= reached)  # noqa: B023 (used at once)
        kill(process)
        booked = LedgerEntry.objects.filter(kind="payment").count()
        assert Job.objects.get(pk=job.pk).done == booked == PaymentRow.objects.exclude(state="new").count()
        assert reached <= booked < 2 * INVOICES
    worker(job).wait(timeout=120)
    assert Job.objects.get(pk=job.pk).state == State.DONE
    assert not Invoice.objects.exclude(open_amount=0).exists()
    assert PaymentRow.objects.filter(state="matched").count() == 2 * INVOICES
    twice = (
        LedgerEntry.objects.filter(kind="payment")
        .values("payment_row")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    assert not twice.exists()
    assert LedgerEntry.objects.filter(kind="payment").count() == 2 * INVOICES
    assert Allocation.objects.count() == 2 * INVOICES
