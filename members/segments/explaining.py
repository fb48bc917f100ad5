"""Why a person is in a segment or is not: every criterion with its answer and the fact behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import BooleanField, Case, Q, Value, When
from django.utils.translation import gettext as _

from members import listing
from members.choosing import Choices
from members.models import Membership, Party
from members.segments import compiling, wording
from members.segments.criteria import Known, Reading, kind_of
from members.segments.tree import Criterion, Group, Segment


@dataclass(frozen=True)
class Answer:
    """One line. `true` is None where a non-disclosure order leaves the question unanswered; `depth` of a group within groups."""

    text: str
    true: bool | None
    fact: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Explained:
    party: Party
    belongs: bool
    answers: list[Answer]


def explain(segment: Segment, party: Party, choices: Choices, today: date) -> Explained:
    """Asked of the database in one statement, criterion by criterion, as the segment itself asks it.

    The caller has seen to it that the reader holds the segment's field classes over the party.
    """
    reading = Reading(segment, choices)
    tree = reading.finished
    found = compiling.narrowing(segment, choices, today)
    questions: dict[str, Q] = {"base": compiling.base_condition(reading, today)}
    for n, leaf in enumerate(tree.leaves()):
        questions[f"leaf_{n}"] = compiling.leaf_condition(reading, leaf, today)
    asked = {
        name: Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
        for name, condition in questions.items()
    }
    row = Party.objects.filter(pk=party.pk).annotate(**asked).values(*asked).get()
    belongs = listing.parties(found).filter(pk=party.pk).exists()
    known = Known(party, _memberships(party, choices), choices, segment.on or today)
    subject = str(wording.SUBJECTS.get(segment.state, segment.state))
    states = ", ".join(f"{m.type}, {m.unit}" for m in known.memberships)
    answers = [Answer(subject, row["base"], states)]
    return Explained(party, belongs, answers + _Teller(reading, known, row).group(tree, 0))


@dataclass
class _Teller:
    reading: Reading
    known: Known
    row: dict[str, bool]
    asked: int = 0

    def group(self, group: Group, depth: int) -> list[Answer]:
        answers: list[Answer] = []
        for part in group.parts:
            if isinstance(part, Criterion):
                answers.append(self._criterion(part, depth))
                continue
            answers.append(Answer(str(heading(part.mode)), None, depth=depth))
            answers += self.group(part, depth + 1)
        return answers

    def _criterion(self, criterion: Criterion, depth: int) -> Answer:
        kind, values = kind_of(criterion), self.reading.values(criterion)
        true = self.row[f"leaf_{self.asked}"]
        self.asked += 1
        text = wording.clause(criterion, self.reading)
        if kind.hides_protected and self.known.party.non_disclosure:
            return Answer(text, None, _("Not shown"), depth)
        return Answer(text, true, kind.fact(self.known, values or {}), depth)


def heading(mode: str) -> str:
    texts = {
        "all": _("All of these are true"),
        "any": _("At least one of these is true"),
        "none": _("Not one of these is true"),
    }
    return texts[mode]


def _memberships(party: Party, choices: Choices) -> tuple[Membership, ...]:
    rows = Membership.objects.filter(listing.among(choices.unit_ids), party=party)
    return tuple(rows.select_related("unit", "type", "holding").order_by("started_on", "pk"))
