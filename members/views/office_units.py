"""Units: the tree within reach, one unit with everything about it, its data, rules and membership types (REG-1, REG-4)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.audit.wording import Sight, history_for
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.forms import FilterForm
from jasenpalvelu.common.identifiers import format_iban
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.parts import Tab
from jasenpalvelu.common.reference import municipality_name
from members import pictures, unit_reading
from members.choosing import forget_types
from members.forms.units import RulesForm, TypeForm, UnitForm
from members.models import MembershipType, OrgUnit, UnitRules
from members.models.parties import LANGUAGES
from members.models.units import Relation
from members.requests import ScopedRequest
from members.services import unit_editing

VIEW, EDIT = "units.view", "units.edit"
# Rules that are not the secretary's: one gives the union the association's money, the other the board's word on members.
RULE_RIGHTS = {
    "admission": ("mandates.grant", "billing.settings"),
    "central_billing": ("billing.settings",),
    "year_ends": ("billing.settings",),
}
# A tree of so many units is drawn whole; of a larger one the branches are on the pages of its boughs.
OPEN_UP_TO = 40
MOST_FOUND = 100
TECHNICAL = {"id", "unit_id", "sort_key", "position"}


class UnitFilter(FilterForm):
    q = forms.CharField(
        label=gettext_lazy("Name, number or business ID"),
        max_length=100,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )


@require_safe
def units(request: ScopedRequest) -> HttpResponse:
    """The tree of units in reach with their numbers of members; what is typed leaves those that fit."""
    if not request.scope.can(VIEW):
        raise Http404
    form = UnitFilter(request.GET)
    text = form.wanted.get("q", "")
    nodes = unit_reading.tree(request.scope, on=clock.today(), text=text)
    count = sum(1 + node.below for node in nodes)
    context = {
        "form": form,
        "nodes": nodes[:MOST_FOUND],
        "count": count,
        "more": len(nodes) > MOST_FOUND,
        "open": count <= OPEN_UP_TO,
        "may_change": request.scope.can("units.change"),
    }
    return render(request, f"office/units/list.html{'#results' if request.htmx else ''}", context)


@require_safe
def unit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    facts = unit_reading.facts(request.scope, found, on=clock.today())
    seen = request.scope.unit_ids(VIEW)
    context = _frame(request, found, "summary") | {
        "facts": facts,
        "basics": _basics(found),
        "contact": _contact(found),
        "billing": _billing(found),
        "rules": _rules_told(facts.rules) if facts.rules else [],
        "parents": [
            (_belongs_for(p.relation), p.parent, p.parent_id in seen, p.valid_from) for p in facts.parents
        ],
        "members_url": _members_url(request, found),
        "join_url": _join_url(found),
        "meeting_url": _meeting_url(request, found),
    }
    return render(request, "office/units/unit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    posted = request.method == "POST"
    form = UnitForm(request.POST if posted else None, request.FILES if posted else None, unit=found)
    if posted and form.is_valid():
        unit_editing.edit_unit(
            unit=found,
            values=form.values,
            actor=request.user,
            logo=form.cleaned_data["logo"],
            remove_logo=bool(form.cleaned_data.get("remove_logo")),
        )
        feedback.done(request, _("The changes were saved."))
        return redirect("office:unit", pk)
    return render(request, "office/units/edit.html", _frame(request, found) | {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: ScopedRequest, pk: int) -> HttpResponse:
    """A new version of the rules from a day on; the versions so far stay to be read."""
    found = _visible(request, pk)
    may = _rules_for(request, pk)
    if not may:
        raise Http404
    versions = list(UnitRules.objects.filter(unit=found).order_by("-valid_from", "-pk"))
    instance = UnitRules(unit=found, **_values(versions[0])) if versions else UnitRules(unit=found)
    form = RulesForm(
        request.POST if request.method == "POST" else None, instance=instance, today=clock.today(), may=may
    )
    if request.method == "POST" and form.is_valid() and _changed(request, found, form):
        feedback.done(request, _("The new rules were saved."))
        return redirect("office:unit", pk)
    context = _frame(request, found) | {"form": form, "versions": [(v, _rules_told(v)) for v in versions]}
    return render(request, "office/units/rules.html", context)


def _rules_for(request: ScopedRequest, pk: int) -> frozenset[str]:
    """The rules one may change: the one who keeps the unit's data changes neither who bills nor who admits."""
    rights = {name: RULE_RIGHTS.get(name, (EDIT,)) for name in unit_editing.RULES}
    return frozenset(
        name for name, held in rights.items() if any(request.scope.can(right, pk) for right in held)
    )


