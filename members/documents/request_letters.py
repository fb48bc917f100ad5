"""The answer to a request about one's data as a letter, for people who do not log in (GDPR articles 12(3)–(4), 77 and 79)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from jasenpalvelu.common import paper
from jasenpalvelu.common.dates import format_date
from members.documents.letters import addresses_of, window
from members.documents.sender import foot, sender
from members.models import DataRequest
from members.models.data_requests import RequestKind, RequestState

TEMPLATE = "documents/welcome.html"


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    day: str
    received: str
    number: str
    page: str
    dear: str
    asked: dict[str, str]
    done: str
    refused: str
    later: str
    complain: str
    court: str
    help: str


WORDS = {
    "fi": Words(
        title="Vastaus tietopyyntöösi",
        day="Päiväys",
        received="Pyyntö saapui",
        number="Numero rekisterissä",
        page="Sivu",
        dear="Hyvä {name},",
        asked={
            RequestKind.ACCESS: "Pyysit {day} saada nähdä tietosi.",
            RequestKind.CORRECTION: "Pyysit {day}, että korjaamme tietojasi.",
            RequestKind.ERASURE: "Pyysit {day}, että poistamme tietosi.",
            RequestKind.RESTRICTION: "Pyysit {day}, että rajoitamme tietojesi käyttöä.",
            RequestKind.OBJECTION: "Vastustit {day} tietojesi käyttöä.",
        },
        done="Olemme tehneet, mitä pyysit.",
        refused="Emme tee kaikkea, mitä pyysit. Syy on tämä:",
        later="Vastaus vie enemmän aikaa kuin kuukauden. Saat sen viimeistään {due}. Syy on tämä: {reason}",
        complain="Jos olet tyytymätön, voit tehdä valituksen tietosuojavaltuutetulle (tietosuoja-asetuksen 77 artikla): "
        "Tietosuojavaltuutetun toimisto, PL 800, 00531 Helsinki, tietosuoja.fi.",
        court="Voit myös viedä asian tuomioistuimeen (79 artikla).",
        help="Kysyttävää? Ota yhteyttä: {contact}.",
    ),
    "sv": Words(
        title="Svar på din begäran om uppgifter",
        day="Datum",
        received="Begäran kom",
        number="Nummer i registret",
        page="Sida",
        dear="Bästa {name},",
        asked={
            RequestKind.ACCESS: "Du bad {day} att få se dina uppgifter.",
            RequestKind.CORRECTION: "Du bad {day} att vi rättar dina uppgifter.",
            RequestKind.ERASURE: "Du bad {day} att vi raderar dina uppgifter.",
            RequestKind.RESTRICTION: "Du bad {day} att vi begränsar användningen av dina uppgifter.",
            RequestKind.OBJECTION: "Du motsatte dig {day} att dina uppgifter används.",
        },
        done="Vi har gjort det du bad om.",
        refused="Vi gör inte allt du bad om. Skälet är detta:",
        later="Svaret tar mer tid än en månad. Du får det senast {due}. Skälet är detta: {reason}",
        complain="Om du är missnöjd kan du anföra klagomål hos dataombudsmannen (artikel 77 i "
        "dataskyddsförordningen): Dataombudsmannens byrå, PB 800, 00531 Helsingfors, tietosuoja.fi.",
        court="Du kan också föra saken till domstol (artikel 79).",
        help="Frågor? Ta kontakt: {contact}.",
    ),
    "en": Words(
        title="Answer to your request about your data",
        day="Date",
        received="Request received",
        number="Number in the register",
        page="Page",
        dear="Dear {name},",
        asked={
            RequestKind.ACCESS: "On {day} you asked to see your data.",
            RequestKind.CORRECTION: "On {day} you asked us to correct your data.",
            RequestKind.ERASURE: "On {day} you asked us to erase your data.",
            RequestKind.RESTRICTION: "On {day} you asked us to restrict the use of your data.",
            RequestKind.OBJECTION: "On {day} you objected to the use of your data.",
        },
        done="We have done what you asked.",
        refused="We do not do everything you asked. The reason is this:",
        later="The answer takes longer than a month. You get it by {due}. The reason is this: {reason}",
        complain="If you are not content, you may lodge a complaint with the Data Protection Ombudsman (GDPR, "
        "article 77): Office of the Data Protection Ombudsman, P.O. Box 800, 00531 Helsinki, Finland, tietosuoja.fi.",
        court="You may also take the matter to court (article 79).",
        help="Questions? Contact us: {contact}.",
    ),
}


def pdf(row: DataRequest, on: date, *, addressed: bool) -> bytes:
    """The letter in the person's language: the answer, or that it takes longer, and where one may complain.

    `addressed`: whoever prints it may see the address."""
    values = context(row, on, addressed=addressed)
    return paper.pdf(TEMPLATE, values, values["logo"])


def context(row: DataRequest, on: date, *, addressed: bool) -> dict[str, Any]:
    party, unit = row.party, row.unit
    language = party.language if party.language in WORDS else "fi"
    words, head = WORDS[language], sender(unit, language)
    name = party.person.full_name if party.is_person else party.display_name
    letter = {
        "lang": language,
        "title": words.title,
        "page": words.page,
        "sender": head,
        "foot": foot(unit, language, ""),
        "address": window(party, addresses_of([party]).get(party.pk) if addressed else None),
        "facts": [(words.day, format_date(on)), (words.received, format_date(row.received_on))],
        "number_label": words.number,
        "number": party.number,
        "paragraphs": [
            words.dear.format(name=name),
            words.asked[row.kind].format(day=format_date(row.received_on)),
            *_answer(row, words),
            words.complain,
            words.court,
            words.help.format(contact=head["contact"]),
        ],
        "signers": [(row.handled_by.full_name, unit.name_in(language))] if row.handled_by else [],
    }
    return {
        "lang": language,
        "title": words.title,
        "author": unit.name_in(language),
        "created": on.isoformat(),
        "body": "letter",
        "logo": head["logo"],
        "letters": [letter],
    }


def _answer(row: DataRequest, words: Words) -> list[str]:
    if row.is_open:
        return [words.later.format(due=format_date(row.due_on), reason=row.extension_reason)]
    first = words.refused if row.state == RequestState.REFUSED else words.done
    return [first, *filter(None, (line.strip() for line in row.answer.splitlines()))]
