"""How each app's `privacy.py` classifies its columns (REG-14).

Erasure: `DELETE` the row goes with the party · `BLANK` the value is emptied, the row stays · `KEEP` a legal hold keeps it ·
`NONE` the column tells nothing about a person.
"""

from dataclasses import dataclass
from enum import StrEnum


class Erase(StrEnum):
    DELETE = "delete"
    BLANK = "blank"
    KEEP = "keep"
    NONE = "none"


@dataclass(frozen=True)
class Column:
    """`field_class` A–E as in members.scope, "" when not personal; `protected`: hidden by a non-disclosure order."""

    field_class: str = ""
    export: bool = False
    erase: Erase = Erase.NONE
    protected: bool = False


TECHNICAL = Column()
Table = dict[str, Column]


def columns(
    names: str,
    field_class: str = "",
    *,
    export: bool = True,
    erase: Erase = Erase.DELETE,
    protected: bool = False,
) -> Table:
    """The same rule for several columns; without a field class they are technical."""
    column = Column(field_class, export, erase, protected) if field_class else TECHNICAL
    return dict.fromkeys(names.split(), column)
