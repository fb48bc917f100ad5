"""What anybody may ask of a card: is it valid, and with which keys is that checked without asking (REG-15).

The answer is valid or not valid and nothing else: an unknown card, an ended one, a forged one and one whose fee is late look
the same and take the same questions. There is no cookie and no name, and the page of one card is not found by another.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jasenpalvelu.common import clock
from members.cards import reading, token
from members.cards.signing import public_keys, verifying_keys
from members.cards.token import Token, TokenError
from members.views.limits import too_often

# A till at a fair reads a card every few seconds; guessing one takes longer than the world lasts.
PER_CARD, PER_ADDRESS = 120, 1200
NONE = Token(0, reading.NOBODY, 0, token.EPOCH)


@login_not_required
@never_cache
@require_safe
def check(request: HttpRequest, text: str) -> HttpResponse:
    """Valid only while the membership is in force: an ended one is not valid at once, whatever the card says."""
    if too_often(request, "card", key=text, per_key=PER_CARD, per_address=PER_ADDRESS):
        return _answer(request, "busy", 429)
    return _answer(request, "valid" if _is_valid(text) else "not_valid", 200)


def _is_valid(text: str) -> bool:
    """A forged card costs the same questions as a genuine one."""
    today = clock.today()
    try:
        read, genuine = token.verify(text, verifying_keys(), on=today), True
    except TokenError:
        read, genuine = NONE, False
    holds = reading.holds(read.unit_number, read.member_number, today)
    return genuine and holds


def _answer(request: HttpRequest, state: str, status: int) -> HttpResponse:
    response = render(request, "public/card.html", {"state": state}, status=status)
    # The address is the card itself: it goes nowhere else, and nobody finds it by searching.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """The published keys as a JSON Web Key Set, for whoever verifies cards without a connection."""
    response = JsonResponse(token.published(public_keys()), json_dumps_params={"indent": 2})
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
