"""Read the mail that waits in the Maildir of the settings (MAIL_INBOX)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from communications.services.collecting import collect


class Command(BaseCommand):
    help = "Reads the mail in the Maildir MAIL_INBOX: bounces, complaints and answers."

    def handle(self, *args: Any, **options: Any) -> None:
        for told, count in sorted(collect().items()):
            self.stdout.write(f"{told}: {count}")
