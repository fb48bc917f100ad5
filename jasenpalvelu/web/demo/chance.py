"""What the demo leaves to chance: names, places, ages, hectares and days. One seeded source, so the same seed gives the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from faker.providers.person.fi_FI import Provider as Finnish
from faker.providers.person.sv_SE import Provider as Swedish

from jasenpalvelu.common import reference
from jasenpalvelu.common.identifiers import format_phone, make_y_tunnus
from jasenpalvelu.web.demo.structure import Association, postcode_of

STREETS = (
    "Kylätie",
    "Rantatie",
    "Mäkitie",
    "Koulutie",
    "Metsätie",
    "Peltotie",
    "Kirkkotie",
    "Myllytie",
    "Harjutie",
)
SWEDISH_STREETS = ("Byvägen", "Strandvägen", "Backvägen", "Skolvägen", "Skogsvägen", "Åkervägen", "Kyrkvägen")
YEAR = 365.25


@dataclass(frozen=True)
class Home:
    """Where a household lives, what its name is and which language it speaks."""

    place: str
    postcode: str
    street: str
    last: str
    swedish: bool

    @property
    def language(self) -> str:
        return "sv" if self.swedish else "fi"


class Chance:
    def __init__(self, random: Random, on: date) -> None:
        self.random, self.on = random, on
        self._y_tunnukset: set[str] = set()

    def happens(self, probability: float) -> bool:
        return self.random.random() < probability

    # --- households ---------------------------------------------------------------------------------------------------
    def home(self, association: Association) -> Home:
        """A home in the association's area, in the language of its municipality."""
        places = association.municipalities
        place = self.random.choices(places, [p.population**0.5 for p in places])[0]
        share = {"sv": 0.97, "sv_fi": 0.75, "fi_sv": 0.15}.get(place.languages, 0.005)
        swedish = self.happens(share)
        last = self._last(swedish=swedish)
        if self.happens(0.04):
            last = f"{last}-{self._last(swedish=swedish)}"
        street = (
            f"{self.random.choice(SWEDISH_STREETS if swedish else STREETS)} {self.random.randrange(1, 420)}"
        )
        return Home(place.code, postcode_of(self.random, place.code), street, last, swedish)

    def _last(self, *, swedish: bool) -> str:
        return str(self.random.choice(list((Swedish if swedish else Finnish).last_names)))

    def spouse_name(self, home: Home) -> str:
        """Most have a name in common."""
        return home.last if self.happens(0.82) else self._last(swedish=home.swedish)

    def first_names(self, home: Home, *, woman: bool) -> str:
        provider = Swedish if home.swedish else Finnish
        names = list(provider.first_names_female if woman else provider.first_names_male)
        first = str(self.random.choice(names))
        return f"{first}-{self.random.choice(names)}" if self.happens(0.05) else first

    # --- ages and days ------------------------------------------------------------------------------------------------
    def age(self, youngest: float, likeliest: float, oldest: float) -> float:
        return self.random.triangular(youngest, oldest, likeliest)

    def spouse_age(self, age: float) -> float:
        return min(max(age + self.random.gauss(-1, 4), 20), 97)

    def child_age(self, parents: float, oldest: float) -> float | None:
        """Of a child who is a member: 15 to `oldest`, born when the parent was 20 to 42. None where no such child can be."""
        youngest, oldest = max(15, parents - 42), min(oldest, parents - 20)
        return self.random.uniform(youngest, oldest) if youngest < oldest else None

    def born(self, age: float) -> date:
        return self.on - timedelta(days=round(age * YEAR))

    def since(self, *, not_before: date | None = None, recent: bool = False) -> date:
        """A first day of membership; most joined some years ago, none before `not_before` and none today or later."""
        years = self.random.randrange(0, 5) if recent else int(self.random.triangular(0, 45, 8))
        day = self.on - timedelta(days=365 * years + self.random.randrange(1, 364))
        if not_before is None or day >= not_before:
            return day
        room = (self.on - not_before).days
        return self.on - timedelta(days=self.random.randrange(1, room) if room > 1 else 1)

    def grown(self, age: float, years: int = 18) -> date:
        """The day somebody of this age turned `years`, a day late rather than early."""
        return self.born(age) + timedelta(days=round(years * YEAR) + 1)

    # --- numbers ------------------------------------------------------------------------------------------------------
    def hectares(self, median: float, spread: float, most: float) -> Decimal:
        """Log-normal: most holdings are small, a few are very large."""
        value = min(self.random.lognormvariate(0, spread) * median, most)
        return Decimal(str(round(max(value, 0.5), 2)))

    def head_count(self, median: float, most: int) -> Decimal:
        return Decimal(min(max(round(self.random.lognormvariate(0, 0.8) * median), 1), most))

    def phone(self) -> tuple[str, str]:
        """As people write it and as it is compared; the numbers are of a series not given to anyone."""
        number = f"+35850555{self.random.randrange(10_000, 99_999)}"
        return format_phone(number), number

    def y_tunnus(self) -> str:
        """Numbers that are valid in form; from a series not given to anyone yet."""
        while True:
            number = make_y_tunnus(self.random.randrange(4_000_000, 10_000_000))
            if number and number not in self._y_tunnukset:
                self._y_tunnukset.add(number)
                return number

    def region_of(self, association: Association) -> str:
        return reference.municipalities()[association.unit.home_municipality].region
