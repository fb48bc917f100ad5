"""The letter as people get it: as a page in a frame, as chosen recipients, and as a test message (COM-1)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communications import letter_tests
from communications import letters_reading as reading
from communications.forms.letters import TestForm
from communications.letters import fields
from communications.letters.looks import look_of
from communications.letters.rendering import render as draw
from communications.models import Mailing, State
from communications.permissions import SEND
from communications.services import planning
from communications.services.posting import post
from communications.views import letter_words
from communications.views.letters import (
    LANGUAGE_NAMES,
    crumb,
    framed,
    seen,
    sent_by,
    trail,
    version_of,
    versions_of,
)
from jasenpalvelu.common import clock, feedback
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.parts import Tab
from jasenpalvelu.common.sorting import sort_key
from members.models import Party
from members.requests import ScopedRequest
from members.views.limits import too_often

WIDTHS = {"puhelin": 360, "kone": 700}
TESTS = 20  # in an hour, of one person


@require_safe
def preview(request: ScopedRequest, pk: int) -> HttpResponse:
    """As one of the real recipients, narrow as on a phone or wide, in each language; the next and the previous one by a link."""
    mailing = seen(request, pk)
    versions = versions_of(mailing)
    if not versions:
        raise Http404
    language = request.GET.get("kieli", "")
    width = request.GET.get("koko", "kone") if request.GET.get("koko") in WIDTHS else "kone"
    chosen, problem = _recipient(request, mailing)
    if language not in versions:
        language = (
            chosen.party.language if chosen and chosen.party.language in versions else next(iter(versions))
        )
    party = chosen.party.pk if chosen else 0
    query = f"?saaja={party}" if party else ""
    context = {
        "mailing": mailing,
        "recipient": chosen,
        "problem": problem,
        "language": language,
        "language_name": LANGUAGE_NAMES[language],
        "width": width,
        "pixels": WIDTHS[width],
        "tabs": [
            Tab(
                str(LANGUAGE_NAMES[code]), f"?saaja={party}&koko={width}&kieli={code}", None, code == language
            )
            for code in versions
        ],
        "letter": reverse("office:message_letter", args=[pk, language]) + query,
        "paper": reverse("office:message_on_paper", args=[pk, language]) + query
        if chosen and chosen.on_paper and not chosen.protected
        else "",
        "on_paper": bool(chosen and chosen.on_paper),
        "not_sent": letter_words.reason(chosen.reason, State.SUPPRESSED) if chosen and chosen.reason else "",
        "subject": _subject(mailing, language, party),
        "typed": request.GET.get("haku", "")[:60],
        "is_draft": mailing.state == "draft",
        "trail": trail(crumb(mailing)),
    }
    return render(request, "office/letters/preview.html", context)


def _recipient(request: ScopedRequest, mailing: Mailing) -> tuple[reading.Recipient | None, str]:
    """Whom the letter is shown as: the one asked for, the first whose last name begins so, else the first."""
    people = _audience(request, mailing)
    if people is None:
        return None, _("The recipients cannot be told: choose again to whom the letter goes.")
    typed = request.GET.get("haku", "").strip()[:60]
    wanted = key_of(request.GET.get("saaja"))
    if typed:
        first = (
            people.filter(sort_key__startswith=sort_key(typed))
            .order_by("sort_key", "pk")
            .values_list("pk", flat=True)
            .first()
        )
        if first is None:
            return _found(request, mailing, people, wanted), _(
                "None of the recipients has a last name that begins with that."
            )
        wanted = first
    found = _found(request, mailing, people, wanted)
    return found, "" if found else _("Nobody would get the letter just now.")


def _found(
    request: ScopedRequest, mailing: Mailing, people: QuerySet[Party], wanted: int
) -> reading.Recipient | None:
    return reading.recipient(mailing, request.scope, clock.today(), people, wanted)


def _audience(request: ScopedRequest, mailing: Mailing):  # type: ignore[no-untyped-def]
    """Parties; None where it is not known. Whoever may not send sees nobody's name: the letter is shown without one."""
    if not request.scope.can(SEND, mailing.unit_id):
        return Party.objects.none()
    try:
        return reading.audience(mailing, request.scope, clock.today())
    except planning.PlanError:
        return None


def _subject(mailing: Mailing, language: str, party: int) -> str:
    version = version_of(mailing, language)
    values = letter_tests.sample(version, party or None, clock.today())
    return fields.fill(fields.canonical(version.subject), values, html=False)


@require_safe
def letter(request: ScopedRequest, pk: int, language: str) -> HttpResponse:
    """The letter itself, for the frame. `saaja` is one of the audience within one's reach; anybody else is nobody."""
    mailing = seen(request, pk)
    version = version_of(mailing, language)
    party = _asked_for(request, mailing)
    values = letter_tests.sample(version, party.pk if party else None, clock.today())
    rendered = draw(version, look_of(mailing.unit))
    return framed(fields.fill(rendered.html, values, html=True))


def _asked_for(request: ScopedRequest, mailing: Mailing) -> Party | None:
    """The one of the audience whom the address names; 404 for anybody else."""
    wanted = key_of(request.GET.get("saaja"))
    if not wanted:
        return None
    people = _audience(request, mailing)
    if people is None:
        raise Http404
    return get_object_or_404(people, pk=wanted)


@require_safe
def on_paper(request: ScopedRequest, pk: int, language: str) -> HttpResponse:
    """The letter as it is printed for one of the audience. Nothing is kept of it."""
    mailing = seen(request, pk)
    version = version_of(mailing, language)
    party = _asked_for(request, mailing)
    if (
        party is None or party.non_disclosure or not mailing.paper
    ):  # a protected address is not for looking at
        raise Http404
    content = letter_tests.sheet(version, party, clock.today())
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="kirje-{mailing.pk}.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def test(request: ScopedRequest, pk: int) -> HttpResponse:
    mailing = sent_by(request, pk)
    allowed = letter_tests.allowed_addresses(request.scope, request.user, clock.today())
    form = TestForm(
        request.POST if request.method == "POST" else None,
        allowed=allowed,
        initial={"addresses": request.user.email},
    )
    if request.method == "POST" and form.is_valid() and not _too_many(request, form):
        _send(request, mailing, form.cleaned_data["addresses"])
        feedback.done(request, _("The test is on its way. Members have not got anything."))
        return redirect("office:message", pk)
    context = {
        "form": form,
        "mailing": mailing,
        "languages": [LANGUAGE_NAMES[code] for code in versions_of(mailing)],
        "trail": trail(crumb(mailing)),
    }
    return render(request, "office/letters/test.html", context)


def _too_many(request: ScopedRequest, form: TestForm) -> bool:
    """A test is up to fifteen mails, each of them to a colleague."""
    many = too_often(request, "letter-test", key=str(request.user.pk), per_key=TESTS, per_address=5 * TESTS)
    if many:
        form.add_error(
            None, _("You have sent many tests within an hour. Wait a while and send the next then.")
        )
    return many


def _send(request: ScopedRequest, mailing: Mailing, addresses: list[str]) -> None:
    """Each language to each address."""
    look = look_of(mailing.unit)
    with transaction.atomic():
        for version in versions_of(mailing).values():
            for address in addresses:
                post(
                    template=letter_tests.TEMPLATE,
                    email=address,
                    language=version.language,
                    facts={"version": version.pk},
                    unit_id=mailing.unit_id,
                    kind="letter.test",
                    reply_to=mailing.reply_to or look.reply_to,
                    reference=f"letter:{mailing.pk}",
                    on_behalf=look.from_name,
                )
