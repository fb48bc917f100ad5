"""Answers: one each, by POST, as the grade promises; what may not happen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from communications.links import poll_path
from communications.models import (
    Delivery,
    SecretAnswer,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
)
from communications.polls_in_letters import poll_block, poll_tokens
from communications.services import answering, inviting, posting, surveys
from communications.services.answering import AnswerError
from communications.services.forgetting_surveys import forget_respondents
from communications.services.surveys import SurveyError
from communications.surveying.questions import Form
from jasenpalvelu.audit.models import Change
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.models import ContactPoint, Membership, OrgUnit
from members.models.memberships import EventKind
from members.personal import reading as copy
from members.scope import Scope
from members.services import ending, erasing, merging
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.communications.surveys import scene
from tests.communications.surveys.scene import TALK, invitation, opened

OPEN_ANSWERS = {"q1": "o1"}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def page(survey: Survey, cast: Cast, who: str = "maija") -> str:
    return reverse("public:survey", args=[answering.token_of(invitation(survey, cast.parties[who]))])


def post(client: Client, address: str, **typed: str) -> Any:
    """As the page's own form sends it."""
    shown = client.get(address)
    return client.post(address, {"sofar": shown.context["sofar"], "act": "next"} | typed)


# --- who is asked -----------------------------------------------------------------------------------------------------
def test_everybody_of_the_association_is_asked_once(cast: Cast) -> None:
    survey = opened(cast)
    rows = SurveyInvitation.objects.filter(survey=survey)
    assert {row.unit_id for row in rows} == {cast.units["a"].pk}
    assert rows.filter(party=cast.parties["maija"]).count() == 1
    assert (
        inviting.settle(survey=survey, scope=_scope(cast, "aino"), on=TODAY, at=clock.now()) == rows.count()
    )


