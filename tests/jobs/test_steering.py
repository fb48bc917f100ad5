"""Pausing, going on, cancelling, trying again: between steps, never in the middle of one."""

from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State, Wish, folder
from jasenpalvelu.jobs.services import cancel, pause, resume, retry, running
from jasenpalvelu.jobs.services.steering import NotPossible
from jasenpalvelu.jobs.services.sweeping import FILES_KEPT, JOBS_KEPT, remove_old_files, remove_old_jobs
from tests.jobs import handlers

pytestmark = pytest.mark.django_db


@pytest.fixture
def running_job(counting):
    """A job with one step done and a worker holding it."""
    counting.token = uuid4()
    running.take(job_id=counting.pk, token=counting.token)
    running.advance(job_id=counting.pk, token=counting.token)
    return counting


def test_a_running_job_pauses_before_its_next_step_and_goes_on_from_there(running_job):
    assert pause(job_id=running_job.pk).wish == Wish.PAUSE
    assert running.advance(job_id=running_job.pk, token=running_job.token) is False
    running_job.refresh_from_db()
    assert (running_job.state, running_job.done, running_job.wish) == (State.PAUSED, 10, "")
    assert running.run(job_id=running_job.pk) is False
    assert resume(job_id=running_job.pk).state == State.QUEUED
    running.run(job_id=running_job.pk)
    running_job.refresh_from_db()
    assert (running_job.state, running_job.done) == (State.DONE, 25)
    assert [entry["text"] for entry in running_job.timeline] == ["Alkoi", "Keskeytetty", "Jatkui", "Valmis"]


def test_a_pause_can_be_taken_back_before_it_comes(running_job):
    pause(job_id=running_job.pk)
    assert resume(job_id=running_job.pk).wish == ""
    assert running.advance(job_id=running_job.pk, token=running_job.token) is True


def test_a_cancelled_job_keeps_what_was_done(running_job):
    cancel(job_id=running_job.pk)
    running.advance(job_id=running_job.pk, token=running_job.token)
    running_job.refresh_from_db()
    assert (running_job.state, running_job.done) == (State.CANCELLED, 10)
    assert handlers.worked() == list(range(10))


def test_a_wish_survives_an_error_of_the_step(counting):
    """Asked while the failing step was running: the job is not queued for another try."""
    token = uuid4()
    running.take(job_id=counting.pk, token=token)
    cancel(job_id=counting.pk)
    running._note(counting.pk, token, trace="Traceback")
    counting.refresh_from_db()
    assert (counting.state, counting.log) == (State.CANCELLED, "Traceback")


@pytest.mark.parametrize("act", [pause, cancel])
def test_a_waiting_job_is_steered_at_once(counting, act):
    assert act(job_id=counting.pk).state == {pause: State.PAUSED, cancel: State.CANCELLED}[act]
    assert running.run(job_id=counting.pk) is False
    assert handlers.worked() == []


def test_a_failed_job_is_tried_again_from_where_it_stopped(counting):
    running.run(job_id=counting.pk, seconds=0)
    Job.objects.filter(pk=counting.pk).update(
        state=State.FAILED, failures=5, message="x", finished_at=clock.now()
    )
    again = retry(job_id=counting.pk)
    assert (again.state, again.failures, again.message, again.finished_at) == (State.QUEUED, 0, "", None)
    running.run(job_id=counting.pk)
    counting.refresh_from_db()
    assert (counting.state, counting.done) == (State.DONE, 25)


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        (State.QUEUED, [resume, retry]),
        (State.PAUSED, [pause, retry]),
        (State.DONE, [pause, resume, cancel, retry]),
        (State.FAILED, [pause, resume, cancel]),
        (State.CANCELLED, [pause, resume, cancel, retry]),
    ],
)
def test_what_makes_no_sense_is_refused(counting, state, refused):
    Job.objects.filter(pk=counting.pk).update(state=state, finished_at=clock.now())
    for act in refused:
        with pytest.raises(NotPossible):
            act(job_id=counting.pk)
    assert Job.objects.get(pk=counting.pk).state == state


@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.CANCELLED])
def test_everything_an_old_job_wrote_is_removed_and_a_young_one_keeps_it(owner, state):
    now = clock.now()
    jobs = []
    for age in (FILES_KEPT * 0.9, FILES_KEPT * 1.1):
        job = Job(kind="k", title="x", state=state, finished_at=now - age)
        job.result.save("luettelo.csv", ContentFile(b"x"), save=state == State.DONE)
        default_storage.save(f"{folder(job.pk)}/parts/1.pdf", ContentFile(b"x"))
        if state != State.DONE:
            job.result = ""
            job.save()
        jobs.append(job)
    young, old = jobs
    assert remove_old_files(now=now) == 1
    assert default_storage.exists(f"{folder(young.pk)}/luettelo.csv")
    assert default_storage.exists(f"{folder(young.pk)}/parts/1.pdf")
    assert not default_storage.exists(folder(old.pk))
    old.refresh_from_db()
    assert not old.result
    assert remove_old_files(now=now) == 0


def test_files_of_work_that_goes_on_stay_and_those_of_nobody_go(counting):
    default_storage.save(f"{folder(counting.pk)}/rows.json", ContentFile(b"x"))
    orphan = uuid4()
    default_storage.save(f"{folder(orphan)}/rows.json", ContentFile(b"x"))
    assert remove_old_files(now=clock.now() + FILES_KEPT * 9) == 1
    assert default_storage.exists(f"{folder(counting.pk)}/rows.json")
    assert not default_storage.exists(folder(orphan))


def test_jobs_are_forgotten_after_more_than_a_year(counting):
    now = clock.now()
    for age in (0.9, 1.1):
        Job.objects.create(kind="k", title=str(age), state=State.DONE, finished_at=now - JOBS_KEPT * age)
    assert remove_old_jobs(now=now) == 1
    assert set(Job.objects.values_list("title", flat=True)) == {"0.9", counting.title}
