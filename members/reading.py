"""The member page's facts, read through the scope and already cut to what this reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.identifiers import format_phone
from jasenpalvelu.common.reference import municipality_name
from members import masking
from members.models import (
    ContactPoint,
    DataMark,
    FeeBasisValue,
    FormerNumber,
    GroupMember,
    Holding,
    HoldingMember,
    JoinedAreas,
    Mandate,
    Membership,
    MembershipEvent,
    Merge,
    Party,
    PartyLink,
    PartyTerm,
    Person,
)
from members.models.memberships import EventKind
from members.models.parties import LANGUAGES, ContactKind
from members.scope import Scope
from members.states import OPEN

PAID_FOR_SHOWN = 50


@dataclass(frozen=True)
class Subject:
    """One party as one reader meets it: its memberships within reach and what follows from them."""

    party: Party
    scope: Scope
    on: date
    memberships: list[Membership]
    elsewhere_open: bool
    marked: tuple[str, ...] = ()

    @cached_property
    def joined(self) -> list[Merge]:
        """Entries that have been joined to this one, the latest last."""
        return list(Merge.objects.filter(survivor=self.party).select_related("merged").order_by("pk"))

    @cached_property
    def joined_ids(self) -> list[int]:
        return [merge.merged_id for merge in self.joined]

    @cached_property
    def unit_ids(self) -> frozenset[int]:
        return frozenset(m.unit_id for m in self.memberships)

    @cached_property
    def classes(self) -> frozenset[str]:
        return self.scope.classes_over(self.memberships, self.on)

    @cached_property
    def shown(self) -> masking.Shown:
        return masking.shown(self.classes, non_disclosure=self.party.non_disclosure)

    @cached_property
    def editable_units(self) -> frozenset[int]:
        """Associations on whose behalf the party may be edited: those of its open memberships; of past ones only when
        it is nobody's member any more, so that an association it has left does not change another's member."""
        still = {m.unit_id for m in self.memberships if m.state in OPEN or runs_on(m, self.on)}
        units = still or (set() if self.elsewhere_open else set(self.unit_ids))
        return frozenset(u for u in units if self.scope.can("members.edit", u))

    @cached_property
    def edit_classes(self) -> frozenset[str]:
        """Never more than is seen: of a former member the name and the municipality."""
        return self.scope.classes_for(self.editable_units, "members.edit") & self.classes

    @cached_property
    def present_units(self) -> frozenset[int]:
        """Associations within reach that the party still belongs to, or applies to."""
        return frozenset(m.unit_id for m in self.memberships if m.is_in_hand(self.on))

    def can(self, capability: str) -> bool:
        return any(self.scope.can(capability, unit_id) for unit_id in self.unit_ids)

    def can_now(self, capability: str) -> bool:
        """Over an association the party still belongs to."""
        return any(self.scope.can(capability, unit_id) for unit_id in self.present_units)

    @property
    def is_voter(self) -> bool:
        return any(in_force(m, self.on) and m.type.voting for m in self.memberships)

    @property
    def member_since(self) -> date | None:
        return min(
            (m.started_on for m in self.memberships if m.started_on and in_force(m, self.on)), default=None
        )


def subject(scope: Scope, party_id: int, *, on: date, capability: str = "members.view") -> Subject:
    """The party within the scope; Party.DoesNotExist outside it."""
    # What another association has marked would tell that the person belongs there.
    told = DataMark.objects.on(on).filter(scope.unit_filter("unit", "members.view"))
    marks = told.filter(party=OuterRef("pk")).order_by("kind").values("kind").distinct()
    visible = Party.objects.visible_to(scope, capability).select_related("person", "organisation")
    mine = {"party": OuterRef("pk"), "valid_to": None}
    tells = Exists(PartyTerm.objects.filter(**mine)) | Exists(GroupMember.objects.filter(**mine))
    party = visible.annotate(marked=ArraySubquery(marks), tells=tells).get(pk=party_id)
    rows = list(
        Membership.objects.filter(party=party)
        .select_related("unit", "type", "holding", "payer")
        .order_by("started_on", "pk")
    )
    reached = scope.unit_ids("members.view")
    seen = [m for m in rows if m.unit_id in reached]
    elsewhere = any(m.unit_id not in reached and m.state in OPEN for m in rows)
    return Subject(party, scope, on, _open_first(seen), elsewhere, tuple(party.marked))


def former_numbers(subject: Subject) -> QuerySet[FormerNumber]:
    """By which numbers the associations within reach knew the party before."""
    rows = FormerNumber.objects.filter(party=subject.party, unit__in=subject.unit_ids)
    return rows.select_related("unit").order_by("pk")


def _open_first(rows: list[Membership]) -> list[Membership]:
    return sorted(rows, key=lambda m: m.state not in OPEN)


def in_force(membership: Membership, on: date) -> bool:
    """By the period, as in MembershipQuerySet.in_force."""
    started, ended = membership.started_on, membership.ended_on
    return started is not None and started <= on and (ended is None or ended > on)


def runs_on(membership: Membership, on: date) -> bool:
    """In force today or beginning later: an end in the future has not come yet."""
    return membership.started_on is not None and (membership.ended_on is None or membership.ended_on > on)


# --- contacts -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Contacts:
    """The contact points in force, the first of each kind; None where there is none."""

    address: ContactPoint | None = None
    email: ContactPoint | None = None
    phone: ContactPoint | None = None
    guardian: str = ""

    @property
    def phone_text(self) -> str:
        return format_phone(self.phone.key or self.phone.value) if self.phone else ""

    @property
    def phone_link(self) -> str:
        return self.phone.key if self.phone else ""


def contacts(party: Party, on: date) -> Contacts:
    """The current contact points. The caller asks `Shown.contacts` first."""
    rows = ContactPoint.objects.filter(party=party, valid_to__isnull=True).order_by("kind", "-primary", "pk")
    first: dict[str, ContactPoint] = {}
    for row in rows:
        first.setdefault(row.kind, row)
    return Contacts(
        first.get(ContactKind.ADDRESS), first.get(ContactKind.EMAIL), first.get(ContactKind.PHONE)
    )


def contact_points_of(party_ids: Iterable[int]) -> QuerySet[ContactPoint]:
    """The first contact point of each kind of several parties. The caller asks for the classes and orders first."""
    rows = ContactPoint.objects.filter(party__in=list(party_ids), primary=True, valid_to=None)
    return rows.order_by("party_id", "kind", "pk")


def contact_line(point: ContactPoint) -> str:
    """A contact point on one line."""
    if point.kind == ContactKind.PHONE:
        return format_phone(point.key or point.value)
    place = f"{point.postal_code} {point.city}".strip()
    return ", ".join(filter(None, (point.co_line, point.value, place)))


def births_of(party_ids: Iterable[int]) -> dict[int, str]:
    """Dates of birth of several persons, as they are written."""
    rows = Person.objects.filter(party__in=list(party_ids), birth_date__isnull=False).order_by("pk")
    return {pk: format_date(born) for pk, born in rows.values_list("party_id", "birth_date") if born}


def application_note(event: MembershipEvent, shown: masking.Shown) -> str:
    """What an applicant told: of a guardian, of a holding.

    A guardian's phone and a holding's name are where the applicant is found, so an order hides them too.
    """
    guardian, holding = _guardian(event), event.data.get("holding", "")
    if shown.protected:
        return _("Under 18. The guardian is hidden by the non-disclosure order.") if guardian else ""
    holding = _("Holding told: %(holding)s") % {"holding": holding} if holding else ""
    return " ".join(filter(None, (guardian, holding)))


def _guardian(event: MembershipEvent) -> str:
    return " ".join(filter(None, (event.reason, event.data.get("guardian", ""))))


def guardian_text(party: Party) -> str:
    """What the latest application tells of a guardian. The caller asks `Shown.contacts` first."""
    events = MembershipEvent.objects.filter(membership__party=party, kind=EventKind.APPLIED).order_by("-pk")
    return next((told for event in events if (told := _guardian(event))), "")


def municipality_text(party: Party, language: str) -> str:
    return municipality_name(party.home_municipality, language) if party.home_municipality else ""


def language_text(party: Party) -> str:
    return str(dict(LANGUAGES).get(party.language, ""))


# --- family and holdings --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Relative:
    """A link as told on this party's page; `other` is None when the other party lies outside the reader's scope."""

    link: PartyLink
    other: Party | None
    reverse: bool

    @property
    def kind(self) -> str:
        return f"{self.link.kind}:reverse" if self.reverse and self.link.kind != "spouse" else self.link.kind


def links_of(party: Party, on: date) -> list[PartyLink]:
    rows = PartyLink.objects.on(on).filter(Q(party=party) | Q(other=party))
    return list(rows.select_related("party", "other").order_by("pk"))


def holdings_of(subject: Subject) -> list[Holding]:
    """The holdings the party belongs to, within the scope, with members and the fee bases in force."""
    member = HoldingMember.objects.filter(holding=OuterRef("pk"), party=subject.party, valid_to__isnull=True)
    tied = [m.holding_id for m in subject.memberships if m.holding_id]
    values = FeeBasisValue.objects.on(subject.on).filter(
        Q(unit__isnull=True) | Q(unit_id__in=subject.scope.unit_ids("members.view"))
    )
    people = HoldingMember.objects.filter(valid_to__isnull=True).select_related("party")
    joined = JoinedAreas.objects.filter(Q(holding=OuterRef("pk")) | Q(other=OuterRef("pk")))
    return list(
        Holding.objects.visible_to(subject.scope)
        .filter(Q(Exists(member)) | Q(responsible=subject.party) | Q(pk__in=tied))
        .select_related("responsible")
        .annotate(has_joined_areas=Exists(joined))
        .prefetch_related(
            Prefetch("members", people.order_by("pk")),
            Prefetch(
                "fee_bases", values.select_related("kind", "unit").order_by("kind__position", "kind_id", "pk")
            ),
        )
        .order_by("name", "pk")
    )


def own_holdings(party: Party, on: date) -> list[Holding]:
    """The holdings the party belongs to today with the fee bases in force, for the party's own eyes."""
    member = HoldingMember.objects.on(on).filter(holding=OuterRef("pk"), party=party)
    tied = Membership.objects.filter(holding=OuterRef("pk"), party=party, state__in=OPEN)
    values = FeeBasisValue.objects.on(on).select_related("kind", "unit")
    return list(
        Holding.objects.filter(Q(Exists(member)) | Q(responsible=party) | Q(Exists(tied)))
        .prefetch_related(Prefetch("fee_bases", values.order_by("kind__position", "kind_id", "pk")))
        .order_by("name", "pk")
    )


