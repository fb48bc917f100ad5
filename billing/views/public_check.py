"""The page on which a payer sees what will be billed, and confirms or corrects it: by link, by code, or logged in (REG-16).

Opening the page changes nothing, so a mail scanner that follows every link answers for nobody: the answer is a POST. That
the page has been seen is told by the page itself once it is shown, by a POST of its script. Opened by a link or a code
alone it hides what a non-disclosure order protects, and asks for none of it.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from billing.asking import Facts, facts_of
from billing.forms.checks import CodeForm, CorrectionForm
from billing.models import DataCheck
from billing.models.checks import Answer, ProposalState, Via
from billing.services import answering, rounds
from billing.services.answering import AnswerError
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.reference import municipality_name
from members.forms.party import CHANNELS
from members.models.parties import ContactKind
from members.requests import ScopedRequest
from members.views.email_changes import ask_again, tell_waiting
from members.views.finding import language
from members.views.limits import went_wrong, wrong_too_often

# Wrong codes in an hour from one network; so many from all together are written to the log.
WRONG, ALARM = 20, 5000
SALT = "billing.check.seen"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: ScopedRequest) -> HttpResponse:
    """Where the code of a letter is typed. A wrong code and one that has run out get the same answer."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if wrong_too_often(request, "check_code", limit=WRONG):
            form.add_error("code", _("The code was tried too often. Wait an hour and try again."))
        elif found := rounds.by_code(form.cleaned_data["code"], clock.today()):
            return redirect("public:check", rounds.token_of(found, Via.CODE))
        else:
            went_wrong(request, "check_code", alarm=ALARM)
            form.add_error(
                "code", _("The code is not right, or it works no more. Check it against the letter.")
            )
    return render(request, "public/check/code.html", {"form": form})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: ScopedRequest, token: str) -> HttpResponse:
    """The page by a link, or by a code that has just been typed."""
    found = rounds.by_token(token, clock.today())
    if found is None:
        return _over(request, by_code=rounds.is_code_token(token))
    return _page(request, *found, reverse("public:check_opened", args=[token]))


@login_not_required
@require_POST
def opened(request: ScopedRequest, token: str) -> HttpResponse:
    """The page was shown in a browser."""
    found = rounds.by_token(token, clock.today())
    if found is not None:
        answering.opened(check=found[0], at=clock.now())
    return HttpResponse(status=204)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: ScopedRequest, pk: int) -> HttpResponse:
    """The same on one's own pages: everything is shown, nothing is signed."""
    return _page(request, _own_or_404(request, pk), Via.PORTAL, reverse("portal:check_opened", args=[pk]))


@require_POST
def own_opened(request: ScopedRequest, pk: int) -> HttpResponse:
    answering.opened(check=_own_or_404(request, pk), at=clock.now())
    return HttpResponse(status=204)


def _own_or_404(request: ScopedRequest, pk: int) -> DataCheck:
    if request.scope.party_id is None:
        raise Http404
    rows = DataCheck.objects.open(clock.today()).filter(payer=request.scope.party_id)
    return get_object_or_404(
        rows.select_related("round__unit", "payer__person", "payer__organisation"), pk=pk
    )


# --- the page ---------------------------------------------------------------------------------------------------------
def _page(request: ScopedRequest, check: DataCheck, via: str, seen_url: str) -> HttpResponse:
    facts = facts_of(round=check.round, payer=check.payer, on=clock.today())
    act = request.POST.get("act", "") if request.method == "POST" else ""
    form = _form(request.POST if act == "correct" else None, check, via, facts)
    digest, shown = _seen(request, check)
    stale = bool(act) and digest != facts.digest
    if not stale and (act == "confirm" or (act == "correct" and form.is_valid())):
        try:
            _answer(request, check, via, facts, form if act == "correct" else None)
        except AnswerError as error:
            if error.code == "over":
                return _over(request, by_code=via == Via.CODE)
            stale = True
            facts = facts_of(round=check.round, payer=check.payer, on=clock.today())
            form = _form(request.POST if act == "correct" else None, check, via, facts)
        else:
            return redirect(request.path)
    if stale and act == "correct":
        form = form.renewed(shown) if shown is not None else _form(None, check, via, facts)
    seal = signing.dumps([check.pk, facts.digest, form.shown], salt=SALT, compress=True)
    told = {"form": form, "stale": stale, "fixing": act == "correct", "seal": seal, "seen_url": seen_url}
    frame = "portal" if via == Via.PORTAL else "public"
    context = _context(check, via, facts, form) | told | {"frame_template": f"{frame}/base.html"}
    return render(request, "public/check/page.html", context)


def _over(request: ScopedRequest, *, by_code: bool) -> HttpResponse:
    return render(request, "public/check/over.html", {"by_code": by_code}, status=410)


def _form(data: Any, check: DataCheck, via: str, facts: Facts) -> CorrectionForm:
    hidden = check.payer.non_disclosure and via != Via.PORTAL
    return CorrectionForm(data, facts=facts, hidden=hidden, by_link=via != Via.PORTAL)


def _seen(request: ScopedRequest, check: DataCheck) -> tuple[str, dict[str, str] | None]:
    """The digest of what the page showed, and the fields as they stood; nothing of them for a seal of another page."""
    try:
        pk, digest, shown = signing.loads(request.POST.get("seen", ""), salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return "", None
    return (digest, shown) if pk == check.pk else ("", None)


def _answer(
    request: ScopedRequest, check: DataCheck, via: str, facts: Facts, form: CorrectionForm | None
) -> None:
    actor = request.user if via == Via.PORTAL else None
    now, today = clock.now(), clock.today()
    if form is None:
        answering.confirm(check=check, seen=facts, via=via, actor=actor, on=today, at=now)
        feedback.done(request, _("Thank you. The data are confirmed."))
        return
    told = form.correction
    changed = {} if told.email is None else {"email": told.email}
    if actor is not None:
        email = facts.contacts.get(ContactKind.EMAIL)
        ask_again(request, facts.payer, {"email": email.value if email else ""}, changed)
    waiting = answering.correct(check=check, seen=facts, told=told, via=via, actor=actor, on=today, at=now)
    if actor is not None:
        tell_waiting(request, facts.payer, changed)
    text = _("Thank you. Your corrections were saved.")
    if waiting:
        text = _("Thank you. Your association looks at the corrections before the invoice.")
    feedback.done(request, text)


def _context(check: DataCheck, via: str, facts: Facts, form: CorrectionForm) -> dict[str, Any]:
    payer = facts.payer
    hidden = form.hidden
    proposals = check.proposals.exclude(state=ProposalState.REPLACED).select_related(
        "holding", "basis", "unit"
    )
    place = payer.home_municipality
    return {
        "check": check,
        "round": check.round,
        "facts": facts,
        "payer": payer,
        "hidden": hidden,
        "municipality": municipality_name(place, language()) if place and not hidden else "",
        "proposals": list(proposals.order_by("pk")),
        "confirmed": check.answer == Answer.CONFIRMED,
        "corrected": check.answer == Answer.CORRECTED,
        "unseen": check.opened_at is None,
        "channel": dict(CHANNELS)[payer.invoice_channel],
        "name": payer.person.full_name if payer.is_person else payer.display_name,
    }
