"""Notices about an account, sent as the codes of the login are: in the account's language, by the same road."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from django.db import transaction

from jasenpalvelu.accounts.models import User

log = logging.getLogger(__name__)


def send_notice(template: str, *, user: User, email: str, facts: dict[str, Any], language: str = "") -> None:
    """Send the mail `<template>_subject.txt` and `<template>_message.txt` to the address, once what is told has been written.

    `language` of a reader who is not `user`.

    A mail server that is down is told to whoever acts. In the background nobody acts from a device, and nothing is sent.
    """
    request = context.request
    if request is None:
        log.warning("a notice was not sent, there is no request: %s", template)
        return

    def send() -> None:
        with context.request_context(request):
            get_adapter(request).send_mail(template, email, {"user": user, "language": language, **facts})

    transaction.on_commit(send)


def absolute(path: str) -> str:
    """The whole address of a page of the service, for a mail."""
    return str(context.request.build_absolute_uri(path)) if context.request is not None else path
