"""Background work of data checks: who is asked, the e-mails, the letters with codes. Rights are asked anew in each step."""

from __future__ import annotations

import smtplib

from django.core.mail import DNS_NAME, EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from billing.documents import check_letters
from billing.models import CheckRound, DataCheck
from billing.models.checks import Channel, DataCheckQuerySet
from billing.services import rounds
from jasenpalvelu.audit.services import log_export
from jasenpalvelu.common import clock, paper
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from members import listing
from members.choosing import Choices
from members.models import ContactPoint, Segment
from members.models.parties import ContactKind
from members.owners import scope_of
from members.paper_parts import Parts
from members.segments import compiling, tree

LETTERS = 10


@register(rounds.SEND_JOB, noun=ngettext_lazy("%(n)s e-mail", "%(n)s e-mails", "n"))
def send(job: Job, deadline: Deadline) -> StepResult:
    """First who is asked, then the e-mails. `params`: round, base, remind.

    One e-mail is one step, and that it has been sent is saved with it: a worker that is killed sends at most the one again
    that it was sending, with the same link and the same Message-ID. What the server refuses is told and passed over; a
    server that cannot be reached stops the step, to be tried again.
    """
    round = _round(job)
    if round.opened_at is None:
        among = _segment_members(job, round)
        rounds.settle(round=round, among=among, on=clock.today(), at=clock.now())
        return StepResult(total=_to_mail(job, round).count(), event=_("It is known who is asked"))
    rows = _to_mail(job, round)
    total = None if job.cursor or job.total is not None else rows.count()
    check = rows.select_related("payer__person", "payer__organisation").order_by("pk").first()
    if check is None or not round.is_open(clock.today()):
        job.result_url = reverse("office:check_round", args=[round.pk])
        job.result_label = _("See the round")
        return StepResult(done=True, total=total)
    job.cursor = {"after": check.pk}
    lost = _mail(job, round, check)
    return StepResult(
        processed=int(not lost), failed=int(bool(lost)), attention=[lost] if lost else [], total=total
    )


def _round(job: Job) -> CheckRound:
    rows = CheckRound.objects.select_related("unit", "segment").filter(pk=job.params["round"])
    round = rows.visible_to(scope_of(job)).first()
    if round is None:
        raise JobFailed(_("You may not handle the members of this unit any more. Nothing more was sent."))
    return round


def _segment_members(job: Job, round: CheckRound) -> list[int] | None:
    """The members of the segment, as its owner sees them today; None when the round has none."""
    if round.segment_id is None:
        return None
    scope = scope_of(job)
    kept = Segment.objects.visible_to(scope).filter(pk=round.segment_id).first()
    if kept is None:
        raise JobFailed(_("The segment is not there any more. Begin the round again."))
    narrowing = compiling.narrowing(tree.from_json(kept.spec), Choices(scope), clock.today())
    return list(listing.parties(narrowing, "members.edit").order_by().values_list("pk", flat=True))


def _to_mail(job: Job, round: CheckRound) -> DataCheckQuerySet:
    rows = rounds.to_mail(round, reminding=job.params["remind"], at=clock.now())
    return rows.filter(pk__gt=job.cursor.get("after", 0))


def _mail(job: Job, round: CheckRound, check: DataCheck) -> dict[str, str] | None:
    """Send the payer's e-mail; what somebody should know of it when it did not go."""
    points = ContactPoint.objects.filter(
        party=check.payer_id,
        kind=ContactKind.EMAIL,
        primary=True,
        valid_to__isnull=True,
        bounced_on__isnull=True,
    )
    address = points.order_by("pk").values_list("value", flat=True).first()
    if address is None:
        rounds.send_by_letter(check=check, actor=job.owner)
        return _lost(check, _("The e-mail address has been removed since"))
    try:
        _letter(job, round, check, address).send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ValueError) as error:
        return _refused(job, check, error)
    rounds.mark_sent(check=check, at=clock.now(), actor=job.owner, reminding=bool(job.params["remind"]))
    return None


