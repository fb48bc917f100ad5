"""A run from draft to numbered invoices: vectors 26–30 and 51–56 of the design, against the real database."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.db.utils import Error

from billing.models import (
    DueRow,
    FeeTable,
    Invoice,
    InvoiceLine,
    InvoiceRun,
    LedgerEntry,
    NumberSeries,
    RunItem,
    RunMembership,
)
from billing.services import approving, crediting, fee_tables, preparing, previewing
from billing.services.approving import StalePreview
from billing.services.fee_tables import FeeTableError
from billing.services.preparing import RunError
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.models import FeeBasisValue, Holding, Membership, MembershipType, PartyLink, Person
from members.services import lifecycle, registering
from tests.billing.runs import (
    add_many,
    add_member,
    approved,
    bracket,
    decided,
    flat,
    issued,
    items,
    make_run,
    previewed,
    work_off,
)
from tests.cast import JOINED, TODAY, Cast

D = Decimal
MTK_FIELD = [("0", "20", "85"), ("20", "40", "125"), ("40", None, "200")]


@pytest.fixture(autouse=True)
def _today():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def tables(cast: Cast) -> dict[str, FeeTable]:
    """The union's four parts, once per payer; 45 € and 62 € of the associations."""
    union = decided(
        cast.units["union"],
        flat("perusosa", "13", once_per="payer", types=["farmer", "forest_owner"]),
        bracket("pelto", ["field_ha"], MTK_FIELD, once_per="payer", types=["farmer", "forest_owner"]),
        bracket("elaimet", ["animal_units"], [("0", "10", "30"), ("10", "20", "50")], once_per="payer"),
        flat("metsa", "7", once_per="payer", bases=["forest_ha_south"]),
    )
    own = decided(
        cast.units["a"], flat("jasenmaksu", "45", types=["farmer"]), flat("henkilo", "20", types=["personal"])
    )
    forest = decided(cast.units["a2"], flat("metsamaksu", "62", types=["forest_owner"]))
    return {"union": union, "a": own, "a2": forest}


@pytest.fixture
def central(cast: Cast, tables: dict[str, FeeTable]) -> InvoiceRun:
    """The region bills for its two associations."""
    return make_run(cast.units["region1"], cast.units["a"], cast.units["a2"])


def test_one_payer_of_two_associations_gets_one_invoice_with_the_general_part_once(cast, central) -> None:
    run = issued(central)
    invoice = Invoice.objects.get(run=run, payer=cast.parties["maija"])
    lines = list(invoice.lines.order_by("position"))
    assert [line.amount for line in lines] == [D(13), D(125), D(50), D(7), D(45), D(62)]
    assert [line.beneficiary.slug for line in lines] == ["union"] * 4 + ["a", "a2"]
    assert invoice.total == sum(line.amount for line in lines) == D("302.00")
    assert invoice.payer_y_tunnus == "1572860-0"


def test_spouses_with_one_y_tunnus_are_one_payer_and_with_two_they_are_two(cast, tables) -> None:
    koivula = Holding.objects.get(name="Koivula")
    add_member(cast, "Metsäpelto Matti", unit="a2", kind="forest_owner", holding=koivula)
    other = add_member(cast, "Metsäpelto Mikko", unit="a2", kind="forest_owner")
    with mutation(actor=None, kind="test"):
        own = Holding.objects.create(name="Mäkelä", y_tunnus="0201256-6", responsible=other)
        Membership.objects.filter(party=other).update(holding=own)
    run = previewed(make_run(cast.units["region1"], cast.units["a"], cast.units["a2"]))
    found = items(run)
    assert "Metsäpelto Matti" not in found
    joint = [line["component"] for line in found["Metsäpelto Maija"].lines]
    assert joint.count("perusosa") == 1
    assert joint.count("metsamaksu") == 2
    assert [line["component"] for line in found["Metsäpelto Mikko"].lines] == ["perusosa", "metsamaksu"]


