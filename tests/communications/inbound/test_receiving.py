"""Mail that comes back: bounces of the large mail hosts, complaints, answering machines, and mail made to break its reader (COM-2)."""

from __future__ import annotations

import mailbox
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from hypothesis import given, strategies

from communications import links, wishes
from communications.inbound.verdicts import Verdict, status_in, verdict_of
from communications.models import AddressState, Channel, Delivery, Preference, Topic, Trouble
from communications.models.deliveries import Reason, State
from communications.services import bouncing, collecting, receiving
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, Party
from members.quality.rules import RULES
from members.services import registering
from tests.cast import TODAY, Cast
from tests.communications.inbound import samples
from tests.communications.test_wishes import letter

pytestmark = pytest.mark.django_db
ADDRESS = "maija@example.fi"


@pytest.fixture(autouse=True)
def _noon(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MAIL_KEPT = str(tmp_path / "kept")
    with clock.frozen(TODAY):
        yield


def sent(cast: Cast, topic: str = "newsletter") -> Delivery:
    found = letter(cast, topic)
    Delivery.objects.filter(pk=found.pk).update(state=State.ACCEPTED)
    return Delivery.objects.get(pk=found.pk)


def point() -> ContactPoint:
    return ContactPoint.objects.get(key=ADDRESS, kind="email", valid_to=None)


def bounce(found: Delivery, *blocks: str, **further: str) -> str:
    return receiving.receive(samples.report(*blocks, to=links.bounce_address(found.pk), **further))


# --- bounces ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("blocks", [samples.POSTFIX, samples.M365, samples.M365_DENIED])
def test_an_address_that_is_not_there_is_stopped_at_once(cast: Cast, blocks: tuple[str, ...]) -> None:
    found = sent(cast)
    assert bounce(found, *blocks) == "taken"
    found.refresh_from_db()
    assert (found.state, found.reason) == (State.REJECTED, Reason.BOUNCED)
    assert found.code.startswith("5.")
    state = AddressState.objects.get(address=ADDRESS)
    assert (state.trouble, state.score) == (Trouble.HARD, AddressState.STOPS_AT)
    assert state.stopped_at is not None
    assert point().bounced_on == TODAY


def test_a_report_of_exim_is_read_by_its_words(cast: Cast) -> None:
    found = sent(cast)
    assert receiving.receive(samples.exim(links.bounce_address(found.pk))) == "taken"
    assert AddressState.objects.get().trouble == Trouble.HARD


@pytest.mark.parametrize("blocks", [samples.GMAIL, samples.GMAIL_FULL])
def test_a_passing_trouble_counts_one_point_and_five_stop(cast: Cast, blocks: tuple[str, ...]) -> None:
    for n in range(1, 6):
        assert point().bounced_on is None
        assert bounce(sent(cast), *blocks) == "taken"
        assert AddressState.objects.get().score == n
    assert AddressState.objects.get().trouble == Trouble.SOFT
    assert point().bounced_on == TODAY


def test_a_block_of_our_own_server_says_nothing_of_the_address(cast: Cast) -> None:
    found = sent(cast)
    assert bounce(found, *samples.M365_BLOCKED) == "taken"
    found.refresh_from_db()
    assert found.state == State.REJECTED
    assert not AddressState.objects.exists()


@pytest.mark.parametrize("blocks", [samples.LATE, samples.RELAYED])
def test_a_late_or_relayed_message_has_not_failed(cast: Cast, blocks: tuple[str, ...]) -> None:
    found = sent(cast)
    assert bounce(found, *blocks) == "ignored"
    found.refresh_from_db()
    assert found.state == State.ACCEPTED


def test_an_answering_machine_is_no_bounce(cast: Cast) -> None:
    found = sent(cast)
    assert receiving.receive(samples.away(links.bounce_address(found.pk))) == "ignored"
    assert not AddressState.objects.exists()


def test_the_same_report_again_changes_nothing(cast: Cast) -> None:
    found = sent(cast)
    bounce(found, *samples.GMAIL)
    for _again in range(3):
        assert bounce(found, *samples.GMAIL) == "twice"
    assert AddressState.objects.get().score == 1


def test_a_message_still_being_sent_is_for_later(cast: Cast) -> None:
    found = sent(cast)
    Delivery.objects.filter(pk=found.pk).update(state=State.ATTEMPTING)
    with pytest.raises(receiving.Later):
        bounce(found, *samples.POSTFIX)


def test_one_that_was_never_sent_stays_as_it_was(cast: Cast) -> None:
    found = sent(cast)
    Delivery.objects.filter(pk=found.pk).update(state=State.SUPPRESSED, reason=Reason.REFUSED)
    assert bounce(found, *samples.POSTFIX) == "twice"
    found.refresh_from_db()
    assert found.reason == Reason.REFUSED


def test_what_a_letter_shows_its_readers_is_no_proof_of_a_bounce(cast: Cast) -> None:
    """Its id and its link to end letters stand in every copy that is passed on."""
    found = sent(cast)
    to = f"{project.MAIL_BOUNCES}@{project.MAIL_DOMAIN}"
    by_id = samples.report(*samples.POSTFIX, to=to, message_id=links.message_id(found.pk))
    end = f"List-Unsubscribe: <https://x/kirjeet/peru/{links.token(links.UNSUBSCRIBE, found.pk)}/>"
    by_link = by_id.replace(b"Message-ID:", f"{end}\r\nX-Message-ID:".encode())
    crossed = f"{project.MAIL_BOUNCES}+{links.token(links.UNSUBSCRIBE, found.pk)}@{project.MAIL_DOMAIN}"
    for mail in (by_id, by_link, samples.report(*samples.POSTFIX, to=crossed)):
        assert receiving.receive(mail) == "unknown"
    found.refresh_from_db()
    assert found.state == State.ACCEPTED
    assert not AddressState.objects.exists()
    assert point().bounced_on is None


def test_a_bounce_of_a_message_of_long_ago_is_not_believed(cast: Cast) -> None:
    found = sent(cast)
    Delivery.objects.filter(pk=found.pk).update(done_at=clock.now() - timedelta(days=31))
    assert bounce(found, *samples.POSTFIX) == "unknown"
    assert not AddressState.objects.exists()


@pytest.mark.parametrize("token", ["1-000000000000000000000000", "zz", "1-../../etc", ""])
def test_a_forged_address_does_nothing(cast: Cast, token: str) -> None:
    sent(cast)
    to = f"{project.MAIL_BOUNCES}+{token}@{project.MAIL_DOMAIN}"
    assert receiving.receive(samples.report(*samples.POSTFIX, to=to)) == "unknown"
    assert not AddressState.objects.exists()


def test_mail_to_others_is_not_ours(cast: Cast) -> None:
    assert receiving.receive(samples.report(*samples.POSTFIX, to="bounces@elsewhere.example")) == "foreign"


def test_a_bounce_shows_in_the_quality_of_the_data() -> None:
    assert any(rule.code == "bounced" and "bounced_on" in rule.sql for rule in RULES)


# --- the address works again -----------------------------------------------------------------------------------------
def test_letters_taken_heal_an_address(cast: Cast) -> None:
    bounce(sent(cast), *samples.GMAIL)
    bounce(sent(cast), *samples.GMAIL)
    assert bouncing.heal(keys=[ADDRESS, "other@example.fi"]) == 1
    assert AddressState.objects.get().score == 1
    assert bouncing.heal(keys=[ADDRESS]) == 1
    assert bouncing.heal(keys=[ADDRESS]) == 0
    assert AddressState.objects.get().score == 0


def test_a_stopped_one_does_not_heal_by_itself(cast: Cast) -> None:
    bounce(sent(cast), *samples.POSTFIX)
    assert bouncing.heal(keys=[ADDRESS]) == 0


def test_it_is_tried_again_by_hand(cast: Cast) -> None:
    bounce(sent(cast), *samples.POSTFIX)
    assert bouncing.try_again(actor=cast.users["aino"], address=ADDRESS)
    state = AddressState.objects.get()
    assert (state.score, state.trouble, state.stopped_at) == (0, "", None)
    assert point().bounced_on is None
    assert not bouncing.try_again(actor=cast.users["aino"], address=ADDRESS)


def test_a_new_address_is_not_marked_and_the_old_one_entered_anew_is_tried(cast: Cast) -> None:
    bounce(sent(cast), *samples.POSTFIX)
    maija = cast.parties["maija"]
    with clock.frozen(TODAY.replace(day=23)):
        tomorrow = clock.today()
        registering.set_contacts(party=maija, on=tomorrow, actor=None, email="maija.uusi@example.fi")
        new = ContactPoint.objects.get(party=maija, kind="email", valid_to=None)
        assert new.bounced_on is None
        assert bouncing.let_entered_again() == 0
        registering.set_contacts(party=maija, on=tomorrow, actor=None, email=ADDRESS)
        assert bouncing.let_entered_again() == 1
    assert AddressState.objects.get(address=ADDRESS).stopped_at is None


def test_a_refusal_during_sending_counts_too(cast: Cast) -> None:
    bouncing.take_refusal(address=ADDRESS, code="5.7.1", said="blocked by spam policy")
    assert not AddressState.objects.exists()
    bouncing.take_refusal(address=ADDRESS, code="5.1.1", said="User unknown")
    assert AddressState.objects.get().stopped_at is not None


# --- complaints -------------------------------------------------------------------------------------------------------
def refused(party: Party, topic: str) -> bool:
    condition = wishes.refused(Topic.objects.get(code=topic), Channel.EMAIL)
    return Party.objects.filter(condition, pk=party.pk).exists()


def test_a_complaint_refuses_letters_of_the_class_and_stops_no_notices(cast: Cast) -> None:
    found = sent(cast)
    mail = samples.complaint("abuse@example.fi", links.message_id(found.pk))
    assert receiving.receive(mail) == "taken"
    assert receiving.receive(mail) == "twice"
    maija = cast.parties["maija"]
    assert refused(maija, "newsletter")
    assert refused(maija, "surveys")
    state = AddressState.objects.get()
    assert (state.trouble, state.stopped_at) == (Trouble.COMPLAINT, None)
    assert point().bounced_on is None


def test_a_complaint_is_known_by_the_envelopes_sender(cast: Cast) -> None:
    found = sent(cast)
    to = f"{project.MAIL_BOUNCES}@{project.MAIL_DOMAIN}"
    mail = samples.complaint(to, "<gone@example.fi>", sender=links.bounce_address(found.pk))
    assert receiving.receive(mail) == "taken"


def test_a_complaint_of_a_notice_that_cannot_be_refused_refuses_nothing(cast: Cast) -> None:
    found = sent(cast, "meetings")
    receiving.receive(samples.complaint("abuse@example.fi", links.message_id(found.pk)))
    found.refresh_from_db()
    assert found.state == State.ACCEPTED
    assert not Preference.objects.exists()
    assert AddressState.objects.get().stopped_at is None


def test_a_forged_complaint_and_a_praise_do_nothing(cast: Cast) -> None:
    found = sent(cast)
    forged = f"<{'z' * 3}-{'0' * 24}@localhost>"
    assert receiving.receive(samples.complaint("abuse@example.fi", forged)) == "unknown"
    praise = samples.complaint("abuse@example.fi", links.message_id(found.pk), kind="not-spam")
    assert receiving.receive(praise) == "foreign"
    assert not Preference.objects.exists()


# --- mail made to break its reader --------------------------------------------------------------------------------------
def test_a_huge_mail_is_read_by_its_beginning(cast: Cast) -> None:
    found = sent(cast)
    mail = samples.report(*samples.POSTFIX, to=links.bounce_address(found.pk)) + b"x" * (25 * 1024 * 1024)
    assert receiving.receive(mail) == "taken"


@pytest.mark.parametrize("value", [b"text/plain; " + b"a=b;" * 100_000, b"text/plain; x=" + b"(" * 900])
def test_a_header_made_to_be_slow_is_read_by_its_beginning(cast: Cast, value: bytes) -> None:
    begun = time.process_time()
    receiving.receive(b"To: somebody@example.fi\r\nContent-Type: " + value + b"\r\n\r\nhei")
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("depth", [50, 3000])
def test_nested_multiparts_break_nothing(cast: Cast, depth: int) -> None:
    found = sent(cast)
    head = f"To: {links.bounce_address(found.pk)}\r\nFrom: MAILER-DAEMON@x\r\nSubject: failure notice\r\n"
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth)
    )
    assert receiving.receive((head + nested).encode()) in {"ignored", "kept", "taken"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 1000,
        b"To: %s\r\nContent-Type: text/plain; charset=nosuch\r\n\r\n\xff\xfe",
        b"To: %s\r\nFrom: =?nosuch?b?////?=\r\nSubject: =?utf-8?q?=ff=fe?=\r\n\r\nfailure",
        b"To: %s\r\nFrom: mailer-daemon@x\r\nSubject: failure notice\nBcc: all@example.fi\r\n\r\n550 5.1.1\r\nRCPT TO",
        b"To: %s\r\nContent-Type: multipart/report; report-type=delivery-status\r\n\r\nno boundary",
        b"To: (((((%s\r\n\r\n",
    ],
)
def test_broken_mail_breaks_nothing(cast: Cast, content: bytes) -> None:
    found = sent(cast)
    told = receiving.receive(content.replace(b"%s", links.bounce_address(found.pk).encode()))
    assert told in {"foreign", "ignored", "kept", "taken"}
    for state in AddressState.objects.all():
        assert "\n" not in state.said


