"""Marks on the use of a person's data, read: what is in force, in words, and what it stands in the way of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.utils.translation import gettext as _

from jasenpalvelu.common.dates import format_date
from members.models import DataMark
from members.models.marks import MarkKind
from members.personal import registry
from members.personal.reading import Person


@registry.hindrance
def keeps(found: Person, on: date) -> Iterator[str]:
    """Nothing is erased while a mark is in force: restricted data is kept (article 18(1)), and what a dispute needs (17(3)(e))."""
    for mark in DataMark.objects.on(on).filter(party__in=found.parties).select_related("unit").order_by("pk"):
        told = {"what": mark.get_kind_display(), "unit": mark.unit, "reason": mark.reason}
        if mark.until:
            told["day"] = format_date(mark.until)
            yield _("A mark is in force until %(day)s: %(what)s (%(unit)s). %(reason)s") % told
        else:
            yield _("A mark is in force: %(what)s (%(unit)s). %(reason)s") % told


def chips(kinds: Iterable[str]) -> list[tuple[str, str]]:
    """For everybody who opens the member's page: whoever uses the data has to know."""
    texts = {
        MarkKind.RESTRICTION: _("The use of the data is restricted"),
        MarkKind.OBJECTION: _("Objects to the use of the data"),
        MarkKind.HOLD: _("Kept for a dispute"),
    }
    return [("warn", texts[MarkKind(kind)]) for kind in dict.fromkeys(kinds)]
