"""Many invoices as one file: a worker that dies at the worst moment loses nothing, and the parts go when the file is safe."""

from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from billing import tasks
from billing.documents.render import pdf
from billing.models import Invoice
from billing.services import crediting
from billing.services.documents import document_of
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline
from jasenpalvelu.jobs.services import enqueue
from tests import paper
from tests.billing.factories import make_invoice
from tests.billing.runs import work_off
from tests.cast import TODAY, Cast


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tasks, "VOLUME", 2)
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def invoices(cast: Cast) -> list[Invoice]:
    union = cast.units["union"]
    payers = [cast.parties[name] for name in ("maija", "lotta", "siiri")]
    references = ("100420000000124", "100420000000292", "100420000000137")
    return [
        make_invoice(creditor=union, payer=payer, lines=[(union, "50.00")], reference=reference)
        for payer, reference in zip(payers, references, strict=True)
    ]


def asked(cast: Cast, invoices: list[Invoice], form: str) -> Job:
    params = {"invoices": [invoice.pk for invoice in invoices], "form": form, "name": "laskut"}
    return enqueue(kind=tasks.DOCUMENTS_JOB, title="Laskut", owner=cast.users["riitta"], params=params)


def parts(job: Job) -> list[str]:
    return sorted(default_storage.listdir(f"jobs/{job.pk}/parts")[1])


def bookmarks(job: Job) -> list[str]:
    with pikepdf.open(BytesIO(content(job))) as file, file.open_outline() as outline:
        return [item.title for item in outline.root]


def content(job: Job) -> bytes:
    with job.result.open() as file:
        return file.read()


class Killed(Exception):
    """Before the step was committed."""


def killed_at_the_end(job: Job) -> None:
    """Every step as the worker does it; each is done once for nothing before it is done and kept."""
    done = False
    while not done:
        deadline = Deadline.after(60)
        try:
            with transaction.atomic():
                tasks.make_documents(Job.objects.get(pk=job.pk), deadline)
                raise Killed
        except Killed:
            pass
        with transaction.atomic():
            again = Job.objects.get(pk=job.pk)
            done = tasks.make_documents(again, deadline).done
            again.save()
    job.refresh_from_db()


@pytest.mark.parametrize("form", ["pdf", "zip"])
def test_killed_before_any_step_is_committed_the_file_is_made_all_the_same(
    cast: Cast, invoices: list[Invoice], form: str, django_capture_on_commit_callbacks
) -> None:
    job = asked(cast, invoices, form)
    with django_capture_on_commit_callbacks(execute=True):
        killed_at_the_end(job)
    numbers = [invoice.number_text for invoice in invoices]
    if form == "pdf":
        found = bookmarks(job)
    else:
        found = ZipFile(BytesIO(content(job))).namelist()
    assert len(found) == 3
    assert all(number in told for number, told in zip(numbers, found, strict=True))
    assert parts(job) == []


def test_volumes_are_put_together_in_the_order_asked_for(cast: Cast, invoices: list[Invoice]) -> None:
    backwards = invoices[::-1]
    found = bookmarks(work_off(asked(cast, backwards, "pdf")))
    assert [invoice.number_text in told for invoice, told in zip(backwards, found, strict=True)] == [True] * 3


def test_credit_notes_are_printed_alone_and_among_invoices(cast: Cast, invoices: list[Invoice]) -> None:
    note = crediting.credit(
        invoice=invoices[0], line_ids=None, reason="Maksettu toisaalla", on=TODAY, actor=None
    )
    alone = paper.text_of(pdf(document_of(note)))
    assert f"kumoaa kokonaan laskun {invoices[0].number_text}" in alone
    assert "TILISIIRTO" not in alone
    bound = paper.text_of(content(work_off(asked(cast, [invoices[1], note], "pdf"))))
    assert bound.split("\f\n")[1] == alone