def visible_among(scope: Scope, party_ids: Iterable[int]) -> frozenset[int]:
    """Those of the parties the reader may see at all."""
    wanted = set(party_ids)
    return (
        frozenset(Party.objects.visible_to(scope).filter(pk__in=wanted).values_list("pk", flat=True))
        if wanted
        else frozenset()
    )


def paid_for(subject: Subject) -> list[Membership]:
    """Other parties' memberships this party pays for, where the reader may know of money (field class D)."""
    rows = Membership.objects.filter(subject.scope.unit_filter("unit", "members.view", "D"))
    rows = rows.filter(payer=subject.party, state__in=OPEN).select_related("party", "unit", "type")
    return list(rows.order_by("party__sort_key", "pk")[:PAID_FOR_SHOWN])


def relatives(party: Party, links: list[PartyLink], visible: frozenset[int]) -> list[Relative]:
    found = []
    for link in links:
        reverse = link.other_id == party.pk
        other = link.party if reverse else link.other
        found.append(Relative(link, other if other.pk in visible else None, reverse))
    return found


def mandates_of(subject: Subject) -> QuerySet[Mandate]:
    """Posts the party holds today in units the reader knows."""
    known = subject.scope.unit_ids("members.view") | subject.scope.unit_ids("units.view")
    return (
        Mandate.objects.on(subject.on)
        .filter(party=subject.party, unit_id__in=known)
        .select_related("template", "unit")
        .order_by("valid_from", "pk")
    )
