"""The data every installation starts with: kinds of units and fee bases, role templates, purposes of consents. Idempotent."""

from __future__ import annotations

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import ConsentPurpose, ConsentText, FeeBasisKind, RoleGrant, RoleTemplate, UnitKind
from members.models.mandates import Capability as C
from members.models.mandates import Reach
from members.services.base_consents import ensure_purposes
from members.services.card_keys import ensure_key

UNIT_KINDS = [
    ("central", 0, "Keskusliitto", "Centralförbund", "Central union", False),
    ("regional", 1, "Liitto", "Förbund", "Regional union", False),
    ("association", 2, "Yhdistys", "Förening", "Association", True),
    (
        "forest_association",
        2,
        "Metsänhoitoyhdistys",
        "Skogsvårdsförening",
        "Forest management association",
        True,
    ),
]

FEE_BASIS_KINDS = [
    ("field_ha", "Pelto", "Åker", "Field", "ha", "ha", "ha"),
    ("forest_ha_south", "Metsä, etelä", "Skog, södra", "Forest, south", "ha", "ha", "ha"),
    ("forest_ha_north", "Metsä, pohjoinen", "Skog, norra", "Forest, north", "ha", "ha", "ha"),
    ("animal_units", "Kotieläimet", "Husdjur", "Livestock", "ey", "de", "LU"),
    ("person_years", "Maaseutuyritys", "Landsbygdsföretag", "Rural firm", "htv", "årsv.", "FTE"),
]

ALL = "ABCDE"
# Whoever writes to members reads what the contact log tells of them; a second person approves what goes to many.
WRITES = [
    (C.MESSAGES_VIEW, Reach.OWN, "AB"),
    (C.MESSAGES_SEND, Reach.OWN, "AB"),
    (C.MESSAGES_SETTINGS, Reach.OWN, "A"),
    (C.TALKS_ANSWER, Reach.OWN, "AB"),
    (C.SURVEYS_EDIT, Reach.OWN, "AB"),
    (C.CONTENT_EDIT, Reach.OWN, "A"),
]
# A post comes to its end by itself; after so many months it is decided on anew.
LONGEST = {"custodian": 12}
LONGEST_OTHERS = 36
# role: names, [(capability, reach, field classes)]
ROLES: dict[str, tuple[tuple[str, str, str], list[tuple[str, str, str]]]] = {
    "secretary": (
        ("Jäsensihteeri", "Medlemssekreterare", "Membership secretary"),
        [
            (C.UNITS_VIEW, Reach.OWN, "A"),
            (C.UNITS_EDIT, Reach.OWN, "A"),
            (C.MEMBERS_VIEW, Reach.OWN, "ABCD"),
            (C.STATISTICS_VIEW, Reach.OWN, "ACD"),
            (C.MEMBERS_EDIT, Reach.OWN, "ABC"),
            (C.MEMBERS_ADMIT, Reach.OWN, "ABC"),
            (C.MEMBERS_IMPORT, Reach.OWN, "ABC"),
            (C.MEMBERS_EXPORT, Reach.OWN, "ABC"),
            (C.AUDIT_VIEW, Reach.OWN, "ABC"),
            (C.PRIVACY_HANDLE, Reach.OWN, "ABCD"),
            (C.BILLING_VIEW, Reach.OWN, "D"),
            *WRITES,
        ],
    ),
    "treasurer": (
        ("Taloudenhoitaja", "Kassör", "Treasurer"),
        [
            (C.UNITS_VIEW, Reach.OWN, "A"),
            (C.MEMBERS_VIEW, Reach.OWN, "ABCD"),
            (C.STATISTICS_VIEW, Reach.OWN, "ACD"),
            (C.MEMBERS_EDIT, Reach.OWN, "ABCD"),
            (C.MEMBERS_IMPORT, Reach.OWN, "ABCD"),
            (C.MEMBERS_EXPORT, Reach.OWN, "ABCD"),
            (C.BILLING_VIEW, Reach.OWN, "D"),
            (C.BILLING_TABLES, Reach.OWN, "D"),
            (C.BILLING_RUN, Reach.OWN, "D"),
            (C.BILLING_PAYMENTS, Reach.OWN, "D"),
            (C.BILLING_SETTINGS, Reach.OWN, "D"),
            (C.MESSAGES_VIEW, Reach.OWN, "AB"),
            (C.TALKS_ANSWER, Reach.OWN, "AB"),
        ],
    ),
    "chair": (
        ("Puheenjohtaja", "Ordförande", "Chair"),
        [
            (C.UNITS_VIEW, Reach.OWN, "A"),
            (C.MEMBERS_VIEW, Reach.OWN, "AB"),
            (C.STATISTICS_VIEW, Reach.OWN, "ACD"),
            (C.MEMBERS_ADMIT, Reach.OWN, "AB"),
            (C.MANDATES_GRANT, Reach.OWN, "A"),
            (C.BILLING_VIEW, Reach.OWN, "D"),
            *WRITES,
            (C.MESSAGES_APPROVE, Reach.OWN, "A"),
        ],
    ),
    "expert": (
        ("Asiantuntija", "Sakkunnig", "Expert"),
        [(C.MEMBERS_VIEW, Reach.OWN, "AB"), (C.TALKS_ANSWER, Reach.OWN, "AB")],
    ),
    "regional_treasurer": (
        ("Liiton taloudenhoitaja", "Förbundets kassör", "Regional treasurer"),
        [
            (C.UNITS_VIEW, Reach.BELOW, "A"),
            (C.MEMBERS_VIEW, Reach.BELOW, "ABCD"),
            (C.STATISTICS_VIEW, Reach.BELOW, "ACD"),
            (C.BILLING_VIEW, Reach.BELOW, "D"),
            (C.BILLING_TABLES, Reach.OWN, "D"),
            (C.BILLING_RUN, Reach.BELOW, "D"),
            (C.BILLING_PAYMENTS, Reach.BELOW, "D"),
            (C.BILLING_SETTINGS, Reach.OWN, "D"),
        ],
    ),
    "regional_director": (
        ("Aluejohtaja", "Regiondirektör", "Regional director"),
        [
            (C.UNITS_VIEW, Reach.BELOW, "A"),
            (C.MEMBERS_VIEW, Reach.BELOW, "A"),
            (C.STATISTICS_VIEW, Reach.BELOW, "ACD"),
        ],
    ),
    "register_manager": (
        ("Rekisterivastaava", "Registeransvarig", "Register manager"),
        [(capability, Reach.BELOW, "ABCD") for capability in C if capability != C.UNMASK],
    ),
    "custodian": (
        ("Turvakiellon käsittelijä", "Handläggare av spärrmarkering", "Non-disclosure custodian"),
        [(C.UNITS_VIEW, Reach.BELOW, "A"), (C.MEMBERS_VIEW, Reach.BELOW, ALL), (C.UNMASK, Reach.BELOW, "E")],
    ),
}


