"""Celery's side of the register: thin. Jobs of imports are registered by importing their steps."""

from __future__ import annotations

from celery import shared_task
from django.utils.translation import gettext as _t

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.services import enqueue
from members import (
    jobs_duplicates,
    jobs_units,  # noqa: F401 -- registers changes of units
    paper_jobs,  # noqa: F401 -- registers lists and cards on paper
    personal_jobs,
    retention_jobs,
)
from members.quality import jobs as quality_jobs
from members.services import (
    card_keys,
    counting,
    emails,
    erasing,
    forgetting,
    joining,
    quality,
    retention,
    units,
)
from members.services.importing import steps  # noqa: F401 -- registers check, saving and taking back of imports
from members.services.importing.tidying import tidy as tidy_imports
from members.services.reorganising import carrying_out

SUNDAY = 6


@shared_task(name="members.tidy")
def tidy(**_: object) -> None:
    """Forget what has been kept long enough: unconfirmed applications, spent forms, rows of old imports."""
    joining.purge(now=clock.now())
    tidy_imports(now=clock.now())
    units.rebuild_closure(on=clock.today())  # in case nobody was up at midnight
    carrying_out.begin_due(on=clock.today())
    card_keys.ensure_key()  # after a change of the service's secret
    joining.lapse(on=clock.today())


@shared_task(name="members.addresses")
def change_addresses(**_: object) -> None:
    """Changes of the addresses of people with posts, whose time has come."""
    emails.apply_due(on=clock.today())


@shared_task(name="members.scan")
def scan_duplicates(**_: object) -> None:
    """Members who stand in the register twice: each night what has changed, on Sundays everybody."""
    jobs_duplicates.start_scan(owner=None, whole=clock.today().weekday() == SUNDAY)


@shared_task(name="members.tree")
def follow_tree(**_: object) -> None:
    """A new day: links between units that begin or end on it change rights and fees, and applications nobody has decided on
    for as long as the association's rules say lapse."""
    units.rebuild_closure(on=clock.today())
    carrying_out.begin_due(on=clock.today())
    joining.lapse(on=clock.today())


@shared_task(name="members.erase_again")
def erase_again(**_: object) -> None:
    """What had to stay of an erased person until a day, when the day has passed."""
    if erasing.due(on=clock.today()).exists():
        enqueue(
            kind=personal_jobs.AGAIN_JOB,
            title=_t("Erasures"),
            owner=None,
            dedupe_key="night",
        )


@shared_task(name="members.retention")
def follow_retention(**_: object) -> None:
    """Each night: carry out what two people have approved and whose thirty days are over; then count whose time has run out, so
    that a count that fails keeps nothing waiting."""
    retention_jobs.begin_due(on=clock.today())
    forgetting.forget(on=clock.today())
    retention.count(on=clock.today())


@shared_task(name="members.statistics")
def count_members(**_: object) -> None:
    """Each night the day that has ended, with what was missed or put right."""
    counting.count(through=clock.today() - counting.DAY, at=clock.now())


@shared_task(name="members.quality_follow")
def follow_quality(**_: object) -> None:
    """The data of whoever has changed is checked soon after."""
    quality.follow(at=clock.now(), on=clock.today())


@shared_task(name="members.quality_check")
def check_quality(**_: object) -> None:
    """Each night everybody's: a day passed may make a date wrong or a minor of age."""
    enqueue(kind=quality_jobs.CHECK_JOB, title=_t("Data quality"), owner=None, dedupe_key="night")
