"""Roles: what each gives in plain words, its versions, and the editor with what it would let one see (REG-12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.audit.history import Act, acts
from jasenpalvelu.audit.models import Change
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.keys import key_of
from members import rights_reading as reading
from members import sight
from members.forms.roles import RoleForm
from members.granting import Right
from members.models import Mandate, OrgUnit, RoleTemplate
from members.models.mandates import Reach
from members.requests import ScopedRequest
from members.scope import Grant, Scope
from members.services import roles as service
from members.services.mandates import GRANT, rights_of
from members.services.roles import Draft, RoleError

VERSIONS = 20


@require_safe
def roles(request: ScopedRequest) -> HttpResponse:
    """The roles that can be given in the units where the reader gives posts."""
    units = _units(request)
    rows = RoleTemplate.objects.filter(Q(unit=None) | Q(unit__in=[unit.pk for unit in units]))
    on = clock.today()
    now = Q(mandates__valid_to=None) | Q(mandates__valid_to__gte=on)
    rows = rows.annotate(used=Count("mandates", filter=now)).select_related("unit").prefetch_related("grants")
    lines = [
        (role, reading.rights_by_area(rights_of(role))) for role in rows.order_by("-active", "unit_id", "pk")
    ]
    context = {"lines": lines, "units": units, "edits_federation": service.edits_federation(request.scope)}
    return render(request, "office/rights/roles.html", context | {"trail": _trail()})


@require_safe
def role(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _role(request, pk)
    on = clock.today()
    used = Mandate.objects.not_over(on).filter(template=found)
    context = {
        "role": found,
        "rights": reading.rights_by_place(rights_of(found)),
        "used": used.count(),
        "used_here": list(
            reading.with_facts(used.filter(request.scope.unit_filter("unit", GRANT)), on).order_by("pk")[:20]
        ),
        "may_edit": service.may_edit(request.scope, found),
        "versions": _versions(found),
        "trail": [*_trail(), (_("Roles"), reverse("office:roles"))],
    }
    return render(request, "office/rights/role.html", context)


# --- the editor -----------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@confirmation_required
def new(request: ScopedRequest) -> HttpResponse:
    """A role of the federation, or of a unit of one's own."""
    units = _units(request)
    asked = key_of(request.GET.get("yksikko"))
    unit = next((unit for unit in units if unit.pk == asked), None)
    if unit is None and (asked or not service.edits_federation(request.scope)):
        raise Http404
    return _editor(request, None, unit)


@require_http_methods(["GET", "HEAD", "POST"])
@confirmation_required
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _role(request, pk)
    if not service.may_edit(request.scope, found):
        raise Http404
    return _editor(request, found, found.unit)


def _editor(request: ScopedRequest, role: RoleTemplate | None, unit: OrgUnit | None) -> HttpResponse:
    """The form; then what the role gives, how many posts change, and the second question; then it is saved."""
    form = RoleForm(request.POST if request.method == "POST" else None, role=role, own=unit is not None)
    context: dict[str, Any] = {
        "form": form,
        "role": role,
        "unit": unit,
        "preview": None,
        "trail": [*_trail(), (_("Roles"), reverse("office:roles"))],
    }
    if request.method == "POST" and form.is_valid():
        used = service.in_use(role, clock.today()) if role else []
        more = service.too_much(
            request.scope, unit_id=unit.pk if unit else None, rights=form.draft().rights, used_by=used
        )
        if more:
            form.add_error(None, _beyond(more))
        elif request.POST.get("vahvista"):
            done = _saved(request, role, unit, form)
            if done is not None:
                return done
        elif not request.POST.get("muuta"):
            context["preview"] = _preview(request, unit, form.draft(), used)
    return render(request, "office/rights/role_edit.html", context)


def _saved(
    request: ScopedRequest, role: RoleTemplate | None, unit: OrgUnit | None, form: RoleForm
) -> HttpResponse | None:
    try:
        saved = service.save(
            scope=request.scope,
            role=role,
            unit=unit,
            draft=form.draft(),
            confirmed=key_of(request.POST.get("tehtavia")),
            actor=request.user,
            on=clock.today(),
        )
    except RoleError as error:
        moved = _("Meanwhile posts of this role were given or ended. Look at the numbers again.")
        form.add_error(None, _beyond(error.rights) if error.code == "more" else moved)
        return None
    feedback.done(request, _("The role was saved."))
    return redirect("office:role", saved.pk)


