from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jasenpalvelu.common import clock
from tests.cast import TODAY


@pytest.fixture(autouse=True)
def today(request: Any) -> Iterator[None]:
    with clock.frozen(TODAY):
        yield
