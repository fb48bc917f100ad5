"""Send what is in the outbox in this process, without Celery: for scripts, tests and a machine without a broker."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from communications.sending import engine, recovering
from communications.services import releasing
from jasenpalvelu.common import clock


class Command(BaseCommand):
    help = "Send what is in the outbox, letters whose time has come included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=600, help="at most so long")

    def handle(self, *args: Any, **options: Any) -> None:
        recovering.recover()
        releasing.advance(now=clock.now())
        done = engine.run(seconds=options["seconds"])
        releasing.advance(now=clock.now())
        told = ", ".join(f"{name} {count}" for name, count in sorted(done.counts.items()))
        self.stdout.write(told or "nothing to send")
        if done.trouble:
            self.stderr.write(done.trouble)
