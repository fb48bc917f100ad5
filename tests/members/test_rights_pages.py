"""The pages of posts: who opens them, what a form does, what one is told when something is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import AccessLog, Mutation
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Mandate, PartyLogin, RoleTemplate, Training
from tests.cast import TODAY, Cast
from tests.members.helpers import appoint
from tests.post import deliver

OnCommit = Callable[..., AbstractContextManager[Any]]
LIST = "/toimisto/oikeudet/"
NEW = f"{LIST}uusi/"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def page(cast: Cast, client: Client, who: str, url: str) -> str:
    response = cast.sign_in(client, who).get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def typed(cast: Cast, code: str = "secretary", **other: str) -> dict[str, Any]:
    key = RoleTemplate.objects.get(code=code).pk
    facts = {
        "role": key,
        "first": "22.11.2026",
        "last": "31.12.2027",
        "body": "board",
        "decided_on": "20.11.2026",
    }
    return facts | {"section": "7"} | other


def new_url(cast: Cast, unit: str, who: str) -> str:
    person = cast.parties[who].pk if who in cast.parties else who
    return f"{NEW}?yksikko={cast.units[unit].pk}&henkilo={person}"


def stale(cast: Cast, client: Client, who: str) -> Client:
    """Logged in long ago, with the second factor."""
    client.force_login(cast.users[who])
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 1.0, "type": "totp"}]
    session["account_authentication_methods_user"] = str(cast.users[who].pk)
    session.save()
    return client


def test_everybody_with_a_post_sees_the_own_one_and_only_givers_the_rest(cast: Cast, client: Client) -> None:
    own = page(cast, client, "aino", LIST)
    assert "Jäsensihteeri, Kuusilahden" in own
    assert "Peltoniitty" not in own
    assert NEW not in own
    every = page(cast, client, "riitta", LIST)
    assert "Peltoniitty" in every
    assert NEW in every
    assert AccessLog.objects.filter(user=cast.users["riitta"], subject="Tehtävät").exists()
    for who in ("maija", "ulla"):
        assert cast.sign_in(client, who).get(LIST).status_code == 404


def test_posts_are_found_by_time_unit_and_name(cast: Cast, client: Client) -> None:
    with mutation(actor=None, kind="test"):
        Mandate.objects.filter(party=cast.parties["bo"]).update(valid_to=date(2026, 1, 1))
    url = f"{LIST}?yksikko={cast.units['b'].pk}"
    assert "Sekreterare Bo" not in page(cast, client, "riitta", url)
    assert "Sekreterare Bo" in page(cast, client, "riitta", f"{url}&tila=paattyneet")
    html = page(cast, client, "riitta", f"{LIST}?q=peltoni")
    assert "Peltoniitty Olavi" in html
    assert "Sihteeri Aino" not in html
    assert "Täällä ei ole tehtäviä" in page(cast, client, "riitta", f"{LIST}?tila=tulossa")


def test_giving_a_post_to_a_member(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: OnCommit
) -> None:
    html = page(cast, client, "riitta", f"{NEW}?yksikko={cast.units['a'].pk}&q=metsäpelto")
    assert f"henkilo={cast.parties['maija'].pk}" in html
    url = new_url(cast, "a", "maija")
    assert "Henkilöllä on jo kirjautuminen" in page(cast, client, "riitta", url)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(url, typed(cast))
    made = Mandate.objects.get(party=cast.parties["maija"])
    assert response.headers["Location"] == reverse("office:mandate", args=[made.pk])
    assert (made.unit, made.valid_to) == (cast.units["a"], date(2027, 12, 31))
    (sent,) = deliver()
    assert sent.to == ["maija@example.fi"]
    assert "Jäsensihteeri" in sent.subject
    told = client.get(response.headers["Location"]).content.decode()
    assert "§ 7" in told
    act = Mutation.objects.get(kind="mandate.grant")
    assert client.post(reverse("office:mandate_undo", args=[act.pk])).status_code == 302
    assert not Mandate.objects.filter(party=cast.parties["maija"]).exists()


def test_inviting_a_new_person(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: OnCommit
) -> None:
    url = new_url(cast, "b", "uusi")
    facts = typed(cast, first_names="Nea", last_name="Niemi", language="sv", email="nea@example.fi")
    with django_capture_on_commit_callbacks(execute=True):
        assert cast.sign_in(client, "riitta").post(url, facts).status_code == 302
    user = User.objects.get(email="nea@example.fi")
    assert PartyLogin.objects.get(user=user).party.language == "sv"
    assert deliver()[0].to == ["nea@example.fi"]
    assert "uppdrag" in mail.outbox[0].body


def test_a_member_without_a_login_gets_one_with_the_address_in_the_register(
    cast: Cast, client: Client
) -> None:
    url = new_url(cast, "b", "lotta")
    html = page(cast, client, "riitta", url)
    assert 'name="email"' not in html, "the giver chooses no address for somebody else's pages"
    assert client.post(url, typed(cast, email="own@example.fi")).status_code == 302
    assert PartyLogin.objects.get(party=cast.parties["lotta"]).user.email == "lotta@example.fi"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"role": ""}, "id_role_error"),
        ({"last": ""}, "Rooli annetaan lyhyemmäksi ajaksi"),
        ({"last": "31.12.2040"}, "Rooli annetaan lyhyemmäksi ajaksi"),
        ({"first": "1.11.2026"}, "ennen kuin siitä on päätetty"),
        ({"decided_on": "24.11.2026"}, "22.11.2026"),
        ({"section": ""}, "Täytä tämä"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_kept(
    cast: Cast, client: Client, change: dict[str, str], told: str
) -> None:
    response = cast.sign_in(client, "riitta").post(new_url(cast, "a", "maija"), typed(cast, **change))
    html = response.content.decode()
    assert response.status_code == 200
    assert told in html
    assert 'value="20.11.2026"' in html or "decided_on" in change
    assert not Mandate.objects.filter(party=cast.parties["maija"]).exists()


def test_a_role_beyond_the_giver_is_not_offered_nor_taken(cast: Cast, client: Client) -> None:
    appoint(cast, "ulla", "chair", "a")
    url = new_url(cast, "a", "maija")
    html = page(cast, client, "ulla", url)
    assert "Puheenjohtaja" in html
    assert f'value="{RoleTemplate.objects.get(code="secretary").pk}"' not in html
    assert client.post(url, typed(cast, "secretary")).status_code == 200
    assert not Mandate.objects.filter(party=cast.parties["maija"]).exists()


@pytest.mark.parametrize("who", ["aino", "olavi", "bo", "tiina", "kaarlo", "maija", "ulla"])
def test_the_outsiders_twin(cast: Cast, client: Client, who: str) -> None:
    """Pages of somebody else's post, for those who give none there."""
    mandate = Mandate.objects.get(party=cast.parties["riitta"])
    row = training(cast)
    cast.sign_in(client, who)
    urls = [NEW, new_url(cast, "a", "maija"), f"{LIST}roolit/", f"{LIST}roolit/uusi/"]
    urls += [reverse(f"office:{name}", args=[mandate.pk]) for name in MANDATE_PAGES]
    urls.append(reverse("office:mandate_training_remove", args=[mandate.pk, row.pk]))
    urls.append(reverse("office:role", args=[RoleTemplate.objects.get(code="chair").pk]))
    urls.append(reverse("office:role_edit", args=[RoleTemplate.objects.get(code="chair").pk]))
    for url in urls:
        assert client.get(url).status_code == 404, url
        assert client.post(url, {"reason": "x", "when": "heti"}).status_code in {404, 405}, url
    assert Mandate.objects.get(pk=mandate.pk).valid_to is None


