"""Quick search of the office: the first members and holdings that begin with what was typed (REG-7).

`Section` is how every app adds its own findings to the one page (jasenpalvelu.web.views.search).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.common.identifiers import normalise_y_tunnus, parse_member_number
from jasenpalvelu.common.reference import municipality_name
from members import filters, listing, tables
from members.choosing import Choices
from members.models import Holding, Party
from members.scope import Scope
from members.searching import search_filter

SHOWN = 8
SHORTEST = 2


@dataclass(frozen=True)
class Hit:
    """One finding. `hidden`: what stands in `place` is under a non-disclosure order."""

    title: str
    number: str
    url: str
    detail: str = ""
    place: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Section:
    title: str
    icon: str
    hits: Sequence[Hit]
    more_url: str = ""


def exact(scope: Scope, text: str) -> Party | None:
    """The member whose whole number was typed, if the reader may see the member."""
    try:
        serial = parse_member_number(text)
    except ValueError:
        return None
    joined = Party.objects.filter(member_number=serial, merged_into__isnull=False).values("merged_into")
    seen = Party.objects.visible_to(scope).filter(Q(member_number=serial) | Q(pk__in=joined))
    return seen.first()


def members(scope: Scope, text: str, on: date) -> Section | None:
    """Present and past members of the reach, by name, number, phone, e-mail, business ID or holding."""
    if not scope.can("members.view"):
        return None
    query = QueryDict(mutable=True)
    query.update({"q": text, "state": filters.EVERYONE})
    found = filters.MemberFilter(query, Choices(scope)).narrowing(on)
    page = listing.page_of(found, {}, "name", size=SHOWN)
    hits = [_member(row) for row in listing.rows_of(page.rows, found)]
    return Section(
        _("Members"), "people", hits, f"{reverse('office:members')}?{query.urlencode()}" if page.next else ""
    )


def _member(row: tables.MemberRow) -> Hit:
    party = row.party
    code = party.home_municipality if row.shown.municipality else ""
    return Hit(
        party.display_name,
        party.number,
        reverse("office:member", args=[party.pk]),
        tables.names(f"{m.type}, {m.unit}" for m in row.memberships),
        municipality_name(code, get_language() or "fi") if code else "",
        hidden=party.non_disclosure,
    )


def holdings(scope: Scope, text: str, on: date) -> Section | None:
    """Holdings by name or business ID. Their data is of class C."""
    condition = _named(text)
    if condition is None or not scope.can("members.view", classes="C"):
        return None
    rows = Holding.objects.visible_to(scope).filter(condition).select_related("responsible")
    return Section(
        _("Holdings"), "field", [_holding(holding) for holding in rows.order_by("name", "pk")[:SHOWN]]
    )


def _named(text: str) -> Q | None:
    """By business ID; else by words of the name, among the holdings of those whose search words begin so."""
    try:
        return Q(y_tunnus=normalise_y_tunnus(text))
    except ValueError:
        owners = search_filter(text, contacts=False)
    if owners is None:
        return None
    condition = Q(responsible__in=Party.objects.filter(owners))
    for word in text.split():
        condition &= Q(name__icontains=word)
    return condition


def _holding(holding: Holding) -> Hit:
    return Hit(
        holding.name,
        holding.y_tunnus,
        reverse("office:member", args=[holding.responsible_id]),
        holding.responsible.display_name,
    )
