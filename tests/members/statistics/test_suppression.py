"""What is hidden cannot be counted from what is shown (REG-17)."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from members.statistics.flows import COMING, LEAVING, LEFT, SUMS
from members.statistics.suppression import LEAST, Sum, hidden

SMALL = st.integers(0, 12)


def determined(unknown: list[str], equations: list[dict[str, int]]) -> set[str]:
    """The unknowns for which the equations leave one answer: those that are alone in a row of the reduced form."""
    rows = [[Fraction(equation.get(key, 0)) for key in unknown] for equation in equations]
    place = 0
    for column in range(len(unknown)):
        pivot = next((r for r in range(place, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[place], rows[pivot] = rows[pivot], rows[place]
        rows[place] = [value / rows[place][column] for value in rows[place]]
        for other in range(len(rows)):
            if other != place and rows[other][column]:
                factor = rows[other][column]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[place], strict=True)]
        place += 1
    return {unknown[row.index(1)] for row in rows if sum(value != 0 for value in row) == 1 and 1 in row}


@given(st.lists(SMALL, min_size=1, max_size=9))
def test_no_part_follows_from_the_others_and_the_total(parts: list[int]) -> None:
    values = {str(n): value for n, value in enumerate(parts)} | {"total": sum(parts)}
    keys = tuple(key for key in values if key != "total")
    gone = hidden(values, [Sum(keys, "total")])
    assert {key for key, value in values.items() if 0 < value < LEAST} <= gone
    equation = dict.fromkeys(keys, 1) | {"total": -1}
    assert determined(sorted(gone), [equation]) == set()


@given(st.lists(SMALL, min_size=2, max_size=6))
def test_counting_up_from_the_least_there_can_be_gives_no_answer_either(parts: list[int]) -> None:
    """Whoever knows that a hidden one is at least one, or nought where others are hidden with it, finds several answers."""
    values = {str(n): value for n, value in enumerate(parts)} | {"total": sum(parts)}
    keys = tuple(key for key in values if key != "total")
    gone = hidden(values, [Sum(keys, "total")])
    lost = [key for key in keys if key in gone]
    if not lost or "total" in gone:
        return
    together = sum(values[key] for key in lost)
    low = 0 if any(values[key] == 0 for key in lost) else 1
    answers = [
        found for found in product(range(low, together + 1), repeat=len(lost)) if sum(found) == together
    ]
    assert all(len({found[place] for found in answers}) > 1 for place in range(len(lost)))
    assert together >= LEAST


@given(st.lists(SMALL, min_size=8, max_size=8))
def test_who_came_and_went_does_not_follow_from_the_change_either(numbers: list[int]) -> None:
    kinds = [str(kind) for kind in (*COMING, *LEAVING)]
    values = dict(zip(kinds, numbers, strict=True))
    values[LEFT] = sum(values[kind] for kind in LEAVING)
    gone = hidden(values, SUMS)
    left = dict.fromkeys(map(str, LEAVING), 1) | {LEFT: -1}
    net = dict.fromkeys(map(str, COMING), 1) | {LEFT: -1}
    assert {key for key, value in values.items() if 0 < value < LEAST} <= gone
    assert determined(sorted(gone), [left, net]) == set()


def test_large_numbers_and_noughts_are_told() -> None:
    values = {"a": 0, "b": 5, "c": 900, "total": 905}
    assert hidden(values, [Sum(("a", "b", "c"), "total")]) == frozenset()


def test_one_small_takes_the_next_smallest_with_it() -> None:
    values = {"a": 2, "b": 7, "c": 900, "total": 909}
    assert hidden(values, [Sum(("a", "b", "c"), "total")]) == {"a", "b"}
