"""What a change does once everybody has gone: units end, posts, links and what else belongs to a unit go where the plan says."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from jasenpalvelu.common.events import publish
from members.events import UnitsReorganised
from members.models import (
    CommunityGroup,
    CommunityTerm,
    FeeBasisValue,
    ImportMapping,
    JoinRequest,
    Mandate,
    Membership,
    OrgChange,
    OrgChangeMember,
    OrgUnit,
    Segment,
    UnitParent,
)
from members.models.reorganising import ChangeKind, PostChoice
from members.services import units
from members.services.reorganising import posts, saying
from members.services.reorganising.beginning import decision_of
from members.services.reorganising.recording import FINISH, Recorder
from members.states import OPEN


def lock_units(change: OrgChange) -> dict[int, OrgUnit]:
    """Wholly, so that nobody becomes a member of an ending unit meanwhile: a row that refers to it waits, and finds it ended."""
    rows = OrgUnit.objects.select_for_update(of=("self",)).filter(pk__in=change.unit_ids).order_by("pk")
    return {unit.pk: unit for unit in rows}


def finish(*, change: OrgChange, held: dict[int, OrgUnit], on: date) -> None:
    """Raises UnitLoop when a unit would come to lie below itself."""
    record = Recorder(change, FINISH)
    publish(
        UnitsReorganised(
            kind=change.kind,
            ending=tuple(change.ending),
            goes_on=(change.made_id or change.target_id) if change.kind != ChangeKind.MOVE else None,
            made=change.made_id,
            like=(change.like_id or change.sources[0]) if change.copy_fees else None,
            effective_on=change.effective_on,
            record=record,
        )
    )
    if change.kind == ChangeKind.MOVE:
        _relink(record, change.sources, change.target_id or 0, change.relation, change.effective_on)
    else:
        _posts(change, record)
        _areas(change, record)
        saying.carry(change=change, record=record, unit_id=_goes_on(change), on=on)
        saying.carry_marks(change=change, record=record, unit_id=_goes_on(change), on=on)
        if change.kind == ChangeKind.MERGE:
            _end_units(change, held, record)
    units.rebuild_closure(on=on)


def _goes_on(change: OrgChange) -> int:
    found = change.made_id or change.target_id
    assert found is not None, "a change that is no move goes on in a unit"
    return found


# --- posts --------------------------------------------------------------------------------------------------------------
def _posts(change: OrgChange, record: Recorder) -> None:
    """A post that moves ends in one unit and begins in the other with the same last day; one that has not begun goes whole."""
    first, last = change.effective_on, change.effective_on - timedelta(days=1)
    unit, decision, chosen = _goes_on(change), decision_of(change), posts.chosen(change)
    rows = Mandate.objects.select_for_update(of=("self",)).filter(posts.concerned(change))
    for mandate in rows.select_related("template").order_by("pk"):
        choice = chosen.get(mandate.pk) or posts.usual(change, mandate)
        if choice in (PostChoice.MOVE, PostChoice.ALSO) and not posts.is_there(mandate, unit):
            new = Mandate.objects.create(
                party_id=mandate.party_id,
                unit_id=unit,
                template_id=mandate.template_id,
                listed_units=mandate.listed_units,
                decision=decision,
                granted_by=change.planned_by,
                valid_from=max(first, mandate.valid_from or first),
                valid_to=mandate.valid_to,
            )
            record.added([new])
        if choice in (PostChoice.END, PostChoice.MOVE):
            _end_post(mandate, last, record, change.ground)
        elif choice == PostChoice.SETTLE and change.settle_until is not None:
            until = max(change.settle_until, mandate.valid_from or date.min)
            record.update(mandate, valid_to=min(until, mandate.valid_to or date.max))


def _end_post(mandate: Mandate, last: date, record: Recorder, reason: str) -> None:
    if mandate.valid_from is not None and mandate.valid_from > last:
        record.delete_all([mandate])
    elif mandate.valid_to is None or mandate.valid_to > last:
        record.update(mandate, valid_to=last, end_reason=reason[:200])


# --- the tree -----------------------------------------------------------------------------------------------------------
def _relink(record: Recorder, moving: list[int], parent: int, relation: str, first: date) -> None:
    """The units hang under the parent from the day; the link so far ends the day before, one of later days goes."""
    links = UnitParent.objects.filter(unit__in=moving, relation=relation)
    lasting = links.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=first)).order_by("pk")
    begun = [link for link in lasting if link.valid_from is None or link.valid_from < first]
    record.delete_all([link for link in lasting if link not in begun])
    record.update_all(begun, valid_to=first - timedelta(days=1))
    made = [
        UnitParent.objects.create(unit_id=pk, parent_id=parent, relation=relation, valid_from=first)
        for pk in moving
        if pk != parent
    ]
    record.added(made)


def _end_units(change: OrgChange, held: dict[int, OrgUnit], record: Recorder) -> None:
    """The units are over, and stay where they hung: whoever saw their accounts still does. What hung under them goes along."""
    unit, last = _goes_on(change), change.effective_on - timedelta(days=1)
    below = UnitParent.objects.filter(parent__in=change.ending).exclude(unit__in=[*change.ending, unit])
    lasting = below.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=change.effective_on))
    children: dict[str, list[int]] = defaultdict(list)
    for link in lasting.order_by("pk"):
        children[link.relation].append(link.unit_id)
    for relation, pks in sorted(children.items()):
        _relink(record, list(dict.fromkeys(pks)), unit, relation, change.effective_on)
    _follow(change, unit, record)
    _community(change, unit, held, record)
    record.update_all([held[pk] for pk in change.ending], valid_to=last, next_meeting=None)


def _follow(change: OrgChange, unit: int, record: Recorder) -> None:
    """Applications not confirmed yet, shared segments, and what is known of the columns of member files."""
    types = {int(old): new for old, new in change.types.items()}
    for asked in JoinRequest.objects.filter(unit__in=change.ending, confirmed_at=None).order_by("pk"):
        record.update(asked, unit_id=unit, type_id=types.get(asked.type_id, asked.type_id))
    record.update_all(
        list(Segment.objects.select_for_update().filter(unit__in=change.ending).order_by("pk")), unit_id=unit
    )
    known = set(ImportMapping.objects.filter(unit=unit).order_by("pk").values_list("signature", flat=True))
    for mapping in ImportMapping.objects.filter(unit__in=change.ending).order_by("-used_at", "pk"):
        if mapping.signature not in known:
            known.add(mapping.signature)
            copy = ImportMapping(unit_id=unit, signature=mapping.signature, mapping=mapping.mapping)
            copy.save(force_insert=True)
            record.added([copy])


def _community(change: OrgChange, unit: int, held: dict[int, OrgUnit], record: Recorder) -> None:
    """Groups go on with their people and leaders, beside one of the same name under their association's; words go along unless
    the unit has them already."""
    taken = set(CommunityGroup.objects.filter(unit=unit, ended_on=None).values_list("name", flat=True))
    groups = CommunityGroup.objects.select_for_update(of=("self",)).filter(
        unit__in=change.ending, ended_on=None
    )
    for group in groups.order_by("pk"):
        name = group.name if group.name not in taken else f"{group.name} ({held[group.unit_id].name_fi})"[:80]
        taken.add(name)
        record.update(group, unit_id=unit, name=name)
    known = set(CommunityTerm.objects.filter(unit=unit).values_list("kind", "name_fi"))
    for term in CommunityTerm.objects.filter(unit__in=change.ending).order_by("pk"):
        if (term.kind, term.name_fi) not in known:
            known.add((term.kind, term.name_fi))
            record.update(term, unit_id=unit)


# --- areas --------------------------------------------------------------------------------------------------------------
def _areas(change: OrgChange, record: Recorder) -> None:
    """Fee bases told for the part in an association's area: parts in units that become one are added up; in a division the
    part goes with a holding whose members have all gone."""
    unit, first = _goes_on(change), change.effective_on
    into = [pk for pk in (change.target_id,) if pk]
    rows = FeeBasisValue.objects.select_for_update(of=("self",)).filter(valid_to__isnull=True)
    if change.kind == ChangeKind.MERGE:
        leaving = FeeBasisValue.objects.filter(unit__in=change.ending, valid_to__isnull=True)
        rows = rows.filter(unit__in=[*change.ending, *into], holding__in=leaving.values("holding"))
    else:
        rows = rows.filter(unit__in=change.sources, holding__in=_gone_holdings(change))
    parts: dict[tuple[int, str], list[FeeBasisValue]] = defaultdict(list)
    for value in rows.order_by("pk"):
        parts[value.holding_id, value.kind_id].append(value)
    ended: list[FeeBasisValue] = []
    dropped: list[FeeBasisValue] = []
    made: list[FeeBasisValue] = []
    for (holding, kind), values in parts.items():
        if all(value.unit_id == unit for value in values):
            continue
        for value in values:
            late = value.valid_from is not None and value.valid_from >= first
            (dropped if late else ended).append(value)
        newest = max(values, key=lambda v: (v.confirmed_on or date.min, v.pk))
        made.append(
            FeeBasisValue(
                holding_id=holding,
                kind_id=kind,
                unit_id=unit,
                value=sum((value.value for value in values), Decimal(0)),
                source=newest.source,
                confirmed_by=newest.confirmed_by,
                confirmed_on=newest.confirmed_on,
                valid_from=first,
            )
        )
    record.delete_all(dropped)
    record.update_all(ended, valid_to=first - timedelta(days=1))
    FeeBasisValue.objects.bulk_create(made)
    record.added(made)


def _gone_holdings(change: OrgChange) -> list[int]:
    """Holdings of the memberships that went, with no membership left in the unit they went from."""
    went = OrgChangeMember.objects.filter(change=change, made=True).values("membership_id")
    left = Membership.objects.filter(unit__in=change.sources, state__in=OPEN, holding=OuterRef("holding"))
    gone = Membership.objects.filter(pk__in=went, holding__isnull=False).filter(~Exists(left))
    return sorted(set(gone.order_by().values_list("holding", flat=True)))
