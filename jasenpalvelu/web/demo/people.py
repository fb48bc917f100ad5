"""Invented members: households, estates, joint forests, companies. Pure: rows only; what is left to chance is in chance.py."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from jasenpalvelu.common import reference
from jasenpalvelu.common.sorting import fold, sort_key
from jasenpalvelu.web.demo.chance import Chance, Home
from jasenpalvelu.web.demo.rows import Rows
from jasenpalvelu.web.demo.structure import Association, Federation

PURPOSE = "ikäluokka ja äänioikeus"
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
SWEDISH_FARMS = ("Björkbacka", "Nygård", "Lillgård", "Norrgård", "Strand", "Backas", "Söderby", "Lund")
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
        self.chance = Chance(random, on)
        self.next_party, self.next_number = first_party, first_number
        self.next_holding, self.next_membership = first_holding, first_membership
        self.mutation_id = mutation_id
        self.rows = Rows()
        self.rural = [a for a in federation.associations if not a.forest]
        self.forest = [a for a in federation.associations if a.forest]
        self.rural_weights = [a.weight for a in self.rural]
        self.forest_by_region: dict[str, list[Association]] = {}
        for association in self.forest:
            self.forest_by_region.setdefault(self.chance.region_of(association), []).append(association)
        self._email_of: dict[int, str] = {}

    def fill(self, persons: int) -> Rows:
        kinds, weights = list(KINDS), list(KINDS.values())
        while len(self.rows.parties) < persons:
            getattr(self, f"_{self.random.choices(kinds, weights)[0]}")()
        return self.rows

    # --- households ---------------------------------------------------------------------------------------------------
    def _farm(self) -> None:
        association = self._rural()
        home, age = self.chance.home(association), self.chance.age(24, 55, 79)
        woman = self.chance.happens(0.27)
        farmer = self._person(home, age, woman=woman)
        holding = self._holding(farmer, home)
        self._base(holding, "field_ha", self.chance.hectares(32, 0.9, 600))
        self._base(holding, _forest_zone(association), self.chance.hectares(35, 0.9, 1200))
        if self.chance.happens(0.24):
            self._base(holding, "animal_units", self.chance.head_count(30, 400))
        since = self.chance.since(not_before=self.chance.grown(age))
        self._membership(farmer, association, "farmer", since, holding)
        if self.chance.happens(0.38):
            in_forest = self.chance.since(not_before=self.chance.grown(age))
            self._membership(farmer, self._forest_near(association), "forest_owner", in_forest, holding)
        self._family(farmer, association, home, holding, since, age=age, woman=woman)

    def _family(
        self,
        head: int,
        association: Association,
        home: Home,
        holding: int,
        since: date,
        *,
        age: float,
        woman: bool,
    ) -> None:
        if self.chance.happens(0.62):
            own = self.chance.spouse_age(age)
            spouse = self._spouse(head, home, own, woman=not woman)
            self._holding_member(holding, spouse, "family")
            begun = max(since, self.chance.grown(own))
            self._membership(spouse, association, "family_member", begun)
        young = self.chance.child_age(age, 30)
        if young is not None and self.chance.happens(0.3):
            child = self._person(home, young, woman=self.chance.happens(0.5))
            self._link(head, child, "child")
            kind = "student" if 17 <= young < 27 and self.chance.happens(0.5) else "family_member"
            joined = self.chance.since(not_before=max(since, self.chance.grown(young, 15)), recent=True)
            self._membership(child, association, kind, joined)

    def _forest(self) -> None:
        association = self._forest_near(self._rural())
        home, age = self.chance.home(association), self.chance.age(28, 64, 92)
        woman = self.chance.happens(0.34)
        owner = self._person(home, age, woman=woman)
        holding = self._holding(owner, home, y_tunnus=0.35)
        self._base(holding, _forest_zone(association), self.chance.hectares(19, 1.0, 1500))
        since = self.chance.since(not_before=self.chance.grown(age))
        self._membership(owner, association, "forest_owner", since, holding)
        if self.chance.happens(0.45):
            own = self.chance.spouse_age(age)
            spouse = self._spouse(owner, home, own, woman=not woman)
            self._holding_member(holding, spouse, "owner")
            self._membership(spouse, association, "family_member", max(since, self.chance.grown(own)))

    def _spouse(self, head: int, home: Home, age: float, *, woman: bool) -> int:
        woman = woman if self.chance.happens(0.97) else not woman
        spouse = self._person(home, age, woman=woman, last=self.chance.spouse_name(home), shares=head)
        self._link(head, spouse, "spouse")
        return spouse

    def _simple(self, kind: str, age: float, youngest: int = 18) -> None:
        association = self._rural()
        party = self._person(self.chance.home(association), age, woman=self.chance.happens(0.5))
        since = self.chance.since(
            not_before=self.chance.grown(age, min(youngest, int(age))), recent=kind == "student"
        )
        self._membership(party, association, kind, since)

    def _personal(self) -> None:
        self._simple("personal", self.chance.age(19, 52, 88))

    def _supporting(self) -> None:
        self._simple("supporting", self.chance.age(22, 60, 88))

    def _student(self) -> None:
        self._simple("student", self.chance.age(17, 20, 30), 16)

    # --- organisations ------------------------------------------------------------------------------------------------
    def _estate(self) -> None:
        association = self._forest_near(self._rural())
        home = self.chance.home(association)
        contact = self._person(home, self.chance.age(35, 58, 85), woman=self.chance.happens(0.5))
        late = self.chance.first_names(home, woman=self.chance.happens(0.4))
        name = f"{home.last} {late} {'dödsbo' if home.swedish else 'kuolinpesä'}"
        estate = self._organisation(name, "estate", home, y_tunnus=0.4)
        self._link(estate, contact, "contact_person")
        holding = self._holding(estate, home, y_tunnus=0.3)
        self._base(holding, _forest_zone(association), self.chance.hectares(22, 0.9, 900))
        self._membership(estate, association, "forest_owner", self.chance.since(recent=True), holding)

    def _company(self) -> None:
        association = self._rural()
        home = self.chance.home(association)
        kind = self.random.choice(("Puutarha", "Maatila", "Konetyö", "Taimisto"))
        name = f"{home.last}s Gård Ab" if home.swedish else f"{kind} {home.last} Oy"
        company = self._organisation(name, "company", home, y_tunnus=1.0)
        holding = self._holding(company, home, y_tunnus=0)
        self._base(holding, "person_years", self.chance.head_count(2, 25))
        self._membership(company, association, "rural_entrepreneur", self.chance.since(), holding)

    def _joint_forest(self) -> None:
        association = self._forest_near(self._rural())
        home = self.chance.home(association)
        name = f"{home.last}, samfälld skog" if home.swedish else f"Yhteismetsä {home.last}"
        forest = self._organisation(name, "joint_forest", home, y_tunnus=1.0)
        holding = self._holding(forest, home, y_tunnus=0, name=name)
        self._base(holding, _forest_zone(association), self.chance.hectares(600, 0.8, 4900))
        self._membership(forest, association, "joint_forest", self.chance.since(), holding)

    # --- rows ---------------------------------------------------------------------------------------------------------
    def _person(
        self, home: Home, age: float, *, woman: bool, last: str = "", shares: int | None = None
    ) -> int:
        first, last = self.chance.first_names(home, woman=woman), last or home.last
        party = self._party("person", f"{last} {first}", home, protected=self.chance.happens(0.004))
        known = self.chance.happens(0.74)
        born = self.chance.born(age) if known else None
        self.rows.persons.append((party, first, last, born, PURPOSE if known else "", None))
        self._contacts(party, home, f"{first}.{last}", person=True, shares=shares)
        return party

    def _organisation(self, name: str, form: str, home: Home, *, y_tunnus: float) -> int:
        party = self._party("organisation", name, home, protected=False)
        number = self.chance.y_tunnus() if self.chance.happens(y_tunnus) else ""
        self.rows.organisations.append((party, name, form, number))
        self._contacts(party, home, f"toimisto.{home.last}", person=False)
        return party

    def _party(self, kind: str, name: str, home: Home, *, protected: bool) -> int:
        party, self.next_party = self.next_party, self.next_party + 1
        until = self.on + timedelta(days=400) if protected else None
        place = home.place if self.chance.happens(0.985) else ""
        self.rows.parties.append(
            (
                party,
                kind,
                self.next_number,
                name,
                sort_key(name),
                home.language,
                place,
                protected,
                until,
                "auto",
                self.on,
            )
        )
        self.next_number += 1
        return party

    def _contacts(
        self, party: int, home: Home, words: str, *, person: bool, shares: int | None = None
    ) -> None:
        if self.chance.happens(0.985):
            key = f"{home.postcode} {''.join(home.street.casefold().split())}"
            city = reference.post_office(home.postcode, home.language)
            self._contact(party, "address", home.street, key, home.postcode, city)
        email = self._email(words, shares)
        if email:
            self._email_of[party] = email
            self._contact(party, "email", email, email)
        if self.chance.happens(0.88 if person else 0.6):
            self._contact(party, "phone", *self.chance.phone())

    def _email(self, words: str, shares: int | None) -> str:
        """Four spouses in ten share an address, and nearly one in five has none."""
        chance = self.random.random()
        if shares is not None and chance < 0.4:
            return self._email_of.get(shares, "")
        if chance >= 0.82:
            return ""
        return f"{'.'.join(fold(words).split())}{self.random.randrange(1, 999)}@posti.example"

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

    def _holding(self, party: int, home: Home, *, y_tunnus: float = 0.9, name: str = "") -> int:
        holding, self.next_holding = self.next_holding, self.next_holding + 1
        if not name:
            farms = SWEDISH_FARMS if home.swedish else FARMS
            name = self.random.choice(farms) if self.chance.happens(0.6) else home.last
        number = self.chance.y_tunnus() if self.chance.happens(y_tunnus) else ""
        self.rows.holdings.append((holding, name, number, party, home.place))
        self._holding_member(holding, party, "responsible")
        return holding

    def _holding_member(self, holding: int, party: int, role: str) -> None:
        self.rows.holding_members.append((holding, party, role, date(2020, 1, 1), None))

    def _base(self, holding: int, kind: str, value: Decimal) -> None:
        told = {
            "field_ha": "Peltorekisteri",
            "animal_units": "Jäsenen ilmoitus",
            "person_years": "Jäsenen ilmoitus",
        }
        source = told.get(kind, "Metsäaineisto")
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
        first = self.next_party - len(self.rows.parties)
        listed = self.rows.parties[party - first][4]
        self.rows.memberships.append(
            (key, party, association.unit.pk, type_id, holding, None, state, since, ended, None, "", listed)
        )
        self._event(key, "admitted", since, since)
        if ended:
            self._event(key, "resigned" if key % 5 else "deemed_resigned", ended, None)

    def _event(self, membership: int, kind: str, effective: date, decided: date | None) -> None:
        self.rows.events.append(
            (membership, kind, None, decided, effective, None, "", "{}", None, self.mutation_id, self.on)
        )

    def _link(self, party: int, other: int, kind: str) -> None:
        self.rows.links.append((party, other, kind, None, None))

    # --- associations -------------------------------------------------------------------------------------------------
    def _rural(self) -> Association:
        return self.random.choices(self.rural, self.rural_weights)[0]

    def _forest_near(self, home: Association) -> Association:
        return self.random.choice(self.forest_by_region.get(self.chance.region_of(home)) or self.forest)


def _forest_zone(association: Association) -> str:
    return "forest_ha_north" if association.northern else "forest_ha_south"
