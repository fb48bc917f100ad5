"""Results by grade: small groups hidden, cross tables, files, what respondents see."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communications import survey_crossing, survey_files, survey_results
from communications.models import Survey, SurveyAnswer, SurveyInvitation
from communications.services import answering, surveys
from communications.services.forgetting_surveys import forget_respondents
from communications.surveying.hiding import LEAST
from jasenpalvelu.common import clock, exports
from jasenpalvelu.jobs.models import Job
from members.models import Party
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.communications.surveys import scene


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def answered(cast: Cast, count: int, *, over: bool = True, **further: Any) -> tuple[Survey, list[Party]]:
    """So many have answered: every other one yes; then it was closed."""
    people = scene.members(cast, count)
    survey = scene.opened(cast, form=scene.TALK, **further)
    told = [{"q1": "o1" if n % 2 else "o2", "q2": f"Terveisin {n}"} for n in range(count)]
    scene.answer_all(survey, people, told)
    if over:
        surveys.close(actor=None, survey=survey, at=clock.now())
        survey.refresh_from_db()
    return survey, people


def figures(survey: Survey) -> list[int]:
    """Of the first question as the office sees them now; nothing when they are not told."""
    survey.refresh_from_db()
    found = survey_results.results(survey, "fi")
    return [line.n for line in found.questions[0].lines] if found.questions else []


def test_fewer_than_five_are_told_nothing(cast: Cast) -> None:
    survey, people = answered(cast, 4)
    assert survey_results.results(survey, "fi").hidden == "few"
    assert survey_crossing.cross_table(survey, "q1", "type", "fi") is None
    assert [row[2] for row in survey_files.file_of(survey, TODAY).rows] == [4]
    assert people


def test_from_five_on_numbers_and_texts_without_names(cast: Cast) -> None:
    survey, people = answered(cast, 6)
    found = survey_results.results(survey, "fi")
    assert [(line.label, line.n) for line in found.questions[0].lines] == [("Kyllä", 3), ("Ei", 3)]
    assert len(found.questions[1].texts) == 6
    respondent = survey_results.results(survey, "fi", respondent=True)
    assert not respondent.questions[1].texts
    told = BytesIO()
    made = survey_files.file_of(survey, TODAY)
    exports.write_csv(made.rows, made.columns, told)
    text = told.getvalue().decode("utf-8-sig")
    assert "Terveisin 3" in text
    assert not any(party.display_name in text for party in people)


def test_an_open_one_tells_who_and_respondents_wait_for_five(cast: Cast) -> None:
    survey, people = answered(cast, 2, grade="open")
    assert survey_results.results(survey, "fi").hidden == ""
    assert survey_results.results(survey, "fi", respondent=True).hidden == "few"
    told = BytesIO()
    made = survey_files.file_of(survey, TODAY)
    exports.write_csv(made.rows, made.columns, told)
    assert people[0].display_name in told.getvalue().decode("utf-8-sig")


def test_small_groups_of_a_cross_table_are_hidden(cast: Cast) -> None:
    survey, people = answered(cast, 12)
    SurveyInvitation.objects.filter(survey=survey, party__in=people[:2]).update(age_band="0-29")
    SurveyInvitation.objects.filter(survey=survey, party__in=people[2:]).update(age_band="45-59")
    table = survey_crossing.cross_table(survey, "q1", "age", "fi")
    assert table is not None
    assert table.hides
    shown = [n for _label, numbers in table.rows for n in numbers if n is not None]
    assert all(n == 0 or n >= 5 for n in shown)
    assert all(n is None or n == 0 or n >= 5 for n in table.sizes)


def test_an_open_cross_table_hides_nothing(cast: Cast) -> None:
    survey, _people = answered(cast, 6, grade="open")
    table = survey_crossing.cross_table(survey, "q1", "type", "fi")
    assert table is not None
    assert not table.hides


def test_secret_answers_are_set_against_each_other_only(cast: Cast) -> None:
    survey, _people = answered(cast, 6, grade="secret")
    questions, columns = survey_crossing.choices(survey, "fi")
    assert [key for key, _text in questions] == [key for key, _text in columns] == ["q1"]
    assert survey_results.results(survey, "fi").hidden == ""
    assert sorted(survey_results.results(survey, "fi").questions[1].texts) == [
        f"Terveisin {n}" for n in range(6)
    ]


def test_answers_forgotten_are_in_no_group(cast: Cast) -> None:
    survey, _people = answered(cast, 6, grade="open", kept_months=1)
    forget_respondents(on=TODAY.replace(year=TODAY.year + 1), at=clock.now())
    survey.refresh_from_db()
    assert survey_results.results(survey, "fi").answered == 6
    assert [key for key, _text in survey_crossing.choices(survey, "fi")[1]] == ["q1"]


def test_the_file_is_made_by_a_job_under_todays_rights(cast: Cast, client: Client) -> None:
    survey, _people = answered(cast, 6)
    cast.sign_in(client, "aino")
    for form in ("xlsx", "csv"):
        done = client.post(reverse("office:survey_export", args=[survey.pk]), {"muoto": form})
        job = runs.work_off(Job.objects.get(pk=done["Location"].rstrip("/").rpartition("/")[2]))
        assert job.result_name.endswith(f".{form}")


def test_hostile_texts_are_texts(cast: Cast, client: Client) -> None:
    people = scene.members(cast, 5)
    survey = scene.opened(cast, form=scene.TALK)
    told = [
        {"q1": "o1", "q2": text}
        for text in ("=1+1", "<script>alert(1)</script>", "\u202eabc", "'", "a" * 4000)
    ]
    scene.answer_all(survey, people, told)
    surveys.close(actor=None, survey=survey, at=clock.now())
    survey.refresh_from_db()
    cast.sign_in(client, "aino")
    page = client.get(reverse("office:survey_results", args=[survey.pk])).content.decode()
    assert "<script>alert(1)" not in page
    out = BytesIO()
    made = survey_files.file_of(survey, TODAY)
    exports.write_csv(made.rows, made.columns, out)
    assert "'=1+1" in out.getvalue().decode("utf-8-sig")


def test_turnout_by_unit_joins_small_associations(cast: Cast) -> None:
    scene.members(cast, 6, "a")
    scene.members(cast, 2, "a3")
    survey = scene.opened(cast, "riitta", "union", form=scene.TALK)
    rows = survey_results.turnout_by_unit(survey)
    assert all(row.asked >= 5 for row in rows) or len(rows) == 1
    assert sum(row.asked for row in rows) == survey_results.turnout(survey).asked


def test_the_member_story_sees_the_results_after_answering(cast: Cast, client: Client) -> None:
    survey, _people = answered(cast, 9, over=False)
    row = scene.invitation(survey, cast.parties["maija"])
    token = answering.token_of(row)
    assert client.get(reverse("public:survey_results", args=[token])).status_code == 404
    answering.answer(invitation=row, answers={"q1": "o1"}, on=TODAY)
    page = client.get(reverse("public:survey_results", args=[token]))
    assert page.status_code == 200
    assert (page.context["results"].answered, page.context["results"].later) == (5, 5)
    assert "Terveisin" not in page.content.decode()
    assert "5 vastauksesta" in page.content.decode()
    assert SurveyAnswer.objects.filter(survey=survey).count() == 10


# --- figures move by five ------------------------------------------------------------------------------------------------
def give(survey: Survey, party: Party, option: str) -> None:
    answering.answer(invitation=scene.invitation(survey, party), answers={"q1": option}, on=TODAY)


def test_live_figures_never_move_by_fewer_than_five(cast: Cast) -> None:
    people = scene.members(cast, 23)
    survey = scene.opened(cast)
    before: list[int] = []
    for n, party in enumerate(people):
        give(survey, party, "o1" if n % 3 else "o2")
        now = figures(survey)
        assert now == before or sum(now) - sum(before) >= LEAST
        assert sum(now) <= max(n + 1 - LEAST, 0)  # so that closing adds five at least
        before = now
    assert sum(before) == 15
    surveys.close(actor=None, survey=survey, at=clock.now())
    assert sum(figures(survey)) == 23


def test_while_it_is_open_the_first_are_told_from_ten_on(cast: Cast, client: Client) -> None:
    survey, people = answered(cast, 9, over=False)
    assert survey_results.results(survey, "fi").hidden == "early"
    cast.sign_in(client, "aino")
    assert "kymmenen" in client.get(reverse("office:survey_results", args=[survey.pk])).content.decode()
    assert client.get(reverse("office:survey_cross", args=[survey.pk])).context["table"] is None
    assert people


@pytest.mark.parametrize("grade", ["secret", "pseudonymous"])
def test_opened_again_it_shows_what_was_told_until_five_more_have_answered(cast: Cast, grade: str) -> None:
    """Closed, opened for one more and closed again it told what that one had answered."""
    people = scene.members(cast, 10)
    survey = scene.opened(cast, grade=grade, closes_on=None)
    aino = cast.users["aino"]
    for party in people[:5]:
        give(survey, party, "o1")
    surveys.close(actor=aino, survey=survey, at=clock.now())
    assert figures(survey) == [5, 0]
    for n, party in enumerate(people[5:], start=1):
        surveys.reopen(actor=aino, survey=survey, on=TODAY)
        give(survey, party, "o2")
        assert figures(survey) == [5, 0]
        surveys.close(actor=aino, survey=survey, at=clock.now())
        assert figures(survey) == ([5, 0] if n < 5 else [5, 5])
        assert survey_results.results(survey, "fi").later == n % 5


def test_marks_of_later_days_do_not_name_the_answers_that_are_not_counted(cast: Cast) -> None:
    people = scene.members(cast, 6)
    survey = scene.opened(cast, grade="secret", closes_on=None)
    aino, tomorrow = cast.users["aino"], TODAY.replace(day=23)
    for party in people[:5]:
        give(survey, party, "o1")
    surveys.close(actor=aino, survey=survey, at=clock.now())
    surveys.reopen(actor=aino, survey=survey, on=TODAY)
    answering.answer(invitation=scene.invitation(survey, people[5]), answers={"q1": "o2"}, on=tomorrow)
    surveys.close(actor=aino, survey=survey, at=clock.now())
    days = SurveyInvitation.objects.filter(survey=survey, answered_on__isnull=False)
    assert set(days.values_list("answered_on", flat=True)) == {tomorrow}


def test_a_changed_answer_moves_no_figure_by_itself(cast: Cast) -> None:
    people = scene.members(cast, 10)
    survey = scene.opened(cast, changeable=True)
    for party in people:
        give(survey, party, "o1")
    assert figures(survey) == [5, 0]
    counted = SurveyAnswer.objects.filter(survey=survey, fresh=False).select_related("invitation__party")
    asked = counted[0].invitation
    assert asked is not None
    one = asked.party
    assert one is not None
    give(survey, one, "o2")
    assert figures(survey)[1] in {0, 1}  # told together with five others by now
    assert sum(figures(survey)) in {5, 10}
    SurveyAnswer.objects.filter(survey=survey).update(fresh=False, told={"q1": "o1"}, answers={"q1": "o1"})
    give(survey, one, "o2")
    assert figures(survey) == [10, 0]
    give(survey, one, "o1")
    assert not SurveyAnswer.objects.filter(survey=survey, fresh=True).exists()


def test_a_public_link_is_told_in_steps_too(cast: Cast) -> None:
    survey = scene.opened(cast, grade="secret", audience="link")
    told = []
    for _n in range(15):
        answering.answer_openly(survey=survey, answers={"q1": "o1"}, on=TODAY)
        told.append(sum(figures(survey)))
    assert told == [0] * 9 + [5] * 5 + [10]


def test_of_an_open_survey_every_answer_is_seen_at_once(cast: Cast) -> None:
    survey, _people = answered(cast, 3, over=False, grade="open")
    assert figures(survey) == [1, 2]
