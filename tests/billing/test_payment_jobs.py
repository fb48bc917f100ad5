"""A bank's file from the upload to the last row: booked by a worker, whatever is clicked twice or dies on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from django.utils import translation

from billing.models import Invoice, LedgerEntry, PaymentFile, PaymentRow
from billing.refusals import explain
from billing.services import booking_files
from billing.services.booking_files import insert_rows, note_contents
from billing.services.reading_payments import read
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import cancel, running
from tests.bankfiles import Paid, ktl
from tests.billing.factories import make_invoice
from tests.billing.runs import work_off
from tests.cast import TODAY, Cast

DAY = date(2026, 3, 16)


@pytest.fixture
def data(cast: Cast) -> bytes:
    """Three invoices of the union and five rows: two full payments, two parts of the third, one of nobody."""
    union, names = cast.units["union"], ("maija", "lotta", "siiri")
    made = [
        make_invoice(creditor=union, payer=cast.parties[name], lines=[(union, "100.00")], reference=reference)
        for name, reference in zip(names, ("1232", "1245", "1258"), strict=True)
    ]
    paid = [Paid(invoice.reference, Decimal(100), DAY) for invoice in made[:2]]
    paid += [Paid(made[2].reference, Decimal(30), DAY), Paid(made[2].reference, Decimal(50), DAY)]
    return ktl(union.iban, [*paid, Paid("13", Decimal(25), DAY)])


@pytest.fixture
def riitta(cast: Cast, client: Client) -> Client:
    cast.sign_in(client, "riitta")
    return client


def upload(client: Client, data: bytes):  # type: ignore[no-untyped-def]
    return client.post(reverse("office:payments"), {"file": SimpleUploadedFile("viitteet.txt", data)})


def booked() -> None:
    """Every payment once: 260 € on invoices, 25 € waiting, 20 € open."""
    file = PaymentFile.objects.get()
    assert (file.row_count, file.new_count, file.known_count) == (5, 5, 0)
    assert (file.matched_count, file.waiting_count) == (4, 1)
    paid = LedgerEntry.objects.filter(kind="payment").aggregate(n=Sum("amount"))["n"]
    assert paid == Decimal("-280.00")
    assert Invoice.objects.aggregate(n=Sum("open_amount"))["n"] == Decimal("20.00")
    assert not PaymentRow.objects.filter(state="new").exists()


def test_a_file_is_received_at_once_and_booked_by_a_worker(data: bytes, riitta: Client) -> None:
    response = upload(riitta, data)
    file = PaymentFile.objects.get()
    job = Job.objects.get(pk=file.job_id)
    assert response.url == reverse("office:payment_file", args=[file.pk])
    assert (job.title, job.total, job.capability) == ("Maksutiedosto: viitteet.txt", None, "billing.payments")
    page = riitta.get(response.url).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert not PaymentRow.objects.exists()
    job = work_off(job)
    assert (job.done, job.total, job.result_url) == (5, 5, response.url)
    assert "hx-trigger" not in riitta.get(response.url).content.decode()
    booked()


def test_a_double_click_leads_to_the_first_one_s_file(data: bytes, riitta: Client) -> None:
    first, second = upload(riitta, data), upload(riitta, data)
    assert first.url == second.url
    assert Job.objects.filter(kind="billing.book").count() == 1
    work_off(Job.objects.get(kind="billing.book"))
    assert upload(riitta, data).url == first.url
    assert Job.objects.filter(kind="billing.book").count() == 1
    booked()


def test_a_booking_that_stopped_goes_on_and_books_nothing_twice(data: bytes, riitta: Client) -> None:
    page = upload(riitta, data).url
    file = PaymentFile.objects.get()
    insert_rows(file=note_contents(file=file, read=read(data), actor=None), read=read(data), actor=None)
    cancel(job_id=file.job_id)
    assert riitta.get(page).context["stopped"]
    assert riitta.get(reverse("office:matching")).context["count"] == 0, (
        "a row not dealt with waits for nobody"
    )
    assert riitta.post(page).url == page
    file.refresh_from_db()
    work_off(Job.objects.get(pk=file.job_id))
    assert riitta.post(page).url == page
    assert Job.objects.filter(kind="billing.book").count() == 2
    booked()


def test_the_same_file_again_goes_on_with_a_stopped_booking(data: bytes, riitta: Client) -> None:
    page = upload(riitta, data).url
    cancel(job_id=PaymentFile.objects.get().job_id)
    assert upload(riitta, data).url == page
    work_off(Job.objects.get(kind="billing.book", state="queued"))
    booked()


def test_any_step_may_be_the_last_of_its_worker(data: bytes, riitta: Client, monkeypatch) -> None:
    monkeypatch.setattr(booking_files, "CHUNK", 1)
    upload(riitta, data)
    job = Job.objects.get(kind="billing.book")
    for _turn in range(20):
        running.run(job_id=job.pk, seconds=0)  # one step, then the lease is given back
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 5)
    booked()


def test_a_file_that_is_gone_is_told_on_its_page(data: bytes, riitta: Client) -> None:
    page = upload(riitta, data).url
    file = PaymentFile.objects.get()
    default_storage.delete(file.content.name)
    running.run(job_id=file.job_id, seconds=60)
    file.refresh_from_db()
    assert Job.objects.get(pk=file.job_id).state == "failed"
    assert file.refusal == {"code": "gone"}
    assert "ei voi enää avata" in riitta.get(page).text
    default_storage.save(file.content.name, ContentFile(data))
    assert upload(riitta, data).url == page
    work_off(Job.objects.get(kind="billing.book", state="queued"))
    booked()


def test_what_is_wrong_far_in_a_large_file_is_told_by_the_work_and_books_nothing(
    data: bytes, riitta: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request looks only at the beginning; nothing of what could be read is kept."""
    monkeypatch.setattr("billing.forms.payments.READ_AT_ONCE", 300)
    foreign = data + ktl(cast.units["a"].iban, [Paid("13", Decimal(25), DAY)])
    wrong = {
        "sums": (data.replace(b"9000005", b"9000006"), "eivät täsmää"),
        "cut": (data[: data.rindex(b"9000005")], "loppuu kesken"),
        "row": (data.replace(b"\r\n9", b"\r\nX\r\n9"), "rivi 7"),
        "account": (foreign, cast.units["a"].iban[-2:]),
    }
    for bad, told in wrong.values():
        response = upload(riitta, bad)
        assert response.status_code == 302
        file = PaymentFile.objects.get(pk=int(response.url.split("/")[-2]))
        running.run(job_id=file.job_id, seconds=60)
        job = Job.objects.get(pk=file.job_id)
        assert (job.state, told in job.message) == ("failed", True), job.message
        page = riitta.get(response.url)
        assert told in page.text
        assert (page.context["refusal"], page.status_code) == (job.message, 200)
        assert upload(riitta, bad).url == response.url
    assert not PaymentRow.objects.exists()
    assert not LedgerEntry.objects.filter(kind="payment").exists()


