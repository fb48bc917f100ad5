"""Every column that names a party goes with it or stays, and says so."""

from __future__ import annotations

from django.apps import apps
from django.db.models import ForeignKey

from members import moving
from members.models import Party


def test_every_reference_to_a_party_is_in_the_list() -> None:
    """A new table that belongs to people says in `members/following.py`, or in its own app's, whether its rows move when two
    entries of the same member are joined: `moving.follows(...)` or `moving.stays(...)`."""
    referring = {
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is Party
    }
    assert {(column.table, column.column) for column in moving.columns()} == referring


def test_locks_are_taken_before_or_after_the_parties_as_agreed() -> None:
    ranks = [column.rank for column in moving.moved() if column.rank < 99]
    assert ranks == sorted(ranks)
    assert moving.PARTIES not in ranks
