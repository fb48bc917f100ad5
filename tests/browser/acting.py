"""What people do in the stories: they log in, press buttons and go to places; and the worker that does their jobs."""

from __future__ import annotations

import re
import threading

from django.core import mail
from django.db import connections
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Waited

from jasenpalvelu.accounts.services.demo import current_code
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running

WORK = 30_000  # milliseconds a job may take


class Worker(threading.Thread):
    """Does jobs as they come, like the real one, until the story is over."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            for job in Job.objects.due().order_by("created_at", "pk")[:1]:
                running.run(job_id=job.pk)
        connections.close_all()


def press(page: Page, name: str, *, role: str = "button") -> None:
    page.get_by_role("main").get_by_role(role, name=name).first.click()  # type: ignore[arg-type]


def to(page: Page, place: str) -> None:
    page.get_by_role("navigation", name="Päävalikko").get_by_role("link", name=place).click()


def by_code(page: Page, email: str) -> None:
    """Log in by a code from the e-mail."""
    page.goto("/tili/kirjaudu/")
    page.get_by_label("Sähköposti").fill(email)
    press(page, "Lähetä koodi")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kirjoita koodi")
    code = re.search(r"^\d{6}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    page.get_by_label("Koodi").fill(code.group())
    for _try in range(
        3
    ):  # on a busy machine a press may fall beside a button that is still moving: people press again
        press(page, "Kirjaudu")
        try:
            page.wait_for_url(lambda url: "/kirjaudu/koodi/" not in url, timeout=WORK)
        except Waited:
            continue
        return
    raise AssertionError(page.get_by_role("main").inner_text())


def log_in(page: Page, email: str) -> None:
    """By a code; the first time an authenticator app is taken into use, as a post demands it."""
    by_code(page, email)
    page.wait_for_url("**/tili/turva/**")
    page.goto("/tili/turva/sovellus/")
    secret = "".join(page.get_by_role("main").locator(".ref").all_inner_texts())
    page.get_by_label("Koodi").fill(current_code(secret))
    press(page, "Ota käyttöön")
    page.wait_for_url("**/tili/turva/varakoodit/**")
    page.goto("/toimisto/")
    expect(page.get_by_role("navigation", name="Päävalikko")).to_be_visible()
