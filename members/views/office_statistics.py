"""Statistics: what is counted of members and of fees, for a unit and all below it; as files and as the board's paper (REG-17)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jasenpalvelu.common import clock, exports
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.parts import Tab
from members import reports
from members.choosing import UnitChoice, tree_of
from members.reports import VIEW, Asked, Page, Report, Section
from members.requests import ScopedRequest
from members.statistics import paper
from members.views.finding import language

UNIT, YEAR, OTHER, PART, TABLE = "yksikko", "vuosi", "vertaa", "osa", "taulu"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def statistics(request: ScopedRequest) -> HttpResponse:
    asked = _asked(request)
    section = _section(request, asked)
    page = section.make(asked)
    context: dict[str, Any] = {
        "asked": asked,
        "page": page,
        "section": section,
        "lede": page.lede,
        "tabs": [
            Tab(str(one.label), _link(request, **{PART: one.code}), current=one is section)
            for one in reports.sections(asked)
        ],
        "reports": [
            (report, report.lines(asked.language), _files(request, section, report))
            for report in page.reports
        ],
        "units": _units(asked) if len(asked.choices) > 1 else [],
        "years": list(reversed(page.years)),
        "board_url": f"{reverse('office:statistics_board')}?{_query(request)}" if page.reports else "",
        "hidden_note": reports.hidden_note(),
    }
    return render(request, "office/statistics/page.html", context)


@require_safe
def table(request: ScopedRequest, form: str) -> HttpResponse:
    """One table of the page as a file; the same rows, hidden cells empty."""
    asked = _asked(request)
    page = _section(request, asked).make(asked)
    report = _report(page, request.GET.get(TABLE, ""))
    if report is None or form not in ("csv", "xlsx"):
        raise Http404
    stream = BytesIO()
    columns, rows = report.export_columns(), report.export_rows()
    if form == "csv":
        exports.write_csv(rows, columns, stream)
    else:
        exports.write_xlsx(rows, columns, stream, sheet=report.title)
    kind = "text/csv; charset=utf-8" if form == "csv" else XLSX
    name = f"{report.code}-{clock.today():%Y%m%d}.{form}"
    return _file(stream.getvalue(), kind, name)


@require_safe
def board(request: ScopedRequest) -> HttpResponse:
    """The board's review: every section the reader may open, on one to three pages."""
    asked = _asked(request)
    pages = [(one, one.make(asked)) for one in reports.sections(asked)]
    if not any(page.reports for _one, page in pages):
        raise Http404
    name = f"hallituksen-katsaus-{clock.today():%Y%m%d}.pdf"
    return _file(paper.pdf(asked, pages), "application/pdf", name)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _asked(request: ScopedRequest) -> Asked:
    """The unit asked for within the right's reach, else the one the person works in."""
    scope = request.scope
    if not scope.can(VIEW):
        raise Http404
    choices = tree_of(scope, VIEW)
    return Asked(
        scope=scope,
        chosen=_chosen(request, choices),
        choices=choices,
        language=language(),
        today=clock.today(),
        year=key_of(request.GET.get(YEAR)) or None,
        other=key_of(request.GET.get(OTHER)) or None,
    )


def _chosen(request: ScopedRequest, choices: list[UnitChoice]) -> UnitChoice:
    by_key = {unit.pk: unit for unit in choices}
    own = request.scope.unit
    found = by_key.get(key_of(request.GET.get(UNIT))) or (by_key.get(own.pk) if own else None)
    return found or choices[0]


def _units(asked: Asked) -> list[tuple[int, str]]:
    """The picker's lines, those below indented."""
    return [(unit.pk, "\N{EM SPACE}" * unit.depth + unit.name(asked.language)) for unit in asked.choices]


def _section(request: ScopedRequest, asked: Asked) -> Section:
    open_ones = reports.sections(asked)
    if not open_ones:
        raise Http404
    return next((one for one in open_ones if one.code == request.GET.get(PART)), open_ones[0])


def _report(page: Page, code: str) -> Report | None:
    return next(
        (one for one in page.reports if one.code == code),
        page.reports[0] if not code and page.reports else None,
    )


def _files(request: ScopedRequest, section: Section, report: Report) -> list[tuple[str, str, str]]:
    query = _query(request, **{PART: section.code, TABLE: report.code})
    return [
        (
            form.upper(),
            f"{reverse('office:statistics_table', args=[form])}?{query}",
            _("%(what)s: %(table)s") % {"what": form.upper(), "table": report.title},
        )
        for form in ("csv", "xlsx")
    ]


def _link(request: ScopedRequest, **changed: str) -> str:
    return f"?{_query(request, **changed)}"


def _query(request: ScopedRequest, **changed: str) -> str:
    """What is chosen on the page, with what a link changes."""
    chosen = {name: request.GET[name] for name in (UNIT, YEAR, OTHER) if request.GET.get(name)}
    return urlencode({**chosen, **changed})
