"""What the service asks of its settings before it starts; `manage.py check` asks, and every command that checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from communications.sms.backends import FILES


@register()
def text_messages(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    """Outside the embedded service text messages written to files would look sent, and nobody would have got them."""
    if settings.EMBEDDED or settings.SMS_BACKEND != FILES:
        return []
    return [
        Error(
            "Text messages would be written to files and reach nobody.",
            hint="Set SMS_BACKEND to a gateway, as communications.sms.backends.HttpBackend, or leave it out: then none are sent.",
            id="communications.E001",
        )
    ]
