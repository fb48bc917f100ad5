"""Documents of an issued run: planned in the order of the sheets, made volume by volume, one cut out, old ones thrown away.

A volume is made in one transaction: its row is locked, its file written at its own place, its index saved. A worker that dies leaves
a row without an index, which is made again; so nothing is made twice, and workers side by side take different volumes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from tempfile import TemporaryFile

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from billing.documents.layout import title
from billing.documents.stamping.cutting import cut
from billing.models import DocumentVolume, Invoice, InvoiceRun
from billing.models.runs import RunState
from billing.models.volumes import volume_path
from billing.services.binding import Bound, Parts, bind
from billing.services.documents import document_of
from billing.services.preparing import RunError
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue

VOLUMES_JOB = "billing.volumes"
VOLUMES_HELPER = "billing.volumes.help"
# Invoices in a volume: made in a few seconds, and no more than a printer's program opens at once.
SIZE = 5000
# Papers are printed in weeks. Addresses in files lie about no longer than they are needed.
KEPT = timedelta(days=180)
# The main language of a volume; the pages of other languages say theirs.
LANGUAGE = "fi"

_PLAN = """
INSERT INTO billing_documentvolume (run_id, number, invoices, first_pages, refused, first_postal_code, last_postal_code, pages, rendered,
  byte_count, content)
SELECT %(run)s, (place - 1) / %(size)s + 1, array_agg(id ORDER BY place), '{}', '{}', coalesce(min(code), ''), coalesce(max(code), ''),
  0, 0, 0, ''
FROM (SELECT id, code, row_number() OVER (ORDER BY code COLLATE "C" NULLS LAST, payer_sort_key, number) AS place
  FROM (SELECT id, payer_sort_key, number, substring(payer_address[cardinality(payer_address)] FROM '^[0-9]{5}') AS code
    FROM billing_invoice WHERE run_id = %(run)s AND kind = 'invoice') AS invoices) AS sheets
