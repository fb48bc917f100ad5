"""What the member's home page tells of announcements: important ones until they are read, and the newest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from communications.models import Announcement
from communications.readers import reader_of

NEWEST, MOST_IMPORTANT = 3, 3


@dataclass(frozen=True)
class News:
    important: list[Announcement]
    newest: list[Announcement]


def news_for(party_id: int, on: date) -> News:
    """In two questions beside those about the reader. What is important and unread is not told twice."""
    rows = Announcement.objects.for_reader(reader_of(party_id, on)).with_read(party_id).select_related("unit")
    unread = rows.filter(important=True).exclude(reads__party=party_id)
    important = list(unread.order_by("-visible_from", "-pk")[:MOST_IMPORTANT])
    others = rows.exclude(pk__in=[it.pk for it in important])
    return News(important, list(others.order_by("-pinned", "-visible_from", "-pk")[:NEWEST]))
