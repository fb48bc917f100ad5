"""The association as it stands at the head of its papers."""

from __future__ import annotations

from typing import Any

from jasenpalvelu.common.logo import Logo, read_logo
from members.models import OrgUnit


def logo_of(unit: OrgUnit) -> Logo | None:
    if not unit.logo:
        return None
    try:
        with unit.logo.open("rb") as file:
            return read_logo(file.read())
    except OSError:
        return None


def sender(unit: OrgUnit, language: str) -> dict[str, Any]:
    place = " ".join(filter(None, (unit.postal_code, unit.city)))
    contact = ", ".join(filter(None, (unit.phone, unit.email)))
    details = [line for line in (unit.street, place, contact) if line]
    return {
        "name": unit.name_in(language),
        "details": details,
        "logo": logo_of(unit),
        "return_line": ", ".join(filter(None, (unit.name_in(language), unit.street, place))),
        "contact": contact or unit.name_in(language),
    }


def foot(unit: OrgUnit, language: str, y_tunnus: str) -> str:
    """The line at the bottom of each page."""
    told = f"{y_tunnus} {unit.y_tunnus}" if unit.y_tunnus else ""
    return " · ".join(filter(None, (unit.name_in(language), told, unit.phone, unit.email)))
