"""The member list as a file: exactly the listed rows and columns, masked alike, logged, by those who may (REG-7, REG-11)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.registry import Deadline
from jasenpalvelu.jobs.services import running
from jasenpalvelu.jobs.services.running import run
from members import jobs
from members.models import FormerNumber, Mandate
from members.services import saved_views
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import appoint
from tests.members.test_list import crowd

EXPORT = "office:members_export"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def ordered(cast: Cast, client: Client, who: str, **posted: Any) -> Job:
    response = cast.sign_in(client, who).post(reverse(EXPORT), {"format": "csv", "query": "", **posted})
    assert response.status_code == 302, response.content.decode()[:2000]
    return Job.objects.get(pk=response.headers["Location"].rstrip("/").rpartition("/")[2])


def finished(job: Job) -> Job:
    while run(job_id=job.pk):
        pass
    job.refresh_from_db()
    return job


def rows(job: Job) -> list[list[str]]:
    with job.result.open() as file:
        text = file.read().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def columns(cast: Cast, who: str, *keys: str) -> None:
    saved_views.save_columns(user=cast.users[who], list_name="members", keys=keys)


def test_old_numbers_are_those_of_the_associations_shown(cast: Cast, client: Client) -> None:
    with mutation(actor=None, kind="test.numbers"):
        for unit, number in (("a", "K-117"), ("b", "R-9")):
            FormerNumber.objects.create(
                party=cast.parties["maija"], unit=cast.units[unit], number=number, source="Lista"
            )
    columns(cast, "aino", "former")
    head, *found = rows(finished(ordered(cast, client, "aino")))
    assert head == ["Nimi", "Jäsennumero", "Vanha jäsennumero"]
    numbers = {row[0]: row[2] for row in found}
    assert numbers["Metsäpelto Maija"] == "K-117"
    assert set(numbers.values()) == {"K-117", ""}


def test_the_file_has_the_rows_and_columns_of_the_list(cast: Cast, client: Client) -> None:
    columns(cast, "aino", "type", "place", "field_ha", "email", "joined")
    job = finished(ordered(cast, client, "aino"))
    assert job.state == "done"
    head, *found = rows(job)
    assert head[:-1] == ["Nimi", "Jäsennumero", "Jäsenlaji", "Kotikunta", "Pelto, ha", "Sähköposti"]
    by_name = {row[0]: dict(zip(head, row, strict=True)) for row in found}
    assert list(by_name) == ["Metsäpelto Maija", "Niittyvirta Marjatta kuolinpesä", "O'Brien Siiri"]
    maija, siiri = by_name["Metsäpelto Maija"], by_name["O'Brien Siiri"]
    assert maija["Jäsennumero"] == cast.parties["maija"].number
    assert {"Maatalousyrittäjä", "Helsinki", "30", "maija@example.fi", "1.1.2020"} <= {
        value.removesuffix(",00") for value in maija.values()
    }
    assert list(siiri.values()).count("Ei näytetä") == 2  # municipality and e-mail
    assert "Helsinki" not in siiri.values()
    assert "Ängström" not in str(found)


def test_a_spreadsheet_has_numbers_and_days(cast: Cast, client: Client) -> None:
    columns(cast, "aino", "field_ha", "joined")
    job = finished(ordered(cast, client, "aino", format="xlsx", query="q=maija"))
    with job.result.open() as file:
        sheet = openpyxl.load_workbook(io.BytesIO(file.read())).active
    values = list(sheet.iter_rows(values_only=True))
    assert len(values) == 2
    assert 30 in values[1]
    assert datetime(2020, 1, 1) in values[1] or date(2020, 1, 1) in values[1]


def test_filters_and_ticks_choose_the_rows(cast: Cast, client: Client) -> None:
    maija, estate, lotta = (cast.parties[name].pk for name in ("maija", "estate", "lotta"))
    job = finished(ordered(cast, client, "aino", query="land=any"))
    assert [row[0] for row in rows(job)[1:]] == ["Metsäpelto Maija"]
    job = finished(
        ordered(cast, client, "aino", chosen=[str(estate), str(lotta), "x"], query="jarjestys=-name")
    )
    assert [row[0] for row in rows(job)[1:]] == ["Niittyvirta Marjatta kuolinpesä"]
    job = finished(ordered(cast, client, "aino", chosen=[str(maija)], all="1", query="jarjestys=-name"))
    assert [row[0] for row in rows(job)[1:]] == [
        "O'Brien Siiri", "Niittyvirta Marjatta kuolinpesä", "Metsäpelto Maija",
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["unit={b}", "q=lotta", "places=905", "unit={b}&state=all&email=yes"])
def test_no_parameter_exports_another_association(cast: Cast, client: Client, query: str) -> None:
    asked = query.format(b=cast.units["b"].pk)
    job = finished(ordered(cast, client, "aino", query=asked, chosen=[str(cast.parties["lotta"].pk)]))
    assert rows(job)[1:] == []


@pytest.mark.parametrize("who", ["tiina", "kaarlo", "maija", "ulla"])
def test_without_the_right_to_export_there_is_no_such_page(cast: Cast, client: Client, who: str) -> None:
    cast.sign_in(client, who)
    assert client.get(reverse(EXPORT)).status_code == 404
    assert client.post(reverse(EXPORT), {"format": "csv", "query": ""}).status_code == 404
    assert not Job.objects.exists()


def test_the_page_says_what_comes_and_what_stays_out(cast: Cast, client: Client) -> None:
    html = cast.sign_in(client, "aino").get(f"{reverse(EXPORT)}?q=maija").content.decode()
    assert "Vie 1 jäsen" in html
    assert "Jäävät pois" in html  # a secretary sees open sums and may not take them out
    html = cast.sign_in(client, "olavi").get(reverse(EXPORT)).content.decode()
    assert "Jäävät pois" not in html


def test_a_filter_by_what_may_not_be_taken_out_exports_nobody(cast: Cast, client: Client) -> None:
    html = cast.sign_in(client, "aino").get(f"{reverse(EXPORT)}?payment=paid").content.decode()
    assert "Ei mitään vietävää" in html
    assert rows(finished(ordered(cast, client, "aino", query="payment=paid")))[1:] == []
    assert len(rows(finished(ordered(cast, client, "olavi", query="payment=paid")))) == 4


def test_columns_of_a_class_that_may_not_be_taken_out_stay_out(cast: Cast, client: Client) -> None:
    columns(cast, "aino", "open", "payment", "type")
    assert rows(finished(ordered(cast, client, "aino")))[0] == ["Nimi", "Jäsennumero", "Jäsenlaji"]
    columns(cast, "olavi", "open", "payment", "type")
    assert rows(finished(ordered(cast, client, "olavi")))[0][2:] == ["Jäsenlaji", "Avoinna", "Maksut"]


def test_an_export_is_logged_with_its_classes(cast: Cast, client: Client) -> None:
    columns(cast, "aino", "email", "field_ha")
    job = finished(ordered(cast, client, "aino"))
    entry = AccessLog.objects.get(action="export")
    assert entry.user == cast.users["aino"]
    assert (entry.count, entry.classes, entry.unit_id) == (3, "ABC", cast.units["a"].pk)
    fetched = cast.sign_in(client, "aino").get(reverse("office:job_result", args=[job.pk]))
    assert "Metsäpelto" in fetched.getvalue().decode("utf-8-sig")
    assert AccessLog.objects.filter(action="download", user=cast.users["aino"]).exists()


def test_only_the_owner_gets_the_file(cast: Cast, client: Client) -> None:
    job = finished(ordered(cast, client, "aino"))
    for who in ("olavi", "riitta", "bo", "ulla"):
        cast.sign_in(client, who)
        assert client.get(reverse("office:job_result", args=[job.pk])).status_code in {302, 404}, who


def test_rights_are_asked_again_when_the_file_is_written(cast: Cast, client: Client) -> None:
    job = ordered(cast, client, "aino")
    with mutation(actor=None, kind="test"):
        Mandate.objects.filter(party=cast.parties["aino"]).update(valid_to=JOINED)
    job = finished(job)
    assert job.state == "failed"
    assert not job.result
    assert not AccessLog.objects.filter(action="export").exists()


def test_a_file_half_made_with_wider_rights_is_not_finished(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows gathered while the person held a second post are not handed over after it has ended."""
    monkeypatch.setattr(jobs, "CHUNK", 1)
    monkeypatch.setattr(jobs, "KEPT_SECONDS", 1000)
    second = appoint(cast, "aino", "secretary", "b")
    job = ordered(cast, client, "aino")
    token = uuid4()
    assert running.take(job_id=job.pk, token=token)
    assert running.advance(job_id=job.pk, token=token)
    job.refresh_from_db()
    assert job.cursor["parts"] == 1
    with mutation(actor=None, kind="test"):
        Mandate.objects.filter(pk=second.pk).update(valid_to=JOINED)
    assert not running.advance(job_id=job.pk, token=token)
    job.refresh_from_db()
    assert (job.state, bool(job.result)) == ("failed", False)
    assert "oikeutesi" in job.message.lower()
    assert not default_storage.exists(f"jobs/{job.pk}/rows-00000.json")


