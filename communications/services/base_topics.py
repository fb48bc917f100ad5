"""The topics every federation starts with. Idempotent: what has been changed since is left as it is."""

from __future__ import annotations

from typing import Any

from communications.models.topics import TopicClass as K

# code, class, purpose of consents, names fi/sv/en, descriptions fi/sv/en
TOPICS = (
    (
        "meetings",
        K.STATUTORY,
        "",
        ("Kokouskutsut ja päätökset", "Möteskallelser och beslut", "Notices of meetings and decisions"),
        (
            "Yhdistyksen kokoukset, vaalit ja jäsenyyttä koskevat ilmoitukset. Nämä tulevat aina.",
            "Föreningens möten, val och meddelanden om medlemskapet. De kommer alltid.",
            "Meetings, elections and notices about the membership. These always come.",
        ),
    ),
    (
        "newsletter",
        K.MEMBER,
        "newsletter",
        ("Jäsenkirje", "Medlemsbrev", "Member letter"),
        (
            "Kuulumisia yhdistyksestä, liitosta ja keskusliitosta.",
            "Nyheter från föreningen, förbundet och centralförbundet.",
            "News from the association, the regional union and the central union.",
        ),
    ),
    (
        "surveys",
        K.MEMBER,
        "newsletter",
        ("Kyselyt", "Enkäter", "Surveys"),
        (
            "Kutsuja vastata kyselyihin, joilla jäseniltä kysytään mielipidettä.",
            "Inbjudningar att svara på enkäter där medlemmarna får säga sin åsikt.",
            "Invitations to answer surveys in which members are asked for their opinion.",
        ),
    ),
    (
        "events",
        K.MARKETING,
        "events",
        ("Tapahtumat ja koulutukset", "Evenemang och kurser", "Events and courses"),
        (
            "Kutsuja ja tarjouksia tapahtumista, koulutuksista ja matkoista.",
            "Inbjudningar till och erbjudanden om evenemang, kurser och resor.",
            "Invitations to and offers of events, courses and trips.",
        ),
    ),
    (
        "benefits",
        K.MARKETING,
        "benefits",
        ("Kumppanien edut", "Partnernas förmåner", "Benefits of partners"),
        (
            "Kumppanien etuja ja tarjouksia jäsenille.",
            "Partnernas förmåner och erbjudanden för medlemmar.",
            "Benefits and offers of partners for members.",
        ),
    ),
)


def ensure_topics(topics: Any, purposes: Any) -> None:
    """Write the topics that are missing, by the given managers' models; a migration and the demo federation use the same."""
    for position, (code, klass, purpose, names, descriptions) in enumerate(TOPICS):
        told = {f"name_{language}": text for language, text in zip(("fi", "sv", "en"), names, strict=True)}
        told |= {
            f"description_{language}": text
            for language, text in zip(("fi", "sv", "en"), descriptions, strict=True)
        }
        topics.get_or_create(
            code=code,
            defaults={
                **told,
                "klass": str(klass),
                "purpose": purposes.get(code=purpose) if purpose else None,
                "position": position,
            },
        )
