"""The parts of a letter as the page of writing shows them: each with its form, what it is about, and what it still lacks."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from communications.forms.letter_blocks import ICONS, KIND_NAMES, BlockForm
from communications.letters import blocks as parts
from communications.letters.blocks import Block
from communications.models import Mailing, MailingVersion, Survey
from communications.permissions import SURVEYS
from communications.polls_in_letters import polls_for
from communications.views import letter_words
from members.requests import ScopedRequest

MOST_POLLS = 50


def of_version(
    request: ScopedRequest, mailing: Mailing, version: MailingVersion, opened: str, form: BlockForm | None
) -> list[dict[str, Any]]:
    """Each block with its form; the form that was refused in its place, a new or opened one open."""
    found = []
    last = len(version.blocks) - 1
    titles = _titles(request, version)
    for n, block in enumerate(version.blocks):
        mine = form if form is not None and form.block["id"] == block["id"] else None
        drawn = mine or form_of(request, block)
        found.append(
            {
                "block": block,
                "key": block["id"],
                "name": KIND_NAMES[block["kind"]],
                "icon": ICONS[block["kind"]],
                "summary": titles.get(block.get("poll", ""), "") or parts.summary(block),
                "form": drawn,
                "open": mine is not None or block["id"] == opened,
                "lacks": _lacks(block, drawn),
                "first": n == 0,
                "last": n == last,
                "has_picture": block["kind"] == "image" and bool(block["image"]),
                "poll_url": _poll_url(request, mailing, version, block),
            }
        )
    return found


def form_of(request: ScopedRequest, block: Block, *args: Any, **kwargs: Any) -> BlockForm:
    """With the polls one may choose; the one that has been chosen is among them also when it takes no answers any more."""
    polls: list[Survey] = []
    if block["kind"] == "poll":
        polls = list(polls_for(request.scope)[:MOST_POLLS])
        chosen = int(block["poll"]) if block["poll"].isascii() and block["poll"].isdigit() else 0
        if chosen and chosen not in {poll.pk for poll in polls}:
            polls += Survey.objects.visible_to(request.scope).filter(pk=chosen)
    return BlockForm(*args, block=block, polls=polls, **kwargs)


def _titles(request: ScopedRequest, version: MailingVersion) -> dict[str, str]:
    """The names of the polls of the letter, by their number as a block holds it."""
    keys = parts.polls(version.blocks)
    rows = Survey.objects.visible_to(request.scope).filter(pk__in=keys) if keys else ()
    return {str(poll.pk): str(poll) for poll in rows}


def _lacks(block: Block, form: BlockForm) -> list[str]:
    """What keeps a part that has been begun from being sent, in words; nothing of one that has not."""
    if parts.is_empty(block):
        return []
    found = (
        _("%(field)s is missing") % {"field": form.fields[problem.field].label}
        if problem.code == "missing" and problem.field in form.fields
        else letter_words.problem(problem.code, problem.told).rstrip(".")
        for problem in parts.problems(block)
    )
    return list(dict.fromkeys(found))


def _poll_url(request: ScopedRequest, mailing: Mailing, version: MailingVersion, block: Block) -> str:
    """Where a poll for this very letter is made, for whoever may make one."""
    if block["kind"] != "poll" or not request.scope.can(SURVEYS, mailing.unit_id, "AB"):
        return ""
    return reverse("office:message_poll", args=[mailing.pk, version.language, block["id"]])
