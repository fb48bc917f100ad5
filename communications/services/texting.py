"""A short text message to many: who gets it and who does not, and why; written and let go in one act (COM-2).

Refused without a sender's name that has been authorised (Traficom regulation 28). The words stand once, in the mailing's version.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from communications import wishes
from communications.approving import approval_limit
from communications.models import (
    Archive,
    Channel,
    Delivery,
    Mailing,
    MailingKind,
    MailingState,
    MailingVersion,
    Reason,
    SmsSender,
    SmsState,
    State,
    Topic,
    TopicClass,
)
from communications.sending.lanes import TEXT_MESSAGES
from communications.services import planning
from communications.sms.backends import is_there
from communications.sms.segments import length_of
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members import consents
from members.models import ContactPoint, OrgUnit, Party, Segment
from members.models.consents import ConsentChannel
from members.models.parties import ContactKind
from members.scope import Scope

# Longer ones cost as many messages each; a text for many is a letter.
LONGEST_SEGMENTS, MOST = 5, 20_000
# A Finnish number that takes text messages begins with 4 or 50.
_MOBILE = re.compile(r"\+(?:358(?:4\d|50)\d{4,10}|(?!358)[1-9]\d{6,14})")


class TextError(Exception):
    """`code`: gateway (none is set here), sender (not an authorised name of the unit), topic, length, unit, segment (see PlanError), nobody, many (more than is sent
    at once), approval (more than one person may decide on), changed (others get it than was shown)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Draft:
    """What would be sent. `once`: the same text given twice is sent once."""

    unit: OrgUnit
    sender: SmsSender
    topic: Topic
    segment: Segment | None
    text: str
    once: uuid.UUID


@dataclass(frozen=True)
class Recipient:
    party: Party
    number: str
    reason: str


@dataclass
class Plan:
    """`digest`: what was shown is what is sent."""

    recipients: list[Recipient] = field(default_factory=list)
    segments: int = 0
    digest: str = ""

    @property
    def reached(self) -> int:
        return sum(not one.reason for one in self.recipients)

    @property
    def left_out(self) -> Counter[str]:
        return Counter(one.reason for one in self.recipients if one.reason)

    @property
    def messages(self) -> int:
        return self.reached * self.segments


def topics(unit_id: int) -> QuerySet[Topic]:
    """What a text message may be about: topics that ask nothing, and those whose consent can be given for text messages."""
    asks = Q(purpose__active=True, purpose__channels__contains=[ConsentChannel.SMS])
    return Topic.objects.offered_in(unit_id).filter(Q(purpose=None) | asks).order_by("position", "pk")


def senders(units: Iterable[int]) -> QuerySet[SmsSender]:
    rows = SmsSender.objects.filter(unit__in=list(units), state=SmsState.AUTHORISED)
    return rows.select_related("unit").order_by("text", "pk")


def plan(draft: Draft, *, scope: Scope, on: date) -> Plan:
    """Who would get it. Raises TextError."""
    if not is_there():
        raise TextError("gateway")
    segments = length_of(draft.text).count
    if not 0 < segments <= LONGEST_SEGMENTS:
        raise TextError("length")
    if not senders([draft.unit.pk]).filter(pk=draft.sender.pk).exists():
        raise TextError("sender")
    if not topics(draft.unit.pk).filter(pk=draft.topic.pk).exists():
        raise TextError("topic")
    found = list(_recipients(draft, scope, on))
    told = [f"{one.party.pk}:{one.number}:{one.reason}" for one in found]
    parts = "\n".join([draft.text, draft.sender.text, str(draft.topic.pk), *told])
    return Plan(found, segments, hashlib.sha256(parts.encode()).hexdigest())


def _recipients(draft: Draft, scope: Scope, on: date) -> Iterator[Recipient]:
    mailing = Mailing(unit=draft.unit, segment=draft.segment, topic=draft.topic)
    try:
        audience = planning.audience(mailing, scope=scope, on=on)
    except planning.PlanError as error:
        raise TextError(error.code) from error
    parties = list(audience.select_related("person").order_by("pk")[: MOST + 1])
    if len(parties) > MOST:
        raise TextError("many")
    keys = [party.pk for party in parties]
    points = ContactPoint.objects.filter(party__in=keys, kind=ContactKind.PHONE, primary=True, valid_to=None)
    numbers = dict(points.values_list("party_id", "key"))
    unwanted = _unwanted(draft, keys, on)
    taken: set[str] = set()
    for party in parties:
        number = numbers.get(party.pk, "")
        reason = _reason(draft, party, number, unwanted, taken)
        if not reason:
            taken.add(number)
        yield Recipient(party, number, reason)


