"""The pages: what is shown, what is asked, and that nobody else sees any of it."""

import io
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.jobs.models import Job
from members.importing import csv_files
from members.models import ImportBatch, Membership, Party
from members.models.imports import BatchState
from members.services.importing import batches
from tests.cast import TODAY
from tests.members.importing.helpers import checked, fresh, rows, saved, work

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[2] / "data"
LIST = "/toimisto/tuonti/"
MAIJA = {
    "Sukunimi": "Metsäpelto",
    "Etunimi": "Maija",
    "Sähköposti": "maija@example.fi",
    "Puhelin": "09 9111 1111",
}
ANSWERS = {
    "type": "", "type_organisation": "", "started_on": "", "bases_from": "1.1.2026", "bases_area": "whole",
    "birth_purpose": "ikäraja", "empty": "keep", "lenient": "row", "list_missing": "on",
}  # fmt: skip


@pytest.fixture
def olavi(cast, client) -> Client:
    return cast.sign_in(client, "olavi")


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def upload(client, data: bytes, name: str = "jasenet.csv", **given):
    return client.post(LIST, {"file": SimpleUploadedFile(name, data), **given})


def mapped(batch) -> dict[str, str]:
    return {f"column_{column}": key for column, key in batch.mapping.items()}


def page(batch) -> str:
    return reverse("office:import", args=[batch.pk])


def test_from_the_file_to_the_register_and_back(olavi):
    response = upload(olavi, (DATA / "kuusilahti.csv").read_bytes(), "kuusilahti.csv")
    batch = ImportBatch.objects.get()
    columns = reverse("office:import_columns", args=[batch.pk])
    assert response.headers["Location"] == columns
    assert "Lähiosoite Peltotie 31" in text(olavi.get(columns))
    assert olavi.get(page(batch)).headers["Location"] == columns
    assert olavi.post(columns, mapped(batch) | ANSWERS).headers["Location"] == page(batch)
    assert "Odottaa vuoroaan" in text(olavi.get(page(batch)))
    work(Job.objects.get(pk=fresh(batch).job_id))
    assert "293 riviä on valmiina tallennettavaksi" in text(olavi.get(page(batch)))
    olavi.post(reverse("office:import_commit", args=[batch.pk]))
    work(Job.objects.get(pk=fresh(batch).job_id))
    assert "293 riviä tallennettiin" in text(olavi.get(page(batch)))
    assert Membership.objects.filter(unit=batch.unit).count() == 3 + 293
    back = reverse("office:import_rollback", args=[batch.pk])
    assert "293 tallennettua riviä kumotaan" in text(olavi.get(back))
    olavi.post(back)
    work(Job.objects.get(pk=fresh(batch).job_id))
    assert "Kaikki, minkä tuonti teki, on kumottu" in text(olavi.get(page(batch)))
    assert Membership.objects.filter(unit=batch.unit).count() == 3
    shown = text(olavi.get(LIST))
    assert "kuusilahti.csv" in shown
    assert "Kumottu" in shown


def test_an_empty_list_says_what_to_do(olavi):
    assert "Ei vielä tuonteja" in text(olavi.get(LIST))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.4", "Tämä on PDF"),
        (b"", "tyhjä"),
        (b"kirje\n", "ei löytynyt sarakkeita"),
        (b"PK\x03\x04x", "vioittunut"),
    ],
)
def test_a_file_that_is_no_table_is_refused_beside_the_field(olavi, data, says):
    response = upload(olavi, data, "x.csv")
    assert response.status_code == 422
    assert says in text(response)
    assert not ImportBatch.objects.exists()


def test_no_file_at_all(olavi):
    assert olavi.post(LIST, {}).status_code == 422


def test_columns_are_asked_for_properly_and_what_was_chosen_is_kept(cast, olavi):
    upload(olavi, b"Nimi;Mika;Synt.aika\nUusi Urho;Vaasa;1.1.1980\n")
    batch = ImportBatch.objects.get()
    columns = reverse("office:import_columns", args=[batch.pk])
    response = olavi.post(
        columns, {"column_0": "email", "column_1": "municipality", "column_2": "municipality"} | ANSWERS
    )
    assert response.status_code == 422
    shown = text(response)
    assert "Valitse sarake tai sarakkeet, joissa on jäsenen nimi." in shown
    assert "”Kotikunta” on jo valittu sarakkeelle Mika." in shown
    assert response.content.decode().count('<option value="municipality" selected>') == 2
    response = olavi.post(
        columns, {"column_0": "name", "column_2": "birth_date"} | ANSWERS | {"birth_purpose": ""}
    )
    assert "syntymäaika on rekisterissä" in text(response)
    assert fresh(batch).state == BatchState.UPLOADED


