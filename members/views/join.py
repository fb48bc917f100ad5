"""Joining an association without a login: the form, the letter with a link, the confirmation (REG-5).

A link opened by a mail scanner confirms nothing: the page it opens has a button, and only the button does it. No answer
differs by whether somebody stands in the register.
"""

from __future__ import annotations

from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from jasenpalvelu.common import clock
from jasenpalvelu.common.reference import municipalities
from jasenpalvelu.common.sorting import fold
from members import consents
from members.forms.join import LONGEST_CAMPAIGN, JoinForm
from members.models import JoinRequest, OrgUnit
from members.models.joining import KEPT
from members.models.memberships import State
from members.models.parties import PartyKind
from members.panels import fees_of
from members.requests import ScopedRequest
from members.services import joining
from members.views.finding import language, new_token
from members.views.limits import too_often

SALT = "members.join"
PER_EMAIL, PER_ADDRESS = 6, 30
LISTED = 100


@login_not_required
@require_safe
def index(request: ScopedRequest) -> HttpResponse:
    """The associations one may join, found by name."""
    words = request.GET.get("q", "").strip()[:100]
    wanted = fold(words).split()
    found = [
        unit
        for unit in _joinable().order_by("sort_key", "pk")
        if all(word in _words_of(unit) for word in wanted)
    ]
    context = {"units": found[:LISTED], "more": len(found) > LISTED, "words": words}
    context["campaign"] = _campaign(request)
    return render(request, "public/join/index.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: ScopedRequest, slug: str) -> HttpResponse:
    """The form of one association."""
    unit = _unit(slug)
    types = joining.offered_types(unit, PartyKind.PERSON)
    shown = JoinForm(
        request.POST if request.method == "POST" else None,
        types=types,
        fees=fees_of(types, unit, clock.today()),
        today=clock.today(),
        asked=consents.asked_at_joining(unit, clock.today()),
        initial={"token": new_token(), "campaign": _campaign(request)},
    )
    if request.method == "POST":
        if shown.is_trapped:
            return redirect("public:join_sent", slug)
        if shown.is_valid() and _accepted(request, unit, shown):
            return redirect("public:join_sent", slug)
    rules_url = unit.website
    context = {
        "unit": unit,
        "form": shown,
        "types": types,
        "rules_url": rules_url,
        "meeting": _next_meeting(unit),
    }
    return render(request, "public/join/form.html", context)


@login_not_required
@require_safe
def sent(request: ScopedRequest, slug: str) -> HttpResponse:
    """What happens next: the letter, the link, the board."""
    unit = _unit(slug)
    return render(request, "public/join/sent.html", {"unit": unit, "days": KEPT.days})


@login_not_required
@require_safe
def privacy(request: ScopedRequest, slug: str) -> HttpResponse:
    """How the association handles what is written into the form (GDPR, article 13)."""
    return render(request, "public/join/privacy.html", {"unit": _unit(slug), "days": KEPT.days})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: ScopedRequest, token: str) -> HttpResponse:
    """The page behind the link. GET shows a button, POST confirms; a second time nothing more happens."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return render(request, "public/join/expired.html", status=410)
    waiting = JoinRequest.objects.select_related("unit", "type").filter(pk=pk).first()
    if waiting is None:
        return render(request, "public/join/expired.html", status=410)
    context = {"unit": waiting.unit, "type": waiting.type, "done": waiting.confirmed_at is not None}
    if request.method == "POST":
        confirmed = joining.confirm(request_id=pk, on=clock.today(), now=clock.now())
        if confirmed is None:
            return render(request, "public/join/expired.html", status=410)
        context["done"] = True
        context["admitted"] = confirmed.membership is not None and confirmed.membership.state == State.ACTIVE
    return render(request, "public/join/confirm.html", {"admitted": False, **context})


# --- parts ----------------------------------------------------------------------------------------------------------
def _joinable() -> QuerySet[OrgUnit]:
    return OrgUnit.objects.on(clock.today()).filter(kind__has_members=True)


def _campaign(request: ScopedRequest) -> str:
    """What a link of a campaign says; whether there is such a one is asked when the application is confirmed."""
    return request.GET.get("kampanja", "").strip()[:LONGEST_CAMPAIGN]


def _words_of(unit: OrgUnit) -> str:
    """What an association is found by: its names and home municipality in both languages."""
    place = municipalities().get(unit.home_municipality)
    names = [unit.name_fi, unit.name_sv, unit.name_en, *((place.name_fi, place.name_sv) if place else ())]
    return fold(" ".join(names))


def _unit(slug: str) -> OrgUnit:
    unit = _joinable().filter(slug=slug).first()
    if unit is None:
        raise Http404
    return unit


def _next_meeting(unit: OrgUnit) -> date | None:
    return unit.next_meeting if unit.next_meeting and unit.next_meeting >= clock.today() else None


def _accepted(request: ScopedRequest, unit: OrgUnit, shown: JoinForm) -> bool:
    """Keep the form and send the letter; otherwise the form says what to do."""
    email = shown.cleaned_data["email"]
    if too_often(request, "join", key=email, per_key=PER_EMAIL, per_address=PER_ADDRESS):
        shown.add_error(
            None, _("There were too many applications in a short time. Wait an hour and try again.")
        )
        return False
    joining.submit(
        token=shown.cleaned_data["token"],
        unit=unit,
        type=shown.chosen_type,
        language=language(),
        data=shown.as_data(),
        now=clock.now(),
        campaign=shown.cleaned_data["campaign"],
        link=lambda sent: request.build_absolute_uri(
            reverse("public:join_confirm", args=[signing.dumps(sent.pk, salt=SALT)])
        ),
    )
    return True
