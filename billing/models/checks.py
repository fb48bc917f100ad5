"""Rounds in which payers look at the data they will be billed by: who was asked, who answered, what they would correct (REG-16)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import tracked
from members.models import FeeBasisKind, Holding, Membership, OrgUnit, Party, Segment

if TYPE_CHECKING:
    from members.scope import Scope


class CheckRoundQuerySet(models.QuerySet["CheckRound"]):
    def visible_to(self, scope: Scope, capability: str = "members.edit") -> CheckRoundQuerySet:
        """Rounds of associations all of which the person handles contacts and fee bases of: the unit that began one may
        reach further than the person does, or reach an association no more."""
        return self.filter(units__contained_by=sorted(scope.unit_ids(capability, "BC")))


class CheckRound(models.Model):
    """One asking of the payers of some associations. `types` and `segment` narrow whose memberships it is about."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="check_rounds", verbose_name=_("unit"))
    title = models.CharField(_("title"), max_length=120)
    year = models.PositiveSmallIntegerField(_("fee year"))
    units = ArrayField(models.BigIntegerField(), verbose_name=_("associations"))
    types = ArrayField(models.CharField(max_length=20), verbose_name=_("types"), default=list, blank=True)
    segment = models.ForeignKey(
        Segment, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("segment")
    )
    answer_by = models.DateField(_("answers by"), help_text=_("Links and codes work until this day."))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, help_text="Since when it is known who is asked")
    closed_at = models.DateTimeField(null=True)
    job_id = models.UUIDField(null=True)

    objects = CheckRoundQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="unit_id", exclude=["created_at"])
        constraints = [
            models.CheckConstraint(condition=~Q(units=[]), name="checkround_of_somebody"),
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, on: date) -> bool:
        """Whether answers are taken on the day."""
        return self.opened_at is not None and self.closed_at is None and on <= self.answer_by


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    LETTER = "letter", _("letter")


class Answer(models.TextChoices):
    NONE = "", _("no answer")
    CONFIRMED = "confirmed", _("confirmed")
    CORRECTED = "corrected", _("corrected")


class Via(models.TextChoices):
    NOWHERE = "", _("nowhere")
    LINK = "link", _("link in an e-mail")
    CODE = "code", _("code in a letter")
    PORTAL = "portal", _("own pages")


class DataCheckQuerySet(models.QuerySet["DataCheck"]):
    def visible_to(self, scope: Scope, capability: str = "members.edit") -> DataCheckQuerySet:
        return self.filter(round__units__contained_by=sorted(scope.unit_ids(capability, "BC")))

    def open(self, on: date) -> DataCheckQuerySet:
        """Of rounds that take answers on the day."""
        return self.filter(
            round__opened_at__isnull=False, round__closed_at__isnull=True, round__answer_by__gte=on
        )

    def silent(self) -> DataCheckQuerySet:
        return self.filter(answer=Answer.NONE)


