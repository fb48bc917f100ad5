"""Charts over time as SVG: lines by kind, and what came and went by year. As in `charts`: two drawings, numbers in words.

Lines start at zero, end in a mark of their own shape and are named there, so that nothing depends on colour alone. A number that
is not known or not told leaves a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from jasenpalvelu.common.charts import LETTER, NARROW, Chart, TooManySeries, _n, _svg
from jasenpalvelu.common.money import format_number

WIDE = 760
MOST_SERIES = 4
APART = 20  # between the names at the ends of lines
Rows = Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True)
class Series:
    """One line: its name and a number for each point, None for a gap."""

    label: str
    values: Sequence[int | None]


@dataclass(frozen=True)
class Part:
    """One part of a column: how many, and the colour class of its kind."""

    value: int
    tone: int


@dataclass(frozen=True)
class Column:
    """What came (above the axis) and what went (below it) at one time; the sums in words, as they may be told."""

    label: str
    up: Sequence[Part]
    down: Sequence[Part]
    up_text: str
    down_text: str


def number(value: int) -> str:
    return format_number(value, get_language() or "fi")


def line_chart(
    headline: str,
    measure: str,
    points: Sequence[str],
    series: Sequence[Series],
    columns: Sequence[str],
    rows: Rows,
) -> Chart:
    """`points` name the times, under the first, the last and a few between. At most four lines can be told apart."""
    if len(series) > MOST_SERIES:
        raise TooManySeries("four lines at most, join the smallest")
    told = "; ".join(f"{one.label} {_ends(one)}" for one in series)
    label = f"{headline}: {told}."
    return Chart(
        headline,
        measure,
        _lines(label, points, series, WIDE, 260, "chart--wide-only"),
        _lines(label, points, series, NARROW, 240, "chart--narrow-only"),
        columns,
        rows,
        legend=_legend([(one.label, tone) for tone, one in enumerate(series, start=1)], narrow=True),
    )


def flow_chart(
    headline: str,
    measure: str,
    drawn: Sequence[Column],
    legend: Sequence[tuple[str, int]],
    columns: Sequence[str],
    rows: Rows,
) -> Chart:
    """Columns up and down from one axis; `legend` names the tones."""
    told = ", ".join(f"{one.label} +{one.up_text} −{one.down_text}" for one in drawn)
    label = f"{headline}: {told}."
    return Chart(
        headline,
        measure,
        _flows(label, drawn, 420, 290, "chart--wide-only"),
        _flows(label, drawn, NARROW, 270, "chart--narrow-only"),
        columns,
        rows,
        legend=_legend(legend),
    )


def _ends(one: Series) -> str:
    known = [number(value) for value in one.values if value is not None]
    return f"{known[0]} → {known[-1]}" if len(known) > 1 else "".join(known)


def _legend(kinds: Sequence[tuple[str, int]], *, narrow: bool = False) -> SafeString:
    items = format_html_join(
        "",
        '<li><svg viewBox="0 0 24 14" aria-hidden="true"><rect class="c{}" width="24" height="14"/></svg>{}</li>',
        ((tone, label) for label, tone in kinds),
    )
    css = "legend chart--narrow-only" if narrow else "legend"
    return format_html('<ul class="{}">{}</ul>', css, items)


# --- lines ----------------------------------------------------------------------------------------------------------
def _ceiling(top: int) -> tuple[int, int]:
    """The top of the scale and its step: four or five even steps of 1, 2 or 5."""
    step = 1
    while step * 5 < top:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return max(step * -(-top // step), step), step


def _lines(
    label: str, points: Sequence[str], series: Sequence[Series], width: int, height: int, css: str
) -> SafeString:
    wide = width > NARROW
    top, step = _ceiling(max((value or 0 for one in series for value in one.values), default=0))
    left = len(number(top)) * LETTER + 10
    names = [f"{one.label} {_last(one)}" for one in series]
    right = max((len(name) for name in names), default=0) * LETTER + 22 if wide else 12
    base = height - 30
    scale = (base - 12) / top

    def x(place: int) -> float:
        return left + 6 + (width - left - right - 12) * place / max(len(points) - 1, 1)

    def y(value: int) -> float:
        return base - value * scale

    body = _grid(range(0, top + 1, step), y, left, width - right)
    body += _marks_below(points, x, height, 4 if wide else 3, width)
    ends: list[tuple[float, str]] = []
    for tone, one in enumerate(series, start=1):
        body += _line(one, tone, x, y)
        last = next((v for v in reversed(one.values) if v is not None), None)
        if last is not None:
            ends.append((y(last), names[tone - 1]))
    if wide:
        body += format_html_join(
            "",
            '<text class="c-label" x="{}" y="{}">{}</text>',
            ((_n(width - right + 14), _n(place + 5), name) for place, name in _spread(ends)),
        )
    return _svg(css, width, height, label, body)


def _last(one: Series) -> str:
    return next((number(value) for value in reversed(one.values) if value is not None), "–")


def _spread(ends: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """The names from above downwards, moved down where two would stand on each other."""
    placed: list[tuple[float, str]] = []
    for place, name in sorted(ends):
        above = placed[-1][0] + APART if placed else place
        placed.append((max(place, above), name))
    return placed


def _grid(steps: range, y: Callable[[int], float], left: float, right: float) -> SafeString:
    return format_html_join(
        "",
        '<line class="c-grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="c-text" x="{}" y="{}" text-anchor="end">{}</text>',
        ((_n(left), _n(right), _n(y(n)), _n(y(n)), _n(left - 8), _n(y(n) + 5), number(n)) for n in steps),
    )


def _marks_below(
    points: Sequence[str], x: Callable[[int], float], height: int, most: int, width: int
) -> SafeString:
    """The first and the last time are named, and as many between as there is room for."""
    last = len(points) - 1
    count = min(most, len(points))
    chosen = sorted({round(last * n / max(count - 1, 1)) for n in range(count)})
    drawn = []
    for place in chosen:
        half = len(points[place]) * LETTER / 2
        middle = min(max(x(place), half), width - half)
        drawn.append((_n(middle), height - 6, points[place]))
    return format_html_join("", '<text class="c-text" x="{}" y="{}" text-anchor="middle">{}</text>', drawn)


def _line(one: Series, tone: int, x: Callable[[int], float], y: Callable[[int], float]) -> SafeString:
    body = mark_safe("")
    run: list[tuple[int, int]] = []
    known = [(place, value) for place, value in enumerate(one.values) if value is not None]
    for place, value in known:
        if run and run[-1][0] != place - 1:
            body, run = body + _stroke(run, tone, x, y), []
        run.append((place, value))
    body += _stroke(run, tone, x, y)
    return body + _mark(tone, x(known[-1][0]), y(known[-1][1])) if known else body


def _stroke(
    run: Sequence[tuple[int, int]], tone: int, x: Callable[[int], float], y: Callable[[int], float]
) -> SafeString:
    if len(run) < 2:
        return mark_safe("")
    points = " ".join(f"{_n(x(place))},{_n(y(value))}" for place, value in run)
    return format_html('<polyline class="c-line s{}" points="{}"/>', tone, points)


def _mark(tone: int, x: float, y: float) -> SafeString:
    """A circle, a square, a triangle, a rhomb: the lines are told apart without their colours."""
    shapes = {
        1: format_html('<circle class="c-mark s1" cx="{}" cy="{}" r="5"/>', _n(x), _n(y)),
        2: format_html(
            '<rect class="c-mark s2" x="{}" y="{}" width="9" height="9"/>', _n(x - 4.5), _n(y - 4.5)
        ),
        3: format_html('<path class="c-mark s3" d="M{} {}l6 10.5h-12z"/>', _n(x), _n(y - 6)),
        4: format_html('<path class="c-mark s4" d="M{} {}l6 6l-6 6l-6 -6z"/>', _n(x), _n(y - 6)),
    }
    return shapes[tone]


# --- up and down ----------------------------------------------------------------------------------------------------
def _flows(label: str, drawn: Sequence[Column], width: int, height: int, css: str) -> SafeString:
    ups = [sum(part.value for part in one.up) for one in drawn]
    downs = [sum(part.value for part in one.down) for one in drawn]
    both = max(ups, default=0) + max(downs, default=0)
    scale = (height - 28 - 50) / both if both else 0.0
    axis = 26 + max(ups, default=0) * scale
    step = width / max(len(drawn), 1)
    body = mark_safe("")
    for place, one in enumerate(drawn):
        left, wide, middle = step * (place + 0.18), step * 0.64, _n(step * (place + 0.5))
        high, low = axis, axis
        for part in one.up:
            high -= part.value * scale
            body += _block(part, left, high, wide, scale)
        for part in one.down:
            body += _block(part, left, low, wide, scale)
            low += part.value * scale
        body += format_html(
            '<text class="c-label" x="{0}" y="{1}" text-anchor="middle">{2}</text>'
            '<text class="c-label" x="{0}" y="{3}" text-anchor="middle">{4}</text>'
            '<text class="c-text" x="{0}" y="{5}" text-anchor="middle">{6}</text>',
            middle, _n(high - 7), one.up_text, _n(low + 18), one.down_text, height - 4, one.label,
        )  # fmt: skip
    body += format_html('<line class="c-axis" x1="0" x2="{}" y1="{}" y2="{}"/>', width, _n(axis), _n(axis))
    return _svg(css, width, height, label, body)


def _block(part: Part, left: float, top: float, wide: float, scale: float) -> SafeString:
    if not part.value:
        return mark_safe("")
    shape = (part.tone, _n(left), _n(top), _n(wide), _n(part.value * scale))
    return format_html('<rect class="c{}" x="{}" y="{}" width="{}" height="{}"/>', *shape)
