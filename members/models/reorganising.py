"""Changes of the organisation itself: units merge, one is split, one moves under another; planned, done, taken back (REG-1)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models.mandates import Mandate
from members.models.segments import Segment
from members.models.units import OrgUnit, Relation

if TYPE_CHECKING:
    from members.scope import Scope

CAPABILITY = "units.change"


class ChangeKind(models.TextChoices):
    MERGE = "merge", _("merger")
    SPLIT = "split", _("division")
    MOVE = "move", _("move")


class ChangeState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PLANNED = "planned", _("planned")
    RUNNING = "running", _("being carried out")
    DONE = "done", _("done")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")
    FAILED = "failed", _("stopped")


# Rows are being written, or are half written: nothing else may be done with the units.
UNDER_WAY = (ChangeState.RUNNING, ChangeState.UNDOING, ChangeState.FAILED)
OPEN_CHANGES = (ChangeState.DRAFT, ChangeState.PLANNED)


class Division(models.TextChoices):
    MUNICIPALITY = "municipality", _("by home municipality")
    SEGMENT = "segment", _("by a segment")
    PICKED = "picked", _("members named one by one")


class PostChoice(models.TextChoices):
    """What becomes of a post. A post that settles stays in the ended unit for a time, so that what is open is collected."""

    END = "end", _("ends")
    MOVE = "move", _("goes on in the unit that goes on")
    SETTLE = "settle", _("settles the accounts of the ended unit")
    STAY = "stay", _("stays where it is")
    ALSO = "also", _("stays, and the same post in the new unit")


class OrgChangeQuerySet(models.QuerySet["OrgChange"]):
    def visible_to(self, scope: Scope, capability: str = CAPABILITY) -> OrgChangeQuerySet:
        """Those of which every unit is within reach: a change of half a federation is nobody's with one half of it."""
        reached = sorted(scope.unit_ids(capability))
        inside = Q(target__isnull=True) | Q(target__in=reached)
        return self.filter(inside, sources__contained_by=reached)

    def touching(self, unit_ids: list[int]) -> OrgChangeQuerySet:
        return self.filter(Q(sources__overlap=unit_ids) | Q(target__in=unit_ids) | Q(made__in=unit_ids))

    def due(self, on: date) -> OrgChangeQuerySet:
        """Planned, and their day has come."""
        return self.filter(state=ChangeState.PLANNED, effective_on__lte=on)


