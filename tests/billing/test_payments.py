"""Bank files and the work list: the same money once, corrections, part and double payments, people's decisions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.formats.errors import BankFileSumError
from billing.models import Allocation, DueRow, Invoice, InvoiceLine, LedgerEntry, PaymentFile, PaymentRow
from billing.models.payments import RowState
from billing.services import matching, suggesting
from billing.services.booking_files import FileKnown, FileRefused, book_file
from billing.services.booking_payments import book_manually, match_row
from billing.services.crediting import credit
from billing.services.ledger import outstanding
from billing.services.reading_payments import read
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from tests.bankfiles import Paid, ktl
from tests.billing.factories import make_invoice
from tests.billing.runs import work_off
from tests.cast import TODAY, Cast

DATA = Path(__file__).parent / "data"
KTL = (DATA / "synthetic_ktl.txt").read_bytes()
CAMT053 = (DATA / "synthetic_camt053.xml").read_bytes()
CAMT054 = (DATA / "synthetic_camt054.xml").read_bytes()


@pytest.fixture
def invoices(cast: Cast) -> tuple[Invoice, Invoice]:
    """344,00 of three beneficiaries, and 100,00: the references of the synthetic bank files."""
    union, a, b = cast.units["union"], cast.units["a"], cast.units["a2"]
    lines = [(union, "195.00"), (a, "45.00"), (b, "62.00"), (b, "42.00")]
    first = make_invoice(
        creditor=union, payer=cast.parties["maija"], lines=lines, reference="100420000000124"
    )
    second = make_invoice(
        creditor=union, payer=cast.parties["lotta"], lines=[(union, "100.00")], reference="100420000000292"
    )
    return first, second


def book(cast: Cast, data: bytes, name: str = "pankki.txt") -> PaymentFile:
    return book_file(
        unit=cast.units["union"],
        file_name=name,
        data=data,
        read=read(data),
        actor=cast.users["riitta"],
        at=clock.now(),
    )


def balances_agree() -> None:
    """`open_amount` is the sum of the invoice's ledger, and allocations make up every entry."""
    assert not Invoice.objects.filter(kind="credit_note").exclude(open_amount=0).exists()
    for invoice in Invoice.objects.filter(kind="invoice").order_by("pk"):
        total = LedgerEntry.objects.filter(invoice=invoice).aggregate(total=Sum("amount"))["total"]
        assert invoice.open_amount == total
        allocated = (
            Allocation.objects.filter(line__invoice=invoice).aggregate(total=Sum("amount"))["total"] or 0
        )
        assert invoice.total - allocated == total


def test_ktl_is_booked_and_its_correction_opens_the_invoice(
    cast: Cast, invoices: tuple[Invoice, Invoice]
) -> None:
    file = book(cast, KTL)
    first, second = (Invoice.objects.get(pk=invoice.pk) for invoice in invoices)
    assert (file.row_count, file.new_count, file.waiting_count) == (4, 4, 1)
    assert (first.open_amount, second.open_amount) == (Decimal("0.00"), Decimal("100.00"))
    waiting = PaymentRow.objects.get(state=RowState.WAITING)
    assert (waiting.amount, waiting.reason) == (Decimal("25.00"), "unknown_reference")
    entry = LedgerEntry.objects.get(invoice=first, kind="payment")
    assert (entry.on.isoformat(), entry.booked_on.isoformat()) == ("2026-03-13", "2026-03-16")
    balances_agree()


def test_the_same_file_is_refused_and_the_same_money_in_another_file_is_known(
    cast: Cast, invoices: tuple[Invoice, Invoice]
) -> None:
    book(cast, KTL)
    with pytest.raises(FileKnown):
        book(cast, KTL)
    again = book(cast, CAMT054, "054.xml")
    assert (again.new_count, again.known_count) == (0, 3)
    assert PaymentRow.objects.count() == 4
    balances_agree()


def test_statement_books_single_entries_and_only_compares_the_lump_sum(
    cast: Cast, invoices: tuple[Invoice, Invoice]
) -> None:
    book(cast, CAMT054, "054.xml")
    file = book(cast, CAMT053, "053.xml")
    total = file.control_totals.get()
    assert (total.count, total.amount) == (3, Decimal("469.00"))
    single = file.rows.get()
    assert (single.amount, single.state, single.reason) == (
        Decimal("50.00"),
        RowState.WAITING,
        "no_reference",
    )


