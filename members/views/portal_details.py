"""A member's own contact details, kept in order by the member (REG-2, REG-14)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.common import clock, feedback
from members.forms.own import OwnDetailsForm
from members.forms.party import refuse_old, refuse_stale
from members.models import Party
from members.requests import ScopedRequest
from members.services import editing
from members.views import sealing
from members.views.email_changes import ask_again, tell_waiting
from members.views.wording import shown_value


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest) -> HttpResponse:
    """One form for all; what somebody else changed meanwhile is told and not overwritten."""
    parties = Party.objects.select_related("person", "organisation")
    party = get_object_or_404(parties, pk=request.scope.party_id or 0)
    now = editing.snapshot(party)
    posted = request.method == "POST"
    expected, old = sealing.opened(request.POST.get("seen", ""), party.pk) if posted else ({}, False)
    form = _form(party, now, request.POST if posted else None)
    conflicts: list[editing.Conflict] = []
    if posted and form.is_valid():
        ask_again(request, party, now, form.changes())
        try:
            _save(request, party, form, expected, old=old)
        except editing.StaleEdit as stale:
            conflicts = stale.conflicts
            now = editing.snapshot(party)
            form = _form(party, now, request.POST)
            form.is_valid()
            (refuse_old if old else refuse_stale)(form)
        else:
            tell_waiting(request, party, form.changes())
            feedback.done(request, _("Your details were saved."))
            return redirect("portal:details")
    context = {
        "form": form,
        "seen": sealing.sealed(form, now, party.pk),
        "conflicts": [(editing.field_label(c.field), shown_value(c.field, c.now)) for c in conflicts],
        "trail": [(_("My details"), reverse("portal:details"))],
    }
    return render(request, "portal/details_edit.html", context)


def _form(party: Party, now: dict[str, Any], data: Any) -> OwnDetailsForm:
    """Nothing is hidden from oneself, not even by an order."""
    return OwnDetailsForm(data, kind=party.kind, classes=frozenset("AB"), values=now, today=clock.today())


def _save(
    request: ScopedRequest, party: Party, form: OwnDetailsForm, expected: dict[str, Any], *, old: bool
) -> None:
    if old:
        raise editing.StaleEdit(editing.conflicts_with(party, editing.snapshot(party), expected, own=True))
    values, on = form.changes(), clock.today()
    editing.edit_own(actor=request.user, party=party, values=values, expected=expected, on=on)
