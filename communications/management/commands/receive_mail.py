"""Take one mail from standard input: the end of a mail server's pipe.

    reply  unix  -  n  n  -  10  pipe  flags=Rq user=jasenpalvelu argv=/srv/jasenpalvelu/manage.py receive_mail ${recipient}

Ends with 0 when the mail has been dealt with or is not ours, and with 75 (EX_TEMPFAIL) when it should be given again.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from communications.services.receiving import LARGEST, Later, receive

TRY_AGAIN = getattr(os, "EX_TEMPFAIL", 75)


class Command(BaseCommand):
    help = "Takes one mail from standard input (the pipe of a mail server): bounces, complaints and answers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("recipients", nargs="*", help="the envelope's recipients")

    def handle(self, *args: Any, **options: Any) -> None:
        content = sys.stdin.buffer.read(LARGEST + 1)
        while sys.stdin.buffer.read(1024 * 1024):  # a writer that is not read to its end breaks its pipe
            pass
        try:
            told = receive(content, recipients=options["recipients"])
        except Later as error:
            self.stderr.write(f"later: {error}")
            sys.exit(TRY_AGAIN)
        self.stdout.write(told)
