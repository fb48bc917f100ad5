"""Adding a member and editing one (REG-2, REG-5)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback
from members.forms.membership import AddMemberForm
from members.forms.party import PartyForm, party_fields, refuse_old, refuse_stale, without_hidden
from members.masking import HIDDEN_BY_ORDER
from members.models import Holding, OrgUnit
from members.models.parties import PartyKind
from members.reading import Subject
from members.requests import ScopedRequest
from members.services import adding, duplicates, editing, emails, joining
from members.services.duplicates import Found, Keys
from members.services.holdings import HoldingError
from members.services.registering import person_display_name
from members.views import sealing
from members.views.email_changes import ask_again, beyond_text, tell_waiting
from members.views.finding import editable_or_404, entry_units, member_trail, new_token, trail
from members.views.wording import shown_value, taken_text

KINDS = {"henkilo": PartyKind.PERSON, "yhteiso": PartyKind.ORGANISATION}


# --- editing --------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    """The member's own data and contacts in one form, by the editor's field classes."""
    subject = editable_or_404(request, pk)
    now = editing.snapshot(subject.party)
    posted = request.method == "POST"
    sealed = request.POST.get("seen", "")
    expected, old = sealing.opened(sealed, pk) if sealed else ({}, False)
    form = _edit_form(subject, now, _sent(request, subject, expected) if posted else None)
    conflicts: list[editing.Conflict] = []
    if posted and form.is_valid():
        if not sealed:
            raise Http404
        ask_again(request, subject.party, now, form.changes())
        try:
            if old:
                raise editing.StaleEdit(editing.conflicts_with(subject.party, now, expected))
            editing.edit_party(
                actor=request.user,
                party=subject.party,
                values=form.changes(),
                expected=expected,
                on=clock.today(),
            )
        except editing.StaleEdit as stale:
            conflicts = stale.conflicts
            subject = editable_or_404(request, pk)
            now = editing.snapshot(subject.party)
            form = _edit_form(subject, now, _sent(request, subject, expected))
            form.is_valid()
            (refuse_old if old else refuse_stale)(form)
        except emails.Beyond:
            form.add_error("email", beyond_text())
        else:
            tell_waiting(request, subject.party, form.changes())
            feedback.done(request, _("Saved: %(name)s") % {"name": _name_typed(form)})
            return redirect("office:member", pk)
    context = {
        "subject": subject,
        "party": subject.party,
        "form": form,
        "seen": sealing.sealed(form, now, pk),
        "conflicts": [
            (editing.field_label(c.field), shown_value(c.field, c.now))
            for c in conflicts
            if c.field in form.fields
        ],
        "trail": member_trail(subject),
        "may_unmask": subject.party.non_disclosure and subject.can_now("nondisclosure.unmask"),
    }
    return render(request, "office/members/edit.html", context)


def _edit_form(subject: Subject, now: dict[str, Any], data: Any) -> PartyForm:
    party = subject.party
    return PartyForm(
        data,
        kind=party.kind,
        classes=subject.edit_classes & subject.classes,
        values=now,
        protected=party.non_disclosure,
        may_protect=not party.non_disclosure,
        today=clock.today(),
    )


def _sent(request: ScopedRequest, subject: Subject, expected: dict[str, Any]) -> QueryDict:
    """What was sent; an order that came after the form was opened empties the fields it hides."""
    if subject.party.non_disclosure and not HIDDEN_BY_ORDER.isdisjoint(expected):
        return without_hidden(request.POST)
    return request.POST


def _name_typed(form: PartyForm) -> str:
    data = form.cleaned_data
    if form.kind == PartyKind.PERSON:
        return person_display_name(data["last_name"], data["first_names"])
    return str(data["name"])


# --- adding ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ScopedRequest) -> HttpResponse:
    """A new member on one page; who may be in the register already is asked before anything is written."""
    units = entry_units(request)
    kind = _chosen_kind(request)
    unit = _chosen_unit(request, units)
    changing = "vaihda" in request.POST
    form = _add_form(request, unit, kind, changing=changing)
    found = Found()
    if request.method == "POST" and not changing and form.is_valid():
        done = joining.result_of(form.cleaned_data["token"])
        if done is not None:
            return redirect("office:member", done)
        found = _duplicates(request, form)
        _refuse_taken_holding(form)
        if not form.errors and (not found or form.cleaned_data["different"] == _fingerprint(found)):
            answer = _enter(request, form, unit)
            if answer is not None:
                return answer
    context = {
        "form": form,
        "found": found,
        "fingerprint": _fingerprint(found) if found else "",
        "unit": unit,
        "units": units if len(units) > 1 else [],
        "kinds": [(key, _kind_words()[key], value == kind) for key, value in KINDS.items()],
        "carried": _carried(request, form),
        "trail": trail(),
    }
    return render(request, "office/members/add.html", context)


def _chosen_kind(request: ScopedRequest) -> PartyKind:
    """The button pressed; otherwise what the form was for, or the address."""
    asked = [request.POST.get("vaihda", ""), request.POST.get("laji", ""), request.GET.get("laji", "")]
    return next((KINDS[key] for key in asked if key in KINDS), PartyKind.PERSON)


def _kind_words() -> dict[str, str]:
    return {"henkilo": _("Person"), "yhteiso": _("Organisation")}


def _carried(request: ScopedRequest, form: AddMemberForm) -> list[tuple[str, str]]:
    """What was typed into fields only the other kind has: it comes back with a change of mind."""
    both = {name for kind in KINDS.values() for name in party_fields(kind, clock.today())}
    return [(name, request.POST[name]) for name in sorted(both - set(form.fields)) if request.POST.get(name)]


def _chosen_unit(request: ScopedRequest, units: list[OrgUnit]) -> OrgUnit:
    """The one chosen on the form or in the address; otherwise the working unit; otherwise the first."""
    asked = request.POST.get("yhdistys", "") or request.GET.get("yhdistys", "")
    if asked:
        found = next((u for u in units if str(u.pk) == asked), None)
        if found is None:
            raise Http404
        return found
    own = request.scope.unit.pk if request.scope.unit else None
    return next((u for u in units if u.pk == own), units[0])


def _add_form(request: ScopedRequest, unit: OrgUnit, kind: str, *, changing: bool) -> AddMemberForm:
    """The form; while the association or the kind is being changed, with what was typed and without its errors."""
    typed = {name: value for name, value in request.POST.items() if value} if changing else {}
    return AddMemberForm(
        request.POST if request.method == "POST" and not changing else None,
        types=joining.offered_types(unit, kind),
        kind=kind,
        classes=request.scope.classes_for([unit.pk], "members.edit"),
        today=clock.today(),
        initial={"token": new_token(), **typed},
    )


def _duplicates(request: ScopedRequest, form: AddMemberForm) -> Found:
    """Who may be the same. A hit outside one's own scope is itself a reading of the register, so it is logged."""
    data = form.cleaned_data
    keys = Keys.of(
        display_name=_name_typed(form),
        last_name=data.get("last_name", ""),
        phone=data.get("phone", ""),
        email=data.get("email", ""),
        postal_code=data.get("postal_code", ""),
        y_tunnus=data.get("y_tunnus", "") or data.get("holding_y_tunnus", ""),
        birth_date=data.get("birth_date"),
    )
    found = duplicates.find(keys=keys, scope=request.scope)
    if found.elsewhere:
        log_view(actor=request.user, classes="A", subject="duplicate check", count=len(found.elsewhere))
    return found


