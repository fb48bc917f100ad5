"""Posts: one's own, those in the units where one gives them, and giving a new one (REG-12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.accounts.services.notices import send_notice
from jasenpalvelu.accounts.stepup import confirmation_required
from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.audit.services import log_view
from jasenpalvelu.common import clock, feedback, keyset
from jasenpalvelu.common.keys import key_of
from members import community_reading as community
from members import rights_reading as reading
from members.forms.rights import GrantForm, RightsFilter, SearchForm
from members.models import Mandate, OrgUnit, Party, PartyLogin
from members.requests import ScopedRequest
from members.services import mandates
from members.services.founding import Appointee
from members.services.mandates import GRANT, MandateError, Resolution, Term
from members.views.rights_wording import mandate_error

NEW = "uusi"
PAGE = 50


@require_safe
def rights(request: ScopedRequest) -> HttpResponse:
    """One's own posts and what they wait for; for those who give posts, everybody's in their units."""
    scope, today = request.scope, clock.today()
    if scope.party_id is None or not scope.is_staff:
        raise Http404
    may = scope.can(GRANT)
    context: dict[str, Any] = {
        "own": _lines(reading.own_mandates(scope.party_id, today)),
        "may_grant": may,
    }
    if may:
        units = reading.units_of(scope)
        form = RightsFilter(request.GET, units=units)
        page = _page(request, form)
        context |= {
            "form": form,
            "page": page,
            "rows": _lines(page.rows),
            "when": form.wanted.get("tila", reading.NOW),
            "new_url": _new_url(form.wanted.get("yksikko") or _own_unit(request, units)),
        }
        if page.rows:
            log_view(actor=request.user, classes="A", count=len(page.rows), subject=_("Posts"))
    return render(request, "office/rights/list.html", context)


def _page(request: ScopedRequest, form: RightsFilter) -> keyset.Page[Mandate]:
    wanted = form.wanted
    rows = reading.mandates(
        request.scope,
        on=clock.today(),
        when=wanted.get("tila", reading.NOW),
        unit_id=wanted.get("yksikko"),
        text=wanted.get("q", ""),
    )
    return keyset.from_query(rows, request.GET, order=["unit__sort_key", "party__sort_key", "pk"], size=PAGE)


def _lines(rows: list[Mandate]) -> list[dict[str, Any]]:
    on = clock.today()
    return [
        {
            "mandate": row,
            "status": reading.status(row, on),
            "term": reading.term_text(row),
            "missing": reading.missing(row),
        }
        for row in rows
    ]


def _own_unit(request: ScopedRequest, units: list[OrgUnit]) -> int | None:
    own = request.scope.unit
    return next((u.pk for u in units if own is not None and u.pk == own.pk), units[0].pk if units else None)


def _new_url(unit_id: int | None) -> str:
    return f"{reverse('office:mandate_new')}?yksikko={unit_id}" if unit_id else reverse("office:mandate_new")


# --- giving a post --------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@confirmation_required
def new(request: ScopedRequest) -> HttpResponse:
    """First who, then what and for how long. Who one is is asked again before it."""
    units = reading.units_of(request.scope)
    if not units:
        raise Http404
    unit = _chosen_unit(request, units)
    who = request.GET.get("henkilo", "")
    if not who:
        return _search(request, unit, units)
    party = None if who == NEW else _candidate(request, who)
    return _form(request, unit, party)


def _chosen_unit(request: ScopedRequest, units: list[OrgUnit]) -> OrgUnit:
    asked = request.GET.get("yksikko", "")
    if not asked:
        return next(u for u in units if u.pk == _own_unit(request, units))
    found = next((u for u in units if u.pk == key_of(asked)), None)
    if found is None:
        raise Http404
    return found


def _candidate(request: ScopedRequest, asked: str) -> Party:
    party = reading.candidates(request.scope).filter(pk=key_of(asked) or 0).first()
    if party is None or party.pk == request.scope.party_id:
        raise Http404
    return party


def _search(request: ScopedRequest, unit: OrgUnit, units: list[OrgUnit]) -> HttpResponse:
    form = SearchForm(request.GET)
    text = form.wanted.get("q", "")
    people = reading.found(request.scope, text) if text else []
    people = [party for party in people if party.pk != request.scope.party_id]
    if people:
        log_view(actor=request.user, unit_id=unit.pk, classes="A", count=len(people), subject=_("Posts"))
    willing = [] if text else community.willing(request.scope, unit=unit, on=clock.today())
    if willing:
        log_view(actor=request.user, unit_id=unit.pk, classes="B", count=len(willing), subject=_("Posts"))
    context = {
        "willing": willing,
        "unit": unit,
        "units": units if len(units) > 1 else [],
        "form": form,
        "text": text,
        "people": people,
        "more": len(people) >= reading.CANDIDATES,
        "trail": _trail(),
    }
    return render(request, "office/rights/who.html", context)


def _form(request: ScopedRequest, unit: OrgUnit, party: Party | None) -> HttpResponse:
    today = clock.today()
    may, beyond = reading.roles_for(request.scope, unit)
    address, has_login = reading.login_address(party, today) if party else ("", False)
    posted = request.method == "POST"
    form = GrantForm(
        request.POST if posted else None,
        roles=may,
        units=reading.units_of(request.scope),
        is_new=party is None,
        asks_address=not has_login and not address,
        today=today,
        initial={"last": today + timedelta(days=365)},
    )
    if posted and form.is_valid():
        done = _granted(request, unit, party, address, form)
        if done is not None:
            return done
    context = {
        "form": form,
        "unit": unit,
        "party": party,
        "has_login": has_login,
        "knows_address": bool(address),
        "roles": may,
        "beyond": beyond,
        "trail": [*_trail(), (_("Give a post"), _new_url(unit.pk))],
    }
    return render(request, "office/rights/new.html", context)


def _granted(
    request: ScopedRequest, unit: OrgUnit, party: Party | None, address: str, form: GrantForm
) -> HttpResponse | None:
    data = form.cleaned_data
    role = next(r for r in reading.roles_for(request.scope, unit)[0] if r.pk == data["role"])
    who = Appointee(
        email=data.get("email") or address,
        first_names=data.get("first_names", ""),
        last_name=data.get("last_name", ""),
        language=data.get("language", "fi"),
        party=party,
    )
    try:
        made = mandates.grant(
            scope=request.scope,
            who=who,
            unit=unit,
            template=role,
            term=Term(data["first"], data["last"]),
            resolution=Resolution(data["body"], data["decided_on"], data["section"]),
            listed=data.get("units") or [],
            actor=request.user,
            on=clock.today(),
        )
    except MandateError as error:
        form.add_error(*mandate_error(error, form))
        return None
    _tell(made)
    text = _("%(name)s was given the post %(role)s.") % {"name": made.party.display_name, "role": role}
    feedback.done(request, text, undo=_undo_url(made))
    return redirect("office:mandate", made.pk)


def _undo_url(made: Mandate) -> str:
    act = Mutation.objects.filter(kind="mandate.grant", changes__row_id=str(made.pk)).order_by("-at").first()
    return reverse("office:mandate_undo", args=[act.pk]) if act else ""


def _tell(made: Mandate) -> None:
    """The holder hears of the post at the address of the login: how to log in, and what is still missing."""
    login = PartyLogin.objects.filter(party=made.party).select_related("user").order_by("user_id").first()
    if login is None:
        return
    facts = {
        "role": made.template,
        "unit": made.unit,
        "term": reading.term_text(made),
        "training": made.template.requires_training,
        "factor": made.template.requires_mfa,
    }
    send_notice(
        "members/email/mandate",
        user=login.user,
        email=login.user.email,
        facts=facts,
        kind="members.mandate",
        unit_id=made.unit_id,
        party_id=made.party_id,
    )


def _trail() -> list[tuple[str, str]]:
    return [(_("Posts and roles"), reverse("office:rights"))]
