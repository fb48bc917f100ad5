"""Who answers for a unit, when, and how soon: what a member is told before asking (COM-4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications import office_hours
from communications.models import Talk, TalkDesk, TalkTopic
from communications.models.talks import ANSWER
from communications.office_hours import USUAL, Week
from jasenpalvelu.accounts.models import User
from members.models import ContactPoint, Mandate, Membership, OrgUnit, Party, UnitClosure
from members.models.mandates import MandateQuerySet, Reach
from members.models.parties import ContactKind
from members.models.units import Relation

# The usual answer time is told from so many answers of so many days, otherwise what the unit promises.
ENOUGH, MEASURED = 5, timedelta(days=90)


def desk_of(unit_id: int) -> TalkDesk:
    """The unit's own, or the usual one as long as it has not written any."""
    found = TalkDesk.objects.filter(unit=unit_id).first()
    return found or TalkDesk(unit_id=unit_id, hours=list(USUAL))


def week_of(desk: TalkDesk) -> Week:
    return office_hours.week_of(desk.hours)


def due_at(unit_id: int, asked: datetime) -> datetime:
    desk = desk_of(unit_id)
    return office_hours.due_at(asked, desk.promise * 60, week_of(desk))


# --- who ----------------------------------------------------------------------------------------------------------------
def answerers(unit_id: int, on: date) -> list[User]:
    """Who may answer the unit's conversations: by a post in it, or in a unit above whose rights reach below."""
    above = UnitClosure.objects.filter(descendant=unit_id, relation=Relation.ADMINISTRATIVE)
    here = (
        Q(unit=unit_id, template__grants__reach__in=[Reach.OWN, Reach.BELOW])
        | Q(unit__in=above.values("ancestor"), template__grants__reach=Reach.BELOW)
        | Q(listed_units__contains=[unit_id], template__grants__reach=Reach.LISTED)
    )
    return _users(Mandate.objects.in_force(on).filter(here, template__grants__capability=ANSWER))


def own_answerers(unit_id: int, on: date) -> list[User]:
    """Those whose post is in the unit itself: they are told of a question nobody has taken."""
    return _users(Mandate.objects.in_force(on).filter(unit=unit_id, template__grants__capability=ANSWER))


def _users(mandates: MandateQuerySet) -> list[User]:
    parties = mandates.order_by().values("party")
    return list(
        User.objects.filter(is_active=True, party_login__party__in=parties)
        .distinct()
        .order_by("full_name", "pk")
    )


# --- where a member may ask -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Place:
    """A unit a member may write to, with the subjects it answers on."""

    unit: OrgUnit
    topics: list[TalkTopic]
    promise: str
    hours: str


def places(party_id: int, now: datetime) -> list[Place]:
    """The member's own associations first, then the units above them that have opened a desk."""
    units = open_units(party_id, now.date())
    desks = {desk.unit_id: desk for desk in TalkDesk.objects.filter(unit__in=units)}
    by_unit: dict[int, list[TalkTopic]] = {}
    for topic in TalkTopic.objects.filter(unit__in=units, active=True).order_by("name_fi", "pk"):
        by_unit.setdefault(topic.unit_id, []).append(topic)
    found = []
    for unit in units:
        desk = desks.get(unit.pk) or TalkDesk(unit=unit, hours=list(USUAL))
        found.append(Place(unit, by_unit.get(unit.pk, []), _usual_answer(desk, now), hours_text(desk)))
    return found


def open_units(party_id: int, on: date) -> list[OrgUnit]:
    """Where the member may write to, in the order of `places`."""
    mine = Membership.objects.in_force(on).filter(party=party_id)
    own = set(mine.order_by().values_list("unit_id", flat=True))
    chain = UnitClosure.objects.filter(descendant__in=own, relation=Relation.ADMINISTRATIVE)
    rows = OrgUnit.objects.on(on).filter(pk__in=chain.values("ancestor")).select_related("kind")
    units = sorted(rows, key=lambda unit: (unit.pk not in own, -unit.kind.level, unit.sort_key, unit.pk))
    desks = {desk.unit_id: desk for desk in TalkDesk.objects.filter(unit__in=units)}
    return [unit for unit in units if _takes(unit, desks.get(unit.pk), own, on)]


def _takes(unit: OrgUnit, desk: TalkDesk | None, own: Collection[int], on: date) -> bool:
    """An association takes its members' questions as long as somebody in it answers, unless it says otherwise; others when they say so."""
    if desk is not None:
        return desk.takes
    return unit.pk in own and bool(own_answerers(unit.pk, on))


def units_to_move_to(talk: Talk, on: date) -> list[OrgUnit]:
    """Where the conversation may be handed over: the other units its member may write to."""
    return [unit for unit in open_units(talk.party_id, on) if unit.pk != talk.unit_id]


# --- how soon -------------------------------------------------------------------------------------------------------
def usual_answer(unit_id: int, now: datetime) -> str:
    """ "We usually answer within two working days": what has been measured lately, else what is promised."""
    return _usual_answer(desk_of(unit_id), now)


def _usual_answer(desk: TalkDesk, now: datetime) -> str:
    rows = Talk.objects.filter(unit=desk.unit_id, minutes__isnull=False, created_at__gte=now - MEASURED)
    taken = rows.order_by("-created_at", "-pk").values_list("minutes", flat=True)[:50]
    found = sorted(minutes for minutes in taken if minutes is not None)
    # Nine of ten have had their answer in this time; a mean would promise what half of them do not get.
    minutes = found[(len(found) * 9 - 1) // 10] if len(found) >= ENOUGH else desk.promise * 60
    days = office_hours.working_days(int(minutes or 0), week_of(desk))
    if days == 0:
        return _("We usually answer on the same working day.")
    return ngettext(
        "We usually answer within %(n)s working day.", "We usually answer within %(n)s working days.", days
    ) % {"n": days}


def hours_text(desk: TalkDesk) -> str:
    """ "mon–fri 9.00–15.00", days with the same hours together."""
    names = [_("mon"), _("tue"), _("wed"), _("thu"), _("fri"), _("sat"), _("sun")]
    parts: list[tuple[int, int, str]] = []
    for day, span in enumerate(week_of(desk)):
        text = span.text if span else ""
        if parts and parts[-1][2] == text:
            parts[-1] = (parts[-1][0], day, text)
        else:
            parts.append((day, day, text))
    return ", ".join(
        f"{names[first]}{f'–{names[last]}' if last > first else ''} {text}"
        for first, last, text in parts
        if text
    )


def email_of(party: Party, on: date) -> str:
    """Where the member gets mail: the address of the register, else the login's."""
    points = ContactPoint.objects.on(on).filter(party=party, kind=ContactKind.EMAIL)
    point = points.order_by("-primary", "pk").first()
    if point is not None:
        return str(point.value)
    login = User.objects.filter(party_login__party=party, is_active=True).order_by("pk").first()
    return login.email if login else ""
