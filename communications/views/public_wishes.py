"""Ending letters without logging in (RFC 8058), and choosing them by the link of a letter.

A mail scanner opens every link: opening changes nothing. The mail program's button is a POST without cookies, answered 200 and
never sent elsewhere; the signature of the address is all it needs, so no token of a form is asked.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from communications.models import PreferenceSource
from communications.services import wishing
from communications.views.letter_wishes import form_of, save
from communications.wishes import Letter, is_signed, letter_of
from jasenpalvelu.common import clock, feedback
from members.requests import ScopedRequest

ONE_CLICK = ("List-Unsubscribe", "One-Click")


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: ScopedRequest, token: str) -> HttpResponse:
    """The page with one button; the button of the page and that of a mail program do the same."""
    letter = letter_of(token)
    if letter is None:
        return _over(request, token)
    asked = request.method == "POST" and request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]
    done = asked and wishing.unsubscribe(letter=letter, at=clock.now(), on=clock.today())
    with translation.override(_language(request, letter)):
        context = {
            "letter": letter,
            "done": done,
            "one_click": ONE_CLICK,
            "wishes_url": reverse("public:letter_wishes", args=[token]),
        }
        answer = render(request, "public/letters/unsubscribe.html", context)
        answer.headers["Content-Language"] = translation.get_language() or "fi"
    return answer


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: ScopedRequest, token: str) -> HttpResponse:
    """All choices by the link of a letter. Whose they are stands nowhere on the page, and the address only in part."""
    letter = letter_of(token)
    if letter is None:
        return _over(request, token)
    sent = request.POST if request.method == "POST" else None
    found, form = form_of(sent, letter.party)
    if sent is not None and save(form, party=letter.party, actor=None, source=PreferenceSource.LINK):
        feedback.done(request, _("Your choices were saved."))
        return redirect(request.path)
    context = {"wishes": found, "form": form, "hint": letter.hint}
    return render(request, "public/letters/wishes.html", context)


def _over(request: HttpRequest, token: str) -> HttpResponse:
    """A forged or cut link is of nothing; one whose message is not kept any more says what to do."""
    return render(request, "public/letters/over.html", status=410 if is_signed(token) else 404)


def _language(request: HttpRequest, letter: Letter) -> str:
    """The letter's, unless the reader has chosen another."""
    chosen = request.user.is_authenticated or settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    return translation.get_language() or "fi" if chosen else letter.delivery.language
