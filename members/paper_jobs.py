"""Papers of many members made in the background: the list of members of the Act, sheets of membership cards (REG-6, REG-15).

Rights are asked anew in each step. Finished parts wait in the job's own folder, so a killed worker repeats one step.
"""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from jasenpalvelu.audit.services import log_export
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from members import ordering, roll_paper
from members.cards import printing
from members.cards.reading import card_of, late_where_it_matters, with_names
from members.cards.signing import Signer, signer
from members.models import Membership, OrgUnit
from members.owners import scope_of
from members.paper_parts import Parts
from members.paper_parts import pages as pages_of
from members.roll import Place, Roll

ROLL_JOB, CARDS_JOB = "members.roll", "members.cards"
# Members in a part: some seconds of work, and whole sheets.
LINES, CARDS = 250, 20


@register(ROLL_JOB, queue="pdf", noun=ngettext_lazy("%(n)s member", "%(n)s members", "n"))
def print_roll(job: Job, deadline: Deadline) -> StepResult:
    """The next part of the list, or the parts put together. `params`: unit, on (ISO date), language."""
    unit = _unit(job)
    if job.cursor.get("gathered"):
        return _put_together(job, unit, f"jasenluettelo-{unit.slug}-{job.params['on'].replace('-', '')}")
    roll = Roll(unit.pk, date.fromisoformat(job.params["on"]), clock.today(), job.params["language"])
    after = cast("Place | None", tuple(job.cursor["after"]) if job.cursor.get("after") else None)
    done, pages = int(job.cursor.get("done", 0)), int(job.cursor.get("pages", 0))
    places = roll.chunk(after, size=LINES)
    total = roll.count() if after is None else None
    if places or after is None:
        data = roll_paper.part(
            unit,
            roll,
            roll.lines(places),
            before=done,
            pages_before=pages,
            count=total,
            made_on=clock.today(),
        )
        Parts(job).keep(data)
        pages += pages_of(data)
    job.cursor |= {
        "after": places[-1] if places else job.cursor.get("after"),
        "done": done + len(places),
        "pages": pages,
        "gathered": len(places) < LINES,
    }
    return StepResult(processed=len(places), total=total)


@register(CARDS_JOB, queue="pdf", noun=ngettext_lazy("%(n)s card", "%(n)s cards", "n"))
def print_cards(job: Job, deadline: Deadline) -> StepResult:
    """The next sheets of cards, or all put together. `params`: as `members.ordering.CardOrder`, and base (address of the service).

    A membership that has ended since the order, or whose fee is late where the card needs it, gets no card and is named.
    """
    unit, order = _unit(job), ordering.CardOrder.of(job.params)
    if job.cursor.get("gathered"):
        return _put_together(job, unit, f"jasenkortit-{unit.slug}-{clock.today():%Y%m%d}")
    key = signer()
    if key is None:
        raise JobFailed(_("No key signs cards now. Ask the operator of the service."))
    rows = ordering.memberships(order, clock.today())
    chunk = list(_after(rows, job.cursor.get("after"))[:CARDS])
    late = late_where_it_matters(chunk, clock.today())
    due = [m for m in chunk if m.pk not in late]
    if due:
        Parts(job).keep(_drawn(due, order, key, job.params["base"]))
    job.cursor |= {
        "after": [chunk[-1].sort_key, chunk[-1].pk] if chunk else job.cursor.get("after"),
        "done": int(job.cursor.get("done", 0)) + len(due),
        "gathered": len(chunk) < CARDS,
    }
    refused = [
        {"name": m.party.display_name, "what": _("The fee is late"), "then": _("No card"), "url": ""}
        for m in chunk
        if m.pk in late
    ]
    return StepResult(processed=len(due), failed=len(refused), attention=refused)


def _after(rows: Any, after: list[Any] | None) -> Any:
    rows = rows.order_by("sort_key", "pk")
    return rows.filter(ordering.further(after[0], after[1])) if after else rows


def _drawn(due: list[Membership], order: ordering.CardOrder, key: Signer, base: str) -> bytes:
    found = with_names().in_bulk([m.pk for m in due])
    cards = [
        card_of(found[m.pk], on=clock.today(), signer=key, late=False, until=order.valid_until) for m in due
    ]
    return printing.sheets(cards, base=base) if order.form == "sheets" else printing.singles(cards, base=base)


# --- what both do -----------------------------------------------------------------------------------------------------
def _unit(job: Job) -> OrgUnit:
    """The association the paper is of, as long as its owner may take it out; JobFailed when not any more."""
    unit = OrgUnit.objects.get(pk=job.params["unit"])
    if not scope_of(job).can(job.needs, unit.pk, "A"):
        Parts(job).forget()
        raise JobFailed(_("You may not take members' data out any more. Nothing was written."))
    return unit


def _put_together(job: Job, unit: OrgUnit, name: str) -> StepResult:
    parts = Parts(job)
    result = parts.put_together(name)
    log_export(
        actor=job.owner, subject=job.title, count=int(job.cursor["done"]), unit_id=unit.pk, classes="A"
    )
    transaction.on_commit(parts.forget)
    return result
