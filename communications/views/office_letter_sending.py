"""From the checks to the sending: what stops, what warns, how many get it, and when (COM-1)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from communications.approving import approval_limit
from communications.forms.letters import SendForm
from communications.letters import checking
from communications.letters.checking import Finding
from communications.letters.looks import look_of
from communications.letters.rendering import render as draw
from communications.models import LetterLink, LinkState, Mailing, MailingState, MailingVersion, Reason
from communications.services import lacking, linking, planning, releasing
from communications.services.planning import Plan
from communications.services.releasing import ReleaseError
from communications.views import letter_words
from communications.views.letters import (
    LANGUAGE_NAMES,
    RELEASE_ERRORS,
    crumb,
    draft,
    sent_by,
    tell,
    trail,
    versions_of,
)
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.jobs.models import Job
from members.models import OrgUnit
from members.requests import ScopedRequest


@dataclass(frozen=True)
class Checks:
    """All that is known of the letter before it goes."""

    findings: list[Finding]
    plan: Plan | None
    problem: str
    links: list[LetterLink]
    looking: Job | None

    @property
    def stops(self) -> bool:
        return self.plan is None or not self.plan.reached or any(found.stops for found in self.findings)

    @property
    def dead(self) -> list[LetterLink]:
        return [link for link in self.links if link.state in {LinkState.DEAD, LinkState.PRIVATE}]

    @property
    def warns(self) -> bool:
        return bool(self.dead) or any(not found.stops for found in self.findings)


def checks_of(request: ScopedRequest, mailing: Mailing) -> Checks:
    versions, look = versions_of(mailing), look_of(mailing.unit)
    findings: list[Finding] = []
    for code, version in versions.items():
        mine = checking.of_version(code, version.subject, version.preheader, version.blocks)
        findings += [*mine, *checking.of_size(code, draw(version, look).html)]
    plan, problem = None, ""
    try:
        plan = planning.plan(mailing, scope=request.scope, on=clock.today())
        findings += checking.of_languages(set(versions), plan.languages)
        findings += _lacking(request, mailing, versions)
    except planning.PlanError as error:
        problem = str(RELEASE_ERRORS[error.code])
    return Checks(findings, plan, problem, linking.found(mailing), linking.looking(mailing))


def _lacking(request: ScopedRequest, mailing: Mailing, versions: dict[str, MailingVersion]) -> list[Finding]:
    """Fields without words of their own, where somebody who gets the letter has no value."""
    bare = {
        code: checking.bare_fields(version.subject, version.preheader, version.blocks)
        for code, version in versions.items()
    }
    wanted = {field for found in bare.values() for field in found}
    empty = lacking.count(mailing, wanted, scope=request.scope, on=clock.today())
    return [one for code, found in bare.items() for one in checking.of_lacking(code, found, empty)]


@require_http_methods(["GET", "HEAD", "POST"])
def links(request: ScopedRequest, pk: int) -> HttpResponse:
    """On to the checks: links are looked at in the background meanwhile. GET is what the page asks for while they are: the list alone."""
    mailing = draft(request, pk)
    if request.method != "POST":
        context = {
            "mailing": mailing,
            "checks": {"links": linking.found(mailing), "looking": linking.looking(mailing)},
            "link_url": reverse("office:message_links", args=[pk]),
        }
        return render(request, "office/letters/_links.html", context)
    linking.begin(
        mailing=mailing, owner=request.user, title=_("Links of %(title)s") % {"title": mailing.title}
    )
    return redirect("office:message_send", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def send(request: ScopedRequest, pk: int) -> HttpResponse:
    """The checks, and the time. What was looked at is what is sent: another version, and nothing is."""
    mailing = draft(request, pk)
    checks = checks_of(request, mailing)
    people = checks.plan.reached if checks.plan else 0
    data = request.POST if request.method == "POST" else None
    form = SendForm(data, people=people, asks=checks.warns, initial={"version": mailing.version})
    if data is not None and not checks.stops and form.is_valid():
        try:
            sent = releasing.schedule(
                mailing=mailing,
                version=form.cleaned_data["version"],
                actor=request.user,
                now=clock.now(),
                at=form.moment,
            )
        except ReleaseError as error:
            tell(request, RELEASE_ERRORS, error.code)
            return redirect("office:message_send", pk)
        feedback.done(request, _told(sent))
        return redirect("office:message_results", pk)
    return render(request, "office/letters/send.html", _context(mailing, checks, form, people))


def _told(mailing: Mailing) -> str:
    if mailing.state == "waiting":
        return _("The letter waits for a second person to approve it.")
    return (
        _("The letter is on its way. You have five minutes to take it back.")
        if mailing.scheduled_at and (mailing.scheduled_at <= clock.now())
        else _("The letter leaves at the time you chose.")
    )


def _context(mailing: Mailing, checks: Checks, form: SendForm, people: int) -> dict[str, Any]:
    plan = checks.plan
    told = [letter_words.finding(mailing, found) for found in checks.findings]
    names = OrgUnit.objects.in_bulk(plan.units) if plan else {}
    limit = approval_limit(mailing.unit)
    return {
        "mailing": mailing,
        "form": form,
        "checks": checks,
        "stops": [one for one in told if one["stops"]],
        "warns": [one for one in told if not one["stops"]],
        "plan": plan,
        "people": people,
        "reasons": [(str(Reason(code).label), n) for code, n in plan.reasons.most_common()] if plan else [],
        "units": sorted(
            ((str(names[pk]), n) for pk, n in plan.units.items() if pk in names), key=lambda p: (-p[1], p[0])
        )
        if plan
        else [],
        "languages": [(LANGUAGE_NAMES.get(code, code), n) for code, n in plan.languages.most_common()]
        if plan
        else [],
        "limit": limit,
        "approval": people > limit,
        "link_url": reverse("office:message_links", args=[mailing.pk]),
        "links_of": len(linking.addresses_of(mailing)),
        "trail": trail(crumb(mailing)),
    }


# --- acts on a letter on its way ------------------------------------------------------------------------------------------
def _do(request: ScopedRequest, pk: int, done: str, act: Any) -> HttpResponse:
    try:
        act()
    except ReleaseError as error:
        tell(request, RELEASE_ERRORS, error.code)
    else:
        feedback.done(request, done)
    return redirect("office:message", pk)


@require_POST
def take_back(request: ScopedRequest, pk: int) -> HttpResponse:
    """Back to a draft, before it has been frozen."""
    mailing = sent_by(request, pk)
    done = _("The letter is a draft again. Nobody has got it.")
    return _do(
        request,
        pk,
        done,
        lambda: releasing.take_back(mailing=mailing, version=mailing.version, actor=request.user),
    )


@require_POST
def regret(request: ScopedRequest, pk: int) -> HttpResponse:
    """In the five minutes, and in the moment before them when the recipients have not been written down yet."""
    mailing = sent_by(request, pk)

    def act() -> None:
        if mailing.state == MailingState.SCHEDULED:
            with suppress(ReleaseError):  # it has been frozen meanwhile
                releasing.take_back(mailing=mailing, version=mailing.version, actor=request.user)
                return
        releasing.regret(mailing=mailing, actor=request.user)

    return _do(request, pk, _("The letter was taken back. Nobody got it."), act)


@require_POST
def pause(request: ScopedRequest, pk: int) -> HttpResponse:
    mailing = sent_by(request, pk)
    done = _("Sending stands still.")
    return _do(request, pk, done, lambda: releasing.pause(mailing=mailing, actor=request.user))


@require_POST
def resume(request: ScopedRequest, pk: int) -> HttpResponse:
    mailing = sent_by(request, pk)
    return _do(
        request, pk, _("Sending goes on."), lambda: releasing.resume(mailing=mailing, actor=request.user)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: ScopedRequest, pk: int) -> HttpResponse:
    mailing = sent_by(request, pk)
    if request.method == "POST":
        done = _("The rest is not sent.")
        return _do(request, pk, done, lambda: releasing.cancel(mailing=mailing, actor=request.user))
    context = {
        "question": _("Cancel the sending of %(title)s?") % {"title": mailing.title},
        "consequence": _(
            "Those who have got the letter keep it. The rest do not get it, and it cannot be sent on."
        ),
        "deed": _("Cancel the rest"),
        "danger": True,
        "cancel_url": reverse("office:message_results", args=[pk]),
    }
    return render(request, "office/confirm.html", context)


@require_POST
def retry(request: ScopedRequest, pk: int) -> HttpResponse:
    """Only those who did not get it."""
    mailing = sent_by(request, pk)
    try:
        count = releasing.retry_missing(mailing=mailing, actor=request.user, now=clock.now())
    except ReleaseError as error:
        tell(request, RELEASE_ERRORS, error.code)
    else:
        text = _("%(n)s letters are tried again.") if count else _("There is nobody to try again.")
        feedback.done(request, text % {"n": count} if count else text)
    return redirect("office:message_results", pk)
