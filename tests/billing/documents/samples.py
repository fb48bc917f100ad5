"""Invoices of an imaginary federation, one for each thing a document must manage. None of it is real."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

from PIL import Image

from billing.documents.model import (
    DueRow,
    InvoiceDocument,
    Kind,
    Line,
    Original,
    Payer,
    Reminding,
    Sender,
    VatRow,
)

CENTRAL = "Maa- ja metsätalouden Malliliitto ry"
LONG = "Pohjois-Kainuun ja Koillismaan rajaseudun maa- ja metsätaloustuottajat Väylä ry."
LOGO = (
    b'<svg viewBox="0 0 40 40" xmlns="http://www.w3.org/2000/svg"><path fill="#1f4b36" d="M20 6.5 27 16h-4l6 7.5h-4.6'
    b'L31 31H21.1v4h-2.2v-4H9l6.6-7.5H11L17 16h-4z"/></svg>'
)
MESSAGE = (
    "Maksun perusteena ovat 31.12.2025 ilmoitetut tiedot. Tarkista ja korjaa ne sivulla oma.malliliitto.example tai "
    "soittamalla numeroon 010 123 4500. Yrittäjäpari ja samassa taloudessa asuvat yli 15-vuotiaat kuuluvat samaan maksuun."
)
SENDER = Sender(
    name=CENTRAL,
    details=("PL 510, 00101 Helsinki · Y-tunnus 0123456-0", "010 123 4500 · jasenasiat@malliliitto.example"),
    return_line="Palautus: Malliliitto ry, PL 510, 00101 Helsinki",
    iban="FI21 1234 5600 0007 85",
    bic="MALLFIHH",
    logo=LOGO,
)
SENDER_SV = replace(
    SENDER,
    name="Modellförbundet för lantbruk rf",
    details=(
        "PB 510, 00101 Helsingfors · FO-nummer 0123456-0",
        "010 123 4501 · medlem@modellforbundet.example",
    ),
    return_line="Retur: Modellförbundet rf, PB 510, 00101 Helsingfors",
)


def line(component: str, basis: str, beneficiary: str, amount: str) -> Line:
    return Line(component=component, basis=basis, beneficiary=beneficiary, amount=Decimal(amount))


SEVEN = (
    line("Edunvalvontamaksu, yleinen osa", "talousyksikkö", CENTRAL, "13.00"),
    line("Edunvalvontamaksu, pelto", "30,00 ha (20–39,99)", CENTRAL, "125.00"),
    line("Edunvalvontamaksu, eläimet", "12 eläinyksikköä (10–19,99)", CENTRAL, "50.00"),
    line("Edunvalvontamaksu, metsä", "etelä, 28,40 ha", CENTRAL, "7.00"),
    line("Yhdistyksen jäsenmaksu", "tilajäsen", "Mallilan maataloustuottajat ry", "45.00"),
    line(
        "Metsänhoitoyhdistyksen jäsenmaksu", "18,20 ha (10–19,99)", "Metsänhoitoyhdistys Korpimaa ry", "62.00"
    ),
    line(
        "Metsänhoitoyhdistyksen jäsenmaksu",
        "9,90 ha (alle 10)",
        "Metsänhoitoyhdistys Järvi-Malli ry",
        "42.00",
    ),
)
SEVEN_SV = (
    line("Intressebevakning, allmän del", "ekonomisk enhet", SENDER_SV.name, "13.00"),
    line("Intressebevakning, åker", "30,00 ha (20–39,99)", SENDER_SV.name, "125.00"),
    line("Intressebevakning, djur", "12 djurenheter (10–19,99)", SENDER_SV.name, "50.00"),
    line("Intressebevakning, skog", "södra Finland, 28,40 ha", SENDER_SV.name, "7.00"),
    line("Föreningens medlemsavgift", "gårdsmedlem", "Modellby lantbruksproducenter rf", "45.00"),
    line("Skogsvårdsföreningens avgift", "18,20 ha (10–19,99)", "Skogsvårdsföreningen Ödemark rf", "62.00"),
    line("Skogsvårdsföreningens avgift", "9,90 ha (under 10)", "Skogsvårdsföreningen Sjö-Modell rf", "42.00"),
)
INVOICE = InvoiceDocument(
    kind=Kind.INVOICE,
    language="fi",
    creditor=SENDER,
    payer=Payer(name="Matti ja Maija Meikäläinen", address=("Mallitilantie 12 B", "12340 MALLILA")),
    number="2026-104233",
    invoice_date=date(2026, 2, 9),
    reference="100420000000124",
    lines=SEVEN,
    total=Decimal("344.00"),
    due_date=date(2026, 3, 16),
    member_number="100 482-7",
    y_tunnus="1234567-1",
    period="1.1.–31.12.2026",
    message=MESSAGE,
)
SWEDISH = replace(
    INVOICE,
    language="sv",
    creditor=SENDER_SV,
    payer=Payer(name="Åke och Örjan Ängström", address=("Ödegårdsvägen 7", "68600 JAKOBSTAD")),
    number="2026-104236",
    reference="100420000000153",
    lines=SEVEN_SV,
    message="Avgiften grundar sig på uppgifterna per 31.12.2025. Kontrollera dem på min.modellforbundet.example.",
)
ENGLISH = replace(
    INVOICE,
    language="en",
    reference="RF90 1004 2000 0000 124",
    payer=Payer(
        name="Maeve O’Connor-Example",
        address=("12 Example Street", "LEEDS LS1 1AA"),
        country="UNITED KINGDOM",
    ),
    message="Please check your details in the portal.",
)
LONG_NAMES = replace(
    INVOICE,
    creditor=replace(SENDER, name=LONG),
    payer=Payer(
        name="Yhteismetsä Kustaankartanon-Mäntyharjunkylän ja Uuden Pappilan tilan osakaskunta",
        address=("c/o Šárká Đorđević-Ŋávžžesjohka", "Koltantie 4 as. 12", "99870 INARI"),
    ),
    lines=tuple(replace(row, beneficiary=LONG) if row.beneficiary != CENTRAL else row for row in SEVEN),
)


def _forty() -> tuple[Line, ...]:
    farms = "Kartano Alatalo Ylätalo Niemelä Uusitalo Koskela Mäntylä Rantala Lehtola Saarela Harjula Niittylä Suopelto"
    rows = [line("Edunvalvontamaksu, yleinen osa", "talousyksikkö", CENTRAL, "13.00")]
    for index, farm in enumerate(farms.split()):
        forest = ("Metsänhoitoyhdistys Korpimaa ry", "Metsänhoitoyhdistys Järvi-Malli ry")[index % 2]
        rows += [
            line("Edunvalvontamaksu, pelto", f"{farm}, {20 + 3 * index},00 ha", CENTRAL, "125.00"),
            line("Metsänhoitoyhdistyksen jäsenmaksu", f"{farm}, 12,40 ha", forest, "62.00"),
            line("Yhdistyksen jäsenmaksu", f"{farm}, tilajäsen", "Mallilan maataloustuottajat ry", "45.00"),
        ]
    taxed = line(
        "Metsäsuunnitelman päivitys", "tilaus 3.11.2025", "Metsänhoitoyhdistys Korpimaa ry", "150.60"
    )
    return (*rows[:39], replace(taxed, vat_rate=Decimal("25.50")))


FORTY = replace(
    INVOICE,
    lines=_forty(),
    total=Decimal("3134.60"),
    vat_rows=(
        VatRow(rate=None, net=Decimal("2984.00"), tax=Decimal("0.00"), gross=Decimal("2984.00")),
        VatRow(
            rate=Decimal("25.50"),
            net=Decimal("120.00"),
            tax=Decimal("30.60"),
            gross=Decimal("150.60"),
            seller="Metsänhoitoyhdistys Korpimaa ry",
            vat_number="FI34567891",
        ),
    ),
)
CREDIT = replace(
    INVOICE,
    kind=Kind.CREDIT_NOTE,
    number="2026-H00017",
    invoice_date=date(2026, 3, 2),
    due_date=None,
    lines=tuple(replace(row, amount=-row.amount) for row in SEVEN),
    total=Decimal("-344.00"),
    message="",
    original=Original(number="2026-104233", invoice_date=date(2026, 2, 9)),
)
REMINDER = replace(
    INVOICE,
    kind=Kind.REMINDER,
    invoice_date=date(2026, 4, 15),
    due_date=date(2026, 4, 29),
    lines=(
        line("Lasku 2026-104233, avoinna", "eräpäivä 16.3.2026", "kuten laskulla", "344.00"),
        line("Viivästyskorko 9,5 %", "17.3.–15.4.2026, 30 pv", CENTRAL, "2.69"),
        line("Muistutusmaksu", "1. muistutus", CENTRAL, "5.00"),
    ),
    total=Decimal("351.69"),
    message="",
    original=Original(number="2026-104233", invoice_date=date(2026, 2, 9), due_date=date(2026, 3, 16)),
    reminding=Reminding(ordinal=1, booked_until=date(2026, 4, 14), contact="010 123 4500"),
)
INSTALMENTS = replace(
    INVOICE,
    due_date=None,
    due_rows=(
        DueRow(due_date=date(2026, 3, 16), amount=Decimal("172.00")),
        DueRow(due_date=date(2026, 9, 15), amount=Decimal("172.00"), reference="100420000000137"),
    ),
)
ODD_LETTERS = replace(
    INVOICE,
    payer=Payer(
        name="Ǩiurâl Čáppa 李明 😀 Иван <b>&amp;", address=("\x00Tie\x07 1\u202e\ud800", "00100 HELSINKI")
    ),
    message="Rivi 1\nRivi 2 <script>alert(1)</script>",
)


def wide_logo() -> bytes:
    target = BytesIO()
    Image.new("RGB", (600, 140), (31, 75, 54)).save(target, "PNG")
    return target.getvalue()


SAMPLES = {
    "fi": INVOICE,
    "sv": SWEDISH,
    "en": ENGLISH,
    "long_names": LONG_NAMES,
    "forty": FORTY,
    "credit": CREDIT,
    "reminder": REMINDER,
    "instalments": INSTALMENTS,
    "odd_letters": ODD_LETTERS,
    "one": replace(INVOICE, creditor=replace(SENDER, logo=None), lines=SEVEN[4:5], total=Decimal("45.00")),
    "wide_logo": replace(INVOICE, creditor=replace(SENDER, logo=wide_logo())),
}
