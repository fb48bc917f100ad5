"""Which letters one wants, on one's own pages."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from communications.models import PreferenceSource
from communications.views.letter_wishes import form_of, save
from jasenpalvelu.common import feedback
from members.personal.reading import person
from members.requests import ScopedRequest


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: ScopedRequest) -> HttpResponse:
    if request.scope.party_id is None:
        raise Http404
    party = person(request.scope.party_id).party
    sent = request.POST if request.method == "POST" else None
    found, form = form_of(sent, party)
    if sent is not None and save(form, party=party, actor=request.user, source=PreferenceSource.PORTAL):
        feedback.done(request, _("Your choices were saved."))
        return redirect("portal:letter_wishes")
    context = {
        "wishes": found,
        "form": form,
        "crumbs": [(_("My details"), reverse("portal:details"))],
    }
    return render(request, "portal/letter_wishes.html", context)
