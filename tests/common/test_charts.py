"""Charts: geometry that tells the truth, numbers in words, nothing the browser would refuse."""

import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from jasenpalvelu.common.charts import Bar, TooManySeries, bar_chart, column_chart, share_bar, swatch

AGES = [Bar("alle 30", 71), Bar("30–44", 214), Bar("45–59", 352)]


def rects(svg: str) -> list[ET.Element]:
    return [element for element in ET.fromstring(svg) if element.tag == "rect"]


def test_bars_start_at_zero_and_are_in_proportion() -> None:
    chart = column_chart("Ikä", "Jäseniä", [Bar("a", 100), Bar("b", 50), Bar("c", 0)], ("Ikä", "Jäseniä"))
    tall, half, none = (float(rect.get("height", "")) for rect in rects(chart.wide))
    assert half == pytest.approx(tall / 2, abs=0.1)
    assert none == 0
    feet = {round(float(rect.get("y", "")) + float(rect.get("height", ""))) for rect in rects(chart.wide)}
    assert len(feet) == 1


@given(st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=20))
def test_nothing_is_drawn_outside_the_picture(values: list[int]) -> None:
    bars = [Bar(str(index), value) for index, value in enumerate(values)]
    for drawn in (column_chart("x", "y", bars, ("a", "b")), bar_chart("x", "y", bars, ("a", "b"))):
        for svg in (drawn.wide, drawn.narrow):
            width, height = (float(part) for part in ET.fromstring(svg).get("viewBox", "").split()[2:])
            for rect in rects(svg):
                assert 0 <= float(rect.get("x", "")) <= width
                assert float(rect.get("x", "")) + float(rect.get("width", "")) <= width + 0.2
                assert 0 <= float(rect.get("y", "")) <= height
                assert float(rect.get("width", "")) >= 0


def test_a_chart_says_its_numbers_and_has_them_as_rows() -> None:
    with translation.override("fi"):
        chart = bar_chart("Ikä", "Jäseniä", [*AGES, Bar("60–74", 1431)], ("Ikä", "Jäseniä"))
        assert "alle 30 71, 30–44 214" in ET.fromstring(chart.wide).get("aria-label", "")
        assert chart.rows[-1] == ("60–74", ["1\N{NO-BREAK SPACE}431"])


def test_narrow_drawing_uses_the_short_word() -> None:
    chart = column_chart("Muutos", "Jäseniä", [Bar("Ennallaan", 341, short="Sama")], ("Muutos", "Jäseniä"))
    assert ">Ennallaan<" in chart.wide
    assert ">Sama<" in chart.narrow


def test_long_names_stand_above_their_bars() -> None:
    chart = bar_chart(
        "Yhdistys",
        "Jäseniä",
        [Bar("Kuusilahden ja Honkaniemen tuottajayhdistys", 5)],
        ("Yhdistys", "Jäseniä"),
    )
    assert float(rects(chart.narrow)[0].get("x", "1")) == 0


def test_shares_fill_the_bar() -> None:
    svg = share_bar(
        [
            Bar("Yhdistys", Decimal(47)),
            Bar("Liitto", Decimal(22), 4),
            Bar("Keskusliitto", Decimal(31), 2),
        ],
        "Jako",
    )
    widths = [float(rect.get("width", "")) for rect in rects(svg)]
    assert widths[0] == pytest.approx(280, abs=0.1)
    assert 590 <= sum(widths) <= 600
    assert "Yhdistys 47" in ET.fromstring(svg).get("aria-label", "")


def test_an_empty_whole_draws_no_shares() -> None:
    assert all(
        float(rect.get("width", "1")) == 0 for rect in rects(share_bar([Bar("a", 0), Bar("b", 0, 2)], "Jako"))
    )


def test_what_cannot_be_drawn_honestly_is_refused() -> None:
    with pytest.raises(ValueError, match="zero"):
        column_chart("x", "y", [Bar("a", -1)], ("a", "b"))
    with pytest.raises(TooManySeries):
        share_bar([Bar(str(n), 1, n) for n in range(1, 7)], "x")
    with pytest.raises(TooManySeries):
        bar_chart("x", "y", [Bar("a", 1, 9)], ("a", "b"))


def test_labels_are_escaped_and_nothing_is_inline() -> None:
    chart = column_chart("<b>", "y", [Bar("<script>", 1)], ("a", "b"))
    for svg in (chart.wide, chart.narrow, swatch(1)):
        assert "<script" not in svg
        assert "style=" not in svg
