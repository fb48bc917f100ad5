"""Mails about a matter of somebody's own: put into the outbox with the act they tell of, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from allauth.core import context
from django.conf import settings
from django.utils import translation

from jasenpalvelu.accounts.events import MailWanted
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common.events import publish

# What JSON holds as it is; anything else becomes words in the reader's language.
PLAIN = (str, int, float, bool, type(None), list, dict)


def send_notice(
    template: str,
    *,
    user: User,
    email: str,
    facts: dict[str, Any],
    language: str = "",
    kind: str = "account.notice",
    unit_id: int | None = None,
    party_id: int | None = None,
) -> None:
    """Put the mail `<template>_subject.txt` and `<template>_message.txt` into the outbox, in the caller's transaction.

    `language` of a reader who is not `user`. Moments travel as ISO text, which the templates' filters read.
    """
    told = language or user.language or translation.get_language()
    with translation.override(told):
        small = {name: _small(value) for name, value in facts.items()}
    publish(
        MailWanted(
            template=template,
            email=email,
            language=told,
            facts=small,
            kind=kind,
            unit_id=unit_id,
            party_id=party_id,
        )
    )


def _small(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, PLAIN) else str(value)


def absolute(path: str) -> str:
    """The whole address of a page of the service, for a mail."""
    return (
        str(context.request.build_absolute_uri(path))
        if context.request is not None
        else settings.PUBLIC_URL + path
    )
