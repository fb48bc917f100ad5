"""Items and credit notes by properties: nothing is lost between the calculation, the row stored, and the documents."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.brackets import Bracket, Flaw, flaws
from billing.items import ItemBuilder, copy_text
from billing.loading import PayerRecord, address_lines
from billing.models import Allocation, Invoice, InvoiceLine, LedgerEntry
from billing.pricing import MembershipInput, PayerInput, Rule, Table, price
from billing.services import crediting
from billing.services.crediting import CreditError
from billing.services.issuing import reference_of
from billing.services.ledger import post_payment
from tests.billing.factories import make_invoice
from tests.billing.runs import decided, flat, issued, make_run
from tests.cast import TODAY, Cast

D = Decimal
euros = st.decimals(min_value="0.01", max_value="9999.99", places=2)
text = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)
UNITS = {language: {"field_ha": "ha"} for language in ("fi", "sv", "en")}


def payer(name: str = "Maksaja Maija", *, address: str = "Tie 1", email: bool = True) -> PayerRecord:
    member = MembershipInput(1, 7, 3, "farmer")
    return PayerRecord(
        7, name, name.casefold(), "fi", "10007-1", "", (address,) if address else (), email, False, None, 0, {},
        PayerInput("7", (member,)),
    )  # fmt: skip


def built(amounts: list[Decimal], record: PayerRecord, threshold: Decimal | None = None):
    rules = tuple(Rule(f"osa{n}", "flat", {"fi": f"Osa {n}"}, amount=sum_) for n, sum_ in enumerate(amounts))
    tables = {3: Table(3, date(2026, 1, 1), date(2026, 12, 31), rules)}
    builder = ItemBuilder(year=2026, tables=tables, basis_units=UNITS, threshold=threshold, excluded={})
    return builder.build(record, price(record.input, tables, {}))


@given(st.lists(euros, max_size=6), st.none() | euros)
def test_parts_and_lines_add_up_to_the_total(amounts, threshold) -> None:
    import json

    row = built(amounts, payer(), threshold)
    lines, data = json.loads(row.lines), json.loads(row.payer_data)
    assert sum((D(line["amount"]) for line in lines), D(0)) == row.total == sum(amounts, D(0))
    assert sum((D(part) for part in data["parts"]), D(0)) == row.total
    assert len(data["parts"]) == (
        0 if not amounts else 2 if threshold is not None and row.total > threshold else 1
    )
    assert len({line["charge_key"] for line in lines}) == len(lines)
    assert row.state == ("ready" if amounts else "nothing")


def test_no_way_to_reach_the_payer_is_an_error_and_an_email_alone_is_enough() -> None:
    assert built([D(1)], payer(address="", email=False)).state == "error"
    assert built([D(1)], payer(address="", email=True)).state == "ready"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.tuples(text, text), min_size=1, max_size=5))
def test_any_name_and_street_survive_the_copy(db, pairs) -> None:
    rows = [built([D("12.50")], payer(name, address=street)) for name, street in pairs]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copied (run_id bigint, payer_id bigint, state text, name text, sort_key text, total numeric,"
            " previous numeric, payer_data jsonb, lines jsonb, errors jsonb, warnings jsonb, notes jsonb, codes text[])"
            " ON COMMIT DROP"
        )
        import io

        cursor.copy_expert("COPY copied FROM STDIN", io.StringIO(copy_text(rows, 1), newline=""))
        cursor.execute("SELECT name, payer_data->'address'->>0, total FROM copied")
        found = cursor.fetchall()
        cursor.execute("DROP TABLE copied")
    assert found == [(name, street or None, D("12.50")) for name, street in pairs]


@given(
    st.lists(st.decimals(min_value=0, max_value=500, places=2), min_size=1, max_size=12, unique=True),
    st.booleans(),
)
def test_classes_cut_from_one_line_have_no_flaw_until_one_is_taken_out(cuts, open_ended) -> None:
    ends = sorted(cuts)
    rows = [Bracket(low, high, D(1)) for low, high in zip([D("-1"), *ends], [*ends, None], strict=True)]
    rows = rows if open_ended else rows[:-1]
    assert flaws(rows) == []
    if len(rows) > 2:
        assert [found.flaw for found in flaws([*rows[:1], *rows[2:]])] == [Flaw.GAP]


@given(st.integers(1, 9999), st.integers(2000, 2099), st.integers(1, 9_999_999))
def test_references_are_one_for_each_creditor_year_and_number(creditor, year, number) -> None:
    reference = reference_of(creditor, year, number)
    assert reference.startswith("1")
    assert len(reference) == 15
    assert reference != reference_of(creditor, year, number % 9_999_999 + 1)
    assert reference != reference_of(creditor, year + 1 if year < 2099 else 2000, number)
    assert reference != reference_of(creditor % 9999 + 1, year, number)


def test_an_address_has_no_empty_lines_and_names_a_foreign_country() -> None:
    assert address_lines("", "Tie 1", "00100", "Helsinki", "FI") == ("Tie 1", "00100 Helsinki")
    assert address_lines("c/o Aho", "Väg 2", "111 22", "Stockholm", "SE") == (
        "c/o Aho",
        "Väg 2",
        "111 22 Stockholm",
        "SE",
    )
    assert address_lines(None, None, None, None, None) == ()


# --- credit notes -----------------------------------------------------------------------------------------------------
def ledger_balance(invoice: Invoice) -> Decimal:
    return LedgerEntry.objects.filter(invoice=invoice).aggregate(s=Sum("amount"))["s"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    amounts=st.lists(st.decimals(min_value="0.01", max_value=500, places=2), min_size=1, max_size=5),
    chosen=st.sets(st.integers(0, 4)),
    paid=st.integers(0, 100),
)
def test_a_credit_note_mirrors_its_lines_and_the_books_balance(cast: Cast, amounts, chosen, paid) -> None:
    with transaction.atomic():
        unit, maija = cast.units["a"], cast.parties["maija"]
        lines = [(unit, str(amount)) for amount in amounts]
        invoice = make_invoice(creditor=unit, payer=maija, lines=lines, reference="1232")
        part = (invoice.total * paid / 100).quantize(D("0.01"))
        if part:
            post_payment(invoice=invoice, amount=part, paid_on=TODAY, booked_on=TODAY, actor=None)
        ids = [line.pk for n, line in enumerate(invoice.lines.order_by("position")) if n in chosen]
        if ids:
            note = crediting.credit(invoice=invoice, line_ids=ids, reason="x", on=TODAY, actor=None)
            credited = InvoiceLine.objects.filter(pk__in=ids).aggregate(s=Sum("amount"))["s"]
            assert note.total == note.lines.aggregate(s=Sum("amount"))["s"] == -credited
            with pytest.raises(CreditError, match="credited"):
                crediting.credit(invoice=invoice, line_ids=ids, reason="x", on=TODAY, actor=None)
        invoice.refresh_from_db()
        assert invoice.open_amount == ledger_balance(invoice) >= 0
        mine = LedgerEntry.objects.filter(payer=maija)
        net = invoice.total - part + (note.total if ids else 0)
        assert mine.aggregate(s=Sum("amount"))["s"] == net
        allocated = Allocation.objects.filter(line__invoice=invoice).aggregate(s=Sum("amount"))["s"] or D(0)
        assert allocated == invoice.total - invoice.open_amount
        transaction.set_rollback(True)


def test_a_discount_goes_with_its_charge(cast: Cast) -> None:
    unit = cast.units["a"]
    lines = [(unit, "100"), (unit, "-15")]
    invoice = make_invoice(creditor=unit, payer=cast.parties["maija"], lines=lines, reference="1232")
    first = invoice.lines.get(position=1)
    note = crediting.credit(invoice=invoice, line_ids=[first.pk], reason="x", on=TODAY, actor=None)
    assert (note.total, note.lines.count()) == (D(-85), 2)
    with pytest.raises(CreditError, match="credited"):
        crediting.credit(invoice=invoice, line_ids=None, reason="x", on=TODAY, actor=None)
    with pytest.raises(CreditError, match="not_invoice"):
        crediting.credit(invoice=note, line_ids=None, reason="x", on=TODAY, actor=None)


def test_what_is_left_of_an_invoice_never_falls_below_zero(cast: Cast) -> None:
    """A ceiling of 450 € took 80 € off both fees together: it cannot stand alone on the small one."""
    decided(
        cast.units["a"],
        flat("suuri", "520", types=["farmer"]),
        flat("pieni", "10", types=["farmer"]),
        cap=D(450),
    )
    invoice = Invoice.objects.get(run=issued(make_run(cast.units["a"])))
    large = invoice.lines.get(component="suuri")
    with pytest.raises(CreditError, match="below_zero"):
        crediting.credit(invoice=invoice, line_ids=[large.pk], reason="x", on=TODAY, actor=None)
    both = [large.pk, invoice.lines.get(component="cap").pk]
    note = crediting.credit(invoice=invoice, line_ids=both, reason="x", on=TODAY, actor=None)
    assert note.total == D(-440)