def test_numbers_follow_the_names_without_a_gap_and_references_are_unique(cast, tables) -> None:
    add_many(cast, 60)
    run = issued(make_run(cast.units["a"]))
    invoices = list(Invoice.objects.filter(run=run).order_by("number"))
    assert [invoice.number for invoice in invoices] == list(range(1, len(invoices) + 1))
    assert [invoice.payer_sort_key for invoice in invoices] == sorted(
        invoice.payer_sort_key for invoice in invoices
    )
    assert len({invoice.reference for invoice in invoices}) == len(invoices)
    assert NumberSeries.objects.get(creditor=run.creditor, year=2026).last == len(invoices)
    assert run.state == "issued"


def test_everything_on_paper_adds_up(cast, central) -> None:
    add_many(cast, 25)
    run = issued(central)
    for invoice in Invoice.objects.filter(run=run):
        assert invoice.lines.aggregate(s=Sum("amount"))["s"] == invoice.total == invoice.open_amount
        assert invoice.due_rows.aggregate(s=Sum("amount"))["s"] == invoice.total
        assert LedgerEntry.objects.get(invoice=invoice).amount == invoice.total
    assert run.summary["balanced"]
    total = Invoice.objects.filter(run=run).aggregate(s=Sum("total"))["s"]
    assert D(run.summary["total"]) == total
    assert sum(D(row["amount"]) for row in run.summary["components"]) == total
    assert sum(D(row["amount"]) for row in run.summary["beneficiaries"]) == total


def test_a_second_run_of_the_year_makes_nothing_and_one_new_member_makes_one(cast, tables) -> None:
    first = issued(make_run(cast.units["a"]))
    count = Invoice.objects.filter(run=first).count()
    assert count == 2, "the estate has neither address nor e-mail"
    again = previewed(make_run(cast.units["a"]))
    assert again.summary["count"] == 0
    assert again.summary["states"] == {"nothing": 2, "error": 1}
    with pytest.raises(RunError, match="nothing"):
        approved(again)
    add_member(cast, "Uusi Urho")
    third = issued(make_run(cast.units["a"]))
    assert [invoice.payer_name for invoice in Invoice.objects.filter(run=third)] == ["Uusi Urho"]
    assert Invoice.objects.get(run=third).number == count + 1


def test_after_crediting_one_only_that_one_is_billed_again(cast, tables) -> None:
    run = issued(make_run(cast.units["a"]))
    invoice = Invoice.objects.get(run=run, payer=cast.parties["maija"])
    note = crediting.credit(invoice=invoice, line_ids=None, reason="Väärä tila", on=TODAY, actor=None)
    invoice.refresh_from_db()
    assert (note.total, note.kind, note.credits, invoice.open_amount) == (
        -invoice.total,
        "credit_note",
        invoice,
        D(0),
    )
    again = issued(make_run(cast.units["a"]))
    assert [made.payer for made in Invoice.objects.filter(run=again)] == [cast.parties["maija"]]
    numbers = (
        Invoice.objects.filter(creditor=cast.units["a"]).order_by("number").values_list("number", flat=True)
    )
    assert list(numbers) == [1, 2, 3, 4]


def test_a_union_part_billed_by_one_association_is_left_out_of_the_other(cast, tables) -> None:
    issued(make_run(cast.units["a"]))
    run = previewed(make_run(cast.units["a2"]))
    item = items(run)["Metsäpelto Maija"]
    assert [line["component"] for line in item.lines] == ["metsamaksu"]
    assert {note["code"] for note in item.notes} == {"already_charged"}


def test_the_same_input_gives_the_same_hash(cast, central) -> None:
    first = previewed(central)
    digest, lines = (first.preview_hash, [item.lines for item in items(central).values()])
    second = previewed(central)
    assert second.preview_hash == digest
    assert [item.lines for item in items(central).values()] == lines
    assert not Invoice.objects.exists()
    assert not NumberSeries.objects.exists()


