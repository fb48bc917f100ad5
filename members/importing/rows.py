"""One row of the file as a member: its values by field, and what is wrong with them.

The parsed row is plain JSON, because it is kept with the row until the import is taken back or tidied away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jasenpalvelu.common.reference import municipalities, post_office, postal_codes
from jasenpalvelu.common.sorting import fold, sort_key
from members.importing import values
from members.importing.fields import BASES
from members.importing.problems import Problem, Unreadable, problem

Parsed = dict[str, Any]

# Where forest counts as northern: Lapland, North Ostrobothnia, Kainuu, as in the national forest inventory.
NORTHERN_REGIONS = frozenset({"17", "18", "19"})
LENGTHS = {
    "last_name": 100,
    "first_names": 100,
    "organisation": 200,
    "street": 200,
    "co_line": 80,
    "city": 60,
    "holding_name": 120,
}
LONGEST_SORT_KEY = 400  # letters of other scripts take seven places each
# Values whose loss an importer may accept with a warning; names, dates, business IDs, types and bases never.
FORGIVABLE = frozenset(
    {"email", "phone", "postal_code", "country", "language", "municipality", "holding_municipality"}
)
ADDRESS = ("street", "co_line", "postal_code", "city", "country")


@dataclass(frozen=True)
class Type:
    """What of a membership type matters here."""

    id: int
    for_kinds: tuple[str, ...] = ()
    needs_holding: bool = False
    min_age: int | None = None


@dataclass(frozen=True)
class Reader:
    """How the rows of one batch are read: which column is which field, and what a value not given means.

    `types`: folded name or code → type. `on`: the day of the import, against which days are judged.
    """

    mapping: Mapping[int, str]
    types: Mapping[str, Type]
    on: date
    default_type: int | None = None
    default_type_organisation: int | None = None
    default_started_on: date | None = None
    default_language: str = "fi"
    default_municipality: str = ""
    clear_empty: bool = False
    lenient: bool = False
    by_id: Mapping[int, Type] = field(default_factory=dict)

    def read(self, cells: Sequence[str]) -> tuple[Parsed, list[Problem]]:
        """The row's values and problems; a row with an error may lack values."""
        row = _Row(self, self._texts(cells))
        row.read()
        return row.parsed, row.problems

    def _texts(self, cells: Sequence[str]) -> dict[str, str]:
        """field → text; of several columns of one field the first that holds something."""
        texts: dict[str, str] = {}
        for column, key in self.mapping.items():
            text = cells[column].strip() if column < len(cells) else ""
            if text or key not in texts:
                texts[key] = texts.get(key) or text
        return texts


