"""The pages of segments: building without a script, keeping, sharing, removing with a way back, and who gets in (REG-8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import FloatField, Func, Value
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog, Mutation
from jasenpalvelu.common import clock
from members.models import Party
from members.models import Segment as Kept
from members.segments import tree
from members.segments.tree import Criterion, Group, Segment
from members.services import segments as keeping
from members.views import office_segments
from tests.cast import TODAY, Cast

FARMERS = Segment(Group("all", (Criterion("type", "is", {"types": ("farmer",)}),)))
NEW = "/toimisto/ryhmat/uusi/"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def kept(cast: Cast) -> Kept:
    return keeping.keep(
        actor=cast.users["aino"], unit=cast.units["a"], name="Viljelijät", shared=False, segment=FARMERS
    )


def sent(**values: Any) -> dict[str, Any]:
    return {"state": "in_force", "shared": "no", "name": "Uudet", "on": "", "mode": "all", **values}


def text(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def count(response: Any) -> str:
    found = re.search(r'class="bignum"[^>]*>([^<]*)<', text(response))
    assert found
    return found[1]


# --- building ---------------------------------------------------------------------------------------------------------
def test_everything_is_built_with_plain_buttons(cast: Cast, client: Client) -> None:
    page = cast.sign_in(client, "aino")
    assert count(page.get(NEW)) == "3"
    html = text(page.post(NEW, sent(do="add:", new="contact")))
    assert 'name="part" value="0:contact"' in html
    assert Kept.objects.count() == 0
    parts: dict[str, Any] = {"part": "0:contact", "op-0": "is_not", "v-0-what": "phone"}
    assert count(page.post(NEW, sent(**parts, do="show"))) == "1"
    html = text(page.post(NEW, sent(**parts, do="addgroup:")))
    assert 'name="part" value="1:group"' in html
    parts = {"part": ["0:contact", "1:group"], "op-0": "is_not", "v-0-what": "phone", "mode-1": "any"}
    html = text(page.post(NEW, sent(**parts, **{"do": "add:1", "new-1": "voting"})))
    assert 'value="1-0:voting"' in html
    html = text(page.post(NEW, sent(**parts, do="remove:0")))
    assert 'value="0:group"' in html
    assert "contact" not in re.findall(r'name="part" value="\d:(\w+)"', html)


def test_it_is_kept_with_what_was_built(cast: Cast, client: Client) -> None:
    parts = {"part": ["0:age", "1:group", "1-0:contact"], "op-0": "is", "v-0-from": "18", "v-0-to": "30", "mode-1": "none",
             "op-1-0": "is", "v-1-0-what": "email"}  # fmt: skip
    response = cast.sign_in(client, "aino").post(NEW, sent(**parts, do="save", on="1.1.2026"))
    kept = Kept.objects.get()
    assert response.headers["Location"] == reverse("office:segment", args=[kept.pk])
    told = tree.from_json(kept.spec)
    assert told.on is not None
    assert told.root.parts == (
        Criterion("age", "is", {"from": ("18",), "to": ("30",)}),
        Group("none", (Criterion("contact", "is", {"what": ("email",)}),)),
    )
    assert (kept.owner, kept.unit, kept.shared) == (cast.users["aino"], cast.units["a"], False)
    assert Mutation.objects.filter(kind="segment.create", actor=cast.users["aino"]).count() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"part": "0:age", "op-0": "is"},
        {"part": "0:age", "op-0": "is", "v-0-from": "30", "v-0-to": "18"},
        {"part": "0:type", "op-0": "is"},
        {"part": "0:basis", "op-0": "is", "v-0-kind": "field_ha", "v-0-from": "paljon"},
        {"on": "joskus"},
        {"state": "x"},
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(
    cast: Cast, client: Client, values: dict[str, Any]
) -> None:
    html = text(cast.sign_in(client, "aino").post(NEW, sent(do="save") | values))
    assert "<title>Virhe:" in html
    assert not Kept.objects.exists()


def test_nonsense_is_left_out(cast: Cast, client: Client) -> None:
    parts = {
        "part": ["0:nothing", "5-5:age", "x", "0:age:1", "1:" + "a" * 99],
        "op-0": "hm",
        "mode": "hm",
        "do": "remove:7-7",
    }
    html = text(cast.sign_in(client, "aino").post(NEW, sent(**parts)))
    assert 'name="part"' not in html
    assert not text(cast.sign_in(client, "aino").post(NEW, sent(do="add:9", new="age"))).count('name="part"')


def test_too_many_criteria_are_refused(cast: Cast, client: Client) -> None:
    parts = {"part": [f"{n}:voting" for n in range(30)], "do": "add:", "new": "age"}
    html = text(cast.sign_in(client, "aino").post(NEW, sent(**parts)))
    assert "enintään 30" in html
    assert html.count('name="part"') == 30


# --- kept ones --------------------------------------------------------------------------------------------------------
def test_the_page_tells_whom_it_means(cast: Cast, client: Client, kept: Kept) -> None:
    response = cast.sign_in(client, "aino").get(reverse("office:segment", args=[kept.pk]))
    assert count(response) == "1"
    html = text(response)
    assert "Metsäpelto Maija" in html
    assert f"segment={kept.pk}" in html
    assert "Metsäpelto Maija" in text(client.get(f"{reverse('office:members')}?segment={kept.pk}"))


def test_over_what_is_counted_at_once(cast: Cast, client: Client, kept: Kept, monkeypatch: Any) -> None:
    """The number of a wide reach comes after the page, or by a link where no script runs."""
    monkeypatch.setattr(office_segments, "AT_ONCE", 1)
    wide = keeping.keep(
        actor=cast.users["riitta"], unit=cast.units["union"], name="Kaikki", shared=False, segment=Segment()
    )
    page = cast.sign_in(client, "riitta")
    address = reverse("office:segment", args=[wide.pk])
    assert "yli 10 000" in count(page.get(address)).replace("\xa0", " ")
    assert count(page.get(reverse("office:segment_number", args=[wide.pk]))) == "4"
    assert count(page.get(f"{address}?tarkka=1")) == "4"


def test_one_that_takes_too_long_to_count_says_so(cast: Cast, monkeypatch: Any) -> None:
    slow = Party.objects.filter(pk=cast.parties["maija"].pk).annotate(
        slept=Func(
            Value(3.0, FloatField()),
            function="length(pg_sleep",
            template="%(function)s(%(expressions)s)::text)",
        )
    )
    assert office_segments._count(slow.filter(slept__gte=0), at_most=None, seconds=1) is None
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] != "1s"


def test_copy_edit_versions(cast: Cast, client: Client, kept: Kept) -> None:
    page = cast.sign_in(client, "aino")
    assert "Viljelijät (kopio)" in text(page.get(f"{NEW}?malli={kept.pk}"))
    edit = reverse("office:segment_edit", args=[kept.pk])
    assert "Viljelijät" in text(page.get(edit))
    page.post(
        edit,
        sent(do="save", name="Puhelimettomat", part="0:contact", **{"op-0": "is_not", "v-0-what": "phone"}),
    )
    html = text(page.get(reverse("office:segment_versions", args=[kept.pk])))
    assert html.index("joilla ei ole puhelinnumeroa") < html.index("joiden jäsenlaji on")
    assert html.count("Aino Sihteeri") >= 2


def test_removed_and_brought_back(cast: Cast, client: Client, kept: Kept) -> None:
    page = cast.sign_in(client, "aino")
    response = page.post(reverse("office:segment_remove", args=[kept.pk]), follow=True)
    assert reverse("office:segment_restore", args=[kept.pk]) in text(response)
    assert page.get(reverse("office:segment", args=[kept.pk])).status_code == 404
    assert page.get(reverse("office:segment_edit", args=[kept.pk])).status_code == 404
    page.post(reverse("office:segment_restore", args=[kept.pk]))
    assert page.get(reverse("office:segment", args=[kept.pk])).status_code == 200


def test_why(cast: Cast, client: Client, kept: Kept) -> None:
    address = reverse("office:segment_why", args=[kept.pk])
    page = cast.sign_in(client, "aino")
    assert "Kuuluu kohderyhmään" in text(page.get(f"{address}?q=metsäpelto"))
    assert "Ei kuulu kohderyhmään" in text(page.get(f"{address}?q=o'brien"))
    assert "Ketään ei löydy" in text(page.get(f"{address}?q=ängström"))
    assert "Virhe" in text(page.get(f"{address}?q="))
    assert AccessLog.objects.filter(party_id=cast.parties["maija"].pk, user=cast.users["aino"]).exists()


# --- who gets in ------------------------------------------------------------------------------------------------------
PAGES = ["segment", "segment_edit", "segment_number", "segment_why", "segment_versions"]


@pytest.mark.parametrize("who", ["maija", "ulla"])
def test_without_a_post_there_are_none(cast: Cast, client: Client, kept: Kept, who: str) -> None:
    page = cast.sign_in(client, who)
    assert page.get(reverse("office:segments")).status_code == 404
    assert page.get(NEW).status_code == 404
    assert page.post(NEW, sent(do="save")).status_code == 404
    for name in PAGES:
        assert page.get(reverse(f"office:{name}", args=[kept.pk])).status_code == 404
    for name in ("segment_remove", "segment_restore"):
        assert page.post(reverse(f"office:{name}", args=[kept.pk])).status_code == 404


@pytest.mark.parametrize("who", ["bo", "olavi", "tiina", "riitta"])
def test_ones_own_is_nobody_elses(cast: Cast, client: Client, kept: Kept, who: str) -> None:
    page = cast.sign_in(client, who)
    for name in PAGES:
        assert page.get(reverse(f"office:{name}", args=[kept.pk])).status_code == 404
    assert page.get(f"{NEW}?malli={kept.pk}").status_code == 404
    assert page.post(reverse("office:segment_remove", args=[kept.pk])).status_code == 404
    assert "Viljelijät" not in text(page.get(reverse("office:members")))


def test_a_shared_one_is_counted_in_each_readers_own_scope(cast: Cast, client: Client) -> None:
    kept = keeping.keep(
        actor=cast.users["riitta"],
        unit=cast.units["union"],
        name="Liiton viljelijät",
        shared=True,
        segment=FARMERS,
    )
    address = reverse("office:segment", args=[kept.pk])
    assert count(cast.sign_in(client, "riitta").get(address)) == "2"
    for who, name, other in [
        ("aino", "Metsäpelto Maija", "Ängström"),
        ("bo", "Ängström Lotta", "Metsäpelto"),
    ]:
        html = text(cast.sign_in(client, who).get(address))
        assert name in html
        assert other not in html
        assert client.get(reverse("office:segment_edit", args=[kept.pk])).status_code == 404
        assert client.post(reverse("office:segment_remove", args=[kept.pk])).status_code == 404


def test_what_an_association_shares_stays_within_it(cast: Cast, client: Client) -> None:
    kept = keeping.keep(
        actor=cast.users["aino"], unit=cast.units["a"], name="A:n oma", shared=True, segment=FARMERS
    )
    address = reverse("office:segment", args=[kept.pk])
    assert cast.sign_in(client, "olavi").get(address).status_code == 200
    assert cast.sign_in(client, "bo").get(address).status_code == 404
    assert str(kept.pk) in _offered(client, cast, "olavi")
    assert _offered(client, cast, "bo") == []


def _offered(client: Client, cast: Cast, who: str) -> list[str]:
    html = text(cast.sign_in(client, who).get(reverse("office:segments")))
    return re.findall(r"/ryhmat/(\d+)/", html)
