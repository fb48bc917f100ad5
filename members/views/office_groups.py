"""Groups of members in the office: who is in them and who waits, founding, changing and ending them (REG-18)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from members.community_reading import CLASS, EDIT, VIEW
from members.forms.community import GroupForm
from members.models import CommunityGroup, GroupMember, OrgUnit, Party
from members.models.community import offered_by
from members.requests import ScopedRequest
from members.services import community
from members.services.community import CommunityError
from members.views.office_community import chosen_unit, need_reader, trail, units_kept


@require_safe
def group(request: ScopedRequest, pk: int) -> HttpResponse:
    """Who is in a group and who waits to get in: people within one's own reach."""
    need_reader(request)
    offered = CommunityGroup.objects.filter(offered_by(request.scope.unit_ids(VIEW, CLASS)), ended_on=None)
    found = get_object_or_404(offered.select_related("unit", "leader"), pk=pk)
    rows = GroupMember.objects.visible_to(request.scope).filter(group=found, valid_to=None)
    page: keyset.Page[Any] = keyset.from_query(
        rows.select_related("party"), request.GET, order=["-asked", "party__sort_key", "pk"]
    )
    if page.rows:
        log_view(actor=request.user, classes=CLASS, count=len(page.rows), subject=found.name)
    context = {
        "group": found,
        "page": page,
        "parts": [
            (_("Want to join"), [row for row in page.rows if row.asked]),
            (_("In the group"), [row for row in page.rows if not row.asked]),
        ],
        "may_edit": request.scope.can(EDIT, found.unit_id, CLASS),
        "trail": trail(),
    }
    return render(request, "office/community/group.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ScopedRequest) -> HttpResponse:
    units = units_kept(request)
    form = GroupForm(request.POST if request.method == "POST" else None, units=units)
    return _keep(request, form, units, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    initial = {
        "name": found.name,
        "description": found.description,
        "leader": found.leader.number if found.leader else "",
        "open": found.open,
    }
    form = GroupForm(request.POST if request.method == "POST" else None, initial=initial)
    return _keep(request, form, [found.unit], found)


def _keep(
    request: ScopedRequest, form: GroupForm, units: list[OrgUnit], found: CommunityGroup | None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and (values := _values(request, form, found)) is not None:
        unit = chosen_unit(form, units)
        try:
            kept = community.keep_group(
                actor=request.user, unit=unit, values=values, on=clock.today(), group=found
            )
        except CommunityError as error:
            texts = {
                "taken": ("name", _("The unit has this already.")),
                "leader": ("leader", _("The leader must be a member of this unit or of one below it.")),
            }
            form.add_error(*texts[error.code])
        else:
            feedback.done(request, _("Saved: %(name)s") % {"name": kept.name})
            return redirect("office:community_group", kept.pk)
    return render(
        request, "office/community/group_edit.html", {"form": form, "group": found, "trail": trail()}
    )


def _values(request: ScopedRequest, form: GroupForm, found: CommunityGroup | None) -> dict[str, Any] | None:
    """What was typed with the leader looked up by number; None when nobody is found. The one who leads now stays."""
    number = form.cleaned_data["leader"]
    if not number:
        return form.cleaned_data | {"leader": None}
    if found is not None and found.leader is not None and found.leader.member_number == number:
        return {name: value for name, value in form.cleaned_data.items() if name != "leader"}
    people = Party.objects.visible_to(request.scope).filter(member_number=number, merged_into=None)
    leader = people.filter(kind="person", person__deceased_on=None).first()
    if leader is None:
        form.add_error("leader", _("No member with this number is found in your associations."))
        return None
    return form.cleaned_data | {"leader": leader}


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: ScopedRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    if request.method == "POST":
        community.end_group(actor=request.user, group=found, on=clock.today())
        feedback.done(request, _("The group was ended: %(name)s") % {"name": found.name})
        return redirect("office:community")
    n = GroupMember.objects.filter(group=found, valid_to=None).count()
    places = ngettext("%(n)s place in it ends.", "%(n)s places in it end.", n) % {"n": n}
    after = _("Members do not see it any more. This cannot be undone.")
    context = {
        "question": _("End the group %(name)s?") % {"name": found.name},
        "consequence": f"{places} {after}",
        "deed": _("End the group"),
        "cancel_url": reverse("office:community_group", args=[pk]),
        "danger": True,
    }
    return render(request, "office/confirm.html", context)


# --- who is in it -----------------------------------------------------------------------------------------------------
@require_POST
def accept(request: ScopedRequest, pk: int) -> HttpResponse:
    place = _place(request, pk)
    try:
        community.accept(actor=request.user, membership=place, on=clock.today())
    except CommunityError:
        messages.error(request, _("Nothing was changed: nobody waits here any more."))
    else:
        feedback.done(request, _("Accepted into the group."))
    return redirect("office:community_group", place.group_id)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: ScopedRequest, pk: int) -> HttpResponse:
    place = _place(request, pk)
    if request.method == "POST":
        community.leave_group(actor=request.user, membership=place, on=clock.today())
        feedback.done(request, _("Removed from the group."))
        return redirect("office:community_group", place.group_id)
    return render(request, "office/confirm.html", removal(place, "office:community_group", place.group_id))


def removal(place: GroupMember, back: str, *arguments: Any) -> dict[str, Any]:
    """The question before somebody is taken out, or not taken in."""
    named = {"name": place.party.display_name, "group": place.group.name}
    question = _("Do not take %(name)s into the group %(group)s?") % named
    if not place.asked:
        question = _("Remove %(name)s from the group %(group)s?") % named
    return {
        "question": question,
        "consequence": _("They are not told. They can ask or join again on their own pages."),
        "deed": _("Do not accept") if place.asked else _("Remove from the group"),
        "cancel_url": reverse(back, args=arguments),
        "danger": True,
    }


def _place(request: ScopedRequest, pk: int) -> GroupMember:
    """A place in a group one keeps, of somebody one may see."""
    rows = GroupMember.objects.visible_to(request.scope).filter(
        request.scope.unit_filter("group__unit", EDIT, CLASS), valid_to=None
    )
    return get_object_or_404(rows.select_related("group", "party"), pk=pk)


def _editable(request: ScopedRequest, pk: int) -> CommunityGroup:
    rows = CommunityGroup.objects.visible_to(request.scope, EDIT).filter(ended_on=None)
    return get_object_or_404(rows.select_related("unit", "leader"), pk=pk)
