"""Surveys one can begin from, in Finnish, Swedish and English: the usual measures, a member survey, feedback, the situation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from communications.surveying.questions import (
    CES,
    CSAT,
    LONG,
    MATRIX,
    MULTIPLE,
    NPS,
    NUMBER,
    SCALE,
    SINGLE,
    Condition,
    Form,
    Option,
    Page,
    Question,
    Text,
)


@dataclass(frozen=True)
class Ready:
    """`name` and `about` in the three languages; `of_units`: asked of associations."""

    code: str
    name: Text
    about: Text
    form: Form
    of_units: bool = False


def _t(fi: str, sv: str, en: str) -> Text:
    return {"fi": fi, "sv": sv, "en": en}


def _options(letter: str, *texts: Text) -> tuple[Option, ...]:
    return tuple(Option(f"{letter}{n}", text) for n, text in enumerate(texts, start=1))


_UNHAPPY, _HAPPY = (
    _t("erittäin tyytymätön", "mycket missnöjd", "very dissatisfied"),
    _t("erittäin tyytyväinen", "mycket nöjd", "very satisfied"),
)
_NO, _YES = (
    _t("täysin eri mieltä", "helt av annan åsikt", "strongly disagree"),
    _t("täysin samaa mieltä", "helt av samma åsikt", "strongly agree"),
)
_UNLIKELY, _LIKELY = (
    _t("en lainkaan todennäköisesti", "inte alls sannolikt", "not at all likely"),
    _t("erittäin todennäköisesti", "mycket sannolikt", "extremely likely"),
)
_THANKS = _t(
    "Kiitos vastauksestasi. Se auttaa meitä tekemään paremmin.",
    "Tack för ditt svar. Det hjälper oss att bli bättre.",
    "Thank you for your answer. It helps us to do better.",
)
_WHY = Question(
    "q2", LONG, _t("Mikä vaikutti arvioosi?", "Vad påverkade ditt omdöme?", "What made you say so?")
)
_CSAT = Question(
    "q1",
    SCALE,
    _t(
        "Kuinka tyytyväinen olit saamaasi palveluun?",
        "Hur nöjd var du med den service du fick?",
        "How satisfied were you with the service you got?",
    ),
    required=True,
    most=5,
    low=_UNHAPPY,
    high=_HAPPY,
    score=CSAT,
)
_NPS = Question(
    "q1",
    NPS,
    _t(
        "Kuinka todennäköisesti suosittelisit jäsenyyttä tuttavallesi?",
        "Hur sannolikt är det att du skulle rekommendera medlemskap för en bekant?",
        "How likely are you to recommend membership to somebody you know?",
    ),
    required=True,
    low=_UNLIKELY,
    high=_LIKELY,
)
_CES = Question(
    "q1",
    SCALE,
    _t(
        "Asiani hoitaminen oli helppoa.",
        "Det var lätt att sköta mitt ärende.",
        "It was easy to get my matter settled.",
    ),
    required=True,
    most=7,
    low=_NO,
    high=_YES,
    score=CES,
)
_MEMBERS = Form(
    (
        Page(
            (
                Question(
                    "q1",
                    SCALE,
                    _t(
                        "Kuinka tyytyväinen olet yhdistyksesi toimintaan?",
                        "Hur nöjd är du med din förenings verksamhet?",
                        "How satisfied are you with what your association does?",
                    ),
                    required=True,
                    most=5,
                    low=_UNHAPPY,
                    high=_HAPPY,
                    score=CSAT,
                ),
                Question(
                    "q2",
                    LONG,
                    _t(
                        "Mitä pitäisi tehdä toisin?",
                        "Vad borde göras annorlunda?",
                        "What should be done differently?",
                    ),
                    condition=Condition("q1", ("1", "2")),
                ),
                Question(
                    "q3",
                    MATRIX,
                    _t(
                        "Kuinka tärkeitä nämä ovat sinulle?",
                        "Hur viktiga är de här för dig?",
                        "How important are these to you?",
                    ),
                    options=_options(
                        "o",
                        _t("Ei tärkeä", "Inte viktigt", "Not important"),
                        _t("Melko tärkeä", "Ganska viktigt", "Quite important"),
                        _t("Hyvin tärkeä", "Mycket viktigt", "Very important"),
                    ),
                    rows=_options(
                        "r",
                        _t("Edunvalvonta", "Intressebevakning", "Advocacy"),
                        _t("Neuvonta", "Rådgivning", "Advice"),
                        _t("Tapahtumat ja retket", "Evenemang och utfärder", "Events and trips"),
                        _t("Jäsenedut", "Medlemsförmåner", "Member benefits"),
                    ),
                ),
            ),
            _t("Yhdistyksen toiminta", "Föreningens verksamhet", "What the association does"),
        ),
        Page(
            (
                Question(
                    "q4",
                    MULTIPLE,
                    _t(
                        "Mistä haluat kuulla yhdistyksestäsi?",
                        "Hur vill du få information av din förening?",
                        "How do you want to hear from your association?",
                    ),
                    options=_options(
                        "o",
                        _t("Sähköpostista", "Per e-post", "By e-mail"),
                        _t("Kirjeestä", "Per brev", "By letter"),
                        _t("Tekstiviestistä", "Per sms", "By text message"),
                        _t("Tapaamisista", "På möten", "At meetings"),
                    ),
                ),
                Question(
                    "q5",
                    NPS,
                    _NPS.text,
                    low=_UNLIKELY,
                    high=_LIKELY,
                ),
            ),
            _t("Yhteydenpito", "Kontakter", "Keeping in touch"),
        ),
    ),
    thanks=_THANKS,
)
_EVENT = Form(
    (
        Page(
            (
                Question(
                    "q1",
                    SCALE,
                    _t(
                        "Minkä arvosanan annat tapahtumalle?",
                        "Vilket betyg ger du evenemanget?",
                        "How would you rate the event?",
                    ),
                    required=True,
                    most=5,
                    low=_t("huono", "dåligt", "poor"),
                    high=_t("erinomainen", "utmärkt", "excellent"),
                    score=CSAT,
                ),
                Question("q2", LONG, _t("Mikä oli parasta?", "Vad var bäst?", "What was best?")),
                Question(
                    "q3", LONG, _t("Mitä parantaisit?", "Vad skulle du förbättra?", "What would you improve?")
                ),
            )
        ),
    ),
    thanks=_THANKS,
)
_SITUATION = Form(
    (
        Page(
            (
                Question(
                    "q1",
                    SINGLE,
                    _t(
                        "Miten yhdistyksen toiminta sujuu nyt?",
                        "Hur går föreningens verksamhet just nu?",
                        "How is the association doing now?",
                    ),
                    required=True,
                    options=_options(
                        "o",
                        _t("Hyvin", "Bra", "Well"),
                        _t("Kohtalaisesti", "Någorlunda", "Fairly well"),
                        _t("Tarvitsemme apua", "Vi behöver hjälp", "We need help"),
                    ),
                ),
                Question(
                    "q2",
                    LONG,
                    _t("Millaista apua tarvitsette?", "Hurdan hjälp behöver ni?", "What help do you need?"),
                    required=True,
                    condition=Condition("q1", ("o3",)),
                ),
                Question(
                    "q3",
                    NUMBER,
                    _t(
                        "Montako jäsentä osallistui toimintaan viime vuonna?",
                        "Hur många medlemmar deltog i verksamheten i fjol?",
                        "How many members took part last year?",
                    ),
                    least=0,
                ),
                Question(
                    "q4",
                    SINGLE,
                    _t(
                        "Onko hallituksessa kaikki paikat täytetty?",
                        "Är alla platser i styrelsen besatta?",
                        "Are all seats of the board filled?",
                    ),
                    options=_options("o", _t("Kyllä", "Ja", "Yes"), _t("Ei", "Nej", "No")),
                ),
            )
        ),
    ),
    thanks=_t(
        "Kiitos, vastaus auttaa liittoa tukemaan yhdistyksiä.",
        "Tack, svaret hjälper förbundet att stöda föreningarna.",
        "Thank you, the answer helps the union to support its associations.",
    ),
)

READY: tuple[Ready, ...] = (
    Ready(
        "csat",
        _t(
            "Tyytyväisyys palveluun (CSAT)",
            "Nöjdhet med service (CSAT)",
            "Satisfaction with a service (CSAT)",
        ),
        _t(
            "Yksi asteikko 1–5 ja vapaa sana.", "En skala 1–5 och fria ord.", "One scale 1–5 and a free word."
        ),
        Form((Page((_CSAT, _WHY)),), thanks=_THANKS),
    ),
    Ready(
        "nps",
        _t("Suositteluhalukkuus (NPS)", "Rekommendationsvilja (NPS)", "Would they recommend (NPS)"),
        _t("Asteikko 0–10 ja perustelu.", "Skala 0–10 och motivering.", "Scale 0–10 and the reason."),
        Form((Page((_NPS, _WHY)),), thanks=_THANKS),
    ),
    Ready(
        "ces",
        _t("Asioinnin helppous (CES)", "Hur lätt det var (CES)", "How easy it was (CES)"),
        _t("Asteikko 1–7 ja vapaa sana.", "Skala 1–7 och fria ord.", "Scale 1–7 and a free word."),
        Form((Page((_CES, _WHY)),), thanks=_THANKS),
    ),
    Ready(
        "members",
        _t("Jäsenkysely", "Medlemsenkät", "Member survey"),
        _t(
            "Tyytyväisyys, mikä on tärkeää ja miten pidetään yhteyttä.",
            "Nöjdhet, vad som är viktigt och hur vi håller kontakt.",
            "Satisfaction, what matters and how to keep in touch.",
        ),
        _MEMBERS,
    ),
    Ready(
        "event",
        _t("Palaute tapahtumasta", "Respons på ett evenemang", "Feedback on an event"),
        _t(
            "Arvosana ja kaksi vapaata kysymystä.",
            "Betyg och två fria frågor.",
            "A rating and two open questions.",
        ),
        _EVENT,
    ),
    Ready(
        "situation",
        _t("Yhdistysten tilannekysely", "Lägesenkät för föreningarna", "Situation survey of associations"),
        _t(
            "Kysytään yhdistyksiltä: yksi vastaus yhdistystä kohti.",
            "Ställs till föreningarna: ett svar per förening.",
            "Asked of associations: one answer for each.",
        ),
        _SITUATION,
        of_units=True,
    ),
)
BY_CODE: Mapping[str, Ready] = {one.code: one for one in READY}
