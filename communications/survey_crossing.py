"""One question against another, or against what is known of the respondents, with small groups hidden (COM-5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from communications.models import Grade, Survey
from communications.survey_results import answers_of, counted, hidden_because, label_of, number_told
from communications.surveying.counting import NONE, cross
from communications.surveying.hiding import TOTAL, hidden_cells
from communications.surveying.path import values_of
from communications.surveying.questions import CHOOSING, MULTIPLE, Answers, say
from members.models import OrgUnit, UnitClosure
from members.models.memberships import FEDERATION_TYPES
from members.models.units import Relation

TYPE, REGION, AGE = "type", "region", "age"
BACKGROUNDS = (TYPE, REGION, AGE)


@dataclass(frozen=True)
class CrossTable:
    """`rows`: label, a number or None (hidden) for each column. `sizes` of the groups of people, where the columns are such."""

    title: str
    against: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int | None]]]
    sizes: Sequence[int | None] = ()
    hides: bool = False


@dataclass(frozen=True)
class _Axis:
    """Values in their order with their labels. `adds`: nobody is in two of them."""

    keys: list[str]
    labels: list[str]
    adds: bool


def choices(survey: Survey, language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What may be set against what: questions, and questions with the backgrounds. Of secret answers nothing else is known."""
    questions = [(q.key, say(q.text, language)) for q in survey.form.asking if q.kind in CHOOSING]
    names = [(TYPE, _("Membership type")), (REGION, _("Region")), (AGE, _("Age"))]
    known = [] if survey.is_secret or survey.of_units or survey.forgotten_at else names
    if survey.of_units:
        known = [names[1]]
    return questions, known + questions


def can_cross(survey: Survey) -> bool:
    """Whether there is anything to set against something else."""
    rows, columns = choices(survey, "fi")
    return any(row != column for row, _name in rows for column, _told in columns)


def cross_table(survey: Survey, row: str, column: str, language: str) -> CrossTable | None:
    """The table; None while the results are not told, or for what cannot be set against each other."""
    questions, columns = (dict(pairs) for pairs in choices(survey, language))
    if row not in questions or column not in columns or row == column:
        return None
    if hidden_because(survey, number_told(survey)):
        return None
    regions = _regions() if column == REGION else {}
    pairs = list(_pairs(survey, row, column, regions))
    across, down = _axis(survey, column, pairs, language, 1), _axis(survey, row, pairs, language, 0)
    cells: dict[tuple[str, str], int] = dict(cross(pairs))
    groups = column in BACKGROUNDS
    if groups:
        for key in across.keys:
            cells[TOTAL, key] = sum(1 for _row, other in pairs if key in (other or {NONE}))
    gone = _hidden(survey, cells, down, across, groups=groups)
    shown = {key: None if key in gone else n for key, n in cells.items()}
    return CrossTable(
        questions[row],
        columns[column],
        across.labels,
        [
            (label, [None if (key, c) in gone else shown.get((key, c), 0) for c in across.keys])
            for key, label in zip(down.keys, down.labels, strict=True)
        ],
        [shown[TOTAL, key] for key in across.keys] if groups else [],
        bool(gone),
    )


def _hidden(
    survey: Survey, cells: Mapping[tuple[str, str], int], down: _Axis, across: _Axis, *, groups: bool
) -> frozenset[tuple[str, str]]:
    if survey.grade == Grade.OPEN:
        return frozenset()
    return hidden_cells(
        cells, down.keys, across.keys, groups=groups, rows_add=across.adds, columns_add=down.adds
    )


def _pairs(
    survey: Survey, row: str, column: str, regions: Mapping[int, int]
) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    form = survey.form
    first, second = form.find(row), form.find(column)
    assert first is not None, "asked for among the questions"
    for answers, known in _answers(survey):
        one = values_of(first, answers.get(row))
        if second is not None:
            yield one, values_of(second, answers.get(column))
            continue
        value = known.get(column, "")
        if column == REGION:
            value = str(regions.get(known.get("unit") or 0, ""))
        yield one, frozenset({str(value)}) if value else frozenset()


def _answers(survey: Survey) -> Iterator[tuple[Answers, Mapping[str, Any]]]:
    if survey.is_secret:
        yield from ((one, {}) for one in answers_of(survey))
        return
    rows, name = counted(survey)
    found = rows.order_by("pk").values_list(
        name, "invitation__member_type", "invitation__age_band", "invitation__unit_id"
    )
    for answers, kind, age, unit in found.iterator(chunk_size=2000):
        yield answers, {TYPE: kind or "", AGE: age or "", "unit": unit}


def _regions() -> dict[int, int]:
    """Unit → the regional unit above it, itself included."""
    rows = UnitClosure.objects.filter(ancestor__kind="regional", relation=Relation.ADMINISTRATIVE)
    return dict(rows.order_by("depth").values_list("descendant_id", "ancestor_id"))


def _axis(survey: Survey, key: str, pairs: list[Any], language: str, side: int) -> _Axis:
    question = survey.form.find(key)
    present = {value for pair in pairs for value in (pair[side] or {NONE})}
    if question is not None:
        found = [(one.key, label_of(question, one.key, language)) for one in question.choices]
    elif key == REGION:
        units = OrgUnit.objects.filter(pk__in=[v for v in present if v]).order_by("sort_key", "pk")
        found = [(str(unit.pk), unit.name) for unit in units]
    elif key == TYPE:
        found = [(code, str(name)) for code, name in FEDERATION_TYPES if code in present]
    else:
        found = [(band, band.replace("-", "–")) for band in sorted(v for v in present if v)]
    if NONE in present:
        found.append((NONE, _("No answer") if question is not None else _("Not known")))
    return _Axis(
        [k for k, _text in found],
        [label for _k, label in found],
        question is None or question.kind != MULTIPLE,
    )
