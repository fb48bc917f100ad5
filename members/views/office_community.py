"""Skills, interests and willingness in the office: how many, who, and the words they are chosen from (REG-18)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from members import community_reading as reading
from members.community_reading import CLASS, EDIT, VIEW
from members.forms.community import TermForm
from members.models import CommunityTerm, OrgUnit, PartyTerm
from members.models.community import offered_by
from members.requests import ScopedRequest
from members.services import community
from members.services.community import CommunityError


def trail(*further: tuple[str, str]) -> list[tuple[str, str]]:
    start = [(_("Members"), reverse("office:members")), (_("Skills and groups"), reverse("office:community"))]
    return [*start, *further]


def need_reader(request: ScopedRequest) -> None:
    if not request.scope.can(VIEW, classes=CLASS):
        raise Http404


def units_kept(request: ScopedRequest) -> list[OrgUnit]:
    """Units whose words and groups the person keeps, the working unit first. 404 without any."""
    rows = OrgUnit.objects.on(clock.today()).filter(request.scope.unit_filter("pk", EDIT, CLASS))
    own = request.scope.unit.pk if request.scope.unit else None
    found = sorted(rows.order_by("sort_key", "pk"), key=lambda unit: unit.pk != own)
    if not found:
        raise Http404
    return found


def chosen_unit(form: Any, units: list[OrgUnit]) -> OrgUnit:
    wanted = form.cleaned_data.get("unit")
    return next((unit for unit in units if unit.pk == wanted), units[0])


@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """How many have chosen each word, and the groups: people within one's own reach."""
    need_reader(request)
    found = reading.counts(request.scope)
    kinds = reading.words(request.scope, found)
    context = {
        "kinds": kinds,
        "any": any(lines for _label, lines in kinds),
        "groups": reading.groups(request.scope, found),
        "may_edit": request.scope.can(EDIT, classes=CLASS),
        "trail": trail()[:1],
    }
    return render(request, "office/community/index.html", context)


@require_safe
def term(request: ScopedRequest, pk: int) -> HttpResponse:
    """Who has chosen a word, within one's own reach."""
    need_reader(request)
    offered = CommunityTerm.objects.filter(offered_by(request.scope.unit_ids(VIEW, CLASS)))
    found = get_object_or_404(offered.select_related("unit", "role"), pk=pk)
    rows = (
        PartyTerm.objects.visible_to(request.scope).filter(term=found, valid_to=None).select_related("party")
    )
    page: keyset.Page[Any] = keyset.from_query(rows, request.GET, order=["party__sort_key", "pk"])
    if page.rows:
        log_view(actor=request.user, classes=CLASS, count=len(page.rows), subject=str(found))
    context = {
        "term": found,
        "page": page,
        "may_edit": request.scope.can(EDIT, found.unit_id, CLASS),
        "trail": trail(),
    }
    return render(request, "office/community/term.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def term_new(request: ScopedRequest) -> HttpResponse:
    units = units_kept(request)
    initial = {"kind": request.GET.get("laji", "")}
    form = TermForm(request.POST if request.method == "POST" else None, units=units, initial=initial)
    return _keep(request, form, units, None)


@require_http_methods(["GET", "HEAD", "POST"])
def term_edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(CommunityTerm.objects.editable_by(request.scope).select_related("unit"), pk=pk)
    initial = {name: getattr(found, name) for name in community.TERM_FIELDS}
    form = TermForm(request.POST if request.method == "POST" else None, initial=initial)
    return _keep(request, form, [found.unit], found)


def _keep(
    request: ScopedRequest, form: TermForm, units: list[OrgUnit], found: CommunityTerm | None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        unit = chosen_unit(form, units)
        try:
            community.keep_term(actor=request.user, unit=unit, values=form.cleaned_data, term=found)
        except CommunityError:
            form.add_error("name_fi", _("The unit has this already."))
        else:
            feedback.done(request, _("Saved: %(name)s") % {"name": form.cleaned_data["name_fi"]})
            return redirect("office:community")
    return render(request, "office/community/term_edit.html", {"form": form, "term": found, "trail": trail()})
