"""Answers by e-mail: whose they are, what is never taken, what is taken once (COM-4)."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from django.conf import settings

from communications import links
from communications.models import Delivery, Talk, TalkMessage, TalkState
from communications.replies import MARK
from communications.services import arranging_talks, receiving_replies, talk_mail, talking
from communications.services.receiving_replies import take_reply
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, Mandate
from tests.cast import TODAY, Cast
from tests.communications.talking import FRIDAY, answered, asked, open_desk

pytestmark = pytest.mark.django_db
MAIJA = "maija.vastaa@example.fi"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def talk(cast: Cast) -> Talk:
    with mutation(actor=None, kind="test"):
        cast.parties["maija"].contact_points.filter(kind="email").delete()
        ContactPoint.objects.create(
            party=cast.parties["maija"],
            kind="email",
            value=MAIJA,
            key=MAIJA,
            valid_from=TODAY.replace(year=2020),
        )
    talk = asked(cast)
    answered(cast, talk)
    return talk


def token(talk: Talk, user: object = None) -> str:
    address = talk_mail.reply_address(talk=talk, user=user)  # type: ignore[arg-type]
    return address.removeprefix(f"{settings.MAIL_REPLIES}+").partition("@")[0]


def mail(text: str = "Kiitos, sopii.", number: int = 1, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Message-ID"] = MAIJA, f"<{number}@posti.example.fi>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(f"{text}\n\n{MARK} Kirjoita vastauksesi\nVanha")
    return message


def taken(talk: Talk) -> int:
    return TalkMessage.objects.filter(talk=talk, by_email=True).count()


def test_the_members_answer_comes_into_the_conversation(cast: Cast, talk: Talk) -> None:
    assert take_reply(token=token(talk), sender=f"Maija M <{MAIJA.upper()}>", message=mail()) == "taken"
    message = TalkMessage.objects.get(talk=talk, by_email=True)
    assert (message.kind, message.text) == ("member", "Kiitos, sopii.")
    talk.refresh_from_db()
    assert talk.state == TalkState.OPEN


def test_the_same_mail_is_taken_once(cast: Cast, talk: Talk) -> None:
    told = token(talk)
    found = [take_reply(token=told, sender=MAIJA, message=mail()) for _n in range(3)]
    assert found == ["taken", "twice", "twice"]
    assert taken(talk) == 1


@pytest.mark.parametrize("sender", ["joku@muu.fi", "", "maija.vastaa@example.fi.pahis.fi", "\r\nmaija"])
def test_somebody_else_with_the_address_is_refused(cast: Cast, talk: Talk, sender: str) -> None:
    assert take_reply(token=token(talk), sender=sender, message=mail()) in {"foreign", "loop"}
    assert taken(talk) == 0


@pytest.mark.parametrize("made_up", ["", "1", "1-", "zz-000000000000000000000000", "x" * 500, "1-é"])
def test_a_made_up_address_leads_nowhere(cast: Cast, talk: Talk, made_up: str) -> None:
    assert take_reply(token=made_up, sender=MAIJA, message=mail()) == "unknown"


def test_a_token_for_another_purpose_leads_nowhere(cast: Cast, talk: Talk) -> None:
    talk_mail.reply_address(talk=talk, user=None)
    other = links.token(links.BOUNCE, talk.addresses.get(user=None).pk)
    assert take_reply(token=other, sender=MAIJA, message=mail()) == "unknown"


@pytest.mark.parametrize(
    "header", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X_Autoreply": "yes"}]
)
def test_a_machine_is_not_answered(cast: Cast, talk: Talk, header: dict[str, str]) -> None:
    assert take_reply(token=token(talk), sender=MAIJA, message=mail(**header)) == "automatic"
    assert taken(talk) == 0


def test_our_own_mail_is_a_loop(cast: Cast, talk: Talk) -> None:
    own = talk_mail.reply_address(talk=talk, user=None)
    assert take_reply(token=token(talk), sender=own, message=mail()) == "loop"


def test_a_flood_stops(cast: Cast, talk: Talk) -> None:
    told = token(talk)
    most = receiving_replies.MOST_IN_AN_HOUR
    found = [take_reply(token=told, sender=MAIJA, message=mail(number=n)) for n in range(most + 2)]
    assert found == ["taken"] * most + ["loop"] * 2


def test_a_mail_that_only_quotes_is_empty(cast: Cast, talk: Talk) -> None:
    assert take_reply(token=token(talk), sender=MAIJA, message=mail(text="")) == "empty"


def test_allowed_files_come_along_and_others_are_named(cast: Cast, talk: Talk) -> None:
    message = mail()
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="kuitti.pdf")
    message.add_attachment(b"MZ\x90", maintype="application", subtype="pdf", filename="../virus.pdf")
    assert take_reply(token=token(talk), sender=MAIJA, message=message) == "taken"
    kept = TalkMessage.objects.get(talk=talk, by_email=True)
    assert list(kept.files.values_list("name", flat=True)) == ["kuitti.pdf"]
    assert "virus.pdf" in kept.text


def test_staff_answer_by_mail(cast: Cast, talk: Talk) -> None:
    aino = cast.users["aino"]
    Delivery.objects.all().delete()
    assert take_reply(token=token(talk, aino), sender=aino.email, message=mail("Hoidettu.")) == "taken"
    message = TalkMessage.objects.get(talk=talk, by_email=True)
    assert (message.kind, message.author) == ("staff", aino)
    assert Delivery.objects.filter(kind="talks.reply").count() == 1


def test_the_members_address_is_not_the_staffs(cast: Cast, talk: Talk) -> None:
    aino = cast.users["aino"]
    assert take_reply(token=token(talk), sender=aino.email, message=mail()) == "foreign"
    assert take_reply(token=token(talk, aino), sender=MAIJA, message=mail()) == "foreign"


def test_whoever_has_lost_the_right_does_not_answer(cast: Cast, talk: Talk) -> None:
    aino = cast.users["aino"]
    told = token(talk, aino)
    with mutation(actor=None, kind="test"):
        Mandate.objects.filter(party__logins__user=aino).delete()
    assert take_reply(token=told, sender=aino.email, message=mail()) == "foreign"


def test_a_former_unit_does_not_answer_what_it_handed_over(cast: Cast, talk: Talk) -> None:
    aino = cast.users["aino"]
    told = token(talk, aino)
    open_desk(cast, "union")
    arranging_talks.hand_over(actor=aino, talk=talk, to=cast.units["union"], reason="x", at=FRIDAY)
    assert take_reply(token=told, sender=aino.email, message=mail()) == "foreign"


def test_mails_of_a_member_are_counted_over_all_their_conversations(
    cast: Cast, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving_replies, "MOST_IN_AN_HOUR", 1)
    other = asked(cast, at=clock.now())
    assert take_reply(token=token(talk), sender=MAIJA, message=mail()) == "taken"
    second = mail(number=2)
    assert take_reply(token=token(other), sender=MAIJA, message=second) == "loop"


def test_files_over_the_days_limit_are_named_and_left_out(
    cast: Cast, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talking, "FILES_IN_A_DAY", 5)
    message = mail()
    message.add_attachment(b"%PDF-1.7 sisalto", maintype="application", subtype="pdf", filename="lasku.pdf")
    assert take_reply(token=token(talk), sender=MAIJA, message=message) == "taken"
    found = TalkMessage.objects.get(talk=talk, by_email=True)
    assert "lasku.pdf" in found.text
    assert not found.files.exists()
