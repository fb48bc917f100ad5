"""People who are no members: clerks, guardians, those an organisation is reached through. Their data, and who answers for it (REG-14)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jasenpalvelu.common import clock, keyset
from members.models import DataRequest, Erasure, Mandate, Membership, OrgUnit, Party
from members.personal import reading, rights
from members.personal.reading import Person
from members.personal.rights import CLASSES, HANDLE
from members.requests import ScopedRequest
from members.views import request_wording as wording


@require_safe
def others(request: ScopedRequest) -> HttpResponse:
    """Those the reader answers for: with posts in the reader's units only, or, in the central union, all."""
    reached = request.scope.unit_ids(HANDLE, CLASSES)
    if not reached:
        raise Http404
    memberships = Membership.objects.filter(party_id=OuterRef("pk"))
    rows = Party.objects.filter(~Exists(memberships), merged_into=None)
    if not rights.central_unit() <= reached:
        posts = Mandate.objects.filter(party_id=OuterRef("pk"))
        rows = rows.filter(Exists(posts.filter(unit__in=reached)), ~Exists(posts.exclude(unit__in=reached)))
    page = keyset.from_query(rows, request.GET, order=["sort_key", "pk"])
    return render(request, "office/privacy/others.html", {"page": page, "rows": page.rows, "trail": _trail()})


def outsider_or_none(request: ScopedRequest, pk: int) -> Person | None:
    """Somebody who is no member, for whoever handles all units that know the person; None for members; 404 for others."""
    try:
        found = reading.person(pk)
    except Party.DoesNotExist:
        return None
    if not rights.is_no_member(found):
        return None
    if rights.is_beyond(request.scope, found):
        raise Http404
    return found


def _trail() -> list[tuple[str, str]]:
    return [(_("Data protection"), reverse("office:privacy"))]


def outsider_context(found: Person) -> dict[str, Any]:
    here = reverse("office:member_privacy", args=[found.party.pk])
    others = (_("People who are no members"), reverse("office:privacy_others"))
    return {"party": found.party, "trail": [*_trail(), others, (found.party.display_name, here)]}


def outsider_page(request: ScopedRequest, found: Person) -> HttpResponse:
    """What has been asked of the person's data, and what can be done."""
    on = clock.today()
    rows = DataRequest.objects.visible_to(request.scope).filter(party__in=found.parties)
    context = outsider_context(found) | {
        "requests": [(row, wording.state_chip(row, on)) for row in rows.order_by("-pk")[:50]],
        "erasures": Erasure.objects.filter(party__in=found.parties).order_by("-pk"),
        "units": OrgUnit.objects.filter(pk__in=rights.units_of(found)).order_by("sort_key", "pk"),
    }
    context["trail"] = context["trail"][:-1]
    return render(request, "office/privacy/outsider.html", context)
