"""Pages of conversations and of the contact log: what works without scripts, and what is nobody else's to open (COM-3, COM-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communications import attachments
from communications.models import (
    CannedAnswer,
    ContactEntry,
    ContactNote,
    Talk,
    TalkDesk,
    TalkMessage,
    TalkTopic,
)
from communications.services import arranging_talks, talking
from communications.views import portal_talks
from jasenpalvelu.audit.models import Change
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import PartyLogin
from tests.cast import TODAY, Cast
from tests.communications.talking import FRIDAY, answered, asked, open_desk

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 sisalto"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def aino(cast: Cast, client: Client) -> Client:
    return cast.sign_in(client, "aino")


@pytest.fixture
def maija(cast: Cast) -> Client:
    return cast.sign_in(Client(), "maija")


def pdf(name: str = "lasku.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


# --- the member --------------------------------------------------------------------------------------------------------
def test_a_member_asks_and_goes_on(cast: Cast, maija: Client) -> None:
    page = maija.get(reverse("portal:messages"))
    assert reverse("portal:talk_new") in page.content.decode()
    form = maija.get(reverse("portal:talk_new")).context["form"]
    given = {"place": f"y{cast.units['a'].pk}", "subject": "Lasku", "text": "Hei", "files": pdf()}
    given["once"] = str(form.initial["once"])
    answer = maija.post(reverse("portal:talk_new"), given)
    talk = Talk.objects.get()
    assert answer.headers["Location"] == reverse("portal:talk", args=[talk.pk])
    maija.post(reverse("portal:talk", args=[talk.pk]), {"text": "Lisäksi"})
    assert TalkMessage.objects.filter(talk=talk).count() == 2
    assert "Lisäksi" in maija.get(reverse("portal:talk", args=[talk.pk])).content.decode()


def test_what_is_wrong_is_told_and_what_was_typed_stays(cast: Cast, maija: Client) -> None:
    given = {
        "place": "y999999",
        "subject": "Aihe tässä",
        "text": "Teksti tässä",
        "files": pdf("x.pdf", b"MZ"),
    }
    page = maija.post(reverse("portal:talk_new"), given)
    assert page.status_code in {200, 422}
    assert set(page.context["form"].errors) == {"place", "files"}
    assert "Teksti tässä" in page.content.decode()
    assert not Talk.objects.exists()


def test_a_page_never_runs_what_was_written(cast: Cast, aino: Client) -> None:
    talk = asked(cast, subject="<script>x()</script>", text="<img src=x onerror=y()>")
    page = aino.get(reverse("office:talk", args=[talk.pk])).content.decode()
    assert "<script>x()" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("name", ["talk", "talk_news", "talk_close", "talk_back"])
def test_another_members_conversation_does_not_exist(cast: Cast, name: str) -> None:
    talk = asked(cast)
    other = cast.sign_in(Client(), "bo")
    address = reverse(f"portal:{name}", args=[talk.pk])
    assert {other.get(address).status_code, other.post(address, {"text": "x"}).status_code} <= {404, 405}
    assert TalkMessage.objects.count() == 1


@pytest.mark.parametrize("name", ["talk", "talk_news", "talk_move"])
def test_another_associations_conversation_does_not_exist(cast: Cast, name: str) -> None:
    talk = asked(cast)
    bo = cast.sign_in(Client(), "bo")
    assert bo.get(reverse(f"office:{name}", args=[talk.pk])).status_code == 404


@pytest.mark.parametrize("name", ["talk", "talk_take", "talk_assign", "talk_close", "talk_move"])
def test_nor_is_anything_done_to_it(cast: Cast, name: str) -> None:
    talk = asked(cast)
    bo = cast.sign_in(Client(), "bo")
    assert bo.post(reverse(f"office:{name}", args=[talk.pk]), {"text": "x"}).status_code == 404
    talk.refresh_from_db()
    assert (talk.assignee, talk.state, TalkMessage.objects.count()) == (None, "open", 1)


def test_files_are_downloaded_by_those_who_read_and_nobody_else(
    cast: Cast, aino: Client, maija: Client
) -> None:
    talk = asked(cast, files=[attachments.checked("lasku.pdf", PDF)])
    file = TalkMessage.objects.get().files.get()
    for client, space in ((aino, "office"), (maija, "portal")):
        answer = client.get(reverse(f"{space}:talk_file", args=[talk.pk, file.pk]))
        assert answer.content == PDF
        assert answer.headers["Content-Disposition"] == 'attachment; filename="lasku.pdf"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    bo = cast.sign_in(Client(), "bo")
    for space in ("office", "portal"):
        assert bo.get(reverse(f"{space}:talk_file", args=[talk.pk, file.pk])).status_code == 404
    assert Client().get(reverse("portal:talk_file", args=[talk.pk, file.pk])).status_code == 302


def test_a_file_of_another_conversation_is_not_reached_through_ones_own(cast: Cast, maija: Client) -> None:
    mine = asked(cast)
    other = asked(cast, files=[attachments.checked("lasku.pdf", PDF)])
    file = TalkMessage.objects.get(talk=other).files.get()
    assert maija.get(reverse("portal:talk_file", args=[mine.pk, file.pk])).status_code == 404


def test_a_file_of_a_note_is_not_the_members(cast: Cast, maija: Client) -> None:
    talk = asked(cast, files=[attachments.checked("lasku.pdf", PDF)])
    TalkMessage.objects.update(kind="note")
    file = TalkMessage.objects.get().files.get()
    assert maija.get(reverse("portal:talk_file", args=[talk.pk, file.pk])).status_code == 404


def test_new_messages_come_by_themselves(cast: Cast, maija: Client) -> None:
    talk = asked(cast)
    first = maija.get(reverse("portal:talk", args=[talk.pk])).context["last"]
    address = reverse("portal:talk_news", args=[talk.pk])
    assert maija.get(address, {"jalkeen": first}).status_code == 204
    talking.note(actor=cast.users["aino"], talk=talk, text="Salaisuus", at=FRIDAY)
    assert maija.get(address, {"jalkeen": first}).status_code == 204
    answered(cast, talk)
    part = maija.get(address, {"jalkeen": first}).content.decode()
    assert "Kyllä voi." in part
    assert "Salaisuus" not in part
    assert maija.get(address, {"jalkeen": "höpö"}).status_code == 200


def test_the_member_gives_back_what_was_handed_over(cast: Cast, maija: Client, aino: Client) -> None:
    open_desk(cast, "union")
    talk = asked(cast)
    given = {"unit": cast.units["union"].pk, "reason": "Liitto tietää"}
    assert aino.post(reverse("office:talk_move", args=[talk.pk]), given).status_code == 302
    page = maija.get(reverse("portal:talk", args=[talk.pk])).content.decode()
    assert "Malliliitto" in page
    assert maija.post(reverse("portal:talk_back", args=[talk.pk])).status_code == 302
    talk.refresh_from_db()
    assert talk.unit == cast.units["a"]
    riitta = cast.sign_in(Client(), "riitta")
    assert (
        riitta.get(reverse("office:talk", args=[talk.pk])).status_code == 200
    )  # she reaches everything below


# --- the office --------------------------------------------------------------------------------------------------------
def test_the_list_has_the_late_first(cast: Cast, aino: Client) -> None:
    late = asked(cast, subject="Myöhässä", at=FRIDAY - timedelta(days=7))
    asked(cast, subject="Uusi", at=FRIDAY)
    page = aino.get(reverse("office:talks"))
    assert [talk.subject for talk, _chip, _due in page.context["rows"]] == ["Myöhässä", "Uusi"]
    arranging_talks.assign(actor=cast.users["aino"], talk=late, to=cast.users["aino"], at=FRIDAY)
    mine = aino.get(reverse("office:talks"), {"nayta": "omat"})
    assert [talk for talk, _chip, _due in mine.context["rows"]] == [late]
    found = aino.get(reverse("office:talks"), {"nayta": "kaikki", "q": "uus"})
    assert [talk.subject for talk, _chip, _due in found.context["rows"]] == ["Uusi"]
    assert (
        aino.get(reverse("office:talks"), {"nayta": "kaikki", "tila": "x", "q": "%_\x00'"}).status_code == 200
    )


def test_answering_with_somebody_elses_answer_in_between(cast: Cast, aino: Client) -> None:
    talk = asked(cast)
    address = reverse("office:talk", args=[talk.pk])
    seen = aino.get(address).context["last"]
    answered(cast, talk, actor=cast.users["riitta"])
    page = aino.post(address, {"text": "Minun vastaukseni", "seen": seen})
    text = page.content.decode()
    assert "Riitta Rekisteri" in text
    assert "Minun vastaukseni" in text
    assert TalkMessage.objects.filter(kind="staff").count() == 1
    again = page.context["form"].data["seen"]
    assert aino.post(address, {"text": "Minun vastaukseni", "seen": again}).status_code == 302
    assert TalkMessage.objects.filter(kind="staff").count() == 2


def test_a_canned_answer_comes_in_the_members_language(cast: Cast, aino: Client) -> None:
    talk = asked(cast)
    settings = reverse("office:canned_new", args=[cast.units["a"].pk])
    assert (
        aino.post(
            settings, {"title": "Eräpäivä", "text_fi": "Voi siirtää.", "text_sv": "Kan flyttas."}
        ).status_code
        == 302
    )
    canned = CannedAnswer.objects.get()
    assert 'data-words="Voi siirtää."' in aino.get(reverse("office:talk", args=[talk.pk])).content.decode()
    first = {"canned": canned.pk, "lisaa": "1"}
    form = aino.post(reverse("office:talk", args=[talk.pk]), first).context["form"]
    assert form.initial["text"] == "Voi siirtää."
    assert aino.post(settings, {"title": "Eräpäivä", "text_fi": "x"}).context["form"].errors["title"]
    assert aino.post(reverse("office:canned_remove", args=[cast.units["a"].pk, canned.pk])).status_code == 302
    assert not CannedAnswer.objects.exists()


def test_a_canned_answer_is_added_under_what_was_typed(cast: Cast, aino: Client) -> None:
    """Nothing is sent by it, and nothing of the form is lost; an answer of another unit adds nothing."""
    talk = asked(cast)
    with mutation(actor=None, kind="test"):
        canned = CannedAnswer.objects.create(unit=cast.units["a"], title="Eräpäivä", text_fi="Voi siirtää.")
        foreign = CannedAnswer.objects.create(unit=cast.units["b"], title="Muu", text_fi="Muiden sanat.")
    here = reverse("office:talk", args=[talk.pk])
    once = "5f0e2f0a-0000-4000-8000-000000000002"
    typed = {"text": "Hei Maija.\n", "waits": "on", "once": once, "seen": "1", "lisaa": "1"}
    page = aino.post(here, typed | {"canned": str(canned.pk), "files": pdf()})
    form = page.context["form"]
    assert form.initial["text"] == "Hei Maija.\n\nVoi siirtää."
    assert (form.initial["waits"], form.initial["once"], form.initial["seen"]) == (True, once, "1")
    assert not form.errors
    assert page.context["files_gone"]
    assert (
        aino.post(here, typed | {"canned": str(foreign.pk)}).context["form"].initial["text"] == "Hei Maija."
    )
    assert TalkMessage.objects.filter(talk=talk).count() == 1


def test_the_state_above_the_messages_follows_them(cast: Cast, aino: Client, maija: Client) -> None:
    talk = asked(cast)
    answered(cast, talk)
    for client, name in ((maija, "portal:talk_news"), (aino, "office:talk_news")):
        page = client.get(reverse(name, args=[talk.pk]), {"jalkeen": "0"}).content.decode()
        assert 'id="tila" hx-swap-oob="true"' in page
        assert "Vastattu" in page


def test_the_promised_time_reads_as_a_time(cast: Cast, aino: Client) -> None:
    asked(cast)
    assert "klo\u00a0" in aino.get(reverse("office:talks")).context["rows"][0][2]


def test_office_hours_and_subjects(cast: Cast, aino: Client) -> None:
    unit = cast.units["a"].pk
    desk = reverse("office:talk_desk", args=[unit])
    assert aino.get(reverse("office:talk_own_desk")).headers["Location"] == desk
    wrong = aino.post(desk, {"takes": "on", "promise": "12", "mon": "aamulla"})
    assert "mon" in wrong.context["form"].errors
    assert aino.post(desk, {"takes": "on", "promise": "12"}).context["form"].errors["mon"]
    assert (
        aino.post(desk, {"takes": "on", "promise": "6", "mon": "9-15.30", "wed": "10.00–12.00"}).status_code
        == 302
    )
    assert TalkDesk.objects.get().hours == ["9.00–15.30", "", "10.00–12.00", "", "", "", ""]
    assert aino.get(desk).status_code == 200
    new = reverse("office:talk_topic_new", args=[unit])
    assert (
        aino.post(new, {"name_fi": "Verotus", "expert": cast.users["bo"].pk}).context["form"].errors["expert"]
    )
    assert (
        aino.post(new, {"name_fi": "Verotus", "expert": cast.users["olavi"].pk, "active": "on"}).status_code
        == 302
    )
    topic = TalkTopic.objects.get()
    assert aino.get(reverse("office:talk_topic", args=[unit, topic.pk])).status_code == 200


def test_settings_of_another_unit_do_not_exist(cast: Cast, aino: Client) -> None:
    for name in ("talk_desk", "talk_topic_new", "canned_new"):
        assert aino.get(reverse(f"office:{name}", args=[cast.units["b"].pk])).status_code == 404


def test_staff_write_first(cast: Cast, aino: Client) -> None:
    address = reverse("office:talk_new", args=[cast.parties["maija"].pk])
    assert aino.get(address).status_code == 200
    given = {
        "subject": "Puuttuva tieto",
        "text": "Hei Maija",
        "waits": "on",
        "once": "5f0e2f0a-0000-4000-8000-000000000001",
    }
    for _n in range(2):
        assert aino.post(address, given).status_code == 302
    talk = Talk.objects.get()
    assert (talk.state, talk.assignee) == ("waiting", cast.users["aino"])
    bo = cast.sign_in(Client(), "bo")
    assert bo.get(address).status_code == 404


# --- the contact log --------------------------------------------------------------------------------------------------
def note(**further: str) -> dict[str, str]:
    return {
        "channel": "phone",
        "direction": "in",
        "day": "20.11.2026",
        "hour": "14.30",
        "text": "Sovittiin maksuaika",
    } | further


def test_a_call_is_written_down_changed_and_removed(cast: Cast, aino: Client, maija: Client) -> None:
    pk = cast.parties["maija"].pk
    add = reverse("office:note_add", args=[pk])
    for _n in range(2):  # a double click writes it once
        assert aino.post(add, note()).status_code == 302
    kept = ContactNote.objects.get()
    assert "Sovittiin maksuaika" in aino.get(reverse("office:contact_log", args=[pk])).content.decode()
    assert "Sovittiin maksuaika" in aino.get(reverse("office:member", args=[pk])).content.decode()
    assert "Sovittiin maksuaika" in maija.get(reverse("portal:contact_log")).content.decode()
    edit = reverse("office:note_edit", args=[pk, kept.pk])
    assert aino.get(edit).context["form"].initial["hour"] == "14.30"
    assert (
        aino.post(edit, note(channel="visit", text="Sovittiin käynti", day="19.11.2026")).status_code == 302
    )
    entry = ContactEntry.objects.get(kind="note.written")
    assert (entry.channel, entry.at.day) == ("visit", 19)
    assert aino.post(reverse("office:note_remove", args=[pk, kept.pk])).status_code == 302
    assert not ContactNote.objects.exists()
    assert not ContactEntry.objects.filter(kind="note.written").exists()
    assert Change.objects.filter(table_name="communications_contactnote").count() == 3


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("day", {"day": "23.11.2026"}),
        ("day", {"day": "1.1.2019"}),
        ("day", {"day": "eilen"}),
        ("hour", {"hour": "25.00"}),
        ("text", {"text": " "}),
        ("channel", {"channel": "portal"}),
    ],
)
def test_what_is_no_note_is_told(cast: Cast, aino: Client, field: str, given: dict[str, str]) -> None:
    page = aino.post(reverse("office:note_add", args=[cast.parties["maija"].pk]), note(**given))
    assert field in page.context["form"].errors
    assert not ContactNote.objects.exists()


def test_a_colleagues_note_and_another_associations_member(cast: Cast, aino: Client) -> None:
    pk = cast.parties["maija"].pk
    aino.post(reverse("office:note_add", args=[pk]), note())
    kept = ContactNote.objects.get()
    riitta = cast.sign_in(Client(), "riitta")
    assert "Sovittiin" in riitta.get(reverse("office:contact_log", args=[pk])).content.decode()
    assert riitta.post(reverse("office:note_edit", args=[pk, kept.pk]), note()).status_code == 404
    bo = cast.sign_in(Client(), "bo")
    for name, args in (("contact_log", [pk]), ("note_add", [pk]), ("note_edit", [pk, kept.pk])):
        assert bo.get(reverse(f"office:{name}", args=args)).status_code == 404


def test_what_another_unit_told_the_member_is_not_shown(cast: Cast, aino: Client, maija: Client) -> None:
    open_desk(cast, "union")
    asked(cast, unit=cast.units["union"], subject="Kysymys liitolle")
    pk = cast.parties["maija"].pk
    assert "Kysymys liitolle" not in aino.get(reverse("office:contact_log", args=[pk])).content.decode()
    assert "Kysymys liitolle" in maija.get(reverse("portal:contact_log")).content.decode()


def test_the_log_by_channel_and_in_pages(cast: Cast, aino: Client) -> None:
    pk = cast.parties["maija"].pk
    for number in range(55):
        asked(cast, subject=f"Asia {number}", at=FRIDAY + timedelta(minutes=number))
    page = aino.get(reverse("office:contact_log", args=[pk]))
    assert len(page.context["lines"]) == 50
    rest = aino.get(reverse("office:contact_log", args=[pk]), {"jalkeen": page.context["page"].next})
    assert len(rest.context["lines"]) == 5
    assert aino.get(reverse("office:contact_log", args=[pk]), {"kanava": "phone"}).context["lines"] == []


def test_somebody_without_a_membership_has_no_messages(cast: Cast) -> None:
    ulla = cast.sign_in(Client(), "ulla")
    assert not PartyLogin.objects.filter(user=cast.users["ulla"]).exists()
    for name in ("messages", "talk_new", "contact_log"):
        assert ulla.get(reverse(f"portal:{name}")).status_code == 404


# --- limits -------------------------------------------------------------------------------------------------------------
def test_a_member_does_not_flood_the_office(cast: Cast, maija: Client) -> None:
    talk = asked(cast)
    for n in range(portal_talks.PER_MEMBER):
        assert maija.post(reverse("portal:talk", args=[talk.pk]), {"text": f"Viesti {n}"}).status_code == 302
    page = maija.post(reverse("portal:talk", args=[talk.pk]), {"text": "Vielä yksi"})
    assert page.status_code == 200
    assert page.context["form"].non_field_errors()
    assert "Vielä yksi" in page.content.decode()
    given = {"place": f"y{cast.units['a'].pk}", "subject": "Toinen", "text": "Hei"}
    assert maija.post(reverse("portal:talk_new"), given).context["form"].non_field_errors()
    assert TalkMessage.objects.count() == portal_talks.PER_MEMBER + 1


def test_too_much_of_files_is_told_beside_them(
    cast: Cast, maija: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talking, "FILES_IN_A_DAY", 10)
    talk = asked(cast)
    page = maija.post(reverse("portal:talk", args=[talk.pk]), {"text": "Liite", "files": pdf()})
    assert list(page.context["form"].errors) == ["files"]
    assert "Liite" in page.content.decode()


def test_a_subject_of_nothing_to_see_is_asked_anew(cast: Cast, maija: Client) -> None:
    given = {"place": f"y{cast.units['a'].pk}", "subject": "\u202e\u200b", "text": "Hei"}
    page = maija.post(reverse("portal:talk_new"), given)
    assert list(page.context["form"].errors) == ["subject"]
    assert not Talk.objects.exists()
