"""Text messages: who gets them, in whose name, and what becomes of each (COM-2)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from communications import checks
from communications.models import (
    Channel,
    ContactEntry,
    Delivery,
    Mailing,
    Preference,
    SmsSender,
    SmsState,
    Topic,
)
from communications.models.deliveries import Reason, State
from communications.models.mailings import MailingState
from communications.outbox_reading import said_of
from communications.sending import recovering
from communications.sending.smtp import Outcome, Result
from communications.services import arranging_letters as arranging
from communications.services import releasing, texting
from communications.services.texting import Draft, TextError
from communications.sms import sending
from communications.sms.backends import FILES, HttpBackend, TextMessage, connect
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, Party, Person
from members.scope import Scope
from members.services import registering
from tests.cast import TODAY, Cast
from tests.members.consents.helpers import say

pytestmark = pytest.mark.django_db
TEXT = "Kuusilahti: huomisen kokous on peruttu. Uusi aika kerrotaan kirjeessä."


class Gateway:
    """A way out that answers as told and remembers."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes, self.got = list(outcomes), list[TextMessage]()

    def send(self, batch: Sequence[TextMessage]) -> list[Result]:
        self.got += batch
        return [Result(self.outcomes.pop(0) if self.outcomes else Outcome.ACCEPTED, "200") for _one in batch]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.SMS_FILE_PATH = str(tmp_path / "sms")


@pytest.fixture(autouse=True)
def _only_maija_has_a_phone(cast: Cast) -> None:
    for point in ContactPoint.objects.filter(kind="phone", valid_to=None).exclude(
        party=cast.parties["maija"]
    ):
        registering.set_contacts(party=point.party, on=clock.today(), actor=None, phone="")


def scope(cast: Cast, name: str = "aino") -> Scope:
    return Scope.for_user(cast.users[name], on=clock.today())


def sender(cast: Cast, unit: str = "a") -> SmsSender:
    row = arranging.ask_sender(actor=cast.users["aino"], unit=cast.units[unit], text="Kuusilahti")
    arranging.authorise_sender(
        actor=cast.users["aino"], sender=row, day=TODAY, reference="T/1", on=clock.today()
    )
    row.refresh_from_db()
    return row


def draft(cast: Cast, **changes: Any) -> Draft:
    told: dict[str, Any] = {
        "unit": cast.units["a"],
        "sender": changes.get("sender") or sender(cast),
        "topic": Topic.objects.get(code="meetings"),
        "segment": None,
        "text": TEXT,
        "once": uuid4(),
    }
    return Draft(**told | changes)


def sent(cast: Cast, made: Draft | None = None) -> Mailing:
    made = made or draft(cast)
    found = texting.plan(made, scope=scope(cast), on=clock.today())
    return texting.send(
        actor=cast.users["aino"], scope=scope(cast), draft=made, digest=found.digest, now=clock.now(), on=clock.today()
    )  # fmt: skip


def of_maija(cast: Cast, mailing: Mailing) -> Delivery:
    return Delivery.objects.get(mailing=mailing, party=cast.parties["maija"])


def reason_of(cast: Cast, made: Draft) -> str:
    found = texting.plan(made, scope=scope(cast), on=clock.today()).recipients
    return next(one.reason for one in found if one.party == cast.parties["maija"])


# --- who gets it --------------------------------------------------------------------------------------------------------
def test_everybody_gets_a_row_and_they_sum_up(cast: Cast) -> None:
    mailing = sent(cast)
    rows = Delivery.objects.filter(mailing=mailing)
    assert rows.count() == mailing.summary["planned"]
    assert of_maija(cast, mailing).address == "+358505550142"
    assert set(rows.exclude(party=cast.parties["maija"]).values_list("state", flat=True)) <= {
        State.SUPPRESSED
    }


def test_nothing_is_sent_in_a_name_not_authorised(cast: Cast) -> None:
    row = arranging.ask_sender(actor=cast.users["aino"], unit=cast.units["a"], text="Kuusilahti")
    with pytest.raises(TextError, match="sender"):
        texting.plan(draft(cast, sender=row), scope=scope(cast), on=clock.today())


