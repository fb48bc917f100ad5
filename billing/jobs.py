"""Background work of billing: calculating and issuing runs, booking files; the words a job page says about them."""

from __future__ import annotations

import time
from datetime import date
from functools import lru_cache
from uuid import uuid4

from django.urls import reverse
from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext as _

from billing.formats.errors import BankFileError
from billing.models import InvoiceRun, PaymentFile
from billing.models.payments import RowState
from billing.models.runs import RunState
from billing.refusals import explain, refusal_of
from billing.services import booking_files, first_fees, issuing, previewing, volumes
from billing.services.approving import ISSUE_JOB
from billing.services.booking_files import BOOK_JOB
from billing.services.first_fees import FIRST_FEES_JOB
from billing.services.preparing import HELPER_JOB, PREVIEW_JOB, SUMS_JOB, RunError
from billing.services.previewing import Calculating
from billing.services.reading_payments import read
from jasenpalvelu.common import clock
from jasenpalvelu.common.money import format_money, format_number
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.services import enqueue
from members.models import OrgUnit

# A step goes on with another range as long as this much of its time is left, so that progress is seen to move.
ENOUGH_LEFT = 2.5
# A second worker helps from this many payers on, a third from three times as many.
ALONE_UP_TO = 20_000
WAITING_SECONDS = 0.3


@register(PREVIEW_JOB, noun=ngettext_lazy("%(n)s payer", "%(n)s payers", "n"))
def preview(job: Job, deadline: Deadline) -> StepResult:
    """First who pays what, then ranges of payers, at last the sums."""
    run = _run(job, RunState.CALCULATING)
    phase = job.cursor.get("phase", "begin")
    if phase == "begin":
        calculation = str(uuid4())
        total = previewing.begin(run=run, calculation=calculation, range_size=previewing.RANGE)
        job.cursor = {"phase": "price", "calculation": calculation}
        _call_helpers(job, total)
        return StepResult(total=total, phases=_preview_phases("price", total))
    if phase == "price":
        return _preview_ranges(job, run, deadline)
    run = previewing.finish(run=run, at=clock.now())
    _lead_to_preview(job, run)
    return StepResult(done=True, phases=_preview_phases("", job.total or 0))


@register(FIRST_FEES_JOB)
def first_fee(job: Job, deadline: Deadline) -> StepResult:
    """A run of those admitted after the run of the year, or of those that are left when an admission was taken back."""
    act = first_fees.bill_no_more if job.params["undone"] else first_fees.bill
    unit = OrgUnit.objects.get(pk=job.params["unit"])
    try:
        run = act(unit=unit, members_from=date.fromisoformat(job.params["members_from"]), on=clock.today())
    except RunError as error:
        if error.code != "busy":
            raise JobFailed(
                _("The association cannot bill now: the account number or the fee table is missing.")
            ) from None
        time.sleep(WAITING_SECONDS)
        return StepResult()
    if run is not None:
        _lead_to_preview(job, run)
    return StepResult(done=True)


@register(SUMS_JOB)
def sums(job: Job, deadline: Deadline) -> StepResult:
    """The sums of a large run again, when a payer was left out or taken in."""
    run = previewing.count(run=_run(job, RunState.CALCULATING))
    _lead_to_preview(job, run)
    return StepResult(done=True)


def _lead_to_preview(job: Job, run: InvoiceRun) -> None:
    job.result_url = reverse("office:run", args=[run.pk])
    job.result_label = _("See the preview")


@register(HELPER_JOB)
def help_preview(job: Job, deadline: Deadline) -> StepResult:
    """Work at the ranges of a large run beside the preview's own job, until there are none left or it has begun anew."""
    calculation = job.params["calculation"]
    run = previewing.under_way(run_id=job.params["run"], calculation=calculation)
    return StepResult(done=run is None or not _calculate(calculation, run, deadline))


def _call_helpers(job: Job, payers: int) -> None:
    """Nobody's jobs: their progress is the progress of the preview. A run is calculated just as well without them."""
    helpers = 0 if payers <= ALONE_UP_TO else 1 if payers <= 3 * ALONE_UP_TO else 2
    for _number in range(helpers):
        params = {"run": job.params["run"], "calculation": job.cursor["calculation"]}
        enqueue(kind=HELPER_JOB, title=job.title, owner=None, params=params)


def _preview_ranges(job: Job, run: InvoiceRun, deadline: Deadline) -> StepResult:
    worked = _calculate(job.cursor["calculation"], run, deadline)
    processed = previewing.calculated(run) - job.done
    if previewing.all_calculated(run):
        job.cursor = {"phase": "finish"}
        return StepResult(processed=processed, phases=_preview_phases("finish", job.total or 0))
    if not worked:
        time.sleep(WAITING_SECONDS)  # the last ranges are in other hands; if those die they are free at once
    return StepResult(processed=processed)


def _calculate(calculation: str, run: InvoiceRun, deadline: Deadline) -> bool:
    """Range after range for a while. False when there was none free."""
    work = _context(calculation, run.pk)
    while previewing.calculate_next(run=run, calculation=calculation, work=work):
        if deadline.seconds_left < ENOUGH_LEFT:
            return True
    return False


@lru_cache(maxsize=1)
def _context(calculation: str, run_id: int) -> Calculating:
    """What all ranges of one calculation share, kept from step to step; `calculation` is new each time one begins."""
    return previewing.context(InvoiceRun.objects.get(pk=run_id))


