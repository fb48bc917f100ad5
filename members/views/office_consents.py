"""Consents in the office: what a member has allowed, what was told by telephone or on paper, and the words of each purpose (REG-14)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jasenpalvelu.common import clock, feedback
from members import consents
from members.forms.consents import OfficeConsentForm
from members.models import OrgUnit
from members.models.consents import ConsentSource
from members.personal import reading
from members.personal.reading import Person
from members.personal.rights import HANDLE
from members.requests import ScopedRequest
from members.services import consenting
from members.services.consenting import ConsentError
from members.views import consent_wording as wording
from members.views.finding import page_context, subject_or_404

CLASSES = "B"
SHOWN = 30


def consents_of(request: ScopedRequest, found: Person) -> dict[str, Any]:
    """For the member's tab: what holds in each association whose data the reader handles, and what was said there."""
    on, mine = clock.today(), request.scope.unit_ids(HANDLE, CLASSES)
    units = [unit for unit in consents.units_of(found.party, on) if unit.pk in mine]
    return {
        "consents": [
            (one.unit, [(asked, [(c, wording.chip(asked.purpose, given=c.allowed)) for c in asked.choices]) for asked in one.asked])
            for one in consents.choices_of(found.party, units, on)
        ],
        "said": wording.story(consents.story(found.party, limit=SHOWN, units=mine)),
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: ScopedRequest, pk: int, unit_pk: int) -> HttpResponse:
    """What the person told the association by telephone, on paper or at the office."""
    subject = subject_or_404(request, pk)
    on, party = clock.today(), reading.person(pk).party
    unit = _asking(request, [u for u in consents.units_of(party, on) if u.pk == unit_pk])
    (one,) = consents.choices_of(party, [unit], on)
    form = OfficeConsentForm(request.POST if request.method == "POST" else None, asked=one.asked, today=on)
    if request.method == "POST" and form.is_valid() and _saved(request, form, unit, pk):
        return redirect("office:member_privacy", pk)
    context = page_context(subject) | {
        "form": form,
        "unit": unit,
        "child": consents.needs_guardian(party, on),
    }
    return render(request, "office/privacy/consent.html", context)


def _asking(request: ScopedRequest, units: list[OrgUnit]) -> OrgUnit:
    if not units or not request.scope.can(HANDLE, units[0].pk, CLASSES):
        raise Http404
    return units[0]


def _saved(request: ScopedRequest, form: OfficeConsentForm, unit: OrgUnit, pk: int) -> bool:
    data = form.cleaned_data
    try:
        new = consenting.record(
            actor=request.user,
            party=reading.person(pk).party,
            unit=unit,
            said=form.said,
            source=ConsentSource.OFFICE,
            at=clock.now(),
            on=clock.today(),
            told_on=data["told_on"],
            note=data["note"],
            guardian=data["guardian"],
        )
    except ConsentError as error:
        fields = {"guardian": "guardian", "unwritten": "told_on"}
        form.add_error(fields.get(error.code), wording.error(error.code))
        return False
    feedback.done(request, wording.saved(new, unit))
    return True
