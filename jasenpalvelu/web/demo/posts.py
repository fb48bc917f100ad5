"""The people of the demo who have a post or a login. Their accounts exist only beside the embedded database."""

from __future__ import annotations

from datetime import date

from jasenpalvelu.accounts.services.demo import create_demo_account
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.web.demo.structure import Federation
from members.models import (
    ContactPoint,
    Decision,
    Mandate,
    Membership,
    OrgUnit,
    Party,
    PartyLogin,
    RoleTemplate,
    Training,
)
from members.services import registering

DOMAIN = "demo.example"
# login, first names, last name, language, role, which unit
STAFF = [
    ("sihteeri", "Raija", "Haapalehto", "fi", "secretary", "own"),
    ("taloudenhoitaja", "Olavi", "Peltoniitty", "fi", "treasurer", "own"),
    ("puheenjohtaja", "Kaarina", "Suvisalmi", "fi", "chair", "own"),
    ("sekreterare", "Bo", "Ängström", "sv", "secretary", "other"),
    ("liitto", "Tiina", "Rantakoski", "fi", "regional_treasurer", "region"),
    ("rekisteri", "Riitta", "Louhivaara", "fi", "register_manager", "union"),
    ("asiantuntija", "Elina", "Korpivaara", "fi", "expert", "union"),
    ("turva", "Kaarlo", "Metsäkallio", "fi", "custodian", "union"),
]


def create_posts(*, federation: Federation, on: date) -> None:
    """Staff with their mandates, and one member with a login."""
    own = federation.associations[0].unit
    other = next((a.unit for a in federation.associations if a.unit.pk != own.pk and not a.forest), own)
    places = {"own": own, "other": other, "region": federation.regions[0], "union": federation.union}
    for name, first, last, language, role, place in STAFF:
        _post(name, first, last, language, role, places[place], on)
    _member(own, on)


def _post(name: str, first: str, last: str, language: str, role: str, unit: OrgUnit, on: date) -> None:
    email = f"{name}@{DOMAIN}"
    template = RoleTemplate.objects.get(code=role)
    told = f"{template.name_fi}, {unit.name_fi}"
    user = create_demo_account(email=email, full_name=f"{first} {last}", language=language, role=told)
    with mutation(actor=None, kind="demo.post", summary=name):
        party = registering.create_person(
            actor=None, first_names=first, last_name=last, language=language, on=on, email=email
        )
        PartyLogin.objects.create(user=user, party=party)
        decided = date(on.year - 1, 11, 20)
        decision = Decision.objects.create(
            unit=unit, decided_on=decided, section="7", subject="Toimihenkilöt"
        )
        Mandate.objects.create(
            party=party,
            unit=unit,
            template=template,
            valid_from=date(on.year, 1, 1),
            valid_to=date(on.year + 1, 12, 31),
            decision=decision,
        )
        Training.objects.create(
            party=party,
            valid_from=decided,
            valid_to=date(on.year + 1, 12, 31),
            note="Tietosuojakoulutus verkossa",
        )


def _member(unit: OrgUnit, on: date) -> None:
    """A farmer of the association, the first by name with an e-mail address, gets a login of one's own."""
    with_email = ContactPoint.objects.filter(kind="email", valid_to=None).values("party_id")
    membership = (
        Membership.objects.in_force(on)
        .filter(unit=unit, type__federation_code="farmer", party__in=with_email)
        .order_by("party__sort_key", "pk")
        .select_related("party__person")
        .first()
    )
    if membership is None:
        return
    party: Party = membership.party
    user = create_demo_account(
        email=f"jasen@{DOMAIN}",
        full_name=party.person.full_name,
        language=party.language,
        role="Jäsen",
        second_factor=False,
    )
    with mutation(actor=None, kind="demo.member"):
        PartyLogin.objects.create(user=user, party=party)
