"""A large copy of a person's own data, and erasures, made in the background (REG-14)."""

from __future__ import annotations

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.results import attach
from members.models import Party, PartyLogin
from members.owners import scope_of
from members.personal import rights
from members.personal.reading import Person, person
from members.services import copies, data_requests, erasing
from members.services.copies import COPY_JOB
from members.services.data_requests import RequestError

ERASE_JOB, AGAIN_JOB = "members.erase", "members.erase_again"
log = structlog.get_logger(__name__)


@register(COPY_JOB, queue="pdf", guarded=True)
def copy(job: Job, deadline: Deadline) -> StepResult:
    """`params`: party, form (json or pdf), language, reason, office (made by the office on the person's behalf)."""
    found = _found(job)
    own = PartyLogin.objects.filter(user=job.owner, party__in=found.parties).exists()
    if job.params["office"]:
        own = _may(job, found)
    if not own or job.owner is None:
        raise JobFailed(_("You may not take this person's data out any more. Nothing was written."))
    made = copies.make(
        actor=job.owner,
        found=found,
        form=job.params["form"],
        language=job.params["language"],
        at=clock.now(),
        reason=job.params["reason"],
    )
    attach(job, name=made.name, write=lambda stream: stream.write(made.data))
    if job.params["office"]:
        copies.close_request(actor=job.owner, found=found, on=clock.today())
        job.result_url = reverse("office:member_copy_file", args=[found.party.pk, job.pk])
        job.result_label = _("Download the file")
    return StepResult(done=True, processed=1, total=1, event=_("The file is ready"))


@register(ERASE_JOB)
def erase(job: Job, deadline: Deadline) -> StepResult:
    """`params`: party. One act that answers the person's request; its receipt is the job's result."""
    found = _found(job)
    if not _may(job, found) or job.owner is None:
        raise JobFailed(_("You may not erase this person's data any more. Nothing was erased."))
    try:
        request = data_requests.to_erase(actor=job.owner, party=found.party)
    except RequestError:
        raise JobFailed(_("The request does not wait any more. Nothing was erased.")) from None
    try:
        done = erasing.erase(
            actor=job.owner, party_id=found.party.pk, on=clock.today(), at=clock.now(), request=request
        )
    except erasing.EraseError:
        raise JobFailed(
            _("Something stands in the way of the erasure now. Look at the page again.")
        ) from None
    job.result_url = reverse("office:erasure", args=[done.pk])
    job.result_label = _("The receipt")
    return StepResult(done=True, processed=1, total=1, event=_("Erased"))


@register(AGAIN_JOB, noun=ngettext_lazy("%(n)s person", "%(n)s persons", "n"))
def erase_again(job: Job, deadline: Deadline) -> StepResult:
    """The next person of whom something had to stay until a day that has passed. One act each."""
    due = erasing.due(on=clock.today())
    row = due.exclude(pk__in=job.cursor.get("left", [])).first()
    if row is None:
        return StepResult(done=True)
    try:
        with transaction.atomic():
            erasing.erase(actor=None, party_id=row.party_id, on=clock.today(), at=clock.now())
    except (OperationalError, InterfaceError):  # the database went, not this person
        raise
    except Exception as error:
        # Tried again the next night; the others do not wait for it.
        if not isinstance(error, erasing.EraseError):
            log.exception("erasure_failed", erasure=row.pk)
        job.cursor = {"left": [*job.cursor.get("left", []), row.pk]}
        return StepResult(failed=1)
    return StepResult(processed=1)


def _found(job: Job) -> Person:
    try:
        return person(job.params["party"])
    except Party.DoesNotExist:
        raise JobFailed(_("The member is not in the register any more.")) from None


def _may(job: Job, found: Person) -> bool:
    scope = scope_of(job)
    return not rights.is_beyond(scope, found) and not rights.is_hidden(scope, found)
