"""Keeping the issues up to date, and setting one aside with a reason (REG-16).

When: soon after a change, by the changes themselves. Every write to the register leaves its rows in `audit_change`, whoever
writes; `follow` reads on from the last one it has seen and asks the rules of those parties, set by set. Not in the act itself:
an import of 50 000 rows would pay for it row by row, and no act fails because of it. Rows that were written by a transaction
still open are not lost: a stretch is looked at again, and each night everything is.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import Change
from jasenpalvelu.audit.services import mutation
from members.models import Membership, OrgUnit, Party, QualityDismissal, QualityIssue, QualityWatermark
from members.quality import finding, scoring

# An act lasts no longer than this; its rows carry the time it began.
OVERLAP = timedelta(minutes=10)
MOST_CHANGES = 50_000
CHUNK = 5_000


def follow(*, at: datetime, on: date) -> int:
    """Recompute whoever has changed since the last time. Gives the number of parties; 0 when there was nothing new."""
    with transaction.atomic():
        mark, _new = QualityWatermark.objects.select_for_update().get_or_create(pk=1)
        rows = Change.objects.filter(pk__gt=mark.change_id).order_by("pk")
        changes = list(rows.values_list("pk", "party_id", "holding_id", "at")[:MOST_CHANGES])
        if not changes:
            return 0
        parties = {party for _pk, party, _holding, _at in changes if party}
        holdings = {holding for _pk, _party, holding, _at in changes if holding}
        parties |= set(Membership.objects.filter(holding__in=holdings).values_list("party_id", flat=True))
        _recompute(sorted(parties), at=at, on=on)
        settled = [pk for pk, _party, _holding, when in changes if when < at - OVERLAP]
        mark.change_id = settled[-1] if settled else mark.change_id
        mark.save(update_fields=["change_id"])
    return len(parties)


def _recompute(parties: list[int], *, at: datetime, on: date) -> None:
    for start in range(0, len(parties), CHUNK):
        finding.find(parties=parties[start : start + CHUNK], on=on)
    units = Membership.objects.filter(party__in=parties).values_list("unit_id", flat=True)
    scoring.count(units=units.distinct().order_by("unit_id"), at=at)


def recheck(*, party: Party, at: datetime, on: date) -> None:
    """Ask the rules of one party now."""
    _recompute([party.pk], at=at, on=on)


def check_range(*, after: int, on: date) -> int | None:
    """The next chunk of all parties, after the key. Gives its last key; None when there are no more."""
    keys = list(Party.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    finding.find(parties=keys, on=on)
    return keys[-1] if keys else None


def finish_check(*, at: datetime) -> None:
    """After the last chunk: how every association stands."""
    scoring.count(units=OrgUnit.objects.order_by("pk").values_list("pk", flat=True), at=at)


def newest_change() -> int:
    return Change.objects.aggregate(pk=Max("pk"))["pk"] or 0


def begin_following(after: int) -> None:
    """Only what has changed after the given change is new: everything older has just been looked at."""
    mark, _new = QualityWatermark.objects.select_for_update().get_or_create(pk=1)
    mark.change_id = max(mark.change_id, after)
    mark.save(update_fields=["change_id"])


def dismiss(*, actor: User, issue: QualityIssue, reason: str, at: datetime) -> QualityDismissal:
    """It is right as it is. Remembered until what was found changes; saying it twice changes nothing."""
    with mutation(actor=actor, kind="quality.dismiss", summary=reason):
        said, _new = QualityDismissal.objects.get_or_create(
            party_id=issue.party_id,
            rule=issue.rule,
            subject=issue.subject,
            fact=issue.fact,
            defaults={"reason": reason, "dismissed_by": actor},
        )
        _count_of(issue.party_id, at)
    return said


def take_up_again(*, actor: User, said: QualityDismissal, at: datetime) -> None:
    """It was a problem after all."""
    with mutation(actor=actor, kind="quality.reopen", summary=said.reason):
        QualityDismissal.objects.filter(pk=said.pk).delete()
        _count_of(said.party_id, at)


def _count_of(party_id: int, at: datetime) -> None:
    units = Membership.objects.filter(party_id=party_id).order_by("unit_id").values_list("unit_id", flat=True)
    scoring.count(units=units, at=at)
