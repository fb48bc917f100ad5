"""What letters are made with: pictures, templates of a unit, and what was found of the links (COM-1)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from communications.models.mailings import Mailing
from jasenpalvelu.audit.triggers import tracked
from members.models import OrgUnit, UnitClosure
from members.models.units import Relation

if TYPE_CHECKING:
    from members.scope import Scope


class LetterPictureQuerySet(models.QuerySet["LetterPicture"]):
    def offered_in(self, unit_id: int) -> LetterPictureQuerySet:
        """The unit's own and those of the units above it."""
        above = UnitClosure.objects.filter(
            descendant=unit_id, ancestor=OuterRef("unit"), relation=Relation.ADMINISTRATIVE
        )
        return self.filter(Exists(above))

    def visible_to(self, scope: Scope, capability: str = "messages.send") -> LetterPictureQuerySet:
        return self.filter(scope.unit_filter("unit", capability))


class LetterPicture(models.Model):
    """A picture of a letter, fetched by mail programs from an address that nobody guesses: `key` is the secret. It stays as long as
    letters with it may be opened; it is public to whoever has the address, so that no personal data belongs there."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, related_name="letter_pictures", verbose_name=_("association")
    )
    file = models.FileField(_("picture"), upload_to="letters/%Y/%m/")
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    size = models.PositiveIntegerField(_("size"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = LetterPictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture of a letter")
        verbose_name_plural = _("pictures of letters")
        triggers = tracked(unit="unit_id")
        indexes = [models.Index(fields=["unit", "-id"], name="letterpicture_unit")]
        constraints = [
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="letterpicture_size")
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def extension(self) -> str:
        return str(self.file.name).rsplit(".", 1)[-1]


class LetterTemplateQuerySet(models.QuerySet["LetterTemplate"]):
    def offered_in(self, unit_id: int) -> LetterTemplateQuerySet:
        """The unit's own and those of the units above it."""
        above = UnitClosure.objects.filter(
            descendant=unit_id, ancestor=OuterRef("unit"), relation=Relation.ADMINISTRATIVE
        )
        return self.filter(Exists(above))

    def visible_to(self, scope: Scope, capability: str = "messages.send") -> LetterTemplateQuerySet:
        return self.filter(scope.unit_filter("unit", capability))


class LetterTemplate(models.Model):
    """A beginning for letters of the unit and of those below it: by language its subject and blocks, as in a letter."""

    unit = models.ForeignKey(
        OrgUnit, models.CASCADE, related_name="letter_templates", verbose_name=_("association")
    )
    name = models.CharField(_("name of the template"), max_length=80)
    content = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = LetterTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("template of letters")
        verbose_name_plural = _("templates of letters")
        triggers = tracked(unit="unit_id")
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="lettertemplate_once")]

    def __str__(self) -> str:
        return self.name


class LinkState(models.TextChoices):
    WAITING = "waiting", _("not looked at yet")
    OK = "ok", _("works")
    DEAD = "dead", _("does not open")
    PRIVATE = "private", _("opens only in an inner network")
    UNSURE = "unsure", _("could not be looked at")


class LetterLink(models.Model):
    """What was found behind an address of a letter when it was last looked at. Not tracked: the machine's finding, made anew each time."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="links", db_index=False)
    address = models.CharField(max_length=1000)
    state = models.CharField(max_length=8, choices=LinkState.choices, default=LinkState.WAITING)
    code = models.CharField(max_length=20, blank=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("link of a letter")
        verbose_name_plural = _("links of letters")
        constraints = [models.UniqueConstraint(fields=["mailing", "address"], name="letterlink_once")]

    def __str__(self) -> str:
        return self.address
