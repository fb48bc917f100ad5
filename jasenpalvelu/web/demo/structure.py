"""The units of the demo federation: one union, regions by the map, associations by municipality."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from jasenpalvelu.common import reference
from jasenpalvelu.common.identifiers import format_phone, make_finnish_iban, make_y_tunnus
from jasenpalvelu.common.reference import Municipality
from members.models import MembershipType, OrgUnit, UnitRules
from members.services import units
from members.services.base_types import create_common_types

FOUNDED = date(1990, 1, 1)
# Åland is not in the demo; Päijät-Häme and Etelä-Savo come first, as a small demo needs an inland pair.
LEFT_OUT = {"21"}
FIRST = ("07", "15")
NORTHERN = {"17", "18", "19"}


@dataclass(frozen=True)
class Association:
    """An association with the municipalities its members live in; `forest` tells the kind."""

    unit: OrgUnit
    municipalities: tuple[Municipality, ...]
    forest: bool
    northern: bool

    @property
    def region(self) -> str:
        return self.municipalities[0].region

    @property
    def weight(self) -> float:
        """Members come as people live there, but small places are over-represented: this is the countryside."""
        return sum(place.population**0.6 for place in self.municipalities)


@dataclass(frozen=True)
class Federation:
    union: OrgUnit
    regions: tuple[OrgUnit, ...]
    associations: tuple[Association, ...]
    types: dict[str, MembershipType]


def sizes(persons: int) -> tuple[int, int]:
    """Regions and associations for a number of persons: 2 and 6 at 2 000, 17 and 400 at 300 000."""
    associations = max(6, min(400, round(6 + (persons - 2000) * 394 / 298_000)))
    return max(2, min(17, round(associations / 23.5))), associations


def build(*, persons: int, random: Random, on: date) -> Federation:
    """Write the units, their rules and the membership types; call inside a mutation."""
    region_count, association_count = sizes(persons)
    union = _unit(random, "central", "Maaseudun Malliliitto", "Landsbygdens Modellförbund", "091", None, on)
    codes = [c for c in sorted(reference.regions()) if c not in LEFT_OUT]
    codes = [*FIRST, *(c for c in codes if c not in FIRST)][:region_count]
    regions = [_region(random, code, union, on) for code in codes]
    associations = []
    for index, (code, region) in enumerate(zip(codes, regions, strict=True)):
        count = association_count // region_count + (index < association_count % region_count)
        associations += _associations(random, code, region, count, on)
    return Federation(union, tuple(regions), tuple(associations), create_common_types())


def _region(random: Random, code: str, union: OrgUnit, on: date) -> OrgUnit:
    area = reference.regions()[code]
    seat = max(_places(code), key=lambda place: place.population)
    names = f"{area.name_fi}, maaseutuliitto", f"{area.name_sv}, landsbygdsförbund"
    return _unit(random, "regional", *names, seat.code, union, on)


def _places(region: str) -> list[Municipality]:
    found = (place for place in reference.municipalities().values() if place.region == region)
    return sorted(found, key=lambda place: (-place.population, place.code))


def _associations(random: Random, code: str, region: OrgUnit, count: int, on: date) -> list[Association]:
    """A third of them forest associations over several municipalities, the rest one or a few municipalities each."""
    places = _places(code)
    forest_count = max(1, count // 3)
    rural_count = count - forest_count
    made = []
    for index in range(rural_count):
        area = tuple(places[index % len(places) :: rural_count]) or (places[index % len(places)],)
        made.append(_association(random, area, region, index // len(places), on, forest=False))
    for index in range(forest_count):
        area = tuple(places[index % len(places) :: forest_count]) or (places[index % len(places)],)
        made.append(_association(random, area, region, index // len(places), on, forest=True))
    return made


def _association(
    random: Random, area: tuple[Municipality, ...], region: OrgUnit, ordinal: int, on: date, *, forest: bool
) -> Association:
    seat = area[0]
    suffix = f" {'I' * (ordinal + 1)}" if ordinal else ""
    fi = f"{'Metsäyhdistys' if forest else 'Maaseutuyhdistys'} {seat.name_fi}{suffix}"
    sv = f"{'Skogsföreningen' if forest else 'Landsbygdsföreningen'} {seat.name_sv}{suffix}"
    kind = "forest_association" if forest else "association"
    codes = [place.code for place in area]
    unit = _unit(random, kind, fi, sv, seat.code, region, on, municipalities=codes)
    return Association(unit, area, forest, seat.region in NORTHERN)


def _unit(
    random: Random,
    kind: str,
    fi: str,
    sv: str,
    seat: str,
    parent: OrgUnit | None,
    on: date,
    municipalities: list[str] | None = None,
) -> OrgUnit:
    postcode = postcode_of(random, seat)
    y_tunnus = None
    while y_tunnus is None:
        y_tunnus = make_y_tunnus(random.randrange(3_500_000, 3_999_999))
    unit = units.create_unit(
        kind=kind,
        name_fi=fi,
        name_sv=sv,
        on=FOUNDED,
        parent=parent,
        actor=None,
        home_municipality=seat,
        municipalities=municipalities or [],
        street=f"Keskuskatu {random.randrange(1, 60)}",
        postal_code=postcode,
        city=reference.post_office(postcode),
        iban=make_finnish_iban(f"{random.randrange(99_900_000_000_000, 99_999_999_999_999)}"),
        y_tunnus=y_tunnus,
        register_number=f"{random.randrange(100, 230)}.{random.randrange(100, 999)}",
        phone=format_phone(f"+35850555{random.randrange(10_000, 99_999)}"),
        languages=["fi", "sv"] if reference.municipalities()[seat].languages != "fi" else ["fi"],
        next_meeting=date.fromordinal(on.toordinal() + random.randrange(4, 40)) if municipalities else None,
    )
    unit.email = f"toimisto@{unit.slug}.example"
    unit.save(update_fields=["email"])
    UnitRules.objects.create(
        unit=unit, valid_from=FOUNDED, deemed_resigned_months=12, central_billing=bool(municipalities)
    )
    return unit


def postcode_of(random: Random, municipality: str) -> str:
    codes = _postcodes().get(municipality)
    return random.choice(codes) if codes else "00100"


_by_place: dict[str, list[str]] = {}


def _postcodes() -> dict[str, list[str]]:
    if not _by_place:
        for code, post in sorted(reference.postal_codes().items()):
            if post.kind == "normal":
                _by_place.setdefault(post.municipality, []).append(code)
    return _by_place
