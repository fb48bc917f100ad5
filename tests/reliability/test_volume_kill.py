"""Workers killed while they make the documents of a run: the next ones go on, and every invoice is in one volume, once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from billing.models import Invoice, InvoiceRun
from billing.services import volumes
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from tests.billing.runs import add_many, decided, flat, issued, make_run
from tests.cast import TODAY, Cast
from tests.paper import text_of
from tests.reliability.test_run_kill import kill, wait_until

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
PAYERS, SIZE = 300, 15

WORKER = """
import sys, time, uuid
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MEDIA_ROOT = sys.argv[3]
django.setup()
from billing.services import volumes
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
running.LEASE_SECONDS = 1
volumes.SIZE = int(sys.argv[4])
job_id = uuid.UUID(sys.argv[2])
while Job.objects.get(pk=job_id).is_active:
    running.run(job_id=job_id)
    time.sleep(0.02)
"""


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def workers(settings, tmp_path: Path) -> Iterator[Callable[[Job], subprocess.Popen]]:
    settings.MEDIA_ROOT = str(tmp_path)
    started: list[subprocess.Popen] = []

    def start(job: Job) -> subprocess.Popen:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        told = [connection.settings_dict["NAME"], str(job.pk), str(tmp_path), str(SIZE)]
        started.append(subprocess.Popen([sys.executable, "-c", WORKER, *told], env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def whole(run: InvoiceRun) -> None:
    """Every number stands on one page, and the index finds it there."""
    expected = dict(Invoice.objects.filter(run=run).values_list("pk", "number"))
    assert len(expected) == PAYERS
    found: Counter[int] = Counter()
    for volume in run.volumes.order_by("number"):
        pages = text_of(Path(default_storage.path(volume.content.name)).read_bytes()).split("\f\n")
        numbers = [int(re.search(r"Laskun numero \d{4}-(\d{6})", page)[1]) for page in pages]  # type: ignore[index]
        found.update(numbers)
        assert [numbers[volume.pages_of(key)[0]] for key in volume.invoices] == [
            expected[key] for key in volume.invoices
        ]
    assert found == Counter(expected.values())
    assert len(default_storage.listdir(f"volumes/{run.pk}")[1]) == PAYERS // SIZE


def test_killed_in_the_middle_each_invoice_is_printed_once(cast: Cast, workers) -> None:
    decided(cast.units["union"], flat("liitto", "13", once_per="payer"))
    decided(cast.units["a2"], flat("henkilo", "20"))
    add_many(cast, PAYERS - 1, unit="a2")
    run = issued(make_run(cast.units["a2"]))
    job = Job.objects.get(pk=run.documents_job_id)
    for reached in (SIZE, PAYERS // 3, PAYERS // 2):
        worker = workers(job)
        wait_until(lambda: Job.objects.get(pk=job.pk).done >= reached)  # noqa: B023 (used at once)
        kill(worker)
        made = volumes.made(run)
        assert Job.objects.get(pk=job.pk).done == made
        assert reached <= made < PAYERS
    workers(job).wait(timeout=120)
    job.refresh_from_db()
    assert (job.state, job.done, job.failed) == (State.DONE, PAYERS, 0)
    whole(run)
