"""Words the union and an association offer, two groups, and what some members of the first association have chosen."""

from __future__ import annotations

from datetime import date
from random import Random

from jasenpalvelu.web.demo.structure import Federation
from members.models import CommunityGroup, CommunityTerm, Membership, OrgUnit, Party, RoleTemplate
from members.models.community import TermKind
from members.services import community

# Kind, in Finnish, Swedish and English, the role it is a willingness for.
WORDS = (
    (TermKind.SKILL, "Kokousten johtaminen", "Leda möten", "Chairing meetings", ""),
    (TermKind.SKILL, "Hirsirakentaminen", "Timmerbyggnad", "Log building", ""),
    (TermKind.SKILL, "Hygieniapassikoulutus", "Utbildning i livsmedelshygien", "Food hygiene training", ""),
    (TermKind.INTEREST, "Metsänhoito", "Skogsvård", "Forest management", ""),
    (TermKind.INTEREST, "Uusiutuva energia", "Förnybar energi", "Renewable energy", ""),
    (TermKind.INTEREST, "Luomutuotanto", "Ekologisk produktion", "Organic farming", ""),
    (TermKind.WILLING, "Sihteeriksi", "Sekreterare", "Secretary", "secretary"),
    (TermKind.WILLING, "Rahastonhoitajaksi", "Kassör", "Treasurer", "treasurer"),
)
OWN_WORD = (TermKind.SKILL, "Kyläjuhlien järjestäminen", "Ordna byfester", "Organising village feasts", "")
CHOOSERS = 24


def build(*, federation: Federation, random: Random, on: date) -> None:
    own = federation.associations[0].unit
    words = [_word(federation.union, *word) for word in WORDS] + [_word(own, *OWN_WORD)]
    rows = Membership.objects.in_force(on).filter(unit=own, party__kind="person", party__non_disclosure=False)
    people = [row.party for row in rows.select_related("party").order_by("party__sort_key", "pk")[:CHOOSERS]]
    groups = _groups(own, people, on)
    for number, party in enumerate(people):
        chosen = random.sample(words, random.randint(1, 3))
        community.choose_terms(actor=None, party=party, wanted=[word.pk for word in chosen], on=on)
        if number % 3 == 0:
            community.join_group(actor=None, party=party, group=groups[number // 3 % len(groups)], on=on)


def _word(unit: OrgUnit, kind: str, fi: str, sv: str, en: str, role: str) -> CommunityTerm:
    template = RoleTemplate.objects.filter(code=role, unit=None).first() if role else None
    values = {"kind": kind, "name_fi": fi, "name_sv": sv, "name_en": en, "role": template}
    return community.keep_term(actor=None, unit=unit, values=values)


def _groups(unit: OrgUnit, people: list[Party], on: date) -> list[CommunityGroup]:
    leader = people[0] if people else None
    made = (
        ("Nuoret viljelijät", "Tapaamisia ja retkiä alle 40-vuotiaille.", True, None),
        ("Metsäpäivän talkoot", "Valmistelee yhdistyksen syksyisen metsäpäivän.", False, leader),
    )
    return [
        community.keep_group(
            actor=None,
            unit=unit,
            on=on,
            values={"name": name, "description": text, "open": is_open, "leader": who},
        )
        for name, text, is_open, who in made
    ]
