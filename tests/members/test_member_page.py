"""The member page with everything at once: who sees what of whom (REG-7, REG-11, REG-12)."""

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.common import clock
from members import panels
from members.services import households, lifecycle
from tests.cast import TODAY, Cast
from tests.members.helpers import appoint

PAGES = ["member", "member_history", "member_access"]


@pytest.fixture(autouse=True)
def _today():  # type: ignore[no-untyped-def]
    with clock.frozen(TODAY):
        yield


def page(client: Client, cast: Cast, who: str, whose: str, name: str = "member") -> str:
    response = cast.sign_in(client, who).get(reverse(f"office:{name}", args=[cast.parties[whose].pk]))
    assert response.status_code == 200, (who, whose, name)
    return response.content.decode()


def status(client: Client, cast: Cast, who: str, whose: str, name: str = "member") -> int:
    return cast.sign_in(client, who).get(reverse(f"office:{name}", args=[cast.parties[whose].pk])).status_code


def test_everything_at_once(client: Client, cast: Cast) -> None:
    html = page(client, cast, "aino", "maija")
    for fact in (
        "Metsäpelto Maija",
        cast.parties["maija"].number,
        "Kuusilahden tuottajayhdistys",
        "Maatalousyrittäjä",
        "Koivulantie 148",
        "050 555 0142",
        "Helsinki",
        "Koivula",
        "1572860-0",
        "30,00",
        "Jäsensihteeri",
    ):
        assert fact in html, fact


def test_a_membership_outside_the_scope_is_not_told(client: Client, cast: Cast) -> None:
    assert "Järven metsänhoitoyhdistys" not in page(client, cast, "aino", "maija")
    assert "Järven metsänhoitoyhdistys" in page(client, cast, "tiina", "maija")


@pytest.mark.parametrize(
    ("who", "whose"),
    [("bo", "maija"), ("aino", "lotta"), ("tiina", "lotta"), ("ulla", "maija"), ("maija", "maija")],
)
@pytest.mark.parametrize("name", PAGES)
def test_outside_the_scope_there_is_no_such_member(
    client: Client, cast: Cast, who: str, whose: str, name: str
) -> None:
    assert status(client, cast, who, whose, name) == 404


def test_a_stranger_is_sent_to_log_in(client: Client, cast: Cast) -> None:
    response = client.get(reverse("office:member", args=[cast.parties["maija"].pk]))
    assert response.status_code == 302
    assert "/tili/" in response.headers["Location"]


def test_an_unknown_key_is_404(client: Client, cast: Cast) -> None:
    assert cast.sign_in(client, "riitta").get(reverse("office:member", args=[999_999])).status_code == 404


def test_class_a_sees_the_name_and_the_municipality_only(client: Client, cast: Cast) -> None:
    from tests.members.helpers import appoint

    appoint(cast, "ulla", "regional_director", "region1")
    html = page(client, cast, "ulla", "maija")
    assert "Metsäpelto Maija" in html
    assert "Helsinki" in html
    for hidden in ("Koivulantie", "050 555", "maija@example.fi", "Koivula", "1572860-0", "30,00"):
        assert hidden not in html, hidden
    assert not AccessLog.objects.filter(party_id=cast.parties["maija"].pk).exists()


def test_a_look_at_more_than_contacts_is_logged_and_counted(client: Client, cast: Cast) -> None:
    maija = cast.parties["maija"]
    page(client, cast, "aino", "maija")
    entry = AccessLog.objects.get(party_id=maija.pk)
    assert (entry.user, entry.action, entry.classes) == (cast.users["aino"], "view", "ABCD")
    html = page(client, cast, "aino", "maija", "member_access")
    assert "Aino Sihteeri" in html
    assert "Katsoi: nimi ja kunta, yhteystiedot, perhe, ikä ja maksuperusteet" in html


def test_history_and_views_need_their_own_right(client: Client, cast: Cast) -> None:
    html = page(client, cast, "olavi", "maija")
    assert reverse("office:member_history", args=[cast.parties["maija"].pk]) not in html
    assert status(client, cast, "olavi", "maija", "member_history") == 404
    assert status(client, cast, "olavi", "maija", "member_access") == 404


def test_the_history_says_what_and_who(client: Client, cast: Cast) -> None:
    from members.services.registering import update_party

    update_party(party=cast.parties["maija"], values={"language": "sv"}, actor=cast.users["aino"])
    html = page(client, cast, "aino", "maija", "member_history")
    assert "Aino Sihteeri" in html
    assert "suomi → ruotsi" in html.lower()
    assert "Järven metsänhoitoyhdistys" not in html


def test_family_in_another_association_has_no_name(client: Client, cast: Cast) -> None:
    households.add_link(
        actor=None, party=cast.parties["maija"], other=cast.parties["lotta"], kind="spouse", on=TODAY
    )
    assert "Ängström" not in page(client, cast, "aino", "maija")
    assert "Ängström" in page(client, cast, "riitta", "maija")
    assert "Metsäpelto" in page(client, cast, "riitta", "lotta")


def test_links_to_editing_follow_the_rights(client: Client, cast: Cast) -> None:
    edit = reverse("office:member_edit", args=[cast.parties["maija"].pk])
    assert edit in page(client, cast, "aino", "maija")
    assert edit not in page(client, cast, "tiina", "maija")


