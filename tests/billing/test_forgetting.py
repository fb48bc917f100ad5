"""Who paid is forgotten when the books need not keep it any more, and not a year before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

from billing.models import PaymentRow
from billing.services.booking_payments import book_manually
from billing.services.forgetting import forget_payers
from billing.tasks import forget
from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.common import clock
from tests.cast import Cast


def paid(cast: Cast, on: date) -> PaymentRow:
    return book_manually(
        unit=cast.units["union"], key=str(uuid4()), amount=Decimal("25.00"), paid_on=on, reference="",
        payer_name="Kaukovaara Vilhelmiina", message="Vilhelmiinan jäsenmaksu", actor=None,
    )  # fmt: skip


def test_payments_lose_their_payers_after_the_sixth_year(cast: Cast) -> None:
    """The database's own day decides: a trigger holds what the law still wants kept."""
    year = clock.now().year
    old, kept = paid(cast, date(year - 7, 12, 31)), paid(cast, date(year - 6, 1, 1))
    with_names = Change.objects.filter(table_name="billing_paymentrow", row_id=str(old.pk))
    forget()
    old.refresh_from_db()
    kept.refresh_from_db()
    assert (old.payer_name, old.payer_iban, old.message, old.amount) == ("–", "", "", Decimal("25.00"))
    assert kept.payer_name == "Kaukovaara Vilhelmiina"
    assert "Kaukovaara" not in str(list(with_names.values_list("before", "after")))
    assert not Mutation.objects.filter(summary__contains="Kaukovaara").exists()
    assert forget_payers() == 0


def test_it_goes_on_chunk_by_chunk(cast: Cast) -> None:
    for _n in range(3):
        paid(cast, date(2010, 5, 4))
    assert [forget_payers(chunk=2), forget_payers(chunk=2), forget_payers(chunk=2)] == [2, 1, 0]
