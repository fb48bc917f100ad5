"""Ending and choosing letters: by the mail program's button, by a letter's link, on one's own pages (COM-2, RFC 8058)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communications import links, wishes
from communications.models import Channel, Delivery, Mailing, Preference, PreferenceSource, Topic
from communications.services import wishing
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import consents
from members.models import ConsentEvent, Party
from tests.cast import TODAY, Cast
from tests.members.consents.helpers import holds, say
from tests.members.merging.helpers import join
from tests.members.merging.helpers import person as entry

pytestmark = pytest.mark.django_db
BUTTON = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def letter(cast: Cast, topic: str = "newsletter", party: Party | None = None) -> Delivery:
    with mutation(actor=None, kind="test.letter"):
        mailing = Mailing.objects.create(
            unit=cast.units["a"], title="Kirje", topic=Topic.objects.get(code=topic)
        )
    return Delivery.objects.create(
        mailing=mailing,
        kind="letter",
        unit=cast.units["a"],
        party=party or cast.parties["maija"],
        address="maija@example.fi",
        address_key="maija@example.fi",
        created_at=clock.now(),
        next_at=clock.now(),
    )


def address(found: Delivery, name: str = "public:unsubscribe") -> str:
    return reverse(name, args=[links.token(links.UNSUBSCRIBE, found.pk)])


def refused(party: Party, topic: str = "newsletter") -> bool:
    condition = wishes.refused(Topic.objects.get(code=topic), Channel.EMAIL)
    return Party.objects.filter(condition, pk=party.pk).exists()


def strict() -> Client:
    """Without cookies and without a token of a form, as a mail program posts."""
    return Client(enforce_csrf_checks=True)


# --- one click --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("body", ["urlencoded", "multipart"])
def test_the_button_of_a_mail_program_ends_the_letters(cast: Cast, body: str) -> None:
    found = letter(cast)
    further: dict[str, Any] = {}
    data: Any = BUTTON
    if body == "urlencoded":
        data, further = "List-Unsubscribe=One-Click", {"content_type": "application/x-www-form-urlencoded"}
    answer = strict().post(address(found), data, **further)
    assert answer.status_code == 200
    assert refused(cast.parties["maija"])
    assert Preference.objects.get().source == PreferenceSource.ONE_CLICK
    assert not refused(cast.parties["maija"], "surveys")


def test_it_is_never_sent_elsewhere(cast: Cast, settings: Any) -> None:
    found = letter(cast)
    settings.SECURE_SSL_REDIRECT = True
    for path in (address(found), address(found).rstrip("/")):
        assert strict().post(path, BUTTON).status_code == 200
        assert strict().get(path).status_code == 200
    assert strict().get("/").status_code == 301


def test_opening_the_page_changes_nothing(cast: Cast) -> None:
    found = letter(cast)
    for name in ("public:unsubscribe", "public:letter_wishes"):
        for _again in range(2):
            answer = Client().get(address(found, name))
            assert answer.status_code == 200
            assert "maija@example.fi" not in answer.content.decode()
            assert "Metsäpelto" not in answer.content.decode()
    assert Client().head(address(found)).status_code == 200
    assert strict().post(address(found), {"something": "else"}).status_code == 200
    assert not Preference.objects.exists()


def test_a_second_click_writes_nothing(cast: Cast) -> None:
    found = letter(cast)
    strict().post(address(found), BUTTON)
    first = Preference.objects.get().at
    with clock.frozen(TODAY.replace(year=TODAY.year + 1)):
        strict().post(address(found), BUTTON)
    assert Preference.objects.get().at == first


def test_what_always_comes_cannot_be_ended(cast: Cast) -> None:
    found = letter(cast, "meetings")
    answer = strict().post(address(found), BUTTON)
    assert answer.status_code == 200
    assert not Preference.objects.exists()
    assert not refused(cast.parties["maija"], "meetings")


@pytest.mark.parametrize("token", ["1-0", "zz-" + "0" * 24, "x", "1z-" + "g" * 24])
def test_a_forged_link_opens_nothing(cast: Cast, token: str) -> None:
    found = letter(cast)
    forged = address(found).replace(links.token(links.UNSUBSCRIBE, found.pk), token)
    assert strict().post(forged, BUTTON).status_code == 404
    other = links.token(links.BOUNCE, found.pk)
    assert strict().post(reverse("public:unsubscribe", args=[other]), BUTTON).status_code == 404
    assert not Preference.objects.exists()


def test_a_letter_not_kept_any_more_says_what_to_do(cast: Cast) -> None:
    found = letter(cast)
    path = address(found)
    found.delete()
    assert strict().post(path, BUTTON).status_code == 410
    assert "Kirjaudu ja valitse" in Client().get(path).content.decode()


def test_a_joined_entry_is_the_one_that_goes_on(cast: Cast) -> None:
    one, other = entry(cast, "Pekka", "Pelto"), entry(cast, "Pekka", "Pelto")
    found = letter(cast, party=other)
    join(cast, one, other)
    assert strict().post(address(found), BUTTON).status_code == 200
    assert refused(one)


def test_ending_marketing_takes_the_consent_back(cast: Cast) -> None:
    maija = cast.parties["maija"]
    say(maija, cast.units["a"], hour=9)
    found = letter(cast, "events")
    strict().post(address(found), BUTTON)
    assert not holds(maija)
    last = ConsentEvent.objects.latest("pk")
    assert (last.given, last.source, last.unit) == (False, "link", cast.units["a"])
    count = ConsentEvent.objects.count()
    strict().post(address(found), BUTTON)
    assert ConsentEvent.objects.count() == count


# --- all choices ------------------------------------------------------------------------------------------------------
def form(client: Client, path: str) -> dict[str, Any]:
    """What the page would post unchanged."""
    shown = client.get(path).context["form"]
    ticked = {name: list(field.initial) for name, field in shown.fields.items()}
    return dict(shown.hidden) | ticked


def boxes(topic: str) -> str:
    return f"t{Topic.objects.get(code=topic).pk}"


def test_a_consent_is_given_by_the_link_to_the_words_shown(cast: Cast) -> None:
    maija, path = cast.parties["maija"], address(letter(cast), "public:letter_wishes")
    data = form(Client(), path)
    answer = Client().post(path, data | {boxes("events"): ["1"]})
    assert answer.status_code == 302
    assert holds(maija)
    event = ConsentEvent.objects.latest("pk")
    assert event.source == "link"
    assert event.text == consents.texts_for([cast.units["a"].pk], TODAY)["events", cast.units["a"].pk]
    assert event.actor is None


def test_unticking_marketing_on_own_pages_takes_the_consent_back(cast: Cast) -> None:
    maija = cast.parties["maija"]
    say(maija, cast.units["a"], hour=9)
    client, path = cast.sign_in(Client(), "maija"), reverse("portal:letter_wishes")
    data = form(client, path)
    assert data[boxes("events")] == ["1"]
    client.post(path, data | {boxes("events"): []})
    assert not holds(maija)
    assert ConsentEvent.objects.latest("pk").source == "portal"
    assert form(client, path)[boxes("events")] == []


def test_a_topic_refused_and_wanted_again(cast: Cast) -> None:
    maija = cast.parties["maija"]
    client, path = cast.sign_in(Client(), "maija"), reverse("portal:letter_wishes")
    data = form(client, path)
    client.post(path, data | {boxes("newsletter"): []})
    assert refused(maija)
    assert not refused(maija, "surveys")
    client.post(path, form(client, path) | {boxes("newsletter"): ["1", "3"]})
    assert not refused(maija)


def test_a_yes_to_words_that_were_not_shown_is_not_taken(cast: Cast) -> None:
    client, path = cast.sign_in(Client(), "maija"), reverse("portal:letter_wishes")
    answer = client.post(path, form(client, path) | {boxes("events"): ["1"], "seen": ""})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not ConsentEvent.objects.exists()
    assert not Preference.objects.exists()


def test_an_unchanged_page_writes_nothing(cast: Cast) -> None:
    client, path = cast.sign_in(Client(), "maija"), reverse("portal:letter_wishes")
    client.post(path, form(client, path))
    assert not Preference.objects.exists()
    assert not ConsentEvent.objects.exists()


def test_a_yes_to_a_forbidden_purpose_opens_only_the_topic(cast: Cast) -> None:
    """Two topics stand on one purpose: lifting the objection for one leaves the other as it was shown."""
    maija = cast.parties["maija"]
    for unit in consents.units_of(maija, TODAY):
        say(maija, unit, "newsletter", given=False, hour=9)
    client, path = cast.sign_in(Client(), "maija"), reverse("portal:letter_wishes")
    data = form(client, path)
    assert "1" not in data[boxes("newsletter")]
    client.post(path, data | {boxes("newsletter"): [*data[boxes("newsletter")], "1"]})
    assert holds(maija, "newsletter")
    assert refused(maija, "surveys")
    assert not refused(maija)


def test_own_pages_are_of_members_only(cast: Cast) -> None:
    assert cast.sign_in(Client(), "ulla").get(reverse("portal:letter_wishes")).status_code == 404
    assert Client().get(reverse("portal:letter_wishes")).status_code == 302


def test_words_of_another_persons_link_change_only_theirs(cast: Cast) -> None:
    lotta = cast.parties["lotta"]
    found = letter(cast, party=lotta)
    wishing.unsubscribe(letter=wishes.letter_of(links.token(links.UNSUBSCRIBE, found.pk)), at=clock.now(), on=TODAY)  # type: ignore[arg-type] # fmt: skip
    assert refused(lotta)
    assert not refused(cast.parties["maija"])
