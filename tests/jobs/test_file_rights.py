"""Files of jobs go with the right they were made under: asked on the job's page and again at the download."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue, running
from members.models import Mandate
from tests.jobs import handlers  # noqa: F401 -- registers the kinds
from tests.members.helpers import appoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(cast) -> Any:
    """A finished file of Olavi's, the treasurer of the first association."""

    def file(**told: Any) -> Job:
        job = enqueue(kind="test.file", title="Luettelo", owner=cast.users["olavi"], **told)
        running.run(job_id=job.pk)
        return Job.objects.get(pk=job.pk)

    return file


def answers(client: Any, job: Job) -> list[int]:
    found = []
    for name in ("job", "job_result"):
        response = client.get(reverse(f"office:{name}", args=[job.pk]))
        if response.streaming:
            b"".join(response.streaming_content)
        found.append(response.status_code)
    return found


def becomes(cast: Any, role: str, *units: str) -> None:
    """Olavi's posts end and he gets others."""
    with mutation(actor=None, kind="test"):
        Mandate.objects.filter(party=cast.parties["olavi"]).delete()
    for unit in units:
        appoint(cast, "olavi", role, unit)


@pytest.mark.parametrize(
    ("needs", "role", "seen"),
    [
        ("members.export", "treasurer", 200),
        ("members.export", "chair", 404),
        ("billing.view", "chair", 200),
        ("billing.view", "regional_director", 404),
    ],
)
def test_any_other_right_in_the_unit_does_not_open_the_file(cast, client, make, needs, role, seen):
    job = make(needs=needs, units=[cast.units["a"].pk])
    olavi = cast.sign_in(client, "olavi")
    assert answers(olavi, job) == [200, 200]
    becomes(cast, role, "a")
    assert answers(olavi, job) == [seen, seen]
    assert (job.title in olavi.get(reverse("office:jobs")).content.decode()) is (seen == 200)


def test_the_right_must_be_held_over_every_unit_the_file_tells_of(cast, client, make):
    both = make(needs="billing.view", units=[cast.units["a"].pk, cast.units["b"].pk])
    olavi = cast.sign_in(client, "olavi")
    assert answers(olavi, both) == [404, 404]
    becomes(cast, "chair", "a", "b")
    assert answers(olavi, both) == [200, 200]
    becomes(cast, "chair", "b")
    assert answers(olavi, both) == [404, 404]


def test_a_job_shared_by_capability_is_lost_with_it_by_its_owner_too(cast, client, make):
    job = make(unit_id=cast.units["a"].pk, capability="billing.run")
    olavi = cast.sign_in(client, "olavi")
    becomes(cast, "chair", "a")
    assert answers(olavi, job) == [404, 404]


def test_a_file_of_ones_own_is_not_shared_with_those_who_hold_the_same_right(cast, client, make):
    job = make(needs="members.export", units=[cast.units["a"].pk], unit_id=cast.units["a"].pk)
    assert answers(cast.sign_in(client, "riitta"), job) == [404, 404]


def test_the_export_and_the_documents_say_what_they_were_made_under(cast, client):
    olavi = cast.sign_in(client, "olavi")
    olavi.post(reverse("office:members_export"), {"format": "csv", "all": "1"})
    job = Job.objects.get()
    assert (job.needs, job.units) == ("members.export", [cast.units["a"].pk])
