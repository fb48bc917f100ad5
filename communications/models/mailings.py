"""A letter to many: what it says in each language, to whom, and how far it has come (COM-1, COM-2)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communications.models.surveys import Survey
from communications.models.topics import Topic
from jasenpalvelu.audit.triggers import combined, immutable_when, tracked
from jasenpalvelu.jobs.models import Job
from members.models import OrgUnit, Segment

if TYPE_CHECKING:
    from members.scope import Scope


class MailingKind(models.TextChoices):
    NEWSLETTER = "newsletter", _("newsletter")
    INVITATION = "invitation", _("invitation to answer")
    SMS = "sms", _("text message")


class MailingState(models.TextChoices):
    """draft → waiting (for a second person) → scheduled → frozen (five minutes to regret) → sending ⇄ paused → done."""

    DRAFT = "draft", _("draft")
    WAITING = "waiting", _("waits for approval")
    SCHEDULED = "scheduled", _("scheduled")
    FROZEN = "frozen", _("about to leave")
    SENDING = "sending", _("being sent")
    PAUSED = "paused", _("paused")
    DONE = "done", _("sent")
    CANCELLED = "cancelled", _("cancelled")


# What may still be written; after it the words are final.
OPEN_STATES = (MailingState.DRAFT, MailingState.WAITING, MailingState.SCHEDULED)
RELEASED = (MailingState.FROZEN, MailingState.SENDING, MailingState.PAUSED, MailingState.DONE)
UNDER_WAY = (MailingState.SCHEDULED, MailingState.FROZEN, MailingState.SENDING, MailingState.PAUSED)


class Archive(models.TextChoices):
    NONE = "none", _("not kept for reading")
    MEMBERS = "members", _("members can read it in the portal")
    PUBLIC = "public", _("anybody can read it")


class MailingQuerySet(models.QuerySet["Mailing"]):
    def visible_to(self, scope: Scope, capability: str = "messages.view") -> MailingQuerySet:
        return self.letters().filter(scope.unit_filter("unit", capability))

    def letters(self) -> MailingQuerySet:
        """Without the rounds of surveys, which stand on their survey's page."""
        return self.exclude(kind=MailingKind.INVITATION)

    def under_way(self) -> MailingQuerySet:
        return self.filter(state__in=UNDER_WAY)


class Mailing(models.Model):
    """`sender` is whose reach the recipients are counted in: nobody writes to whom they do not reach.

    Without a segment it goes to all members of the unit and of those below it. `summary` holds the figures of a letter that has
    been sent: planned, by state, reason, unit and language; its deliveries are deleted after their time.

    A round of a survey asks those who were invited to it; `reminding`, those who have not answered. Of an `unlisted` one nobody is shown
    who gets it, as that would tell who has not answered.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="mailings", verbose_name=_("in whose name")
    )
    kind = models.CharField(max_length=12, choices=MailingKind.choices, default=MailingKind.NEWSLETTER)
    title = models.CharField(_("name of the letter"), max_length=120)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="mailings", verbose_name=_("topic"))
    segment = models.ForeignKey(
        Segment, models.SET_NULL, null=True, blank=True, related_name="mailings", verbose_name=_("to whom")
    )
    audience = models.JSONField(default=dict, editable=False)
    survey = models.ForeignKey(Survey, models.PROTECT, null=True, related_name="rounds", editable=False)
    reminding = models.BooleanField(default=False, editable=False)
    unlisted = models.BooleanField(default=False, editable=False)
    paper = models.BooleanField(_("on paper for those without e-mail"), default=False)
    archive = models.CharField(_("archive"), max_length=8, choices=Archive.choices, default=Archive.MEMBERS)
    reply_to = models.EmailField(_("replies come to"), blank=True)
    state = models.CharField(max_length=10, choices=MailingState.choices, default=MailingState.DRAFT)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    scheduled_at = models.DateTimeField(_("to be sent at"), null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, editable=False)
    release_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    summary = models.JSONField(default=dict, editable=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", editable=False)

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        triggers = tracked(unit="unit_id", exclude=["changed_at", "summary"])
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=RELEASED) | Q(frozen_at__isnull=False), name="mailing_frozen_at"
            ),
            models.CheckConstraint(
                condition=~Q(state=MailingState.SCHEDULED) | Q(scheduled_at__isnull=False),
                name="mailing_scheduled_at",
            ),
            models.CheckConstraint(
                condition=Q(kind=MailingKind.INVITATION, survey__isnull=False)
                | ~Q(kind=MailingKind.INVITATION) & Q(survey=None, reminding=False, unlisted=False),
                name="mailing_round_of_survey",
            ),
            # Two presses at once make one round.
            models.UniqueConstraint(
                fields=["survey"],
                condition=Q(survey__isnull=False, state__in=UNDER_WAY),
                name="mailing_one_round",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-changed_at", "-id"], name="mailing_list"),
            models.Index(
                fields=["state", "scheduled_at"],
                name="mailing_due",
                condition=Q(state__in=["scheduled", "frozen", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class MailingVersion(models.Model):
    """The letter in one language: `blocks` as edited; `html` and `text` with their merge fields, made at the freeze, final then.

    Merge fields stand as {{first_name}} in subject, html and text; what each recipient gets is in Delivery.vars.
    """

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="versions")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=150, blank=True)
    preheader = models.CharField(_("preview text"), max_length=150, blank=True)
    blocks = models.JSONField(default=list)
    html = models.TextField(blank=True, editable=False)
    text = models.TextField(blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        triggers = combined(
            tracked(
                unit="(SELECT m.unit_id FROM communications_mailing m WHERE m.id = r.mailing_id)",
                exclude=["html", "text"],
            ),
            immutable_when("OLD.sha256 <> ''"),
        )
        constraints = [
            models.UniqueConstraint(fields=["mailing", "language"], name="mailingversion_once"),
        ]
