"""How long people's data is kept, as data, and erasures by those rules: proposed, approved by another, waited for (REG-14, ADR 0022)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models.data_requests import Erasure
from members.models.parties import Party
from members.models.units import OrgUnit

if TYPE_CHECKING:
    from members.scope import Scope


class RetentionKind(models.TextChoices):
    """Whose data goes by the rule. What each means, and the bounds of its months, is told in `members.personal.terms`."""

    APPLICANTS = "applicants", _("applicants who never became members")
    FORMER = "former", _("former members")
    DECEASED = "deceased", _("deceased members")
    TIES = "ties", _("people who are no members, and whose posts and ties have ended")
    # What goes by itself each night: rows, not people.
    CONTACTS = "contacts", _("contact details that have been replaced")
    LOOKS = "looks", _("who has looked")
    REQUESTS = "requests", _("answered requests")


class RetentionRule(models.Model):
    """So many months after the event. Without a unit: the federation's, which holds where an association has not said its own."""

    kind = models.CharField(_("whose data"), max_length=12, choices=RetentionKind.choices)
    unit = models.ForeignKey(
        OrgUnit, models.CASCADE, null=True, blank=True, related_name="retention_rules", verbose_name=_("unit")
    )
    months = models.PositiveSmallIntegerField(_("months"))

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        triggers = tracked(unit="unit_id")
        constraints = [
            models.UniqueConstraint(fields=["kind", "unit"], name="retentionrule_one", nulls_distinct=False),
            models.CheckConstraint(condition=Q(months__gte=1), name="retentionrule_months"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.months}"


class RunState(models.TextChoices):
    PROPOSED = "proposed", _("waits for a second person")
    QUARANTINE = "quarantine", _("waits for its day")
    ERASING = "erasing", _("is being carried out")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("taken back")


OPEN_RUNS = (RunState.PROPOSED, RunState.QUARANTINE, RunState.ERASING)


class ErasureRunQuerySet(models.QuerySet["ErasureRun"]):
    def visible_to(self, scope: Scope, capability: str = "privacy.handle") -> ErasureRunQuerySet:
        """Those all of whose associations the scope handles in full."""
        return self.filter(units__contained_by=sorted(scope.unit_ids(capability, "ABCD")))

    def waiting(self) -> ErasureRunQuerySet:
        return self.filter(state=RunState.PROPOSED)


class ErasureRun(models.Model):
    """One proposal to erase by a rule: those whose time had run out on the day, in the associations of `units`.

    `people` is how many entries those associations know, `candidates` how many are proposed, `previous` how many were the last
    time. `stopped`: the number jumped, so it needs a reason and a higher right. `receipt` has the shape of an Erasure's.
    """

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    units = ArrayField(models.BigIntegerField())
    kind = models.CharField(_("whose data"), max_length=12, choices=RetentionKind.choices)
    state = models.CharField(_("state"), max_length=12, choices=RunState.choices, default=RunState.PROPOSED)
    candidates = models.PositiveIntegerField(_("people"))
    people = models.PositiveIntegerField()
    previous = models.PositiveIntegerField(null=True)
    stopped = models.BooleanField(default=False)
    proposed_on = models.DateField(_("proposed on"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("why so many"), max_length=300, blank=True)
    erase_on = models.DateField(_("carried out on"), null=True, blank=True)
    # On the day whoever approved it had no right any more: it waits for a second person anew.
    returned_on = models.DateField(_("returned on"), null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    receipt = models.JSONField(default=dict)

    objects = ErasureRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure by a rule")
        verbose_name_plural = _("erasures by a rule")
        triggers = tracked(unit="unit_id")
        indexes = [
            models.Index(fields=["erase_on"], name="erasurerun_due", condition=Q(state="quarantine")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind"],
                condition=Q(state__in=OPEN_RUNS),
                name="erasurerun_one_open",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")),
                name="erasurerun_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "cancelled"])
                | Q(approved_by__isnull=False, approved_on__isnull=False, erase_on__isnull=False),
                name="erasurerun_approved",
            ),
            models.CheckConstraint(
                condition=Q(stopped=False) | Q(approved_by=None) | ~Q(reason=""),
                name="erasurerun_stop_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.proposed_on.isoformat()}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_RUNS

    @property
    def can_be_taken_back(self) -> bool:
        return self.state in {RunState.PROPOSED, RunState.QUARANTINE}


class ErasureItem(models.Model):
    """One person of a run. `kept`: on the day something stood in the way, or the rule did not concern the person any more;
    `failed`: an error came again and again."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        SPARED = "spared", _("taken out")
        ERASED = "erased", _("erased")
        KEPT = "kept", _("not erased")
        FAILED = "failed", _("an error came")

    run = models.ForeignKey(ErasureRun, models.CASCADE, related_name="items", db_index=False)
    party = models.ForeignKey(
        Party, models.PROTECT, related_name="erasure_items", verbose_name=_("whose data"), db_index=False
    )
    event_on = models.DateField(_("since"))
    due_on = models.DateField(_("time ran out on"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    spared_on = models.DateField(_("taken out on"), null=True, blank=True)
    spared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken out by")
    )
    spared_reason = models.CharField(_("why taken out"), max_length=300, blank=True)
    erasure = models.OneToOneField(Erasure, models.SET_NULL, null=True, related_name="item")

    class Meta:
        verbose_name = _("proposal to erase")
        verbose_name_plural = _("proposals to erase")
        triggers = tracked(party="party_id")
        indexes = [models.Index(fields=["run", "state", "id"], name="erasureitem_run")]
        constraints = [
            models.UniqueConstraint(fields=["party", "run"], name="erasureitem_once"),
            models.CheckConstraint(
                condition=~Q(state="spared") | Q(spared_on__isnull=False, spared_by__isnull=False),
                name="erasureitem_spared",
            ),
        ]


class RetentionCount(models.Model):
    """How many people's time had run out in an association last night, for the work queue; counted anew each night."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=RetentionKind.choices)
    people = models.PositiveIntegerField()
    counted_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "kind"], name="retentioncount_one")]
