"""Deemed resigned for an unpaid fee: a list from the invoices, confirmed by a meeting, and whom a payment takes off (REG-5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from billing.services import crediting
from billing.services.booking_payments import book_manually
from jasenpalvelu.common import clock
from members import dues, pending
from members.models import Membership, Party
from members.services import expelling, meetings
from members.services.meetings import MeetingError, Taken, Verdict
from tests.billing import runs
from tests.billing.factories import make_invoice
from tests.cast import TODAY, Cast
from tests.members.board import hold, send
from tests.members.helpers import set_rules

DUE = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def owing(cast: Cast) -> Party:
    """A member of A whose fee fell due on 16.3.2026, among others who owe as well."""
    runs.decided(cast.units["a"], runs.flat("jasenmaksu", "45", types=["personal"]))
    party = runs.add_member(cast, "Velallinen Ville")
    run = runs.make_run(cast.units["a"], due_date=DUE)
    with clock.frozen(date(2026, 2, 10)):
        runs.issued(runs.previewed(run))
    return party


def membership(party: Party) -> Membership:
    return Membership.objects.get(party=party)


def listed(cast: Cast, on: date = TODAY) -> set[int]:
    return {matter.pk for matter in pending.deemed(cast.units["a"], on)}


def invoice_of(party: Party) -> Invoice:
    return Invoice.objects.get(payer=party)


def test_only_where_the_rules_say_so_and_not_before(cast: Cast, owing: Party) -> None:
    assert listed(cast) == set()
    set_rules(cast, "a", deemed_resigned_months=6)
    assert membership(owing).pk in listed(cast)
    assert membership(owing).pk not in listed(cast, date(2026, 9, 16)), "the last day of six months"
    assert membership(owing).pk in listed(cast, date(2026, 9, 17))
    owed = dues.unpaid(cast.units["a"].pk, TODAY)[membership(owing).pk]
    assert (owed.amount, owed.due_on) == (Decimal("45.00"), DUE)
    assert owed.invoices == (invoice_of(owing).number_text,)
    assert dues.unpaid(cast.units["b"].pk, TODAY) == {}


@pytest.mark.parametrize(
    ("due", "months", "first"),
    [
        (date(2027, 8, 31), 6, date(2028, 3, 1)),
        (date(2027, 12, 31), 2, date(2028, 3, 1)),
        (date(2028, 2, 29), 12, date(2029, 3, 1)),
    ],
)
def test_months_end_with_the_month_on_the_last_days(cast: Cast, due: date, months: int, first: date) -> None:
    set_rules(cast, "a", deemed_resigned_months=months)
    a, siiri = cast.units["a"], cast.parties["siiri"]
    make_invoice(creditor=a, payer=siiri, lines=[(a, "45.00")], reference="13", due=due)
    before = date.fromordinal(first.toordinal() - 1)
    assert pending.in_arrears(a, before) == {}
    assert set(pending.in_arrears(a, first)) == {membership(siiri).pk}


def test_a_payment_in_the_meantime_takes_the_person_off(cast: Cast, owing: Party) -> None:
    set_rules(cast, "a", deemed_resigned_months=6)
    key = membership(owing).pk
    assert key in listed(cast)
    book_manually(
        unit=cast.units["a"],
        key=str(uuid4()),
        amount=Decimal("45.00"),
        paid_on=TODAY,
        reference=invoice_of(owing).reference,
        payer_name="Velallinen Ville",
        message="",
        actor=None,
    )
    assert key not in listed(cast)
    with pytest.raises(Taken):
        hold(cast, Verdict("deemed", key, "confirmed"))
    assert membership(owing).state == "active"


def test_a_credit_note_takes_the_person_off_too(cast: Cast, owing: Party) -> None:
    set_rules(cast, "a", deemed_resigned_months=6)
    crediting.credit(invoice=invoice_of(owing), line_ids=None, reason="Virhe", on=TODAY, actor=None)
    assert membership(owing).pk not in listed(cast)


def test_the_meeting_confirms_in_bulk_and_undoes(client: Client, cast: Cast, owing: Party) -> None:
    set_rules(cast, "a", deemed_resigned_months=6)
    keys = listed(cast)
    cast.sign_in(client, "aino")
    html = client.get(reverse("office:meeting", args=[cast.units["a"].pk])).content.decode()
    assert "16.3.2026" in html
    assert "45,00" in html
    held = hold(cast, *(Verdict("deemed", key, "confirmed") for key in keys))
    ended = Membership.objects.filter(pk__in=keys)
    assert {(m.state, m.ended_on) for m in ended} == {("ended", TODAY + timedelta(days=1))}
    assert membership(owing).events.latest("pk").decision.section == "5"
    meetings.undo(actor=cast.users["aino"], meeting=held, on=TODAY)
    assert set(ended.values_list("state", flat=True)) == {"active"}


def test_a_meeting_held_before_the_time_was_over_deems_nobody(cast: Cast, owing: Party) -> None:
    set_rules(cast, "a", deemed_resigned_months=6)
    with pytest.raises(MeetingError, match="early"):
        hold(cast, Verdict("deemed", membership(owing).pk, "confirmed"), held_on=date(2026, 9, 16))
    assert membership(owing).state == "active"


def test_who_is_kept_stays_and_waits_again(cast: Cast, owing: Party) -> None:
    set_rules(cast, "a", deemed_resigned_months=6)
    hold(cast, Verdict("deemed", membership(owing).pk, "kept", "Maksusuunnitelma"))
    assert membership(owing).state == "active"
    assert membership(owing).pk in listed(cast)


def test_what_has_been_charged_is_told_by_year(cast: Cast, owing: Party) -> None:
    key = membership(owing).pk
    assert dues.charged([key], 2026) == {key}
    assert dues.charged([key], 2027) == frozenset()
    assert dues.charged([], 2026) == frozenset()
    crediting.credit(invoice=invoice_of(owing), line_ids=None, reason="Virhe", on=TODAY, actor=None)
    assert dues.charged([key], 2026) == frozenset()


def test_who_waits_on_two_lists_is_lost_once(client: Client, cast: Cast, owing: Party) -> None:
    """Deemed resigned and expelled at once: told beside both matters, and refused in words one understands."""
    set_rules(cast, "a", deemed_resigned_months=6)
    late = membership(owing)
    proposal = expelling.propose(
        actor=cast.users["aino"], membership=late, ground="unpaid", reasons="Maksu on auki.", on=TODAY
    )
    keys = [f"deemed-{late.pk}", f"expulsion-{proposal.pk}"]
    cast.sign_in(client, "aino")
    html = client.get(reverse("office:meeting", args=[cast.units["a"].pk])).content.decode()
    assert html.count("Sama jäsenyys odottaa myös kohdassa") == 2
    both = {
        f"{key.replace('-', '__')}__outcome": word
        for key, word in zip(keys, ("confirmed", "expelled"), strict=True)
    }
    refused = send(client, cast, *keys, **both)
    assert "päätetään jo toisessa asiassa" in refused.content.decode()
    assert "ennen kuin se alkoi" not in refused.content.decode()
    verdicts = [Verdict("deemed", late.pk, "confirmed"), Verdict("expulsion", proposal.pk, "expelled")]
    with pytest.raises(MeetingError, match="twice"):
        hold(cast, *verdicts)
    assert membership(owing).state == "active"
    hold(cast, verdicts[0], Verdict("expulsion", proposal.pk, "dropped"))
    assert membership(owing).state == "ended"
