"""How a unit's letters look: its own settings, else the unit's own facts, else those of the units above, the nearest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from communications.letters import addresses, colours
from communications.letters.drawing import Logo, ResolvedLook
from communications.letters.languages import LANGUAGES
from communications.models import Look
from jasenpalvelu.common.logo import WIDE
from members.models import OrgUnit
from members.models.units import Relation

# A logo's largest size in points at the head of a letter.
LOGO_WIDTH, LOGO_HEIGHT = 240, 72
_TYPES = {"png", "jpg"}


def look_of(unit: OrgUnit) -> ResolvedLook:
    """Three queries. `from_name` and the name are the unit's own, never those of a unit above."""
    line = line_of(unit)
    looks = Look.objects.in_bulk([one.pk for one in line], field_name="unit_id")
    own = looks.get(unit.pk)
    found = [(one, looks.get(one.pk)) for one in line]
    colour = _first(lambda one, look: (look.colour if look else "") or one.colour, found)
    colour = colour if colours.is_colour(colour) else colours.OWN
    place = " ".join(filter(None, (unit.postal_code, unit.city)))
    return ResolvedLook(
        names={code: unit.name_in(code) for code in LANGUAGES},
        address=tuple(filter(None, (unit.street, place))),
        colour=colour,
        on_colour=colours.on(colour),
        link=colours.for_links(colour),
        footers=_footers(found),
        logo=_logo(line),
        from_name=(own.from_name if own else "") or unit.name_fi,
        reply_to=(own.reply_to if own else "")
        or unit.email
        or _first(lambda one, look: look.reply_to if look else "", found),
    )


def line_of(unit: OrgUnit) -> list[OrgUnit]:
    """The unit and those above it, the nearest first."""
    above = OrgUnit.objects.filter(
        descendant_links__descendant=unit.pk, descendant_links__relation=Relation.ADMINISTRATIVE
    )
    return list(above.order_by("descendant_links__depth", "pk")) or [unit]


Found = Iterable[tuple[OrgUnit, Look | None]]


def _first(ask: Callable[[OrgUnit, Look | None], str], found: Found) -> str:
    return next((told for one, look in found if (told := ask(one, look))), "")


def _footers(found: Found) -> dict[str, str]:
    """The words of the nearest that has any, in its languages."""
    for _one, look in found:
        told = {code: getattr(look, f"footer_{code}").strip() for code in LANGUAGES} if look else {}
        if any(told.values()):
            return told
    return {}


def _logo(line: Iterable[OrgUnit]) -> Logo | None:
    for distance, unit in enumerate(line):
        extension = str(unit.logo.name).rsplit(".", 1)[-1].lower() if unit.logo else ""
        size = _size(unit) if extension in _TYPES else None
        if size:
            width, height = _fitted(*size)
            wide = not distance and size[0] > WIDE * size[1]
            return Logo(addresses.logo_url(unit.pk, extension), width, height, wide)
    return None


def _size(unit: OrgUnit) -> tuple[int, int] | None:
    try:
        with unit.logo.open("rb") as file, Image.open(BytesIO(file.read()), formats=("PNG", "JPEG")) as image:
            return image.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError):
        return None


def _fitted(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LOGO_WIDTH / width, LOGO_HEIGHT / height)
    return max(1, round(width * scale)), max(1, round(height * scale))
