"""Changing the association or the kind of party on the form for a new member keeps what was typed."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.common import clock
from members.models import MembershipType, Party
from tests.cast import TODAY, Cast
from tests.members.helpers import form_values

ADD = reverse("office:member_add")


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def typed(client: Client, **values: object) -> dict[str, object]:
    return form_values(client.get(ADD), laji="henkilo", **values)


def test_another_association_keeps_everything(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "riitta")
    values = typed(
        client,
        first_names="Eero",
        last_name="Uusitalo",
        phone="puhelin",
        street="Tie 1",
        home_municipality="837",
        type=cast.types["student"].pk,
        entry="applied",
        non_disclosure="on",
        birth_date="1.2.1999",
        yhdistys=cast.units["b"].pk,
        vaihda="",
    )
    response = client.post(ADD, values)
    assert response.status_code == 200
    assert response.context["unit"] == cast.units["b"]
    form = response.context["form"]
    assert not form.errors, "nothing is wrong before it is sent"
    again = form_values(response)
    for name in ("first_names", "last_name", "phone", "street", "home_municipality", "birth_date", "entry"):
        assert again[name] == values[name], name
    assert str(again["type"]) == str(values["type"])
    html = response.content.decode()
    assert f'value="{cast.types["student"].pk}"' in html
    assert "checked" in html.partition('name="non_disclosure"')[2].partition(">")[0]
    assert not Party.objects.filter(display_name="Uusitalo Eero").exists()


def test_a_change_of_mind_brings_the_name_back(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    sent = typed(client, first_names="Eero", last_name="Uusitalo", email="eero@example.fi", vaihda="yhteiso")
    other = client.post(ADD, sent)
    assert other.context["form"].kind == "organisation"
    assert other.context["form"]["email"].value() == "eero@example.fi"
    html = other.content.decode()
    assert '<input type="hidden" name="first_names" value="Eero">' in html
    back = client.post(
        ADD, form_values(other, **dict(other.context["carried"]), laji="yhteiso", name="Oy", vaihda="henkilo")
    )
    assert back.context["form"]["first_names"].value() == "Eero"
    assert back.context["form"]["last_name"].value() == "Uusitalo"
    assert ("name", "Oy") in back.context["carried"]


def test_what_is_chosen_is_where_the_member_goes(client: Client, cast: Cast) -> None:
    """Also when the button that draws the form anew was not pressed."""
    cast.sign_in(client, "riitta")
    values = typed(client, first_names="Eero", last_name="Uusitalo", type=cast.types["personal"].pk)
    assert client.post(ADD, {**values, "yhdistys": cast.units["b"].pk}).status_code == 302
    assert Party.objects.get(display_name="Uusitalo Eero").memberships.get().unit == cast.units["b"]


def test_a_foreign_association_is_not_found(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    values = typed(client, last_name="Uusitalo")
    for vaihda in ({"vaihda": ""}, {}):
        assert client.post(ADD, {**values, "yhdistys": cast.units["b"].pk, **vaihda}).status_code == 404


def test_enter_in_a_field_adds_and_changes_nothing(client: Client, cast: Cast) -> None:
    """A browser presses the first button of the form then."""
    cast.sign_in(client, "riitta")
    html = client.get(ADD).content.decode()
    first = html[html.index('<form class="card') :].partition("<button")[2].partition(">")[0]
    assert "vaihda" not in first
    assert 'type="submit"' in first


def test_types_are_told_to_the_office_not_to_the_applicant(client: Client, cast: Cast) -> None:
    from jasenpalvelu.audit.services import mutation

    with mutation(actor=None, kind="test.words"):
        MembershipType.objects.filter(federation_code="farmer").update(
            description_fi="Viljelet tai omistat peltoa."
        )
    html = cast.sign_in(client, "aino").get(ADD).content.decode()
    assert "Viljelet" not in html
    assert "Tarvitsee tilan." in html
    assert "Tarvitaan, kun jäsenlaji on ”Maatalousyrittäjä”" in html
    label = html[html.index("Tilan nimi") :].partition("</label>")[0]
    assert "valinnainen" not in label
