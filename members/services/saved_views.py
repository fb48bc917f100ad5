"""What a person keeps about a list: views with a name of their own, and the columns last chosen."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from jasenpalvelu.accounts.models import User
from members.models import SavedView

MOST = 20


class TooMany(Exception):
    """A person keeps at most MOST views of one list, so that their tabs can be read."""


def save_view(*, user: User, list_name: str, name: str, query: str) -> SavedView:
    """Keep the filters under a name; the same name again replaces what it stood for. Raises TooMany."""
    own = SavedView.objects.filter(user=user, list_name=list_name)
    if not own.filter(name=name).exists() and own.count() >= MOST:
        raise TooMany
    return _write(user, list_name, name, query)


def save_columns(*, user: User, list_name: str, keys: Iterable[str]) -> SavedView:
    """Remember which columns the person wants to see."""
    return _write(user, f"{list_name}:columns", "", ",".join(keys))


def forget_view(*, user: User, list_name: str, pk: int) -> bool:
    """Remove one of one's own views; False when there is none such."""
    deleted, _rows = SavedView.objects.filter(user=user, list_name=list_name, pk=pk).delete()
    return bool(deleted)


def kept(*, user: User, list_name: str) -> tuple[list[SavedView], list[str] | None]:
    """The person's views in the order they were made, and the chosen columns (None: never chosen). One query."""
    rows = SavedView.objects.filter(user=user, list_name__in=[list_name, f"{list_name}:columns"])
    views, columns = [], None
    for row in rows.order_by("pk"):
        if row.list_name == list_name:
            views.append(row)
        else:
            columns = [key for key in row.query.split(",") if key]
    return views, columns


def _write(user: User, list_name: str, name: str, query: str) -> SavedView:
    try:
        with transaction.atomic():
            row, _created = SavedView.objects.update_or_create(
                user=user, list_name=list_name, name=name, defaults={"query": query}
            )
    except IntegrityError:  # the same at the same moment from another window
        row = SavedView.objects.get(user=user, list_name=list_name, name=name)
    return row
