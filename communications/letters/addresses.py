"""Where a letter and its pictures are on the web. All of them are opened without a login and change nothing."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from communications import links

LOGO = "logo"


def picture_url(key: UUID, extension: str) -> str:
    return settings.PUBLIC_URL + reverse("public:letter_picture", args=[key, extension])


def logo_url(unit_id: int, extension: str) -> str:
    return settings.PUBLIC_URL + reverse("public:letter_logo", args=[links.token(LOGO, unit_id), extension])
