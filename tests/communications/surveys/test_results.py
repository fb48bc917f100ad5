"""Results by grade: small groups hidden, cross tables, files, what respondents see."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communications import survey_crossing, survey_files, survey_results
from communications.models import Survey, SurveyAnswer
from communications.services import answering, surveys
from communications.services.forgetting_surveys import forget_respondents
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


def answered(cast: Cast, count: int, **further: Any) -> tuple[Survey, list[Party]]:
    """So many have answered: every other one yes."""
    people = scene.members(cast, count)
    survey = scene.opened(cast, form=scene.TALK, **further)
    told = [{"q1": "o1" if n % 2 else "o2", "q2": f"Terveisin {n}"} for n in range(count)]
    scene.answer_all(survey, people, told)
    return survey, people


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
    from communications.models import SurveyInvitation

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
    surveys.close(actor=cast.users["aino"], survey=survey, at=clock.now())
    survey.refresh_from_db()
    questions, columns = survey_crossing.choices(survey, "fi")
    assert [key for key, _text in questions] == [key for key, _text in columns] == ["q1"]
    assert survey_results.results(survey, "fi").hidden == ""
    assert sorted(survey_results.results(survey, "fi").questions[1].texts) == [
        f"Terveisin {n}" for n in range(6)
    ]


def test_answers_forgotten_are_in_no_group(cast: Cast) -> None:
    survey, _people = answered(cast, 6, grade="open", kept_months=1)
    surveys.close(actor=None, survey=survey, at=clock.now())
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
    survey, _people = answered(cast, 5)
    row = scene.invitation(survey, cast.parties["maija"])
    token = answering.token_of(row)
    assert client.get(reverse("public:survey_results", args=[token])).status_code == 404
    answering.answer(invitation=row, answers={"q1": "o1"}, on=TODAY)
    page = client.get(reverse("public:survey_results", args=[token]))
    assert page.status_code == 200
    assert page.context["results"].answered == 6
    assert "Terveisin" not in page.content.decode()
    assert SurveyAnswer.objects.filter(survey=survey).count() == 6
