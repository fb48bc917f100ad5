"""What the page parts of the tag library `ui` are fed with: plain facts, already in words."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Figure:
    """One key figure with what it is compared to."""

    label: str
    value: str
    unit: str = ""
    change: str = ""
    url: str = ""


@dataclass(frozen=True)
class QueueItem:
    """Work that waits: how many, of what, why now, and the one thing to do."""

    n: int
    title: str
    why: str
    action: str
    url: str


@dataclass(frozen=True)
class Event:
    """One line of a timeline. `main` fills the dot."""

    when: date | datetime
    text: str
    detail: str = ""
    main: bool = False


@dataclass(frozen=True)
class Step:
    text: str
    note: str = ""


@dataclass(frozen=True)
class Tab:
    text: str
    url: str
    count: int | None = None
    current: bool = False