def test_who_has_no_address_that_works_answers_on_their_own_pages(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        ContactPoint.objects.filter(party=cast.parties["maija"], kind="email").update(bounced_on=TODAY)
    survey = opened(cast)
    row = invitation(survey, cast.parties["maija"])
    assert row.left_out == ""
    assert list(answering.waiting_for(cast.parties["maija"].pk, TODAY)) == [row]


def test_members_of_other_associations_are_not_asked(cast: Cast) -> None:
    survey = opened(cast, "riitta", "a")
    units = set(SurveyInvitation.objects.filter(survey=survey).values_list("unit", flat=True))
    assert units == {cast.units["a"].pk}


def _scope(cast: Cast, who: str) -> Any:
    return Scope.for_user(cast.users[who], on=TODAY)


# --- by the link of a letter ------------------------------------------------------------------------------------------
def test_a_scanner_that_opens_every_link_answers_for_nobody(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    for query in ("", "?vastaus=1", "?vastaus=2", "?kiitos"):
        assert client.get(page(survey, cast) + query).status_code == 200
    assert client.head(page(survey, cast)).status_code == 200
    assert not SurveyAnswer.objects.exists()
    assert invitation(survey, cast.parties["maija"]).answered_on is None


def test_the_choice_of_the_letter_is_ticked_and_sent_by_a_button(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    shown = client.get(page(survey, cast) + "?vastaus=2")
    assert shown.context["form"]["q1"].value() == "o2"
    for wrong in ("3", "0", "-1", "x", "9" * 50, "²"):
        assert client.get(page(survey, cast) + f"?vastaus={wrong}").context["form"]["q1"].value() is None
    done = post(client, page(survey, cast), q1="o2")
    assert done.status_code == 302
    assert "Nähdään retkellä." in client.get(done["Location"]).content.decode()
    assert SurveyAnswer.objects.get(survey=survey).answers == {"q1": "o2"}


def test_one_answer_each(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    address = page(survey, cast)
    sofar = client.get(address).context["sofar"]
    first = client.post(address, {"sofar": sofar, "act": "next", "q1": "o1"})
    assert first.status_code == 302
    again = client.post(address, {"sofar": sofar, "act": "next", "q1": "o2"})
    assert again.status_code == 200  # the page of thanks
    assert [a.answers for a in SurveyAnswer.objects.filter(survey=survey)] == [{"q1": "o1"}]


def test_an_answer_may_be_changed_where_the_maker_allows(cast: Cast, client: Client) -> None:
    survey = opened(cast, changeable=True)
    post(client, page(survey, cast), q1="o1")
    assert client.get(page(survey, cast)).context["form"]["q1"].value() == "o1"
    post(client, page(survey, cast), q1="o2")
    assert [a.answers for a in SurveyAnswer.objects.filter(survey=survey)] == [{"q1": "o2"}]


def test_a_required_question_is_asked_again_with_what_was_typed(cast: Cast, client: Client) -> None:
    survey = opened(cast, form=TALK)
    shown = post(client, page(survey, cast), q2="Ei nyt <script>")
    assert shown.status_code == 200
    assert shown.context["form"].errors["q1"]
    assert "Ei nyt &lt;script&gt;" in shown.content.decode()
    assert not SurveyAnswer.objects.exists()


def test_a_false_or_void_link_shows_nothing(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    row = invitation(survey, cast.parties["maija"])
    old = page(survey, cast)
    SurveyInvitation.objects.filter(pk=row.pk).update(version=2)
    for wrong in (old, reverse("public:survey", args=["x.y"]), reverse("public:survey", args=["a" * 300])):
        assert client.get(wrong).status_code == 404


def test_what_travels_with_the_page_cannot_be_made_up(cast: Cast, client: Client) -> None:
    survey, other = opened(cast), opened(cast)
    foreign = client.get(page(other, cast)).context["sofar"]
    for wrong in (foreign, "x", ""):
        shown = client.post(page(survey, cast), {"sofar": wrong, "act": "next", "q1": "o1"})
        assert shown.context["lost"] is True
    assert not SurveyAnswer.objects.exists()


def test_a_closed_survey_takes_nothing(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    sofar = client.get(page(survey, cast)).context["sofar"]
    surveys.close(actor=cast.users["aino"], survey=survey, at=clock.now())
    shown = client.post(page(survey, cast), {"sofar": sofar, "act": "next", "q1": "o1"})
    assert "sofar" not in shown.context
    with pytest.raises(AnswerError, match="closed"):
        answering.answer(invitation=invitation(survey, cast.parties["maija"]), answers=OPEN_ANSWERS, on=TODAY)
    assert not SurveyAnswer.objects.exists()


def test_after_its_last_day_it_takes_nothing_and_closes_by_itself(cast: Cast) -> None:
    survey, later = opened(cast), scene.UNTIL + timedelta(days=1)
    with pytest.raises(AnswerError, match="closed"):
        answering.answer(invitation=invitation(survey, cast.parties["maija"]), answers=OPEN_ANSWERS, on=later)
    assert surveys.close_due(on=scene.UNTIL, at=clock.now()) == 0
    assert surveys.close_due(on=later, at=clock.now()) == 1
    survey.refresh_from_db()
    assert survey.state == "closed"
    again = surveys.reopen(actor=cast.users["aino"], survey=survey, on=later)
    assert (again.state, again.closes_on) == ("open", None)


def test_associations_are_reminded_when_they_are_silent_and_not_twice_in_a_day(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        OrgUnit.objects.filter(pk__in=[cast.units["a"].pk, cast.units["a2"].pk]).update(email="y@example.fi")
    survey = scene.situation(cast)
    letters = Delivery.objects.filter(reference=f"survey:{survey.pk}")
    asked = letters.count()
    assert asked >= 2
    row = SurveyInvitation.objects.get(survey=survey, unit=cast.units["a"])
    assert "Yhdistysten tilanne" in posting.rendered(letters.first()).text  # type: ignore[arg-type]
    answering.answer(invitation=row, answers={}, on=TODAY)
    assert not inviting.to_mail(survey, reminding=True, at=clock.now()).exists()
    later = TODAY + timedelta(days=2)
    with clock.frozen(later):
        surveys.remind(actor=cast.users["riitta"], survey=survey, on=later, at=clock.now())
        survey.refresh_from_db()
        runs.work_off(Job.objects.get(pk=survey.job_id))
    assert letters.filter(kind="surveys.remind").count() == asked - 1
    with pytest.raises(posting.Vanished):
        posting.render("communications/email/survey", "fi", {"invitation": row.pk, "reminding": True})


# --- on one's own pages -----------------------------------------------------------------------------------------------
def test_the_member_finds_it_answers_and_sees_the_results(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    cast.sign_in(client, "maija")
    row = invitation(survey, cast.parties["maija"])
    here = reverse("portal:own_survey", args=[row.pk])
    assert here in client.get(reverse("portal:surveys")).content.decode()
    assert client.get(reverse("portal:own_survey_results", args=[row.pk])).status_code == 404
    assert post(client, here, q1="o1").status_code == 302
    assert client.get(reverse("portal:own_survey_results", args=[row.pk])).status_code == 200


def test_anothers_survey_does_not_exist(cast: Cast, client: Client) -> None:
    survey = opened(cast)
    row = invitation(survey, cast.parties["maija"])
    cast.sign_in(client, "bo")
    assert client.get(reverse("portal:own_survey", args=[row.pk])).status_code == 404
    assert client.post(reverse("portal:own_survey", args=[row.pk])).status_code == 404


# --- a public link ----------------------------------------------------------------------------------------------------
def test_a_browser_answers_a_public_link_once(cast: Cast, client: Client) -> None:
    survey = opened(cast, grade="secret", audience="link")
    address = reverse("public:survey_open", args=[survey.code])
    done = post(client, address, q1="o1")
    assert done.status_code == 302
    cookie = client.cookies[f"kysely_{survey.pk}"]
    assert cookie["httponly"]
    assert "sofar" not in client.get(address).context
    assert SecretAnswer.objects.filter(survey=survey).count() == 1
    assert post(Client(), address, q1="o2").status_code == 302
    assert SecretAnswer.objects.filter(survey=survey).count() == 2


def test_drafts_and_targeted_surveys_have_no_public_link(cast: Cast, client: Client) -> None:
    for survey in (scene.draft(cast, grade="secret", audience="link"), opened(cast)):
        assert client.get(reverse("public:survey_open", args=[survey.code])).status_code == 404


def test_a_public_link_needs_a_last_day_and_is_secret(cast: Cast) -> None:
    survey = scene.draft(cast, grade="secret", audience="link", closes_on=None)
    with pytest.raises(SurveyError, match="day"):
        surveys.open_survey(actor=None, survey=survey, on=TODAY, at=clock.now())


# --- a poll in a letter -----------------------------------------------------------------------------------------------
def test_a_poll_in_a_letter(cast: Cast, client: Client) -> None:
    poll = opened(cast, audience="letter")
    block = poll_block(poll, "sv")
    assert block["question"] == "Passar sommarutfärden 6.6?"
    assert block["options"] == [("Ja", 1), ("Nej", 2)]
    maija = cast.parties["maija"]
    tokens = poll_tokens(poll, [(maija.pk, cast.units["a"].pk, "fi")])
    assert poll_tokens(poll, [(maija.pk, cast.units["a"].pk, "fi")]) == tokens
    assert poll_path(tokens[maija.pk]) == reverse("public:survey", args=[tokens[maija.pk]])
    shown = client.get(poll_path(tokens[maija.pk], 2))
    assert shown.context["form"]["q1"].value() == "o2"
    assert post(client, poll_path(tokens[maija.pk]), q1="o2").status_code == 302
    assert SurveyAnswer.objects.get(survey=poll).invitation.party == maija


# --- the ends of it ---------------------------------------------------------------------------------------------------
def test_who_answered_is_forgotten_after_the_months(cast: Cast) -> None:
    survey = opened(cast, grade="open", kept_months=2)
    answering.answer(invitation=invitation(survey, cast.parties["maija"]), answers=OPEN_ANSWERS, on=TODAY)
    surveys.close(actor=None, survey=survey, at=clock.now())
    assert forget_respondents(on=TODAY + timedelta(days=30), at=clock.now()) == 0
    assert forget_respondents(on=TODAY + timedelta(days=70), at=clock.now()) == 1
    assert forget_respondents(on=TODAY + timedelta(days=70), at=clock.now()) == 0
    kept = SurveyAnswer.objects.get(survey=survey)
    assert (kept.answers, kept.invitation) == (OPEN_ANSWERS, None)
    rows = SurveyInvitation.objects.filter(survey=survey)
    assert set(rows.values_list("party", "member_type", "age_band")) == {(None, "", "")}


def test_a_survey_without_a_last_day_closes_when_nobody_answers_for_a_year(cast: Cast) -> None:
    survey = opened(cast, grade="open", closes_on=None, kept_months=2)
    later = TODAY + timedelta(days=200)
    answering.answer(invitation=invitation(survey, cast.parties["maija"]), answers=OPEN_ANSWERS, on=later)
    at = clock.now()
    assert surveys.close_due(on=TODAY + timedelta(days=367), at=at) == 0
    over = later + timedelta(days=367)
    assert surveys.close_due(on=over, at=at + timedelta(days=567)) == 1
    survey.refresh_from_db()
    again = surveys.reopen(actor=cast.users["aino"], survey=survey, on=over)
    assert again.closes_on == over + timedelta(days=30)
    assert surveys.close_due(on=over, at=at) == 0


def test_answers_are_in_the_persons_copy_and_go_with_an_erasure(cast: Cast) -> None:
    gone = scene.members(cast, 1)[0]
    survey, secret = opened(cast), opened(cast, grade="secret")
    for one in (survey, secret):
        answering.answer(invitation=invitation(one, gone), answers=OPEN_ANSWERS, on=TODAY)
    told = {part.rows.table: part.total for part in copy.parts(copy.person(gone.pk))}
    assert told["communications_surveyanswer"] == 1
    assert told["communications_surveyinvitation"] == 2
    assert "communications_secretanswer" not in told
    for membership in Membership.objects.filter(party=gone):
        ending.end_membership(
            actor=None,
            membership=membership,
            kind=EventKind.RESIGNED,
            noticed_on=TODAY - timedelta(days=400),
            reason="",
        )
    erasing.erase(actor=None, party_id=gone.pk, on=TODAY, at=clock.now())
    assert not SurveyInvitation.objects.filter(party=gone).exists()
    assert not SurveyAnswer.objects.filter(survey=survey).exists()
    assert SecretAnswer.objects.filter(survey=secret).count() == 1


def test_an_answer_follows_when_two_entries_are_joined(cast: Cast) -> None:
    one, twin = scene.members(cast, 2)
    survey, other = opened(cast), opened(cast)
    SurveyInvitation.objects.filter(survey=survey, party=one).delete()
    answering.answer(invitation=invitation(survey, twin), answers=OPEN_ANSWERS, on=TODAY)
    with mutation(actor=None, kind="test"):
        Membership.objects.filter(party=twin).update(type=cast.types["supporting"])
    reader = _scope(cast, "aino")
    plan = merging.plan(survivor=one, merged=twin, scope=reader, on=TODAY)
    merging.merge(
        actor=cast.users["aino"], scope=reader, survivor_id=one.pk, merged_id=twin.pk, chosen={}, digest=plan.digest,
        on=TODAY, at=clock.now(),
    )  # fmt: skip
    assert SurveyAnswer.objects.get(survey=survey).invitation.party == one
    assert SurveyInvitation.objects.filter(survey=other, party__in=[one, twin]).count() == 2


def test_answering_writes_no_history(cast: Cast) -> None:
    survey = opened(cast)
    before = Change.objects.count()
    answering.answer(invitation=invitation(survey, cast.parties["maija"]), answers=OPEN_ANSWERS, on=TODAY)
    assert Change.objects.count() == before


def test_nothing_is_opened_with_something_missing(cast: Cast) -> None:
    survey = scene.draft(cast, form=Form())
    with pytest.raises(SurveyError, match="problems"):
        surveys.open_survey(actor=cast.users["aino"], survey=survey, on=TODAY, at=clock.now())


def test_an_opened_survey_is_final(cast: Cast) -> None:
    survey = opened(cast)
    with pytest.raises(SurveyError, match="state"):
        surveys.save_form(actor=cast.users["aino"], survey=survey, form=TALK)
    changed = surveys.save_settings(
        actor=cast.users["aino"], survey=survey, values={"grade": "open", "shown": "closed"}
    )
    assert (changed.grade, changed.shown) == ("pseudonymous", "closed")


# --- at once ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("grade", ["pseudonymous", "secret"])
@pytest.mark.django_db(transaction=True)
def test_the_same_answer_sent_twice_at_once_is_one(cast: Cast, grade: str) -> None:
    survey = opened(cast, grade=grade)
    row, barrier, codes = invitation(survey, cast.parties["maija"]), Barrier(4), []

    def send() -> None:
        try:
            barrier.wait()
            answering.answer(invitation=row, answers=OPEN_ANSWERS, on=TODAY)
            codes.append("done")
        except AnswerError as error:
            codes.append(error.code)
        finally:
            connections.close_all()

    threads = [Thread(target=send) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    table = SecretAnswer if grade == "secret" else SurveyAnswer
    assert sorted(codes) == ["answered"] * 3 + ["done"]
    assert table.objects.filter(survey=survey).count() == 1
    assert connection.vendor == "postgresql"
