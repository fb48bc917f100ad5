"""The member's messages: own conversations, a new question, the own contact log (COM-3, COM-4)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import portal_messages, talk_desks, talks_reading
from communications.contact_words import lines
from communications.forms.talks import MessageForm, StartForm
from communications.models import ContactChannel, ContactEntry, Talk, TalkMessage
from communications.services import arranging_talks, talking
from communications.services.talking import TalkError
from communications.talk_words import event_text, member_chip
from communications.talks_reading import in_order, own_talk_or_404, seen_by_member
from communications.views.talk_files import file_answer
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.keys import key_of
from members.merged import entries
from members.models import Party
from members.requests import ScopedRequest
from members.views.limits import too_often

# Messages in an hour: a lively conversation has a few; one network may be a household or an office.
PER_MEMBER, PER_NETWORK = 20, 200


def _party(request: ScopedRequest) -> Party:
    if request.scope.party_id is None:
        raise Http404
    return Party.objects.get(pk=request.scope.party_id)


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """Own conversations, and what the other parts have for the member."""
    party = _party(request)
    rows = Talk.objects.filter(party=party).select_related("unit", "topic")
    page = keyset.from_query(rows, request.GET, order=["-changed_at", "-id"], size=20)
    context = {
        "page": page,
        "rows": [(talk, member_chip(talk)) for talk in page.rows],
        "sections": portal_messages.sections(portal_messages.Asked(party.pk, clock.today())),
    }
    return render(request, "portal/talks/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    party = _party(request)
    places = talk_desks.places(party.pk, clock.now())
    posted = request.method == "POST"
    form = StartForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        places=places,
        initial={"once": uuid4(), "place": request.GET.get("kenelle", "")},
    )
    if posted and places and form.is_valid() and not _too_many(request, form):
        unit, topic = form.target
        data = form.cleaned_data
        try:
            talk = talking.start(
                actor=request.user,
                party=party,
                unit=unit,
                topic=topic,
                subject=data["subject"],
                text=data["text"],
                files=data["files"],
                once=data["once"],
                at=clock.now(),
            )
        except TalkError as error:
            _say(form, error)
        else:
            feedback.done(request, _("Your question was sent. You get the answer here and by e-mail."))
            return redirect("portal:talk", talk.pk)
    context = {"form": form, "places": places, "trail": _trail()}
    return render(request, "portal/talks/new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: ScopedRequest, pk: int) -> HttpResponse:
    found = own_talk_or_404(request, pk)
    posted = request.method == "POST"
    form = MessageForm(
        request.POST if posted else None, request.FILES if posted else None, initial={"once": uuid4()}
    )
    if posted and form.is_valid() and not _too_many(request, form) and _written(request, found, form):
        feedback.done(request, _("The message was sent."))
        return redirect("portal:talk", pk)
    said = in_order(seen_by_member(found))
    context = (
        _thread(found, said)
        | _standing(found)
        | {
            "form": form,
            "refusable": arranging_talks.refusable_move(found),
            "trail": _trail(),
        }
    )
    return render(request, "portal/talks/talk.html", context)


def _too_many(request: ScopedRequest, form: Form) -> bool:
    """Each message is a mail to everybody who answers."""
    many = too_often(request, "talk", key=str(request.user.pk), per_key=PER_MEMBER, per_address=PER_NETWORK)
    if many:
        form.add_error(
            None,
            _(
                "You have sent many messages within an hour. Your words are still in the field: wait a while and send them then."
            ),
        )
    return many


def _written(request: ScopedRequest, found: Talk, form: Form) -> bool:
    data = form.cleaned_data
    try:
        talking.write(
            actor=request.user,
            talk=found,
            text=data["text"],
            files=data["files"],
            once=data["once"],
            at=clock.now(),
        )
    except TalkError as error:
        _say(form, error)
        return False
    return True


def _say(form: Form, error: TalkError) -> None:
    if error.code == "room":
        form.add_error(
            "files",
            _("You have sent many large files today. Send the message without them, or go on tomorrow."),
        )
    else:
        place = "place" if "place" in form.fields else None
        form.add_error(place, _("Questions are not taken there any more. Choose another."))


def _thread(found: Talk, said: list[TalkMessage]) -> dict[str, Any]:
    return {
        "talk": found,
        "lines": [(message, event_text(message) if message.is_event else "") for message in said],
        "last": said[-1].pk if said else 0,
        "news_url": reverse("portal:talk_news", args=[found.pk]),
        "file_url": "portal:talk_file",
        "for_staff": False,
    }


def _standing(found: Talk) -> dict[str, Any]:
    """Where the conversation stands, told anew with each message."""
    return {
        "chip": member_chip(found),
        "promise": talk_desks.usual_answer(found.unit_id, clock.now()),
        "hours": talk_desks.hours_text(talk_desks.desk_of(found.unit_id)),
    }


@require_safe
def news(request: ScopedRequest, pk: int) -> HttpResponse:
    """What has been said since; asked every few seconds. 204 keeps the page as it is."""
    found = own_talk_or_404(request, pk)
    said = in_order(seen_by_member(found), key_of(request.GET.get("jalkeen")) or 0)
    if not said:
        return HttpResponse(status=204)
    return render(request, "portal/talks/news.html", _thread(found, said) | _standing(found))


@require_safe
def file(request: ScopedRequest, pk: int, file_pk: int) -> HttpResponse:
    found = own_talk_or_404(request, pk)
    return file_answer(request, found, talks_reading.file_or_404(seen_by_member(found), file_pk))


@require_POST
def close(request: ScopedRequest, pk: int) -> HttpResponse:
    """Thank you, that was all."""
    found = own_talk_or_404(request, pk)
    arranging_talks.close(actor=request.user, talk=found, by_member=True, at=clock.now())
    feedback.done(request, _("Closed. Write again when you need to."))
    return redirect("portal:talk", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def back(request: ScopedRequest, pk: int) -> HttpResponse:
    """The member does not want the new unit to answer."""
    found = own_talk_or_404(request, pk)
    move = arranging_talks.refusable_move(found)
    if request.method == "POST":
        try:
            arranging_talks.hand_back(actor=request.user, talk=found, at=clock.now())
        except TalkError:
            messages.warning(
                request, _("It has been answered already. You can close the conversation and ask anew.")
            )
        else:
            feedback.done(request, _("The conversation went back."))
        return redirect("portal:talk", pk)
    if move is None:
        return redirect("portal:talk", pk)
    names = {"unit": found.unit, "former": move.from_unit}
    context = {
        "question": _("Give the conversation back to %(former)s?") % names,
        "consequence": _(
            "%(unit)s does not read it any more and does not answer. What it has read already it knows."
        )
        % names,
        "deed": _("Give it back"),
        "cancel_url": reverse("portal:talk", args=[pk]),
    }
    return render(request, "portal/confirm.html", context)


@require_safe
def contact_log(request: ScopedRequest) -> HttpResponse:
    """Everything that has been sent to the member, received and agreed; notes of staff among it, because they are about the member."""
    party = _party(request)
    channel = request.GET.get("kanava", "")
    rows = ContactEntry.objects.filter(party__in=entries(party.pk)).select_related("unit")
    if channel in ContactChannel.values:
        rows = rows.filter(channel=channel)
    page = keyset.from_query(rows, request.GET, order=["-at", "-id"])
    context = {
        "page": page,
        "lines": lines(page.rows, letters=True),
        "channel": channel,
        "channels": [("", _("All channels")), *ContactChannel.choices],
        "trail": _trail(),
    }
    return render(request, "portal/talks/log.html", context)


def _trail() -> list[tuple[str, str]]:
    return [(_("Messages"), reverse("portal:messages"))]
