"""Announcements: who sees which, drafts and taking back, pictures, the languages, and what a GET may not do (COM-11)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from PIL import Image

from communications.models import Announcement, AnnouncementRead, Audience, ContentState
from communications.news import news_for
from communications.readers import reader_of
from communications.services import announcing
from jasenpalvelu.common import clock
from members.models import Segment
from members.segments import tree
from members.segments.tree import Group
from members.services import segments
from tests.cast import TODAY, Cast
from tests.communications.content import scene

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]


@pytest.fixture
def _today() -> Any:
    with clock.frozen(TODAY):
        yield


def jpeg() -> bytes:
    data = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Kamera"
    Image.new("RGB", (2400, 1200), "green").save(data, "JPEG", exif=exif)
    return data.getvalue()


def sees(cast: Cast, name: str, found: Announcement) -> bool:
    party = cast.parties[name].pk
    return Announcement.objects.for_reader(reader_of(party, TODAY)).filter(pk=found.pk).exists()


def form(**changed: Any) -> dict[str, Any]:
    plain = {
        "title_fi": "Metsäpäivä",
        "body_fi": "Tule mukaan.",
        "audience": "below",
        "visible_from": "22.11.2026",
    }
    return plain | changed


# --- who sees it ------------------------------------------------------------------------------------------------------
def test_the_unions_words_reach_every_member_below_and_an_associations_own_only(cast: Cast) -> None:
    of_union, of_a = scene.published(cast, "union"), scene.published(cast, "a")
    assert [sees(cast, name, of_union) for name in ("maija", "lotta")] == [True, True]
    assert [sees(cast, name, of_a) for name in ("maija", "lotta")] == [True, False]


def test_a_unions_own_members_are_not_those_of_its_associations(cast: Cast) -> None:
    assert not sees(cast, "maija", scene.published(cast, "union", audience=Audience.OWN))
    assert sees(cast, "maija", scene.published(cast, "a", audience=Audience.OWN))


def test_officers_only(cast: Cast) -> None:
    found = scene.published(cast, "union", audience=Audience.OFFICERS)
    assert not sees(cast, "maija", found)
    assert sees(cast, "aino", found)


def test_neither_drafts_nor_what_was_taken_back_nor_outside_its_days(cast: Cast) -> None:
    found = scene.draft(cast)
    assert not sees(cast, "maija", found)
    announcing.publish(actor=None, announcement=found, at=clock.now())
    assert sees(cast, "maija", found)
    announcing.take_back(actor=None, announcement=found)
    assert not sees(cast, "maija", found)
    assert not sees(cast, "maija", scene.published(cast, visible_from=scene.day("2026-11-23")))
    over = scene.published(cast, visible_from=scene.day("2026-11-01"), visible_until=scene.day("2026-11-21"))
    assert not sees(cast, "maija", over)


def everybody(cast: Cast) -> Segment:
    return segments.keep(
        actor=cast.users["aino"],
        unit=cast.units["a"],
        name="Kaikki",
        shared=True,
        segment=tree.Segment(Group()),
    )


def test_a_segment_counts_within_the_unit_whose_word_it_is(cast: Cast) -> None:
    segment = everybody(cast)
    found = scene.published(cast, "a", audience=Audience.SEGMENT, segment=segment)
    assert sees(cast, "maija", found)
    assert not sees(cast, "lotta", found)


def test_a_segment_that_cannot_be_read_has_nobody_in_it(cast: Cast) -> None:
    from jasenpalvelu.audit.services import mutation

    segment = everybody(cast)
    with mutation(actor=None, kind="test.spoil"):
        Segment.objects.filter(pk=segment.pk).update(spec={"root": "?"})
    segment.refresh_from_db()
    assert not sees(cast, "maija", scene.published(cast, "a", audience=Audience.SEGMENT, segment=segment))


# --- the office -------------------------------------------------------------------------------------------------------
def test_the_secretary_writes_and_publishes(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    assert "Tiedotteita ei ole vielä" in client.get(reverse("office:announcements")).content.decode()
    answer = client.post(reverse("office:announcement_new"), form(publish="1"), follow=True)
    found = Announcement.objects.get()
    assert found.state == ContentState.PUBLISHED
    assert found.unit == cast.units["a"]
    assert "Metsäpäivä" in answer.content.decode()


def test_a_heading_is_asked_for_and_what_was_typed_stays(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    page = client.post(
        reverse("office:announcement_new"), form(title_fi="", body_fi="Jää tähän")
    ).content.decode()
    assert "Kirjoita otsikko ainakin yhdellä kielellä" in page
    assert "Jää tähän" in page
    assert not Announcement.objects.exists()


def test_without_a_text_nothing_is_published(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    client.post(reverse("office:announcement_new"), form(body_fi="", publish="1"))
    assert Announcement.objects.get().state == ContentState.DRAFT


def test_a_picture_must_be_told_in_words_and_loses_where_it_was_taken(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    sent = {"picture": SimpleUploadedFile("../../x.php", jpeg(), "text/html")}
    page = client.post(reverse("office:announcement_new"), form(**sent)).content.decode()
    assert "Kerro sanoin, mitä kuvassa on" in page
    sent = {"picture": SimpleUploadedFile("../../x.php", jpeg(), "text/html"), "alt_fi": "Metsäpolku"}
    client.post(reverse("office:announcement_new"), form(**sent))
    found = Announcement.objects.get()
    assert found.picture.name.startswith("announcements/2026/11/kuva")
    assert found.picture.name.endswith(".jpg")
    answer = client.get(reverse("office:announcement_picture", args=[found.pk]))
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert b"Kamera" not in data
    with Image.open(BytesIO(data)) as image:
        assert max(image.size) == 1600
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\nrubbish", b"MZ", b""])
def test_what_is_no_picture_is_not_kept(cast: Cast, client: Client, data: bytes) -> None:
    cast.sign_in(client, "aino")
    sent = {"picture": SimpleUploadedFile("kuva.png", data or b" ", "image/png"), "alt_fi": "Kuva"}
    assert client.post(reverse("office:announcement_new"), form(**sent)).status_code == 200
    assert not Announcement.objects.exists()


def test_another_associations_announcement_does_not_exist(cast: Cast, client: Client) -> None:
    of_b = scene.published(cast, "b")
    cast.sign_in(client, "aino")
    for name in ("announcement", "announcement_edit", "announcement_picture", "announcement_delete"):
        assert client.get(reverse(f"office:{name}", args=[of_b.pk])).status_code == 404
    for name in ("announcement_publish", "announcement_take_back"):
        assert client.post(reverse(f"office:{name}", args=[of_b.pk])).status_code == 404
    assert client.post(reverse("office:announcement_new"), form(unit=cast.units["b"].pk)).status_code == 302
    assert Announcement.objects.latest("pk").unit == cast.units["a"]


def test_a_treasurer_writes_none(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "olavi")
    assert client.get(reverse("office:announcements")).status_code == 404
    assert client.post(reverse("office:announcement_new"), form()).status_code == 404


def test_a_segment_the_writer_may_not_open_is_refused(cast: Cast, client: Client) -> None:
    theirs = segments.keep(
        actor=cast.users["bo"],
        unit=cast.units["b"],
        name="B",
        shared=True,
        segment=tree.Segment(Group()),
    )
    cast.sign_in(client, "aino")
    page = client.post(reverse("office:announcement_new"), form(audience="segment", segment=theirs.pk))
    assert page.status_code == 200
    assert not Announcement.objects.exists()


def test_a_published_one_is_taken_back_and_not_deleted(cast: Cast, client: Client) -> None:
    found = scene.published(cast)
    cast.sign_in(client, "aino")
    client.post(reverse("office:announcement_delete", args=[found.pk]))
    assert Announcement.objects.filter(pk=found.pk).exists()
    client.post(reverse("office:announcement_take_back", args=[found.pk]))
    found.refresh_from_db()
    assert found.state == ContentState.WITHDRAWN


# --- reading ----------------------------------------------------------------------------------------------------------
def test_an_important_one_stands_on_the_home_page_until_it_is_read(cast: Cast, client: Client) -> None:
    found = scene.published(cast, important=True, title_fi="Tärkeä asia")
    party = cast.parties["maija"].pk
    assert news_for(party, TODAY).important == [found]
    cast.sign_in(client, "maija")
    assert "Tärkeä asia" in client.get(reverse("portal:home")).content.decode()
    page = reverse("portal:announcement", args=[found.pk])
    assert client.get(page).status_code == 200
    assert not AnnouncementRead.objects.exists()  # a GET only reads
    for _ in range(2):
        client.post(reverse("portal:announcement_read", args=[found.pk]))
    assert AnnouncementRead.objects.count() == 1
    news = news_for(party, TODAY)
    assert (news.important, news.newest) == ([], [found])


def test_published_again_it_is_new_again(cast: Cast) -> None:
    found = scene.published(cast)
    announcing.mark_read(party_id=cast.parties["maija"].pk, announcement=found, at=clock.now())
    announcing.take_back(actor=None, announcement=found)
    announcing.publish(actor=None, announcement=found, at=clock.now())
    assert not AnnouncementRead.objects.exists()


def test_a_member_opens_only_what_is_theirs(cast: Cast, client: Client) -> None:
    of_b = scene.published(cast, "b")
    cast.sign_in(client, "maija")
    for name in ("announcement", "announcement_picture"):
        assert client.get(reverse(f"portal:{name}", args=[of_b.pk])).status_code == 404
    assert client.post(reverse("portal:announcement_read", args=[of_b.pk])).status_code == 404


def test_marks_of_reading_are_forgotten(cast: Cast) -> None:
    found = scene.published(cast)
    party = cast.parties["maija"].pk
    old = clock.now().replace(year=2025, month=1)
    announcing.mark_read(party_id=party, announcement=found, at=old)
    assert announcing.forget_reads(at=clock.now()) == 1


# --- the public page --------------------------------------------------------------------------------------------------
def test_only_public_ones_are_public(cast: Cast, client: Client) -> None:
    public, inner = (
        scene.published(cast, audience=Audience.PUBLIC),
        scene.published(cast, title_fi="Sisäinen"),
    )
    page = client.get(reverse("public:announcements_unit", args=["a"])).content.decode()
    assert "Syyskokous" in page
    assert "Sisäinen" not in page
    assert client.get(reverse("public:announcement", args=["a", public.pk])).status_code == 200
    assert client.get(reverse("public:announcement", args=["b", public.pk])).status_code == 404
    assert client.get(reverse("public:announcement", args=["a", inner.pk])).status_code == 404
    announcing.take_back(actor=None, announcement=public)
    assert client.get(reverse("public:announcement", args=["a", public.pk])).status_code == 404


def test_a_missing_language_reads_another_and_says_which(cast: Cast) -> None:
    found = scene.draft(cast, title_sv="Höstmöte", body_sv="Välkommen.")
    with translation.override("sv"):
        assert (found.title, found.body, found.other_language) == ("Höstmöte", "Välkommen.", "")
    with translation.override("en"):
        assert (found.title, found.other_language) == ("Syyskokous 3.12.", "fi")


def test_what_is_written_cannot_bring_a_script(cast: Cast, client: Client) -> None:
    hostile = "<script>alert(1)</script>[x](javascript:alert(2))"
    found = scene.published(cast, title_fi="<b>Otsikko</b>", body_fi=hostile, audience=Audience.PUBLIC)
    page = client.get(reverse("public:announcement", args=["a", found.pk])).content.decode()
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "<b>Otsikko" not in page
