"""The job page in a real browser: it moves by itself, and without scripts it can be asked to."""

import os
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.services import enqueue, running
from tests.browser import axe
from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.jobs import handlers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def table() -> Any:
    handlers.make_table()
    yield
    handlers.drop_table()


@pytest.fixture
def job(cast: Cast, table: None) -> Job:
    return enqueue(
        kind="test.count",
        title="Laskujen lähetys",
        detail="Jäsenmaksut 2026, laskutusajo 14",
        owner=cast.users["olavi"],
        unit_id=cast.units["a"].pk,
        params={"size": 1192, "chunk": 300},
        total=1192,
    )


def dressed(job: Job) -> Job:
    """As a job of an invoice run looks in the middle of it."""
    Job.objects.filter(pk=job.pk).update(
        phases=[
            {"text": "PDF-laskut tehty", "state": "done", "number": "1 192"},
            {
                "text": "Sähköpostit",
                "state": "doing",
                "number": "598 / 836",
                "note": "3 osoitetta ei ottanut viestiä vastaan. Ne siirtyvät tulostukseen.",
            },
            {"text": "Tulostusaineisto", "state": "todo", "number": "142"},
        ],
        attention=[
            {
                "name": "Lehtokorpi Anna-Kaarina",
                "url": "/toimisto/tyot/",
                "what": "Postilaatikko on täynnä",
                "then": "Yritetään uudelleen klo 10.00",
            },
            {"name": "Suvisalmi Kirsti", "url": "", "what": "Osoitetta ei ole", "then": "Lasku tulostetaan"},
        ],
        facts={"Summa": "81 604,42 €"},
        worked="00:08:40",
    )
    return job


def step(job: Job) -> Any:
    token = uuid4()
    running.take(job_id=job.pk, token=token)
    running.advance(job_id=job.pk, token=token)
    return token


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


def test_the_page_of_a_running_job(visit: Visit, job: Job) -> None:
    step(dressed(job))
    for page in visit(f"/toimisto/tyot/{job.pk}/", as_="olavi"):
        expect(page.get_by_role("heading", level=1)).to_have_text("Laskujen lähetys")
        expect(page.get_by_role("progressbar")).to_have_attribute("value", "300")
        picture(page, "tyo")


def test_the_page_moves_by_itself_until_the_job_has_ended(visit: Visit, job: Job) -> None:
    token = step(job)
    for page in visit(f"/toimisto/tyot/{job.pk}/", as_="olavi", check=False, widths=(axe.WIDE,)):
        page.get_by_role("button", name="Keskeytä hetkeksi").focus()
        running.advance(job_id=job.pk, token=token)
        expect(page.get_by_role("progressbar")).to_have_attribute("value", "600", timeout=10_000)
        expect(page.get_by_role("button", name="Keskeytä hetkeksi")).to_be_focused()
        while running.advance(job_id=job.pk, token=token):
            pass
        expect(page.get_by_text("Voit sulkea sivun")).to_have_count(0, timeout=10_000)
        expect(page.locator("#tyo")).not_to_have_attribute("hx-get", "")
        axe.check(page)
        picture(page, "tyo-valmis")


def test_without_scripts_the_page_is_refreshed_by_hand(visit: Visit, job: Job) -> None:
    step(job)
    for page in visit(f"/toimisto/tyot/{job.pk}/", as_="olavi", check=False, scripts=False):
        page.get_by_role("link", name="Päivitä sivu").click()
        expect(page.get_by_role("progressbar")).to_be_visible()


def test_a_failed_job_and_the_list(visit: Visit, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(
        state=State.FAILED,
        message="Kuusilahden tuottajayhdistykseltä puuttuu tilinumero.",
        finished_at=clock.now(),
    )
    for page in visit(f"/toimisto/tyot/{job.pk}/", as_="olavi"):
        expect(page.get_by_role("button", name="Yritä uudelleen")).to_be_visible()
        picture(page, "tyo-virhe")
    for page in visit("/toimisto/tyot/", as_="olavi"):
        expect(page.get_by_role("link", name="Laskujen lähetys")).to_be_visible()
        picture(page, "tyot")


def test_ending_asks_first(visit: Visit, job: Job) -> None:
    for page in visit(f"/toimisto/tyot/{job.pk}/", as_="olavi", check=False, widths=(axe.NARROW,)):
        page.get_by_role("link", name="Lopeta työ").click()
        axe.check(page)
        picture(page, "tyo-lopeta")
        page.get_by_role("button", name="Lopeta työ").click()
        expect(page.locator(".chip")).to_contain_text("Peruttu")
