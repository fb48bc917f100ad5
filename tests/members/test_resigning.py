"""Resigning on one's own pages: the receipt, the day it takes effect, taking it back (Associations Act, section 13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Membership, Resignation
from members.services import ending, lifecycle
from members.services.meetings import Verdict
from members.services.undoing import UndoError
from tests.cast import TODAY, Cast
from tests.members.board import hold
from tests.members.helpers import set_rules
from tests.paper import text_of


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def farmer(cast: Cast) -> Membership:
    return cast.parties["maija"].memberships.get(unit=cast.units["a"])


def address(cast: Cast, name: str = "resign") -> str:
    return reverse(f"portal:{name}", args=[farmer(cast).pk])


def resign(client: Client, cast: Cast, reason: str = "Muutan pois") -> Resignation:
    cast.sign_in(client, "maija")
    assert client.post(address(cast), {"reason": reason})["Location"] == address(cast, "resigned")
    return Resignation.objects.get()


def test_the_page_says_the_last_day_first(client: Client, cast: Cast) -> None:
    set_rules(cast, "a", resignation_delay_days=60)
    cast.sign_in(client, "maija")
    html = client.get(address(cast)).content.decode()
    assert "20.1.2027" in html
    assert farmer(cast).state == "active"
    assert address(cast) in client.get(reverse("portal:details")).content.decode()


@pytest.mark.parametrize(
    ("told", "delay", "effective"),
    [
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2028, 2, 29), 0, date(2028, 3, 1)),
        (date(2027, 12, 31), 0, date(2028, 1, 1)),
        (date(2028, 2, 29), 365, date(2029, 2, 28)),
        (date(2027, 3, 1), 365, date(2028, 2, 29)),
    ],
)
def test_it_takes_effect_by_the_rules_on_any_day(
    client: Client, cast: Cast, told: date, delay: int, effective: date
) -> None:
    set_rules(cast, "a", resignation_delay_days=delay)
    with clock.frozen(told):
        notice = resign(client, cast)
    assert (notice.noticed_on, notice.effective_on) == (told, effective)
    assert (farmer(cast).state, farmer(cast).ended_on) == ("ended", effective)


def test_the_receipt_is_on_the_screen_and_on_paper(client: Client, cast: Cast) -> None:
    notice = resign(client, cast)
    html = client.get(address(cast, "resigned")).content.decode()
    assert "22.11.2026" in html
    assert "21.11.2026" not in html, "the day of the notice is still a day of the membership"
    paper = " ".join(text_of(client.get(address(cast, "resign_receipt")).content).split())
    assert "Vahvistus eroilmoituksesta" in paper
    assert cast.parties["maija"].number in paper
    assert (notice.channel, notice.event.actor) == ("portal", cast.users["maija"])
    assert notice.event.reason == "Muutan pois"


def test_home_and_details_tell_it_as_long_as_it_can_be_taken_back(client: Client, cast: Cast) -> None:
    notice = resign(client, cast)
    for name in ("home", "details"):
        html = client.get(reverse(f"portal:{name}")).content.decode()
        assert address(cast, "resigned") in html
        assert "peru ero" in html
    hold(cast, Verdict("resignation", notice.pk, "noted"))
    assert "peru ero" not in client.get(reverse("portal:home")).content.decode()
    details = client.get(reverse("portal:details")).content.decode()
    assert address(cast, "resigned") in details, "the receipt stays"
    assert "peru ero" not in details


def test_resigning_twice_resigns_once(client: Client, cast: Cast) -> None:
    resign(client, cast)
    assert client.post(address(cast), {})["Location"] == address(cast, "resigned")
    assert Resignation.objects.count() == 1
    assert client.get(address(cast))["Location"] == address(cast, "resigned")


def test_it_is_taken_back_until_the_board_has_noted_it(client: Client, cast: Cast) -> None:
    notice = resign(client, cast)
    assert client.post(address(cast, "resign_withdraw")).status_code == 302
    notice.refresh_from_db()
    assert notice.withdrawn_on == TODAY
    assert (farmer(cast).state, farmer(cast).ended_on) == ("active", None)
    assert client.get(address(cast, "resigned")).status_code == 404
    second = resign_again(client, cast)
    hold(cast, Verdict("resignation", second.pk, "noted"))
    client.post(address(cast, "resign_withdraw"))
    assert farmer(cast).state == "ended"
    with pytest.raises(UndoError, match="noted"):
        ending.withdraw_resignation(actor=None, resignation=second, on=TODAY)
    html = client.get(address(cast, "resigned")).content.decode()
    assert "22.11.2026" in html
    assert address(cast, "resign_withdraw") not in html


def resign_again(client: Client, cast: Cast) -> Resignation:
    client.post(address(cast), {})
    return Resignation.objects.waiting().get()


def test_a_postponed_resignation_stays_on_the_list_and_in_force(client: Client, cast: Cast) -> None:
    notice = resign(client, cast)
    hold(cast, Verdict("resignation", notice.pk, "postponed"))
    assert Resignation.objects.waiting().get() == notice
    assert farmer(cast).state == "ended", "the board cannot refuse it"


@pytest.mark.parametrize("who", ["ulla", "bo", "aino"])
def test_others_do_not_find_it(client: Client, cast: Cast, who: str) -> None:
    cast.sign_in(client, who)
    assert client.get(address(cast)).status_code == 404
    assert client.post(address(cast), {}).status_code == 404
    resign(client, cast)
    cast.sign_in(client, who)
    for name in ("resigned", "resign_receipt"):
        assert client.get(address(cast, name)).status_code == 404
    assert client.post(address(cast, "resign_withdraw")).status_code == 404
    assert farmer(cast).state == "ended"


def test_what_the_office_records_waits_for_the_board_too(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    end = reverse("office:membership_end", args=[cast.parties["maija"].pk, farmer(cast).pk])
    sent = {"kind": "resigned", "noticed_on": "20.11.2026", "reason": "", "vahvista": "1"}
    assert client.post(end, sent).status_code == 302
    notice = Resignation.objects.waiting().get()
    assert (notice.channel, notice.noticed_on) == ("office", TODAY - timedelta(2))
    ending.undo(actor=None, party=cast.parties["maija"], mutation_id=notice.event.mutation_id, on=TODAY)
    assert not Resignation.objects.waiting().exists()


def test_taking_the_membership_up_again_takes_the_notice_off(cast: Cast) -> None:
    ending.end_membership(actor=None, membership=farmer(cast), kind="resigned", noticed_on=TODAY)
    lifecycle.reinstate(actor=None, membership=farmer(cast), effective_on=TODAY, reason="Perui")
    assert not Resignation.objects.waiting().exists()


def test_the_table_knows_the_year_of_the_law(cast: Cast) -> None:
    ending.end_membership(actor=None, membership=farmer(cast), kind="resigned", noticed_on=TODAY)
    for values in ({"effective_on": TODAY + timedelta(367)}, {"effective_on": TODAY - timedelta(1)}):
        with pytest.raises(DatabaseError), transaction.atomic(), mutation(actor=None, kind="test"):
            Resignation.objects.update(**values)
