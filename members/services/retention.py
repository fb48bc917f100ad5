"""Erasing by the rules of retention: proposed by one, approved by another, waited for, then carried out (REG-14, ADR 0022)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import (
    Erasure,
    ErasureItem,
    ErasureRun,
    OrgUnit,
    RetentionCount,
    RetentionRule,
)
from members.models.retention import RunState
from members.personal import terms
from members.personal.rights import CLASSES, HANDLE, RELEASE
from members.scope import Scope
from members.services import erasing
from members.services.logins import is_same_person

QUARANTINE = timedelta(days=30)
# The breaker: so much more than the last time, or such a part of everybody. A few people never trip it.
JUMP, OF_ALL, FEW = Decimal("0.5"), Decimal("0.1"), 20
ITEM = ErasureItem.State


class RetentionError(Exception):
    """`code`: bounds, none, open (one waits already), changed (the state is another), same (the second is the first), stopped."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def set_months(*, actor: User, kind: str, unit: OrgUnit | None, months: int | None) -> None:
    """Set the months of the unit, or of the federation (None); no months: what the federation or the service says holds again."""
    known = terms.rule(kind)
    if months is not None and not known.shortest <= months <= known.longest:
        raise RetentionError("bounds")
    with mutation(actor=actor, kind="retention.rule", unit_id=unit.pk if unit else None):
        if months is None:
            RetentionRule.objects.filter(kind=kind, unit=unit).delete()
        else:
            RetentionRule.objects.update_or_create(kind=kind, unit=unit, defaults={"months": months})


def is_jump(*, candidates: int, previous: int | None, people: int) -> bool:
    """Whether so many are more than a mistake in a rule or in the data may be trusted with."""
    if candidates <= FEW:
        return False
    grown = previous is not None and candidates > previous * (1 + JUMP) + FEW
    return grown or candidates > people * OF_ALL


def propose(*, actor: User, unit: OrgUnit, units: Sequence[int], kind: str, on: date) -> ErasureRun:
    """Write down whose time has run out in `units`. Erases nothing. RetentionError "none" or "open"."""
    found = terms.due(kind, units=units, on=on)
    if not found:
        raise RetentionError("none")
    last = ErasureRun.objects.filter(unit=unit, kind=kind, state=RunState.DONE).order_by("-pk").first()
    people, previous = terms.known_people(units), last.candidates if last else None
    try:
        with transaction.atomic(), mutation(actor=actor, kind="retention.propose", unit_id=unit.pk):
            run = ErasureRun.objects.create(
                unit=unit,
                units=sorted(units),
                kind=kind,
                candidates=len(found),
                people=people,
                previous=previous,
                stopped=is_jump(candidates=len(found), previous=previous, people=people),
                proposed_on=on,
                proposed_by=actor,
            )
            ErasureItem.objects.bulk_create(
                [
                    ErasureItem(run=run, party_id=d.party_id, event_on=d.event_on, due_on=d.due_on)
                    for d in found
                ],
                batch_size=2_000,
            )
    except IntegrityError:
        raise RetentionError("open") from None
    return run


def approve(
    *, actor: User, run: ErasureRun, on: date, reason: str = "", may_release: bool = False
) -> ErasureRun:
    """The second person's word; the run waits thirty days from now. A stopped one needs a reason and the higher right."""
    with mutation(actor=actor, kind="retention.approve", unit_id=run.unit_id):
        row = _locked(run, RunState.PROPOSED)
        if is_same_person(row.proposed_by, actor):
            raise RetentionError("same")
        if row.stopped and not (may_release and reason.strip()):
            raise RetentionError("stopped")
        row.state, row.approved_by, row.approved_on = RunState.QUARANTINE, actor, on
        row.reason, row.erase_on, row.returned_on = reason.strip()[:300], on + QUARANTINE, None
        row.save(update_fields=["state", "approved_by", "approved_on", "reason", "erase_on", "returned_on"])
    return row


def cancel(*, actor: User, run: ErasureRun, on: date) -> None:
    """Take the whole run back, before its day."""
    with mutation(actor=actor, kind="retention.cancel", unit_id=run.unit_id):
        row = _locked(run, RunState.PROPOSED, RunState.QUARANTINE)
        row.state, row.ended_on = RunState.CANCELLED, on
        row.save(update_fields=["state", "ended_on"])


def spare(*, actor: User, item: ErasureItem, on: date, reason: str) -> None:
    """Take one person out; nobody is asked about them again for a year."""
    with mutation(actor=actor, kind="retention.spare", unit_id=item.run.unit_id):
        _locked(item.run, RunState.PROPOSED, RunState.QUARANTINE)
        changed = ErasureItem.objects.filter(pk=item.pk, state=ITEM.WAITING).update(
            state=ITEM.SPARED, spared_by=actor, spared_on=on, spared_reason=reason.strip()[:300]
        )
        if not changed:
            raise RetentionError("changed")


def unspare(*, actor: User, item: ErasureItem) -> None:
    """Put the person back on the list; only before the second person has approved it: nobody adds to it alone."""
    with mutation(actor=actor, kind="retention.unspare", unit_id=item.run.unit_id):
        _locked(item.run, RunState.PROPOSED)
        changed = ErasureItem.objects.filter(pk=item.pk, state=ITEM.SPARED).update(
            state=ITEM.WAITING, spared_by=None, spared_on=None, spared_reason=""
        )
        if not changed:
            raise RetentionError("changed")


