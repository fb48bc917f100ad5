"""Conversations in words: states as chips, when an answer is due, what has happened (COM-4)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from communications.models import MessageKind, Talk, TalkMessage, TalkState
from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.common.dates import format_clock, format_date


def staff_chip(talk: Talk, now: datetime, *, may: bool = True) -> tuple[str, str]:
    """Late before anything else, because somebody waits. Of what was handed over (not `may`) no more is told."""
    if not may:
        return "", _("Handed over")
    if talk.is_open and talk.due_at is not None and talk.due_at < now:
        return "danger", _("Late")
    return {
        TalkState.OPEN: ("warn", _("Waits for an answer")),
        TalkState.WAITING: ("info", _("Waits for the member")),
        TalkState.ANSWERED: ("done", _("Answered")),
        TalkState.CLOSED: ("", _("Closed")),
    }[TalkState(talk.state)]


def member_chip(talk: Talk) -> tuple[str, str]:
    return {
        TalkState.OPEN: ("info", _("Sent, waits for an answer")),
        TalkState.WAITING: ("warn", _("You are asked for more")),
        TalkState.ANSWERED: ("done", _("Answered")),
        TalkState.CLOSED: ("", _("Closed")),
    }[TalkState(talk.state)]


def due_text(talk: Talk, now: datetime) -> str:
    """ "by 24.11.2026 klo 12.30"; "" when nobody waits."""
    if not talk.is_open or talk.due_at is None:
        return ""
    return (_("was due %(time)s") if talk.due_at < now else _("by %(time)s")) % {"time": moment(talk.due_at)}


def moment(at: datetime) -> str:
    """24.11.2026 klo 12.30"""
    here = at.astimezone(HELSINKI)
    return f"{format_date(here.date())} {format_clock(here, (get_language() or 'fi')[:2])}"


def event_text(message: TalkMessage) -> str:
    """What happened, in the middle of the thread."""
    if message.kind == MessageKind.CLOSED:
        return _("%(name)s closed the conversation.") % {"name": message.author_name}
    names = {"unit": str(message.unit), "former": str(message.from_unit), "name": message.author_name}
    if message.kind == MessageKind.RETURNED:
        return (
            _("%(name)s gave the conversation back to %(unit)s. %(former)s does not read it any more.")
            % names
        )
    return (
        _(
            "%(name)s handed the conversation over: %(unit)s answers and reads from now on. %(former)s sees what was said until this."
        )
        % names
    )