def test_the_envelopes_recipient_decides(cast: Cast) -> None:
    found = sent(cast)
    mail = samples.report(*samples.POSTFIX, to="somebody@example.fi")
    assert receiving.receive(mail, recipients=[links.bounce_address(found.pk)]) == "taken"


@given(strategies.text(max_size=300), strategies.text(max_size=30))
def test_any_words_have_a_verdict(said: str, status: str) -> None:
    assert isinstance(verdict_of(status, said), Verdict)
    assert status_in(said) == "" or status_in(said)[0] in "45"


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        ("5.1.1", "", Verdict.HARD),
        ("5.1.8", "sender address rejected", Verdict.OURS),
        ("5.7.1", "blocked", Verdict.OURS),
        ("5.2.2", "", Verdict.SOFT),
        ("5.0.0", "550 user unknown", Verdict.HARD),
        ("4.2.1", "user unknown", Verdict.SOFT),
        ("550", "No such user here", Verdict.HARD),
        ("", "mailbox is full", Verdict.SOFT),
        ("5.3.4", "message too big", Verdict.OURS),
    ],
)
def test_what_statuses_say(status: str, said: str, expected: Verdict) -> None:
    assert verdict_of(status, said) is expected


# --- where it comes from ----------------------------------------------------------------------------------------------
def test_a_maildir_is_emptied_and_what_is_not_ours_is_kept(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.MAIL_INBOX = str(tmp_path / "inbox")
    assert collecting.collect() == {}
    box = mailbox.Maildir(settings.MAIL_INBOX)
    first, later = sent(cast), sent(cast)
    Delivery.objects.filter(pk=later.pk).update(state=State.ATTEMPTING)
    for found in (first, later):
        box.add(samples.report(*samples.POSTFIX, to=links.bounce_address(found.pk)))
    box.add(b"To: somebody@elsewhere.example\r\n\r\nhei")
    assert collecting.collect() == {"taken": 1, "later": 1, "foreign": 1}
    assert len(box) == 1
    assert len(box.get_folder(collecting.OTHERS)) == 1
    assert collecting.collect() == {"later": 1}


def test_a_mail_that_stopped_its_reader_is_tried_once_more_and_then_kept(
    cast: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that is killed leaves its mark; meanwhile no other one takes the same mail."""
    settings.MAIL_INBOX = str(tmp_path / "inbox")
    box = mailbox.Maildir(settings.MAIL_INBOX)
    box.add(samples.report(*samples.POSTFIX, to=links.bounce_address(sent(cast).pk)))

    def killed(content: bytes) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(collecting, "receive", killed)
        for _try in range(collecting.TRIES):
            with pytest.raises(KeyboardInterrupt):
                collecting.collect()
            assert collecting.collect() == {}
            for mark in Path(settings.MAIL_KEPT).glob("*.begun"):
                os.utime(mark, (0, 0))
    assert collecting.collect() == {"kept": 1}
    assert len(box) == 0
    assert not AddressState.objects.exists()
    assert [path.suffix for path in Path(settings.MAIL_KEPT).iterdir()] == [".eml"]


def test_a_pipe_gives_the_mail_again_when_the_database_is_away() -> None:
    """The exit code tells the mail server to keep it (EX_TEMPFAIL)."""
    mail = samples.report(*samples.POSTFIX, to=links.bounce_address(1))
    environment = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "PATH": "/usr/bin:/bin",
        "SECRET_KEY": project.SECRET_KEY,
        "ALLOWED_HOSTS": "localhost",
    }
    ran = subprocess.run(
        [sys.executable, str(project.BASE_DIR / "manage.py"), "receive_mail"],
        input=mail,
        env=environment,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 75, ran.stderr.decode()[-500:]


def test_marks_of_the_office_hold_without_a_bounce(cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        bouncing.stop(actor=cast.users["aino"], address=ADDRESS, at=clock.now())
    assert AddressState.objects.get().trouble == Trouble.OFFICE
    assert bouncing.let_entered_again() == 0
