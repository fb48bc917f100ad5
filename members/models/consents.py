"""What people have said their data may be used for: by purpose, channel and association, with the words they were shown (REG-14, ADR 0023)."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import ERASE_ACT, combined, immutable_when, tracked
from members.models.parties import Party
from members.models.triggers import refuses_merged
from members.models.units import OrgUnit, localised

TEXT = 600


class Ground(models.TextChoices):
    """On what the use stands. Notices of meetings, invoices and elections belong to the membership and are in no list."""

    CONSENT = "consent", _("only with consent")  # GDPR articles 6(1)(a) and 7; act 917/2014, section 200
    OBJECTION = "objection", _("unless forbidden")  # GDPR articles 6(1)(f) and 21(2)


class ConsentChannel(models.TextChoices):
    EMAIL = "email", _("by e-mail")
    SMS = "sms", _("by text message")
    PHONE = "phone", _("by telephone")
    POST = "post", _("by post")
    WEB = "web", _("on the web")
    PRINT = "print", _("in print")
    HANDOVER = "handover", _("given to partners")


class ConsentSource(models.TextChoices):
    FORM = "form", _("on the join form")
    PORTAL = "portal", _("on own pages")
    LINK = "link", _("by the link of a letter")
    OFFICE = "office", _("told to the office")
    IMPORT = "import", _("from an earlier register")
    ORGANISATION = "organisation", _("in a merger of associations")


class ConsentPurpose(models.Model):
    """What the data would be used for; data, so that a federation has its own. The words are in `ConsentText`."""

    code = models.SlugField(primary_key=True)
    ground = models.CharField(_("on what it stands"), max_length=10, choices=Ground.choices)
    channels = ArrayField(
        models.CharField(max_length=10, choices=ConsentChannel.choices), verbose_name=_("channels")
    )
    name_fi = models.CharField(_("name in Finnish"), max_length=80)
    name_sv = models.CharField(_("name in Swedish"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")
        triggers = tracked()

    def __str__(self) -> str:
        return localised(self, "name")

    @property
    def needs_consent(self) -> bool:
        return self.ground == Ground.CONSENT


class ConsentText(models.Model):
    """One version of the words of a purpose in all languages, for one association or (no unit) for all without their own.

    Never edited: a new version takes its place. `asks_again`: the use has changed, so that what was said to earlier versions does
    not count any more from the first day of this one. One that has not begun can be taken back.
    """

    purpose = models.ForeignKey(
        ConsentPurpose, models.PROTECT, related_name="texts", verbose_name=_("purpose"), db_index=False
    )
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, related_name="+", verbose_name=_("association"), db_index=False
    )
    number = models.PositiveSmallIntegerField(_("version"))
    text_fi = models.CharField(_("in Finnish"), max_length=TEXT)
    text_sv = models.CharField(_("in Swedish"), max_length=TEXT)
    text_en = models.CharField(_("in English"), max_length=TEXT)
    valid_from = models.DateField(_("in use from"))
    asks_again = models.BooleanField(_("everybody is asked again"), default=False)
    taken_back_on = models.DateField(_("taken back on"), null=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )

    class Meta:
        verbose_name = _("text of a consent")
        verbose_name_plural = _("texts of consents")
        triggers = combined(
            tracked(unit="unit_id"), immutable_when("OLD.id IS NOT NULL", allow=["taken_back_on"])
        )
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "unit", "number"], name="consenttext_version", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=~Q(text_fi="") & ~Q(text_sv="") & ~Q(text_en=""), name="consenttext_all_languages"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"

    @property
    def text(self) -> str:
        return localised(self, "text")


_MUTATION = "nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid"
# A joining of two entries, and its undoing, move the events; nothing else does.
_ONLY_JOINED = f"""
IF NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = {_MUTATION} AND m.kind IN ('party.merge', 'party.unmerge')) THEN
  RAISE EXCEPTION 'What a person has said stays with the person' USING ERRCODE = 'restrict_violation';
END IF;
RETURN NEW;
"""  # noqa: S608 -- our own names
# Gone only with the person's data when the time of proof is over, or with a merger of associations that is undone.
_ONLY_EXPIRES = f"""
IF NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = {_MUTATION} AND m.kind = '{ERASE_ACT}')
  AND NOT (OLD.source = 'organisation' AND EXISTS (SELECT 1 FROM members_orgchange c WHERE c.state = 'undoing'
    AND c.undo_act = {_MUTATION})) THEN
  RAISE EXCEPTION 'What a person has said can only be added to' USING ERRCODE = 'restrict_violation';
END IF;
RETURN OLD;
"""  # noqa: S608 -- our own names
_FINAL = [
    *(
        trigger
        for trigger in immutable_when("OLD.id IS NOT NULL", allow=["party_id"], erasable=["note", "guardian"])
        if trigger.name != "immutable_delete"
    ),
    pgtrigger.Trigger(
        name="only_joined",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("party_id"),
        condition=pgtrigger.Condition("OLD.party_id IS DISTINCT FROM NEW.party_id"),
        func=_ONLY_JOINED.strip(),
    ),
    pgtrigger.Trigger(
        name="only_expires", when=pgtrigger.Before, operation=pgtrigger.Delete, func=_ONLY_EXPIRES.strip()
    ),
]


class ConsentEvent(models.Model):
    """Somebody said yes or no; rows are only added. What holds is the last of a party, purpose, channel and association.

    `at` is when it was said, `recorded_at` when it was written down. `text` is the version that was shown or read out;
    `note` how the office was told; `guardian` who said it for a child.
    """

    # Keys of their own would only repeat the beginning of the index below.
    party = models.ForeignKey(
        Party, models.CASCADE, related_name="consents", verbose_name=_("whose data"), db_index=False
    )
    purpose = models.ForeignKey(
        ConsentPurpose, models.PROTECT, related_name="+", verbose_name=_("purpose"), db_index=False
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ConsentChannel.choices)
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="+", verbose_name=_("association"), db_index=False
    )
    given = models.BooleanField(_("allowed"))
    text = models.ForeignKey(
        ConsentText, models.PROTECT, null=True, related_name="+", verbose_name=_("text shown"), db_index=False
    )
    source = models.CharField(_("where it was said"), max_length=12, choices=ConsentSource.choices)
    note = models.CharField(_("how it was told"), max_length=300, blank=True)
    guardian = models.CharField(_("guardian"), max_length=120, blank=True)
    at = models.DateTimeField(_("said"))
    recorded_at = models.DateTimeField(_("written down"), db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("written down by"),
        db_index=False,
    )

    class Meta:
        verbose_name = _("consent or objection")
        verbose_name_plural = _("consents and objections")
        triggers = combined(tracked(party="party_id", unit="unit_id"), refuses_merged("party_id"), _FINAL)
        indexes = [
            models.Index(
                fields=["party", "purpose", "channel", "unit", "at", "id"], name="consentevent_last"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(given=False) | Q(text__isnull=False), name="consentevent_yes_has_text"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id} {self.channel} {self.given}"
