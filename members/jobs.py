"""Background work of the register: the member list as a file (REG-7, REG-9).

The rights are resolved anew when the file is written: what the person may not see by then is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from jasenpalvelu.audit.services import log_export
from jasenpalvelu.common import clock, exports, keyset
from jasenpalvelu.common.exports import Kind
from jasenpalvelu.jobs.models import Job, folder
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.results import attach
from members import filters, listing, tables
from members.choosing import Choices, reach_key
from members.owners import scope_of
from members.tables import MemberColumn

EXPORT_JOB = "members.export"
CAPABILITY = "members.export"
CHUNK = 1000
# Below this a step does not begin another chunk.
KEPT_SECONDS = 1.5


@register(EXPORT_JOB, noun=ngettext_lazy("%(n)s member", "%(n)s members", "n"))
def export_members(job: Job, deadline: Deadline) -> StepResult:
    """Gather the rows in the order of the list, then write them as one file.

    `params`: query and sort of the list, columns by key, format (xlsx or csv), parties (keys of chosen rows, or None for
    all). Gathered rows wait in the job's own folder, so a killed worker repeats at most one step.
    """
    work = _Work(job)
    if job.cursor.get("gathered"):
        return work.write()
    return work.gather(deadline)


class _Work:
    """One step of an export: the list as its owner may take it out today."""

    def __init__(self, job: Job) -> None:
        self.job, self.on = job, clock.today()
        scope = scope_of(job)
        if not scope.can(CAPABILITY):
            self.forget()
            raise JobFailed(_("You may not export members any more. Nothing was written."))
        self.scope = scope
        reach = reach_key(scope) + reach_key(scope, CAPABILITY)
        if job.cursor.get("reach", reach) != reach:
            self.forget()
            raise JobFailed(
                _("Your rights changed while the file was being made. Nothing was written: order it again.")
            )
        self.reach = reach
        self.narrowing = filters.MemberFilter(QueryDict(job.params["query"]), Choices(scope)).narrowing(
            self.on
        )
        wanted = set(job.params["columns"])
        may = {c.key for c in tables.offered(scope, CAPABILITY)}
        self.columns = [c for c in tables.offered(scope) if c.key in wanted & may]
        found = listing.parties(self.narrowing, CAPABILITY)
        chosen = job.params["parties"]
        self.parties = found if chosen is None else found.filter(pk__in=chosen)

    def gather(self, deadline: Deadline) -> StepResult:
        cursor = self.job.cursor
        total = None if cursor else listing.counts({"": self.parties})[""]
        after, parts = cursor.get("after", ""), cursor.get("parts", 0)
        classes, done = set(cursor.get("classes", "")), 0
        gathered = False
        while not gathered and (done == 0 or deadline.seconds_left > KEPT_SECONDS):
            page = keyset.paginate(
                self.parties, order=listing.SORTS[self.job.params["sort"]], size=CHUNK, after=after
            )
            lines, seen = self._cells(page.rows)
            self._keep(parts, lines)
            classes |= seen
            done += len(lines)
            after, parts, gathered = page.next, parts + 1, not page.next
        self.job.cursor = {
            "after": after,
            "parts": parts,
            "classes": "".join(sorted(classes)),
            "gathered": gathered,
            "reach": self.reach,
        }
        return StepResult(processed=done, total=total)

    def _cells(self, page: list[Any]) -> tuple[list[list[Any]], set[str]]:
        """The rows as plain values, and the field classes that are among them."""
        rows = listing.rows_of(page, self.narrowing, CAPABILITY)
        loaded = tables.load(tables.Loading(self.scope, rows, self.on), self.columns)
        classes = {c.classes for c in self.columns} | {"A"}
        lines = [
            [row.party.display_name, row.party.number]
            + [_plain(loaded.cell(row, column)) for column in self.columns]
            for row in rows
        ]
        return lines, set("".join(classes))

    def _keep(self, number: int, lines: list[list[Any]]) -> None:
        path = _part(self.job, number)
        default_storage.delete(path)
        default_storage.save(path, ContentFile(json.dumps(lines).encode()))

    def write(self) -> StepResult:
        parts, form = self.job.cursor["parts"], self.job.params["format"]
        heads = tables.file_columns(self.columns)
        rows = (line for number in range(parts) for line in _read(self.job, number, self.columns))
        written: list[int] = []

        def write(stream: IO[bytes]) -> None:
            sheet = {"sheet": _("Members")} if form == "xlsx" else {}
            writer = exports.write_xlsx if form == "xlsx" else exports.write_csv
            written.append(writer(rows, heads, stream, **sheet))

        attach(self.job, name=f"jasenet-{self.on:%Y%m%d}.{form}", write=write)
        log_export(
            actor=self.job.owner,
            subject=self.job.title,
            count=written[0],
            unit_id=self.job.unit_id,
            classes=self.job.cursor["classes"],
        )
        # Not before the step is saved: a worker killed in between begins this step again, and needs them.
        transaction.on_commit(self.forget)
        return StepResult(done=True, event=_("The file is ready"))

    def forget(self) -> None:
        """The gathered rows are not needed any more. What a worker leaves behind that dies here is swept away in time."""
        for number in range(self.job.cursor.get("parts", 0)):
            default_storage.delete(_part(self.job, number))


def _part(job: Job, number: int) -> str:
    return f"{folder(job.pk)}/rows-{number:05}.json"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(job: Job, number: int, columns: list[MemberColumn]) -> Iterator[list[Any]]:
    try:
        with default_storage.open(_part(job, number)) as file:
            lines = json.loads(file.read())
    except FileNotFoundError:  # tried again after the files of old jobs have been removed
        raise JobFailed(_("The gathered rows are not kept any more. Order the file again.")) from None
    for line in lines:
        cells = [_typed(value, column.kind) for value, column in zip(line[2:], columns, strict=True)]
        yield line[:2] + cells


def _typed(value: Any, kind: Kind) -> Any:
    if value is None or kind in {Kind.TEXT, Kind.YES_NO}:
        return value
    return date.fromisoformat(value) if kind is Kind.DATE else Decimal(value)