class DataCheck(models.Model):
    """One payer of a round. `version` counts the links given: raising it makes earlier ones void, and `code_version` so what
    was opened with an earlier code. Of a code only its keyed digest is kept; the code itself stands on paper only."""

    round = models.ForeignKey(
        CheckRound, models.CASCADE, related_name="checks", verbose_name=_("round of checks")
    )
    payer = models.ForeignKey(Party, models.PROTECT, related_name="data_checks", verbose_name=_("payer"))
    channel = models.CharField(_("sent by"), max_length=6, choices=Channel.choices)
    version = models.PositiveSmallIntegerField(default=1)
    code_digest = models.CharField(max_length=64, blank=True)
    code_version = models.PositiveSmallIntegerField(default=1)
    code_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Who made the letter with the code",
    )
    sent_at = models.DateTimeField(_("sent"), null=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    answer = models.CharField(_("answer"), max_length=9, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    via = models.CharField(_("answered through"), max_length=6, choices=Via.choices, blank=True)

    objects = DataCheckQuerySet.as_manager()

    class Meta:
        triggers = tracked(
            party="payer_id", exclude=["code_digest", "code_version", "code_by_id", "opened_at", "version"]
        )
        constraints = [
            models.UniqueConstraint(fields=["round", "payer"], name="datacheck_once"),
            models.UniqueConstraint(
                fields=["code_digest"], condition=~Q(code_digest=""), name="datacheck_code"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="datacheck_answer_has_time",
            ),
        ]
        indexes = [models.Index(fields=["round", "answer", "id"], name="datacheck_of_round")]


class ProposalKind(models.TextChoices):
    BASIS = "basis", _("fee basis")
    EMAIL = "email", _("e-mail address")
    OTHER = "other", _("something else")


class ProposalState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    REPLACED = "replaced", _("replaced by a later one")


class DataProposalQuerySet(models.QuerySet["DataProposal"]):
    def visible_to(self, scope: Scope, capability: str = "members.edit") -> DataProposalQuerySet:
        """Those on which the person may decide: who may write the value that is proposed.

        A fee basis is of a holding, whoever pays for it. What is said in words is of the round, and of the associations in
        which the payer is a member, because those know; a member's e-mail address is of the latter alone. What an order
        hides is also of its custodians: they alone may look at it.
        """
        member = Membership.objects.filter(
            party_id=OuterRef("check_of__payer_id"), state__in=("active", "lapsed")
        )
        mine = Q(Exists(member.filter(scope.unit_filter("unit", capability, "BC"))))
        asked = Q(check_of__round__units__contained_by=sorted(scope.unit_ids(capability, "BC")))
        holdings = Holding.objects.visible_to(scope, capability)
        custodial = Exists(member.filter(scope.unit_filter("unit", "nondisclosure.unmask", "E")))
        return self.filter(
            Q(custodial, ~Q(kind=ProposalKind.BASIS), check_of__payer__non_disclosure=True)
            | Q(kind=ProposalKind.BASIS, holding__in=holdings)
            | Q(kind=ProposalKind.EMAIL) & (mine | asked & ~Exists(member))
            | Q(kind=ProposalKind.OTHER) & (mine | asked)
        )

    def waiting(self) -> DataProposalQuerySet:
        return self.filter(state=ProposalState.WAITING)


class DataProposal(models.Model):
    """What a payer says should be otherwise. It changes nothing until the office accepts it."""

    check_of = models.ForeignKey(DataCheck, models.CASCADE, related_name="proposals")
    kind = models.CharField(_("about"), max_length=6, choices=ProposalKind.choices)
    holding = models.ForeignKey(Holding, models.CASCADE, null=True, verbose_name=_("holding"))
    basis = models.ForeignKey(FeeBasisKind, models.PROTECT, null=True, verbose_name=_("basis"))
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, related_name="+", verbose_name=_("in the area of")
    )
    before = models.DecimalField(_("now"), max_digits=12, decimal_places=2, null=True)
    value = models.DecimalField(
        _("proposed"), max_digits=12, decimal_places=2, null=True, validators=[MinValueValidator(0)]
    )
    was = models.CharField(_("e-mail address now"), max_length=254, blank=True)
    text = models.CharField(_("in words"), max_length=400, blank=True)
    via = models.CharField(_("answered through"), max_length=6, choices=Via.choices, blank=True)
    code_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Who made the letter whose code was used: they have seen the code",
    )
    made_at = models.DateTimeField(_("made"))
    state = models.CharField(
        _("state"), max_length=8, choices=ProposalState.choices, default=ProposalState.WAITING
    )
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = DataProposalQuerySet.as_manager()

    class Meta:
        triggers = tracked(
            party="(SELECT c.payer_id FROM billing_datacheck c WHERE c.id = r.check_of_id)",
            holding="holding_id",
        )
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="basis", holding__isnull=False, basis__isnull=False, value__isnull=False))
                | (~Q(kind="basis") & ~Q(text="")),
                name="dataproposal_says_something",
            ),
            models.UniqueConstraint(
                fields=["check_of", "kind", "holding", "basis", "unit"],
                condition=Q(state="waiting"),
                nulls_distinct=False,
                name="dataproposal_one_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["check_of"], name="dataproposal_waiting", condition=Q(state="waiting"))
        ]
