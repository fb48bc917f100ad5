"""The secretary's pages: written without scripts, checked, sent, told; and closed to others."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communications.letters import blocks
from communications.models import (
    Archive,
    Delivery,
    LetterPicture,
    LetterTemplate,
    Look,
    Mailing,
    MailingState,
)
from communications.services import releasing, writing
from communications.views import office_letter_preview
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from tests.cast import TODAY, Cast
from tests.communications.letters import scene


@pytest.fixture(autouse=True)
def _day() -> Any:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def aino(cast: Cast, client: Client) -> Client:
    return cast.sign_in(client, "aino")


@pytest.fixture
def mailing(cast: Cast) -> Mailing:
    return scene.draft(cast)


def address(name: str, *args: Any) -> str:
    return reverse(f"office:{name}", args=args)


def test_an_empty_list_tells_what_to_do(aino: Client) -> None:
    page = aino.get(address("messages")).content.decode()
    assert "Kirjoita ensimmäinen kirje" in page


def test_a_letter_is_begun(aino: Client, cast: Cast) -> None:
    page = aino.get(address("message_new"))
    topic = page.context["form"].initial["topic"]
    answer = aino.post(
        address("message_new"),
        {"title": "Kirje", "topic": topic, "segment": "", "archive": "members", "start": ""},
    )
    made = Mailing.objects.get()
    assert answer.headers["Location"] == address("message", made.pk)
    assert (made.unit, made.created_by) == (cast.units["a"], cast.users["aino"])


def test_a_letter_without_a_name_is_not_begun(aino: Client) -> None:
    page = aino.post(
        address("message_new"), {"title": "", "topic": "999999", "archive": "kaikki"}
    ).content.decode()
    assert page.count('class="error"') >= 1 or "field--error" in page
    assert not Mailing.objects.exists()


def test_a_part_is_added_written_moved_removed_and_put_back(aino: Client, mailing: Mailing) -> None:
    here = ("fi",)
    answer = aino.post(address("message_add", mailing.pk, *here), {"kind": "button"})
    key = mailing.versions.get().blocks[-1]["id"]
    assert answer.headers["Location"].endswith(f"?osa={key}#osa-{key}")
    form = next(
        line["form"] for line in aino.get(answer.headers["Location"]).context["lines"] if line["key"] == key
    )
    typed = {f"b{key}-seen": form.initial["seen"], f"b{key}-text": "Lue", f"b{key}-url": "https://a.example/"}
    aino.post(address("message_block", mailing.pk, "fi", key), typed)
    assert mailing.versions.get().blocks[-1]["url"] == "https://a.example/"
    aino.post(address("message_move", mailing.pk, "fi", key), {"suunta": "ylos"})
    assert mailing.versions.get().blocks[1]["id"] == key
    answer = aino.post(address("message_remove", mailing.pk, "fi", key), follow=True)
    assert "Palauta" in answer.content.decode()
    aino.post(address("message_put_back", mailing.pk, "fi"))
    assert mailing.versions.get().blocks[1]["id"] == key


def test_what_is_not_right_stays_in_the_form(aino: Client, mailing: Mailing) -> None:
    aino.post(address("message_add", mailing.pk, "fi"), {"kind": "button"})
    key = mailing.versions.get().blocks[-1]["id"]
    typed = {f"b{key}-text": "Lue", f"b{key}-url": "www.example.fi/sivu"}
    answer = aino.post(address("message_block", mailing.pk, "fi", key), typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Kirjoita koko osoite" in page
    assert "www.example.fi/sivu" in page
    assert mailing.versions.get().blocks[-1]["url"] == ""


def test_an_unknown_field_is_told_beside_it(aino: Client, mailing: Mailing) -> None:
    answer = aino.post(address("message_head", mailing.pk, "fi"), {"subject": "Hei {{palkka}}"})
    assert answer.status_code == 422
    assert "Kenttää palkka ei ole" in answer.content.decode()


def test_two_at_once_see_both_and_who_saved(aino: Client, cast: Cast, mailing: Mailing) -> None:
    block = mailing.versions.get().blocks[1]
    key = block["id"]
    seen = next(
        line["form"].initial["seen"]
        for line in aino.get(address("message_edit", mailing.pk, "fi")).context["lines"]
        if line["key"] == key
    )
    writing.save_block(
        actor=cast.users["riitta"],
        mailing=mailing,
        language="fi",
        block=block | {"text": "Riitan sanat"},
        seen=seen,
    )
    typed = {f"b{key}-seen": seen, f"b{key}-text": "Ainon sanat"}
    answer = aino.post(address("message_block", mailing.pk, "fi", key), typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Riitan sanat" in page
    assert "Ainon sanat" in page
    assert "Riitta Rekisteri" in page
    assert mailing.versions.get().blocks[1]["text"] == "Riitan sanat"
    form = next(line["form"] for line in answer.context["lines"] if line["key"] == key)
    typed[f"b{key}-seen"] = form.initial["seen"]
    aino.post(address("message_block", mailing.pk, "fi", key), typed)
    assert mailing.versions.get().blocks[1]["text"] == "Ainon sanat"


def test_a_picture_is_sent_and_shown_to_mail_programs(aino: Client, mailing: Mailing) -> None:
    aino.post(address("message_add", mailing.pk, "fi"), {"kind": "image"})
    key = mailing.versions.get().blocks[-1]["id"]
    file = SimpleUploadedFile("kuva.html", scene.png(), content_type="text/html")
    seen = blocks.digest(mailing.versions.get().blocks[-1])
    typed = {f"b{key}-file": file, f"b{key}-alt": "Pelto", f"b{key}-seen": seen}
    aino.post(address("message_block", mailing.pk, "fi", key), typed)
    kept = LetterPicture.objects.get()
    assert mailing.versions.get().blocks[-1]["image"] == str(kept.key)
    shown = Client().get(reverse("public:letter_picture", args=[kept.key, "png"]))
    assert shown.getvalue().startswith(b"\x89PNG")
    assert shown.headers["Content-Type"] == "image/png"
    assert "immutable" in shown.headers["Cache-Control"]
    assert shown.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Client().get(reverse("public:letter_picture", args=[kept.key, "jpg"])).status_code == 404


def test_what_is_no_picture_is_told(aino: Client, mailing: Mailing) -> None:
    aino.post(address("message_add", mailing.pk, "fi"), {"kind": "image"})
    key = mailing.versions.get().blocks[-1]["id"]
    file = SimpleUploadedFile("kuva.png", b"<svg/>", content_type="image/png")
    answer = aino.post(address("message_block", mailing.pk, "fi", key), {f"b{key}-file": file})
    assert answer.status_code == 422
    assert not LetterPicture.objects.exists()


def test_the_preview_is_of_real_recipients_in_a_box(aino: Client, cast: Cast, mailing: Mailing) -> None:
    page = aino.get(address("message_preview", mailing.pk))
    first = page.context["recipient"]
    letter = aino.get(page.context["letter"])
    assert first.party.person.first_names.split()[0] in letter.content.decode()
    policy = letter.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert letter.headers["X-Frame-Options"] == "SAMEORIGIN"
    second = aino.get(address("message_preview", mailing.pk), {"saaja": first.next}).context["recipient"]
    assert second.party.pk == first.next
    assert second.previous == first.party.pk


def test_nobody_outside_the_audience_is_shown(aino: Client, cast: Cast, mailing: Mailing) -> None:
    other = cast.parties["bo"].pk if "bo" in cast.parties else 0
    assert aino.get(address("message_letter", mailing.pk, "fi"), {"saaja": other or 10**9}).status_code == 404


def test_a_test_goes_to_people_with_a_post_only(aino: Client, cast: Cast, mailing: Mailing) -> None:
    page = aino.post(address("message_test", mailing.pk), {"addresses": "joku@muualla.example"})
    assert not Delivery.objects.exists()
    assert "joku@muualla.example" in page.content.decode()
    aino.post(
        address("message_test", mailing.pk),
        {"addresses": f"{cast.users['aino'].email}\n{cast.users['olavi'].email}"},
    )
    rows = Delivery.objects.order_by("pk")
    assert {row.address for row in rows} == {cast.users["aino"].email, cast.users["olavi"].email}
    from communications.services.posting import rendered

    words = rendered(rows[0])
    assert words.subject.startswith("TESTI: Pikkujoulu")
    assert "Hei Tauno" in words.html
    assert "{{" not in words.html + words.text + words.subject


def test_six_addresses_are_too_many(aino: Client, cast: Cast, mailing: Mailing) -> None:
    addresses = " ".join(f"m{n}@example.fi" for n in range(6))
    assert (
        "enintään viisi"
        in aino.post(address("message_test", mailing.pk), {"addresses": addresses}).content.decode()
    )


def test_tests_have_a_limit(aino: Client, cast: Cast, mailing: Mailing) -> None:
    typed = {"addresses": cast.users["aino"].email}
    for _n in range(office_letter_preview.TESTS):
        assert aino.post(address("message_test", mailing.pk), typed).status_code == 302
    count = Delivery.objects.count()
    assert aino.post(address("message_test", mailing.pk), typed).context["form"].non_field_errors()
    assert Delivery.objects.count() == count


def test_what_is_missing_stops_the_letter(aino: Client, cast: Cast, mailing: Mailing) -> None:
    scene.add(cast, mailing, "image")
    page = aino.get(address("message_send", mailing.pk)).content.decode()
    assert "Korjaa nämä ensin" in page
    aino.post(address("message_send", mailing.pk), {"when": "now", "version": mailing.version})
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


def test_sending_regretting_and_sending_again(aino: Client, cast: Cast, mailing: Mailing) -> None:
    writing.add_language(actor=None, mailing=mailing, language="sv")
    writing.remove_language(actor=None, mailing=mailing, language="sv")
    mailing.refresh_from_db()
    sent = {"when": "now", "version": mailing.version, "sure": "on"}
    assert aino.post(address("message_send", mailing.pk), sent).headers["Location"] == address(
        "message_results", mailing.pk
    )
    releasing.advance(now=clock.now())
    page = aino.get(address("message_results", mailing.pk)).content.decode()
    assert "5 min 0 s" in page
    aino.post(address("message_regret", mailing.pk))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT
    assert not Delivery.objects.filter(mailing=mailing).exists()


def test_a_letter_that_was_changed_after_the_checks_is_not_sent(
    aino: Client, cast: Cast, mailing: Mailing
) -> None:
    old = mailing.version
    scene.add(cast, mailing, "text", text="Lisäys")
    aino.post(address("message_send", mailing.pk), {"when": "now", "version": old, "sure": "on"})
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


def test_later_is_told_by_the_clock_of_finland(aino: Client, mailing: Mailing) -> None:
    sent = {"when": "later", "day": "1.12.2026", "at": "9.30", "version": mailing.version, "sure": "on"}
    aino.post(address("message_send", mailing.pk), sent)
    mailing.refresh_from_db()
    assert mailing.scheduled_at is not None
    assert mailing.scheduled_at.astimezone(clock.HELSINKI).isoformat() == "2026-12-01T09:30:00+02:00"
    assert mailing.state == MailingState.SCHEDULED


@pytest.mark.parametrize(
    ("day", "at"),
    [
        ("28.3.2027", "3.30"),
        ("1.12.2026", "25.00"),
        ("1.12.2026", "aamulla"),
        ("1.1.2020", "9.30"),
        ("", "9.30"),
        ("1.1.2029", "9.30"),
    ],
)
def test_times_that_are_none_are_told(aino: Client, mailing: Mailing, day: str, at: str) -> None:
    sent = {"when": "later", "day": day, "at": at, "version": mailing.version, "sure": "on"}
    assert aino.post(address("message_send", mailing.pk), sent).status_code == 200
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


def test_the_results_add_up_and_tell_what_to_do(aino: Client, cast: Cast, mailing: Mailing) -> None:
    scene.sent(cast, mailing)
    page = aino.get(address("message_results", mailing.pk))
    figures = page.context["figures"]
    assert figures.planned == sum(n for _label, n in page.context["sums"]) > 0
    assert figures.rejected == 1
    text = page.content.decode()
    assert "Ketään ei seurata" in text
    assert "Tarkista osoite. Jos se on oikein, yritä uudelleen." in text
    table = aino.get(address("message_missing", mailing.pk)).content.decode("utf-8-sig")
    assert table.count("\r\n") == 1 + figures.rejected + figures.suppressed + figures.uncertain
    assert "@" not in table
    aino.post(address("message_retry", mailing.pk))
    assert Delivery.objects.filter(mailing=mailing, state=5).count() == 1


def test_names_are_told_within_reach_only(cast: Cast, client: Client) -> None:
    """The union's letter: the secretary of A does not open it; the figures are the union's."""
    mailing = scene.draft(cast, unit="union", by="riitta")
    cast.sign_in(client, "aino")
    for name, args in (
        ("message", ()),
        ("message_results", ()),
        ("message_missing", ()),
        ("message_preview", ()),
        ("message_letter", ("fi",)),
    ):
        assert client.get(address(name, mailing.pk, *args)).status_code == 404


def test_another_associations_letter_is_not_there(client: Client, cast: Cast, mailing: Mailing) -> None:
    cast.sign_in(client, "bo")
    key = mailing.versions.get().blocks[0]["id"]
    gets = [
        "message",
        "message_details",
        "message_delete",
        "message_template",
        "message_people",
        "message_preview",
        "message_test",
        "message_send",
        "message_results",
        "message_state",
        "message_missing",
        "message_cancel",
    ]
    posts = [
        "message_language",
        "message_links",
        "message_take_back",
        "message_regret",
        "message_pause",
        "message_resume",
        "message_retry",
        "message_approve",
        "message_refuse",
        "message_paper",
    ]
    parts = ["message_block", "message_move", "message_remove"]
    assert [client.get(address(name, mailing.pk)).status_code for name in gets] == [404] * len(gets)
    assert [
        client.post(address(name, mailing.pk), {"version": mailing.version}).status_code for name in posts
    ] == [404] * len(posts)
    assert [client.post(address(name, mailing.pk, "fi", key)).status_code for name in parts] == [404] * len(
        parts
    )
    for name in ("message_head", "message_add", "message_put_back"):
        assert client.post(address(name, mailing.pk, "fi"), {"kind": "text"}).status_code == 404
    assert client.get(address("messages")).content.decode().count(mailing.title) == 0


def test_a_treasurer_looks_and_does_not_write(client: Client, cast: Cast, mailing: Mailing) -> None:
    cast.sign_in(client, "olavi")
    assert client.get(address("messages")).status_code == 200
    assert client.get(address("message_edit", mailing.pk, "fi")).status_code == 404
    assert client.get(address("message_send", mailing.pk)).status_code == 404
    assert client.post(address("message_regret", mailing.pk)).status_code == 404


def test_templates_are_the_units_own_to_delete(aino: Client, cast: Cast, mailing: Mailing) -> None:
    aino.post(address("message_template", mailing.pk), {"name": "Oma pohja"})
    own = LetterTemplate.objects.get()
    assert "Oma pohja" in aino.get(address("letter_templates")).content.decode()
    bo = cast.sign_in(Client(), "bo")
    assert bo.post(address("letter_template_delete", own.pk)).status_code == 404
    aino.post(address("letter_template_delete", own.pk))
    assert not LetterTemplate.objects.exists()


def test_a_draft_is_deleted_after_asking(aino: Client, mailing: Mailing) -> None:
    assert aino.get(address("message_delete", mailing.pk)).status_code == 200
    assert Mailing.objects.exists()
    aino.post(address("message_delete", mailing.pk))
    assert not Mailing.objects.exists()


# --- afterwards -----------------------------------------------------------------------------------------------------------
def test_the_archives_tell_nobody_s_name(aino: Client, cast: Cast, mailing: Mailing) -> None:
    writing.change_details(actor=None, mailing=mailing, values={"archive": Archive.PUBLIC})
    mailing.refresh_from_db()
    public = reverse("public:letters_unit", args=["a"])
    words = reverse("public:letter_words", args=["a", mailing.uuid])
    assert mailing.title not in Client().get(public).content.decode()
    assert Client().get(words).status_code == 404
    scene.sent(cast, mailing)
    assert mailing.title in Client().get(public).content.decode()
    told = Client().get(words).content.decode()
    assert "Hei jäsen" in told
    assert "{{" not in told
    assert Client().get(reverse("public:letter_words", args=["b", mailing.uuid])).status_code == 404
    maija = cast.sign_in(Client(), "maija")
    assert "Pikkujoulu ja verokurssi" in maija.get(reverse("portal:letters")).content.decode()
    assert maija.get(reverse("portal:letter", args=[mailing.uuid])).status_code == 200
    ulla = cast.sign_in(Client(), "ulla")
    assert ulla.get(reverse("portal:letter", args=[mailing.uuid])).status_code == 404


def test_read_in_a_browser_opens_by_the_link_of_the_letter(cast: Cast, mailing: Mailing) -> None:
    from communications import links

    scene.sent(cast, mailing)
    row = Delivery.objects.filter(mailing=mailing).order_by("pk").first()
    assert row is not None
    page = Client().get(reverse("public:letter_read", args=[links.token(links.READ, row.pk)]))
    assert page.status_code == 200
    assert row.name.split()[0] not in page.content.decode()
    assert Client().get(reverse("public:letter_read", args=["1-" + "0" * 24])).status_code == 410


def test_a_letter_to_many_waits_for_another_person(aino: Client, cast: Cast, mailing: Mailing) -> None:
    with mutation(actor=None, kind="test"):
        Look.objects.create(unit=cast.units["a"], approval_limit=1)
    sent = {"when": "now", "version": mailing.version, "sure": "on"}
    aino.post(address("message_send", mailing.pk), sent)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.WAITING
    assert "Hyväksy lähetys" not in aino.get(address("message_results", mailing.pk)).content.decode()
    approval = {"version": mailing.version}
    assert aino.post(address("message_approve", mailing.pk), approval).status_code == 404
    riitta = cast.sign_in(Client(), "riitta")
    assert "hyväksyttäväksi" in riitta.get(reverse("office:home")).content.decode()
    assert "Hyväksy lähetys" in riitta.get(address("message_results", mailing.pk)).content.decode()
    riitta.post(address("message_approve", mailing.pk), {"version": mailing.version - 1})
    mailing.refresh_from_db()
    assert mailing.state == MailingState.WAITING
    riitta.post(address("message_approve", mailing.pk), approval)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.approved_by) == (MailingState.SCHEDULED, cast.users["riitta"])


def test_whoever_writes_does_not_approve(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        Look.objects.create(unit=cast.units["a"], approval_limit=1)
    riitta = cast.sign_in(Client(), "riitta")
    mailing = scene.draft(cast, by="riitta")
    riitta.post(
        address("message_send", mailing.pk), {"when": "now", "version": mailing.version, "sure": "on"}
    )
    mailing.refresh_from_db()
    riitta.post(address("message_approve", mailing.pk), {"version": mailing.version})
    mailing.refresh_from_db()
    assert mailing.state == MailingState.WAITING
    riitta.post(address("message_refuse", mailing.pk), {"version": mailing.version})
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


def test_whoever_has_had_a_hand_in_it_does_not_approve(aino: Client, cast: Cast, mailing: Mailing) -> None:
    """Words written by one and sent by another would otherwise be seen by nobody else."""
    with mutation(actor=None, kind="test"):
        Look.objects.create(unit=cast.units["a"], approval_limit=1)
    scene.add(cast, mailing, "text", by="riitta", text="Riitan lisäys")
    aino.post(address("message_send", mailing.pk), {"when": "now", "version": mailing.version, "sure": "on"})
    mailing.refresh_from_db()
    riitta = cast.sign_in(Client(), "riitta")
    assert "Hyväksy lähetys" not in riitta.get(address("message_results", mailing.pk)).content.decode()
    riitta.post(address("message_approve", mailing.pk), {"version": mailing.version})
    mailing.refresh_from_db()
    assert (mailing.state, mailing.approved_by) == (MailingState.WAITING, None)


@pytest.mark.parametrize(("unit", "drawn"), [("a", True), ("region1", True), ("b", False)])
def test_pictures_are_ones_own_or_of_those_above(cast: Cast, aino: Client, mailing: Mailing, unit: str, drawn: bool) -> None:  # fmt: skip
    """The key stands in a hidden field: another association's is not drawn in one's letter."""
    picture = scene.picture(cast, unit=unit)
    key = scene.add(cast, mailing, "image", alt="Kuva")
    version = mailing.versions.get(language="fi")
    block = next(one for one in version.blocks if one["id"] == key)
    typed = {f"b{key}-{name}": block[name] for name in ("alt", "caption", "url")}
    typed |= {f"b{key}-image": str(picture.key), f"b{key}-seen": blocks.digest(block)}
    aino.post(reverse("office:message_block", args=[mailing.pk, "fi", key]), typed)
    version.refresh_from_db()
    kept = next(one for one in version.blocks if one["id"] == key)["image"]
    assert kept == (str(picture.key) if drawn else "")


def test_the_member_finds_the_letter_among_the_messages(cast: Cast, client: Client, mailing: Mailing) -> None:
    scene.sent(cast, mailing)
    cast.sign_in(client, "maija")
    found = [client.get(reverse(f"portal:{name}")).content.decode() for name in ("messages", "letters")]
    assert all("Pikkujoulu ja verokurssi" in page and mailing.title not in page for page in found)
