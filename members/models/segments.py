"""Segments that are kept: a name over a tree of criteria, one's own or shared by a unit (REG-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models.units import OrgUnit, Relation, UnitClosure

if TYPE_CHECKING:
    from members.scope import Scope


class SegmentQuerySet(models.QuerySet["Segment"]):
    def visible_to(self, scope: Scope) -> SegmentQuerySet:
        """One's own, and those shared by a unit one works in or by one above it. They are counted in one's own reach."""
        return self._reached(scope).filter(removed_at__isnull=True)

    def editable_by(self, scope: Scope) -> SegmentQuerySet:
        """Removed ones too: one's own, and the unit's for whoever works there and edits the unit's members."""
        edits = scope.unit_filter("unit", "members.edit")
        return self._reached(scope).filter(Q(owner_id=getattr(scope.user, "pk", None)) | edits)

    def _reached(self, scope: Scope) -> SegmentQuerySet:
        if not scope.can("members.view"):
            return self.none()
        working = sorted({grant.unit_id for grant in scope.grants if grant.capability == "members.view"})
        above = UnitClosure.objects.filter(descendant_id__in=working, relation=Relation.ADMINISTRATIVE)
        shared = Q(shared=True, unit_id__in=above.values("ancestor_id")) | Q(shared=True, unit_id__in=working)
        return self.filter(Q(owner_id=scope.user.pk) | shared)


class Segment(models.Model):
    """`spec` is the tree as members.segments.tree gives it; it holds no member's data, only what is asked."""

    unit = models.ForeignKey(
        OrgUnit, models.CASCADE, related_name="segments", verbose_name=_("association or union")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="segments",
        verbose_name=_("made by"),
    )
    name = models.CharField(_("name"), max_length=80)
    shared = models.BooleanField(_("shared"), default=False)
    spec = models.JSONField(_("criteria"))
    changed_at = models.DateTimeField(auto_now=True, editable=False)
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        triggers = tracked(exclude=["changed_at"])
        indexes = [
            models.Index(fields=["owner"], name="segment_owner_kept", condition=Q(removed_at__isnull=True)),
            models.Index(
                fields=["unit"], name="segment_shared", condition=Q(shared=True, removed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name
