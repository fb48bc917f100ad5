"""What the apps above add to the member's pages, in the open: each registers a function, nothing is found by itself.

    from members import panels

    @panels.register("invoices", order=30, classes="D")
    def invoices(asked: panels.Asked) -> panels.Panel | None: ...

Registration happens when the app is ready (`AppConfig.ready` imports the module). The member page asks every panel whose
field classes the reader holds, in the order of `order`; the page's own parts stand between: memberships 10, holdings 20,
in the column "main"; contacts 10, family 20, history 80, who sees 90 in "side".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jasenpalvelu.audit.models import Change
    from members.models import Membership, MembershipType, OrgUnit, Party
    from members.scope import Scope


@dataclass(frozen=True)
class Asked:
    """Whose page, who reads it: `unit_ids` are the party's associations the reader reaches, `classes` what is seen there."""

    party: Party
    scope: Scope
    unit_ids: frozenset[int]
    classes: frozenset[str]
    on: date


@dataclass(frozen=True)
class Panel:
    """A card of the member page: its template is included with `it`, the panel's `context`.

    `aside` is a fact beside the heading ("Avoinna 45,00 €"), `link` with `link_text` stands there instead when given.
    `tab_url` with `count` gives the panel a place among the tabs above.
    """

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    aside: str = ""
    link: str = ""
    link_text: str = ""
    tab_url: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Placed:
    """A panel with the place it was registered for."""

    key: str
    order: int
    column: str
    panel: Panel


@dataclass(frozen=True)
class Fee:
    """What a type of membership costs: in short ("58,00 € + by the holding"), and its parts in sentences.

    `own` is what of the parts is this type's alone, `to` those who share the sum, `share_of` the year when it is not whole: for
    a page that tells the common things of several types once.
    """

    text: str
    parts: str = ""
    own: str = ""
    to: tuple[str, ...] = ()
    share_of: int | None = None


@dataclass(frozen=True)
class FirstFees:
    """Where the first invoices of those just admitted stand, with a way on for whoever may go there."""

    text: str
    url: str = ""
    link: str = ""


PanelMaker = Callable[[Asked], Panel | None]
FeeHint = Callable[[Sequence["MembershipType"], "OrgUnit", date], dict[int, Fee]]
FirstFeesNote = Callable[["OrgUnit", date, "Scope"], FirstFees]
Consequence = Callable[["Membership", date], list[str]]
Describe = Callable[["Change"], str]
FeeFact = Callable[[Collection[int], date], frozenset[int]]


@dataclass(frozen=True)
class _Registered:
    order: int
    column: str
    classes: frozenset[str]
    make: PanelMaker


_panels: dict[str, _Registered] = {}
_fee_hints: list[FeeHint] = []
_first_fees: list[FirstFeesNote] = []
_consequences: list[Consequence] = []
_describers: dict[str, tuple[frozenset[str], Describe]] = {}
_fee_facts: list[FeeFact] = []


def register(
    key: str, *, order: int, column: str = "main", classes: str = "A"
) -> Callable[[PanelMaker], PanelMaker]:
    """Add a panel; asked only of readers who hold all the field classes over one of the party's associations."""

    def keep(make: PanelMaker) -> PanelMaker:
        _panels[key] = _Registered(order, column, frozenset(classes), make)
        return make

    return keep


def fee_hint(function: FeeHint) -> FeeHint:
    """Register what types cost, by key; {} when nothing can be said. For the join form."""
    if function not in _fee_hints:
        _fee_hints.append(function)
    return function


def first_fees(function: FirstFeesNote) -> FirstFeesNote:
    """Register what is told of the first invoices of those who are members of the unit from a day on."""
    if function not in _first_fees:
        _first_fees.append(function)
    return function


def consequence(function: Consequence) -> Consequence:
    """Register what ending a membership on a day means in the app's own field, one sentence each."""
    if function not in _consequences:
        _consequences.append(function)
    return function


def fee_fact(function: FeeFact) -> FeeFact:
    """Register which memberships, of those with the given keys, have a fee that is late on the day."""
    if function not in _fee_facts:
        _fee_facts.append(function)
    return function


def describes(table: str, *, classes: str) -> Callable[[Describe], Describe]:
    """Register how a change of the app's table is told in a member's history; "" leaves the change out."""

    def keep(function: Describe) -> Describe:
        _describers[table] = (frozenset(classes), function)
        return function

    return keep


def panels_for(asked: Asked) -> list[Placed]:
    """The panels this reader sees, by column and order."""
    found = []
    for key, registered in sorted(_panels.items(), key=lambda item: (item[1].order, item[0])):
        panel = registered.make(asked) if registered.classes <= asked.classes else None
        if panel is not None:
            found.append(Placed(key, registered.order, registered.column, panel))
    return found


def fees_of(types: Sequence[MembershipType], unit: OrgUnit, on: date) -> dict[int, Fee]:
    return next((found for hint in _fee_hints if (found := hint(types, unit, on))), {})


def first_fees_of(unit: OrgUnit, members_from: date, scope: Scope) -> FirstFees | None:
    return next((note(unit, members_from, scope) for note in _first_fees), None)


def with_late_fee(membership_ids: Collection[int], on: date) -> frozenset[int]:
    """Memberships whose fee is late: no part of their state, but a card may hang on it."""
    return frozenset().union(*(function(membership_ids, on) for function in _fee_facts))


def consequences_of(membership: Membership, effective_on: date) -> list[str]:
    return [line for function in _consequences for line in function(membership, effective_on)]


def describe_change(change: Change, classes: frozenset[str]) -> str:
    needed, function = _describers.get(change.table_name, (frozenset(), None))
    return function(change) if function and needed <= classes else ""
