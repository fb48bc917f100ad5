"""`manage.py card_keys [--new | --revoke N]`: the keys membership cards are signed with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from members.models import CardKey
from members.services import card_keys


class Command(BaseCommand):
    help = "List the keys of membership cards, take a new one into use, or end all cards of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_mutually_exclusive_group()
        acts.add_argument(
            "--new", action="store_true", help="sign with a new key; cards of the old one stay valid"
        )
        acts.add_argument("--revoke", type=int, metavar="N", help="end every card that key N has signed")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new"]:
            card_keys.rotate()
        if options["revoke"] is not None:
            try:
                card_keys.revoke(key_id=options["revoke"])
            except CardKey.DoesNotExist:
                raise CommandError(f"There is no key {options['revoke']}. Nothing was changed.") from None
        for key in CardKey.objects.order_by("pk"):
            self.stdout.write(f"{key.pk:>4}  made {key.created_at:%Y-%m-%d}  {_state(key)}")


def _state(key: CardKey) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}, its cards are not valid"
    if key.retired_at:
        return f"retired {key.retired_at:%Y-%m-%d}, its cards are valid until they run out"
    return "signs" if card_keys.opened(key) else "cannot be read with this SECRET_KEY: make a new one (--new)"
