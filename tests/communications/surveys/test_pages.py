"""The office's pages: a quick poll in a minute, the editor by buttons, who may what; and an association's own answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from communications.models import Mailing, Survey, SurveyAnswer, SurveyInvitation
from communications.services import answering, surveys
from communications.waiting_surveys import UNANSWERED
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.scope import Scope
from members.waiting import Asked
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.communications.surveys import scene

QUICK = {
    "question_fi": "Sopiiko kokous 3.12.?",
    "options_fi": "Kyllä\nEi\n\n En vielä tiedä ",
    "audience": "members",
    "grade": "pseudonymous",
    "shown": "answered",
    "closes_on": "14.12.2026",
}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def aino(cast: Cast, client: Client) -> Client:
    return cast.sign_in(client, "aino")


def quick(client: Client, **typed: Any) -> Any:
    return client.post(reverse("office:survey_quick"), {"token": str(uuid4())} | QUICK | typed)


def test_a_quick_poll_in_a_minute(cast: Cast, aino: Client) -> None:
    done = quick(aino, act="open")
    poll = Survey.objects.get(title_fi="Sopiiko kokous 3.12.?")
    assert done["Location"] == reverse("office:survey", args=[poll.pk])
    assert (poll.state, poll.unit) == ("open", cast.units["a"])
    assert [o.text["fi"] for o in poll.form.asking[0].options] == ["Kyllä", "Ei", "En vielä tiedä"]
    runs.work_off(Job.objects.get(pk=poll.job_id))
    assert Mailing.objects.filter(survey=poll, state="scheduled").exists()
    assert "Sopiiko kokous" in aino.get(reverse("office:surveys")).content.decode()


def test_a_form_sent_twice_makes_one_poll(cast: Cast, aino: Client) -> None:
    token = str(uuid4())
    first, second = quick(aino, token=token, act="open"), quick(aino, token=token, act="open")
    assert first["Location"] == second["Location"]
    assert Survey.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"options_fi": "Vain yksi"}, "options_fi"),
        ({"options_fi": "Sama\nSama"}, "options_fi"),
        ({"question_fi": ""}, "question_fi"),
        ({"closes_on": "1.1.2020"}, "closes_on"),
        ({"closes_on": "huomenna"}, "closes_on"),
        ({"audience": "segment"}, "segment"),
        ({"audience": "link", "closes_on": ""}, "closes_on"),
        ({"question_sv": "Passar det?"}, "options_sv"),
        ({"question_sv": "Passar det?", "options_sv": "Ja\nNej"}, "options_sv"),
    ],
)
def test_mistakes_are_told_beside_the_field_and_nothing_is_made(
    aino: Client, typed: dict[str, str], field: str
) -> None:
    shown = quick(aino, **typed)
    assert shown.status_code == 200
    assert field in shown.context["form"].errors
    assert shown.context["form"]["options_fi"].value() == typed.get("options_fi", QUICK["options_fi"])
    assert not Survey.objects.exists()


def test_a_public_link_makes_the_grade_secret(cast: Cast, aino: Client) -> None:
    quick(aino, audience="link", grade="open", act="open")
    poll = Survey.objects.get()
    assert (poll.grade, poll.state) == ("secret", "open")
    assert str(poll.code) in aino.get(reverse("office:survey", args=[poll.pk])).content.decode()


def test_texts_in_two_languages(aino: Client) -> None:
    quick(aino, question_sv="Passar det?", options_sv="Ja\nNej\nVet inte", act="draft")
    poll = Survey.objects.get()
    assert (poll.languages, poll.state) == (["fi", "sv"], "draft")
    assert poll.form.asking[0].options[1].text == {"fi": "Ei", "sv": "Nej"}


# --- the editor -------------------------------------------------------------------------------------------------------
def test_questions_are_added_moved_parted_and_removed_by_buttons(cast: Cast, aino: Client) -> None:
    aino.post(reverse("office:survey_new"), {"token": str(uuid4()), "title_fi": "Syksy", "start": "blank"})
    survey = Survey.objects.get()
    here = reverse("office:survey_question_new", args=[survey.pk])
    aino.post(
        here, {"kind": "single", "text_fi": "Onko metsää?", "options_fi": "Kyllä\nEi", "required": "on"}
    )
    aino.post(here, {"kind": "number", "text_fi": "Paljonko?", "least": "0", "condition": ["q1:o1"]})
    form = _form(survey)
    assert [(q.key, q.kind) for q in form.questions] == [("q1", "single"), ("q2", "number")]
    assert form.questions[1].condition is not None
    _act(aino, survey, "q2", "page")
    assert len(_form(survey).pages) == 2
    _act(aino, survey, "q2", "page")
    assert len(_form(survey).pages) == 1
    _act(aino, survey, "q2", "up")
    assert [q.key for q in _form(survey).questions] == ["q2", "q1"]
    assert _form(survey).questions[0].condition is None
    _act(aino, survey, "q1", "remove")
    assert [q.key for q in _form(survey).questions] == ["q2"]
    assert aino.get(reverse("office:survey_questions", args=[survey.pk])).status_code == 200


def _form(survey: Survey) -> Any:
    return Survey.objects.get(pk=survey.pk).form


def _act(client: Client, survey: Survey, key: str, act: str) -> None:
    done = client.post(reverse("office:survey_question_act", args=[survey.pk, key]), {"act": act})
    assert done.status_code == 302


@pytest.mark.parametrize(
    "kind", ["single", "multiple", "scale", "nps", "short", "long", "number", "date", "matrix", "info"]
)
def test_every_kind_can_be_made_previewed_and_answered(cast: Cast, aino: Client, kind: str) -> None:
    survey = scene.draft(cast, languages=["fi"], title_sv="")
    here = reverse("office:survey_question_new", args=[survey.pk])
    typed = {
        "kind": kind,
        "text_fi": "Mitä kuuluu?",
        "options_fi": "Hyvää\nHuonoa",
        "rows_fi": "Ensin\nSitten",
        "most": {"scale": "5", "multiple": "2"}.get(kind, ""),
    }
    assert aino.get(here, {"laji": kind}).status_code == 200
    assert aino.post(here, typed).status_code == 302
    assert _form(survey).questions[-1].kind == kind
    page = reverse("office:survey_preview", args=[survey.pk])
    shown = aino.get(page)
    answer = {"multiple": ["o1", "o2"], "scale": "5", "nps": "10", "date": "1.2.2026", "number": "12,5"}
    done = aino.post(
        page,
        {
            "sofar": shown.context["sofar"],
            "act": "next",
            "q1": "o1",
            "q2": answer.get(kind, "o1" if kind == "single" else "Hyvää"),
            "q2-r1": "o1",
        },
    )
    assert done.status_code == 302, done.context["form"].errors
    assert not SurveyAnswer.objects.exists()
    assert aino.get(done["Location"]).status_code == 200


def test_a_preview_stays_in_its_language(cast: Cast, aino: Client) -> None:
    survey = scene.draft(cast, form=scene.TALK)
    page = aino.get(reverse("office:survey_preview", args=[survey.pk]), {"kieli": "sv"}).content.decode()
    assert "Passar sommarutfärden 6.6?" in page
    assert 'action="?kieli=sv"' in page


def test_what_is_missing_is_told_and_stands_in_the_way(cast: Cast, aino: Client) -> None:
    survey = scene.draft(cast, languages=["fi", "sv", "en"])
    page = aino.get(reverse("office:survey", args=[survey.pk]))
    assert any("englanti" in text for text in page.context["problems"])
    assert aino.post(reverse("office:survey_open", args=[survey.pk])).status_code == 302
    survey.refresh_from_db()
    assert survey.state == "draft"


def test_ready_ones_can_be_opened_in_three_languages(cast: Cast) -> None:
    from communications.surveying.readiness import problems
    from communications.surveying.ready import READY

    for one in READY:
        assert problems(one.form, ["fi", "sv", "en"]) == []


def test_states_go_on_and_back_with_their_history(cast: Cast, aino: Client) -> None:
    survey = scene.opened(cast)
    for name, state in [
        ("survey_close", "closed"),
        ("survey_reopen", "open"),
        ("survey_close", "closed"),
        ("survey_archive", "archived"),
        ("survey_bring_back", "closed"),
    ]:
        aino.post(reverse(f"office:{name}", args=[survey.pk]))
        survey.refresh_from_db()
        assert survey.state == state
    texts = [event.text for event in aino.get(reverse("office:survey", args=[survey.pk])).context["history"]]
    assert len(texts) == 8


def test_a_copy_is_a_draft_with_the_same_questions(cast: Cast, aino: Client) -> None:
    survey = scene.opened(cast, form=scene.TALK)
    aino.post(reverse("office:survey_copy", args=[survey.pk]))
    copy = Survey.objects.order_by("pk").last()
    assert copy is not None
    assert (copy.state, copy.form, copy.closes_on) == ("draft", survey.form, None)


# --- rights -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["bo", "olavi", "maija"])
def test_outside_ones_units_a_survey_does_not_exist(cast: Cast, client: Client, who: str) -> None:
    survey = scene.opened(cast, grade="open")
    answering.answer(
        invitation=scene.invitation(survey, cast.parties["maija"]), answers={"q1": "o1"}, on=TODAY
    )
    answer = SurveyAnswer.objects.get()
    cast.sign_in(client, who)
    for name in (
        "survey",
        "survey_results",
        "survey_cross",
        "survey_invited",
        "survey_answers",
        "survey_preview",
    ):
        assert client.get(reverse(f"office:{name}", args=[survey.pk])).status_code in {403, 404}
    assert client.get(reverse("office:survey_answer", args=[survey.pk, answer.pk])).status_code in {403, 404}
    for name in ("survey_close", "survey_remind", "survey_copy", "survey_export"):
        assert client.post(reverse(f"office:{name}", args=[survey.pk])).status_code in {403, 404}
    survey.refresh_from_db()
    assert survey.state == "open"


def test_an_answer_of_another_survey_is_not_found_through_ones_own(cast: Cast, aino: Client) -> None:
    mine, other = scene.opened(cast, grade="open"), scene.opened(cast, grade="open")
    answering.answer(
        invitation=scene.invitation(other, cast.parties["maija"]), answers={"q1": "o1"}, on=TODAY
    )
    answer = SurveyAnswer.objects.get()
    assert aino.get(reverse("office:survey_answer", args=[mine.pk, answer.pk])).status_code == 404


def test_an_open_survey_is_not_edited(cast: Cast, aino: Client) -> None:
    survey = scene.opened(cast)
    assert aino.get(reverse("office:survey_questions", args=[survey.pk])).status_code == 404
    assert aino.post(reverse("office:survey_delete", args=[survey.pk])).status_code == 404
    later = reverse("office:survey_settings", args=[survey.pk])
    assert set(aino.get(later).context["form"].fields) == {"closes_on", "shown"}
    aino.post(later, {"closes_on": "20.12.2026", "shown": "closed", "grade": "open"})
    survey.refresh_from_db()
    assert (survey.shown, survey.grade) == ("closed", "pseudonymous")


# --- situation surveys ------------------------------------------------------------------------------------------------
def test_associations_answer_once_and_share_a_draft(cast: Cast, client: Client) -> None:
    survey = scene.situation(cast)
    row = SurveyInvitation.objects.get(survey=survey, unit=cast.units["a"])
    assert UNANSWERED.rows(Asked(_scope(cast, "aino"), TODAY)).count() == 1
    address = reverse("office:survey_for_unit", args=[row.pk])
    cast.sign_in(client, "aino")
    shown = client.get(address)
    typed = {"sofar": shown.context["sofar"], "act": "draft", "q1": "o3"}
    assert client.post(address, typed).status_code == 302
    row.refresh_from_db()
    assert (row.draft, row.answered_on) == ({"q1": "o3"}, None)
    cast.sign_in(client, "olavi")
    shown = client.get(address)
    assert shown.context["form"]["q1"].value() == "o3"
    assert "Aino Sihteeri" in shown.content.decode()
    step = client.post(address, {"sofar": shown.context["sofar"], "act": "next", "q1": "o1"})
    review = client.post(address, {"sofar": step.context["sofar"], "act": "next", "q3": "40", "q4": "o1"})
    assert client.post(address, {"sofar": review.context["sofar"], "act": "send"}).status_code == 302
    assert SurveyAnswer.objects.get(survey=survey).answers == {"q1": "o1", "q3": "40", "q4": "o1"}
    assert "sofar" not in client.get(address).context
    assert UNANSWERED.rows(Asked(_scope(cast, "aino"), TODAY)).count() == 0


def test_another_association_cannot_answer_for_it(cast: Cast, client: Client) -> None:
    survey = scene.situation(cast)
    row = SurveyInvitation.objects.get(survey=survey, unit=cast.units["a"])
    address = reverse("office:survey_for_unit", args=[row.pk])
    for who in ("bo", "riitta", "tiina", "maija"):
        cast.sign_in(client, who)
        assert client.get(address).status_code in {403, 404}
        assert client.post(address, {"q1": "o1"}).status_code in {403, 404}


def test_who_has_answered_is_listed_for_the_union(cast: Cast, client: Client) -> None:
    survey = scene.situation(cast)
    row = SurveyInvitation.objects.get(survey=survey, unit=cast.units["a"])
    answering.answer(invitation=row, answers={"q1": "o1", "q4": "o1"}, on=TODAY, actor=cast.users["aino"])
    cast.sign_in(client, "riitta")
    page = client.get(reverse("office:survey_invited", args=[survey.pk]), {"nayta": "vastanneet"})
    assert [one.unit for one in page.context["page"].rows] == [cast.units["a"]]
    assert client.get(reverse("office:survey_answers", args=[survey.pk])).status_code == 200
    surveys.close(actor=cast.users["riitta"], survey=survey, at=clock.now())
    assert client.get(reverse("office:survey_results", args=[survey.pk])).status_code == 200


def _scope(cast: Cast, who: str) -> Scope:
    return Scope.for_user(cast.users[who], on=TODAY)
