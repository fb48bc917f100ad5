"""Paging against a list sorted in Python: random rows, random orders, both directions, empty values."""

from collections.abc import Iterator
from datetime import timedelta
from operator import attrgetter
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jasenpalvelu.common import clock, keyset
from jasenpalvelu.common.keyset import paginate
from jasenpalvelu.jobs.models import Job

pytestmark = pytest.mark.django_db

# title never null, total nullable, created_at never null
ORDERS = [
    ["title", "pk"],
    ["-title", "pk"],
    ["-title", "-total", "pk"],
    ["total", "-title", "pk"],
    ["-total", "pk"],
    ["-created_at", "-pk"],
    ["failed", "total", "title", "-pk"],
]
MOMENT = clock.now().replace(microsecond=123456)
rows_strategy = st.lists(
    st.tuples(st.sampled_from("aåäö"), st.none() | st.integers(0, 3), st.integers(0, 1)), max_size=23
)


def sorted_like(rows: list[Job], order: list[str]) -> list[Job]:
    """Python's own stable sort, from the last column to the first; None last in either direction."""
    for name in reversed(order):
        column = attrgetter(name.removeprefix("-"))
        present = [row for row in rows if column(row) is not None]
        absent = [row for row in rows if column(row) is None]
        rows = sorted(present, key=column, reverse=name.startswith("-")) + absent
    return rows


def walk(order: list[str], size: int, direction: str, start: str = "") -> Iterator[keyset.Page[Job]]:
    cursor = start
    while True:
        page = paginate(Job.objects.all(), order=order, size=size, **{direction: cursor})
        yield page
        cursor = page.next if direction == "after" else page.previous
        if not cursor:
            return


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=rows_strategy, order=st.sampled_from(ORDERS), size=st.integers(1, 7))
def test_pages_forward_and_back_are_the_sorted_list(
    db: None, data: list[Any], order: list[str], size: int
) -> None:
    Job.objects.all().delete()
    Job.objects.bulk_create(
        Job(
            kind="k",
            title=title,
            total=total,
            failed=failed,
            created_at=MOMENT - timedelta(microseconds=n // 2),
        )
        for n, (title, total, failed) in enumerate(data)
    )
    expected = [row.pk for row in sorted_like(list(Job.objects.order_by("pk")), order)]
    forward = list(walk(order, size, "after"))
    assert [row.pk for page in forward for row in page.rows] == expected
    assert all(len(page) == size for page in forward[:-1])
    assert forward[0].previous == ""
    if len(forward) > 1:
        back = list(walk(order, size, "before", forward[-1].previous))
        before_last = len(expected) - len(forward[-1])
        assert [row.pk for page in reversed(back) for row in page.rows] == expected[:before_last]
        assert back[-1].previous == ""
        assert back[-1].next != ""


def make(count: int) -> list[Job]:
    return Job.objects.bulk_create(Job(kind="k", title=f"t{n:04}") for n in range(count))


def test_a_row_added_before_the_cursor_moves_nothing() -> None:
    make(6)
    first = paginate(Job.objects.all(), order=["title", "pk"], size=3)
    Job.objects.create(kind="k", title="t0000a")
    second = paginate(Job.objects.all(), order=["title", "pk"], size=3, after=first.next)
    assert [row.title for row in second.rows] == ["t0003", "t0004", "t0005"]


@pytest.mark.parametrize("cursor", ["x", "gAAAAABm", "å", "a" * 3000])
def test_a_broken_cursor_gives_the_first_page(cursor: str) -> None:
    make(4)
    for direction in ("after", "before"):
        page = paginate(Job.objects.all(), order=["title", "pk"], size=3, **{direction: cursor})
        assert ([row.title for row in page.rows], page.previous) == (["t0000", "t0001", "t0002"], "")


def test_a_cursor_of_another_order_or_key_gives_the_first_page(settings: Any) -> None:
    make(4)
    cursor = paginate(Job.objects.all(), order=["title", "pk"], size=2).next
    other = paginate(Job.objects.all(), order=["-title", "pk"], size=2, after=cursor)
    assert other.rows[0].title == "t0003"
    settings.SECRET_KEY = "another"
    assert paginate(Job.objects.all(), order=["title", "pk"], size=2, after=cursor).rows[0].title == "t0000"


def test_the_cursor_shows_nothing_of_the_row() -> None:
    Job.objects.bulk_create(Job(kind="k", title=f"Salainen{n}") for n in range(2))
    assert "Salainen" not in paginate(Job.objects.all(), order=["title", "pk"], size=1).next


def test_a_list_reads_its_place_from_the_address() -> None:
    make(5)
    first = keyset.from_query(Job.objects.all(), {"tila": "voimassa"}, order=["title", "pk"], size=2)
    second = keyset.from_query(Job.objects.all(), {"jalkeen": first.next}, order=["title", "pk"], size=2)
    back = keyset.from_query(Job.objects.all(), {"ennen": second.previous}, order=["title", "pk"], size=2)
    assert [row.title for row in second.rows] == ["t0002", "t0003"]
    assert back.rows == first.rows


def test_the_order_of_an_index_is_asked_for_as_the_index_has_it() -> None:
    page = paginate(Job.objects.all(), order=["-created_at", "-pk"], size=2)
    assert not page.rows
    sql = str(Job.objects.order_by("-created_at", "-pk").query)
    assert "NULLS" not in sql
    with connection.execute_wrapper(_no_nulls):
        make(5)
        first = paginate(Job.objects.all(), order=["-created_at", "-pk"], size=2)
        paginate(Job.objects.all(), order=["-created_at", "-pk"], size=2, after=first.next)


def _no_nulls(execute: Any, sql: str, *rest: Any) -> Any:
    assert "NULLS" not in sql
    return execute(sql, *rest)
