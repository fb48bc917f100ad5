"""Conversations in the office: what waits, one conversation with the answer under it, taking, handing over, closing (COM-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communications import talk_desks, talks_reading
from communications.forms.talks import AnswerForm, AssignForm, MoveForm, TalkFilter
from communications.models import CannedAnswer, Talk, TalkState
from communications.models.talks import ANSWER
from communications.services import arranging_talks, talking
from communications.services.talking import Overtaken, TalkError
from communications.talk_words import due_text, event_text, staff_chip
from communications.talks_reading import answerable_or_404, in_order, seen_by_staff, talk_or_404
from communications.views.talk_files import file_answer
from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.parts import Tab
from members.models import Party, UnitClosure
from members.models.units import Relation
from members.requests import ScopedRequest

MINE, FREE, ALL = "omat", "vapaat", "kaikki"
PUT = "lisaa"  # the button that adds a canned answer to what has been typed


# --- the list -----------------------------------------------------------------------------------------------------------
@require_safe
def talks(request: ScopedRequest) -> HttpResponse:
    """What waits, the latest promise first; one's own, those nobody has taken, or all."""
    if not request.scope.can(ANSWER):
        raise Http404
    which = request.GET.get("nayta", "")
    which = which if which in {MINE, FREE, ALL} else FREE
    form = TalkFilter(request.GET)
    seen = Talk.objects.visible_to if which == ALL else Talk.objects.answered_by
    rows = _chosen(seen(request.scope), which, request, form.wanted)
    page = keyset.from_query(
        rows.select_related("party", "unit", "topic", "assignee"),
        request.GET,
        order=["due_at", "-changed_at", "-id"],
    )
    now, here = clock.now(), reverse("office:talks")
    names = {FREE: _("Nobody has taken"), MINE: _("My own"), ALL: _("All of them")}
    context = {
        "page": page,
        "rows": [_row(request, talk, now) for talk in page.rows],
        "which": which,
        "form": form,
        "filtered": bool(form.wanted),
        "tabs": [Tab(name, f"{here}?nayta={key}", current=key == which) for key, name in names.items()],
        "tabs_label": _("Whose questions"),
        "may_set": request.scope.can("messages.settings"),
    }
    return render(request, "office/talks/list.html", context)


def _row(request: ScopedRequest, talk: Talk, now: datetime) -> tuple[Talk, tuple[str, str], str]:
    may = talks_reading.may_answer(request.scope, talk)
    if not may:
        talk.assignee = None
    return talk, staff_chip(talk, now, may=may), due_text(talk, now) if may else ""


def _chosen(
    rows: QuerySet[Talk], which: str, request: ScopedRequest, wanted: dict[str, Any]
) -> QuerySet[Talk]:
    if which == MINE:
        rows = rows.filter(assignee=request.user)
    elif which == FREE:
        rows = rows.filter(assignee=None).exclude(state=TalkState.CLOSED)
    if wanted.get("tila"):
        rows = rows.filter(state=wanted["tila"])
    if wanted.get("q"):
        rows = rows.filter(Q(subject__icontains=wanted["q"]) | Q(party__display_name__icontains=wanted["q"]))
    return rows


# --- one conversation -----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: ScopedRequest, pk: int) -> HttpResponse:
    """The thread, and under it the answer or a note for colleagues."""
    found = talk_or_404(request, pk)
    may = talks_reading.may_answer(request.scope, found)
    if request.method == "POST" and not may:
        raise Http404
    said = in_order(seen_by_staff(request.scope, found))
    adding = PUT in request.POST
    form = _form(request, found, said[-1].pk if said else 0)
    overtaken = None
    if request.method == "POST" and not adding and form.is_valid():
        try:
            return _save(request, found, form)
        except Overtaken as error:
            overtaken = error.message
            said = in_order(seen_by_staff(request.scope, found))
            again = request.POST.copy()
            again["seen"] = str(said[-1].pk)
            form.data = again
        except TalkError:
            messages.warning(request, _("The conversation was handed over meanwhile. Nothing was sent."))
            return redirect("office:talk", pk)
    return render(request, "office/talks/talk.html", _context(request, found, said, form, overtaken))


def _form(request: ScopedRequest, found: Talk, last: int) -> AnswerForm:
    above = UnitClosure.objects.filter(descendant=found.unit_id, relation=Relation.ADMINISTRATIVE)
    canned = CannedAnswer.objects.filter(unit__in=above.values("ancestor")).order_by("title", "pk")
    initial: dict[str, Any] = {"once": uuid4(), "seen": last}
    posted = request.method == "POST" and PUT not in request.POST
    if PUT in request.POST:
        initial |= _with_canned(request, canned, found.party.language)
    return AnswerForm(
        request.POST if posted else None, request.FILES if posted else None, canned=canned, initial=initial
    )


def _with_canned(request: ScopedRequest, canned: QuerySet[CannedAnswer], language: str) -> dict[str, Any]:
    """What was typed, with the words of the canned answer under it. Nothing is sent; the page does the same by itself with scripts."""
    chosen = canned.filter(pk=key_of(request.POST.get("canned")) or 0).first()
    said = [request.POST.get("text", "").rstrip(), chosen.in_language(language) if chosen else ""]
    return {
        "text": "\n\n".join(part for part in said if part),
        "canned": chosen.pk if chosen else None,
        "waits": bool(request.POST.get("waits")),
        "once": request.POST.get("once", ""),
        "seen": request.POST.get("seen", ""),
    }


