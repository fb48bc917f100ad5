"""Finland's municipalities, regions, wellbeing services counties and postal codes, packaged with the code.

Sources and licences: `data/ATTRIBUTION.md`. Codes are strings: they have leading zeros. Files are read once, on first use.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

from jasenpalvelu.common.sorting import fold, sort_key


@dataclass(frozen=True, slots=True)
class Area:
    """A region or a wellbeing services county."""

    code: str
    name_fi: str
    name_sv: str
    name_en: str

    def name(self, language: str = "fi") -> str:
        return str(getattr(self, f"name_{language}", "")) or self.name_fi


@dataclass(frozen=True, slots=True)
class Municipality(Area):
    """`languages`: fi, sv, fi_sv (bilingual, Finnish majority) or sv_fi. `population` is only a weight, never shown."""

    languages: str
    region: str
    wellbeing_county: str
    population: int

    @property
    def swedish_first(self) -> bool:
        return self.languages.startswith("sv")


@dataclass(frozen=True, slots=True)
class PostalCode:
    """`kind` is normal or pobox."""

    code: str
    name_fi: str
    name_sv: str
    kind: str
    municipality: str

    def name(self, language: str = "fi") -> str:
        return self.name_sv if language == "sv" and self.name_sv else self.name_fi


def _rows(name: str) -> Iterator[list[str]]:
    source = resources.files("jasenpalvelu.common") / "data" / f"{name}.csv"
    rows = csv.reader(source.read_text(encoding="utf-8").splitlines(), delimiter=";")
    next(rows)
    yield from rows


def _municipality(  # the columns of the file
    code: str, fi: str, sv: str, en: str, languages: str, region: str, county: str, population: str
) -> Municipality:
    return Municipality(code, fi, sv, en, languages, region, county, int(population or 0))


@lru_cache(maxsize=1)
def municipalities() -> Mapping[str, Municipality]:
    """By code, in Finnish alphabetical order of the Finnish names."""
    rows = sorted(_rows("municipalities"), key=lambda row: sort_key(row[1]))
    return MappingProxyType({row[0]: _municipality(*row) for row in rows})


@lru_cache(maxsize=1)
def regions() -> Mapping[str, Area]:
    """By code, in the order of the codes."""
    return MappingProxyType({row[0]: Area(*row) for row in _rows("regions")})


@lru_cache(maxsize=1)
def wellbeing_counties() -> Mapping[str, Area]:
    """By code. 90 and 91 (Helsinki, Åland) are not counties in law; they care for their people themselves."""
    return MappingProxyType({row[0]: Area(*row) for row in _rows("wellbeing_counties")})


@lru_cache(maxsize=1)
def postal_codes() -> Mapping[str, PostalCode]:
    """By code."""
    return MappingProxyType({row[0]: PostalCode(*row) for row in _rows("postal_codes")})


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for municipality in municipalities().values():
        for name in (municipality.name_fi, municipality.name_sv):
            names[fold(name)] = municipality.code
    return names


def municipality_code(text: str) -> str | None:
    """The code meant by a written municipality: its code ("5", "005") or its Finnish or Swedish name. None if unknown."""
    cleaned = text.strip()
    if cleaned.isascii() and cleaned.isdigit():
        code = cleaned.zfill(3)
        return code if code in municipalities() else None
    return _codes_by_name().get(fold(cleaned))


def municipality_name(code: str, language: str = "fi") -> str:
    """The name to show, or the code itself for one that is not in force any more."""
    found = municipalities().get(code)
    return found.name(language) if found else code


def municipality_choices(language: str = "fi") -> list[tuple[str, str]]:
    """(code, name) pairs for a form, in alphabetical order of that language."""
    return list(_municipality_choices(language))


@lru_cache(maxsize=8)
def _municipality_choices(language: str) -> tuple[tuple[str, str], ...]:
    pairs = [(code, municipality.name(language)) for code, municipality in municipalities().items()]
    return tuple(sorted(pairs, key=lambda pair: sort_key(pair[1])))


def post_office(code: str, language: str = "fi") -> str:
    """The post office of a postal code, empty for an unknown code."""
    found = postal_codes().get(code)
    return found.name(language) if found else ""