def test_a_preview_says_who_cannot_be_billed_and_why(cast, tables) -> None:
    big = add_member(cast, "Laaja Lauri", kind="farmer")
    with mutation(actor=None, kind="test"):
        holding = Holding.objects.create(name="Laaja", responsible=big)
        Membership.objects.filter(party=big).update(holding=holding)
        FeeBasisValue.objects.create(holding=holding, kind_id="animal_units", value=D(20), valid_from=JOINED)
        cast.parties["siiri"].contact_points.update(valid_to=JOINED)
    run = previewed(make_run(cast.units["a"]))
    found = items(run)
    assert [error["code"] for error in found["Laaja Lauri"].errors] == ["no_bracket"]
    assert [error["code"] for error in found["O'Brien Siiri"].errors] == ["no_address"]
    assert run.summary["states"]["error"] == 3, "the estate has no address either"
    assert run.summary["count"] == 1


def test_billed_later_when_the_data_is_put_right(cast, tables) -> None:
    run = issued(make_run(cast.units["a"]))
    assert Invoice.objects.filter(run=run, payer=cast.parties["estate"]).count() == 0
    with mutation(actor=None, kind="test"):
        registering.set_contacts(party=cast.parties["estate"], email="pesa@example.fi", on=TODAY, actor=None)
    later = issued(make_run(cast.units["a"]))
    assert list(Invoice.objects.filter(run=later).values_list("payer", flat=True)) == [
        cast.parties["estate"].pk
    ]


def test_who_pays_named_payer_before_household_before_holding_before_self(cast, tables) -> None:
    named, household = add_member(cast, "Maksaja Nimetty"), add_member(cast, "Maksaja Talous")
    child = add_member(cast, "Lapsi Liisa")
    with mutation(actor=None, kind="test"):
        PartyLink.objects.create(party=child, other=household, kind="payer", valid_from=JOINED)
    by_household = items(previewed(make_run(cast.units["a"])))
    assert "Lapsi Liisa" not in by_household
    assert len(by_household["Maksaja Talous"].lines) == 2
    assert "Lapsi Liisa" in by_household["Maksaja Talous"].lines[1]["text"]
    with mutation(actor=None, kind="test"):
        Membership.objects.filter(party=child).update(payer=named)
    by_name = items(previewed(make_run(cast.units["a"])))
    assert len(by_name["Maksaja Nimetty"].lines) == 2
    assert len(by_name["Maksaja Talous"].lines) == 1


def test_the_dead_the_covered_and_those_who_left_are_not_billed(cast, tables) -> None:
    dead, gone, late = (add_member(cast, f"Poissa {name}") for name in ("Kuollut", "Lähtenyt", "Myöhempi"))
    add_member(cast, "Poissa Perhe", kind="family_member")
    with mutation(actor=None, kind="test"):
        Person.objects.filter(party=dead).update(deceased_on=date(2026, 1, 5))
        Membership.objects.filter(party=late).update(started_on=date(2026, 2, 2))
        membership = Membership.objects.get(party=gone)
        lifecycle.end(actor=None, membership=membership, kind="resigned", effective_on=date(2026, 2, 1))
    assert not [name for name in items(previewed(make_run(cast.units["a"]))) if name.startswith("Poissa")]


def test_an_exempt_member_has_nothing_to_pay_and_the_reason_is_a_line(cast, tables) -> None:
    with mutation(actor=None, kind="test"):
        Membership.objects.filter(party=cast.parties["siiri"]).update(
            fee_exempt_until=date(2026, 12, 31), fee_exempt_reason="hallitus 3/2026"
        )
    item = items(previewed(make_run(cast.units["a"])))["O'Brien Siiri"]
    assert (item.state, item.total) == ("nothing", D(0))
    assert [line["amount"] for line in item.lines] == ["20.00", "-20.00"]
    assert "hallitus 3/2026" in item.lines[1]["basis_text"]