def _unwanted(draft: Draft, keys: list[int], on: date) -> dict[int, str]:
    """Who has not consented, has objected, has refused the topic."""
    rows = Party.objects.filter(pk__in=keys)
    topic, found = draft.topic, {}
    if topic.purpose_id:
        allowed = consents.allows(str(topic.purpose_id), "sms", on=on)
        why = Reason.NO_CONSENT if topic.klass == TopicClass.MARKETING else Reason.OBJECTS
        found = dict.fromkeys(rows.exclude(allowed).values_list("pk", flat=True), str(why))
    refused = rows.filter(wishes.refused(topic, Channel.SMS)).values_list("pk", flat=True)
    return dict.fromkeys(refused, str(Reason.REFUSED)) | found


def _reason(draft: Draft, party: Party, number: str, unwanted: dict[int, str], taken: set[str]) -> str:
    if party.is_person and party.person.deceased_on is not None:
        return Reason.DECEASED
    if party.pk in unwanted:
        return unwanted[party.pk]
    if not number:
        return Reason.NO_ADDRESS
    if not _MOBILE.fullmatch(number):
        return Reason.BAD_ADDRESS
    if number in taken and draft.topic.can_be_refused:
        return Reason.SAME_ADDRESS
    return ""


def send(*, actor: User, scope: Scope, draft: Draft, digest: str, now: datetime, on: date) -> Mailing:
    """Let it go to those who were shown. The same draft again gives the first one's mailing. Raises TextError."""
    with mutation(actor=actor, kind="sms.send", summary=draft.text[:60], unit_id=draft.unit.pk):
        OrgUnit.objects.select_for_update(no_key=True).get(pk=draft.unit.pk)
        done = Mailing.objects.filter(uuid=draft.once).first()
        if done is not None:
            return done
        found = plan(draft, scope=scope, on=on)
        if found.digest != digest:
            raise TextError("changed")
        if not found.reached:
            raise TextError("nobody")
        if found.reached > approval_limit(draft.unit):
            raise TextError("approval")
        mailing = _write(actor, draft, found, now)
        Delivery.objects.bulk_create(_rows(mailing, draft, found, now), batch_size=1000)
    return mailing


def _write(actor: User, draft: Draft, found: Plan, now: datetime) -> Mailing:
    mailing = Mailing.objects.create(
        uuid=draft.once,
        unit=draft.unit,
        kind=MailingKind.SMS,
        title=" ".join(draft.text.split())[:120],
        topic=draft.topic,
        segment=draft.segment,
        audience={"sender": draft.sender.pk},
        archive=Archive.NONE,
        state=MailingState.SENDING,
        created_by=actor,
        sender=actor,
        scheduled_at=now,
        frozen_at=now,
        release_at=now,
        summary={"planned": len(found.recipients), "segments": found.segments},
    )
    MailingVersion.objects.create(
        mailing=mailing,
        language=settings.LANGUAGE_CODE,
        subject=mailing.title,
        text=draft.text,
        sha256=hashlib.sha256(draft.text.encode()).hexdigest(),
    )
    return mailing


def _rows(mailing: Mailing, draft: Draft, found: Plan, now: datetime) -> Iterator[Delivery]:
    klass = planning.KLASS[TopicClass(draft.topic.klass)]
    for one in found.recipients:
        party = one.party
        yield Delivery(
            mailing=mailing,
            kind="sms.message",
            klass=klass,
            unit=draft.unit,
            party=party,
            channel=Channel.SMS,
            name=party.person.full_name if party.is_person else party.display_name,
            address=one.number,
            address_key=one.number,
            language=party.language,
            reference=f"letter:{mailing.pk}",
            lane=TEXT_MESSAGES,
            state=State.SUPPRESSED if one.reason else State.PLANNED,
            reason=one.reason,
            created_at=now,
            next_at=now,
            done_at=now if one.reason else None,
        )
