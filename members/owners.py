"""The rights of whoever asked for work in the background, as they are when the work is done and not when it was asked for."""

from __future__ import annotations

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.scope import Scope


def scope_of(job: Job) -> Scope:
    """Today's scope of the job's owner: nobody's when the login is gone, less when a mandate has ended meanwhile."""
    return Scope.for_user(job.owner, on=clock.today())
