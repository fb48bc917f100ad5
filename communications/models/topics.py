"""What letters are about, who wants which of them, and what is known of an address (COM-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from members.models import ConsentPurpose, OrgUnit, Party, UnitClosure
from members.models.triggers import refuses_merged
from members.models.units import Relation, localised

if TYPE_CHECKING:
    from members.scope import Scope


class TopicClass(models.TextChoices):
    """Only what the law or the membership demands comes to those who have refused letters."""

    STATUTORY = "statutory", _("belongs to the membership, always sent")
    MEMBER = "member", _("letter to members, can be refused")
    MARKETING = "marketing", _("marketing, only to those who have consented")


class Channel(models.IntegerChoices):
    EMAIL = 1, _("e-mail")
    SMS = 2, _("text message")
    LETTER = 3, _("letter")


class TopicQuerySet(models.QuerySet["Topic"]):
    def offered_in(self, unit_id: int) -> TopicQuerySet:
        """Topics the unit may write on: the federation's and its own, and those of the units above it."""
        above = UnitClosure.objects.filter(
            descendant=unit_id, ancestor=OuterRef("unit"), relation=Relation.ADMINISTRATIVE
        )
        return self.filter(Q(unit=None) | Q(unit=unit_id) | Exists(above), active=True)

    def visible_to(self, scope: Scope, capability: str = "messages.settings") -> TopicQuerySet:
        """One's own units' topics, to edit."""
        return self.filter(scope.unit_filter("unit", capability))


class Topic(models.Model):
    """What a letter is about. A member refuses a topic, not an association; `purpose` is what marketing asks consent for.

    The classes follow the act on electronic communications services 917/2014, section 200 (direct marketing to natural
    persons needs prior consent) and GDPR article 21 (the right to object).
    """

    unit = models.ForeignKey(
        OrgUnit, models.CASCADE, null=True, blank=True, related_name="topics", verbose_name=_("unit")
    )
    code = models.SlugField(unique=True, editable=False)
    klass = models.CharField(_("class"), max_length=10, choices=TopicClass.choices)
    purpose = models.ForeignKey(
        ConsentPurpose,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="topics",
        verbose_name=_("consent or objection it asks about"),
    )
    name_fi = models.CharField(_("name in Finnish"), max_length=80)
    name_sv = models.CharField(_("name in Swedish"), max_length=80, blank=True)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    description_fi = models.CharField(_("description in Finnish"), max_length=300, blank=True)
    description_sv = models.CharField(_("description in Swedish"), max_length=300, blank=True)
    description_en = models.CharField(_("description in English"), max_length=300, blank=True)
    active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        triggers = tracked(unit="unit_id")
        constraints = [
            models.CheckConstraint(
                condition=~Q(klass=TopicClass.MARKETING) | Q(purpose__isnull=False),
                name="topic_marketing_asks_consent",
            ),
            models.CheckConstraint(
                condition=~Q(klass=TopicClass.STATUTORY) | Q(purpose__isnull=True),
                name="topic_statutory_asks_nothing",
            ),
        ]

    def __str__(self) -> str:
        return localised(self, "name")

    @property
    def description(self) -> str:
        return localised(self, "description")

    @property
    def can_be_refused(self) -> bool:
        return self.klass != TopicClass.STATUTORY


class PreferenceSource(models.TextChoices):
    ONE_CLICK = "one_click", _("unsubscribed in the mail program")
    LINK = "link", _("chose on the page of the letter's link")
    PORTAL = "portal", _("chose in the portal")
    OFFICE = "office", _("told the office")
    COMPLAINT = "complaint", _("reported the letter as spam")


class Preference(models.Model):
    """Whether somebody wants letters of a topic by a channel. Nothing said means what the topic's class says."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="letter_preferences")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="preferences", verbose_name=_("topic"))
    channel = models.PositiveSmallIntegerField(_("channel"), choices=Channel.choices, default=Channel.EMAIL)
    wanted = models.BooleanField(_("wanted"))
    source = models.CharField(_("where it was said"), max_length=10, choices=PreferenceSource.choices)
    at = models.DateTimeField(_("said"))

    class Meta:
        triggers = combined(tracked(party="party_id"), refuses_merged("party_id"))
        constraints = [
            models.UniqueConstraint(fields=["party", "topic", "channel"], name="preference_once"),
        ]
        indexes = [
            models.Index(
                fields=["topic", "channel", "party"],
                name="preference_refused",
                condition=Q(wanted=False),
            )
        ]


class Trouble(models.TextChoices):
    """Why nothing is sent to an address."""

    NONE = "", ""
    HARD = "hard", _("the address does not exist")
    SOFT = "soft", _("letters keep coming back")
    COMPLAINT = "complaint", _("reported our letters as spam")
    OFFICE = "office", _("stopped by the office")


class AddressState(models.Model):
    """What the mail servers have said of an address: its score rises with each bounce and heals with each letter taken.

    Five points stop sending. A permanent failure gives five, a temporary one a point; a letter accepted takes one away. The
    row tells of the address, not of a person; two people may share it.
    """

    STOPS_AT = 5

    address = models.CharField(_("address"), max_length=254, unique=True)
    score = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=10, choices=Trouble.choices, blank=True)
    stopped_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=20, blank=True)
    said = models.CharField(_("what the mail server said"), max_length=200, blank=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        triggers = tracked(exclude=["accepted_at", "score"])
        indexes = [
            models.Index(
                fields=["address"], name="addressstate_stopped", condition=Q(stopped_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.address


class Look(models.Model):
    """How a unit's letters look and who they come from. What is empty comes from the unit itself or the units above."""

    unit = models.OneToOneField(OrgUnit, models.CASCADE, related_name="look")
    from_name = models.CharField(_("sender's name"), max_length=80, blank=True)
    reply_to = models.EmailField(_("replies come to"), blank=True)
    colour = models.CharField(_("colour"), max_length=7, blank=True)
    footer_fi = models.TextField(_("footer in Finnish"), max_length=500, blank=True)
    footer_sv = models.TextField(_("footer in Swedish"), max_length=500, blank=True)
    footer_en = models.TextField(_("footer in English"), max_length=500, blank=True)
    approval_limit = models.PositiveIntegerField(
        _("a second person approves letters to more than"), null=True, blank=True
    )

    class Meta:
        triggers = tracked(unit="unit_id")


class SmsState(models.TextChoices):
    ASKED = "asked", _("authorisation asked for")
    AUTHORISED = "authorised", _("authorised")
    WITHDRAWN = "withdrawn", _("withdrawn")


class SmsSender(models.Model):
    """The name a text message comes from: nothing is sent with one that has not been authorised beforehand.

    Traficom regulation 28 on sender identifiers (in force 4.5.2026): at most eleven characters, authorised before use.
    """

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="sms_senders")
    text = models.CharField(_("sender name of text messages"), max_length=11)
    state = models.CharField(_("state"), max_length=10, choices=SmsState.choices, default=SmsState.ASKED)
    authorised_on = models.DateField(_("authorised on"), null=True, blank=True)
    reference = models.CharField(_("reference of the authorisation"), max_length=60, blank=True)

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [
            models.UniqueConstraint(fields=["unit", "text"], name="smssender_once"),
            models.CheckConstraint(
                condition=~Q(state=SmsState.AUTHORISED) | Q(authorised_on__isnull=False),
                name="smssender_authorised_on",
            ),
        ]

    def __str__(self) -> str:
        return self.text
