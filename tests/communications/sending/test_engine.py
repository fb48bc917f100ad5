"""The sender against a server that takes, refuses, asks for patience and breaks off."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.db import connection

from communications import outbox_reading
from communications.models import (
    AddressState,
    ContactEntry,
    Delivery,
    Mailing,
    MailingState,
    Preference,
    Reason,
    State,
)
from communications.sending import claiming, engine, lanes, recovering
from communications.sending.rates import Rates
from communications.services import releasing, summing
from communications.services.posting import post
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.scope import Scope
from tests import sink
from tests.cast import Cast
from tests.communications import mailings

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _fresh_rates() -> None:
    forget_rates()


def forget_rates() -> None:
    client = redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter(f"mail:lane:{settings.CACHES['default'].get('KEY_PREFIX', '')}:*"):
        client.delete(key)


@pytest.fixture
def server(settings: Any, tmp_path: Path) -> Iterator[Any]:
    """`server(rules…)` begins to listen; the engine sends there."""
    open_ones = []

    def start(**rules: Any) -> sink.Sink:
        context = sink.running(tmp_path / f"sink{len(open_ones)}", rules=rules, keep=True)
        found = context.__enter__()
        open_ones.append(context)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
        settings.MAIL_RATE = settings.MAIL_RATE_HIGHEST = 100_000.0
        return found

    yield start
    for context in open_ones:
        context.__exit__(None, None, None)


@pytest.fixture
def mailing(cast: Cast) -> Mailing:
    mailings.members(cast, 25)
    return mailings.released(mailings.letter(cast), cast)


def states(mailing: Mailing) -> Counter[str]:
    return Counter(
        State(s).name for s in Delivery.objects.filter(mailing=mailing).values_list("state", flat=True)
    )


def test_everybody_gets_one_message_of_their_own(cast: Cast, mailing: Mailing, server: Any) -> None:
    post_office = server()
    engine.run(seconds=30)
    rows = Delivery.objects.filter(mailing=mailing, channel=1, state=State.ACCEPTED)
    taken = post_office.taken()
    assert len(taken) == rows.count() >= 25
    assert {recipient for recipient, _id, _from in taken} == set(rows.values_list("address", flat=True))
    assert len({message for _to, message, _from in taken}) == len(taken)
    told = message_from_bytes(post_office.message(taken[0][1]), policy=default)
    row = Delivery.objects.get(address=taken[0][0], mailing=mailing)
    assert row.vars["first_name"] in told["subject"]
    assert f"Hei {row.vars['first_name']}" in told.get_body(("plain",)).get_content()
    assert "{{" not in told.get_body(("html",)).get_content()
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told["List-Unsubscribe"].startswith("<http")
    assert told["List-Id"]
    assert taken[0][2].startswith("bounces+")
    releasing.advance(now=clock.now())
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DONE
    assert ContactEntry.objects.filter(reference=f"letter:{mailing.pk}").count() == len(taken)
    figures = summing.figures(mailing)
    assert figures.planned == figures.accepted + figures.suppressed


def test_what_a_server_says_of_one_is_not_said_of_others(cast: Cast, mailing: Mailing, server: Any) -> None:
    first, second, third = Delivery.objects.filter(mailing=mailing, state=0).order_by("pk")[:3]
    post_office = server(
        refuse={first.address: "550 5.1.1 unknown user", second.address: "451 4.7.1 try later"},
        drop={third.address: True},
    )
    engine.run(seconds=30)
    for row in (first, second, third):
        row.refresh_from_db()
    assert (first.state, first.reason, first.code) == (State.REJECTED, Reason.REFUSED_BY_SERVER, "5.1.1")
    assert (second.state, second.code) == (State.DEFERRED, "4.7.1")
    assert timedelta(seconds=50) < second.next_at - clock.now() < timedelta(seconds=70)
    assert third.state == State.UNCERTAIN
    assert third.address in {to for to, _id, _from in post_office.taken()}
    assert states(mailing)["ACCEPTED"] == len(post_office.taken()) - 1


def test_a_statutory_letter_in_doubt_is_sent_again_with_the_same_message_id(cast: Cast, server: Any) -> None:
    mailings.members(cast, 3)
    mailing = mailings.released(mailings.letter(cast, topic="meetings"), cast)
    row = Delivery.objects.filter(mailing=mailing, state=0).order_by("pk")[0]
    first = server(drop={row.address: True})
    engine.run(seconds=30)
    row.refresh_from_db()
    assert row.state == State.DEFERRED
    Delivery.objects.filter(pk=row.pk).update(next_at=clock.now() - timedelta(hours=1))
    second = server()
    engine.run(seconds=30)
    row.refresh_from_db()
    assert row.state == State.ACCEPTED
    once = [message for to, message, _from in first.taken() if to == row.address]
    again = [message for to, message, _from in second.taken() if to == row.address]
    assert once == again


def test_who_unsubscribes_between_freeze_and_send_gets_nothing(
    cast: Cast, mailing: Mailing, server: Any
) -> None:
    refusing, stopped = Delivery.objects.filter(mailing=mailing, state=0).order_by("pk")[:2]
    with mutation(actor=None, kind="test"):
        Preference.objects.create(
            party_id=refusing.party_id, topic=mailing.topic, wanted=False, source="one_click", at=clock.now()
        )
        AddressState.objects.create(address=stopped.address_key, stopped_at=clock.now(), trouble="hard")
    post_office = server()
    engine.run(seconds=30)
    for row, reason in ((refusing, Reason.REFUSED), (stopped, Reason.ADDRESS_STOPPED)):
        row.refresh_from_db()
        assert (row.state, row.reason) == (State.SUPPRESSED, reason)
        assert row.address not in {to for to, _id, _from in post_office.taken()}


def test_a_server_that_takes_nothing_from_us_costs_nobody_the_letter(mailing: Mailing, server: Any) -> None:
    waiting = states(mailing)["PLANNED"]
    server(mail="421 4.7.0 too much mail from you")
    engine.run(seconds=5)
    found = states(mailing)
    assert found["PLANNED"] + found["DEFERRED"] == waiting
    assert not {"REJECTED", "UNCERTAIN", "ATTEMPTING", "CLAIMED"} & found.keys()


def test_without_a_server_everything_waits(mailing: Mailing, server: Any, settings: Any) -> None:
    server()
    settings.EMAIL_PORT = 9
    before = states(mailing)
    done = engine.run(seconds=5)
    assert done.trouble
    found = states(mailing)
    assert found["PLANNED"] + found["DEFERRED"] == before["PLANNED"]


def test_a_slow_host_delays_its_own_and_nobody_else(cast: Cast, server: Any) -> None:
    mailings.members(cast, 12, domain="slow.example")
    mailings.members(cast, 60, domain="gmail.com")
    mailing = mailings.released(mailings.letter(cast), cast)
    post_office = server(slow={"slow.example": 1.0})
    engine.run(seconds=3, connections_used=4)
    quick = [to for to, _id, _from in post_office.taken() if to.endswith("gmail.com")]
    assert len(quick) == Delivery.objects.filter(mailing=mailing, address__endswith="gmail.com").count() == 60


def test_a_single_message_goes_before_a_letter(cast: Cast, mailing: Mailing, server: Any) -> None:
    post_office = server()
    post(
        template="members/email/own_email",
        email="maija@example.fi",
        language="fi",
        facts={"new": "x"},
        unit_id=cast.units["a"].pk,
        party_id=cast.parties["maija"].pk,
        kind="members.email",
    )
    engine.run(seconds=30, connections_used=1)
    assert post_office.taken()[0][0] == "maija@example.fi"
    entry = ContactEntry.objects.get(party=cast.parties["maija"], kind="members.email")
    assert entry.summary


def test_a_paused_letter_waits_and_a_cancelled_one_ends(cast: Cast, mailing: Mailing, server: Any) -> None:
    post_office = server()
    releasing.pause(mailing=mailing, actor=cast.users["riitta"])
    engine.run(seconds=5)
    assert post_office.taken() == []
    releasing.resume(mailing=mailing, actor=cast.users["riitta"])
    releasing.cancel(mailing=mailing, actor=cast.users["riitta"])
    engine.run(seconds=5)
    assert post_office.taken() == []
    releasing.advance(now=clock.now())
    found = summing.figures(mailing)
    assert found.planned == found.cancelled + found.suppressed > 0


def test_only_the_missing_are_tried_again(cast: Cast, mailing: Mailing, server: Any) -> None:
    first, second = Delivery.objects.filter(mailing=mailing, state=0).order_by("pk")[:2]
    server(refuse={first.address: "552 5.2.2 mailbox full", second.address: "550 5.1.1 unknown"})
    engine.run(seconds=30)
    releasing.advance(now=clock.now())
    again = server()
    assert releasing.retry_missing(mailing=mailing, actor=cast.users["riitta"], now=clock.now()) == 1
    engine.run(seconds=30)
    assert [to for to, _id, _from in again.taken()] == [first.address]


def test_redis_gone_means_slower_not_stopped(
    cast: Cast, mailing: Mailing, server: Any, settings: Any
) -> None:
    post_office = server()
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    engine.run(seconds=30)
    assert len(post_office.taken()) == states(mailing)["ACCEPTED"] >= 25


def test_a_storm_of_4xx_puts_its_own_off_and_slows_its_lane(cast: Cast, server: Any, settings: Any) -> None:
    mailings.members(cast, 30, domain="hotmail.com")
    mailings.members(cast, 30, domain="gmail.com")
    mailing = mailings.released(mailings.letter(cast), cast)
    post_office = server(data={"hotmail.com": "451 4.7.650 too many from you"})
    settings.MAIL_RATE, settings.MAIL_RATE_HIGHEST = 400.0, 400.0
    engine.run(seconds=10)
    took = [to for to, _id, _from in post_office.taken()]
    assert sum(to.endswith("gmail.com") for to in took) == 30
    put_off = Delivery.objects.filter(mailing=mailing, address__endswith="hotmail.com")
    assert {row.state for row in put_off} == {State.DEFERRED}
    slowed = Rates().slowed(lanes.MAIL_LANES)
    assert list(slowed) == [lanes.lane_of("a@hotmail.com")]
    told = outbox_reading.health(Scope.for_user(cast.users["riitta"], on=clock.today()), clock.now()).slow
    assert [host for host, rate in told] == ["Outlook, Hotmail"]
    assert not {"REJECTED", "UNCERTAIN"} & states(mailing).keys()


def test_what_redis_knew_may_be_lost_in_the_middle(
    cast: Cast, mailing: Mailing, server: Any, settings: Any
) -> None:
    """Rates only: begun anew from the first ones, nothing is sent twice and nothing is forgotten."""
    post_office = server()
    settings.MAIL_RATE = settings.MAIL_RATE_HIGHEST = 10.0
    stop = threading.Event()

    def flush() -> None:
        while not stop.wait(0.1):
            forget_rates()

    thread = threading.Thread(target=flush)
    thread.start()
    engine.run(seconds=60)
    stop.set()
    thread.join()
    ids = [message for _to, message, _from in post_office.taken()]
    assert len(ids) == len(set(ids)) == states(mailing)["ACCEPTED"] >= 25


def test_a_dead_sender_leaves_what_it_had_told_apart(cast: Cast, mailing: Mailing) -> None:
    claimed, trying = Delivery.objects.filter(mailing=mailing, state=0).order_by("pk")[:2]
    past = clock.now() - timedelta(minutes=5)
    Delivery.objects.filter(pk=claimed.pk).update(state=State.CLAIMED, leased_until=past, attempts=1)
    Delivery.objects.filter(pk=trying.pk).update(state=State.ATTEMPTING, leased_until=past, attempts=1)
    assert recovering.recover() == {"planned": 1, "uncertain": 1}
    claimed.refresh_from_db()
    assert (claimed.state, claimed.attempts) == (State.PLANNED, 0)


def test_what_went_before_a_letter_was_cancelled_is_logged_and_the_rest_ends(
    cast: Cast, mailing: Mailing
) -> None:
    rows = Delivery.objects.filter(mailing=mailing, state=State.PLANNED)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    sent, held = keys[:3], keys[3]
    Delivery.objects.filter(pk__in=sent).update(state=State.ACCEPTED, done_at=clock.now())
    Delivery.objects.filter(pk=held).update(
        state=State.ATTEMPTING, leased_until=clock.now() + timedelta(minutes=2)
    )
    releasing.cancel(mailing=mailing, actor=cast.users["riitta"])
    releasing.advance(now=clock.now())
    mailing.refresh_from_db()
    assert mailing.finished_at is None, "a sender holds one still"
    Delivery.objects.filter(pk=held).update(state=State.DEFERRED, leased_until=None)
    releasing.advance(now=clock.now())
    mailing.refresh_from_db()
    assert (mailing.state, mailing.finished_at is None) == (MailingState.CANCELLED, False)
    assert states(mailing)["DEFERRED"] == 0
    assert ContactEntry.objects.filter(reference=f"letter:{mailing.pk}").count() == 3


def test_a_single_message_whose_lease_was_lost_is_left_to_who_has_it(cast: Cast) -> None:
    row = post(
        template="members/email/own_email", email="a@example.fi", language="fi", facts={"new": "x"}, unit_id=None, kind="test"
    )  # fmt: skip
    first, second = uuid4(), uuid4()
    with connection.cursor() as cursor:
        assert [one.id for one in claiming.claim_single(cursor, worker=first, limit=5)] == [row.pk]
        Delivery.objects.filter(pk=row.pk).update(leased_until=clock.now() - timedelta(seconds=1))
        recovering.recover()
        assert not claiming.mark_single(key=row.pk, worker=first)
        assert [one.id for one in claiming.claim_single(cursor, worker=second, limit=5)] == [row.pk]
    assert not claiming.mark_single(key=row.pk, worker=first)
    assert claiming.mark_single(key=row.pk, worker=second)
    assert not claiming.mark_single(key=row.pk, worker=second), "it is being tried already"
