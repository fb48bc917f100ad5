"""The person's copy of everything: a file for machines and one for reading (GDPR articles 15 and 20).

The shape of the JSON file is documented in docs/subject-access.md and counted by FORMAT_VERSION; `data` follows the tables.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from jasenpalvelu.common import clock, paper
from jasenpalvelu.common.dates import format_date
from members.models import ContactPoint, Membership, UnitRules
from members.models.parties import Source
from members.models.units import Admission
from members.personal import terms, wording
from members.personal.labels import models_by_table
from members.personal.reading import CHANGE, Part, Person, Ref, parts, plain
from members.personal.registry import CHAPTERS, HOLDS, all_rows
from members.seers import people_who_see

FORMAT, FORMAT_VERSION = "jasenpalvelu-subject-access", 1
TEMPLATE = "documents/personal.html"
# So many of the newest rows of a table are printed; the JSON file has all of them.
PRINTED = 100
# A table with more columns is told row by row.
ACROSS = 4


@dataclass(frozen=True)
class Copy:
    """A finished file."""

    name: str
    content_type: str
    data: bytes
    rows: int


def as_json(found: Person, *, at: datetime, language: str) -> Copy:
    """Machine readable, complete."""
    with translation.override(language):
        told = parts(found)
        whole = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "made_at": at.isoformat(),
            "language": language,
            "subject": {"name": found.party.display_name, "member_number": found.party.number},
            "data": [_json_part(part) for part in told],
            "recipients": recipients(found, at),
            "sources": sources(found),
            "retention": retention(_units(found)),
            "rights": rights(),
        }
    data = json.dumps(whole, ensure_ascii=False, indent=1).encode()
    return Copy(_file(found, at, "json"), "application/json", data, sum(part.total for part in told))


def _json_part(part: Part) -> dict[str, Any]:
    return {
        "table": part.rows.table,
        "chapter": part.rows.chapter,
        "title": str(part.rows.title),
        "columns": part.columns,
        "rows": [{name: plain(value) for name, value in line.items()} for line in part.lines],
    }


def as_pdf(found: Person, *, at: datetime, language: str) -> Copy:
    """For reading and printing: the newest rows of each table, and the words around them."""
    with translation.override(language):
        told = parts(found, limit=PRINTED)
        values = _document(found, told, at, language)
        data = paper.pdf(TEMPLATE, values)
    return Copy(_file(found, at, "pdf"), "application/pdf", data, sum(part.total for part in told))


def _file(found: Person, at: datetime, form: str) -> str:
    return f"omat-tiedot-{found.party.number}-{at.astimezone(clock.HELSINKI):%Y%m%d}.{form}"


def _document(found: Person, told: list[Part], at: datetime, language: str) -> dict[str, Any]:
    made = format_date(at.astimezone(clock.HELSINKI).date())
    return {
        "lang": language,
        "title": _("Your data in the member register"),
        "author": "Jäsenpalvelu",
        "created": at.date().isoformat(),
        "body": "record copy",
        "page": _("page"),
        "foot": _("Made on %(day)s from the member register. For %(name)s only.")
        % {"day": made, "name": found.party.display_name},
        "name": found.party.display_name,
        "number": _("Member number %(number)s") % {"number": found.party.number},
        "lede": _(
            "This is everything the register holds of you, in all associations, on %(day)s. The same data with all rows is in the JSON file."
        )
        % {"day": made},
        "about": [
            (_("Who sees your data"), recipients(found, at)),
            (_("Where the data comes from"), sources(found)),
            (_("How long it is kept"), retention(_units(found))),
            (_("Your rights"), rights()),
        ],
        "chapters": _chapters(told),
        "empty": [str(part.rows.title) for part in told if not part.lines],
        "empty_title": _("Nothing is held of these"),
    }


def _chapters(told: list[Part]) -> list[dict[str, Any]]:
    found = []
    for key, title in CHAPTERS.items():
        inside = [_printed(part) for part in told if part.rows.chapter == key and part.lines]
        if inside:
            found.append({"title": str(title), "parts": inside})
    return found


def _printed(part: Part) -> dict[str, Any]:
    model = models_by_table()[part.rows.table]
    if part.rows.table == CHANGE:
        lines = [[wording.text(model, "at", row["at"]), *_told_change(row)] for row in part.lines]
        heads = [_("Time"), _("What"), _("How")]
        return _across(part, heads, lines)
    rows = [[(part.columns[n], wording.text(model, n, row[n])) for n in part.columns] for row in part.lines]
    # What is the person in every row, or nothing in any, tells nothing.
    shown = [
        n
        for n, name in enumerate(part.columns)
        if any(row[n][1] != wording.NOTHING for row in rows)
        and not all(isinstance(line[name], Ref) and line[name].own for line in part.lines)
    ]
    names = list(part.columns.values())
    if len(shown) <= ACROSS:
        return _across(part, [names[n] for n in shown], [[row[n][1] for n in shown] for row in rows])
    said = [[row[n] for n in shown if row[n][1] != wording.NOTHING] for row in rows]
    return {"title": str(part.rows.title), "note": _left_out(part), "blocks": said, "heads": [], "lines": []}


def _told_change(row: dict[str, Any]) -> list[str]:
    title = next((str(r.title) for r in all_rows() if r.table == row["table_name"]), row["table_name"])
    what, lines = wording.change(row)
    return [f"{title}: {what}", "; ".join(lines) or wording.NOTHING]


def _across(part: Part, heads: list[str], lines: list[list[str]]) -> dict[str, Any]:
    return {
        "title": str(part.rows.title),
        "note": _left_out(part),
        "heads": heads,
        "lines": lines,
        "blocks": [],
    }


def _left_out(part: Part) -> str:
    if part.total <= len(part.lines):
        return ""
    return _("The newest %(shown)s of %(total)s rows. The JSON file has all.") % {
        "shown": len(part.lines),
        "total": part.total,
    }


# --- what stands beside the data: GDPR article 15(1) ------------------------------------------------------------------
def recipients(found: Person, at: datetime) -> list[str]:
    """Who sees the data now, by post; and to whom it may be given."""
    on = at.astimezone(clock.HELSINKI).date()
    rows = list(Membership.objects.filter(party__in=found.parties).order_by("pk"))
    present = frozenset(m.unit_id for m in rows if m.is_in_hand(on))
    past = frozenset(m.unit_id for m in rows) - present
    people = [f"{s.name}, {s.role}, {s.unit}: {s.text}" for s in people_who_see(present, past, on)]
    return [*people, *processors(), *by_machine(sorted(present), on)]


def by_machine(units: Sequence[int], on: date) -> list[str]:
    """Whether anything is decided by machine alone (GDPR articles 13(2)(f) and 22): as the rules of these associations say."""
    rules = [UnitRules.objects.for_unit(unit, on) for unit in units]
    automatic = [rule.unit for rule in rules if rule is not None and rule.admission == Admission.AUTOMATIC]
    if not automatic:
        return [_("No decision is made by machine alone.")]
    names = ", ".join(str(unit) for unit in automatic)
    return [
        _("%(names)s: an application that meets the conditions of the rules is approved at once, without anybody looking at it. Nobody is turned down by machine: what does not meet them waits for the board. You may ask the board to look at a decision.")
        % {"names": names}
    ]  # fmt: skip


def processors() -> list[str]:
    """Outside the associations; the same for everybody."""
    return [
        _("The bank and the printer of invoices, for invoices that go to them"),
        _("Whoever keeps the service running, on behalf of the associations and bound by contract"),
        _("Authorities, when the law gives them the right"),
        _("Data is not moved outside the European Economic Area."),
    ]


def sources(found: Person) -> list[str]:
    """From whom the contact details came, and what else there is."""
    texts = {
        Source.OFFICE: _("The office of the association entered contact details."),
        Source.IMPORT: _(
            "Contact details came from a list the association brought from its earlier register."
        ),
        Source.MEMBER: _("You told contact details yourself."),
        Source.FORM: _("Contact details came from your join form."),
    }
    used = ContactPoint.objects.filter(party__in=found.parties).order_by().values_list("source", flat=True)
    told = [texts[Source(source)] for source in sorted(set(used))]
    return [*told, _("Invoices and payments come from the fees of the associations and from the bank.")]


def retention(units: Sequence[int] = ()) -> list[str]:
    """How long, by the rules the erasure follows and those of these associations."""
    lines = [f"{title}: {rule}" for title, rule in HOLDS.values()]
    return [*terms.lines(units), *lines]


def _units(found: Person) -> list[int]:
    rows = Membership.objects.filter(party__in=found.parties).order_by("unit_id")
    return list(rows.values_list("unit_id", flat=True).distinct())


def rights() -> list[str]:
    return [
        _("You may ask that mistakes be corrected and that what is no longer needed be erased."),
        _("You may ask that the use of your data be restricted, and object to it."),
        _("You may take this file to another service."),
        _("You may turn to the Data Protection Ombudsman: tietosuoja.fi"),
    ]
