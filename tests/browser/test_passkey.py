"""Passkeys with the browser's own virtual authenticator, under the strict policy, and the login's pages by eye and ear."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def device(chromium: Browser, live_server: Any, cast: Cast) -> Iterator[Page]:
    """A phone with a fingerprint reader; anything the policy stops fails the test."""
    context = chromium.new_context(
        base_url=live_server.url, locale="fi-FI", viewport={"width": 360, "height": 800}
    )
    page = context.new_page()
    heard: list[str] = []
    page.on(
        "console",
        lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: heard.append(str(error)))
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.set_verified = lambda verified: session.send(  # type: ignore[attr-defined]
        "WebAuthn.setUserVerified", {"authenticatorId": added["authenticatorId"], "isUserVerified": verified}
    )
    page.set_present = lambda present: session.send(  # type: ignore[attr-defined]
        "WebAuthn.setAutomaticPresenceSimulation",
        {"authenticatorId": added["authenticatorId"], "enabled": present},
    )
    yield page
    context.close()
    assert heard == []


def log_in_by_code(page: Page, email: str) -> None:
    page.goto("/tili/kirjaudu/")
    page.get_by_label("Sähköposti").fill(email)
    page.get_by_role("button", name="Lähetä koodi").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kirjoita koodi")
    code = re.search(r"^\d{6}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    page.get_by_label("Koodi").fill(code.group())
    page.get_by_role("main").get_by_role("button", name="Kirjaudu").click()
    page.wait_for_url(lambda url: "/tili/kirjaudu/koodi/" not in url)


def add_passkey(page: Page) -> None:
    page.goto("/tili/turva/avaimet/lisaa/")
    page.get_by_role("button", name="Lisää pääsyavain").click()
    page.wait_for_url("**/tili/turva/varakoodit/")


def test_passkey_is_added_and_opens_the_account_by_itself(device: Page, cast: Cast) -> None:
    log_in_by_code(device, "aino@example.fi")
    add_passkey(device)
    assert Authenticator.objects.filter(user=cast.users["aino"], type="webauthn").count() == 1
    device.goto("/tili/kirjaudu-ulos/")
    device.get_by_role("main").get_by_role("button", name="Kirjaudu ulos").click()
    device.wait_for_url("**/tili/kirjaudu/")
    device.get_by_role("button", name="Sormenjälki tai kasvot").click()
    device.wait_for_url(lambda url: "/tili/kirjaudu/" not in url)
    device.goto("/tili/turva/")  # no second question: the finger was both who and what
    expect(device.get_by_role("link", name="Toimistoon")).to_be_visible()


def test_passkey_confirms_a_login_by_code(device: Page) -> None:
    log_in_by_code(device, "aino@example.fi")
    add_passkey(device)
    device.context.clear_cookies()
    device.set_present(False)  # type: ignore[attr-defined]
    log_in_by_code(device, "aino@example.fi")
    device.wait_for_url("**/tili/kirjaudu/vahvistus/")
    device.set_present(True)  # type: ignore[attr-defined]
    device.get_by_role("button", name="Käytä pääsyavainta").click()
    device.wait_for_url(lambda url: "/tili/kirjaudu/" not in url)


def test_address_field_offers_the_passkey(device: Page) -> None:
    log_in_by_code(device, "aino@example.fi")
    add_passkey(device)
    device.context.clear_cookies()
    device.goto("/tili/kirjaudu/")
    device.get_by_label("Sähköposti").focus()  # the virtual reader takes the suggestion at once
    device.wait_for_url(lambda url: "/tili/kirjaudu/" not in url)


def test_code_waits_for_the_challenge_that_writes_the_same_session(device: Page) -> None:
    held: list[Route] = []
    device.route("**/tili/kirjaudu/avain/", lambda route: held.append(route))
    device.goto("/tili/kirjaudu/")
    with device.expect_request("**/tili/kirjaudu/avain/"):
        device.get_by_label("Sähköposti").fill("aino@example.fi")
    device.get_by_role("button", name="Lähetä koodi").click()
    device.wait_for_timeout(300)
    assert mail.outbox == []
    held[0].continue_()
    expect(device.get_by_role("heading", level=1)).to_have_text("Kirjoita koodi")
    assert len(mail.outbox) == 1


def test_unknown_device_is_told_what_to_do(device: Page) -> None:
    device.goto("/tili/kirjaudu/")
    device.set_verified(False)  # type: ignore[attr-defined]
    device.get_by_role("button", name="Sormenjälki tai kasvot").click()
    expect(device.get_by_text("Avainta ei löytynyt tai kirjautuminen keskeytyi.")).to_be_visible()
    expect(device).to_have_url(re.compile("/tili/kirjaudu/"))


def test_passkey_without_finger_or_pin_is_not_taken(device: Page, cast: Cast) -> None:
    log_in_by_code(device, "aino@example.fi")
    device.set_verified(False)  # type: ignore[attr-defined]
    device.goto("/tili/turva/avaimet/lisaa/")
    device.get_by_role("button", name="Lisää pääsyavain").click()
    expect(device.get_by_text("Se keskeytyi tai ei onnistunut.")).to_be_visible()
    assert not Authenticator.objects.filter(user=cast.users["aino"]).exists()


OPEN = ["/tili/kirjaudu/", "/tili/kirjaudu/salasana/", "/tili/salasana/unohtui/", "/tili/tunnus/"]
OWN = [
    "/tili/",
    "/tili/turva/",
    "/tili/turva/sovellus/",
    "/tili/turva/avaimet/",
    "/tili/turva/avaimet/lisaa/",
]
OWN += ["/tili/laitteet/", "/tili/sahkoposti/", "/tili/salasana/uusi/", "/tili/kirjaudu-ulos/"]


@pytest.mark.parametrize(("addresses", "name"), [(OPEN, ""), (OWN, "maija")])
def test_pages_are_accessible_and_whole(visit: Visit, addresses: list[str], name: str) -> None:
    for page in visit(addresses[0], as_=name):
        heard = axe.watch(page)
        for address in addresses[1:]:
            page.goto(address)
            axe.check(page, heard)


def test_login_offers_no_passkey_where_scripts_do_not_run(visit: Visit) -> None:
    for page in visit("/tili/kirjaudu/", check=False, scripts=False, widths=(axe.NARROW,)):
        expect(page.get_by_role("button", name="Sormenjälki tai kasvot")).to_be_hidden()
        page.get_by_label("Sähköposti").fill("maija@example.fi")
        page.get_by_role("button", name="Lähetä koodi").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Kirjoita koodi")
