"""What is wrong with a file, a row or a value, as a code with its facts; `wording` turns it into the reader's language."""

from __future__ import annotations

from typing import Any


class NotATable(Exception):
    """The file cannot be taken in. `code` is known to `wording.FILE_PROBLEMS`, `facts` fill its text."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Unreadable(Exception):
    """A value that is not what its column promises."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


Problem = dict[str, Any]


def problem(code: str, field: str = "", *, warning: bool = False, **facts: Any) -> Problem:
    """As kept with the row. A warning is told but the row is taken in; anything else leaves the row out."""
    found: Problem = {"code": code, "field": field}
    if warning:
        found["warning"] = True
    return found | facts


def is_error(found: Problem) -> bool:
    return not found.get("warning")
