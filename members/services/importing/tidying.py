"""What an import leaves behind is forgotten in time: its rows hold people's data, some of whom never became members."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models.functions import Coalesce

from members.models import ImportBatch, ImportRow
from members.services.importing.steps import forget_file

KEPT = timedelta(days=90)
AT_ONCE = 20


def tidy(*, now: datetime) -> int:
    """Drop the rows and files of imports that ended, or were left lying, 90 days ago; how many were tidied.

    The batch with its counts stays in the list. After this an import cannot be taken back any more.
    """
    # Taken back from a half-done saving it has never been saved whole; left lying it has only begun.
    last = Coalesce("committed_at", "rolled_back_at", "created_at")
    old = ImportBatch.objects.alias(last=last).filter(last__lt=now - KEPT, options__tidied__isnull=True)
    old = old.order_by("pk")[:AT_ONCE]
    for batch in old:
        ImportRow.objects.filter(batch=batch)._raw_delete(batch._state.db)
        forget_file(batch)
        batch.options = {"tidied": True}
        batch.save(update_fields=["options"])
    return len(old)
