"""Importing with workers that are really killed: the result is that of an undisturbed import, nothing half, nothing twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.services import running
from members.models import Holding, ImportBatch, Membership, MembershipEvent, Party
from members.services.importing import batches
from tests import cast as cast_module
from tests.cast import TODAY, Cast
from tests.data import member_files
from tests.members.importing.helpers import ALL, OPTIONS

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]
ROWS = 200

# A worker without Celery and with small chunks, so that there is much to be killed in the middle of.
WORKER = """
import sys, uuid, time
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MEDIA_ROOT = sys.argv[3]
django.setup()
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.services.importing import steps
steps.CHECK_ROWS = steps.COMMIT_ROWS = steps.UNDO_ROWS = 10
running.LEASE_SECONDS = 1
job_id = uuid.UUID(sys.argv[2])
while Job.objects.get(pk=job_id).is_active:
    running.run(job_id=job_id)
    time.sleep(0.02)
"""


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Callable[[Job], subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start(job: Job) -> subprocess.Popen:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        name = connection.settings_dict["NAME"]
        arguments = [sys.executable, "-c", WORKER, name, str(job.pk), str(settings.MEDIA_ROOT)]
        started.append(subprocess.Popen(arguments, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def killed_at(job: Job, workers: Callable[[Job], subprocess.Popen], moments: tuple[int, ...]) -> Job:
    """Work the job off; at each moment (rows handled) its worker is killed in the middle of what it does."""
    for reached in moments:
        worker = workers(job)
        until = time.monotonic() + 120
        while handled(job) < reached:
            assert time.monotonic() < until, "it took too long"
            time.sleep(0.005)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        time.sleep(0.1)  # the server ends the transaction of a lost connection by itself
    workers(job).wait(timeout=240)
    job.refresh_from_db()
    assert job.state == State.DONE, f"{job.message} {job.log}"
    assert [entry["text"] for entry in job.timeline].count("Jatkui katkon jälkeen") >= len(moments) - 1
    return job


def handled(job: Job) -> int:
    done, failed = Job.objects.values_list("done", "failed").get(pk=job.pk)
    return done + failed


def undisturbed(job: Job) -> None:
    while running.run(job_id=job.pk):
        pass
    job.refresh_from_db()
    assert job.state == State.DONE, f"{job.message} {job.log}"


def upload(cast: Cast) -> ImportBatch:
    members = member_files.Parish(seed=5, size=ROWS).fill()
    data = member_files.as_csv([*members, *members[:5]])
    return batches.upload(
        actor=cast.users["olavi"], unit=cast.units["a"], name="jasenet.csv", data=data, classes=ALL
    )


def check(cast: Cast, batch: ImportBatch) -> Job:
    mapping = {int(column): key for column, key in batch.mapping.items()}
    return batches.start_check(
        actor=cast.users["olavi"], batch=batch, mapping=mapping, options=OPTIONS, on=TODAY
    )


def judged(batch: ImportBatch) -> list[tuple]:
    """What the check found, without keys of the database."""
    rows = batch.rows.order_by("line")
    return list(rows.values_list("line", "verdict", "parsed", "problems", "diff", "candidates", "done"))


def register() -> dict[str, object]:
    """The register in comparable form: numbers are those of the members, whatever keys the rows got."""
    parties = Party.objects.order_by("member_number").values_list(
        "member_number", "display_name", "sort_key", "search", "search_contact", "home_municipality"
    )
    memberships = Membership.objects.order_by("party__member_number", "unit", "started_on")
    holdings = Holding.objects.order_by("responsible__member_number", "name")
    return {
        "parties": list(parties),
        "contacts": list(
            Party.objects.order_by("member_number", "contact_points__kind").values_list(
                "member_number", "contact_points__kind", "contact_points__value", "contact_points__valid_to"
            )
        ),
        "memberships": list(
            memberships.values_list(
                "party__member_number", "type", "state", "payer__member_number", "holding__name"
            )
        ),
        "events": MembershipEvent.objects.count(),
        "holdings": list(holdings.values_list("responsible__member_number", "name", "y_tunnus")),
        "bases": list(
            holdings.order_by("responsible__member_number", "name", "fee_bases__kind").values_list(
                "responsible__member_number", "fee_bases__kind", "fee_bases__value", "fee_bases__valid_to"
            )
        ),
    }


def test_killed_at_any_point_the_result_is_the_same(workers):
    cast = cast_module.load_cast() or cast_module.build_cast()
    empty = register()

    calm = upload(cast)
    undisturbed(check(cast, calm))
    expected_rows = judged(calm)
    calm.refresh_from_db()
    undisturbed(batches.start_commit(actor=cast.users["olavi"], batch=calm, on=TODAY))
    expected = register()
    calm.refresh_from_db()
    undisturbed(batches.start_rollback(actor=cast.users["olavi"], batch=calm, on=TODAY))
    assert register() == empty
    calm.refresh_from_db()
    batches.discard(batch=calm)

    batch = upload(cast)
    killed_at(check(cast, batch), workers, (0, 100))
    assert judged(batch) == expected_rows

    batch.refresh_from_db()
    job = batches.start_commit(actor=cast.users["olavi"], batch=batch, on=TODAY)
    killed_at(job, workers, (0, 10, 130))
    assert renumbered(register()) == renumbered(expected)
    batch.refresh_from_db()
    ready = sum(verdict in {"new", "update"} for _line, verdict, *_rest in expected_rows)
    assert batch.counts["saved"] == job_done(job) == ready

    job = batches.start_rollback(actor=cast.users["olavi"], batch=batch, on=TODAY)
    killed_at(job, workers, (90,))
    assert register() == empty


def job_done(job: Job) -> int:
    return Job.objects.get(pk=job.pk).done


def renumbered(found: dict[str, object]) -> str:
    """Member numbers are never given twice, so those of the second import follow those of the first."""
    numbers = sorted({row[0] for row in found["parties"]})  # type: ignore[attr-defined]
    places = {number: place for place, number in enumerate(numbers)}

    def plain(value: object) -> object:
        if isinstance(value, list | tuple):
            return [plain(part) for part in value]
        if isinstance(value, int) and value in places:
            return f"#{places[value]}"
        if isinstance(value, str):
            for number, place in places.items():
                value = value.replace(f"'{number}'", f"'#{place}'")
            return " ".join(sorted(value.split())) if "'#" in value else value
        return str(value)

    return str({key: plain(rows) for key, rows in found.items()})
