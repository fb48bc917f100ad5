"""What time it is, in Finland. The only place that reads the machine's clock.

Services take dates as arguments; views, tasks and commands ask here. Tests and demonstrations stop the clock with
`frozen(...)`, for the whole process, so that a live server's threads see the same day.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")

_frozen_at: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in Finnish time."""
    return _frozen_at or datetime.now(HELSINKI)  # noqa: TID251 (this is the clock)


def today() -> date:
    """The present day in Finland; at night UTC is still on the day before."""
    return now().date()


def _as_moment(moment: datetime | date | str) -> datetime:
    if isinstance(moment, str):
        moment = date.fromisoformat(moment) if len(moment) == 10 else datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(12), tzinfo=HELSINKI)
    return moment.replace(tzinfo=HELSINKI) if moment.tzinfo is None else moment.astimezone(HELSINKI)


@contextmanager
def frozen(moment: datetime | date | str) -> Iterator[datetime]:
    """Stop the clock. A bare date means noon; a naive moment is Finnish time; ISO text works for both."""
    global _frozen_at  # noqa: PLW0603 (the whole process shares one clock)
    before, _frozen_at = _frozen_at, _as_moment(moment)
    try:
        yield _frozen_at
    finally:
        _frozen_at = before
