"""The page of statistics, its files and the board's paper: for whom, what is shown, and what is not told (REG-17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from billing import reading
from billing.models import FeeYear, Invoice
from billing.services import crediting, ledger
from billing.services.counting import count_fees
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import Person, RoleGrant, RoleTemplate
from members.models.mandates import Reach
from members.services import counting, lifecycle, registering
from tests.billing.factories import make_invoice
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import appoint
from tests.paper import text_of

DAY = timedelta(days=1)
PAGE, BOARD = "office:statistics", "office:statistics_board"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def members(cast: Cast) -> None:
    """In A twelve personal members of two municipalities, two of them new, and one student who has left."""
    for place in range(12):
        party = registering.create_person(
            actor=None,
            first_names="Jäsen",
            last_name=f"J{place}",
            on=JOINED,
            home_municipality=("049" if place < 3 else "092" if place < 6 else "091"),
        )
        born = date(1950 + 5 * place, 1, 1)
        with mutation(actor=None, kind="test"):
            Person.objects.filter(party=party).update(birth_date=born, birth_date_purpose="ikä")
        since = date(2026, 3, 1) if place > 9 else JOINED
        lifecycle.start(
            actor=None, party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=since
        )
    party = registering.create_person(actor=None, first_names="Olli", last_name="Lähtijä", on=JOINED)
    gone = lifecycle.start(
        actor=None, party=party, unit=cast.units["a"], type=cast.types["student"], started_on=JOINED
    )
    lifecycle.end(actor=None, membership=gone, kind="resigned", effective_on=date(2026, 6, 1))


@pytest.fixture
def counted(members: None) -> None:
    counting.count_past(since=date(2024, 12, 31), through=TODAY - DAY, at=clock.now())


@pytest.fixture
def statistician(cast: Cast) -> RoleTemplate:
    """Ulla has the right to statistics of A and to nothing else."""
    with mutation(actor=None, kind="test"):
        role = RoleTemplate.objects.create(
            code="tilastot", name_fi="Tilastot", name_sv="Statistik", name_en="Statistics"
        )
        RoleGrant.objects.create(template=role, capability="statistics.view", reach=Reach.OWN, classes="ACD")
    appoint(cast, "ulla", "tilastot", "a")
    return role


def shown(client: Client, **query: str | int) -> str:
    response = client.get(reverse(PAGE), query)
    assert response.status_code == 200
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


# --- what it shows ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_secretary_sees_the_whole_of_the_own_association(cast: Cast, client: Client, counted: None) -> None:
    cast.sign_in(client, "aino")
    text = shown(client)
    assert "Kuusilahden tuottajayhdistys" in text
    for heading in ("Jäsenet jäsenlajeittain", "Liittyneet ja lähteneet", "Ikä", "Kunnittain"):
        assert heading in text, heading
    assert '<span aria-hidden="true">..</span>' not in text
    assert "Espoo" in text
    assert "Rantalan" not in text


@pytest.mark.django_db
def test_the_page_asks_few_questions(
    cast: Cast, client: Client, counted: None, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    cast.sign_in(client, "riitta")
    with django_assert_max_num_queries(12):
        shown(client)
    with django_assert_max_num_queries(12):
        shown(client, osa="maksut")


@pytest.mark.django_db
def test_the_union_is_the_sum_of_what_is_below(cast: Cast, client: Client, counted: None) -> None:
    cast.sign_in(client, "riitta")
    text = shown(client)
    assert "Yksiköittäin" in text
    assert "Järvi-Hämeen liitto" in text
    assert "Jäseniä" in text
    region = shown(client, yksikko=cast.units["region1"].pk)
    assert "Kuusilahden tuottajayhdistys" in region


@pytest.mark.django_db
def test_before_the_first_night_it_says_so(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    assert "Yhtään päivää ei ole vielä laskettu" in shown(client)
    assert "Mitään ei ole vielä laskutettu" in shown(client, osa="maksut")
    assert client.get(reverse(BOARD)).status_code == 404


@pytest.mark.django_db
def test_nonsense_in_the_address_shows_the_own_unit(cast: Cast, client: Client, counted: None) -> None:
    cast.sign_in(client, "aino")
    text = shown(client, yksikko="x", vuosi="1x", vertaa="-3", osa="muu")
    assert "Kuusilahden tuottajayhdistys" in text


# --- for whom ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_others_units_are_not_opened(cast: Cast, client: Client, counted: None) -> None:
    cast.sign_in(client, "bo")
    text = shown(client, yksikko=cast.units["a"].pk)
    assert "Granvik" not in text
    assert "Kuusilahden" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["maija", "ulla", "kaarlo"])
def test_without_the_right_there_is_no_page(cast: Cast, client: Client, counted: None, name: str) -> None:
    cast.sign_in(client, name)
    for url in (reverse(PAGE), reverse(BOARD), reverse("office:statistics_table", args=["csv"])):
        assert client.get(url).status_code == 404


@pytest.mark.django_db
def test_whoever_sees_no_members_is_not_told_of_a_few(
    cast: Cast, client: Client, counted: None, statistician: RoleTemplate
) -> None:
    cast.sign_in(client, "ulla")
    text = shown(client)
    assert '<span aria-hidden="true">..</span>' in text
    assert "Espoo" not in text
    assert "Muut, 2 kuntaa" in text


@pytest.mark.django_db
def test_ages_need_the_class_of_ages(
    cast: Cast, client: Client, counted: None, statistician: RoleTemplate
) -> None:
    with mutation(actor=None, kind="test"):
        RoleGrant.objects.filter(template=statistician).update(classes="A")
    cast.sign_in(client, "ulla")
    text = shown(client)
    assert "ikäryhmittäin" not in text
    assert "Maksut" not in text
    response = client.get(reverse("office:statistics_table", args=["csv"]), {"taulu": "ika"})
    assert response.status_code == 404


# --- files ------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_table_is_a_file_of_the_same_rows(cast: Cast, client: Client, counted: None) -> None:
    cast.sign_in(client, "aino")
    url = reverse("office:statistics_table", args=["csv"])
    lines = client.get(url, {"taulu": "kunnat"}).content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Kunta;Jäseniä")
    assert any(line.startswith("Espoo;3;") for line in lines)
    response = client.get(reverse("office:statistics_table", args=["xlsx"]), {"taulu": "ika"})
    sheet = load_workbook(BytesIO(response.content)).active
    assert sheet is not None
    assert sheet["A1"].value == "Ikä"
    assert client.get(url, {"taulu": "muu"}).status_code == 404
    assert client.get(reverse("office:statistics_table", args=["exe"])).status_code == 404


@pytest.mark.django_db
def test_a_file_hides_what_the_page_hides(
    cast: Cast, client: Client, counted: None, statistician: RoleTemplate
) -> None:
    cast.sign_in(client, "ulla")
    response = client.get(reverse("office:statistics_table", args=["csv"]), {"taulu": "ika"})
    lines = response.content.decode("utf-8-sig").splitlines()
    numbers = [line.split(";")[1] for line in lines[1:] if ";" in line]
    assert "" in numbers
    assert not {"1", "2", "3", "4"} & set(numbers)
    assert "Vain hallituksen käyttöön" not in text_of(client.get(reverse(BOARD)).content), (
        "nothing small is in it"
    )


@pytest.mark.django_db
def test_the_boards_paper_has_it_all(cast: Cast, client: Client, counted: None) -> None:
    count_fees(at=clock.now())
    cast.sign_in(client, "aino")
    response = client.get(reverse(BOARD))
    assert response["Content-Type"] == "application/pdf"
    text = text_of(response.content)
    assert "Hallituksen katsaus" in text
    assert "Jäsenet jäsenlajeittain" in text
    assert "Vain hallituksen käyttöön" in text, "whoever sees the members prints small groups as well"
    assert text.count("\f") < 3


# --- fees -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def invoices(cast: Cast) -> list[Invoice]:
    """Joint invoices of A and the union: one paid in part, one credited."""
    a, union = cast.units["a"], cast.units["union"]
    made = [
        make_invoice(
            creditor=a, payer=cast.parties[name], lines=[(a, "100.00"), (union, "13.00")], reference=reference
        )
        for name, reference in (("maija", "12344"), ("siiri", "12357"))
    ]
    ledger.post_payment(
        invoice=made[0], amount=Decimal("50.00"), paid_on=TODAY, booked_on=TODAY, actor=cast.users["olavi"]
    )
    crediting.credit(invoice=made[1], line_ids=None, reason="x", on=TODAY, actor=cast.users["olavi"])
    return made


@pytest.mark.django_db
def test_fees_of_units_make_the_sums_of_the_invoices(cast: Cast, invoices: list[Invoice]) -> None:
    count_fees(at=clock.now())
    count_fees(at=clock.now())
    year = invoices[0].year
    (whole,) = reading.years(invoices=Invoice.objects.order_by(), wanted=[year])
    sums = FeeYear.objects.filter(year=year).aggregate(Sum("invoiced"), Sum("credited"), Sum("unpaid"))
    assert sums == {
        "invoiced__sum": whole.invoiced,
        "credited__sum": whole.credited,
        "unpaid__sum": whole.unpaid,
    }
    own = FeeYear.objects.get(year=year, beneficiary=cast.units["a"])
    assert (own.invoiced, own.credited, own.invoices) == (Decimal("200.00"), Decimal("100.00"), 2)


@pytest.mark.django_db
def test_fees_are_told_to_whoever_sees_the_invoices_and_of_five_on_to_others(
    cast: Cast, client: Client, invoices: list[Invoice], statistician: RoleTemplate
) -> None:
    count_fees(at=clock.now())
    cast.sign_in(client, "olavi")
    assert "200,00" in shown(client, osa="maksut")
    other = Client()
    cast.sign_in(other, "ulla")
    assert "200,00" not in shown(other, osa="maksut")