def _refused(job: Job, check: DataCheck, error: Exception) -> dict[str, str]:
    """The server speaks, but does not take this message. A code that begins with 4 says to come again; an address that is
    none at all comes as a ValueError."""
    codes = [400]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
    elif isinstance(error, smtplib.SMTPDataError):
        if error.smtp_code >= 500:
            return _lost(check, _("The mail server refuses the message"))
    else:
        codes = [500]
    if min(codes, default=500) < 500:
        return _lost(check, _("The mail server did not take the message now"), _("Send a reminder later"))
    rounds.send_by_letter(check=check, actor=job.owner)
    return _lost(check, _("The mail server refuses the e-mail address"))


def _letter(job: Job, round: CheckRound, check: DataCheck, email: str) -> EmailMessage:
    payer, unit = check.payer, round.unit
    with translation.override(payer.language):
        link = job.params["base"].rstrip("/") + reverse("public:check", args=[rounds.token_of(check)])
        facts = {
            "name": payer.person.full_name if payer.is_person else payer.display_name,
            "unit": unit.name_in(payer.language),
            "year": round.year,
            "link": link,
            "until": round.answer_by,
            "reminding": job.params["remind"],
            "contact": unit.email or unit.phone,
        }
        subject = _("Check the data of your membership fee %(year)s: %(unit)s")
        return EmailMessage(
            subject=subject % facts,
            body=render_to_string("billing/email/check.txt", facts),
            to=[email],
            reply_to=[unit.email] if unit.email else None,
            headers={"Message-ID": f"<check-{check.pk}-{check.version}-{job.pk}@{DNS_NAME}>"},
        )


def _lost(check: DataCheck, what: str, then: str = "") -> dict[str, str]:
    return {
        "name": check.payer.display_name,
        "what": what,
        "then": then or _("Print a letter"),
        "url": reverse("office:member", args=[check.payer_id]),
    }


# --- letters ----------------------------------------------------------------------------------------------------------
@register(rounds.LETTERS_JOB, queue="pdf", noun=ngettext_lazy("%(n)s letter", "%(n)s letters", "n"))
def letters(job: Job, deadline: Deadline) -> StepResult:
    """The next letters, or all put together. Each letter's code is made with it: drawing anew voids the one before."""
    round, parts = _round(job), Parts(job)
    if job.cursor.get("gathered"):
        result = parts.put_together(f"tarkistuskirjeet-{round.unit.slug}-{round.year}")
        log_export(
            actor=job.owner,
            subject=job.title,
            count=int(job.cursor["done"]),
            unit_id=round.unit_id,
            classes="AB",
        )
        transaction.on_commit(parts.forget)
        return result
    rows = DataCheck.objects.filter(round=round, payer__merged_into__isnull=True).silent()
    rows = rows.filter(channel=Channel.LETTER)
    total = rows.count() if not job.cursor else None
    after = int(job.cursor.get("after", 0))
    chunk = list(
        rows.filter(pk__gt=after)
        .select_related("payer__person", "payer__organisation")
        .order_by("pk")[:LETTERS]
    )
    if chunk:
        parts.keep(_drawn(job, round, chunk))
    job.cursor |= {
        "after": chunk[-1].pk if chunk else after,
        "done": int(job.cursor.get("done", 0)) + len(chunk),
        "gathered": len(chunk) < LETTERS,
    }
    return StepResult(processed=len(chunk), total=total)


def _drawn(job: Job, round: CheckRound, chunk: list[DataCheck]) -> bytes:
    assert job.owner is not None, "letters are made by a person"
    codes = rounds.new_codes(actor=job.owner, round=round, checks=chunk, at=clock.now())
    place = job.params["base"].rstrip("/") + reverse("public:check_code")
    values = check_letters.context(round, chunk, codes, place, clock.today())
    return paper.pdf(check_letters.TEMPLATE, values, values["logo"])
