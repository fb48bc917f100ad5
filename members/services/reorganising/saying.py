"""What members have said about the use of their data, when their association becomes another (ADR 0023)."""

from __future__ import annotations

from datetime import date, timedelta

from members import consents
from members.models import ConsentEvent, DataMark, OrgChange, OrgChangeMember
from members.models.consents import ConsentSource, Ground
from members.models.reorganising import ChangeKind
from members.services.reorganising.recording import Recorder


def carry(*, change: OrgChange, record: Recorder, unit_id: int, on: date) -> None:
    """In a merger the last word of each member goes on in the unit that enters into everything of the old ones; in a division
    only objections do. Who has said something there already has said it themselves."""
    went = (
        OrgChangeMember.objects.filter(change=change, became__isnull=False).order_by().values("membership_id")
    )
    rows = (
        consents.last_said(on)
        .filter(unit__in=change.sources, party__memberships__in=went)
        .exclude(unit=unit_id)
    )
    yes = consents.counting(rows.filter(given=True), change.effective_on - timedelta(days=1))
    no = rows.filter(given=False, purpose__ground=Ground.OBJECTION)
    found = [*no.order_by("pk"), *(yes.order_by("pk") if change.kind == ChangeKind.MERGE else [])]
    there = ConsentEvent.objects.filter(unit=unit_id, party__in={event.party_id for event in found})
    said = set(there.order_by().values_list("party_id", "purpose_id", "channel"))
    latest: dict[tuple[int, str, str], ConsentEvent] = {}
    for event in sorted(
        {event.pk: event for event in found}.values(), key=lambda event: (event.at, event.pk)
    ):
        latest[event.party_id, event.purpose_id, event.channel] = event
    record.added(
        ConsentEvent.objects.bulk_create(
            [_copy(event, unit_id) for key, event in sorted(latest.items()) if key not in said],
            batch_size=2_000,
        )
    )


def carry_marks(*, change: OrgChange, record: Recorder, unit_id: int, on: date) -> None:
    """What restricts the use of a member's data holds in the unit the member goes on in as well; where both have set a mark the
    longer goes on. The old units keep theirs: a division leaves the past with them, and a hold is about what they did."""
    went = OrgChangeMember.objects.filter(change=change, became__isnull=False).order_by()
    rows = DataMark.objects.on(on).filter(
        unit__in=change.sources, party__memberships__in=went.values("membership_id")
    )
    longest: dict[tuple[int, str], DataMark] = {}
    for mark in rows.exclude(unit=unit_id).order_by("pk").distinct():
        key = (mark.party_id, mark.kind)
        if key not in longest or (mark.until or date.max) > (longest[key].until or date.max):
            longest[key] = mark
    there = DataMark.objects.filter(
        unit=unit_id, ended_on=None, party__in={party for party, _kind in longest}
    )
    for own in there.order_by("pk"):
        coming = longest.get((own.party_id, own.kind))
        if coming is None:
            continue
        if (own.until or date.max) >= (coming.until or date.max):
            del longest[own.party_id, own.kind]
        else:
            day = min(own.until + timedelta(days=1) if own.until else on, on)
            record.update(own, ended_on=max(day, own.set_on), end_reason=change.ground[:300])
    record.added(DataMark.objects.bulk_create([_mark(mark, unit_id) for mark in longest.values()]))


def _mark(mark: DataMark, unit_id: int) -> DataMark:
    return DataMark(
        party_id=mark.party_id,
        unit_id=unit_id,
        kind=mark.kind,
        reason=mark.reason,
        set_on=mark.set_on,
        until=mark.until,
        set_by_id=mark.set_by_id,
    )


def _copy(event: ConsentEvent, unit_id: int) -> ConsentEvent:
    return ConsentEvent(
        party_id=event.party_id,
        purpose_id=event.purpose_id,
        channel=event.channel,
        unit_id=unit_id,
        given=event.given,
        text_id=event.text_id,
        source=ConsentSource.ORGANISATION,
        guardian=event.guardian,
        at=event.at,
    )