def test_a_holding_of_two_payers_is_charged_once(cast) -> None:
    decided(cast.units["union"], flat("tila", "100", once_per="holding"))
    decided(cast.units["a"], flat("a_maksu", "10", types=["farmer"]))
    decided(cast.units["a2"], flat("m_maksu", "20", types=["forest_owner"]))
    friend = add_member(cast, "Toinen Topi", unit="a3")
    with mutation(actor=None, kind="test"):
        Membership.objects.filter(party=cast.parties["maija"], unit=cast.units["a2"]).update(payer=friend)
    found = items(previewed(make_run(cast.units["region1"], cast.units["a"], cast.units["a2"])))
    assert [line["component"] for line in found["Metsäpelto Maija"].lines] == ["tila", "a_maksu"]
    assert [line["component"] for line in found["Toinen Topi"].lines] == ["m_maksu"]


def test_above_the_threshold_an_invoice_is_paid_in_two_parts(cast) -> None:
    decided(cast.units["a"], flat("suuri", "520", types=["farmer"]), flat("pieni", "300", types=["personal"]),
            cap=D(450), instalment_threshold=D(300))  # fmt: skip
    run = issued(make_run(cast.units["a"], second_due_date=date(2026, 9, 15)))
    maija = Invoice.objects.get(run=run, payer=cast.parties["maija"])
    siiri = Invoice.objects.get(run=run, payer=cast.parties["siiri"])
    rows = DueRow.objects.filter(invoice=maija).order_by("position")
    assert [(row.amount, row.due_date) for row in rows] == [
        (D(225), date(2026, 3, 16)),
        (D(225), date(2026, 9, 15)),
    ]
    assert [row.amount for row in siiri.due_rows.all()] == [D(300)]


def test_due_dates_move_to_a_banking_day(cast, tables) -> None:
    run = make_run(cast.units["a"], due_date=date(2026, 4, 3), second_due_date=date(2026, 12, 6))
    assert (run.due_date, run.second_due_date) == (date(2026, 4, 7), date(2026, 12, 7))


def test_without_an_account_there_is_no_run(cast) -> None:
    decided(cast.units["a3"], flat("x", "1"))
    with pytest.raises(RunError, match="no_iban"):
        make_run(cast.units["a3"])


def test_without_a_decided_table_there_is_no_run(cast) -> None:
    with pytest.raises(RunError, match="no_table"):
        make_run(cast.units["a"])


# --- leaving out ------------------------------------------------------------------------------------------------------
def test_a_payer_left_out_stays_out_and_can_be_billed_later(cast, tables) -> None:
    run = previewed(make_run(cast.units["a"]))
    before = run.preview_hash
    previewing.exclude(run=run, payer=cast.parties["maija"], reason="riita", actor=None)
    run.refresh_from_db()
    assert run.preview_hash != before
    run = previewed(run)
    assert items(run)["Metsäpelto Maija"].state == "excluded"
    work_off(approved(run))
    assert not Invoice.objects.filter(run=run, payer=cast.parties["maija"]).exists()
    later = issued(make_run(cast.units["a"]))
    assert Invoice.objects.get(run=later).payer == cast.parties["maija"]


def test_in_a_large_run_the_sums_are_counted_by_a_worker(cast, tables, monkeypatch) -> None:
    run = previewed(make_run(cast.units["a"]))
    monkeypatch.setattr(previewing, "COUNTED_AT_ONCE", 1)
    previewing.exclude(run=run, payer=cast.parties["maija"], reason="riita", actor=None)
    run.refresh_from_db()
    assert (run.state, run.preview_hash) == ("calculating", "")
    with pytest.raises(RunError, match="busy"):
        previewing.include(run=run, payer=cast.parties["maija"], actor=None)
    work_off(Job.objects.get(pk=run.job_id))
    run.refresh_from_db()
    assert (run.state, run.summary["count"]) == ("preview", 1)


