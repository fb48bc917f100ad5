"""An import in numbers: what became of every row of the file. The parts shown add up to all of them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from members.models import ImportBatch, ImportRow
from members.models.imports import BatchState, Verdict
from members.services.importing.tidying import KEPT

# Parts of the file; each row is in one of them.
PARTS = ("new", "update", "same", "error", "skipped", "undecided")


def part_of(verdict: str, choice: str) -> str:
    """Where a row is counted: a possible duplicate by what a person chose, a row left out by hand as such."""
    if choice == "skip":
        return "skipped"
    if verdict != Verdict.DUPLICATE:
        return verdict
    return {"create": "new", "update": "update"}.get(choice, "undecided")


def numbers_of(batch: ImportBatch) -> dict[str, int]:
    """Rows by verdict for the tabs (`by_…`), by part for the summary, and what was saved or waits for it."""
    rows = ImportRow.objects.filter(batch=batch).order_by()
    numbers = dict.fromkeys((*PARTS, "all", "done", "duplicates", *(f"by_{v}" for v in Verdict.values)), 0)
    for verdict, choice, done, n in rows.values_list("verdict", "choice", "done").annotate(n=Count("pk")):
        for key in (part_of(verdict, choice), f"by_{verdict}", "all"):
            numbers[key] += n
        if done:
            numbers["done"] += n
        if verdict == Verdict.DUPLICATE and choice:
            numbers["duplicates"] += n
    counts = batch.counts
    return numbers | {
        "ready": numbers["new"] + numbers["update"] if batch.state == BatchState.CHECKED else 0,
        "out": numbers["error"] + numbers["skipped"] + numbers["undecided"],
        # The rows are forgotten in time, what they came to is not.
        "saved": numbers["done"] or counts.get("saved", 0),
        "linked": counts.get("linked", 0),
        "left": counts.get("left_out", 0),
        "family_alone": counts.get("family_alone", 0),
    }


def undo_until(batch: ImportBatch, numbers: dict[str, int]) -> datetime | None:
    """Until when a saved import can be taken back; None when nothing of it is left to take back."""
    if batch.state != BatchState.COMMITTED or not numbers["done"] or batch.committed_at is None:
        return None
    return batch.committed_at + KEPT
