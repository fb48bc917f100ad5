"""The pages of consents: one's own, the join form, the office, the words (REG-14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import consents
from members.models import ConsentEvent, ConsentPurpose, ConsentText, JoinRequest, Membership
from members.services import consenting, erasing, lifecycle
from tests.cast import TODAY, Cast
from tests.members.consents.helpers import holds, say
from tests.members.helpers import form_values, set_rules
from tests.post import deliver

OWN = reverse("portal:consents")
TEXTS = reverse("office:consent_texts")
WRITE = reverse("office:consent_write", args=["events"])


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def seen(cast: Cast, unit: str = "a", prefix: str = "", *held: str) -> dict[str, str]:
    """The hidden fields of a page opened now; `held`: what was ticked, as "purpose channel"."""
    texts = consents.texts_for([cast.units[unit].pk], TODAY)
    found = {f"{prefix}seen_{purpose}": str(text.pk) for (purpose, _unit), text in texts.items()}
    for purpose in ConsentPurpose.objects.order_by("pk"):
        ticked = [one.split()[1] for one in held if one.split()[0] == purpose.pk]
        found[f"{prefix}was_{purpose.pk}"] = ",".join(ticked)
    return found


# --- one's own pages ------------------------------------------------------------------------------------------------
def choose(client: Client, cast: Cast, held: tuple[str, ...] = (), **ticked: list[str]):  # type: ignore[no-untyped-def]
    a = cast.units["a"]
    prefix = f"u{a.pk}-"
    data = seen(cast, "a", prefix, *held) | {"unit": str(a.pk)}
    return client.post(OWN, data | {prefix + name: channels for name, channels in ticked.items()})


def test_a_member_allows_and_takes_back_by_the_same_button(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "maija")
    maija, a = cast.parties["maija"], cast.units["a"]
    html = client.get(OWN).content.decode()
    assert html.count("Tallenna valinnat") == 2  # of both associations
    assert choose(client, cast, events=["email"], photos=["web", "print"]).status_code == 302
    assert holds(maija, units=[a])
    assert not holds(maija, units=[cast.units["a2"]])
    event = ConsentEvent.objects.filter(party=maija, purpose="events").get()
    assert (event.source, event.actor, event.text) == (
        "portal", cast.users["maija"], ConsentText.objects.get(purpose="events"),
    )  # fmt: skip
    assert "Sallittu" in client.get(OWN).content.decode()
    choose(client, cast, ("events email", "photos web", "photos print"), photos=["print"])
    assert not holds(maija)
    assert not holds(maija, "photos", "web")
    assert holds(maija, "photos", "print")


def test_a_page_left_open_gives_nothing_back_that_was_taken_since(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "maija")
    maija = cast.parties["maija"]
    choose(client, cast, events=["email"])
    say(maija, cast.units["a"], given=False, hour=23)
    choose(client, cast, ("events email",), events=["email"], photos=["web"])
    assert not holds(maija)
    assert holds(maija, "photos", "web")


def test_words_that_changed_meanwhile_are_read_first(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "maija")
    a = cast.units["a"]
    old = seen(cast, "a", f"u{a.pk}-")
    consenting.write_text(
        actor=cast.users["aino"], purpose=ConsentPurpose.objects.get(pk="events"), unit=a,
        words={"fi": "Uudet sanat", "sv": "Nya ord", "en": "New words"}, valid_from=TODAY, asks_again=False, on=TODAY,
    )  # fmt: skip
    response = client.post(OWN, old | {"unit": a.pk, f"u{a.pk}-events": ["email"]})
    html = response.content.decode()
    assert response.status_code == 200
    assert "Teksti muuttui" in html
    assert "Uudet sanat" in html
    assert not ConsentEvent.objects.exists()


def test_another_association_cannot_be_told(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "maija")
    b = cast.units["b"]
    client.post(OWN, seen(cast, "b", f"u{b.pk}-") | {"unit": b.pk, f"u{b.pk}-events": ["email"]})
    assert not ConsentEvent.objects.exists()


def test_without_a_membership_nothing_is_asked(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    assert "Mikään yhdistys ei kysy" in client.get(OWN).content.decode()
    assert cast.sign_in(Client(), "ulla").get(OWN).status_code == 404


# --- the join form --------------------------------------------------------------------------------------------------
FORM = reverse("public:join", args=["a"])


def send(client: Client, cast: Cast, **values: object):  # type: ignore[no-untyped-def]
    typed = {
        "first_names": "Sirkka-Liisa", "last_name": "Koskenniemi", "email": "sirkka@example.fi", "street": "Myllytie 2",
        "postal_code": "33100", "home_municipality": "837", "type": cast.types["personal"].pk, "agreed": "on",
    }  # fmt: skip
    return client.post(FORM, form_values(client.get(FORM), **{**typed, **values}))


def confirm(client: Client) -> None:
    found = re.search(r"http://\S+(/liity/vahvista/\S+)", str(deliver()[-1].body))
    assert found
    client.post(found.group(1))


def test_the_form_asks_with_unticked_boxes_what_needs_consent_and_nothing_else(
    client: Client, cast: Cast
) -> None:
    form = client.get(FORM).context["form"]
    assert [bound.name for bound in form.consents] == [
        "events",
        "benefits",
        "photos",
        "public_name",
        "partners",
    ]
    assert all(not bound.value() for bound in form.consents)


def test_what_was_ticked_counts_when_the_membership_begins(client: Client, cast: Cast) -> None:
    assert send(client, cast, events=["email"], photos=["print"]).status_code == 302
    text = ConsentText.objects.get(purpose="events")
    assert ["events", "email", text.pk] in JoinRequest.objects.get().data["consents"]
    confirm(client)
    membership = Membership.objects.latest("pk")
    party = membership.party
    assert JoinRequest.objects.get().data == {}
    event = ConsentEvent.objects.get(party=party, purpose="events")
    assert (event.source, event.text, event.at) == ("form", text, JoinRequest.objects.get().created_at)
    assert not holds(party)
    lifecycle.admit(actor=None, membership=membership, decided_on=TODAY, effective_on=TODAY)
    assert holds(party)
    assert holds(party, "photos", "print")
    assert not holds(party, "benefits")


def test_an_applicant_turned_down_leaves_nothing(client: Client, cast: Cast) -> None:
    send(client, cast, events=["email"])
    confirm(client)
    membership = Membership.objects.latest("pk")
    lifecycle.reject(actor=None, membership=membership, decided_on=TODAY, reason="")
    assert not holds(membership.party)
    erasing.erase(actor=cast.users["riitta"], party_id=membership.party_id, on=TODAY, at=clock.now())
    assert not ConsentEvent.objects.filter(party=membership.party).exists()


def test_admitted_at_once_it_counts_at_once(client: Client, cast: Cast) -> None:
    set_rules(cast, "a", admission="automatic")
    with mutation(actor=None, kind="test"):
        type(cast.types["personal"]).objects.filter(pk=cast.types["personal"].pk).update(min_age=None)
    send(client, cast, events=["email"])
    confirm(client)
    assert ConsentEvent.objects.filter(purpose="events").count() == 1


def test_a_members_choices_are_not_changed_from_a_public_page(client: Client, cast: Cast) -> None:
    maija, a = cast.parties["maija"], cast.units["a"]
    lifecycle.start(actor=None, party=maija, unit=a, type=cast.types["personal"], started_on=TODAY)
    send(
        client, cast, first_names="Maija", last_name="Metsäpelto", email="maija@example.fi", events=["email"]
    )
    confirm(client)
    assert not ConsentEvent.objects.exists()


# --- the office -----------------------------------------------------------------------------------------------------
def tell_url(cast: Cast, party: str = "maija", unit: str = "a") -> str:
    return reverse("office:member_consent", args=[cast.parties[party].pk, cast.units[unit].pk])


def test_the_office_enters_what_was_told_by_telephone(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    data = seen(cast, "a", "", "newsletter email", "newsletter post") | {
        "newsletter": ["email", "post"], "events": ["sms"], "told_on": "20.11.2026",
    }  # fmt: skip
    response = client.post(tell_url(cast), data)
    assert set(response.context["form"].errors) == {"note"}
    assert client.post(tell_url(cast), data | {"note": "Soitti, luettiin ääneen"}).status_code == 302
    event = ConsentEvent.objects.get()
    assert (event.source, event.note, event.actor) == (
        "office",
        "Soitti, luettiin ääneen",
        cast.users["aino"],
    )
    assert clock.HELSINKI.fromutc(event.at.replace(tzinfo=clock.HELSINKI)).date() == date(2026, 11, 20)
    page = reverse("office:member_privacy", args=[cast.parties["maija"].pk])
    html = client.get(page).content.decode()
    assert "luettiin ääneen" in html
    assert "ilmoitettu toimistoon" in html
    history = client.get(reverse("office:member_history", args=[cast.parties["maija"].pk])).content.decode()
    assert "Salli: Tapahtumat ja koulutukset, tekstiviestillä" in history


def test_a_day_without_words_is_told_beside_the_day(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    data = seen(cast) | {"events": ["sms"], "told_on": "1.2.2000", "note": "Soitti"}
    assert set(client.post(tell_url(cast), data).context["form"].errors) == {"told_on"}
    assert not ConsentEvent.objects.exists()


def test_nothing_changed_is_told(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    data = seen(cast) | {"told_on": "22.11.2026", "note": "Soitti"}
    assert "Mikään ei muuttunut" in client.post(tell_url(cast), data).content.decode()


@pytest.mark.parametrize("name", ["bo", "olavi", "tiina", "kaarlo", "maija"])
def test_nobody_else_enters_or_sees_it(client: Client, cast: Cast, name: str) -> None:
    cast.sign_in(client, name)
    assert client.get(tell_url(cast)).status_code == 404
    assert client.post(tell_url(cast), {"note": "x"}).status_code == 404


def test_in_an_association_one_does_not_handle_nothing_is_entered_or_seen(client: Client, cast: Cast) -> None:
    say(cast.parties["maija"], cast.units["a2"], source="office", note="Salainen huomautus")
    cast.sign_in(client, "aino")
    assert client.get(tell_url(cast, unit="a2")).status_code == 404
    page = reverse("office:member_privacy", args=[cast.parties["maija"].pk])
    assert "Salainen huomautus" not in client.get(page).content.decode()


# --- the words ------------------------------------------------------------------------------------------------------
NEW = {
    "text_fi": "Uudet sanat", "text_sv": "Nya ord", "text_en": "New words", "valid_from": "1.12.2026", "asks_again": "on",
}  # fmt: skip


def test_new_words_are_looked_at_before_they_are_saved(client: Client, cast: Cast) -> None:
    say(cast.parties["maija"], cast.units["a"])
    cast.sign_in(client, "aino")
    html = client.post(WRITE, NEW).content.decode()
    for words in ("Uudet sanat", "Nya ord", "New words", "1 henkilön suostumus raukeaa 1.12.2026"):
        assert words in html
    assert ConsentText.objects.filter(purpose="events").count() == 1
    assert client.post(WRITE, NEW | {"save": "1"}).status_code == 302
    text = ConsentText.objects.get(purpose="events", unit=cast.units["a"])
    assert (text.number, text.written_by, text.valid_from) == (1, cast.users["aino"], date(2026, 12, 1))
    assert "1.12.2026" in client.get(TEXTS).content.decode()
    assert holds(cast.parties["maija"])
    assert not holds(cast.parties["maija"], on=date(2026, 12, 1))
    url = reverse("office:consent_take_back", args=[text.pk])
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 404
    assert holds(cast.parties["maija"], on=date(2026, 12, 1))


def test_words_are_given_in_every_language_and_not_for_the_past(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = client.post(WRITE, NEW | {"text_sv": "", "valid_from": "1.1.2026", "save": "1"})
    assert set(response.context["form"].errors) == {"text_sv", "valid_from"}
    assert "Uudet sanat" in response.content.decode()
    assert ConsentText.objects.filter(purpose="events").count() == 1


def test_the_union_writes_for_all_and_an_association_for_itself(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "riitta").post(WRITE, NEW | {"save": "1", "valid_from": "22.11.2026"})
    assert ConsentText.objects.get(purpose="events", number=2).unit is None
    own = cast.sign_in(Client(), "bo")
    own.post(WRITE, NEW | {"save": "1", "valid_from": "23.11.2026", "text_sv": "Våra ord"})
    text = ConsentText.objects.get(unit=cast.units["b"])
    shown = consents.texts_for([u.pk for u in cast.units.values()], TODAY + timedelta(days=1))
    assert shown["events", cast.units["b"].pk] == text
    assert shown["events", cast.units["a"].pk].unit is None
    assert (
        cast.sign_in(Client(), "aino").post(reverse("office:consent_take_back", args=[text.pk])).status_code
        == 404
    )


@pytest.mark.parametrize("name", ["olavi", "tiina", "kaarlo", "maija", "ulla"])
def test_words_are_written_by_those_who_handle_data_protection(client: Client, cast: Cast, name: str) -> None:
    cast.sign_in(client, name)
    assert client.get(TEXTS).status_code == 404
    assert client.post(WRITE, NEW | {"save": "1"}).status_code == 404
    assert ConsentText.objects.filter(purpose="events").count() == 1
