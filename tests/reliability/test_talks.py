"""Conversations at the same moment: one question of a double click, one of two answers, one of a mail delivered twice."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from uuid import uuid4

import pytest
from django.conf import settings

from communications.models import ContactNote, Talk, TalkMessage
from communications.services import arranging_talks, noting, talk_mail, talking
from communications.services.receiving_replies import take_reply
from communications.services.talking import Overtaken, TalkError
from jasenpalvelu.common import clock
from tests.cast import TODAY, Cast
from tests.communications.talking import FRIDAY, answered, asked, last, open_desk
from tests.reliability.test_concurrency import faults, together

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def test_a_double_click_asks_once(cast: Cast) -> None:
    once = uuid4()
    made = together(*[lambda: asked(cast, once=once)] * 4)
    assert faults(made) == []
    assert Talk.objects.count() == TalkMessage.objects.count() == 1


def test_a_double_click_answers_once(cast: Cast) -> None:
    talk, once = asked(cast), uuid4()
    seen = last(talk)
    made = together(*[lambda: answered(cast, talk, once=once, seen=seen)] * 4)
    assert faults(made) == []
    assert TalkMessage.objects.filter(kind="staff").count() == 1


def test_of_two_who_answer_one_is_told_of_the_other(cast: Cast) -> None:
    talk = asked(cast)
    seen = last(talk)
    people = (cast.users["aino"], cast.users["olavi"])
    made = together(*[lambda who=who: answered(cast, talk, actor=who, seen=seen) for who in people])
    assert [type(fault) for fault in faults(made)] == [Overtaken]
    assert TalkMessage.objects.filter(kind="staff").count() == 1


def test_an_answer_and_a_hand_over(cast: Cast) -> None:
    """Whichever comes first: an answer of the former unit is never sent after the hand-over."""
    open_desk(cast, "union")
    talk = asked(cast)
    union, aino = cast.units["union"], cast.users["aino"]
    made = together(
        lambda: answered(cast, talk, actor=cast.users["olavi"], seen=last(talk)),
        lambda: arranging_talks.hand_over(actor=aino, talk=talk, to=union, reason="x", at=FRIDAY),
    )
    kinds = list(TalkMessage.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds in (["member", "staff", "moved"], ["member", "moved"])
    assert all(isinstance(fault, TalkError) for fault in faults(made))


def test_a_mail_delivered_twice_at_once(cast: Cast) -> None:
    talk = asked(cast)
    answered(cast, talk)
    aino = cast.users["aino"]
    address = talk_mail.reply_address(talk=talk, user=aino)
    token = address.removeprefix(f"{settings.MAIL_REPLIES}+").partition("@")[0]

    def take() -> str:
        mail = EmailMessage()
        mail["Message-ID"] = "<1@posti.example.fi>"
        mail.set_content("Hoidettu.")
        return take_reply(token=token, sender=aino.email, message=mail)

    made = together(*[take] * 4)
    assert faults(made) == []
    assert TalkMessage.objects.filter(by_email=True).count() == 1


def test_a_note_written_twice_at_once(cast: Cast) -> None:
    given = {"channel": "phone", "direction": "in", "at": FRIDAY, "text": "Sovittiin", "now": FRIDAY}
    maija, a, aino = cast.parties["maija"], cast.units["a"], cast.users["aino"]
    made = together(*[lambda: noting.write(actor=aino, party=maija, unit=a, **given)] * 4)
    assert faults(made) == []
    assert ContactNote.objects.count() == 1


def test_the_member_writes_while_it_is_closed(cast: Cast) -> None:
    talk = asked(cast)
    made = together(
        lambda: talking.write(actor=None, talk=talk, text="Vielä", at=FRIDAY),
        lambda: arranging_talks.close(actor=cast.users["aino"], talk=talk, at=FRIDAY),
    )
    assert faults(made) == []
    talk.refresh_from_db()
    assert (talk.state, talk.due_at is None) in {("open", False), ("closed", True)}
