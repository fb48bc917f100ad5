"""Small things a first-time user meets: sizes and troubles in words, required fields, ways back, what waits on the home page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from communications.forms.campaigns import StepForm
from communications.forms.letters import SendForm
from communications.forms.wishes import _CHANNELS
from communications.models import Channel
from communications.survey_crossing import can_cross
from communications.templatetags.communications import link_trouble
from jasenpalvelu.common import clock
from jasenpalvelu.web.ui.values import filesize
from tests.cast import TODAY, Cast
from tests.communications.surveys import scene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.mark.parametrize(
    ("size", "told"), [(0, "0 t"), (999, "999 t"), (5732, "5,7 kt"), (1_250_000, "1,3 Mt"), (None, "–")]
)
def test_sizes_are_told_in_finnish(size: int | None, told: str) -> None:
    with translation.override("fi"):
        assert filesize(size).replace("\u00a0", " ") == told


def test_why_a_link_does_not_open_is_told_in_words() -> None:
    with translation.override("fi"):
        assert link_trouble("dns") == "palvelinta ei ole"
        assert link_trouble("503") == "palvelin vastaa koodilla 503"
        assert link_trouble("") == ""


def test_paper_is_called_paper_and_needed_fields_are_not_called_optional() -> None:
    with translation.override("fi"):
        assert str(_CHANNELS[Channel.LETTER]) == "paperikirje"
    form = SendForm(people=3)
    assert not form.fields["day"].widget.ui_optional  # type: ignore[attr-defined]
    assert not form.fields["at"].widget.ui_optional  # type: ignore[attr-defined]
    assert form.fields["day"].help_text
    assert form.fields["at"].help_text


def test_what_is_added_to_a_campaign_tells_its_kind() -> None:
    with translation.override("fi"):
        form = StepForm(things={"survey": [(7, "Kesäretki")]})
        assert form.fields["thing"].choices[1][1] == [("survey-7", "Kysely: Kesäretki")]  # type: ignore[attr-defined]


def test_a_survey_that_waits_is_among_what_to_do(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "maija")
    before = client.get(reverse("portal:home")).context["todo"]
    survey = scene.opened(cast)
    page = client.get(reverse("portal:home"))
    row = scene.invitation(survey, cast.parties["maija"])
    assert page.context["todo"] == before + 1
    assert reverse("portal:own_survey", args=[row.pk]) in page.content.decode()


def test_members_pages_have_a_way_back(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "maija")
    above = {
        "portal:home": ("announcements", "benefits", "materials", "invite"),
        "portal:messages": ("letters", "surveys"),
    }
    for up, names in above.items():
        for name in names:
            page = client.get(reverse(f"portal:{name}")).content.decode()
            crumbs = page[page.index('class="crumbs"') :]
            assert f'href="{reverse(up)}"' in crumbs[: crumbs.index("</nav>")]
    assert reverse("portal:letter_wishes") in client.get(reverse("portal:messages")).content.decode()


def test_a_visitor_finds_the_announcements(client: Client) -> None:
    assert reverse("public:announcements") in client.get(reverse("front")).content.decode()


def test_a_single_question_has_nothing_to_be_set_against(cast: Cast) -> None:
    survey = scene.opened(cast, grade="secret")
    asked = [one for one in survey.form.asking if one.options]
    assert can_cross(survey) is (len(asked) > 1)
