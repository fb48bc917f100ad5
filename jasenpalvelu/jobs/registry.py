"""Which function does which kind of job.

An app registers its handlers in its own `jobs.py` or `tasks.py`:

    @register("billing.issue", noun=ngettext_lazy("%(n)s invoice", "%(n)s invoices", "n"))
    def issue(job: Job, deadline: Deadline) -> StepResult: ...

A handler does one chunk and says how far it came. It runs inside one transaction with the saving of its progress: either
both happened or neither, so counts stay right when the worker is killed. It must be safe to run again from `job.cursor`
(which it may change) and should come back in a few seconds, at the latest when `deadline` has passed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import autodiscover_modules

from jasenpalvelu.jobs.models import Job


class JobFailed(Exception):
    """The job cannot be done and trying again would not help. The text is shown to the person, in their language."""


@dataclass(frozen=True)
class Deadline:
    """Until when a step should have come back, on the monotonic clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self.at

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.at - time.monotonic())


@dataclass(frozen=True)
class StepResult:
    """What one step did. Numbers are added to the job's; `facts` replace values of the same label; lists are appended.

    `phases`, when given, replaces the list of work phases: {"text", "state": done|doing|todo, "number", "note"}.
    `event` is a line for the timeline, `attention` rows {"name", "url", "what", "then"}. `stopped` ends the job as failed
    with this text, as JobFailed does, but keeps what the step has written.
    """

    done: bool = False
    processed: int = 0
    failed: int = 0
    total: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    phases: Sequence[Mapping[str, str]] | None = None
    event: str = ""
    attention: Sequence[Mapping[str, str]] = ()
    message: str = ""
    stopped: str = ""


Step = Callable[[Job, Deadline], StepResult]


@dataclass(frozen=True)
class Handler:
    kind: str
    step: Step
    max_failures: int
    queue: str
    noun: Any
    guarded: bool


_handlers: dict[str, Handler] = {}
_discovered: list[bool] = []


def register(
    kind: str, *, max_failures: int = 5, queue: str = "default", noun: Any = None, guarded: bool = False
) -> Callable[[Step], Step]:
    """Name the function that does jobs of this kind.

    After `max_failures` unexpected errors in a row the job stops and waits for a person. `noun` says what is counted, a
    lazy plural with `n` ("%(n)s invoices"). The file of a `guarded` kind is not handed out by the job's page: the app's own view
    does it, which asks more; the handler puts its address into `job.result_url`.
    """

    def decorate(step: Step) -> Step:
        known = _handlers.get(kind)
        if known is not None and _name(known.step) != _name(step):
            raise ValueError(f"two handlers for jobs of the kind {kind}")
        _handlers[kind] = Handler(kind, step, max_failures, queue, noun, guarded)
        return step

    return decorate


def handler_for(kind: str) -> Handler:
    """The handler of this kind. Raises LookupError for a kind no installed app knows."""
    if not _discovered:
        autodiscover_modules("jobs", "tasks")
        _discovered.append(True)
    try:
        return _handlers[kind]
    except KeyError:
        raise LookupError(f"no handler for jobs of the kind {kind}") from None


def is_guarded(kind: str) -> bool:
    """Whether the file of such a job is handed out by the app's own view only."""
    try:
        return handler_for(kind).guarded
    except LookupError:  # a job of an earlier version
        return False


def _name(step: Step) -> str:
    return f"{step.__module__}.{getattr(step, '__qualname__', step)}"
