"""A partner's own pages: its texts and benefits, proposals of changes, checking cards (COM-9).

Whoever acts for a partner has a login and nothing of the register: of a card they are told valid or not valid.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from communications.forms.benefits import BenefitOwnForm, CheckForm, PartnerOwnForm
from communications.models import Benefit, Partner, Use
from communications.services import partners, redeeming
from communications.services.partners import OWN_FIELDS, PartnerError
from jasenpalvelu.common import clock, feedback
from members.requests import ScopedRequest
from members.views.finding import new_token
from members.views.limits import went_wrong, wrong_too_often

# Wrong codes in an hour from one network; a busy till makes some, a guesser many.
WRONG, ALARM = 100, 1000
RECENT = timedelta(days=90)


@never_cache
@require_safe
def home(request: ScopedRequest) -> HttpResponse:
    """What the login acts for: its texts, its benefits, what waits."""
    found = _partners(request)
    lines = [
        {
            "partner": partner,
            "benefits": partner.benefits.order_by("-valid_from", "-pk"),
            "proposals": partner.proposals.filter(proposed_at__gt=clock.now() - RECENT)
            .exclude(state="replaced")
            .select_related("benefit")
            .order_by("-pk")[:20],
        }
        for partner in found
    ]
    return render(request, "public/partner/home.html", {"lines": lines})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def texts(request: ScopedRequest, pk: int) -> HttpResponse:
    partner = _partner(request, pk)
    initial = {name: getattr(partner, name) for name in OWN_FIELDS}
    form = PartnerOwnForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        partners.propose(actor=request.user, partner=partner, values=form.values, at=clock.now())
        return _sent(request, partner)
    heading = _("What is told of %(name)s") % {"name": partner.name}
    return _form(request, partner, form, heading)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def benefit(request: ScopedRequest, pk: int, benefit_pk: int | None = None) -> HttpResponse:
    """A change of a benefit, or a new one, as a proposal."""
    partner = _partner(request, pk)
    found = get_object_or_404(Benefit, pk=benefit_pk, partner=partner) if benefit_pk else None
    form = BenefitOwnForm(
        request.POST if request.method == "POST" else None, today=clock.today(), benefit=found
    )
    if request.method == "POST" and form.is_valid():
        partners.propose(
            actor=request.user,
            partner=partner,
            values=form.values,
            at=clock.now(),
            benefit=found,
            new=found is None,
        )
        return _sent(request, partner)
    return _form(request, partner, form, found.title if found else _("Propose a new benefit"))


def _sent(request: ScopedRequest, partner: Partner) -> HttpResponse:
    text = _("Thank you. %(unit)s looks at it before it is shown.") % {"unit": partner.unit}
    feedback.done(request, text)
    return redirect("public:partner_home")


def _form(request: ScopedRequest, partner: Partner, form: object, heading: str) -> HttpResponse:
    context = {
        "form": form,
        "partner": partner,
        "heading": heading,
        "trail": [(_("Partner's pages"), reverse("public:partner_home"))],
    }
    return render(request, "public/partner/edit.html", context)


# --- at the till --------------------------------------------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: ScopedRequest) -> HttpResponse:
    """Valid or not valid, and nothing of the member."""
    rows = Benefit.objects.shown_on(clock.today()).filter(partner__in=_partners(request), use=Use.CARD)
    benefits = list(rows.select_related("partner").order_by("partner__name", "pk"))
    form = CheckForm(
        request.POST if request.method == "POST" else None,
        benefits=benefits,
        initial={"sending": new_token()},
    )
    answer = ""
    if request.method == "POST" and form.is_valid():
        if wrong_too_often(request, "benefit", limit=WRONG):
            form.add_error("text", _("Too many codes were wrong. Wait an hour and try again."))
        else:
            answer = _answer(request, form, benefits)
            kept = {"benefit": form.cleaned_data["benefit"], "sending": new_token()}
            form = CheckForm(benefits=benefits, initial=kept)
    context = {
        "form": form,
        "answer": answer,
        "benefits": benefits,
        "trail": [(_("Partner's pages"), reverse("public:partner_home"))],
    }
    return render(request, "public/partner/check.html", context)


def _answer(request: ScopedRequest, form: CheckForm, benefits: list[Benefit]) -> str:
    told = form.cleaned_data
    chosen = next(one for one in benefits if one.pk == told["benefit"])
    valid = redeeming.redeem(
        benefit=chosen, text=told["text"], sending=told["sending"], on=clock.today(), at=clock.now()
    )
    if not valid:
        went_wrong(request, "benefit", alarm=ALARM)
    return "valid" if valid else "not_valid"


def _partners(request: ScopedRequest) -> list[Partner]:
    found = list(
        Partner.objects.of_login(request.user).select_related("unit").distinct().order_by("name", "pk")
    )
    if not found:
        raise Http404
    return found


def _partner(request: ScopedRequest, pk: int) -> Partner:
    return next((partner for partner in _partners(request) if partner.pk == pk), None) or _missing()


def _missing() -> Partner:
    raise Http404


# --- the invitation -----------------------------------------------------------------------------------------------------
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: ScopedRequest, token: str) -> HttpResponse:
    """The page behind the link of the mail: opening it does nothing, its button does."""
    row = partners.by_token(token, clock.now())
    if row is None:
        return render(request, "public/partner/over.html", status=410)
    if request.method == "POST":
        try:
            partners.accept_invitation(row=row, at=clock.now())
        except PartnerError:
            return render(request, "public/partner/over.html", status=410)
        return redirect(f"{reverse('account_login')}?next={reverse('public:partner_home')}")
    return render(request, "public/partner/invitation.html", {"row": row})