class OrgChange(models.Model):
    """One change. Merger: `sources` become `target`, or a new unit when there is none. Division: members of the one source go
    to a new unit. Move: the source hangs under `target` for `relation`.

    `effective_on` is the first day of the new structure. `made` is the unit the change made. `act` is the mutation that
    carried it out, `undo_act` the one that took it back; the trigger of membership events reads both.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=ChangeKind.choices)
    state = models.CharField(_("state"), max_length=8, choices=ChangeState.choices, default=ChangeState.DRAFT)
    sources = ArrayField(models.BigIntegerField(), verbose_name=_("units"))
    target = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("goes on")
    )
    made = models.ForeignKey(
        OrgUnit, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("new unit")
    )
    relation = models.CharField(
        _("belongs for"), max_length=20, choices=Relation.choices, default=Relation.ADMINISTRATIVE
    )
    effective_on = models.DateField(_("first day"))
    decided_on = models.DateField(_("decided on"))
    section = models.CharField(_("section of the minutes"), max_length=20, blank=True)
    ground = models.CharField(_("decision or ground"), max_length=200)
    # The new unit: its names, and the unit whose rules, place in the tree and (if so chosen) fee tables it begins with.
    name_fi = models.CharField(_("name in Finnish"), max_length=120, blank=True)
    name_sv = models.CharField(_("name in Swedish"), max_length=120, blank=True)
    like = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("begins like")
    )
    copy_fees = models.BooleanField(_("draft the fee table from the same unit"), default=True)
    # Who goes to the new unit of a division.
    division = models.CharField(_("divided"), max_length=12, choices=Division.choices, blank=True)
    municipalities = ArrayField(
        models.CharField(max_length=3), verbose_name=_("municipalities"), default=list, blank=True
    )
    segment = models.ForeignKey(
        Segment, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("segment")
    )
    picked = ArrayField(models.BigIntegerField(), verbose_name=_("members"), default=list, blank=True)
    settle_until = models.DateField(_("accounts are settled until"), null=True, blank=True)
    types = models.JSONField(default=dict, editable=False)
    problem = models.CharField(_("why it stopped"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("drawn up by")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("planned by")
    )
    planned_at = models.DateTimeField(_("planned"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)
    undone_at = models.DateTimeField(_("undone"), null=True)
    act = models.UUIDField(null=True, editable=False, db_index=True)
    undo_act = models.UUIDField(null=True, editable=False)
    job_id = models.UUIDField(null=True, editable=False)

    objects = OrgChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the organisation")
        verbose_name_plural = _("changes of the organisation")
        triggers = tracked(unit="target_id", exclude=["types", "created_at"])
        constraints = [
            models.CheckConstraint(condition=~Q(sources=[]), name="orgchange_of_something"),
            models.CheckConstraint(
                condition=~Q(kind="move") | Q(target__isnull=False), name="orgchange_move_has_parent"
            ),
            models.CheckConstraint(
                condition=~Q(kind="split") | Q(target__isnull=True), name="orgchange_split_makes_a_unit"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "planned"]) | Q(act__isnull=False), name="orgchange_act"
            ),
        ]

    @property
    def makes_unit(self) -> bool:
        return self.kind == ChangeKind.SPLIT or (self.kind == ChangeKind.MERGE and self.target_id is None)

    @property
    def unit_ids(self) -> list[int]:
        """Every unit it concerns, the new one included once it has been made."""
        return sorted({*self.sources, *(pk for pk in (self.target_id, self.made_id) if pk)})

    @property
    def ending(self) -> list[int]:
        """The units that end with it."""
        return [pk for pk in self.sources if pk != self.target_id] if self.kind == ChangeKind.MERGE else []


class OrgChangePost(models.Model):
    """What was decided of one post of the units concerned."""

    change = models.ForeignKey(OrgChange, models.CASCADE, related_name="posts")
    mandate = models.ForeignKey(Mandate, models.CASCADE, related_name="+", verbose_name=_("mandate"))
    choice = models.CharField(_("what becomes of it"), max_length=6, choices=PostChoice.choices)

    class Meta:
        triggers = tracked(party="(SELECT m.party_id FROM members_mandate m WHERE m.id = r.mandate_id)")
        constraints = [models.UniqueConstraint(fields=["change", "mandate"], name="orgchangepost_once")]


class OrgChangeMember(models.Model):
    """One membership that goes with the change: frozen when it begins, so that killed work goes on where it was.

    `became` is the membership it goes on as, `made` when the change made that one; `before` is what undoing puts back. Plain
    numbers instead of foreign keys: the record stands in nobody's way.
    """

    change = models.ForeignKey(OrgChange, models.CASCADE, related_name="members", db_index=False)
    membership_id = models.BigIntegerField()
    became = models.BigIntegerField(null=True)
    made = models.BooleanField(default=False)
    handled = models.BooleanField(default=False)
    before = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "membership_id"], name="orgchangemember_once")
        ]
        indexes = [
            models.Index(
                fields=["change", "membership_id"],
                name="orgchangemember_waiting",
                condition=Q(handled=False),
            )
        ]


class OrgChangeMove(models.Model):
    """One row that the change wrote beside memberships: what undoing takes back, from the end.

    `op` as in the history: I added (nothing to keep), U changed (`before` the columns as they stood), D removed (the whole row).
    """

    change = models.ForeignKey(OrgChange, models.CASCADE, related_name="moves")
    phase = models.CharField(max_length=7, choices=[("begin", "begin"), ("finish", "finish")])
    op = models.CharField(max_length=1, choices=[("I", "I"), ("U", "U"), ("D", "D")])
    table = models.CharField(max_length=60)
    row_id = models.CharField(max_length=40)
    before = models.JSONField(default=dict)
