"""Putting work into the queue."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import handler_for
from jasenpalvelu.jobs.wake import wake_on_commit


def enqueue(
    *,
    kind: str,
    title: str,
    owner: AbstractBaseUser | None,
    unit_id: int | None = None,
    params: Mapping[str, Any] | None = None,
    total: int | None = None,
    dedupe_key: str | None = None,
    capability: str = "",
    detail: str = "",
    needs: str = "",
    units: Iterable[int] = (),
) -> Job:
    """Queue a job and ring for a worker once the transaction is committed.

    With a `dedupe_key` there is one active job of the kind and key: a second call returns the first one's job, so that a
    double click does the work once. Besides the owner, whoever holds `capability` over `unit_id` sees the job.

    A file of the owner's alone has no `capability` but `needs`: the one it is made under, over all of the `units` it tells
    of. The owner sees the job and fetches its file as long as that is held.
    Raises LookupError for an unknown kind.
    """
    handler = handler_for(kind)
    job = Job(
        kind=kind,
        title=title[:200],
        detail=detail[:300],
        owner_id=owner.pk if owner else None,
        unit_id=unit_id,
        capability=capability,
        needs=needs,
        units=sorted(set(units)),
        params=dict(params or {}),
        total=total,
        dedupe_key=dedupe_key or "",
    )
    job = _insert(job) if dedupe_key else _saved(job)
    wake_on_commit(job.pk, queue=handler.queue)
    return job


def _insert(job: Job) -> Job:
    """Insert, or find the active job that is in the way; that one may end at any moment, hence the second try."""
    for last_try in (False, False, True):
        try:
            with transaction.atomic():
                return _saved(job)
        except IntegrityError:
            same = Job.objects.active().filter(kind=job.kind, dedupe_key=job.dedupe_key).first()
            if same is not None:
                return same
            if last_try:
                raise
    raise AssertionError("unreachable")


def _saved(job: Job) -> Job:
    job.save(force_insert=True)
    return job
