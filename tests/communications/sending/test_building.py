"""The bytes of a message: whatever people are called, it is one message to one recipient, and every field is filled."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.letters.fields import clean, fill
from communications.sending import building, lanes
from communications.sending.building import Attached, Envelope, Letter, Template

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HTML = "<p>Hei {{first_name|jäsen}}, <a href='{{unsubscribe_url}}'>peru</a> {{association}}</p>"


def made(
    name: str = "Maija Metsäpelto", *, subject: str = "Syksy, {{first_name|jäsen}}", **values: str
) -> EmailMessage:
    letter = Letter(
        Template.of(subject),
        Template.of("Hei {{first_name|jäsen}}"),
        Template.of(HTML),
        building.mailbox("Kuusilahden tuottajayhdistys", "jasenpalvelu@example.fi"),
        reply_to="toimisto@example.fi",
    )
    envelope = Envelope(
        "<1-a@example.fi>", "maija@example.fi", name, values, unsubscribe="https://x.example/peru/"
    )
    content = building.message(letter, envelope, AT)
    assert b"\n" not in content.replace(b"\r\n", b"")
    return cast(EmailMessage, message_from_bytes(content, policy=default))


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien Seán",
        "Ängström Åke",
        "Nguyễn Thị Ánh",
        "Ä" * 80,
        "a" * 80,
        'Matti "Masa" \\ Meikäläinen',
        "Metsä, Oy; Ab",
        "",
    ],
)
def test_names_of_all_kinds_come_through(name: str) -> None:
    raw = message_from_bytes(made(name).as_bytes())["to"]
    told, address = parseaddr(str(raw).replace("\n", ""))
    assert (str(make_header(decode_header(told))), address) == (name, "maija@example.fi")


INJECTION = "Maija\r\nBcc: kaikki@example.fi\r\n\r\nViesti"


def test_no_name_or_subject_begins_a_new_header() -> None:
    for message in (made(INJECTION), made(subject=INJECTION), made(first_name=INJECTION)):
        assert message["bcc"] is None
        assert len(message["to"].addresses) == 1
        assert len(message.get_all("subject")) == 1
        assert message.is_multipart()


@given(st.text(max_size=90), st.text(max_size=90))
def test_any_name_and_any_word_make_one_message(name: str, first_name: str) -> None:
    message = made(name, first_name=first_name)
    assert message["message-id"] == "<1-a@example.fi>"
    assert [a.addr_spec for a in message["to"].addresses] == ["maija@example.fi"]
    assert {p.get_content_type() for p in message.iter_parts()} == {"text/plain", "text/html"}
    assert set(message.keys()) <= {
        "From", "To", "Subject", "Message-ID", "Date", "MIME-Version", "Reply-To", "List-Unsubscribe",
        "List-Unsubscribe-Post", "Content-Type",
    }  # fmt: skip


def test_values_are_escaped_in_html_and_plain_in_text() -> None:
    message = made(first_name="<b>Maija</b> & Co")
    assert "Hei &lt;b&gt;Maija&lt;/b&gt; &amp; Co" in part(message, "html")
    assert "Hei <b>Maija</b> & Co" in part(message, "plain")
    assert "Hei jäsen" in part(made(), "plain")


@given(
    st.dictionaries(st.sampled_from(["first_name", "association", "unsubscribe_url"]), st.text(max_size=40))
)
def test_the_fast_builder_fills_as_the_reference_does(values: dict[str, str]) -> None:
    from html import escape

    escaped = {code: escape(clean(text)) for code, text in values.items()}
    assert Template.of(HTML).fill(escaped) == fill(HTML, values, html=True)


def test_a_file_comes_along_under_its_name() -> None:
    letter = Letter(Template.of("x"), Template.of("y"), Template.of("z"), "a@example.fi")
    envelope = Envelope("<1@example.fi>", "b@example.fi")
    content = building.message(
        letter, envelope, AT, (Attached('Lasku "1"\r\n ä.pdf', "application/pdf", b"%PDF-1.7"),)
    )
    message = cast(EmailMessage, message_from_bytes(content, policy=default))
    [attached] = list(message.iter_attachments())
    assert attached.get_content() == b"%PDF-1.7"
    assert attached.get_filename() == "Lasku 1  ä.pdf"


def test_lines_are_short_enough_for_every_server() -> None:
    content = building.base64_lines(b"x" * 10_000)
    assert max(map(len, content.split(b"\r\n"))) == 76
    assert base64.b64decode(content) == b"x" * 10_000


@pytest.mark.parametrize(
    "address",
    [
        "a b@example.fi",
        "a@example",
        "a@@example.fi",
        "a\r\n@example.fi",
        "<a@example.fi>",
        "ä@example.fi",
        "a@exa_mple.fi",
        "",
    ],
)
def test_what_no_envelope_takes_is_no_address(address: str) -> None:
    assert not lanes.is_address(address)


def test_hosts_have_lanes_of_their_own() -> None:
    assert lanes.lane_of("a@gmail.com") == lanes.lane_of("b@googlemail.com") == 0
    assert lanes.lane_of("a@kotisivu.fi") == lanes.lane_of("b@kotisivu.fi") >= lanes.FIRST_OTHER
    assert {lanes.lane_of(f"a@d{n}.fi") for n in range(500)} == set(range(8, 24))
