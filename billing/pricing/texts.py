"""What a line says on paper: the component's name and the quantity it was calculated from."""

from collections.abc import Mapping
from decimal import Decimal

from billing.pricing.model import BRACKET, CAP, EXEMPTION, FAMILY, PER_UNIT, Line, Table
from jasenpalvelu.common.money import CENT, format_number

# Names of the lines that come from no rule.
NAMES: Mapping[str, Mapping[str, str]] = {
    FAMILY: {
        "fi": "Perhejäsen, sisältyy perheen maksuun",
        "sv": "Familjemedlem, ingår i familjens avgift",
        "en": "Family member, included in the family's fee",
    },
    EXEMPTION: {
        "fi": "Vapautus jäsenmaksusta",
        "sv": "Befrielse från medlemsavgift",
        "en": "Exemption from the membership fee",
    },
    CAP: {"fi": "Jäsenmaksukatto", "sv": "Medlemsavgiftstak", "en": "Membership fee maximum"},
}
# Units of the bases every federation has; others are given by the caller.
UNITS: Mapping[str, Mapping[str, str]] = {
    "field_ha": {"fi": "ha", "sv": "ha", "en": "ha"},
    "forest_ha": {"fi": "ha", "sv": "ha", "en": "ha"},
    "forest_ha_south": {"fi": "ha", "sv": "ha", "en": "ha"},
    "forest_ha_north": {"fi": "ha", "sv": "ha", "en": "ha"},
    "animal_units": {"fi": "ey", "sv": "de", "en": "LU"},
    "person_years": {"fi": "htv", "sv": "årsv.", "en": "FTE"},
}
_OF_YEAR = {"fi": "{share} vuodesta", "sv": "{share} av året", "en": "{share} of the year"}
_LIMITED = {
    ("min", "fi"): "vähimmäismaksu",
    ("min", "sv"): "minimiavgift",
    ("min", "en"): "minimum fee",
    ("max", "fi"): "enimmäismaksu",
    ("max", "sv"): "maximiavgift",
    ("max", "en"): "maximum fee",
}


def line_name(line: Line, tables_by_unit: Mapping[int, Table], language: str = "fi") -> str:
    """The name of the line's component, from the table it comes from or from the fixed names of what is taken off."""
    table = tables_by_unit.get(line.unit_id)
    rule = table.rule(line.component) if table else None
    if rule is not None:
        return rule.name(language)
    fixed = NAMES.get(line.kind, {})
    return fixed.get(language) or fixed.get("fi") or line.component


def basis_text(line: Line, language: str = "fi", units: Mapping[str, str] | None = None) -> str:
    """How the amount came about: "30,00 ha (20–39,99)", "30,00 ha × 1,25", "7/12 vuodesta", "50 %". May be empty.

    `units` gives the unit's abbreviation for each basis code, in the language asked for.
    """
    parts = []
    if line.quantity is not None:
        parts.append(_quantity(line, language, units))
    if line.limited:
        parts.append(_LIMITED[line.limited, language if (line.limited, language) in _LIMITED else "fi"])
    if line.share:
        parts.append(_OF_YEAR.get(language, _OF_YEAR["fi"]).format(share=line.share))
    if line.percent is not None and line.kind != FAMILY:
        percent = format_number(line.percent.normalize() + 0, language)
        parts.append(f"{percent}%" if language == "en" else f"{percent}\N{NO-BREAK SPACE}%")
    if line.reason:
        parts.append(line.reason)
    return ", ".join(parts)


def _quantity(line: Line, language: str, units: Mapping[str, str] | None) -> str:
    unit = _unit(line.bases, language, units)
    text = _number(line.quantity or Decimal(0), language) + (f"\N{NO-BREAK SPACE}{unit}" if unit else "")
    if line.kind == BRACKET and line.lower is not None:
        return f"{text} ({bracket_text(line.lower, line.upper, language)})"
    if line.kind == PER_UNIT and line.unit_price is not None:
        return f"{text} × {_number(line.unit_price, language)}\N{NO-BREAK SPACE}€"
    return text


def bracket_text(lower: Decimal, upper: Decimal | None, language: str = "fi") -> str:
    """A class as tariffs print it, its last hundredth included: 20–39,99. Without an upper end: 200–."""
    first = format_number(lower.normalize() + 0, language)
    return (
        f"{first}–" if upper is None else f"{first}–{format_number((upper - CENT).normalize() + 0, language)}"
    )


def _number(number: Decimal, language: str) -> str:
    """Two decimals, more only when the number has them: a class must never seem to be the wrong one."""
    own = -int(number.normalize().as_tuple().exponent)
    return format_number(number, language, decimals=max(2, own))


def _unit(bases: tuple[str, ...], language: str, units: Mapping[str, str] | None) -> str:
    for basis in bases:
        if units is not None and basis in units:
            return units[basis]
        if basis in UNITS:
            return UNITS[basis].get(language) or UNITS[basis]["fi"]
    return ""
