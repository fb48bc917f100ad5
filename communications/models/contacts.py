"""The contact log: everything sent to, received from and agreed with a member, one narrow row each (COM-3).

Partitioned by the year of `at` (migration, `services.partitions`): fifty letters a year to 300 000 members are fifteen million rows. No bodies:
what was said stands in its own place, `reference` leads there ("talk:12", "note:7", "letter:3"). Not tracked: rows are written by senders, never
edited, and an audit row for each would be larger than the row. What people write by hand is a `ContactNote`, which is tracked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communications.keeping import ROUTINE, SAID, STATUTORY
from jasenpalvelu.audit.triggers import combined, tracked
from members.models import OrgUnit, Party
from members.models.triggers import refuses_merged

if TYPE_CHECKING:
    from members.scope import Scope


class ContactChannel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    LETTER = "letter", _("letter")
    SMS = "sms", _("text message")
    PHONE = "phone", _("phone call")
    VISIT = "visit", _("visit")
    PORTAL = "portal", _("member service")
    MEETING = "meeting", _("meeting")


class ContactDirection(models.TextChoices):
    IN = "in", _("from the member")
    OUT = "out", _("to the member")


class ContactEntryQuerySet(models.QuerySet["ContactEntry"]):
    def visible_to(self, scope: Scope, capability: str = "messages.view") -> ContactEntryQuerySet:
        """What units within reach have said: what another association tells its member is not this one's to read."""
        return self.filter(scope.unit_filter("unit", capability, "B"))

    def of(self, party_ids: Iterable[int]) -> ContactEntryQuerySet:
        return self.filter(party__in=list(party_ids))

    def newest_first(self) -> ContactEntryQuerySet:
        return self.order_by("-at", "-pk")


class ContactEntry(models.Model):
    """In the database the key is (id, at), as partitioning demands; `id` comes from one sequence and is unique by itself."""

    party = models.ForeignKey(
        Party, models.CASCADE, related_name="+", db_index=False, verbose_name=_("member")
    )
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("association")
    )
    at = models.DateTimeField(_("time"))
    channel = models.CharField(_("channel"), max_length=8, choices=ContactChannel.choices)
    direction = models.CharField(_("direction"), max_length=3, choices=ContactDirection.choices)
    kind = models.CharField(_("kind"), max_length=40)
    summary = models.CharField(_("in short"), max_length=200, blank=True)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    status = models.CharField(_("state"), max_length=12, blank=True)
    keep = models.CharField(
        _("kept as"),
        max_length=9,
        choices=[(ROUTINE, _("routine")), (SAID, _("said or agreed")), (STATUTORY, _("notice of the law"))],
        default=ROUTINE,
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("who did it"),
    )

    objects = ContactEntryQuerySet.as_manager()

    class Meta:
        # The same stand in the migration's SQL, because the table is partitioned.
        indexes = [
            models.Index(fields=["party", "-at", "-id"], name="contactentry_of_party"),
            models.Index(
                fields=["reference"], name="contactentry_reference", condition=~models.Q(reference="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}".strip()


class ContactNoteQuerySet(models.QuerySet["ContactNote"]):
    def visible_to(self, scope: Scope, capability: str = "messages.view") -> ContactNoteQuerySet:
        return self.filter(scope.unit_filter("unit", capability, "B"))


class ContactNote(models.Model):
    """A call, a visit or an agreement written down by hand; its place in the timeline is a `ContactEntry` "note:<id>".

    The member reads it too: whoever keeps notes about a person shows them to that person (GDPR article 15).
    """

    CHANNELS = tuple(channel for channel in ContactChannel if channel != ContactChannel.PORTAL)

    party = models.ForeignKey(Party, models.CASCADE, related_name="contact_notes", verbose_name=_("member"))
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", verbose_name=_("association"))
    at = models.DateTimeField(_("time"))
    channel = models.CharField(_("channel"), max_length=8, choices=[(c.value, c.label) for c in CHANNELS])
    direction = models.CharField(_("direction"), max_length=3, choices=ContactDirection.choices)
    text = models.CharField(_("what was said or agreed"), max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who wrote it")
    )
    created_at = models.DateTimeField(_("Created"), editable=False)

    objects = ContactNoteQuerySet.as_manager()

    class Meta:
        triggers = combined(
            tracked(party="party_id", unit="unit_id", exclude=["created_at"]), refuses_merged("party_id")
        )
        indexes = [models.Index(fields=["at"], name="contactnote_at")]

    def __str__(self) -> str:
        return self.text[:60]
