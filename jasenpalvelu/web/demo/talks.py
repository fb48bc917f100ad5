"""Conversations of the first association and of the union's experts, and calls and visits written down by hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from communications import attachments
from communications.models import Talk, TalkMessage
from communications.services import arranging_talks, noting, talk_settings, talking
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.web.demo.structure import Federation
from members.models import Membership, OrgUnit, Party, PartyLogin

WEEK = ["9.00–15.00", "9.00–15.00", "9.00–17.00", "9.00–15.00", "9.00–14.00", "", ""]
# Question, answer; the first of them is the login "jasen", the last ones wait.
ASKED = (
    (
        "Laskun eräpäivän siirto",
        "Hei! Voisiko jäsenmaksun eräpäivää siirtää kuun loppuun? Maitotili tulee vasta 25. päivä.",
        "Hei, totta kai. Siirsin eräpäivän kuun viimeiseen päivään. Viitenumero pysyy samana.",
    ),
    (
        "Tilan omistajanvaihdos",
        "Tila siirtyi vuodenvaihteessa pojalle. Mitä tietoja tarvitsette jäsenyyttä varten?",
        "Onnea uudelle isännälle! Lähettäisitkö uuden Y-tunnuksen ja pinta-alan, niin teemme muutoksen.",
    ),
    (
        "Hirvivahinkojen ilmoittaminen",
        "Mihin hirvien tuhoamasta taimikosta ilmoitetaan ja missä ajassa?",
        "Ilmoitus tehdään kunnan maaseutuviranomaiselle mahdollisimman pian. Liitän tähän ohjeen.",
    ),
    ("Jäsenkortti hukassa", "Jäsenkortti katosi messuilla. Saanko uuden?", ""),
    ("Kokouskutsu ei tullut", "En saanut syyskokouksen kutsua. Onko osoitteeni oikein?", ""),
)
TAX = (
    "Metsävähennys puukaupassa",
    "Myin puuta syksyllä ja mietin, kannattaako metsävähennystä käyttää nyt vai myöhemmin.",
)
NOTES = (
    ("phone", "in", "Kysyi lomituksen maksusta. Luvattiin selvittää ja soittaa takaisin ensi viikolla."),
    ("phone", "out", "Soitettiin takaisin: lomituksen maksu on oikein. Jäsen oli tyytyväinen."),
    ("visit", "out", "Tilakäynti. Sovittiin, että puheenjohtaja esittelee tilan kesäretkellä."),
)


def build(*, federation: Federation, random: Random, on: date) -> None:
    """Nothing without the logins of the demo."""
    staff = {user.email.partition("@")[0]: user for user in User.objects.filter(party_login__isnull=False)}
    if not {"sihteeri", "rekisteri", "jasen"} <= staff.keys():
        return
    own = federation.associations[0].unit
    _settings(own, federation.union, staff)
    people = _people(own, staff["jasen"], on)
    for number, (subject, question, answer) in enumerate(ASKED):
        at = _moment(on, days=len(ASKED) - number + 1, hour=9 + random.randint(0, 5))
        talk = _ask(people[number % len(people)], own, subject, question, at)
        if answer:
            _answer(talk, staff["sihteeri"], answer, at + timedelta(hours=2), with_file="Liitän" in answer)
    _tax(people[0], own, federation.union, staff, _moment(on, days=2, hour=10))
    _notes(people[0], own, staff["sihteeri"], on)


def _settings(own: OrgUnit, union: OrgUnit, staff: dict[str, User]) -> None:
    secretary, expert = staff["sihteeri"], staff.get("asiantuntija", staff["rekisteri"])
    talk_settings.keep_desk(actor=secretary, unit=own, takes=True, hours=WEEK, promise=12)
    talk_settings.keep_desk(actor=expert, unit=union, takes=True, hours=WEEK, promise=24)
    for fi, sv in (("Verotus", "Beskattning"), ("Sukupolvenvaihdos", "Generationsväxling")):
        values = {"name_fi": fi, "name_sv": sv, "name_en": "", "expert": expert, "active": True}
        talk_settings.keep_topic(actor=expert, unit=union, values=values)
    for title, fi, sv in (
        (
            "Eräpäivän siirto",
            "Hei! Siirsimme eräpäivän. Käytä samaa viitenumeroa.",
            "Hej! Vi har flyttat förfallodagen. Använd samma referensnummer.",
        ),
        ("Osoitteenmuutos", "Hei! Voit muuttaa osoitteesi itse kohdassa Omat tiedot.", ""),
    ):
        values = {"title": title, "text_fi": fi, "text_sv": sv, "text_en": ""}
        talk_settings.keep_canned(actor=secretary, unit=own, values=values)


def _people(own: OrgUnit, member: User, on: date) -> list[Party]:
    """The member with a login first, then others of the association."""
    first = PartyLogin.objects.select_related("party").get(user=member).party
    rows = Membership.objects.in_force(on).filter(unit=own, party__kind="person").exclude(party=first)
    return [first, *(row.party for row in rows.select_related("party").order_by("party__sort_key", "pk")[:4])]


def _moment(on: date, *, days: int, hour: int) -> datetime:
    return datetime.combine(on - timedelta(days=days), time(hour, 12), tzinfo=HELSINKI)


def _ask(party: Party, unit: OrgUnit, subject: str, text: str, at: datetime, **further: Any) -> Talk:
    given = {
        "actor": None,
        "party": party,
        "unit": unit,
        "topic": None,
        "subject": subject,
        "text": text,
        "at": at,
    }
    return talking.start(**given | further)


def _answer(talk: Talk, user: User, text: str, at: datetime, *, with_file: bool = False) -> TalkMessage:
    files = (
        [attachments.checked("Ohje.txt", b"Ilmoita vahingosta ennen taimikon hoitoa.\n")] if with_file else []
    )
    last = TalkMessage.objects.filter(talk=talk).order_by("-pk").values_list("pk", flat=True).first() or 0
    return talking.answer(actor=user, talk=talk, text=text, files=files, seen=last, at=at)


def _tax(party: Party, own: OrgUnit, union: OrgUnit, staff: dict[str, User], at: datetime) -> None:
    """Asked at the association, handed over to the union's expert, answered there."""
    talk = _ask(party, own, TAX[0], TAX[1], at)
    talking.note(
        actor=staff["sihteeri"],
        talk=talk,
        text="Tämä on liiton verotuksen asiantuntijan alaa.",
        at=at + timedelta(minutes=20),
    )
    arranging_talks.hand_over(
        actor=staff["sihteeri"],
        talk=talk,
        to=union,
        reason="Liiton asiantuntija osaa vastata tähän paremmin.",
        at=at + timedelta(minutes=30),
    )
    talk.refresh_from_db()
    expert = staff.get("asiantuntija", staff["rekisteri"])
    _answer(
        talk,
        expert,
        "Hei! Vähennyksen käyttö kannattaa jakaa usealle vuodelle, jos puukauppoja on tulossa lisää. Lähetätkö arvion tulevista"
        " kaupoista, niin lasken vaihtoehdot.",
        at + timedelta(hours=4),
    )


def _notes(party: Party, own: OrgUnit, user: User, on: date) -> None:
    for number, (channel, direction, text) in enumerate(NOTES):
        at = _moment(on, days=40 - number * 9, hour=11)
        noting.write(
            actor=user, party=party, unit=own, channel=channel, direction=direction, at=at, text=text, now=at
        )
