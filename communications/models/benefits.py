"""Partners and the benefits they give to members (COM-9)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from communications.models.announcements import ContentState
from communications.permissions import CONTENT
from communications.readers import Reader, segments_with
from jasenpalvelu.audit.triggers import tracked
from jasenpalvelu.common import richtext
from members.models import OrgUnit, Party, Segment
from members.models.triggers import refuses_merged
from members.models.units import localised

if TYPE_CHECKING:
    from jasenpalvelu.accounts.models import User
    from members.scope import Scope

INVITED = timedelta(days=14)
# Who used a benefit that is used once stays known so long after the benefit is over.
HOLDER_KEPT = timedelta(days=90)
CODE_LIVES = timedelta(minutes=15)


class PartnerQuerySet(models.QuerySet["Partner"]):
    def visible_to(self, scope: Scope) -> PartnerQuerySet:
        return self.filter(scope.unit_filter("unit", CONTENT))

    def of_login(self, user: User) -> PartnerQuerySet:
        """The partners in whose name the login acts."""
        return self.filter(ended_on__isnull=True, logins__user=user.pk, logins__ended_at__isnull=True)


class Partner(models.Model):
    """An organisation with which a unit has agreed on benefits. `organisation` where it stands in the register as well."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="partners", verbose_name=_("unit"))
    organisation = models.ForeignKey(
        Party,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="partnerships",
        verbose_name=_("organisation in the register"),
    )
    name = models.CharField(_("name"), max_length=120)
    text_fi = models.TextField(_("text in Finnish"), blank=True)
    text_sv = models.TextField(_("text in Swedish"), blank=True)
    text_en = models.TextField(_("text in English"), blank=True)
    website = models.URLField(_("website"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        triggers = tracked(unit="unit_id")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(ended_on__isnull=True), name="partner_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def html(self) -> str:
        return richtext.draw(localised(self, "text"))


class PartnerLogin(models.Model):
    """Somebody who acts for a partner: invited by e-mail, then a login. It gives no right in the register."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="logins")
    email = models.EmailField(_("e-mail"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="partner_logins"
    )
    invited_at = models.DateTimeField(_("invited"))
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        triggers = tracked(unit="(SELECT p.unit_id FROM communications_partner p WHERE p.id = r.partner_id)")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "email"], condition=Q(ended_at__isnull=True), name="partnerlogin_once"
            )
        ]


class Use(models.TextChoices):
    CARD = "card", _("Show the membership card")
    CODE = "code", _("A code to give when ordering")
    LINK = "link", _("A link to the offer")


class BenefitQuerySet(models.QuerySet["Benefit"]):
    def visible_to(self, scope: Scope) -> BenefitQuerySet:
        return self.filter(scope.unit_filter("unit", CONTENT))

    def shown_on(self, on: date) -> BenefitQuerySet:
        return self.filter(
            state=ContentState.PUBLISHED, partner__ended_on__isnull=True, valid_from__lte=on
        ).filter(Q(valid_until__isnull=True) | Q(valid_until__gte=on))

    def for_reader(self, reader: Reader) -> BenefitQuerySet:
        """What the member may use today: of their units and of those above, by segment; the place does not decide."""
        shown = self.shown_on(reader.on).filter(unit__in=reader.above)
        aimed = shown.filter(segment__isnull=False)
        pairs = aimed.order_by().values_list("segment_id", "unit_id").distinct()
        meant = Q(segment__isnull=True)
        for segment, unit in segments_with(reader.party_id, list(pairs), reader.on):
            meant |= Q(segment=segment, unit=unit)
        return shown.filter(meant)


class Benefit(models.Model):
    """What a partner gives. `municipalities`: where it can be used, empty for everywhere; members nearby see it first."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="benefits", verbose_name=_("unit"))
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="benefits", verbose_name=_("partner"))
    title_fi = models.CharField(_("heading in Finnish"), max_length=120, blank=True)
    title_sv = models.CharField(_("heading in Swedish"), max_length=120, blank=True)
    title_en = models.CharField(_("heading in English"), max_length=120, blank=True)
    text_fi = models.TextField(_("text in Finnish"), blank=True)
    text_sv = models.TextField(_("text in Swedish"), blank=True)
    text_en = models.TextField(_("text in English"), blank=True)
    use = models.CharField(_("how it is used"), max_length=4, choices=Use.choices, default=Use.CARD)
    code = models.CharField(_("code"), max_length=40, blank=True)
    link = models.URLField(_("link"), max_length=500, blank=True)
    single_use = models.BooleanField(_("once for each member"), default=False)
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("segment")
    )
    municipalities = ArrayField(
        models.CharField(max_length=3), verbose_name=_("municipalities"), default=list, blank=True
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ContentState.choices, default=ContentState.DRAFT
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = BenefitQuerySet.as_manager()

    class Meta:
        verbose_name = _("benefit")
        verbose_name_plural = _("benefits")
        triggers = tracked(unit="unit_id")
        constraints = [
            models.CheckConstraint(
                condition=~Q(title_fi="", title_sv="", title_en=""), name="benefit_has_heading"
            ),
            models.CheckConstraint(condition=~Q(use="code") | ~Q(code=""), name="benefit_code"),
            models.CheckConstraint(condition=~Q(use="link") | ~Q(link=""), name="benefit_link"),
            models.CheckConstraint(
                condition=Q(single_use=False) | Q(use="card"), name="benefit_once_by_card"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="benefit_period",
            ),
        ]
        indexes = [models.Index(fields=["unit", "state"], name="benefit_shown")]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_language(self) -> str:
        wanted = (get_language() or "fi")[:2]
        return next((c for c in (wanted, "fi", "sv", "en") if getattr(self, f"title_{c}", "")), wanted)

    @property
    def other_language(self) -> str:
        return "" if self.shown_language == (get_language() or "fi")[:2] else self.shown_language

    @property
    def title(self) -> str:
        return localised(self, "title", self.shown_language)

    @property
    def html(self) -> str:
        return richtext.draw(localised(self, "text", self.shown_language))

    @property
    def beginning(self) -> str:
        return richtext.words(localised(self, "text", self.shown_language), 140)


class ProposalState(models.TextChoices):
    WAITING = "waiting", _("waits")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("not accepted")
    REPLACED = "replaced", _("replaced by a newer one")


class PartnerProposalQuerySet(models.QuerySet["PartnerProposal"]):
    def visible_to(self, scope: Scope) -> PartnerProposalQuerySet:
        return self.filter(scope.unit_filter("partner__unit", CONTENT))

    def waiting(self) -> PartnerProposalQuerySet:
        return self.filter(state=ProposalState.WAITING)


class PartnerProposal(models.Model):
    """A partner's own edit, seen by nobody before the unit accepts it. `benefit` is empty for the partner's own text and for
    a benefit that is proposed (`new`). `values` are the typed fields."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="proposals")
    benefit = models.ForeignKey(Benefit, models.CASCADE, null=True, related_name="proposals")
    new = models.BooleanField(_("a new benefit"), default=False)
    values = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=8, choices=ProposalState.choices, default=ProposalState.WAITING
    )
    reason = models.CharField(_("why"), max_length=300, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = PartnerProposalQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="(SELECT p.unit_id FROM communications_partner p WHERE p.id = r.partner_id)")
        indexes = [
            models.Index(fields=["partner"], name="partnerproposal_waiting", condition=Q(state="waiting"))
        ]


class Redemption(models.Model):
    """A benefit was used on a day by a member of a unit. Who it was is known of a benefit that is used once only, so that it is
    not used twice, and is forgotten when that is over. Not tracked: it is a count, written at a till.

    `token` is one sending of the form at the till: sent twice it is one use.
    """

    benefit = models.ForeignKey(
        Benefit, models.CASCADE, related_name="redemptions", db_index=False, verbose_name=_("benefit")
    )
    on = models.DateField(_("used on"))
    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="+", verbose_name=_("unit"))
    party = models.ForeignKey(Party, models.SET_NULL, null=True, related_name="+")
    token = models.UUIDField(unique=True, null=True)

    class Meta:
        triggers = refuses_merged("party_id")
        constraints = [
            models.UniqueConstraint(
                fields=["benefit", "party"], condition=Q(party__isnull=False), name="redemption_once"
            )
        ]
        indexes = [models.Index(fields=["benefit", "on"], name="redemption_of_benefit")]


class BenefitCode(models.Model):
    """A code that a member shows where the card's own cannot be read. It lives for CODE_LIVES; not tracked."""

    code = models.CharField(max_length=12, unique=True)
    party = models.ForeignKey(Party, models.CASCADE, related_name="+")
    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        triggers = refuses_merged("party_id")
        indexes = [models.Index(fields=["made_at"], name="benefitcode_age")]
