"""What is new in a mail, and what no person wrote."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from communications.replies import MARK, files_of, is_automatic, new_words, text_of


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
