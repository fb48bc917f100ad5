"""Parts of a paper that is made in steps: finished ones wait in the job's own folder and are put together at the end.

A worker that is killed repeats one step. What the parts are of is the job's own matter.
"""

from __future__ import annotations

from contextlib import ExitStack
from io import BytesIO
from typing import IO, cast

import pikepdf
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from jasenpalvelu.common.joining import join_into
from jasenpalvelu.jobs.models import Job, folder
from jasenpalvelu.jobs.registry import JobFailed, StepResult
from jasenpalvelu.jobs.results import attach


class Parts:
    """The parts of one job; how many there are is told by its cursor."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @property
    def count(self) -> int:
        return int(self.job.cursor.get("parts", 0))

    def keep(self, data: bytes) -> None:
        default_storage.delete(self._path(self.count))
        default_storage.save(self._path(self.count), ContentFile(data))
        self.job.cursor |= {"parts": self.count + 1}

    def put_together(self, name: str) -> StepResult:
        """One file with its name; JobFailed when there is nothing, or when the parts have been swept away meanwhile."""
        paths = [self._path(number) for number in range(self.count)]
        if not paths:
            raise JobFailed(_("There was nobody to print."))
        if not all(default_storage.exists(path) for path in paths):
            raise JobFailed(_("The finished parts are not kept any more. Order the file again."))
        with ExitStack() as opened:
            parts = [cast("IO[bytes]", opened.enter_context(default_storage.open(path))) for path in paths]
            attach(
                self.job,
                name=f"{name}.pdf",
                write=lambda stream: join_into(stream, parts, title=self.job.title),
            )
        return StepResult(done=True, event=_("The file is ready"))

    def forget(self) -> None:
        """When the step is committed: one that is undone or killed is repeated and needs the parts again."""
        for number in range(self.count):
            default_storage.delete(self._path(number))

    def _path(self, number: int) -> str:
        return f"{folder(self.job.pk)}/parts/{number:05}.pdf"


def pages(data: bytes) -> int:
    with pikepdf.open(BytesIO(data)) as found:
        return len(found.pages)
