"""My details: everything the register holds of oneself and one's own holdings, and nothing of others."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import FeeBasisValue, Holding
from members.services import holdings, registering
from tests.cast import JOINED, TODAY, Cast

DETAILS = reverse("portal:details")


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def shown(client: Client, cast: Cast, who: str = "maija", language: str = "fi") -> str:
    page = cast.sign_in(client, who).get(DETAILS, headers={"accept-language": language})
    return page.content.decode()


def test_the_home_municipality_and_the_hectares_are_shown(client: Client, cast: Cast) -> None:
    html = shown(client, cast)
    for fact in ("Kotikunta", "Helsinki", "Tila: Koivula", "1572860-0", "30,00", "100,00", "12,00"):
        assert fact in html, fact


def test_what_was_in_force_before_is_not_shown_as_present(client: Client, cast: Cast) -> None:
    with mutation(actor=None, kind="test.old"):
        FeeBasisValue.objects.create(
            holding=Holding.objects.get(),
            kind_id="field_ha",
            value="77.00",
            valid_from=date(2019, 1, 1),
            valid_to=date(2019, 12, 31),
        )
    assert "77,00" not in shown(client, cast)


def test_another_ones_holding_is_not_shown(client: Client, cast: Cast) -> None:
    other = registering.create_person(actor=None, first_names="Eero", last_name="Naapuri", on=JOINED)
    holdings.create_holding(actor=None, name="Naapurila", responsible=other, on=JOINED)
    assert "Naapurila" not in shown(client, cast)
    assert "Koivula" not in shown(client, cast, "aino")


def test_a_holding_without_hectares_asks_for_them(client: Client, cast: Cast) -> None:
    with mutation(actor=None, kind="test.none"):
        FeeBasisValue.objects.all().delete()
    assert "Hehtaareja ei ole tiedossa" in shown(client, cast)


def test_the_front_page_promises_what_there_is(client: Client, cast: Cast) -> None:
    assert "jäsenkort" in client.get(reverse("front")).content.decode().lower()
    assert 'class="mcard"' in cast.sign_in(client, "maija").get(reverse("portal:card")).content.decode()