def test_killed_before_the_last_step_is_saved_it_is_done_again(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    job, token = ordered(cast, client, "aino"), uuid4()
    running.take(job_id=job.pk, token=token)
    assert running.advance(job_id=job.pk, token=token)
    job.refresh_from_db()
    with transaction.atomic():
        assert jobs.export_members(job, Deadline.after(5)).done
        transaction.set_rollback(True)  # the worker dies with the file written and the step not saved
    running.release(Job.objects.filter(pk=job.pk), token=token)
    with django_capture_on_commit_callbacks(execute=True):
        job = finished(job)
    assert (job.state, len(rows(job)) - 1) == ("done", job.total)
    assert not default_storage.exists(f"jobs/{job.pk}/rows-00000.json")


def test_what_was_gathered_long_ago_is_ordered_again(cast: Cast, client: Client) -> None:
    job, token = ordered(cast, client, "aino"), uuid4()
    running.take(job_id=job.pk, token=token)
    running.advance(job_id=job.pk, token=token)
    default_storage.delete(f"jobs/{job.pk}/rows-00000.json")
    assert not running.advance(job_id=job.pk, token=token)
    job.refresh_from_db()
    assert (job.state, job.message) == (
        "failed",
        "Kerättyjä rivejä ei säilytetä enää. Tilaa tiedosto uudelleen.",
    )


def test_a_killed_worker_repeats_no_row(
    cast: Cast,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """Each step begins again from the job's own note; parts that were written and not noted are written anew."""
    crowd(cast, 25)
    monkeypatch.setattr(jobs, "CHUNK", 4)
    monkeypatch.setattr(jobs, "KEPT_SECONDS", 1000)
    job = ordered(cast, client, "aino")
    default_storage.save(f"jobs/{job.pk}/rows-00001.json", io.BytesIO(b'[["Haamu", "1"]]'))
    with django_capture_on_commit_callbacks(execute=True):
        job = finished(job)
    found = [row[1] for row in rows(job)[1:]]
    assert len(found) == len(set(found)) == job.done == job.total == 3 + 12
    assert not default_storage.exists(f"jobs/{job.pk}/rows-00000.json")


def test_a_double_click_makes_one_file(cast: Cast, client: Client) -> None:
    assert ordered(cast, client, "aino").pk == ordered(cast, client, "aino").pk
    assert ordered(cast, client, "aino", query="q=x").pk != ordered(cast, client, "aino").pk


def test_a_name_is_never_a_formula(cast: Cast, client: Client) -> None:
    from members.services import registering

    registering.update_party(party=cast.parties["maija"], values={"last_name": "=1+1"}, actor=None)
    job = finished(ordered(cast, client, "aino", query="state=all"))
    assert [row[0] for row in rows(job)[1:] if "1+1" in row[0]] == ["'=1+1 Maija"]


def test_a_class_held_over_one_association_is_taken_out_of_it_alone(cast: Cast, client: Client) -> None:
    appoint(cast, "ulla", "regional_director", "union")
    appoint(cast, "ulla", "secretary", "b")
    columns(cast, "ulla", "email", "unit")
    found = rows(finished(ordered(cast, client, "ulla")))
    assert [row[0] for row in found[1:]] == ["Ängström Lotta"]


def test_asking_again_who_one_is_comes_first(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["aino"])
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 1.0, "type": "totp"}]
    session["account_authentication_methods_user"] = str(cast.users["aino"].pk)
    session.save()
    response = client.post(reverse(EXPORT), {"format": "csv", "query": ""})
    assert response.status_code == 302
    assert "/tili/varmista/" in response.headers["Location"]
    assert not Job.objects.exists()
