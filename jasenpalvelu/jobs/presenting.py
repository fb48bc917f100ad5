"""A job in words: how far, how fast, how long still."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.parts import Event
from jasenpalvelu.jobs.models import Job, State, Wish
from jasenpalvelu.jobs.registry import handler_for, is_guarded

# Before this much work a forecast would jump about.
FORECAST_AFTER = timedelta(seconds=3)


class Counted(int):
    """A number that writes itself in the reader's language inside a plural form."""

    def __str__(self) -> str:
        return format_number(int(self), get_language() or "fi")


@dataclass(frozen=True)
class JobView:
    """What the job page says. `now` is the moment of looking."""

    job: Job
    now: datetime

    @property
    def alive(self) -> bool:
        return self.job.state in {State.QUEUED, State.RUNNING}

    @property
    def file(self) -> bool:
        """Whether the page itself hands the file out."""
        return bool(self.job.result) and not is_guarded(self.job.kind)

    @property
    def asked_to_pause(self) -> bool:
        return self.alive and self.job.wish == Wish.PAUSE

    @property
    def asked_to_cancel(self) -> bool:
        return self.alive and self.job.wish == Wish.CANCEL

    @property
    def trail(self) -> list[tuple[str, str]]:
        return [(_("Background work"), reverse("office:jobs"))]

    @property
    def lede(self) -> str:
        """Jäsenmaksut 2026. Käynnisti Olavi Peltoniitty 19.10.2026 klo 9.02."""
        at = self.job.created_at.astimezone(clock.HELSINKI)
        started = _("Started by %(name)s on %(day)s at %(time)s.") % {
            "name": self.job.owner or _("the system"),
            "day": format_date(at.date()),
            "time": f"{at.hour}.{at.minute:02}",
        }
        return f"{self.job.detail.rstrip('.')}. {started}" if self.job.detail else started

    @property
    def handled(self) -> int:
        return self.job.done + self.job.failed

    @property
    def percent(self) -> int | None:
        """Whole percents, rounded down: 100 means ready."""
        return min(100, 100 * self.handled // self.job.total) if self.job.total else None

    @property
    def total_text(self) -> str:
        return self._named(self.job.total or 0)

    @property
    def time_left(self) -> str:
        """ "about 4 minutes left", or nothing while it cannot be known."""
        if self.job.state != State.RUNNING or not self.job.total or not self._per_second:
            return ""
        seconds = max(0, self.job.total - self.handled) / self._per_second
        if seconds < 60:
            return _("less than a minute left")
        minutes = round(seconds / 60)
        if minutes < 90:
            return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": minutes}
        hours = round(seconds / 3600)
        return ngettext("about %(n)s hour left", "about %(n)s hours left", hours) % {"n": hours}

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        rows = []
        if self.job.started_at:
            rows.append((_("Duration"), in_words((self.job.finished_at or self.now) - self.job.started_at)))
        if self._per_second:
            speed = self._named(round(self._per_second * 60))
            rows.append((_("Speed"), _("%(things)s / min") % {"things": speed}))
        return rows + [(label, str(value)) for label, value in self.job.facts.items()]

    @property
    def events(self) -> list[Event]:
        """Newest first, the newest with a full dot."""
        newest_first = list(reversed(self.job.timeline))
        return [
            Event(
                datetime.fromisoformat(entry["at"]).astimezone(clock.HELSINKI),
                entry["text"],
                entry.get("detail", ""),
                main=number == 0,
            )
            for number, entry in enumerate(newest_first)
        ]

    @property
    def _per_second(self) -> float:
        worked = self.job.worked
        return self.handled / worked.total_seconds() if worked >= FORECAST_AFTER else 0.0

    def _named(self, n: int) -> str:
        noun: Any = None
        try:
            noun = handler_for(self.job.kind).noun
        except LookupError:  # a job of an earlier version
            pass
        counted = Counted(n)
        return str(noun % {"n": counted}) if noun else str(counted)


def in_words(duration: timedelta) -> str:
    """8 min 40 s, 1 h 5 min."""
    seconds = max(0, int(duration.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return _("%(h)s h %(min)s min") % {"h": hours, "min": minutes}
    if minutes:
        return _("%(min)s min %(s)s s") % {"min": minutes, "s": rest}
    return _("%(s)s s") % {"s": rest}
