"""Calculating a run: every payer by the decided tables, stored as items. It gives no number, charges nothing, sends nothing.

Pure in effect: the same tables, register and terms give the same items and the same hash. Done in ranges of payers, each
in a transaction of its own, so that a killed worker goes on from the last whole range.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from billing import charged, loading, settling, summaries
from billing.fingerprint import PRICING, SETTLING, fingerprint
from billing.items import ItemBuilder, ItemRow, copy_text, state_of
from billing.loading import Fees, PayerRecord
from billing.models import DataProposal, InvoiceRun, RunExclusion, RunItem, RunRange
from billing.models.runs import ItemState, RunItemQuerySet, RunState
from billing.pricing import Calculation, Key, price
from billing.services import first_fees
from billing.services.preparing import SUMS_JOB, RunError, begin_work, delete_items, open_run
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import FeeBasisKind, Party

RANGE = 4000
COUNTED_AT_ONCE = 20_000
_COLUMNS = "run_id, payer_id, state, name, sort_key, total, previous_total, payer_data, lines, errors, warnings, notes, codes"
_SAME_ID = """
UPDATE billing_runitem i SET
  warnings = i.warnings || jsonb_build_array(jsonb_build_object('code', 'same_y_tunnus', 'detail', s.y_tunnus)),
  codes = array_append(i.codes, 'same_y_tunnus')
FROM (
  SELECT id, payer_data->>'y_tunnus' AS y_tunnus, count(*) OVER (PARTITION BY payer_data->>'y_tunnus') AS payers
  FROM billing_runitem WHERE run_id = %(run)s AND payer_data->>'y_tunnus' <> ''
) s WHERE s.payers > 1 AND i.id = s.id
"""


@dataclass(frozen=True)
class Calculating:
    """What every range of a run's payers is calculated with."""

    fees: Fees
    builder: ItemBuilder
    previous: Sequence[int]
    shared: Mapping[str, int]
    any_charged: bool
    any_cap: bool


def begin(*, run: InvoiceRun, calculation: str, range_size: int) -> int:
    """Forget an earlier calculation and settle who pays what. Returns how many payers there are.

    Others go on changing the register meanwhile. Each part of the fingerprint is taken before what it stands for is read:
    a change in between makes the preview stale. `calculation` names this one; those who work at an earlier one end.
    """
    delete_items(run)
    last_event = settling.last_event()
    known = fingerprint(run, SETTLING)
    fees = loading.load_fees(year=run.year, unit_ids=run.units)
    payers = settling.resolve_payers(run, fees, range_size=range_size, since=first_fees.model_of(run))
    known |= fingerprint(run, PRICING)
    members = summaries.members_told_apart(run, fees)
    summary = {
        "fingerprint": known,
        "calculation": calculation,
        "members": members,
        "last_event": last_event,
    }
    _save(run, kind="billing.run.begin", summary=summary)
    return payers


def context(run: InvoiceRun) -> Calculating:
    """Load once what all ranges share."""
    fees = loading.load_fees(year=run.year, unit_ids=run.units)
    excluded = dict(RunExclusion.objects.filter(run=run).order_by("pk").values_list("payer_id", "reason"))
    builder = ItemBuilder(
        year=run.year,
        tables=fees.tables,
        basis_units=basis_units(),
        threshold=_threshold(run, fees),
        excluded=excluded,
    )
    return Calculating(
        fees=fees,
        builder=builder,
        previous=loading.previous_runs(run),
        shared=settling.shared_subjects(run),
        any_charged=charged.any_charged(run.year),
        any_cap=any(table.cap is not None for table in fees.tables.values()),
    )


