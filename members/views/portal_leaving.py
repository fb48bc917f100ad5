"""A member resigns on their own pages, gets a receipt, and may think better of it (REG-5; Associations Act, section 13)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.audit.services import log_download
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.dates import format_date
from members.documents import receipts
from members.forms.leaving import ResignForm
from members.models import Membership, Resignation
from members.models.memberships import EventKind, State, last_day_before
from members.panels import consequences_of
from members.requests import ScopedRequest
from members.services import ending
from members.services.lifecycle import LifecycleError
from members.services.undoing import UndoError
from members.views.finding import language
from members.views.wording import undo_text


def _own(request: ScopedRequest, pk: int) -> Membership:
    """One's own membership; anybody else's does not exist here."""
    if request.scope.party_id is None:
        raise Http404
    mine = Membership.objects.filter(party=request.scope.party_id).select_related("party", "unit", "type")
    return get_object_or_404(mine, pk=pk)


def _standing(membership: Membership) -> Resignation | None:
    """The latest notice that has not been taken back."""
    rows = Resignation.objects.filter(membership=membership, withdrawn_on__isnull=True)
    return rows.select_related("event").order_by("-pk").first()


def _own_notice(request: ScopedRequest, pk: int) -> Resignation:
    """The notice of one's own membership; 404 where nobody has resigned."""
    membership = _own(request, pk)
    notice = _standing(membership)
    if notice is None:
        raise Http404
    notice.membership = membership  # with what the pages show of it
    return notice


@require_http_methods(["GET", "HEAD", "POST"])
def resign(request: ScopedRequest, pk: int) -> HttpResponse:
    """What follows is said first; then one button. Nobody has to accept a resignation."""
    membership = _own(request, pk)
    if membership.state not in (State.ACTIVE, State.LAPSED):
        return redirect("portal:resigned", pk) if _standing(membership) else redirect("portal:home")
    today = clock.today()
    effective = ending.effective_day(unit_id=membership.unit_id, kind=EventKind.RESIGNED, noticed_on=today)
    form = ResignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            ending.end_membership(
                actor=request.user,
                membership=membership,
                kind=EventKind.RESIGNED,
                noticed_on=today,
                reason=form.cleaned_data["reason"],
                channel=Resignation.Channel.PORTAL,
            )
        except LifecycleError:
            form.add_error(None, _("The membership has not begun yet. Ask your association."))
        else:
            feedback.done(request, _("Your resignation has been received."))
            return redirect("portal:resigned", pk)
    last = last_day_before(effective, membership.started_on)
    context = {
        "membership": membership,
        "form": form,
        "last": format_date(last) if last else "",
        "delayed": effective > today,
        "happens": consequences_of(membership, effective),
        "trail": [(_("My pages"), reverse("portal:home"))],
    }
    return render(request, "portal/leaving/resign.html", context)


@require_safe
def resigned(request: ScopedRequest, pk: int) -> HttpResponse:
    """The receipt on the screen."""
    notice = _own_notice(request, pk)
    membership = notice.membership
    context = {
        "membership": membership,
        "notice": notice,
        "last": last_day_before(notice.effective_on, membership.started_on),
        "may_withdraw": notice.noted_on is None,
        "trail": [(_("My pages"), reverse("portal:home"))],
    }
    return render(request, "portal/leaving/resigned.html", context)


@require_safe
def receipt(request: ScopedRequest, pk: int) -> HttpResponse:
    """The receipt as PDF."""
    notice = _own_notice(request, pk)
    log_download(
        actor=request.user, party_id=notice.membership.party_id, subject=_("Receipt for a resignation")
    )
    response = HttpResponse(receipts.pdf(notice, language()), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="eroilmoitus-{notice.noticed_on:%Y%m%d}.pdf"'
    return response


@require_POST
def withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    """The member stays after all, as long as the board has not noted the resignation."""
    notice = _own_notice(request, pk)
    try:
        ending.withdraw_resignation(actor=request.user, resignation=notice, on=clock.today())
    except UndoError as error:
        messages.error(request, undo_text(error))
        return redirect("portal:resigned", pk)
    feedback.done(request, _("Your resignation has been taken back. The membership goes on."))
    return redirect("portal:home")
