"""The purposes every federation starts with, and the first words of each. Only data: the migration reads it too.

Notices of meetings, invoices, elections and cards belong to the membership (GDPR article 6(1)(b) and (c)) and are not asked about.
Marketing by e-mail and text message needs consent beforehand: act 917/2014 on electronic communications services, section 200.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from members.models.consents import ConsentChannel as C
from members.models.consents import Ground

FIRST_DAY = date(2020, 1, 1)


@dataclass(frozen=True)
class Purpose:
    """Names and texts are in the order Finnish, Swedish, English."""

    code: str
    ground: str
    channels: tuple[str, ...]
    names: tuple[str, str, str]
    texts: tuple[str, str, str]


PURPOSES = (
    Purpose(
        "newsletter",
        Ground.OBJECTION,
        (C.EMAIL, C.POST),
        ("Jäsenkirje ja uutiset", "Medlemsbrev och nyheter", "Member letter and news"),
        (
            "Yhdistys ja keskusliitto lähettävät jäsenille kirjeitä ja uutisia toiminnastaan. Voit kieltää ne milloin tahansa."
            " Kokouskutsut ja laskut tulevat silti.",
            "Föreningen och centralförbundet skickar medlemmarna brev och nyheter om sin verksamhet. Du kan förbjuda dem när som"
            " helst. Möteskallelser och fakturor kommer ändå.",
            "The association and the central union send members letters and news about what they do. You can forbid them at any"
            " time. Notices of meetings and invoices come all the same.",
        ),
    ),
    Purpose(
        "events",
        Ground.CONSENT,
        (C.EMAIL, C.SMS),
        ("Tapahtumat ja koulutukset", "Evenemang och kurser", "Events and courses"),
        (
            "Yhdistys ja keskusliitto saavat lähettää minulle kutsuja ja tarjouksia maksullisista tapahtumistaan, koulutuksistaan"
            " ja matkoistaan.",
            "Föreningen och centralförbundet får skicka mig inbjudningar och erbjudanden om sina avgiftsbelagda evenemang, kurser"
            " och resor.",
            "The association and the central union may send me invitations to and offers of their events, courses and trips that"
            " cost something.",
        ),
    ),
    Purpose(
        "benefits",
        Ground.CONSENT,
        (C.EMAIL, C.SMS),
        ("Kumppanien edut ja tarjoukset", "Partnernas förmåner och erbjudanden", "Benefits and offers of partners"),
        (
            "Yhdistys ja keskusliitto saavat lähettää minulle kumppaniensa etuja ja tarjouksia. Tietojani ei anneta kumppaneille.",
            "Föreningen och centralförbundet får skicka mig sina partners förmåner och erbjudanden. Mina uppgifter lämnas inte till"
            " partnerna.",
            "The association and the central union may send me benefits and offers of their partners. My details are not given to"
            " the partners.",
        ),
    ),
    Purpose(
        "photos",
        Ground.CONSENT,
        (C.WEB, C.PRINT),
        ("Kuvat julkaisuissa", "Bilder i publikationer", "Photos in publications"),
        (
            "Yhdistys ja keskusliitto saavat julkaista kuvia, joista minut tunnistaa ja jotka on otettu niiden tilaisuuksissa.",
            "Föreningen och centralförbundet får publicera bilder där jag kan kännas igen och som har tagits vid deras"
            " evenemang.",
            "The association and the central union may publish photos in which I can be recognised, taken at their events.",
        ),
    ),
    Purpose(
        "public_name",
        Ground.CONSENT,
        (C.WEB, C.PRINT),
        ("Nimi julkisissa luetteloissa", "Namnet i offentliga förteckningar", "Name in public lists"),
        (
            "Yhdistys saa julkaista nimeni jäsentensä tai toimijoidensa luettelossa. Yhteystietojani ei julkaista.",
            "Föreningen får publicera mitt namn i en förteckning över sina medlemmar eller aktiva. Mina kontaktuppgifter"
            " publiceras inte.",
            "The association may publish my name in a list of its members or of those active in it. My contact details are not"
            " published.",
        ),
    ),
    Purpose(
        "partners",
        Ground.CONSENT,
        (C.HANDOVER,),
        ("Tietojen luovutus liiton kumppaneille", "Uppgifter till förbundets partner", "Details for partners of the union"),
        (
            "Yhdistys saa antaa nimeni ja yhteystietoni keskusliiton kumppaneille, jotta ne voivat tarjota jäsenetujaan suoraan.",
            "Föreningen får ge mitt namn och mina kontaktuppgifter till centralförbundets partner, så att de kan erbjuda sina"
            " medlemsförmåner direkt.",
            "The association may give my name and contact details to partners of the central union, so that they can offer their"
            " member benefits directly.",
        ),
    ),
)  # fmt: skip


def ensure_purposes(purposes: Any, texts: Any) -> None:
    """Write what is missing, by the given managers' models; words that stand there are left as they are."""
    for position, one in enumerate(PURPOSES):
        fi, sv, en = one.names
        row, _created = purposes.get_or_create(
            code=one.code,
            defaults={
                "ground": one.ground,
                "channels": [str(channel) for channel in one.channels],
                "name_fi": fi,
                "name_sv": sv,
                "name_en": en,
                "position": position,
            },
        )
        if not texts.filter(purpose=row, unit=None).exists():
            fi, sv, en = one.texts
            texts.create(
                purpose=row,
                unit=None,
                number=1,
                text_fi=fi,
                text_sv=sv,
                text_en=en,
                valid_from=FIRST_DAY,
            )
