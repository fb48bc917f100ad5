"""Work off background jobs in this process, without Celery: for scripts, tests and a machine without a broker."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jasenpalvelu.jobs.services import running, sweeping


class Command(BaseCommand):
    help = "Work off background jobs in this process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until-empty", action="store_true", help="stop when no job is due")
        parser.add_argument("--pause", type=float, default=2.0, help="seconds between two looks at the queue")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            due = sweeping.due_ids()
            for job_id in due:
                running.run(job_id=job_id)
            if not due:
                if options["until_empty"]:
                    return
                time.sleep(options["pause"])
