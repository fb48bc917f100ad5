"""What the template is given and what it makes of it, without rendering pages."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from billing.documents.layout import context, file_name, messages, notes
from billing.documents.render import html
from billing.documents.texts import WORDS
from jasenpalvelu.common.logo import read_logo
from jasenpalvelu.common.paper import PackagedOnly
from tests.billing.documents.samples import (
    CREDIT,
    ENGLISH,
    FORTY,
    INVOICE,
    LOGO,
    ODD_LETTERS,
    REMINDER,
    SENDER,
    SWEDISH,
    wide_logo,
)


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        ("fi", ("Jäsenmaksulasku", "Hyvityslasku", "Maksumuistutus")),
        ("sv", ("Medlemsavgiftsfaktura", "Kreditfaktura", "Betalningspåminnelse")),
        ("en", ("Membership invoice", "Credit note", "Payment reminder")),
    ],
)
def test_title_of_each_kind(language: str, titles: tuple[str, ...]) -> None:
    for document, title in zip((INVOICE, CREDIT, REMINDER), titles, strict=True):
        assert f">{title}</h1>" in html(replace(document, language=language))


def test_every_language_has_the_same_blanks() -> None:
    """A phrase with a forgotten placeholder would print half a sentence."""
    for name in ("credited_fully", "credited_partly", "reminded", "instalment", "seller", "barcode_alt"):
        blanks = {language: _blanks(getattr(words, name)) for language, words in WORDS.items()}
        assert len(set(blanks.values())) == 1, blanks


def _blanks(text: str) -> frozenset[str]:
    return frozenset(part.split("}")[0] for part in text.split("{")[1:])


def test_each_row_names_its_beneficiary_and_the_rows_make_the_total() -> None:
    values = context(INVOICE)
    assert all(row["beneficiary"] for row in values["lines"])
    printed = sum(Decimal(row["amount"].replace(",", ".")) for row in values["lines"])
    assert printed == INVOICE.total
    assert values["total"] == "344,00\N{NO-BREAK SPACE}€"


def test_both_references_are_printed() -> None:
    national, foreign = context(INVOICE)["slips"][0], context(ENGLISH)["slips"][0]
    assert (national["reference"], national["other"]) == ("10042 00000 00124", "RF90 1004 2000 0000 124")
    assert (foreign["reference"], foreign["other"]) == ("RF90 1004 2000 0000 124", "10042 00000 00124")


def test_payee_is_one_string() -> None:
    document = replace(INVOICE, creditor=replace(SENDER, account_holder="Malliliiton perintätili"))
    assert context(document)["slips"][0]["payee"] == document.payee == "Malliliiton perintätili"


def test_giro_form_counts_the_finnish_way_in_every_language() -> None:
    values = context(ENGLISH)
    assert values["total"] == "344.00\N{NO-BREAK SPACE}€"
    assert values["slips"][0]["amount"] == "344,00"


def test_text_is_escaped() -> None:
    page = html(replace(ODD_LETTERS, number='1"><img src=x>', note="<i>"))
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "<b>&amp;" not in page
    assert "&lt;b&gt;&amp;amp;" in page


def test_vat_words() -> None:
    assert notes(INVOICE) == [WORDS["fi"].vat_note]
    assert notes(SWEDISH) == [WORDS["sv"].vat_note]
    assert notes(REMINDER) == [WORDS["fi"].reminder_vat_note]
    assert notes(replace(INVOICE, vat_note="", note="Oma huomautus")) == ["Oma huomautus"]
    assert notes(FORTY) == [
        f"{WORDS['fi'].vat_note} Verollisen palvelun myyjä: Metsänhoitoyhdistys Korpimaa ry, FI34567891."
    ]
    taxed = replace(INVOICE, lines=tuple(replace(row, vat_rate=Decimal("25.5")) for row in INVOICE.lines))
    assert notes(taxed) == []


def test_credit_note_says_what_it_takes_back() -> None:
    assert messages(CREDIT)[0].startswith("Hyvityslasku kumoaa kokonaan laskun 2026-104233 (9.2.2026).")
    assert CREDIT.original
    partly = replace(CREDIT, original=replace(CREDIT.original, fully=False), message="Yksi\n\nKaksi")
    assert messages(partly)[0].startswith("Hyvityslasku pienentää laskua 2026-104233")
    assert messages(partly)[1:] == ["Yksi", "Kaksi"]


def test_reminder_says_how_fresh_it_is_and_how_to_dispute() -> None:
    (text,) = messages(REMINDER)
    for part in (
        "14.4.2026 kirjattujen",
        "eräpäivä oli 16.3.2026",
        "viimeistään 29.4.2026",
        "ilmoita siitä: 010",
    ):
        assert part in text


def test_empty_facts_leave_no_empty_rows() -> None:
    document = replace(INVOICE, y_tunnus="", period="", member_number="")
    assert [fact.id for fact in context(document)["facts"]] == ["no", "day"]
    assert 'id="gmem" class="v"></div>' in html(document)


def test_own_title() -> None:
    assert ">Osallistumismaksu</h1>" in html(replace(INVOICE, title="Osallistumismaksu"))
    assert '<h1 class="long"' in html(replace(INVOICE, title="Osallistumismaksu, " * 6))


@pytest.mark.parametrize(
    ("data", "wide"),
    [
        (LOGO, False),
        (wide_logo(), True),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="60mm" height="10mm"/>', True),
    ],
)
def test_logo_shape(data: bytes, wide: bool) -> None:
    logo = read_logo(data)
    assert logo is not None
    assert logo.wide is wide


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg viewBox='0 0 1 1'><broken",
        b'<svg viewBox="0 0 1 1"><image href="http://example.org/x.png"/></svg>',
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg viewBox="0 0 1 1"><text>&a;</text></svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        wide_logo()[:200],
        Path("/nonexistent/logo.png"),
        None,
    ],
)
def test_no_picture_no_logo(data: bytes | Path | None) -> None:
    assert read_logo(data) is None
    assert "<img" not in html(replace(INVOICE, creditor=replace(SENDER, logo=data)))


@pytest.mark.parametrize(
    "url", ["https://example.org/x.css", "file:///etc/passwd", "data:text/css,", "asset:logo", "x"]
)
def test_nothing_is_fetched(url: str) -> None:
    with pytest.raises(ValueError, match="fetch nothing"):
        PackagedOnly().fetch(url)


def test_file_name() -> None:
    assert file_name(INVOICE) == "2026-104233-matti-ja-maija-meikalainen.pdf"
    assert file_name(replace(SWEDISH, number="A/1 ..")) == "a-1-ake-och-orjan-angstrom.pdf"
