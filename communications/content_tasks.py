"""What beat calls at night for announcements, benefits, letters and campaigns; thin."""

from __future__ import annotations

from celery import shared_task

from communications.services import announcing, redeeming, tidying
from jasenpalvelu.common import clock


@shared_task(name="communications.content")
def forget_content(**_: object) -> None:
    """Who read an announcement, who used a benefit, and what letters and campaigns leave behind, when the time of each is over."""
    announcing.forget_reads(at=clock.now())
    redeeming.forget(on=clock.today(), at=clock.now())
    tidying.forget_links(now=clock.now())
    tidying.forget_pictures(now=clock.now())
    tidying.forget_calls(on=clock.today())
    tidying.forget_inviters(on=clock.today())
    tidying.forget_addresses(now=clock.now())
    tidying.forget_unreadable(now=clock.now())
