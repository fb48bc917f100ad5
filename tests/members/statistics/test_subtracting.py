"""What a table of units hides is not told by the page of a single unit either: nobody counts it by subtraction (REG-17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import FeeYear
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import RoleGrant, RoleTemplate
from members.models.mandates import Reach
from members.reports import HIDDEN, Page
from members.services import counting
from tests.billing.runs import add_member
from tests.cast import TODAY, Cast
from tests.members.helpers import appoint

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def ulla(cast: Cast, client: Client) -> Client:
    """Sees statistics of the first region and all below it, and no member."""
    with mutation(actor=None, kind="test"):
        role = RoleTemplate.objects.create(
            code="tilastot", name_fi="Tilastot", name_sv="Statistik", name_en="Statistics"
        )
        RoleGrant.objects.create(
            template=role, capability="statistics.view", reach=Reach.BELOW, classes="ACD"
        )
    appoint(cast, "ulla", "tilastot", "region1")
    return cast.sign_in(client, "ulla")


def opened(client: Client, **query: str | int) -> Page:
    response = client.get(reverse("office:statistics"), query)
    assert response.status_code == 200
    page: Page = response.context["page"]
    return page


def cells(page: Page, code: str) -> dict[str, tuple[object, ...]]:
    report = next(report for report in page.reports if report.code == code)
    return {row.label: row.values for row in report.rows}


def counted(cast: Cast, **members: int) -> None:
    for unit, n in members.items():
        for place in range(n):
            add_member(cast, f"Jäsen{unit}{place} Uusi", unit=unit)
    counting.count_past(since=date(2025, 12, 31), through=TODAY - DAY, at=clock.now())


def test_members_of_a_unit_that_is_hidden_to_hide_another(cast: Cast, ulla: Client) -> None:
    """Of a2's one member is told by taking a's from the region's: so a's own page does not tell it."""
    counted(cast, a=9)
    whole = opened(ulla)
    table = cells(whole, "yksikot")
    assert table[cast.units["a"].name_fi][0] is HIDDEN
    assert table[cast.units["a2"].name_fi][0] is HIDDEN
    for unit in ("a", "a2"):
        page = opened(ulla, yksikko=cast.units[unit].pk)
        told = [value for report in page.reports for row in report.rows for value in row.values]
        assert set(told) <= {HIDDEN, 0}, unit
        assert not page.figures


def test_kinds_ages_and_places_are_told_at_the_top_only(cast: Cast, ulla: Client) -> None:
    counted(cast, a=9, a2=9, a3=9)
    assert {"ika", "kunnat", "yksikot"} < {report.code for report in opened(ulla).reports}
    page = opened(ulla, yksikko=cast.units["a"].pk)
    assert {report.code for report in page.reports} == {"jasenet"}
    assert cells(page, "jasenet")[cast.units["a"].name_fi] == cells(opened(ulla), "yksikot")[cast.units["a"].name_fi]  # fmt: skip
    url = reverse("office:statistics_table", args=["csv"])
    response = ulla.get(f"{url}?taulu=ika&yksikko={cast.units['a'].pk}")
    assert response.status_code == 404


def test_whoever_sees_the_members_is_told_everything(cast: Cast, client: Client) -> None:
    counted(cast, a=9)
    cast.sign_in(client, "riitta")
    page = opened(client, yksikko=cast.units["a"].pk)
    assert {"ika", "kunnat"} <= {report.code for report in page.reports}
    assert page.figures


def test_fees_of_a_unit_that_is_hidden_to_hide_another(cast: Cast, ulla: Client) -> None:
    for unit, invoices in (("a", 3), ("a2", 9)):
        FeeYear.objects.create(
            year=2026, beneficiary=cast.units[unit], invoices=invoices, invoiced=Decimal("90.00"), credited=0,
            unpaid=0, counted_at=clock.now(),
        )  # fmt: skip
    table = cells(opened(ulla, osa="maksut"), "maksut-yksikot")
    assert table[cast.units["a2"].name_fi] == (HIDDEN,) * 5
    page = opened(ulla, osa="maksut", yksikko=cast.units["a2"].pk)
    assert {value for report in page.reports for row in report.rows for value in row.values} == {HIDDEN}
    assert not page.figures
