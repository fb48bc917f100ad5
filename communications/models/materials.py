"""The material bank: documents and presentations with their versions (COM-8)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communications.permissions import CONTENT
from communications.readers import Reader
from jasenpalvelu.audit.triggers import combined, tracked
from members.models import OrgUnit
from members.models.parties import LANGUAGES

if TYPE_CHECKING:
    from members.scope import Scope

# So long before its last day the owner is reminded of a material.
REMINDED = timedelta(days=30)


class MaterialKind(models.TextChoices):
    DOCUMENT = "document", _("document")
    PRESENTATION = "presentation", _("presentation")
    FORM = "form", _("form to fill in")
    TABLE = "table", pgettext_lazy("file", "table")
    PICTURE = "picture", _("picture")


class MaterialAudience(models.TextChoices):
    MEMBERS = "members", _("All members")
    TYPES = "types", _("Members of certain types")
    OFFICERS = "officers", _("Officers, whatever their post")
    ROLES = "roles", _("Officers in certain posts")
    PUBLIC = "public", _("Everybody, also without logging in")


class MaterialQuerySet(models.QuerySet["Material"]):
    def visible_to(self, scope: Scope) -> MaterialQuerySet:
        """Those that the person edits; removed ones too, as they can be brought back."""
        return self.filter(scope.unit_filter("unit", CONTENT))

    def valid_on(self, on: date) -> MaterialQuerySet:
        return self.filter(removed_at__isnull=True).filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=on)
        )

    def public(self, on: date) -> MaterialQuerySet:
        return self.valid_on(on).filter(audience=MaterialAudience.PUBLIC)

    def for_reader(self, reader: Reader) -> MaterialQuerySet:
        """What the member may open: of their units and of those above them, as each is meant."""
        meant = (
            Q(audience=MaterialAudience.PUBLIC, unit__in=reader.all_above)
            | Q(audience=MaterialAudience.MEMBERS, unit__in=reader.above)
            | Q(audience=MaterialAudience.TYPES, unit__in=reader.above, types__overlap=sorted(reader.types))
            | Q(audience=MaterialAudience.OFFICERS, unit__in=reader.posts_above)
            | Q(
                audience=MaterialAudience.ROLES,
                unit__in=reader.posts_above,
                roles__overlap=sorted(reader.roles),
            )
        )
        return self.valid_on(reader.on).filter(meant)

    def expiring(self, on: date) -> MaterialQuerySet:
        """Those whose last day is near or has lately been."""
        return self.filter(
            removed_at__isnull=True, valid_until__lte=on + REMINDED, valid_until__gte=on - REMINDED
        )


class Material(models.Model):
    """A thing with an address that stays when its file is replaced. `types` and `roles` are codes, as `audience` asks."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="materials", verbose_name=_("unit"))
    title = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("what it is for"), max_length=1000, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fi")
    kind = models.CharField(_("kind"), max_length=12, choices=MaterialKind.choices)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("topics"), default=list, blank=True)
    audience = models.CharField(
        _("for whom"), max_length=10, choices=MaterialAudience.choices, default=MaterialAudience.MEMBERS
    )
    types = ArrayField(models.CharField(max_length=20), verbose_name=_("types"), default=list, blank=True)
    roles = ArrayField(models.CharField(max_length=50), verbose_name=_("posts"), default=list, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now())
    search = SearchVectorField(null=True, editable=False)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        triggers = tracked(unit="unit_id", exclude=["search"])
        indexes = [
            models.Index(fields=["unit", "audience"], name="material_meant"),
            GinIndex(fields=["search"], name="material_search"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(audience="types") & ~Q(types=[])) | ~Q(audience="types"), name="material_types"
            ),
            models.CheckConstraint(
                condition=(Q(audience="roles") & ~Q(roles=[])) | ~Q(audience="roles"), name="material_roles"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_valid(self, on: date) -> bool:
        return self.removed_at is None and (self.valid_until is None or self.valid_until >= on)


class MaterialVersion(models.Model):
    """A file as it came; never changed, and kept when a newer one takes its place."""

    material = models.ForeignKey(Material, models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField(_("version"))
    file = models.FileField(_("file"), upload_to="materials/%Y/%m/")
    name = models.CharField(_("name of the file"), max_length=150)
    extension = models.CharField(max_length=5)
    size = models.PositiveIntegerField(_("size"))
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        triggers = combined(
            tracked(unit="(SELECT m.unit_id FROM communications_material m WHERE m.id = r.material_id)")
        )
        constraints = [models.UniqueConstraint(fields=["material", "number"], name="materialversion_number")]

    @property
    def file_name(self) -> str:
        return f"{self.name}.{self.extension}"


class MaterialDownloads(models.Model):
    """How many times a version was downloaded in a month. A number and nobody's name; not tracked, as it counts and tells nothing
    of people or decisions."""

    version = models.ForeignKey(MaterialVersion, models.CASCADE, related_name="downloads", db_index=False)
    month = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "month"], name="materialdownloads_month")]