GROUP BY (place - 1) / %(size)s
"""


def order(*, run: InvoiceRun, actor: User | None, again: bool = False) -> Job:
    """Have the documents of an issued run made: what is missing of them, or `again` all of them.

    RunError("not_open") when its invoices have not been numbered yet. Asked twice, the work under way is answered.
    """
    with (
        transaction.atomic(),
        mutation(actor=actor, kind="billing.run.documents", summary=run.title, unit_id=run.creditor_id),
    ):
        run = InvoiceRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if run.state != RunState.ISSUED:
            raise RunError("not_open")
        under_way = Job.objects.active().filter(kind=VOLUMES_JOB, dedupe_key=_key(run))
        if again and not under_way.exists():
            _remove(DocumentVolume.objects.filter(run=run))
        job = enqueue(
            kind=VOLUMES_JOB,
            title=_("Documents for printing: %(title)s") % {"title": run.title},
            owner=actor,
            unit_id=run.creditor_id,
            params={"run": run.pk},
            dedupe_key=_key(run),
            capability="billing.run",
        )
        if run.documents_job_id != job.pk:
            run.documents_job_id = job.pk
            run.save(update_fields=["documents_job_id"])
    return job


def _key(run: InvoiceRun) -> str:
    return f"volumes:{run.pk}"


def plan(*, run: InvoiceRun, size: int | None = None) -> int:
    """Plan the volumes of the run unless they are planned; those whose file has gone are to be made again. How many invoices."""
    planned = DocumentVolume.objects.filter(run=run)
    if not planned.exists():
        with connection.cursor() as cursor:
            cursor.execute(_PLAN, {"run": run.pk, "size": size or SIZE})
    planned.filter(pk__in=missing(run)).update(made_at=None, content="")
    return planned.aggregate(n=Coalesce(Sum("invoices__len"), 0))["n"]


def missing(run: InvoiceRun) -> list[int]:
    """Keys of volumes that were made and whose file is not where it should be."""
    found = DocumentVolume.objects.filter(run=run).exclude(made_at=None).exclude(content="")
    return [
        key
        for key, path in found.order_by("number").values_list("pk", "content")
        if not default_storage.exists(path)
    ]


def make_next(*, run: InvoiceRun, parts: Parts) -> Bound | None:
    """Make the next volume nobody is making; None when there is none. `binding.OutOfTime`: not ready yet, try again.

    Call inside a transaction: the volume's row is held until it ends.
    """
    waiting = DocumentVolume.objects.filter(run=run, made_at=None).order_by("number")
    volume = waiting.select_for_update(skip_locked=True).first()
    if volume is None:
        return None
    name = _("%(title)s, volume %(n)s") % {"title": run.title, "n": volume.number}
    with TemporaryFile() as file:
        bound = bind(file, volume.invoices, title=name, language=LANGUAGE, on=run.invoice_date, parts=parts)
        volume.byte_count = file.seek(0, 2)
        if bound.invoices:
            default_storage.delete(volume_path(volume, ""))
            volume.content.save("", File(file), save=False)
    volume.invoices, volume.first_pages, volume.pages = bound.invoices, bound.first_pages, bound.pages
    volume.rendered, volume.refused, volume.made_at = len(bound.rendered), bound.refused_keys, clock.now()
    volume.save()
    for path in parts.used:
        transaction.on_commit(partial(default_storage.delete, path))
    return bound


def made(run: InvoiceRun) -> int:
    """How many invoices are in finished volumes."""
    done = DocumentVolume.objects.filter(run=run).exclude(made_at=None)
    return int(done.aggregate(n=Coalesce(Sum("invoices__len"), 0))["n"])


def all_made(run: InvoiceRun) -> bool:
    return not DocumentVolume.objects.filter(run=run, made_at=None).exists()


def listed(run: InvoiceRun) -> list[tuple[DocumentVolume, int]]:
    """The run's volumes with how many invoices each has, without reading the lists of them."""
    found = DocumentVolume.objects.filter(run=run).order_by("number").annotate(count=F("invoices__len"))
    return [(volume, volume.count or 0) for volume in found.defer("invoices", "first_pages", "refused")]


def refused(run: InvoiceRun) -> list[int]:
    """Invoices of the run that cannot be printed."""
    found = DocumentVolume.objects.filter(run=run).exclude(refused=[]).order_by("number")
    return [key for keys in found.values_list("refused", flat=True) for key in keys]


def has_page(invoice: Invoice) -> bool:
    """Whether the invoice can be cut out of a volume."""
    return _volume_of(invoice) is not None


def page_of(invoice: Invoice) -> bytes | None:
    """The invoice's pages cut out of its run's volume: as they were printed. None when there is no such file."""
    volume = _volume_of(invoice)
    if volume is None:
        return None
    document = document_of(invoice)
    first, pages = volume.pages_of(invoice.pk)
    try:
        with volume.content.open() as file:
            return cut(
                file,
                first_page=first,
                pages=pages,
                title=title(document),
                language=document.language,
                author=document.creditor.name,
            )
    except FileNotFoundError:
        return None


def _volume_of(invoice: Invoice) -> DocumentVolume | None:
    if invoice.run_id is None:
        return None
    of_run = DocumentVolume.objects.filter(run=invoice.run_id, invoices__contains=[invoice.pk])
    return of_run.exclude(made_at=None).order_by("number").first()


def forget_old(*, now: datetime) -> int:
    """Throw away volumes made more than 180 days ago. How many."""
    return _remove(DocumentVolume.objects.filter(made_at__lt=now - KEPT))


def _remove(volumes: QuerySet[DocumentVolume]) -> int:
    paths = list(volumes.exclude(content="").values_list("content", flat=True))
    count, _tables = volumes.delete()
    for path in paths:
        transaction.on_commit(partial(default_storage.delete, path))
    return count
