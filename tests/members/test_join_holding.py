"""A type whose fee is counted from a holding: asked of the applicant, told to the board, waiting until it is entered."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Membership, OrgUnit
from members.scope import Scope
from members.services import editing, lifecycle
from members.waiting import NO_HOLDING, Asked
from tests.cast import TODAY, Cast
from tests.members.test_join import APPLICATIONS, applied, decide, send


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def farmer(client: Client, cast: Cast, **values: object) -> Membership:
    told = {"holding_name": "Koskela", "holding_y_tunnus": "1234567-1", "holding_size": "peltoa 30"}
    return applied(client, cast, type=cast.types["farmer"].pk, **(told | values))


def waiting_pks(cast: Cast, who: str = "aino") -> set[int]:
    asked = Asked(Scope.for_user(cast.users[who], on=TODAY), TODAY)
    return set(NO_HOLDING.rows(asked).values_list("pk", flat=True))


def test_the_form_asks_for_the_holding_where_the_type_needs_one(client: Client, cast: Cast) -> None:
    missing = send(client, cast, type=cast.types["farmer"].pk)
    assert set(missing.context["form"].errors) == {"holding_name"}
    assert "Koivula" in missing.content.decode()
    wrong = send(
        client, cast, type=cast.types["farmer"].pk, holding_name="Koskela", holding_y_tunnus="1234567-2"
    )
    assert set(wrong.context["form"].errors) == {"holding_y_tunnus"}
    assert "Koskela" in wrong.content.decode()
    assert send(client, cast).status_code == 302, "others tell of none"


def test_hectares_are_numbers(client: Client, cast: Cast) -> None:
    told = {"type": cast.types["farmer"].pk, "holding_name": "Koskela"}
    wrong = send(client, cast, **told, holding_size="peltoa paljon")
    assert set(wrong.context["form"].errors) == {"holding_size"}
    assert "peltoa paljon" in wrong.content.decode()
    assert send(client, cast, **told, holding_size="30 ha").status_code == 302


def test_the_rules_are_linked_or_told_where_to_ask(client: Client, cast: Cast) -> None:
    url = reverse("public:join", args=["a"])
    with mutation(actor=None, kind="test"):
        OrgUnit.objects.filter(slug="a").update(website="", email="toimisto@kuusilahti.example")
    html = client.get(url).content.decode()
    assert "Pyydä säännöt yhdistykseltä" in html
    assert "mailto:toimisto@kuusilahti.example" in html
    with mutation(actor=None, kind="test"):
        OrgUnit.objects.filter(slug="a").update(website="https://kuusilahti.example/")
    html = client.get(url).content.decode()
    assert 'href="https://kuusilahti.example/"' in html
    assert "Pyydä säännöt" not in html


def test_the_board_reads_what_was_told_and_enters_it(client: Client, cast: Cast) -> None:
    membership = farmer(client, cast)
    cast.sign_in(client, "aino")
    html = client.get(APPLICATIONS).content.decode()
    assert "Koskela, 1234567-1, peltoa 30" in html
    add = reverse("office:holding_add", args=[membership.party_id])
    assert "Tila puuttuu" in html
    assert add in html
    client.post(add, {"name": "Koskela", "y_tunnus": "1234567-1"})
    membership.refresh_from_db()
    assert membership.holding is not None
    assert membership.holding.name == "Koskela"
    assert "Tila puuttuu" not in client.get(APPLICATIONS).content.decode()


def test_admitting_without_the_holding_warns_and_it_waits(client: Client, cast: Cast) -> None:
    membership = farmer(client, cast)
    cast.sign_in(client, "aino")
    assert decide(client, membership).status_code == 302
    html = client.get(APPLICATIONS).content.decode()
    assert "Tila puuttuu: Koskenniemi Sirkka-Liisa" in html
    assert membership.party_id in waiting_pks(cast)
    assert membership.party_id not in waiting_pks(cast, "bo")
    found = client.get(reverse("office:members"), {"lacks": "holding"}).content.decode()
    assert "Koskenniemi Sirkka-Liisa" in found
    assert "Metsäpelto Maija" not in found
    assert "lacks=holding" in client.get(reverse("office:home")).content.decode()


def test_types_without_a_holding_warn_of_nothing(client: Client, cast: Cast) -> None:
    membership = applied(client, cast)
    cast.sign_in(client, "aino")
    assert "Tila puuttuu" not in client.get(APPLICATIONS).content.decode()
    decide(client, membership)
    assert "Tila puuttuu" not in client.get(APPLICATIONS).content.decode()
    assert membership.party_id not in waiting_pks(cast)


def test_a_protected_applicants_holding_is_shown_to_nobody(client: Client, cast: Cast) -> None:
    membership = farmer(client, cast)
    editing.edit_party(
        actor=None, party=membership.party, values={"non_disclosure": True}, expected={}, on=TODAY
    )
    cast.sign_in(client, "aino")
    for page in (APPLICATIONS, reverse("office:member", args=[membership.party_id])):
        assert "Koskela" not in client.get(page).content.decode()


def test_nothing_is_promised_that_is_not_done(client: Client, cast: Cast) -> None:
    """No letter goes out of the board's decision: neither the applicant nor the board is told that one does."""
    assert send(client, cast).status_code == 302
    pages = [client.get(reverse("public:join_sent", args=["a"]))]
    applied(client, cast, first_names="Toinen", email="toinen@example.fi")
    cast.sign_in(client, "aino")
    pages.append(client.get(APPLICATIONS))
    assert "päätöksestä sähköpostilla" not in " ".join(page.content.decode() for page in pages)
    assert "kerro päätös hakijoille itse" in pages[-1].content.decode().lower()


def test_the_holding_goes_to_the_membership_that_needs_one(client: Client, cast: Cast) -> None:
    lotta = cast.parties["lotta"]
    personal = lifecycle.start(
        actor=None, party=lotta, unit=cast.units["b"], type=cast.types["personal"], started_on=TODAY
    )
    cast.sign_in(client, "bo")
    client.post(reverse("office:holding_add", args=[lotta.pk]), {"name": "Strandgård"})
    personal.refresh_from_db()
    assert personal.holding is None
    assert lotta.memberships.get(type=cast.types["farmer"]).holding is not None