def test_the_same_file_again_is_told(cast, olavi):
    data = b"Sukunimi;Etunimi\nMetspelto;Maija\n"
    upload(olavi, data)
    columns = reverse("office:import_columns", args=[ImportBatch.objects.get().pk])
    assert "Sama tiedosto" not in text(olavi.get(columns))
    saved(checked(cast, data))
    assert "Sama tiedosto tallennettiin" in text(olavi.get(columns))


def test_another_encoding_can_be_chosen(olavi):
    upload(olavi, "Sukunimi;Etunimi\nMäkinen;Åke\n".encode("windows-1252"))
    batch = ImportBatch.objects.get()
    reading = reverse("office:import_reading", args=[batch.pk])
    olavi.post(reading, {"encoding": "mac_roman"})
    assert fresh(batch).options["samples"] != [["Mäkinen"], ["Åke"]]
    assert olavi.post(reading, {"encoding": "utf-8"}).status_code == 422
    assert olavi.post(reading, {"encoding": "klingon"}).status_code == 422
    olavi.post(reading, {"encoding": "windows-1252"})
    assert fresh(batch).options["samples"] == [["Mäkinen"], ["Åke"]]


def test_identity_codes_are_warned_of(olavi):
    upload(olavi, b"Nimi;HETU\nUusi Urho;290280-123N\n")
    batch = ImportBatch.objects.get()
    shown = text(olavi.get(reverse("office:import_columns", args=[batch.pk])))
    assert "Tiedostossa on henkilötunnuksia" in shown
    assert "123N" not in shown


# --- rows -------------------------------------------------------------------------------------------------------------------
def test_rows_with_their_changes_and_reasons(cast, olavi):
    batch = checked(cast, [MAIJA, MAIJA | {"Etunimi": "X", "Puhelin": "ei ole"}])
    shown = text(olavi.get(f"{page(batch)}?nakyma=update"))
    assert "Puhelin 050 555 0142 09 9111 1111" in shown
    shown = text(olavi.get(f"{page(batch)}?nakyma=error"))
    assert "”ei ole” ei ole puhelinnumero." in shown
    assert (
        AccessLog.objects.filter(user=cast.users["olavi"], unit_id=batch.unit_id, classes="ABC").count() == 2
    )


def test_rows_come_in_pages(cast, olavi):
    batch = checked(cast, [{"Nimi": f"Uusi Urho{n}"} for n in range(60)])
    response = olavi.get(f"{page(batch)}?nakyma=new")
    assert len(response.context["rows"]) == 50
    response = olavi.get(page(batch), {"nakyma": "new", "jalkeen": response.context["page"].next})
    assert [row.line for row in response.context["rows"]] == list(range(52, 62))


def test_few_queries(cast, olavi, django_assert_max_num_queries):
    batch = checked(cast, (DATA / "kuusilahti.csv").read_bytes(), started_on=None)
    for address in (LIST, f"{page(batch)}?nakyma=new", f"{page(batch)}?nakyma=duplicate"):
        with django_assert_max_num_queries(17):
            olavi.get(address)


def test_a_choice_is_made_and_taken_back(cast, olavi):
    batch = checked(cast, [{"Nimi": "Metsäpelto Maija", "Katuosoite": "Uusitie 1"}])
    (row,) = rows(batch)
    address = reverse("office:import_choose", args=[batch.pk, row.pk])
    response = olavi.post(address, {"valinta": f"update:{cast.parties['maija'].pk}", "nakyma": "duplicate"})
    assert response.headers["Location"] == f"{page(batch)}?nakyma=duplicate#rivi-2"
    shown = text(olavi.get(f"{page(batch)}?nakyma=duplicate"))
    assert "Päivitys, sinun valintasi" in shown
    assert "Osoite Koivulantie 148, 00100 Helsinki Uusitie 1" in shown
    olavi.post(address, {"valinta": ""})
    assert rows(batch)[0].choice == ""
    response = olavi.post(address, {"valinta": f"update:{cast.parties['lotta'].pk}"}, follow=True)
    assert "Rivillä ei ole sitä vaihtoehtoa." in text(response)
    olavi.post(reverse("office:import_choose_rest", args=[batch.pk]), {"valinta": "skip"})
    assert rows(batch)[0].choice == "skip"


