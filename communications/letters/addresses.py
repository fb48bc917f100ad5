"""Where a letter and its pictures are on the web. All of them are opened without a login and change nothing."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from communications import links
from communications.links import READ

LOGO = "logo"


def web_url(mailing_id: int, language: str) -> str:
    """What {{web_url}} of every recipient leads to: the letter without anybody's own words."""
    return settings.PUBLIC_URL + reverse("public:letter_web", args=[links.token(READ, mailing_id), language])


def picture_url(key: UUID, extension: str) -> str:
    return settings.PUBLIC_URL + reverse("public:letter_picture", args=[key, extension])


def logo_url(unit_id: int, extension: str) -> str:
    return settings.PUBLIC_URL + reverse("public:letter_logo", args=[links.token(LOGO, unit_id), extension])
