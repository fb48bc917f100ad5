"""The words printed on documents, in the payer's language.

A table and not the interface's catalogues: what has been sent to a payer may not change its words with the next
translation round, and the person who prints reads another language than the one who pays. The giro form is always in
Finnish and Swedish, in this order; its labels are in the template.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KindWords:
    """What differs between the three kinds of document."""

    title: str
    number: str
    day: str
    due: str
    reference: str
    amount: str
    total: str


@dataclass(frozen=True, slots=True)
class Words:
    invoice: KindWords
    credit_note: KindWords
    reminder: KindWords
    document: str
    member: str
    member_number: str
    y_tunnus: str
    period: str
    credited_invoice: str
    reminder_label: str
    reminder_ordinal: str
    original_due: str
    page: str
    component: str
    basis: str
    beneficiary: str
    vat: str
    euros: str
    rows: str
    see_specification: str
    specification: str
    vat_table: str
    net: str
    tax: str
    gross: str
    no_vat: str
    seller: str
    virtual_barcode: str
    rf_reference: str
    national_reference: str
    instalment: str
    instalments: str
    barcode_alt: str
    qr_alt: str
    vat_note: str
    reminder_vat_note: str
    credited_fully: str
    credited_partly: str
    reminded: str


FI = Words(
    invoice=KindWords(
        "Jäsenmaksulasku",
        "Laskun numero",
        "Laskun päivä",
        "Eräpäivä",
        "Viitenumero",
        "Maksettava",
        "Maksettava yhteensä",
    ),
    credit_note=KindWords(
        "Hyvityslasku", "Hyvityslaskun nro", "Päivä", "", "Laskun viite", "Hyvitys", "Hyvitys yhteensä"
    ),
    reminder=KindWords(
        "Maksumuistutus",
        "Laskun numero",
        "Muistutuksen päivä",
        "Maksettava viim.",
        "Viitenumero",
        "Maksettava",
        "Maksettava yhteensä",
    ),
    document="Lasku",
    member="Jäsen",
    member_number="Jäsennumero",
    y_tunnus="Y-tunnus",
    period="Jäsenkausi",
    credited_invoice="Hyvitetty lasku",
    reminder_label="Muistutus",
    reminder_ordinal="{n}. muistutus",
    original_due="Alkup. eräpäivä",
    page="Sivu",
    component="Maksun osa",
    basis="Peruste",
    beneficiary="Maksun saaja",
    vat="Alv",
    euros="Euroa",
    rows="Rivejä",
    see_specification="Kaikki rivit eritellään seuraavalla sivulla.",
    specification="Laskun erittely",
    vat_table="Arvonlisävero",
    net="Veroton",
    tax="Vero",
    gross="Yhteensä",
    no_vat="Ei veroa, jäsenmaksut",
    seller="Verollisen palvelun myyjä: {sellers}.",
    virtual_barcode="Virtuaaliviivakoodi",
    rf_reference="RF-viite",
    national_reference="Kansallinen viite",
    instalment="Maksuerä {n}/{count}",
    instalments="Maksuerät",
    barcode_alt="Pankkiviivakoodi {digits}",
    qr_alt="QR-koodi mobiilipankkiin, samat maksutiedot kuin tilisiirrossa",
    vat_note="Jäsenmaksut ovat arvonlisäverolain soveltamisalan ulkopuolella, eikä niihin sisälly arvonlisäveroa.",
    reminder_vat_note="Viivästyskorko ja muistutusmaksu eivät sisällä arvonlisäveroa.",
    credited_fully="Hyvityslasku kumoaa kokonaan laskun {number} ({day}). Sinun ei tarvitse tehdä mitään.",
    credited_partly="Hyvityslasku pienentää laskua {number} ({day}). Sinun ei tarvitse tehdä mitään tämän hyvityslaskun takia.",
    reminded="Emme ole {booked} kirjattujen maksujen mukaan saaneet suoritusta laskusta, jonka eräpäivä oli {original}. "
    "Pyydämme maksamaan viimeistään {due}. Jos olet jo maksanut, muistutus on aiheeton. Jos lasku on mielestäsi "
    "virheellinen, ilmoita siitä: {contact}. Perintä keskeytetään selvityksen ajaksi.",
)

SV = Words(
    invoice=KindWords(
        "Medlemsavgiftsfaktura",
        "Fakturanummer",
        "Fakturadatum",
        "Förfallodag",
        "Referensnummer",
        "Att betala",
        "Att betala",
    ),
    credit_note=KindWords(
        "Kreditfaktura",
        "Kreditfakturans nr",
        "Datum",
        "",
        "Fakturans referens",
        "Kreditering",
        "Kreditering totalt",
    ),
    reminder=KindWords(
        "Betalningspåminnelse",
        "Fakturanummer",
        "Påminnelsedatum",
        "Betala senast",
        "Referensnummer",
        "Att betala",
        "Att betala",
    ),
    document="Faktura",
    member="Medlem",
    member_number="Medlemsnummer",
    y_tunnus="FO-nummer",
    period="Medlemsperiod",
    credited_invoice="Krediterad faktura",
    reminder_label="Påminnelse",
    reminder_ordinal="Påminnelse {n}",
    original_due="Urspr. förfallodag",
    page="Sida",
    component="Avgiftsdel",
    basis="Grund",
    beneficiary="Avgiftens mottagare",
    vat="Moms",
    euros="Euro",
    rows="Rader",
    see_specification="Alla rader specificeras på följande sida.",
    specification="Specifikation",
    vat_table="Mervärdesskatt",
    net="Skattefritt",
    tax="Skatt",
    gross="Totalt",
    no_vat="Ingen skatt, medlemsavgifter",
    seller="Säljare av den skattebelagda tjänsten: {sellers}.",
    virtual_barcode="Virtuell streckkod",
    rf_reference="RF-referens",
    national_reference="Nationell referens",
    instalment="Rat {n}/{count}",
    instalments="Rater",
    barcode_alt="Bankstreckkod {digits}",
    qr_alt="QR-kod för mobilbanken, samma betalningsuppgifter som på gireringen",
    vat_note="Medlemsavgifter står utanför mervärdesskattelagens tillämpningsområde och innehåller ingen mervärdesskatt.",
    reminder_vat_note="Dröjsmålsränta och påminnelseavgift innehåller ingen mervärdesskatt.",
    credited_fully="Kreditfakturan upphäver hela faktura {number} ({day}). Du behöver inte göra någonting.",
    credited_partly="Kreditfakturan minskar faktura {number} ({day}). Du behöver inte göra någonting på grund av den.",
    reminded="Enligt betalningar bokförda till och med {booked} har vi inte fått betalning för fakturan som förföll "
    "{original}. Vi ber dig betala senast {due}. Om du redan har betalat är påminnelsen obefogad. Om fakturan enligt dig "
    "är felaktig, meddela oss: {contact}. Indrivningen avbryts medan saken utreds.",
)

EN = Words(
    invoice=KindWords(
        "Membership invoice",
        "Invoice number",
        "Invoice date",
        "Due date",
        "Reference",
        "To pay",
        "Total to pay",
    ),
    credit_note=KindWords(
        "Credit note", "Credit note number", "Date", "", "Invoice reference", "Credit", "Total credit"
    ),
    reminder=KindWords(
        "Payment reminder",
        "Invoice number",
        "Reminder date",
        "Pay by",
        "Reference",
        "To pay",
        "Total to pay",
    ),
    document="Invoice",
    member="Member",
    member_number="Member number",
    y_tunnus="Business ID",
    period="Membership period",
    credited_invoice="Credited invoice",
    reminder_label="Reminder",
    reminder_ordinal="Reminder {n}",
    original_due="Original due date",
    page="Page",
    component="Component",
    basis="Basis",
    beneficiary="Beneficiary",
    vat="VAT",
    euros="Euros",
    rows="Rows",
    see_specification="All rows are specified on the following page.",
    specification="Specification",
    vat_table="Value added tax",
    net="Net",
    tax="Tax",
    gross="Total",
    no_vat="No VAT, membership fees",
    seller="Seller of the taxed service: {sellers}.",
    virtual_barcode="Virtual barcode",
    rf_reference="RF reference",
    national_reference="National reference",
    instalment="Instalment {n}/{count}",
    instalments="Instalments",
    barcode_alt="Bank barcode {digits}",
    qr_alt="QR code for a mobile bank with the same payment details as the credit transfer form",
    vat_note="Membership fees are outside the scope of the Value Added Tax Act and include no value added tax.",
    reminder_vat_note="Interest on late payment and the reminder fee include no value added tax.",
    credited_fully="This credit note cancels the whole of invoice {number} ({day}). You do not need to do anything.",
    credited_partly="This credit note reduces invoice {number} ({day}). You do not need to do anything because of it.",
    reminded="According to payments booked up to {booked} we have not received payment for the invoice that fell due on "
    "{original}. Please pay by {due}. If you have already paid, this reminder is unfounded. If you think that the "
    "invoice is wrong, tell us: {contact}. Collection is suspended while the matter is examined.",
)

GIRO_TERMS = (
    "Maksu välitetään saajalle maksujenvälityksen ehtojen mukaisesti ja vain maksajan ilmoittaman tilinumeron perusteella. "
    "Betalning förmedlas till mottagaren enligt villkoren för betalningsförmedling och endast till det kontonummer som "
    "betalaren angivit."
)
"""The line every giro form carries, in both languages."""

WORDS = {"fi": FI, "sv": SV, "en": EN}
