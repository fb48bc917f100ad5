"""How the work goes, for those who watch over the service: numbers, and nothing of what the work is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce

from jasenpalvelu.jobs.models import Job, State

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Watch:
    """`gave_up`: of the failed ones, those that stopped at an error nobody expected; a person has to look."""

    failed: int
    gave_up: int
    oldest_due: timedelta


def watch(*, now: datetime) -> Watch:
    """Jobs that failed within a day, and for how long the one that has been due longest has waited for a worker."""
    ended = Job.objects.filter(state=State.FAILED, finished_at__gte=now - DAY)
    failures = list(ended.order_by("pk").values_list("failures", flat=True))
    # A job between two turns has nothing that tells since when it waits; the next turn begins in a moment.
    between = Q(started_at__isnull=False, leased_until__isnull=True, not_before__isnull=True)
    since = Coalesce("leased_until", "not_before", "created_at")
    oldest = Job.objects.due().exclude(between).annotate(since=since).order_by("since", "pk").first()
    waited = now - oldest.since if oldest else timedelta()
    return Watch(len(failures), sum(count > 0 for count in failures), max(waited, timedelta()))
