"""The builder of segments: one form, whatever is in the tree, so that every button works without a script.

Each part of the tree has its place in the names: `part` lists them in order ("0-1:age"), `op-0-1` is the operator, `v-0-1-from`
what is typed; `mode-0` belongs to a group, `mode` to the whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.forms import FinnishDateField, QuickSelect, UiForm, sized
from members import filters
from members.choosing import Choices
from members.segments import criteria, tree
from members.segments.criteria import FAMILIES, GROUP, CriterionForm, Kind
from members.segments.tree import IS, MODES, OPERATORS, Criterion, Group, Path, Segment, SegmentError

PART = re.compile(r"(\d{1,2}(?:-\d{1,2}){0,2}):(\w{1,40})", re.ASCII)
ADD, ADD_GROUP, REMOVE, SHOW, SAVE = "add", "addgroup", "remove", "show", "save"
MODE_CHOICES = [
    ("all", _("all of these are true")),
    ("any", _("at least one of these is true")),
    ("none", _("not one of these is true")),
]


class AboutForm(UiForm):
    """What is told of the whole segment beside its criteria."""

    name = forms.CharField(
        label=_("Name of the segment"),
        max_length=80,
        help_text=_("For example: Forest owners without e-mail"),
    )
    shared = forms.ChoiceField(label=_("Who may use it"), widget=forms.RadioSelect)
    state = forms.ChoiceField(label=_("Whose memberships count"), choices=filters.STATES, widget=QuickSelect)
    on = FinnishDateField(
        label=_("Situation on the day"),
        required=False,
        help_text=_(
            "Empty is always today. Memberships, ages, fee bases and contact details are taken as they were that day,"
            " the rest as it is now."
        ),
    )

    def __init__(self, *args: Any, unit_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shared"].choices = [  # type: ignore[attr-defined]
            ("no", _("Only me")),
            ("yes", _("Everybody who works in %(unit)s or below it") % {"unit": unit_name}),
        ]


class FindForm(UiForm):
    """Whose place in the segment is asked."""

    q = forms.CharField(
        label=_("Name or member number"),
        max_length=100,
        widget=sized(forms.TextInput({"type": "search"}), "m", autocomplete="off"),
    )


# --- as drawn ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    """A criterion on the page."""

    path: str
    kind: Kind
    op: str
    form: CriterionForm
    fresh: bool = False


@dataclass(frozen=True)
class Box:
    """A group on the page; `path` is "" for the whole. `deeper`: a group may still be added in it."""

    path: str
    mode: str
    parts: list[Row | Box] = field(default_factory=list)
    deeper: bool = False
    new: str = ""  # what stands chosen among what can be added

    @property
    def suffix(self) -> str:
        return f"-{self.path}" if self.path else ""


def box(
    group: Group,
    choices: Choices,
    data: QueryDict,
    *,
    fresh: Path | None = None,
    strict: bool = False,
    path: Path = (),
) -> Box:
    """The group as it is drawn; `strict` shows what is missing even where nothing has been typed yet."""
    new = data.get(f"new-{told(path)}" if path else "new", "")
    drawn = Box(told(path), group.mode, deeper=len(path) + 1 < tree.DEEPEST, new=new)
    for n, part in enumerate(group.parts):
        place = (*path, n)
        if isinstance(part, Group):
            drawn.parts.append(box(part, choices, data, fresh=fresh, strict=strict, path=place))
            continue
        form = criteria.read(part, choices, f"v-{told(place)}")
        if place == fresh or (not strict and form.fields and not part.values):
            form.is_bound = False
        drawn.parts.append(Row(told(place), criteria.kind_of(part), part.op, form, place == fresh))
    return drawn


def rows(drawn: Box) -> list[Row]:
    found: list[Row] = []
    for part in drawn.parts:
        found += rows(part) if isinstance(part, Box) else [part]
    return found


def picker(choices: Choices) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be added, by family."""
    found: dict[str, list[tuple[str, str]]] = {}
    for kind in criteria.offered(choices):
        found.setdefault(kind.family, []).append((kind.key, str(kind.label)))
    return [(str(FAMILIES[family]), pairs) for family, pairs in found.items()]


# --- as sent ----------------------------------------------------------------------------------------------------------
def told(path: Path) -> str:
    return "-".join(map(str, path))


def path_of(text: str) -> Path:
    return tuple(int(part) for part in text.split("-") if part.isascii() and part.isdigit())


def tree_of(data: QueryDict) -> Group:
    """The tree as the form told it; parts that cannot be placed are left out."""
    root = Group(_mode(data, ""))
    places: dict[Path, Path] = {(): ()}
    for match in filter(None, map(PART.fullmatch, data.getlist("part"))):
        sent, key = path_of(match[1]), match[2]
        parent = places.get(sent[:-1])
        if parent is None:
            continue
        part = Group(_mode(data, f"-{match[1]}")) if key == GROUP else _criterion(data, match[1], key)
        if part is None:
            continue
        places[sent] = (*parent, _length(root, parent))
        root = tree.added(root, parent, part)
    return root


def _mode(data: QueryDict, suffix: str) -> str:
    mode = data.get(f"mode{suffix}", "all")
    return mode if mode in MODES else "all"


def _criterion(data: QueryDict, place: str, key: str) -> Criterion | None:
    op, prefix = data.get(f"op-{place}", IS), f"v-{place}-"
    given = {name.removeprefix(prefix): data.getlist(name) for name in data if name.startswith(prefix)}
    criterion = Criterion(key, op if op in OPERATORS else IS, criteria.typed(given))
    try:
        criteria.kind_of(criterion)
    except SegmentError:
        return None
    return criterion


def _length(group: Group, path: Path) -> int:
    for n in path:
        inner = group.parts[n]
        group = inner if isinstance(inner, Group) else Group()
    return len(group.parts)


def acted(root: Group, deed: str, data: QueryDict) -> tuple[Group, Path | None]:
    """The tree after a button was pressed, and the place of what was added. Raises SegmentError ("many", "deep")."""
    what, _sep, place = deed.partition(":")
    path = path_of(place)
    if what == REMOVE:
        return tree.removed(root, path), None
    if what not in (ADD, ADD_GROUP):
        return root, None
    part: Criterion | Group = Group("any")
    if what == ADD:
        part = Criterion(data.get(f"new-{place}" if place else "new", ""))
        criteria.kind_of(part)
    fresh = (*path, _length(root, path))
    grown = tree.added(root, path, part)
    tree.check(Segment(grown))
    return grown, fresh
