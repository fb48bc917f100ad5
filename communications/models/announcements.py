"""What a unit tells its members on their own pages and, where chosen, everybody (COM-11)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communications.permissions import CONTENT
from communications.readers import Reader, segments_with
from jasenpalvelu.audit.triggers import tracked
from jasenpalvelu.common import richtext
from members.models import OrgUnit, Party, Segment
from members.models.units import localised

if TYPE_CHECKING:
    from members.scope import Scope

# Who reads what is unread keeps no list for ever: a mark of reading lives so long.
READ_DAYS = 400


class Audience(models.TextChoices):
    OWN = "own", _("Members of this unit")
    BELOW = "below", _("Members of this unit and of those below it")
    OFFICERS = "officers", _("Officers of this unit and of those below it")
    SEGMENT = "segment", _("Members of a segment")
    PUBLIC = "public", _("Everybody, also on the public page")


class ContentState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", pgettext_lazy("content", "taken back")


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def visible_to(self, scope: Scope) -> AnnouncementQuerySet:
        """Those that the person edits."""
        return self.filter(scope.unit_filter("unit", CONTENT))

    def shown_on(self, on: date) -> AnnouncementQuerySet:
        return self.filter(state=ContentState.PUBLISHED, visible_from__lte=on).filter(
            Q(visible_until__isnull=True) | Q(visible_until__gte=on)
        )

    def public(self, on: date) -> AnnouncementQuerySet:
        return self.shown_on(on).filter(audience=Audience.PUBLIC)

    def for_reader(self, reader: Reader) -> AnnouncementQuerySet:
        """What is shown to the member now: their own units' and of those above them, as each is meant."""
        shown = self.shown_on(reader.on)
        meant = (
            Q(audience=Audience.OWN, unit__in=reader.units)
            | Q(audience=Audience.BELOW, unit__in=reader.above)
            | Q(audience=Audience.OFFICERS, unit__in=reader.posts_above)
            | Q(audience=Audience.PUBLIC, unit__in=reader.all_above)
        )
        aimed = shown.filter(audience=Audience.SEGMENT, unit__in=reader.above, segment__isnull=False)
        pairs = aimed.order_by().values_list("segment_id", "unit_id").distinct()
        for segment, unit in segments_with(reader.party_id, list(pairs), reader.on):
            meant |= Q(audience=Audience.SEGMENT, segment=segment, unit=unit)
        return shown.filter(meant)

    def with_read(self, party_id: int) -> AnnouncementQuerySet:
        """Each with `is_read`."""
        read = AnnouncementRead.objects.filter(announcement=OuterRef("pk"), party=party_id)
        return self.annotate(is_read=Exists(read))


class Announcement(models.Model):
    """One announcement in up to three languages; a language without a text of its own reads another's."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="announcements", verbose_name=_("unit"))
    title_fi = models.CharField(_("heading in Finnish"), max_length=120, blank=True)
    title_sv = models.CharField(_("heading in Swedish"), max_length=120, blank=True)
    title_en = models.CharField(_("heading in English"), max_length=120, blank=True)
    body_fi = models.TextField(_("text in Finnish"), blank=True)
    body_sv = models.TextField(_("text in Swedish"), blank=True)
    body_en = models.TextField(_("text in English"), blank=True)
    picture = models.FileField(_("picture"), upload_to="announcements/%Y/%m/", blank=True)
    alt_fi = models.CharField(_("picture told in Finnish"), max_length=200, blank=True)
    alt_sv = models.CharField(_("picture told in Swedish"), max_length=200, blank=True)
    alt_en = models.CharField(_("picture told in English"), max_length=200, blank=True)
    audience = models.CharField(
        _("for whom"), max_length=10, choices=Audience.choices, default=Audience.BELOW
    )
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("segment")
    )
    visible_from = models.DateField(_("shown from"))
    visible_until = models.DateField(_("shown until"), null=True, blank=True)
    pinned = models.BooleanField(_("pinned"), default=False)
    important = models.BooleanField(_("important"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ContentState.choices, default=ContentState.DRAFT
    )
    published_at = models.DateTimeField(_("published"), null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    materials = models.ManyToManyField(
        "communications.Material", through="communications.AnnouncementMaterial", related_name="announcements"
    )

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        triggers = tracked(unit="unit_id")
        constraints = [
            models.CheckConstraint(
                condition=~Q(title_fi="", title_sv="", title_en=""), name="announcement_has_heading"
            ),
            models.CheckConstraint(
                condition=Q(audience="segment", segment__isnull=False)
                | ~Q(audience="segment") & Q(segment__isnull=True),
                name="announcement_segment",
            ),
            models.CheckConstraint(
                condition=Q(visible_until__isnull=True) | Q(visible_until__gte=models.F("visible_from")),
                name="announcement_period",
            ),
            models.CheckConstraint(
                condition=Q(picture="") | ~Q(alt_fi="", alt_sv="", alt_en=""),
                name="announcement_picture_told",
            ),
        ]
        indexes = [models.Index(fields=["unit", "state", "-visible_from"], name="announcement_shown")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return localised(self, "title", self.shown_language)

    @property
    def body(self) -> str:
        return localised(self, "body", self.shown_language)

    @property
    def html(self) -> str:
        return richtext.draw(self.body)

    @property
    def beginning(self) -> str:
        return richtext.words(self.body)

    @property
    def alt(self) -> str:
        return localised(self, "alt")

    @property
    def shown_language(self) -> str:
        """The reader's language where there is a text in it, else the one that is read instead."""
        wanted = (get_language() or "fi")[:2]
        return next(
            (code for code in (wanted, "fi", "sv", "en") if getattr(self, f"title_{code}", "")), wanted
        )

    @property
    def other_language(self) -> str:
        """The language of the text for the page, "" where it is the page's own."""
        return "" if self.shown_language == (get_language() or "fi")[:2] else self.shown_language

    def is_shown(self, on: date) -> bool:
        return (
            self.state == ContentState.PUBLISHED
            and self.visible_from <= on
            and (self.visible_until is None or self.visible_until >= on)
        )


class AnnouncementMaterial(models.Model):
    """A material that an announcement offers; the material's page tells where it is used."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="material_links")
    material = models.ForeignKey("communications.Material", models.CASCADE, related_name="announcement_links")

    class Meta:
        triggers = tracked()
        constraints = [
            models.UniqueConstraint(fields=["announcement", "material"], name="announcementmaterial_once")
        ]


class AnnouncementRead(models.Model):
    """A member has opened an announcement, so that it is not shown as new any more. Not tracked: there are as many as readers,
    and nobody but the reader is told; forgotten after READ_DAYS."""

    announcement = models.ForeignKey(
        Announcement, models.CASCADE, related_name="reads", db_index=False, verbose_name=_("announcement")
    )
    party = models.ForeignKey(Party, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("read"), db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["announcement", "party"], name="announcementread_once")
        ]