def _refuse_taken_holding(form: AddMemberForm) -> None:
    """Told together with the question about duplicates, not only after it has been answered."""
    number = form.cleaned_data["holding_y_tunnus"]
    if number and Holding.objects.filter(y_tunnus=number).exists():
        form.add_error("holding_y_tunnus", taken_text())


def _fingerprint(found: Found) -> str:
    """Which candidates a "not the same" was said about: others that appear meanwhile are asked about again."""
    inside = ",".join(f"{c.party.pk}:{'+'.join(c.reasons)}" for c in found.candidates)
    return f"{inside}|{'+'.join(found.elsewhere)}"


def _enter(request: ScopedRequest, form: AddMemberForm, unit: OrgUnit) -> HttpResponse | None:
    data = form.cleaned_data
    entry = adding.Entry(
        unit=unit,
        type=form.chosen_type,
        day=data["started_on"],
        decided=form.decided,
        decided_on=data["decided_on"],
        section=data["section"],
        holding_name=data["holding_name"],
        holding_y_tunnus=data["holding_y_tunnus"],
    )
    try:
        party = adding.add_member(
            actor=request.user,
            token=data["token"],
            kind=form.kind,
            values=form.party_values(),
            entry=entry,
            on=clock.today(),
        )
    except joining.SentAlready as sent:
        return redirect("office:member", sent.result)
    except HoldingError:
        form.add_error("holding_y_tunnus", taken_text())
        return None
    feedback.done(request, _("%(name)s was added to the register.") % {"name": party.display_name})
    return redirect("office:member", party.pk)