def test_nor_in_a_name_withdrawn_while_it_waits(cast: Cast) -> None:
    mailing = sent(cast)
    arranging.withdraw_sender(actor=cast.users["aino"], sender=SmsSender.objects.get())
    out = Gateway()
    sending.send_due(out=out)
    assert out.got == []
    assert of_maija(cast, mailing).state == State.CANCELLED


def test_marketing_needs_a_consent_for_text_messages(cast: Cast) -> None:
    made = draft(cast, topic=Topic.objects.get(code="events"))
    assert reason_of(cast, made) == Reason.NO_CONSENT
    say(cast.parties["maija"], cast.units["a"], channel="email", day=clock.today(), hour=0)
    assert reason_of(cast, made) == Reason.NO_CONSENT
    say(cast.parties["maija"], cast.units["a"], channel="sms", day=clock.today(), hour=0)
    assert reason_of(cast, made) == ""


def refuse(cast: Cast, topic: Topic) -> None:
    with mutation(actor=None, kind="test"):
        Preference.objects.create(
            party=cast.parties["maija"], topic=topic, channel=Channel.SMS, wanted=False, source="portal", at=clock.now()
        )  # fmt: skip


def own_topic(cast: Cast) -> Topic:
    words = dict.fromkeys(arranging.TOPIC_FIELDS, "") | {
        "name_fi": "Vuorot",
        "klass": "member",
        "purpose": None,
    }
    return arranging.keep_topic(actor=cast.users["aino"], unit=cast.units["a"], values=words)


def test_a_refusal_is_respected_at_first_and_at_last(cast: Cast) -> None:
    topic = own_topic(cast)
    mailing = sent(cast, draft(cast, topic=topic))
    refuse(cast, topic)
    out = Gateway()
    sending.send_due(out=out)
    assert out.got == []
    row = of_maija(cast, mailing)
    assert (row.state, row.reason) == (State.SUPPRESSED, Reason.REFUSED)
    assert reason_of(cast, draft(cast, topic=topic, sender=SmsSender.objects.get())) == Reason.REFUSED


@pytest.mark.parametrize("number", ["09 123 4567", "+358 9 123 4567"])
def test_a_landline_gets_nothing(cast: Cast, number: str) -> None:
    registering.set_contacts(party=cast.parties["maija"], on=clock.today(), actor=None, phone=number)
    assert reason_of(cast, draft(cast)) == Reason.BAD_ADDRESS