def test_a_wrong_summary_refuses_the_whole_file(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    with pytest.raises(BankFileSumError):
        book(cast, KTL.replace(b"9000003000000469", b"9000003000000468"))
    assert not PaymentRow.objects.exists()


def test_another_account_is_refused(cast: Cast) -> None:
    with pytest.raises(FileRefused, match="foreign_account"):
        book_file(unit=cast.units["a"], file_name="x", data=KTL, read=read(KTL), actor=None, at=clock.now())


def manual(cast: Cast, amount: str, reference: str = "100420000000124", key: str = "") -> PaymentRow:
    return book_manually(
        unit=cast.units["union"],
        key=key or str(uuid4()),
        amount=Decimal(amount),
        paid_on=TODAY,
        reference=reference,
        payer_name="METSÄPELTO M",
        message="",
        actor=cast.users["riitta"],
    )


def test_a_part_payment_falls_on_the_lines_by_largest_remainder(
    cast: Cast, invoices: tuple[Invoice, Invoice]
) -> None:
    manual(cast, "100.00")
    shares = Allocation.objects.order_by("line__position").values_list("amount", flat=True)
    assert [str(share) for share in shares] == ["56.69", "13.08", "18.02", "12.21"]
    manual(cast, "244.00")
    assert Invoice.objects.get(pk=invoices[0].pk).open_amount == 0
    balances_agree()


def test_a_double_click_books_once(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    key = str(uuid4())
    assert manual(cast, "100.00", key=key) == manual(cast, "100.00", key=key)
    assert LedgerEntry.objects.filter(kind="payment").count() == 1


def test_another_association_s_key_is_not_one_s_own(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    """The key stands in a form: what somebody else's form holds opens nothing and hinders nothing."""
    theirs = manual(cast, "100.00")
    theirs_key = str(PaymentRow.objects.get(pk=theirs.pk).manual_key)
    own = book_manually(
        unit=cast.units["a"], key=theirs_key, amount=Decimal("7.00"), paid_on=TODAY, reference="", payer_name="Oma",
        message="", actor=None,
    )  # fmt: skip
    assert (own.unit, own.amount) == (cast.units["a"], Decimal("7.00"))
    assert own != theirs


def test_over_and_double_payments_wait_for_a_person(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    assert manual(cast, "400.00").reason == "too_much"
    manual(cast, "344.00")
    assert manual(cast, "344.00").reason == "paid_already"
    balances_agree()


def test_what_is_over_becomes_credit_and_undo_takes_all_back(
    cast: Cast, invoices: tuple[Invoice, Invoice]
) -> None:
    row = manual(cast, "400.00")
    decision = {"row": row, "parts": [(invoices[0], Decimal("344.00"))], "credit_to": invoices[0].payer}
    matching.assign(**decision, actor=None)
    credit = LedgerEntry.objects.filter(payer=invoices[0].payer, invoice=None)
    assert credit.aggregate(n=Sum("amount"))["n"] == Decimal("-56.00")
    with pytest.raises(matching.MatchError, match="state"):
        matching.assign(**decision, actor=None)
    matching.undo(row=row, actor=None)
    assert credit.aggregate(n=Sum("amount"))["n"] == 0
    assert Invoice.objects.get(pk=invoices[0].pk).open_amount == Decimal("344.00")
    balances_agree()


def test_suggestions_give_their_reasons(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    row = manual(cast, "344.00", reference="")
    best = suggesting.suggest(row=row)[0]
    assert best.invoice == invoices[0]
    assert set(best.reasons) == {"amount", "name"}
    stranger = manual(cast, "12.34", reference="")
    stranger.payer_name = "TUNTEMATON"
    assert suggesting.suggest(row=stranger) == []


def test_one_payment_over_two_invoices(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    row = manual(cast, "444.00", reference="")
    parts = [(invoices[1], Decimal("100.00")), (invoices[0], Decimal("344.00"))]
    matching.assign(row=row, parts=parts, actor=None)
    assert not Invoice.objects.filter(open_amount__gt=0).exists()
    balances_agree()


def test_another_creditors_invoice_is_refused(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    foreign = make_invoice(
        creditor=cast.units["b"],
        payer=cast.parties["lotta"],
        lines=[(cast.units["b"], "25.00")],
        reference="1232",
    )
    row = manual(cast, "25.00", reference="")
    with pytest.raises(matching.MatchError, match="foreign"):
        matching.assign(row=row, parts=[(foreign, Decimal("25.00"))], actor=None)


@given(
    amounts=st.lists(st.decimals("-50", "500", places=2), min_size=1, max_size=8),
    owners=st.lists(st.integers(1, 3), min_size=8, max_size=8),
)
@settings(max_examples=200, deadline=None)
def test_outstanding_is_never_negative_and_makes_up_the_total(
    amounts: list[Decimal], owners: list[int]
) -> None:
    total = sum(amounts, Decimal(0))
    if total < 0:
        return
    lines = [
        InvoiceLine(pk=i, amount=a, beneficiary_id=o)
        for i, (a, o) in enumerate(zip(amounts, owners, strict=False))
    ]
    rest = outstanding(lines, {})
    assert [r for r in rest if r < 0] == []
    assert sum(rest, Decimal(0)) == total


def test_a_correction_without_its_payment_is_put_away_by_hand(
    cast: Cast, client: Client, invoices: tuple[Invoice, Invoice]
) -> None:
    with mutation(actor=None, kind="test"):
        back = PaymentRow.objects.create(
            unit=cast.units["a"], account=cast.units["a"].iban, paid_on=TODAY, booked_on=TODAY, correction=True,
            amount=Decimal("-12.00"), state=RowState.WAITING, reason="correction", payer_name="PANKKI", manual_key=uuid4(),
        )  # fmt: skip
    cast.sign_in(client, "olavi")
    address = reverse("office:matching")
    assert "Olen kumonnut suorituksen" in client.get(address, {"suoritus": back.pk}).text
    for deed in ("match", "return"):
        asked = {"row": back.pk, "deed": deed, "target": invoices[0].pk}
        assert client.post(address, asked).status_code in {409, 422}
    assert client.post(address, {"row": back.pk, "deed": "left"}).status_code == 302
    back.refresh_from_db()
    assert back.state == RowState.LEFT
    client.post(reverse("office:unmatch", args=[back.pk]))
    back.refresh_from_db()
    assert back.state == RowState.WAITING
    assert not LedgerEntry.objects.filter(payment_row=back).exists()


# --- pages --------------------------------------------------------------------------------------------------------------
def upload(client: Client, data: bytes, name: str = "viitteet.txt"):  # type: ignore[no-untyped-def]
    return client.post(reverse("office:payments"), {"file": SimpleUploadedFile(name, data)})


def test_treasurer_brings_a_file_and_matches_what_is_left(
    cast: Cast, client: Client, invoices: tuple[Invoice, Invoice]
) -> None:
    cast.sign_in(client, "riitta")
    response = upload(client, KTL)
    assert response.status_code == 302
    assert client.get(response.url).status_code == 200
    work_off(Job.objects.get(kind="billing.book"))
    row = PaymentRow.objects.get(state=RowState.WAITING)
    page = client.get(reverse("office:matching"))
    assert "TUNTEMATON" in page.content.decode()
    told = {"row": row.pk, "deed": "match", "target": "other"}
    response = client.post(reverse("office:matching"), {**told, "search": "Ängst"})
    assert (
        response.status_code == 422
    )  # a name that happens to fit one invoice is shown before it is booked on
    assert [invoice for invoice, *_outcome in response.context["found"]] == [invoices[1]]
    assert Invoice.objects.get(pk=invoices[1].pk).open_amount == Decimal("100.00")
    response = client.post(
        reverse("office:matching"), {**told, "search": invoices[1].number_text}, follow=True
    )
    assert invoices[1].number_text in response.text
    assert Invoice.objects.get(pk=invoices[1].pk).open_amount == Decimal("75.00")
    client.post(reverse("office:unmatch", args=[row.pk]))
    assert Invoice.objects.get(pk=invoices[1].pk).open_amount == Decimal("100.00")


@pytest.mark.parametrize("paid_on", ["1.2.0001", "1.2.2099", "31.12.9999"])
def test_a_day_that_cannot_be_is_told_beside_the_field(cast: Cast, client: Client, paid_on: str) -> None:
    cast.sign_in(client, "olavi")
    data = {"unit": "abc", "amount": "5", "paid_on": paid_on, "payer_name": "N", "reference": "2026-5"}
    response = client.post(reverse("office:payment_new"), {**data, "key": uuid4()})
    assert response.status_code == 422
    assert {"unit", "paid_on", "reference"} <= set(response.context["form"].errors)
    assert not PaymentRow.objects.exists()


@pytest.mark.parametrize("data", [b"", b"hei", b"<html></html>", KTL[:200], KTL.replace(b"0469", b"0468")])
def test_a_bad_file_is_told_beside_the_field_and_books_nothing(
    cast: Cast, client: Client, data: bytes
) -> None:
    cast.sign_in(client, "riitta")
    response = upload(client, data)
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert not PaymentFile.objects.exists()


def test_outsiders_twins(cast: Cast, client: Client, invoices: tuple[Invoice, Invoice]) -> None:
    file = book(cast, KTL)
    row = file.rows.get(state=RowState.WAITING)
    pages = [
        reverse("office:payments"),
        reverse("office:payment_new"),
        reverse("office:matching"),
        reverse("office:payment_file", args=[file.pk]),
        f"{reverse('office:matching')}?suoritus={row.pk}",
    ]
    for name in ("ulla", "maija", "aino"):
        cast.sign_in(client, name)
        assert [client.get(page).status_code for page in pages] == [404] * len(pages)
    cast.sign_in(client, "olavi")
    assert [client.get(page).status_code for page in pages[3:]] == [404, 404]
    response = client.post(reverse("office:matching"), {"row": row.pk, "target": invoices[0].pk})
    assert response.status_code == 404
    assert client.post(reverse("office:unmatch", args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.state == RowState.WAITING


def test_a_second_part_is_late_only_after_its_own_day(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    invoice = invoices[1]
    DueRow.objects.create(invoice=invoice, position=2, due_date=date(2026, 12, 16), amount=Decimal("50.00"))
    assert invoice.state_on(TODAY) == "overdue"
    manual(cast, "50.00", reference=invoice.reference)
    invoice = Invoice.objects.get(pk=invoice.pk)
    assert invoice.state_on(TODAY) == "partly"
    assert invoice not in Invoice.objects.overdue(TODAY)
    assert invoice in Invoice.objects.overdue(date(2026, 12, 17))


def test_a_mistyped_reference_finds_its_invoice_among_many_of_the_same_sum(
    cast: Cast, invoices: tuple[Invoice, Invoice]
) -> None:
    row = manual(cast, "100.00", reference="")
    row.reference_raw = row.reference_key = "100420000000922"
    row.payer_name = ""
    best = suggesting.suggest(row=row)[0]
    assert best.invoice == invoices[1]
    assert "reference" in best.reasons


def test_a_return_with_the_payments_own_uetr_takes_it_back(
    cast: Cast, invoices: tuple[Invoice, Invoice]
) -> None:
    paid = PaymentRow(
        unit=cast.units["union"], account=cast.units["union"].iban, booked_on=TODAY, paid_on=TODAY, archive_id="A1",
        uetr="5b1c1e5e-0000-4000-8000-000000000001", amount=Decimal("100.00"), reference="100420000000292",
        reference_raw="100420000000292", reference_key="100420000000292", manual_key=uuid4(),
    )  # fmt: skip
    with mutation(actor=None, kind="test"):
        paid.save()
        match_row(row=paid, actor=None)
        back = PaymentRow.objects.create(
            unit=paid.unit, account=paid.account, booked_on=TODAY, paid_on=TODAY, archive_id="A2", uetr=paid.uetr,
            amount=Decimal("-100.00"), correction=True, manual_key=uuid4(),
        )  # fmt: skip
        match_row(row=back, actor=None)
    assert Invoice.objects.get(pk=invoices[1].pk).open_amount == Decimal("100.00")
    balances_agree()


def test_a_return_without_any_mark_waits_for_a_person(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    manual(cast, "25.00", reference="")
    with mutation(actor=None, kind="test"):
        back = PaymentRow.objects.create(
            unit=cast.units["union"], account=cast.units["union"].iban, booked_on=TODAY, paid_on=TODAY,
            archive_id="A3", amount=Decimal("-25.00"), correction=True, manual_key=uuid4(),
        )  # fmt: skip
        assert match_row(row=back, actor=None).reason == "correction"


def test_what_the_bank_told_is_final(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    row = manual(cast, "100.00")
    with pytest.raises(IntegrityError), mutation(actor=None, kind="test"):
        PaymentRow.objects.filter(pk=row.pk).update(amount=Decimal("1.00"))


def test_invoices_of_the_same_sum_and_name_leave_room_for_the_likely_ones(
    cast: Cast, invoices: tuple[Invoice, Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggesting, "_ENOUGH", 3)
    union, siiri = cast.units["union"], cast.parties["siiri"]
    for number in range(4):
        make_invoice(
            creditor=union,
            payer=siiri,
            lines=[(union, "100.00")],
            reference=f"77000{number}",
            due=date(2026, 1, 5),
        )
    row = manual(cast, "100.00", reference="")
    row.payer_name = siiri.display_name
    row.reference_raw = row.reference_key = "100420000000922"
    best = suggesting.suggest(row=row)[0]
    assert best.invoice == invoices[1]


@pytest.mark.parametrize(
    ("written", "amount"),
    [("METSÄPELTO MAIJA", "12.00"), ("METSAPELTO MAIJA", "344.00"), ("METSÄPELTOO MAIJA", "344.00")],
)
def test_a_name_is_found_however_the_bank_writes_it(
    cast: Cast, invoices: tuple[Invoice, Invoice], written: str, amount: str
) -> None:
    row = manual(cast, amount, reference="")
    row.payer_name = written
    assert [found.invoice for found in suggesting.suggest(row=row)] == [invoices[0]]


def test_a_file_and_a_person_share_a_payment_over_the_lines_alike(cast: Cast) -> None:
    """A discount lowers the lines it was given on; it is never paid out by itself."""
    union, a = cast.units["union"], cast.units["a"]
    lines = [(union, "100.00"), (a, "45.00"), (a, "-20.00")]
    by_file, by_hand = (
        make_invoice(creditor=union, payer=cast.parties["maija"], lines=lines, reference=reference)
        for reference in ("100420000000124", "100420000000137")
    )
    content = ktl(union.iban, [Paid(by_file.reference, Decimal("125.00"), date(2026, 3, 13))])
    assert book(cast, content).matched_count == 1
    manual(cast, "125.00", reference=by_hand.reference)

    def shares(invoice: Invoice) -> dict[int, Decimal]:
        found = Allocation.objects.filter(line__invoice=invoice).order_by("pk")
        return {share.line.position: share.amount for share in found.select_related("line")}

    assert shares(by_file) == shares(by_hand) == {1: Decimal("100.00"), 2: Decimal("25.00")}
    balances_agree()


def test_a_small_file_does_not_keep_others_from_the_statistics(
    cast: Cast, invoices: tuple[Invoice, Invoice]
) -> None:
    with CaptureQueriesContext(connection) as queries:
        book(cast, KTL)
    assert [q["sql"] for q in queries if q["sql"].startswith("ANALYZE billing")] == []


def test_the_database_knows_what_may_be(cast: Cast, invoices: tuple[Invoice, Invoice]) -> None:
    row = manual(cast, "25.00", reference="")
    note = credit(invoice=invoices[0], line_ids=None, reason="virhe", on=TODAY, actor=None)
    row.pk, row.manual_key = None, None
    note.pk, note.number, note.credits = None, 99, None
    deeds = [
        lambda: PaymentRow.objects.update(state="lost"),
        row.save,
        note.save,
        lambda: LedgerEntry.objects.create(
            creditor=cast.units["union"], kind="gift", amount=1, on=TODAY, booked_on=TODAY
        ),
    ]
    for deed in deeds:
        with pytest.raises(IntegrityError, match="check constraint"), mutation(actor=None, kind="test"):
            deed()
