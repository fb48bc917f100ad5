"""Sent mail: what left in the name of one's units, what came back and why, and how the outbox is (COM-2)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from communications import outbox_reading as reading
from communications.forms.outbox import OutboxFilter
from communications.models import Delivery
from communications.models.deliveries import Reason, State
from communications.outbox_words import words_of
from communications.permissions import SEND, VIEW
from communications.services import bouncing, resending
from communications.views.letters import framed
from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from members.requests import ScopedRequest


def need(request: ScopedRequest) -> None:
    if not request.scope.can(VIEW, classes="B"):
        raise Http404


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    need(request)
    form = OutboxFilter(request.GET)
    wanted = form.wanted
    page: keyset.Page[Any] = keyset.from_query(
        reading.messages(request.scope, wanted), request.GET, order=["-pk"]
    )
    context = {
        "form": form,
        "wanted": wanted,
        "page": page,
        "lines": [reading.line_of(row, request.scope) for row in page.rows],
        "health": reading.health(request.scope, clock.now()),
        "may_send": request.scope.can(SEND),
        "several": len(request.scope.unit_ids(VIEW)) > 1,
    }
    return render(request, "office/outbox/index.html", context)


@require_safe
def message(request: ScopedRequest, pk: int) -> HttpResponse:
    """The words as they left. That they were read is written down."""
    row = _visible(request, pk)
    hidden = reading.is_hidden(row, request.scope)
    words = None if hidden else words_of(row)
    if row.party_id:
        log_view(
            actor=request.user,
            party_id=row.party_id,
            unit_id=row.unit_id,
            classes="B",
            subject=_("Sent message"),
        )
    may_act = row.unit_id is not None and request.scope.can(SEND, row.unit_id)
    context = {
        "line": reading.line_of(row, request.scope),
        "it": row,
        "hidden": hidden,
        "words": words,
        "headers": reading.headers_of(row, words, hidden=hidden),
        "advice": reading.advice(row),
        "may_resend": may_act and reading.may_resend(row),
        "may_leave": may_act and row.state == State.UNCERTAIN and row.reason != Reason.LEFT,
        "trail": trail(),
    }
    return render(request, "office/outbox/message.html", context)


@require_safe
def drawn(request: ScopedRequest, pk: int) -> HttpResponse:
    """The message with its looks, for the frame."""
    row = _visible(request, pk)
    words = None if reading.is_hidden(row, request.scope) else words_of(row)
    if words is None or not words.html:
        raise Http404
    return framed(words.html)


@require_POST
def again(request: ScopedRequest, pk: int) -> HttpResponse:
    row = _acted_on(request, pk)
    if resending.send_again(actor=request.user, delivery=row, now=clock.now()):
        feedback.done(request, _("The message waits to be sent again."))
    else:
        feedback.done(request, _("Nothing was done: the message has moved on."))
    return redirect("office:outbox_message", pk)


@require_POST
def leave(request: ScopedRequest, pk: int) -> HttpResponse:
    resending.let_be(actor=request.user, delivery=_acted_on(request, pk))
    feedback.done(request, _("The message is let be."))
    return redirect("office:outbox_message", pk)


# --- addresses that do not work ---------------------------------------------------------------------------------------
@require_safe
def addresses(request: ScopedRequest) -> HttpResponse:
    need(request)
    page: keyset.Page[Any] = keyset.from_query(
        reading.stopped(request.scope), request.GET, order=["-bounced_at", "-pk"]
    )
    owners = reading.owners(request.scope, [row.address for row in page.rows])
    context = {
        "page": page,
        "lines": [(row, owners.get(row.address, [])) for row in page.rows],
        "may_act": request.scope.can(SEND),
        "trail": trail(),
    }
    return render(request, "office/outbox/addresses.html", context)


@require_POST
def try_again(request: ScopedRequest, pk: int) -> HttpResponse:
    need(request)
    if not request.scope.can(SEND):
        raise Http404
    row = get_object_or_404(reading.stopped(request.scope), pk=pk)
    if bouncing.try_again(actor=request.user, address=row.address):
        feedback.done(request, _("Messages to %(address)s are sent again.") % {"address": row.address})
    return redirect("office:outbox_addresses")


def trail() -> list[tuple[str, str]]:
    return [(_("Sent mail"), reverse("office:outbox"))]


def _visible(request: ScopedRequest, pk: int) -> Delivery:
    rows = Delivery.objects.visible_to(request.scope).select_related("party", "unit", "mailing__topic")
    return get_object_or_404(rows, pk=pk)


def _acted_on(request: ScopedRequest, pk: int) -> Delivery:
    """Whoever may only read gets the same answer as for what is not there."""
    row = _visible(request, pk)
    return get_object_or_404(Delivery.objects.visible_to(request.scope, SEND), pk=row.pk)
