"""Background work of data checks: who is asked, the e-mails, the letters with codes. Rights are asked anew in each step."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from billing import check_mail
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

LETTERS, MAILS = 10, 100


@register(rounds.SEND_JOB, noun=ngettext_lazy("%(n)s e-mail", "%(n)s e-mails", "n"))
def send(job: Job, deadline: Deadline) -> StepResult:
    """First who is asked, then the e-mails into the outbox, a chunk with its marks in one step. `params`: round, base, remind.

    What becomes of each is the outbox's matter: it sends none twice, and who cannot be reached gets a letter (`handlers`).
    """
    round = _round(job)
    if round.opened_at is None:
        among = _segment_members(job, round)
        rounds.settle(round=round, among=among, on=clock.today(), at=clock.now())
        return StepResult(total=_to_mail(job, round).count(), event=_("It is known who is asked"))
    rows = _to_mail(job, round)
    total = None if job.cursor or job.total is not None else rows.count()
    found = list(rows.select_related("payer__person", "payer__organisation").order_by("pk")[:MAILS])
    if not found or not round.is_open(clock.today()):
        job.result_url = reverse("office:check_round", args=[round.pk])
        job.result_label = _("See the round")
        return StepResult(done=True, total=total)
    job.cursor = {"after": found[-1].pk}
    lost = _post(job, round, found)
    return StepResult(processed=len(found) - len(lost), failed=len(lost), attention=lost, total=total)


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


def _post(job: Job, round: CheckRound, found: list[DataCheck]) -> list[dict[str, str]]:
    """Put the payers' e-mails into the outbox; what somebody should know of those who have no address any more."""
    points = ContactPoint.objects.filter(
        party__in=[check.payer_id for check in found],
        kind=ContactKind.EMAIL,
        primary=True,
        valid_to__isnull=True,
        bounced_on__isnull=True,
    )
    addresses = dict(points.order_by("pk").values_list("party_id", "value"))
    posted, lost = [], []
    for check in found:
        try:
            check_mail.post_link(
                check=check,
                round=round,
                email=addresses.get(check.payer_id, ""),
                base=job.params["base"],
                reminding=bool(job.params["remind"]),
            )
        except ValueError:
            rounds.send_by_letter(check=check, actor=job.owner)
            lost.append(_lost(check, _("There is no e-mail address that works")))
        else:
            posted.append(check)
    rounds.mark_sent(checks=posted, at=clock.now(), actor=job.owner, reminding=bool(job.params["remind"]))
    return lost


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
