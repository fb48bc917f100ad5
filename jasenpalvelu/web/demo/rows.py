"""The demo's rows on their way to COPY."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Rows:
    """Rows for COPY, one list per table, in the order the tables are filled."""

    parties: list[tuple] = field(default_factory=list)
    persons: list[tuple] = field(default_factory=list)
    organisations: list[tuple] = field(default_factory=list)
    contacts: list[tuple] = field(default_factory=list)
    holdings: list[tuple] = field(default_factory=list)
    holding_members: list[tuple] = field(default_factory=list)
    bases: list[tuple] = field(default_factory=list)
    links: list[tuple] = field(default_factory=list)
    memberships: list[tuple] = field(default_factory=list)
    events: list[tuple] = field(default_factory=list)
