"""Documents of a run: made after it is numbered, in the order of postal codes, each invoice once, found again page by page."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse

from billing import volume_jobs
from billing.models import DocumentVolume, Invoice, InvoiceRun
from billing.services import binding, volumes
from billing.services.binding import Parts
from billing.services.preparing import RunError
from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline
from jasenpalvelu.jobs.services import cancel, pause, resume, running
from members.models import ContactPoint, OrgUnit, Party
from tests import paper
from tests.billing.factories import make_invoice
from tests.billing.runs import add_many, decided, flat, issued, make_run, work_off
from tests.cast import TODAY, Cast

COUNT = 7


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(volumes, "SIZE", 3)
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def run(cast: Cast) -> InvoiceRun:
    return numbered(cast)


def numbered(cast: Cast) -> InvoiceRun:
    """Seven invoices: later names live at earlier postal codes, one payer abroad."""
    unit = cast.units["a2"]
    decided(cast.units["union"], flat("liitto", "13", once_per="payer"))
    decided(unit, flat("henkilo", "20"), flat("lehti", "7.50"))
    add_many(cast, COUNT - 1, unit="a2")
    added = Party.objects.filter(display_name__startswith="Jäsen 0").order_by("sort_key")
    with mutation(actor=None, kind="test"):
        for place, party in enumerate(added):
            code, city = ("", "LEEDS") if place == 1 else (f"{90000 - place * 100:05}", "OULU")
            ContactPoint.objects.filter(party=party).update(postal_code=code, city=city)
    return issued(make_run(unit), None)


def job_of(run: InvoiceRun) -> Job:
    run.refresh_from_db()
    return Job.objects.get(pk=run.documents_job_id)


def made(run: InvoiceRun) -> list[DocumentVolume]:
    work_off(job_of(run))
    return list(run.volumes.order_by("number"))


def whole(run: InvoiceRun) -> None:
    """Every invoice once, its page where the index says."""
    found = list(run.volumes.order_by("number"))
    numbers = dict(Invoice.objects.filter(run=run).values_list("pk", "reference"))
    keys = [key for volume in found for key in volume.invoices]
    assert sorted(keys) == sorted(numbers)
    for volume in found:
        with volume.content.open() as file:
            pages = paper.text_of(file.read()).split("\f\n")
        assert len(pages) == volume.pages
        for key in volume.invoices:
            first, count = volume.pages_of(key)
            assert count == 1
            assert f"{int(numbers[key]):d}"[-5:] in pages[first]


def test_numbering_is_followed_by_the_documents(run: InvoiceRun) -> None:
    found = made(run)
    assert [len(volume.invoices) for volume in found] == [3, 3, 1]
    whole(run)
    job = job_of(run)
    assert (job.state, job.total, job.done, job.failed) == ("done", 7, 7, 0)
    assert job.result_url == reverse("office:run_documents", args=[run.pk])


def test_sheets_are_in_the_order_of_postal_codes_and_the_rest_last(run: InvoiceRun) -> None:
    made(run)
    keys = [key for volume in run.volumes.order_by("number") for key in volume.invoices]
    invoices = Invoice.objects.in_bulk(keys)
    codes = [invoices[key].payer_address[-1][:5] for key in keys]
    inland = [code for code in codes if code.isdigit()]
    assert inland == sorted(inland)
    assert codes[: len(inland)] == inland
    first = run.volumes.get(number=1)
    assert (first.first_postal_code, first.last_postal_code) == (inland[0], inland[2])


class Killed(Exception):
    """Before the step was committed."""


def lost(job: Job) -> None:
    with transaction.atomic():
        volume_jobs.make_volumes(Job.objects.get(pk=job.pk), Deadline.after(60))
        raise Killed


def test_done_twice_for_nothing_it_is_done_once(run: InvoiceRun) -> None:
    """Each step is lost once before it is kept, and asked for once too often in the end."""
    job = job_of(run)

    done = False
    while not done:
        with suppress(Killed):
            lost(job)
        with transaction.atomic():
            again = Job.objects.get(pk=job.pk)
            result = volume_jobs.make_volumes(again, Deadline.after(60))
            again.done += result.processed
            again.total = result.total or again.total
            again.save()
            done = result.done
    whole(run)
    assert sorted(default_storage.listdir(f"volumes/{run.pk}")[1]) == ["1.pdf", "2.pdf", "3.pdf"]


def test_pause_goes_on_and_cancel_keeps_what_is_made(run: InvoiceRun) -> None:
    job = job_of(run)
    running.run(job_id=job.pk, seconds=0)
    pause(job_id=job.pk)
    running.run(job_id=job.pk)
    assert Job.objects.get(pk=job.pk).state == "paused"
    resume(job_id=job.pk)
    running.run(job_id=job.pk, seconds=0)
    cancel(job_id=job.pk)
    running.run(job_id=job.pk)
    assert 0 < volumes.made(run) < COUNT
    again = volumes.order(run=run, actor=None)
    assert again.pk != job.pk
    work_off(again)
    whole(run)


def test_asked_twice_is_one_work(run: InvoiceRun) -> None:
    job = job_of(run)
    assert volumes.order(run=run, actor=None).pk == job.pk
    assert volumes.order(run=run, actor=None, again=True).pk == job.pk


def test_what_is_missing_is_made_and_nothing_else(
    run: InvoiceRun, django_capture_on_commit_callbacks
) -> None:
    first, second, _third = made(run)
    default_storage.delete(second.content.name)
    work_off(volumes.order(run=run, actor=None))
    whole(run)
    now = {volume.number: volume.made_at for volume in run.volumes.order_by("number")}
    assert now[1] == first.made_at
    with django_capture_on_commit_callbacks(execute=True):
        volumes.order(run=run, actor=None, again=True)
    assert not run.volumes.exists()
    assert default_storage.listdir(f"volumes/{run.pk}")[1] == []
    work_off(job_of(run))
    whole(run)


def test_only_numbered_invoices_are_printed(cast: Cast) -> None:
    decided(cast.units["a2"], flat("henkilo", "20"))
    with pytest.raises(RunError, match="not_open"):
        volumes.order(run=make_run(cast.units["a2"]), actor=None)


def test_what_does_not_fit_is_rendered_over_several_steps(cast: Cast) -> None:
    """With no time to render, each try renders one more; those are kept for the next, and thrown away in the end."""
    with mutation(actor=None, kind="test"):
        OrgUnit.objects.filter(pk=cast.units["a2"].pk).update(name_fi="Общество ry")
    cast.units["a2"].refresh_from_db()
    run, tries, bound = numbered(cast), 0, None
    volumes.plan(run=run)
    while bound is None:
        tries += 1
        asked: list[bool] = []
        parts = Parts("jobs/test/parts", lambda asked=asked: len(asked) > 0 or asked.append(True))  # type: ignore[misc]
        try:
            with transaction.atomic():
                bound = volumes.make_next(run=run, parts=parts)
        except binding.OutOfTime:
            continue
    assert tries == 3
    assert len(bound.rendered) == 3
    assert run.volumes.get(number=1).rendered == 3
    whole(InvoiceRun.objects.get(pk=work_off(job_of(run)).params["run"]))


def test_what_may_not_be_printed_is_left_out_and_told(run: InvoiceRun, cast: Cast, client) -> None:
    volumes.plan(run=run)
    with mutation(actor=None, kind="test"):
        OrgUnit.objects.filter(pk=run.creditor_id).update(iban="")
    run.creditor.refresh_from_db()
    odd = make_invoice(
        creditor=run.creditor,
        payer=cast.parties["maija"],
        lines=[(run.creditor, "5.00")],
        reference="100420000000124",
    )
    first = run.volumes.get(number=1)
    first.invoices = [odd.pk, *first.invoices]
    first.save()
    work_off(job_of(run))
    whole(run)
    first.refresh_from_db()
    assert (first.refused, len(first.invoices), first.first_pages) == ([odd.pk], 3, [0, 1, 2])
    cast.sign_in(client, "tiina")
    page = client.get(reverse("office:run_documents", args=[run.pk])).content.decode()
    assert odd.number_text in page


def test_page_is_cut_out_or_rendered(run: InvoiceRun, cast: Cast, client) -> None:
    invoice = Invoice.objects.filter(run=run).order_by("number").first()
    assert invoice is not None
    address = reverse("office:invoice_sheet", args=[invoice.pk])
    cast.sign_in(client, "tiina")
    rendered = client.get(address).content
    with pikepdf.open(BytesIO(rendered)) as file:
        assert "/StructTreeRoot" in file.Root
    assert reverse("office:invoice_sheet", args=[invoice.pk]) not in _page(client, "invoice", invoice.pk)
    made(run)
    printed = client.get(address).content
    with pikepdf.open(BytesIO(printed)) as file:
        assert len(file.pages) == 1
        assert "/StructTreeRoot" not in file.Root
        assert invoice.number_text in str(file.docinfo["/Title"])
    assert paper.text_of(printed) == paper.text_of(rendered)
    assert reverse("office:invoice_sheet", args=[invoice.pk]) in _page(client, "invoice", invoice.pk)
    assert AccessLog.objects.filter(action="download", party_id=invoice.payer_id).count() == 2


def test_volumes_are_for_those_who_send_the_invoices(run: InvoiceRun, cast: Cast, client) -> None:
    made(run)
    addresses = [
        reverse("office:run_documents", args=[run.pk]),
        reverse("office:run_volume", args=[run.pk, 1]),
    ]
    for outsider in ("aino", "olavi", "bo"):
        cast.sign_in(client, outsider)
        assert [client.get(address).status_code for address in addresses] == [404, 404]
        assert client.post(reverse("office:run_documents_make", args=[run.pk])).status_code == 404
    cast.sign_in(client, "tiina")
    page = client.get(addresses[0]).content.decode()
    assert addresses[1] in page
    file = client.get(addresses[1])
    content = b"".join(file.streaming_content)
    with pikepdf.open(BytesIO(content)) as opened:
        assert len(opened.pages) == 3
    assert AccessLog.objects.filter(action="download", count=3).exists()
    assert client.get(reverse("office:run_volume", args=[run.pk, 9])).status_code == 404


def test_page_offers_what_there_is_to_do(run: InvoiceRun, cast: Cast, client) -> None:
    cast.sign_in(client, "tiina")
    address = reverse("office:run_documents", args=[run.pk])
    assert reverse("office:job", args=[job_of(run).pk]) in client.get(address).content.decode()
    (first, *_others) = made(run)
    default_storage.delete(first.content.name)
    client.post(reverse("office:run_documents_make", args=[run.pk]))
    work_off(job_of(run))
    whole(run)
    client.post(reverse("office:run_documents_make", args=[run.pk]), {"what": "all"})
    made(run)
    whole(run)
    assert address in _page(client, "run", run.pk)


def test_old_volumes_are_forgotten(run: InvoiceRun, django_capture_on_commit_callbacks) -> None:
    made(run)
    assert volumes.forget_old(now=clock.now() + timedelta(days=179)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert volumes.forget_old(now=clock.now() + timedelta(days=181)) == 3
    assert default_storage.listdir(f"volumes/{run.pk}")[1] == []


def _page(client, name: str, key: int) -> str:
    return client.get(reverse(f"office:{name}", args=[key])).content.decode()
