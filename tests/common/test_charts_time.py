"""Lines and columns over time: within the picture, in proportion, with their names and gaps."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.common.charts import TooManySeries
from jasenpalvelu.common.charts_time import Column, Part, Series, flow_chart, line_chart

NUMBERS = st.one_of(st.none(), st.integers(0, 400_000))


def box(svg: str) -> tuple[float, float]:
    width, height = (float(part) for part in ET.fromstring(svg).get("viewBox", "").split()[2:])
    return width, height


@given(st.lists(st.lists(NUMBERS, min_size=6, max_size=6), min_size=1, max_size=4))
def test_lines_stay_in_the_picture(lines: list[list[int | None]]) -> None:
    names = [str(year) for year in range(2021, 2027)]
    chart = line_chart("x", "y", names, [Series(f"s{n}", line) for n, line in enumerate(lines)], (), ())
    for svg in (chart.wide, chart.narrow):
        width, height = box(svg)
        for line in ET.fromstring(svg).iter("polyline"):
            for point in line.get("points", "").split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= width
                assert 0 <= y <= height


def test_a_number_that_is_not_told_leaves_a_gap() -> None:
    chart = line_chart("x", "y", list("abcde"), [Series("s", [1, 2, None, 4, 5])], (), ())
    assert str(chart.wide).count("<polyline") == 2


def test_five_lines_cannot_be_told_apart() -> None:
    with pytest.raises(TooManySeries):
        line_chart("x", "y", ["a"], [Series(str(n), [n]) for n in range(5)], (), ())


def test_what_came_stands_above_the_axis_and_what_went_below() -> None:
    chart = flow_chart(
        "x", "y", [Column("2026", [Part(10, 1)], [Part(5, 3)], "10", "5")], [("Came", 1)], (), ()
    )
    root = ET.fromstring(chart.wide)
    axis = float(next(root.iter("line")).get("y1", ""))
    up, down = root.iter("rect")
    assert float(up.get("y", "")) + float(up.get("height", "")) == pytest.approx(axis, abs=0.2)
    assert float(down.get("y", "")) == pytest.approx(axis, abs=0.2)
    assert float(up.get("height", "")) == pytest.approx(2 * float(down.get("height", "")), abs=0.3)
    assert "2026 +10 −5" in str(chart.wide)


def test_nothing_at_all_is_drawn_too() -> None:
    assert "<rect" not in str(flow_chart("x", "y", [Column("2026", [], [], "0", "0")], [], (), ()).wide)
