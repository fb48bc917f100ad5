"""The members' section of the statistics: kinds over time, who came and went, ages, municipalities and units (REG-17)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.charts import Bar, bar_chart
from jasenpalvelu.common.charts_time import Series, line_chart
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.reference import municipality_name
from members import reports
from members.models.memberships import FEDERATION_TYPES
from members.models.statistics import AgeCount
from members.reports import HIDDEN, TOTAL, Asked, Column, Look, Page, Report, Row, Value
from members.statistics import by_unit, figures, reading
from members.statistics.flows import FlowTable
from members.statistics.periods import Periods
from members.statistics.statements import BANDS

SECTION = "jasenet"
# Lines that can be told apart, with the rest as one; municipalities in the chart.
NAMED_LINES, TOP_PLACES = 3, 10


@reports.section(SECTION, label=gettext_lazy("Members"), order=10, classes="A")
def members(asked: Asked) -> Page:
    days = reading.days()
    if not days:
        return Page(
            empty=(
                _("No day has been counted yet"),
                _("The members are counted each night. The first figures are here tomorrow."),
            )
        )
    periods = Periods(days, asked.year, asked.other)
    row = None if asked.open_to("members.view", "A") else by_unit.row_above(asked, periods)
    if row is not None:
        return _row_only(asked, periods, row)
    made = Members(asked, periods)
    return Page(
        lede=_("%(unit)s, at the end of %(day)s") % {"unit": asked.name, "day": format_date(made.periods.on)},
        figures=figures.on_top(made),
        reports=made.all(),
        words=[*figures.outlook(made), (_("How these are counted"), _basis(made))],
        years=made.periods.years,
        year=made.periods.year,
        other=made.periods.other,
    )


def _row_only(asked: Asked, periods: Periods, row: tuple[Value, ...]) -> Page:
    """Of a unit below the top of the reach nothing but its row in the table above and its own table of units, to whoever may not
    see the members: kinds, ages and places of single units would tell by subtraction what the table above hides."""
    title = _("Members")
    own = Report(
        "jasenet", title, by_unit.measure(periods), _("Unit"), by_unit.columns(), (Row(asked.name, row),)
    )
    below = by_unit.report(asked, periods, everything=False)
    why = _("Kinds, ages and places are told of your own unit as a whole: of single units below it only to those who may see the members themselves.")  # fmt: skip
    return Page(
        lede=_("%(unit)s, at the end of %(day)s") % {"unit": asked.name, "day": format_date(periods.on)},
        reports=[report for report in (own, below) if report is not None],
        words=[(_("How these are counted"), [why])],
        years=periods.years,
        year=periods.year,
        other=periods.other,
    )


def _basis(made: Members) -> list[str]:
    told = [
        _("Every membership in force at the end of the day is counted: who belongs to two associations is counted in both."),
        _("Counted from %(day)s on, by today's structure of units.") % {"day": format_date(made.periods.days[0][0])},
    ]  # fmt: skip
    if any(report.masked for report in made.all()):
        told.append(_("Numbers below five are told only to those who may see the members themselves."))
    return told


class Members:
    """Everything the section asks of the database, once, and the reports made of it."""

    def __init__(self, asked: Asked, periods: Periods) -> None:
        self.asked, self.periods = asked, periods
        # A: the members by name; C: their ages.
        self.open = asked.open_to("members.view", "A")
        wanted = [*periods.points, periods.on, periods.before]
        self.types = reading.types(asked.units, wanted)
        self.ages, self.places = reading.details(asked.units, [periods.detailed_on, periods.detailed_before])
        self.flows = FlowTable(asked, periods, everything=self.open)
        self._made: list[Report] | None = None

    def all(self) -> list[Report]:
        if self._made is None:
            made: list[Report | None] = [self._types(), self.flows.report(), self._ages(), self._places()]
            made.append(by_unit.report(self.asked, self.periods, everything=self.open))
            self._made = [report for report in made if report is not None]
        return self._made

    def members_on(self, day: date | None) -> Value:
        """Memberships that day; None where it was not counted."""
        return None if day is None else self._of_day(day)[TOTAL]

    # --- by type --------------------------------------------------------------------------------------------------
    def _of_day(self, day: date) -> dict[str, Value]:
        return reports.with_total(
            self.types[day], [code for code, _label in FEDERATION_TYPES], everything=self.open
        )

    def _types(self) -> Report:
        points = {day: self._of_day(day) for day in self.periods.points}
        labels = dict(FEDERATION_TYPES)
        codes = [code for code in labels if any(self.types[day][code] for day in points)]
        columns = (*(Column(_capital(str(labels[code]))) for code in codes), Column(_("Together")))
        rows = tuple(
            Row(self._named(day), (*(of[code] for code in codes), of[TOTAL]))
            for day, of in sorted(points.items(), reverse=True)
        )
        report = Report(
            "jasenlajit",
            _("Members by type"),
            _("At the end of each month") if self.periods.monthly else _("At the end of each year"),
            _("Day") if self.periods.monthly else _("Year"),
            columns,
            rows,
            on_paper=8,
        )
        if len(points) < 2 or not any(self.types[day] for day in points):
            return report
        return _with_chart(report, self._lines(codes, points))

    def _lines(self, codes: Sequence[str], points: dict[date, dict[str, Value]]) -> list[Series]:
        """The largest kinds by name and the others as one, as far as all of it is told."""
        newest = self.types[max(points)]
        whole = [code for code in codes if all(of[code] is not HIDDEN for of in points.values())]
        named = sorted(whole, key=lambda code: (-newest[code], code))[: NAMED_LINES + (len(codes) <= 4)]
        labels = dict(FEDERATION_TYPES)
        drawn = [
            Series(_capital(str(labels[code])), [_number(of[code]) for of in points.values()])
            for code in named
        ]
        if len(named) < len(codes):
            rest = [
                None
                if (total := _number(of[TOTAL])) is None
                else total - sum(self.types[day][c] for c in named)
                for day, of in points.items()
            ]
            drawn.append(Series(_("Others"), rest))
        return drawn

    def _named(self, day: date) -> str:
        if self.periods.monthly:
            return format_date(day)
        return str(day.year) if (day.month, day.day) == (12, 31) else format_date(day)

    # --- by age ---------------------------------------------------------------------------------------------------
    def _ages(self) -> Report | None:
        on, before = self.periods.detailed_on, self.periods.detailed_before
        if on is None or not self.asked.sees("C"):
            return None
        found = self.ages
        everything = self.asked.open_to("members.view", "C")
        keys = [*BANDS, AgeCount.UNKNOWN, AgeCount.ORGANISATION]
        now = reports.with_total(found[on], keys, everything=everything)
        then = reports.with_total(found[before], keys, everything=everything) if before else None
        shown = [key for key in keys if key in BANDS or found[on][key] or (before and found[before][key])]
        names: dict[Any, str] = {key: _band(key) for key in shown} | {TOTAL: _("Together")}
        rows = [_compared(names[key], now, then, key, total=key == TOTAL) for key in [*shown, TOTAL]]
        measure = _("Members by age group, %(day)s") % {"day": format_date(on)}
        columns = _compared_columns(before)
        bars = [Bar(_band(key), _number(now[key]) or 0, shown=_shown(now[key], self.asked)) for key in shown]
        head = _("Age")
        chart = bar_chart(head, measure, bars, (head, _("Number of members"))) if found[on] else None
        return Report("ika", head, measure, head, columns, tuple(rows), chart=chart)

    # --- by municipality ------------------------------------------------------------------------------------------
    def _places(self) -> Report | None:
        on, before = self.periods.detailed_on, self.periods.detailed_before
        if on is None:
            return None
        found = self.places
        keys = sorted(set(found[on]) | set(found[before] if before else ()))
        now = reports.with_total(found[on], keys, everything=self.open)
        then = reports.with_total(found[before], keys, everything=self.open) if before else None
        gone = [key for key in keys if now[key] is HIDDEN or (then and then[key] is HIDDEN)]
        shown = sorted((k for k in keys if k not in gone), key=lambda k: (k == "", -found[on][k], k))
        rows = [_compared(self._place(key), now, then, key) for key in shown]
        if gone:
            now["rest"] = _rest(found[on], gone, now)
            if then is not None and before is not None:
                then["rest"] = _rest(found[before], gone, then)
            rows.append(
                _compared(_("Others, %(n)s municipalities") % {"n": len(set(gone) - {""})}, now, then, "rest")
            )
        rows.append(_compared(_("Together"), now, then, TOTAL, total=True))
        measure = _("Members by home municipality, %(day)s") % {"day": format_date(on)}
        title = _("By municipality")
        drawn = [row for row in rows if not row.total][:TOP_PLACES]
        bars = [Bar(r.label, _number(r.values[0]) or 0, shown=_shown(r.values[0], self.asked)) for r in drawn]
        chart = bar_chart(title, measure, bars, (_("Municipality"), _("Number of members"))) if bars else None
        notes = (_("Members with a non-disclosure order are among those whose municipality is not told."),)
        return Report(
            "kunnat", title, measure, _("Municipality"), _compared_columns(before), tuple(rows),
            chart=chart, notes=notes if "" in shown else (),
        )  # fmt: skip

    def _place(self, code: str) -> str:
        return municipality_name(code, self.asked.language) if code else _("Not known or not told")


# --- small things ---------------------------------------------------------------------------------------------------
def _compared(label: str, now: dict, then: dict | None, key: object, *, total: bool = False) -> Row:
    before = then[key] if then is not None else None
    return Row(label, (now[key], before, reports.change(now[key], before)), total=total)


def _rest(counts: Counter[str], gone: Sequence[str], told: dict) -> Value:
    """Those too few to be told one by one, as one number."""
    return HIDDEN if told[TOTAL] is HIDDEN else sum(counts[key] for key in gone)


def _compared_columns(before: date | None) -> tuple[Column, ...]:
    then = format_date(before) if before else _("Before")
    return Column(_("Number of members")), Column(then), Column(_("Difference"), Look.CHANGE)


def _band(key: int) -> str:
    if key == AgeCount.UNKNOWN:
        return _("not known")
    if key == AgeCount.ORGANISATION:
        return _("organisation members")
    place = BANDS.index(key)
    if place == 0:
        return _("under %(age)s") % {"age": BANDS[1]}
    if place == len(BANDS) - 1:
        return _("%(age)s or over") % {"age": key}
    return f"{key}–{BANDS[place + 1] - 1}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def _shown(value: Value, asked: Asked) -> str:
    return reports.text(value, Look.NUMBER, asked.language)


def _with_chart(report: Report, series: list[Series]) -> Report:
    names = [row.label for row in reversed(report.rows)]
    chart = line_chart(report.title, report.measure, names, series, (), ())
    return Report(**{**vars(report), "chart": chart})
