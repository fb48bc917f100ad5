"""One worker at a time, step by step."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.registry import Deadline, StepResult, handler_for, register
from jasenpalvelu.jobs.services import enqueue, running
from tests.jobs import handlers

pytestmark = pytest.mark.django_db


def texts(job: Job) -> list[str]:
    return [entry["text"] for entry in job.timeline]


def long_ago(job: Job, **columns: object) -> None:
    """As if the worker that holds the job had not been heard of for a while."""
    Job.objects.filter(pk=job.pk).update(leased_until=clock.now() - timedelta(seconds=1), **columns)


def make_due(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(not_before=None)


def test_a_job_is_done_in_steps_and_its_counts_add_up(counting):
    assert running.run(job_id=counting.pk) is False
    counting.refresh_from_db()
    assert handlers.worked() == list(range(25))
    assert (counting.state, counting.done, counting.failed, counting.total) == (State.DONE, 25, 0, 25)
    assert counting.facts == {"Viimeisin": "25"}
    assert counting.lease_token is None
    assert counting.finished_at >= counting.started_at
    assert counting.worked > timedelta()
    assert texts(counting) == ["Alkoi", "Valmis"]


def test_when_its_time_is_over_the_worker_hands_the_job_on(counting):
    assert running.run(job_id=counting.pk, seconds=0) is True
    counting.refresh_from_db()
    assert (counting.state, counting.done, counting.lease_token) == (State.RUNNING, 10, None)
    assert running.run(job_id=counting.pk) is False
    counting.refresh_from_db()
    assert (counting.done, texts(counting)) == (25, ["Alkoi", "Valmis"])


def test_a_job_somebody_holds_is_left_alone(counting):
    assert running.take(job_id=counting.pk, token=uuid4())
    assert not running.take(job_id=counting.pk, token=uuid4())
    assert running.run(job_id=counting.pk) is False
    assert handlers.worked() == []


def test_a_job_whose_worker_died_goes_on_where_it_was(counting):
    dead = uuid4()
    running.take(job_id=counting.pk, token=dead)
    running.advance(job_id=counting.pk, token=dead)
    long_ago(counting)
    running.run(job_id=counting.pk)
    counting.refresh_from_db()
    assert handlers.worked() == list(range(25))
    assert (counting.state, counting.done) == (State.DONE, 25)
    assert texts(counting) == ["Alkoi", "Jatkui katkon jälkeen", "Valmis"]


def test_a_worker_that_lost_its_lease_changes_nothing(counting):
    late = uuid4()
    running.take(job_id=counting.pk, token=late)
    long_ago(counting)
    assert running.take(job_id=counting.pk, token=uuid4())
    assert running.advance(job_id=counting.pk, token=late) is False
    assert handlers.worked() == []


def test_a_lease_lost_during_a_step_takes_the_steps_work_back(work, owner):
    @register("test.robbed")
    def robbed(job: Job, deadline: Deadline) -> StepResult:
        Job.objects.filter(pk=job.pk).update(lease_token=uuid4())
        return StepResult(done=True, processed=7)

    job = enqueue(kind="test.robbed", title="x", owner=owner)
    assert running.run(job_id=job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.done) == (State.RUNNING, 0)


def test_an_unexpected_error_is_tried_again_later_and_then_given_up(work, owner):
    job = enqueue(kind="test.stumble", title="x", owner=owner)
    waits = []
    for _ in range(3):
        running.run(job_id=job.pk)
        job.refresh_from_db()
        waits.append(job.not_before and round((job.not_before - clock.now()).total_seconds(), -1))
        assert running.run(job_id=job.pk) is False, "before its time the job is not due"
        make_due(job)
    assert waits[:2] == [10, 20]
    assert (job.state, job.failures) == (State.FAILED, 3)
    assert "ZeroDivisionError: inside the step" in job.log
    assert "ZeroDivisionError" not in job.message
    assert job.message.startswith("Työ pysähtyi virheeseen")
    assert handlers.worked() == []


def test_success_forgets_earlier_failures(counting):
    Job.objects.filter(pk=counting.pk).update(failures=4, log="old", message="old")
    running.run(job_id=counting.pk)
    counting.refresh_from_db()
    assert (counting.failures, counting.log, counting.message) == (0, "", "")


def test_a_failure_the_handler_explains_is_final(work, owner):
    job = enqueue(kind="test.stumble", title="x", owner=owner, params={"expected": "Tilinumero puuttuu."})
    running.run(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.message, job.log) == (State.FAILED, "Tilinumero puuttuu.", "")
    assert job.finished_at is not None


def test_a_job_that_kills_its_workers_is_given_up(counting):
    Job.objects.filter(pk=counting.pk).update(
        state=State.RUNNING, failures=4, lease_token=uuid4(), started_at=clock.now()
    )
    long_ago(counting)
    assert running.run(job_id=counting.pk) is False
    counting.refresh_from_db()
    assert (counting.state, handlers.worked()) == (State.FAILED, [])


def test_a_kind_no_longer_known_waits_for_better_days(counting):
    Job.objects.filter(pk=counting.pk).update(kind="gone")
    running.run(job_id=counting.pk)
    counting.refresh_from_db()
    assert (counting.state, counting.failures) == (State.QUEUED, 1)


def test_results_and_words_of_a_step_are_kept(work, owner):
    job = enqueue(kind="test.file", title="Luettelo", owner=owner)
    running.run(job_id=job.pk)
    job.refresh_from_db()
    with job.result.open() as stream:
        assert stream.read() == b"a;b\r\n"
    assert (job.result_name, job.result_url, job.failed, job.total) == ("luettelo.csv", "/toimisto/", 1, 3)
    assert texts(job) == ["Alkoi", "Tiedosto valmistui", "Valmis"]
    assert job.phases[0]["note"] == "1 jäi pois"
    assert job.attention[0]["what"] == "Osoite puuttuu"


def test_a_repeated_step_leaves_one_file(work, owner, settings):
    job = enqueue(kind="test.file", title="Luettelo", owner=owner)
    step = handler_for("test.file").step
    step(job, Deadline.after(1))
    running.run(job_id=job.pk)
    assert [path.name for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == ["luettelo.csv"]


def test_the_command_works_everything_off(counting, owner):
    other = enqueue(kind="test.count", title="Toinen", owner=owner, params={"size": 3})
    call_command("run_jobs", "--until-empty")
    assert not Job.objects.exclude(state=State.DONE).exists()
    assert Job.objects.filter(pk__in=[counting.pk, other.pk], attempts=1).count() == 2
