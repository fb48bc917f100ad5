"""What of a conversation its reader sees: the member all but notes, the answering unit everything, a former one what was said until then."""

from __future__ import annotations

from django.db.models import Max, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from communications.models import MessageKind, Talk, TalkFile, TalkMessage
from communications.models.talks import ANSWER, TalkMessageQuerySet
from members.requests import ScopedRequest
from members.scope import Scope

NEWEST = 200


def talk_or_404(request: ScopedRequest, pk: int) -> Talk:
    rows = Talk.objects.visible_to(request.scope).select_related("party", "unit", "topic", "assignee")
    return get_object_or_404(rows, pk=pk)


def answerable_or_404(request: ScopedRequest, pk: int) -> Talk:
    """Only of a unit within reach now: what was handed over is read, and no more."""
    rows = Talk.objects.answered_by(request.scope).select_related("party", "unit", "topic", "assignee")
    return get_object_or_404(rows, pk=pk)


def own_talk_or_404(request: ScopedRequest, pk: int) -> Talk:
    if request.scope.party_id is None:
        raise Http404
    rows = Talk.objects.filter(party=request.scope.party_id).select_related(
        "party", "unit", "topic", "assignee"
    )
    return get_object_or_404(rows, pk=pk)


def may_answer(scope: Scope, talk: Talk) -> bool:
    return scope.can(ANSWER, talk.unit_id)


def seen_by_staff(scope: Scope, talk: Talk) -> TalkMessageQuerySet:
    """Everything for who answers now; for a unit that handed the talk over, what was said until it did."""
    rows = TalkMessage.objects.filter(talk=talk)
    if may_answer(scope, talk):
        return rows
    handed = rows.filter(Q(kind=MessageKind.MOVED) & scope.unit_filter("from_unit", ANSWER))
    last = handed.aggregate(last=Max("pk"))["last"]
    return rows.filter(pk__lte=last or 0)


def seen_by_member(talk: Talk) -> TalkMessageQuerySet:
    return TalkMessage.objects.filter(talk=talk).for_member()


def in_order(rows: TalkMessageQuerySet, after: int = 0) -> list[TalkMessage]:
    """The newest of them in their order, with files but not their contents."""
    files = TalkFile.objects.defer("content").order_by("pk")
    found = rows.filter(pk__gt=after).select_related("unit", "from_unit").order_by("-pk")
    return list(found.prefetch_related(Prefetch("files", files))[:NEWEST])[::-1]


def file_or_404(rows: TalkMessageQuerySet, pk: int) -> TalkFile:
    """A file of the messages one sees."""
    return get_object_or_404(TalkFile.objects.filter(message__in=rows), pk=pk)
