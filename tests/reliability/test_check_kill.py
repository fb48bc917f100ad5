"""A worker killed while the links of a round are being sent: everybody gets one, and nobody gets two."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from billing.models import DataCheck
from billing.services import rounds
from billing.services.rounds import Plan
from communications.models import Delivery
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from members.models import ContactPoint, Party
from tests import mailserver
from tests.billing.runs import add_many, decided, flat
from tests.cast import JOINED, TODAY, Cast
from tests.mailserver import MailServer
from tests.post import deliver
from tests.reliability.test_run_kill import kill, wait_until

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
PAYERS = 40

WORKER = """
import sys, time, uuid
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from datetime import date
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from billing import check_jobs
running.LEASE_SECONDS = 1
check_jobs.MAILS = 1
job_id = uuid.UUID(sys.argv[2])
with clock.frozen(date.fromisoformat(sys.argv[3])):
    while Job.objects.get(pk=job_id).is_active:
        running.run(job_id=job_id, seconds=25)
        time.sleep(0.02)
"""


@pytest.fixture
def server() -> Iterator[MailServer]:
    with clock.frozen(TODAY), mailserver.running() as found:
        yield found


@pytest.fixture
def worker(server: MailServer) -> Iterator[Callable[[Job], subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start(job: Job) -> subprocess.Popen:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        arguments = [connection.settings_dict["NAME"], str(job.pk), str(TODAY)]
        started.append(subprocess.Popen([sys.executable, "-c", WORKER, *arguments], env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def job(cast: Cast) -> Job:
    unit = cast.units["a2"]
    decided(unit, flat("henkilo", "20"))
    with mutation(actor=None, kind="test"):
        add_many(cast, PAYERS, unit="a2")
        ContactPoint.objects.bulk_create(
            ContactPoint(
                party=party, kind="email", value=f"j{n}@example.fi", key=f"j{n}@example.fi", valid_from=JOINED
            )
            for n, party in enumerate(Party.objects.filter(display_name__startswith="Jäsen ").order_by("pk"))
        )
    plan = Plan(unit, [unit.pk], "Tiedot", 2026, TODAY + timedelta(days=14))
    made = rounds.begin(actor=cast.users["riitta"], plan=plan, base="https://jasenet.example.fi/")
    return Job.objects.get(pk=made.job_id)


def test_killed_in_the_middle_everybody_gets_the_link_once(
    job: Job, server: MailServer, worker: Callable[[Job], subprocess.Popen], settings: Any
) -> None:
    for reached in (1, 12, 25):
        process = worker(job)
        wait_until(lambda: Delivery.objects.count() >= reached)  # noqa: B023 (used at once)
        kill(process)
        posted = Delivery.objects.count()
        assert DataCheck.objects.filter(sent_at__isnull=False).count() == posted
        assert Job.objects.get(pk=job.pk).done == posted
    worker(job).wait(timeout=120)
    assert Job.objects.get(pk=job.pk).state == State.DONE
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    deliver()
    asked = DataCheck.objects.filter(channel="email")
    times = Counter(server.recipients)
    assert asked.count() == asked.filter(sent_at__isnull=False).count() == len(times)
    assert max(times.values()) == 1
