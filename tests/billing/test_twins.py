"""The bank's mark on money that differs otherwise: nothing is left out, nothing is booked twice, a person says."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Invoice, PaymentFile, PaymentRow
from billing.models.payments import TWIN, RowState
from billing.services import matching
from billing.services.booking_files import book_file
from billing.services.reading_payments import read
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import OrgUnit
from tests.billing.factories import make_invoice
from tests.billing.test_recognising import IBAN, TWICE, book, camt, ktl
from tests.cast import Cast

REFERENCE = "100420000000124"
ONE = [("MEIKÄLÄINEN MAIJA", "50.00", REFERENCE)]
OTHERS = {
    "day": camt("054", ONE, marks="id", file_id="N5").replace(b"2026-03-16", b"2026-03-17"),
    "payer": camt("054", [("ÖST MATTI", "50.00", REFERENCE)], marks="id", file_id="N6"),
    "reference": camt("054", [("MEIKÄLÄINEN MAIJA", "50.00", "1232")], marks="id", file_id="N7"),
}


@pytest.fixture
def invoice(cast: Cast) -> Invoice:
    union = cast.units["union"]
    return make_invoice(
        creditor=union, payer=cast.parties["maija"], lines=[(union, "100.00")], reference=REFERENCE
    )


def open_of(invoice: Invoice) -> Decimal:
    return Invoice.objects.get(pk=invoice.pk).open_amount


def doubtful(file: PaymentFile) -> PaymentRow:
    row = file.rows.get()
    assert (row.state, row.reason) == (RowState.WAITING, TWIN)
    return row


@pytest.mark.parametrize("differs", OTHERS)
def test_a_mark_with_another_day_payer_or_reference_waits_for_a_person(
    cast: Cast, invoice: Invoice, differs: str
) -> None:
    first = book(cast, ktl(ONE)).rows.get()
    row = doubtful(book(cast, OTHERS[differs]))
    assert row.twin == first
    assert open_of(invoice) == Decimal("50.00")


@pytest.mark.parametrize("change", [(b"2026-03-16", b"2026-03-17"), (b"100420000000124", b"1232")])
def test_a_uetr_with_another_day_or_reference_waits_too(
    cast: Cast, invoice: Invoice, change: tuple[bytes, bytes]
) -> None:
    data = camt("054", ONE, marks="uetr")
    book(cast, data)
    assert doubtful(book(cast, data.replace(*change))).twin is not None
    assert open_of(invoice) == Decimal("50.00")


def test_a_uetr_twice_in_one_file_is_kept_and_asked_about(cast: Cast) -> None:
    data = camt("054", TWICE, marks="uetr").replace(b"000000000001</UETR>", b"000000000000</UETR>")
    file = book(cast, data)
    assert (file.row_count, file.new_count) == (2, 2)
    first, second = file.rows.order_by("pk")
    assert (second.twin, second.reason) == (first, TWIN)
    again = book(cast, data.replace(b"F1", b"F2"))
    assert (again.new_count, again.known_count) == (0, 2)


def test_an_archive_id_shared_by_a_whole_batch_tells_nothing_against_its_rows(cast: Cast) -> None:
    batch = [("MEIKÄLÄINEN MAIJA", "50.00", REFERENCE), ("ÖST MATTI", "50.00", "1232")]
    one_mark = camt("054", batch, marks="id").replace(b"WWRV001", b"WWRV000")
    file = book(cast, one_mark)
    assert file.rows.filter(twin=None).count() == 2
    again = book(cast, one_mark.replace(b"F1", b"F2"))
    assert again.known_count == 2
    more = camt("054", [*batch, ("UUSI", "50.00", "1245")], marks="id", file_id="F3")
    third = book(cast, more.replace(b"WWRV001", b"WWRV000").replace(b"WWRV002", b"WWRV000"))
    assert (third.new_count, third.rows.get().twin) == (1, None)


def test_the_bank_s_spelling_of_a_name_is_no_other_payer(cast: Cast) -> None:
    book(cast, ktl(ONE))
    assert book(cast, camt("054", [("MEIK?L?INEN MAIJA", "50.00", REFERENCE)], marks="id")).new_count == 0


def test_one_association_s_mark_says_nothing_to_another(cast: Cast, invoice: Invoice) -> None:
    book(cast, ktl(ONE))
    union, other = cast.units["union"], cast.units["a"]
    with mutation(actor=None, kind="test"):
        OrgUnit.objects.filter(pk=union.pk).update(iban="")
        OrgUnit.objects.filter(pk=other.pk).update(iban=IBAN)
    other.refresh_from_db()
    data = ktl(ONE)
    file = book_file(unit=other, file_name="x", data=data, read=read(data), actor=None, at=clock.now())
    assert (file.new_count, file.rows.get().twin) == (1, None)


def test_the_same_money_is_never_booked_and_can_be_taken_back(cast: Cast, invoice: Invoice) -> None:
    book(cast, ktl(ONE))
    row = doubtful(book(cast, OTHERS["day"]))
    with pytest.raises(matching.MatchError, match="twin"):
        matching.assign(row=row, parts=[(invoice, Decimal("50.00"))], actor=None)
    assert matching.same_money(row=row, actor=None).state == RowState.SAME
    assert open_of(invoice) == Decimal("50.00")
    assert matching.undo(row=row, actor=None).reason == TWIN
    assert matching.another_payment(row=row, actor=None).state == RowState.MATCHED
    assert open_of(invoice) == 0
    assert matching.undo(row=row, actor=None).reason == TWIN
    assert open_of(invoice) == Decimal("50.00")


def test_both_rows_are_shown_and_one_is_asked(cast: Cast, client: Client, invoice: Invoice) -> None:
    book(cast, ktl(ONE))
    row = doubtful(book(cast, OTHERS["payer"]))
    cast.sign_in(client, "riitta")
    page = client.get(reverse("office:matching"))
    assert "ÖST MATTI" in page.text
    assert "MEIKÄLÄINEN" in page.text
    asked = {"row": row.pk, "deed": "match", "target": invoice.pk}
    assert client.post(reverse("office:matching"), asked).status_code == 409
    assert client.post(reverse("office:matching"), {"row": row.pk, "deed": "same"}).status_code == 302
    row.refresh_from_db()
    assert row.state == RowState.SAME
    assert client.post(reverse("office:matching"), {"row": row.pk, "deed": "another"}).status_code == 409
    cast.sign_in(client, "olavi")
    assert client.post(reverse("office:matching"), {"row": row.pk, "deed": "same"}).status_code == 404