def due_runs(*, on: date) -> QuerySet[ErasureRun]:
    """Approved runs whose thirty days are over, and those whose work was broken off."""
    return (
        ErasureRun.objects.filter(state__in=[RunState.QUARANTINE, RunState.ERASING], erase_on__lte=on)
        .select_related("unit")
        .order_by("erase_on", "pk")
    )


def begin(*, run: ErasureRun, on: date) -> bool:
    """The day has come: from now on nothing can be taken back. False when whoever approved it may not any more."""
    with mutation(actor=None, kind="retention.begin", unit_id=run.unit_id):
        row = _locked(run, RunState.QUARANTINE, RunState.ERASING)
        if not _still_approved(row, on):
            _give_back(row, on)
            return False
        row.state = RunState.ERASING
        row.save(update_fields=["state"])
    return True


def goes_on(*, run_id: int, on: date) -> bool:
    """Asked again before each step of the work: the approval holds, or the rest waits for a second person anew."""
    with mutation(actor=None, kind="retention.begin"):
        row = ErasureRun.objects.select_for_update().get(pk=run_id)
        if row.state == RunState.ERASING and not _still_approved(row, on):
            _give_back(row, on)
        return row.state == RunState.ERASING


def _still_approved(row: ErasureRun, on: date) -> bool:
    """Whether the second person holds today the right by which the run was approved."""
    user = row.approved_by
    if user is None or not user.is_active:
        return False
    scope, needed = Scope.for_user(user, on=on), [HANDLE, RELEASE] if row.stopped else [HANDLE]
    return all(set(row.units) <= scope.unit_ids(capability, CLASSES) for capability in needed)


def _give_back(row: ErasureRun, on: date) -> None:
    row.state, row.returned_on = RunState.PROPOSED, on
    row.approved_by = row.approved_on = row.erase_on = None
    row.save(update_fields=["state", "returned_on", "approved_by", "approved_on", "erase_on"])


def next_item(*, run_id: int, put_off: Collection[int] = ()) -> ErasureItem | None:
    """Whose turn it is; those that were put off come last. None when all have had their turn."""
    waiting = ErasureItem.objects.filter(run_id=run_id, run__state=RunState.ERASING, state=ITEM.WAITING)
    rows = waiting.select_related("run__approved_by").order_by("pk")
    return rows.exclude(pk__in=list(put_off)).first() or rows.first()


def carry_out(*, item: ErasureItem, on: date, at: datetime) -> ErasureItem:
    """Erase one person as one act. Who is not due any more, or whom something holds, is kept."""
    run = ErasureRun.objects.select_for_update().get(pk=item.run_id, state=RunState.ERASING)
    done: Erasure | None = None
    still = terms.due(run.kind, units=run.units, on=on, party_id=item.party_id, run_id=run.pk)
    if still:
        try:
            with transaction.atomic():
                done = erasing.erase(actor=run.approved_by, party_id=item.party_id, on=on, at=at)
        except erasing.EraseError:
            done = None
    with mutation(actor=None, kind="retention.carry_out", unit_id=run.unit_id):
        item.erasure, item.state = done, ITEM.ERASED if done else ITEM.KEPT
        item.save(update_fields=["erasure", "state"])
        if done:
            run.receipt = _added(run.receipt, done.receipt)
            run.save(update_fields=["receipt"])
    return item


def give_up(*, item: ErasureItem) -> ErasureItem:
    """An error came again and again with this person: the others are not to wait for it."""
    with mutation(actor=None, kind="retention.give_up", unit_id=item.run.unit_id):
        ErasureItem.objects.filter(pk=item.pk, state=ITEM.WAITING).update(state=ITEM.FAILED)
    item.state = ITEM.FAILED
    return item


def finish(*, run_id: int, on: date) -> None:
    with mutation(actor=None, kind="retention.finish"):
        row = ErasureRun.objects.select_for_update().get(pk=run_id)
        row.state, row.ended_on = RunState.DONE, on
        row.save(update_fields=["state", "ended_on"])


def count(*, on: date) -> None:
    """Each night: how many people's time has run out, by association. Erases nothing and proposes nothing."""
    units = list(OrgUnit.objects.order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        RetentionCount.objects.all().delete()
        for kind in terms.KINDS:
            numbers = Counter(due.unit_id for due in terms.due(kind, units=units, on=on))
            RetentionCount.objects.bulk_create(
                [
                    RetentionCount(unit_id=unit, kind=kind, people=n, counted_on=on)
                    for unit, n in sorted(numbers.items())
                ]
            )


def _locked(run: ErasureRun, *states: str) -> ErasureRun:
    row = ErasureRun.objects.select_for_update(of=["self"]).select_related("proposed_by").get(pk=run.pk)
    if row.state not in states:
        raise RetentionError("changed")
    return row


def _added(so_far: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """Two receipts together."""
    gone: Counter[str] = Counter(dict(so_far.get("gone", [])))
    gone.update(dict(one["gone"]))
    stays: Counter[tuple[str, str, str | None]] = Counter()
    for table, n, hold, until in [*so_far.get("stays", []), *one["stays"]]:
        stays[(table, hold, until)] += n
    return {
        "gone": [[table, n] for table, n in gone.items()],
        "stays": [[table, n, hold, until] for (table, hold, until), n in stays.items()],
    }
