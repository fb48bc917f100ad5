"""Who gets a letter and who does not; its way from draft to sent; what may not happen to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from communications.models import (
    Channel,
    Delivery,
    Look,
    Mailing,
    MailingState,
    MailingVersion,
    Preference,
    Reason,
    State,
    Topic,
)
from communications.services import planning, releasing, summing, wording
from communications.services.releasing import ReleaseError
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, DataMark, Party
from members.scope import Scope
from tests.cast import TODAY, Cast
from tests.communications import mailings
from tests.members.consents.helpers import say
from tests.members.helpers import appoint

pytestmark = pytest.mark.django_db


def plan(mailing: Mailing, cast: Cast, by: str = "riitta") -> planning.Plan:
    return planning.plan(mailing, scope=Scope.for_user(cast.users[by], on=TODAY), on=TODAY)


def test_everybody_left_out_has_a_reason_and_the_sum_holds(cast: Cast) -> None:
    parties = mailings.members(cast, 8)
    mailing = mailings.letter(cast)
    before = plan(mailing, cast)
    dead, refusing, gone, bad, twin, restricted = parties[:6]
    with mutation(actor=None, kind="test"):
        dead.person.deceased_on = TODAY
        dead.person.save()
        Preference.objects.create(
            party=refusing, topic=mailing.topic, wanted=False, source="link", at=clock.now()
        )
        ContactPoint.objects.filter(party=gone, kind="email").delete()
        ContactPoint.objects.filter(party=bad, kind="email").update(key="ei ole osoite")
        shared = parties[6].contact_points.get(kind="email").key
        ContactPoint.objects.filter(party=twin, kind="email").update(key=shared, value=shared)
        DataMark.objects.create(
            party=restricted,
            unit=cast.units["a2"],
            kind="restriction",
            reason="Riita",
            set_on=TODAY,
            set_by=cast.users["riitta"],
        )
    found = plan(mailing, cast)
    assert found.planned == before.planned
    assert found.reached + found.reasons.total() == found.planned
    added = {reason: found.reasons[reason] - before.reasons[reason] for reason in found.reasons}
    assert {reason: n for reason, n in added.items() if n} == {
        Reason.DECEASED: 1,
        Reason.REFUSED: 1,
        Reason.NO_ADDRESS: 1,
        Reason.BAD_ADDRESS: 1,
        Reason.SAME_ADDRESS: 1,
        Reason.OBJECTS: 1,
    }


def test_paper_goes_to_nobody_who_refuses_paper(cast: Cast) -> None:
    wants, refuses, forbids = mailings.members(cast, 3)
    mailing = mailings.letter(cast, paper=True)
    with mutation(actor=None, kind="test"):
        for party in (wants, refuses, forbids):
            ContactPoint.objects.filter(party=party, kind="email").delete()
            ContactPoint.objects.filter(party=party, kind="address").delete()
            ContactPoint.objects.create(
                party=party,
                kind="address",
                value="Metsätie 1",
                postal_code="00100",
                city="Helsinki",
                valid_from=TODAY,
            )
    before = plan(mailing, cast)
    with mutation(actor=None, kind="test"):
        Preference.objects.create(
            party=refuses,
            topic=mailing.topic,
            channel=Channel.LETTER,
            wanted=False,
            source="link",
            at=clock.now(),
        )
    say(forbids, cast.units["a2"], str(mailing.topic.purpose_id), channel="post", given=False)
    after = plan(mailing, cast)
    assert before.to_print - after.to_print == 2
    assert after.reasons[Reason.NO_ADDRESS] - before.reasons[Reason.NO_ADDRESS] == 2


def test_what_was_planned_is_what_is_frozen(cast: Cast) -> None:
    mailings.members(cast, 5)
    mailing = mailings.released(mailings.letter(cast), cast)
    found, rows = plan(mailing, cast), Delivery.objects.filter(mailing=mailing)
    assert rows.count() == found.planned
    assert rows.filter(state=State.PLANNED).count() == found.reached
    figures = summing.figures(mailing)
    assert figures.planned == figures.waiting + figures.suppressed == found.planned


def test_a_statutory_letter_comes_to_both_at_one_address_and_to_who_refuses(cast: Cast) -> None:
    one, other = mailings.members(cast, 2)
    mailing = mailings.letter(cast, topic="meetings")
    before = plan(mailing, cast).to_mail
    with mutation(actor=None, kind="test"):
        for topic in Topic.objects.order_by("pk"):
            Preference.objects.create(party=one, topic=topic, wanted=False, source="link", at=clock.now())
        shared = one.contact_points.get(kind="email").key
        ContactPoint.objects.filter(party=other, kind="email").update(key=shared)
    assert plan(mailing, cast).to_mail == before


def test_marketing_goes_to_nobody_who_has_not_consented(cast: Cast) -> None:
    mailings.members(cast, 3)
    found = plan(mailings.letter(cast, topic="benefits"), cast)
    assert found.reached == 0
    assert found.reasons[Reason.NO_CONSENT] > 0


def test_one_reaches_ones_own_members_only(cast: Cast) -> None:
    mailings.members(cast, 4, unit="b")
    mailings.members(cast, 3, unit="a")
    mailing = mailings.letter(cast, unit="a", by="aino")
    units = set(plan(mailing, cast, "aino").units)
    assert units == {cast.units["a"].pk}
    with pytest.raises(planning.PlanError, match="unit"):
        plan(mailing, cast, "bo")
    with pytest.raises(planning.PlanError, match="unit"):
        plan(mailings.letter(cast, unit="union"), cast, "aino")


def test_a_letter_to_many_waits_for_a_second_person(cast: Cast) -> None:
    appoint(cast, "ulla", "chair", "a2")
    mailings.members(cast, 3)
    mailing = mailings.letter(cast)
    with mutation(actor=None, kind="test"):
        Look.objects.create(unit=cast.units["region1"], approval_limit=1)
    now = clock.now()
    waiting = releasing.schedule(mailing=mailing, version=1, actor=cast.users["riitta"], now=now)
    assert waiting.state == MailingState.WAITING
    releasing.advance(now=now)
    assert not Delivery.objects.exists()
    for by, code in (("riitta", "same_person"), ("aino", "unit")):
        with pytest.raises(ReleaseError, match=code):
            releasing.approve(mailing=waiting, version=waiting.version, actor=cast.users[by], now=now)
    approved = releasing.approve(mailing=waiting, version=waiting.version, actor=cast.users["ulla"], now=now)
    assert approved.state == MailingState.SCHEDULED


def test_five_minutes_to_regret_and_then_it_is_too_late(cast: Cast) -> None:
    mailings.members(cast, 3)
    mailing, now = mailings.letter(cast), clock.now()
    releasing.schedule(mailing=mailing, version=1, actor=cast.users["riitta"], now=now)
    releasing.advance(now=now)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.FROZEN
    releasing.advance(now=now + timedelta(minutes=4))
    back = releasing.regret(mailing=mailing, actor=cast.users["riitta"])
    assert (back.state, Delivery.objects.count()) == (MailingState.DRAFT, 0)
    releasing.schedule(mailing=back, version=back.version, actor=cast.users["riitta"], now=now)
    releasing.advance(now=now)
    releasing.advance(now=now + releasing.REGRET)
    with pytest.raises(ReleaseError, match="state"):
        releasing.regret(mailing=mailing, actor=cast.users["riitta"])


def test_the_words_of_a_letter_that_has_left_are_final(cast: Cast) -> None:
    mailings.members(cast, 1)
    mailing = mailings.released(mailings.letter(cast), cast)
    version = MailingVersion.objects.filter(mailing=mailing).order_by("pk")[0]
    assert version.sha256
    for change in ({"subject": "Muu"}, {"html": "x"}, {"blocks": []}):
        with (
            pytest.raises(DatabaseError, match="final"),
            transaction.atomic(),
            mutation(actor=None, kind="test"),
        ):
            MailingVersion.objects.filter(pk=version.pk).update(**change)


def test_two_who_send_at_once_send_once(cast: Cast) -> None:
    mailings.members(cast, 2)
    mailing, now = mailings.letter(cast), clock.now()
    releasing.schedule(mailing=mailing, version=1, actor=cast.users["riitta"], now=now)
    with pytest.raises(ReleaseError, match="changed"):
        releasing.schedule(mailing=mailing, version=1, actor=cast.users["riitta"], now=now)
    releasing.advance(now=now)
    releasing.advance(now=now)
    assert Delivery.objects.values("party").distinct().count() == Delivery.objects.count()


def test_a_sender_whose_post_ended_meanwhile_sends_nothing(cast: Cast) -> None:
    mailings.members(cast, 2, unit="a")
    mailing, now = mailings.letter(cast, unit="a", by="aino"), clock.now()
    releasing.schedule(
        mailing=mailing, version=1, actor=cast.users["aino"], now=now, at=now + timedelta(days=1)
    )
    with mutation(actor=None, kind="test"):
        cast.parties["aino"].mandates.update(valid_to=TODAY - timedelta(days=1))
    releasing.advance(now=now + timedelta(days=1))
    mailing.refresh_from_db()
    assert (mailing.state, mailing.summary) == (MailingState.DRAFT, {"stopped": "unit"})
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("wait", "code"), [(timedelta(minutes=-1), "past"), (timedelta(days=400), "far")])
def test_a_time_gone_by_or_too_far_off(cast: Cast, wait: timedelta, code: str) -> None:
    mailings.members(cast, 1)
    now = clock.now()
    with pytest.raises(ReleaseError, match=code):
        releasing.schedule(
            mailing=mailings.letter(cast), version=1, actor=cast.users["riitta"], now=now, at=now + wait
        )


def test_only_the_fields_in_use_are_stored(cast: Cast) -> None:
    mailings.members(cast, 1)
    mailing = mailings.released(mailings.letter(cast), cast)
    assert wording.versions(mailing)
    row = Delivery.objects.filter(mailing=mailing, state=State.PLANNED).order_by("pk")[0]
    assert set(row.vars) == {"first_name"}
    assert Party.objects.get(pk=row.party_id).person.first_names.startswith(row.vars["first_name"])


def test_the_five_minutes_are_five_in_the_hour_that_comes_twice(cast: Cast) -> None:
    mailings.members(cast, 2)
    now = datetime(2027, 10, 31, 3, 57, tzinfo=clock.HELSINKI)  # the first of the two
    with clock.frozen(now.date()):
        mailing = mailings.letter(cast)
        releasing.schedule(mailing=mailing, version=mailing.version, actor=cast.users["riitta"], now=now)
        releasing.advance(now=now)
    mailing.refresh_from_db()
    assert mailing.release_at is not None
    assert mailing.release_at - now.astimezone(UTC) == releasing.REGRET