MANDATE_PAGES = ("mandate", "mandate_end", "mandate_training", "mandate_sees")


def training(cast: Cast, name: str = "riitta") -> Training:
    with mutation(actor=None, kind="test"):
        return Training.objects.create(
            party=cast.parties[name], valid_from=date(2026, 1, 1), valid_to=date(2027, 1, 1)
        )


def test_a_giver_of_another_association_reaches_no_post_here(cast: Cast, client: Client) -> None:
    appoint(cast, "ulla", "chair", "b")
    mandate = Mandate.objects.get(party=cast.parties["aino"])
    cast.sign_in(client, "ulla")
    for name in MANDATE_PAGES:
        assert client.get(reverse(f"office:{name}", args=[mandate.pk])).status_code == 404
    assert client.get(new_url(cast, "a", "lotta")).status_code == 404
    assert client.get(new_url(cast, "b", "maija")).status_code == 404, "nobody the chair of B sees"
    assert "Metsäpelto" not in client.get(f"{NEW}?q=metsäpelto").content.decode()


def test_who_one_is_is_asked_again_before_giving(cast: Cast, client: Client) -> None:
    response = stale(cast, client, "riitta").post(new_url(cast, "a", "maija"), typed(cast))
    assert response.status_code == 302
    assert "/tili/varmista/" in response.headers["Location"]
    assert not Mandate.objects.filter(party=cast.parties["maija"]).exists()


