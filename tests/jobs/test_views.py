"""The job pages: what the owner sees, what a colleague sees, and that an outsider sees nothing."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext_lazy

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.presenting import JobView, in_words
from jasenpalvelu.jobs.registry import StepResult, register
from jasenpalvelu.jobs.services import enqueue, running
from members.models import Mandate
from tests.jobs import handlers
from tests.members.helpers import appoint


@register("test.noun", noun=ngettext_lazy("%(n)s member", "%(n)s members", "n"))
def noun(job, deadline):
    return StepResult(done=True)


@pytest.fixture
def job(cast):
    handlers.make_table()
    return enqueue(
        kind="test.count",
        title="Lasketaan jäseniä",
        detail="Jäsenmaksut 2026",
        owner=cast.users["olavi"],
        unit_id=cast.units["a"].pk,
        capability="billing.run",
        params={"size": 25},
        total=25,
    )


@pytest.fixture
def finished(cast, job):
    file_job = enqueue(
        kind="test.file",
        title="Luettelo",
        owner=cast.users["olavi"],
        unit_id=cast.units["a"].pk,
        capability="billing.run",
    )
    running.run(job_id=file_job.pk)
    return Job.objects.get(pk=file_job.pk)


def at(name, job):
    return reverse(f"office:{name}", args=[job.pk])


def page(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_a_running_job_tells_how_far_it_is(cast, client, job):
    running.run(job_id=job.pk, seconds=0)
    html = page(cast.sign_in(client, "olavi"), at("job", job))
    assert "10 <small" in html
    assert "/ 25" in html
    assert "40 % valmiina" in html
    assert 'hx-trigger="every 2s"' in html
    for text in ("Käynnissä", "Voit sulkea sivun", "Keskeytä hetkeksi", "Päivitä sivu", "Viimeisin", "Alkoi"):
        assert text in html
    assert "Jäsenmaksut 2026. Käynnisti Olavi Peltoniitty" in html


def test_the_polled_part_is_the_same_part_of_the_page(cast, client, job):
    cast.sign_in(client, "olavi")
    running.run(job_id=job.pk, seconds=0)
    part = client.get(at("job_progress", job))
    assert part.content.decode().strip().startswith('<div class="split" id="tyo"')
    assert "HX-Refresh" not in part.headers
    running.run(job_id=job.pk)
    assert client.get(at("job_progress", job)).headers["HX-Refresh"] == "true"


def test_a_finished_job_offers_its_results_and_says_what_needs_attention(cast, client, finished):
    html = page(cast.sign_in(client, "olavi"), at("job", finished))
    for text in (
        "Lataa tiedosto",
        "Etusivu",
        "Vaatii huomiota",
        "Peltola Aino",
        "Osoite puuttuu",
        "1 jäi pois",
    ):
        assert text in html
    for text in ("hx-trigger", "Voit sulkea sivun", "Lopeta työ"):
        assert text not in html


def test_the_file_is_handed_out_and_the_fetching_logged(cast, client, finished):
    response = cast.sign_in(client, "olavi").get(at("job_result", finished))
    assert response.headers["Content-Disposition"] == 'attachment; filename="luettelo.csv"'
    assert b"".join(response.streaming_content) == b"a;b\r\n"
    entry = AccessLog.objects.get(action="download")
    assert (entry.user, entry.unit_id, entry.subject, entry.count) == (
        cast.users["olavi"],
        cast.units["a"].pk,
        "Luettelo",
        2,
    )


def test_a_job_without_a_file_has_nothing_to_download(cast, client, job):
    assert cast.sign_in(client, "olavi").get(at("job_result", job)).status_code == 404


def test_a_failed_job_says_so_without_the_traceback(cast, client, job):
    Job.objects.filter(pk=job.pk).update(
        state=State.FAILED, message="Tilinumero puuttuu.", log="Traceback: salainen", finished_at=clock.now()
    )
    html = page(cast.sign_in(client, "olavi"), at("job", job))
    assert "Tilinumero puuttuu." in html
    assert "Yritä uudelleen" in html
    assert "salainen" not in html


def test_pausing_going_on_and_ending_by_hand(cast, client, job):
    cast.sign_in(client, "olavi")
    response = client.post(at("job_pause", job))
    assert response.headers["Location"] == at("job", job)
    html = page(client, at("job", job))
    assert "Keskeytetty" in html
    assert "Jatka" in html
    client.post(at("job_resume", job))
    assert Job.objects.get(pk=job.pk).state == State.QUEUED
    question = page(client, at("job_cancel", job))
    assert "Lopetetaanko työ ”Lasketaan jäseniä”?" in question
    assert Job.objects.get(pk=job.pk).state == State.QUEUED
    client.post(at("job_cancel", job))
    assert Job.objects.get(pk=job.pk).state == State.CANCELLED
    late = client.post(at("job_pause", job), follow=True)
    assert "sillä välin muuttunut" in late.content.decode()


def test_trying_again_by_hand(cast, client, job):
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, finished_at=clock.now())
    cast.sign_in(client, "olavi").post(at("job_retry", job))
    assert Job.objects.get(pk=job.pk).state == State.QUEUED


POSTS = ["job_pause", "job_resume", "job_retry"]
EVERY = [*POSTS, "job", "job_progress", "job_result", "job_cancel"]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("who", ["ulla", "maija", "bo", "aino"])
def test_who_neither_owns_the_job_nor_holds_its_capability_finds_nothing(cast, client, finished, name, who):
    """Ulla is an outsider, Maija a member, Bo of another association; Aino of the same without that capability."""
    cast.sign_in(client, who)
    act = client.post if name in POSTS else client.get
    assert act(at(name, finished)).status_code == 404
    if name == "job_cancel":
        assert client.post(at(name, finished)).status_code == 404
    assert Job.objects.get(pk=finished.pk).state == State.DONE


@pytest.mark.parametrize("name", EVERY)
def test_without_a_login_nothing_is_shown(client, finished, name):
    response = (client.post if name in POSTS else client.get)(at(name, finished))
    assert response.status_code == 302
    assert reverse("account_login") in response.headers["Location"]


@pytest.mark.parametrize("name", POSTS)
def test_a_get_changes_nothing(cast, client, job, name):
    assert cast.sign_in(client, "olavi").get(at(name, job)).status_code == 405


def test_who_holds_the_capability_over_the_unit_sees_it_too(cast, client, job):
    """Tiina is the treasurer of the region above."""
    assert "Lasketaan" in page(cast.sign_in(client, "tiina"), at("job", job))
    assert "Lasketaan" in page(client, reverse("office:jobs"))


def test_the_list_shows_ones_own_and_nothing_of_others(
    cast, client, job, finished, django_assert_max_num_queries
):
    enqueue(kind="test.count", title="Toisen työ", owner=cast.users["bo"], params={"size": 0})
    cast.sign_in(client, "olavi")
    page(client, reverse("office:jobs"))
    with django_assert_max_num_queries(14):
        html = page(client, reverse("office:jobs"))
    assert "Lasketaan jäseniä" in html
    assert "Luettelo" in html
    assert "Toisen työ" not in html


def test_whoever_leaves_a_post_leaves_its_files(cast, client, finished):
    """Olavi's own export is gone for him with the mandate; a new post in another association does not bring it back."""
    cast.sign_in(client, "olavi")
    with mutation(actor=None, kind="test.leave"):
        mandate = Mandate.objects.get(party=cast.parties["olavi"])
        mandate.valid_to = clock.today() - timedelta(days=1)
        mandate.save()
    for name in ("job", "job_result"):
        assert client.get(at(name, finished)).status_code == 404
    assert client.get(reverse("office:jobs")).status_code == 404
    appoint(cast, "olavi", "secretary", "b")
    assert client.get(at("job_result", finished)).status_code == 404
    assert "Luettelo" not in page(client, reverse("office:jobs"))


