import pytest
from django.db import transaction

from jasenpalvelu.celery import app
from jasenpalvelu.jobs import wake as doorbell
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.registry import register
from jasenpalvelu.jobs.services import enqueue, running, sweeping
from jasenpalvelu.jobs.wake import wake

pytestmark = pytest.mark.django_db


def test_what_was_asked_is_kept(owner):
    job = enqueue(
        kind="test.count",
        title="Laskut",
        owner=owner,
        unit_id=5,
        params={"size": 1},
        total=1,
        capability="billing.run",
        detail="Jäsenmaksut 2026",
    )
    job.refresh_from_db()
    assert (job.title, job.detail, job.owner, job.unit_id) == ("Laskut", "Jäsenmaksut 2026", owner, 5)
    assert (job.state, job.params, job.total, job.capability) == (State.QUEUED, {"size": 1}, 1, "billing.run")


def test_a_double_click_makes_one_job(owner):
    first = enqueue(kind="test.count", title="x", owner=owner, params={"size": 0}, dedupe_key="run:14")
    again = enqueue(kind="test.count", title="x", owner=owner, params={"size": 0}, dedupe_key="run:14")
    other = enqueue(kind="test.count", title="x", owner=owner, params={"size": 0}, dedupe_key="run:15")
    assert first == again != other


def test_once_it_has_ended_the_same_can_be_asked_again(work, owner):
    first = enqueue(kind="test.count", title="x", owner=owner, params={"size": 0}, dedupe_key="run:14")
    running.run(job_id=first.pk)
    again = enqueue(kind="test.count", title="x", owner=owner, params={"size": 0}, dedupe_key="run:14")
    assert again != first


def test_an_unknown_kind_is_refused_at_once(owner):
    with pytest.raises(LookupError, match=r"test\.unknown"):
        enqueue(kind="test.unknown", title="x", owner=owner)


def test_two_handlers_of_one_kind_are_a_mistake():
    with pytest.raises(ValueError, match="two handlers"):
        register("test.count")(lambda job, deadline: None)


@pytest.fixture
def rung(monkeypatch):
    calls = []
    monkeypatch.setattr(app, "send_task", lambda name, **options: calls.append((name, options)))
    return calls


def test_the_worker_is_woken_when_the_transaction_is_committed(
    owner, rung, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue(kind="test.count", title="x", owner=owner)
        assert rung == []
    assert [(name, options["kwargs"]) for name, options in rung] == [("jobs.run", {"job_id": str(job.pk)})]


def enqueue_and_fail(owner):
    with transaction.atomic():
        enqueue(kind="test.count", title="x", owner=owner)
        raise ZeroDivisionError


def test_nothing_is_queued_when_the_transaction_fails(owner, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        enqueue_and_fail(owner)
    assert rung == []
    assert not Job.objects.exists()


def test_without_a_broker_work_is_queued_and_the_sweep_finds_it(
    owner, settings, django_capture_on_commit_callbacks, monkeypatch
):
    """The broker's address leads nowhere: a real connection is refused."""
    nobody = app.connection_for_write(
        "redis://127.0.0.1:1/0", transport_options={"socket_connect_timeout": 1}
    )
    send = app.send_task
    monkeypatch.setattr(app, "send_task", lambda name, **options: send(name, connection=nobody, **options))
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue(kind="test.count", title="x", owner=owner, params={"size": 0})
    assert wake(job.pk) is False
    assert sweeping.sweep() == 0
    monkeypatch.undo()
    calls = []
    monkeypatch.setattr(
        doorbell.app, "send_task", lambda name, **options: calls.append(options["kwargs"]["job_id"])
    )
    assert sweeping.sweep() == 1
    assert calls == [str(job.pk)]
