"""`count_statistics [--since DAY]`: count the days of the statistics that are missing, or days before the first counted one."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.services.counting import count_fees
from jasenpalvelu.common import clock
from members.services import counting


class Command(BaseCommand):
    help = (
        "Counts every day up to yesterday that has not been counted, and anew what has been put right since; the same is done"
        " each night. With --since also days before the first counted one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            help="YYYY-MM-DD; all days of the last 400, else ends of months",
        )

    def handle(self, *, since: date | None, **_options: Any) -> None:
        yesterday = clock.today() - counting.DAY
        if since is not None and since > yesterday:
            raise CommandError("--since must be a day that has ended.")
        now = clock.now()
        past = counting.count_past(since=since, through=yesterday, at=now) if since else None
        done = counting.count(through=yesterday, at=now)
        self.stdout.write(
            f"{done.days + (past.days if past else 0)} days counted, {done.corrected} associations counted anew"
        )
        count_fees(at=now)
        self.stdout.write("Fees counted")
