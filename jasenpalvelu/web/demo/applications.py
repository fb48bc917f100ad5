"""People of the area who have applied and wait for the board, so that the list of applications has something to decide."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from jasenpalvelu.common import clock, reference
from jasenpalvelu.common.sorting import fold
from jasenpalvelu.web.demo.chance import Chance
from jasenpalvelu.web.demo.structure import Association, Federation
from members.models import MembershipType
from members.services import lifecycle, registering

HELSINKI = ZoneInfo("Europe/Helsinki")
# As which kind of member they apply, one application each; the first is the oldest.
WISHES = ("personal", "supporting", "personal", "student", "supporting")


def build(*, federation: Federation, random: Random, on: date) -> None:
    """Five wait in the first association, the oldest for a week, and one in each other that admits members."""
    chance = Chance(random, on)
    for number, association in enumerate(federation.associations[:8]):
        wishes = WISHES if not number else WISHES[number % len(WISHES) :][:1]
        for order, code in enumerate(wishes):
            _apply(chance, association, federation.types[code], on - timedelta(days=7 - order))


def _apply(chance: Chance, association: Association, type: MembershipType, day: date) -> None:
    home = chance.home(association)
    first = chance.first_names(home, woman=chance.happens(0.5))
    with clock.frozen(datetime.combine(day, time(9, 2), HELSINKI)):
        party = registering.create_person(
            actor=None,
            first_names=first,
            last_name=home.last,
            on=day,
            email=f"{fold(first).replace(' ', '')}.{fold(home.last).replace(' ', '')}@posti.example",
            phone=chance.phone()[0],
            address=registering.Address(
                home.street, home.postcode, reference.post_office(home.postcode, home.language)
            ),
            language=home.language,
            home_municipality=home.place,
        )
        lifecycle.apply(actor=None, party=party, unit=association.unit, type=type, on=day)
