"""Requests of people about their own data, with the deadline of the law; and what an erasure did (REG-14)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from members.models.memberships import Membership
from members.models.parties import Party
from members.models.triggers import refuses_merged
from members.models.units import OrgUnit

if TYPE_CHECKING:
    from members.scope import Scope

# GDPR article 12(3): without undue delay and within one month, which two further months may extend.
ANSWERED_WITHIN, EXTENDED_TO = relativedelta(months=1), relativedelta(months=3)


class RequestKind(models.TextChoices):
    """GDPR articles 15, 16, 17, 18 and 21."""

    ACCESS = "access", _("see the data")
    CORRECTION = "correction", _("correct the data")
    ERASURE = "erasure", _("erase the data")
    RESTRICTION = "restriction", _("restrict the use of the data")
    OBJECTION = "objection", _("object to the use of the data")


class RequestState(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    DONE = "done", _("done")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("taken back")


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def visible_to(self, scope: Scope, capability: str = "privacy.handle") -> DataRequestQuerySet:
        """Those of the associations whose requests the scope handles."""
        return self.filter(scope.unit_filter("unit", capability))

    def waiting(self) -> DataRequestQuerySet:
        return self.filter(state=RequestState.OPEN)

    def overdue(self, on: date) -> DataRequestQuerySet:
        return self.waiting().filter(due_on__lt=on)


class DataRequest(models.Model):
    """One request; `unit` is the association that answers. `due_on` is the last day of the answer."""

    class Channel(models.TextChoices):
        PORTAL = "portal", _("in the member service")
        OFFICE = "office", _("told to the office")

    class Told(models.TextChoices):
        PORTAL = "portal", _("on one's own pages")
        EMAIL = "email", _("by e-mail")
        LETTER = "letter", _("by letter")

    party = models.ForeignKey(
        Party, models.CASCADE, related_name="data_requests", verbose_name=_("whose data"), db_index=False
    )
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="+", verbose_name=_("who answers"), db_index=False
    )
    kind = models.CharField(_("what is asked"), max_length=12, choices=RequestKind.choices)
    channel = models.CharField(_("how it came"), max_length=8, choices=Channel.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=RequestState.choices, default=RequestState.OPEN
    )
    text = models.CharField(_("request in words"), max_length=1000, blank=True)
    received_on = models.DateField(_("received on"))
    due_on = models.DateField(_("answer by"))
    # Who wrote it down: somebody else carries an erasure out.
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("entered by")
    )
    extended_on = models.DateField(_("extended on"), null=True, blank=True)
    extension_reason = models.CharField(_("why it takes longer"), max_length=300, blank=True)
    answer = models.CharField(_("answer"), max_length=1000, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    # When and how the person was told of the answer, or until there is one of the longer time.
    told_on = models.DateField(_("told to the person on"), null=True, blank=True)
    told_how = models.CharField(_("told how"), max_length=8, choices=Told.choices, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handled by"),
    )

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about one's data")
        verbose_name_plural = _("requests about one's data")
        triggers = combined(tracked(party="party_id", unit="unit_id"), refuses_merged("party_id"))
        indexes = [
            models.Index(fields=["party", "id"], name="datarequest_party"),
            models.Index(fields=["unit", "due_on"], name="datarequest_due", condition=Q(state="open")),
            models.Index(fields=["unit", "-id"], name="datarequest_unit"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["party", "kind"],
                condition=Q(state="open") & ~Q(kind="correction"),
                name="datarequest_one_waits",
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_on=None) | ~Q(state="open") & Q(answered_on__isnull=False),
                name="datarequest_answered",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(answer=""), name="datarequest_refusal_says_why"
            ),
            models.CheckConstraint(
                condition=Q(told_on=None, told_how="") | Q(told_on__isnull=False) & ~Q(told_how=""),
                name="datarequest_told_how",
            ),
            models.CheckConstraint(condition=Q(due_on__gt=F("received_on")), name="datarequest_due_later"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.received_on.isoformat()}"

    @property
    def is_open(self) -> bool:
        return self.state == RequestState.OPEN

    @property
    def is_extended(self) -> bool:
        return bool(self.extension_reason)

    def is_overdue(self, on: date) -> bool:
        return self.is_open and self.due_on < on


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def visible_to(self, scope: Scope, capability: str = "privacy.handle") -> ErasureQuerySet:
        """Of people who were members of an association whose requests the scope handles, and what answered a request there; of
        people who were no members, those the central union or the run of the rules answers for."""
        memberships = Membership.objects.filter(party_id=OuterRef("party_id"))
        units = sorted(scope.unit_ids(capability))
        return self.filter(
            Exists(memberships.filter(scope.unit_filter("unit", capability)))
            | Q(request__unit__in=units)
            | Q(~Exists(memberships), item__run__units__contained_by=units)
        )


class Erasure(models.Model):
    """One erasure and its receipt: numbers and rules, and nothing that tells who it was.

    `receipt` is {"gone": [[table, rows]], "stays": [[table, rows, hold, last day or null]]}. `again_on` is the day after which
    something that stayed has no reason any more.
    """

    party = models.ForeignKey(Party, models.PROTECT, related_name="erasures")
    request = models.ForeignKey(DataRequest, models.SET_NULL, null=True, related_name="erasures")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    mutation_id = models.UUIDField(editable=False)
    erased_at = models.DateTimeField(_("erased"))
    receipt = models.JSONField(default=dict)
    again_on = models.DateField(null=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        triggers = tracked(party="party_id")
        indexes = [
            models.Index(fields=["again_on"], name="erasure_again", condition=Q(again_on__isnull=False))
        ]
