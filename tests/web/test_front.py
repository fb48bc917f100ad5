"""The door, the language switch, the statements, the error pages and the navigation."""

from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from jasenpalvelu.web import navigation
from jasenpalvelu.web.navigation import Place
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/", "/saavutettavuus/", "/lahteet/", "/ui/"])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_open_pages_in_every_language(client: Client, address: str, language: str) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = client.get(address)
    assert response.status_code == 200
    html = response.content.decode()
    assert f'<html lang="{language}">' in html
    assert html.count("<h1") == 1
    assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize("address", ["/", "/saavutettavuus/", "/lahteet/", "/ui/"])
def test_open_pages_are_only_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


def test_everyone_is_led_home(client: Client, cast: Cast) -> None:
    assert cast.sign_in(client, "aino").get("/").headers["Location"].startswith("/toimisto/")
    assert cast.sign_in(Client(), "maija").get("/").headers["Location"] == "/oma/"
    assert cast.sign_in(Client(), "ulla").get("/").headers["Location"] == "/oma/"


def test_sources_names_the_publishers(client: Client) -> None:
    html = client.get("/lahteet/").content.decode()
    assert "Tilastokeskus" in html
    assert "CC BY 4.0" in html
    assert "Posti" in html


def test_the_component_page_is_closed_where_the_service_is_real(
    client: Client, cast: Cast, settings: Any
) -> None:
    settings.EMBEDDED = settings.DEBUG = False
    assert client.get("/ui/").status_code == 404
    cast.sign_in(client, "ulla")
    assert client.get("/ui/").status_code == 404
    cast.sign_in(client, "aino")
    assert client.get("/ui/").status_code == 200


# --- language -------------------------------------------------------------------------------------------------------
def test_a_visitor_keeps_the_language_in_a_cookie(client: Client) -> None:
    response = client.post("/kieli/", {"language": "sv", "next": "/lahteet/?a=1"})
    assert response.status_code == 302
    assert response.headers["Location"] == "/lahteet/?a=1"
    cookie = response.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("sv", True, "Lax")
    assert '<html lang="sv">' in client.get("/").content.decode()


def test_a_person_keeps_the_language_in_the_account(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "ulla").post("/kieli/", {"language": "en"})
    cast.users["ulla"].refresh_from_db()
    assert cast.users["ulla"].language == "en"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "javascript:alert(1)", "",
        "abc", "account_logout", "office:members", ".", "a/b", "/[", "http:///x", "/\x00", "[",
    ],
)  # fmt: skip
def test_the_switch_never_leads_out(client: Client, back: str) -> None:
    response = client.post("/kieli/", {"language": "fi", "next": back})
    assert response.status_code == 302
    target = response.headers["Location"]
    assert target == "/" or (target.startswith("/%") or target == "/[")


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    response = client.post("/kieli/", {"language": "de"})
    assert response.status_code == 404
    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies


def test_the_switch_is_not_a_link(client: Client) -> None:
    assert client.get("/kieli/").status_code == 405


# --- error pages ----------------------------------------------------------------------------------------------------
def test_a_missing_page_tells_the_way_back(client: Client, cast: Cast) -> None:
    response = cast.sign_in(client, "aino").get("/ei-ole/")
    assert response.status_code == 404
    assert 'href="/"' in response.content.decode()


def test_a_form_without_its_token_is_refused_in_words(cast: Cast) -> None:
    response = Client(enforce_csrf_checks=True).post("/kieli/", {"language": "sv"})
    assert response.status_code == 403
    with translation.override("fi"):
        assert "Mitään ei tallennettu" in response.content.decode()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_of_a_fault_needs_nothing(language: str) -> None:
    with translation.override(language):
        html = render_to_string("500.html")
    assert f'<html lang="{language}">' in html
    assert "{{" not in html


# --- navigation -----------------------------------------------------------------------------------------------------
PLACES = (
    Place("Etusivu", "home", "front"),
    Place("Lähteet", "info", "sources", ("members.view",)),
    Place("Puuttuu", "info", "office:not_built_yet"),
)


def test_navigation_shows_what_exists_and_is_allowed() -> None:
    request = RequestFactory().get("/lahteet/")
    everything = navigation.items(request, PLACES, allowed=lambda capability: True)
    nothing = navigation.items(request, PLACES, allowed=lambda capability: False)
    assert [item.label for item in everything] == ["Etusivu", "Lähteet"]
    assert [item.label for item in nothing] == ["Etusivu"]
    assert [item.current for item in everything] == [False, True]


def test_a_page_below_a_place_belongs_to_the_closest_one() -> None:
    urls = ["/toimisto/", "/toimisto/jasenet/"]
    assert navigation._current(urls, "/toimisto/jasenet/12/") == "/toimisto/jasenet/"
    assert navigation._current(urls, "/toimisto/") == "/toimisto/"
    assert navigation._current(urls, "/toimisto/haku/") == ""


def test_counts_are_asked_only_when_drawn() -> None:
    asked = []

    @navigation.counter("sources")
    def waiting(request: Any) -> int:
        asked.append(request.path)
        return 31

    try:
        item = navigation.items(RequestFactory().get("/x/"), PLACES, allowed=lambda capability: True)[1]
        assert asked == []
        assert item.count == 31
    finally:
        navigation._counters.pop("sources")


def test_at_most_eight_places() -> None:
    assert len(navigation.OFFICE) <= 8
    assert len(navigation.PORTAL) <= 5


def test_staff_see_their_unit_and_role(client: Client, cast: Cast) -> None:
    html = cast.sign_in(client, "aino").get("/ui/").content.decode()
    assert "Kuusilahden tuottajayhdistys" in html
    assert "Aino Sihteeri" in html


def test_an_outsider_sees_no_office_places(client: Client, cast: Cast) -> None:
    html = cast.sign_in(client, "ulla").get("/ui/").content.decode()
    assert 'href="/toimisto/' not in html


# --- choosing the post ----------------------------------------------------------------------------------------------
def test_only_own_posts_can_be_chosen(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    own = client.get("/toimisto/tehtava/").context["posts"][0].mandate_id
    assert client.post("/toimisto/tehtava/", {"post": own}).status_code == 302
    assert client.post("/toimisto/tehtava/", {"post": own + 1}).status_code == 404
    assert client.post("/toimisto/tehtava/", {"post": "x"}).status_code == 404


def test_who_has_no_post_has_nothing_to_switch(client: Client, cast: Cast) -> None:
    assert cast.sign_in(client, "ulla").get("/toimisto/tehtava/").status_code == 404
    assert Client().get("/toimisto/tehtava/").status_code == 302
