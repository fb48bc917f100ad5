"""What waits by the rules of retention: another's proposal to approve, and people whose time has run out."""

from __future__ import annotations

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.parts import QueueItem
from members.models import ErasureRun, RetentionCount
from members.models.retention import OPEN_RUNS
from members.personal.rights import CLASSES, HANDLE
from members.waiting import Asked, Source, address


def _to_approve(asked: Asked) -> QuerySet[ErasureRun]:
    user = asked.scope.user
    rows = ErasureRun.objects.visible_to(asked.scope).waiting()
    return rows.exclude(proposed_by_id=user.pk) if user is not None else rows


def _returned(asked: Asked) -> QuerySet[ErasureRun]:
    """One's own proposals whose approval fell away."""
    user = asked.scope.user
    rows = ErasureRun.objects.visible_to(asked.scope).waiting().filter(returned_on__isnull=False)
    return rows.filter(proposed_by_id=user.pk) if user is not None else rows.none()


def _returned_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("erasure lost its approval", "erasures lost their approval", count),
        _("Whoever approved it had no right to any more on the day. Ask another person to approve it anew."),
        _("Look at the proposals"),
        address("office:retention"),
    )


def _to_approve_item(asked: Asked, count: int) -> QueueItem:
    return QueueItem(
        count,
        ngettext("erasure waits for a second person", "erasures wait for a second person", count),
        _(
            "Look at the list and approve it, or take it back. Nothing is erased before thirty days have passed."
        ),
        _("Look at the proposals"),
        address("office:retention"),
    )


def _run_out(asked: Asked) -> QuerySet[RetentionCount]:
    open_kinds = ErasureRun.objects.visible_to(asked.scope).filter(state__in=OPEN_RUNS).values("kind")
    rows = RetentionCount.objects.filter(asked.scope.unit_filter("unit", HANDLE, CLASSES))
    return rows.exclude(kind__in=open_kinds)


def _run_out_item(asked: Asked, count: int) -> QueueItem:
    people = _run_out(asked).aggregate(n=Sum("people"))["n"] or 0
    told = ngettext("%(n)s person in all.", "%(n)s people in all.", people) % {"n": people}
    return QueueItem(
        count,
        ngettext("time to keep data has run out", "times to keep data have run out", count),
        told + " " + _("Look at the list and propose the erasure."),
        _("Look at the lists"),
        address("office:retention"),
    )


TO_APPROVE = Source("erasures_to_approve", HANDLE, _to_approve, _to_approve_item, classes=CLASSES)
RETURNED = Source("erasures_returned", HANDLE, _returned, _returned_item, classes=CLASSES)
RUN_OUT = Source("retention_run_out", HANDLE, _run_out, _run_out_item, classes=CLASSES)
