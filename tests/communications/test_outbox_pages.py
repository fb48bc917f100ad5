"""Sent mail in the office: whose it is, what it shows, what one can do about what did not arrive (COM-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from communications import links, outbox_reading, outbox_words
from communications.models import AddressState, Delivery
from communications.models.deliveries import Reason, State
from communications.services import bouncing
from communications.services.posting import Rendered, post
from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, Party
from members.scope import Scope
from tests.cast import TODAY, Cast
from tests.communications import mailings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def aino(cast: Cast, client: Client) -> Client:
    return cast.sign_in(client, "aino")


def single(cast: Cast, **changes: Any) -> Delivery:
    row = post(
        template="mfa/email/recovery_codes_generated",
        email="maija@example.fi",
        language="fi",
        facts={"timestamp": None, "ip": "192.0.2.1", "device": "Firefox"},
        unit_id=cast.units["a"].pk,
        party_id=cast.parties["maija"].pk,
        name="Maija Metsäpelto",
        kind="members.test",
    )
    Delivery.objects.filter(pk=row.pk).update(**changes)
    return Delivery.objects.get(pk=row.pk)


def page(client: Client, row: Delivery, name: str = "office:outbox_message") -> str:
    return client.get(reverse(name, args=[row.pk])).content.decode()


def test_the_list_tells_what_became_of_each(cast: Cast, aino: Client) -> None:
    single(cast, state=State.ACCEPTED)
    single(cast, state=State.REJECTED, reason=Reason.BOUNCED, code="5.1.1", said="User unknown")
    shown = aino.get(reverse("office:outbox")).content.decode()
    assert "Metsäpelto Maija" in shown
    assert "maija@example.fi" in shown


def test_an_empty_outbox_says_what_comes(cast: Cast, aino: Client) -> None:
    assert aino.get(reverse("office:outbox")).status_code == 200
    assert aino.get(reverse("office:outbox"), {"tila": "epavarma"}).status_code == 200
    assert aino.get(reverse("office:outbox_addresses")).status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"q": "metsäpelto"}, 1),
        ({"q": "MAIJA@example.fi"}, 1),
        ({"q": "lotta@example.fi"}, 0),
        ({"q": "'; DROP"}, 0),
        ({"tila": "odottaa"}, 1),
        ({"tila": "lahetetty"}, 0),
        ({"tila": "nonsense"}, 1),
        ({"laji": "members"}, 1),
        ({"laji": "billing"}, 0),
        ({"kanava": "2"}, 0),
        ({"kanava": "x"}, 1),
    ],
)
def test_it_is_searched(cast: Cast, aino: Client, query: dict[str, str], count: int) -> None:
    single(cast)
    assert len(aino.get(reverse("office:outbox"), query).context["lines"]) == count


def test_another_associations_mail_does_not_exist(cast: Cast, client: Client) -> None:
    row = single(cast, state=State.UNCERTAIN)
    bo = cast.sign_in(client, "bo")
    assert bo.get(reverse("office:outbox")).context["lines"] == []
    assert bo.get(reverse("office:outbox_message", args=[row.pk])).status_code == 404
    for name in ("office:outbox_again", "office:outbox_leave"):
        assert bo.post(reverse(name, args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.state == State.UNCERTAIN


@pytest.mark.parametrize("who", ["maija", "ulla"])
def test_it_is_not_for_members(cast: Cast, client: Client, who: str) -> None:
    assert cast.sign_in(client, who).get(reverse("office:outbox")).status_code == 404


def test_the_treasurer_reads_and_sends_nothing(cast: Cast, client: Client) -> None:
    row = single(cast, state=State.UNCERTAIN)
    olavi = cast.sign_in(client, "olavi")
    assert olavi.get(reverse("office:outbox_message", args=[row.pk])).status_code == 200
    assert olavi.post(reverse("office:outbox_again", args=[row.pk])).status_code == 404


def test_reading_a_message_is_written_down(cast: Cast, aino: Client) -> None:
    row = single(cast)
    assert "192.0.2.1" in page(aino, row)
    assert AccessLog.objects.filter(party_id=cast.parties["maija"].pk, user=cast.users["aino"]).exists()


def test_a_message_in_doubt_is_sent_again_once(cast: Cast, aino: Client) -> None:
    row = single(cast, state=State.UNCERTAIN)
    path = reverse("office:outbox_again", args=[row.pk])
    assert aino.get(path).status_code == 405
    aino.post(path)
    row.refresh_from_db()
    assert row.state == State.PLANNED
    Delivery.objects.filter(pk=row.pk).update(state=State.ATTEMPTING)
    aino.post(path)
    row.refresh_from_db()
    assert row.state == State.ATTEMPTING


def test_one_let_be_stays_in_doubt_and_asks_nobody(cast: Cast, aino: Client) -> None:
    row = single(cast, state=State.UNCERTAIN)
    aino.post(reverse("office:outbox_leave", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == State.UNCERTAIN
    assert aino.get(reverse("office:outbox")).context["health"].uncertain == 0


def test_words_of_what_is_gone_are_said_to_be_gone(cast: Cast, aino: Client) -> None:
    row = single(cast, template="nothing/of/the/kind")
    assert aino.get(reverse("office:outbox_message", args=[row.pk])).context["words"] is None


def test_a_protected_members_address_and_words_are_not_shown(cast: Cast, aino: Client) -> None:
    with mutation(actor=None, kind="test"):
        Party.objects.filter(pk=cast.parties["maija"].pk).update(non_disclosure=True)
    row = single(cast, said="maija@example.fi unknown", code="5.1.1")
    for shown in (page(aino, row), aino.get(reverse("office:outbox")).content.decode()):
        assert "maija@example.fi" not in shown
    found = aino.get(reverse("office:outbox"), {"q": "maija@example.fi"})
    assert found.context["lines"] == []


def test_a_stopped_address_is_shown_to_its_own_and_tried_again(cast: Cast, client: Client) -> None:
    bouncing.take_refusal(address="maija@example.fi", code="5.1.1", said="User unknown")
    state = AddressState.objects.get()
    path = reverse("office:outbox_try_again", args=[state.pk])
    bo = cast.sign_in(Client(), "bo")
    assert "maija@example.fi" not in bo.get(reverse("office:outbox_addresses")).content.decode()
    assert bo.post(path).status_code == 404
    aino = cast.sign_in(client, "aino")
    shown = aino.get(reverse("office:outbox_addresses")).content.decode()
    assert "maija@example.fi" in shown
    assert "Metsäpelto Maija" in shown
    aino.post(path)
    state.refresh_from_db()
    assert state.stopped_at is None
    assert not ContactPoint.objects.filter(bounced_on__isnull=False).exists()


def test_long_waiting_is_told(cast: Cast, aino: Client) -> None:
    row = single(cast, next_at=clock.now() - timedelta(hours=3))
    health = aino.get(reverse("office:outbox")).context["health"]
    assert health.oldest == row.next_at
    assert health.waiting == 1


def test_the_queue_asks_about_them(cast: Cast, aino: Client) -> None:
    single(cast, state=State.UNCERTAIN)
    bouncing.take_refusal(address="maija@example.fi", code="5.1.1", said="")
    shown = aino.get(reverse("office:home")).content.decode()
    assert "tila=epavarma" in shown
    assert reverse("office:outbox_addresses") in shown


def test_hostile_words_stay_words(cast: Cast, aino: Client) -> None:
    row = single(cast, state=State.REJECTED, said="<script>alert(1)</script>", name="<b>" + "Ä" * 80)
    assert "<script>alert" not in page(aino, row)
    assert outbox_reading.line_of(row, cast_scope(cast)).name


def cast_scope(cast: Cast) -> Any:
    return Scope.for_user(cast.users["aino"], on=TODAY)


def test_a_letter_is_read_as_its_recipient_got_it_but_for_their_links(cast: Cast, aino: Client) -> None:
    row = mailings.released(mailings.letter(cast, unit="a", by="aino"), cast, by="aino").deliveries.get(
        party=cast.parties["maija"]
    )
    shown = aino.get(reverse("office:outbox_drawn", args=[row.pk]))
    html = shown.content.decode()
    assert "sandbox" in shown["Content-Security-Policy"]
    assert "Hei Maija" in html
    assert "{{" not in html
    assert links.token(links.UNSUBSCRIBE, row.pk) not in html
    assert links.token(links.UNSUBSCRIBE, row.pk) not in page(aino, row)


def test_an_invitations_own_link_is_not_shown_to_the_office() -> None:
    own = f"{settings.PUBLIC_URL}/kysely/salainen/"
    words = outbox_words.cut(
        Rendered("Kysely", f"Vastaa tästä: {own}", f'<a href="{own}">{own}</a><img src="{own}k.png">')
    )
    assert "salainen" not in words.text
    assert words.html.count("salainen") == 1, "the picture's address stays"


def test_another_associations_letter_is_not_drawn(cast: Cast, client: Client) -> None:
    row = single(cast)
    address = reverse("office:outbox_drawn", args=[row.pk])
    assert cast.sign_in(client, "bo").get(address).status_code == 404
    cast.sign_in(client, "aino")
    assert client.get(address).status_code == 200
    with mutation(actor=None, kind="test"):
        Party.objects.filter(pk=cast.parties["maija"].pk).update(non_disclosure=True)
    assert client.get(address).status_code == 404