class _Row:
    def __init__(self, reader: Reader, texts: dict[str, str]) -> None:
        self.reader, self.texts = reader, texts
        self.parsed: Parsed = {}
        self.problems: list[Problem] = []

    def read(self) -> None:
        self._identity()
        self._contacts()
        self._dates()
        self._membership()
        self._holding()
        self._references()
        if self.reader.clear_empty:
            self._emptied()

    # --- helpers ----------------------------------------------------------------------------------------------------
    def _value(self, key: str, read: Callable[[str], Any]) -> Any:
        """The field's value, None when its cell is empty or cannot be read; the reason is noted."""
        text = self.texts.get(key, "")
        if not text:
            return None
        try:
            return read(text)
        except Unreadable as error:
            self._note(error.code, key, warning=self.reader.lenient and key in FORGIVABLE, **error.facts)
        return None

    def _set(self, key: str, value: Any) -> None:
        if value not in (None, ""):
            limit = LENGTHS.get(key)
            if limit and len(value) > limit:
                self._note("too_long", key, limit=limit)
                value = value[:limit]
            self.parsed[key] = value

    def _note(self, code: str, key: str = "", *, warning: bool = False, **facts: Any) -> None:
        self.problems.append(problem(code, key, warning=warning, **facts))

    def _warn(self, code: str, key: str = "", **facts: Any) -> None:
        self._note(code, key, warning=True, **facts)

    # --- who --------------------------------------------------------------------------------------------------------
    def _identity(self) -> None:
        last = values.person_name(self.texts.get("last_name", ""))
        first = values.person_name(self.texts.get("first_names", ""))
        whole = values.clean(self.texts.get("name", "") or self.texts.get("name_first", ""))
        organisation = values.clean(self.texts.get("organisation", ""))
        told = values.legal_form(self.texts.get("legal_form", ""))
        given = whole if whole and not last else f"{last} {first}".strip()
        form = told or ("" if organisation else values.legal_form_of(given))
        if (organisation and told != "person") or (form and form != "person"):
            if told:
                self.parsed["legal_form_told"] = True
            self._organisation(organisation or given, form or values.legal_form_of(organisation) or "other")
        else:
            self._person(last, first, whole)
        if number := values.clean(self.texts.get("number", "")):
            self.parsed["number"] = number[:40]

    def _organisation(self, name: str, form: str) -> None:
        self.parsed["kind"] = "organisation"
        if not name:
            self._note("name_missing", "organisation")
        elif len(sort_key(name)) > LONGEST_SORT_KEY:
            self._note("too_long", "organisation", limit=LENGTHS["organisation"])
        self._set("organisation", name)
        self.parsed["legal_form"] = "other" if form == "person" else form
        self._set("y_tunnus", self._value("y_tunnus", values.y_tunnus))
        if not self.texts.get("y_tunnus"):
            self._warn("y_tunnus_missing", "y_tunnus")
        if self.texts.get("birth_date"):
            self._warn("not_a_person", "birth_date")

    def _person(self, last: str, first: str, whole: str) -> None:
        self.parsed["kind"] = "person"
        if whole and not (last or first):
            last, first = values.split_name(
                whole, last_first="name" in self.texts and bool(self.texts["name"])
            )
        elif last and not first and " " in last and "first_names" not in self.reader.mapping.values():
            last, first = values.split_name(last, last_first=True)
        self._set("last_name", last)
        self._set("first_names", first)
        if not last and not first:
            self._note("name_missing", "name" if whole else "last_name")
        elif not last or not first:
            self._note("name_half", "first_names" if last else "last_name", value=last or first)
        elif not any(c.isalpha() for c in last) or not any(c.isalpha() for c in first):
            self._note("name_odd", "last_name", value=f"{last} {first}")
        elif len(last) + len(first) > 199 or len(sort_key(f"{last} {first}")) > LONGEST_SORT_KEY:
            self._note("too_long", "last_name", limit=199)

    # --- contacts ---------------------------------------------------------------------------------------------------
    def _contacts(self) -> None:
        for key, read in (("email", values.emails), ("phone", values.phones)):
            found = self._value(key, read)
            if found is not None:
                value, others = found
                self._set(key, value)
                if others:
                    self._warn("several_values", key, value=value)
        country = self._value("country", values.country) or "FI"
        street, code, city = values.split_street(self.texts.get("street", ""))
        postal = self._value("postal_code", lambda text: values.postal(text, country=country))
        if postal:
            code, city = postal[0], postal[1] or city
        elif self.texts.get("postal_code"):
            code = ""
        city = self._city(values.clean(self.texts.get("city", "")) or city, code)
        self._set("street", street)
        self._set("co_line", values.clean(self.texts.get("co_line", "")))
        self._set("postal_code", self._code or code)
        self._set(
            "city", city or (post_office(code, self.reader.default_language) if country == "FI" else "")
        )
        if any(key in self.parsed for key in ADDRESS):
            self.parsed["country"] = country
            if country == "FI" and code and code not in postal_codes():
                self._warn("postal_code_unknown", "postal_code", value=code)
        self._language_and_place()

    _code = ""

    def _city(self, text: str, code: str) -> str:
        """The post office without a postal code that stands before it; that code serves when there is no other."""
        if text[:5].isascii() and text[:5].isdigit() and len(text) > 5:
            if not code:
                self._code = text[:5]
            text = text[5:].strip(" ,")
        return values.place(text)

    def _language_and_place(self) -> None:
        self._set("language", self._value("language", values.language))
        self._set("municipality", self._value("municipality", values.municipality))
        if self._value("non_disclosure", values.yes):
            self.parsed["non_disclosure"] = True

    # --- days -------------------------------------------------------------------------------------------------------
    def _dates(self) -> None:
        on = self.reader.on
        year = on.year % 100
        born = None
        if self.parsed["kind"] == "person":
            born = self._value("birth_date", lambda text: values.day(text, pivot=year))
        started = self._value("started_on", lambda text: values.day(text, pivot=year, year_alone=True))
        ended = self._value("ended_on", lambda text: values.day(text, pivot=year, year_alone=False))
        if born and not values.OLDEST <= born <= on:
            self._note("birth_date_odd", "birth_date", value=born.isoformat())
        if started and started.year > on.year + 1:
            self._note("date_far", "started_on", value=started.isoformat())
        if born and started and started < born:
            self._note("started_before_birth", "started_on", value=started.isoformat())
        if started and ended and ended < started:
            self._note("ended_before_start", "ended_on", value=ended.isoformat())
        for key, found in (("birth_date", born), ("started_on", started), ("ended_on", ended)):
            if found:
                self.parsed[key] = found.isoformat()

    # --- membership -------------------------------------------------------------------------------------------------
    def _membership(self) -> None:
        reader = self.reader
        kind = self.parsed["kind"]
        text = self.texts.get("type", "")
        if text:
            found = reader.types.get(fold(text))
            if found is None:
                self._note("type_unknown", "type", value=values.clean(text)[:60])
                return
            self.parsed["type"] = found.id
        default = reader.default_type_organisation if kind == "organisation" else None
        chosen = self.parsed.get("type") or default or reader.default_type
        if chosen is not None:
            self.parsed["type_new"] = chosen
            self._check_type(reader.by_id.get(chosen), kind)
        started = self.parsed.get("started_on")
        default_day = reader.default_started_on
        if not started and default_day:
            started = default_day.isoformat()
        if started:
            self.parsed["started_new"] = started

    def _check_type(self, chosen: Type | None, kind: str) -> None:
        if chosen is None:
            return
        if chosen.for_kinds and kind not in chosen.for_kinds:
            self._note("type_not_for_kind", "type")
        born = self.parsed.get("birth_date")
        if not (chosen.min_age and born):
            return
        if values.age_on(date.fromisoformat(born), self.reader.on) < chosen.min_age:
            self._warn("too_young", "birth_date", limit=chosen.min_age)

    # --- holding ----------------------------------------------------------------------------------------------------
    def _holding(self) -> None:
        holding: dict[str, str] = {}
        name = values.clean(self.texts.get("holding_name", ""))
        bases = self._bases()
        number = self._value("holding_y_tunnus", values.y_tunnus)
        if number is None and self.parsed["kind"] == "person":
            number = self._value("y_tunnus", values.y_tunnus)
        if number is None and self.parsed["kind"] == "organisation" and (bases or name):
            number = self.parsed.get("y_tunnus")
        if not (name or number or bases):
            self._missing_holding()
            return
        if len(name) > LENGTHS["holding_name"]:
            self._note("too_long", "holding_name", limit=LENGTHS["holding_name"])
        if name:
            holding["name"] = name
        if number:
            holding["y_tunnus"] = number
        elif self.parsed["kind"] == "person" and not (
            self.texts.get("y_tunnus") or self.texts.get("holding_y_tunnus")
        ):
            self._warn("holding_y_tunnus_missing", "holding_y_tunnus")
        municipality = self._value("holding_municipality", values.municipality)
        if municipality:
            holding["municipality"] = municipality
        self.parsed["holding"] = holding
        if bases:
            self.parsed["bases"] = self._zoned(bases, municipality)

    def _missing_holding(self) -> None:
        chosen = self.reader.by_id.get(self.parsed.get("type_new") or 0)
        if chosen and chosen.needs_holding:
            self._warn("needs_holding", "holding_name")

    def _bases(self) -> dict[str, str]:
        found = {}
        for key in (*BASES, "forest_ha"):
            value = self._value(key, values.quantity)
            if value is not None:
                found[key] = str(value)
        return found

    def _zoned(self, bases: dict[str, str], municipality: str | None) -> dict[str, str]:
        """Forest without its zone goes to the zone of the holding's, the member's or the association's municipality."""
        area = bases.pop("forest_ha", None)
        if area is None:
            return bases
        code = self.parsed.get("postal_code", "")
        home = postal_codes()[code].municipality if code in postal_codes() else ""
        for place in (municipality, self.parsed.get("municipality"), home, self.reader.default_municipality):
            if place and place in municipalities():
                north = municipalities()[place].region in NORTHERN_REGIONS
                return bases | {"forest_ha_north" if north else "forest_ha_south": area}
        return bases | {"forest_ha_south": area}

    # --- others -----------------------------------------------------------------------------------------------------
    def _references(self) -> None:
        for key in ("payer", "spouse", "family_of"):
            if text := values.clean(self.texts.get(key, "")):
                self.parsed[key] = text[:200]

    def _emptied(self) -> None:
        """Fields whose column is in the file but whose cell is empty: the register's value is to go."""
        mapped = set(self.reader.mapping.values())
        empty = {key for key in mapped if not self.texts.get(key)}
        gone: list[str] = [key for key in ("email", "phone", "municipality", "birth_date") if key in empty]
        if "street" in empty and not any(self.parsed.get(key) for key in ("street", "postal_code", "city")):
            gone.append("address")
        if gone:
            self.parsed["emptied"] = sorted(gone)


def display_name(parsed: Parsed) -> str:
    """As in lists: Sukunimi Etunimi, or the organisation's name."""
    if parsed.get("kind") == "organisation":
        return str(parsed.get("organisation", ""))
    return f"{parsed.get('last_name', '')} {parsed.get('first_names', '')}".strip()


def identity_key(parsed: Parsed) -> str:
    """What rows about the same member share: rows with different keys are never compared within the file."""
    if parsed.get("kind") == "organisation":
        return (
            f"y:{parsed['y_tunnus']}"
            if parsed.get("y_tunnus")
            else f"o:{sort_key(parsed.get('organisation', ''))}"[:200]
        )
    first = (sort_key(parsed.get("first_names", "")).split() or [""])[0]
    return f"p:{sort_key(parsed.get('last_name', ''))} {first}"[:200]
