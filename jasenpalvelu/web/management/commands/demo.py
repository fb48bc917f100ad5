"""`demo --persons N`: build a believable federation of invented people into an empty register."""

from __future__ import annotations

import time
from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jasenpalvelu.common import clock
from jasenpalvelu.web.demo import building


class Command(BaseCommand):
    help = "Builds a believable federation of invented people into an empty register. The same seed gives the same people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--persons", type=int, default=2000, help="persons and organisations, 200–1 000 000"
        )
        parser.add_argument("--seed", type=int, default=1917)
        parser.add_argument(
            "--invoices",
            action=BooleanOptionalAction,
            default=None,
            help="two years of invoices and payments; when not said, up to 20 000 persons",
        )

    def handle(self, *, persons: int, seed: int, invoices: bool | None, **_options: Any) -> None:
        if not 200 <= persons <= 1_000_000:
            raise CommandError("--persons must be between 200 and 1 000 000")
        began = time.monotonic()
        try:
            building.build(
                persons=persons,
                seed=seed,
                on=clock.today(),
                invoices=persons <= building.HISTORY_UP_TO if invoices is None else invoices,
                tell=self.stdout.write,
            )
        except building.NotEmpty:
            raise CommandError(
                "The register is not empty: the demo is only built into an empty one."
            ) from None
        self.stdout.write(f"Built in {time.monotonic() - began:.1f} s")
