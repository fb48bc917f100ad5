"""Cross tables: small cells hidden, and no sum that the table shows tells one of them."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from communications.surveying import counting
from communications.surveying.counting import Tally
from communications.surveying.hiding import LEAST, TOTAL, hidden_cells
from communications.surveying.questions import CES, CSAT, MULTIPLE, NPS, SCALE, Option, Question

Cells = dict[tuple[str, str], int]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Cells, list[str], list[str]]:
    rows = [f"r{n}" for n in range(draw(st.integers(2, 4)))]
    columns = [f"c{n}" for n in range(draw(st.integers(2, 4)))]
    cells = {cell: draw(st.integers(0, 12)) for cell in product(rows, columns)}
    cells |= {(TOTAL, column): sum(cells[row, column] for row in rows) for column in columns}
    return cells, rows, columns


@given(tables())
def test_no_small_number_is_told(made: tuple[Cells, list[str], list[str]]) -> None:
    cells, rows, columns = made
    gone = hidden_cells(cells, rows, columns, groups=True)
    assert all(n == 0 or n >= LEAST for cell, n in cells.items() if cell not in gone)


@given(tables())
@settings(max_examples=200)
def test_no_row_and_no_column_leaves_a_single_answer(made: tuple[Cells, list[str], list[str]]) -> None:
    """Row totals are known; a lone hidden cell of a row, or of a column whose size is told, would be their difference."""
    cells, rows, columns = made
    gone = hidden_cells(cells, rows, columns, groups=True)
    for row in rows:
        assert sum((row, column) in gone for column in columns) != 1
    for column in columns:
        if (TOTAL, column) not in gone:
            assert sum((row, column) in gone for row in rows) != 1


@given(tables())
def test_what_nobody_could_tell_is_not_hidden(made: tuple[Cells, list[str], list[str]]) -> None:
    cells, rows, columns = made
    if all(n == 0 or n >= LEAST for n in cells.values()):
        assert not hidden_cells(cells, rows, columns, groups=True)


# --- scores -----------------------------------------------------------------------------------------------------------
def _tally(question: Question, *given_answers: int) -> Tally:
    return counting.tally(question, [{"q1": answer} for answer in given_answers])


def test_nps_is_the_promoters_less_the_detractors() -> None:
    question = Question("q1", NPS)
    found = counting.score(question, _tally(question, 10, 9, 9, 8, 7, 6, 0))
    assert found is not None
    assert (found.kind, found.value, found.n) == ("nps", Decimal("14.3"), 7)


def test_csat_is_the_share_of_the_two_best() -> None:
    question = Question("q1", SCALE, most=5, score=CSAT)
    found = counting.score(question, _tally(question, 5, 4, 3, 1))
    assert found is not None
    assert (found.value, found.n) == (Decimal("50.0"), 4)


def test_ces_is_the_mean() -> None:
    question = Question("q1", SCALE, most=7, score=CES)
    found = counting.score(question, _tally(question, 7, 6, 6))
    assert found is not None
    assert found.value == Decimal("6.3")


def test_nobody_answered_gives_no_score() -> None:
    question = Question("q1", NPS)
    assert counting.score(question, _tally(question)) is None


@given(st.lists(st.sets(st.sampled_from(["o1", "o2", "o3"])), max_size=20))
def test_several_choices_are_counted_one_by_one(chosen: list[set[str]]) -> None:
    options = tuple(Option(f"o{n}", {"fi": str(n)}) for n in (1, 2, 3))
    question = Question("q1", MULTIPLE, options=options)
    found = counting.tally(question, [{"q1": sorted(one)} for one in chosen])
    assert found.answered == sum(bool(one) for one in chosen)
    assert sum(found.counts.values()) == sum(map(len, chosen))
