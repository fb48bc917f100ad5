"""Pairs of parties that may be one and the same (REG-10): found by the nightly scan, or by an import that saw only one of them.

Not tracked: a pair says nothing of the parties that their own rows do not, and it goes with either of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from members.models.memberships import Membership
from members.models.parties import Party
from members.models.units import OrgUnit
from members.states import OPEN

if TYPE_CHECKING:
    from members.scope import Scope

SIDES = ("one_id", "other_id")


class PairQuerySet(models.QuerySet["DuplicatePair"]):
    def visible_to(self, scope: Scope) -> PairQuerySet:
        """Only for whoever may edit both: the pair itself tells that the other one is a member somewhere.

        Nobody under a non-disclosure order is in it, also when the order came after the finding: a reason would tell
        that the hidden telephone number or address is the same as one that can be seen.
        """
        return self.disclosed().filter(_member_of(scope, "one_id"), _member_of(scope, "other_id"))

    def half_visible_to(self, scope: Scope) -> PairQuerySet:
        """Pairs of which the reader may edit one and knows nothing of the other: that there may be another is all that is told,
        and that only where the whole name and a date of birth, an e-mail or a telephone number agree."""
        one, other = _member_of(scope, "one_id"), _member_of(scope, "other_id")
        mine = (Q(one) & ~Q(_known_to(scope, "other_id"))) | (Q(other) & ~Q(_known_to(scope, "one_id")))
        return self.disclosed().filter(mine, tellable=True)

    def disclosed(self) -> PairQuerySet:
        return self.filter(one__non_disclosure=False, other__non_disclosure=False)

    def waiting(self) -> PairQuerySet:
        return self.filter(decided_at__isnull=True)


def _member_of(scope: Scope, side: str) -> Exists:
    here = Membership.objects.filter(party_id=OuterRef(side), state__in=OPEN)
    return Exists(here.filter(scope.unit_filter("unit", "members.edit")))


def _known_to(scope: Scope, side: str) -> Exists:
    return Exists(
        Membership.objects.filter(party_id=OuterRef(side)).filter(scope.unit_filter("unit", "members.view"))
    )


class DuplicatePair(models.Model):
    """`one` has the smaller key. Decided when somebody has said that they are two; that is remembered.

    `score` is that of `members.likeness`, 0 to 100; 0 when an import found the pair. `asked_*`: who sees only one of them
    has asked that whoever sees both looks at the pair.
    """

    one = models.ForeignKey(Party, models.CASCADE, related_name="+")
    other = models.ForeignKey(Party, models.CASCADE, related_name="+")
    unit = models.ForeignKey(
        OrgUnit,
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("found by"),
        help_text="the association whose import found it; empty: the scan",
    )
    reasons = models.JSONField(default=list, help_text="codes of members.importing.wording.REASONS")
    score = models.PositiveSmallIntegerField(default=0)
    tellable = models.BooleanField(
        default=False, help_text="enough agrees to tell one side that there may be another"
    )
    found_on = models.DateField(_("found on"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(_("asked at"), null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_for = models.ForeignKey(
        OrgUnit, models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by the association")
    )

    objects = PairQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="duplicatepair_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="duplicatepair_order"),
        ]
        indexes = [
            models.Index(fields=["id"], name="duplicatepair_waiting", condition=Q(decided_at__isnull=True)),
            models.Index(
                fields=["-score", "id"], name="duplicatepair_likeliest", condition=Q(decided_at__isnull=True)
            ),
        ]
