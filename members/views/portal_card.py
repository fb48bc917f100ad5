"""My membership cards: on the screen, also without a connection once opened, and as a PDF (REG-15)."""

from __future__ import annotations

import hashlib
import json

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jasenpalvelu.audit.services import log_download
from jasenpalvelu.common import clock
from jasenpalvelu.common.codes import qr_drawing
from members.cards import printing
from members.cards.reading import Card, cards_of
from members.cards.signing import address, signer
from members.forms.cards import season_end
from members.requests import ScopedRequest
from members.views.office_cards import pdf_answer

# What the card's page is drawn with. The worker keeps these and the page, and nothing else.
ASSETS = (
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/features.css",
    "css/modes.css",
    "fonts/source-sans-3-latin-wght-normal.woff2",
    "fonts/source-sans-3-latin-ext-wght-normal.woff2",
    "img/icons.svg",
    "img/mark.svg",
    "vendor/htmx.min.js",
    "js/app.js",
    "js/card.js",
)
# The worker asks for pages of this service and runs nothing but itself.
WORKER_POLICY = "default-src 'none'; connect-src 'self'"


@require_safe
def cards(request: ScopedRequest) -> HttpResponse:
    """Every membership's card, and those of the children in one's care. A login without a member has none."""
    if request.scope.party_id is None:
        return render(request, "portal/nobody.html")
    found = cards_of(request.scope.party_id, on=clock.today(), signer=signer())
    shown = [(card, _code(request, card)) for card in found]
    context = {
        "cards": shown,
        "now": clock.now(),
        "worker": reverse("public:card_worker"),
        "several": len(shown) > 1,
    }
    return render(request, "portal/cards.html", context)


@require_safe
def card_pdf(request: ScopedRequest, membership_pk: int) -> HttpResponse:
    """One card as a PDF, valid as long as the one the office prints."""
    if request.scope.party_id is None:
        raise Http404
    today = clock.today()
    found = cards_of(request.scope.party_id, on=today, signer=signer(), until=season_end(today))
    card = next((one for one in found if one.membership.pk == membership_pk and one.token), None)
    if card is None:
        raise Http404
    party = card.membership.party_id
    log_download(
        actor=request.user, subject=_("Membership card"), party_id=party, unit_id=card.membership.unit_id
    )
    return pdf_answer(
        printing.single(card, base=request.build_absolute_uri("/")), f"jasenkortti-{card.number}"
    )


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker's script: the same for everybody, without anything personal."""
    assets = [static(name) for name in ASSETS]
    version = hashlib.sha256(json.dumps(assets).encode()).hexdigest()[:12]
    page = reverse("portal:card")
    context = {
        "page": json.dumps(page),
        "assets": json.dumps(assets),
        "cache": json.dumps(f"kortti-{version}"),
    }
    response = render(request, "portal/card_worker.js", context, content_type="text/javascript")
    response.headers["Service-Worker-Allowed"] = page
    response.headers["Content-Security-Policy"] = WORKER_POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


def _code(request: HttpRequest, card: Card) -> str:
    if not card.token:
        return ""
    text = address(request.build_absolute_uri("/"), card.token)
    return qr_drawing(text, size="100%", alt=_("QR code of the card"), error="m")
