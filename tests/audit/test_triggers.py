"""What the triggers record, and what they refuse."""

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import QuerySet

from jasenpalvelu.audit.models import AccessLog, Change, Mutation
from jasenpalvelu.audit.services import log_view, mutation


def recorded() -> QuerySet[Change]:
    return Change.objects.filter(table_name="audit_test_parcel").order_by("id")


def changes() -> list[tuple]:
    return list(recorded().values_list("op", "before", "after"))


def test_insert_update_delete_are_recorded_with_their_owners(parcel):
    with mutation(actor=None, kind="parcel.test") as act:
        row = parcel.objects.create(party_id=7, name="Peltola", area=Decimal("1.50"))
        parcel.objects.filter(pk=row.pk).update(name="Niittylä")
        parcel.objects.filter(pk=row.pk).delete()
    assert changes() == [
        ("I", None, {"id": row.pk, "party_id": 7, "name": "Peltola", "area": 1.5}),
        ("U", {"name": "Peltola"}, {"name": "Niittylä"}),
        ("D", {"id": row.pk, "party_id": 7, "name": "Niittylä", "area": 1.5}, None),
    ]
    first = recorded().first()
    assert (first.mutation, first.table_name, first.row_id) == (act, "audit_test_parcel", str(row.pk))
    assert (first.party_id, first.unit_id, first.holding_id) == (7, None, row.pk * 10)


def test_a_value_set_to_null_and_back_is_seen(parcel):
    with mutation(actor=None, kind="parcel.test"):
        row = parcel.objects.create(party_id=1, name="A", area=2)
        parcel.objects.filter(pk=row.pk).update(area=None)
    assert changes()[1] == ("U", {"area": 2.0}, {"area": None})


def test_a_change_of_noise_only_is_no_change(parcel):
    with mutation(actor=None, kind="parcel.test"):
        row = parcel.objects.create(party_id=1, name="A")
        parcel.objects.filter(pk=row.pk).update(name="A", updated_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert len(changes()) == 1


def test_bulk_copy_and_upsert_are_recorded_too(parcel):
    with mutation(actor=None, kind="parcel.test"):
        parcel.objects.bulk_create(parcel(party_id=n, name=f"n{n}") for n in range(3))
        with connection.cursor() as cursor:
            rows = io.StringIO("7\tcopied\n8\tcopied\n")
            cursor.copy_expert("COPY audit_test_parcel (party_id, name) FROM STDIN", rows)
            cursor.execute(
                "INSERT INTO audit_test_parcel (id, party_id, name) OVERRIDING SYSTEM VALUE"
                " SELECT min(id), 0, 'upserted' FROM audit_test_parcel"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name"
            )
    found = changes()
    assert [op for op, *_ in found] == ["I"] * 5 + ["U"]
    assert found[-1][1:] == ({"name": "n0"}, {"name": "upserted"})


WRITES = [
    "INSERT INTO audit_test_parcel (party_id, name) VALUES (1, 'x')",
    "UPDATE audit_test_parcel SET name = 'x'",
    "DELETE FROM audit_test_parcel",
    "MERGE INTO audit_test_parcel p USING (VALUES (1)) v(n) ON true WHEN MATCHED THEN UPDATE SET name = 'y'",
]


@pytest.mark.parametrize("sql", WRITES)
def test_a_write_outside_a_mutation_is_refused(parcel, sql):
    with mutation(actor=None, kind="parcel.test"):
        parcel.objects.create(party_id=1, name="A")
    with pytest.raises(ProgrammingError, match="audit_test_parcel outside a mutation"), transaction.atomic():
        connection.cursor().execute(sql)
    assert parcel.objects.get().name == "A"


def test_a_made_up_mutation_is_refused(parcel):
    cursor = connection.cursor()
    cursor.execute("SELECT set_config('jasenpalvelu.mutation', gen_random_uuid()::text, true)")
    with pytest.raises(ProgrammingError, match="outside a mutation"), transaction.atomic():
        cursor.execute(WRITES[0])


def test_a_write_that_touches_nothing_is_allowed_anywhere(parcel):
    assert parcel.objects.filter(pk=0).update(name="x") == 0


def test_the_key_of_a_row_cannot_change(parcel):
    with mutation(actor=None, kind="parcel.test"):
        row = parcel.objects.create(party_id=1, name="A")
        with pytest.raises(IntegrityError, match="key of a row"), transaction.atomic():
            parcel.objects.filter(pk=row.pk).update(id=row.pk + 100)


@pytest.mark.parametrize("table", ["audit_test_parcel", "audit_change", "audit_accesslog"])
def test_truncate_is_refused_unless_the_session_is_in_maintenance(parcel, table):
    cursor = connection.cursor()
    cursor.execute("SET LOCAL jasenpalvelu.maintenance = ''")
    with pytest.raises(IntegrityError, match="would leave no history"), transaction.atomic():
        cursor.execute(f"TRUNCATE {table}")
    cursor.execute("SET LOCAL jasenpalvelu.maintenance = 'truncate'")
    cursor.execute(f"TRUNCATE {table}")


def test_audit_rows_can_only_be_added(parcel):
    with mutation(actor=None, kind="parcel.test"):
        parcel.objects.create(party_id=1, name="A")
    log_view(actor=None, party_id=1)
    for queryset, change in [
        (Change.objects.all(), {"table_name": "x"}),
        (AccessLog.objects.all(), {"subject": "x"}),
        (Mutation.objects.all(), {"kind": "x"}),
    ]:
        with pytest.raises(IntegrityError, match="UPDATE refused"), transaction.atomic():
            queryset.update(**change)
        with pytest.raises(IntegrityError, match="DELETE refused"), transaction.atomic():
            queryset._raw_delete(queryset.db)


def test_an_issued_document_is_final_but_for_what_is_allowed(document):
    draft = document.objects.create(text="draft")
    document.objects.filter(pk=draft.pk).update(text="changed", number=1)
    with pytest.raises(IntegrityError, match="is final: UPDATE refused"), transaction.atomic():
        document.objects.filter(pk=draft.pk).update(text="forged")
    with pytest.raises(IntegrityError, match="is final: DELETE refused"), transaction.atomic():
        document.objects.filter(pk=draft.pk).delete()
    document.objects.filter(pk=draft.pk).update(viewed_at=datetime(2026, 1, 1, tzinfo=UTC))
    other = document.objects.create(text="draft")
    other.delete()
    assert document.objects.get().text == "changed"