def calculate_next(*, run: InvoiceRun, calculation: str, work: Calculating) -> int:
    """Calculate and store the next range nobody else works on; how many payers it had, 0 when there is none free.

    None of its ranges is free any more when the calculation is not the run's present one: the ranges are those of another,
    perhaps with other terms. Asked once the range is held, as whoever begins anew waits for that first. The claim lasts as long as the caller's transaction: of a worker that dies nothing remains, and another takes the range.
    """
    free = RunRange.objects.filter(run=run, done=False).order_by("after")
    span = free.select_for_update(skip_locked=True, of=("self",)).first()
    if span is None or under_way(run_id=run.pk, calculation=calculation) is None:
        return 0
    payers = loading.load_range(span, on=run.basis_date, previous=work.previous)
    found = [_price(work, payer) for payer in payers]
    _leave_out_charged(work, payers, found)
    _store(run, [work.builder.build(payer, sums) for payer, sums in zip(payers, found, strict=True)])
    RunRange.objects.filter(pk=span.pk).update(done=True)
    return span.payers


def under_way(*, run_id: int, calculation: str) -> InvoiceRun | None:
    """The run while it is this calculation of it that is under way."""
    runs = InvoiceRun.objects.filter(state=RunState.CALCULATING, summary__calculation=calculation)
    return runs.filter(pk=run_id).first()


def calculated(run: InvoiceRun) -> int:
    """How many payers have been calculated so far, by all workers together."""
    return sum(RunRange.objects.filter(run=run, done=True).values_list("payers", flat=True))


def all_calculated(run: InvoiceRun) -> bool:
    return not RunRange.objects.filter(run=run, done=False).exists()


def finish(*, run: InvoiceRun, at: datetime) -> InvoiceRun:
    """Look over the whole, count the sums and give the preview its hash."""
    if calculated(run) > loading.TOLD_FROM:
        settling.tell_planner("billing_runitem (run_id, payer_id, state, sort_key)")
    with connection.cursor() as cursor:
        cursor.execute(_SAME_ID, {"run": run.pk})
    run.previewed_at = at
    return _summarise(run)


def exclude(*, run: InvoiceRun, payer: Party, reason: str, actor: User | None) -> None:
    """Leave a payer out, with a reason; what the payer would be charged stays uncharged and can be billed later."""
    with mutation(
        actor=actor, kind="billing.run.exclude", summary=payer.display_name, unit_id=run.creditor_id
    ):
        run = open_run(run.pk)
        if not RunItem.objects.filter(run=run, payer=payer).update(state=ItemState.EXCLUDED):
            raise RunError("not_item")
        RunExclusion.objects.update_or_create(
            run=run, payer=payer, defaults={"reason": reason, "actor": actor}
        )
        _recount(run, actor)


def objecting(run: InvoiceRun) -> RunItemQuerySet:
    """The payers who would get an invoice on data that they have said are wrong: their corrections of the year still wait."""
    waiting = DataProposal.objects.waiting().filter(
        check_of__payer_id=OuterRef("payer_id"), check_of__round__year=run.year
    )
    return RunItem.objects.filter(Exists(waiting), run=run, state=ItemState.READY)


def exclude_objecting(*, run: InvoiceRun, reason: str, actor: User | None) -> int:
    """Leave all of them out until the corrections have been decided; how many."""
    with mutation(actor=actor, kind="billing.run.exclude", summary=reason, unit_id=run.creditor_id):
        run = open_run(run.pk)
        items = objecting(run).select_for_update(of=("self",)).order_by("pk")
        payers = dict(items.values_list("pk", "payer_id"))
        RunItem.objects.filter(pk__in=payers).update(state=ItemState.EXCLUDED)
        RunExclusion.objects.bulk_create(
            (RunExclusion(run=run, payer_id=payer, reason=reason, actor=actor) for payer in payers.values()),
            ignore_conflicts=True,
        )
        if payers:
            _recount(run, actor)
    return len(payers)


def include(*, run: InvoiceRun, payer: Party, actor: User | None) -> None:
    """Take a payer back in."""
    with mutation(
        actor=actor, kind="billing.run.include", summary=payer.display_name, unit_id=run.creditor_id
    ):
        run = open_run(run.pk)
        RunExclusion.objects.filter(run=run, payer=payer).delete()
        item = RunItem.objects.select_for_update().get(run=run, payer=payer)
        item.state = state_of(has_errors=bool(item.errors), total=item.total)
        item.save(update_fields=["state"])
        _recount(run, actor)


