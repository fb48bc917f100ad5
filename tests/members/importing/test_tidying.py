"""What an import kept of people is forgotten in time, however the import ended."""

from __future__ import annotations

import pytest

from jasenpalvelu.common import clock
from members.models import ImportBatch
from members.models.imports import BatchState
from members.services.importing.tidying import KEPT, tidy
from tests.cast import Cast
from tests.members.importing.helpers import checked, fresh, saved, taken_back

ROW = {"Sukunimi": "Uusi", "Etunimet": "Anna", "Sähköposti": "anna.uusi@example.fi"}


@pytest.mark.parametrize("end", ["checked", "saved", "taken back", "half saved, taken back"])
def test_rows_go_when_they_have_been_kept_long_enough(cast: Cast, end: str) -> None:
    batch = checked(cast, [ROW])
    if end != "checked":
        batch = saved(batch)
    if "taken back" in end:
        batch = taken_back(batch)
    if end.startswith("half"):
        ImportBatch.objects.filter(pk=batch.pk).update(committed_at=None)  # the saving never reached its end
        assert fresh(batch).state == BatchState.ROLLED_BACK
    assert tidy(now=clock.now() + KEPT * 0.9) == 0
    assert batch.rows.exists()
    assert tidy(now=clock.now() + KEPT * 1.1) == 1
    assert not batch.rows.exists()
    assert not fresh(batch).file
    assert tidy(now=clock.now() + KEPT * 1.1) == 0
