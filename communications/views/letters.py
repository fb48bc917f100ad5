"""What the pages of letters share: which letter it is, who may do what to it, and how what went wrong is said."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.letters.languages import LANGUAGES
from communications.models import Mailing, MailingState, MailingVersion
from communications.permissions import APPROVE, SEND, VIEW
from members.requests import ScopedRequest

LANGUAGE_NAMES = {
    "fi": gettext_lazy("Finnish"),
    "sv": gettext_lazy("Swedish"),
    "en": gettext_lazy("English"),
}
CHIPS = {
    MailingState.DRAFT: "",
    MailingState.WAITING: "warn",
    MailingState.SCHEDULED: "info",
    MailingState.FROZEN: "info",
    MailingState.SENDING: "info",
    MailingState.PAUSED: "warn",
    MailingState.DONE: "done",
    MailingState.CANCELLED: "plain",
}
# A letter as it is shown in a frame of ours: its looks are inline, it runs nothing, sends nothing and loads pictures only.
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def seen(request: ScopedRequest, pk: int) -> Mailing:
    """A letter this person may look at; of whoever writes and approves there too. 404 else."""
    scope = request.scope
    rows = Mailing.objects.visible_to(scope, VIEW) | Mailing.objects.visible_to(scope, SEND)
    rows = rows | Mailing.objects.visible_to(scope, APPROVE)
    return get_object_or_404(rows.select_related("unit", "topic", "segment"), pk=pk)


def sent_by(request: ScopedRequest, pk: int) -> Mailing:
    """A letter this person may write and send."""
    mailing = seen(request, pk)
    if not request.scope.can(SEND, mailing.unit_id):
        raise Http404
    return mailing


def draft(request: ScopedRequest, pk: int) -> Mailing:
    mailing = sent_by(request, pk)
    if mailing.state != MailingState.DRAFT:
        raise Http404
    return mailing


def versions_of(mailing: Mailing) -> dict[str, MailingVersion]:
    """By language, Finnish first."""
    rows = {
        row.language: row
        for row in MailingVersion.objects.filter(mailing=mailing).select_related("mailing__topic")
    }
    return {code: rows[code] for code in LANGUAGES if code in rows}


def version_of(mailing: Mailing, language: str) -> MailingVersion:
    rows = MailingVersion.objects.select_related("mailing__topic", "mailing__unit")
    return get_object_or_404(rows, mailing=mailing, language=language)


def framed(html: str) -> HttpResponse:
    """A letter for an iframe or a window of its own. Its pictures come from where the page does, whatever the service is called by."""
    here = html.replace(f'src="{settings.PUBLIC_URL}/', 'src="/')
    response = HttpResponse(here.replace("<head>", '<head><base target="_blank">', 1))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def trail(*crumbs: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Letters"), reverse("office:messages")), *crumbs]


def crumb(mailing: Mailing) -> tuple[str, str]:
    return mailing.title, reverse("office:message", args=[mailing.pk])


RELEASE_ERRORS = {
    "changed": gettext_lazy("Somebody else has changed or sent the letter meanwhile. Look at it once more."),
    "state": gettext_lazy("The letter has moved on meanwhile. Nothing was changed."),
    "past": gettext_lazy("The time has passed already. Choose another one."),
    "far": gettext_lazy("Choose a day within a year."),
    "nobody": gettext_lazy("Nobody would get the letter. Look whom the segment means."),
    "segment": gettext_lazy("The segment is not there any more, or you may not use it. Choose another one."),
    "unit": gettext_lazy("You may not send letters in the name of this association."),
    "same_person": gettext_lazy("Another person approves the letter than the one who wrote or sent it."),
    "words": gettext_lazy("The letter has no subject or nothing to read."),
}
WRITING_ERRORS = {
    "closed": gettext_lazy("The letter is not a draft any more, so nothing was saved."),
    "gone": gettext_lazy("Somebody else has taken this part away meanwhile."),
    "full": gettext_lazy("A letter holds at most forty parts."),
    "last": gettext_lazy("A letter needs at least one language."),
    "name": gettext_lazy("There is a template of this name already. Choose another name."),
    "stale": gettext_lazy("Somebody else has saved this part after you opened it."),
}


def tell(request: HttpRequest, errors: dict[str, Any], code: str) -> None:
    messages.error(request, str(errors[code]))
