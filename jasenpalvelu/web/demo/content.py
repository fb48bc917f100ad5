"""Announcements, materials, benefits and a campaign of the union and of the first association."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.utils.html import escape

from communications.models import (
    Announcement,
    Audience,
    Benefit,
    Campaign,
    ContentState,
    Material,
    Partner,
    Redemption,
)
from communications.services import announcing, campaigning, materials, partners
from communications.uploads import look
from jasenpalvelu.common import clock, paper
from jasenpalvelu.web.demo.structure import Federation
from members.models import OrgUnit

DAY = timedelta(days=1)


def build(*, federation: Federation, on: date) -> None:
    union, own = federation.union, federation.associations[0].unit
    guide = _materials(union, own, on)[-1]
    meeting = _announcements(union, own, on, guide)
    _benefits(union, own, on)
    campaigning.add_step(actor=None, campaign=_campaign(own, on), announcement=meeting)


def _announcements(union: OrgUnit, own: OrgUnit, on: date, guide: Material) -> Announcement:
    _announce(
        union,
        on,
        title_fi="Jäsenetujen sopimukset uusittiin",
        title_sv="Avtalen om medlemsförmåner förnyades",
        body_fi="Liiton jäsenedut jatkuvat ensi vuonna.\n\n- Edut löytyvät omilta sivuiltasi.\n- Näytä jäsenkortti kassalla.",
        body_sv="Förbundets medlemsförmåner fortsätter nästa år.\n\n- Du hittar dem på dina egna sidor.",
        audience=Audience.PUBLIC,
    )
    meeting = _announce(
        own,
        on - DAY,
        title_fi="Syyskokous pidetään joulukuussa",
        body_fi=(
            "Tervetuloa **syyskokoukseen**. Kokouksessa päätetään ensi vuoden jäsenmaksuista ja valitaan hallitus.\n\n"
            "## Ohjelma\n\n- kahvi klo 17.30\n- kokous klo 18\n\nIlmoita tulostasi toimistoon."
        ),
        important=True,
    )
    _announce(
        own,
        on - 9 * DAY,
        title_fi="Metsäpäivän talkoissa oli mukana neljäkymmentä",
        body_fi="Kiitos kaikille tekijöille. Kuvat ja istutusohjeet ovat materiaaleissa.",
        audience=Audience.PUBLIC,
        materials=[guide],
    )
    return meeting


def _announce(unit: OrgUnit, since: date, materials: Collection[Material] = (), **told: Any) -> Announcement:
    values = dict.fromkeys(announcing.FIELDS, "") | {
        "audience": Audience.BELOW,
        "segment": None,
        "visible_from": since,
        "visible_until": None,
        "pinned": False,
        "important": False,
    }
    made = announcing.keep(actor=None, unit=unit, values=values | told, materials=materials)
    return announcing.publish(actor=None, announcement=made, at=clock.now())


def _materials(union: OrgUnit, own: OrgUnit, on: date) -> list[Material]:
    made = []
    rows: tuple[tuple[OrgUnit, str, str, str, list[str], str, date | None], ...] = (
        (union, "Yhdistyksen kokousopas", "Näin kokous kutsutaan koolle, pidetään ja kirjataan.", "document",
         ["kokoukset", "säännöt"], "officers", None),
        (union, "Jäsenyyden esittely", "Esitys uusille jäsenille ja tapahtumiin.", "presentation",
         ["jäsenhankinta"], "public", None),
        (own, "Istutusohje", "Taimien istutus keväällä ja syksyllä.", "document", ["metsä"], "members",
         on + 20 * DAY),
    )  # fmt: skip
    for unit, title, description, kind, tags, audience, until in rows:
        file = _pdf(title, description)
        values = {
            "title": title,
            "description": description,
            "language": "fi",
            "kind": kind,
            "tags": tags,
            "audience": audience,
            "types": [],
            "roles": [],
            "valid_until": until,
            "owner": None,
        }
        looked = look(BytesIO(file), size=len(file), name=f"{title}.pdf")
        made.append(materials.keep(actor=None, unit=unit, values=values, upload=(BytesIO(file), looked)))
    return made


def _pdf(title: str, text: str) -> bytes:
    """A page with a heading and a sentence."""
    told = {"title": escape(title), "text": escape(text)}
    source = (
        '<!doctype html><html lang="fi"><head><title>{title}</title><meta name="author" content="Malliliitto"></head>'
        "<body><h1>{title}</h1><p>{text}</p></body></html>"
    ).format(**told)
    return paper.write(paper.lay_out(source), source)


def _benefits(union: OrgUnit, own: OrgUnit, on: date) -> None:
    shop = _partner(
        union,
        "Rautakauppa Kanto",
        "Työkaluja ja tarvikkeita **metsään** ja pihaan, myymälöitä eri puolilla Suomea.",
    )
    tools = _benefit(
        shop, on, title_fi="Kymmenen prosenttia työkaluista", title_sv="Tio procent på verktyg",
        text_fi="Alennus normaalihintaisista työkaluista. Näytä jäsenkortti kassalla.",
        text_sv="Rabatt på verktyg till normalpris. Visa medlemskortet i kassan.", use="card",
    )  # fmt: skip
    _benefit(
        shop, on, title_fi="Jäsenen aloituspaketti", text_fi="Raivausveitsi ja mittanauha, yksi paketti jäsenelle.",
        use="card", single_use=True,
    )  # fmt: skip
    _benefit(
        _partner(union, "Verkkopuoti Suomu", "Työvaatteita ja jalkineita kotiin toimitettuina."), on,
        title_fi="Ilmainen toimitus", text_fi="Kirjoita koodi tilauksen viimeisellä sivulla.", use="code",
        code="JASEN26",
    )  # fmt: skip
    _benefit(
        _partner(own, "Kahvila Tuvanpenkki", "Kylän kahvila, avoinna joka päivä."), on,
        title_fi="Kahvi ja pulla kolmella eurolla", text_fi="Arkisin klo 9–15.", use="card",
        municipalities=[own.home_municipality] if own.home_municipality else [],
    )  # fmt: skip
    days = [on - n * DAY for n in range(60)]
    rows = [Redemption(benefit=tools, on=day, unit=own, token=uuid4()) for day in days if day.day % 3]
    Redemption.objects.bulk_create(rows)


def _partner(unit: OrgUnit, name: str, text: str) -> Partner:
    return partners.keep_partner(actor=None, unit=unit, values={"name": name, "text_fi": text})


def _benefit(partner: Partner, on: date, **told: Any) -> Benefit:
    values = {
        "title_sv": "",
        "title_en": "",
        "valid_from": on - 60 * DAY,
        "valid_until": None,
        "segment": None,
    }
    made = partners.keep_benefit(actor=None, partner=partner, values=values | told)
    return partners.set_state(actor=None, benefit=made, state=ContentState.PUBLISHED)


def _campaign(own: OrgUnit, on: date) -> Campaign:
    values = {
        "name": "Naapuri jäseneksi",
        "code": "naapuri",
        "description": "Kutsu naapurisi yhdistykseen ennen syyskokousta.",
        "goal": "members",
        "target": 25,
        "starts_on": on - 20 * DAY,
        "ends_on": on + 40 * DAY,
        "segment": None,
        "recruits": True,
    }
    return campaigning.keep(actor=None, unit=own, values=values)
