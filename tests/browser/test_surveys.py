"""Surveys in a real browser: every page whole and accessible, and two stories: the secretary's minute, the member's phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from communications.models import Survey, SurveyAnswer, SurveyInvitation
from communications.services import answering, surveys
from communications.surveying import ready
from jasenpalvelu.common import clock
from tests.browser import axe
from tests.browser.conftest import Visit
from tests.cast import TODAY, Cast
from tests.communications.surveys import scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def sent(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.wait_for_load_state()
    axe.check(page)


def all_answered(survey: Survey) -> None:
    rows = SurveyInvitation.objects.filter(survey=survey).reached().select_related("survey__unit", "unit")
    for row in rows.order_by("pk"):
        answering.answer(
            invitation=row,
            answers={"q1": 5, "q3": {"r1": "o2"}, "q4": ["o1", "o3"], "q5": 9},
            on=TODAY,
        )


def test_the_office(visit: Visit, cast: Cast) -> None:
    scene.members(cast, 6)
    members = ready.BY_CODE["members"].form
    draft = scene.draft(cast, form=members, kind="survey", languages=["fi", "sv", "en"])
    live = scene.opened(cast, form=members, grade="open")
    all_answered(live)
    closed = scene.opened(cast, grade="secret")
    surveys.close(actor=cast.users["aino"], survey=closed, at=clock.now())
    names = [
        ("surveys",),
        ("survey_quick",),
        ("survey_new",),
        ("survey", draft.pk),
        ("survey_settings", draft.pk),
        ("survey_questions", draft.pk),
        ("survey_question", draft.pk, "q3"),
        ("survey_open", draft.pk),
        ("survey_preview", draft.pk),
        ("survey", live.pk),
        ("survey_settings", live.pk),
        ("survey_results", live.pk),
        ("survey_cross", live.pk),
        ("survey_answers", live.pk),
        ("survey_answer", live.pk, SurveyAnswer.objects.filter(survey=live)[0].pk),
        ("survey_invited", live.pk),
        ("survey", closed.pk),
        ("survey_results", closed.pk),
        ("survey_close", live.pk),
        ("surveys_asked",),
    ]
    for name, *keys in names:
        for page in visit(reverse(f"office:{name}", args=keys), as_="aino"):
            assert page.locator("h1").count() == 1


def test_the_secretarys_minute(visit: Visit, cast: Cast) -> None:
    for page in visit(reverse("office:survey_quick"), as_="aino", widths=(axe.NARROW,)):
        sent(page, "Avaa ja lähetä")
        assert page.get_by_text("Korjaa").first.is_visible() or page.locator(".field--error").count()
        page.fill("[name=question_fi]", "Sopiiko kesäretki 6.6.?")
        page.fill("[name=options_fi]", "Kyllä\nEi")
        page.fill("[name=closes_on]", "14.12.2026")
        sent(page, "Avaa ja lähetä")
        assert Survey.objects.get().state == "open"


def test_the_member_answers_from_the_letter_on_a_phone_and_sees_the_results(visit: Visit, cast: Cast) -> None:
    people = scene.members(cast, 9)  # with the tenth the first five are told
    survey = scene.opened(cast)
    scene.answer_all(survey, people, [{"q1": "o1"}] * 9)
    token = answering.token_of(scene.invitation(survey, cast.parties["maija"]))
    address = reverse("public:survey", args=[token]) + "?vastaus=2"
    for page in visit(address, widths=(axe.NARROW,)):
        assert page.get_by_label("Ei", exact=True).is_checked()
        sent(page, "Lähetä vastaus")
        assert page.get_by_text("Nähdään retkellä.").is_visible()
        page.get_by_role("link", name="Katso tulokset").click()
        page.wait_for_load_state()
        axe.check(page)
        assert page.get_by_text("5 vastausta").first.is_visible()
        assert page.get_by_text("5 myöhempää ei ole vielä mukana").is_visible()


def test_a_survey_part_by_part_with_the_way_back(visit: Visit, cast: Cast) -> None:
    survey = scene.opened(cast, form=ready.BY_CODE["members"].form, languages=["fi"], kind="survey")
    token = answering.token_of(scene.invitation(survey, cast.parties["maija"]))
    for page in visit(reverse("public:survey", args=[token]), widths=(axe.NARROW,)):
        sent(page, "Jatka")
        assert page.locator(".field--error").count() == 1
        page.get_by_label("1", exact=True).check()
        sent(page, "Jatka")
        assert page.get_by_label("Mitä pitäisi tehdä toisin?").is_visible()
        sent(page, "Takaisin")
        assert page.get_by_label("1", exact=True).is_checked()
        page.get_by_label("5", exact=True).check()
        for _part in range(3):
            sent(page, "Jatka")
        assert page.get_by_text("Valmis lähetettäväksi").is_visible()
        sent(page, "Lähetä vastaukset")
        assert SurveyAnswer.objects.get().answers == {"q1": 5}


def test_ones_own_pages_and_a_link_that_fails(visit: Visit, cast: Cast) -> None:
    survey = scene.opened(cast)
    row = scene.invitation(survey, cast.parties["maija"])
    link = scene.opened(cast, grade="secret", audience="link")
    for address in (reverse("portal:surveys"), reverse("portal:own_survey", args=[row.pk])):
        for page in visit(address, as_="maija"):
            assert page.locator("h1").count() == 1
    for page in visit(reverse("public:survey_open", args=[link.code])):
        assert page.get_by_text("Vastauksesi on salainen").is_visible()
    surveys.close(actor=cast.users["aino"], survey=survey, at=clock.now())
    for page in visit(reverse("public:survey", args=[answering.token_of(row)])):
        assert page.get_by_text("Tämä kysely on suljettu").is_visible()


def test_an_associations_answer(visit: Visit, cast: Cast) -> None:
    survey = scene.situation(cast)
    row = SurveyInvitation.objects.get(survey=survey, unit=cast.units["a"])
    for page in visit(reverse("office:survey_for_unit", args=[row.pk]), as_="aino", widths=(axe.NARROW,)):
        page.get_by_label("Tarvitsemme apua").check()
        sent(page, "Tallenna luonnos")
        assert page.get_by_text("Luonnos", exact=True).first.is_visible()
