"""Conversations of members with the people who answer in their association, region and union (COM-4, ADR 0025).

A talk belongs to a unit, its reader's right is `talks.answer` over it. Messages are only added, so they are their own history and are
not tracked; neither are files. What staff arrange about a talk (who answers, whether it is closed) is tracked by its unit, not by its party: the
member's history is read by every association of the member, what is asked of one is none of the others' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from members.models import OrgUnit, Party
from members.models.triggers import refuses_merged
from members.models.units import localised

if TYPE_CHECKING:
    from members.scope import Scope

ANSWER = "talks.answer"


class TalkState(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    WAITING = "waiting", _("waits for the member")
    ANSWERED = "answered", _("answered")
    CLOSED = "closed", _("closed")


class MessageKind(models.TextChoices):
    MEMBER = "member", _("from the member")
    STAFF = "staff", _("answer")
    NOTE = "note", _("internal note")
    MOVED = "moved", _("handed over")
    RETURNED = "returned", _("handed back")
    CLOSED = "closed", _("closed")


class TalkDesk(models.Model):
    """How a unit answers: whether it takes questions, when it is there, how soon it promises an answer.

    `hours`: seven texts from Monday, "9.00-15.30" or "" for a day when nobody is there. `promise` is counted in these hours.
    """

    unit = models.OneToOneField(OrgUnit, models.CASCADE, related_name="talk_desk", verbose_name=_("unit"))
    takes = models.BooleanField(_("takes questions from members"), default=True)
    hours = models.JSONField(_("office hours"), default=list)
    promise = models.PositiveSmallIntegerField(_("answers within, in office hours"), default=12)

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [
            models.CheckConstraint(condition=Q(promise__gte=1, promise__lte=200), name="talkdesk_promise")
        ]


class TalkTopicQuerySet(models.QuerySet["TalkTopic"]):
    def visible_to(self, scope: Scope, capability: str = "messages.settings") -> TalkTopicQuerySet:
        return self.filter(scope.unit_filter("unit", capability))


class TalkTopic(models.Model):
    """A subject on which a unit answers ("Taxation"); a question goes straight to its expert when there is one."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="talk_topics", verbose_name=_("unit"))
    name_fi = models.CharField(_("name in Finnish"), max_length=60)
    name_sv = models.CharField(_("name in Swedish"), max_length=60, blank=True)
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)
    expert = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who answers"),
    )
    active = models.BooleanField(_("offered"), default=True)

    objects = TalkTopicQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [models.UniqueConstraint(fields=["unit", "name_fi"], name="talktopic_name")]

    def __str__(self) -> str:
        return localised(self, "name")


class CannedAnswerQuerySet(models.QuerySet["CannedAnswer"]):
    def visible_to(self, scope: Scope, capability: str = ANSWER) -> CannedAnswerQuerySet:
        return self.filter(scope.unit_filter("unit", capability))


