"""A member's own skills, interests and willingness, and the groups to join and leave (REG-18)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback
from members.forms.community import OwnForm
from members.models import CommunityGroup, CommunityTerm, GroupMember, Party, PartyTerm
from members.requests import ScopedRequest
from members.services import community
from members.services.community import CommunityError
from members.views.office_groups import removal


def _party(request: ScopedRequest) -> Party:
    if request.scope.party_id is None:
        raise Http404
    return Party.objects.get(pk=request.scope.party_id)


@require_http_methods(["GET", "HEAD", "POST"])
def own(request: ScopedRequest) -> HttpResponse:
    """What one's associations and those above them offer; what one chose earlier is there too, until it is given up."""
    party = _party(request)
    chosen = set(PartyTerm.objects.filter(party=party, valid_to=None).values_list("term_id", flat=True))
    units = community.units_of(party.pk, clock.today())
    offered = CommunityTerm.objects.offered(units) | CommunityTerm.objects.filter(pk__in=chosen)
    terms = list(offered.distinct().by_name())
    form = OwnForm(request.POST if request.method == "POST" else None, terms=terms, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        community.choose_terms(actor=request.user, party=party, wanted=form.wanted, on=clock.today())
        feedback.done(request, _("Your choices were saved."))
        return redirect("portal:community")
    context = {
        "form": form,
        "groups": _groups(party, units),
        "led": _led(request, party, units),
        "trail": [(_("My details"), reverse("portal:details"))],
    }
    return render(request, "portal/community.html", context)


def _groups(party: Party, units: list[int]) -> list[dict[str, Any]]:
    """The groups one may join, each with one's place in it, the joined ones first."""
    places = {p.group_id: p for p in GroupMember.objects.filter(party=party, valid_to=None).order_by("pk")}
    rows = CommunityGroup.objects.offered(units) | CommunityGroup.objects.filter(
        pk__in=places, ended_on__isnull=True
    )
    found = rows.distinct().select_related("unit", "leader").order_by("name", "pk")
    lines = [{"group": group, "place": places.get(group.pk)} for group in found]
    return sorted(lines, key=lambda line: line["place"] is None)


def _led(request: ScopedRequest, party: Party, units: list[int]) -> list[dict[str, Any]]:
    """The groups one leads, with the names of those in them and of those who wait."""
    groups = list(CommunityGroup.objects.offered(units).filter(leader=party).order_by("name", "pk"))
    if not groups:
        return []
    places = GroupMember.objects.still_members(clock.today()).filter(group__in=groups, valid_to=None)
    found = list(places.select_related("party").order_by("-asked", "party__sort_key", "pk"))
    if found:
        log_view(actor=request.user, classes="A", count=len(found), subject=groups[0].name)
    return [{"group": g, "places": [p for p in found if p.group_id == g.pk]} for g in groups]


@require_POST
def join(request: ScopedRequest, pk: int) -> HttpResponse:
    party, today = _party(request), clock.today()
    offered = CommunityGroup.objects.offered(community.units_of(party.pk, today))
    group = get_object_or_404(offered, pk=pk)
    try:
        place = community.join_group(actor=request.user, party=party, group=group, on=today)
    except CommunityError:
        messages.error(request, _("The group is over. Nothing was changed."))
        return redirect("portal:community")
    text = _("You asked to join. The leader or your association accepts you.")
    if not place.asked:
        text = _("You joined the group.")
    feedback.done(request, text, undo=reverse("portal:community_leave", args=[group.pk]))
    return redirect("portal:community")


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: ScopedRequest, pk: int) -> HttpResponse:
    """Asked first, because a group that is not open does not take one back at once."""
    rows = GroupMember.objects.select_related("group").filter(party=_party(request), valid_to=None)
    place = get_object_or_404(rows, group=pk)
    if request.method == "POST":
        community.leave_group(actor=request.user, membership=place, on=clock.today())
        feedback.done(request, _("You left the group."))
        return redirect("portal:community")
    consequence = _("You can join again at any time.")
    if not place.group.open:
        consequence = _("To come back you ask again, and the leader or your association accepts you.")
    context = {
        "question": _("Leave the group %(name)s?") % {"name": place.group.name},
        "consequence": consequence,
        "deed": _("Take the wish back") if place.asked else _("Leave the group"),
        "cancel_url": reverse("portal:community"),
    }
    return render(request, "portal/confirm.html", context)


# --- of the one who leads a group -------------------------------------------------------------------------------------
@require_POST
def accept(request: ScopedRequest, pk: int) -> HttpResponse:
    place = _of_led(request, pk)
    try:
        community.accept(actor=request.user, membership=place, on=clock.today())
    except CommunityError:
        messages.error(request, _("Nothing was changed: nobody waits here any more."))
    else:
        feedback.done(request, _("Accepted into the group."))
    return redirect("portal:community")


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: ScopedRequest, pk: int) -> HttpResponse:
    place = _of_led(request, pk)
    if request.method == "POST":
        community.leave_group(actor=request.user, membership=place, on=clock.today())
        feedback.done(request, _("Removed from the group."))
        return redirect("portal:community")
    return render(request, "portal/confirm.html", removal(place, "portal:community"))


def _of_led(request: ScopedRequest, pk: int) -> GroupMember:
    """A place in a group one leads, as long as one belongs there oneself."""
    party, today = _party(request), clock.today()
    led = CommunityGroup.objects.offered(community.units_of(party.pk, today)).filter(leader=party)
    rows = GroupMember.objects.still_members(today).filter(group__in=led, valid_to=None)
    return get_object_or_404(rows.select_related("group", "party"), pk=pk)
