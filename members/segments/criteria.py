"""What a segment may ask: a registry that is open to the apps above, as that of the member list's filters is.

    criteria.register(criteria.Kind("payment", _("Payments"), …, narrow=…, clause=…, fact=…, classes="D"))

A criterion narrows the member list by the same functions as a filter does, so that lists and segments cannot disagree.
`classes`: what the reader must hold over every association it is asked of; `hides_protected`: the answer would tell what a
non-disclosure order hides, so protected people neither fulfil it nor its opposite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.forms.forms import DeclarativeFieldsMetaclass
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.forms import UiForm
from members.choosing import Choices
from members.filters import Narrowing
from members.models import Membership, Party
from members.segments.tree import IS, Criterion, Group, Segment, SegmentError

Text = str | Promise
WHETHER: tuple[tuple[str, Text], ...] = (("is", _("is")), ("is_not", _("is not")))
HAVING: tuple[tuple[str, Text], ...] = (("is", _("has")), ("is_not", _("has not")))
FAMILIES: dict[str, Text] = {
    "membership": _("Membership"),
    "person": _("Person"),
    "contact": _("Contact details"),
    "holding": _("Holding and fee bases"),
    "money": _("Payments"),
    "other": _("Other"),
}


@dataclass(frozen=True)
class Known:
    """A person of whom it is asked why: with the memberships within reach of the one who asks. `on` as the segment says."""

    party: Party
    memberships: tuple[Membership, ...]
    choices: Choices
    on: date


# What a form and a stored segment call a nested group of criteria.
GROUP = "group"


@dataclass(frozen=True)
class Kind:
    """`fields` are what is typed beside the criterion; `check` what must fit together in it. `narrow` gets the cleaned values.

    `clause` is the criterion as a part of a sentence ("whose language is Finnish"), also of its opposite (by the operator); `fact` what is
    known of one person about it, "" when nothing. `offered` tells whether it can be chosen by this reader.
    """

    key: str
    label: Text
    family: str
    narrow: Callable[[Narrowing, dict[str, Any]], None]
    clause: Callable[[Choices, dict[str, Any], str], str]
    fact: Callable[[Known, dict[str, Any]], str] = lambda known, values: ""
    fields: Callable[[Choices], dict[str, forms.Field]] = lambda choices: {}
    check: Callable[[dict[str, Any]], None] = lambda values: None
    offered: Callable[[Choices], bool] = lambda choices: True
    operators: tuple[tuple[str, Text], ...] = WHETHER
    classes: str = ""
    hides_protected: bool = False
    order: int = 50


_registered: dict[str, Kind] = {}


def register(new: Kind) -> None:
    """Add a criterion, or replace the one of the same key. ValueError for the key of a nested group of criteria."""
    if new.key == GROUP:
        raise ValueError(new.key)
    _registered[new.key] = new


def kind_of(criterion: Criterion) -> Kind:
    """Raises SegmentError for a criterion that no app has told of."""
    try:
        return _registered[criterion.kind]
    except KeyError:
        raise SegmentError("kind") from None


def offered(choices: Choices) -> list[Kind]:
    """What this reader may ask, in the order it is shown."""
    families = list(FAMILIES)
    found = [
        kind
        for kind in _registered.values()
        if choices.scope.can("members.view", classes=kind.classes) and kind.offered(choices)
    ]
    return sorted(found, key=lambda kind: (families.index(kind.family), kind.order, kind.key))


def classes_of(segment: Segment) -> frozenset[str]:
    """Every field class that being in the segment tells something of."""
    return frozenset("".join(kind_of(leaf).classes for leaf in segment.root.leaves()))


class CriterionForm(UiForm):
    """What is typed beside one criterion; `read` makes it with the fields of the criterion's kind."""

    asked: Kind

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            self.asked.check(values)
        return values


def read(criterion: Criterion, choices: Choices, prefix: str = "v") -> CriterionForm:
    """The criterion's form with what was typed."""
    kind = kind_of(criterion)
    made: Any = DeclarativeFieldsMetaclass("Typed", (CriterionForm,), {"asked": kind, **kind.fields(choices)})
    data = MultiValueDict({f"{prefix}-{name}": list(texts) for name, texts in criterion.values.items()})
    form: CriterionForm = made(data, prefix=prefix)
    return form


@dataclass
class Reading:
    """A segment with its criteria understood for one reader: each is cleaned once."""

    segment: Segment
    choices: Choices
    _cleaned: dict[int, dict[str, Any] | None] = field(default_factory=dict)

    @cached_property
    def whole(self) -> bool:
        """Whether everything in it could be understood."""
        return all(self.values(leaf) is not None for leaf in self.segment.root.leaves())

    def values(self, criterion: Criterion) -> dict[str, Any] | None:
        """What the criterion says; None when it is not finished."""
        key = id(criterion)
        if key not in self._cleaned:
            form = read(criterion, self.choices)
            self._cleaned[key] = form.cleaned_data if form.is_valid() else None
        return self._cleaned[key]

    @cached_property
    def finished(self) -> Group:
        """The tree without the criteria that are not finished yet."""
        return self._finished(self.segment.root).pruned()

    def _finished(self, group: Group) -> Group:
        parts = [
            self._finished(part) if isinstance(part, Group) else part
            for part in group.parts
            if isinstance(part, Group) or self.values(part) is not None
        ]
        return Group(group.mode, tuple(parts))


def is_positive(criterion: Criterion) -> bool:
    return criterion.op == IS


def typed(values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Values as they are kept: texts without the empty ones."""
    return {
        name: kept
        for name, given in values.items()
        if (kept := tuple(str(text).strip() for text in given if str(text).strip()))
    }