def test_ending_a_post_and_taking_that_back(cast: Cast, client: Client) -> None:
    mandate = Mandate.objects.get(party=cast.parties["aino"])
    url = reverse("office:mandate_end", args=[mandate.pk])
    assert "Sihteeri Aino" in page(cast, client, "riitta", url)
    assert client.post(url, {"when": "heti", "reason": ""}).status_code == 200
    assert client.post(url, {"when": "paivana", "reason": "Muutti"}).status_code == 200
    assert client.post(url, {"when": "heti", "reason": "Muutti"}).status_code == 302
    assert cast.sign_in(Client(), "aino").get("/toimisto/").status_code == 404
    act = Mutation.objects.get(kind="mandate.end")
    assert client.post(reverse("office:mandate_undo", args=[act.pk])).status_code == 302
    assert cast.sign_in(Client(), "aino").get("/toimisto/").status_code == 200


def test_a_training_is_recorded_and_removed(cast: Cast, client: Client) -> None:
    mandate = Mandate.objects.get(party=cast.parties["aino"])
    url = reverse("office:mandate_training", args=[mandate.pk])
    assert (
        cast.sign_in(client, "riitta").post(url, {"passed_on": "23.11.2026", "valid_to": "x"}).status_code
        == 200
    )
    sent = {"passed_on": "1.11.2026", "valid_to": "31.12.2027", "note": "todistus"}
    assert client.post(url, sent).status_code == 302
    row = Training.objects.get(party=cast.parties["aino"])
    remove = reverse("office:mandate_training_remove", args=[mandate.pk, row.pk])
    assert client.get(remove).status_code == 200
    assert client.post(remove).status_code == 302
    assert not Training.objects.filter(party=cast.parties["aino"]).exists()
    history = client.get(reverse("office:mandate", args=[mandate.pk])).content.decode()
    assert "Kuusilahden" in history


def test_the_holder_is_told_what_the_post_waits_for(cast: Cast, client: Client) -> None:
    with mutation(actor=None, kind="test"):
        RoleTemplate.objects.filter(code="secretary").update(requires_training=True)
    assert cast.sign_in(client, "aino").get("/toimisto/").status_code == 404
    html = client.get("/oma/").content.decode()
    assert "Tehtäväsi ei ole vielä voimassa: Jäsensihteeri" in html
    assert "Tietosuojakoulutus" in html
    assert "Tehtäväsi ei ole vielä voimassa" not in page(cast, client, "maija", "/oma/")


