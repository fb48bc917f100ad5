"""Jobs of the treasurer's desk, the PDFs of many invoices as one file or a ZIP; and the night's counting of fees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from tempfile import TemporaryFile
from typing import IO, cast

from celery import shared_task
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext as _

from billing import (
    check_jobs,  # noqa: F401 -- registers the e-mails and letters of data checks
    volume_jobs,
)
from billing.documents.layout import file_name
from billing.documents.model import DocumentError
from billing.documents.render import pdf
from billing.models import Invoice
from billing.reading import printable
from billing.services import counting, forgetting, volumes
from billing.services.binding import OutOfTime, Parts, bind
from billing.services.documents import documents_of
from jasenpalvelu.common import clock
from jasenpalvelu.common.joining import join_into, zip_many
from jasenpalvelu.common.money import format_number
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.results import attach
from members.scope import Scope

DOCUMENTS_JOB = "billing.documents"
CHUNK = 10
# Invoices bound into one file in a step.
VOLUME = 2000


@shared_task(name="billing.statistics")
def count_fees(**_: object) -> None:
    """Each night what fees have brought each unit."""
    counting.count_fees(at=clock.now())


@shared_task(name="billing.forget")
def forget(**_: object) -> None:
    """Each night: who paid, of payments the books need not keep any more; old files of printed invoices."""
    while forgetting.forget_payers():
        pass
    with transaction.atomic():
        volumes.forget_old(now=clock.now())


@register(DOCUMENTS_JOB, queue="pdf", noun=ngettext_lazy("%(n)s invoice", "%(n)s invoices", "n"))
def make_documents(job: Job, deadline: Deadline) -> StepResult:
    """The invoices of `params["invoices"]` (keys in printing order): stamped volume by volume and put together, or each a file of a ZIP.

    Finished PDFs wait in the job's own folder until what is made of them is committed, so a killed worker repeats at most
    one step.
    """
    wanted: list[int] = job.params["invoices"]
    done = int(job.cursor.get("done", 0))
    if done < len(wanted):
        if job.params["form"] == "zip":
            return _render(job, wanted[done : done + CHUNK], done)
        return _bind(job, wanted[done : done + VOLUME], done)
    _put_together(job, wanted)
    return StepResult(done=True, event=_("The file is ready"))


def _render(job: Job, keys: list[int], done: int) -> StepResult:
    chunk, refused = _still_allowed(job, keys), []
    for invoice, document in documents_of(chunk):
        try:
            _save(_part(job, invoice.pk), pdf(document))
        except DocumentError as error:
            refused.append(not_in_file(invoice.payer_name, str(error)))
    job.cursor = {"done": done + len(keys)}
    return StepResult(processed=len(chunk) - len(refused), failed=len(refused), attention=refused)


def not_in_file(name: str, why: str) -> dict[str, str]:
    return {"name": name, "what": why, "then": _("Not in the file"), "url": ""}


def _bind(job: Job, keys: list[int], done: int) -> StepResult:
    """A volume of the file. One in which many had to be rendered takes several steps."""
    chunk, late = _still_allowed(job, keys), Deadline.after(volume_jobs.RENDERING)
    parts = Parts(f"jobs/{job.pk}/parts/rendered", lambda: late.passed)
    language = get_language() or "fi"
    with TemporaryFile() as file:
        try:
            bound = bind(file, chunk, title=job.title, language=language, on=clock.today(), parts=parts)
        except OutOfTime as error:
            return StepResult(facts={_("Made one by one"): format_number(error.rendered, language)})
        if bound.invoices:
            file.seek(0)
            _save(_volume(job, done), File(file))
    _delete_later(parts.used)
    job.cursor = {"done": done + len(keys)}
    refused = [not_in_file(*told) for told in bound.refused]
    return StepResult(processed=len(bound.invoices), failed=len(refused), attention=refused)


def _still_allowed(job: Job, keys: list[int]) -> list[int]:
    """Only what the owner may see now: a mandate may have ended since the job was asked for."""
    if job.owner is None:
        return []
    scope = Scope.for_user(job.owner, on=clock.today())
    reached = Invoice.objects.filter(printable(scope), pk__in=keys)
    allowed = set(reached.order_by().values_list("pk", flat=True))
    return [key for key in keys if key in allowed]


def _part(job: Job, key: int) -> str:
    return f"jobs/{job.pk}/parts/{key}.pdf"


def _volume(job: Job, number: int) -> str:
    return f"jobs/{job.pk}/parts/volume-{number}.pdf"


def _save(path: str, data: bytes | File) -> None:
    default_storage.delete(path)
    default_storage.save(path, ContentFile(data) if isinstance(data, bytes) else data)


def _put_together(job: Job, wanted: list[int]) -> None:
    """One PDF with a bookmark per invoice, or a ZIP of single files; what it was made of is then removed."""
    name, zipped = job.params["name"], job.params["form"] == "zip"
    if zipped:
        made_of = _present(_part(job, key) for key in wanted)
    else:
        made_of = _present(_volume(job, number) for number in range(0, len(wanted), VOLUME))
    if not made_of:
        raise JobFailed(_("None of the invoices could be printed."))
    if zipped:
        attach(job, name=f"{name}.zip", write=lambda stream: zip_many(_named(job, wanted), stream))
    else:
        with ExitStack() as opened:
            volumes = _open(opened, made_of)
            attach(job, name=f"{name}.pdf", write=lambda stream: join_into(stream, volumes))
    _delete_later(made_of)


def _named(job: Job, wanted: list[int]) -> Iterator[tuple[str, bytes]]:
    """The single files with the names people know them by, read one at a time."""
    for invoice, document in documents_of(wanted):
        path = _part(job, invoice.pk)
        if default_storage.exists(path):
            with default_storage.open(path) as file:
                yield file_name(document), file.read()


def _open(opened: ExitStack, paths: list[str]) -> list[IO[bytes]]:
    return [cast(IO[bytes], opened.enter_context(default_storage.open(path))) for path in paths]


def _present(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if default_storage.exists(path)]


def _delete_later(paths: list[str]) -> None:
    """When the step is committed: one that is undone or killed is repeated and needs them again."""
    for path in paths:
        transaction.on_commit(partial(default_storage.delete, path))
