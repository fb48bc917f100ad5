"""Charts as SVG made on the server (VISUAL §7): a wide and a narrow drawing, the numbers in words, the same rows behind.

Bars start at zero and carry their values. No scripts, no inline styles: colours are the classes c1–c7 of the style sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from jasenpalvelu.common.money import format_number

WIDE = 560
NARROW = 328
LETTER = 8.4  # average advance of a 15 px letter
Number = int | Decimal


class TooManySeries(ValueError):
    """More than four colours cannot be told apart."""


@dataclass(frozen=True)
class Bar:
    """One bar. `tone` is the colour class 1–7, `short` the label where there is little room, `shown` the value in words."""

    label: str
    value: Number
    tone: int = 1
    short: str = ""
    shown: str = ""

    @property
    def text(self) -> str:
        return self.shown or format_number(self.value, get_language() or "fi")


@dataclass(frozen=True)
class Chart:
    """What the template `ui/chart.html` shows."""

    headline: str
    measure: str
    wide: SafeString
    narrow: SafeString
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    legend: SafeString = field(default_factory=lambda: mark_safe(""))


def column_chart(
    headline: str, measure: str, bars: Sequence[Bar], columns: tuple[str, str], *, height: int = 220
) -> Chart:
    """Upright bars side by side, for ordered classes: years, sizes of change. Values must not be negative."""
    _check(bars)
    return Chart(
        headline,
        measure,
        _columns_svg(headline, bars, WIDE, height, short=False),
        _columns_svg(headline, bars, NARROW, height - 20, short=True),
        columns,
        [(bar.label, [bar.text]) for bar in bars],
    )


def bar_chart(headline: str, measure: str, bars: Sequence[Bar], columns: tuple[str, str]) -> Chart:
    """Lying bars under each other, for names of any length: associations, municipalities, age bands."""
    _check(bars)
    return Chart(
        headline,
        measure,
        _bars_svg(headline, bars, WIDE, "chart--wide-only"),
        _bars_svg(headline, bars, NARROW, "chart--narrow-only"),
        columns,
        [(bar.label, [bar.text]) for bar in bars],
    )


def share_bar(bars: Sequence[Bar], label: str) -> SafeString:
    """The shares of a whole as one bar; a sum list (`{% kv rows "sum" %}`) beside it says the same in numbers."""
    _check(bars)
    if len({bar.tone for bar in bars}) > 5:
        raise TooManySeries("a share bar takes five parts, join the smallest")
    total = sum(Decimal(bar.value) for bar in bars)
    parts, left = [], Decimal(0)
    for bar in bars:
        width = Decimal(bar.value) * 600 / total if total else Decimal(0)
        parts.append((f"c{bar.tone}", _n(left), _n(max(width - 2, Decimal(0)))))
        left += width
    drawn = format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="20"/>', parts)
    return format_html(
        '<svg class="sharebar" viewBox="0 0 600 20" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        f"{label}: {_told(bars)}.",
        drawn,
    )


def swatch(tone: int) -> SafeString:
    """The little square that ties a row of the sum list to its part of the bar."""
    return format_html(
        '<svg class="swatch" viewBox="0 0 14 14" aria-hidden="true"><rect class="c{}" width="14" height="14" rx="2"/></svg>',
        tone,
    )


def _check(bars: Sequence[Bar]) -> None:
    if any(bar.value < 0 for bar in bars):
        raise ValueError("bars start at zero and do not go below it")
    if any(bar.tone not in range(1, 8) for bar in bars):
        raise TooManySeries("tones are 1–7")


def _told(bars: Sequence[Bar]) -> str:
    return ", ".join(f"{bar.label} {bar.text}" for bar in bars)


def _n(value: Decimal | float) -> str:
    return f"{float(value):.1f}"


def _share(value: Number, top: Number) -> float:
    return float(value) / float(top) if top else 0.0


def _columns_svg(headline: str, bars: Sequence[Bar], width: int, height: int, *, short: bool) -> SafeString:
    step = width / max(len(bars), 1)
    base, tallest = height - 34, height - 60
    top = max((bar.value for bar in bars), default=0)
    drawn = []
    for index, bar in enumerate(bars):
        tall = tallest * _share(bar.value, top)
        middle = _n(step * (index + 0.5))
        label = (bar.short or bar.label) if short else bar.label
        shape = (bar.tone, _n(step * (index + 0.12)), _n(base - tall), _n(step * 0.76), _n(tall))
        drawn.append((*shape, middle, _n(base - tall - 8), bar.text, middle, height - 12, label))
    body = format_html_join(
        "",
        '<rect class="c{}" x="{}" y="{}" width="{}" height="{}"/><text class="c-label" x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text class="c-text" x="{}" y="{}" text-anchor="middle">{}</text>',
        drawn,
    )
    axis = format_html('<line class="c-axis" x1="0" x2="{}" y1="{}" y2="{}"/>', width, base, base)
    css = "chart--narrow-only" if short else "chart--wide-only"
    return _svg(css, width, height, f"{headline}: {_told(bars)}.", body + axis)


def _bars_svg(headline: str, bars: Sequence[Bar], width: int, css: str) -> SafeString:
    """Labels stand left of the bars when they fit in 40 % of the width, else on a line of their own above."""
    longest = max((len(bar.short or bar.label) for bar in bars), default=0) * LETTER
    above = longest > width * 0.4
    left = 0.0 if above else longest + 12
    row = 62 if above else 40
    value_room = max((len(bar.text) for bar in bars), default=0) * LETTER + 12
    top = max((bar.value for bar in bars), default=0)
    drawn = []
    for index, bar in enumerate(bars):
        y = index * row + (26 if above else 7)
        long = (width - left - value_room) * _share(bar.value, top)
        label = bar.label if above else bar.short or bar.label
        drawn.append(
            (
                6 if above else 0,  # clear of the axis
                index * row + (18 if above else 25),
                label,
                bar.tone,
                _n(left),
                y,
                _n(long),
                _n(left + long + 8),
                y + 18,
                bar.text,
            )
        )
    body = format_html_join(
        "",
        '<text class="c-text" x="{}" y="{}">{}</text><rect class="c{}" x="{}" y="{}" width="{}" height="26"/>'
        '<text class="c-label" x="{}" y="{}">{}</text>',
        drawn,
    )
    height = len(bars) * row
    axis = format_html('<line class="c-axis" x1="{0}" x2="{0}" y1="0" y2="{1}"/>', _n(left), height)
    return _svg(css, width, height, f"{headline}: {_told(bars)}.", body + axis)


def _svg(css: str, width: int, height: int, label: str, body: SafeString) -> SafeString:
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        css,
        width,
        height,
        label,
        body,
    )