# --- what does this person see? -------------------------------------------------------------------------------------
def test_the_simulator_shows_another_ones_view_and_stays_oneself(cast: Cast, client: Client) -> None:
    mandate = Mandate.objects.get(party=cast.parties["tiina"])
    html = page(cast, client, "riitta", reverse("office:mandate_sees", args=[mandate.pk]))
    assert "Kuusilahden tuottajayhdistys" in html
    assert "Rantalan tuottajayhdistys" not in html
    assert "laskut ja suoritukset" in html
    assert client.get("/toimisto/yhdistykset/").status_code == 200
    looks = AccessLog.objects.filter(user=cast.users["riitta"])
    assert looks.filter(party_id=cast.parties["tiina"].pk).exists()


def test_the_simulator_masks_what_the_person_does_not_see(cast: Cast, client: Client) -> None:
    with mutation(actor=None, kind="test"):
        director = RoleTemplate.objects.get(code="regional_director")
        Mandate.objects.filter(party=cast.parties["tiina"]).update(template=director)
    mandate = Mandate.objects.get(party=cast.parties["tiina"])
    html = page(cast, client, "riitta", reverse("office:mandate_sees", args=[mandate.pk]))
    assert "Metsäpelto Maija" in html
    for hidden in ("maija@example.fi", "Koivulantie", "050 555 0142"):
        assert hidden not in html
    assert "Ei näytetä" in html


def test_the_simulator_shows_the_asker_nothing_new(cast: Cast, client: Client) -> None:
    """A chair who sees names and contacts looks at a treasurer, who sees money and family too."""
    appoint(cast, "ulla", "chair", "a")
    with mutation(actor=None, kind="test"):
        RoleTemplate.objects.get(code="chair").grants.filter(capability="members.view").update(classes="A")
    mandate = Mandate.objects.get(party=cast.parties["olavi"])
    html = page(cast, client, "ulla", reverse("office:mandate_sees", args=[mandate.pk]))
    assert "Metsäpelto Maija" in html
    for hidden in ("maija@example.fi", "Koivulantie", "050 555 0142"):
        assert hidden not in html


# --- who can see me -------------------------------------------------------------------------------------------------
def test_a_member_sees_who_sees_and_who_has_looked(cast: Cast, client: Client) -> None:
    looked = cast.sign_in(Client(), "aino").get(reverse("office:member", args=[cast.parties["maija"].pk]))
    assert looked.status_code == 200
    html = page(cast, client, "maija", "/oma/kuka-nakee/")
    for name in ("Sihteeri Aino", "Peltoniitty Olavi", "Taloudenhoitaja Tiina", "Rekisteri Riitta"):
        assert name in html
    assert "Sekreterare Bo" not in html
    assert "Aino Sihteeri" in html.partition("katsoneet")[2]
    for leaked in ("aino@example.fi", "olavi@example.fi"):
        assert leaked not in html
    assert cast.sign_in(client, "ulla").get("/oma/kuka-nakee/").status_code == 404


def test_whose_post_waits_or_is_over_does_not_see(cast: Cast, client: Client) -> None:
    with mutation(actor=None, kind="test"):
        RoleTemplate.objects.filter(code="secretary").update(requires_training=True)
        Mandate.objects.filter(party=cast.parties["olavi"]).update(valid_to=date(2026, 11, 21))
    html = page(cast, client, "maija", "/oma/kuka-nakee/")
    for name in ("Sihteeri Aino", "Peltoniitty Olavi"):
        assert name not in html


def test_the_reason_of_a_look_is_not_told(cast: Cast, client: Client) -> None:
    url = reverse("office:member_unmask", args=[cast.parties["siiri"].pk])
    cast.sign_in(Client(), "kaarlo").post(url, {"reason": "Poliisin pyyntö 77/26"})
    with mutation(actor=None, kind="test"):
        PartyLogin.objects.create(user=cast.users["ulla"], party=cast.parties["siiri"])
    html = page(cast, client, "ulla", "/oma/kuka-nakee/")
    assert "Kaarlo Turva" in html
    assert "77/26" not in html
