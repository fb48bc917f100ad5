"""Applications that wait for the board: admitted or rejected, one or many in one act (REG-5)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import Min, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.keys import key_of
from members import masking, reading
from members.forms.membership import DecisionForm
from members.models import Membership, MembershipEvent, OrgUnit
from members.models.memberships import EventKind, State
from members.requests import ScopedRequest
from members.scope import Scope
from members.services import duplicates, joining
from members.services.duplicates import Candidate
from members.services.lifecycle import LifecycleError
from members.views.finding import language

ADMIT = "members.admit"
PAGE = 50


@dataclass(frozen=True)
class Row:
    """One application as listed: who, what, since when, and whether the person may be in the register already."""

    membership: Membership
    place: str
    hidden: bool
    applied_on: object
    note: str
    twins: list[Candidate]
    holding_url: str


@require_http_methods(["GET", "HEAD", "POST"])
def applications(request: ScopedRequest) -> HttpResponse:
    """The list, oldest first, and the decision on the chosen ones."""
    if not request.scope.can(ADMIT):
        raise Http404
    admitting = request.POST.get("paatos") != "hylkaa"
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        admitting=admitting,
        today=clock.today(),
        initial={"decided_on": clock.today()},
    )
    chosen = _chosen(request) if request.method == "POST" else []
    if request.method == "POST" and not chosen:
        form.add_error(None, _("Choose at least one application."))
    elif request.method == "POST" and form.is_valid() and _decided(request, form, chosen):
        return redirect("office:applications")
    unit = _unit(request)
    page = keyset.from_query(
        _waiting(request, unit), request.GET, order=["applied_on", "pk"], never_null=["applied_on"], size=PAGE
    )
    context = {
        "form": form,
        "page": page,
        "rows": _rows(request, page.rows),
        "units": _units(request),
        "unit": unit,
        "chosen": {m.pk for m in chosen},
        "join_url": _join_url(request),
    }
    return render(request, "office/members/applications.html", context)


@require_POST
def undo(request: ScopedRequest, mutation_id: UUID) -> HttpResponse:
    """The applications wait again, if nothing was done after the decision."""
    pks = joining.decided_in(mutation_id)
    mine = list(Membership.objects.visible_to(request.scope, ADMIT).filter(pk__in=pks).order_by("pk"))
    if not pks or len(mine) != len(pks):
        raise Http404
    try:
        count = joining.undo_decision(
            actor=request.user, mutation_id=mutation_id, memberships=mine, on=clock.today()
        )
    except (joining.UndoError, LifecycleError):
        messages.error(request, _("This can no longer be undone: something was done after it."))
    else:
        feedback.done(
            request,
            ngettext("%(n)s application waits again.", "%(n)s applications wait again.", count)
            % {"n": count},
        )
    return redirect("office:applications")


# --- the list -------------------------------------------------------------------------------------------------------
def _waiting(request: ScopedRequest, unit: OrgUnit | None) -> QuerySet[Membership]:
    rows = Membership.objects.visible_to(request.scope, ADMIT).filter(state=State.APPLIED)
    if unit is not None:
        rows = rows.filter(unit=unit)
    return rows.select_related("party__person", "party__organisation", "unit", "type").annotate(
        applied_on=Min("events__effective_on")
    )


def _units(request: ScopedRequest) -> list[OrgUnit]:
    """Associations with something waiting, when there are several to choose from."""
    waiting = Membership.objects.visible_to(request.scope, ADMIT).filter(state=State.APPLIED)
    units = list(OrgUnit.objects.filter(pk__in=waiting.values("unit_id")).order_by("sort_key", "pk"))
    return units if len(units) > 1 else []


def _join_url(request: ScopedRequest) -> str:
    """The join form of the association one works in, for the empty list."""
    own = request.scope.unit
    return reverse("public:join", args=[own.slug]) if own and own.kind.has_members else ""


def _unit(request: ScopedRequest) -> OrgUnit | None:
    asked = key_of(request.GET.get("yhdistys"))
    return OrgUnit.objects.visible_to(request.scope, ADMIT).filter(pk=asked).first() if asked else None


def _rows(request: ScopedRequest, memberships: list[Membership]) -> list[Row]:
    events = MembershipEvent.objects.filter(membership__in=memberships, kind=EventKind.APPLIED).order_by("pk")
    applied = {event.membership_id: event for event in events}
    twins = duplicates.twins_of(party_ids=[m.party_id for m in memberships], scope=request.scope)
    return [_row(request.scope, m, applied.get(m.pk), twins.get(m.party_id, [])) for m in memberships]


def _row(scope: Scope, membership: Membership, event: MembershipEvent | None, twins: list[Candidate]) -> Row:
    party = membership.party
    classes = scope.classes_for([membership.unit_id]) | scope.classes_for([membership.unit_id], ADMIT)
    shown = masking.shown(classes, non_disclosure=party.non_disclosure)
    place = reading.municipality_text(party, language()) if shown.municipality else ""
    applied_on = membership.applied_on  # type: ignore[attr-defined]
    note = reading.application_note(event, shown) if event and shown.contacts_exist else ""
    lacking = membership.lacks_holding and "C" in scope.classes_for([membership.unit_id], "members.edit")
    holding_url = reverse("office:holding_add", args=[party.pk]) if lacking else ""
    return Row(membership, place, shown.protected, applied_on, note, twins, holding_url)


# --- deciding -------------------------------------------------------------------------------------------------------
def _chosen(request: ScopedRequest) -> list[Membership]:
    """The ticked applications; one that is not in the scope makes the whole answer 404."""
    ticked = {key_of(value) for value in request.POST.getlist("valittu")}
    mine = Membership.objects.visible_to(request.scope, ADMIT).select_related("party", "type")
    rows = list(mine.filter(pk__in=ticked).order_by("pk"))
    if len(rows) != len(ticked):
        raise Http404
    return rows


def _decided(request: ScopedRequest, form: DecisionForm, chosen: list[Membership]) -> bool:
    data = form.cleaned_data
    try:
        done = joining.decide(
            actor=request.user,
            memberships=chosen,
            admitted=form.admitting,
            decided_on=data["decided_on"],
            effective_on=data["effective_on"] or data["decided_on"],
            section=data["section"],
            reason=data["reason"],
        )
    except LifecycleError:
        form.add_error(
            None, _("One of the applications has been decided already. Check the list and choose again.")
        )
        return False
    count = len(chosen)
    text = (
        ngettext("%(n)s application was admitted.", "%(n)s applications were admitted.", count)
        if form.admitting
        else ngettext("%(n)s application was rejected.", "%(n)s applications were rejected.", count)
    )
    feedback.done(request, text % {"n": count}, undo=reverse("office:applications_undo", args=[done.pk]))
    if form.admitting:
        _warn_of_holdings(request, chosen)
    return True


def _warn_of_holdings(request: ScopedRequest, admitted: list[Membership]) -> None:
    """Whose fee cannot be counted before somebody enters the holding."""
    names = [m.party.display_name for m in admitted if m.lacks_holding]
    if names:
        text = _(
            "The holding is missing: %(names)s. Add it on the member's page, so that the fee can be counted."
        )
        messages.warning(request, text % {"names": ", ".join(names)})
