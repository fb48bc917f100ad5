"""What a person does with an import: upload, name the columns, choose, save, take back, remove."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue
from members.importing import headings, reading, values
from members.importing.fields import for_classes
from members.importing.reading import Source
from members.models import ImportBatch, ImportMapping, ImportRow, OrgUnit
from members.models.imports import BatchState, Verdict
from members.services.importing import judging, register
from members.services.importing.committing import WRITES
from members.services.importing.steps import CHECK, COMMIT, ROLLBACK

BEFORE_SAVING = (BatchState.UPLOADED, BatchState.CHECKED, BatchState.REFUSED)
REMOVABLE = (*BEFORE_SAVING, BatchState.CHECKING, BatchState.ROLLED_BACK)


class ImportRefused(Exception):
    """What was asked is not possible now. `code`: state, nothing, choice, not_enough."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- the file -------------------------------------------------------------------------------------------------------------
def upload(*, actor: User, unit: OrgUnit, name: str, data: bytes, classes: frozenset[str]) -> ImportBatch:
    """Keep the file with its headings and a proposed mapping. NotATable when it is no table; then nothing is kept."""
    source = reading.inspect(data)
    with transaction.atomic():
        batch = ImportBatch(
            unit=unit,
            owner=actor,
            file_name=name[-200:],
            sha256=hashlib.sha256(data).hexdigest(),
        )
        batch.file.save("file", ContentFile(data), save=False)
        _use_source(batch, source, classes)
        batch.save()
    return batch


def read_again(*, batch: ImportBatch, encoding: str, sheet: str, classes: frozenset[str]) -> ImportBatch:
    """Another sheet or another encoding than the guessed one: headings and proposal anew. NotATable if that fails."""
    with transaction.atomic():
        batch = _locked(batch, BEFORE_SAVING)
        with batch.file.open("rb") as stream:
            source = reading.inspect(reading.open_file(stream), encoding=encoding, sheet=sheet)
        _use_source(batch, source, classes)
        batch.save()
    return batch


def _use_source(batch: ImportBatch, source: Source, classes: frozenset[str]) -> None:
    allowed = for_classes(classes)
    batch.encoding, batch.delimiter, batch.sheet = source.encoding, source.delimiter, source.sheet[:100]
    batch.header = [values.clean(values.redact(cell))[:200] for cell in source.header]
    guesses = headings.propose(source.header, source.samples, allowed)
    remembered = _remembered(batch, allowed)
    batch.mapping = remembered or {str(column): guess.field for column, guess in guesses.items()}
    batch.options |= {
        "header_line": source.header_line,
        "sheets": list(source.sheets),
        "samples": [[values.redact(text)[:60] for text in column] for column in source.samples],
        "identity_codes": [
            column
            for column, texts in enumerate(source.samples)
            if any(headings.HETU.search(text) for text in texts)
        ],
        "confidence": {str(column): guess.confidence for column, guess in guesses.items()},
        "remembered": bool(remembered),
    }


def _remembered(batch: ImportBatch, allowed: Mapping[str, Any]) -> dict[str, str]:
    """The mapping the association used last time for these headings."""
    found = ImportMapping.objects.filter(unit=batch.unit, signature=headings.signature(batch.header)).first()
    return {column: key for column, key in found.mapping.items() if key in allowed} if found else {}


def saved_before(batch: ImportBatch) -> ImportBatch | None:
    """The latest import of the very same file into the association, if it stands."""
    same = ImportBatch.objects.filter(unit=batch.unit_id, sha256=batch.sha256, state=BatchState.COMMITTED)
    return same.exclude(pk=batch.pk).order_by("-committed_at", "-pk").first()


# --- the check ------------------------------------------------------------------------------------------------------------
def start_check(
    *, actor: User, batch: ImportBatch, mapping: Mapping[int, str], options: Mapping[str, Any], on: date
) -> Job:
    """Keep the mapping and the options, remember the mapping, and have the rows judged in the background."""
    with transaction.atomic():
        batch = _locked(batch, (*BEFORE_SAVING, BatchState.CHECKING))
        _not_under_way(batch)
        batch.mapping = {str(column): key for column, key in mapping.items() if key}
        batch.options |= options
        batch.state, batch.problem, batch.counts = BatchState.CHECKING, "", {}
        ImportMapping.objects.update_or_create(
            unit=batch.unit,
            signature=headings.signature(batch.header),
            defaults={"mapping": batch.mapping},
        )
        return _start(batch, actor, CHECK, _("Check of %(file)s") % {"file": batch.file_name}, on)


def _start(batch: ImportBatch, actor: User, kind: str, title: str, on: date, total: int | None = None) -> Job:
    job = enqueue(
        kind=kind,
        title=title,
        detail=batch.unit.name,
        owner=actor,
        unit_id=batch.unit_id,
        params={"batch": batch.pk, "on": on.isoformat()},
        total=total,
        dedupe_key=str(batch.pk),
        capability="members.import",
    )
    batch.job_id = job.pk
    batch.save()
    return job


