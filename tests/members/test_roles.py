"""Roles as data: shown in plain words, changed by those who hold what they give, with the posts they change counted first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.granting import BELOW, OWN, Right
from members.models import RoleGrant, RoleTemplate
from members.rights_reading import rights_text
from members.scope import Scope
from members.services import roles
from members.services.mandates import rights_of
from members.services.roles import Draft, RoleError
from tests.cast import TODAY, Cast
from tests.members.helpers import appoint
from tests.members.test_rights_pages import stale

URL = "/toimisto/oikeudet/roolit/"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def role_of(code: str) -> RoleTemplate:
    return RoleTemplate.objects.get(code=code)


def sent(client: Client, url: str, **values: Any) -> dict[str, Any]:
    """The form as shown, with some typed over; None leaves a field out."""
    form = client.get(url).context["form"]
    data: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value not in (None, False, "", []):
            data[bound.html_name] = "on" if value is True else value
    return {name: value for name, value in {**data, **values}.items() if value is not None}


def edit_url(code: str) -> str:
    return reverse("office:role_edit", args=[role_of(code).pk])


def test_a_role_is_told_in_plain_words() -> None:
    words = rights_text(
        [Right("members.view", BELOW, frozenset("AB")), Right("units.view", OWN, frozenset("A"))]
    )
    assert (
        words
        == [
            "Yksiköiden katselu omassa yksikössä",
            "Jäsenten katselu omassa yksikössä ja kaikissa sen alla: nimi ja kunta, yhteystiedot",
        ]
        or len(words) == 2
    )


def test_a_change_asks_first_in_numbers_and_is_kept_as_a_version(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "riitta")
    url = edit_url("regional_treasurer")
    data = sent(client, url, classes_members_view_0=["A"], longest_months="24")
    asked = client.post(url, data)
    html = asked.content.decode()
    assert "1 tehtävä muuttuu heti" in html
    assert "nimi ja kunta" in html
    assert role_of("regional_treasurer").longest_months == 36, "nothing has been saved yet"
    tiina = cast.users["tiina"]
    assert "B" in Scope.for_user(tiina, on=TODAY).classes_for([cast.units["a"].pk])
    done = client.post(url, data | {"vahvista": "1", "tehtavia": "1"})
    assert done.status_code == 302
    assert Scope.for_user(tiina, on=TODAY).classes_for([cast.units["a"].pk]) == frozenset("A")
    act = Mutation.objects.get(kind="role.edit")
    assert Change.objects.filter(mutation=act, table_name="members_rolegrant").count() == 1
    told = client.get(done.headers["Location"]).content.decode()
    assert "Muutettu: " in told
    assert "Riitta Rekisteri" in told


def test_what_was_seen_is_what_is_confirmed(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "riitta")
    url = edit_url("chair")
    data = sent(client, url, classes_members_view_0=["A"])
    assert client.post(url, data).status_code == 200
    appoint(cast, "ulla", "chair", "a")
    late = client.post(url, data | {"vahvista": "1", "tehtavia": "0"})
    assert "Katso luvut uudelleen" in late.content.decode()
    assert "B" in role_of("chair").grants.get(capability="members.view").classes


def test_a_new_role_of_the_federation(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "riitta")
    names = {"name_fi": "Neuvoja", "name_sv": "Rådgivare", "name_en": "Adviser"}
    data = sent(
        client, f"{URL}uusi/", **names, reach_members_view_0="below", classes_members_view_0=["A"],
        reach_units_view_0="below", requires_training="on",
    )  # fmt: skip
    assert "4 jäsentä" in client.post(f"{URL}uusi/", data).content.decode()
    assert client.post(f"{URL}uusi/", data | {"vahvista": "1", "tehtavia": "0"}).status_code == 302
    made = role_of("neuvoja")
    assert {(r.capability, r.reach) for r in rights_of(made)} == {
        ("members.view", "below"),
        ("units.view", "below"),
    }
    assert made.requires_training
    assert "Neuvoja" in client.get(URL).content.decode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name_fi": None}, "Täytä tämä"),
        ({"reach_members_view_0": "own", "classes_members_view_0": None}, "Valitse ainakin yhdet tiedot"),
        ({"reach_members_view_0": None, "reach_units_view_0": None}, "Valitse ainakin yksi oikeus"),
        ({"longest_months": "0"}, "1"),
        ({"classes_members_view_0": ["A", "E"], "reach_members_view_0": "below"}, "Et voi antaa enempää"),
        ({"reach_nondisclosure_unmask_0": "own"}, "Et voi antaa enempää"),
    ],
)
def test_what_cannot_be_is_told(cast: Cast, client: Client, change: dict[str, Any], told: str) -> None:
    cast.sign_in(client, "riitta")
    names = {
        "name_fi": "Neuvoja",
        "name_sv": "Rådgivare",
        "name_en": "Adviser",
        "reach_units_view_0": "below",
    }
    data = sent(client, f"{URL}uusi/", **(names | change))
    html = client.post(f"{URL}uusi/", data | {"vahvista": "1", "tehtavia": "0"}).content.decode()
    assert told in html
    assert not RoleTemplate.objects.filter(code="neuvoja").exists()


def test_a_units_own_role_is_its_givers_within_what_they_hold(cast: Cast, client: Client) -> None:
    appoint(cast, "ulla", "chair", "a")
    cast.sign_in(client, "ulla")
    assert client.get(f"{URL}uusi/").status_code == 404, "the federation's roles are not the chair's"
    assert client.get(f"{URL}uusi/?yksikko={cast.units['b'].pk}").status_code == 404
    url = f"{URL}uusi/?yksikko={cast.units['a'].pk}"
    names = {"name_fi": "Vieras", "name_sv": "Gäst", "name_en": "Guest"}
    save = {"vahvista": "1", "tehtavia": "0"}
    wide = sent(client, url, **names, reach_members_view_0="own", classes_members_view_0=["A", "D"])
    assert "Et voi antaa enempää" in client.post(url, wide | save).content.decode()
    narrow = sent(client, url, **names, reach_members_view_0="own", classes_members_view_0=["A"])
    assert client.post(url, narrow | save).status_code == 302
    assert role_of("vieras").unit == cast.units["a"]
    listed = client.post(url, narrow | save | {"reach_members_view_0": "listed"})
    assert listed.status_code == 200


def test_a_role_beyond_the_editor_is_not_changed(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "riitta")
    assert client.get(edit_url("custodian")).status_code == 404
    assert client.post(edit_url("custodian"), {"name_fi": "X"}).status_code == 404
    page = client.get(reverse("office:role", args=[role_of("custodian").pk])).content.decode()
    assert edit_url("custodian") not in page
    appoint(cast, "ulla", "chair", "a")
    cast.sign_in(client, "ulla")
    assert client.get(edit_url("chair")).status_code == 404
    assert client.get(reverse("office:role", args=[role_of("chair").pk])).status_code == 200


def test_another_units_own_role_is_not_seen(cast: Cast, client: Client) -> None:
    with mutation(actor=None, kind="test"):
        own = RoleTemplate.objects.create(
            code="own", unit=cast.units["b"], name_fi="Rantalan oma", name_sv="Egen", name_en="Own"
        )
    appoint(cast, "ulla", "chair", "a")
    cast.sign_in(client, "ulla")
    assert client.get(reverse("office:role", args=[own.pk])).status_code == 404
    assert "Rantalan oma" not in client.get(URL).content.decode()


def test_who_one_is_is_asked_again_before_the_editor(cast: Cast, client: Client) -> None:
    response = stale(cast, client, "riitta").get(edit_url("chair"))
    assert "/tili/varmista/" in response.headers["Location"]


def test_a_role_in_use_is_widened_only_by_who_holds_it_there(cast: Cast) -> None:
    """A role of a unit, given there: the chair may not add what a chair does not hold."""
    with mutation(actor=None, kind="test"):
        own = RoleTemplate.objects.create(
            code="own", unit=cast.units["a"], name_fi="O", name_sv="O", name_en="O"
        )
        RoleGrant.objects.create(template=own, capability="members.view", reach="own", classes="A")
    appoint(cast, "maija", "own", "a")
    appoint(cast, "ulla", "chair", "a")
    scope = Scope.for_user(cast.users["ulla"], on=TODAY)
    facts: dict[str, Any] = {
        "scope": scope,
        "role": own,
        "unit": None,
        "actor": cast.users["ulla"],
        "on": TODAY,
    }
    for classes, code in (("AD", "more"), ("AB", "")):
        draft = Draft(
            ("O", "O", "O"), True, False, 12, True, (Right("members.view", OWN, frozenset(classes)),)
        )
        if code:
            with pytest.raises(RoleError, match=code):
                roles.save(**facts, draft=draft, confirmed=1)
        else:
            roles.save(**facts, draft=draft, confirmed=1)
    assert Scope.for_user(cast.users["maija"], on=TODAY).classes_for([cast.units["a"].pk]) == frozenset("AB")


def test_a_role_not_given_any_more_stays_with_its_holders(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "riitta")
    url = edit_url("secretary")
    data = sent(client, url, active=None) | {"vahvista": "1", "tehtavia": "2"}
    assert client.post(url, data).status_code == 302
    assert Scope.for_user(cast.users["aino"], on=TODAY).is_staff
    assert role_of("secretary") not in RoleTemplate.objects.for_unit(cast.units["a"].pk)
