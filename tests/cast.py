"""The cast of all tests: one federation of two regions and six associations, and the people who use it.

Aino is secretary and Olavi treasurer of A, Bo the Swedish-speaking secretary of B, Tiina the treasurer of the first region,
Riitta the register manager of the union, Maija a member of A, Ulla an outsider with a login and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.test import Client

from communications.models import Topic
from communications.services.base_topics import ensure_topics
from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import create_account
from jasenpalvelu.audit.services import mutation
from members.models import (
    ConsentPurpose,
    FeeBasisValue,
    Holding,
    HoldingMember,
    Mandate,
    Membership,
    MembershipType,
    OrgUnit,
    Party,
    PartyLogin,
    RoleTemplate,
    UnitRules,
)
from members.services import indexing, lifecycle, registering, units
from members.services.base_data import ensure_base_data

TODAY = date(2026, 11, 22)
JOINED = date(2020, 1, 1)

UNITS = [
    ("union", "central", "Malliliitto", "Modellförbundet", None, "FI2112345600000785"),
    ("region1", "regional", "Järvi-Hämeen liitto", "Sjö-Tavastlands förbund", "union", "FI5810171000000122"),
    ("region2", "regional", "Rannikon liitto", "Kustens förbund", "union", "FI7944052020036082"),
    (
        "a",
        "association",
        "Kuusilahden tuottajayhdistys",
        "Granviks producentförening",
        "region1",
        "FI1410093000123458",
    ),
    (
        "a2",
        "forest_association",
        "Järven metsänhoitoyhdistys",
        "Sjöns skogsvårdsförening",
        "region1",
        "FI0250004640001302",
    ),
    ("a3", "association", "Honkaniemen tuottajayhdistys", "Honkaniemi producentförening", "region1", ""),
    (
        "b",
        "association",
        "Rantalan tuottajayhdistys",
        "Strandby producentförening",
        "region2",
        "FI1680001400050267",
    ),
    ("b2", "association", "Saaren tuottajayhdistys", "Öns producentförening", "region2", ""),
    ("b3", "forest_association", "Rannikon metsänhoitoyhdistys", "Kustens skogsvårdsförening", "region2", ""),
]
TYPES = [
    ("farmer", "Maatalousyrittäjä", "Lantbruksföretagare", {"voting": True, "needs_holding": True}),
    ("forest_owner", "Metsänomistaja", "Skogsägare", {"voting": True}),
    ("personal", "Henkilöjäsen", "Personmedlem", {"voting": True}),
    ("student", "Opiskelija", "Studerande", {"voting": True}),
    ("family_member", "Perheenjäsen", "Familjemedlem", {"voting": True, "fee_bearing": False}),
    ("supporting", "Kannattaja", "Understödande medlem", {"voting": False}),
]
STAFF = {
    "aino": ("Aino", "Sihteeri", "fi", "secretary", "a"),
    "olavi": ("Olavi", "Peltoniitty", "fi", "treasurer", "a"),
    "bo": ("Bo", "Sekreterare", "sv", "secretary", "b"),
    "tiina": ("Tiina", "Taloudenhoitaja", "fi", "regional_treasurer", "region1"),
    "riitta": ("Riitta", "Rekisteri", "fi", "register_manager", "union"),
    "kaarlo": ("Kaarlo", "Turva", "fi", "custodian", "union"),
}


@dataclass
class Cast:
    """Everybody by name: `cast.units["a"]`, `cast.users["aino"]`, `cast.parties["maija"]`, `cast.types["farmer"]`."""

    units: dict[str, OrgUnit] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    types: dict[str, MembershipType] = field(default_factory=dict)

    def sign_in(self, client: Client, name: str) -> Client:
        """Log the client in with the second factor passed in this session."""
        client.force_login(self.users[name])
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "password", "at": 4102444800.0, "email": self.users[name].email},
            {"method": "mfa", "at": 4102444800.0, "type": "totp"},
        ]
        session["account_authentication_methods_user"] = str(self.users[name].pk)
        session.save()
        return client


def build_cast() -> Cast:
    """Write the cast into the database; the caller provides the transaction."""
    cast = Cast()
    ensure_base_data()
    with mutation(actor=None, kind="test.cast"):
        ensure_topics(Topic.objects, ConsentPurpose.objects)
        _units(cast)
        _types(cast)
        _staff(cast)
        _members(cast)
        cast.users["ulla"] = create_account(
            email="ulla@example.fi", full_name="Ulla Ulkopuolinen", verified=True
        )
    return cast


def load_cast() -> Cast | None:
    """The cast when it stands in the database already."""
    units_by_slug = {unit.slug: unit for unit in OrgUnit.objects.all()}
    if "a" not in units_by_slug:
        return None
    return Cast(
        units=units_by_slug,
        users={user.email.split("@")[0]: user for user in User.objects.all()},
        parties={
            party.person.first_names.lower() if party.is_person else party.organisation.legal_form: party
            for party in Party.objects.select_related("person", "organisation")
        },
        types={kind.federation_code: kind for kind in MembershipType.objects.filter(unit=None)},
    )


def _units(cast: Cast) -> None:
    for slug, kind, fi, sv, parent, iban in UNITS:
        cast.units[slug] = units.create_unit(
            kind=kind,
            name_fi=fi,
            name_sv=sv,
            slug=slug,
            on=JOINED,
            parent=cast.units[parent] if parent else None,
            actor=None,
            iban=iban,
            street="Keskustie 1",
            postal_code="00100",
            city="Helsinki",
            email=f"toimisto@{slug}.example.fi",
            y_tunnus="0284617-3" if slug == "union" else "",
            home_municipality="091",
        )
        UnitRules.objects.create(unit=cast.units[slug], valid_from=JOINED)


def _types(cast: Cast) -> None:
    for position, (code, fi, sv, extra) in enumerate(TYPES):
        cast.types[code] = MembershipType.objects.create(
            federation_code=code, name_fi=fi, name_sv=sv, position=position, **extra
        )


def _staff(cast: Cast) -> None:
    for name, (first, last, language, role, unit) in STAFF.items():
        party = registering.create_person(
            actor=None,
            first_names=first,
            last_name=last,
            language=language,
            on=JOINED,
            email=f"{name}@example.fi",
        )
        user = create_account(
            email=f"{name}@example.fi", full_name=f"{first} {last}", language=language, verified=True
        )
        PartyLogin.objects.create(user=user, party=party)
        template = RoleTemplate.objects.get(code=role)
        Mandate.objects.create(party=party, unit=cast.units[unit], template=template, valid_from=JOINED)
        cast.parties[name], cast.users[name] = party, user


def _members(cast: Cast) -> None:
    person = registering.create_person
    address = registering.Address("Koivulantie 148", "00100", "Helsinki")
    maija = person(
        actor=None,
        first_names="Maija",
        last_name="Metsäpelto",
        on=JOINED,
        email="maija@example.fi",
        phone="050 555 0142",
        address=address,
        home_municipality="091",
    )
    cast.users["maija"] = create_account(
        email="maija@example.fi", full_name="Maija Metsäpelto", verified=True
    )
    PartyLogin.objects.create(user=cast.users["maija"], party=maija)
    koivula = Holding.objects.create(
        name="Koivula", y_tunnus="1572860-0", responsible=maija, municipality="091"
    )
    HoldingMember.objects.create(holding=koivula, party=maija, role="responsible", valid_from=JOINED)
    for kind, value in [("field_ha", "30.00"), ("forest_ha_south", "100.00"), ("animal_units", "12.00")]:
        FeeBasisValue.objects.create(holding=koivula, kind_id=kind, value=Decimal(value), valid_from=JOINED)
    lotta = person(
        actor=None,
        first_names="Lotta",
        last_name="Ängström",
        on=JOINED,
        language="sv",
        email="lotta@example.fi",
        address=registering.Address("Strandvägen 2", "65100", "Vasa"),
        home_municipality="905",
    )
    siiri = person(
        actor=None,
        first_names="Siiri",
        last_name="O'Brien",
        on=JOINED,
        non_disclosure=True,
        email="siiri@example.fi",
        phone="040 555 0199",
        address=address,
        home_municipality="091",
    )
    estate = registering.create_organisation(
        actor=None,
        name="Niittyvirta Marjatta kuolinpesä",
        legal_form="estate",
        on=JOINED,
        home_municipality="091",
    )
    memberships = [
        (maija, "a", "farmer", koivula), (maija, "a2", "forest_owner", koivula), (lotta, "b", "farmer", None),
        (siiri, "a", "personal", None), (estate, "a", "forest_owner", None),
    ]  # fmt: skip
    for party, unit, kind, holding in memberships:
        lifecycle.start(
            actor=None,
            party=party,
            unit=cast.units[unit],
            type=cast.types[kind],
            started_on=JOINED,
            holding=holding,
        )
    indexing.refresh_search([maija.pk])
    cast.parties |= {"maija": maija, "lotta": lotta, "siiri": siiri, "estate": estate}
    assert Membership.objects.count() == len(memberships)
