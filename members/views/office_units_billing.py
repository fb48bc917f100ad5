"""Where a unit's invoices are paid to: changed by its treasurer alone, after saying once more who one is."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.common import feedback
from members.forms.units import BillingForm
from members.models import OrgUnit
from members.requests import ScopedRequest
from members.services import unit_editing
from members.services.unit_editing import AccountTaken
from members.views.office_units import _frame, _visible

SETTINGS = "billing.settings"


@require_http_methods(["GET", "HEAD", "POST"])
@confirmation_required
def billing(request: ScopedRequest, pk: int) -> HttpResponse:
    """The account number and the e-invoice address."""
    found = _visible(request, pk)
    if not request.scope.can(SETTINGS, pk):
        raise Http404
    initial = {name: getattr(found, name) for name in ("iban", "einvoice_address", "einvoice_operator")}
    form = BillingForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid() and _changed(request, found, form):
        feedback.done(request, _("The changes were saved."))
        return redirect("office:unit", pk)
    return render(request, "office/units/billing.html", _frame(request, found) | {"form": form})


def _changed(request: ScopedRequest, found: OrgUnit, form: BillingForm) -> bool:
    try:
        unit_editing.change_account(unit=found, values=form.values, actor=request.user)
    except AccountTaken:
        text = _(
            "Another unit of the federation has this account number. Check the digits; each unit needs its own account."
        )
        form.add_error("iban", text)
        return False
    return True
