"""The account invoices are paid to: the treasurer's, after asking again, in the history, and one unit's alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.identifiers import bic_of, format_iban, make_finnish_iban
from members.services import unit_editing
from members.services.unit_editing import AccountTaken
from tests.cast import TODAY, Cast
from tests.members.helpers import appoint
from tests.members.test_units import posted

IBAN = make_finnish_iban("39390001002369")


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def address(cast: Cast, unit: str = "a") -> str:
    return reverse("office:unit_billing", args=[cast.units[unit].pk])


def iban_of(cast: Cast, unit: str = "a") -> str:
    cast.units[unit].refresh_from_db()
    return cast.units[unit].iban


def test_the_treasurer_changes_the_account_and_the_history_tells(cast: Cast, client: Client) -> None:
    olavi = cast.sign_in(client, "olavi")
    assert address(cast) in olavi.get(reverse("office:unit", args=[cast.units["a"].pk])).content.decode()
    assert olavi.get(address(cast)).status_code == 200
    typed = {"iban": format_iban(IBAN).lower(), "einvoice_address": "003700123", "einvoice_operator": "X"}
    assert olavi.post(address(cast), typed).status_code == 302
    assert (iban_of(cast), cast.units["a"].bic) == (IBAN, bic_of(IBAN))
    act = Mutation.objects.get(kind="unit.account")
    assert (act.actor, act.unit_id) == (cast.users["olavi"], cast.units["a"].pk)
    assert Change.objects.filter(mutation=act, table_name="members_orgunit").exists()


@pytest.mark.parametrize(
    ("typed", "told"),
    [("FI2112345600000786", "tarkistusnumerot"), ("SE4550000000058398257466", "FI ja 16 numeroa")],
)
def test_a_mistyped_account_is_told_beside_its_field(
    cast: Cast, client: Client, typed: str, told: str
) -> None:
    before = iban_of(cast)
    html = cast.sign_in(client, "olavi").post(address(cast), {"iban": typed}).content.decode()
    assert "id_iban_error" in html
    assert told in html
    assert iban_of(cast) == before


@pytest.mark.parametrize("who", ["aino", "tiina", "bo", "ulla", "maija", "kaarlo"])
def test_nobody_else_has_the_page(cast: Cast, client: Client, who: str) -> None:
    before = iban_of(cast)
    assert cast.sign_in(client, who).get(address(cast)).status_code == 404
    assert client.post(address(cast), {"iban": IBAN}).status_code == 404
    assert iban_of(cast) == before


def test_the_secretary_sees_the_account_and_cannot_send_another(cast: Cast, client: Client) -> None:
    aino = cast.sign_in(client, "aino")
    html = aino.get(reverse("office:unit", args=[cast.units["a"].pk])).content.decode()
    assert "FI14 1009 3000 1234 58" in html
    assert address(cast) not in html
    form = reverse("office:unit_edit", args=[cast.units["a"].pk])
    assert 'name="iban"' not in aino.get(form).content.decode()
    sent = posted(cast.units["a"], iban=IBAN, bic="X", einvoice_address="X", phone="050 555 0100")
    assert aino.post(form, sent).status_code == 302
    assert (iban_of(cast), cast.units["a"].einvoice_address) == ("FI1410093000123458", "")


def test_who_one_is_is_asked_again_first(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["olavi"])
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 1.0, "type": "totp"}]
    session["account_authentication_methods_user"] = str(cast.users["olavi"].pk)
    session.save()
    before = iban_of(cast)
    response = client.post(address(cast), {"iban": IBAN})
    assert response.status_code == 302
    assert "/tili/varmista/" in response.headers["Location"]
    assert iban_of(cast) == before


@pytest.mark.parametrize("whose", ["b", "region1", "a2"])
def test_an_account_belongs_to_one_unit(cast: Cast, client: Client, whose: str) -> None:
    """Not even a unit above shares one: the bank's file would be booked for one of the two, and the other's money wait."""
    taken = iban_of(cast, whose)
    html = cast.sign_in(client, "olavi").post(address(cast), {"iban": taken, "shared": "on"}).content.decode()
    assert "id_iban_error" in html
    assert cast.units[whose].name_fi not in html.partition("id_iban_error")[2][:400], (
        "whose it is, is not told"
    )
    assert iban_of(cast) != taken
    with pytest.raises(AccountTaken):
        unit_editing.change_account(unit=cast.units["a"], values={"iban": taken}, actor=cast.users["olavi"])


def test_a_regional_treasurer_has_the_account_of_the_own_unit_only(cast: Cast, client: Client) -> None:
    tiina = cast.sign_in(client, "tiina")
    assert tiina.get(address(cast, "region1")).status_code == 200
    assert tiina.get(address(cast, "a")).status_code == 404
    appoint(cast, "ulla", "treasurer", "b")
    assert cast.sign_in(client, "ulla").get(address(cast, "a")).status_code == 404
