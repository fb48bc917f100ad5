"""The main job from end to end in a real browser: a member file becomes paid invoices; the secretary keeps the register.

Nothing is put in place but the federation with its roles: the treasurer logs in by code and authenticator app, imports the
file, sets and decides the fee table, previews and issues the run, takes the invoices as PDF and books the bank's file. What
stands in the codes of a rendered invoice is read by a scanner and is what the bank's file pays by.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from billing.formats import barcode, epc_qr, reference
from billing.models import Invoice
from jasenpalvelu.common import clock
from members.models import Membership, Party
from tests import paper
from tests.bankfiles import Paid, ktl
from tests.browser.acting import WORK, log_in, press, to
from tests.cast import TODAY, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAID_ON = date(2026, 11, 20)
IBAN = "FI1410093000123458"
# As Excel saves it on a Finnish Windows: semicolons, cp1252, Windows line ends, a decimal comma.
MEMBERS = """\
Jäsennro;Sukunimi;Etunimet;Lähiosoite;Postinumero;Postitoimipaikka;Sähköposti;Kotikunta;Jäsenlaji;Liittynyt;Tilan nimi;Y-tunnus;Pelto (ha);Maksaja
2001;O'Brien;Seán;Peltotie 31;05860;HYVINKÄÄ;sean.obrien@example.fi;Hyvinkää;Maatalousyrittäjä;13.1.2020;Lehtola;9100001-3;12,19;
2002;Ängström;Åsa-Stina;Myllytie 89;82490;HEINONIEMI;asa@example.fi;Kitee;Maatalousyrittäjä;8.8.2013;Mäkelä;9100002-1;55,50;
2003;Ängström;Nils;Myllytie 89;82490;HEINONIEMI;asa@example.fi;Kitee;Perheenjäsen;8.8.2013;;;;2002
2004;Niemi Eino kuolinpesä;;Harjuntie 3;88270;VUOLIJOKI;;Kajaani;Metsänomistaja;15.3.2022;Ylitalo;;;
2005;Nguyen;Thi Lan;Harjuntie 130;88270;VUOLIJOKI;thi.lan@example.fi;Kajaani;Henkilöjäsen;29.2.2024;;;;
"""


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


# --- the main job -----------------------------------------------------------------------------------------------------
def bring_in(page: Page) -> None:
    """Import the member file; nothing is saved before the rows have been looked at."""
    to(page, "Tuonti")
    content = MEMBERS.replace("\n", "\r\n").encode("cp1252")
    page.get_by_label("Jäsenluettelo").set_input_files(
        {"name": "jäsenet 2026.csv", "mimeType": "text/csv", "buffer": content}
    )
    press(page, "Lue tiedosto")
    press(page, "Tarkista rivit")
    save = page.get_by_role("button", name="Tuo 5 riviä")
    expect(save).to_be_visible(timeout=WORK)
    expect(page.get_by_role("main")).to_contain_text("Y-tunnus puuttuu")
    assert not Party.objects.filter(display_name="Ängström Åsa-Stina").exists()
    save.click()
    expect(page.get_by_role("main")).to_contain_text("5 riviä tallennettiin", timeout=WORK)


def set_fees(page: Page) -> None:
    """A flat component and one by classes of field, and the meeting's decision."""
    to(page, "Laskutus")
    press(page, "Maksutaulukot", role="link")
    press(page, "Tee maksutaulukko", role="link")
    page.get_by_label("Vuosi").fill("2026")
    press(page, "Tee luonnos")
    add_component(page, "Kiinteä summa", "Perusmaksu")
    page.get_by_label("Summa, €").fill("25,00")
    press(page, "Tallenna osa")
    add_component(page, "Summa luokittain", "Pinta-alamaksu")
    page.get_by_label("Pelto, ha").check()
    classes = {"0-lower": "0", "0-upper": "20", "0-amount": "42,50", "1-lower": "20", "1-amount": "88,25"}
    for name, value in classes.items():
        page.locator(f"[name='luokka-{name}']").fill(value)
    press(page, "Tallenna osa")
    page.get_by_label("Kuka päätti").fill("Syyskokous")
    page.get_by_label("Milloin").fill("20.11.2025")
    press(page, "Kirjaa päätös")
    expect(page.get_by_role("main")).to_contain_text("Päätös kirjattiin")


def add_component(page: Page, kind: str, name: str) -> None:
    press(page, "Lisää osa", role="link")
    page.get_by_text(kind, exact=True).click()
    press(page, "Jatka")
    page.get_by_label("Nimi suomeksi").fill(name)


def bill(page: Page) -> None:
    """Preview, look, approve: six members of the association get an invoice, the family member none."""
    to(page, "Laskutus")
    press(page, "Uusi laskutusajo", role="link")
    press(page, "Laske esikatselu")
    page.get_by_role("link", name="Katso esikatselu").click(timeout=WORK)
    expect(page.get_by_role("main")).to_contain_text("369,00")
    assert not Invoice.objects.exists()
    page.get_by_label("Olen tarkistanut summat ja huomautukset").check()
    press(page, "Hyväksy 6 laskua")
    page.get_by_role("link", name="Katso ajo").click(timeout=WORK)
    expect(page.get_by_role("heading", name="Laskut ovat valmiit")).to_be_visible()


