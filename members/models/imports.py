"""Staged imports: the file, each row with its verdict and diff, the remembered mapping (REG-9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.parties import Party
from members.models.units import OrgUnit

if TYPE_CHECKING:
    from members.scope import Scope


class BatchState(models.TextChoices):
    UPLOADED = "uploaded", _("waits for its columns")
    CHECKING = "checking", _("checking")
    CHECKED = "checked", _("waits for saving")
    COMMITTING = "committing", _("being saved")
    COMMITTED = "committed", _("saved")
    ROLLING_BACK = "rolling_back", _("being rolled back")
    ROLLED_BACK = "rolled_back", _("rolled back")
    REFUSED = "refused", _("could not be read")


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, scope: Scope, capability: str = "members.import") -> ImportBatchQuerySet:
        return self.filter(scope.unit_filter("unit", capability))


class ImportBatch(models.Model):
    unit = models.ForeignKey(OrgUnit, models.CASCADE, related_name="imports")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    file = models.FileField(upload_to="imports/%Y/%m/")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=14, choices=BatchState.choices, default=BatchState.UPLOADED)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=4, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True)
    job_id = models.UUIDField(null=True)
    mutation_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    committed_at = models.DateTimeField(null=True)
    rolled_back_at = models.DateTimeField(null=True)

    objects = ImportBatchQuerySet.as_manager()


class Verdict(models.TextChoices):
    NEW = "new", _("new member")
    UPDATE = "update", _("update")
    SAME = "same", _("no change")
    DUPLICATE = "duplicate", _("possible duplicate")
    ERROR = "error", _("error")


class ImportRow(models.Model):
    # The constraint and the indexes below begin with the batch.
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField(help_text="Line number in the file, the heading is 1")
    raw = models.JSONField()
    key = models.CharField(
        max_length=200, blank=True, help_text="Rows of one file about the same member share it"
    )
    parsed = models.JSONField(default=dict)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    choice = models.CharField(
        max_length=10, blank=True, help_text="what a person decided: create, update, skip"
    )
    problems = models.JSONField(default=list)
    diff = models.JSONField(default=dict)
    party = models.ForeignKey(Party, models.SET_NULL, null=True, related_name="import_rows")
    candidates = models.JSONField(default=list)
    done = models.BooleanField(default=False)
    undo = models.JSONField(default=dict, help_text="what the row created and the values it replaced")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="importrow_line_once")]
        indexes = [
            models.Index(fields=["batch", "verdict", "line"], name="importrow_verdict"),
            models.Index(fields=["batch", "key", "line"], name="importrow_key"),
        ]


class ImportMapping(models.Model):
    """The mapping chosen last time for a heading like this one, remembered per unit and source."""

    unit = models.ForeignKey(OrgUnit, models.CASCADE)
    signature = models.CharField(max_length=64)
    mapping = models.JSONField()
    used_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "signature"], name="importmapping_once")]
