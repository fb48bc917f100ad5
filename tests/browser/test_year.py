"""A year in the life of one association, in real browsers: the member's, the secretary's and the register manager's.

Somebody joins and confirms by e-mail, the board admits, the card opens, the address changes, a marriage is entered, an entry
made twice is joined, the member moves to another association, resigns, and what the board noted is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from jasenpalvelu.common import clock
from members.models import JoinRequest, Membership, Party
from tests import paper
from tests.browser import axe
from tests.browser.acting import by_code, log_in, press
from tests.cast import Cast
from tests.post import deliver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIRST, LAST, EMAIL = "Sirkka-Liisa", "Koskenniemi", "sirkka@example.fi"
NAME = f"{LAST} {FIRST}"
JANUARY, MARCH, JUNE = date(2026, 1, 15), date(2026, 3, 2), date(2026, 6, 24)
SEPTEMBER, NOVEMBER = date(2026, 9, 10), date(2026, 11, 22)


def sirkka() -> Party:
    return Party.objects.get(display_name=NAME, merged_into=None)


def memberships() -> list[tuple[str, str]]:
    """(association, state) in the order they began."""
    rows = Membership.objects.filter(party=sirkka()).order_by("pk")
    return [(row.unit.slug, row.state) for row in rows.select_related("unit")]


def main(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("main")


def printed(page: Page, name: str) -> str:
    """The words of the PDF behind a link."""
    address = main(page).get_by_role("link", name=re.compile(name)).first.get_attribute("href")
    assert address
    return paper.text_of(page.request.get(address).body())


# --- chapters -----------------------------------------------------------------------------------------------------------
def joins(page: Page) -> None:
    """The form, the letter, the confirmation; the mail program that looks at the link first confirms nothing."""
    page.goto("/liity/a/")
    fields = {
        "first_names": FIRST,
        "last_name": LAST,
        "email": EMAIL,
        "phone": "050 555 0119",
        "street": "Myllylammentie 22",
        "postal_code": "33100",
    }
    for name, value in fields.items():
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main [name=home_municipality]").select_option("837")
    page.get_by_text("Henkilöjäsen", exact=True).first.click()
    page.locator("main [name=agreed]").check()
    axe.check(page)
    press(page, "Lähetä hakemus")
    page.wait_for_url("**/lahetetty/")
    link = re.search(r"(/liity/vahvista/\S+)", str(deliver()[-1].body))
    assert link
    page.request.get(link.group(1))
    assert not Party.objects.filter(display_name=NAME).exists()
    page.goto(link.group(1))
    press(page, "Vahvista hakemus")
    assert JoinRequest.objects.count() == 1
    assert memberships() == [("a", "applied")]


def board_admits(page: Page, unit: int) -> None:
    decide(page, unit, NAME)
    assert LAST in printed(page, "Ote")
    axe.check(page)


def decide(page: Page, unit: int, name: str) -> None:
    """Everything that waits, as the form proposes it, by one press."""
    page.goto(f"/toimisto/kokous/{unit}/")
    expect(main(page)).to_contain_text(name)
    page.locator("main [name=chair]").fill("Liisa Lehtonen")
    page.locator("main [name=secretary]").fill("Eeva Mäkinen")
    press(page, "Tallenna päätökset")
    expect(page.get_by_role("button", name="Peru päätökset")).to_be_visible()


def comes_in(page: Page) -> None:
    by_code(page, EMAIL)
    page.wait_for_url("**/oma/**")


def opens_card(page: Page) -> None:
    page.clock.set_fixed_time(clock.now())  # the phone looks itself whether the card is still good
    page.goto("/oma/kortti/")
    expect(page.get_by_role("heading", name=f"{FIRST} {LAST}").first).to_be_visible()
    expect(page.locator(".qr svg").first).to_be_visible()


def moves_house(page: Page) -> None:
    page.goto("/oma/tiedot/")
    press(page, "Muuta omia tietoja", role="link")
    page.locator("main [name=street]").fill("Uusitie 7 B 12")
    page.locator("main [name=postal_code]").fill("00100")
    axe.check(page)
    press(page, "Tallenna tiedot")
    expect(main(page)).to_contain_text("Uusitie 7 B 12")


def marries(page: Page, other: Party) -> None:
    page.goto(f"/toimisto/jasenet/{sirkka().pk}/perhe/uusi/")
    page.locator("main [name=other]").fill(other.number)
    page.locator("main [name=kind]").select_option("spouse")
    page.locator("main [name=on]").fill("20.6.2026")
    press(page, "Lisää suhde")
    expect(main(page)).to_contain_text(other.display_name)
    assert memberships() == [("a", "active")]  # a marriage ends nobody's membership


def is_entered_twice_and_joined(page: Page) -> None:
    """The doubt is shown at entry; entered nevertheless, the two are joined, and the old number leads on."""
    page.goto("/toimisto/jasenet/uusi/")
    for name, value in {"first_names": FIRST, "last_name": LAST, "phone": "050 555 0119"}.items():
        page.locator(f"main [name={name}]").fill(value)
    page.get_by_text("Kannattaja", exact=True).first.click()
    press(page, "Lisää jäsen")
    press(page, "Ei ole sama")
    page.wait_for_url(re.compile(r"/toimisto/jasenet/\d+/"))
    first, second = Party.objects.filter(display_name=NAME).order_by("pk")
    page.goto(f"/toimisto/jasenet/{first.pk}/yhdista/")
    page.locator("main input").last.fill(second.number)
    press(page, "Näytä, mitä yhdistäminen tekee")
    axe.check(page)
    press(page, "Yhdistä merkinnät")
    page.wait_for_url(f"**/toimisto/jasenet/{first.pk}/")
    page.goto(f"/toimisto/jasenet/{second.pk}/")
    expect(main(page)).to_contain_text("Uusitie 7 B 12")
    assert sirkka().pk == first.pk


def asks_to_move(page: Page, to_unit: str) -> None:
    party = sirkka()
    membership = party.memberships.get(state="active", type__federation_code="personal")
    page.goto(f"/toimisto/jasenet/{party.pk}/jasenyydet/{membership.pk}/siirto/")
    page.locator("main [name=q]").fill(to_unit[:6])
    press(page, "Hae")
    press(page, to_unit, role="link")
    press(page, "Lähetä hallitukselle")
    expect(main(page)).to_contain_text(to_unit)


def resigns(page: Page, unit: str) -> None:
    page.goto("/oma/tiedot/")
    page.get_by_role("link", name=re.compile(f"^Eroa.*{unit}")).click()
    press(page, "Eroa yhdistyksestä")
    assert LAST in printed(page, "Vahvistus PDF")


# --- the year -----------------------------------------------------------------------------------------------------------
def test_a_year_of_one_member(opened: Callable[[], Page], cast: Cast) -> None:
    member, secretary, manager = opened(), opened(), opened()
    a, a3 = cast.units["a"], cast.units["a3"]
    with clock.frozen(JANUARY):
        joins(member)
        log_in(secretary, "aino@example.fi")
        board_admits(secretary, a.pk)
        assert memberships() == [("a", "active")]
        comes_in(member)
        opens_card(member)
    with clock.frozen(MARCH):
        moves_house(member)
    with clock.frozen(JUNE):
        marries(secretary, cast.parties["maija"])
        is_entered_twice_and_joined(secretary)
    with clock.frozen(SEPTEMBER):
        asks_to_move(secretary, a3.name_fi)
        log_in(manager, "riitta@example.fi")
        decide(manager, a3.pk, NAME)
        assert ("a3", "active") in memberships()
    with clock.frozen(NOVEMBER):
        resigns(member, a3.name_fi)
        decide(manager, a3.pk, NAME)
        press(manager, "Peru päätökset")
        expect(main(manager)).to_contain_text("peruttu 22.11.2026")
        member.reload()
        press(member, "Peru eroilmoitus")
        expect(main(member)).to_contain_text("jatkuu")
        assert ("a3", "active") in memberships()
