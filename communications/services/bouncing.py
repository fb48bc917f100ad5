"""What mail servers and readers say of an address: bounces, complaints, and healing with each letter taken (COM-2).

A permanent failure stops an address at once, the fifth temporary one after another too; a letter accepted takes a point away. What
a server refuses because of us says nothing of the address. A stopped address is the office's to correct.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef

from communications.inbound.verdicts import Verdict, verdict_of
from communications.models import AddressState, Delivery, Preference, PreferenceSource, Topic, Trouble
from communications.models.deliveries import Reason, State
from communications.services import wishing
from communications.services.logging_contacts import set_status
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, Party
from members.models.parties import ContactKind
from members.services import bounces

TAKEN, TWICE, UNKNOWN = "taken", "twice", "unknown"
POINTS = {Verdict.HARD: AddressState.STOPS_AT, Verdict.SOFT: 1, Verdict.OURS: 0}
UNDER_WAY = (State.CLAIMED, State.ATTEMPTING)
OVER = (State.SUPPRESSED, State.CANCELLED)
# Mail servers give up in five days; what comes back a month later is not a server's word.
BELIEVED = timedelta(days=30)


class TooEarly(Exception):
    """The sender has not settled the message yet: what came back is read again in a moment."""


def take_bounce(*, number: int, code: str, said: str, verdict: Verdict, at: datetime) -> str:
    """The message has come back. It stands in the results as refused from now on; a second notice of it changes nothing, nor does
    one of a message of long ago.

    Raises TooEarly while the message is being sent.
    """
    row = Delivery.objects.filter(pk=number).first()
    if row is None:
        return UNKNOWN
    if row.state in UNDER_WAY:
        raise TooEarly
    if row.done_at is not None and row.done_at < at - BELIEVED:
        return UNKNOWN
    told = {"state": State.REJECTED, "reason": Reason.BOUNCED, "code": code[:20], "said": said[:200]}
    with mutation(actor=None, kind="address.bounce", unit_id=row.unit_id):
        rows = Delivery.objects.filter(pk=number).exclude(state__in=(*OVER, *UNDER_WAY, State.REJECTED))
        if not rows.update(**told, done_at=at, worker=None, leased_until=None):
            if Delivery.objects.filter(pk=number, state__in=UNDER_WAY).exists():
                raise TooEarly
            return TWICE
        if row.party_id is not None:
            set_status(party_id=row.party_id, reference=row.reference, status="bounced")
        _score(row.address_key, verdict, code, said, at)
    return TAKEN


def take_refusal(*, address: str, code: str, said: str) -> None:
    """The server refused the address while we were talking to it."""
    verdict = verdict_of(code, said)
    if verdict is not Verdict.OURS:
        with mutation(actor=None, kind="address.bounce"):
            _score(address, verdict, code, said, clock.now())


def _score(address: str, verdict: Verdict, code: str, said: str, at: datetime) -> None:
    points = POINTS[verdict]
    if not address or not points:
        return
    row = _locked(address)
    row.score = min(row.score + points, AddressState.STOPS_AT)
    row.bounced_at, row.code, row.said = at, code[:20], said[:200]
    if row.score >= AddressState.STOPS_AT and row.stopped_at is None:
        row.stopped_at = at
        row.trouble = Trouble.HARD if verdict is Verdict.HARD else Trouble.SOFT
        bounces.mark_bounced(keys=[address], on=at.astimezone(clock.HELSINKI).date())
    row.save()


def _locked(address: str) -> AddressState:
    """The row of an address, made when there is none; the members' own rows of it are held first."""
    bounces.hold(keys=[address])
    AddressState.objects.bulk_create([AddressState(address=address)], ignore_conflicts=True)
    return AddressState.objects.select_for_update().get(address=address)


