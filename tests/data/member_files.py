"""Member lists as associations have them, invented and the same each time: `python -m tests.data.member_files` writes two.

`kuusilahti.csv`: ISO-8859-1, `;`, CRLF, 300 rows of a farmers' association. `jarvi.xlsx`: a forest association of the same
parish, other columns in another order; sixty of its members are in both lists.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from faker.providers.person.fi_FI import Provider as Finnish

from jasenpalvelu.common.identifiers import make_y_tunnus
from jasenpalvelu.common.reference import municipalities, postal_codes
from jasenpalvelu.common.sorting import fold

HERE = Path(__file__).parent
FARMS = (
    "Koivurinne",
    "Mäkelä",
    "Rantala",
    "Niemi",
    "Alatalo",
    "Ylitalo",
    "Uusitalo",
    "Lehtola",
    "Peltola",
    "Kallio",
)
STREETS = ("Kylätie", "Rantatie", "Mäkitie", "Myllytie", "Peltotie", "Kirkkotie", "Suopolku", "Harjuntie")
TYPES = {
    "farm": "Maatalousyrittäjä",
    "family": "Perheenjäsen",
    "forest": "Metsänomistaja",
    "personal": "Henkilöjäsen",
}
# Names that break registers: apostrophes, marks of other alphabets, eighty letters, particles, hyphens.
HARD_NAMES = [
    ("O'Brien", "Seán"),
    ("Ängström", "Åsa-Stina"),
    ("Nguyễn", "Thị Lan"),
    ("von Essen", "Carl-Gustaf"),
    ("Kivi-Koskinen", "Maija-Liisa"),
    ("Pitkänimilänjärvenselänniemenrannanmäkeläinen", "Annamariakristiinaelisabet Johanna"),
    ("Škutnabb", "Žaneta"),
    ("Ö", "Bo"),
]


@dataclass
class Member:
    """One row of a list, in the words it is written with."""

    number: str = ""
    last: str = ""
    first: str = ""
    street: str = ""
    code: str = ""
    city: str = ""
    email: str = ""
    phone: str = ""
    born: date | None = None
    municipality: str = ""
    language: str = ""
    type: str = ""
    since: date | None = None
    farm: str = ""
    y_tunnus: str = ""
    fields: str = ""
    forest: str = ""
    payer: str = ""


@dataclass
class Parish:
    """Households of one parish, drawn from a seed."""

    seed: int = 1
    size: int = 300
    members: list[Member] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.lasts, self.men, self.women = _names()
        self.codes = [c for c in postal_codes().values() if c.kind == "normal" and c.municipality][::17]
        self.next_y = 9_000_000 + self.seed * 100_000
        self.today = date(2026, 3, 1)

    def fill(self) -> list[Member]:
        kinds, weights = (
            ("farm", "forest", "personal", "estate", "joint_forest", "company"),
            (46, 26, 16, 7, 2, 3),
        )
        for last, first in HARD_NAMES:
            self._household("farm", last, first)
        while len(self.members) < self.size:
            kind = self.random.choices(kinds, weights)[0]
            if kind in ("farm", "forest", "personal"):
                self._household(kind, self.random.choice(self.lasts))
            else:
                self._organisation(kind)
        del self.members[self.size :]
        return self.members

    def _household(self, kind: str, last: str, first: str = "") -> None:
        random = self.random
        man = random.random() < 0.6
        head = self._person(last, first or self._first(woman=not man))
        head.type = TYPES[kind]
        if kind != "personal":
            self._holding(head, kind)
        self._add(head)
        if kind == "farm" and random.random() < 0.5:
            spouse = replace(head, first=self._first(woman=man), born=self._born(), type=TYPES["family"])
            spouse.farm = spouse.y_tunnus = spouse.fields = spouse.forest = ""
            spouse.payer = head.number
            if random.random() < 0.3:
                spouse.phone = self._phone()
            self._add(spouse)

    def _organisation(self, kind: str) -> None:
        random, last = self.random, self.random.choice(self.lasts)
        name = {
            "estate": f"{last} {self._first(woman=random.random() < 0.5)} {random.choice(['kuolinpesä', 'kp', 'KP'])}",
            "joint_forest": f"{random.choice(FARMS)}n yhteismetsä",
            "company": f"{random.choice(['Maatila', 'Puutarha', 'Metsäpalvelu'])} {last} {random.choice(['Oy', 'Ky', 'Ay'])}",
        }[kind]
        place = self._person(last, "")
        place.last, place.email, place.born = name, "", None
        place.type = TYPES["forest"]
        self._holding(place, "forest", share=0.9 if kind != "estate" else 0.3)
        self._add(place)

    def _person(self, last: str, first: str) -> Member:
        random = self.random
        code = random.choice(self.codes)
        home = municipalities()[code.municipality]
        mailbox = fold(f"{first.split(maxsplit=1)[0] if first else 'koti'}.{last}").replace(" ", "-")[:30]
        return Member(
            last=last,
            first=first,
            street=f"{random.choice(STREETS)} {random.randint(1, 199)}",
            code=code.code,
            city=code.name_fi.upper(),
            email=f"{mailbox}{len(self.members)}@example.fi" if random.random() < 0.72 else "",
            phone=self._phone() if random.random() < 0.85 else "",
            born=self._born() if random.random() < 0.6 else None,
            municipality=home.name_fi,
            language=random.choices(["suomi", "ruotsi", ""], [70, 8, 22])[0],
            since=self.today - timedelta(days=random.randint(30, 6_000)),
        )

    def _holding(self, member: Member, kind: str, share: float = 0.68) -> None:
        random = self.random
        member.farm = f"{random.choice(FARMS)}" + (
            f" {random.randint(2, 9)}" if random.random() < 0.3 else ""
        )
        if random.random() < share:
            member.y_tunnus = self._y_tunnus()
        if kind == "farm":
            member.fields = _finnish(random.lognormvariate(3.3, 0.8))
        member.forest = _finnish(random.lognormvariate(3.5, 1.0))

    def _add(self, member: Member) -> None:
        member.number = str(1001 + len(self.members))
        self.members.append(member)

    def _first(self, *, woman: bool) -> str:
        names = self.women if woman else self.men
        return " ".join(self.random.sample(names, self.random.choice((1, 1, 2))))

    def _born(self) -> date:
        if self.random.random() < 0.02:
            return date(self.random.choice((1948, 1956, 1964, 1972, 1980, 1992)), 2, 29)
        return date(1936, 1, 1) + timedelta(days=self.random.randint(0, 20_000))

    def _phone(self) -> str:
        """Numbers beginning 099 belong to nobody."""
        digits = f"{self.random.randint(0, 9_999_999):07d}"
        return self.random.choice((f"099 {digits[:3]} {digits[3:]}", f"099-{digits}", f"+358 99 {digits}"))

    def _y_tunnus(self) -> str:
        while True:
            self.next_y += 1
            if found := make_y_tunnus(self.next_y % 10_000_000):
                return found


def _names() -> tuple[list[str], list[str], list[str]]:
    return (
        sorted(set(Finnish.last_names)),
        sorted(set(Finnish.first_names_male)),
        sorted(set(Finnish.first_names_female)),
    )


def _finnish(number: float) -> str:
    """30,00 or 1 234,5."""
    return f"{number:,.2f}".replace(",", " ").replace(".", ",")


def _day(day: date | None) -> str:
    return f"{day.day}.{day.month}.{day.year}" if day else ""


HEADINGS = [
    "Jäsennro",
    "Sukunimi",
    "Etunimet",
    "Lähiosoite",
    "Postinumero",
    "Postitoimipaikka",
    "Sähköposti",
    "Puhelin",
    "Syntymäaika",
    "Kotikunta",
    "Kieli",
    "Jäsenlaji",
    "Liittynyt",
    "Tilan nimi",
    "Y-tunnus",
    "Pelto (ha)",
    "Metsä (ha)",
    "Maksaja",
]


def cells(m: Member) -> list[str]:
    return [
        m.number, m.last, m.first, m.street, m.code, m.city, m.email, m.phone, _day(m.born), m.municipality, m.language,
        m.type, _day(m.since), m.farm, m.y_tunnus, m.fields, m.forest, m.payer,
    ]  # fmt: skip


def as_csv(members: list[Member], *, encoding: str = "iso-8859-1") -> bytes:
    """A list of an old system: letters its encoding lacks have lost their marks."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows(cells(member) for member in members)
    return b"".join(_encoded(letter, encoding) for letter in stream.getvalue())


