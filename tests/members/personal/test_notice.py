"""The privacy notice tells what the service does, in three languages, to everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from jasenpalvelu.common import clock
from jasenpalvelu.common.privacy import Column
from members.personal import notice, registry
from tests.cast import TODAY, Cast
from tests.members.helpers import set_rules


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.mark.parametrize(
    ("language", "words"),
    [("fi", "Tietosuojaseloste"), ("sv", "Dataskyddsbeskrivning"), ("en", "Privacy notice")],
)
def test_anybody_reads_it(client: Client, cast: Cast, language: str, words: str) -> None:
    client.cookies["django_language"] = language
    page = client.get(
        reverse("public:notice", args=[cast.units["a"].slug]), headers={"accept-language": language}
    )
    assert words in page.text
    for secret in ("Metsäpelto", "Aino", "Peltoniitty"):
        assert secret not in page.text


def test_the_paper(client: Client, cast: Cast) -> None:
    response = client.get(reverse("public:notice_pdf", args=[cast.units["a"].slug]))
    assert response.content.startswith(b"%PDF")


def test_there_is_none_of_a_unit_without_members(client: Client, cast: Cast) -> None:
    assert client.get(reverse("public:notice", args=[cast.units["union"].slug])).status_code == 404


def test_what_is_kept_follows_from_the_maps(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table whose columns nobody gets is not told; one that is given is."""
    told = " ".join(notice.categories()).lower()
    assert str(registry._rows["billing_invoice"].title).lower() in told
    map_ = dict.fromkeys(registry.columns_of("billing_invoice"), Column())
    monkeypatch.setitem(registry._maps, "billing_invoice", map_)
    assert str(registry._rows["billing_invoice"].title).lower() not in " ".join(
        notice.categories()
    ).lower().split(", ")


def test_posts_that_see_are_named_by_post_and_not_by_person(cast: Cast) -> None:
    told = notice.sections(cast.units["a"], TODAY)
    seen = next(" ".join(s.lines).lower() for s in told if "jäsensihteeri" in " ".join(s.lines).lower() or "secretary" in " ".join(s.lines).lower())  # fmt: skip
    assert "kuusilahden" in seen


def test_it_tells_that_applications_are_admitted_by_machine_where_the_rules_say_so(cast: Cast) -> None:
    """GDPR article 13(2)(f)."""
    a = cast.units["a"]

    def told() -> str:
        with translation.override("en"):
            found = {section.title: section.paragraphs for section in notice.sections(a, TODAY)}
        return " ".join(found["Decisions by machine"])

    assert "No decision" in told()
    set_rules(cast, "a", admission="automatic")
    assert "approved at once" in told()
    assert str(a.name_fi) in told()
