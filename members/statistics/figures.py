"""The figures on top, and churn and forecast in words: how they are counted and how sure they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.parts import Figure
from members import reports
from members.reports import HIDDEN, Look, Value
from members.statistics import flows
from members.statistics.flows import LEFT
from members.statistics.outlook import Year, forecast

if TYPE_CHECKING:
    from members.statistics.reports import Members

Words = list[tuple[str, list[str]]]


def on_top(made: Members) -> list[Figure]:
    """Members, joined and left against the same time of the other year, and churn."""
    periods, language = made.periods, made.asked.language
    now, then = made.members_on(periods.on), made.members_on(periods.before)
    before = format_date(periods.before) if periods.before else ""
    found = [
        Figure(
            _("Number of members"),
            _text(now, language),
            change=_since(reports.change(now, then), before, language),
        )
    ]
    this = made.flows.of(periods.this)
    that = made.flows.of(periods.that) if periods.that else None
    for key, label in (("joined_all", _("Joined %(year)s")), (LEFT, _("Left %(year)s"))):
        change = ""
        if that is not None and periods.other is not None:
            told = {"n": _text(that[key], language), "year": periods.other}
            change = _("%(n)s by the same day of %(year)s") % told
        found.append(Figure(label % {"year": periods.year}, _text(this[key], language), change=change))
    churn = _churn(made)
    return [*found, churn] if churn else found


def _since(change: Value, day: str, language: str) -> str:
    if change is None or change is HIDDEN:
        return ""
    told = {"change": reports.text(change, Look.CHANGE, language), "day": day}
    return _("%(change)s since %(day)s") % told


def _text(value: Value, language: str) -> str:
    return reports.text(value, Look.NUMBER, language)


def _years(made: Members) -> list[Year]:
    """Twelve months each, the newest first, walked back from the day by what came and went; none where a part is not told."""
    end = made.members_on(made.periods.on)
    found: list[Year] = []
    for span in made.periods.twelve_months:
        of = made.flows.of(span)
        if not isinstance(end, int) or HIDDEN in (of["joined_all"], of[LEFT]):
            break
        counted = made.flows.counted(span)
        came, went = flows.joined(counted), flows.left(counted)
        end += went - came
        found.append(Year(end, came, went))
    return found


def _churn(made: Members) -> Figure | None:
    years = _years(made)
    if not years or years[0].churn is None:
        return None
    text = reports.text(years[0].churn, Look.SHARE, made.asked.language)
    value, _space, unit = text.rpartition("\N{NO-BREAK SPACE}")
    return Figure(_("Left in twelve months"), value, unit, change=_("of those who were members then"))


def outlook(made: Members) -> Words:
    """Churn with its formula, and the forecast with its range, or why there is none."""
    language = made.asked.language
    years = _years(made)
    if not years:
        text = _("A year of counted days is needed for churn and forecast.")
        return [(_("Churn and forecast"), [text])]

    def n(value: int) -> str:
        return format_number(value, language)

    words: Words = []
    newest = years[0]
    if newest.churn is not None:
        told = {
            "left": n(newest.left), "start": n(newest.start),
            "share": reports.text(newest.churn, Look.SHARE, language),
            "first": format_date(made.periods.twelve_months[0].first), "last": format_date(made.periods.on),
        }  # fmt: skip
        text = _(
            "%(left)s memberships ended between %(first)s and %(last)s, of the %(start)s in force before it:"
            " %(left)s / %(start)s = %(share)s. Deaths and moves to other associations are in it."
        )
        words.append((_("Churn"), [text % told]))
    now = made.members_on(made.periods.on)
    ahead = forecast(now, years) if isinstance(now, int) else None
    if ahead is not None:
        basis = ngettext(
            "If as many join and the same share leaves as in the last twelve months",
            "If as many join and the same share leaves as in the last %(n)s years on average",
            ahead.years,
        ) % {"n": ahead.years}
        told = {"middle": n(ahead.middle), "low": n(ahead.low), "high": n(ahead.high), "basis": basis}
        text = _(
            "%(basis)s, there are about %(middle)s members a year from now. It may well be anything from %(low)s to %(high)s."
        )
        caution = (
            _("It stands on one year only, so take it as a direction.")
            if ahead.years == 1
            else _("The range covers the best and the worst of those years. A change of fees or of what is offered is not in it.")
        )  # fmt: skip
        words.append((_("Forecast"), [f"{text % told} {caution}"]))
    return words
