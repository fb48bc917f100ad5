"""Jobs of the treasurer's desk, the PDFs of many invoices as one file or a ZIP; and the night's counting of fees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from typing import IO, cast

from celery import shared_task
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from billing import check_jobs  # noqa: F401 -- registers the e-mails and letters of data checks
from billing.documents.layout import file_name
from billing.documents.model import DocumentError
from billing.documents.render import pdf
from billing.models import Invoice
from billing.reading import printable
from billing.services import counting, forgetting
from billing.services.documents import document_of, with_documents_data
from jasenpalvelu.common import clock
from jasenpalvelu.common.joining import join_into, zip_many
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.results import attach
from members.scope import Scope

DOCUMENTS_JOB = "billing.documents"
CHUNK = 10
# Invoices bound into one file in a step.
VOLUME = 200


@shared_task(name="billing.statistics")
def count_fees(**_: object) -> None:
    """Each night what fees have brought each unit."""
    counting.count_fees(at=clock.now())


@shared_task(name="billing.forget")
def forget(**_: object) -> None:
    """Each night: who paid, of payments the books need not keep any more."""
    while forgetting.forget_payers():
        pass


@register(DOCUMENTS_JOB, queue="pdf", noun=ngettext_lazy("%(n)s invoice", "%(n)s invoices", "n"))
def make_documents(job: Job, deadline: Deadline) -> StepResult:
    """Render the next invoices of `params["invoices"]` (keys in printing order), bind them volume by volume, put them together.

    Finished PDFs wait in the job's own folder until what is made of them is committed, so a killed worker repeats at most
    one step.
    """
    wanted: list[int] = job.params["invoices"]
    done, bound = int(job.cursor.get("done", 0)), int(job.cursor.get("bound", 0))
    if done < len(wanted):
        return _render(job, wanted[done : done + CHUNK], done)
    if job.params["form"] != "zip" and bound < len(wanted):
        _bind(job, wanted[bound : bound + VOLUME], bound)
        job.cursor = {"done": done, "bound": bound + VOLUME}
        return StepResult()
    _put_together(job, wanted)
    return StepResult(done=True, event=_("The file is ready"))


def _render(job: Job, keys: list[int], done: int) -> StepResult:
    chunk = _still_allowed(job, keys)
    refused = []
    for invoice in _in_order(chunk):
        try:
            _save(_part(job, invoice.pk), pdf(document_of(invoice)))
        except DocumentError as error:
            refused.append(
                {"name": invoice.payer_name, "what": str(error), "then": _("Not in the file"), "url": ""}
            )
    job.cursor = {"done": done + len(keys)}
    return StepResult(processed=len(chunk) - len(refused), failed=len(refused), attention=refused)


def _still_allowed(job: Job, keys: list[int]) -> list[int]:
    """Only what the owner may see now: a mandate may have ended since the job was asked for."""
    if job.owner is None:
        return []
    scope = Scope.for_user(job.owner, on=clock.today())
    reached = Invoice.objects.filter(printable(scope), pk__in=keys)
    allowed = set(reached.order_by().values_list("pk", flat=True))
    return [key for key in keys if key in allowed]


def _in_order(keys: list[int]) -> list[Invoice]:
    found = {invoice.pk: invoice for invoice in with_documents_data(_invoices(keys))}
    return [found[key] for key in keys if key in found]


def _invoices(keys: list[int]) -> QuerySet[Invoice]:
    return Invoice.objects.filter(pk__in=keys)


def _part(job: Job, key: int) -> str:
    return f"jobs/{job.pk}/parts/{key}.pdf"


def _volume(job: Job, number: int) -> str:
    return f"jobs/{job.pk}/parts/volume-{number}.pdf"


def _save(path: str, data: bytes) -> None:
    default_storage.delete(path)
    default_storage.save(path, ContentFile(data))


def _bind(job: Job, keys: list[int], number: int) -> None:
    """One PDF of many: so the last step opens few files, and none takes long."""
    parts = _present(_part(job, key) for key in keys)
    if parts:
        volume = BytesIO()
        with ExitStack() as opened:
            join_into(volume, _open(opened, parts))
        _save(_volume(job, number), volume.getvalue())
    _delete_later(parts)


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
    for start in range(0, len(wanted), VOLUME):
        for invoice in _in_order(wanted[start : start + VOLUME]):
            path = _part(job, invoice.pk)
            if default_storage.exists(path):
                with default_storage.open(path) as file:
                    yield file_name(document_of(invoice)), file.read()


def _open(opened: ExitStack, paths: list[str]) -> list[IO[bytes]]:
    return [cast(IO[bytes], opened.enter_context(default_storage.open(path))) for path in paths]


def _present(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if default_storage.exists(path)]


def _delete_later(paths: list[str]) -> None:
    """When the step is committed: one that is undone or killed is repeated and needs them again."""
    for path in paths:
        transaction.on_commit(partial(default_storage.delete, path))