def _encoded(letter: str, encoding: str) -> bytes:
    try:
        return letter.encode(encoding)
    except UnicodeEncodeError:
        return unicodedata.normalize("NFD", letter)[0].encode(encoding)


# --- the two lists ------------------------------------------------------------------------------------------------------
def farmers() -> list[Member]:
    """The farmers' list, with the slips such lists have."""
    members = Parish(seed=1, size=292).fill()
    for at, last in ((20, "KORHONEN"), (21, "VON WRIGHT")):
        members[at].last, members[at].first = last, members[at].first.upper()
    broken = [replace(members[n], number=str(1900 + n), payer="") for n in (30, 31, 32, 33, 34)]
    broken[0].last, broken[0].first, broken[0].y_tunnus, broken[0].email = (
        "Virheellinen",
        "Ville",
        "1234567-8",
        "",
    )
    broken[1].last, broken[1].first, broken[1].born, broken[1].since = "Päiväys", "Pirjo", None, None
    broken[2].last, broken[2].first, broken[2].type = "Tyypitön", "Tauno", "Ulkojäsen"
    broken[3].last, broken[3].first, broken[3].email = "Osoitteeton", "Oiva", "oiva(at)example.fi"
    broken[4].last, broken[4].first = "", "Nimetön"
    twice = [replace(members[n], number=str(1950 + n)) for n in (12, 40)]
    father = replace(members[60], born=date(1950, 2, 28), number="1998", payer="")
    return [*members, *broken, *twice, father]