def _preview_phases(doing: str, payers: int) -> list[dict[str, str]]:
    texts = {
        "begin": _("Who pays for whom"),
        "price": _("Fees calculated"),
        "finish": _("Sums and remarks"),
    }
    return _phases(texts, doing, numbered="price", number=payers)


def _phases(texts: dict[str, str], doing: str, *, numbered: str, number: int) -> list[dict[str, str]]:
    """The phases of a piece of work in their order; all are done when none is being done."""
    order = list(texts)
    at = order.index(doing) if doing else len(order)
    states = ["done" if place < at else "doing" if place == at else "todo" for place in range(len(order))]
    shown = format_number(number, get_language() or "fi")
    return [
        {"text": texts[name], "state": state, "number": shown if name == numbered else "", "note": ""}
        for name, state in zip(order, states, strict=True)
    ]


@register(ISSUE_JOB, noun=ngettext_lazy("%(n)s invoice", "%(n)s invoices", "n"))
def issue(job: Job, deadline: Deadline) -> StepResult:
    """Number and freeze the approved items, a chunk in each step's transaction."""
    run = _run(job, RunState.ISSUING)
    if not job.cursor.get("compared") and not issuing.is_as_approved(run):
        return _refused(job, run)
    job.cursor = {"compared": True}
    language = get_language() or "fi"
    result = issuing.issue_chunk(run=run, actor=job.owner, at=clock.now(), size=issuing.CHUNK)
    if result.issued or result.refused:
        facts = {_("Sum"): format_money(issuing.issued_total(run), language)} if result.issued else {}
        attention = [
            {
                "name": name,
                "url": "",
                "what": _("Charged already by another run"),
                "then": _("No invoice was made"),
            }
            for name in result.refused
        ]
        return StepResult(
            processed=result.issued, failed=len(result.refused), facts=facts, attention=attention
        )
    run = issuing.finish(run=run, at=clock.now())
    first_fees.follow(run)
    volumes.order(run=run, actor=job.owner)
    job.result_url = reverse("office:run", args=[run.pk])
    job.result_label = _("See the run")
    return StepResult(done=True, facts={_("Sum"): format_money(issuing.issued_total(run), language)})


@register(BOOK_JOB, noun=ngettext_lazy("%(n)s payment", "%(n)s payments", "n"))
def book(job: Job, deadline: Deadline) -> StepResult:
    """A bank's file: read whole, its new rows, then the plain full payments all at once, then the others chunk by chunk."""
    file = PaymentFile.objects.select_related("unit").get(pk=job.params["file"])
    phase = job.cursor.get("phase", "rows")
    if phase == "rows":
        return _take_rows(job, file)
    if phase == "full":
        job.cursor = {"phase": "rest"}
        matched = booking_files.match_full(file=file, actor=job.owner, at=clock.now())
        return StepResult(processed=matched, phases=_booking_phases("match", file))
    if dealt_with := booking_files.match_next(file=file, actor=job.owner):
        return StepResult(processed=dealt_with)
    file = booking_files.finish(file=file, actor=job.owner)
    job.result_url, job.result_label = reverse("office:payment_file", args=[file.pk]), _("See the payments")
    facts = {_("Sum"): format_money(file.total, get_language() or "fi")}
    return StepResult(done=True, facts=facts, phases=_booking_phases("", file))


def _take_rows(job: Job, file: PaymentFile) -> StepResult:
    """Read the file and store its rows. One that cannot be booked is told on its page and here; nothing of it stays."""
    refusal = None
    try:
        with file.content.open() as content:
            parsed = read(content.read())
        file = booking_files.note_contents(file=file, read=parsed, actor=job.owner)
    except BankFileError as error:
        refusal = refusal_of(error)
    except booking_files.FileRefused as error:
        refusal = {"code": "foreign_account", "found": error.account}
    except OSError:
        refusal = {"code": "gone"}
    if refusal is not None:
        booking_files.refuse(file=file, refusal=refusal)
        job.result_url, job.result_label = reverse("office:payment_file", args=[file.pk]), _("See the file")
        return StepResult(stopped=explain(refusal))
    booking_files.insert_rows(file=file, read=parsed, actor=job.owner)
    job.cursor = {"phase": "full"}
    left = file.rows.filter(state=RowState.NEW).count()
    phases = _booking_phases("full", file)
    return StepResult(processed=file.row_count - left, total=file.row_count, phases=phases)


def _booking_phases(doing: str, file: PaymentFile) -> list[dict[str, str]]:
    texts = {"rows": _("New payments"), "full": _("Invoices paid in full"), "match": _("Other payments")}
    return _phases(texts, doing, numbered="rows", number=file.new_count)


def _refused(job: Job, run: InvoiceRun) -> StepResult:
    """What would be numbered is not what was approved."""
    if issuing.back_to_preview(run=run):
        job.result_url = reverse("office:run", args=[run.pk])
        job.result_label = _("See the preview")
        text = _(
            "The calculation is not the one that was approved: something has changed it since. No invoice was made and no"
            " number used. Calculate the preview again and check it."
        )
    else:
        text = _(
            "The calculation is not the one that was approved: something has changed it since. The invoices made so far"
            " stand, and no more were made."
        )
    return StepResult(stopped=text)


def _run(job: Job, state: str) -> InvoiceRun:
    run = InvoiceRun.objects.select_related("creditor").get(pk=job.params["run"])
    if run.state != state:
        raise JobFailed(_("The run is no longer waiting for this work."))
    return run