def test_somebody_elsewhere_is_not_named(cast, olavi):
    batch = checked(
        cast,
        [
            {"Nimi": "Ängström Lotta", "Postinumero": "65100"},
            {"Nimi": "Ängström Lotta", "Sähköposti": "lotta@example.fi", "Puhelin": "09 9111 1111"},
        ],
        user="riitta",
    )
    seen = text(cast.sign_in(Client(), "riitta").get(f"{page(batch)}?nakyma=new"))
    assert "On jo liiton rekisterissä" in seen
    assert "Puhelin – 09 9111 1111" in seen
    shown = text(olavi.get(f"{page(batch)}?nakyma=duplicate")) + text(olavi.get(f"{page(batch)}?nakyma=new"))
    assert "On jo liiton rekisterissä" not in shown
    assert "Puhelin – 09 9111 1111" not in shown
    assert f"update:{cast.parties['lotta'].pk}" not in shown
    for secret in ("Strandvägen", cast.parties["lotta"].number, "Rantalan", "sama sähköposti"):
        assert secret not in shown


def test_rows_with_errors_as_a_file_to_correct(cast, olavi):
    batch = checked(cast, [MAIJA, {"Sukunimi": "=1+1", "Etunimi": "Ville", "Puhelin": "ei ole"}])
    csv_file = olavi.get(reverse("office:import_errors", args=[batch.pk, "csv"]))
    content = b"".join(csv_file.streaming_content).decode("utf-8-sig")
    assert content.splitlines()[0].startswith("Rivi;Miksi rivi jäi pois;Sukunimi")
    assert "ei ole puhelinnumero" in content
    assert ";'=1+1;" in content
    book = load_workbook(
        io.BytesIO(
            b"".join(olavi.get(reverse("office:import_errors", args=[batch.pk, "xlsx"])).streaming_content)
        )
    )
    assert [cell.value for cell in book.active[2]][2:4] == ["=1+1", "Ville"]
    assert book.active["C2"].data_type == "s"
    assert AccessLog.objects.filter(action="export", count=1).count() == 2
    fine = checked(cast, [MAIJA])
    assert olavi.get(reverse("office:import_errors", args=[fine.pk, "csv"])).status_code == 404


def test_members_who_are_not_in_the_file(cast, olavi):
    batch = checked(cast, [MAIJA])
    shown = text(olavi.get(reverse("office:import_missing", args=[batch.pk])))
    assert "Niittyvirta Marjatta kuolinpesä" in shown
    assert "Metsäpelto Maija" not in shown
    assert "2 voimassa olevaa jäsentä" in shown


def test_the_template_is_understood_when_it_comes_back(cast, olavi):
    for kind in ("csv", "xlsx"):
        response = olavi.get(reverse("office:import_template", args=[kind]))
        batch = batches.upload(
            actor=cast.users["olavi"],
            unit=cast.units["a"],
            name=f"malli.{kind}",
            data=response.content,
            classes=frozenset("ABCD"),
        )
        assert len(batch.mapping) == len(batch.header)


def test_the_wrong_moment_is_no_error_page(cast, olavi):
    batch = saved(checked(cast, [MAIJA]))
    for name in ("import_commit", "import_discard", "import_recheck"):
        response = olavi.post(reverse(f"office:{name}", args=[batch.pk]), follow=True)
        assert "Tuonti oli sillä välin muuttunut" in text(response)


def test_removing_asks_first(cast, olavi):
    batch = checked(cast, [MAIJA])
    address = reverse("office:import_discard", args=[batch.pk])
    assert "Rekisteri ei muutu." in text(olavi.get(address))
    olavi.post(address)
    assert not ImportBatch.objects.exists()


def test_a_work_that_stopped_offers_the_way_on(cast, olavi):
    batch = checked(cast, [MAIJA])
    batches.start_commit(actor=cast.users["olavi"], batch=batch, on=TODAY)
    Job.objects.filter(pk=fresh(batch).job_id).update(state="cancelled", finished_at="2026-11-22T10:00Z")
    shown = text(olavi.get(page(batch)))
    assert "Jatka tallentamista" in shown
    progress = olavi.get(reverse("office:import_progress", args=[batch.pk]))
    assert progress.headers["HX-Refresh"] == "true"


# --- who may not --------------------------------------------------------------------------------------------------------------
ADDRESSES = [
    "import",
    "import_columns",
    "import_progress",
    "import_rollback",
    "import_discard",
    "import_missing",
]
DEEDS = [
    "import_commit",
    "import_rollback",
    "import_discard",
    "import_choose_rest",
    "import_reading",
    "import_recheck",
    "import_columns",
]


@pytest.mark.parametrize("who", ["bo", "tiina", "maija", "ulla"])
def test_nobody_else_sees_or_does_anything(cast, client, who):
    batch = checked(cast, [MAIJA, {"Nimi": "X"}])
    outsider = cast.sign_in(client, who)
    for name in ADDRESSES:
        assert outsider.get(reverse(f"office:{name}", args=[batch.pk])).status_code == 404, name
    for name in DEEDS:
        assert (
            outsider.post(reverse(f"office:{name}", args=[batch.pk]), {"valinta": "skip"}).status_code == 404
        ), name
    for kind in ("csv", "xlsx"):
        assert outsider.get(reverse("office:import_errors", args=[batch.pk, kind])).status_code == 404
    row = rows(batch)[0]
    assert (
        outsider.post(
            reverse("office:import_choose", args=[batch.pk, row.pk]), {"valinta": "skip"}
        ).status_code
        == 404
    )
    assert fresh(batch).state == BatchState.CHECKED
    assert rows(batch)[0].choice == ""
    job = Job.objects.get(pk=batch.job_id)
    assert outsider.get(reverse("office:job", args=[job.pk])).status_code == 404


