"""What is new in a mail, and what no person wrote."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest

from communications.replies import FILES, LONGEST, MARK, files_of, is_automatic, new_words, text_of


@pytest.mark.parametrize(
    "tail",
    [
        f"{MARK} Kirjoita vastauksesi tämän rivin yläpuolelle\nVanha viesti",
        f"> {MARK} Kirjoita\n> Vanha",
        "pe 20.11.2026 klo 14.03 Kuusilahden tuottajayhdistys <reply@x.fi> kirjoitti:\n\nVanha",
        "On Fri, Nov 20, 2026 at 2:03 PM Kuusilahti <reply@x.fi> wrote:\n> Vanha",
        "On Fri, Nov 20, 2026 at 2:03 PM Kuusilahden tuottajayhdistys\n<reply@x.fi> wrote:\n> Vanha",
        "Den fre 20 nov. 2026 kl 14:03 skrev Granvik <reply@x.fi>:\nVanha",
        "-----Alkuperäinen viesti-----\nLähettäjä: x\nVanha",
        "________________________________\nVanha",
        "Lähettäjä: Kuusilahti <reply@x.fi>\nLähetetty: perjantai\nVastaanottaja: Maija\nVanha",
        "-- \nMaija Meikäläinen\nVanha",
    ],
)
def test_what_is_quoted_is_left_out(tail: str) -> None:
    assert new_words(f"Kiitos!\r\nSopii hyvin.\r\n\r\n{tail}") == "Kiitos!\nSopii hyvin."


def test_ordinary_words_stay() -> None:
    text = "Hei,\n\nMaija kirjoitti minulle eilen ja pyysi apua.\nAihe: lasku\nSe on 5 > 3."
    assert new_words(text) == text


def test_html_is_read_as_text() -> None:
    mail = EmailMessage()
    mail.set_content(
        "<html><head><style>p{}</style></head><body><p>Hei &amp; kiitos</p><div>Rivi<br>toinen</div>"
        "<script>x()</script><blockquote>Vanha</blockquote></body></html>",
        subtype="html",
    )
    assert new_words(text_of(mail)) == "Hei & kiitos\n\nRivi\ntoinen"


def test_an_unknown_charset_is_no_fault() -> None:
    mail = EmailMessage()
    mail["Content-Type"] = "text/plain; charset=x-keksitty"
    mail.set_payload(b"Hei")
    assert text_of(mail) == "Hei"


def test_files_are_found_wherever_they_are() -> None:
    mail = EmailMessage()
    mail.set_content("Liitteenä")
    mail.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="lasku.pdf")
    assert list(files_of(mail)) == [("lasku.pdf", b"%PDF-1")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "auto-generated; x"),
        ("Precedence", "bulk"),
        ("Precedence", "Auto_Reply"),
        ("X-Autoreply", "yes"),
        ("List-Id", "<lista.fi>"),
        ("Return-Path", "<>"),
    ],
)
def test_a_machine_is_known(name: str, value: str) -> None:
    mail = EmailMessage()
    mail[name] = value
    mail.set_content("Olen lomalla")
    assert is_automatic(mail)


def test_a_person_is_no_machine() -> None:
    mail = EmailMessage()
    mail["Auto-Submitted"] = "no"
    mail["Return-Path"] = "<maija@example.fi>"
    mail.set_content("Hei")
    assert not is_automatic(mail)


@pytest.mark.parametrize(
    "body",
    ["<a " * 60_000, "<" * 200_000, "<aaaa" * 50_000, "<!--" * 50_000, "<script>" * 20_000, "&#" * 100_000]
    + ["\n" * 4_000_000, " " * 1_000_000, "on 1 x\n" * 500_000, "-" * 500_000, "x wrote " * 100_000],
)
@pytest.mark.parametrize("subtype", ["html", "plain"])
def test_a_mail_made_to_be_slow_is_read_as_fast_as_any(body: str, subtype: str) -> None:
    """The processor's time and not the clock's: it took minutes, with most of a megabyte a day."""
    mail = EmailMessage()
    mail.set_payload(body.encode())
    mail["Content-Type"] = f"text/{subtype}; charset=utf-8"
    begun = time.process_time()
    assert len(new_words(text_of(mail))) <= LONGEST
    assert time.process_time() - begun < 5


def test_html_keeps_its_words_whatever_stands_between() -> None:
    mail = EmailMessage()
    mail.set_content(
        "<!DOCTYPE html><!-- <p>ei</p> --><p title='x'>2 < 3<SCRIPT>if (a<b) '<p>ei</p>'</SCRIPT></p>"
        "<style>p > a {}</style><br/>&lt;b&gt; &auml;iti<p",
        subtype="html",
    )
    assert new_words(text_of(mail)) == "2 < 3\n\n<b> äiti<p"


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "zlib", "base64"])
def test_a_charset_no_person_writes_with_is_not_used(charset: str) -> None:
    mail = EmailMessage()
    mail["Content-Type"] = f"text/plain; charset={charset}"
    mail.set_payload(b"Hei\\x41")
    assert text_of(mail) == "Hei\\x41"


def test_only_the_first_of_very_many_files_are_looked_at() -> None:
    mail = EmailMessage()
    mail.set_content("Liitteenä")
    for n in range(FILES + 10):
        mail.add_attachment(b"x", maintype="text", subtype="plain", filename=f"{n}.txt")
    assert len(list(files_of(mail))) == FILES
