import uuid

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import QuerySet

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.models import AccessLog, Change, Mutation
from jasenpalvelu.audit.models.change import time_ordered_uuid
from jasenpalvelu.audit.services import (
    current_mutation,
    log_export,
    log_unmask,
    log_view,
    mark_undone,
    mutation,
)


@pytest.fixture
def user(db):
    return User.objects.create(email="sihteeri@example.org", full_name="Sihteeri Esimerkki")


def recorded() -> QuerySet[Change]:
    return Change.objects.filter(table_name="audit_test_parcel").order_by("id")


def create_and_fail(parcel, *, kind):
    with mutation(actor=None, kind=kind):
        parcel.objects.create(party_id=1, name="lost")
        raise ZeroDivisionError


def test_the_actor_kind_and_unit_are_kept(user):
    with mutation(actor=user, kind="member.edit", summary="Osoite muuttui", unit_id=4) as act:
        assert current_mutation() == act
    assert current_mutation() is None
    act.refresh_from_db()
    assert (act.actor, act.kind, act.summary, act.unit_id) == (user, "member.edit", "Osoite muuttui", 4)
    assert act.at is not None


def test_a_nested_mutation_joins_the_outer_one(parcel, user):
    with mutation(actor=user, kind="outer") as outer, mutation(actor=None, kind="inner") as inner:
        parcel.objects.create(party_id=1, name="A")
    assert inner == outer
    assert outer.kind == "outer"
    assert not Mutation.objects.filter(kind="inner").exists()
    assert recorded().get().mutation == outer


def test_a_failed_inner_block_loses_only_its_own_changes(parcel):
    with mutation(actor=None, kind="outer"):
        parcel.objects.create(party_id=1, name="kept")
        with pytest.raises(ZeroDivisionError):
            create_and_fail(parcel, kind="inner")
        parcel.objects.create(party_id=1, name="kept too")
    assert list(recorded().values_list("after__name", flat=True)) == ["kept", "kept too"]


def test_nothing_remains_of_a_failed_mutation(parcel):
    with pytest.raises(ZeroDivisionError):
        create_and_fail(parcel, kind="outer")
    assert not Mutation.objects.filter(kind="outer").exists()
    assert not recorded().exists()
    assert not parcel.objects.exists()
    assert current_mutation() is None


@pytest.mark.parametrize("fails", [False, True])
def test_the_door_closes_after_the_mutation_even_within_a_longer_transaction(parcel, fails):
    with transaction.atomic():
        try:
            with mutation(actor=None, kind="first"):
                parcel.objects.create(party_id=1, name="A")
                if fails:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        with pytest.raises(ProgrammingError, match="outside a mutation"), transaction.atomic():
            parcel.objects.create(party_id=1, name="B")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('jasenpalvelu.mutation', true)")
        assert not cursor.fetchone()[0]


def test_a_mutation_is_undone_once(db):
    with mutation(actor=None, kind="import.commit") as done:
        pass
    with mutation(actor=None, kind="import.rollback") as back:
        mark_undone(undone=done, by=back)
    done.refresh_from_db()
    assert done.undone_by == back
    with pytest.raises(ValueError, match="undone already"):
        mark_undone(undone=done, by=back)


def test_mutation_keys_sort_by_time():
    keys = [time_ordered_uuid() for _ in range(50)]
    assert all(key.version == 7 and key.variant == uuid.RFC_4122 for key in keys)
    stamps = [key.int >> 80 for key in keys]
    assert stamps == sorted(stamps)
    assert len(set(keys)) == 50


def test_reading_is_logged_with_one_insert(user, django_assert_num_queries):
    with django_assert_num_queries(1):
        log_view(actor=user, party_id=9, unit_id=3, classes="AB", subject="Jäsenen sivu")
    log_export(actor=user, subject="Jäsenluettelo", count=120, unit_id=3, classes="A")
    seen, taken = AccessLog.objects.order_by("id")
    assert (seen.user, seen.action, seen.party_id, seen.classes, seen.count) == (user, "view", 9, "AB", 1)
    assert (taken.action, taken.count, taken.unit_id) == ("export", 120, 3)


def test_unmasking_without_a_reason_is_refused(user):
    with pytest.raises(ValueError, match="reason"):
        log_unmask(actor=user, party_id=1, reason="  ")
    assert not AccessLog.objects.exists()
