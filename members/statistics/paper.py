"""The board's review on paper: the figures, the charts and the tables of every section, one to three pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from jasenpalvelu.common import paper
from jasenpalvelu.common.charts import Chart
from jasenpalvelu.common.dates import format_date
from members import reports
from members.cards.printing import logo_of
from members.models import OrgUnit
from members.reports import Asked, Page, Report, Section

TEMPLATE = "documents/board_review.html"
# A chart's classes as what they mean on paper: style sheets do not reach into drawings there.
_LOOKS = {
    "c1": 'fill="#1b4932"', "c2": 'fill="#1d5b8c"', "c3": 'fill="#a86a05"', "c4": 'fill="#4f8566"', "c5": 'fill="#6f776f"',
    "s1": 'stroke="#1b4932"', "s2": 'stroke="#1d5b8c"', "s3": 'stroke="#a86a05"', "s4": 'stroke="#4f8566"',
    "c-grid": 'stroke="#ccc" stroke-width="1"', "c-axis": 'stroke="#000" stroke-width="1.25"',
    "c-text": 'fill="#555" font-size="15" font-family="Source Sans 3"',
    "c-label": 'fill="#000" font-size="15" font-weight="600" font-family="Source Sans 3"',
    "c-line": 'fill="none" stroke-width="2.5"', "c-mark": 'fill="#fff" stroke-width="2.5"',
}  # fmt: skip
# Fewer columns than this leave room for the chart beside the table; more of them are set smaller.
SIDE, MANY = 6, 8
_CLASS = re.compile(r'class="([^"]*)"')


def pdf(asked: Asked, pages: Sequence[tuple[Section, Page]]) -> bytes:
    unit = OrgUnit.objects.get(pk=asked.chosen.pk)
    values = _values(asked, unit, [(section, page) for section, page in pages if page.reports])
    return paper.pdf(TEMPLATE, values, logo_of(unit))


def _values(asked: Asked, unit: OrgUnit, pages: Sequence[tuple[Section, Page]]) -> dict[str, Any]:
    title = _("Review for the board")
    masked = any(report.masked for _section, page in pages for report in page.reports)
    return {
        "lang": asked.language,
        "title": f"{title} {format_date(asked.today)}",
        "author": asked.name,
        "created": asked.today.isoformat(),
        "body": "record review",
        "unit": asked.name,
        "logo": bool(unit.logo),
        "what": title,
        "day": format_date(asked.today),
        "foot": f"{asked.name} · {title} {format_date(asked.today)}",
        "sections": [_section(asked, section, page) for section, page in pages],
        "note": reports.hidden_note() if masked else "",
        "aside": _small_groups(asked),
        "words": {"page": _("Page")},
    }


def _small_groups(asked: Asked) -> str:
    """Whoever sees the members prints numbers below five as well: then the paper is not for everybody (ADR 0020)."""
    if not any(asked.open_to("members.view", classes) for classes in ("A", "C")):
        return ""
    return _("For the board only: there may be groups of fewer than five members.")


def _section(asked: Asked, section: Section, page: Page) -> dict[str, Any]:
    return {
        "title": str(section.label),
        "lede": page.lede,
        "figures": page.figures,
        "reports": [_report(asked, report) for report in page.reports],
        "told": [(head, list(texts)) for head, texts in page.words],
    }


def _report(asked: Asked, report: Report) -> dict[str, Any]:
    lines = report.lines(asked.language)
    kept = [line for line in lines if not line[0].total][: report.on_paper]
    left_out = sum(not row.total for row, _cells in lines) - len(kept)
    kept += [line for line in lines if line[0].total]
    more = (
        _("The other %(n)s rows are on the Statistics pages of the service.") % {"n": left_out}
        if left_out
        else ""
    )
    return {
        "title": report.title,
        "measure": report.measure,
        "chart": _drawn(report.chart, narrow=len(report.columns) < SIDE) if report.chart else "",
        "legend": _legend(report.chart) if report.chart else "",
        "side": len(report.columns) < SIDE
        and report.chart is not None
        and 'viewBox="0 0 760' not in report.chart.wide,
        "many": len(report.columns) > MANY,
        "head": [report.head, *(column.label for column in report.columns)],
        "rows": [(row.label, [text for _label, text, _hidden in cells], row.total) for row, cells in kept],
        "notes": [*report.notes, *([more] if more else [])],
    }


def _drawn(chart: Chart, *, narrow: bool) -> str:
    """Beside its table the narrow drawing, so that its letters are as large as the table's."""
    return _CLASS.sub(_look, str(chart.narrow if narrow else chart.wide))


def _legend(chart: Chart) -> str:
    """Names of tones; a chart with lines has its names at their ends."""
    text = str(chart.legend)
    return (
        "" if "chart--narrow-only" in text else _CLASS.sub(_look, text.replace('<ul class="legend">', "<ul>"))
    )


def _look(found: re.Match[str]) -> str:
    return " ".join(_LOOKS[name] for name in found[1].split() if name in _LOOKS)
