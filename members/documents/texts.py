"""The words printed on the register's papers, in the language of the association or of the member.

A table and not the interface's catalogues: an extract printed again next year says what it said (as billing.documents.texts).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MinutesWords:
    extract: str
    meeting: str
    bodies: dict[str, str]
    day: str
    place: str
    present: str
    chair: str
    secretary: str
    decision: str
    applications: str
    admitted: str
    rejected: str
    resignations: str
    noted: str
    deemed: str
    confirmed: str
    kept: str
    expulsions: str
    expelled: str
    dropped: str
    heard: str
    not_heard: str
    answered: str
    postponed: str
    number: str
    applicant: str
    member: str
    municipality: str
    type: str
    member_number: str
    last_day: str
    reason: str
    certify: str
    only: str
    undone: str
    page: str
    y_tunnus: str


MINUTES = {
    "fi": MinutesWords(
        extract="Pöytäkirjanote",
        meeting="Kokous {number}",
        bodies={"board": "Hallitus", "meeting": "Yhdistyksen kokous"},
        day="Aika",
        place="Paikka",
        present="Läsnä",
        chair="puheenjohtaja",
        secretary="sihteeri",
        decision="Päätös.",
        applications="Jäseneksi hyväksyminen",
        admitted="Hyväksyttiin yhdistyksen jäseniksi {day} alkaen:",
        rejected="Hylättiin jäsenhakemus:",
        resignations="Eronneet jäsenet",
        noted="Merkittiin tiedoksi, että seuraavat jäsenet ovat ilmoittaneet eroavansa (yhdistyslaki 13 §):",
        deemed="Eronneeksi katsominen",
        confirmed="Katsottiin sääntöjen mukaan yhdistyksestä eronneiksi jäsenmaksun maksamatta jättämisen vuoksi:",
        kept="Päätettiin, että seuraavia jäseniä ei katsota eronneiksi:",
        expulsions="Jäsenen erottaminen",
        expelled="Erotettiin yhdistyksestä {name}. Erottamisen syy (yhdistyslaki 14 §): {ground}. {reasons}",
        dropped="Asia, joka koski jäsenen {name} erottamista, päätettiin jättää sikseen.",
        heard="Jäsenelle on {told} varattu tilaisuus tulla kuulluksi {until} mennessä (yhdistyslaki 15 §). {answer}",
        not_heard="Jäsen ei antanut vastausta.",
        answered="Jäsen vastasi {day}. Vastaus oli kokouksen käytettävissä.",
        postponed="Seuraavien asioiden käsittelyä jatketaan myöhemmin:",
        number="Nro",
        applicant="Hakija",
        member="Jäsen",
        municipality="Kotikunta",
        type="Jäsenlaji",
        member_number="Jäsennumero",
        last_day="Viimeinen päivä",
        reason="Perustelu",
        certify="Otteen oikeaksi todistaa",
        only="Ote sisältää vain jäseniä koskevat pykälät.",
        undone="Tämän kokouksen päätökset on peruttu rekisterissä {day}.",
        page="Sivu",
        y_tunnus="Y-tunnus",
    ),
    "sv": MinutesWords(
        extract="Protokollsutdrag",
        meeting="Möte {number}",
        bodies={"board": "Styrelsen", "meeting": "Föreningens möte"},
        day="Tid",
        place="Plats",
        present="Närvarande",
        chair="ordförande",
        secretary="sekreterare",
        decision="Beslut.",
        applications="Godkännande av medlemmar",
        admitted="Följande godkändes som medlemmar i föreningen från och med {day}:",
        rejected="Följande medlemsansökan avslogs:",
        resignations="Medlemmar som utträtt",
        noted="Antecknades att följande medlemmar har anmält att de utträder (föreningslagen 13 §):",
        deemed="Medlemmar som anses ha utträtt",
        confirmed="Följande ansågs enligt stadgarna ha utträtt ur föreningen på grund av obetald medlemsavgift:",
        kept="Det beslöts att följande medlemmar inte anses ha utträtt:",
        expulsions="Uteslutning av medlem",
        expelled="{name} uteslöts ur föreningen. Skäl till uteslutningen (föreningslagen 14 §): {ground}. {reasons}",
        dropped="Ärendet om att utesluta {name} lämnades därhän.",
        heard="Medlemmen bereddes {told} tillfälle att bli hörd senast {until} (föreningslagen 15 §). {answer}",
        not_heard="Medlemmen gav inget svar.",
        answered="Medlemmen svarade {day}. Svaret var tillgängligt för mötet.",
        postponed="Behandlingen av följande ärenden fortsätter senare:",
        number="Nr",
        applicant="Sökande",
        member="Medlem",
        municipality="Hemkommun",
        type="Medlemsslag",
        member_number="Medlemsnummer",
        last_day="Sista dag",
        reason="Motivering",
        certify="Utdragets riktighet intygas",
        only="Utdraget innehåller endast de paragrafer som gäller medlemmar.",
        undone="Mötets beslut har återtagits i registret {day}.",
        page="Sida",
        y_tunnus="FO-nummer",
    ),
}
GROUNDS = {
    "fi": {
        "obligations": "on jättänyt täyttämättä ne velvoitukset, joihin hän on liittymällä sitoutunut",
        "harm": "on menettelyllään huomattavasti vahingoittanut yhdistystä",
        "conditions": "ei enää täytä laissa tai säännöissä mainittuja jäsenyyden ehtoja",
        "unpaid": "on jättänyt jäsenmaksunsa maksamatta",
    },
    "sv": {
        "obligations": "har inte fullgjort de förpliktelser som medlemskapet medför",
        "harm": "har genom sitt förfarande avsevärt skadat föreningen",
        "conditions": "uppfyller inte längre de villkor för medlemskap som nämns i lagen eller stadgarna",
        "unpaid": "har inte betalat sin medlemsavgift",
    },
}


@dataclass(frozen=True, slots=True)
class LetterWords:
    title: str
    dear: str
    admitted: str
    thanks: str
    thanks_without_vote: str
    fee: str
    no_fee: str
    check: str
    to_guardian: str
    guardian: str
    member_number: str
    type: str
    since: str
    day: str
    page: str
    chair: str
    secretary: str


LETTERS = {
    "fi": LetterWords(
        title="Tervetuloa jäseneksi",
        dear="Hyvä {name},",
        admitted="{body} hyväksyi sinut yhdistyksemme jäseneksi {decided}. Jäsenyytesi alkoi {since}.",
        thanks="Kiitos, että tulit mukaan: sinä päätät yhdessä muiden kanssa siitä, mitä yhdistys tekee ja mitä se maksaa.",
        thanks_without_vote="Kiitos, että tulit mukaan ja tuet yhdistyksen työtä.",
        fee="Ensimmäinen jäsenmaksulasku tulee erikseen. Maksu on {fee}. {parts}",
        no_fee="Jos jäsenyydestäsi on maksu, lasku tulee erikseen.",
        check="Omat tietosi, jäsenkorttisi ja laskusi löydät jäsenpalvelusta: {service}. Jos jokin tieto on väärin, kerro siitä "
        "yhdistykselle: {contact}.",
        to_guardian="Huoltajalle",
        guardian="Kirje on osoitettu huoltajallesi, koska olit liittyessäsi alle 18-vuotias.",
        member_number="Jäsennumero",
        type="Jäsenlaji",
        since="Jäsen alkaen",
        day="Päivä",
        page="Sivu",
        chair="puheenjohtaja",
        secretary="sihteeri",
    ),
    "sv": LetterWords(
        title="Välkommen som medlem",
        dear="Bästa {name},",
        admitted="{body} godkände dig som medlem i föreningen {decided}. Ditt medlemskap började {since}.",
        thanks="Tack för att du kom med: tillsammans med de andra bestämmer du vad föreningen gör och vad den betalar.",
        thanks_without_vote="Tack för att du kom med och stöder föreningens arbete.",
        fee="Den första medlemsavgiftsfakturan kommer separat. Avgiften är {fee}. {parts}",
        no_fee="Om ditt medlemskap har en avgift kommer fakturan separat.",
        check="Dina uppgifter, ditt medlemskort och dina fakturor finns i medlemstjänsten: {service}. Om någon uppgift är fel, meddela "
        "föreningen: {contact}.",
        to_guardian="Till vårdnadshavaren",
        guardian="Brevet är adresserat till din vårdnadshavare, eftersom du var under 18 år när du anslöt dig.",
        member_number="Medlemsnummer",
        type="Medlemsslag",
        since="Medlem från",
        day="Datum",
        page="Sida",
        chair="ordförande",
        secretary="sekreterare",
    ),
    "en": LetterWords(
        title="Welcome as a member",
        dear="Dear {name},",
        admitted="{body} admitted you as a member of our association on {decided}. Your membership began on {since}.",
        thanks="Thank you for joining: together with the others you decide what the association does and what it pays for.",
        thanks_without_vote="Thank you for joining and supporting the work of the association.",
        fee="The first invoice for the membership fee comes separately. The fee is {fee}. {parts}",
        no_fee="If your membership has a fee, the invoice comes separately.",
        check="Your details, your membership card and your invoices are in the member service: {service}. If something is wrong, tell "
        "the association: {contact}.",
        to_guardian="To the guardian",
        guardian="This letter is addressed to your guardian, as you were under 18 when you joined.",
        member_number="Member number",
        type="Type of membership",
        since="Member from",
        day="Date",
        page="Page",
        chair="chair",
        secretary="secretary",
    ),
}
BODIES = {
    "fi": {"board": "Hallitus", "meeting": "Yhdistyksen kokous"},
    "sv": {"board": "Styrelsen", "meeting": "Föreningens möte"},
    "en": {"board": "The board", "meeting": "The meeting of the association"},
}


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    title: str
    text: str
    delayed: str
    withdraw: str
    law: str
    member: str
    member_number: str
    association: str
    type: str
    received: str
    last_day: str
    page: str


RECEIPTS = {
    "fi": ReceiptWords(
        title="Vahvistus eroilmoituksesta",
        text="Yhdistys on vastaanottanut ilmoituksesi erosta. Eroon ei tarvita yhdistyksen hyväksymistä.",
        delayed="Yhdistyksen sääntöjen mukaan ero tulee voimaan ilmoituksen jälkeen. Viimeiseen päivään asti sinulla on "
        "jäsenen oikeudet ja velvollisuudet.",
        withdraw="Voit perua ilmoituksen jäsenpalvelussa, kunnes hallitus on merkinnyt sen tiedoksi.",
        law="Yhdistyslaki (503/1989) 13 §.",
        member="Jäsen",
        member_number="Jäsennumero",
        association="Yhdistys",
        type="Jäsenlaji",
        received="Ilmoitus vastaanotettu",
        last_day="Jäsenyyden viimeinen päivä",
        page="Sivu",
    ),
    "sv": ReceiptWords(
        title="Bekräftelse på anmälan om utträde",
        text="Föreningen har tagit emot din anmälan om utträde. Utträdet behöver inte godkännas av föreningen.",
        delayed="Enligt föreningens stadgar träder utträdet i kraft en tid efter anmälan. Till och med den sista dagen har du "
        "en medlems rättigheter och skyldigheter.",
        withdraw="Du kan återta anmälan i medlemstjänsten tills styrelsen har antecknat den.",
        law="Föreningslagen (503/1989) 13 §.",
        member="Medlem",
        member_number="Medlemsnummer",
        association="Förening",
        type="Medlemsslag",
        received="Anmälan mottagen",
        last_day="Medlemskapets sista dag",
        page="Sida",
    ),
    "en": ReceiptWords(
        title="Receipt for your resignation",
        text="The association has received your notice of resignation. The resignation needs nobody's approval.",
        delayed="By the association's rules the resignation takes effect some time after the notice. Until the last day you "
        "have a member's rights and duties.",
        withdraw="You can take the notice back in the member service until the board has noted it.",
        law="Associations Act (503/1989), section 13.",
        member="Member",
        member_number="Member number",
        association="Association",
        type="Type of membership",
        received="Notice received",
        last_day="Last day of the membership",
        page="Page",
    ),
}
