"""Search terms of many members at once."""

import pytest
from django.db import connection, transaction

from jasenpalvelu.audit.services import mutation
from members.models import Party
from members.searching import search_filter
from members.services.indexing import gathered

pytestmark = pytest.mark.django_db


def found(text: str) -> list[int]:
    condition = search_filter(text, contacts=False)
    assert condition is not None
    return list(Party.objects.filter(condition).order_by("pk").values_list("pk", flat=True))


def waiting() -> int:
    """Pages of terms that wait for their place in the index, as the index's own statistics tell them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'party_search'")
        assert "fastupdate=on" in cursor.fetchone()[0]
        cursor.execute("SELECT gin_clean_pending_list('party_search')")
        return int(cursor.fetchone()[0])


def test_terms_are_found_while_they_wait_and_none_waits_afterwards(cast):
    party = Party.objects.order_by("pk").first()
    assert party is not None
    with transaction.atomic(), mutation(actor=None, kind="test"):
        with gathered():
            Party.objects.filter(pk=party.pk).update(search="'zyzzyva'")
            assert found("zyzzyva") == [party.pk]
        assert waiting() == 0
        assert found("zyzzyva") == [party.pk]