def _values(rules: UnitRules) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in unit_editing.RULES}


def _changed(request: ScopedRequest, found: OrgUnit, form: RulesForm) -> bool:
    try:
        unit_editing.change_rules(
            unit=found, values=form.values, valid_from=form.cleaned_data["valid_from"], actor=request.user
        )
    except unit_editing.RulesError as error:
        texts = {
            "before": (
                "valid_from",
                _("Later rules have been entered already. Choose a day after they begin."),
            ),
            "same": (None, _("Nothing would change. Change a rule, or go back.")),
        }
        form.add_error(*texts[error.code])
        return False
    return True


@require_safe
def history(request: ScopedRequest, pk: int) -> HttpResponse:
    """What has been done to the unit's own data, rules and types. Members' data has its history on their own pages."""
    found = _visible(request, pk)
    if not request.scope.can(EDIT, pk):
        raise Http404
    acts, older = history_for(
        sees=_sees,
        rows=unit_reading.history_rows(found),
        before=key_of(request.GET.get("ennen")) or None,
    )
    context = _frame(request, found, "history") | {"acts": acts, "older": older}
    return render(request, "office/units/history.html", context)


def _sees(table: str, column: str) -> Sight:
    return Sight.LEFT_OUT if column in TECHNICAL else Sight.SHOWN


@require_safe
def logo(request: ScopedRequest, pk: int) -> FileResponse:
    """The picture as it was cleaned when it came; a drawing is shown as a picture and never as a page."""
    found = _visible(request, pk)
    if not found.logo:
        raise Http404
    extension = str(found.logo.name).rsplit(".", 1)[-1]
    if extension not in pictures.TYPES:
        raise Http404
    response = FileResponse(found.logo.open(), content_type=pictures.TYPES[extension])
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


