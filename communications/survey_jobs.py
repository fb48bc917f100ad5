"""Background work of surveys: who is asked, the letters, and answers as a file. Rights are asked anew in each step."""

from __future__ import annotations

from typing import IO

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from communications.models import Survey
from communications.permissions import SURVEYS
from communications.services import asking, inviting
from communications.services.surveys import SEND_JOB
from communications.survey_files import EXPORT_JOB, file_of
from communications.survey_letters import send_letters
from jasenpalvelu.audit.services import log_export
from jasenpalvelu.common import clock, exports
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.results import attach
from members.owners import scope_of

CHUNK = 200


@register(SEND_JOB, noun=ngettext_lazy("%(n)s letter", "%(n)s letters", "n"))
def send(job: Job, deadline: Deadline) -> StepResult:
    """First who is asked; then people's round, which goes its own way, or associations' letters, in chunks: those of a chunk lie in the
    outbox together with the mark that they do. `params`: survey, remind.
    """
    survey = _survey(job)
    if survey.settled_at is None:
        try:
            inviting.settle(survey=survey, scope=scope_of(job), on=clock.today(), at=clock.now())
        except inviting.InvitingError:
            raise JobFailed(_("The segment is not there any more. Nobody was asked.")) from None
        told = _("It is known who is asked")
        if not survey.of_units:
            asking.ask(survey=survey, actor=job.owner, at=clock.now())
            return _done(job, survey, event=told)
        total = inviting.to_mail(survey, reminding=False, at=clock.now()).count()
        return StepResult(total=total, event=told)
    return _chunk(job, survey)


def _done(job: Job, survey: Survey, *, total: int | None = None, event: str = "") -> StepResult:
    job.result_url = reverse("office:survey", args=[survey.pk])
    job.result_label = _("See the survey")
    return StepResult(done=True, total=total, event=event)


def _chunk(job: Job, survey: Survey) -> StepResult:
    reminding, now = bool(job.params["remind"]), clock.now()
    rows = inviting.to_mail(survey, reminding=reminding, at=now)
    total = rows.count() if job.total is None else None
    after = int(job.cursor.get("after", 0))
    chunk = list(rows.filter(pk__gt=after).select_related("unit").order_by("pk")[:CHUNK])
    if not chunk or not survey.takes_answers(clock.today()):
        return _done(job, survey, total=total)
    sent, refused = send_letters(survey, chunk, reminding=reminding)
    inviting.mark_sent(sent=sent, refused=refused, reminding=reminding, at=now)
    job.cursor = {"after": chunk[-1].pk}
    return StepResult(processed=len(sent), failed=len(refused), total=total)


@register(EXPORT_JOB)
def export(job: Job, deadline: Deadline) -> StepResult:
    """The answers, or what their grade lets one take out. `params`: survey, format."""
    survey = _survey(job)
    made = file_of(survey, clock.today())
    form = job.params["format"]

    def write(stream: IO[bytes]) -> None:
        if form == "xlsx":
            exports.write_xlsx(made.rows, made.columns, stream, sheet=survey.title)
        else:
            exports.write_csv(made.rows, made.columns, stream)

    attach(job, name=f"kysely-{survey.pk}-{clock.today():%Y%m%d}.{form}", write=write)
    log_export(
        actor=job.owner, subject=job.title, count=made.people, unit_id=job.unit_id, classes=made.classes
    )
    return StepResult(done=True, event=_("The file is ready"))


def _survey(job: Job) -> Survey:
    rows = Survey.objects.select_related("unit", "segment").filter(pk=job.params["survey"])
    survey = rows.visible_to(scope_of(job), SURVEYS).first()
    if survey is None:
        raise JobFailed(_("You may not handle this survey any more. Nothing more was done."))
    return survey
