"""A membership ended, taken up again, and an ending undone (REG-5; Associations Act 503/1989, sections 13 and 14)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.dates import format_date
from members.forms.membership import EndForm, ReinstateForm
from members.models import Mandate, Membership
from members.models.memberships import EventKind, State, last_day_before
from members.panels import consequences_of
from members.reading import Subject
from members.requests import ScopedRequest
from members.services import ending, estates, lifecycle
from members.services.lifecycle import LifecycleError
from members.states import OPEN
from members.views.finding import membership_or_404, page_context, subject_or_404
from members.views.wording import lifecycle_text, undo_text


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: ScopedRequest, pk: int, membership_pk: int) -> HttpResponse:
    """First why and when; then what will happen, in words; then it is done. Every ending can be undone."""
    subject = subject_or_404(request, pk)
    membership = membership_or_404(subject, membership_pk)
    if membership.state not in {State.ACTIVE, State.LAPSED}:
        return redirect("office:member", pk)
    form = EndForm(
        request.POST if request.method == "POST" else None,
        is_person=subject.party.is_person,
        today=clock.today(),
        has_holding=subject.party.is_person and estates.has_holding(subject.party),
    )
    context = page_context(subject) | {
        "membership": membership,
        "form": form,
        "may_expel": request.scope.can("members.admit", membership.unit_id),
        "happens": [],
        "effective": None,
    }
    if request.method == "POST" and form.is_valid():
        kind, noticed = form.cleaned_data["kind"], form.cleaned_data["noticed_on"]
        effective = ending.effective_day(unit_id=membership.unit_id, kind=kind, noticed_on=noticed)
        if membership.started_on and effective < membership.started_on and kind != EventKind.DIED:
            form.add_error("noticed_on", lifecycle_text("before_start"))
        elif request.POST.get("vahvista"):
            return _ended(request, subject, membership, form)
        elif not request.POST.get("muuta"):
            context |= {
                "happens": _what_happens(
                    subject, membership, kind, effective, estate=bool(form.cleaned_data.get("estate"))
                ),
                "effective": effective,
                "deed": _deed(kind),
            }
    return render(request, "office/members/end.html", context)


def _ended(request: ScopedRequest, subject: Subject, membership: Membership, form: EndForm) -> HttpResponse:
    data = form.cleaned_data
    name = subject.party.display_name
    try:
        if data["kind"] == EventKind.DIED:
            done = ending.record_death(
                actor=request.user,
                party=subject.party,
                died_on=data["noticed_on"],
                reason=data["reason"],
                estate=bool(data.get("estate")),
            )
            text = _("%(name)s has been marked as deceased and the memberships have ended.") % {"name": name}
        else:
            done = ending.end_membership(
                actor=request.user,
                membership=membership,
                kind=data["kind"],
                noticed_on=data["noticed_on"],
                reason=data["reason"],
            )
            text = _("The membership of %(name)s in %(unit)s was ended.") % {
                "name": name,
                "unit": membership.unit,
            }
    except LifecycleError:
        return redirect("office:member", subject.party.pk)
    feedback.done(request, text, undo=reverse("office:member_undo", args=[subject.party.pk, done.pk]))
    return redirect("office:member", subject.party.pk)


def _what_happens(
    subject: Subject, membership: Membership, kind: str, effective: date, *, estate: bool
) -> list[str]:
    """The consequences, one sentence each; what lies outside the reader's scope is told as a number only."""
    if kind != EventKind.DIED:
        last = last_day_before(effective, membership.started_on)
        day = {"day": format_date(last) if last else "", "unit": membership.unit}
        lines = [_("The membership in %(unit)s ends. Its last day is %(day)s.") % day]
        if kind == EventKind.RESIGNED and effective > clock.today():
            lines.append(
                _(
                    "The rules of the association delay the resignation. Until then the member keeps their rights."
                )
            )
        return [*lines, *consequences_of(membership, effective)]
    count = Membership.objects.filter(party=subject.party, state__in=OPEN).count()
    posts = Mandate.objects.on(effective).filter(party=subject.party).count()
    lines = [
        ngettext("%(n)s membership ends on %(day)s.", "%(n)s memberships end on %(day)s.", count)
        % {"n": count, "day": format_date(effective)}
    ]
    if posts:
        lines.append(ngettext("%(n)s post ends.", "%(n)s posts end.", posts) % {"n": posts})
    if estate:
        lines.append(
            _("An estate is entered. It answers for the holding and is a member in the same associations.")
        )
    lines.append(_("The data stay in the register. Open invoices are handled with the estate."))
    return [*lines, *consequences_of(membership, effective)]


