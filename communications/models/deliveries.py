"""The outbox: one row for each message to each recipient, bulk and single alike (design: claim, mark, send, settle)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communications.models.mailings import Mailing
from communications.models.topics import Channel
from members.models import OrgUnit, Party

if TYPE_CHECKING:
    from members.scope import Scope


class State(models.IntegerChoices):
    """planned → claimed → attempting → accepted | deferred (comes again) | rejected | uncertain; suppressed is never sent."""

    PLANNED = 0, _("waits")
    CLAIMED = 1, _("next in turn")
    ATTEMPTING = 2, _("being sent")
    ACCEPTED = 3, _("sent")
    UNCERTAIN = 4, _("not known whether it arrived")
    DEFERRED = 5, _("tried again later")
    REJECTED = 6, _("refused")
    SUPPRESSED = 7, _("not sent")
    CANCELLED = 8, _("cancelled")


UNSENT = (State.PLANNED, State.DEFERRED)
UNDER_WAY = (State.PLANNED, State.CLAIMED, State.ATTEMPTING, State.DEFERRED)


class Reason(models.TextChoices):
    """Why somebody among the recipients gets nothing, or did not."""

    NONE = "", ""
    NO_ADDRESS = "no_address", _("no e-mail address")
    REFUSED = "refused", _("has refused letters of the topic")
    NO_CONSENT = "no_consent", _("has not consented")
    OBJECTS = "objects", _("has objected or its use is restricted")
    ADDRESS_STOPPED = "address_stopped", _("the address does not work")
    SAME_ADDRESS = "same_address", _("the same address gets it already")
    DECEASED = "deceased", _("has died")
    NO_LANGUAGE = "no_language", _("the letter has no words in the language")
    BAD_ADDRESS = "bad_address", _("the address is not one")
    REFUSED_BY_SERVER = "server", _("the receiving server refused")
    GAVE_UP = "gave_up", _("the receiving server did not take it in time")
    CANCELLED = "cancelled", _("sending was cancelled")
    BOUNCED = "bounced", _("came back")
    NOT_RENDERED = "not_rendered", _("could not be made")
    LEFT = "left", _("looked at and let be")


class Klass(models.IntegerChoices):
    """What happens to a message of which it is not known whether it left: the first two are sent again, the others are told."""

    TRANSACTIONAL = 0, _("message about a matter of one's own")
    STATUTORY = 1, _("belongs to the membership")
    MEMBER = 2, _("letter to members")
    MARKETING = 3, _("marketing")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, scope: Scope, capability: str = "messages.view") -> DeliveryQuerySet:
        """Addresses are contact data: field class B. Who gets a letter that is not listed is not shown to anybody."""
        unlisted = Mailing.objects.filter(unlisted=True).order_by().values("pk")
        return self.filter(scope.unit_filter("unit", capability, "B")).exclude(mailing__in=unlisted)


class Delivery(models.Model):
    """One message to one recipient. Never a body: a letter's words are its MailingVersion, a single mail's its template.

    `vars` holds the recipient's own words as they were at the freeze, or the facts of a single mail. Millions of these come and
    go, and each change of state is the machine's: they are not in the history, the contact log tells what was sent. The database
    checks no keys of theirs: the freeze reads them from the very rows, and three checks a row took half of its time.
    """

    mailing = models.ForeignKey(
        Mailing,
        models.CASCADE,
        null=True,
        related_name="deliveries",
        db_index=False,
        db_constraint=False,
    )
    template = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=40)
    klass = models.PositiveSmallIntegerField(choices=Klass.choices, default=Klass.TRANSACTIONAL)
    unit = models.ForeignKey(
        OrgUnit, models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    party = models.ForeignKey(
        Party, models.SET_NULL, null=True, related_name="deliveries", db_constraint=False
    )
    channel = models.PositiveSmallIntegerField(_("channel"), choices=Channel.choices, default=Channel.EMAIL)
    name = models.CharField(max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=254, blank=True)
    address_key = models.CharField(_("address in comparable form"), max_length=254, blank=True)
    language = models.CharField(max_length=2, default="fi")
    vars = models.JSONField(_("what the message was made of"), default=dict)
    reply_to = models.CharField(_("replies come to"), max_length=254, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    attachment = models.JSONField(default=dict)
    lane = models.PositiveSmallIntegerField(default=0)
    state = models.PositiveSmallIntegerField(choices=State.choices, default=State.PLANNED)
    reason = models.CharField(_("why not sent"), max_length=16, choices=Reason.choices, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    worker = models.UUIDField(null=True)
    done_at = models.DateTimeField(_("when it was sent"), null=True)
    code = models.CharField(_("code of the mail server"), max_length=20, blank=True)
    said = models.CharField(_("what the mail server said"), max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "party", "channel"],
                name="delivery_once",
                condition=Q(mailing__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["mailing", "address_key"],
                name="delivery_address_once",
                condition=Q(mailing__isnull=False, klass__gte=2, channel=1) & ~Q(state=7),
            ),
        ]
        indexes = [
            models.Index(
                fields=["mailing", "lane", "next_at", "id"],
                name="delivery_turn",
                condition=Q(mailing__isnull=False, state__in=[0, 5]),
            ),
            models.Index(
                fields=["klass", "next_at", "id"],
                name="delivery_single_turn",
                condition=Q(mailing__isnull=True, state__in=[0, 5]),
            ),
            models.Index(fields=["leased_until"], name="delivery_leased", condition=Q(state__in=[1, 2])),
            models.Index(fields=["unit", "-id"], name="delivery_unit", condition=Q(mailing__isnull=True)),
        ]
