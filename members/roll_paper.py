"""The list of members of the Act on paper: a head with association, day and count, then the names by number."""

from __future__ import annotations

from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _

from jasenpalvelu.common import paper
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_number
from members.cards.printing import logo_of
from members.models import OrgUnit
from members.roll import Line, Roll

TEMPLATE = "documents/roll.html"


def part(
    unit: OrgUnit,
    roll: Roll,
    lines: list[Line],
    *,
    before: int,
    pages_before: int,
    count: int | None,
    made_on: date,
) -> bytes:
    """A stretch of the list; the first one has the head with the count. `before` members and `pages_before` pages precede it."""
    with translation.override(roll.language):
        title, day = _("List of members"), format_date(roll.on)
        as_of = _("as of %(day)s") % {"day": day}
        facts = [
            (_("Association"), unit.name),
            (_("As of"), day),
            (_("Members"), format_number(count or 0, roll.language)),
            (_("Printed"), format_date(made_on)),
            (_("Basis"), _("Associations Act 503/1989, section 11: full name and home municipality")),
        ]
        values = {
            "lang": roll.language,
            "title": title,
            "author": unit.name,
            "created": made_on.isoformat(),
            "body": "roll",
            "unit": unit.name,
            "logo": bool(unit.logo),
            "first": before == 0,
            "as_of": as_of,
            "facts": facts,
            "foot": f"{unit.name} · {title} {as_of}",
            "first_page": pages_before + 1,
            "lines": [
                (number, line.name, line.municipality or "–") for number, line in enumerate(lines, before + 1)
            ],
            "words": {
                "page": _("Page"),
                "number": _("No."),
                "name": _("Name"),
                "place": _("Home municipality"),
            },
        }
        return paper.pdf(TEMPLATE, values, logo_of(unit) if before == 0 else None)