def take_complaint(*, number: int, at: datetime, on: date) -> str:
    """Somebody called the message spam: no more letters of its class by this way. What belongs to the membership still comes, as the
    law demands it; the complaint is shown to the office. A second report changes nothing."""
    row = Delivery.objects.select_related("mailing__topic", "party__merged_into").filter(pk=number).first()
    if row is None:
        return UNKNOWN
    with mutation(actor=None, kind="address.complaint", unit_id=row.unit_id):
        topics = _of_class(row)
        party = row.party and (row.party.merged_into or row.party)
        refused = bool(party and topics and _left(party, topics, row.channel))
        if party and refused:
            wishing.refuse(
                party=party,
                topics=topics,
                channel=row.channel,
                source=PreferenceSource.COMPLAINT,
                at=at,
                on=on,
            )
        noted = _note_complaint(row.address_key, at)
    return TAKEN if refused or noted else TWICE


def _of_class(row: Delivery) -> list[Topic]:
    mailing = row.mailing
    if mailing is None or not mailing.topic.can_be_refused:
        return []
    return list(Topic.objects.filter(klass=mailing.topic.klass, active=True).order_by("pk"))


def _left(party: Party, topics: Sequence[Topic], channel: int) -> bool:
    rows = Preference.objects.filter(party=party, topic__in=topics, channel=channel, wanted=False)
    return rows.count() < len(topics)


def _note_complaint(address: str, at: datetime) -> bool:
    if not address:
        return False
    row = _locked(address)
    if row.trouble:
        return False
    row.trouble, row.bounced_at = Trouble.COMPLAINT, at
    row.save(update_fields=["trouble", "bounced_at"])
    return True


# --- healing ----------------------------------------------------------------------------------------------------------
def heal(*, keys: Sequence[str]) -> int:
    """Servers took messages to these addresses: each that had points loses one. A stopped one is let go by a person only."""
    rows = AddressState.objects.filter(address__in=keys, score__gt=0, stopped_at=None)
    found = list(rows.values_list("pk", flat=True)) if keys else []
    if not found:
        return 0
    with mutation(actor=None, kind="address.heal"):
        held = AddressState.objects.select_for_update().filter(pk__in=found, score__gt=0, stopped_at=None)
        locked = list(held.order_by("pk").values_list("pk", flat=True))
        return AddressState.objects.filter(pk__in=locked).update(
            score=F("score") - 1, accepted_at=clock.now()
        )


def try_again(*, actor: User | None, address: str) -> bool:
    """Send to the address again; whether it was stopped or had a complaint."""
    with mutation(actor=actor, kind="address.try_again"):
        bounces.hold(keys=[address])
        row = AddressState.objects.select_for_update().filter(address=address).exclude(trouble="").first()
        if row is None:
            return False
        row.score, row.trouble, row.stopped_at = 0, Trouble.NONE, None
        row.save(update_fields=["score", "trouble", "stopped_at"])
        bounces.clear_bounced(actor=actor, keys=[address])
    return True


def stop(*, actor: User, address: str, at: datetime) -> None:
    """The office stops an address by hand."""
    with mutation(actor=actor, kind="address.stop"):
        row = _locked(address)
        if row.stopped_at is None:
            row.stopped_at, row.trouble = at, Trouble.OFFICE
            row.save(update_fields=["stopped_at", "trouble"])


def let_entered_again() -> int:
    """An address that somebody has entered anew since it was stopped works again until it comes back; how many."""
    anew = ContactPoint.objects.filter(
        kind=ContactKind.EMAIL,
        key=OuterRef("address"),
        valid_to=None,
        bounced_on=None,
        valid_from__gt=OuterRef("stopped_at__date"),
    )
    rows = AddressState.objects.filter(
        Exists(anew), stopped_at__isnull=False, trouble__in=[Trouble.HARD, Trouble.SOFT]
    )
    found = list(rows.order_by("pk").values_list("address", flat=True)[:500])
    return sum(try_again(actor=None, address=address) for address in found)
