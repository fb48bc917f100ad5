"""A member moves to another association of the federation (REG-5)."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.keys import key_of
from members.forms.transfer import TransferForm
from members.models import Membership, MembershipType, OrgUnit
from members.models.memberships import State
from members.reading import Subject
from members.requests import ScopedRequest
from members.services import joining, transferring
from members.services.transferring import Move, TransferError
from members.views.finding import membership_or_404, page_context, subject_or_404

MOST = 30


@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: ScopedRequest, pk: int, membership_pk: int) -> HttpResponse:
    """First the association is looked for, then type and day. Who may not decide there sends an application instead."""
    subject = subject_or_404(request, pk)
    membership = membership_or_404(subject, membership_pk)
    if membership.state not in (State.ACTIVE, State.LAPSED):
        return redirect("office:member", pk)
    waits = transferring.waiting(party_id=pk).get(membership.pk)
    if waits is not None or "peru" in request.POST:
        return _under_way(request, subject, membership, waits)
    units = _destinations().exclude(pk=membership.unit_id)
    chosen = units.filter(pk=key_of(request.GET.get("yhdistys"))).first()
    words = request.GET.get("q", "").strip()[:80]
    context = page_context(subject) | {"membership": membership, "chosen": chosen, "q": words}
    if chosen is None:
        found = _looked_for(units, words) if words else []
        context |= {"found": found, "here": request.path}
        return render(request, "office/members/transfer_where.html", context)
    decides = request.scope.can("members.edit", chosen.pk)
    types = joining.offered_types(chosen, subject.party.kind)
    form = TransferForm(
        request.POST if request.method == "POST" else None,
        types=types,
        today=clock.today(),
        current=membership.type,
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and _done(request, membership, chosen, form, decides=decides)
    ):
        return redirect("office:member", pk)
    return render(request, "office/members/transfer.html", context | {"form": form, "decides": decides})


def _under_way(
    request: ScopedRequest, subject: Subject, membership: Membership, found: Move | None
) -> HttpResponse:
    """A move that has been sent: what it is, and taking it back as long as no board has decided."""
    if "peru" in request.POST:
        try:
            transferring.withdraw(actor=request.user, membership=membership, on=clock.today())
        except TransferError as error:
            messages.error(request, transfer_text(error.code))
        else:
            feedback.done(request, _("The move was cancelled. The membership goes on as it was."))
        return redirect("office:member", subject.party.pk)
    assert found is not None
    told = {"unit": found.application.unit, "day": format_date(found.asked_on), "from": membership.unit}
    context = page_context(subject) | {
        "question": _("The move to %(unit)s waits for its board") % told,
        "consequence": _(
            "Sent on %(day)s. When the board admits, the membership in %(from)s ends by itself on the same day. Until then"
            " you can cancel the move."
        )
        % told,
        "deed": _("Cancel the move"),
        "deed_name": "peru",
        "cancel_url": reverse("office:member", args=[subject.party.pk]),
    }
    return render(request, "office/confirm.html", context)


def _destinations() -> QuerySet[OrgUnit]:
    return OrgUnit.objects.on(clock.today()).filter(kind__has_members=True)


def _looked_for(units: QuerySet[OrgUnit], words: str) -> list[OrgUnit]:
    """Associations whose name in some language contains what was typed."""
    named = Q(name_fi__icontains=words) | Q(name_sv__icontains=words) | Q(name_en__icontains=words)
    return list(units.filter(named).order_by("sort_key", "pk")[:MOST])


def _done(
    request: ScopedRequest, membership: Membership, unit: OrgUnit, form: TransferForm, *, decides: bool
) -> bool:
    party, data = membership.party, form.cleaned_data
    chosen: MembershipType = form.chosen_type
    values = {"membership": membership, "unit": unit, "type": chosen, "reason": data["reason"]}
    told = {"name": party.display_name, "unit": unit}
    try:
        if decides:
            done = transferring.transfer(actor=request.user, on=data["day"], **values)
            undo = reverse("office:member_undo", args=[party.pk, done.pk])
            feedback.done(request, _("%(name)s moved to %(unit)s.") % told, undo=undo)
        else:
            transferring.ask(actor=request.user, on=clock.today(), **values)
            feedback.done(request, _("The move of %(name)s waits for the board of %(unit)s.") % told)
    except TransferError as error:
        form.add_error(None, transfer_text(error.code))
        return False
    return True


def transfer_text(code: str) -> str:
    texts = {
        "same": _("Choose another association than the present one."),
        "member": _("There is a membership or an application in that association already."),
        "ended": _("The membership has ended already."),
        "start": _("The membership would end before it began."),
        "waiting": _("A move of this membership waits for a board already. Cancel it first."),
        "decided": _("The move does not wait any more: the board has decided."),
    }
    return texts.get(code, texts["ended"])
