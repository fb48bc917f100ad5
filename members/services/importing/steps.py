"""The three jobs of an import as steps: check, save, take back. Each step is one transaction with its own progress."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.audit.services import mark_undone
from jasenpalvelu.common import clock, garbage
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from members.importing.problems import NotATable
from members.importing.wording import file_problem
from members.models import ImportBatch, ImportRow
from members.models.imports import BatchState, Verdict
from members.owners import scope_of
from members.services.importing import committing, judging, linking, references, staging, undoing
from members.services.importing.reader import reader_of

CHECK, COMMIT, ROLLBACK = "members.import_check", "members.import_commit", "members.import_rollback"
IMPORT = "members.import"
CHECK_ROWS, COMMIT_ROWS, UNDO_ROWS = 4_000, 4_000, 2_000
ROWS = ngettext_lazy("%(n)s row", "%(n)s rows", "n")


def batch_of(job: Job, *states: str) -> ImportBatch:
    """The job's batch, locked. JobFailed when it has been removed or is not in the state for this work any more."""
    batch = (
        ImportBatch.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(pk=job.params["batch"], state__in=states)
        .first()
    )
    if batch is None:
        raise JobFailed(_("The import has changed or it has been removed meanwhile. Nothing was done."))
    return batch


def reach_of(job: Job, batch: ImportBatch) -> frozenset[int]:
    """Associations into which the job's owner may import today with the field classes held for the batch's own.

    JobFailed when the mandate over the batch's association has ended since the job was asked for: each step asks anew, so
    no more rows are written than the running step's.
    """
    scope = scope_of(job)
    if not scope.can(IMPORT, batch.unit_id):
        raise JobFailed(_("You may not import members into this association any more. The work ended here."))
    classes = scope.classes_for([batch.unit_id], IMPORT)
    return scope.unit_ids(IMPORT, "".join(classes)) - {batch.unit_id}


def _day(job: Job) -> date:
    return date.fromisoformat(job.params["on"])


def _lead_to(job: Job, batch: ImportBatch) -> None:
    """From the page of the work to the rows it was about."""
    job.result_url = reverse("office:import", args=[batch.pk])
    job.result_label = _("See the rows")


# --- check --------------------------------------------------------------------------------------------------------------
@register(CHECK, noun=ROWS)
def check(job: Job, deadline: Deadline) -> StepResult:
    """Rows into the table, then a verdict for each, then what the rows say of one another."""
    batch = batch_of(job, BatchState.CHECKING)
    if "line" not in job.cursor:
        return _stage(job, batch)
    with garbage.untouched():
        rows = judging.load_staged(batch, after=job.cursor["line"], size=CHECK_ROWS)
        if rows:
            judging.check(batch, reader_of(batch, on=_day(job)), rows, reach=reach_of(job, batch))
    if rows:
        job.cursor = {"line": rows[-1].line}
        failed = sum(row.verdict == Verdict.ERROR for row in rows)
        return StepResult(processed=len(rows) - failed, failed=failed)
    references.resolve(batch)
    references.warn_of_shared_holdings(batch)
    alone = references.warn_of_lone_family(batch)
    batch.state, batch.counts = (
        BatchState.CHECKED,
        counts_of(batch) | ({"family_alone": alone} if alone else {}),
    )
    batch.save(update_fields=["state", "counts"])
    _lead_to(job, batch)
    return StepResult(done=True, event=_("The rows have been checked"))


def _stage(job: Job, batch: ImportBatch) -> StepResult:
    try:
        count = staging.stage(batch)
    except NotATable as error:
        batch.state, batch.problem = BatchState.REFUSED, file_problem(error.code, error.facts)[:300]
        batch.save(update_fields=["state", "problem"])
        ImportRow.objects.filter(batch=batch).delete()
        return StepResult(done=True, message=batch.problem, event=_("The file could not be read"))
    job.cursor = {"line": 0}
    return StepResult(total=count, event=_("The file has been read"))


def counts_of(batch: ImportBatch) -> dict[str, Any]:
    """How many rows of each verdict there are and what becomes of them."""
    rows = ImportRow.objects.filter(batch=batch).order_by()
    by_verdict = dict(rows.values_list("verdict").annotate(n=Count("pk")))
    linked = rows.filter(verdict=Verdict.NEW, party__isnull=False).count()
    return {"rows": sum(by_verdict.values()), **by_verdict, "linked": linked}


# --- saving -------------------------------------------------------------------------------------------------------------
@register(COMMIT, noun=ROWS)
def commit(job: Job, deadline: Deadline) -> StepResult:
    """Rows in chunks, then their relations in chunks. Where it is stands in the cursor and in the rows' own marks."""
    batch = batch_of(job, BatchState.COMMITTING)
    reach = reach_of(job, batch)
    settings = committing.settings_of(batch, on=_day(job), actor_id=job.owner_id)
    after = job.cursor.get("line", 0)
    if job.cursor.get("phase", "rows") == "rows":
        with garbage.untouched():
            saved, left, line = committing.commit_chunk(
                batch, settings, after=after, size=COMMIT_ROWS, reach=reach
            )
        job.cursor = {"phase": "rows", "line": line} if line >= 0 else {"phase": "links", "line": 0}
        return StepResult(processed=saved, failed=left)
    line = linking.link_chunk(batch, settings, after=after, size=COMMIT_ROWS)
    if line >= 0:
        job.cursor = {"phase": "links", "line": line}
        return StepResult()
    return _committed(job, batch)


def _committed(job: Job, batch: ImportBatch) -> StepResult:
    done = ImportRow.objects.filter(batch=batch, done=True)
    batch.counts |= {"saved": done.count(), "left_out": job.failed}
    batch.state, batch.committed_at = BatchState.COMMITTED, clock.now()
    batch.save(update_fields=["state", "counts", "committed_at"])
    forget_file(batch)
    _lead_to(job, batch)
    return StepResult(done=True, event=_("The rows have been saved"))


def forget_file(batch: ImportBatch) -> None:
    """The uploaded file is not needed once its rows are in the table, and it may hold what the register must not."""
    if batch.file:
        batch.file.storage.delete(str(batch.file.name))
        batch.file = ""
        batch.save(update_fields=["file"])


# --- taking back ----------------------------------------------------------------------------------------------------------
@register(ROLLBACK, noun=ROWS)
def roll_back(job: Job, deadline: Deadline) -> StepResult:
    """Saved rows from the end of the file backwards; those that others have built on stay and are counted as not done."""
    batch = batch_of(job, BatchState.ROLLING_BACK)
    reach_of(job, batch)
    act = UUID(batch.options["rollback"])
    before = job.cursor.get("line", undoing.NO_LINE)
    gone, kept, line = undoing.undo_chunk(batch, mutation_id=act, before=before, size=UNDO_ROWS)
    if line >= 0:
        job.cursor = {"line": line}
        return StepResult(processed=gone, failed=kept)
    left = ImportRow.objects.filter(batch=batch, done=True).count()
    batch.counts |= {"taken_back": job.done, "kept": left}
    batch.state, batch.rolled_back_at = BatchState.ROLLED_BACK, clock.now()
    batch.save(update_fields=["state", "counts", "rolled_back_at"])
    mark_undone(undone=Mutation.objects.get(pk=str(batch.mutation_id)), by=Mutation.objects.get(pk=act))
    _lead_to(job, batch)
    return StepResult(done=True, event=_("The import has been taken back"))