def _beyond(rights: list[Right]) -> str:
    goes = "; ".join(reading.right_text(right) for right in rights)
    return _("You cannot give more than you hold. This goes beyond it: %(rights)s.") % {"rights": goes}


@dataclass(frozen=True)
class Preview:
    """What the role would let one see in the unit, and how many posts change at once."""

    unit: OrgUnit | None
    rights: list[tuple[str, list[tuple[str, str]]]]
    members: int
    units: int
    lines: list[sight.UnitSight]
    used: int


def _preview(request: ScopedRequest, unit: OrgUnit | None, draft: Draft, used: list[Mandate]) -> Preview:
    place = unit or request.scope.unit
    grants = [
        Grant(right.capability, place.pk, right.reach == Reach.BELOW, right.classes)
        for right in draft.rights
        if place is not None and right.reach != Reach.LISTED
    ]
    lines, more, members = sight.units_seen(Scope(grants=grants), on=clock.today())
    return Preview(
        place, reading.rights_by_place(draft.rights), members, len(lines) + more, lines[:5], len(used)
    )


# --- versions -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Version:
    act: Act
    lines: list[str]


def _versions(role: RoleTemplate) -> list[Version]:
    """What was changed when and by whom, the newest first; rights taken away are known by their last words."""
    grants = Change.objects.filter(table_name="members_rolegrant")
    gone = grants.filter(op=Change.Op.DELETE, before__template_id=role.pk).values_list("row_id", flat=True)
    keys = {str(pk) for pk in role.grants.values_list("pk", flat=True)} | set(gone)
    rows = [("members_roletemplate", str(role.pk)), *(("members_rolegrant", key) for key in sorted(keys))]
    found, _more = acts(rows=rows, limit=VERSIONS)
    known = _learnt(keys)
    told = [Version(act, [line for change in act.changes if (line := _line(change, known))]) for act in found]
    return [version for version in told if version.lines]


def _learnt(keys: set[str]) -> dict[str, Right]:
    """Each right by the row's first words: a later change tells only its new classes."""
    rows = Change.objects.filter(table_name="members_rolegrant", row_id__in=keys).exclude(op=Change.Op.UPDATE)
    found: dict[str, Right] = {}
    for change in rows.order_by("-pk"):
        words = change.after or change.before or {}
        found[change.row_id] = Right(words["capability"], words["reach"], frozenset(words["classes"]))
    return found


def _line(change: Change, known: dict[str, Right]) -> str:
    if change.table_name == "members_roletemplate":
        return _("The role was made") if change.op == Change.Op.INSERT else _basics_line(change)
    right = known.get(change.row_id)
    if right is None:
        return ""
    if change.op == Change.Op.UPDATE:
        classes = frozenset((change.after or {}).get("classes", ""))
        right = Right(right.capability, right.reach, classes)
        return _("Changed: %(right)s") % {"right": reading.right_text(right)}
    text = _("Added: %(right)s") if change.op == Change.Op.INSERT else _("Removed: %(right)s")
    return text % {"right": reading.right_text(right)}


def _basics_line(change: Change) -> str:
    fields = {field.column: str(field.verbose_name) for field in RoleTemplate._meta.concrete_fields}
    labels = [fields[name] for name in (change.after or {}) if name in fields]
    return _("Changed: %(right)s") % {"right": ", ".join(labels)}


# --- the frame ------------------------------------------------------------------------------------------------------
def _units(request: ScopedRequest) -> list[OrgUnit]:
    units = reading.units_of(request.scope)
    if not units:
        raise Http404
    return units


def _role(request: ScopedRequest, pk: int) -> RoleTemplate:
    """A role of the federation, or of a unit where the reader gives posts."""
    if not request.scope.can(GRANT):
        raise Http404
    rows = RoleTemplate.objects.filter(Q(unit=None) | request.scope.unit_filter("unit", GRANT))
    return get_object_or_404(rows.select_related("unit").prefetch_related("grants"), pk=pk)


def _trail() -> list[tuple[str, str]]:
    return [(_("Posts and roles"), reverse("office:rights"))]
