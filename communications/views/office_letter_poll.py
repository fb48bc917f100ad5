"""A poll made in the middle of writing a letter: it opens, stands in the letter, and one is back where one was (COM-1, COM-5)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from communications.forms.surveys import LetterPollForm
from communications.letters import blocks as parts
from communications.letters.blocks import Block
from communications.models import Mailing, Survey, SurveyState
from communications.permissions import SURVEYS
from communications.services import surveys, writing
from communications.services.writing import WritingError
from communications.views.letters import WRITING_ERRORS, crumb, draft, tell, trail, version_of
from communications.views.office_surveys import create_poll
from jasenpalvelu.common import clock, feedback
from members.requests import ScopedRequest
from members.services import joining
from members.views.finding import new_token


@require_http_methods(["GET", "HEAD", "POST"])
def poll(request: ScopedRequest, pk: int, language: str, key: str) -> HttpResponse:
    """One question with its choices, asked of whoever gets the letter."""
    mailing = draft(request, pk)
    block = next((one for one in version_of(mailing, language).blocks if one["id"] == key), None)
    if block is None or block["kind"] != "poll" or not request.scope.can(SURVEYS, mailing.unit_id, "AB"):
        raise Http404
    form = LetterPollForm(
        request.POST if request.method == "POST" else None,
        today=clock.today(),
        initial={"token": new_token()},
    )
    back = f"{reverse('office:message_edit', args=[pk, language])}?osa={key}#osa-{key}"
    if request.method == "POST" and form.is_valid():
        _put(request, mailing, language, block, _opened(request, mailing, form))
        return redirect(back)
    context = {"form": form, "mailing": mailing, "back": back, "trail": trail(crumb(mailing))}
    return render(request, "office/letters/poll.html", context)


def _opened(request: ScopedRequest, mailing: Mailing, form: LetterPollForm) -> Survey:
    """The poll, open; the same form sent twice makes one."""
    try:
        made = create_poll(request, form, mailing.unit)
    except joining.SentAlready as sent:
        made = Survey.objects.get(pk=sent.result)
    if made.state == SurveyState.DRAFT:
        made = surveys.open_survey(actor=request.user, survey=made, on=clock.today(), at=clock.now())
    return made


def _put(request: ScopedRequest, mailing: Mailing, language: str, block: Block, made: Survey) -> None:
    """Into the part it was made for. What somebody else has saved there meanwhile stays: then the poll is there to be chosen."""
    if block["poll"] == str(made.pk):
        return
    try:
        writing.save_block(
            actor=request.user,
            mailing=mailing,
            language=language,
            block=block | {"poll": str(made.pk)},
            seen=parts.digest(block),
        )
    except WritingError as error:
        tell(request, WRITING_ERRORS, error.code)
    else:
        feedback.done(request, _("The poll is open and in the letter."))
