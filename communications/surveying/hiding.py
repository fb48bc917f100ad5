"""Small cells of a cross table: hidden below five, with as many more as it takes that no sum tells them.

The totals of rows (the answers to a question in all) are told beside the table, so they cannot be hidden; those of columns are
hidden with it where the columns are groups of people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from members.statistics.suppression import LEAST, Sum, hidden

Cell = tuple[str, str]
TOTAL = "*"


def hidden_cells(
    cells: Mapping[Cell, int],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    groups: bool,
    rows_add: bool = True,
    columns_add: bool = True,
) -> frozenset[Cell]:
    """The cells (row, column) and column totals (TOTAL, column) that are not told.

    `groups`: the columns are groups of people, whose sizes are cells as well. `rows_add`: every respondent is in one column of a
    row only, so that a row's cells make its total; `columns_add` the same of a column.
    """
    values = {(row, column): cells.get((row, column), 0) for row in rows for column in columns}
    sums: list[Sum[Cell]] = []
    if groups:
        values |= {(TOTAL, column): cells.get((TOTAL, column), 0) for column in columns}
        sums.append(Sum(tuple((TOTAL, column) for column in columns)))
    sums += [Sum(tuple((row, column) for column in columns), adds=rows_add) for row in rows]
    for column in columns:
        parts = tuple((row, column) for row in rows)
        sums.append(Sum(parts, (TOTAL, column) if groups else None, adds=columns_add))
    return hidden(values, sums)


__all__ = ["LEAST", "TOTAL", "Cell", "hidden_cells"]
