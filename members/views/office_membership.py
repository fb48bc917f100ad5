"""A further membership, and changes of one: type, first day, exemption from the fee, payer (REG-4)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.common import clock, feedback
from members import reading
from members.forms.membership import AddMembershipForm, ExemptionForm, PayerForm, StartForm, TypeForm
from members.masking import FINANCE
from members.models import Membership, OrgUnit, Party
from members.reading import Subject
from members.requests import ScopedRequest
from members.services import adding, joining, lifecycle
from members.services.holdings import HoldingError
from members.services.lifecycle import LifecycleError
from members.states import OPEN
from members.views import choosing_member
from members.views.finding import (
    entry_units,
    membership_or_404,
    new_token,
    page_context,
    subject_or_404,
)
from members.views.wording import lifecycle_text, may_be_changed, taken_text


# --- adding ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ScopedRequest, pk: int) -> HttpResponse:
    """A further membership of a member, in any association the person may enter members into."""
    subject = subject_or_404(request, pk)
    units = entry_units(request)
    unit = _chosen(request, units, subject)
    holdings = reading.holdings_of(subject) if subject.shown.household else []
    form = AddMembershipForm(
        request.POST if request.method == "POST" else None,
        types=joining.offered_types(unit, subject.party.kind),
        holdings=holdings,
        today=clock.today(),
        initial={"token": new_token()},
    )
    if request.method == "POST" and form.is_valid() and _enter(request, subject, unit, form, holdings):
        feedback.done(request, _("The membership in %(unit)s was added.") % {"unit": unit})
        return redirect("office:member", pk)
    context = page_context(subject) | {
        "form": form,
        "unit": unit,
        "units": units if len(units) > 1 else [],
        "rows": _entry_rows(form),
    }
    return render(request, "office/members/membership_add.html", context)


def _chosen(request: ScopedRequest, units: list[OrgUnit], subject: Subject) -> OrgUnit:
    asked = request.GET.get("yhdistys", "")
    if asked and not any(str(u.pk) == asked for u in units):
        raise Http404
    if asked:
        return next(u for u in units if str(u.pk) == asked)
    taken = {m.unit_id for m in subject.memberships if m.state in OPEN}
    return next((u for u in units if u.pk not in taken), units[0])


def _entry_rows(form: AddMembershipForm) -> list[Any]:
    rows: list[Any] = [form["type"], form["entry"], form["started_on"], (form["decided_on"], form["section"])]
    rows += [form["holding"]] if "holding" in form.fields else []
    return [*rows, form["holding_name"], form["holding_y_tunnus"]]


def _enter(
    request: ScopedRequest, subject: Subject, unit: OrgUnit, form: AddMembershipForm, holdings: list[Any]
) -> bool:
    """Whether the membership stands in the register now; otherwise the form says why not."""
    data = form.cleaned_data
    entry = adding.Entry(
        unit=unit,
        type=form.chosen_type,
        day=data["started_on"],
        decided=form.decided,
        decided_on=data["decided_on"],
        section=data["section"],
        holding=next((h for h in holdings if h.pk == data.get("holding")), None),
        holding_name=data["holding_name"],
        holding_y_tunnus=data["holding_y_tunnus"],
    )
    try:
        adding.add_membership(
            actor=request.user, token=data["token"], party=subject.party, entry=entry, on=clock.today()
        )
    except adding.AlreadyMember:
        if joining.result_of(data["token"]) is None:
            form.add_error(
                "type",
                _(
                    "The member belongs to the association already. Change the membership on the member's page."
                ),
            )
            return False
    except joining.SentAlready:
        return True
    except HoldingError:
        form.add_error("holding_y_tunnus", taken_text())
        return False
    return True


# --- changing -------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: ScopedRequest, pk: int, membership_pk: int) -> HttpResponse:
    """Type, exemption from the fee, first day, payer: each its own small form and its own event."""
    subject = subject_or_404(request, pk)
    membership = membership_or_404(subject, membership_pk)
    if not may_be_changed(membership, subject.on):
        raise Http404
    forms = _change_forms(request, subject, membership)
    chosen = request.POST.get("muutos", "") if request.method == "POST" else ""
    if request.method == "POST":
        if chosen not in forms:
            raise Http404
        if forms[chosen].is_valid() and _change(request, subject, membership, chosen, forms[chosen]):
            feedback.done(request, _("The membership was changed."))
            return redirect("office:member", pk)
    context = page_context(subject) | {"membership": membership, "forms": forms, "sent": forms.get(chosen)}
    return render(request, "office/members/membership.html", context)


def _change_forms(request: ScopedRequest, subject: Subject, membership: Membership) -> dict[str, Any]:
    sent = request.POST.get("muutos", "") if request.method == "POST" else ""
    today = clock.today()

    def data(name: str) -> Any:
        return request.POST if sent == name else None

    types = [
        t for t in joining.offered_types(membership.unit, subject.party.kind) if t.pk != membership.type_id
    ]
    forms: dict[str, Any] = {"alku": StartForm(data("alku"), initial={"started_on": membership.started_on})}
    if membership.state in OPEN:
        forms["laji"] = TypeForm(data("laji"), types=types, today=today)
    if request.scope.can("members.edit", membership.unit_id, FINANCE):
        exemption = {"until": membership.fee_exempt_until, "reason": membership.fee_exempt_reason}
        payer = membership.payer.number if membership.payer else ""
        forms["vapautus"] = ExemptionForm(data("vapautus"), initial=exemption)
        forms["maksaja"] = PayerForm(data("maksaja"), initial={"payer": payer})
    return forms


def _change(request: ScopedRequest, subject: Subject, membership: Membership, what: str, form: Any) -> bool:
    data, actor = form.cleaned_data, request.user
    try:
        if what == "laji":
            chosen = next(
                t for t in joining.offered_types(membership.unit, subject.party.kind) if t.pk == data["type"]
            )
            lifecycle.change_type(
                actor=actor,
                membership=membership,
                type=chosen,
                effective_on=data["effective_on"],
                reason=data["reason"],
            )
        elif what == "vapautus":
            lifecycle.exempt_from_fee(
                actor=actor,
                membership=membership,
                until=data["until"],
                reason=data["reason"],
                on=clock.today(),
            )
        elif what == "alku":
            lifecycle.correct_start(
                actor=actor,
                membership=membership,
                started_on=data["started_on"],
                reason=data["reason"],
                on=clock.today(),
            )
        else:
            return _set_payer(request, membership, form)
    except LifecycleError as error:
        form.add_error(None, lifecycle_text(str(error)))
        return False
    return True


def _set_payer(request: ScopedRequest, membership: Membership, form: PayerForm) -> bool:
    payer = None
    if form.cleaned_data["payer"]:
        payer = choosing_member.chosen(form, "payer", Party.objects.visible_to(request.scope), request.scope)
        if payer is None:
            return False
    lifecycle.set_payer(actor=request.user, membership=membership, payer=payer, on=clock.today())
    return True
