"""Background work of data checks: who is asked, the e-mails, the letters with codes. Rights are asked anew in each step."""

from __future__ import annotations

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from billing.documents import check_letters
from billing.models import CheckRound, DataCheck
from billing.models.checks import Channel
from billing.services import rounds
from jasenpalvelu.audit.services import log_export, mutation
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

MAILS, LETTERS = 25, 10


@register(rounds.SEND_JOB, noun=ngettext_lazy("%(n)s e-mail", "%(n)s e-mails", "n"))
def send(job: Job, deadline: Deadline) -> StepResult:
    """First who is asked, then the e-mails. `params`: round, base, remind.

    The mails of a step are sent before it is saved: a worker killed in between sends at most one step's mails again, with
    the same link.
    """
    round = _round(job)
    if round.opened_at is None:
        among = _segment_members(job, round)
        rounds.settle(round=round, among=among, on=clock.today(), at=clock.now())
        return StepResult(total=_to_mail(job, round).count(), event=_("It is known who is asked"))
    chunk = list(_to_mail(job, round)[:MAILS])
    if not chunk or not round.is_open(clock.today()):
        job.result_url = reverse("office:check_round", args=[round.pk])
        job.result_label = _("See the round")
        return StepResult(done=True)
    sent = _mail(job, round, chunk)
    rounds.mark_sent(
        checks=[c.pk for c in chunk if c.payer_id in sent],
        at=clock.now(),
        actor=job.owner,
        reminding=bool(job.params["remind"]),
    )
    job.cursor = {"after": chunk[-1].pk}
    lost = [_no_address(check) for check in chunk if check.payer_id not in sent]
    return StepResult(processed=len(chunk) - len(lost), failed=len(lost), attention=lost)


def _round(job: Job) -> CheckRound:
    round = CheckRound.objects.select_related("unit", "segment").get(pk=job.params["round"])
    if not scope_of(job).can("members.edit", round.unit_id, "BC"):
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


def _to_mail(job: Job, round: CheckRound) -> QuerySet[DataCheck]:
    rows = DataCheck.objects.filter(
        round=round, channel=Channel.EMAIL, pk__gt=job.cursor.get("after", 0), payer__merged_into__isnull=True
    ).silent()
    rows = rows if job.params["remind"] else rows.filter(sent_at=None)
    return rows.select_related("payer__person", "payer__organisation").order_by("pk")


def _mail(job: Job, round: CheckRound, chunk: list[DataCheck]) -> set[int]:
    """Send to those who still have an address; whose mail was sent. A server that is down stops the step, to be tried again."""
    points = ContactPoint.objects.filter(
        party__in=[c.payer_id for c in chunk],
        kind=ContactKind.EMAIL,
        primary=True,
        valid_to__isnull=True,
        bounced_on__isnull=True,
    )
    addresses = dict(points.order_by("pk").values_list("party_id", "value"))
    letters = [_letter(job, round, c, addresses[c.payer_id]) for c in chunk if c.payer_id in addresses]
    if letters:
        with get_connection() as connection:
            connection.send_messages(letters)
    return set(addresses)


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
        )


def _no_address(check: DataCheck) -> dict[str, str]:
    return {
        "name": check.payer.display_name,
        "what": _("The e-mail address has been removed since"),
        "then": _("Print a letter"),
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
    with mutation(actor=job.owner, kind="check.letters", summary=round.title, unit_id=round.unit_id):
        codes = {check.pk: rounds.new_code(check) for check in chunk}
        DataCheck.objects.filter(pk__in=codes).update(sent_at=clock.now())
    place = job.params["base"].rstrip("/") + reverse("public:check_code")
    values = check_letters.context(round, chunk, codes, place, clock.today())
    return paper.pdf(check_letters.TEMPLATE, values, values["logo"])
