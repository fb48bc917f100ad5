"""The matter of an expulsion on its page: ground, hearing, answer, giving up (Associations Act, sections 14 and 15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.common import clock
from members.models import Expulsion, Membership
from members.services import expelling, lifecycle
from members.services.expelling import ExpulsionError
from members.services.meetings import Verdict
from tests.cast import TODAY, Cast
from tests.members.board import hold, proposed

GIVEN = {
    "ground": "harm",
    "reasons": "On kertonut jäsenten tietoja ulkopuolisille.",
    "told_on": "22.11.2026",
    "hear_by": "6.12.2026",
}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def farmer(cast: Cast) -> Membership:
    return cast.parties["maija"].memberships.get(unit=cast.units["a"])


def address(cast: Cast, name: str = "expulsion") -> str:
    return reverse(f"office:{name}", args=[cast.parties["maija"].pk, farmer(cast).pk])


def test_taken_up_answered_given_up_and_taken_up_again(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    assert client.get(address(cast)).status_code == 200
    assert client.post(address(cast), GIVEN).status_code == 302
    matter = Expulsion.objects.get()
    assert (matter.state, matter.hear_by, matter.opened_by) == (
        "hearing",
        date(2026, 12, 6),
        cast.users["aino"],
    )
    html = client.get(address(cast)).content.decode()
    assert "6.12.2026" in html
    assert AccessLog.objects.filter(party_id=cast.parties["maija"].pk, classes="C").exists()
    answer = {"vastaus-answered_on": "22.11.2026", "vastaus-answer": "Olen eri mieltä."}
    assert client.post(address(cast), answer).status_code == 302
    matter.refresh_from_db()
    assert (matter.answer, matter.answered_on) == ("Olen eri mieltä.", TODAY)
    client.post(address(cast, "expulsion_drop"))
    matter.refresh_from_db()
    assert (matter.state, matter.decided_on) == ("dropped", TODAY)
    client.post(address(cast, "expulsion_again"))
    matter.refresh_from_db()
    assert (matter.state, matter.decided_on) == ("hearing", None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ground": "muu"}, "ground"),
        ({"reasons": ""}, "reasons"),
        ({"hear_by": ""}, "hear_by"),
        ({"hear_by": "28.11.2026"}, "hear_by"),
        ({"told_on": "1.12.2026"}, "told_on"),
    ],
)
def test_what_cannot_be_is_refused(client: Client, cast: Cast, values: dict[str, str], field: str) -> None:
    cast.sign_in(client, "aino")
    response = client.post(address(cast), GIVEN | values)
    assert field in response.context["form"].errors
    assert not Expulsion.objects.exists()


def test_for_an_unpaid_fee_nobody_has_to_be_heard(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    sent = GIVEN | {"ground": "unpaid", "told_on": "", "hear_by": ""}
    assert client.post(address(cast), sent).status_code == 302
    matter = Expulsion.objects.get()
    assert matter.may_be_decided(TODAY)
    hold(cast, Verdict("expulsion", matter.pk, "expelled"))
    assert farmer(cast).state == "ended"


def test_the_form_agrees_with_itself_about_the_hearing(client: Client, cast: Cast) -> None:
    """No day is filled in beforehand, and where nobody has to be heard a day of telling asks for no other."""
    cast.sign_in(client, "aino")
    html = client.get(address(cast)).content.decode()
    assert 'name="told_on" value=' not in html
    assert "valinnainen" not in html, "the dates are needed for every ground but one"
    assert client.post(address(cast), GIVEN | {"ground": "unpaid", "hear_by": ""}).status_code == 302
    assert (Expulsion.objects.get().told_on, Expulsion.objects.get().hear_by) == (None, None)


@pytest.mark.parametrize("until", [date(2028, 2, 29), date(2027, 12, 31)])
def test_the_last_day_to_answer_belongs_to_the_member(cast: Cast, until: date) -> None:
    matter = expelling.propose(
        actor=cast.users["aino"],
        membership=farmer(cast),
        ground="harm",
        reasons="x",
        told_on=date(2027, 11, 1),
        hear_by=until,
        on=date(2027, 11, 1),
    )
    assert not matter.may_be_decided(until)
    assert matter.may_be_decided(date.fromordinal(until.toordinal() + 1))


def test_one_matter_at_a_time_and_none_of_a_former_member(cast: Cast) -> None:
    matter = proposed(cast)
    common = {"actor": cast.users["aino"], "ground": "unpaid", "reasons": "x", "on": TODAY}
    with pytest.raises(ExpulsionError, match="open"):
        expelling.propose(membership=matter.membership, **common)
    lifecycle.end(actor=None, membership=farmer(cast), kind="resigned", effective_on=TODAY)
    with pytest.raises(ExpulsionError, match="member"):
        expelling.propose(membership=farmer(cast), **common)


def test_what_a_meeting_decided_is_not_opened_again_by_the_office(cast: Cast) -> None:
    matter = proposed(cast)
    hold(cast, Verdict("expulsion", matter.pk, "dropped"))
    matter.refresh_from_db()
    for act in (
        lambda: expelling.take_up_again(actor=cast.users["aino"], expulsion=matter),
        lambda: expelling.drop(actor=cast.users["aino"], expulsion=matter, on=TODAY),
        lambda: expelling.record_answer(
            actor=cast.users["aino"], expulsion=matter, answer="x", answered_on=TODAY
        ),
    ):
        with pytest.raises(ExpulsionError, match="closed"):
            act()


def test_the_end_page_does_not_go_round_the_hearing(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    client.post(address(cast), GIVEN)
    end = reverse("office:membership_end", args=[cast.parties["maija"].pk, farmer(cast).pk])
    sent = {"kind": "expelled", "noticed_on": "22.11.2026", "reason": "x", "vahvista": "1"}
    assert "kind" in client.post(end, sent).context["form"].errors
    assert farmer(cast).state == "active"


@pytest.mark.parametrize("who", ["bo", "tiina", "olavi", "ulla", "maija"])
def test_others_know_nothing_of_it(client: Client, cast: Cast, who: str) -> None:
    cast.sign_in(client, "aino")
    client.post(address(cast), GIVEN)
    cast.sign_in(client, who)
    assert client.get(address(cast)).status_code == 404
    for name in ("expulsion", "expulsion_drop", "expulsion_again"):
        assert client.post(address(cast, name), GIVEN).status_code == 404
    assert Expulsion.objects.get().state == "hearing"
