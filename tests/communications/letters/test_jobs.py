"""Work in the background: letters on paper, printed and marked once; links looked at; rights asked anew."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from communications.letters import fetching
from communications.models import ContactEntry, Delivery, LetterLink, Mailing, State
from communications.services import linking, printing, writing
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import ContactPoint
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.communications.letters import scene
from tests.members.community_scene import member
from tests.paper import text_of


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def without_email(cast: Cast, name: str, code: str) -> Any:
    party = member(cast, "a", name, "Paperinen", email=f"{name}@example.fi")
    with mutation(actor=None, kind="test"):
        ContactPoint.objects.filter(party=party, kind="email").delete()
        ContactPoint.objects.filter(party=party, kind="address").delete()
        ContactPoint.objects.create(
            party=party,
            kind="address",
            value="Koivutie 1",
            key="koivutie 1",
            postal_code=code,
            city="Kuusilahti",
            valid_from=TODAY,
        )
    return party


@pytest.fixture
def mailing(cast: Cast) -> Mailing:
    """Sent, with two on paper."""
    without_email(cast, "Zacharias", "00100")
    without_email(cast, "Aatu", "99100")
    made = scene.draft(cast, paper=True)
    shown = scene.picture(cast)
    scene.add(cast, made, "image", image=str(shown.key), alt="Vihreä pelto")
    scene.add(cast, made, "button", text="Lue lisää", url="https://a.example.fi/")
    scene.add(cast, made, "columns", left_heading="Vasen", left_text="Teksti", right_text="Oikea")
    return scene.sent(cast, made)


def test_letters_on_paper_are_printed_by_postal_code_and_marked_once(cast: Cast, mailing: Mailing) -> None:
    assert printing.waiting(mailing).count() == 2
    client = cast.sign_in(Client(), "aino")
    for _press in (1, 2):
        client.post(reverse("office:message_paper", args=[mailing.pk]))
    job = Job.objects.get(kind=printing.PAPER_JOB)
    runs.work_off(job)
    job.refresh_from_db()
    assert job.state == "done", job.message
    with job.result.open("rb") as file:
        data = file.read()
    with pikepdf.open(BytesIO(data)) as found:
        assert len(found.pages) == 2
    told = text_of(data)
    assert told.index("Zacharias") < told.index("Aatu")
    for words in (
        "Hei Zacharias",
        "Hei Aatu",
        "Koivutie 1",
        "99100 Kuusilahti",
        "Pikkujoulu ja verokurssi",
        "https://a.example.fi/",
    ):
        assert words in told
    assert "{{" not in told
    rows = Delivery.objects.filter(mailing=mailing, channel=3)
    assert set(rows.values_list("state", flat=True)) == {State.ACCEPTED}
    assert ContactEntry.objects.filter(reference=f"letter:{mailing.pk}", channel="letter").count() == 2
    printing.mark_printed(mailing=mailing, keys=[row.pk for row in rows], at=clock.now(), actor=None)
    assert ContactEntry.objects.filter(reference=f"letter:{mailing.pk}", channel="letter").count() == 2


def test_paper_is_for_whoever_may_send(cast: Cast, mailing: Mailing) -> None:
    job = printing.order(mailing=mailing, owner=cast.users["olavi"], title="Kirjeet")
    running.run(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert printing.waiting(mailing).count() == 2


def test_links_are_looked_at_and_those_that_went_are_forgotten(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The world is not asked: hosts are looked up in a book of our own."""
    book = {"auki.example": ["127.0.0.1"]}
    monkeypatch.setattr(fetching, "addresses_of", lambda host, port: book.get(host, []))
    mailing = scene.draft(cast)
    scene.add(cast, mailing, "button", text="A", url="https://auki.example/")
    scene.add(cast, mailing, "text", text="https://eiole.example/ ja https://auki.example/")
    for _turn in (1, 2):
        job = linking.begin(mailing=mailing, owner=cast.users["aino"], title="Linkit")
        assert job is not None
        runs.work_off(job)
    found = dict(LetterLink.objects.filter(mailing=mailing).values_list("address", "state"))
    assert found == {"https://auki.example/": "private", "https://eiole.example/": "dead"}
    page = cast.sign_in(Client(), "aino").get(reverse("office:message_send", args=[mailing.pk]))
    assert len(page.context["checks"].dead) == 2
    assert "sure" in page.context["form"].fields


def test_a_letter_without_links_has_nothing_to_look_at(cast: Cast) -> None:
    mailing = scene.draft(cast)
    assert linking.begin(mailing=mailing, owner=cast.users["aino"], title="Linkit") is None
    writing.delete_draft(actor=None, mailing=mailing)