@pytest.mark.parametrize("who", ["ulla", "maija"])
def test_the_list_is_for_staff(cast, client, who):
    assert cast.sign_in(client, who).get(reverse("office:jobs")).status_code == 404


def test_the_list_is_paged(cast, client):
    Job.objects.bulk_create(
        Job(kind="test.count", title=f"Työ {n:03}", owner=cast.users["olavi"]) for n in range(53)
    )
    cast.sign_in(client, "olavi")
    response = client.get(reverse("office:jobs"))
    assert len(response.context["rows"]) == 50
    after = client.get(reverse("office:jobs"), {"jalkeen": response.context["page"].next})
    assert len(after.context["rows"]) == 3


def test_an_empty_list_says_what_will_be_here(cast, client):
    assert "Ei vielä taustatöitä" in page(cast.sign_in(client, "olavi"), reverse("office:jobs"))


def seen(**columns):
    job = Job(kind="test.noun", title="x", **columns)
    return JobView(job, clock.now())


@pytest.mark.parametrize(
    ("worked", "done", "text"),
    [
        (2, 500, ""),
        (60, 990, "alle minuutti jäljellä"),
        (60, 200, "noin 4 minuuttia jäljellä"),
        (600, 200, "noin 40 minuuttia jäljellä"),
        (6000, 200, "noin 7 tuntia jäljellä"),
    ],
)
def test_time_left_is_told_roughly(worked, done, text):
    view = seen(state=State.RUNNING, total=1000, done=done, worked=timedelta(seconds=worked))
    with translation.override("fi"):
        assert view.time_left == text


def test_numbers_are_told_with_what_they_count():
    view = seen(state=State.RUNNING, total=1192, done=812, worked=timedelta(seconds=518))
    with translation.override("en"):
        assert view.total_text == "1\u00a0192 members"
        assert ("Speed", "94 members / min") in view.facts
    assert view.percent == 68


def test_failed_ones_count_as_handled():
    assert seen(total=10, done=7, failed=3).percent == 100
    assert seen(total=1000, done=999).percent == 99


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (520, "8 min 40 s"), (3900, "1 h 5 min"), (-5, "0 s")]
)
def test_durations_in_words(seconds, text):
    with translation.override("fi"):
        assert in_words(timedelta(seconds=seconds)).replace("\u00a0", " ") == text
