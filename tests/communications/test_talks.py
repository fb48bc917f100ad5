"""Conversations: what is said, who is told, who reads, what happens twice and at once (COM-4)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from communications import attachments, talk_desks, talks_reading
from communications.attachments import Attached
from communications.models import ContactEntry, Delivery, MessageKind, Talk, TalkFile, TalkMessage, TalkState
from communications.services import arranging_talks, forgetting_talks, talk_mail, talk_settings, talking
from communications.services.posting import rendered
from communications.services.talking import Overtaken, TalkError
from communications.waiting_talks import LATE, OPEN
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Membership
from members.scope import Scope
from members.waiting import Asked
from tests.cast import TODAY, Cast
from tests.communications.talking import FRIDAY, answered, asked, last, open_desk

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


# --- asking -------------------------------------------------------------------------------------------------------------
def test_a_question_waits_with_a_day_and_tells_those_who_answer(cast: Cast) -> None:
    talk = asked(cast)
    assert talk.state == TalkState.OPEN
    assert talk.due_at == FRIDAY.replace(day=24, hour=12)
    told = Delivery.objects.filter(kind="talks.asked").order_by("address")
    mail = rendered(told[0])
    assert "Voiko eräpäivää" not in mail.text  # what was written stays in the service
    assert f"/toimisto/viestinta/kysymykset/{talk.pk}/" in mail.text
    entry = ContactEntry.objects.get(reference=f"talk:{talk.pk}")
    assert (entry.direction, entry.channel, entry.keep, entry.unit) == (
        "in",
        "portal",
        "said",
        cast.units["a"],
    )


def test_a_double_click_asks_once(cast: Cast) -> None:
    once = uuid4()
    first = asked(cast, once=once)
    assert asked(cast, once=once) == first
    assert TalkMessage.objects.filter(talk=first).count() == 1
    again = uuid4()
    talking.write(actor=None, talk=first, text="Lisäksi", once=again, at=FRIDAY + HOUR)
    talking.write(actor=None, talk=first, text="Lisäksi", once=again, at=FRIDAY + HOUR)
    assert TalkMessage.objects.filter(talk=first).count() == 2


def test_a_form_of_one_talk_sent_to_another_is_a_message_of_the_other(cast: Cast) -> None:
    """A tab that was opened twice, or a field that was kept: it ended in an error of the server."""
    once, aino = uuid4(), cast.users["aino"]
    first, second = asked(cast, once=once), asked(cast)
    for talk in (first, second, first):
        talking.write(actor=None, talk=talk, text="Lisäksi", once=once, at=FRIDAY + HOUR)
        talking.note(actor=aino, talk=talk, text="Soitin", once=uuid4(), at=FRIDAY + HOUR)
    assert [TalkMessage.objects.filter(talk=talk, text="Lisäksi").count() for talk in (first, second)] == [
        1,
        1,
    ]
    assert answered(cast, second, once=once).talk == second
    begun = talking.begin(
        actor=aino, party=first.party, unit=first.unit, subject="Hei", text="Hei", once=once, at=FRIDAY
    )
    assert begun not in {first, second}


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\u200f", "\r\n", "\x00", "\ufeff", "\u2028"])
def test_a_subject_cannot_turn_or_hide_the_line_it_stands_in(cast: Cast, sign: str) -> None:
    talk = asked(cast, subject=f"Lasku {sign}gnp.exe{sign}")
    assert talk.subject == "Lasku gnp.exe"
    begun = talking.begin(
        actor=cast.users["aino"],
        party=talk.party,
        unit=talk.unit,
        subject=f"A{sign} {sign}B",
        text="Hei",
        at=FRIDAY,
    )
    assert begun.subject == "A B"


def test_what_a_member_attaches_in_a_day_has_a_limit(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talking, "FILES_IN_A_DAY", 100)
    file = Attached("lasku.pdf", "application/pdf", b"%PDF-" + b"x" * 35)
    talk = asked(cast, files=[file])
    talking.write(actor=None, talk=talk, text="Lisäksi", files=[file], at=FRIDAY + HOUR)
    with pytest.raises(TalkError, match="room"):
        talking.write(actor=None, talk=talk, text="Ja vielä", files=[file], at=FRIDAY + HOUR)
    with pytest.raises(TalkError, match="room"):
        asked(cast, files=[file])
    talking.write(actor=None, talk=talk, text="Ilman", at=FRIDAY + HOUR)
    answered(cast, talk, files=[file])  # of staff nothing is counted
    talking.write(actor=None, talk=talk, text="Huomenna", files=[file], at=FRIDAY + 26 * HOUR)
    assert TalkFile.objects.count() == 4


def test_where_a_member_may_ask(cast: Cast) -> None:
    party = cast.parties["maija"].pk
    assert [place.unit for place in talk_desks.places(party, FRIDAY)] == [cast.units["a"]]
    open_desk(cast, "union")
    assert [place.unit for place in talk_desks.places(party, FRIDAY)] == [
        cast.units["a"],
        cast.units["union"],
    ]


@pytest.mark.parametrize("unit", ["b", "region2", "union"])
def test_nobody_asks_where_they_do_not_belong_or_nobody_takes_questions(cast: Cast, unit: str) -> None:
    with pytest.raises(TalkError):
        asked(cast, unit=cast.units[unit])
    assert not Talk.objects.exists()


def test_a_subject_of_another_unit_is_refused(cast: Cast) -> None:
    topic = talk_settings.keep_topic(
        actor=cast.users["riitta"], unit=cast.units["union"], values=topic_values("Verotus")
    )
    with pytest.raises(TalkError):
        asked(cast, topic=topic)


def test_a_question_goes_to_the_expert_of_its_subject(cast: Cast) -> None:
    open_desk(cast, "union")
    values = topic_values("Verotus", expert=cast.users["riitta"])
    topic = talk_settings.keep_topic(actor=cast.users["riitta"], unit=cast.units["union"], values=values)
    talk = asked(cast, unit=cast.units["union"], topic=topic)
    assert talk.assignee == cast.users["riitta"]
    assert set(Delivery.objects.filter(kind="talks.asked").values_list("address", flat=True)) == {
        cast.users["riitta"].email
    }


def topic_values(name: str, **further: object) -> dict[str, object]:
    return {"name_fi": name, "name_sv": "", "name_en": "", "expert": None, "active": True} | further


@pytest.mark.parametrize("text", ["", "   \n"])
def test_nothing_is_not_a_message(cast: Cast, text: str) -> None:
    with pytest.raises(TalkError):
        asked(cast, text=text)


# --- answering -----------------------------------------------------------------------------------------------------------
def test_an_answer_is_sent_and_its_time_measured_in_office_hours(cast: Cast) -> None:
    talk = asked(cast)
    message = answered(cast, talk, at=FRIDAY + timedelta(days=3))
    talk.refresh_from_db()
    assert (talk.state, talk.minutes, talk.due_at) == (TalkState.ANSWERED, 6 * 60, None)
    assert talk.assignee == cast.users["aino"]
    delivery = Delivery.objects.get(kind="talks.reply")
    assert delivery.vars["message"] == message.pk
    assert "Kyllä voi" not in str(delivery.vars)  # no body in the outbox
    mail = rendered(delivery)
    assert "Kyllä voi." in mail.text
    assert "Laskun eräpäivä" in mail.subject
    assert delivery.reply_to.startswith("reply+")


def test_words_of_a_mail_are_never_read_as_a_template(cast: Cast) -> None:
    talk = asked(cast, subject="{{ x }}\r\nBcc: a@b.fi")
    answered(cast, talk, text="{{ url }} <b>&</b> {% now 'Y' %}")
    mail = rendered(Delivery.objects.get(kind="talks.reply"))
    assert "{{ url }} <b>&</b> {% now 'Y' %}" in mail.text
    assert "\n" not in mail.subject


def test_a_member_without_an_address_is_answered_in_the_service(cast: Cast) -> None:
    talk = asked(cast)
    with mutation(actor=None, kind="test"):
        cast.parties["maija"].contact_points.all().delete()
        cast.parties["maija"].logins.all().delete()
    answered(cast, talk)
    assert not Delivery.objects.filter(kind="talks.reply").exists()
    assert ContactEntry.objects.filter(kind="talks.answer", direction="out").count() == 1


def test_two_answering_at_once(cast: Cast) -> None:
    talk = asked(cast)
    seen = last(talk)
    answered(cast, talk, actor=cast.users["riitta"], seen=seen)
    with pytest.raises(Overtaken) as stopped:
        answered(cast, talk, seen=seen, text="Ei voi.")
    assert stopped.value.message.author == cast.users["riitta"]
    assert not TalkMessage.objects.filter(text="Ei voi.").exists()
    answered(cast, talk, seen=last(talk), text="Lisäys.")
    assert TalkMessage.objects.filter(talk=talk, kind=MessageKind.STAFF).count() == 2


def test_what_the_member_writes_meanwhile_does_not_stop_an_answer(cast: Cast) -> None:
    talk = asked(cast)
    seen = last(talk)
    talking.write(actor=None, talk=talk, text="Vielä yksi asia", at=FRIDAY + HOUR)
    answered(cast, talk, seen=seen)


def test_the_wait_counts_from_the_first_unanswered_message(cast: Cast) -> None:
    talk = asked(cast)
    due = talk.due_at
    talking.write(actor=None, talk=talk, text="Muistutan", at=FRIDAY + 2 * HOUR)
    talk.refresh_from_db()
    assert talk.due_at == due


def test_a_closed_conversation_opens_with_a_message(cast: Cast) -> None:
    talk = asked(cast)
    arranging_talks.close(actor=cast.users["aino"], talk=talk, at=FRIDAY)
    arranging_talks.close(actor=cast.users["aino"], talk=talk, at=FRIDAY)
    talk.refresh_from_db()
    assert (talk.state, talk.due_at) == (TalkState.CLOSED, None)
    assert TalkMessage.objects.filter(kind=MessageKind.CLOSED).count() == 1
    talking.write(actor=None, talk=talk, text="Vielä", at=FRIDAY + HOUR)
    talk.refresh_from_db()
    assert talk.is_open


def test_the_promise_is_what_has_been_measured(cast: Cast) -> None:
    unit = cast.units["a"].pk
    before = talk_desks.usual_answer(unit, FRIDAY)
    for _n in range(talk_desks.ENOUGH):
        answered(cast, asked(cast), at=FRIDAY + HOUR)
    assert talk_desks.usual_answer(unit, FRIDAY) != before


# --- notes -------------------------------------------------------------------------------------------------------------
def test_a_note_is_for_colleagues(cast: Cast) -> None:
    talk = asked(cast)
    talking.note(actor=cast.users["aino"], talk=talk, text="Kysy Olavilta", at=FRIDAY)
    assert [m.kind for m in talks_reading.in_order(talks_reading.seen_by_member(talk))] == ["member"]
    assert not Delivery.objects.filter(kind="talks.reply").exists()
    talk.refresh_from_db()
    assert talk.is_open


# --- handing over --------------------------------------------------------------------------------------------------------
def scope(cast: Cast, name: str) -> Scope:
    return Scope.for_user(cast.users[name], on=TODAY)


def handed_over(cast: Cast) -> Talk:
    open_desk(cast, "union")
    talk = asked(cast)
    arranging_talks.hand_over(
        actor=cast.users["aino"], talk=talk, to=cast.units["union"], reason="Liitto tietää", at=FRIDAY + HOUR
    )
    talk.refresh_from_db()
    return talk


def texts(cast: Cast, name: str, talk: Talk) -> list[str]:
    return [m.text for m in talks_reading.in_order(talks_reading.seen_by_staff(scope(cast, name), talk))]


def test_the_former_unit_reads_no_further(cast: Cast) -> None:
    talk = handed_over(cast)
    talking.write(actor=None, talk=talk, text="Kiitos", at=FRIDAY + 2 * HOUR)
    assert Talk.objects.visible_to(scope(cast, "aino")).filter(pk=talk.pk).exists()
    assert not Talk.objects.answered_by(scope(cast, "aino")).filter(pk=talk.pk).exists()
    assert texts(cast, "aino", talk) == ["Voiko eräpäivää siirtää?", "Liitto tietää"]
    assert texts(cast, "riitta", talk) == ["Voiko eräpäivää siirtää?", "Liitto tietää", "Kiitos"]


def test_the_member_is_told_who_reads(cast: Cast) -> None:
    talk = handed_over(cast)
    mail = rendered(Delivery.objects.get(kind="talks.moved"))
    assert "Malliliitto" in mail.subject
    assert "Liitto tietää" in mail.text
    assert arranging_talks.refusable_move(talk) is not None


def test_the_member_may_give_it_back_until_it_is_answered(cast: Cast) -> None:
    talk = handed_over(cast)
    arranging_talks.hand_back(actor=None, talk=talk, at=FRIDAY + 2 * HOUR)
    talk.refresh_from_db()
    assert talk.unit == cast.units["a"]
    with pytest.raises(TalkError):
        arranging_talks.hand_back(actor=None, talk=talk, at=FRIDAY + 2 * HOUR)


def test_once_answered_it_stays_where_it_is(cast: Cast) -> None:
    talk = handed_over(cast)
    answered(cast, talk, actor=cast.users["riitta"], at=FRIDAY + 2 * HOUR)
    with pytest.raises(TalkError):
        arranging_talks.hand_back(actor=None, talk=talk, at=FRIDAY + 3 * HOUR)


def test_only_to_where_the_member_may_write(cast: Cast) -> None:
    talk = asked(cast)
    with pytest.raises(TalkError):
        arranging_talks.hand_over(
            actor=cast.users["aino"], talk=talk, to=cast.units["b"], reason="x", at=FRIDAY
        )


def test_an_answer_to_what_was_handed_over_meanwhile_is_not_sent(cast: Cast) -> None:
    open_desk(cast, "union")
    talk = asked(cast)
    old = Talk.objects.get(pk=talk.pk)
    arranging_talks.hand_over(
        actor=cast.users["aino"], talk=talk, to=cast.units["union"], reason="x", at=FRIDAY
    )
    with pytest.raises(TalkError):
        answered(cast, old)


def test_a_colleague_is_somebody_who_may_answer(cast: Cast) -> None:
    talk = asked(cast)
    with pytest.raises(TalkError):
        arranging_talks.assign(actor=cast.users["aino"], talk=talk, to=cast.users["bo"], at=FRIDAY)
    arranging_talks.assign(actor=cast.users["aino"], talk=talk, to=cast.users["olavi"], at=FRIDAY)
    talk.refresh_from_db()
    assert talk.assignee == cast.users["olavi"]


# --- files, forgetting, joining ---------------------------------------------------------------------------------------
def test_files_go_with_the_message(cast: Cast) -> None:
    file = attachments.checked("lasku.pdf", b"%PDF-1.7 x")
    talk = asked(cast, files=[file])
    kept = TalkMessage.objects.get(talk=talk).files.get()
    assert (kept.name, bytes(kept.content), kept.size) == ("lasku.pdf", b"%PDF-1.7 x", 10)
    with pytest.raises(TalkError):
        asked(cast, files=[file] * 6)


def test_an_old_conversation_is_forgotten_but_not_one_that_waits(cast: Cast) -> None:
    over, waits = asked(cast), asked(cast, subject="Odottaa")
    answered(cast, over)
    assert forgetting_talks.forget(now=FRIDAY + timedelta(days=3 * 365)) == 0
    assert forgetting_talks.forget(now=FRIDAY + timedelta(days=3 * 366)) == 1
    assert list(Talk.objects.all()) == [waits]


def test_the_address_for_answers_stays_the_same(cast: Cast) -> None:
    talk = asked(cast)
    first = talk_mail.reply_address(talk=talk, user=None)
    assert talk_mail.reply_address(talk=talk, user=None) == first
    assert talk_mail.reply_address(talk=talk, user=cast.users["aino"]) != first


def test_a_former_member_goes_on_talking_but_asks_nothing_new(cast: Cast) -> None:
    talk = asked(cast)
    with mutation(actor=None, kind="test"):
        mine = Membership.objects.filter(party=cast.parties["maija"])
        mine.update(state="ended", ended_on=date(2026, 11, 20))
    talking.write(actor=None, talk=talk, text="Vielä", at=FRIDAY + timedelta(days=3))
    with pytest.raises(TalkError):
        asked(cast, at=FRIDAY + timedelta(days=3))


# --- the work queue ------------------------------------------------------------------------------------------------------
def test_what_waits_in_the_work_queue(cast: Cast) -> None:
    """Late and waiting apart; what a colleague has taken and what an association below answers is not one's own."""
    late = asked(cast, at=FRIDAY - timedelta(days=14))
    asked(cast, subject="Uusi")
    taken = asked(cast, subject="Olavin")
    arranging_talks.assign(actor=cast.users["olavi"], talk=taken, to=cast.users["olavi"], at=FRIDAY)
    with clock.frozen(FRIDAY):
        counts = {
            name: [source.rows(Asked(scope(cast, name), TODAY)).count() for source in (LATE, OPEN)]
            for name in ("aino", "olavi", "riitta", "bo")
        }
        told = LATE.item(Asked(scope(cast, "aino"), TODAY), 1)
    assert counts == {"aino": [1, 1], "olavi": [1, 2], "riitta": [0, 0], "bo": [0, 0]}
    assert told.url.endswith("/kysymykset/")
    assert late.due_at is not None