def test_the_dead_get_nothing(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        Person.objects.filter(pk=cast.parties["maija"].pk).update(deceased_on=TODAY)
    found = texting.plan(draft(cast), scope=scope(cast), on=clock.today())
    assert all(one.reason for one in found.recipients if one.party == cast.parties["maija"])


@pytest.mark.parametrize("text", ["", "ä" * 800, "š" * 400])
def test_a_text_too_long_is_refused(cast: Cast, text: str) -> None:
    with pytest.raises(TextError, match="length"):
        texting.plan(draft(cast, text=text), scope=scope(cast), on=clock.today())


def test_more_than_one_person_may_decide_on_is_refused(cast: Cast) -> None:
    look = dict.fromkeys(arranging.LOOK_FIELDS, "") | {"approval_limit": 0}
    arranging.keep_look(actor=cast.users["aino"], unit=cast.units["a"], values=look)
    with pytest.raises(TextError, match="approval"):
        sent(cast)


def test_what_was_shown_is_what_is_sent_and_once(cast: Cast) -> None:
    made = draft(cast)
    with pytest.raises(TextError, match="changed"):
        texting.send(
            actor=cast.users["aino"], scope=scope(cast), draft=made, digest="other", now=clock.now(), on=clock.today()
        )  # fmt: skip
    assert sent(cast, made).pk == sent(cast, made).pk
    assert Mailing.objects.count() == 1


# --- what becomes of it -------------------------------------------------------------------------------------------------
def test_it_leaves_once_is_logged_and_the_mailing_is_done(cast: Cast) -> None:
    mailing = sent(cast)
    out = Gateway()
    assert sending.send_due(out=out) == {"accepted": 1}
    assert sending.send_due(out=out) == {}
    assert [(one.sender, one.to, one.text) for one in out.got] == [("Kuusilahti", "+358505550142", TEXT)]
    entry = ContactEntry.objects.get(party=cast.parties["maija"])
    assert (entry.channel, entry.kind) == ("sms", "sms.message")
    releasing.advance(now=clock.now() + timedelta(minutes=1))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DONE
    assert ContactEntry.objects.count() == 1


def test_the_default_way_out_writes_files(cast: Cast, settings: Any) -> None:
    sent(cast)
    sending.send_due()
    (file,) = Path(settings.SMS_FILE_PATH).rglob("*.txt")
    assert TEXT in file.read_text()


def test_what_went_to_a_file_is_not_told_as_sent(cast: Cast) -> None:
    mailing = sent(cast)
    sending.send_due()
    assert said_of(of_maija(cast, mailing)) == "kirjoitettu tiedostoon, ei lähetetty"


@pytest.mark.parametrize("backend", ["", FILES])
def test_outside_the_embedded_service_files_are_no_way_out(cast: Cast, settings: Any, backend: str) -> None:
    mailing = sent(cast)
    settings.EMBEDDED, settings.SMS_BACKEND = False, backend
    assert [one.id for one in checks.text_messages()] == (["communications.E001"] if backend else [])
    with pytest.raises(TextError, match="gateway"):
        texting.plan(draft(cast, sender=SmsSender.objects.get()), scope=scope(cast), on=clock.today())
    assert sending.send_due() == {}
    assert of_maija(cast, mailing).state == State.PLANNED
    with pytest.raises(ImproperlyConfigured):
        connect()
    settings.SMS_BACKEND = "communications.sms.backends.HttpBackend"
    assert checks.text_messages() == []


def test_a_worker_goes_on_while_there_is_more(cast: Cast) -> None:
    mailing = sent(cast)
    assert sending.send_for(0) is True
    assert sending.send_for(20) is False
    assert of_maija(cast, mailing).state == State.ACCEPTED


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ACCEPTED, State.ACCEPTED),
        (Outcome.REJECTED, State.REJECTED),
        (Outcome.DEFERRED, State.DEFERRED),
        (Outcome.UNKNOWN, State.UNCERTAIN),
        (Outcome.REFUSED, State.DEFERRED),
    ],
)
def test_each_answer_has_its_state(cast: Cast, outcome: Outcome, state: State) -> None:
    mailing = sent(cast, draft(cast, topic=own_topic(cast)))
    sending.send_due(out=Gateway(outcome))
    assert of_maija(cast, mailing).state == state


class Crash(Exception):
    pass


class Crashing(Gateway):
    def send(self, batch: Sequence[TextMessage]) -> list[Result]:
        super().send(batch)
        raise Crash


def test_a_crash_leaves_it_in_doubt_and_sends_it_to_nobody_twice(cast: Cast) -> None:
    mailing = sent(cast, draft(cast, topic=own_topic(cast)))
    with pytest.raises(Crash):
        sending.send_due(out=Crashing())
    assert of_maija(cast, mailing).state == State.ATTEMPTING
    Delivery.objects.filter(mailing=mailing, state=State.ATTEMPTING).update(
        leased_until=clock.now() - timedelta(hours=1)
    )
    recovering.recover()
    assert of_maija(cast, mailing).state == State.UNCERTAIN
    out = Gateway()
    sending.send_due(out=out)
    assert out.got == []


def test_a_paused_mailing_waits(cast: Cast) -> None:
    mailing = sent(cast)
    releasing.pause(mailing=mailing, actor=cast.users["aino"])
    out = Gateway()
    sending.send_due(out=out)
    assert out.got == []


