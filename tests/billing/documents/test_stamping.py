"""Stamped pages are the pages WeasyPrint makes: as a picture, as text, to a scanner. What cannot be stamped is rendered."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.documents import codes
from billing.documents.model import DocumentError, DueRow, InvoiceDocument, Payer, VatRow
from billing.documents.render import pdf
from billing.documents.stamping import qr
from billing.documents.stamping.cutting import cut
from billing.documents.stamping.faces import Unfit, face
from billing.documents.stamping.volume import Placed, Volume
from billing.formats.barcode import bank_barcode
from billing.formats.reference import national
from tests import paper
from tests.billing.documents.samples import (
    CENTRAL,
    CREDIT,
    ENGLISH,
    FORTY,
    INSTALMENTS,
    INVOICE,
    LONG,
    REMINDER,
    SAMPLES,
    SEVEN,
    SWEDISH,
    line,
)

FINNISH = "AaÅåÄäÖö BbCcDdEeFfGgHhIiJj KkLlMmNnOoPpQqRr SsŠšTtUuVvWwXxYyZzŽž"
NORTHERN = "AaÁáBbCcČčDdĐđEeFf GgHhIiJjKkLlMmNnŊŋOo PpRrSsŠšTtŦŧUuVvZzŽž"
OTHERS = "ÂâÄäÁáĐđŊŋŠšŽž ÆæØøÅåÏïÖö ƷʒǮǯǤǥǦǧÕõÜüÉéÀà"
TAXED = replace(
    INVOICE,
    lines=(*SEVEN[:3], replace(SEVEN[3], amount=Decimal("125.50"), vat_rate=Decimal("25.50"))),
    total=Decimal("313.50"),
    vat_rows=(
        VatRow(rate=None, net=Decimal("188.00"), tax=Decimal("0.00"), gross=Decimal("188.00")),
        VatRow(rate=Decimal("25.50"), net=Decimal("100.00"), tax=Decimal("25.50"), gross=Decimal("125.50")),
    ),
)


def volume(documents: Sequence[InvoiceDocument], **how: object) -> tuple[bytes, list[Placed]]:
    target = BytesIO()
    given: dict[str, object] = {
        "title": "Laskut 2026",
        "language": "fi",
        "author": CENTRAL,
        "on": date(2026, 2, 9),
    }
    made = Volume(target, **{**given, **how})  # type: ignore[arg-type]
    placed = [made.add(document) for document in documents]
    made.finish()
    return target.getvalue(), placed


def alike(stamped: bytes, direct: bytes) -> None:
    """The same text at the same places, and the same picture but for rounding."""
    assert paper.text_of(stamped) == paper.text_of(direct)
    for one, other in zip(paper.pictures_of(stamped), paper.pictures_of(direct), strict=True):
        mean, dots = paper.difference(one, other)
        assert mean < 0.1
        assert dots <= 20


def numbered(count: int) -> list[InvoiceDocument]:
    """As many different invoices of one form."""
    chance, made = random.Random(5), []
    for number in range(1, count + 1):
        amounts = [Decimal(chance.randrange(1000, 9000)) / 100 for _row in SEVEN]
        rows = tuple(replace(row, amount=amount) for row, amount in zip(SEVEN, amounts, strict=True))
        made.append(
            replace(
                INVOICE,
                number=f"2026-{number:06d}",
                reference=national(f"1004226{number:07d}"),
                lines=rows,
                total=sum(amounts, Decimal("0.00")),
                payer=Payer(
                    name=f"Jäsen {number:04d}", address=(f"Mallitilantie {number}", f"{number:05d} MALLILA")
                ),
            )
        )
    return made


@pytest.mark.parametrize(
    "name", ["fi", "sv", "en", "long_names", "forty", "credit", "reminder", "instalments", "one", "wide_logo"]
)
def test_same_page(name: str, rendered: Callable[[str], bytes]) -> None:
    stamped, (placed,) = volume([SAMPLES[name]])
    assert placed.why == ""
    alike(stamped, rendered(name))


LINES = [
    (2, "sv"),
    (3, "en"),
    (4, "fi"),
    (10, "sv"),
    (12, "fi"),
    (13, "en"),
    (24, "sv"),
    (33, "fi"),
    (40, "en"),
]


@pytest.mark.parametrize(("count", "language"), LINES)
def test_any_number_of_lines(count: int, language: str) -> None:
    long = replace(SEVEN[5], beneficiary=LONG)
    rows = tuple((*SEVEN, long)[number % 8] for number in range(count))
    total = sum((row.amount for row in rows), Decimal("0.00"))
    document = replace({"fi": INVOICE, "sv": SWEDISH, "en": ENGLISH}[language], lines=rows, total=total)
    stamped, (placed,) = volume([document])
    assert placed.why == ""
    alike(stamped, pdf(document))


def test_second_document_of_a_form_says_its_own() -> None:
    """The form comes from the first; nothing of it stays on the second, also where it had more lines or a longer text."""
    other = replace(
        INVOICE,
        payer=Payer(name="Ö", address=("90100 OULU",)),
        number="2026-7",
        reference=national("12345678"),
        lines=tuple(replace(row, component="Maksu", basis="", amount=Decimal("1.00")) for row in SEVEN),
        total=Decimal("7.00"),
        due_date=date(2026, 9, 1),
    )
    first = replace(
        INVOICE,
        payer=Payer(name=LONG, address=("c/o Ängström", "Tie 12", "00100 HELSINKI")),
        reference=national("98765432"),
    )
    stamped, placed = volume([first, other])
    assert [where.why for where in placed] == ["", ""]
    with pikepdf.open(BytesIO(stamped)) as file:
        drawings = [page.Contents[0].objgen for page in file.pages]
    assert drawings[0] == drawings[1]
    alike(cut(BytesIO(stamped), first_page=1, pages=1, title="x", language="fi", author="x"), pdf(other))


def test_vat_table_and_letters_of_all_our_languages() -> None:
    rows = (replace(TAXED.lines[0], component=OTHERS), *TAXED.lines[1:])
    document = replace(TAXED, lines=rows, payer=Payer(name=f"{FINNISH} {NORTHERN}"))
    stamped, (placed,) = volume([document])
    assert placed.why == ""
    alike(stamped, pdf(document))
    for letters in (FINNISH, NORTHERN, OTHERS):
        assert all(part in paper.text_of(stamped) for part in letters.split())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"payer": Payer(name="Ǩiurâl Sverloff", address=("Tie 1", "99800 IVALO"))}, "in the font"),
        ({"payer": Payer(name="Иван", address=("Tie 1", "00100 HELSINKI"))}, "in the font"),
        ({"member_number": "1234567890 1234567890 1234567890"}, "wider"),
        ({"lines": (replace(SEVEN[0], component="Aa" * 30), *SEVEN[1:])}, "wider"),
    ],
)
def test_what_cannot_be_stamped_is_rendered_at_its_place(changes: dict[str, object], why: str) -> None:
    odd = replace(INVOICE, **changes)  # type: ignore[arg-type]
    stamped, placed = volume([INVOICE, odd, INSTALMENTS, SWEDISH])
    assert why in placed[1].why
    assert [(where.first_page, where.pages) for where in placed] == [(0, 1), (1, 1), (2, 2), (4, 1)]
    assert [bool(where.why) for where in placed] == [False, True, False, False]
    alike(cut(BytesIO(stamped), first_page=1, pages=1, title="x", language="fi", author="x"), pdf(odd))


def test_codes_are_read_from_stamped_pages() -> None:
    documents = [*numbered(2), ENGLISH, replace(REMINDER, language="sv"), INSTALMENTS]
    stamped, _placed = volume(documents)
    payments = [(document, row) for document in documents for row in document.payments]
    for page, (document, row) in enumerate(payments, start=1):
        digits, text = paper.codes_in(stamped, page)
        reference = re.sub(" ", "", row.reference)
        assert digits.decode() == bank_barcode(document.creditor.iban, row.amount, reference, row.due_date)
        assert text.decode() == codes.epc_text(document, row)


@given(cents=st.integers(1, 99_999_999), base=st.integers(100, 10**19 - 1))
def test_code_is_the_encoders_module_by_module(cents: int, base: int) -> None:
    due = DueRow(due_date=date(2026, 3, 16), amount=Decimal(cents) / 100, reference=national(str(base)))
    # Few lengths, so that few families are made.
    cents_kept, base_kept = 10_000 + cents % 90_000, 10**12 + base % 10**12
    due = replace(due, amount=Decimal(cents_kept) / 100, reference=national(str(base_kept)))
    text = codes.epc_text(INVOICE, due)
    family = qr.family(text)
    modules = f"{family.modules(text):0{family.size * (family.size + 1)}b}"
    rows = [modules[start : start + family.size] for start in range(0, len(modules), family.size + 1)]
    assert tuple(rows) == codes.matrix(text)
    drawn = set(_dark(family.const)) | set(_dark(family.changing(text)))
    assert drawn == {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module == "1"}


def _dark(operators: bytes) -> list[tuple[int, int]]:
    rectangles = re.findall(rb"(\d+) (\d+) (\d+) 1 re\n", operators)
    return [(x, int(y)) for left, y, width in rectangles for x in range(int(left), int(left) + int(width))]


def test_a_file_people_can_use() -> None:
    documents = [INVOICE, SWEDISH, FORTY, CREDIT]
    stamped, placed = volume(documents)
    with pikepdf.open(BytesIO(stamped)) as file:
        assert file.check_pdf_syntax() == []
        assert file.Root.Lang == "fi"
        assert file.Root.ViewerPreferences.DisplayDocTitle
        assert file.docinfo["/Title"] == "Laskut 2026"
        outline = file.open_outline().root
        assert [item.title.split()[-1] for item in outline] == [document.number for document in documents]
        numbers = [
            item.destination[0].objgen for item in outline if isinstance(item.destination, pikepdf.Array)
        ]
        of_file = [page.obj.objgen for page in file.pages]
        pages = [of_file.index(number) for number in numbers]
        assert pages == [where.first_page for where in placed] == [0, 1, 2, 4]
        swedish = b"".join(stream.read_bytes() for stream in file.pages[1].Contents)
        assert b"/Span<</Lang(sv)>>BDC" in swedish
        fonts = {font.objgen for page in file.pages for font in page.Resources.Font.values()}
        assert len(fonts) == 2


def test_pages_share_what_is_alike() -> None:
    one, _placed = volume(numbered(1))
    many, _placed = volume(numbered(101))
    assert (len(many) - len(one)) / 100 < 4000
    with pikepdf.open(BytesIO(many)) as file:
        shared = {tuple(stream.objgen for stream in list(page.Contents)[:2]) for page in file.pages}
        assert len(shared) == 1
    assert volume(numbered(3))[0] == volume(numbered(3))[0]


def test_what_may_not_be_printed_leaves_no_trace() -> None:
    target = BytesIO()
    made = Volume(target, title="x", language="fi", author="x", on=date(2026, 2, 9))
    made.add(INVOICE)
    with pytest.raises(DocumentError):
        made.add(replace(INVOICE, total=Decimal("1.00")))
    assert made.add(SWEDISH).first_page == 1
    assert made.finish() == 2


def test_one_cut_out_is_a_file_of_its_own() -> None:
    stamped, placed = volume([INVOICE, FORTY, SWEDISH])
    pages = cut(
        BytesIO(stamped), first_page=1, pages=placed[1].pages, title="Lasku 7", language="sv", author="x"
    )
    with pikepdf.open(BytesIO(pages)) as file:
        assert len(file.pages) == 2
        assert (str(file.Root.Lang), str(file.docinfo["/Title"])) == ("sv", "Lasku 7")
    alike(pages, pdf(FORTY))
    assert len(pages) < 100_000


def test_lines_break_where_weasyprint_breaks_them() -> None:
    regular = face(400, 9.0)
    cell = 50.5 * 72 / 25.4
    assert regular.wrap("Metsänhoitoyhdistys Korpimaa ry", cell, "fi") == ("Metsänhoitoyhdistys Korpimaa ry",)
    assert regular.wrap(LONG, cell, "fi") == (
        "Pohjois-Kainuun ja Koillismaan",
        "rajaseudun maa- ja",
        "metsätaloustuottajat Väylä ry.",
    )
    with pytest.raises(Unfit):
        regular.wrap("Aa" * 30, cell, "fi")


def test_basis_without_text_and_amounts_below_zero() -> None:
    rows = (line("Alennus", "", CENTRAL, "-1234.50"), line("Maksu", "1 ha", CENTRAL, "2000.00"))
    document = replace(INVOICE, lines=rows, total=Decimal("765.50"), member_number="", y_tunnus="")
    stamped, (placed,) = volume([document])
    assert placed.why == ""
    alike(stamped, pdf(document))
