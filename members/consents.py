"""What people's data may be used for, read: of one person, and as a condition over hundreds of thousands (REG-14, ADR 0023).

    from members import consents

    Party.objects.filter(consents.allows("events", "email", on=today, units=[…]))
    consents.has_consent(party_id=…, purpose="events", channel="email", on=today)

A consent belongs to one association and to the membership it was given in: when that has ended it counts no more, and neither does
it in another association the member moves to, nor when the person comes back. An objection stays. Of a purpose that needs no
consent everybody may be reached who has not objected. What belongs to the membership itself (notices of meetings, invoices,
elections) is in no purpose and asks nothing here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.db.models.lookups import IsNull

from jasenpalvelu.common import clock
from members.models import ConsentEvent, ConsentPurpose, ConsentText, DataMark, Membership, OrgUnit, Party
from members.models.consents import ConsentChannel
from members.models.marks import MarkKind
from members.states import OPEN

# Tietosuojalaki 1050/2018, section 5: from this age a child consents to information society services alone.
OWN_CONSENT_FROM = 13


# --- the words -------------------------------------------------------------------------------------------------------
def purposes() -> list[ConsentPurpose]:
    """Those in use, in their order."""
    return list(ConsentPurpose.objects.filter(active=True).order_by("position", "code"))


def texts_for(units: Collection[int], on: date) -> dict[tuple[str, int], ConsentText]:
    """The text of each purpose that is shown in each unit on the day: the unit's own, else the one for all."""
    rows = ConsentText.objects.filter(
        Q(unit__in=units) | Q(unit=None), valid_from__lte=on, taken_back_on=None
    ).order_by("valid_from", "number")
    latest = {(text.purpose_id, text.unit_id): text for text in rows}
    found: dict[tuple[str, int], ConsentText] = {}
    for unit in units:
        for purpose in {purpose for purpose, _unit in latest}:
            text = latest.get((purpose, unit)) or latest.get((purpose, None))
            if text is not None:
                found[purpose, unit] = text
    return found


def last_version(purpose: ConsentPurpose, unit: OrgUnit | None) -> ConsentText | None:
    """The latest that has not been taken back, in use or coming."""
    rows = ConsentText.objects.filter(purpose=purpose, unit=unit, taken_back_on=None)
    return rows.order_by("-number").first()


# --- conditions -------------------------------------------------------------------------------------------------------
def _end_of(on: date) -> datetime:
    return datetime.combine(on + timedelta(days=1), time.min, clock.HELSINKI)


def last_said(on: date) -> QuerySet[ConsentEvent]:
    """The last thing said by the end of the day, of each party, purpose, channel and association."""
    end = _end_of(on)
    later = ConsentEvent.objects.filter(
        Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")),
        at__lt=end,
        party=OuterRef("party"),
        purpose=OuterRef("purpose"),
        channel=OuterRef("channel"),
        unit=OuterRef("unit"),
    )
    return ConsentEvent.objects.filter(~Exists(later), at__lt=end)


def counting(rows: QuerySet[ConsentEvent], on: date) -> QuerySet[ConsentEvent]:
    """Of yeses those that still count: the use has not changed since, nor has the membership ended in which it was said."""
    newer = ConsentText.objects.filter(
        Q(unit=OuterRef("unit")) | Q(unit=None) & Q(IsNull(OuterRef("text__unit"), True)),
        purpose=OuterRef("purpose"),
        pk__gt=OuterRef("text"),
        asks_again=True,
        valid_from__lte=on,
        taken_back_on=None,
    )
    # An end after which the member was in the association all the same is none: one of two memberships, or one entered twice.
    beside = Membership.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=OuterRef("ended_on")),
        party=OuterRef("party"),
        unit=OuterRef("unit"),
        started_on__lte=OuterRef("ended_on"),
    )
    ended = Membership.objects.filter(
        ~Exists(beside),
        party=OuterRef("party"),
        unit=OuterRef("unit"),
        started_on__lt=F("ended_on"),
        ended_on__lte=on,
        ended_on__gt=OuterRef("said_on"),
    )
    return rows.alias(said_on=TruncDate("at", tzinfo=clock.HELSINKI)).filter(~Exists(newer), ~Exists(ended))


def allows(
    purpose: str, channel: str, *, on: date, units: Collection[int] | None = None, party: str = "pk"
) -> Q:
    """Condition on a party: it may be reached for the purpose by the channel as a member of one of the units (None: of any).

    `party` is the path of the party's key. Nobody for a purpose that is not in use or has no such channel.
    """
    asked = ConsentPurpose.objects.filter(code=purpose, active=True, channels__contains=[channel]).first()
    if asked is None:
        return Q(**{f"{party}__in": []})
    rows = Membership.objects.in_force(on).filter(party=OuterRef(party))
    if units is not None:
        rows = rows.filter(unit__in=sorted(units))
    # Who has objected is not reached for what stands on an interest; somebody restricted for nothing of it all.
    stops = [MarkKind.RESTRICTION] if asked.needs_consent else [MarkKind.RESTRICTION, MarkKind.OBJECTION]
    marks = DataMark.objects.on(on).filter(party=OuterRef("party"), unit=OuterRef("unit"), kind__in=stops)
    rows = rows.filter(~Exists(marks))
    said = last_said(on).filter(
        party=OuterRef("party"), unit=OuterRef("unit"), purpose=purpose, channel=channel
    )
    if asked.needs_consent:
        return Q(Exists(rows.filter(Exists(counting(said.filter(given=True), on)))))
    return Q(Exists(rows.filter(~Exists(said.filter(given=False)))))