# --- an operator's gateway ------------------------------------------------------------------------------------------------
class _Operator(BaseHTTPRequestHandler):
    status, got = 200, list[dict[str, Any]]()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).got.append(
            body | {"key": self.headers["Idempotency-Key"], "auth": self.headers["Authorization"]}
        )
        self.send_response(type(self).status)
        if 300 <= type(self).status < 400:
            self.send_header("Location", "http://elsewhere.example/")
        self.end_headers()
        self.wfile.write(b'{"said": "so"}')

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def operator(settings: Any) -> Iterator[type[_Operator]]:
    server = HTTPServer(("127.0.0.1", 0), _Operator)
    _Operator.got.clear()
    settings.SMS_URL, settings.SMS_TOKEN = f"http://127.0.0.1:{server.server_port}/send", "secret"
    settings.SMS_TIMEOUT = 5
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield _Operator
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACCEPTED),
        (202, Outcome.ACCEPTED),
        (409, Outcome.ACCEPTED),
        (302, Outcome.REFUSED),
        (400, Outcome.REJECTED),
        (401, Outcome.REFUSED),
        (422, Outcome.REJECTED),
        (429, Outcome.DEFERRED),
        (503, Outcome.DEFERRED),
    ],
)
def test_a_gateways_answers(operator: type[_Operator], status: int, outcome: Outcome) -> None:
    operator.status = status
    (result,) = HttpBackend().send([TextMessage("k-1", "Kuusilahti", "+358401234567", 'Hei "ä"\r\nBcc: x')])
    assert result.outcome is outcome
    (told,) = operator.got
    assert (told["key"], told["auth"], told["to"]) == ("k-1", "Bearer secret", "+358401234567")


def test_a_gateway_that_is_away_refuses_and_a_plain_address_is_not_used(settings: Any) -> None:
    settings.SMS_URL, settings.SMS_TIMEOUT = "http://127.0.0.1:9/", 2
    (result,) = HttpBackend().send([TextMessage("k", "a", "+358401234567", "x")])
    assert result.outcome is Outcome.REFUSED
    settings.SMS_URL = "http://gateway.example/"
    with pytest.raises(ImproperlyConfigured):
        HttpBackend()


# --- the page -----------------------------------------------------------------------------------------------------------
def form(cast: Cast, row: SmsSender, **changes: Any) -> dict[str, Any]:
    told = {
        "sender": row.pk,
        "topic": Topic.objects.get(code="meetings").pk,
        "segment": "",
        "text": TEXT,
        "once": str(uuid4()),
    }
    return told | changes


def test_the_page_counts_first_and_sends_what_it_showed(cast: Cast, client: Client, settings: Any) -> None:
    settings.SMS_PRICE = "0.07"
    aino, path, row = cast.sign_in(client, "aino"), reverse("office:text_message"), sender(cast)
    data = form(cast, row)
    counted = aino.post(path, data | {"count": "1"})
    assert counted.context["plan"].reached == 1
    assert "0,07" in counted.content.decode()
    assert not Mailing.objects.exists()
    done = aino.post(path, data | {"send": "1", "digest": counted.context["plan"].digest})
    assert done.status_code == 302
    aino.post(path, data | {"send": "1", "digest": counted.context["plan"].digest})
    assert Mailing.objects.count() == 1
    mailing = Mailing.objects.get()
    shown = aino.get(reverse("office:outbox_message", args=[of_maija(cast, mailing).pk])).content.decode()
    assert TEXT in shown


def test_the_page_without_a_name_says_what_to_do(cast: Cast, client: Client) -> None:
    shown = cast.sign_in(client, "aino").get(reverse("office:text_message"))
    assert shown.context["no_senders"]


def test_another_associations_name_and_topic_cannot_be_used(cast: Cast, client: Client) -> None:
    row = sender(cast)
    bo = cast.sign_in(client, "bo")
    answer = bo.post(reverse("office:text_message"), form(cast, row, send="1"))
    assert answer.status_code == 200
    assert "sender" in answer.context["form"].errors
    assert not Mailing.objects.exists()
    assert SmsSender.objects.get().state == SmsState.AUTHORISED


@pytest.mark.parametrize("who", ["olavi", "maija", "ulla"])
def test_it_is_for_those_who_may_send(cast: Cast, client: Client, who: str) -> None:
    assert cast.sign_in(client, who).get(reverse("office:text_message")).status_code == 404
    assert Party.objects.exists()
