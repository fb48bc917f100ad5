"""What the layers above may want to know of logging in."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LoggedIn:
    """Someone opened a session. `emails` are the addresses the person has proved to be their own."""

    user_id: int
    emails: tuple[str, ...]


@dataclass(frozen=True)
class MailWanted:
    """A mail about a matter of the reader's own, to be sent by the outbox above once what it tells has been written.

    Rendered at sending from `<template>_subject.txt` and `<template>_message.txt` in `language` with `facts`: small, and JSON
    can hold them. `kind` names it in the contact log, `reference` what it is about ("talk:12").
    """

    template: str
    email: str
    language: str
    facts: dict[str, Any]
    kind: str
    unit_id: int | None = None
    party_id: int | None = None
    name: str = ""
    reply_to: str = ""
    reference: str = ""
