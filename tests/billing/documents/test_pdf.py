"""The files as their readers meet them: a person, a screen reader, a scanner, an archive."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from billing.documents.model import InvoiceDocument
from billing.documents.render import lay_out, pdf
from billing.formats import barcode, epc_qr
from tests.billing.documents.samples import INVOICE, SAMPLES, SEVEN

GOLDEN = Path(__file__).parent / "golden"
Rendered = Callable[[str], bytes]
Reader = Callable[[bytes], str]
Scanner = Callable[..., list[bytes]]


@pytest.mark.parametrize(
    "name", ["fi", "sv", "en", "long_names", "forty", "credit", "reminder", "instalments", "one"]
)
def test_text(name: str, rendered: Rendered, text_of: Reader) -> None:
    assert text_of(rendered(name)) == (GOLDEN / f"{name}.txt").read_text()


@pytest.mark.parametrize(
    ("name", "version"), [("fi", "4"), ("sv", "4"), ("en", "5"), ("reminder", "4"), ("long_names", "4")]
)
def test_codes(name: str, version: str, rendered: Rendered, codes_in: Scanner) -> None:
    document = SAMPLES[name]
    digits, text = codes_in(rendered(name))
    assert digits.decode() == barcode.bank_barcode(
        document.creditor.iban, document.total, document.reference, document.due_date
    )
    assert len(digits) == 54
    assert digits.decode()[0] == version
    assert text.decode("utf-8") == epc_qr.payload(
        name=document.payee,
        iban=document.creditor.iban,
        amount=document.total,
        reference=re.sub(" ", "", document.reference)
        if version == "5"
        else f"RF{_rf_check(document.reference)}",
        due=document.due_date,
    )


def _rf_check(reference: str) -> str:
    return f"{98 - int(f'{reference}271500') % 97:02d}{reference}"


def test_each_instalment_has_its_own_codes(rendered: Rendered, codes_in: Scanner) -> None:
    content = rendered("instalments")
    first, second = (codes_in(content, page) for page in (1, 2))
    assert first[0].endswith(b"00017200" + b"00000000100420000000124" + b"260316")
    assert second[0].endswith(b"00017200" + b"00000000100420000000137" + b"260915")
    assert b"EUR172.00" in first[1]
    assert b"EUR172.00" in second[1]
    assert second[1].endswith(b"ReqdExctnDt/2026-09-15")


def test_credit_note_has_nothing_to_pay_with(rendered: Rendered, text_of: Reader, codes_in: Scanner) -> None:
    content = rendered("credit")
    assert codes_in(content) == []
    assert "TILISIIRTO" not in text_of(content)
    assert "FI21" not in text_of(content)


def test_forty_rows_take_two_pages(rendered: Rendered, text_of: Reader) -> None:
    summary, specification = text_of(rendered("forty")).split("\f")
    assert "TILISIIRTO" in summary or "GIRERING" in summary
    assert "Edunvalvontamaksu, pelto" not in summary
    rows = re.findall(r"(?:–|%) ([\d ]+,\d\d)$", specification, re.MULTILINE)
    assert len(rows) == 40
    assert sum(_amount(row) for row in rows) == SAMPLES["forty"].total
    groups = re.findall(r"ry \d+ ([\d ]+,\d\d)$", summary, re.MULTILINE)
    assert sum(_amount(group) for group in groups) == SAMPLES["forty"].total


def _amount(text: str) -> Decimal:
    return Decimal(re.sub(r"\s", "", text).replace(",", "."))


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_tagged_with_language_and_title(name: str, rendered: Rendered) -> None:
    with pikepdf.open(BytesIO(rendered(name))) as file:
        assert file.Root.MarkInfo.Marked
        assert file.Root.Lang == SAMPLES[name].language
        assert SAMPLES[name].number in str(file.docinfo["/Title"])
        assert file.Root.ViewerPreferences.DisplayDocTitle
        assert len(file.open_outline().root) == 1


def test_giro_form_is_in_the_reading_order(rendered: Rendered) -> None:
    """Barcode, QR and account must reach someone who listens to the invoice."""
    with pikepdf.open(BytesIO(rendered("fi"))) as file:
        elements = list(_elements(file.Root.StructTreeRoot))
        alternatives = [str(element.Alt) for element in elements if "/Alt" in element]
        kinds = [str(element.S) for element in elements if "/S" in element]
    assert len(alternatives) == 3
    assert any("421123456000007850003440000000000100420000000124260316" in text for text in alternatives)
    assert kinds.count("/H1") == 1
    assert kinds.count("/TH") == 5
    assert kinds.index("/H1") < kinds.index("/Table")


def _elements(node: pikepdf.Object) -> list[pikepdf.Dictionary]:
    if not isinstance(node, pikepdf.Dictionary):
        return []
    kids = node.get("/K", pikepdf.Array())
    below = [
        found for kid in (kids if isinstance(kids, pikepdf.Array) else [kids]) for found in _elements(kid)
    ]
    return [node, *below]


def test_only_the_two_fonts(rendered: Rendered) -> None:
    assert _fonts(rendered("long_names")) == {"Source-Sans-3", "Source-Sans-3-Semi-Bold"}


def test_letters_outside_the_font_come_from_another(rendered: Rendered, text_of: Reader) -> None:
    content = rendered("odd_letters")
    assert {"Source-Sans-3", "Source-Sans-3-Semi-Bold"} <= _fonts(content)
    text = text_of(content)
    assert "Иван <b>&amp;" in text
    assert "<script>alert(1)</script>" in text
    assert "K\N{COMBINING CARON}iurâl" in text
    assert "\nTie 1" in text


def _fonts(content: bytes) -> set[str]:
    with pikepdf.open(BytesIO(content)) as file:
        fonts = file.pages[0].Resources.Font
        return {str(font.BaseFont).split("+")[1].rstrip(",") for font in fonts.values()}


def test_same_document_same_bytes(rendered: Rendered) -> None:
    assert pdf(INVOICE) == rendered("fi")
    assert pdf(replace(INVOICE, number="2026-104234")) != rendered("fi")


@pytest.mark.parametrize(("rows", "pages"), [(10, 1), (12, 1), (13, 2), (15, 2)])
def test_summary_only_when_needed(rows: int, pages: int) -> None:
    document = replace(INVOICE, lines=SEVEN[:1] * rows, total=SEVEN[0].amount * rows)
    assert len(lay_out(document)[0].pages) == pages


def test_nothing_to_pay_has_no_giro_form(text_of: Reader) -> None:
    waived = replace(SEVEN[0], component="Alennus", amount=-SEVEN[0].amount)
    document = replace(INVOICE, lines=(SEVEN[0], waived), total=Decimal("0.00"))
    text = text_of(pdf(document))
    assert "TILISIIRTO" not in text
    assert "Maksettava yhteensä 0,00 €" in text


def test_largest_amount_and_longest_reference(codes_in: Scanner) -> None:
    document: InvoiceDocument = replace(
        INVOICE,
        language="sv",
        reference="12345678901234567894",
        lines=(replace(SEVEN[0], amount=Decimal("999999.99")),),
        total=Decimal("999999.99"),
    )
    digits, text = codes_in(pdf(document))
    assert digits.startswith(b"42112345600000785" + b"99999999" + b"000" + b"12345678901234567894")
    assert b"EUR999999.99" in text
