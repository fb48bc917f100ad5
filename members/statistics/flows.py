"""Who came and who went, year by year, with the reasons."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext as _

from jasenpalvelu.common.charts import Chart
from jasenpalvelu.common.charts_time import Column as Drawn
from jasenpalvelu.common.charts_time import Part, flow_chart
from jasenpalvelu.common.dates import format_date
from members import reports
from members.models.statistics import FlowKind
from members.reports import HIDDEN, Asked, Column, Look, Report, Row, Value
from members.statistics import reading
from members.statistics.periods import Periods, Range
from members.statistics.suppression import Sum

COMING = (FlowKind.JOINED, FlowKind.MOVED_IN)
LEAVING = tuple(kind for kind in FlowKind if kind not in COMING)
LEFT, NET = "left", "net"
# Of one range: what is added up, and that joined less left is the change, which the numbers of members tell.
SUMS: list[Sum[str]] = [
    Sum(tuple(map(str, LEAVING)), LEFT),
    Sum((*map(str, COMING), LEFT), adds=False),
]
TONES = {FlowKind.JOINED: 1, FlowKind.MOVED_IN: 4, FlowKind.DIED: 5, FlowKind.TRANSFERRED: 2}
WILL = 3  # resigned, and what else ended otherwise than by death or a move


def joined(found: Counter[str]) -> int:
    return sum(found[kind] for kind in COMING)


def left(found: Counter[str]) -> int:
    return sum(found[kind] for kind in LEAVING)


class FlowTable:
    """Every range a page tells of, read at once; `of` as the reader may have it, `counted` as it is."""

    def __init__(self, asked: Asked, periods: Periods, *, everything: bool) -> None:
        self.asked, self.periods, self.everything = asked, periods, everything
        ranges = {*periods.flow_years, periods.this, *periods.twelve_months}
        if periods.that:
            ranges.add(periods.that)
        ordered = sorted(ranges, key=lambda r: (r.first, r.last))
        self._found = dict(zip(ordered, reading.flows(asked.units, ordered), strict=True))

    def counted(self, asked: Range) -> Counter[str]:
        return self._found[asked]

    def of(self, asked: Range) -> dict[str, Value]:
        """By kind, with those who left together, those who joined together and the difference."""
        found = self._found[asked]
        values = {str(kind): found[kind] for kind in FlowKind} | {LEFT: left(found)}
        told: dict[str, Value] = {**reports.told(values, SUMS, everything=self.everything)}
        told["joined_all"] = HIDDEN if any(told[kind] is HIDDEN for kind in COMING) else joined(found)
        told[NET] = reports.change(told["joined_all"], told[LEFT])
        return told

    def report(self) -> Report:
        years = {r: self.of(r) for r in self.periods.flow_years}
        kinds = [kind for kind in FlowKind if any(self._found[r][kind] for r in years)]
        if FlowKind.JOINED not in kinds:
            kinds.insert(0, FlowKind.JOINED)
        columns = (
            *(Column(_capital(str(kind.label))) for kind in kinds),
            Column(_("Left together")),
            Column(_("Net"), Look.CHANGE),
        )
        rows = tuple(
            Row(self._name(r), (*(of[kind] for kind in kinds), of[LEFT], of[NET]))
            for r, of in sorted(years.items(), key=lambda pair: pair[0].first, reverse=True)
        )
        title, measure = _("Joined and left"), _("Members in a year")
        return Report(
            "muutokset", title, measure, _("Year"), columns, rows,
            chart=self._chart(title, measure, years), notes=self._notes(),
        )  # fmt: skip

    def _name(self, year: Range) -> str:
        return str(year.first.year)

    def _notes(self) -> tuple[str, ...]:
        """Years that are not whole say so."""
        notes = []
        first, last = self.periods.flow_years[0], self.periods.flow_years[-1]
        if (first.first.month, first.first.day) != (1, 1):
            told = {"year": first.first.year, "day": format_date(first.first)}
            notes.append(_("%(year)s is counted from %(day)s on.") % told)
        if (last.last.month, last.last.day) != (12, 31):
            told = {"year": last.last.year, "day": format_date(last.last)}
            notes.append(_("%(year)s is counted up to %(day)s.") % told)
        return tuple(notes)

    def _chart(self, title: str, measure: str, years: dict[Range, dict[str, Value]]) -> Chart | None:
        if not any(joined(self._found[r]) + left(self._found[r]) for r in years):
            return None
        drawn = [self._drawn(r, of) for r, of in years.items()]
        tones = {part.tone for one in drawn for part in (*one.up, *one.down) if part.value}
        names = {
            1: _("Joined"), 4: _("Came from another association"), WILL: _("Left"), 5: _("Died"),
            2: _("Moved to another association"),
        }  # fmt: skip
        legend = [(name, tone) for tone, name in names.items() if tone in tones]
        return flow_chart(title, measure, drawn, legend, (), ())

    def _drawn(self, year: Range, of: dict[str, Value]) -> Drawn:
        """Parts are drawn where every one of them is told, else their sum, else nothing."""
        language = self.asked.language
        up = [Part(_number(of[kind]), TONES[kind]) for kind in COMING]
        hidden = any(of[kind] is HIDDEN for kind in LEAVING)
        will = sum(_number(of[kind]) for kind in LEAVING if kind not in TONES)
        down = (
            [Part(_number(of[LEFT]), WILL)]
            if hidden
            else [
                Part(will, WILL),
                *(Part(_number(of[kind]), TONES[kind]) for kind in LEAVING if kind in TONES),
            ]
        )
        texts = (reports.text(of[key], Look.NUMBER, language) for key in ("joined_all", LEFT))
        return Drawn(self._name(year), up, down, *texts)


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
