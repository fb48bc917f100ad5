"""A round of a survey's letters to the people it asks: the invitations, then reminders to the silent (COM-5, ADR 0026).

A round is a letter of the outbox whose audience are the survey's invitations. It is frozen, let go, paused and cancelled as letters are
(`releasing`), and whoever has refused letters of surveys gets none. Who gets a reminder has not answered: of a survey that does not show
names its rounds of reminders are not listed, and leave nothing in the contact log.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from communications.letters import blocks
from communications.models import (
    Archive,
    Grade,
    Mailing,
    MailingKind,
    MailingState,
    MailingVersion,
    Survey,
    Topic,
)
from communications.sending.waking import wake
from communications.services.base_topics import ensure_topics
from communications.services.inviting import BETWEEN
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.dates import format_date
from members.models import ConsentPurpose

TOPIC = "surveys"


class AskingError(Exception):
    """`code`: under_way (a round has not ended yet), early (the last one is not a day old)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def ask(*, survey: Survey, actor: User | None, at: datetime) -> Mailing:
    """The next round, to leave at once: invitations, as long as no round of them has left; then reminders.

    In the transaction of a caller who holds the survey. Raises AskingError.
    """
    earlier = Mailing.objects.filter(survey=survey).exclude(state=MailingState.CANCELLED)
    if earlier.under_way().exists():
        raise AskingError("under_way")
    if earlier.filter(scheduled_at__gt=at - BETWEEN).exists():
        raise AskingError("early")
    reminding = earlier.exists()
    with mutation(actor=actor, kind="survey.ask", summary=survey.title, unit_id=survey.unit_id):
        made = Mailing.objects.create(
            unit=survey.unit,
            kind=MailingKind.INVITATION,
            survey=survey,
            reminding=reminding,
            unlisted=reminding and survey.grade != Grade.OPEN,
            title=survey.title_fi,
            topic=topic(),
            archive=Archive.NONE,
            state=MailingState.SCHEDULED,
            created_by=actor,
            sender=actor,
            scheduled_at=at,
        )
        for language in survey.languages:
            _write(made, survey, language)
    transaction.on_commit(lambda: wake("communications.advance"))
    return made


def topic() -> Topic:
    """What the rounds are about; made where it is missing."""
    found = Topic.objects.filter(code=TOPIC).first()
    if found is None:
        with mutation(actor=None, kind="topics.base"):
            ensure_topics(Topic.objects, ConsentPurpose.objects)
        found = Topic.objects.get(code=TOPIC)
    return found


def _write(mailing: Mailing, survey: Survey, language: str) -> None:
    """The words in one language: the same blocks as of any letter, with one's own link as its poll."""
    with translation.override(language):
        title = survey.title_in(language)
        subject = _("Reminder: %(title)s") % {"title": title} if mailing.reminding else title
        parts = [
            blocks.new("heading", text=title),
            blocks.new("text", text="\n\n".join(_paragraphs(mailing, survey, language))),
            blocks.new("poll", poll=str(survey.pk)),
        ]
        until = _("Answer by %(day)s.") % {"day": format_date(survey.closes_on)} if survey.closes_on else ""
    MailingVersion.objects.create(
        mailing=mailing, language=language, subject=subject[:150], preheader=until, blocks=parts
    )


def _paragraphs(mailing: Mailing, survey: Survey, language: str) -> list[str]:
    unit = {"unit": survey.unit.name_in(language)}
    if mailing.reminding:
        asked = _(
            "%(unit)s has asked for your answer, and it has not come yet. If you have answered meanwhile, all is well."
        )
    else:
        asked = _("%(unit)s asks for your answer.")
    told = ["{{greeting}},", asked % unit, _("The link is your own, do not pass it on.")]
    contact = survey.unit.email or survey.unit.phone
    return [*told, _("Questions: %(contact)s") % {"contact": contact}] if contact else told