def ensure_base_data(*, actor: User | None = None) -> None:
    """Write what is missing; what a federation has changed since is left as it is."""
    with mutation(actor=actor, kind="setup.base_data"):
        for code, level, fi, sv, en, has_members in UNIT_KINDS:
            UnitKind.objects.get_or_create(
                code=code,
                defaults={
                    "level": level,
                    "name_fi": fi,
                    "name_sv": sv,
                    "name_en": en,
                    "has_members": has_members,
                },
            )
        for position, (code, fi, sv, en, unit_fi, unit_sv, unit_en) in enumerate(FEE_BASIS_KINDS):
            names = {"name_fi": fi, "name_sv": sv, "name_en": en}
            units = {"unit_fi": unit_fi, "unit_sv": unit_sv, "unit_en": unit_en}
            FeeBasisKind.objects.get_or_create(code=code, defaults={**names, **units, "position": position})
        for code, (names_of, grants) in ROLES.items():
            _ensure_role(code, names_of, grants)
        ensure_purposes(ConsentPurpose.objects, ConsentText.objects)
        ensure_key(actor=actor)


def _ensure_role(code: str, names: tuple[str, str, str], grants: list[tuple[str, str, str]]) -> None:
    fi, sv, en = names
    template, created = RoleTemplate.objects.get_or_create(
        code=code,
        defaults={
            "name_fi": fi,
            "name_sv": sv,
            "name_en": en,
            "longest_months": LONGEST.get(code, LONGEST_OTHERS),
        },
    )
    if created:
        RoleGrant.objects.bulk_create(
            RoleGrant(template=template, capability=capability, reach=reach, classes=classes)
            for capability, reach, classes in grants
        )
