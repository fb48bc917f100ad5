"""Joining without a login: the form, the letter, the confirmation, the board (REG-5)."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import JoinRequest, Membership, MembershipType, Party
from members.services import editing, joining, lifecycle
from members.views.join import SALT
from tests.cast import TODAY, Cast
from tests.members.helpers import form_values, set_rules
from tests.post import deliver

FORM = reverse("public:join", args=["a"])


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def typed(cast: Cast, **values: object) -> dict[str, object]:
    basic = {
        "first_names": "Sirkka-Liisa",
        "last_name": "Koskenniemi",
        "email": "sirkka@example.fi",
        "phone": "050 555 0119",
        "street": "Myllylammentie 22",
        "postal_code": "33100",
        "home_municipality": "837",
        "type": cast.types["personal"].pk,
        "agreed": "on",
    }
    return {**basic, **values}


def send(client: Client, cast: Cast, **values: object):  # type: ignore[no-untyped-def]
    return client.post(FORM, form_values(client.get(FORM), **typed(cast, **values)))


def link() -> str:
    return re.search(r"http://\S+(/liity/vahvista/\S+)", deliver()[-1].body).group(1)  # type: ignore[union-attr]


def applied(client: Client, cast: Cast, **values: object) -> Membership:
    assert send(client, cast, **values).status_code == 302
    client.post(link())
    return Membership.objects.latest("pk")


# --- the form -------------------------------------------------------------------------------------------------------
def test_the_form_is_open_to_everyone_in_three_languages(client: Client, cast: Cast) -> None:
    assert "Kuusilahden tuottajayhdistys" in client.get(reverse("public:join_index")).content.decode()
    for language, word in (("fi", "Etunimet"), ("sv", "Förnamn"), ("en", "First names")):
        html = client.get(FORM, headers={"accept-language": language}).content.decode()
        assert word in html
        assert f'lang="{language}"' in html
    assert client.get(reverse("public:join_privacy", args=["a"])).status_code == 200


@pytest.mark.parametrize("slug", ["union", "region1", "ei-ole"])
def test_only_associations_with_members_have_a_form(client: Client, cast: Cast, slug: str) -> None:
    assert client.get(f"/liity/{slug}/").status_code == 404


@pytest.mark.parametrize(
    ("words", "found"), [("kuusi", 1), ("granvik", 1), ("mallilii", 0), ("zzz", 0), ("tuottaja", 4)]
)
def test_associations_are_found_by_name(client: Client, cast: Cast, words: str, found: int) -> None:
    response = client.get(reverse("public:join_index"), {"q": words})
    assert len(response.context["units"]) == found


def test_errors_keep_what_was_typed(client: Client, cast: Cast) -> None:
    response = send(
        client, cast, email="sirkkaliisa.esimerkki.fi", postal_code="5899", type=None, agreed=None
    )
    html = response.content.decode()
    assert set(response.context["form"].errors) == {"email", "postal_code", "type", "agreed"}
    assert "Tarkista 4 kohtaa" in html
    assert "sirkkaliisa.esimerkki.fi" in html
    assert "5899" in html
    assert "Virhe:" in html
    assert not JoinRequest.objects.exists()
    assert not deliver()


def test_a_minor_names_a_guardian(client: Client, cast: Cast) -> None:
    assert "guardian_name" in send(client, cast, minor="on").context["form"].errors
    membership = applied(
        client, cast, minor="on", guardian_name="Kaisa Koskenniemi", guardian_phone="050 555 0120"
    )
    event = membership.events.get()
    assert "Kaisa Koskenniemi" in event.data["guardian"]
    assert event.reason == ""


@pytest.mark.parametrize("earlier", [True, False])
def test_a_protected_minors_guardian_is_shown_to_nobody(client: Client, cast: Cast, *, earlier: bool) -> None:
    """Neither when the form tells of the order nor when it comes later; a custodian sees it once with a reason."""
    told = {"minor": "on", "guardian_name": "Kaisa Piilo", "guardian_phone": "050 555 0120"}
    membership = applied(client, cast, **told, non_disclosure="on" if earlier else None)
    party = membership.party
    pages = [reverse("office:applications")] + [
        reverse(f"office:{name}", args=[party.pk]) for name in ("member", "member_history", "member_edit")
    ]
    cast.sign_in(client, "aino")
    if not earlier:
        assert "Kaisa Piilo" in client.get(pages[0]).content.decode()
        editing.edit_party(actor=None, party=party, values={"non_disclosure": True}, expected={}, on=TODAY)
    for page in pages:
        html = client.get(page).content.decode()
        assert "Piilo" not in html, page
        assert "555 0120" not in html, page
        assert "0505550120" not in html, page
    assert "Alle 18-vuotias. Huoltajan tietoja ei näytetä" in client.get(pages[0]).content.decode()
    unmask = reverse("office:member_unmask", args=[party.pk])
    shown = cast.sign_in(client, "kaarlo").post(unmask, {"reason": "Huoltajalle soitetaan"})
    assert "Kaisa Piilo" in shown.content.decode()


def test_an_age_limit_asks_for_the_date_of_birth(client: Client, cast: Cast) -> None:
    with mutation(actor=None, kind="test.type"):
        MembershipType.objects.filter(federation_code="personal").update(min_age=15)
    assert "birth_date" in send(client, cast).context["form"].errors
    assert "type" in send(client, cast, birth_date="1.1.2015").context["form"].errors
    membership = applied(client, cast, birth_date="1.1.1990")
    assert membership.party.person.birth_date_purpose


# --- the letter and the confirmation --------------------------------------------------------------------------------
def test_nothing_stands_in_the_register_before_the_confirmation(client: Client, cast: Cast) -> None:
    parties = Party.objects.count()
    assert send(client, cast).headers["Location"] == reverse("public:join_sent", args=["a"])
    assert client.get(reverse("public:join_sent", args=["a"])).status_code == 200
    assert (Party.objects.count(), JoinRequest.objects.count(), len(deliver())) == (parties, 1, 1)
    assert mail.outbox[0].to == ["sirkka@example.fi"]
    client.get(link())
    client.head(link())
    assert Party.objects.count() == parties, "a mail scanner that opens the link confirms nothing"


def test_the_button_confirms_once(client: Client, cast: Cast) -> None:
    membership = applied(client, cast)
    assert (membership.state, membership.unit) == ("applied", cast.units["a"])
    assert membership.party.display_name == "Koskenniemi Sirkka-Liisa"
    assert membership.party.home_municipality == "837"
    assert {c.source for c in membership.party.contact_points.all()} == {"form"}
    assert JoinRequest.objects.get().data == {}
    count = Party.objects.count()
    assert client.post(link()).status_code == 200
    assert Party.objects.count() == count


def test_pressing_send_twice_sends_one_letter(client: Client, cast: Cast) -> None:
    values = form_values(client.get(FORM), **typed(cast))
    assert client.post(FORM, values).status_code == client.post(FORM, values).status_code == 302
    assert len(deliver()) == JoinRequest.objects.count() == 1


def test_a_bad_or_old_link(client: Client, cast: Cast) -> None:
    send(client, cast)
    good = link()
    for token in ("x", "a:b:c", signing.dumps(999_999, salt=SALT), signing.dumps(1, salt="other")):
        assert client.get(reverse("public:join_confirm", args=[token])).status_code == 410
    with clock.frozen(TODAY + timedelta(days=15)):
        assert client.post(good).status_code == 410
        assert joining.purge(now=clock.now()) == 1
    assert not JoinRequest.objects.exists()
    assert client.get(good).status_code == 410


def test_a_robot_is_thanked_and_forgotten(client: Client, cast: Cast) -> None:
    assert send(client, cast, website="http://spam.example").status_code == 302
    assert not JoinRequest.objects.exists()
    assert not deliver()


def test_too_many_applications_from_one_address_wait(client: Client, cast: Cast) -> None:
    for _ in range(6):
        assert send(client, cast).status_code == 302
    response = send(client, cast)
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert "Sirkka-Liisa" in response.content.decode()


def test_the_answers_do_not_tell_who_is_a_member(client: Client, cast: Cast) -> None:
    """A known member's name and address give byte for byte the same pages, but for the tokens."""

    def answers(**values: object) -> list[str]:
        pages = [send(client, cast, **values)]
        pages.append(client.get(pages[0].headers["Location"]))
        pages.append(client.get(link()))
        pages.append(client.post(link()))
        strip = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|/liity/vahvista/[^"&]*')
        return [strip.sub("", page.content.decode()) for page in pages]

    known = {"first_names": "Maija", "last_name": "Metsäpelto", "email": "maija@example.fi"}
    farmer = {"type": cast.types["farmer"].pk, "holding_name": "Koskela"}
    assert answers(**known, **farmer) == answers(**farmer)


def test_a_certain_match_gets_the_application_and_keeps_its_data(client: Client, cast: Cast) -> None:
    maija = cast.parties["maija"]
    membership = applied(
        client,
        cast,
        first_names="Maija",
        last_name="Metsäpelto",
        email="maija@example.fi",
        street="Väärä tie 3",
    )
    assert membership.party == maija
    assert maija.contact_points.get(kind="address", valid_to__isnull=True).value == "Koivulantie 148"


def test_a_member_of_the_same_kind_gets_no_second_membership(client: Client, cast: Cast) -> None:
    count = Membership.objects.count()
    send(
        client,
        cast,
        first_names="Maija",
        last_name="Metsäpelto",
        email="maija@example.fi",
        type=cast.types["farmer"].pk,
        holding_name="Koivula",
    )
    assert client.post(link()).status_code == 200
    assert Membership.objects.count() == count


def test_a_non_disclosure_order_told_on_the_form_hides_from_the_first_moment(
    client: Client, cast: Cast
) -> None:
    membership = applied(client, cast, non_disclosure="on")
    assert membership.party.non_disclosure
    html = cast.sign_in(client, "aino").get(reverse("office:applications")).content.decode()
    assert "Koskenniemi" in html
    assert "Tampere" not in html


def test_automatic_admission_by_a_stored_decision(client: Client, cast: Cast) -> None:
    set_rules(cast, "a", admission="automatic")
    membership = applied(client, cast)
    assert (membership.state, membership.started_on) == ("active", TODAY)
    assert membership.events.get(kind="admitted").decision.body == "automatic"


def test_no_minor_is_admitted_without_the_board(client: Client, cast: Cast) -> None:
    set_rules(cast, "a", admission="automatic")
    membership = applied(
        client, cast, minor="on", guardian_name="Hilkka Huoltaja", guardian_phone="040 1234567"
    )
    assert membership.state == "applied"
    assert "Hilkka Huoltaja" in str(membership.events.get(kind="applied").data)


# --- the board ------------------------------------------------------------------------------------------------------
APPLICATIONS = reverse("office:applications")


def apply_for(cast: Cast, unit: str = "a", who: str = "lotta") -> Membership:
    return lifecycle.apply(
        actor=None, party=cast.parties[who], unit=cast.units[unit], type=cast.types["student"], on=TODAY
    )


def decide(client: Client, *rows: Membership, deed: str = "hyvaksy", **values: object):  # type: ignore[no-untyped-def]
    sent = {
        "valittu": [m.pk for m in rows],
        "paatos": deed,
        "decided_on": "20.11.2026",
        "section": "5 §",
        **values,
    }
    return client.post(APPLICATIONS, sent)


def test_several_are_admitted_with_one_decision_and_taken_back(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    rows = [apply_for(cast), apply_for(cast, who="siiri")]
    html = client.get(APPLICATIONS).content.decode()
    assert "Ängström Lotta" in html
    response = decide(client, *rows)
    assert response.status_code == 302
    decisions = set()
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.started_on.isoformat()) == ("active", "2026-11-20")
        decisions.add(row.events.get(kind="admitted").decision)
    assert [(d.section, d.body) for d in decisions] == [("5 §", "board")]
    undo = re.search(
        r'action="(/toimisto/hakemukset/kumoa/[^"]+)"', client.get(APPLICATIONS).content.decode()
    ).group(1)  # type: ignore[union-attr]
    assert client.post(undo).status_code == 302
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].started_on) == ("applied", None)
    client.post(undo)
    assert rows[0].events.count() == 3


