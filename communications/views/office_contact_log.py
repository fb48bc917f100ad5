"""The contact log of one member in the office, and what is written into it by hand (COM-3)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communications.contact_words import lines
from communications.forms.notes import NoteForm
from communications.models import ContactChannel, ContactEntry, ContactNote
from communications.permissions import VIEW
from communications.services import noting
from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.clock import HELSINKI
from members.models import OrgUnit
from members.reading import Subject
from members.requests import ScopedRequest
from members.views.finding import member_trail, page_context, subject_or_404

CLASS = "B"


def reader_or_404(request: ScopedRequest, pk: int) -> Subject:
    """The member, for somebody who sees how to reach people in an association the member belongs to, and what it has sent."""
    subject = subject_or_404(request, pk)
    if CLASS not in subject.classes or not _units(subject):
        raise Http404
    return subject


def _units(subject: Subject) -> list[int]:
    """The member's associations in whose name the reader may look and write."""
    return sorted(unit for unit in subject.present_units if subject.scope.can(VIEW, unit, CLASS))


@require_safe
def contact_log(request: ScopedRequest, pk: int) -> HttpResponse:
    """Everything, newest first; one channel when asked."""
    subject = reader_or_404(request, pk)
    channel = request.GET.get("kanava", "")
    rows = ContactEntry.objects.visible_to(request.scope).of([subject.party.pk, *subject.joined_ids])
    if channel in ContactChannel.values:
        rows = rows.filter(channel=channel)
    page = keyset.from_query(rows, request.GET, order=["-at", "-id"])
    log_view(
        actor=request.user,
        party_id=subject.party.pk,
        unit_id=_units(subject)[0],
        classes=CLASS,
        subject=_("Contact log"),
    )
    context = page_context(subject) | {
        "page": page,
        "lines": lines(page.rows),
        "channel": channel,
        "channels": [("", _("All channels")), *ContactChannel.choices],
        "trail": member_trail(subject),
    }
    return render(request, "office/contacts/log.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def note_add(request: ScopedRequest, pk: int) -> HttpResponse:
    """A call, a visit or an agreement."""
    subject = reader_or_404(request, pk)
    now = clock.now()
    units = list(OrgUnit.objects.filter(pk__in=_units(subject)).order_by("sort_key", "pk"))
    data = request.POST if request.method == "POST" else None
    initial = {
        "channel": "phone",
        "direction": "in",
        "day": now.date(),
        "hour": f"{now.hour}.{now.minute:02}",
    }
    form = NoteForm(data, units=units, now=now, initial=initial)
    if request.method == "POST" and form.is_valid():
        noting.write(actor=request.user, party=subject.party, unit=form.unit, now=now, **form.values)
        feedback.done(request, _("Written into the contact log."))
        return redirect("office:contact_log", pk)
    context = page_context(subject) | {"form": form, "note": None, "trail": _trail(subject)}
    return render(request, "office/contacts/note.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def note_edit(request: ScopedRequest, pk: int, note_pk: int) -> HttpResponse:
    """One's own note is put right."""
    subject, note = _own(request, pk, note_pk)
    at = note.at.astimezone(HELSINKI)
    initial = {
        "channel": note.channel,
        "direction": note.direction,
        "day": at.date(),
        "hour": f"{at.hour}.{at.minute:02}",
        "text": note.text,
    }
    data = request.POST if request.method == "POST" else None
    form = NoteForm(data, units=[note.unit], now=clock.now(), initial=initial)
    if request.method == "POST" and form.is_valid():
        noting.change(actor=request.user, note=note, **form.values)
        feedback.done(request, _("The note was changed."))
        return redirect("office:contact_log", pk)
    context = page_context(subject) | {"form": form, "note": note, "trail": _trail(subject)}
    return render(request, "office/contacts/note.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def note_remove(request: ScopedRequest, pk: int, note_pk: int) -> HttpResponse:
    subject, note = _own(request, pk, note_pk)
    if request.method == "POST":
        noting.remove(actor=request.user, note=note)
        feedback.done(request, _("The note was removed."))
        return redirect("office:contact_log", pk)
    context: dict[str, Any] = {
        "question": _("Remove the note?"),
        "consequence": _(
            "It disappears from the contact log and from the member's own pages. The history keeps that it was there."
        ),
        "deed": _("Remove the note"),
        "cancel_url": reverse("office:contact_log", args=[pk]),
        "danger": True,
        "trail": _trail(subject),
    }
    return render(request, "office/confirm.html", context)


def _own(request: ScopedRequest, pk: int, note_pk: int) -> tuple[Subject, ContactNote]:
    """A note the person wrote about the member, in the name of a unit that is still within reach."""
    subject = reader_or_404(request, pk)
    rows = ContactNote.objects.visible_to(request.scope).filter(party=subject.party, author=request.user)
    return subject, get_object_or_404(rows.select_related("unit"), pk=note_pk)


def _trail(subject: Subject) -> list[tuple[str, str]]:
    here = reverse("office:contact_log", args=[subject.party.pk])
    return [*member_trail(subject), (_("Contact log"), here)]
