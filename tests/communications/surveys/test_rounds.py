"""Rounds of letters to the people a survey asks: who gets one, figures that add up, reminders nobody is shown, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communications import letters_archive, outbox_reading, survey_rounds
from communications.models import (
    ContactEntry,
    Delivery,
    Mailing,
    MailingState,
    Preference,
    Reason,
    State,
    Survey,
    SurveyInvitation,
    Topic,
)
from communications.readers import reader_of
from communications.sending import building
from communications.sending.claiming import Claimed
from communications.sending.letters import Letters, envelope
from communications.services import answering, asking, forgetting_mail, releasing, summing, surveys
from communications.services.forgetting_surveys import forget_respondents
from communications.services.surveys import SurveyError
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, Party
from members.scope import Scope
from tests.cast import TODAY, Cast
from tests.communications import mailings
from tests.communications.surveys import scene
from tests.communications.surveys.scene import TALK, invitation, opened


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def only(survey: Survey, **wanted: Any) -> Mailing:
    return Mailing.objects.get(survey=survey, **wanted)


def frozen(mailing: Mailing, at: datetime | None = None) -> Mailing:
    releasing.advance(now=at or clock.now())
    mailing.refresh_from_db()
    return mailing


def sent(mailing: Mailing) -> Mailing:
    """Frozen, let go and taken by every server."""
    now = clock.now()
    frozen(mailing, now)
    releasing.advance(now=now + releasing.REGRET)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE communications_delivery SET state = %s, done_at = clock_timestamp() WHERE mailing_id = %s AND state = %s",
            [int(State.ACCEPTED), mailing.pk, int(State.PLANNED)],
        )
    releasing.advance(now=now + releasing.REGRET)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DONE
    return mailing


def answer(survey: Survey, *parties: Party) -> None:
    for party in parties:
        answering.answer(invitation=invitation(survey, party), answers={"q1": "o1"}, on=clock.today())


def reminded(cast: Cast, survey: Survey) -> Mailing:
    age(sent(only(survey)))
    surveys.remind(actor=cast.users["aino"], survey=survey, on=TODAY, at=clock.now())
    return sent(only(survey, reminding=True))


def age(mailing: Mailing) -> None:
    """It left two days ago."""
    with mutation(actor=None, kind="test"):
        Mailing.objects.filter(pk=mailing.pk).update(scheduled_at=clock.now() - timedelta(days=2))


def parties_of(mailing: Mailing, *states: State) -> set[int | None]:
    rows = Delivery.objects.filter(mailing=mailing, state__in=states or list(State))
    return set(rows.values_list("party", flat=True))


def refuse(party: Party) -> None:
    with mutation(actor=None, kind="test"):
        Preference.objects.create(
            party=party, topic=Topic.objects.get(code="surveys"), wanted=False, source="link", at=clock.now()
        )


def mail(mailing: Mailing, party: Party) -> EmailMessage:
    """The message as the sender builds it."""
    row = Delivery.objects.get(mailing=mailing, party=party)
    with connection.cursor() as cursor:
        cursor.execute("SELECT vars::text FROM communications_delivery WHERE id = %s", [row.pk])
        kept = cursor.fetchone()[0]
    told = dict.fromkeys(Claimed.__dataclass_fields__, 0) | {
        "id": row.pk,
        "mailing": mailing.pk,
        "address": row.address,
        "name": row.name,
        "language": row.language,
        "vars": kept,
        "reply_to": "",
    }
    letter, refusable = Letters().of(mailing.pk, row.language)
    content = building.message(letter, envelope(Claimed(**told), letter, refusable=refusable), clock.now())  # type: ignore[arg-type]
    found = message_from_bytes(content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


# --- invitations --------------------------------------------------------------------------------------------------------
def test_everybody_asked_is_in_the_figures_and_refusers_are_left_out(cast: Cast) -> None:
    refusing, gone, *others = scene.members(cast, 5)
    refuse(refusing)
    with mutation(actor=None, kind="test"):
        ContactPoint.objects.filter(party=gone, kind="email").delete()
    survey = opened(cast)
    mailing = sent(only(survey))
    asked = SurveyInvitation.objects.filter(survey=survey).reached()
    assert parties_of(mailing) == set(asked.values_list("party", flat=True))
    found = summing.figures(mailing)
    assert found.planned == asked.count() == found.accepted + found.suppressed
    reasons = dict(Delivery.objects.filter(mailing=mailing).values_list("party", "reason"))
    assert (reasons[refusing.pk], reasons[gone.pk]) == (Reason.REFUSED, Reason.NO_ADDRESS)
    assert parties_of(mailing, State.ACCEPTED) >= {party.pk for party in others}
    told = survey_rounds.rounds(survey)[0]
    assert sum(n for _label, n in told.lines) == told.planned == found.planned
    assert set(answering.waiting_for(refusing.pk, TODAY)) == {invitation(survey, refusing)}


def test_the_letter_holds_ones_own_link_and_a_way_to_stop(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    maija = cast.parties["maija"]
    mailing = sent(only(survey))
    message = mail(mailing, maija)
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert message["Subject"] == "Kesäretki"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"]
    assert "Hei Maija" in text
    link = next(word for word in text.split() if "/kysely/" in word)
    shown = client.get("/" + link.split("/", 3)[3])
    assert shown.status_code == 200
    assert answering.by_token(link.rstrip("/").rsplit("/", 1)[1]) == invitation(survey, maija)
    entry = ContactEntry.objects.get(party=maija, kind="surveys.ask")
    assert entry.summary == "Kesäretki"


def test_each_language_has_its_words(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        Party.objects.filter(pk=cast.parties["maija"].pk).update(language="sv")
    mailing = sent(only(opened(cast)))
    message = mail(mailing, cast.parties["maija"])
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert message["Subject"] == "Sommarutfärd"
    assert "Hej Maija" in text
    assert "Svara på enkäten" in text
    assert "Vastaa" not in text


def test_no_token_is_stored_or_shown_to_the_office(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    mailing = sent(only(survey))
    row = Delivery.objects.get(mailing=mailing, party=cast.parties["maija"])
    own = invitation(survey, cast.parties["maija"])
    assert row.vars["asked"] == [own.pk, own.version]
    token = answering.token_of(own).split(":")[0]
    assert token not in str(row.vars)
    cast.sign_in(client, "aino")
    for name in ("outbox_message", "outbox_drawn"):
        shown = client.get(reverse(f"office:{name}", args=[row.pk]))
        assert shown.status_code == 200
        assert token not in shown.content.decode()


def test_rounds_are_no_letters_of_the_office_nor_of_the_archive(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    mailing = sent(only(survey))
    cast.sign_in(client, "aino")
    listed = client.get(reverse("office:messages")).context["page"].rows
    assert mailing not in listed
    for name in ("message", "message_results", "message_cancel"):
        assert client.get(reverse(f"office:{name}", args=[mailing.pk])).status_code == 404
    maija = cast.parties["maija"]
    assert mailing not in letters_archive.of_member(reader_of(maija.pk, TODAY))
    assert mailing not in letters_archive.public(cast.units["a"])
    shown = client.get(reverse("office:outbox"), {"laji": "surveys"}).context["page"].rows
    assert mailing.pk in {row.mailing_id for row in shown}
    shown = client.get(reverse("office:outbox"), {"laji": "letter"}).context["page"].rows
    assert mailing.pk not in {row.mailing_id for row in shown}


def test_more_people_take_no_more_questions(cast: Cast) -> None:
    def questions() -> int:
        mailing = only(opened(cast))
        with CaptureQueriesContext(connection) as told:
            frozen(mailing)
        assert Delivery.objects.filter(mailing=mailing).count() >= 5
        return len(told)

    scene.members(cast, 5)
    few = questions()
    mailings.members(cast, 60, unit="a")
    assert questions() == few


def test_the_topic_is_made_where_it_is_missing(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        Topic.objects.filter(code="surveys").delete()
    assert (asking.topic().code, asking.topic().klass) == ("surveys", "member")


# --- reminders ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("grade", ["open", "pseudonymous", "secret"])
def test_a_reminder_goes_to_the_silent_only(cast: Cast, grade: str) -> None:
    parties = scene.members(cast, 4)
    survey = opened(cast, grade=grade)
    answer(survey, *parties[:2])
    mailing = reminded(cast, survey)
    silent = SurveyInvitation.objects.filter(survey=survey, answered_on=None).reached()
    assert parties_of(mailing) == set(silent.values_list("party", flat=True))
    assert mailing.versions.get(language="fi").subject.startswith("Muistutus")
    assert mailing.unlisted is (grade != "open")


@pytest.mark.parametrize("grade", ["pseudonymous", "secret"])
def test_who_got_a_secret_reminder_is_told_nowhere(cast: Cast, client: Client, grade: str) -> None:
    scene.members(cast, 2)
    survey = opened(cast, grade=grade, form=TALK)
    mailing = reminded(cast, survey)
    maija = cast.parties["maija"]
    row = Delivery.objects.get(mailing=mailing, party=maija)
    assert not ContactEntry.objects.filter(kind="surveys.remind").exists()
    assert ContactEntry.objects.filter(kind="surveys.ask", party=maija).exists()
    Delivery.objects.filter(pk=row.pk).update(state=State.UNCERTAIN)
    cast.sign_in(client, "aino")
    for query in ({}, {"laji": "surveys"}, {"q": "maija@example.fi"}, {"tila": "epavarma"}):
        shown = client.get(reverse("office:outbox"), query).context["page"].rows
        assert mailing.pk not in {one.mailing_id for one in shown}
    assert row not in outbox_reading.in_doubt(Scope.for_user(cast.users["aino"], on=TODAY))
    for name in ("outbox_message", "outbox_drawn"):
        assert client.get(reverse(f"office:{name}", args=[row.pk])).status_code == 404
    for name in ("outbox_again", "outbox_leave"):
        assert client.post(reverse(f"office:{name}", args=[row.pk])).status_code == 404
    for chosen in ("", "ilman", "hiljaa"):
        page = client.get(
            reverse("office:survey_invited", args=[survey.pk]), {"nayta": chosen}
        ).content.decode()
        assert "muistutus" not in page.lower()
    told = survey_rounds.rounds(survey)[0]
    assert {label for label, _n in told.lines} <= {
        "lähetetty",
        "odottaa",
        "ei lähetetty",
        "sent",
        "waits",
        "not sent",
    }
    assert sum(n for _label, n in told.lines) == told.planned > 0


def test_the_reminder_of_an_open_survey_is_logged_and_listed(cast: Cast, client: Client) -> None:
    survey = opened(cast, grade="open")
    mailing = reminded(cast, survey)
    row = Delivery.objects.get(mailing=mailing, party=cast.parties["maija"])
    assert ContactEntry.objects.filter(kind="surveys.remind", party=cast.parties["maija"]).exists()
    cast.sign_in(client, "aino")
    assert client.get(reverse("office:outbox_message", args=[row.pk])).status_code == 200
    page = client.get(reverse("office:survey_invited", args=[survey.pk])).content.decode()
    assert "muistutus" in page


def test_who_got_a_secret_reminder_is_soon_forgotten(cast: Cast) -> None:
    survey = opened(cast, grade="secret")
    mailing = reminded(cast, survey)
    before = summing.figures(mailing)
    assert mailing.finished_at is not None
    forgetting_mail.forget(now=mailing.finished_at + forgetting_mail.UNLISTED_KEPT - timedelta(days=1))
    assert Delivery.objects.filter(mailing=mailing).exists()
    forgetting_mail.forget(now=mailing.finished_at + forgetting_mail.UNLISTED_KEPT + timedelta(days=1))
    assert not Delivery.objects.filter(mailing=mailing).exists()
    assert Delivery.objects.filter(mailing=only(survey, reminding=False)).exists()
    mailing.refresh_from_db()
    assert summing.figures(mailing) == before


def test_letters_go_with_the_names(cast: Cast) -> None:
    survey = opened(cast, kept_months=1)
    mailing = sent(only(survey))
    before = summing.figures(mailing)
    surveys.close(actor=None, survey=survey, at=clock.now())
    assert forget_respondents(on=TODAY + timedelta(days=40), at=clock.now()) == 1
    forgetting_mail.forget(now=clock.now())
    assert not Delivery.objects.filter(mailing=mailing).exists()
    mailing.refresh_from_db()
    assert summing.figures(mailing) == before


# --- one at a time --------------------------------------------------------------------------------------------------------
def test_pressing_twice_sends_one_round(cast: Cast) -> None:
    survey = opened(cast)
    age(sent(only(survey)))
    press: dict[str, Any] = {"actor": cast.users["aino"], "survey": survey, "on": TODAY}
    surveys.remind(**press, at=clock.now())
    with pytest.raises(SurveyError, match="under_way"):
        surveys.remind(**press, at=clock.now())
    sent(only(survey, reminding=True))
    with pytest.raises(SurveyError, match="early"):
        surveys.remind(**press, at=clock.now() + timedelta(hours=2))
    assert Mailing.objects.filter(survey=survey).count() == 2


def test_the_database_takes_one_round_at_a_time(cast: Cast) -> None:
    made = only(opened(cast))
    fields = ("unit", "kind", "survey", "title", "topic", "state", "scheduled_at")
    with (
        pytest.raises(IntegrityError, match="mailing_one_round"),
        transaction.atomic(),
        mutation(actor=None, kind="test"),
    ):
        Mailing.objects.create(**{name: getattr(made, name) for name in fields})


def test_a_cancelled_round_reaches_nobody_and_the_next_one_invites(cast: Cast) -> None:
    survey = opened(cast)
    first = frozen(only(survey))
    releasing.cancel(mailing=first, actor=cast.users["aino"])
    releasing.advance(now=clock.now())
    found = summing.figures(first)
    assert (found.accepted, found.waiting) == (0, 0)
    assert found.cancelled > 0
    surveys.remind(actor=cast.users["aino"], survey=survey, on=TODAY, at=clock.now())
    second = sent(Mailing.objects.filter(survey=survey).latest("pk"))
    assert second.reminding is False
    assert summing.figures(second).accepted == found.cancelled


def test_whom_a_cancelled_round_reached_is_not_invited_again(cast: Cast) -> None:
    survey = opened(cast)
    first, maija = frozen(only(survey)), cast.parties["maija"]
    Delivery.objects.filter(mailing=first, party=maija).update(state=State.ACCEPTED, done_at=clock.now())
    releasing.cancel(mailing=first, actor=cast.users["aino"])
    releasing.advance(now=clock.now())
    surveys.remind(actor=cast.users["aino"], survey=survey, on=TODAY, at=clock.now())
    second = sent(Mailing.objects.filter(survey=survey).latest("pk"))
    assert maija.pk not in parties_of(second)
    assert parties_of(second)


def test_a_survey_that_closes_sends_no_more(cast: Cast) -> None:
    waiting, going = opened(cast), opened(cast)
    frozen(only(going))
    for survey in (waiting, going):
        surveys.close(actor=cast.users["aino"], survey=survey, at=clock.now())
    releasing.advance(now=clock.now() + releasing.REGRET)
    for survey in (waiting, going):
        assert only(survey).state == MailingState.CANCELLED
        assert (
            not Delivery.objects.filter(mailing__survey=survey)
            .exclude(state__in=[State.CANCELLED, State.SUPPRESSED])
            .exists()
        )


def test_whoever_may_not_ask_any_more_sends_nothing(cast: Cast) -> None:
    mailing = only(opened(cast))
    with mutation(actor=None, kind="test"):
        Mailing.objects.filter(pk=mailing.pk).update(sender=cast.users["maija"])
    frozen(mailing)
    assert (mailing.state, mailing.summary) == (MailingState.CANCELLED, {"stopped": "unit"})
    assert not Delivery.objects.filter(mailing=mailing).exists()


# --- pages ----------------------------------------------------------------------------------------------------------------
def test_the_survey_shows_its_rounds_and_stops_them(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    mailing = frozen(only(survey))
    cast.sign_in(client, "aino")
    here = reverse("office:survey", args=[survey.pk])
    page = client.get(here)
    assert page.context["next_round"].possible is False
    assert reverse("office:survey_round_cancel", args=[survey.pk, mailing.pk]) in page.content.decode()
    releasing.advance(now=clock.now() + releasing.REGRET)

    def press(name: str) -> str:
        assert client.post(reverse(f"office:survey_round_{name}", args=[survey.pk, mailing.pk])).url == here  # type: ignore[attr-defined]
        mailing.refresh_from_db()
        return mailing.state

    assert [press(name) for name in ("pause", "resume", "cancel")] == ["paused", "sending", "cancelled"]
    assert press("resume") == "cancelled"
    assert client.get(here).context["next_round"] == survey_rounds.Next(possible=True, reminds=False)


def test_those_who_did_not_get_it_are_tried_again(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    mailing = sent(only(survey))
    row = Delivery.objects.filter(mailing=mailing, party=cast.parties["maija"])
    row.update(state=State.REJECTED, reason=Reason.GAVE_UP)
    cast.sign_in(client, "aino")
    client.post(reverse("office:survey_round_retry", args=[survey.pk, mailing.pk]))
    assert row.get().state == State.DEFERRED


def test_rounds_of_another_association_do_not_exist(cast: Cast, client: Client) -> None:
    survey, other = opened(cast), opened(cast)
    mailing = frozen(only(survey))
    cast.sign_in(client, "aino")
    for name in ("pause", "resume", "cancel", "retry"):
        crossed = reverse(f"office:survey_round_{name}", args=[other.pk, mailing.pk])
        assert client.post(crossed).status_code == 404
    cast.sign_in(client, "olavi")
    for name in ("pause", "resume", "cancel", "retry"):
        assert (
            client.post(reverse(f"office:survey_round_{name}", args=[survey.pk, mailing.pk])).status_code
            == 404
        )
    mailing.refresh_from_db()
    assert mailing.state == MailingState.FROZEN


def test_reminding_too_early_says_so(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    sent(only(survey))
    cast.sign_in(client, "aino")
    page = client.post(reverse("office:survey_remind", args=[survey.pk]), follow=True)
    assert "vuorokau" in page.content.decode()
    assert Mailing.objects.filter(survey=survey).count() == 1


# --- a poll in a letter ---------------------------------------------------------------------------------------------------
def _letter_with(cast: Cast, poll: Survey) -> Mailing:
    mailing = mailings.letter(cast, unit="a", by="aino")
    block = {"id": "aaaaaaaa", "kind": "poll", "poll": str(poll.pk)}
    with mutation(actor=None, kind="test"):
        for version in mailing.versions.all():
            version.blocks = [*version.blocks, block]
            version.save()
    now = clock.now()
    releasing.schedule(mailing=mailing, version=mailing.version, actor=cast.users["riitta"], now=now)
    return frozen(mailing)


def test_a_letter_taken_back_asks_nobody(cast: Cast) -> None:
    poll = opened(cast, audience="letter")
    maija = cast.parties["maija"]
    answered, *_others = scene.members(cast, 3)
    mailing = _letter_with(cast, poll)
    assert maija.pk in SurveyInvitation.objects.filter(survey=poll).values_list("party", flat=True)
    answer(poll, answered)
    releasing.regret(mailing=mailing, actor=cast.users["riitta"])
    left = SurveyInvitation.objects.filter(survey=poll)
    assert list(left.values_list("party", flat=True)) == [answered.pk]
    assert not answering.waiting_for(maija.pk, TODAY).exists()


def test_whom_another_letter_asks_stays_asked(cast: Cast) -> None:
    poll = opened(cast, audience="letter")
    first, second = _letter_with(cast, poll), _letter_with(cast, poll)
    before = SurveyInvitation.objects.filter(survey=poll).count()
    releasing.regret(mailing=second, actor=cast.users["riitta"])
    assert SurveyInvitation.objects.filter(survey=poll).count() == before
    releasing.cancel(mailing=first, actor=cast.users["riitta"])
    releasing.advance(now=clock.now())
    assert not SurveyInvitation.objects.filter(survey=poll).exists()
