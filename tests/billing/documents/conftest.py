"""Each sample is rendered once for all tests of the session."""

from collections.abc import Callable
from functools import cache

import pytest

from billing.documents.render import pdf
from tests import paper
from tests.billing.documents.samples import SAMPLES


@cache
def _rendered(name: str) -> bytes:
    return pdf(SAMPLES[name])


@pytest.fixture
def rendered() -> Callable[[str], bytes]:
    """The PDF of a sample."""
    return _rendered


@pytest.fixture
def text_of() -> Callable[[bytes], str]:
    return paper.text_of


@pytest.fixture
def codes_in() -> Callable[..., list[bytes]]:
    return paper.codes_in
