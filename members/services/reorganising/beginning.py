"""What a change makes before anybody moves: the new unit with its rules and place, the types that go along, the decision."""

from __future__ import annotations

from datetime import date

from jasenpalvelu.accounts.models import User
from members.models import (
    Decision,
    Membership,
    MembershipType,
    OrgChange,
    OrgChangeMember,
    OrgUnit,
    UnitParent,
    UnitRules,
)
from members.models.reorganising import ChangeKind, Division
from members.scope import Scope
from members.services import units
from members.services.reorganising import going
from members.services.reorganising.recording import BEGIN, Recorder
from members.services.unit_editing import RULES

# Of the unit a new one begins like. Names, register number, business ID and accounts are each unit's own.
_LIKE = ("home_municipality", "street", "postal_code", "city", "languages", "colour")
_TYPE = [
    field.attname for field in MembershipType._meta.concrete_fields if field.attname not in {"id", "unit_id"}
]


def begin(*, change: OrgChange, scope: Scope, actor: User | None, on: date) -> int:
    """Make what has to be there and settle who goes; how many memberships that is."""
    units.take_turn()
    record = Recorder(change, BEGIN)
    goes_on = change.target
    if change.makes_unit:
        goes_on = change.made = _unit(change, record, actor)
        change.save(update_fields=["made"])
    if change.kind == ChangeKind.MOVE or goes_on is None:
        return 0
    decision = Decision.objects.create(
        unit=goes_on,
        body="meeting",
        decided_on=change.decided_on,
        section=change.section,
        subject=change.ground[:200],
    )
    record.added([decision])
    change.types = _types(change, goes_on, record)
    change.save(update_fields=["types"])
    return _settle(change, scope, on)


def decision_of(change: OrgChange) -> Decision | None:
    made = change.moves.filter(table=Decision._meta.db_table, op="I").first()
    return Decision.objects.get(pk=made.row_id) if made else None


def _unit(change: OrgChange, record: Recorder, actor: User | None) -> OrgUnit:
    like = change.like or OrgUnit.objects.get(pk=change.sources[0])
    unit = units.create_unit(
        kind=like.kind_id,
        name_fi=change.name_fi,
        name_sv=change.name_sv,
        on=change.effective_on,
        actor=actor,
        municipalities=_area(change),
        **{name: getattr(like, name) for name in _LIKE},
    )
    record.added([unit])
    links = UnitParent.objects.on(change.effective_on).filter(unit=like).order_by("pk")
    for link in links:
        record.added(
            [
                UnitParent.objects.create(
                    unit=unit,
                    parent_id=link.parent_id,
                    relation=link.relation,
                    valid_from=change.effective_on,
                )
            ]
        )
    rules = UnitRules.objects.for_unit(like.pk, change.effective_on)
    if rules is not None:
        values = {name: getattr(rules, name) for name in RULES}
        record.added([UnitRules.objects.create(unit=unit, valid_from=change.effective_on, **values)])
    return unit


def _area(change: OrgChange) -> list[str]:
    if change.division == Division.MUNICIPALITY:
        return sorted(change.municipalities)
    if change.kind != ChangeKind.MERGE:
        return []
    areas = (
        OrgUnit.objects.filter(pk__in=change.sources).order_by("pk").values_list("municipalities", flat=True)
    )
    return sorted({code for area in areas for code in area})


def _types(change: OrgChange, goes_on: OrgUnit, record: Recorder) -> dict[str, int]:
    """Own type → the one it becomes; a type nobody else has is copied to the unit that goes on, once for each name."""
    found: dict[str, int] = {}
    copied: dict[str, int] = {}
    known = going.type_map(change)
    taken = set(MembershipType.objects.filter(unit=goes_on).order_by("pk").values_list("name_fi", flat=True))
    for kind in MembershipType.objects.filter(pk__in=known).order_by("pk"):
        there = known[kind.pk]
        if there is not None:
            found[str(kind.pk)] = there.pk
            continue
        if kind.name_fi not in copied:
            values = {name: getattr(kind, name) for name in _TYPE}
            if kind.name_fi in taken:  # the same name with another meaning
                values["name_fi"] = f"{kind.name_fi[:60]} ({kind.federation_code})"
            copy = MembershipType.objects.create(unit=goes_on, **values)
            record.added([copy])
            copied[kind.name_fi] = copy.pk
        found[str(kind.pk)] = copied[kind.name_fi]
    return found


def _settle(change: OrgChange, scope: Scope, on: date) -> int:
    """Freeze who goes: what a segment finds tomorrow does not change work that is half done."""
    rows = going.memberships(change, scope=scope, on=on).order_by("pk").values_list("pk", flat=True)
    notes = [OrgChangeMember(change=change, membership_id=pk) for pk in rows]
    OrgChangeMember.objects.bulk_create(notes, batch_size=2000)
    return len(notes)


def settle_late(change: OrgChange) -> int:
    """Of a merger: whoever has become a member of an ending unit since it began."""
    known = OrgChangeMember.objects.filter(change=change).values("membership_id")
    late = Membership.objects.filter(going.lasting(change.effective_on), unit__in=change.ending)
    rows = late.exclude(pk__in=known).order_by("pk").values_list("pk", flat=True)
    notes = [OrgChangeMember(change=change, membership_id=pk) for pk in rows]
    OrgChangeMember.objects.bulk_create(notes)
    return len(notes)
