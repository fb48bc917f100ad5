"""What one has allowed and forbidden, on one's own pages: each association's questions, and the story of one's choices (REG-14)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.common import clock, feedback
from members import consents
from members.consents import UnitChoices
from members.forms.consents import ConsentForm
from members.models import Party
from members.models.consents import ConsentSource
from members.personal.reading import person
from members.requests import ScopedRequest
from members.services import consenting
from members.services.consenting import ConsentError
from members.views import consent_wording as wording

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: ScopedRequest) -> HttpResponse:
    """One form for each association; saving one leaves the others as they are."""
    if request.scope.party_id is None:
        raise Http404
    party = person(request.scope.party_id).party
    on = clock.today()
    found = consents.choices_of(party, consents.units_of(party, on), on)
    forms = [_form(request, one) for one in found]
    for one, form in zip(found, forms, strict=True):
        if form.is_bound and form.is_valid() and _saved(request, party, one, form):
            return redirect("portal:consents")
    context = {
        "forms": [(one.unit, form) for one, form in zip(found, forms, strict=True)],
        "bound": next((form for form in forms if form.is_bound), None),
        "story": wording.story(consents.story(party, limit=SHOWN)),
        "child": consents.needs_guardian(party, on),
        "crumbs": [
            (_("My details"), reverse("portal:details")),
            (_("Data protection"), reverse("portal:privacy")),
        ],
    }
    return render(request, "portal/privacy/consents.html", context)


def _form(request: ScopedRequest, one: UnitChoices) -> ConsentForm:
    mine = request.method == "POST" and request.POST.get("unit") == str(one.unit.pk)
    return ConsentForm(request.POST if mine else None, asked=one.asked, prefix=f"u{one.unit.pk}")


def _saved(request: ScopedRequest, party: Party, one: UnitChoices, form: ConsentForm) -> bool:
    now = clock.now()
    try:
        new = consenting.record(
            actor=request.user,
            party=party,
            unit=one.unit,
            said=form.said,
            source=ConsentSource.PORTAL,
            at=now,
            on=clock.today(),
        )
    except ConsentError as error:
        form.add_error(None, wording.error(error.code))
        return False
    feedback.done(request, wording.saved(new, one.unit))
    return True