def test_taking_a_payer_back_gives_the_earlier_hash(cast, tables) -> None:
    run = previewed(make_run(cast.units["a"]))
    before = run.preview_hash
    previewing.exclude(run=run, payer=cast.parties["maija"], reason="x", actor=None)
    previewing.include(run=run, payer=cast.parties["maija"], actor=None)
    run.refresh_from_db()
    assert run.preview_hash == before


# --- approving --------------------------------------------------------------------------------------------------------
def test_approving_twice_begins_one_numbering(cast, tables) -> None:
    run = previewed(make_run(cast.units["a"]))
    first = approving.approve(
        run=run, preview_hash=run.preview_hash, actor=cast.users["olavi"], at=clock.now()
    )
    second = approving.approve(
        run=run, preview_hash=run.preview_hash, actor=cast.users["tiina"], at=clock.now()
    )
    assert (first.repeated, second.repeated, second.job) == (False, True, first.job)
    assert second.run.approved_by == cast.users["olavi"]
    work_off(first.job)
    assert Invoice.objects.filter(run=run).count() == 2
    third = approving.approve(run=run, preview_hash=run.preview_hash, actor=None, at=clock.now())
    assert third.repeated


def _stale(cast: Cast, name: str) -> None:
    koivula = Holding.objects.get(name="Koivula")
    maija = cast.parties["maija"]
    deeds = {
        "memberships": lambda: add_member(cast, "Uusi Urho"),
        "bases": lambda: FeeBasisValue.objects.filter(holding=koivula, kind_id="field_ha").update(value=D(40)),
        "contacts": lambda: registering.set_contacts(
            party=maija, address=registering.Address("Uusi tie 1", "33100", "Tampere"), on=TODAY, actor=None
        ),
        "payers": lambda: registering.update_party(party=maija, values={"last_name": "Metsä"}, actor=None),
        "holdings": lambda: Holding.objects.filter(pk=koivula.pk).update(y_tunnus=""),
        "links": lambda: PartyLink.objects.create(party=maija, other=cast.parties["siiri"], kind="spouse"),
        "tables": lambda: fee_tables.decide(
            table=fee_tables.copy(
                source=FeeTable.objects.get(unit=cast.units["a"]), unit=cast.units["a"], year=2026, actor=None
            ),
            decided_by="x", decided_on=TODAY, section="", actor=None,
        ),
    }  # fmt: skip
    with mutation(actor=None, kind="test"):
        deeds[name]()


@pytest.mark.parametrize(
    "part", ["memberships", "bases", "contacts", "payers", "holdings", "links", "tables"]
)
def test_a_preview_is_stale_when_anything_it_rests_on_has_changed(cast, tables, part) -> None:
    run = previewed(make_run(cast.units["a"]))
    _stale(cast, part)
    with pytest.raises(StalePreview) as caught:
        approved(run)
    assert part in caught.value.parts
    run.refresh_from_db()
    assert run.state == "preview"
    work_off(approved(previewed(run)))


def test_what_does_not_concern_the_run_does_not_make_it_stale(cast, tables) -> None:
    decided(cast.units["b"], flat("maksu", "10"))
    run = previewed(make_run(cast.units["a"]))
    maija = cast.parties["maija"]
    with mutation(actor=None, kind="test"):
        other, third = add_member(cast, "Muu Matti", unit="b"), add_member(cast, "Muu Miina", unit="b")
        registering.set_contacts(party=maija, phone="050 1234567", on=TODAY, actor=None)
        registering.set_contacts(party=maija, email="uusi@example.fi", on=TODAY, actor=None)
        for one, two, kind in ((other, third, "spouse"), (other, third, "payer"), (maija, other, "spouse")):
            PartyLink.objects.create(party=one, other=two, kind=kind)
        MembershipType.objects.exclude(memberships__unit=cast.units["a"]).update(covers_family=True)
        Membership.objects.filter(party=maija, unit=cast.units["a"]).update(state="lapsed")
        FeeBasisValue.objects.filter(holding__name="Koivula").update(valid_to=date(2027, 1, 1))
    issued(make_run(cast.units["b"]))
    work_off(approved(run))


