"""The membership types a federation starts with, common to all its associations; each may add types of its own (REG-4)."""

from __future__ import annotations

from members.models import MembershipType

TYPES = [
    # federation code, names, descriptions, voting, needs a holding, covers family, for whom
    ("farmer", "Maatalousyrittäjä", "Lantbruksföretagare", "Farmer",
     ("Viljelet tai omistat peltoa.", "Du odlar eller äger åker.", "You farm or own fields."),
     True, True, True, ["person"]),
    ("rural_entrepreneur", "Maaseutuyrittäjä", "Landsbygdsföretagare", "Rural entrepreneur",
     ("Sinulla on muu maaseudun yritys.", "Du har ett annat företag på landsbygden.", "You have another rural business."),
     True, False, False, []),
    ("forest_owner", "Metsänomistaja", "Skogsägare", "Forest owner",
     ("Omistat metsää.", "Du äger skog.", "You own forest."),
     True, True, True, []),
    ("joint_forest", "Yhteismetsä", "Samfälld skog", "Jointly owned forest",
     ("Yhteismetsän oma jäsenyys.", "Den samfällda skogens eget medlemskap.", "The jointly owned forest's own membership."),
     True, True, False, ["organisation"]),
    ("personal", "Henkilöjäsen", "Personmedlem", "Personal member",
     ("Sinulla ei ole tilaa.", "Du har ingen lägenhet.", "You have no holding."),
     True, False, False, ["person"]),
    ("student", "Opiskelija", "Studerande", "Student",
     ("Opiskelet alaa etkä omista peltoa tai metsää.", "Du studerar i branschen och äger varken åker eller skog.", "You study the field and own neither fields nor forest."),
     True, False, False, ["person"]),
    ("family_member", "Perheenjäsen", "Familjemedlem", "Family member",
     ("Samassa taloudessa on jo jäsen.", "Någon i samma hushåll är redan medlem.", "Somebody in the same household is a member."),
     True, False, False, ["person"]),
    ("supporting", "Kannattaja", "Understödande medlem", "Supporting member",
     ("Haluat tukea yhdistystä.", "Du vill stöda föreningen.", "You want to support the association."),
     False, False, False, []),
    ("honorary", "Kunniajäsen", "Hedersmedlem", "Honorary member",
     ("Kokouksen kutsuma.", "Kallad av mötet.", "Invited by the meeting."),
     True, False, False, ["person"]),
]  # fmt: skip
FREE_OF_FEE = {"family_member", "honorary"}


def create_common_types() -> dict[str, MembershipType]:
    """Write them, by federation code; call inside a mutation of a federation that has none."""
    made = {}
    for position, (code, fi, sv, en, texts, voting, needs, covers, kinds) in enumerate(TYPES):
        made[code] = MembershipType.objects.create(
            federation_code=code,
            name_fi=fi,
            name_sv=sv,
            name_en=en,
            description_fi=texts[0],
            description_sv=texts[1],
            description_en=texts[2],
            voting=voting,
            needs_holding=needs,
            covers_family=covers,
            fee_bearing=code not in FREE_OF_FEE,
            for_kinds=kinds,
            position=position,
            active=code != "honorary",
        )
    return made
