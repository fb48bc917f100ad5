"""A discount of a fixed sum is given once in a period, however many invoices the period brings, and no sum goes below zero."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Invoice, InvoiceLine
from billing.pricing import Rule
from billing.services import crediting
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from tests.billing.pricing_case import UNION, A, B, amounts, codes, flat, member, payer, priced, table
from tests.billing.runs import add_member, decided, issued, make_run, previewed
from tests.billing.runs import flat as rule
from tests.cast import TODAY, Cast

D = Decimal
TEN_OFF = Rule("alennus", "amount_discount", amount=D(10), once_per="payer", position=9)


def test_a_fixed_sum_is_not_given_again_by_a_later_invoice() -> None:
    who, one = payer(member(A)), flat("base", "40")
    first = priced(who, [table(A, one, TEN_OFF)])
    assert amounts(first) == ["40.00", "-10.00"]
    later = priced(who, [table(A, one, flat("extra", "25"), TEN_OFF)], charged=first.keys)
    assert amounts(later) == ["25.00"]
    assert codes(later.notes) == ["already_charged", "already_charged"]


def test_the_most_a_percentage_gives_is_for_the_whole_period_and_a_plain_one_follows_its_charges() -> None:
    who, one = payer(member(A)), flat("base", "40")
    half = Rule("puolet", "percent_discount", percent=D(50), position=9)
    for discount, expected in ((replace(half, maximum=D(15)), ["25.00"]), (half, ["25.00", "-12.50"])):
        first = priced(who, [table(A, one, discount)])
        later = priced(who, [table(A, one, flat("extra", "25"), discount)], charged=first.keys)
        assert amounts(later) == expected


def test_two_tables_give_the_same_discount_of_one_beneficiary_once() -> None:
    rules = (flat("base", "40", beneficiary=UNION), replace(TEN_OFF, beneficiary=UNION))
    other = (flat("other", "40", beneficiary=UNION), replace(TEN_OFF, beneficiary=UNION))
    found = priced(payer(member(A), member(B)), [table(A, *rules), table(B, *other)])
    assert sorted(amounts(found)) == ["-10.00", "40.00", "40.00"]
    assert len(found.keys) == 3


def test_a_discount_of_several_rates_has_one_lock() -> None:
    rules = (flat("base", "40"), flat("service", "40", vat_code="S", vat_rate=D("25.5")), TEN_OFF)
    found = priced(payer(member(A)), [table(A, *rules)])
    assert amounts(found) == ["40.00", "40.00", "-5.00", "-5.00"]
    assert [line.key is None for line in found.lines] == [False, False, False, True]


@given(
    st.lists(st.decimals(0, 200, places=2), min_size=1, max_size=4),
    st.lists(st.decimals(0, 300, places=2), max_size=3),
    st.sampled_from(["payer", "holding", "membership", "person"]),
    st.decimals(0, 100, places=2),
    st.one_of(st.none(), st.decimals(0, 100, places=2)),
)
def test_no_total_goes_below_zero_and_no_share_of_anybody(fees, discounts, once_per, exempt, cap) -> None:
    rules = [flat(f"m{n}", str(fee), position=n) for n, fee in enumerate(fees)]
    rules += [
        Rule(f"a{n}", "amount_discount", amount=off, once_per=once_per, position=50 + n)
        for n, off in enumerate(discounts)
    ]
    found = priced(payer(member(A, exemption=exempt, exemption_reason="x")), [table(A, *rules, cap=cap)])
    assert found.total >= 0
    assert len(found.keys) == len([line for line in found.lines if line.key])


# --- the same in runs -------------------------------------------------------------------------------------------------
@pytest.fixture
def off_ten(cast: Cast):  # type: ignore[no-untyped-def]
    with clock.frozen(TODAY):
        ten = rule("alennus", "10", kind="amount_discount", once_per="payer")
        yield decided(cast.units["a"], rule("henkilo", "45", types=["personal"]), ten)


def test_a_second_run_gives_no_second_discount_and_a_credit_note_frees_it(cast: Cast, off_ten) -> None:
    siiri = cast.parties["siiri"]
    run = issued(make_run(cast.units["a"]))
    invoice = Invoice.objects.get(run=run, payer=siiri)
    assert [line.amount for line in invoice.lines.order_by("position")] == [D(45), D(-10)]
    assert InvoiceLine.objects.get(invoice=invoice, amount=-10).charge_key
    child = add_member(cast, "Lapsi Liisa")
    with mutation(actor=None, kind="test"):
        child.memberships.update(payer=siiri)
    again = previewed(make_run(cast.units["a"]))
    assert again.items.get(payer=siiri).total == D(45)
    crediting.credit(invoice=invoice, line_ids=None, reason="x", on=TODAY, actor=None)
    assert previewed(make_run(cast.units["a"])).items.get(payer=siiri).total == D(80)


def test_the_database_refuses_a_negative_invoice(cast: Cast, off_ten) -> None:
    invoice = Invoice.objects.filter(run=issued(make_run(cast.units["a"]))).first()
    assert invoice is not None
    for column, value in (("open_amount", D("-0.01")), ("total", D("-0.01"))):
        copy = Invoice.objects.get(pk=invoice.pk)
        copy.pk, copy.number, copy.reference, copy.run_item = None, 999, "13", None
        setattr(copy, column, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            copy.save(force_insert=True)