def test_a_hash_that_is_not_the_preview_s_is_stale(cast, tables) -> None:
    run = previewed(make_run(cast.units["a"]))
    for wrong in ("", "0" * 64):
        with pytest.raises(StalePreview):
            approving.approve(run=run, preview_hash=wrong, actor=None, at=clock.now())


def test_two_runs_previewed_at_once_do_not_bill_twice(cast, tables) -> None:
    one, other = previewed(make_run(cast.units["a"])), previewed(make_run(cast.units["a"]))
    work_off(approved(one))
    with pytest.raises(StalePreview, match="stale"):
        approved(other)


def test_a_charge_taken_between_approval_and_numbering_makes_an_error_and_no_gap(cast, tables) -> None:
    one, other = previewed(make_run(cast.units["a"])), previewed(make_run(cast.units["a"]))
    job, second = approved(one), approved(other)
    work_off(job)
    done = work_off(second)
    assert not Invoice.objects.filter(run=other).exists()
    assert done.failed == 2
    assert {error["code"] for error in items(other)["Metsäpelto Maija"].errors} == {"charged_already"}
    assert NumberSeries.objects.get(creditor=cast.units["a"], year=2026).last == 2


def test_tables_are_locked_by_approval_and_a_new_version_concerns_the_next_run(cast, tables) -> None:
    run = previewed(make_run(cast.units["a"]))
    job = approved(run)
    with pytest.raises(FeeTableError, match="locked"):
        fee_tables.save_limits(table=tables["a"], cap=D(1), instalment_threshold=None, actor=None)
    newer = fee_tables.copy(source=tables["a"], unit=cast.units["a"], year=2026, actor=None)
    rule = newer.rules.get(code="henkilo")
    fee_tables.save_rule(table=newer, rule=rule, values={"amount": D(99)}, brackets=[], actor=None)
    fee_tables.decide(table=newer, decided_by="x", decided_on=TODAY, section="", actor=None)
    work_off(job)
    assert Invoice.objects.get(run=run, payer=cast.parties["siiri"]).total == D(20)
    add_member(cast, "Uusi Urho")
    later = issued(make_run(cast.units["a"]))
    assert Invoice.objects.get(run=later).total == D(99)


def test_an_approved_run_is_not_changed_any_more(cast, tables) -> None:
    run = previewed(make_run(cast.units["a"]))
    approved(run)
    for act in (preparing.reopen_run, preparing.cancel_run, preparing.start_preview):
        with pytest.raises(RunError, match="not_open"):
            act(run=run, actor=None)


def test_a_cancelled_run_leaves_nothing_behind(cast, tables) -> None:
    run = preparing.cancel_run(run=previewed(make_run(cast.units["a"])), actor=None)
    assert run.state == "cancelled"
    assert not RunItem.objects.filter(run=run).exists()
    with pytest.raises(RunError, match="not_open"):
        preparing.start_preview(run=run, actor=None)


def test_a_second_click_on_calculate_finds_the_same_work(cast, tables) -> None:
    run = make_run(cast.units["a"])
    job = preparing.start_preview(run=run, actor=None)
    with pytest.raises(RunError, match="busy"):
        preparing.start_preview(run=run, actor=None)
    assert Job.objects.filter(kind="billing.preview").count() == 1
    work_off(job)


