"""Settings of communications: look, topics, sender names of text messages (COM-1, COM-2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communications import approving
from communications.letters import looks
from communications.models import Look, SmsSender, SmsState, Topic, TopicClass
from communications.services import arranging_letters as arranging
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ConsentPurpose, OrgUnit
from tests.cast import TODAY, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def aino(cast: Cast, client: Client) -> Client:
    return cast.sign_in(client, "aino")


def url(name: str, *args: object) -> str:
    return reverse(f"office:{name}", args=args)


LOOK = {
    "from_name": "Kuusilahti",
    "reply_to": "sihteeri@a.example.fi",
    "colour": "005500",
    "footer_fi": "Keskustie 1",
    "footer_sv": "",
    "footer_en": "",
    "approval_limit": "50",
}
TOPIC = {
    "klass": "marketing",
    "purpose": "events",
    "name_fi": "Retket",
    "name_sv": "Utflykter",
    "name_en": "",
    "description_fi": "Retkiä lähelle ja kauas.",
    "description_sv": "",
    "description_en": "",
}


def test_the_page_shows_what_holds(cast: Cast, aino: Client) -> None:
    shown = aino.get(url("messages_settings")).content.decode()
    assert "Kuusilahden tuottajayhdistys" in shown
    assert "Jäsenkirje" in shown


def test_the_look_is_kept_and_used(cast: Cast, aino: Client) -> None:
    unit = cast.units["a"]
    assert aino.post(url("letter_look", unit.pk), LOOK).status_code == 302
    look = looks.look_of(unit)
    assert (look.from_name, look.colour) == ("Kuusilahti", "#005500")
    assert approving.approval_limit(unit) == 50
    aino.post(url("letter_look", unit.pk), LOOK | {"from_name": ""})
    assert Look.objects.count() == 1
    assert looks.look_of(unit).from_name == unit.name_fi


@pytest.mark.parametrize(
    "name",
    ["Pankki <x@op.example>", "x@op.example", '"Pankki"', "Keskusliitto", "KESKUSLIITTO", "Ｋeskusliitto"],
)
def test_a_sender_is_not_named_as_somebody_else(cast: Cast, aino: Client, name: str) -> None:
    with mutation(actor=None, kind="test"):
        OrgUnit.objects.filter(pk=cast.units["union"].pk).update(name_fi="Keskusliitto")
    answer = aino.post(url("letter_look", cast.units["a"].pk), LOOK | {"from_name": name})
    assert list(answer.context["form"].errors) == ["from_name"]


def test_a_senders_name_turns_and_hides_nothing(cast: Cast, aino: Client) -> None:
    unit = cast.units["a"]
    aino.post(url("letter_look", unit.pk), LOOK | {"from_name": "Kuusi\u202elahti\u2066 \u200bry\u2028"})
    assert Look.objects.get(unit=unit).from_name == "Kuusilahti ry"
    aino.post(url("letter_look", unit.pk), LOOK | {"from_name": unit.name_fi.upper()})
    assert Look.objects.get(unit=unit).from_name == unit.name_fi.upper()


def limit(cast: Cast, unit: str, said: int | None) -> None:
    with mutation(actor=None, kind="test"):
        Look.objects.update_or_create(unit=cast.units[unit], defaults={"approval_limit": said})


def test_the_limit_from_above_may_be_lowered_only(cast: Cast) -> None:
    unit = cast.units["a"]
    assert approving.limit_from_above(unit) == approving.APPROVAL_LIMIT
    assert approving.limit_from_above(cast.units["union"]) is None
    limit(cast, "union", 9000)
    assert approving.approval_limit(unit) == 9000
    limit(cast, "region1", 300)
    limit(cast, "a", 1_000_000)  # as it may have been written before
    assert approving.approval_limit(unit) == approving.limit_from_above(unit) == 300
    limit(cast, "a", 0)
    assert approving.approval_limit(unit) == 0


def test_whoever_only_sends_does_not_raise_the_limit(cast: Cast, aino: Client) -> None:
    unit = cast.units["a"]
    assert aino.post(url("letter_look", unit.pk), LOOK | {"approval_limit": "50"}).status_code == 302
    for said in ("51", ""):
        page = aino.post(url("letter_look", unit.pk), LOOK | {"approval_limit": said})
        assert list(page.context["form"].errors) == ["approval_limit"]
    assert aino.post(url("letter_look", unit.pk), LOOK | {"approval_limit": "40"}).status_code == 302
    riitta = cast.sign_in(Client(), "riitta")
    assert riitta.post(url("letter_look", unit.pk), LOOK | {"approval_limit": "60"}).status_code == 302
    page = riitta.post(url("letter_look", unit.pk), LOOK | {"approval_limit": "5001"})
    assert list(page.context["form"].errors) == ["approval_limit"]
    assert Look.objects.get(unit=unit).approval_limit == 60


@pytest.mark.parametrize("wrong", [{"colour": "green"}, {"colour": "#12345"}, {"reply_to": "not one"}, {"approval_limit": "-1"}])  # fmt: skip
def test_what_cannot_be_used_is_told_beside_its_field(
    cast: Cast, aino: Client, wrong: dict[str, str]
) -> None:
    answer = aino.post(url("letter_look", cast.units["a"].pk), LOOK | wrong)
    assert list(answer.context["form"].errors) == list(wrong)
    assert not Look.objects.exists()


def test_a_light_colour_is_drawn_dark_enough(cast: Cast, aino: Client) -> None:
    aino.post(url("letter_look", cast.units["a"].pk), LOOK | {"colour": "#ffff00"})
    assert aino.get(url("messages_settings")).context["darkened"]


def test_a_name_cannot_begin_a_header(cast: Cast, aino: Client) -> None:
    aino.post(url("letter_look", cast.units["a"].pk), LOOK | {"from_name": "Kuusi\r\nBcc: all@example.fi"})
    assert "\n" not in looks.look_of(cast.units["a"]).from_name


# --- topics -------------------------------------------------------------------------------------------------------------
def test_a_topic_of_ones_own_is_added_renamed_and_retired(cast: Cast, aino: Client) -> None:
    assert aino.post(url("letter_topic_new", cast.units["a"].pk), TOPIC).status_code == 302
    topic = Topic.objects.get(unit=cast.units["a"])
    assert (topic.klass, topic.purpose_id) == (TopicClass.MARKETING, "events")
    aino.post(url("letter_topic", topic.pk), TOPIC | {"name_fi": "Matkat", "klass": "statutory"})
    topic.refresh_from_db()
    assert (topic.name_fi, topic.klass) == ("Matkat", TopicClass.MARKETING)
    aino.post(url("letter_topic_retire", topic.pk))
    assert not Topic.objects.offered_in(cast.units["a"].pk).filter(pk=topic.pk).exists()
    aino.post(url("letter_topic_retire", topic.pk))
    assert Topic.objects.offered_in(cast.units["a"].pk).filter(pk=topic.pk).exists()


@pytest.mark.parametrize(
    "wrong", [{"klass": "statutory"}, {"purpose": ""}, {"purpose": "newsletter"}, {"klass": "member"}, {"name_fi": " "}]
)  # fmt: skip
def test_marketing_stands_on_a_consent_and_nobody_makes_a_statutory_topic(
    cast: Cast, aino: Client, wrong: dict[str, str]
) -> None:
    answer = aino.post(url("letter_topic_new", cast.units["a"].pk), TOPIC | wrong)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Topic.objects.filter(unit=cast.units["a"]).exists()


def test_the_service_refuses_them_too(cast: Cast) -> None:
    values: dict[str, Any] = TOPIC | {"klass": TopicClass.STATUTORY, "purpose": None}
    with pytest.raises(arranging.ArrangeError):
        arranging.keep_topic(actor=cast.users["aino"], unit=cast.units["a"], values=values)
    newsletter = ConsentPurpose.objects.get(pk="newsletter")
    with pytest.raises(arranging.ArrangeError):
        arranging.keep_topic(
            actor=cast.users["aino"], unit=cast.units["a"], values=TOPIC | {"purpose": newsletter}
        )


def test_the_federations_topics_are_in_no_units_hands(cast: Cast, aino: Client) -> None:
    topic = Topic.objects.get(code="newsletter")
    assert aino.get(url("letter_topic", topic.pk)).status_code == 404
    assert aino.post(url("letter_topic_retire", topic.pk)).status_code == 404


# --- sender names -------------------------------------------------------------------------------------------------------
def asked(client: Client, cast: Cast, text: str = "Kuusilahti") -> Any:
    return client.post(url("sms_sender_new", cast.units["a"].pk), {"text": text})


def test_a_sender_name_is_asked_authorised_and_withdrawn(cast: Cast, aino: Client) -> None:
    asked(aino, cast)
    sender = SmsSender.objects.get()
    assert sender.state == SmsState.ASKED
    path = url("sms_sender_authorised", sender.pk)
    late = aino.post(path, {"day": "1.1.2030", "reference": "TRAFICOM/1"})
    assert late.context["form"].errors
    aino.post(path, {"day": "20.11.2026", "reference": "TRAFICOM/1"})
    sender.refresh_from_db()
    assert (sender.state, sender.reference) == (SmsState.AUTHORISED, "TRAFICOM/1")
    assert aino.get(url("sms_sender_withdraw", sender.pk)).status_code == 200
    sender.refresh_from_db()
    assert sender.state == SmsState.AUTHORISED
    aino.post(url("sms_sender_withdraw", sender.pk))
    sender.refresh_from_db()
    assert sender.state == SmsState.WITHDRAWN
    asked(aino, cast)
    sender.refresh_from_db()
    assert (sender.state, sender.authorised_on) == (SmsState.ASKED, None)


@pytest.mark.parametrize("text", ["ab", "Metsäkulma", "123456", "liianpitkanimi", "a\nb", "<b>x</b>", ""])
def test_a_name_no_operator_shows_is_refused(cast: Cast, aino: Client, text: str) -> None:
    assert asked(aino, cast, text).context["form"].errors
    assert not SmsSender.objects.exists()


def test_the_same_name_twice_is_one(cast: Cast, aino: Client) -> None:
    asked(aino, cast)
    assert asked(aino, cast, "KUUSILAHTI").context["form"].errors
    assert SmsSender.objects.count() == 1


@pytest.mark.parametrize("who", ["bo", "olavi", "maija"])
def test_others_have_no_business_here(cast: Cast, client: Client, who: str) -> None:
    unit = cast.units["a"]
    sender = arranging.ask_sender(actor=cast.users["aino"], unit=unit, text="Kuusilahti")
    topic = arranging.keep_topic(
        actor=cast.users["aino"],
        unit=unit,
        values=TOPIC | {"klass": "member", "purpose": None},
    )
    page = cast.sign_in(client, who)
    for path in (
        url("letter_look", unit.pk),
        url("letter_topic_new", unit.pk),
        url("letter_topic", topic.pk),
        url("sms_sender_new", unit.pk),
        url("sms_sender_authorised", sender.pk),
        url("sms_sender_withdraw", sender.pk),
    ):
        assert page.get(path).status_code == 404, path
        assert page.post(path, TOPIC).status_code == 404, path
