"""History as people read it, on rows of the real register written by its own services."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jasenpalvelu.audit.history import acts
from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.audit.services import mark_undone, mutation
from jasenpalvelu.audit.wording import Sight, history_for
from members.models import Membership, Party
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def everything(table: str, column: str) -> Sight:
    return Sight.SHOWN


@pytest.fixture
def maija(cast: Cast) -> Party:
    return cast.parties["maija"]


@pytest.fixture
def edited(cast: Cast, maija: Party) -> Mutation:
    with mutation(
        actor=cast.users["aino"], kind="test.edit", summary="Muutti toiselle paikkakunnalle"
    ) as act:
        Party.objects.filter(pk=maija.pk).update(home_municipality="049", language="sv")
    return act


def test_an_act_tells_who_what_and_from_what_to_what(cast, maija, edited):
    (act, *_), _next = history_for(sees=everything, party_id=maija.pk)
    assert (act.actor, act.kind, act.summary, act.undone) == (
        str(cast.users["aino"]),
        "test.edit",
        "Muutti toiselle paikkakunnalle",
        False,
    )
    (row,) = act.rows
    fields = {told.label: (told.old, told.new) for told in row.fields}
    assert row.op == Change.Op.UPDATE
    assert row.thing == str(Party._meta.verbose_name)
    assert fields[str(Party._meta.get_field("home_municipality").verbose_name)][1] == "Espoo", (
        "by name, not by code"
    )
    language = Party._meta.get_field("language")
    assert fields[str(language.verbose_name)][1] == str(dict(language.flatchoices)["sv"])


def test_masked_columns_are_told_without_values_and_others_left_out(maija, edited):
    def sees(table: str, column: str) -> Sight:
        return Sight.MASKED if column == "home_municipality" else Sight.LEFT_OUT

    (act,), _next = history_for(sees=sees, rows=[("members_party", maija.pk)], limit=1)
    (told,) = act.rows[0].fields
    assert (told.old, told.new) == (None, None)


def test_acts_that_tell_the_reader_nothing_are_left_out(maija, edited):
    told, _next = history_for(sees=lambda table, column: Sight.LEFT_OUT, party_id=maija.pk)
    assert told == []


def test_foreign_keys_dates_and_empty_values_have_names(cast, maija):
    membership = Membership.objects.filter(party=maija).first()
    other = cast.types["supporting"]
    with mutation(actor=None, kind="test.edit"):
        Membership.objects.filter(pk=membership.pk).update(type=other, ended_on=date(2026, 12, 31))
    (act,), _next = history_for(sees=everything, rows=[("members_membership", membership.pk)], limit=1)
    fields = {told.label: (told.old, told.new) for told in act.rows[0].fields}
    assert act.actor == ""
    assert fields[str(Membership._meta.get_field("type").verbose_name)][1] == str(other)
    assert fields[str(Membership._meta.get_field("ended_on").verbose_name)] == ("tyhjä", "31.12.2026")


def test_pages_go_on_where_the_last_ended(cast, maija):
    for language in ("sv", "fi", "sv", "fi"):
        with mutation(actor=None, kind=f"test.{language}"):
            Party.objects.filter(pk=maija.pk).update(language=language)
    rows = [("members_party", maija.pk)]
    first, following = history_for(sees=everything, rows=rows, limit=2)
    second, _next = history_for(sees=everything, rows=rows, limit=2, before=following)
    assert [act.kind for act in (*first, *second)] == ["test.fi", "test.sv", "test.fi", "test.sv"]


def test_acts_that_ran_at_once_are_told_as_wholes(cast, maija):
    """Their rows lie between each other in the table; written here as two open transactions would have."""
    with mutation(actor=None, kind="first") as first:
        pass
    with mutation(actor=None, kind="second") as second:
        pass
    with connection.cursor() as cursor:
        for act in (first, second, first, second):
            cursor.execute(
                "INSERT INTO audit_change (mutation_id, at, table_name, row_id, unit_id, op, after)"
                " VALUES (%s, now(), 'members_party', %s, 987, 'I', '{}')",
                [act.pk, maija.pk],
            )
    found, more = acts(unit_id=987)
    assert [(act.mutation.kind, len(act.changes)) for act in found] == [("second", 2), ("first", 2)]
    assert more is False


def test_what_was_undone_is_told_so(maija, edited):
    with mutation(actor=None, kind="test.undo") as back:
        mark_undone(undone=edited, by=back)
    (act, *_), _next = history_for(sees=everything, party_id=maija.pk)
    assert act.undone


def test_the_number_of_queries_does_not_grow_with_the_acts(maija):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            history_for(sees=everything, party_id=maija.pk)
        return len(queries)

    few = count()
    for n in range(8):
        with mutation(actor=None, kind="test"):
            Party.objects.filter(pk=maija.pk).update(language="fi" if n % 2 else "sv")
    assert count() == few