def _deed(kind: str) -> str:
    return _("Mark as deceased") if kind == EventKind.DIED else _("End the membership")


@require_http_methods(["GET", "HEAD", "POST"])
def reinstate(request: ScopedRequest, pk: int, membership_pk: int) -> HttpResponse:
    """An ended membership goes on as if it had not ended. One that ended by death goes on only with its member."""
    subject = subject_or_404(request, pk)
    membership = membership_or_404(subject, membership_pk)
    if membership.state != State.ENDED:
        return redirect("office:member", pk)
    if subject.party.is_person and subject.party.person.deceased_on:
        return _death_taken_back(request, subject, membership)
    form = ReinstateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _reinstated(request, membership, form):
        feedback.done(request, _("The membership goes on."))
        return redirect("office:member", pk)
    context = page_context(subject) | {
        "form": form,
        "question": _("Does the membership in %(unit)s go on?") % {"unit": membership.unit},
        "consequence": _("The ending is taken back and the membership goes on without a break from %(day)s.")
        % {"day": format_date(membership.started_on) if membership.started_on else "–"},
        "deed": _("Take the membership up again"),
        "cancel_url": reverse("office:member", args=[pk]),
    }
    return render(request, "office/confirm.html", context)


def _death_taken_back(request: ScopedRequest, subject: Subject, membership: Membership) -> HttpResponse:
    """The mark of a death is taken back as the one act it was; an estate opened by it goes."""
    act = ending.death_behind(membership=membership)
    if act is None:
        messages.error(
            request,
            _(
                "The member is marked as deceased, and the mark was not made here. It cannot be taken back on this page."
            ),
        )
        return redirect("office:member", subject.party.pk)
    if request.method == "POST":
        return undo(request, subject.party.pk, act)
    context = page_context(subject) | {
        "question": _("Is the mark of %(name)s's death wrong?") % {"name": subject.party.display_name},
        "consequence": _(
            "The mark is taken back: memberships and posts go on as they were before it, and an estate that was opened by"
            " it is removed. It can be done as long as nothing has been done after it."
        ),
        "deed": _("Take the mark of death back"),
        "cancel_url": reverse("office:member", args=[subject.party.pk]),
    }
    return render(request, "office/confirm.html", context)


def _reinstated(request: ScopedRequest, membership: Membership, form: ReinstateForm) -> bool:
    twin = Membership.objects.filter(
        party_id=membership.party_id,
        unit_id=membership.unit_id,
        type_id=membership.type_id,
        state__in=OPEN,
    )
    if twin.exists():
        form.add_error(None, _("The member has a new membership of the same type. End it first."))
        return False
    try:
        lifecycle.reinstate(
            actor=request.user,
            membership=membership,
            effective_on=clock.today(),
            reason=form.cleaned_data["reason"],
        )
    except LifecycleError:
        form.add_error(None, lifecycle_text(""))
        return False
    return True


@require_POST
def undo(request: ScopedRequest, pk: int, mutation_id: UUID) -> HttpResponse:
    """Take an ending or a death back, as long as nothing was done after it."""
    subject = subject_or_404(request, pk)
    if not any(request.scope.can("members.edit", u) for u in subject.unit_ids):
        raise Http404
    try:
        ending.undo(actor=request.user, party=subject.party, mutation_id=mutation_id, on=clock.today())
    except ending.UndoError as error:
        messages.error(request, undo_text(error))
    else:
        feedback.done(request, _("Undone. The membership goes on."))
    return redirect("office:member", pk)