# --- membership types -----------------------------------------------------------------------------------------------
@require_safe
def types(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    if not found.kind.has_members:
        raise Http404
    context = _frame(request, found, "types") | {"types": unit_reading.types_of(found)}
    return render(request, "office/units/types.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def type_new(request: ScopedRequest, pk: int) -> HttpResponse:
    return _type(request, pk, None)


@require_http_methods(["GET", "HEAD", "POST"])
def type_edit(request: ScopedRequest, pk: int, type_pk: int) -> HttpResponse:
    return _type(request, pk, get_object_or_404(MembershipType, pk=type_pk, unit_id=pk))


def _type(request: ScopedRequest, pk: int, kind: MembershipType | None) -> HttpResponse:
    """One of the association's own types; the common ones are the federation's to change."""
    found = _editable(request, pk)
    if not found.kind.has_members:
        raise Http404
    form = TypeForm(request.POST if request.method == "POST" else None, instance=kind)
    if request.method == "POST" and form.is_valid():
        try:
            unit_editing.save_type(
                unit=found, values=form.values, actor=request.user, type_pk=kind.pk if kind else None
            )
        except unit_editing.NameTaken:
            form.add_error("name_fi", _("The association has a membership type of this name already."))
        else:
            forget_types(request.scope)
            feedback.done(request, _("The membership type was saved."))
            return redirect("office:membership_types", pk)
    return render(request, "office/units/type.html", _frame(request, found) | {"form": form, "kind": kind})


# --- the frame ------------------------------------------------------------------------------------------------------
def _visible(request: ScopedRequest, pk: int) -> OrgUnit:
    return get_object_or_404(OrgUnit.objects.visible_to(request.scope, VIEW).select_related("kind"), pk=pk)


def _editable(request: ScopedRequest, pk: int) -> OrgUnit:
    found = _visible(request, pk)
    if not request.scope.can(EDIT, pk):
        raise Http404
    return found


def _frame(request: ScopedRequest, found: OrgUnit, current: str = "") -> dict[str, Any]:
    here = reverse("office:unit", args=[found.pk])
    may_edit = request.scope.can(EDIT, found.pk)
    tabs = [Tab(_("Summary"), here, current=current == "summary")]
    if found.kind.has_members:
        url = reverse("office:membership_types", args=[found.pk])
        tabs.append(Tab(_("Membership types"), url, current=current == "types"))
        if request.scope.can("members.view", found.pk, "A"):
            url = reverse("office:member_roll", args=[found.pk])
            tabs.append(Tab(_("List of members"), url, current=current == "roll"))
        if request.scope.can("members.export", found.pk, "A"):
            url = reverse("office:card_order", args=[found.pk])
            tabs.append(Tab(_("Membership cards"), url, current=current == "cards"))
    if may_edit:
        url = reverse("office:unit_history", args=[found.pk])
        tabs.append(Tab(_("History"), url, current=current == "history"))
    trail = [(_("Associations"), reverse("office:units"))]
    return {
        "unit": found,
        "tabs": tabs,
        "tabs_label": _("The unit's data"),
        "trail": [*trail, (found.name, here)] if current != "summary" else trail,
        "may_edit": may_edit,
        "may_rule": bool(_rules_for(request, found.pk)),
        "may_grant": request.scope.can("mandates.grant", found.pk),
        "may_bill": request.scope.can("billing.settings", found.pk),
    }


def _basics(found: OrgUnit) -> list[tuple[str, str]]:
    language = get_language() or "fi"
    names = [
        (_("In Finnish"), found.name_fi),
        (_("In Swedish"), found.name_sv),
        (_("In English"), found.name_en),
    ]
    area = ", ".join(municipality_name(code, language) for code in found.municipalities)
    spoken = ", ".join(str(label) for code, label in LANGUAGES if code in found.languages)
    home = municipality_name(found.home_municipality, language) if found.home_municipality else ""
    rows = [
        *names,
        (_("Kind"), str(found.kind)),
        (_("Unit number"), str(found.number)),
        (_("Register number"), found.register_number),
        (_("Business ID"), found.y_tunnus),
        (_("Home municipality"), home),
        (_("Area"), area),
        (_("Languages"), spoken),
    ]
    return [(label, value) for label, value in rows if value]


def _contact(found: OrgUnit) -> dict[str, Any]:
    place = f"{found.postal_code} {found.city}".strip()
    return {"lines": [line for line in (found.street, place) if line]}


def _billing(found: OrgUnit) -> list[tuple[str, str]]:
    rows = [
        (_("Account number"), format_iban(found.iban)),
        (_("Bank (BIC)"), found.bic),
        (_("E-invoice address"), " ".join(p for p in (found.einvoice_address, found.einvoice_operator) if p)),
    ]
    return [(label, value) for label, value in rows if value]


def _rules_told(rules: UnitRules) -> list[tuple[str, str]]:
    months = rules.deemed_resigned_months
    return [
        (_("Admission"), rules.get_admission_display()),
        (
            _("A resignation takes effect"),
            _after(rules.resignation_delay_days, _("on the day of the notice")),
        ),
        (
            _("An unpaid fee ends the membership"),
            ngettext("when it is %(n)s month late", "when it is %(n)s months late", months) % {"n": months}
            if months
            else _("not by the rules"),
        ),
        (_("Vote in the meetings"), _("from %(n)s years on") % {"n": rules.voting_age}),
        (
            _("The board is reminded of an application"),
            _after(rules.application_reminder_days, _("at once")),
        ),
        (_("An application lapses by itself"), _after(rules.application_lapse_days, _("at once"))),
        (_("The financial year ends"), _("at the end of %(month)s") % {"month": _month_end(rules)}),
        (_("Invoices"), _("the union bills") if rules.central_billing else _("the association bills itself")),
        (_("Members look at the list of members"), rules.get_list_inspection_display()),
        (
            _("Membership card"),
            _("when the fee is paid") if rules.card_needs_fee else _("to every member, paid or not"),
        ),
    ]


def _belongs_for(relation: str) -> str:
    return _("for fees") if relation == Relation.FEE else _("in the organisation")


def _after(days: int, at_once: str) -> str:
    return ngettext("after %(n)s day", "after %(n)s days", days) % {"n": days} if days else at_once


def _month_end(rules: UnitRules) -> str:
    return str(rules.get_year_ends_display()).lower()


def _members_url(request: ScopedRequest, found: OrgUnit) -> str:
    """The list of the unit's members, for readers who see them."""
    reached = request.scope.unit_ids("members.view")
    if found.pk not in reached:
        return ""
    here = reverse("office:members")
    return f"{here}?unit={found.pk}" if len(reached) > 1 else here


def _meeting_url(request: ScopedRequest, found: OrgUnit) -> str:
    """Where the board's decisions on members are entered, for those who prepare them."""
    may = found.kind.has_members and request.scope.can("members.admit", found.pk)
    return reverse("office:meeting", args=[found.pk]) if may else ""


def _join_url(found: OrgUnit) -> str:
    try:
        return reverse("public:join", args=[found.slug]) if found.kind.has_members else ""
    except NoReverseMatch:
        return ""
