"""The tree of a segment and its JSON: what is kept comes back, and what is not understood is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.segments import tree
from members.segments.tree import Criterion, Group, Segment, SegmentError

texts = st.text(max_size=20)
criteria = st.builds(
    Criterion,
    kind=st.sampled_from(["type", "age", "contact"]),
    op=st.sampled_from(tree.OPERATORS),
    values=st.dictionaries(st.sampled_from(["what", "from", "to"]), st.tuples(texts), max_size=3),
)
modes = st.sampled_from(tree.MODES)
inner = st.builds(Group, mode=modes, parts=st.lists(criteria, max_size=3).map(tuple))
groups = st.builds(Group, mode=modes, parts=st.lists(criteria | inner, max_size=5).map(tuple))
segments = st.builds(
    Segment, root=groups, state=st.sampled_from(["in_force", "all"]), on=st.none() | st.dates()
)


@given(segments)
def test_what_is_kept_comes_back(segment: Segment) -> None:
    assert tree.from_json(tree.to_json(segment)) == segment


AGE = {"kind": "age", "op": "is", "values": {"from": ["18"]}}


def spec(**changes: Any) -> dict[str, Any]:
    return {"version": 1, "state": "in_force", "on": None, "root": {"mode": "all", "parts": [AGE]}} | changes


def root(*parts: Any, mode: str = "all") -> dict[str, Any]:
    return {"mode": mode, "parts": list(parts)}


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        (None, "shape", ()),
        ([], "shape", ()),
        (spec(version=2), "version", ()),
        (spec(state=""), "state", ()),
        (spec(on="tomorrow"), "date", ()),
        (spec(on=7), "date", ()),
        (spec(root=None), "shape", ()),
        (spec(root=root(mode="some")), "mode", ()),
        (spec(root=root(AGE, AGE | {"op": "like"})), "operator", (1,)),
        (spec(root=root({"op": "is"})), "shape", (0,)),
        (spec(root=root(root(AGE, "x"))), "shape", (0, 1)),
        (spec(root=root(AGE | {"values": {"from": "18"}})), "values", (0,)),
        (spec(root=root(AGE | {"values": {"from": [18]}})), "values", (0,)),
        (spec(root=root(AGE | {"values": {"from": ["1" * 500]}})), "values", (0,)),
        (spec(root=root(root(root(root(AGE))))), "deep", (0, 0, 0)),
        (spec(root=root(*[AGE] * 31)), "many", ()),
    ],
)
def test_what_is_not_understood_is_refused(data: Any, code: str, path: tuple[int, ...]) -> None:
    with pytest.raises(SegmentError) as refused:
        tree.from_json(data)
    assert (refused.value.code, refused.value.path) == (code, path)


def test_parts_are_added_and_removed_in_their_place() -> None:
    one, two = Criterion("age"), Criterion("type")
    grown = tree.added(tree.added(Group(), (), Group("any")), (0,), one)
    grown = tree.added(grown, (), two)
    assert grown == Group("all", (Group("any", (one,)), two))
    assert tree.removed(grown, (0, 0)) == Group("all", (Group("any"), two))
    assert tree.removed(grown, (0,)) == Group("all", (two,))
    for path in [(), (5,), (1, 0), (0, 3)]:
        with pytest.raises(SegmentError):
            tree.removed(grown, path)


def test_empty_groups_ask_nothing() -> None:
    empty = Group("any", (Group("none"), Group("all", (Group("any"),))))
    assert empty.pruned().parts == ()
