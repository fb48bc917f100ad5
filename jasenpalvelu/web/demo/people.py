"""Invented members: households, estates, joint forests, companies, with hectares distributed as in reality. Pure: rows only."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from faker.providers.person.fi_FI import Provider as Finnish
from faker.providers.person.sv_SE import Provider as Swedish

from jasenpalvelu.common import reference
from jasenpalvelu.common.identifiers import make_y_tunnus
from jasenpalvelu.common.sorting import fold, sort_key
from jasenpalvelu.web.demo.rows import Rows
from jasenpalvelu.web.demo.structure import Association, Federation, postcode_of

PURPOSE = "ikäluokka ja äänioikeus"
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
FARMS = (
    "Koivula",
    "Mäkelä",
    "Rantala",
    "Niemi",
    "Harju",
    "Alatalo",
    "Ylitalo",
    "Anttila",
    "Heikkilä",
    "Lehto",
    "Uusitalo",
)
# Share of households by what they are; the rest of the persons are their families.
KINDS = {
    "farm": 0.42,
    "forest": 0.34,
    "personal": 0.09,
    "supporting": 0.06,
    "student": 0.03,
    "estate": 0.03,
    "company": 0.02,
    "joint_forest": 0.01,
}


class People:
    """Makes households until there are enough persons. Keys are given here, `first_*` on, so that rows can refer."""

    def __init__(
        self,
        *,
        federation: Federation,
        random: Random,
        on: date,
        first_party: int,
        first_number: int,
        first_holding: int,
        first_membership: int,
        mutation_id: str,
    ) -> None:
        self.federation, self.random, self.on = federation, random, on
        self.next_party, self.next_number = first_party, first_number
        self.next_holding, self.next_membership = first_holding, first_membership
        self.mutation_id = mutation_id
        self.rows = Rows()
        self.rural = [a for a in federation.associations if not a.forest]
        self.forest = [a for a in federation.associations if a.forest]
        self.rural_weights = [a.weight for a in self.rural]
        self.forest_by_region: dict[str, list[Association]] = {}
        for association in self.forest:
            key = reference.municipalities()[association.unit.home_municipality].region
            self.forest_by_region.setdefault(key, []).append(association)
        self.y_tunnukset: set[str] = set()
        self._email_of: dict[int, str] = {}

    def fill(self, persons: int) -> Rows:
        kinds, weights = list(KINDS), list(KINDS.values())
        while len(self.rows.parties) < persons:
            getattr(self, f"_{self.random.choices(kinds, weights)[0]}")()
        return self.rows

    # --- households ---------------------------------------------------------------------------------------------------
    def _farm(self) -> None:
        home = self._rural()
        place, postcode, street = self._place(home)
        last = self._last(place)
        farmer = self._person(last, place, postcode, street, age=(28, 78))
        holding = self._holding(farmer, place, last)
        self._base(holding, "field_ha", self._hectares(30, 0.9, 600))
        forest = self._hectares(45, 1.0, 2000)
        zone = "forest_ha_north" if home.northern else "forest_ha_south"
        self._base(holding, zone, forest)
        if self.random.random() < 0.32:
            self._base(holding, "animal_units", self._hectares(18, 0.8, 400))
        since = self._since()
        self._membership(farmer, home, "farmer", since, holding)
        if self.random.random() < 0.38:
            self._membership(farmer, self._forest_near(home), "forest_owner", self._since(), holding)
        self._family(farmer, home, holding, last, place, postcode, street, since)

    def _forest(self) -> None:
        association = self._forest_near(self._rural())
        place, postcode, street = self._place(association)
        last = self._last(place)
        owner = self._person(last, place, postcode, street, age=(35, 88))
        holding = self._holding(owner, place, last, y_tunnus=0.35)
        zone = "forest_ha_north" if association.northern else "forest_ha_south"
        self._base(holding, zone, self._hectares(30, 1.0, 1500))
        self._membership(owner, association, "forest_owner", self._since(), holding)
        if self.random.random() < 0.45:
            spouse = self._person(last, place, postcode, street, age=(35, 85), shares=owner)
            self._link(owner, spouse, "spouse")
            self._holding_member(holding, spouse, "owner")

    def _family(
        self,
        head: int,
        home: Association,
        holding: int,
        last: str,
        place: str,
        postcode: str,
        street: str,
        since: date,
    ) -> None:
        if self.random.random() < 0.62:
            spouse = self._person(last, place, postcode, street, age=(28, 76), shares=head)
            self._link(head, spouse, "spouse")
            self._holding_member(holding, spouse, "family")
            self._membership(spouse, home, "family_member", since)
        if self.random.random() < 0.22:
            child = self._person(last, place, postcode, street, age=(15, 30))
            self._link(head, child, "child")
            self._membership(
                child, home, self.random.choice(("family_member", "student")), self._since(recent=True)
            )

    def _simple(self, kind: str, age: tuple[int, int]) -> None:
        home = self._rural()
        place, postcode, street = self._place(home)
        party = self._person(self._last(place), place, postcode, street, age=age)
        self._membership(party, home, kind, self._since(recent=kind == "student"))

    def _personal(self) -> None:
        self._simple("personal", (20, 85))

    def _supporting(self) -> None:
        self._simple("supporting", (25, 85))

    def _student(self) -> None:
        self._simple("student", (17, 30))

    def _estate(self) -> None:
        association = self._forest_near(self._rural())
        place, postcode, street = self._place(association)
        last = self._last(place)
        contact = self._person(last, place, postcode, street, age=(40, 80))
        name = f"{last} {self._first(place, woman=self.random.random() < 0.5)} kuolinpesä"
        estate = self._organisation(name, "estate", place, postcode, street, y_tunnus=0.4)
        self._link(estate, contact, "contact_person")
        holding = self._holding(estate, place, last, y_tunnus=0.3)
        zone = "forest_ha_north" if association.northern else "forest_ha_south"
        self._base(holding, zone, self._hectares(35, 0.9, 900))
        self._membership(estate, association, "forest_owner", self._since(), holding)

    def _company(self) -> None:
        home = self._rural()
        place, postcode, street = self._place(home)
        name = (
            f"Maatila {self._last(place)} Oy"
            if self.random.random() < 0.5
            else f"Tila {self._last(place)} Oy"
        )
        company = self._organisation(name, "company", place, postcode, street, y_tunnus=1.0)
        holding = self._holding(company, place, name.split(maxsplit=1)[0], y_tunnus=0)
        self._base(holding, "person_years", Decimal(self.random.randrange(1, 12)))
        self._membership(company, home, "rural_entrepreneur", self._since(), holding)

    def _joint_forest(self) -> None:
        association = self._forest_near(self._rural())
        place, postcode, street = self._place(association)
        name = f"Yhteismetsä {self._last(place)}"
        forest = self._organisation(name, "joint_forest", place, postcode, street, y_tunnus=1.0)
        holding = self._holding(forest, place, name, y_tunnus=0)
        zone = "forest_ha_north" if association.northern else "forest_ha_south"
        self._base(holding, zone, self._hectares(600, 0.8, 4900))
        self._membership(forest, association, "joint_forest", self._since(), holding)

    # --- rows ---------------------------------------------------------------------------------------------------------
    def _person(
        self,
        last: str,
        place: str,
        postcode: str,
        street: str,
        *,
        age: tuple[int, int],
        shares: int | None = None,
    ) -> int:
        first = self._first(place, woman=self.random.random() < 0.5)
        name = f"{last} {first}"
        protected = self.random.random() < 0.004
        party = self._party("person", name, place, protected=protected)
        born = self.on - timedelta(days=self.random.randrange(age[0] * 365, age[1] * 366))
        known = self.random.random() < 0.74
        self.rows.persons.append(
            (party, first, last, born if known else None, PURPOSE if known else "", None)
        )
        self._contacts(party, postcode, street, f"{first}.{last}", person=True, shares=shares)
        return party

    def _organisation(
        self, name: str, form: str, place: str, postcode: str, street: str, *, y_tunnus: float
    ) -> int:
        party = self._party("organisation", name, place, protected=False)
        number = self._y_tunnus() if self.random.random() < y_tunnus else ""
        self.rows.organisations.append((party, name, form, number))
        self._contacts(party, postcode, street, name.split(maxsplit=1)[0], person=False)
        return party

    def _party(self, kind: str, name: str, place: str, *, protected: bool) -> int:
        party, self.next_party = self.next_party, self.next_party + 1
        municipality = reference.municipalities()[place]
        swedish = municipality.languages != "fi" and self.random.random() < (
            0.7 if municipality.swedish_first else 0.15
        )
        until = self.on + timedelta(days=400) if protected else None
        home = place if self.random.random() < 0.985 else ""
        language = "sv" if swedish else "fi"
        self.rows.parties.append(
            (
                party,
                kind,
                self.next_number,
                name,
                sort_key(name),
                language,
                home,
                protected,
                until,
                "auto",
                self.on,
            )
        )
        self.next_number += 1
        return party

    def _contacts(
        self, party: int, postcode: str, street: str, words: str, *, person: bool, shares: int | None = None
    ) -> None:
        city = reference.post_office(postcode)
        if self.random.random() < 0.985:
            key = f"{postcode} {''.join(street.casefold().split())}"
            self._contact(party, "address", street, key, postcode, city)
        chance = self.random.random()
        if shares is not None and chance < 0.4:
            email = self._email_of.get(shares, "")
        else:
            email = (
                f"{'.'.join(fold(words).split())}{self.random.randrange(1, 999)}@posti.example"
                if chance < 0.82
                else ""
            )
        if email:
            self._email_of[party] = email
            self._contact(party, "email", email, email)
        if self.random.random() < (0.88 if person else 0.6):
            digits = f"{self.random.randrange(10_000, 99_999)}"
            self._contact(party, "phone", f"050 555 {digits}", f"+35850555{digits}")

    def _contact(
        self, party: int, kind: str, value: str, key: str, postcode: str = "", city: str = ""
    ) -> None:
        verified = (
            self.on - timedelta(days=self.random.randrange(900)) if self.random.random() < 0.5 else None
        )
        self.rows.contacts.append(
            (
                party,
                kind,
                value,
                key,
                "",
                postcode,
                city,
                "FI",
                True,
                "import",
                verified,
                None,
                date(2020, 1, 1),
                None,
            )
        )

    def _holding(self, party: int, place: str, last: str, *, y_tunnus: float = 0.9) -> int:
        holding, self.next_holding = self.next_holding, self.next_holding + 1
        name = self.random.choice(FARMS) if self.random.random() < 0.6 else last
        number = self._y_tunnus() if self.random.random() < y_tunnus else ""
        self.rows.holdings.append((holding, name, number, party, place))
        self._holding_member(holding, party, "responsible")
        return holding

    def _holding_member(self, holding: int, party: int, role: str) -> None:
        self.rows.holding_members.append((holding, party, role, date(2020, 1, 1), None))

    def _base(self, holding: int, kind: str, value: Decimal) -> None:
        source = {"field_ha": "Peltorekisteri", "animal_units": "Jäsenen ilmoitus"}.get(kind, "Metsäaineisto")
        confirmed = self.on - timedelta(days=self.random.randrange(30, 700))
        self.rows.bases.append((holding, kind, None, value, source, "", confirmed, date(2020, 1, 1), None))

    def _membership(
        self, party: int, association: Association, kind: str, since: date, holding: int | None = None
    ) -> None:
        key, self.next_membership = self.next_membership, self.next_membership + 1
        ended = (
            self.on - timedelta(days=self.random.randrange(1, 700)) if self.random.random() < 0.03 else None
        )
        ended = ended if ended and ended > since else None
        state = "ended" if ended else "active"
        type_id = self.federation.types[kind].pk
        self.rows.memberships.append(
            (key, party, association.unit.pk, type_id, holding, None, state, since, ended, None, "")
        )
        self._event(key, "admitted", since, since)
        if ended:
            self._event(key, "resigned", ended, None)

    def _event(self, membership: int, kind: str, effective: date, decided: date | None) -> None:
        self.rows.events.append(
            (membership, kind, None, decided, effective, None, "", "{}", None, self.mutation_id, self.on)
        )

    def _link(self, party: int, other: int, kind: str) -> None:
        self.rows.links.append((party, other, kind, None, None))

    # --- chance -------------------------------------------------------------------------------------------------------
    def _rural(self) -> Association:
        return self.random.choices(self.rural, self.rural_weights)[0]

    def _forest_near(self, home: Association) -> Association:
        region = reference.municipalities()[home.unit.home_municipality].region
        return self.random.choice(self.forest_by_region.get(region) or self.forest)

    def _place(self, association: Association) -> tuple[str, str, str]:
        places = association.municipalities
        place = self.random.choices(places, [p.population**0.5 for p in places])[0].code
        return (
            place,
            postcode_of(self.random, place),
            f"{self.random.choice(STREETS)} {self.random.randrange(1, 420)}",
        )

    def _names(self, place: str) -> type[Finnish] | type[Swedish]:
        languages = reference.municipalities()[place].languages
        swedish = {"sv": 0.95, "sv_fi": 0.7, "fi_sv": 0.15}.get(languages, 0.02)
        return Swedish if self.random.random() < swedish else Finnish

    def _last(self, place: str) -> str:
        names: list[str] = list(self._names(place).last_names)
        last = self.random.choice(names)
        return f"{last}-{self.random.choice(names)}" if self.random.random() < 0.04 else last

    def _first(self, place: str, *, woman: bool) -> str:
        provider = self._names(place)
        names = list(provider.first_names_female if woman else provider.first_names_male)
        first = str(self.random.choice(names))
        return f"{first}-{self.random.choice(names)}" if self.random.random() < 0.05 else first

    def _hectares(self, median: float, spread: float, most: float) -> Decimal:
        """Log-normal: most holdings are small, a few are very large."""
        value = min(self.random.lognormvariate(0, spread) * median, most)
        return Decimal(str(round(max(value, 0.5), 2)))

    def _since(self, *, recent: bool = False) -> date:
        years = self.random.randrange(0, 5) if recent else int(self.random.triangular(0, 45, 8))
        return self.on - timedelta(days=365 * years + self.random.randrange(1, 364))

    def _y_tunnus(self) -> str:
        """Numbers that are valid in form; from a series not given to anyone yet."""
        while True:
            number = make_y_tunnus(self.random.randrange(4_000_000, 10_000_000))
            if number and number not in self.y_tunnukset:
                self.y_tunnukset.add(number)
                return number
