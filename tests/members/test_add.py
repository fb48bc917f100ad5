"""Adding a member, with the question "is this the same?" before anything is written (REG-2, REG-5)."""

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.common import clock
from members.models import Holding, Membership, Party
from members.services import adding, joining
from tests.cast import TODAY, Cast
from tests.members.helpers import form_values


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def send(client: Client, kind: str = "henkilo", **values: object):  # type: ignore[no-untyped-def]
    target = f"{reverse('office:member_add')}?laji={kind}"
    page = client.get(target)
    assert page.status_code == 200
    return client.post(target, form_values(page, **values))


def person(cast: Cast, **values: object) -> dict[str, object]:
    basic = {
        "first_names": "Eero",
        "last_name": "Uusitalo",
        "type": cast.types["personal"].pk,
        "country": "FI",
    }
    return {**basic, **values}


def test_a_person_becomes_a_member(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = send(
        client,
        **person(
            cast,
            email="eero@example.fi",
            street="Tie 1",
            postal_code="33100",
            started_on="1.11.2026",
            decided_on="1.11.2026",
        ),
    )
    party = Party.objects.get(display_name="Uusitalo Eero")
    assert response.headers["Location"] == reverse("office:member", args=[party.pk])
    membership = party.memberships.get()
    assert (membership.unit, membership.state, membership.started_on) == (
        cast.units["a"],
        "active",
        date(2026, 11, 1),
    )
    assert membership.events.get().decision.decided_on == date(2026, 11, 1)
    assert client.get(response.headers["Location"]).status_code == 200


def test_an_organisation_becomes_an_applicant(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = send(
        client, "yhteiso", name="Kuusi Oy", legal_form="company", y_tunnus="1234567-1", country="FI",
        type=cast.types["forest_owner"].pk, entry="applied",
    )  # fmt: skip
    assert response.status_code == 302, response.context["form"].errors
    membership = Membership.objects.get(party__display_name="Kuusi Oy")
    assert (membership.state, membership.started_on) == ("applied", None)


def test_a_type_that_needs_a_holding_gets_one(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    farmer = cast.types["farmer"].pk
    response = send(client, **person(cast, type=farmer))
    assert "holding_name" in response.context["form"].errors
    response = send(client, **person(cast, type=farmer, holding_name="Yli-Uusitalo"))
    party = Party.objects.get(display_name="Uusitalo Eero")
    assert party.memberships.get().holding == Holding.objects.get(responsible=party)


def test_a_taken_business_id_of_a_holding_writes_nothing(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "riitta")
    found = send(client, **person(cast, holding_name="Oma", holding_y_tunnus="1572860-0"))
    assert found.context["found"].candidates
    values = form_values(found, different=found.context["fingerprint"])
    response = client.post(reverse("office:member_add"), values)
    assert "holding_y_tunnus" in response.context["form"].errors
    assert not Party.objects.filter(display_name="Uusitalo Eero").exists()


def test_all_that_is_wrong_is_told_before_or_with_the_question_of_duplicates(
    client: Client, cast: Cast
) -> None:
    cast.sign_in(client, "aino")
    same = person(
        cast, last_name="Metsäpelto", first_names="Maija", email="maija@example.fi", postal_code="1"
    )
    response = send(client, **(same | {"type": "", "phone": "puhelin"}))
    assert {"type", "phone", "postal_code"} <= set(response.context["form"].errors)
    assert not response.context["found"], "first the form, all of it at once"
    taken = {"postal_code": "33100", "holding_name": "Koivula", "holding_y_tunnus": "1572860-0"}
    response = send(client, **(same | taken))
    assert "holding_y_tunnus" in response.context["form"].errors
    assert response.context["found"], "the question comes with the error"
    html = response.content.decode()
    for typed in ("Metsäpelto", "maija@example.fi", "33100", "1572860-0"):
        assert f'value="{typed}"' in html
    assert html.count("<title>Virhe: ") == 1
    assert "Tilan Y-tunnus: " in html, "the summary names the field"


def test_pressing_twice_makes_one(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    target = reverse("office:member_add")
    values = form_values(client.get(target), **person(cast))
    first, second = client.post(target, values), client.post(target, values)
    assert first.headers["Location"] == second.headers["Location"]
    assert Party.objects.filter(display_name="Uusitalo Eero").count() == 1


def test_the_second_transaction_of_the_same_form_is_rolled_back(cast: Cast) -> None:
    token = uuid4()
    entry = adding.Entry(unit=cast.units["a"], type=cast.types["personal"], day=TODAY)
    made = [
        {
            "first_names": "Eero",
            "last_name": "Uusitalo",
            "street": "",
            "co_line": "",
            "postal_code": "",
            "city": "",
            "country": "",
        }
        for _ in range(2)
    ]
    party = adding.add_member(
        actor=cast.users["aino"], token=token, kind="person", values=made[0], entry=entry, on=TODAY
    )
    with pytest.raises(joining.SentAlready) as raised:
        adding.add_member(
            actor=cast.users["aino"], token=token, kind="person", values=made[1], entry=entry, on=TODAY
        )
    assert raised.value.result == party.pk
    assert Party.objects.filter(display_name="Uusitalo Eero").count() == 1


def test_the_same_person_is_asked_about_before_writing(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = send(client, **person(cast, first_names="Maija", last_name="Metsäpelto", phone="0505550142"))
    html = response.content.decode()
    assert response.status_code == 200
    assert cast.parties["maija"].number in html
    assert "sama puhelinnumero" in html
    assert reverse("office:membership_add", args=[cast.parties["maija"].pk]) in html
    assert Party.objects.filter(display_name="Metsäpelto Maija").count() == 1
    values = form_values(response, different=response.context["fingerprint"])
    assert client.post(reverse("office:member_add"), values).status_code == 302
    assert Party.objects.filter(display_name="Metsäpelto Maija").count() == 2


def test_a_namesake_is_asked_about_and_may_be_added(client: Client, cast: Cast) -> None:
    """The commonest duplicate of all: the same name, and nothing else typed."""
    cast.sign_in(client, "aino")
    response = send(client, **person(cast, first_names="Maija", last_name="Metsäpelto"))
    assert [c.party for c in response.context["found"].candidates] == [cast.parties["maija"]]
    assert "sama nimi" in response.content.decode()
    assert Party.objects.filter(display_name="Metsäpelto Maija").count() == 1, "nothing is written before"
    values = form_values(response, different=response.context["fingerprint"])
    assert client.post(reverse("office:member_add"), values).status_code == 302
    assert Party.objects.filter(display_name="Metsäpelto Maija").count() == 2


def test_not_the_same_is_said_about_those_shown_only(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = send(client, **person(cast, phone="0505550142", different="jotain muuta|"))
    assert response.status_code == 200
    assert response.context["found"].candidates


def test_somebody_elsewhere_is_told_without_data(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    alone = send(client, **person(cast, last_name="Ängström", email="lotta@example.fi"))
    assert "Toisessa yhdistyksessä" not in alone.content.decode()
    typed = person(cast, first_names="Lotta", last_name="Ängström", email="lotta@example.fi")
    html = send(client, **typed).content.decode()
    assert "Toisessa yhdistyksessä" in html
    lotta = cast.parties["lotta"]
    for hidden in (lotta.number, "Strandvägen", f"/jasenet/{lotta.pk}/"):
        assert hidden not in html, hidden
    assert AccessLog.objects.filter(user=cast.users["aino"], subject="duplicate check").exists()


@pytest.mark.parametrize("who", ["tiina", "kaarlo", "ulla", "maija"])
def test_without_the_right_there_is_no_form(client: Client, cast: Cast, who: str) -> None:
    assert cast.sign_in(client, who).get(reverse("office:member_add")).status_code == 404


def test_only_into_ones_own_association(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    foreign = f"{reverse('office:member_add')}?yhdistys={cast.units['b'].pk}"
    assert client.get(foreign).status_code == 404
    assert client.post(foreign, person(cast)).status_code == 404
    union = f"{reverse('office:member_add')}?yhdistys={cast.units['union'].pk}"
    assert cast.sign_in(client, "riitta").get(union).status_code == 404


def test_a_type_of_another_association_cannot_be_chosen(client: Client, cast: Cast) -> None:
    from jasenpalvelu.audit.services import mutation
    from members.models import MembershipType

    with mutation(actor=None, kind="test.type"):
        foreign = MembershipType.objects.create(
            unit=cast.units["b"], federation_code="personal", name_fi="Rantajäsen"
        )
    cast.sign_in(client, "aino")
    response = send(client, **person(cast, type=foreign.pk))
    assert "type" in response.context["form"].errors


# --- a further membership -------------------------------------------------------------------------------------------
def test_a_further_membership_of_the_same_party(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "riitta")
    maija = cast.parties["maija"]
    target = f"{reverse('office:membership_add', args=[maija.pk])}?yhdistys={cast.units['b'].pk}"
    page = client.get(target)
    koivula = Holding.objects.get(name="Koivula")
    values = form_values(page, type=cast.types["farmer"].pk, holding=koivula.pk)
    assert client.post(target, values).status_code == 302
    assert client.post(target, values).status_code == 302, "the button pressed twice"
    assert maija.memberships.get(unit=cast.units["b"]).holding == koivula
    fresh = form_values(client.get(target), type=cast.types["farmer"].pk, holding=koivula.pk)
    assert "type" in client.post(target, fresh).context["form"].errors


def test_a_second_membership_beside_the_first_needs_a_second_holding(client: Client, cast: Cast) -> None:
    """Without one it would only be billed twice: what kind of member one is, is changed in the membership."""
    aino = cast.sign_in(client, "aino")
    maija, standing = cast.parties["maija"], Membership.objects.filter(party=cast.parties["maija"])
    before = standing.count()
    data = {"type": cast.types["personal"].pk, "entry": "decided", "started_on": "1.3.2026", "token": uuid4()}
    page = aino.post(f"/toimisto/jasenet/{maija.pk}/jasenyydet/uusi/?yhdistys={cast.units['a'].pk}", data)
    assert "jo yhdistyksen jäsen" in page.text
    assert standing.count() == before


def test_a_membership_is_added_to_visible_members_in_own_associations_only(
    client: Client, cast: Cast
) -> None:
    cast.sign_in(client, "aino")
    assert client.get(reverse("office:membership_add", args=[cast.parties["lotta"].pk])).status_code == 404
    maija = reverse("office:membership_add", args=[cast.parties["maija"].pk])
    assert client.get(f"{maija}?yhdistys={cast.units['b'].pk}").status_code == 404
