"""Answers as rows of a file, by grade: with names, or each answer by itself, or nothing but what the page tells (COM-5)."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from communications.models import Grade, Survey, SurveyAnswer
from communications.survey_results import answered, label_of, results
from communications.surveying.questions import CHOOSING, MATRIX, MULTIPLE, NUMBER, Question, say
from jasenpalvelu.common.exports import Column, Kind

EXPORT_JOB = "communications.survey_export"


@dataclass(frozen=True)
class File:
    """`people`: how many respondents' data it holds; `classes` the field classes of it."""

    columns: Sequence[Column]
    rows: Iterable[Any]
    people: int
    classes: str


def file_of(survey: Survey, on: date) -> File:
    """Of an open survey a row for each answer, with the name. Otherwise the numbers of each question: rows of single answers
    would tell by their combinations whose they are."""
    if survey.grade == Grade.OPEN:
        return _by_respondent(survey)
    return _numbers(survey)


def _by_respondent(survey: Survey) -> File:
    language = get_language() or "fi"
    rows = SurveyAnswer.objects.filter(survey=survey).select_related("invitation__party", "invitation__unit")
    columns = [Column(_("Association"), _unit, width=32)]
    if not survey.of_units:
        columns.insert(0, Column(_("Name"), _name, width=28))
    for question in survey.form.asking:
        columns += _columns(question, language)
    found = list(rows.order_by("invitation__unit__sort_key", "invitation__party__sort_key", "pk"))
    if survey.forgotten_at is not None:
        random.SystemRandom().shuffle(found)
    return File(columns, found, len(found), "AB")


def _name(row: SurveyAnswer) -> str:
    return row.invitation.party.display_name if row.invitation and row.invitation.party else ""


def _unit(row: SurveyAnswer) -> str:
    return row.invitation.unit.name if row.invitation and row.invitation.unit else ""


def _columns(question: Question, language: str) -> list[Column]:
    title, key = say(question.text, language), question.key
    if question.kind == MATRIX:
        names = {one.key: say(one.text, language) for one in question.options}
        return [
            Column(
                f"{title}: {say(line.text, language)}",
                partial(_in_matrix, key, line.key, names),
            )
            for line in question.rows
        ]
    kind = Kind.NUMBER if question.points else Kind.TEXT
    return [Column(title, lambda row: worded(question, row.answers.get(key), language), kind)]


def _in_matrix(key: str, line: str, names: dict[str, str], row: SurveyAnswer) -> str:
    return names.get((row.answers.get(key) or {}).get(line, ""), "")


def worded(question: Question, answer: Any, language: str) -> Any:
    """An answer as a person reads it; the points of a scale as numbers."""
    if answer in (None, "", [], {}):
        return None
    if question.points:
        return int(answer)
    if question.kind == MATRIX:
        names = {one.key: say(one.text, language) for one in question.options}
        lines = {one.key: say(one.text, language) for one in question.rows}
        return "; ".join(f"{lines.get(k, k)}: {names.get(v, v)}" for k, v in answer.items())
    if question.kind == "date":
        day = date.fromisoformat(answer)
        return f"{day.day}.{day.month}.{day.year}"
    if question.kind == NUMBER:
        return str(answer).replace(".", ",")
    if question.kind not in CHOOSING:
        return str(answer)
    chosen = answer if question.kind == MULTIPLE else [answer]
    known = {option.key for option in question.choices}
    return "; ".join(label_of(question, str(one), language) for one in chosen if str(one) in known)


def _numbers(survey: Survey) -> File:
    language = get_language() or "fi"
    found = results(survey, language, most=None)
    rows: list[tuple[str, str, int | None, str]] = []
    for one in found.questions:
        rows += [(one.title, line.label, line.n, "") for line in one.lines]
        rows += [
            (one.title, f"{label}: {head}", n, "")
            for label, numbers in one.grid
            for head, n in zip(one.heads, numbers, strict=True)
        ]
        rows += [(one.title, "", None, text) for text in one.texts]
        if one.mean:
            rows.append((one.title, _("Mean"), None, one.mean))
        if one.score is not None:
            rows.append(
                (one.title, one.score.kind.upper(), one.score.n, str(one.score.value).replace(".", ","))
            )
    if not rows:
        rows.append((_("The results are not told yet"), "", answered(survey), ""))
    columns = [
        Column(_("Question"), lambda row: row[0], width=40),
        Column(_("Choice"), lambda row: row[1], width=30),
        Column(_("Answers"), lambda row: row[2], Kind.NUMBER),
        Column(_("Text or value"), lambda row: row[3], width=60),
    ]
    return File(columns, rows, found.answered, "")
