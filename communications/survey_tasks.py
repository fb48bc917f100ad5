"""What beat calls for surveys; thin."""

from __future__ import annotations

from celery import shared_task

from communications import survey_jobs  # noqa: F401 -- registers the letters and the files
from communications.services import forgetting_surveys, surveys
from jasenpalvelu.common import clock


@shared_task(name="communications.surveys")
def follow_surveys(**_: object) -> None:
    """Close those whose last day has passed; forget who answered those whose months have."""
    surveys.close_due(on=clock.today(), at=clock.now())
    forgetting_surveys.forget_respondents(on=clock.today(), at=clock.now())
