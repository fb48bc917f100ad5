"""One member's pages and the join form in a real browser: whole and accessible, wide and narrow, errors too."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from jasenpalvelu.common import clock
from members.services import lifecycle, registering
from tests.browser import axe
from tests.browser.conftest import Visit
from tests.cast import TODAY, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "Koskenniemi-Haapasalonpoika-Metsäpellontakainen"


def office(name: str, *keys: int) -> str:
    return reverse(f"office:{name}", args=keys)


def sent(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.wait_for_load_state()
    axe.check(page)


def test_the_member_page_holds_long_names(visit: Visit, cast: Cast) -> None:
    registering.update_party(
        party=cast.parties["maija"],
        values={"last_name": LONG, "first_names": "Sirkka-Liisa Annikki Kristiina"},
        actor=None,
    )
    for page in visit(office("member", cast.parties["maija"].pk), as_="aino"):
        assert LONG in page.content()


def test_a_protected_member_and_the_form_with_errors(visit: Visit, cast: Cast) -> None:
    for page in visit(office("member_edit", cast.parties["siiri"].pk), as_="aino"):
        page.fill("[name=email]", "siiri.example.fi")
        page.fill("[name=last_name]", "")
        sent(page, "Tallenna muutokset")
        assert page.input_value("[name=email]") == "siiri.example.fi"


def test_the_question_of_the_same_person(visit: Visit, cast: Cast) -> None:
    for page in visit(office("member_add"), as_="aino", widths=(axe.NARROW,)):
        page.fill("[name=first_names]", "Maija")
        page.fill("[name=last_name]", "Metsäpelto")
        page.fill("[name=phone]", "050 555 0142")
        page.get_by_text("Henkilöjäsen", exact=True).click()
        sent(page, "Lisää jäsen")
        assert page.get_by_role("button", name="Ei ole sama").is_visible()


def test_an_ending_says_what_happens_and_is_undone(visit: Visit, cast: Cast) -> None:
    maija = cast.parties["maija"]
    membership = maija.memberships.get(unit=cast.units["a"])
    with clock.frozen(TODAY):
        for page in visit(office("membership_end", maija.pk, membership.pk), as_="aino"):
            page.get_by_text("Eronnut", exact=True).click()
            sent(page, "Näytä, mitä tapahtuu")
            sent(page, "Päätä jäsenyys")
            assert page.get_by_text("Päättyy", exact=True).first.is_visible()
            sent(page, "Kumoa")
            membership.refresh_from_db()
            assert membership.state == "active"


def test_the_applications(visit: Visit, cast: Cast) -> None:
    with clock.frozen(TODAY):
        lifecycle.apply(
            actor=None,
            party=cast.parties["lotta"],
            unit=cast.units["a"],
            type=cast.types["student"],
            on=TODAY,
        )
        for page in visit(office("applications"), as_="aino"):
            sent(page, "Hylkää valitut")


def test_the_join_form_with_errors_without_scripts(visit: Visit) -> None:
    for page in visit(reverse("public:join", args=["a"]), scripts=False, check=False):
        page.fill("[name=email]", "sirkkaliisa.esimerkki.fi")
        page.fill("[name=postal_code]", "5899")
        page.get_by_role("button", name="Lähetä hakemus").click()
        assert page.input_value("[name=email]") == "sirkkaliisa.esimerkki.fi"
        assert page.title().startswith("Virhe:")
