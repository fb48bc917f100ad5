"""`manage.py verify_card TOKEN …`: is a membership card genuine and in force, checked without asking the service."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import parse_date
from jasenpalvelu.common.identifiers import make_member_number
from members.cards import token
from members.cards.signing import verifying_keys
from members.cards.token import TokenError

REASONS = {
    "malformed": "this is no token of a card",
    "key": "its key is not among the published ones",
    "forged": "the signature does not fit",
    "expired": "it has run out",
    "future": "it says it is valid for longer than any card is: look at the date of this machine",
}


class Command(BaseCommand):
    help = "Check a membership card offline: the token, or the whole address from the QR code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("token")
        parser.add_argument(
            "--keys", type=Path, help="the file of /kortti/avaimet/; without it this service's own keys"
        )
        parser.add_argument("--on", help="the day, for example 1.2.2026; without it today")
        parser.add_argument(
            "--skew", type=int, default=0, metavar="DAYS", help="by how many days the calendar may be off (0)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keys = verifying_keys() if options["keys"] is None else _keys_in(options["keys"])
        try:
            read = token.verify(options["token"], keys, on=_day(options["on"]), skew_days=options["skew"])
        except TokenError as error:
            raise CommandError(f"Not valid: {REASONS[error.code]}.") from None
        member = make_member_number(read.member_number)
        self.stdout.write(
            f"Valid: association {read.unit_number}, member {member}, until {read.valid_until.isoformat()}, key {read.key_id}."
            " Whether the membership has ended since, only the service knows."
        )


def _keys_in(path: Path) -> dict[int, Any]:
    try:
        return token.read_published(json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read as published keys: {error}") from None


def _day(text: str | None) -> date:
    if text is None:
        return clock.today()
    try:
        return parse_date(text)
    except ValueError:
        raise CommandError(f"{text} is no day. Write it as 1.2.2026 or 2026-02-01.") from None