def take_invoices(page: Page) -> dict[str, bytes]:
    """The invoices of the run as a ZIP: file name → PDF."""
    press(page, "Avaa laskut", role="link")
    press(page, "Erillisinä tiedostoina (ZIP)")
    with page.expect_download(timeout=3 * WORK) as taken:
        page.get_by_role("main").get_by_role("link", name=re.compile("^Lataa")).click(timeout=3 * WORK)
    with zipfile.ZipFile(taken.value.path()) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def by_barcode(digits: str) -> Paid:
    """The payment a bank makes of a bank barcode, version 4: account, euros and cents, reference, due date."""
    assert len(digits) == 54
    assert digits[:17] == "4" + IBAN[2:]
    return Paid(digits[28:48].lstrip("0"), Decimal(digits[17:25]).scaleb(-2), PAID_ON, "MAKSAJA")


def pay(page: Page, payments: list[Paid]) -> None:
    """The bank's list of reference payments, with one that nobody knows."""
    to(page, "Laskutus")
    press(page, "Suoritukset", role="link")
    page.locator("input[type=file]").set_input_files(
        {"name": "viitemaksut.txt", "mimeType": "text/plain", "buffer": ktl(IBAN, payments)}
    )
    press(page, "Kirjaa suoritukset")
    expect(page.get_by_role("link", name="Kohdista suoritukset")).to_be_visible(timeout=WORK)


def test_a_member_file_becomes_paid_invoices(page: Page, cast: Cast) -> None:
    log_in(page, "olavi@example.fi")
    bring_in(page)
    set_fees(page)
    bill(page)
    papers = take_invoices(page)
    assert len(papers) == 6
    payments = []
    for invoice in Invoice.objects.order_by("number"):
        paper = next(content for name, content in papers.items() if invoice.number_text in name)
        assert invoice.payer.display_name.split()[0] in paper_text(paper)
        digits, code = scan(paper)
        assert digits == barcode.bank_barcode(IBAN, invoice.total, invoice.reference, invoice.due_date)
        assert code == epc_qr.payload(
            name=cast.units["a"].name_fi,
            iban=IBAN,
            amount=invoice.total,
            reference=reference.rf(invoice.reference),
            due=invoice.due_date,
        )
        payments.append(by_barcode(digits))
    unknown = Paid(reference.national("99887766"), Decimal("5.00"), PAID_ON, "TUNTEMATON")
    pay(page, [*payments, unknown])
    to(page, "Laskutus")
    expect(page.get_by_role("main")).to_contain_text("Avoinna 0,00 €")
    assert {(i.total, i.open_amount) for i in Invoice.objects.all()} == {
        (Decimal("25.00"), Decimal(0)),
        (Decimal("67.50"), Decimal(0)),
        (Decimal("113.25"), Decimal(0)),
    }
    press(page, "Ängström Åsa-Stina", role="link")
    expect(page.get_by_role("main")).to_contain_text("Maksettu")


def scan(paper_of: bytes) -> tuple[str, str]:
    digits, code = paper.codes_in(paper_of)
    return digits.decode(), code.decode()


def paper_text(content: bytes) -> str:
    return paper.text_of(content)


# --- the secretary ----------------------------------------------------------------------------------------------------
def test_the_secretary_finds_edits_ends_and_takes_back(page: Page, cast: Cast) -> None:
    log_in(page, "aino@example.fi")
    to(page, "Jäsenet")
    page.locator("main [name=q]").fill("metsap")
    found = page.get_by_role("main").get_by_role("link", name="Metsäpelto Maija")
    expect(page.get_by_role("main").get_by_role("row")).to_have_count(
        2
    )  # found while typing, without a button
    found.click()
    press(page, "Muokkaa", role="link")
    page.get_by_label("Sähköposti").fill("maija(at)example.fi")
    page.get_by_label("Katuosoite").fill("Uusitie 7 B 12")
    press(page, "Tallenna")
    expect(page.get_by_role("main")).to_contain_text("Kirjoita sähköpostiosoite, jossa on @-merkki")
    expect(page.get_by_label("Katuosoite")).to_have_value("Uusitie 7 B 12")  # what was typed is kept
    page.get_by_label("Sähköposti").fill("maija.uusi@example.fi")
    press(page, "Tallenna")
    expect(page.get_by_role("main")).to_contain_text("Uusitie 7 B 12")
    press(page, "Päätä jäsenyys", role="link")
    page.get_by_text("Eronnut", exact=True).click()
    page.get_by_label("Ilmoituksen tai kuoleman päivä").fill("20.11.2026")
    press(page, "Näytä, mitä tapahtuu")
    expect(page.get_by_role("main")).to_contain_text("Viimeinen jäsenyyspäivä on 20.11.2026")
    press(page, "Päätä jäsenyys")
    maija = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"])
    assert maija.state == "ended"
    press(page, "Kumoa")
    expect(page.get_by_role("main")).to_contain_text("Jäsen 1.1.2020 alkaen")
    maija.refresh_from_db()
    assert (maija.state, maija.ended_on) == ("active", None)
