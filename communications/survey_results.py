"""The results of a survey as its grade lets them be told: the same rows for the page, the charts and the files (COM-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications import figures_shown
from communications.models import (
    Grade,
    SecretAnswer,
    Survey,
    SurveyAnswer,
    SurveyAudience,
    SurveyInvitation,
    SurveyState,
)
from communications.surveying import counting
from communications.surveying.counting import Score, Tally
from communications.surveying.hiding import LEAST
from communications.surveying.questions import (
    DATE,
    MATRIX,
    NUMBER,
    WORDED,
    Answers,
    Question,
    say,
)
from jasenpalvelu.common.charts import Bar, Chart, bar_chart, column_chart
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.sorting import sort_key
from members.models import OrgUnit
from members.models.parties import LANGUAGES

T = TypeVar("T")
# So many texts of a question stand on the page; all of them are in the file.
TEXTS = 200


@dataclass(frozen=True)
class Line:
    label: str
    n: int
    share: Decimal


@dataclass(frozen=True)
class QuestionResult:
    """`lines` by choice; `grid` of a matrix by row, as numbers in the order of `heads`."""

    question: Question
    title: str
    answered: int
    lines: Sequence[Line] = ()
    chart: Chart | None = None
    mean: str = ""
    score: Score | None = None
    heads: Sequence[str] = ()
    grid: Sequence[tuple[str, Sequence[int]]] = ()
    texts: Sequence[str] = ()
    more: int = 0


@dataclass(frozen=True)
class Results:
    """Of so many answers. `hidden` says why nothing is told yet: "few", "early" (still open, and the first ten have not answered) or
    "open" (secret, and still open). `later`: how many answers the figures do not count yet."""

    answered: int
    hidden: str = ""
    later: int = 0
    questions: Sequence[QuestionResult] = field(default_factory=list)


@dataclass(frozen=True)
class Turnout:
    label: str
    asked: int
    answered: int

    @property
    def share(self) -> Decimal:
        return Decimal(self.answered) / self.asked if self.asked else Decimal(0)


# --- what is there ----------------------------------------------------------------------------------------------------
def counted(survey: Survey) -> tuple[QuerySet[Any], str]:
    """The answers that the figures count, and where the answer is as they count it (`services.telling`)."""
    if survey.is_secret:
        return SecretAnswer.objects.filter(survey=survey, fresh=False), "answers"
    rows = SurveyAnswer.objects.filter(survey=survey)
    if survey.grade == Grade.OPEN:
        return rows, "answers"
    return rows.filter(told__isnull=False), "told"


def answers_of(survey: Survey) -> Iterator[Answers]:
    """Those that are counted; of secret ones in no order, as they lie there."""
    rows, name = counted(survey)
    return iter(rows.order_by("pk").values_list(name, flat=True).iterator(chunk_size=2000))


def number_told(survey: Survey) -> int:
    """How many answers the figures count."""
    return counted(survey)[0].count()


def answered(survey: Survey) -> int:
    rows: Any = SecretAnswer.objects if survey.is_secret else SurveyAnswer.objects
    return int(rows.filter(survey=survey).count())


def hidden_because(survey: Survey, n: int, *, respondent: bool = False) -> str:
    """Why the results are not told yet; "" when they are. `n` is `number_told`.

    Of a secret survey that asked people by invitation nothing is told before it has closed: whoever watched the marks and the
    numbers grow would see who answered what.
    """
    closed = survey.state in {SurveyState.CLOSED, SurveyState.ARCHIVED}
    if survey.grade == Grade.OPEN:
        return "few" if respondent and n < LEAST else ""
    if n >= LEAST:
        return ""
    if closed:
        return "few"
    return "open" if survey.is_secret and survey.audience != SurveyAudience.LINK else "early"


def results(survey: Survey, language: str, *, respondent: bool = False, most: int | None = TEXTS) -> Results:
    """Everything that may be told, with so many texts of a question at `most`; to respondents none, as these may tell who wrote
    them."""
    n, every = number_told(survey), answered(survey)
    hidden = hidden_because(survey, n, respondent=respondent)
    if hidden or not n:
        return Results(every, hidden)
    most = 0 if respondent else most
    many = n if most is not None else 0  # a file is made of all texts, once
    found = figures_shown.counted(
        f"survey-tallies:{survey.pk}:{survey.state}:{most}", many, lambda: _gathered(survey, most)
    )
    return Results(n, "", every - n, [_result(q, *found[q.key], language, most) for q in survey.form.asking])


Gathered = tuple[Tally, list[str]]


def _gathered(survey: Survey, most: int | None) -> dict[str, Gathered]:
    """Of each question what it says and, of those answered in words, the texts; answers are read once and not kept."""
    questions = survey.form.asking
    counters = {question.key: counting.Counting(question) for question in questions}
    texts: dict[str, list[str]] = {
        question.key: [] for question in questions if most != 0 and question.kind in {*WORDED, DATE}
    }
    for one in answers_of(survey):
        for counter in counters.values():
            counter.add(one)
        for key, found in texts.items():
            if one.get(key):
                found.append(str(one[key]))
    return {
        key: (counter.tally, _first(question, texts.get(key, []), most))
        for question, (key, counter) in zip(questions, counters.items(), strict=True)
    }


def _first(question: Question, texts: list[str], most: int | None) -> list[str]:
    """In the order of the alphabet: nothing tells which texts were written by the same person."""
    if question.kind == DATE:
        return sorted(texts)[:most]
    return sorted(texts, key=sort_key)[:most]


def _result(
    question: Question, found: Tally, texts: list[str], language: str, most: int | None
) -> QuestionResult:
    title = say(question.text, language)
    if question.kind in WORDED or question.kind == DATE:
        return _worded(question, title, found, texts, most)
    if question.kind == MATRIX:
        return _matrix(question, title, found, language)
    if question.kind == NUMBER:
        return QuestionResult(question, title, found.answered, mean=_shown(found.mean))
    return _chosen(question, title, found, language)


def _chosen(question: Question, title: str, found: Tally, language: str) -> QuestionResult:
    lines = [
        Line(label_of(question, option.key, language), n, Decimal(n) / (found.answered or 1))
        for option in question.choices
        for n in [found.counts[option.key]]
    ]
    bars = [Bar(line.label, line.n, shown=_told(line)) for line in lines]
    measure = ngettext("%(n)s answer", "%(n)s answers", found.answered) % {
        "n": format_number(found.answered, decimals=0)
    }
    columns = (_("Choice"), _("Answers"))
    draw = column_chart if question.points else bar_chart
    if question.points:
        bars = [Bar(option.key, line.n) for option, line in zip(question.choices, lines, strict=True)]
    return QuestionResult(
        question,
        title,
        found.answered,
        lines,
        draw(title, measure, bars, columns) if found.answered else None,
        _shown(found.mean),
        counting.score(question, found),
    )


def _told(line: Line) -> str:
    return f"{line.n} ({round(line.share * 100)} %)"


def label_of(question: Question, key: str, language: str) -> str:
    """A choice in words; the ends of a scale with what they mean."""
    option = next(one for one in question.choices if one.key == key)
    points = question.points
    ends = {str(points[0]): question.low, str(points[-1]): question.high} if points else {}
    meant = say(ends.get(key, {}), language)
    return f"{key} {meant}" if meant else say(option.text, language)


def _matrix(question: Question, title: str, found: Tally, language: str) -> QuestionResult:
    grid = [
        (say(row.text, language), [found.counts[f"{row.key}/{column.key}"] for column in question.options])
        for row in question.rows
    ]
    heads = [say(column.text, language) for column in question.options]
    return QuestionResult(question, title, found.answered, heads=heads, grid=grid)


def _worded(
    question: Question, title: str, found: Tally, texts: list[str], most: int | None
) -> QuestionResult:
    if most == 0:
        return QuestionResult(question, title, found.answered)
    told = [format_date(date.fromisoformat(text)) for text in texts] if question.kind == DATE else texts
    return QuestionResult(question, title, found.answered, texts=told, more=found.answered - len(told))


def _shown(value: Decimal | None) -> str:
    return "" if value is None else format_number(value, decimals=1)


# --- how many answered ------------------------------------------------------------------------------------------------
def turnout(survey: Survey) -> Turnout:
    """Of those who are asked; of a public link nobody knows how many saw it."""
    if survey.audience == SurveyAudience.LINK:
        return Turnout("", 0, answered(survey))
    rows = SurveyInvitation.objects.filter(survey=survey).reached()
    sums = {"asked": Count("pk"), "answered": Count("pk", filter=Q(answered_on__isnull=False))}
    found = _few_times(survey, "", lambda: rows.aggregate(**sums))
    return Turnout("", found["asked"], found["answered"])


def _few_times(survey: Survey, name: str, count: Callable[[], T]) -> T:
    """Of a survey that asks many, as it was a moment ago."""
    some = SurveyInvitation.objects.filter(survey=survey).order_by()[: figures_shown.MANY].count()
    return figures_shown.counted(f"survey-turnout:{survey.pk}:{survey.state}:{name}", some, count)


def turnout_by_unit(survey: Survey) -> list[Turnout]:
    rows = _by(survey, "unit_id")
    units = OrgUnit.objects.in_bulk([row["unit_id"] for row in rows if row["unit_id"]])
    named = [
        Turnout(units[row["unit_id"]].name, row["asked"], row["answered"]) for row in rows if row["unit_id"]
    ]
    return _grouped(
        survey, sorted(named, key=lambda one: sort_key(one.label)), _("Small associations together")
    )


def turnout_by_language(survey: Survey) -> list[Turnout]:
    names = dict(LANGUAGES)
    rows = [
        Turnout(str(names.get(row["language"], row["language"])).capitalize(), row["asked"], row["answered"])
        for row in _by(survey, "language")
    ]
    return _grouped(survey, rows, _("Small languages together"))


def _by(survey: Survey, column: str) -> list[Mapping[str, Any]]:
    rows = SurveyInvitation.objects.filter(survey=survey).reached().order_by(column).values(column)
    found = rows.annotate(asked=Count("pk"), answered=Count("pk", filter=Q(answered_on__isnull=False)))
    return _few_times(survey, column, lambda: list(found))


def _grouped(survey: Survey, rows: list[Turnout], name: str) -> list[Turnout]:
    """Where names are not known, groups of fewer than five are told together, with as many more as make five."""
    if survey.grade == Grade.OPEN:
        return rows
    small = [row for row in rows if row.asked < LEAST]
    large = sorted((row for row in rows if row.asked >= LEAST), key=lambda row: row.asked)
    while small and sum(row.asked for row in small) < LEAST and large:
        small.append(large.pop(0))
    kept = [row for row in rows if row not in small]
    if small:
        kept.append(Turnout(name, sum(row.asked for row in small), sum(row.answered for row in small)))
    return kept
