"""What the answers say: how many chose what, means, the three usual scores, two questions against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from communications.surveying.path import values_of
from communications.surveying.questions import CES, CSAT, MATRIX, NPS, NUMBER, SCALE, Answers, Question

# In a cross table: those who were not asked, or left it open.
NONE = ""


@dataclass(frozen=True)
class Tally:
    """`counts` by option key in their order; of a matrix by "row/column". `answered`: how many answered the question."""

    answered: int
    counts: Mapping[str, int]
    numbers: Sequence[Decimal] = ()

    @property
    def mean(self) -> Decimal | None:
        return mean(self.numbers)


@dataclass(frozen=True)
class Score:
    """`kind` nps (−100…100), csat (share of the satisfied, per cent) or ces (mean 1–7), out of `n` answers."""

    kind: str
    value: Decimal
    n: int


def mean(numbers: Sequence[Decimal]) -> Decimal | None:
    return _rounded(sum(numbers, Decimal(0)) / len(numbers)) if numbers else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def tally(question: Question, answers: Iterable[Answers]) -> Tally:
    counted: Counter[str] = Counter()
    numbers: list[Decimal] = []
    answered = 0
    for one in answers:
        answer = one.get(question.key)
        if answer in (None, "", [], {}):
            continue
        answered += 1
        counted.update(_cells(question, answer))
        if question.kind in {SCALE, NPS, NUMBER}:
            numbers.append(Decimal(str(answer)))
    return Tally(answered, {key: counted[key] for key in _keys(question)}, numbers)


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
