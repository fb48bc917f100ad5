"""What a person may see and do: mandates resolved once per request into capability × units × field classes (REG-12).

`Scope` is the only way to personal data: querysets take it in `visible_to(scope)`, pages ask `scope.can(...)` and mask by
`scope.classes_for(...)`. Field classes: A name and home municipality, B contact, C household, age and fee bases, D finance,
E special categories and non-disclosed data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q

from members.models import EmailChange, Mandate, Membership, OrgUnit, PartyLogin, UnitClosure
from members.models.mandates import MandateQuerySet, Reach
from members.models.units import Relation

# What an association knows of a former member: who it was (the Associations Act's list of members) and the accounts.
LASTING = frozenset("AD")


@dataclass(frozen=True)
class Grant:
    """One right: the capability over a unit, and the units below it when `below`, for the field classes."""

    capability: str
    unit_id: int
    below: bool
    classes: frozenset[str]


@dataclass(frozen=True)
class Post:
    """A mandate as the navigation shows it: which role in which unit."""

    mandate_id: int
    unit: OrgUnit
    role: str
    role_code: str


class Scope:
    """The rights of one login on one day; immutable and cheap: one query when built, one more for unit maps."""

    def __init__(
        self,
        *,
        user: Any = None,
        grants: Iterable[Grant] = (),
        posts: Iterable[Post] = (),
        requires_mfa: bool = False,
        party_id: int | None = None,
        post_id: int | None = None,
        has_news: bool = True,
    ) -> None:
        self.user = user
        # Whether one's home page has something to tell of one's posts and addresses; asked with the mandates.
        self.has_news = has_news
        self.grants = tuple(grants)
        self.posts = tuple(posts)
        self.requires_mfa = requires_mfa
        self.party_id = party_id
        self._post_id = post_id
        self._reached: dict[str, Mapping[int, frozenset[str]]] = {}

    @classmethod
    def nobody(cls) -> Scope:
        return cls()

    @classmethod
    def for_user(cls, user: Any, *, on: date, post_id: int | None = None) -> Scope:
        """The scope of a login on the day `on`; `post_id` is the mandate chosen in the unit switcher, if any."""
        if not getattr(user, "is_authenticated", False):
            return cls.nobody()
        rows = Mandate.objects.on(on).filter(party__logins=user.pk)
        rows = usable_columns(rows, on).annotate(
            is_address_changing=Exists(EmailChange.objects.to_tell().filter(party_id=OuterRef("party_id")))
        )
        mandates = list(rows.order_by("unit__sort_key", "pk"))
        if not mandates:
            login = PartyLogin.objects.filter(user_id=user.pk).first()
            return cls(user=user, party_id=login.party_id if login else None)
        return cls.of_mandates(mandates, user=user, party_id=mandates[0].party_id, post_id=post_id)

    @classmethod
    def of_mandates(
        cls,
        mandates: Iterable[Mandate],
        *,
        user: Any = None,
        party_id: int | None = None,
        post_id: int | None = None,
    ) -> Scope:
        """What these mandates, asked with `usable_columns`, give together; one whose training is missing gives nothing."""
        rows = list(mandates)
        usable = [m for m in rows if is_usable(m)]
        return cls(
            user=user,
            grants=[grant for mandate in usable for grant in grants_of(mandate)],
            posts=[Post(m.pk, m.unit, str(m.template), m.template.code) for m in usable],
            requires_mfa=any(m.template.requires_mfa for m in usable),
            has_news=any(not is_usable(m) or getattr(m, "is_address_changing", False) for m in rows),
            party_id=party_id,
            post_id=post_id,
        )

    # --- the working unit ---------------------------------------------------------------------------------------
    @property
    def post(self) -> Post | None:
        """The post the person works in now: the chosen one, else the first."""
        chosen = next((p for p in self.posts if p.mandate_id == self._post_id), None)
        return chosen or (self.posts[0] if self.posts else None)

    @property
    def unit(self) -> OrgUnit | None:
        return self.post.unit if self.post else None

    @property
    def is_staff(self) -> bool:
        return bool(self.posts)

    # --- questions ----------------------------------------------------------------------------------------------
    def can(self, capability: str, unit_id: int | None = None, classes: str = "") -> bool:
        """Whether the capability is held at all, or over the given unit, with the field classes."""
        if unit_id is None:
            return any(g.capability == capability and g.classes >= set(classes) for g in self.grants)
        reached = self._reach(capability)
        return unit_id in reached and reached[unit_id] >= set(classes)

    def unit_ids(self, capability: str, classes: str = "") -> frozenset[int]:
        """All units the capability reaches."""
        wanted = frozenset(classes)
        return frozenset(unit for unit, held in self._reach(capability).items() if held >= wanted)

    def classes_for(self, unit_ids: Iterable[int], capability: str = "members.view") -> frozenset[str]:
        """Field classes visible of a party that belongs to the given units."""
        reached = self._reach(capability)
        return frozenset().union(*(reached.get(u, frozenset()) for u in unit_ids))

    def classes_over(
        self, memberships: Iterable[Membership], on: date, capability: str = "members.view"
    ) -> frozenset[str]:
        """Field classes visible of a party by these of its memberships: of one that is over only the lasting ones."""
        units: dict[bool, set[int]] = {True: set(), False: set()}
        for membership in memberships:
            units[membership.is_in_hand(on)].add(membership.unit_id)
        return self.classes_for(units[True], capability) | (
            self.classes_for(units[False], capability) & LASTING
        )

    # --- queries ------------------------------------------------------------------------------------------------
    def unit_filter(self, path: str, capability: str, classes: str = "") -> Q:
        """Condition on a unit foreign key: a semi-join over the closure table, so rows are never doubled."""
        grants = [g for g in self.grants if g.capability == capability and g.classes >= set(classes)]
        return _reached(path, grants)

    def any_unit_filter(self, path: str) -> Q:
        """Condition on a unit foreign key: some right, whichever, still reaches the unit."""
        return _reached(path, self.grants)

    def _reach(self, capability: str) -> Mapping[int, frozenset[str]]:
        """unit → field classes, over every unit the capability reaches; a page asks for a few of the many capabilities."""
        if capability not in self._reached:
            reached: dict[int, frozenset[str]] = {}
            for grant in self.grants:
                if grant.capability == capability:
                    for unit_id in self._below[grant.unit_id] if grant.below else [grant.unit_id]:
                        reached[unit_id] = reached.get(unit_id, frozenset()) | grant.classes
            self._reached[capability] = reached
        return self._reached[capability]

    @cached_property
    def _below(self) -> dict[int, list[int]]:
        """Unit of a grant that reaches below → itself and the units under it."""
        below: dict[int, list[int]] = {g.unit_id: [g.unit_id] for g in self.grants if g.below}
        pairs = UnitClosure.objects.filter(
            ancestor_id__in=below, depth__gt=0, relation=Relation.ADMINISTRATIVE
        )
        for ancestor, descendant in pairs.values_list("ancestor_id", "descendant_id") if below else ():
            below[ancestor].append(descendant)
        return below


def _reached(path: str, grants: Iterable[Grant]) -> Q:
    grants = list(grants)
    below = {g.unit_id for g in grants if g.below}
    own = {g.unit_id for g in grants if not g.below} - below
    if not below:
        return Q(**{f"{path}__in": sorted(own)})
    reach = Q(ancestor_id__in=sorted(below))
    if own:
        reach |= Q(ancestor_id__in=sorted(own), depth=0)
    closure = UnitClosure.objects.filter(reach, relation=Relation.ADMINISTRATIVE)
    return Q(**{f"{path}__in": closure.values("descendant_id")})


def usable_columns(rows: MandateQuerySet, on: date) -> MandateQuerySet:
    """The mandates with all that a scope is built from, in two queries."""
    return rows.with_training(on).select_related("unit", "template").prefetch_related("template__grants")


def is_usable(mandate: Mandate) -> bool:
    """A role that requires training gives nothing before it and after it has lapsed."""
    return not mandate.template.requires_training or bool(mandate.is_trained)  # type: ignore[attr-defined] # annotated


def grants_of(mandate: Mandate) -> list[Grant]:
    grants = []
    for row in mandate.template.grants.all():
        units = mandate.listed_units if row.reach == Reach.LISTED else [mandate.unit_id]
        for unit_id in units:
            grants.append(Grant(row.capability, unit_id, row.reach == Reach.BELOW, frozenset(row.classes)))
    return grants
