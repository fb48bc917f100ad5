"""Invented content for the living page of components. Names, numbers and places belong to nobody.

The words here are example content, not interface strings: they stay in Finnish in every language.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html

from jasenpalvelu.common.charts import Bar, bar_chart, column_chart, share_bar, swatch
from jasenpalvelu.common.forms import FinnishDateField, FinnishDecimalField, OptionLabel, UiForm, sized
from jasenpalvelu.common.keyset import Page
from jasenpalvelu.common.parts import Event, Figure, QueueItem, Step, Tab
from jasenpalvelu.common.tables import Column, Table
from jasenpalvelu.web.ui.icons import drawings

TOKENS = [
    *("paper", "paper-deep", "surface", "line", "ink", "ink-2"),
    *("forest-900", "forest-800", "forest-700", "forest-500", "forest-300", "forest-150", "forest-100"),
    *("lake-800", "lake-700", "lake-100", "warn-800", "warn-500", "warn-100", "danger-700", "danger-100"),
]
TYPES = [
    (
        "farmer",
        OptionLabel(
            "Maatalousyrittäjä", "Viljelet tai omistat peltoa. Äänioikeus kokouksissa.", "25,00 € + ha"
        ),
    ),
    ("family", OptionLabel("Perheenjäsen", "Samassa taloudessa on jo jäsen.", "10,00 €")),
    ("supporter", OptionLabel("Kannattaja", "Haluat tukea yhdistystä. Ei äänioikeutta.", "40,00 €")),
]


class Sample(UiForm):
    """Every kind of field."""

    name = forms.CharField(label="Nimi", widget=sized(forms.TextInput(), "m", autocomplete="off"))
    business_id = forms.CharField(
        label="Y-tunnus",
        required=False,
        help_text="Esimerkki: 1234567-1",
        widget=sized(forms.TextInput(), "s"),
    )
    postal_code = forms.RegexField(
        r"[0-9]{5}",
        label="Postinumero",
        error_messages={"invalid": "Postinumerossa on viisi numeroa. Kirjoitit neljä."},
        widget=sized(forms.TextInput(), "xs", inputmode="numeric"),
    )
    day = FinnishDateField(label="Liittymispäivä", help_text="Esimerkki: 1.2.2026")
    total = FinnishDecimalField(label="Summa", help_text="Euroina, esimerkiksi 124,50")
    delivery = forms.ChoiceField(
        label="Toimitustapa",
        choices=[("email", "Sähköposti ja PDF"), ("einvoice", "Verkkolasku"), ("post", "Kirje")],
        widget=sized(forms.Select(), "m"),
    )
    letter = forms.BooleanField(
        label="Lähetä myös kirjeenä", required=False, help_text="Maksaa 1,20 € kirjeeltä"
    )
    when = forms.ChoiceField(
        label="Lähetys", choices=[("now", "Heti"), ("later", "Huomenna klo 8")], widget=forms.RadioSelect
    )
    kind = forms.ChoiceField(
        label="Jäsenyys", choices=TYPES, widget=sized(forms.RadioSelect(), look="options")
    )
    topics = forms.MultipleChoiceField(
        label="Mistä haluat kuulla",
        required=False,
        choices=[("forest", "Metsä"), ("field", "Pelto"), ("events", "Tapahtumat")],
        widget=forms.CheckboxSelectMultiple,
    )
    file = forms.FileField(label="Liite", required=False)
    note = forms.CharField(
        label="Viesti hallitukselle", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class Search(UiForm):
    q = forms.CharField(
        label="Nimi, jäsennumero tai tila", required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = forms.ChoiceField(
        label="Jäsenyys", required=False, choices=[("", "Kaikki"), ("farmer", "Maatalousyrittäjä")]
    )
    place = forms.ChoiceField(
        label="Kotikunta", required=False, choices=[("", "Kaikki"), ("k", "Kuusilahti")]
    )


@dataclass(frozen=True)
class Row:
    number: str
    name: str
    kind: str
    place: str
    field_ha: Decimal | None
    open: Decimal | None
    chip: tuple[str, str]


@dataclass(frozen=True)
class SampleJob:
    title: str
    state: str
    total: int
    done: int
    failed: int = 0
    message: str = ""


COLUMNS = [
    Column("name", "Nimi", sort="nimi", row_header=True),
    Column("kind", "Jäsenyys"),
    Column("place", "Kotikunta"),
    Column("field_ha", "Peltoa, ha", num=True, phone=False),
    Column("open", "Avoinna, €", num=True, sort="avoinna"),
    Column("chip", "Maksut"),
]
ROWS = [
    Row(
        "20418-6",
        "Haapasalo Eeva-Liisa",
        "Maatalousyrittäjä",
        "Kuusilahti",
        Decimal("38.20"),
        None,
        ("done", "Maksettu"),
    ),
    Row(
        "20422-4",
        "Hirvimäki Juhani",
        "Maatalousyrittäjä",
        "Honkaniemi",
        Decimal("112.75"),
        Decimal("312.40"),
        ("danger", "Myöhässä 7 pv"),
    ),
    Row("20447-9", "Kivikangas Onni", "Opiskelija", "Kuusilahti", None, Decimal("15.00"), ("", "Avoin")),
    Row(
        "20455-5",
        "Koskenniska Tuula",
        "Metsänomistaja",
        "",
        Decimal("31.60"),
        Decimal("62.00"),
        ("warn", "Osin maksettu"),
    ),
    Row(
        "20460-0",
        "Lehtokorpi Anna-Kaarina",
        "Perheenjäsen",
        "Mäntylampi",
        None,
        None,
        ("plain", "Ei laskuteta"),
    ),
]


def content(request: HttpRequest) -> dict[str, Any]:
    """Everything the page shows."""
    refused = Sample(
        {
            "name": "Metsäpelto Tauno",
            "postal_code": "5899",
            "day": "31.2.2026",
            "total": "satakaksi",
            "when": "now",
        }
    )
    refused.is_valid()
    return {
        "tokens": TOKENS,
        "icons": sorted(drawings()),
        "fresh": Sample(
            auto_id="uusi_%s", initial={"delivery": "email", "when": "now", "day": date(2026, 2, 1)}
        ),
        "refused": refused,
        "search": Search(request.GET, auto_id="haku_%s"),
        "table": Table.of(COLUMNS, request.GET, default="nimi", ticks=True),
        "page": Page(rows=ROWS, next="abc", previous=""),
        "charts": _charts(),
        **_parts(),
        **_lists(),
    }


def _parts() -> dict[str, Any]:
    return {
        "steps": [
            Step("Luonnos", "9.10.2026"),
            Step("Esikatselu", "laskettu klo 8.42"),
            Step("Hyväksyntä"),
            Step("Lähetys"),
        ],
        "figures": [
            Figure("Jäseniä", "1 284", change="+18 tänä vuonna"),
            Figure("Laskutettu 2026", "81 929", "€", "+3,5 % viime vuodesta"),
            Figure("Maksettu", "86,3", "%", "70 695,92 €"),
            Figure("Avoinna", "11 233", "€", "158 laskua myöhässä"),
        ],
        "jobs": [
            SampleJob(
                "Laskujen lähetys",
                "running",
                1192,
                812,
                message="3 osoitetta ei ottanut viestiä vastaan. Laskut tulostetaan.",
            ),
            SampleJob("Jäsenluettelon tuonti", "done", 5000, 4988, failed=12),
        ],
        "tabs": [
            Tab("Kaikki", "#", 1284),
            Tab("Peltoa tai metsää", "#", 1036, current=True),
            Tab("Ei sähköpostia", "#", 207),
        ],
        "pills": [("Jäsenyys voimassa", "?"), ("Kotikunta: 4 kuntaa", "?")],
        "trail": [("Laskutus", "#"), ("Laskutusajot", "#")],
    }


def _lists() -> dict[str, Any]:
    return {
        "waiting": [
            QueueItem(
                14,
                "jäsenhakemusta",
                "Hallitus kokoontuu 26.11.2026. Vanhin on odottanut 6 päivää.",
                "Käsittele hakemukset",
                "#",
            ),
            QueueItem(
                9,
                "suoritusta ilman laskua",
                "Yhteensä 1 284,50 €. Seitsemälle on valmis ehdotus.",
                "Kohdista suoritukset",
                "#",
            ),
        ],
        "facts": [
            ("Osoite", "Koivulantie 148, 58999 Kuusilahti"),
            ("Puhelin", "050 555 0142"),
            ("Kieli", "suomi"),
        ],
        "sums": [
            ("Perusmaksu", "29 925,00 €"),
            ("Peltohehtaarit", "27 300,62 €"),
            ("Yhteensä", "57 225,62 €"),
        ],
        "events": [
            Event(
                datetime(2026, 11, 17, 7, 30, tzinfo=UTC),
                "Lasku 2026-000412 maksettu 186,40 €",
                "Viitemaksu pankista",
                main=True,
            ),
            Event(date(2026, 9, 14), "Vahvisti itse pellon ja eläimet", "Metsäpelto Tauno, oma palvelu"),
        ],
    }


def _charts() -> dict[str, Any]:
    changes = [
        Bar("Laskee", 86, 4),
        Bar("Ennallaan", 341, 7, "Sama"),
        Bar("0–5 €", 468),
        Bar("5–20 €", 229),
        Bar("20–50 €", 61),
        Bar("Yli 50 €", 12, 3, "> 50 €"),
    ]
    ages = [
        Bar("alle 30", 71),
        Bar("30–44", 214),
        Bar("45–59", 352),
        Bar("60–74", 431),
        Bar("75 tai yli", 216),
    ]
    shares = [
        Bar("Kuusilahden tuottajayhdistys", Decimal("38506.59"), 1, shown="38 506,59 €"),
        Bar("Järvi-Hämeen liitto", Decimal("18024.36"), 4, shown="18 024,36 €"),
        Bar("Keskusliitto", Decimal("25397.97"), 2, shown="25 397,97 €"),
    ]
    return {
        "columns": column_chart(
            "Maksu nousee useimmilla alle viisi euroa",
            "Jäseniä sen mukaan, paljonko maksu muuttuu",
            changes,
            ("Maksun muutos", "Jäseniä"),
        ),
        "bars": bar_chart(
            "Joka kolmas jäsen on 60–74-vuotias", "Jäseniä ikäryhmittäin", ages, ("Ikä", "Jäseniä")
        ),
        "share": share_bar(shares, "Laskutuksen jako"),
        "share_rows": [(format_html("{}{}", swatch(bar.tone), bar.label), bar.text) for bar in shares]
        + [("Yhteensä", "81 928,92 €")],
    }