def has_consent(
    *, party_id: int, purpose: str, channel: str, on: date, units: Collection[int] | None = None
) -> bool:
    """The same of one person."""
    return Party.objects.filter(allows(purpose, channel, on=on, units=units), pk=party_id).exists()


def count_allowed(purpose: ConsentPurpose, *, unit: OrgUnit | None, on: date) -> int:
    """How many people's consent for the purpose counts now, by any channel: whom a changed use would ask again.

    Without a unit: of all associations that show the words for all.
    """
    rows = counting(last_said(on).filter(purpose=purpose, given=True), on)
    if unit is not None:
        rows = rows.filter(unit=unit)
    else:
        rows = rows.exclude(
            unit__in=ConsentText.objects.filter(purpose=purpose, unit__isnull=False).values("unit")
        )
    here = Membership.objects.in_force(on).filter(party=OuterRef("party"), unit=OuterRef("unit"))
    return rows.filter(Exists(here)).values("party").distinct().count()


# --- one person ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Choice:
    """One channel of a purpose: what holds now, and what was said last. `outdated`: a yes that does not count any more."""

    channel: str
    label: str
    allowed: bool
    last: ConsentEvent | None = None
    outdated: bool = False


@dataclass(frozen=True)
class Asked:
    """A purpose as one association asks it of one person, with the words shown."""

    purpose: ConsentPurpose
    text: ConsentText
    choices: list[Choice]


def asked_at_joining(unit: OrgUnit, on: date) -> list[Asked]:
    """What needs consent, unticked; an objection is made as a member."""
    texts = texts_for([unit.pk], on)
    return [
        Asked(purpose, text, [_choice(purpose, channel, None, set()) for channel in purpose.channels])
        for purpose in purposes()
        if purpose.needs_consent and (text := texts.get((purpose.pk, unit.pk))) is not None
    ]


@dataclass(frozen=True)
class UnitChoices:
    unit: OrgUnit
    asked: list[Asked]


def units_of(party: Party, on: date) -> list[OrgUnit]:
    """The associations one is a member of or applies to: those that ask."""
    rows = Membership.objects.filter(party=party).filter(Q(state__in=OPEN) | Q(ended_on__gt=on))
    return list(dict.fromkeys(m.unit for m in rows.select_related("unit").order_by("-started_on", "pk")))


def choices_of(party: Party, units: Iterable[OrgUnit], on: date) -> list[UnitChoices]:
    """Every choice of the person in each association, with what holds."""
    found = list(units)
    keys = {unit.pk for unit in found}
    rows = last_said(on).filter(party=party, unit__in=keys).select_related("text").order_by("pk")
    last = {(e.unit_id, e.purpose_id, e.channel): e for e in rows}
    valid = set(counting(rows.filter(given=True), on).values_list("pk", flat=True))
    texts, known = texts_for(keys, on), purposes()
    return [
        UnitChoices(
            unit,
            [
                Asked(purpose, text, [_choice(purpose, c, last.get((unit.pk, purpose.pk, c)), valid) for c in purpose.channels])
                for purpose in known
                if (text := texts.get((purpose.pk, unit.pk))) is not None
            ],
        )
        for unit in found
    ]  # fmt: skip


def _choice(purpose: ConsentPurpose, channel: str, last: ConsentEvent | None, valid: set[int]) -> Choice:
    allowed = not purpose.needs_consent if last is None else last.given
    outdated = bool(purpose.needs_consent and last and last.given and last.pk not in valid)
    label = str(ConsentChannel(channel).label)
    return Choice(channel, label, allowed and not outdated, last, outdated)


def story(party: Party, *, limit: int, units: Collection[int] | None = None) -> list[ConsentEvent]:
    """What the person has said, the latest first."""
    rows = ConsentEvent.objects.filter(party=party).select_related("purpose", "unit", "text", "actor")
    if units is not None:
        rows = rows.filter(unit__in=units)
    return list(rows.order_by("-at", "-pk")[:limit])


def needs_guardian(party: Party, on: date) -> bool:
    """A child whose known age is below the age of one's own consent (1050/2018, section 5)."""
    age = party.person.age_on(on) if party.is_person else None
    return age is not None and age < OWN_CONSENT_FROM
