"""The lease pattern, on the table of jobs."""

import threading
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from jasenpalvelu.common import clock
from jasenpalvelu.common.queue import claim, expired, free, release, renew
from jasenpalvelu.jobs.models import Job

pytestmark = pytest.mark.django_db


def make(count: int) -> list[Job]:
    return Job.objects.bulk_create(Job(kind="k", title=f"t{n}") for n in range(count))


def lapse() -> None:
    Job.objects.update(leased_until=clock.now() - timedelta(seconds=1))


def test_rows_are_claimed_in_key_order_and_only_once():
    rows = sorted(make(5), key=lambda row: row.pk)
    first = claim(Job.objects.all(), limit=3, seconds=60)
    assert [row.pk for row in first] == [row.pk for row in rows[:3]]
    assert len({row.lease_token for row in first}) == 1
    assert {row.attempts for row in first} == {1}
    assert [row.pk for row in claim(Job.objects.all(), limit=9, seconds=60)] == [row.pk for row in rows[3:]]
    assert claim(Job.objects.all(), limit=9, seconds=60) == []


def test_an_expired_lease_can_be_claimed_by_another():
    make(1)
    mine, theirs = uuid4(), uuid4()
    claim(Job.objects.all(), limit=1, seconds=60, token=mine)
    assert not free(Job.objects.all()).exists()
    lapse()
    assert expired(Job.objects.all()).count() == 1
    (row,) = claim(Job.objects.all(), limit=1, seconds=60, token=theirs)
    assert (row.lease_token, row.attempts) == (theirs, 2)
    assert renew(Job.objects.all(), token=mine, seconds=60) == 0
    assert release(Job.objects.all(), token=mine) == 0
    assert renew(Job.objects.all(), token=theirs, seconds=60) == 1


def test_a_lease_nobody_took_meanwhile_can_be_renewed():
    make(1)
    token = uuid4()
    claim(Job.objects.all(), limit=1, seconds=60, token=token)
    lapse()
    assert renew(Job.objects.all(), token=token, seconds=60) == 1
    assert not expired(Job.objects.all()).exists()


def test_released_rows_are_free_at_once():
    make(3)
    token = uuid4()
    rows = claim(Job.objects.all(), limit=3, seconds=60, token=token)
    assert release(Job.objects.all(), token=token, keys=[rows[0].pk]) == 1
    assert free(Job.objects.all()).get() == rows[0]
    assert release(Job.objects.all(), token=token) == 2


@pytest.mark.django_db(transaction=True)
def test_a_row_locked_by_somebody_is_passed_over():
    rows = sorted(make(2), key=lambda row: row.pk)
    found: list[Job] = []

    def other() -> None:
        found.extend(claim(Job.objects.all(), limit=5, seconds=60))
        connection.close()

    with transaction.atomic():
        Job.objects.select_for_update().get(pk=rows[0].pk)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(timeout=10)
    assert [row.pk for row in found] == [rows[1].pk]


@pytest.mark.django_db(transaction=True)
def test_many_workers_share_the_rows_without_a_double():
    make(60)
    taken: list[list[object]] = []
    start = threading.Barrier(4)

    def worker() -> None:
        start.wait()
        while rows := claim(Job.objects.all(), limit=4, seconds=60):
            taken.append([row.pk for row in rows])
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    counted = Counter(key for keys in taken for key in keys)
    assert len(counted) == 60
    assert set(counted.values()) == {1}
