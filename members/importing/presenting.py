"""A row of the import as the page shows it: what it is, what would change, what is wrong, what may be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.common.dates import format_date, parse_date
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.reference import municipality_name
from members.importing import wording
from members.importing.differences import classes_of, printed_address
from members.importing.fields import HIDDEN, open_column
from members.importing.problems import Problem, is_error
from members.importing.rows import Parsed, display_name

LANGUAGES = {"fi": "suomi", "sv": "svenska", "en": "English"}
# What is kept of somebody who has left, as in members.scope.
LASTING = frozenset("AD")
DAYS = {"birth_date", "started_on", "ended_on"}
MUNICIPALITIES = {"municipality", "holding_municipality"}


@dataclass(frozen=True)
class Change:
    """One difference in words. `hidden`: the reader's role does not see this field, or an order hides it."""

    field: str
    before: str
    after: str
    hidden: bool = False


@dataclass(frozen=True)
class Candidate:
    """Somebody the row may be about: a member, or an earlier line of the file. Who is beyond the reader's reach is none."""

    reasons: str
    party_id: int | None = None
    name: str = ""
    number: str = ""
    line: int | None = None
    former: str = ""


@dataclass(frozen=True)
class RowView:
    """A row for the page."""

    pk: int
    line: int
    name: str
    verdict: str
    choice: str
    party_id: int | None
    done: bool
    linked: bool
    facts: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    can_create: bool = False
    raw: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Words:
    """Names the rows refer to by key, and what the reader may see."""

    types: Mapping[int, str]
    parties: Mapping[int, tuple[str, str]]
    classes: frozenset[str]
    header: list[str]
    mapping: Mapping[str, str]
    protected: frozenset[int] = frozenset()
    past: frozenset[int] = frozenset()

    def view(self, row: Any) -> RowView:
        """`protected` and `past` are keys of rows, by what their members are now and not when the file was read."""
        if row.pk in self.past:
            return replace(self, classes=self.classes & LASTING, past=frozenset()).view(row)
        parsed: Parsed = row.parsed
        protected = row.pk in self.protected or bool(parsed.get("non_disclosure") and row.done)
        name = display_name(parsed) or _("no name")
        seen = row.party_id in self.parties
        return RowView(
            pk=row.pk,
            line=row.line,
            name=name,
            verdict=row.verdict,
            choice=row.choice,
            party_id=row.party_id if seen else None,
            done=row.done,
            linked=row.verdict == "new" and seen and any("elsewhere" in found for found in row.candidates),
            facts=self._facts(parsed, protected=protected) if row.verdict != "update" else [],
            changes=[self._change(key, *values, protected=protected) for key, values in row.diff.items()]
            if seen
            else [],
            errors=[self._told(found, protected=protected) for found in row.problems if is_error(found)],
            warnings=[
                self._told(found, protected=protected) for found in row.problems if not is_error(found)
            ],
            candidates=[
                self._candidate(found, protected=protected)
                for found in row.candidates
                if found.get("party", 0) in {0, *self.parties}
            ],
            can_create=bool(parsed.get("type_new") and parsed.get("started_new")),
            raw=[
                (self.header[column], text)
                for column, text in enumerate(row.raw[: len(self.header)])
                if text.strip() and open_column(self.mapping, column, self.classes, protected=protected)
            ],
        )

    def _told(self, found: Problem, *, protected: bool) -> str:
        return wording.told(found, self.classes, protected=protected)

    def _facts(self, parsed: Parsed, *, protected: bool) -> list[str]:
        """The row in short: type, since when, municipality, contacts, holding."""
        found = [
            self.types.get(parsed.get("type") or parsed.get("type_new") or 0, ""),
            _("since %(day)s") % {"day": day_text(parsed["started_new"])}
            if parsed.get("started_new")
            else "",
            municipality_name(parsed["municipality"], language())
            if parsed.get("municipality") and not protected
            else "",
        ]
        if "B" in self.classes and not protected:
            found += [parsed.get("email", ""), parsed.get("phone", ""), printed_address(parsed)]
        if "C" in self.classes:
            holding = parsed.get("holding", {})
            found.append(" ".join(part for part in (holding.get("name"), holding.get("y_tunnus")) if part))
            found += [
                f"{wording.field_name(kind)} {number_text(value)}"
                for kind, value in parsed.get("bases", {}).items()
            ]
        return [text for text in found if text]

    def _change(self, key: str, before: Any, after: Any, *, protected: bool) -> Change:
        name = wording.field_name(key)
        if classes_of([key])[key] not in self.classes or (protected and key in HIDDEN):
            return Change(name, "", "", hidden=True)
        return Change(name, self.text(key, before), self.text(key, after))

    def text(self, key: str, value: Any) -> str:
        """A value of a difference as people write it; "–" for nothing."""
        if value in (None, ""):
            return "–"
        if key == "membership":
            return f"{self.types.get(value[0], '')}, {day_text(value[1])}"
        if key == "type":
            return self.types.get(value, "")
        if key in DAYS:
            return day_text(value)
        if key in MUNICIPALITIES:
            return municipality_name(value, language())
        if key.startswith("basis:"):
            return number_text(value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if key == "legal_form":
            return str(wording.LEGAL_FORMS.get(value, value))
        return LANGUAGES.get(value, value) if key == "language" else str(value)

    def _candidate(self, found: Mapping[str, Any], *, protected: bool) -> Candidate:
        reasons = found.get("reasons") or []
        if protected:
            kept = [wording.PROTECTED_REASONS.get(code, code) for code in reasons]
            reasons = list(dict.fromkeys(code for code in kept if code))
        told = [code for code in reasons if wording.REASON_CLASSES.get(code, "A") in self.classes]
        words = ", ".join(str(wording.REASONS.get(code, code)) for code in told)
        party = found.get("party")
        name, number = self.parties.get(party or 0, ("", ""))
        former = day_text(found["former"]) if found.get("former") else ("–" if "former" in found else "")
        return Candidate(words, party, name, number, found.get("line"), former)


def day_text(text: str) -> str:
    return format_date(parse_date(text)) if text else "–"


def number_text(text: str) -> str:
    return format_number(Decimal(text), language(), decimals=2)


def language() -> str:
    return (get_language() or "fi")[:2]