def forest_owners() -> list[Member]:
    """The forest association's list: every fourth farmer is there too, the rest are its own."""
    both = [replace(m, payer="", fields="") for m in farmers()[:240:4]]
    own = Parish(seed=2, size=60).fill()
    return [replace(m, number=str(n), type="Metsänomistaja") for n, m in enumerate([*both, *own], start=1)]


def as_xlsx(members: list[Member]) -> bytes:
    """Titles above the headings, one column for the whole name, real dates and numbers, an empty sheet first."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Tyhjä"
    page = book.create_sheet("Jäsenet 2026")
    page.append(["Järven metsänhoitoyhdistys ry"])
    page.append([])
    page.append(["Nro", "Sukunimi Etunimi", "Y-tunnus", "Metsäpinta-ala", "Tila", "Osoite", "Pno ja toimipaikka", "E-mail",
                 "Matkapuhelin", "Synt.aika", "Jäsen alkaen", "Laji"])  # fmt: skip
    for m in members:
        page.append(_xlsx_row(m))
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream.getvalue())


def _timeless(xlsx: bytes) -> bytes:
    """The same bytes whenever they are written: without the moment of saving in the archive and in its properties."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb">\d{4}-\d\d-\d\dT[\d:.]+Z<", b">2026-01-01T00:00:00Z<", content)
            new.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _xlsx_row(m: Member) -> list[Any]:
    forest = float(m.forest.replace(" ", "").replace(",", ".")) if m.forest else None
    name = f"{m.last} {m.first}".strip()
    place = f"{m.code} {m.city}"
    return [
        int(m.number),
        name,
        m.y_tunnus,
        forest,
        m.farm,
        m.street,
        place,
        m.email,
        m.phone,
        m.born,
        m.since,
        m.type,
    ]


def main() -> None:
    (HERE / "kuusilahti.csv").write_bytes(as_csv(farmers()))
    (HERE / "jarvi.xlsx").write_bytes(as_xlsx(forest_owners()))


if __name__ == "__main__":
    main()