def _save(request: ScopedRequest, found: Talk, form: AnswerForm) -> HttpResponse:
    data, now = form.cleaned_data, clock.now()
    if "note" in request.POST:
        talking.note(actor=request.user, talk=found, text=data["text"], once=data["once"], at=now)
        feedback.done(request, _("The note was saved. The member does not see it."))
        return redirect("office:talk", found.pk)
    talking.answer(
        actor=request.user,
        talk=found,
        text=data["text"],
        files=data["files"],
        waits=data["waits"],
        seen=data["seen"] or 0,
        once=data["once"],
        at=now,
    )
    told = bool(talk_desks.email_of(found.party, now.date()))
    done = (
        _("The answer was sent, also by e-mail.")
        if told
        else _("The answer was sent. The member has no e-mail, and sees it in the member service.")
    )
    feedback.done(request, done)
    return redirect("office:talk", found.pk)


def _context(
    request: ScopedRequest, found: Talk, said: list[Any], form: AnswerForm, overtaken: Any
) -> dict[str, Any]:
    now = clock.now()
    may = talks_reading.may_answer(request.scope, found)
    log_view(
        actor=request.user,
        party_id=found.party_id,
        unit_id=found.unit_id,
        classes="B",
        subject=_("Conversation"),
    )
    users = talk_desks.answerers(found.unit_id, now.date()) if may else []
    return {
        "talk": found,
        "lines": [(message, event_text(message) if message.is_event else "") for message in said],
        "last": said[-1].pk if said else 0,
        "news_url": reverse("office:talk_news", args=[found.pk]),
        "file_url": "office:talk_file",
        "for_staff": True,
        "form": form,
        "canned": [
            (one.pk, one.title, one.in_language(found.party.language))
            for one in form.fields["canned"].queryset  # type: ignore[attr-defined]
        ]
        if may
        else [],
        "chosen": form.initial.get("canned"),
        "files_gone": PUT in request.POST and bool(request.FILES),
        "overtaken": overtaken,
        "may": may,
        "chip": staff_chip(found, now, may=may),
        "due": due_text(found, now) if may else "",
        "assign": AssignForm(users=users, initial={"to": found.assignee_id}),
        "units": talk_desks.units_to_move_to(found, now.date()) if may else [],
        "member_url": _member_url(request, found),
        "trail": _trail(),
    }


def _member_url(request: ScopedRequest, found: Talk) -> str:
    seen = Party.objects.visible_to(request.scope).filter(pk=found.party_id).exists()
    return reverse("office:member", args=[found.party_id]) if seen else ""


@require_safe
def news(request: ScopedRequest, pk: int) -> HttpResponse:
    """What has been said since; asked every few seconds. 204 keeps the page as it is."""
    found = talk_or_404(request, pk)
    said = in_order(seen_by_staff(request.scope, found), key_of(request.GET.get("jalkeen")) or 0)
    if not said:
        return HttpResponse(status=204)
    now, may = clock.now(), talks_reading.may_answer(request.scope, found)
    context = {
        "chip": staff_chip(found, now, may=may),
        "due": due_text(found, now) if may else "",
        "lines": [(message, event_text(message) if message.is_event else "") for message in said],
        "last": said[-1].pk,
        "news_url": reverse("office:talk_news", args=[pk]),
        "file_url": "office:talk_file",
        "talk": found,
        "for_staff": True,
    }
    return render(request, "office/talks/news.html", context)


@require_safe
def file(request: ScopedRequest, pk: int, file_pk: int) -> HttpResponse:
    found = talk_or_404(request, pk)
    return file_answer(
        request, found, talks_reading.file_or_404(seen_by_staff(request.scope, found), file_pk)
    )


# --- arranging -------------------------------------------------------------------------------------------------------
@require_POST
def take(request: ScopedRequest, pk: int) -> HttpResponse:
    found = answerable_or_404(request, pk)
    arranging_talks.assign(actor=request.user, talk=found, to=request.user, at=clock.now())
    feedback.done(request, _("The conversation is yours now."))
    return redirect("office:talk", pk)


@require_POST
def assign(request: ScopedRequest, pk: int) -> HttpResponse:
    """To a colleague, or to nobody."""
    found = answerable_or_404(request, pk)
    form = AssignForm(request.POST, users=talk_desks.answerers(found.unit_id, clock.today()))
    if not form.is_valid():
        messages.error(request, _("Choose one of the colleagues."))
        return redirect("office:talk", pk)
    to = form.cleaned_data["to"]
    arranging_talks.assign(actor=request.user, talk=found, to=to, at=clock.now())
    feedback.done(
        request,
        _("Answered by %(name)s.") % {"name": to.full_name}
        if to
        else _("Nobody has taken the conversation."),
    )
    return redirect("office:talk", pk)


@require_POST
def close(request: ScopedRequest, pk: int) -> HttpResponse:
    found = answerable_or_404(request, pk)
    arranging_talks.close(actor=request.user, talk=found, at=clock.now())
    feedback.done(request, _("Closed. A new message opens the conversation again."))
    return redirect("office:talk", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: ScopedRequest, pk: int) -> HttpResponse:
    """Another unit answers from now on; the member is told."""
    found = answerable_or_404(request, pk)
    form = MoveForm(
        request.POST if request.method == "POST" else None,
        units=talk_desks.units_to_move_to(found, clock.today()),
    )
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["unit"]
        try:
            arranging_talks.hand_over(
                actor=request.user, talk=found, to=to, reason=form.cleaned_data["reason"], at=clock.now()
            )
        except TalkError:
            messages.warning(request, _("The conversation was handed over meanwhile. Nothing was changed."))
        else:
            feedback.done(request, _("%(unit)s answers now. The member was told.") % {"unit": to})
        return redirect("office:talks")
    context = {
        "talk": found,
        "form": form,
        "trail": [*_trail(), (found.subject, reverse("office:talk", args=[pk]))],
    }
    return render(request, "office/talks/move.html", context)


def _trail() -> list[tuple[str, str]]:
    return [(_("Questions"), reverse("office:talks"))]
