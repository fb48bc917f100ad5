"""Sending a text message: written, counted with its price, and only then sent (COM-2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from communications.forms.text_messages import TextMessageForm
from communications.models import Channel
from communications.outbox_reading import reason_in_words
from communications.permissions import SEND, SETTINGS
from communications.services import texting
from communications.services.texting import Plan, TextError
from communications.sms.segments import UCS2, length_of
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.money import round_cents
from members.requests import ScopedRequest


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    """The form; with "count" what it would do, with "send" and the same sums done."""
    units = sorted(request.scope.unit_ids(SEND))
    if not units:
        raise Http404
    form = TextMessageForm(
        request.POST if request.method == "POST" else None, scope=request.scope, units=units
    )
    found: Plan | None = None
    if form.is_bound and form.is_valid():
        try:
            if "send" in request.POST:
                return _sent(request, form)
            found = texting.plan(form.draft, scope=request.scope, on=clock.today())
        except TextError as error:
            form.add_error(None, _said(error.code))
            if error.code == "changed":
                found = texting.plan(form.draft, scope=request.scope, on=clock.today())
    context = {
        "form": form,
        "plan": found,
        "told": _told(form, found) if found else {},
        "no_senders": not texting.senders(units).exists(),
        "may_settle": request.scope.can(SETTINGS),
        "trail": [(_("Sent mail"), reverse("office:outbox"))],
    }
    return render(request, "office/outbox/text_message.html", context)


def _sent(request: ScopedRequest, form: TextMessageForm) -> HttpResponse:
    texting.send(
        actor=request.user,
        scope=request.scope,
        draft=form.draft,
        digest=request.POST.get("digest", ""),
        now=clock.now(),
        on=clock.today(),
    )
    feedback.done(request, _("The text message is being sent."))
    return redirect(f"{reverse('office:outbox')}?kanava=2")


def _told(form: TextMessageForm, found: Plan) -> dict[str, Any]:
    length = length_of(form.cleaned_data["text"])
    price = settings.SMS_PRICE
    return {
        "length": length,
        "odd": " ".join(length.odd) if length.encoding == UCS2 else "",
        "price": round_cents(Decimal(price) * found.messages) if price else None,
        "left_out": [(reason_in_words(key, Channel.SMS), n) for key, n in found.left_out.most_common()],
    }


def _said(code: str) -> str:
    words = {
        "gateway": _("This service has no connection for text messages yet. Ask whoever keeps it."),
        "sender": _("The sender's name is not authorised any more. Choose another one."),
        "topic": _("The topic is not in use for text messages. Choose another one."),
        "segment": _("The group is not there any more, or you may not write to it. Choose another one."),
        "nobody": _("Nobody would get it: look at whom you write to and what it is about."),
        "many": _("So many text messages are not sent at once. Narrow the group."),
        "approval": _(
            "A letter to so many needs a second person's approval, and text messages have none yet. Narrow the group."
        ),
        "changed": _("Other people get it now than was shown. Look at the numbers again."),
    }
    return words.get(code, _("The text message cannot be sent. Look at what you have chosen."))
