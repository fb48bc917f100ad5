"""Fixtures of the tests of billing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from jasenpalvelu.common import clock
from tests.billing import runs
from tests.cast import TODAY, Cast


@pytest.fixture
def asked(cast: Cast) -> Iterator[None]:
    """A day on which payers may be asked: association A has decided its fees, and nobody has tried a code yet."""
    cache.clear()
    with clock.frozen(TODAY):
        runs.decided(
            cast.units["a"],
            runs.flat("jasen", "45", types=["farmer", "personal"]),
            runs.bracket("ala", ["forest_ha_south"], [("0", "50", "20"), ("50", None, "70")]),
        )
        yield