@pytest.mark.parametrize("who", ["tiina", "maija", "ulla"])
def test_who_may_not_import_has_no_page_for_it(cast, client, who):
    outsider = cast.sign_in(client, who)
    assert outsider.get(LIST).status_code == 404
    assert upload(outsider, b"Nimi\nUusi Urho\n").status_code == 404
    assert outsider.get(reverse("office:import_template", args=["csv"])).status_code == 404


def test_a_list_goes_to_ones_own_association_only(cast, client):
    bo = cast.sign_in(client, "bo")
    upload(bo, b"Nimi\nUusi Urho\n", unit=str(cast.units["a"].pk))
    batch = ImportBatch.objects.first()
    assert batch is None or batch.unit == cast.units["b"]


def test_a_row_of_another_batch_is_not_reached_through_ones_own(cast, olavi):
    mine = checked(cast, [MAIJA])
    theirs = checked(cast, [{"Nimi": "Uusi Urho"}], unit="b", user="bo")
    foreign = reverse("office:import_choose", args=[mine.pk, rows(theirs)[0].pk])
    assert olavi.post(foreign, {"valinta": "skip"}).status_code == 404


def test_the_register_manager_chooses_the_association(cast, client):
    riitta = cast.sign_in(client, "riitta")
    assert "Minkä yhdistyksen jäsenet" in text(riitta.get(LIST))
    assert upload(riitta, b"Nimi\nUusi Urho\n").status_code == 422
    assert upload(riitta, b"Nimi\nUusi Urho\n", unit=str(cast.units["union"].pk)).status_code == 422, (
        "has no members"
    )
    upload(riitta, b"Nimi\nUusi Urho\n", unit=str(cast.units["b2"].pk))
    assert ImportBatch.objects.get().unit == cast.units["b2"]


def test_pages_speak_swedish(cast, client):
    bo = cast.sign_in(client, "bo")
    batch = checked(cast, [{"Nimi": "Uusi Urho", "Puhelin": "ei ole"}], unit="b", user="bo")
    assert "”ei ole” är inget telefonnummer." in text(bo.get(f"{page(batch)}?nakyma=error"))
    assert not Party.objects.filter(display_name="Uusi Urho").exists()


# --- work in the background -------------------------------------------------------------------------------------------------
def test_a_file_of_nothing_but_errors_is_told_on_every_page(cast, olavi):
    batch = checked(cast, [{"Nimi": f"Virhe Ville{n}", "Puhelin": "ei ole"} for n in range(3)])
    job = Job.objects.get(pk=batch.job_id)
    assert (job.done, job.failed) == (0, 3)
    for address in (page(batch), reverse("office:job", args=[job.pk]), reverse("office:jobs"), LIST):
        assert olavi.get(address).status_code == 200
    assert "3 riviä" in text(olavi.get(page(batch)))
    batch.state = BatchState.CHECKING
    batch.save()
    Job.objects.filter(pk=job.pk).update(state="running")
    for name in ("office:import", "office:import_progress"):
        assert olavi.get(reverse(name, args=[batch.pk])).status_code == 200


def test_only_the_beginning_of_a_long_file_is_read_in_the_request(cast, olavi, monkeypatch):
    """Fifty thousand rows: the request looks at sixty of them, a job reads the rest."""
    seen = []
    whole = csv_files.lines
    monkeypatch.setattr(csv_files, "lines", lambda *a: (seen.append(1) or line for line in whole(*a)))
    lines = "".join(f"Uusi{n};Urho;{n}@example.fi\r\n" for n in range(50_000))
    response = upload(olavi, f"Sukunimi;Etunimi;Sähköposti\r\n{lines}".encode())
    assert response.status_code == 302
    batch = ImportBatch.objects.get()
    assert olavi.get(reverse("office:import_columns", args=[batch.pk])).status_code == 200
    assert (
        olavi.post(reverse("office:import_columns", args=[batch.pk]), mapped(batch) | ANSWERS).status_code
        == 302
    )
    assert len(seen) < 1000, "guessing the separator and the headings looks at the beginning only"
    assert not batch.rows.exists()
    assert Job.objects.get(pk=fresh(batch).job_id).state == "queued"
