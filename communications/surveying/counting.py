"""What the answers say: how many chose what, means, the three usual scores, two questions against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from communications.surveying.path import values_of
from communications.surveying.questions import CES, CSAT, MATRIX, NPS, NUMBER, SCALE, Answers, Question

# In a cross table: those who were not asked, or left it open.
NONE = ""


@dataclass(frozen=True)
class Tally:
    """`counts` by option key in their order; of a matrix by "row/column". `answered`: how many answered the question.

    `total` of so many `numbers`, where the answers are such.
    """

    answered: int
    counts: Mapping[str, int]
    total: Decimal = Decimal(0)
    numbers: int = 0

    @property
    def mean(self) -> Decimal | None:
        return _rounded(self.total / self.numbers) if self.numbers else None


@dataclass(frozen=True)
class Score:
    """`kind` nps (−100…100), csat (share of the satisfied, per cent) or ces (mean 1–7), out of `n` answers."""

    kind: str
    value: Decimal
    n: int


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


class Counting:
    """Answers to one question, counted as they come; nothing of them is kept."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._counted: Counter[str] = Counter()
        self._answered = self._numbers = 0
        self._total = Decimal(0)

    def add(self, one: Answers) -> None:
        answer = one.get(self._question.key)
        if answer in (None, "", [], {}):
            return
        self._answered += 1
        self._counted.update(_cells(self._question, answer))
        if self._question.kind in {SCALE, NPS, NUMBER}:
            self._numbers += 1
            self._total += Decimal(str(answer))

    @property
    def tally(self) -> Tally:
        counts = {key: self._counted[key] for key in _keys(self._question)}
        return Tally(self._answered, counts, self._total, self._numbers)


def tally(question: Question, answers: Iterable[Answers]) -> Tally:
    counting = Counting(question)
    for one in answers:
        counting.add(one)
    return counting.tally


def _cells(question: Question, answer: Any) -> Iterable[str]:
    if question.kind == MATRIX:
        return [f"{row}/{column}" for row, column in answer.items()]
    return values_of(question, answer)


def _keys(question: Question) -> list[str]:
    if question.kind == MATRIX:
        return [f"{row.key}/{column.key}" for row in question.rows for column in question.options]
    return [option.key for option in question.choices]


def score(question: Question, found: Tally) -> Score | None:
    """The score of a question that has one and has been answered.

    NPS: share of 9–10 less share of 0–6. CSAT: share of the two best of the scale. CES: mean, the more the easier.
    """
    n = found.answered
    if not n:
        return None
    if question.kind == NPS:
        for_it = sum(found.counts[str(point)] for point in (9, 10))
        against = sum(found.counts[str(point)] for point in range(7))
        return Score("nps", _rounded(Decimal(100 * (for_it - against)) / n), n)
    if question.kind == SCALE and question.score == CSAT:
        best = sum(found.counts[str(point)] for point in question.points[-2:])
        return Score("csat", _rounded(Decimal(100 * best) / n), n)
    if question.kind == SCALE and question.score == CES:
        value = found.mean
        return Score("ces", value, n) if value is not None else None
    return None


def cross(rows: Iterable[tuple[frozenset[str], frozenset[str]]]) -> Counter[tuple[str, str]]:
    """How many have both: each respondent as what was chosen in one question and in the other; nothing chosen counts as NONE."""
    found: Counter[tuple[str, str]] = Counter()
    for one, other in rows:
        found.update((a, b) for a in one or {NONE} for b in other or {NONE})
    return found
