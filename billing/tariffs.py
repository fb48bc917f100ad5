"""Ready fee tables: published tariffs and complete examples, as data a unit can start its own table from.

Each file of `data/tariffs` tells where the figures were published. Classes that were not published are absent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

from billing.brackets import Bracket
from billing.pricing import Rule, Table

_FOLDER = resources.files("billing") / "data" / "tariffs"
_DECIMALS = ("amount", "unit_price", "percent", "minimum", "maximum")


@dataclass(frozen=True, slots=True)
class Tariff:
    """A table nobody has decided yet. `level` says which kind of unit it is for: central or association.

    A rule whose beneficiary is "central" collects for the union above; the others are the unit's own.
    """

    slug: str
    year: int
    level: str
    names: Mapping[str, str]
    source: str
    note: str
    cap: Decimal | None
    instalment_threshold: Decimal | None
    rules: tuple[Rule, ...]
    for_union: frozenset[str]

    def name(self, language: str = "fi") -> str:
        return self.names.get(language) or self.names["fi"]

    def table(self, unit_id: int, union_id: int | None = None, year: int | None = None) -> Table:
        """The tariff as the table of a unit; `union_id` gets what it collects for the union."""
        year = year or self.year
        rules = tuple(
            _for_beneficiary(rule, union_id) if rule.code in self.for_union else rule for rule in self.rules
        )
        return Table(
            unit_id,
            date(year, 1, 1),
            date(year, 12, 31),
            rules,
            cap=self.cap,
            instalment_threshold=self.instalment_threshold,
        )


def _for_beneficiary(rule: Rule, union_id: int | None) -> Rule:
    if union_id is None:
        raise ValueError(f"{rule.code} is collected for the union: which one?")
    values = {name: getattr(rule, name) for name in Rule.__slots__}
    return Rule(**{**values, "beneficiary": union_id})


@lru_cache(maxsize=1)
def tariffs() -> Mapping[str, Tariff]:
    """All ready tariffs by slug: examples first, then published ones from the newest."""
    files = (entry for entry in _FOLDER.iterdir() if entry.name.endswith(".json"))
    found = [_read(json.loads(entry.read_text(encoding="utf-8"))) for entry in files]
    found.sort(key=lambda tariff: (bool(tariff.source), -tariff.year, tariff.level != "central", tariff.slug))
    return {tariff.slug: tariff for tariff in found}


def columns(rule: Rule) -> dict[str, Any]:
    """The rule as the columns of a stored one: names by language, types and bases as lists. Without its classes."""
    return {
        "code": rule.code,
        "name_fi": rule.name("fi"),
        "name_sv": rule.name("sv"),
        "name_en": rule.name("en"),
        "kind": rule.kind,
        "once_per": rule.once_per,
        "bases": list(rule.bases),
        "basis_area": rule.basis_area,
        "types": sorted(rule.types),
        "excluded_types": sorted(rule.excluded_types),
        **{name: getattr(rule, name) for name in _DECIMALS},
        "required": rule.required,
        "condition": rule.condition,
        "proration": rule.proration,
        "join_cutoff": rule.join_cutoff,
        "account": rule.account,
        "vat_code": rule.vat_code,
        "vat_rate": rule.vat_rate,
    }


def _read(data: Mapping[str, Any]) -> Tariff:
    return Tariff(
        slug=data["slug"],
        year=data["year"],
        level=data["level"],
        names=data["names"],
        source=data["source"],
        note=data["note"],
        cap=_decimal(data.get("cap")),
        instalment_threshold=_decimal(data.get("instalment_threshold")),
        rules=tuple(_rule(rule, position) for position, rule in enumerate(data["rules"], start=1)),
        for_union=frozenset(rule["code"] for rule in data["rules"] if rule.get("beneficiary") == "central"),
    )


def _rule(data: Mapping[str, Any], position: int) -> Rule:
    values = {name: value for name, value in data.items() if name not in {"beneficiary", "brackets"}}
    values |= {name: _decimal(data[name]) for name in _DECIMALS if name in data}
    values["bases"] = tuple(data.get("bases", ()))
    values["types"] = frozenset(data.get("types", ()))
    values["excluded_types"] = frozenset(data.get("excluded_types", ()))
    values["brackets"] = tuple(
        Bracket(Decimal(lower), _decimal(upper), Decimal(amount))
        for lower, upper, amount in data.get("brackets", ())
    )
    return Rule(**values, position=position)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
