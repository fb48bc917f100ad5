"""Letters to payers without e-mail: where to look at the data of the fee, and the code that opens them (REG-16).

The letter tells nothing of the data itself: it goes by post, and the code works until the round ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.models import CheckRound, DataCheck
from jasenpalvelu.common.dates import format_date
from members.documents.letters import addresses_of, window
from members.documents.sender import foot, sender

TEMPLATE = "documents/welcome.html"


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    day: str
    member_number: str
    until: str
    code: str
    page: str
    dear: str
    why: str
    how: str
    what: str
    silent: str
    help: str


WORDS = {
    "fi": Words(
        title="Tarkista jäsenmaksun tiedot",
        day="Päiväys",
        member_number="Jäsennumero",
        until="Vastaa viimeistään",
        code="Koodi",
        page="Sivu",
        dear="Hyvä {name},",
        why="Lähetämme pian jäsenmaksulaskun vuodelta {year}. Katso ensin, millä tiedoilla se lasketaan.",
        how="Avaa verkkosivu {place} ja kirjoita yllä oleva koodi. Koodi on vain sinulle, ja se toimii {until} asti.",
        what="Näet jäsenyydet, hehtaarit ja muut maksun perusteet, arvion maksusta ja laskutusosoitteen. Vahvistat ne "
        "yhdellä painalluksella tai korjaat ne.",
        silent="Jos et vastaa, lasku tehdään rekisterin tiedoilla.",
        help="Etkö pääse verkkoon? Ota yhteyttä: {contact}.",
    ),
    "sv": Words(
        title="Kontrollera uppgifterna för medlemsavgiften",
        day="Datum",
        member_number="Medlemsnummer",
        until="Svara senast",
        code="Kod",
        page="Sida",
        dear="Bästa {name},",
        why="Vi skickar snart fakturan på medlemsavgiften för {year}. Se först efter med vilka uppgifter den räknas.",
        how="Öppna webbsidan {place} och skriv koden ovan. Koden är bara för dig och fungerar till {until}.",
        what="Du ser medlemskapen, hektaren och de övriga grunderna, en uppskattning av avgiften och "
        "faktureringsadressen. Du bekräftar dem med ett tryck eller rättar dem.",
        silent="Om du inte svarar görs fakturan med uppgifterna i registret.",
        help="Kommer du inte ut på nätet? Ta kontakt: {contact}.",
    ),
    "en": Words(
        title="Check the data of your membership fee",
        day="Date",
        member_number="Member number",
        until="Answer by",
        code="Code",
        page="Page",
        dear="Dear {name},",
        why="We shall soon send the invoice for the membership fee of {year}. See first what it is calculated from.",
        how="Open the page {place} and type the code above. The code is for you only, and works until {until}.",
        what="You see the memberships, the hectares and what else the fee follows from, an estimate of the fee and the "
        "billing address. Confirm them with one press, or correct them.",
        silent="If you do not answer, the invoice is made from the data in the register.",
        help="Can you not go online? Contact us: {contact}.",
    ),
}


def context(
    round: CheckRound, checks: Sequence[DataCheck], codes: Mapping[int, str], place: str, on: date
) -> dict[str, Any]:
    """What the template is filled with; `codes` by check, `place` is the address where they are typed."""
    addresses = addresses_of([check.payer for check in checks])
    letters = [_letter(round, check, codes[check.pk], place, addresses, on) for check in checks]
    return {
        "lang": letters[0]["lang"],
        "title": letters[0]["title"],
        "author": round.unit.name_fi,
        "created": on.isoformat(),
        "body": "letter",
        "logo": sender(round.unit, "fi")["logo"],
        "letters": letters,
    }


def _letter(
    round: CheckRound, check: DataCheck, code: str, place: str, addresses: Mapping[int, Any], on: date
) -> dict[str, Any]:
    payer, unit = check.payer, round.unit
    language = payer.language if payer.language in WORDS else "fi"
    words, head, until = WORDS[language], sender(unit, language), format_date(round.answer_by)
    name = payer.person.full_name if payer.is_person else payer.display_name
    return {
        "lang": language,
        "title": words.title,
        "page": words.page,
        "sender": head,
        "foot": foot(unit, language, ""),
        "address": window(payer, addresses.get(payer.pk)),
        "facts": [(words.day, format_date(on)), (words.member_number, payer.number), (words.until, until)],
        "number_label": words.code,
        "number": code,
        "paragraphs": [
            words.dear.format(name=name),
            words.why.format(year=round.year),
            words.how.format(place=place, until=until),
            words.what,
            words.silent,
            words.help.format(contact=head["contact"]),
        ],
        "signers": [],
    }
