from collections.abc import Iterator

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from jasenpalvelu.audit.triggers import immutable_when, tracked


@pytest.fixture
def parcel(db: None) -> Iterator[type[models.Model]]:
    """A tracked table that exists for one test only."""
    with isolate_apps("jasenpalvelu.audit"):

        class Parcel(models.Model):
            party_id = models.BigIntegerField()
            name = models.CharField(max_length=50)
            area = models.DecimalField(max_digits=8, decimal_places=2, null=True)
            updated_at = models.DateTimeField(null=True)

            class Meta:
                app_label = "audit"
                db_table = "audit_test_parcel"

    yield from _with_table(Parcel, tracked(party="party_id", holding="(r.id * 10)"))


@pytest.fixture
def document(db: None) -> Iterator[type[models.Model]]:
    """A table whose issued rows are final but for their `viewed_at`."""
    with isolate_apps("jasenpalvelu.audit"):

        class Document(models.Model):
            number = models.IntegerField(null=True)
            text = models.CharField(max_length=50)
            viewed_at = models.DateTimeField(null=True)

            class Meta:
                app_label = "audit"
                db_table = "audit_test_document"

    yield from _with_table(Document, immutable_when("OLD.number IS NOT NULL", allow=["viewed_at"]))


def _with_table(model: type[models.Model], triggers: list) -> Iterator[type[models.Model]]:
    with connection.schema_editor() as editor:
        editor.create_model(model)
    for trigger in triggers:
        trigger.install(model)
    yield model
    # A test that commits keeps its rows until here; the others were rolled back with the table itself.
    if model._meta.db_table in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.delete_model(model)
