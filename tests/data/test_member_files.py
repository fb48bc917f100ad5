"""The invented member files: written anew they are what lies in the repository, whenever that is done."""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from tests.data import member_files

HERE = Path(member_files.__file__).parent


def test_the_files_are_those_that_are_written_anew() -> None:
    assert member_files.as_csv(member_files.farmers()) == (HERE / "kuusilahti.csv").read_bytes()
    written = member_files.as_xlsx(member_files.forest_owners())
    time.sleep(2)  # archives count in steps of two seconds
    assert member_files.as_xlsx(member_files.forest_owners()) == written
    with ZipFile(HERE / "jarvi.xlsx") as kept, ZipFile(BytesIO(written)) as new:
        assert {name: kept.read(name) for name in kept.namelist()} == {
            name: new.read(name) for name in new.namelist()
        }


def test_the_workbook_says_nothing_of_when_it_was_saved() -> None:
    with ZipFile(HERE / "jarvi.xlsx") as book:
        assert {entry.date_time for entry in book.infolist()} == {(2026, 1, 1, 0, 0, 0)}
        assert b"2026-01-01T00:00:00Z" in book.read("docProps/core.xml")
