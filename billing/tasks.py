"""Jobs of the treasurer's desk: the PDFs of many invoices as one file or a ZIP."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from billing.documents.assembling import join, zip_many
from billing.documents.layout import file_name
from billing.documents.model import DocumentError
from billing.documents.render import pdf
from billing.models import Invoice
from billing.services.documents import document_of, with_documents_data
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline, JobFailed, StepResult, register
from jasenpalvelu.jobs.results import attach
from members.scope import Scope

DOCUMENTS_JOB = "billing.documents"
CHUNK = 10


@register(DOCUMENTS_JOB, queue="pdf", noun=ngettext_lazy("%(n)s invoice", "%(n)s invoices", "n"))
def make_documents(job: Job, deadline: Deadline) -> StepResult:
    """Render the next invoices of `params["invoices"]` (keys in printing order), then put them together.

    Finished PDFs wait in the job's own folder, so a killed worker repeats at most one chunk.
    """
    wanted: list[int] = job.params["invoices"]
    done = int(job.cursor.get("done", 0))
    if done >= len(wanted):
        _put_together(job, wanted)
        return StepResult(done=True, event=_("The file is ready"))
    chunk = _still_allowed(job, wanted[done : done + CHUNK])
    refused = []
    for invoice in _in_order(chunk):
        try:
            _save(job, invoice, pdf(document_of(invoice)))
        except DocumentError as error:
            refused.append(
                {"name": invoice.payer_name, "what": str(error), "then": _("Not in the file"), "url": ""}
            )
    job.cursor = {"done": min(done + CHUNK, len(wanted))}
    return StepResult(processed=len(chunk) - len(refused), failed=len(refused), attention=refused)


def _still_allowed(job: Job, keys: list[int]) -> list[int]:
    """Only what the owner may see now: a mandate may have ended since the job was asked for."""
    if job.owner is None:
        return []
    scope = Scope.for_user(job.owner, on=clock.today())
    reached = Invoice.objects.filter(scope.unit_filter("creditor", "billing.view", "D"), pk__in=keys)
    allowed = set(reached.order_by().values_list("pk", flat=True))
    return [key for key in keys if key in allowed]


def _in_order(keys: list[int]) -> list[Invoice]:
    found = {invoice.pk: invoice for invoice in with_documents_data(_invoices(keys))}
    return [found[key] for key in keys if key in found]


def _invoices(keys: list[int]) -> QuerySet[Invoice]:
    return Invoice.objects.filter(pk__in=keys)


def _folder(job: Job) -> str:
    return f"jobs/{job.pk}/parts"


def _save(job: Job, invoice: Invoice, data: bytes) -> None:
    path = f"{_folder(job)}/{invoice.pk}.pdf"
    default_storage.delete(path)
    default_storage.save(path, ContentFile(data))


def _put_together(job: Job, wanted: list[int]) -> None:
    """One PDF with a bookmark per invoice, or a ZIP of single files; the parts are then removed."""
    paths = [f"{_folder(job)}/{key}.pdf" for key in wanted]
    present = [(key, path) for key, path in zip(wanted, paths, strict=True) if default_storage.exists(path)]
    if not present:
        raise JobFailed(_("None of the invoices could be printed."))
    name = job.params["name"]
    if job.params["form"] == "zip":
        names = {
            invoice.pk: file_name(document_of(invoice)) for invoice in with_documents_data(_invoices(wanted))
        }
        attach(
            job,
            name=f"{name}.zip",
            write=lambda stream: zip_many(((names[k], _read(p)) for k, p in present), stream),
        )
    else:
        attach(
            job, name=f"{name}.pdf", write=lambda stream: stream.write(join([_read(p) for _k, p in present]))
        )
    for _key, path in present:
        default_storage.delete(path)


def _read(path: str) -> bytes:
    with default_storage.open(path) as file:
        return bytes(file.read())
