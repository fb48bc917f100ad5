"""The documents of a federation's run: how many a second and core, how large, beside WeasyPrint, and in how much memory."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO

from billing.documents.model import InvoiceDocument
from billing.documents.render import pdf
from billing.documents.stamping.volume import Volume, forms
from billing.models import DocumentVolume, FeeTable, Invoice, InvoiceRun
from billing.services import approving, preparing, volumes
from billing.services.documents import documents_of
from billing.services.preparing import RunPlan
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import cancel, running
from members.models import OrgUnit
from tests.benchmarks import Figure, stopwatch
from tests.benchmarks.run import WORKER, tables, work_off

STAMPED, RENDERED = 3000, 12


def measure(persons: int) -> Iterator[Figure]:
    """A run of a year nobody has billed: numbered, then its documents made by two workers; then both ways side by side."""
    run = _previewed()
    with stopwatch() as numbering:
        work_off(approving.approve(run=run, preview_hash=run.preview_hash, actor=None, at=clock.now()).job)
    run.refresh_from_db()
    assert run.documents_job_id is not None
    # What else waits to be printed (the demo's runs) is no part of this.
    for job in (
        Job.objects.active().filter(kind=volumes.VOLUMES_JOB).exclude(pk=run.documents_job_id).order_by("pk")
    ):
        cancel(job_id=job.pk)
    count = Invoice.objects.filter(run=run).count()
    before, children = _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    with stopwatch() as making:
        second = _documents(run)
    spent = _cpu(resource.RUSAGE_SELF) - before + _cpu(resource.RUSAGE_CHILDREN) - children
    made = list(DocumentVolume.objects.filter(run=run).order_by("number"))
    size = f"{count} invoices, {len(made)} volumes, {sum(v.rendered for v in made)} made one by one"
    yield Figure("documents, run", making[0], "s", f"{size}, two workers")
    yield Figure("documents, run", count / making[0], "/s", f"{size}, two workers")
    yield Figure("documents, run", count / spent, "/s and core", f"{size}, {spent:.0f} s of CPU")
    yield Figure(
        "documents, numbered and made", numbering[0] + making[0], "s", f"{count} invoices, from approval"
    )
    yield Figure("documents, size", sum(v.byte_count for v in made) / count, "bytes per invoice", size)
    yield Figure("documents, memory", _megabytes(resource.RUSAGE_SELF), "MB at most", f"first worker, {size}")
    yield Figure("documents, memory", second, "MB at most", f"second worker, {size}")
    yield from _one(run)
    yield from _side_by_side(run)


def _previewed() -> InvoiceRun:
    last = FeeTable.objects.order_by("-year").values_list("year", flat=True).first() or 0
    day = clock.today()
    year = max(last, day.year) + 1
    union = OrgUnit.objects.get(kind_id="central")
    units = list(OrgUnit.objects.filter(kind__has_members=True).order_by("pk"))
    tables(union, units, year)
    plan = RunPlan(
        title=f"Mittaus {year}",
        year=year,
        units=[unit.pk for unit in units],
        basis_date=day,
        invoice_date=day,
        due_date=day + timedelta(days=30),
    )
    run = preparing.create_run(creditor=union, plan=plan, actor=None)
    work_off(preparing.start_preview(run=run, actor=None))
    run.refresh_from_db()
    return run


def _documents(run: InvoiceRun) -> float:
    """This process and a second one are the workers; the second one's memory in megabytes is answered."""
    job = Job.objects.get(kind=volumes.VOLUMES_JOB, params__run=run.pk)
    told = "import atexit, resource\natexit.register(lambda: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))\n"
    stop = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit())\n"
    with subprocess.Popen([sys.executable, "-c", told + stop + WORKER], stdout=subprocess.PIPE) as second:
        try:
            while Job.objects.get(pk=job.pk).is_active:
                running.run(job_id=job.pk)
                time.sleep(0.02)
        finally:
            second.terminate()
        assert second.stdout is not None
        kilobytes = second.stdout.read().decode().strip()
    job.refresh_from_db()
    if job.state != "done":
        raise RuntimeError(f"{job.kind}: {job.state} {job.message} {job.log}")
    return int(kilobytes or 0) / 1024


def _one(run: InvoiceRun) -> Iterator[Figure]:
    invoice = Invoice.objects.filter(run=run).order_by("pk").first()
    assert invoice is not None
    volumes.page_of(invoice)
    with stopwatch() as cutting:
        content = volumes.page_of(invoice)
    assert content is not None
    yield Figure("documents, one cut out", cutting[0] * 1000, "ms", f"{len(content)} bytes")


def _side_by_side(run: InvoiceRun) -> Iterator[Figure]:
    """Both ways by turns on the same documents, so that whatever else the machine does slows both."""
    keys = list(Invoice.objects.filter(run=run).order_by("pk").values_list("pk", flat=True))
    chosen = random.Random(7).sample(keys, min(STAMPED, len(keys)))
    documents = [document for _invoice, document in documents_of(chosen)]
    _stamp(documents)  # forms and codes' families are made once
    stamped = rendered = 0.0
    for turn in range(RENDERED):
        stamped += _spent(lambda: _stamp(documents))
        rendered += _spent(lambda turn=turn: pdf(documents[turn]))  # type: ignore[misc]
    one, other = stamped / RENDERED / len(documents), rendered / RENDERED
    size = f"{len(documents)} documents × {RENDERED}, {forms().made} forms, CPU"
    yield Figure("documents, stamping alone", 1 / one, "/s and core", size)
    yield Figure("documents, WeasyPrint", 1 / other, "/s and core", f"{RENDERED} documents, CPU")
    yield Figure("documents, times as fast", other / one, "×", size)


def _stamp(documents: list[InvoiceDocument]) -> None:
    made = Volume(BytesIO(), title="Mittaus", language="fi", author="-", on=clock.today())
    for document in documents:
        made.add(document)
    made.finish()


def _spent(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _megabytes(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024
