"""A federation is begun from an empty register by commands, and from then on in the office."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Mandate, MembershipType, OrgUnit, Party, PartyLogin, RoleTemplate, UnitClosure
from tests.cast import TODAY, Cast

RIITTA = {"email": "riitta@liitto.example", "first_names": "Riitta", "last_name": "Louhivaara"}
FEDERATION = {"name": "Uusi liitto", "name_sv": "Nya förbundet"}


@pytest.fixture
def empty(db: None) -> None:
    """As a production database is after `migrate`; rolled back after the test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE members_unitkind, members_party, members_feebasiskind, members_roletemplate,"
            " members_membershiptype, accounts_user CASCADE"
        )


def run(command: str, **options: object) -> str:
    out = StringIO()
    with clock.frozen(TODAY):
        call_command(command, stdout=out, **options)
    return out.getvalue()


def sign_in(client: Client, email: str) -> None:
    cast = Cast()
    cast.users["who"] = User.objects.get(email=email)
    cast.sign_in(client, "who")


def test_the_first_register_manager_can_open_the_office(empty: None, client: Client) -> None:
    assert "unit 1" in run("found_federation", **FEDERATION, **RIITTA)
    (mandate,) = Mandate.objects.all()
    assert (mandate.template.code, mandate.unit.name_sv) == ("register_manager", "Nya förbundet")
    assert MembershipType.objects.filter(unit=None, federation_code="farmer").exists()
    sign_in(client, RIITTA["email"])
    page = client.get("/toimisto/yhdistykset/")
    assert page.status_code == 200
    assert b"Uusi liitto" in page.content
    assert client.get("/toimisto/jasenet/").status_code == 200


def test_said_twice_it_is_done_once(empty: None) -> None:
    run("found_federation", **FEDERATION, **RIITTA)
    run("found_federation", **FEDERATION, **RIITTA)
    counts = [model.objects.count() for model in (OrgUnit, Mandate, Party, User)]  # type: ignore[attr-defined]
    assert counts == [1, 1, 1, 1]


def test_another_federation_is_refused_and_leaves_nothing(cast: Cast) -> None:
    before = Party.objects.count(), User.objects.count(), RoleTemplate.objects.count()
    with pytest.raises(CommandError, match="federation of another name"):
        run("found_federation", **FEDERATION, **RIITTA)
    assert before == (Party.objects.count(), User.objects.count(), RoleTemplate.objects.count())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email": "riitta"}, "not an e-mail address"),
        ({"last_name": " "}, "Say who it is"),
        ({"member": "123"}, "not a member number"),
    ],
)
def test_what_is_missing_is_said(empty: None, change: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run("found_federation", **FEDERATION, **(RIITTA | change))
    assert not OrgUnit.objects.exists()


def test_associations_and_their_people_follow(empty: None, client: Client) -> None:
    run("found_federation", **FEDERATION, **RIITTA)
    run("add_unit", kind="regional", name="Pohjoinen liitto", parent="1")
    run("add_unit", kind="association", name="Kuusilahden yhdistys", parent="pohjoinen-liitto")
    unit = OrgUnit.objects.get(name_fi="Kuusilahden yhdistys")
    assert UnitClosure.objects.filter(descendant=unit, ancestor__number=1).count() == 2
    aino = {"email": "aino@kuusilahti.example", "first_names": "Aino", "last_name": "Sihteeri"}
    run("appoint", unit=str(unit.number), role="secretary", **aino)
    sign_in(client, aino["email"])
    assert client.get(f"/toimisto/yhdistykset/{unit.pk}/").status_code == 200
    assert client.get(f"/toimisto/yhdistykset/{OrgUnit.objects.get(number=1).pk}/").status_code == 404


def test_a_unit_is_made_once_and_where_it_belongs(cast: Cast) -> None:
    number = str(cast.units["a"].number)
    with pytest.raises(CommandError, match="does not belong under"):
        run("add_unit", kind="association", name="Uusi", parent=number)
    with pytest.raises(CommandError, match="already"):
        run("add_unit", kind="association", name="Kuusilahden tuottajayhdistys", parent="1")
    with pytest.raises(CommandError, match="no unit 999"):
        run("add_unit", kind="association", name="Uusi", parent="999")


def test_a_member_is_not_entered_a_second_time(cast: Cast) -> None:
    where = {"unit": str(cast.units["b"].number), "role": "chair"}
    with mutation(actor=None, kind="test"):
        PartyLogin.objects.filter(party=cast.parties["maija"]).delete()
    with pytest.raises(CommandError, match="--member"):
        run("appoint", **where, email="maija@example.fi", first_names="Maija", last_name="Metsäpelto")
    with pytest.raises(CommandError, match="no such role"):
        run("appoint", **(where | {"role": "king"}), **RIITTA)


def test_a_login_stays_with_its_person(cast: Cast) -> None:
    where = {"unit": str(cast.units["b"].number), "role": "chair"}
    run("appoint", **where, email="bo@example.fi", member=cast.parties["bo"].number)
    assert Mandate.objects.filter(party=cast.parties["bo"], template__code="chair").count() == 1
    with pytest.raises(CommandError, match="belongs to somebody else"):
        run("appoint", **where, email="bo@example.fi", member=cast.parties["maija"].number)
