"""What beat calls for announcements and benefits; thin."""

from __future__ import annotations

from celery import shared_task

from communications.services import announcing, redeeming
from jasenpalvelu.common import clock


@shared_task(name="communications.content")
def forget_content(**_: object) -> None:
    """Who read an announcement and who used a benefit, when the time of either is over."""
    announcing.forget_reads(at=clock.now())
    redeeming.forget(on=clock.today(), at=clock.now())