# --- what is issued is final ------------------------------------------------------------------------------------------
def test_working_rows_go_when_the_invoices_are_made(cast, tables) -> None:
    run = previewed(make_run(cast.units["a"]))
    other = previewed(make_run(cast.units["a2"]))
    assert RunMembership.objects.filter(run=run).exists()
    work_off(approved(run))
    assert set(RunMembership.objects.order_by().values_list("run_id", flat=True)) <= {other.pk}
    assert RunItem.objects.filter(run=run).exists()


def test_issued_documents_are_refused_to_everybody(cast, tables) -> None:
    run = issued(make_run(cast.units["a"]))
    invoice = Invoice.objects.filter(run=run).first()
    assert invoice is not None
    line, due = invoice.lines.first(), invoice.due_rows.first()
    entry = LedgerEntry.objects.get(invoice=invoice)

    def save() -> None:
        invoice.total = D(1)
        invoice.save()

    deeds = [
        save,
        lambda: Invoice.objects.filter(pk=invoice.pk).update(payer_name="x"),
        lambda: InvoiceLine.objects.filter(pk=line.pk).update(amount=D(1)),
        lambda: InvoiceLine.objects.filter(pk=line.pk).delete(),
        lambda: DueRow.objects.filter(pk=due.pk).update(amount=D(1)),
        lambda: LedgerEntry.objects.filter(pk=entry.pk).update(amount=D(1)),
        lambda: LedgerEntry.objects.filter(pk=entry.pk).delete(),
        lambda: connection.cursor().execute(
            "UPDATE billing_invoice SET number = 99 WHERE id = %s", [invoice.pk]
        ),
        lambda: connection.cursor().execute("DELETE FROM billing_ledgerentry WHERE id = %s", [entry.pk]),
        lambda: connection.cursor().execute("DELETE FROM billing_duerow WHERE id = %s", [due.pk]),
        lambda: connection.cursor().execute("DELETE FROM billing_invoice WHERE id = %s", [invoice.pk]),
    ]
    for deed in deeds:
        with pytest.raises(Error), transaction.atomic(), mutation(actor=None, kind="t"):
            deed()


def test_the_address_is_frozen(cast, tables) -> None:
    run = issued(make_run(cast.units["a"]))
    with mutation(actor=None, kind="test"):
        registering.set_contacts(
            party=cast.parties["maija"],
            address=registering.Address("Uusi tie 1", "33100", "Tampere"),
            on=TODAY,
            actor=None,
        )
    invoice = Invoice.objects.get(run=run, payer=cast.parties["maija"])
    assert invoice.payer_address == ["Koivulantie 148", "00100 Helsinki"]


def test_the_message_is_in_the_payer_s_language(cast) -> None:
    decided(cast.units["b"], flat("maksu", "10", name_sv="Avgift"))
    run = issued(make_run(cast.units["b"], message_fi="Kiitos", message_sv="Tack"))
    invoice = Invoice.objects.get(run=run)
    assert (invoice.message, invoice.language, invoice.lines.get().text) == ("Tack", "sv", "Avgift")


# --- last year --------------------------------------------------------------------------------------------------------
def test_compared_with_last_year_per_payer_and_component(cast, tables) -> None:
    decided(
        cast.units["a"],
        flat("jasenmaksu", "40", types=["farmer"]),
        flat("henkilo", "25", types=["personal"]),
        year=2025,
    )
    issued(make_run(cast.units["a"], year=2025))
    add_member(cast, "Uusi Urho", started_on=date(2026, 1, 1))
    run = previewed(make_run(cast.units["a"]))
    found = items(run)
    assert found["O'Brien Siiri"].change == D(-5)
    assert found["Metsäpelto Maija"].change == D(240 - 40)
    assert found["Uusi Urho"].previous_total is None
    assert run.summary["changes"] == [1, 0, 0, 0, 0, 1]
    assert run.summary["new"] == 1
    assert run.summary["codes"]["rise"] == {"ready": 1}
    assert run.summary["previous"] == {"count": 2, "total": "65.00"}
