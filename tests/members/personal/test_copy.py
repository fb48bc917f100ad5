"""The person's own copy: everything the maps say, and nothing of anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import DataRequest, Mandate, Party
from members.personal import copying, reading, registry
from members.services import copies, data_requests, households
from tests import scenery as scene
from tests.billing.runs import work_off
from tests.cast import TODAY, Cast
from tests.scenery import Scenery


@pytest.fixture
def scenery(cast: Cast) -> Iterator[Scenery]:
    with clock.frozen(TODAY):
        yield scene.build(cast)


def copy_of(party_id: int) -> dict:  # type: ignore[type-arg]
    made = copying.as_json(reading.person(party_id), at=clock.now(), language="fi")
    found: dict = json.loads(made.data)  # type: ignore[type-arg]
    return found


def test_no_column_that_is_the_persons_is_missing(scenery: Scenery) -> None:
    told = copy_of(scenery.cast.parties["maija"].pk)
    columns = {part["table"]: set(part["columns"]) for part in told["data"]}
    for table in registry.tables():
        assert columns.get(table, set()) == set(reading.exported(table)), table
    for part in told["data"]:
        for row in part["rows"]:
            assert set(part["columns"]) <= set(row), part["table"]


def test_it_holds_what_the_person_is_told_on_the_pages(scenery: Scenery) -> None:
    told = copy_of(scenery.cast.parties["maija"].pk)
    rows = {part["table"]: part["rows"] for part in told["data"]}
    assert {row["value"] for row in rows["members_contactpoint"]} >= {"maija@example.fi", "Koivulantie 148"}
    assert rows["members_holding"][0]["y_tunnus"] == "1572860-0"
    assert rows["billing_invoice"]
    assert rows["billing_ledgerentry"]
    assert rows["members_membershipevent"]
    assert rows["accounts_user"][0]["email"] == "maija@example.fi"
    assert "password" not in rows["accounts_user"][0]
    assert told["recipients"]
    assert told["sources"]
    assert told["retention"]
    assert told["rights"]


def test_of_others_there_is_nothing_but_the_name_of_a_link(scenery: Scenery) -> None:
    cast = scenery.cast
    maija, siiri, lotta = (cast.parties[name] for name in ("maija", "siiri", "lotta"))
    households.add_link(actor=cast.users["aino"], party=maija, other=lotta, kind="spouse", on=TODAY)
    households.add_link(actor=cast.users["aino"], party=maija, other=siiri, kind="payer", on=TODAY)
    whole = copying.as_json(reading.person(maija.pk), at=clock.now(), language="fi").data.decode()
    assert "Ängström Lotta" in whole
    for hidden in ("lotta@example.fi", "Strandvägen", "O'Brien", "siiri@example.fi", "040 555 0199"):
        assert hidden not in whole
    assert "another_person" in whole


def test_what_lies_under_a_joined_entry_is_the_persons_own(scenery: Scenery) -> None:
    stub = Party.objects.exclude(merged_into=None).get()
    told = copy_of(stub.pk)
    entries = next(part["rows"] for part in told["data"] if part["table"] == "members_party")
    assert {row["member_number"] for row in entries} == {stub.member_number, stub.merged_into.member_number}  # type: ignore[union-attr]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_readable_file(scenery: Scenery, language: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    made = copying.as_pdf(reading.person(scenery.cast.parties["maija"].pk), at=clock.now(), language=language)
    path = tmp_path / made.name
    path.write_bytes(made.data)
    with pikepdf.open(path) as pdf:
        assert str(pdf.Root.Lang) == language
        assert "/MarkInfo" in pdf.Root


def test_a_member_downloads_it_and_that_is_written_down(client: Client, scenery: Scenery) -> None:
    cast = scenery.cast
    cast.sign_in(client, "maija")
    response = client.post(reverse("portal:privacy_copy"), {"form": "json"})
    assert response["Content-Type"] == "application/json"
    assert "attachment" in response["Content-Disposition"]
    assert json.loads(response.content)["subject"]["name"] == "Metsäpelto Maija"
    row = AccessLog.objects.filter(party_id=cast.parties["maija"].pk, action="export").latest("pk")
    assert row.user == cast.users["maija"]


def test_a_large_copy_is_made_in_the_background_for_its_owner_only(
    client: Client, scenery: Scenery, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = scenery.cast
    monkeypatch.setattr(copies, "AT_ONCE", {"json": 3, "pdf": 3})
    cast.sign_in(client, "maija")
    client.post(reverse("portal:privacy_copy"), {"form": "pdf"})
    job = work_off(Job.objects.get(kind=copies.COPY_JOB, state="queued"))
    url = reverse("portal:privacy_file", args=[job.pk])
    assert job.result_name in client.get(reverse("portal:privacy")).text
    assert b"".join(client.get(url).streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    for other in ("aino", "olavi", "riitta", "bo"):
        stranger = cast.sign_in(Client(), other)
        assert stranger.get(url).status_code == 404
        assert stranger.get(reverse("office:job", args=[job.pk])).status_code == 404
        assert stranger.get(reverse("office:job_result", args=[job.pk])).status_code == 404


def test_the_office_makes_it_with_a_reason_and_answers_the_request(client: Client, scenery: Scenery) -> None:
    cast = scenery.cast
    maija = cast.parties["maija"]
    request = data_requests.file(
        actor=cast.users["riitta"],
        party=maija,
        unit=cast.units["a"],
        kind="access",
        text="Puhelimessa",
        channel="office",
        received_on=TODAY,
    )
    cast.sign_in(client, "riitta")
    url = reverse("office:member_copy", args=[maija.pk])
    assert client.post(url, {"form": "json", "reason": ""}).status_code == 200
    assert client.post(url, {"form": "json", "reason": "Henkilökortti nähty"}).headers["Content-Type"] == "application/json"  # fmt: skip
    assert DataRequest.objects.get(pk=request.pk).state == "done"
    assert AccessLog.objects.filter(party_id=maija.pk, reason="Henkilökortti nähty").exists()


def test_a_large_copy_for_the_office_asks_again_before_the_file_and_closes_the_request(
    client: Client, scenery: Scenery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job's page does not hand it out: an order of non-disclosure entered meanwhile stops it."""
    monkeypatch.setattr(copies, "AT_ONCE", {"json": 3, "pdf": 3})
    cast = scenery.cast
    maija = cast.parties["maija"]
    request = data_requests.file(
        actor=cast.users["aino"], party=maija, unit=cast.units["a"], kind="access", text="", channel="office",
        received_on=TODAY,
    )  # fmt: skip
    cast.sign_in(client, "riitta")
    client.post(reverse("office:member_copy", args=[maija.pk]), {"form": "pdf", "reason": "Kortti nähty"})
    request.refresh_from_db()
    assert request.is_open, "nothing has been handed over yet"
    job = work_off(Job.objects.get(kind=copies.COPY_JOB, state="queued"))
    request.refresh_from_db()
    assert request.state == "done"
    assert client.get(reverse("office:job_result", args=[job.pk])).status_code == 404
    assert (
        reverse("office:job_result", args=[job.pk])
        not in client.get(reverse("office:job", args=[job.pk])).text
    )
    url = job.result_url
    assert url == reverse("office:member_copy_file", args=[maija.pk, job.pk])
    assert b"".join(client.get(url).streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    logged = AccessLog.objects.filter(action="download", user=cast.users["riitta"]).latest("pk")
    assert logged.party_id == maija.pk
    for other in ("aino", "kaarlo", "bo", "maija"):
        assert cast.sign_in(Client(), other).get(url).status_code == 404
    with mutation(actor=None, kind="test.order"):
        Party.objects.filter(pk=maija.pk).update(non_disclosure=True)
    assert client.get(url).status_code == 404


def test_a_copy_that_fails_leaves_the_request_open(
    client: Client, scenery: Scenery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "AT_ONCE", {"json": 3, "pdf": 3})
    cast = scenery.cast
    maija = cast.parties["maija"]
    request = data_requests.file(
        actor=cast.users["aino"], party=maija, unit=cast.units["a"], kind="access", text="", channel="office",
        received_on=TODAY,
    )  # fmt: skip
    cast.sign_in(client, "riitta")
    client.post(reverse("office:member_copy", args=[maija.pk]), {"form": "pdf", "reason": "Kortti nähty"})
    with mutation(actor=None, kind="test.post"):
        Mandate.objects.filter(party=cast.parties["riitta"]).update(valid_to=TODAY - timedelta(days=1))
    job = Job.objects.get(kind=copies.COPY_JOB, state="queued")
    running.run(job_id=job.pk, seconds=600)
    job.refresh_from_db()
    request.refresh_from_db()
    assert (job.state, request.state) == ("failed", "open")


def test_nobody_hands_out_what_another_association_holds(client: Client, scenery: Scenery) -> None:
    """Maija is a member of A and of A2: the secretary of A handles requests of A only."""
    cast = scenery.cast
    cast.sign_in(client, "aino")
    maija = cast.parties["maija"]
    assert client.get(reverse("office:member_privacy", args=[maija.pk])).status_code == 200
    for name in ("member_copy", "member_erase"):
        assert client.get(reverse(f"office:{name}", args=[maija.pk])).status_code == 404


def test_nobody_without_the_right_to_hidden_data_hands_out_a_protected_persons(
    client: Client, scenery: Scenery
) -> None:
    cast = scenery.cast
    siiri = cast.parties["siiri"]
    for name in ("aino", "riitta"):
        cast.sign_in(client, name)
        assert client.get(reverse("office:member_copy", args=[siiri.pk])).status_code == 404
        assert "siiri@" not in client.get(reverse("office:member_privacy", args=[siiri.pk])).text