# --- a person's choices -------------------------------------------------------------------------------------------------------
def choose(
    *,
    batch: ImportBatch,
    row: ImportRow,
    choice: str,
    party_id: int | None = None,
    reach: frozenset[int] = frozenset(),
) -> ImportRow:
    """What becomes of one row: "create" a new member, "update" the candidate, "skip", or "" to leave it undecided.

    `reach`: associations into which the person may import; a member of another one is no choice. ImportRefused when the
    row does not offer it.
    """
    with transaction.atomic():
        batch = _locked(batch, (BatchState.CHECKED,))
        row = ImportRow.objects.select_for_update().get(pk=row.pk, batch=batch)
        if row.verdict == Verdict.DUPLICATE:
            _choose_for_duplicate(batch, row, choice, party_id, reach)
        elif row.verdict not in (Verdict.NEW, Verdict.UPDATE) or choice not in ("", "skip"):
            raise ImportRefused("choice")
        row.choice = choice
        row.save(update_fields=["choice", "party", "diff"])
    return row


def _choose_for_duplicate(
    batch: ImportBatch, row: ImportRow, choice: str, party_id: int | None, reach: frozenset[int]
) -> None:
    row.party_id, row.diff = None, {}
    if choice == "create":
        if not enough_for_new(row):
            raise ImportRefused("not_enough")
    elif choice == "update":
        if party_id not in {c["party"] for c in row.candidates if "party" in c}:
            raise ImportRefused("choice")
        row.diff = difference(batch, row, party_id or 0, reach=reach)
        row.party_id = party_id
    elif choice not in ("", "skip"):
        raise ImportRefused("choice")


def enough_for_new(row: ImportRow) -> bool:
    return bool(row.parsed.get("type_new") and row.parsed.get("started_new"))


def difference(batch: ImportBatch, row: ImportRow, party_id: int, *, reach: frozenset[int]) -> dict[str, Any]:
    """What the row would change of this party. ImportRefused when it is beyond the person's reach."""
    judge = judging.Judge(batch)
    work = judging.Row(row.pk, row.line, parsed=row.parsed)
    work.describe()
    known = register.known([party_id], unit_id=batch.unit_id, area=judge.area).get(party_id)
    found = register.describe([party_id], unit_id=batch.unit_id, reach=reach).get(party_id)
    if known is None or found is None or not (found.own or found.near):
        raise ImportRefused("choice")
    if not found.own and not enough_for_new(row):
        raise ImportRefused("not_enough")
    judge.settle_difference(work, known)
    return work.diff


def choose_rest(*, batch: ImportBatch, choice: str) -> int:
    """Decide every possible duplicate that is still undecided: all new, or all left out. How many were decided."""
    if choice not in ("create", "skip"):
        raise ImportRefused("choice")
    with transaction.atomic():
        batch = _locked(batch, (BatchState.CHECKED,))
        rows = ImportRow.objects.filter(batch=batch, verdict=Verdict.DUPLICATE, choice="")
        if choice == "create":
            rows = rows.filter(parsed__type_new__isnull=False, parsed__started_new__isnull=False)
        return rows.update(choice=choice)


def ready(batch: ImportBatch) -> int:
    """How many rows would be saved now."""
    return ImportRow.objects.filter(batch=batch).extra(where=[WRITES]).count()  # noqa: S610 -- a constant


# --- saving and taking back -----------------------------------------------------------------------------------------------------
def start_commit(*, actor: User, batch: ImportBatch, on: date) -> Job:
    """Save the rows that are ready. A saving that was cancelled half-way goes on from where it was."""
    with mutation(actor=actor, kind="import.commit", summary=batch.file_name, unit_id=batch.unit_id) as act:
        batch = _locked(batch, (BatchState.CHECKED, BatchState.COMMITTING))
        _not_under_way(batch)
        count = ready(batch)
        if not count and batch.state == BatchState.CHECKED:
            raise ImportRefused("nothing")
        if batch.mutation_id is None:
            batch.mutation_id = act.pk
        batch.state = BatchState.COMMITTING
        title = ngettext("Import of %(n)s row", "Import of %(n)s rows", count) % {"n": count}
        return _start(batch, actor, COMMIT, title, on, total=count)


def start_rollback(*, actor: User, batch: ImportBatch, on: date) -> Job:
    """Take back what the batch saved, also when its saving was cancelled half-way."""
    with mutation(actor=actor, kind="import.rollback", summary=batch.file_name, unit_id=batch.unit_id) as act:
        batch = _locked(batch, (BatchState.COMMITTED, BatchState.COMMITTING, BatchState.ROLLING_BACK))
        _not_under_way(batch)
        batch.options.setdefault("rollback", str(act.pk))
        batch.state = BatchState.ROLLING_BACK
        count = ImportRow.objects.filter(batch=batch, done=True).count()
        title = _("Taking back the import %(file)s") % {"file": batch.file_name}
        return _start(batch, actor, ROLLBACK, title, on, total=count)


def _not_under_way(batch: ImportBatch) -> None:
    if batch.job_id and Job.objects.active().filter(pk=batch.job_id).exists():
        raise ImportRefused("state")


def discard(*, batch: ImportBatch) -> None:
    """Remove a batch that has changed nothing in the register, its file and rows with it."""
    with transaction.atomic():
        batch = _locked(batch, REMOVABLE)
        _not_under_way(batch)
        if ImportRow.objects.filter(batch=batch, done=True).exists():
            raise ImportRefused("state")
        name, storage = batch.file.name, batch.file.storage
        ImportRow.objects.filter(batch=batch)._raw_delete(batch._state.db)
        batch.delete()
        if name:
            transaction.on_commit(lambda: storage.delete(name))


def _locked(batch: ImportBatch, states: tuple[str, ...]) -> ImportBatch:
    """The batch as it is now. ImportRefused when somebody has moved it on meanwhile."""
    found = (
        ImportBatch.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(pk=batch.pk, state__in=states)
        .first()
    )
    if found is None:
        raise ImportRefused("state")
    return found
