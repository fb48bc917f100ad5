"""Each night: the contact log has its next year, and what has been remembered long enough is forgotten. Imported when the app is ready."""

from __future__ import annotations

from celery import shared_task

from communications.services import forgetting_mail, forgetting_talks, partitions
from jasenpalvelu.common import clock


@shared_task(name="communications.contacts")
def keep_contacts(**_: object) -> None:
    """Years first: a night that cannot forget must still have a place to write."""
    partitions.ensure_years(on=clock.today())
    partitions.forget(now=clock.now())
    forgetting_talks.forget(now=clock.now())
    forgetting_mail.forget(now=clock.now())
