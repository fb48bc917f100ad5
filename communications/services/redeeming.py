"""A benefit is used with the membership card: valid or not valid, and counted (COM-9).

Of a benefit that is used once the member is known until it is over, so that it is used once; of others only the day and the member's unit.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from communications.models import Benefit, BenefitCode, ContentState, Redemption
from communications.models.benefits import CODE_LIVES, HOLDER_KEPT
from communications.readers import reader_of
from members.cards import reading, token
from members.cards.signing import verifying_keys
from members.cards.token import TokenError
from members.models import Membership, OrgUnit, Party

# Without signs that look alike; 31⁸ codes, of which a few live at a time.
LETTERS, LENGTH = "23456789ABCDEFGHJKLMNPQRSTUVWXY", 8


@dataclass(frozen=True)
class Holder:
    party_id: int
    unit_id: int


def holder_of(text: str, *, on: date, at: datetime) -> Holder | None:
    """The member whose card, or whose code, this is; None when it does not hold today."""
    typed = "".join(text.split())
    if not typed.isascii() or not typed.isprintable():
        return None
    return _by_code(typed, on, at) if len(typed) <= LENGTH + 1 else _by_card(typed, on)


def _by_card(text: str, on: date) -> Holder | None:
    try:
        read = token.verify(text, verifying_keys(), on=on)
    except TokenError:
        return None
    if not reading.holds(read.unit_number, read.member_number, on):
        return None
    party = Party.objects.filter(member_number=read.member_number).first()
    unit = OrgUnit.objects.filter(number=read.unit_number).first()
    return Holder(party.merged_into_id or party.pk, unit.pk) if party and unit else None


def _by_code(text: str, on: date, at: datetime) -> Holder | None:
    code = text.upper().replace("-", "")
    row = (
        BenefitCode.objects.filter(code=code, made_at__gt=at - CODE_LIVES)
        .select_related("party", "unit")
        .first()
    )
    if row is None or not reading.holds(row.unit.number, row.party.member_number, on):
        return None
    return Holder(row.party_id, row.unit_id)


def redeem(*, benefit: Benefit, text: str, sending: UUID, on: date, at: datetime) -> bool:
    """Whether the card or code gives the benefit now; if so it is counted. The same sending again gets the same answer.

    Two tills at once with the same card of a benefit that is used once: the database lets one of them in.
    """
    holder = holder_of(text, on=on, at=at)
    if holder is None:
        return False
    reader = reader_of(holder.party_id, on)
    if not Benefit.objects.for_reader(reader).filter(pk=benefit.pk).exists():
        return False
    party = holder.party_id if benefit.single_use else None
    row = Redemption(benefit=benefit, on=on, unit_id=holder.unit_id, party_id=party, token=sending)
    with transaction.atomic():
        Redemption.objects.bulk_create([row], ignore_conflicts=True)
        return Redemption.objects.filter(benefit=benefit, token=sending, party=party).exists()


def make_code(*, party_id: int, on: date, at: datetime) -> BenefitCode | None:
    """A code for the member to show; None without a membership whose card holds. The one before does not work any more."""
    memberships = Membership.objects.in_force(on).filter(party=party_id).select_related("unit", "party")
    own = next(
        (m for m in memberships.order_by("pk") if reading.holds(m.unit.number, m.party.member_number, on)),
        None,
    )
    if own is None:
        return None
    with transaction.atomic():
        Party.objects.select_for_update().get(pk=party_id)
        BenefitCode.objects.filter(party=party_id).delete()
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        return BenefitCode.objects.create(code=code, party_id=party_id, unit=own.unit, made_at=at)


def forget(*, on: date, at: datetime) -> int:
    """Who used a benefit goes HOLDER_KEPT after the benefit is over, codes when they have run out.

    Over is also what has been taken back and what an ended partner gave, last day or not: there is no second use to be kept from.
    """
    BenefitCode.objects.filter(made_at__lt=at - CODE_LIVES).delete()
    before = on - HOLDER_KEPT
    gone = Q(partner__ended_on__lt=before) | Q(valid_until__lt=before)
    over = Q(benefit__in=Benefit.objects.filter(gone))
    taken_back = Q(benefit__in=Benefit.objects.exclude(state=ContentState.PUBLISHED), on__lt=before)
    return Redemption.objects.filter(over | taken_back, party__isnull=False).update(party=None)
