"""Columns: what a cell shows, what order a list is in."""

from types import SimpleNamespace

import pytest
from django.http import QueryDict

from jasenpalvelu.common.tables import Column, Table, choose

NAME = Column("name", "Nimi", sort="nimi", row_header=True)
PLACE = Column("place", "Kotikunta", value="unit.place")
OPEN = Column("open", "Avoinna", value=lambda row: row["sum"], sort="avoinna", num=True)
COLUMNS = [NAME, PLACE, OPEN]


def test_values_by_path_function_and_mapping() -> None:
    assert PLACE.render(SimpleNamespace(unit=SimpleNamespace(place="Kuusilahti"))) == "Kuusilahti"
    assert OPEN.render({"sum": 5}) == 5
    assert NAME.render({"name": "Metsäpelto"}) == "Metsäpelto"


def test_nothing_is_a_dash_and_zero_is_zero() -> None:
    assert PLACE.render(SimpleNamespace(unit=None)) == "–"
    assert NAME.render({"name": ""}) == "–"
    assert OPEN.render({"sum": 0}) == 0


def test_a_misspelled_path_is_a_fault() -> None:
    with pytest.raises(AttributeError):
        PLACE.render(SimpleNamespace())


@pytest.mark.parametrize(
    ("query", "key", "descending"),
    [
        ("", "nimi", False),
        ("jarjestys=-avoinna", "avoinna", True),
        ("jarjestys=password", "nimi", False),
        ("jarjestys=-", "nimi", False),
    ],
)
def test_only_known_orders_are_taken(query: str, key: str, descending: bool) -> None:
    table = Table.of(COLUMNS, QueryDict(query), default="nimi")
    assert (table.sort_key, table.descending) == (key, descending)


def test_a_second_press_turns_the_order() -> None:
    heads = Table.of(COLUMNS, QueryDict("q=a&jarjestys=nimi"), default="nimi").head
    assert heads[0].url == "?q=a&jarjestys=-nimi"
    assert heads[0].aria_sort == "ascending"
    assert heads[1].url == ""
    assert heads[2].url == "?q=a&jarjestys=avoinna"


def test_chosen_columns_keep_the_row_header_and_drop_strangers() -> None:
    assert choose(COLUMNS, ["open", "nonsense", "open", "name"]) == [NAME, OPEN]
