"""A segment as an object: groups of criteria, and the versioned JSON it is kept in. Knows no database and no Django.

What a criterion asks is a matter of `members.segments.criteria`; here it is a key, an operator and what was typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

VERSION = 1
MODES = ("all", "any", "none")
IS, IS_NOT = "is", "is_not"
OPERATORS = (IS, IS_NOT)
DEEPEST = 3
MOST = 30
LONGEST_VALUE = 200
MOST_VALUES = 400

Values = Mapping[str, tuple[str, ...]]
Path = tuple[int, ...]


class SegmentError(ValueError):
    """`code` says what is wrong and `path` where: () is the segment itself, (0, 1) the second part of its first part."""

    def __init__(self, code: str, path: Path = ()) -> None:
        super().__init__(f"{code} at {'.'.join(map(str, path)) or 'the top'}")
        self.code, self.path = code, path


@dataclass(frozen=True)
class Criterion:
    """One thing asked of a person. `values` are the texts typed, by field."""

    kind: str
    op: str = IS
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """all: every part is true · any: at least one · none: not one."""

    mode: str = "all"
    parts: tuple[Criterion | Group, ...] = ()

    def leaves(self) -> Iterator[Criterion]:
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.leaves()
            else:
                yield part

    def pruned(self) -> Group:
        """Without groups in which there is nothing, as they ask nothing."""
        parts = (part.pruned() if isinstance(part, Group) else part for part in self.parts)
        return replace(self, parts=tuple(p for p in parts if not isinstance(p, Group) or p.parts))


@dataclass(frozen=True)
class Segment:
    """`state`: whose memberships count (as in the member list); `on`: as of which day, None is always today."""

    root: Group = Group()
    state: str = "in_force"
    on: date | None = None


# --- as JSON ----------------------------------------------------------------------------------------------------------
def to_json(segment: Segment) -> dict[str, Any]:
    return {
        "version": VERSION,
        "state": segment.state,
        "on": segment.on.isoformat() if segment.on else None,
        "root": _group_to_json(segment.root),
    }


def _group_to_json(group: Group) -> dict[str, Any]:
    parts = [
        _group_to_json(part)
        if isinstance(part, Group)
        else {"kind": part.kind, "op": part.op, "values": {name: list(v) for name, v in part.values.items()}}
        for part in group.parts
    ]
    return {"mode": group.mode, "parts": parts}


def from_json(data: Any) -> Segment:
    """The segment of what `to_json` gave. Raises SegmentError: what is not understood is refused, never guessed."""
    if not isinstance(data, dict):
        raise SegmentError("shape")
    if data.get("version") != VERSION:
        raise SegmentError("version")
    if not isinstance(data.get("state"), str) or not data["state"]:
        raise SegmentError("state")
    root = _group(data.get("root"), ())
    segment = Segment(root, data["state"], _day(data.get("on")))
    check(segment)
    return segment


def check(segment: Segment) -> None:
    """The limits of size: a tree that nobody could read is not a segment. Raises SegmentError."""
    if sum(1 for _leaf in segment.root.leaves()) > MOST:
        raise SegmentError("many")
    _check_depth(segment.root, ())


def _check_depth(group: Group, path: Path) -> None:
    if len(path) >= DEEPEST:
        raise SegmentError("deep", path)
    for n, part in enumerate(group.parts):
        if isinstance(part, Group):
            _check_depth(part, (*path, n))


def _day(value: Any) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise SegmentError("date") from None


def _group(data: Any, path: Path) -> Group:
    if not isinstance(data, dict) or not isinstance(data.get("parts"), list):
        raise SegmentError("shape", path)
    if data.get("mode") not in MODES:
        raise SegmentError("mode", path)
    if len(path) >= DEEPEST:
        raise SegmentError("deep", path)
    return Group(data["mode"], tuple(_part(part, (*path, n)) for n, part in enumerate(data["parts"])))


def _part(data: Any, path: Path) -> Criterion | Group:
    if isinstance(data, dict) and "parts" in data:
        return _group(data, path)
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        raise SegmentError("shape", path)
    if data.get("op") not in OPERATORS:
        raise SegmentError("operator", path)
    return Criterion(data["kind"], data["op"], _values(data.get("values"), path))


def _values(data: Any, path: Path) -> Values:
    if not isinstance(data, dict):
        raise SegmentError("values", path)
    found: dict[str, tuple[str, ...]] = {}
    for name, given in data.items():
        if not isinstance(given, list) or len(given) > MOST_VALUES or not all(map(_is_text, given)):
            raise SegmentError("values", path)
        found[str(name)] = tuple(given)
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_VALUE


# --- building ---------------------------------------------------------------------------------------------------------
def added(group: Group, path: Path, part: Criterion | Group) -> Group:
    """The tree with the part as the last one of the group at `path`. Raises SegmentError where there is no such group."""
    if not path:
        return replace(group, parts=(*group.parts, part))
    inner = _at(group, path[0])
    if not isinstance(inner, Group):
        raise SegmentError("shape", path)
    return _with(group, path[0], added(inner, path[1:], part))


def removed(group: Group, path: Path) -> Group:
    """The tree without the part at `path`."""
    if not path:
        raise SegmentError("shape", path)
    inner = _at(group, path[0])
    if len(path) == 1:
        return replace(group, parts=group.parts[: path[0]] + group.parts[path[0] + 1 :])
    if not isinstance(inner, Group):
        raise SegmentError("shape", path)
    return _with(group, path[0], removed(inner, path[1:]))


def _at(group: Group, n: int) -> Criterion | Group:
    if not 0 <= n < len(group.parts):
        raise SegmentError("shape", (n,))
    return group.parts[n]


def _with(group: Group, n: int, part: Criterion | Group) -> Group:
    return replace(group, parts=(*group.parts[:n], part, *group.parts[n + 1 :]))
