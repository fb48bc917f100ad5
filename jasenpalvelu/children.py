"""The processes the supervisor keeps running: started again when they end by themselves, given up when they keep ending."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from jasenpalvelu import processes

# Whoever lived this long worked; one that ends sooner, again and again, would only fill its log.
LIVED, PATIENCE = 10.0, 5
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0


class GaveUp(Exception):
    """A process ended several times in a row soon after its start; the text says where to look."""


@dataclass
class Child:
    """One process with its command, its log and, once started, its life. `folder` holds the logs and process numbers."""

    name: str
    command: list[str | Path]
    folder: Path
    cwd: Path
    keep: tuple[int, ...] = ()  # descriptors handed on
    short: int = field(default=0, init=False)  # ends in a row soon after a start
    due: float | None = field(default=None, init=False)  # when to start again, on the monotonic clock
    born: float = field(default=0.0, init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """In a session of its own: Ctrl-C reaches only the supervisor, which ends its children in order."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self.keep,
            )
        processes.remember(self.folder / "run" / f"{self.name}.pid", self.process.pid)
        self.born, self.due = time.monotonic(), None

    def look(self, now: float) -> None:
        """Start again what has ended, after a pause that doubles. GaveUp when it keeps ending at once."""
        if self.due is not None:
            if now >= self.due:
                self.start()
        elif self.process is not None and (code := self.process.poll()) is not None:
            self._mourn(self.process, code, now)

    def _mourn(self, process: subprocess.Popen[bytes], code: int, now: float) -> None:
        processes.end_session(process.pid)  # what a killed one leaves behind would work beside the new one
        self.short = self.short + 1 if now - self.born < LIVED else 1
        if self.short > PATIENCE:
            raise GaveUp(
                f"{self.name} ended {self.short} times soon after its start (code {code}): the service stops."
                f" The reason is at the end of {self.log}."
            )
        pause = min(FIRST_PAUSE * 2 ** (self.short - 1), LONGEST_PAUSE)
        sys.stderr.write(f"{self.name} ended by itself (code {code}) and is started again; see {self.log}\n")
        sys.stderr.flush()
        self.due = now + pause


def watch(
    children: list[Child],
    *,
    pause: float = 0.5,
    around: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> NoReturn:
    """For as long as the service runs, each look within `around`. GaveUp when one of them cannot be kept running."""
    while True:
        for child in children:
            with around():
                child.look(time.monotonic())
        time.sleep(pause)
