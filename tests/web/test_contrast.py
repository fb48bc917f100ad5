"""Every pair of colours the style sheets put on each other, in the ordinary theme and in more contrast."""

import re

import pytest
from django.conf import settings

TEXT, LARGE_TEXT, SHAPE = 7, 4.5, 3
PAIRS = [
    *[
        ("ink", back, TEXT)
        for back in ("paper", "surface", "paper-deep", "forest-100", "lake-100", "warn-100", "danger-100")
    ],
    *[("ink-2", back, LARGE_TEXT) for back in ("paper", "surface", "surface-sunken", "paper-deep")],
    *[("forest-800", back, LARGE_TEXT) for back in ("paper", "surface", "forest-100", "forest-150")],
    *[("ink-inverse", back, LARGE_TEXT) for back in ("forest-800", "forest-700", "danger-700")],
    ("ink-inverse", "forest-900", TEXT),
    *[("forest-300", back, LARGE_TEXT) for back in ("forest-900", "forest-800")],
    ("lake-800", "lake-100", LARGE_TEXT),
    ("lake-700", "surface", LARGE_TEXT),
    *[("warn-800", back, LARGE_TEXT) for back in ("warn-100", "surface")],
    ("danger-800", "danger-100", LARGE_TEXT),
    *[("danger-700", back, LARGE_TEXT) for back in ("surface", "paper")],
    *[(front, back, SHAPE) for front in ("field-line", "focus") for back in ("surface", "paper")],
    *[(front, "surface", SHAPE) for front in ("chart-1", "chart-2", "chart-3", "chart-4", "chart-5")],
]


def tokens() -> dict[str, dict[str, str]]:
    css = (settings.BASE_DIR / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    ordinary, more = css.split("@media (prefers-contrast: more)")
    pattern = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")
    usual = dict(pattern.findall(ordinary))
    return {"ordinary": usual, "more": usual | dict(pattern.findall(more))}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["ordinary", "more"])
def test_text_and_shapes_stand_out(theme: str) -> None:
    values = tokens()[theme]
    weak = [(front, back) for front, back, least in PAIRS if ratio(values[front], values[back]) < least]
    assert weak == []
