"""An invoice by e-mail: the PDF goes along, what is owed is told as it is, once for a press, and to nobody's invoice but one's own."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_string, policy
from email.utils import parseaddr

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from billing.services import crediting, mailing_invoices
from communications.models import ContactEntry, Delivery, State
from communications.services import bouncing
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Party
from tests.cast import TODAY, Cast
from tests.post import deliver
from tests.scenery import build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def invoice(cast: Cast) -> Invoice:
    return Invoice.objects.select_related("creditor").get(pk=build(cast).things["invoice* pk"])


def treasurer(cast: Cast, client: Client, invoice: Invoice) -> Client:
    return cast.sign_in(client, "olavi" if invoice.creditor == cast.units["a"] else "riitta")


def test_it_leaves_with_the_pdf_and_what_is_owed(cast: Cast, client: Client, invoice: Invoice) -> None:
    address = reverse("office:invoice_mail", args=[invoice.pk])
    bouncing.try_again(actor=cast.users["aino"], address="maija@example.fi")
    shown = treasurer(cast, client, invoice).get(address)
    assert shown.context["form"].initial["email"] == "maija@example.fi"
    done = client.post(address, {"email": "maija@example.fi"})
    assert done.status_code == 302
    deliver()
    (sent,) = (one for one in mail.outbox if invoice.number_text in one.subject)
    assert "maija@example.fi" in sent.to[0]
    told = message_from_string(sent.message().as_string(), policy=policy.default)
    files = list(told.iter_attachments())
    assert [part.get_content_type() for part in files] == ["application/pdf"]
    assert files[0].get_content().startswith(b"%PDF-")
    row = Delivery.objects.get(reference=f"invoice:{invoice.pk}")
    assert row.state == State.ACCEPTED
    assert ContactEntry.objects.filter(reference=f"invoice:{invoice.pk}", party=invoice.payer_id).count() == 1
    assert "maija@example.fi" in client.get(address).content.decode()


def test_pressed_twice_it_goes_once(cast: Cast, invoice: Invoice) -> None:
    told = {"actor": cast.users["riitta"], "invoice": invoice, "email": "a@example.fi", "now": clock.now()}
    mailing_invoices.send(**told)
    with pytest.raises(mailing_invoices.MailError, match="again"):
        mailing_invoices.send(**told)
    assert Delivery.objects.filter(reference=f"invoice:{invoice.pk}").count() == 1


def test_an_address_that_is_none_is_told_beside_the_field(
    cast: Cast, client: Client, invoice: Invoice
) -> None:
    address = reverse("office:invoice_mail", args=[invoice.pk])
    page = treasurer(cast, client, invoice).post(address, {"email": "ei osoite"})
    assert page.status_code == 200
    assert page.context["form"].errors["email"]
    assert "ei osoite" in page.content.decode()
    assert not Delivery.objects.filter(reference=f"invoice:{invoice.pk}").exists()


def test_a_credited_invoice_says_there_is_nothing_to_pay(cast: Cast, invoice: Invoice) -> None:
    note = crediting.credit(invoice=invoice, line_ids=None, reason="Väärin", on=TODAY, actor=None)
    for one in (invoice, note):
        mailing_invoices.send(actor=cast.users["riitta"], invoice=one, email="a@example.fi", now=clock.now())
    deliver()
    bodies = [str(sent.body) for sent in mail.outbox if parseaddr(sent.to[0])[1] == "a@example.fi"]
    assert len(bodies) == 2
    assert sum("Tilinumero" in body for body in bodies) == 0
    assert sum("maksettavaa" in body for body in bodies) == 1


def test_an_address_that_does_not_work_is_told(cast: Cast, client: Client, invoice: Invoice) -> None:
    page = treasurer(cast, client, invoice).post(
        reverse("office:invoice_mail", args=[invoice.pk]), {"email": "maija@example.fi"}
    )
    assert "palautuneet" in str(page.context["form"].errors["email"])
    assert not Delivery.objects.filter(reference=f"invoice:{invoice.pk}").exists()


@pytest.mark.parametrize("who", ["bo", "maija"])
def test_anothers_invoice_is_not_there(cast: Cast, client: Client, invoice: Invoice, who: str) -> None:
    address = reverse("office:invoice_mail", args=[invoice.pk])
    cast.sign_in(client, who)
    assert client.get(address).status_code == 404
    assert client.post(address, {"email": "bo@example.fi"}).status_code == 404
    assert not Delivery.objects.filter(reference=f"invoice:{invoice.pk}").exists()


def test_a_protected_payers_address_is_not_offered(cast: Cast, client: Client, invoice: Invoice) -> None:
    with mutation(actor=None, kind="test"):
        Party.objects.filter(pk=invoice.payer_id).update(non_disclosure=True)
    page = treasurer(cast, client, invoice).get(reverse("office:invoice_mail", args=[invoice.pk]))
    assert "maija@example.fi" not in page.content.decode()