def test_a_panel_from_above_stands_on_the_page_for_those_who_hold_its_class(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "_panels", {})

    @panels.register("test", order=30, classes="D")
    def _panel(asked: panels.Asked) -> panels.Panel:
        facts = {"events": []}
        return panels.Panel(
            "Kokeilu", "office/members/_history.html", facts, aside="Avoinna 45,00 €", tab_url="/x/", count=3
        )

    html = page(client, cast, "aino", "maija")
    assert "Kokeilu" in html
    assert "Avoinna 45,00 €" in html
    from tests.members.helpers import appoint

    appoint(cast, "ulla", "chair", "a")
    assert "Kokeilu" not in page(client, cast, "ulla", "maija")


def test_an_ended_and_an_organisation_member(client: Client, cast: Cast) -> None:
    membership = cast.parties["maija"].memberships.get(unit=cast.units["a"])
    lifecycle.end(actor=None, membership=membership, kind="resigned", effective_on=TODAY)
    html = page(client, cast, "aino", "maija")
    assert "Päättynyt" in html
    assert "–21.11.2026" in html, "the last day of the membership"
    assert "viimeinen päivä 21.11.2026" in html
    html = page(client, cast, "aino", "estate")
    assert "Niittyvirta Marjatta kuolinpesä" in html


def test_few_queries(client: Client, cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    address = reverse("office:member", args=[cast.parties["maija"].pk])
    cast.sign_in(client, "tiina").get(address)
    with django_assert_max_num_queries(22):
        client.get(address)


def test_who_sees_is_told_by_degree(cast: Cast) -> None:
    from django.utils import translation

    from members.seers import who_sees
    from tests.members.helpers import appoint

    appoint(cast, "ulla", "regional_director", "region1")
    appoint(cast, "maija", "regional_director", "region2")
    with translation.override("fi"):
        seen = {
            level.level: level.lines
            for level in who_sees(frozenset([cast.units["a"].pk]), frozenset(), TODAY)
        }
    assert seen == {
        "Kaikki tiedot": [
            "Kuusilahden tuottajayhdistys: jäsensihteeri, taloudenhoitaja",
            "Järvi-Hämeen liitto: liiton taloudenhoitaja",
            "Malliliitto: rekisterivastaava, turvakiellon käsittelijä",
        ],
        "Nimi ja kunta": ["Järvi-Hämeen liitto: aluejohtaja"],
    }


def test_the_history_is_whole_over_its_pages(cast: Cast) -> None:
    """Every act and every event stands on exactly one page, whatever the page's length."""
    from members import history, reading
    from members.scope import Scope
    from members.services.registering import update_party

    maija = cast.parties["maija"]
    membership = maija.memberships.get(unit=cast.units["a"])
    for number in range(4):
        update_party(
            party=maija, values={"invoice_channel": ["post", "email"][number % 2]}, actor=cast.users["aino"]
        )
        lifecycle.exempt_from_fee(
            actor=cast.users["aino"], membership=membership, until=TODAY, reason=f"Syy {number}", on=TODAY
        )
    subject = reading.subject(Scope.for_user(cast.users["aino"], on=TODAY), maija.pk, on=TODAY)
    whole = history.of_member(subject, limit=100).acts
    paged, before = [], None
    for _ in range(20):
        page = history.of_member(subject, limit=2, before=before)
        paged += page.acts
        before = page.next
        if before is None:
            break
    assert sorted(act.lines for act in paged) == sorted(act.lines for act in whole)
    assert sum("Syy" in line for act in paged for line in act.lines) == 4


# --- who pays for whom ----------------------------------------------------------------------------------------------
def pays_for(cast: Cast, payer: str, unit: str = "a", who: str = "maija") -> None:
    membership = cast.parties[who].memberships.get(unit=cast.units[unit])
    lifecycle.set_payer(actor=None, membership=membership, payer=cast.parties[payer], on=TODAY)


def test_both_see_who_pays_for_whom(client: Client, cast: Cast) -> None:
    pays_for(cast, "estate")
    cast.sign_in(client, "olavi")
    member = client.get(reverse("office:member", args=[cast.parties["maija"].pk])).content.decode()
    assert "Maksaja:" in member
    assert "Niittyvirta Marjatta kuolinpesä" in member
    payer = client.get(reverse("office:member", args=[cast.parties["estate"].pk])).content.decode()
    assert "Maksaa toisten puolesta" in payer
    assert "Metsäpelto Maija" in payer
    other = client.get(reverse("office:member", args=[cast.parties["siiri"].pk])).content.decode()
    assert "Maksaa toisten puolesta" not in other


def test_who_pays_is_shown_within_reach_and_to_those_who_see_money(client: Client, cast: Cast) -> None:
    pays_for(cast, "lotta")
    cast.sign_in(client, "olavi")
    member = client.get(reverse("office:member", args=[cast.parties["maija"].pk])).content.decode()
    assert "Ängström" not in member, "a payer of another association is not named"
    assert "Maksaja on toinen" in member
    pays_for(cast, "siiri")
    appoint(cast, "ulla", "regional_director", "region1")
    cast.sign_in(client, "ulla")
    payer = client.get(reverse("office:member", args=[cast.parties["siiri"].pk])).content.decode()
    assert "Maksaa toisten puolesta" not in payer
    bo = cast.sign_in(client, "bo").get(reverse("office:member", args=[cast.parties["lotta"].pk]))
    assert "Metsäpelto" not in bo.content.decode()


def test_the_contact_card_leads_to_its_fields(client: Client, cast: Cast) -> None:
    edit = f"{reverse('office:member_edit', args=[cast.parties['maija'].pk])}#osa2"
    assert edit in page(client, cast, "aino", "maija")
    siiri = reverse("office:member_edit", args=[cast.parties["siiri"].pk])
    assert f"{siiri}#osa2" not in page(client, cast, "aino", "siiri"), (
        "what is hidden is not changed in passing"
    )
