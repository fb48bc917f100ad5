"""Who changed what: one `Mutation` per act of a person or a job, one `Change` per row it touched."""

import os
import time
import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import append_only, immutable_when


def time_ordered_uuid() -> uuid.UUID:
    """A version 7 UUID (RFC 9562 §5.7): sorts by time, so that the index grows at its right edge only."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


class Mutation(models.Model):
    """One act: the reader's unit of history and of undoing. Rows are final except for `undone_by`."""

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    at = models.DateTimeField(_("time"), db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty when the system acted by itself"),
    )
    kind = models.CharField(_("kind"), max_length=60)
    summary = models.CharField(_("summary"), max_length=400, blank=True)
    unit_id = models.BigIntegerField(_("unit"), null=True)
    undone_by = models.ForeignKey(
        "self", verbose_name=_("undone by"), null=True, on_delete=models.PROTECT, related_name="undoes"
    )
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("mutation")
        verbose_name_plural = _("mutations")
        indexes = [
            models.Index(
                fields=["unit_id", "-at"], name="mutation_unit", condition=models.Q(unit_id__isnull=False)
            ),
            models.Index(fields=["-at"], name="mutation_time"),
        ]
        triggers = immutable_when("TRUE", allow=["undone_by_id"], erasable=["summary"])

    def __str__(self) -> str:
        return f"{self.kind} {self.summary}".strip()


class Change(models.Model):
    """One row inserted (I), updated (U) or deleted (D). Written by triggers only (`audit/triggers.py`).

    `before` and `after` hold columns by name; of an update only the changed ones, of an insert or a delete those that
    are not null. The foreign key has no database constraint: the trigger checks the mutation once per statement
    instead of once per row, and neither table lets a row go.
    """

    class Op(models.TextChoices):
        INSERT = "I", _("added")
        UPDATE = "U", _("changed")
        DELETE = "D", _("removed")

    id = models.BigAutoField(primary_key=True)
    mutation = models.ForeignKey(
        Mutation,
        verbose_name=_("mutation"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="changes",
    )
    at = models.DateTimeField(_("time"))
    table_name = models.CharField(_("table"), max_length=63)
    row_id = models.CharField(_("row"), max_length=40)
    party_id = models.BigIntegerField(_("party"), null=True)
    unit_id = models.BigIntegerField(_("unit"), null=True)
    holding_id = models.BigIntegerField(_("holding"), null=True)
    op = models.CharField(_("operation"), max_length=1, choices=Op)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            models.Index(
                fields=["party_id", "-id"], name="change_party", condition=models.Q(party_id__isnull=False)
            ),
            models.Index(
                fields=["unit_id", "-id"], name="change_unit", condition=models.Q(unit_id__isnull=False)
            ),
            models.Index(
                fields=["holding_id", "-id"],
                name="change_holding",
                condition=models.Q(holding_id__isnull=False),
            ),
            models.Index(fields=["table_name", "row_id"], name="change_row"),
            # Who has borne another name: a list of names as of a past day asks for it.
            models.Index(
                fields=["at"],
                name="change_renamed",
                condition=models.Q(op="U", before__has_key="display_name"),
            ),
        ]
        triggers = append_only(erasable=["before", "after"])

    def __str__(self) -> str:
        return f"{self.op} {self.table_name} {self.row_id}"
