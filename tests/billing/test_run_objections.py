"""A run knows of payers who have said that their data are wrong: it tells of them, and leaves them out when asked (REG-16)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from billing.checking import Checks
from billing.models import InvoiceRun, RunExclusion
from tests.billing import runs
from tests.billing.checks import accept, proposed
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("asked")


def titles(run: InvoiceRun) -> str:
    return " ".join(check.title for check in Checks(run).all())


def states(run: InvoiceRun) -> dict[str, str]:
    return {name: item.state for name, item in runs.items(run).items()}


@pytest.fixture
def run(client: Client, cast: Cast) -> InvoiceRun:
    """Previewed before the payer objects: it is told as things stand when somebody looks."""
    made = runs.previewed(runs.make_run(cast.units["a"]))
    cast.proposal = proposed(client, cast)  # type: ignore[attr-defined]
    return made


def test_the_preview_tells_of_corrections_that_wait(client: Client, cast: Cast, run: InvoiceRun) -> None:
    assert "1 maksajan mukaan tiedot ovat väärin" in titles(run)
    cast.sign_in(client, "olavi")
    page = client.get(reverse("office:run", args=[run.pk])).content.decode()
    assert reverse("office:run_objections", args=[run.pk]) in page


def test_decided_corrections_are_told_no_more(cast: Cast, run: InvoiceRun) -> None:
    accept(cast, cast.proposal)  # type: ignore[attr-defined]
    assert "väärin" not in titles(run)


def test_a_correction_to_another_year_is_not_told(client: Client, cast: Cast, run: InvoiceRun) -> None:
    runs.decided(cast.units["a"], runs.flat("jasen", "45"), year=2027)
    other = runs.previewed(runs.make_run(cast.units["a"], year=2027))
    assert "väärin" not in titles(other)


def test_they_are_left_out_with_one_press_and_taken_back_one_by_one(
    client: Client, cast: Cast, run: InvoiceRun
) -> None:
    before = run.preview_hash
    cast.sign_in(client, "olavi")
    address = reverse("office:run_objections", args=[run.pk])
    assert "Metsäpelto Maija" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert states(run)["Metsäpelto Maija"] == "excluded"
    assert states(run)["O'Brien Siiri"] == "ready"
    assert RunExclusion.objects.get(run=run).payer == cast.parties["maija"]
    run.refresh_from_db()
    assert run.preview_hash != before
    assert run.summary["states"]["excluded"] == 1
    assert "väärin" not in titles(run)
    item = runs.items(run)["Metsäpelto Maija"]
    client.post(reverse("office:run_item_include", args=[run.pk, item.pk]))
    assert states(run)["Metsäpelto Maija"] == "ready"


def test_nothing_is_left_out_of_an_issued_run(client: Client, cast: Cast, run: InvoiceRun) -> None:
    runs.work_off(runs.approved(run))
    cast.sign_in(client, "olavi")
    client.post(reverse("office:run_objections", args=[run.pk]))
    assert not RunExclusion.objects.exists()
    run.refresh_from_db()
    assert "väärin" not in titles(run)


@pytest.mark.parametrize("name", ["bo", "ulla", "maija", "aino"])
def test_strangers_leave_nobody_out(client: Client, cast: Cast, run: InvoiceRun, name: str) -> None:
    cast.sign_in(client, name)
    address = reverse("office:run_objections", args=[run.pk])
    assert client.post(address).status_code in {302, 403, 404}
    assert not RunExclusion.objects.exists()
