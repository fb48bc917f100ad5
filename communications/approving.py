"""When a letter needs a second person, and who is none any more (COM-1).

The limit comes from above: a unit may lower it for itself and for those below it, and never raise it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from communications.letters.looks import line_of
from communications.models import Look, Mailing
from jasenpalvelu.audit.models import Change
from members.models import OrgUnit

# Where nobody says otherwise.
APPROVAL_LIMIT = 5000


def approval_limit(unit: OrgUnit) -> int:
    """A second person approves letters to more than this."""
    return _limit([one.pk for one in line_of(unit)])


def limit_from_above(unit: OrgUnit) -> int | None:
    """The most a unit may say; None for one that has nobody above it."""
    above = [one.pk for one in line_of(unit)[1:]]
    return _limit(above) if above else None


def _limit(line: Sequence[int]) -> int:
    """`line`: the nearest first. The topmost says what it likes, the others only less."""
    rows = Look.objects.filter(unit__in=line, approval_limit__isnull=False)
    said = {row.unit_id: row.approval_limit for row in rows if row.approval_limit is not None}
    found = said.get(line[-1], APPROVAL_LIMIT)
    return min([found, *(said[key] for key in line[:-1] if key in said)])


def writers(mailing: Mailing) -> set[int]:
    """Users who have had a hand in the letter, by its history: its words, whom it goes to, its sending. None of them approves it."""
    versions = [str(pk) for pk in mailing.versions.values_list("pk", flat=True)]
    rows = Change.objects.filter(
        Q(table_name="communications_mailingversion", row_id__in=versions)
        | Q(table_name="communications_mailing", row_id=str(mailing.pk), mutation__kind="letter.details")
    )
    found = set(rows.order_by().values_list("mutation__actor", flat=True).distinct())
    return {key for key in (*found, mailing.created_by_id, mailing.sender_id) if key is not None}