def test_a_rejection_needs_its_reason(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    row = apply_for(cast)
    assert "reason" in decide(client, row, deed="hylkaa").context["form"].errors
    assert decide(client, row, deed="hylkaa", reason="Ei asu alueella").status_code == 302
    row.refresh_from_db()
    assert row.state == "rejected"


def test_errors_keep_the_choice(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    row = apply_for(cast)
    response = decide(client, row, decided_on="32.1.2026")
    assert "decided_on" in response.context["form"].errors
    assert "checked" in response.content.decode()
    assert decide(client).context["form"].non_field_errors()


def test_a_foreign_application_stops_the_whole_decision(client: Client, cast: Cast) -> None:
    own, foreign = apply_for(cast), apply_for(cast, "b", "maija")
    cast.sign_in(client, "aino")
    assert "Maija" not in client.get(APPLICATIONS).content.decode()
    assert decide(client, own, foreign).status_code == 404
    own.refresh_from_db()
    assert own.state == "applied"


@pytest.mark.parametrize("who", ["olavi", "tiina", "kaarlo", "ulla", "maija"])
def test_without_the_right_there_is_no_list(client: Client, cast: Cast, who: str) -> None:
    row = apply_for(cast)
    cast.sign_in(client, who)
    assert client.get(APPLICATIONS).status_code == 404
    assert decide(client, row).status_code == 404


def test_others_cannot_take_a_decision_back(client: Client, cast: Cast) -> None:
    row = apply_for(cast)
    done = joining.decide(
        actor=cast.users["aino"], memberships=[row], admitted=True, decided_on=TODAY, effective_on=TODAY
    )
    target = reverse("office:applications_undo", args=[done.pk])
    assert cast.sign_in(client, "bo").post(target).status_code == 404
    row.refresh_from_db()
    assert row.state == "active"


def test_decided_by_another_meanwhile(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    row = apply_for(cast)
    lifecycle.reject(actor=None, membership=row, decided_on=TODAY, reason="x")
    assert decide(client, row).context["form"].non_field_errors()


def test_the_list_asks_few_questions(client: Client, cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for who in ("lotta", "siiri", "estate", "maija"):
        apply_for(cast, who=who)
    cast.sign_in(client, "aino")
    with django_assert_max_num_queries(14):
        client.get(APPLICATIONS)