class CannedAnswer(models.Model):
    """An answer a unit gives often, in the member's language."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="canned_answers", verbose_name=_("unit"))
    title = models.CharField(_("title"), max_length=80)
    text_fi = models.TextField(_("in Finnish"), max_length=4000)
    text_sv = models.TextField(_("in Swedish"), max_length=4000, blank=True)
    text_en = models.TextField(_("in English"), max_length=4000, blank=True)

    objects = CannedAnswerQuerySet.as_manager()

    class Meta:
        triggers = tracked(unit="unit_id")
        constraints = [models.UniqueConstraint(fields=["unit", "title"], name="cannedanswer_title")]

    def __str__(self) -> str:
        return self.title

    def in_language(self, language: str) -> str:
        return getattr(self, f"text_{language}", "") or self.text_fi


class TalkQuerySet(models.QuerySet["Talk"]):
    def visible_to(self, scope: Scope, capability: str = ANSWER) -> TalkQuerySet:
        """Talks of the units within reach, and those handed over from there, of which the reader sees what was said until then."""
        handed = TalkMessage.objects.filter(talk=OuterRef("pk"), kind=MessageKind.MOVED)
        reach = scope.unit_filter("unit", capability)
        return self.filter(reach | Exists(handed.filter(scope.unit_filter("from_unit", capability))))

    def answered_by(self, scope: Scope) -> TalkQuerySet:
        """Those the person may answer now."""
        return self.filter(scope.unit_filter("unit", ANSWER))

    def waiting(self) -> TalkQuerySet:
        return self.filter(state=TalkState.OPEN)

    def late_first(self) -> TalkQuerySet:
        return self.order_by(F("due_at").asc(nulls_last=True), "-changed_at", "-pk")


class Talk(models.Model):
    """One thread. `due_at` is when the promise of the unit runs out; set while the member waits for an answer.

    `asked_at` the oldest message that waits, `minutes` the office minutes the first answer took, for the unit's usual answer time.
    """

    party = models.ForeignKey(Party, models.CASCADE, related_name="talks", verbose_name=_("member"))
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="talks", verbose_name=_("who answers"))
    topic = models.ForeignKey(
        TalkTopic, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("subject area")
    )
    subject = models.CharField(_("subject"), max_length=120)
    state = models.CharField(_("state"), max_length=8, choices=TalkState.choices, default=TalkState.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    created_at = models.DateTimeField(_("Created"))
    changed_at = models.DateTimeField(_("changed"))
    asked_at = models.DateTimeField(_("waits since"), null=True)
    due_at = models.DateTimeField(_("answer by"), null=True)
    minutes = models.PositiveIntegerField(_("answer time"), null=True)

    objects = TalkQuerySet.as_manager()

    class Meta:
        triggers = combined(
            tracked(unit="unit_id", exclude=["changed_at", "asked_at", "due_at"]), refuses_merged("party_id")
        )
        indexes = [
            models.Index(fields=["unit", "state", "due_at"], name="talk_by_due"),
            models.Index(fields=["unit", "-changed_at"], name="talk_by_change"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=TalkState.OPEN) | Q(due_at__isnull=True), name="talk_due_while_open"
            )
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_open(self) -> bool:
        return self.state == TalkState.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state == TalkState.CLOSED


class TalkMessageQuerySet(models.QuerySet["TalkMessage"]):
    def for_member(self) -> TalkMessageQuerySet:
        """All but the notes of staff to each other."""
        return self.exclude(kind=MessageKind.NOTE)


class TalkMessage(models.Model):
    """One message of a talk, or what happened to it. `unit` is who answered for the talk then; of a hand-over the new one.

    `once` is the sending of a form, `mail_id` a digest of the mail's Message-ID: neither is taken twice.
    """

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="messages", verbose_name=_("conversation"))
    kind = models.CharField(_("kind"), max_length=8, choices=MessageKind.choices)
    at = models.DateTimeField(_("time"))
    text = models.TextField(_("text"), max_length=10_000, blank=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    from_unit = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, related_name="+", verbose_name=_("handed over by")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("who wrote it")
    )
    author_name = models.CharField(_("name"), max_length=120, blank=True)
    by_email = models.BooleanField(_("by e-mail"), default=False)
    once = models.UUIDField(null=True, unique=True)
    mail_id = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 -- none is no id, and ids are unique

    objects = TalkMessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["from_unit"], name="talkmessage_from", condition=Q(from_unit__isnull=False))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_unit__isnull=True) | Q(kind__in=["moved", "returned"]),
                name="talkmessage_from_unit",
            )
        ]

    @property
    def is_event(self) -> bool:
        return self.kind in {MessageKind.MOVED, MessageKind.RETURNED, MessageKind.CLOSED}


class TalkFile(models.Model):
    """An attachment, kept in the database: it goes with its message in an erasure, and no web server can find it."""

    message = models.ForeignKey(TalkMessage, models.CASCADE, related_name="files", verbose_name=_("message"))
    name = models.CharField(_("name"), max_length=120)
    media_type = models.CharField(_("kind"), max_length=80)
    size = models.PositiveIntegerField(_("size"))
    content = models.BinaryField(_("content"))

    def __str__(self) -> str:
        return self.name


class TalkAddress(models.Model):
    """The signed address one answers a talk at by e-mail: the member's (`user` empty) or one staff person's."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="addresses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["talk", "user"], nulls_distinct=False, name="talkaddress_once")
        ]