def count(*, run: InvoiceRun) -> InvoiceRun:
    """Count the sums of a calculated run anew, after somebody was left out or taken in."""
    return _summarise(run)


def _recount(run: InvoiceRun, actor: User | None) -> None:
    """At once, or by a worker where counting takes longer than anybody waits for a page."""
    if sum(run.summary.get("states", {}).values()) <= COUNTED_AT_ONCE:
        _summarise(run)
    else:
        begin_work(run=run, kind=SUMS_JOB, actor=actor)


def basis_units() -> dict[str, dict[str, str]]:
    """Abbreviations of the units of fee bases, by language and basis."""
    kinds = list(FeeBasisKind.objects.order_by("pk"))
    return {code: {kind.pk: getattr(kind, f"unit_{code}") for kind in kinds} for code in ("fi", "sv", "en")}


def _threshold(run: InvoiceRun, fees: Fees) -> Decimal | None:
    """Above which sum an invoice is paid in two parts: the creditor's own limit, else the lowest of the tables used."""
    if run.second_due_date is None:
        return None
    own = fees.tables.get(run.creditor_id)
    if own is not None and own.instalment_threshold is not None:
        return own.instalment_threshold
    limits = [
        table.instalment_threshold for table in fees.tables.values() if table.instalment_threshold is not None
    ]
    return min(limits, default=None)


def _price(
    work: Calculating,
    payer: PayerRecord,
    taken: frozenset[Key] = frozenset(),
    totals: Mapping[int, Decimal] | None = None,
) -> Calculation:
    return price(payer.input, work.fees.tables, work.fees.ancestors, taken, totals)


def _leave_out_charged(work: Calculating, payers: Sequence[PayerRecord], found: list[Calculation]) -> None:
    """Calculate again, without them, the payers of whom something has been charged before or belongs to another payer."""
    taken: dict[int, set[Key]] = {}
    if work.any_charged:
        keys = [key for sums in found for key in sums.keys]
        known = charged.already_charged(work.fees.year, keys)
        for place, sums in enumerate(found):
            if known and not known.isdisjoint(sums.keys):
                taken.setdefault(place, set()).update(sums.keys & known)
    if work.shared:
        for place, (payer, sums) in enumerate(zip(payers, found, strict=True)):
            others = {
                key for key in sums.keys if work.shared.get(key.subject, payer.party_id) != payer.party_id
            }
            if others:
                taken.setdefault(place, set()).update(others)
    with_cap = [payers[place].party_id for place in taken] if work.any_cap and work.any_charged else []
    totals = charged.charged_totals(work.fees.year, with_cap)
    for place, keys_taken in taken.items():
        payer = payers[place]
        found[place] = _price(work, payer, frozenset(keys_taken), totals.get(payer.party_id))


def _store(run: InvoiceRun, rows: Sequence[ItemRow]) -> None:
    stream = io.StringIO(copy_text(rows, run.pk))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY billing_runitem ({_COLUMNS}) FROM STDIN", stream)


def _summarise(run: InvoiceRun) -> InvoiceRun:
    fees = loading.load_fees(year=run.year, unit_ids=run.units)
    kept = {name: run.summary.get(name, {}) for name in ("fingerprint", "members")}
    kept["last_event"] = run.summary.get("last_event", 0)
    summary: dict[str, Any] = summaries.summarise(run, loading.previous_runs(run))
    summary |= kept | {"tables": list(fees.table_ids)}
    run.preview_hash = summaries.preview_hash(run)
    run.state = RunState.PREVIEW
    return _save(run, kind="billing.run.preview", summary=summary)


def _save(run: InvoiceRun, *, kind: str, summary: dict[str, Any]) -> InvoiceRun:
    with mutation(actor=None, kind=kind, summary=run.title, unit_id=run.creditor_id):
        run.summary = summary
        run.save(update_fields=["summary", "preview_hash", "previewed_at", "state"])
    return run
