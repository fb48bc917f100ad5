"""What changes between the freeze and the sending, and after it: nobody gets what they may not, and everything is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from communications import keeping
from communications.inbound.verdicts import Verdict
from communications.models import AddressState, ContactEntry, Delivery, Look, MailingState, Reason, State
from communications.sending import claiming, rechecking
from communications.sending.rates import Rates
from communications.sending.waking import wake
from communications.services import bouncing, planning, refusing, releasing, summing
from communications.services.posting import post
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import DataMark
from tests.cast import TODAY, Cast
from tests.communications import mailings
from tests.members.helpers import appoint

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def single(**changes: Any) -> Delivery:
    row = post(
        template="members/email/own_email", email="a@example.fi", language="fi", facts={"new": "x"}, unit_id=None, kind="test"
    )  # fmt: skip
    Delivery.objects.filter(pk=row.pk).update(**changes)
    return row


def test_who_died_or_was_restricted_after_the_freeze_is_left_out(cast: Cast) -> None:
    dead, restricted, well = mailings.members(cast, 3)
    mailing = mailings.released(mailings.letter(cast), cast)
    with mutation(actor=None, kind="test"):
        dead.person.deceased_on = TODAY
        dead.person.save()
        DataMark.objects.create(
            party=restricted, unit=cast.units["a2"], kind="restriction", reason="Riita", set_on=TODAY, set_by=cast.users["riitta"]
        )  # fmt: skip
    lanes_here = set(Delivery.objects.filter(mailing=mailing, state=0).values_list("lane", flat=True))
    with connection.cursor() as cursor:
        rows = [
            row
            for lane in lanes_here
            for row in claiming.claim_lane(cursor, worker=uuid4(), mailing=mailing.pk, lane=lane, limit=100)
        ]
    party_of = {row.id: row.party for row in rows}
    left = {party_of[key]: reason for key, reason in rechecking.left_out(rows, TODAY).items()}
    assert left[dead.pk] == Reason.DECEASED
    assert left[restricted.pk] == Reason.OBJECTS
    assert well.pk not in left


def test_a_statutory_letter_leaves_the_restricted_in_and_the_dead_out(cast: Cast) -> None:
    dead, restricted = mailings.members(cast, 2)
    mailing = mailings.released(mailings.letter(cast, topic="meetings"), cast)
    with mutation(actor=None, kind="test"):
        dead.person.deceased_on = TODAY
        dead.person.save()
        DataMark.objects.create(
            party=restricted, unit=cast.units["a2"], kind="restriction", reason="Riita", set_on=TODAY, set_by=cast.users["riitta"]
        )  # fmt: skip
    lane = Delivery.objects.get(mailing=mailing, party=dead).lane
    with connection.cursor() as cursor:
        rows = claiming.claim_lane(cursor, worker=uuid4(), mailing=mailing.pk, lane=lane, limit=100)
    assert list(rechecking.left_out(rows, TODAY).values()) == [Reason.DECEASED]


def test_a_group_that_grew_over_the_limit_is_approved_after_all(cast: Cast) -> None:
    now, riitta = clock.now(), cast.users["riitta"]
    appoint(cast, "ulla", "chair", "a2")
    mailings.members(cast, 3)
    mailing = mailings.letter(cast)
    reached = planning.plan(mailing, scope=mailings.scope(cast), on=TODAY).reached
    with mutation(actor=None, kind="test"):
        Look.objects.create(unit=cast.units["a2"], approval_limit=reached)
    releasing.schedule(
        mailing=mailing, version=mailing.version, actor=riitta, now=now, at=now + timedelta(days=1)
    )
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SCHEDULED
    mailings.members(cast, 1)
    releasing.advance(now=now + timedelta(days=1))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.WAITING
    assert not Delivery.objects.filter(mailing=mailing).exists()
    releasing.approve(mailing=mailing, version=mailing.version, actor=cast.users["ulla"], now=now)
    mailings.members(cast, 30)
    releasing.advance(now=now + timedelta(days=1))
    mailing.refresh_from_db()
    assert (mailing.state, mailing.approved_by) == (MailingState.WAITING, None), "approved were fewer by far"


def test_a_plain_refusal_counts_by_its_words(cast: Cast) -> None:
    refusing.note([("poissa@example.fi", "550", "No such user here")])
    refusing.note([("taynna@example.fi", "552", "5.2.2 mailbox full")])
    refusing.note([("estetty@example.fi", "554", "5.7.1 blocked by policy")])
    told = {row.address: (row.score, row.stopped_at is not None) for row in AddressState.objects.all()}
    assert told == {"poissa@example.fi": (5, True), "taynna@example.fi": (1, False)}


def test_a_bounce_is_told_in_the_contact_log(cast: Cast) -> None:
    mailings.members(cast, 2)
    mailing = mailings.released(mailings.letter(cast), cast)
    rows = Delivery.objects.filter(mailing=mailing, state=State.PLANNED)
    rows.update(state=State.ACCEPTED, done_at=clock.now() + timedelta(minutes=6))
    releasing.advance(now=clock.now())
    row = Delivery.objects.filter(mailing=mailing, state=State.ACCEPTED).first()
    assert row is not None
    bouncing.take_bounce(number=row.pk, code="5.1.1", said="", verdict=Verdict.HARD, at=clock.now())
    logged = ContactEntry.objects.filter(reference=f"letter:{mailing.pk}")
    assert logged.filter(status="bounced").values_list("party", flat=True).get() == row.party_id
    assert logged.exclude(status="bounced").exists()
    assert summing.figures(mailing).rejected == 1


def test_kinds_are_kept_as_long_as_their_class_says() -> None:
    kept = {
        kind: keeping.keep_of(kind)
        for kind in ("letter.statutory", "letter.member", "members.email", "campaign.call", "billing.invoice")
    }
    assert kept == {
        "letter.statutory": keeping.STATUTORY,
        "letter.member": keeping.ROUTINE,
        "members.email": keeping.STATUTORY,
        "campaign.call": keeping.SAID,
        "billing.invoice": keeping.STATUTORY,
    }


def test_ones_own_matter_goes_before_what_is_sent_to_many_one_by_one(cast: Cast) -> None:
    many = single(klass=2)
    own = single(next_at=clock.now())
    with connection.cursor() as cursor:
        first = claiming.claim_single(cursor, worker=uuid4(), limit=1)
    assert [row.id for row in first] == [own.pk]
    assert many.pk < own.pk


def test_the_bell_is_rung_once_a_transaction(cast: Cast) -> None:
    with transaction.atomic():
        for _n in range(5):
            single()
        assert [one[1] for one in connection.run_on_commit].count(wake) == 1


def test_a_server_that_does_not_talk_rests_for_every_sender(settings: Any) -> None:
    Rates().rest(3, 60)
    other = Rates()
    assert other.rests(3)
    assert not other.rests(4)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    alone = Rates()
    alone.rest(3, 60)
    assert alone.rests(3)
    assert not alone.rests(4)