def test_a_reader_of_swedish_is_told_in_swedish(data: bytes, riitta: Client, cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr("billing.forms.payments.READ_AT_ONCE", 300)
    page = upload(riitta, data.replace(b"9000005", b"9000006")).url
    running.run(job_id=PaymentFile.objects.get().job_id, seconds=60)
    riitta.cookies["django_language"] = "sv"
    with mutation(actor=None, kind="test"):
        type(cast.users["riitta"]).objects.filter(pk=cast.users["riitta"].pk).update(language="sv")
    assert "stämmer inte" in riitta.get(page).text


def test_others_see_nothing_of_a_file(data: bytes, riitta: Client, cast: Cast) -> None:
    page = upload(riitta, data).url
    cast.sign_in(riitta, "olavi")
    assert riitta.get(page).status_code == riitta.post(page).status_code == 404


# --- lists ------------------------------------------------------------------------------------------------------------
def test_what_waits_and_what_was_set_aside_are_paged(cast: Cast, riitta: Client) -> None:
    union = cast.units["union"]
    many = ktl(union.iban, [Paid("13", Decimal(number), TODAY) for number in range(1, 122)])
    booking_files.book_file(unit=union, file_name="x", data=many, read=read(many), actor=None, at=clock.now())
    page, seen = f"{reverse('office:matching')}?", set()
    for _turn in range(3):
        found = riitta.get(page).context
        assert found["count"] == 121
        seen |= {item.pk for item, _address, _reason in found["rows"]}
        page = f"{reverse('office:matching')}?jalkeen={found['page'].next}"
    assert len(seen) == 121
    assert found["page"].next == ""
    row = PaymentRow.objects.first()
    riitta.post(reverse("office:matching"), {"row": row.pk, "deed": "left"})
    listed = riitta.get(reverse("office:payments"))
    assert (listed.context["aside"]["n"], listed.context["waiting"]["n"]) == (1, 120)
    aside = riitta.get(listed.context["aside_url"]).context
    assert [item.pk for item, _address, _reason in aside["rows"]] == [row.pk]
    assert aside["row"] == row


def test_sums_and_counts_of_a_refusal_are_written_as_the_reader_writes_them() -> None:
    """A sum has cents and a mark of money, a number of rows has neither; both are kept as plain figures."""
    sums = {"code": "summary_amount", "where": "line 3", "expected": "1100.00", "found": "90.00"}
    with translation.override("fi"):
        assert "yhteenvedossa on 1\xa0100,00\xa0€, riveistä tulee 90,00\xa0€" in explain(sums)
        assert "yhteenvedossa on 5, riveistä tulee 4." in explain(sums | {"expected": "5", "found": "4"})
