"""The numbers of an import's pages: every row of the file is in one of the parts shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing.models import PayerAccount
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ImportBatch, Party
from members.services.importing import batches
from members.services.importing.tidying import tidy
from members.views.import_numbers import PARTS, numbers_of
from tests.members.importing.helpers import checked, fresh, rows, saved, taken_back

pytestmark = pytest.mark.django_db
LIST = [
    {"Sukunimi": "Uusi", "Etunimi": "Urho"},
    {"Sukunimi": "Jätetty", "Etunimi": "Jaana"},
    {
        "Sukunimi": "Metsäpelto",
        "Etunimi": "Maija",
        "Puhelin": "09 9111 1111",
        "Sähköposti": "maija@example.fi",
    },
    {"Sukunimi": "Niittyvirta Marjatta kuolinpesä", "Kotikunta": "Helsinki"},
    {"Sukunimi": "Virhe", "Etunimi": "Ville", "Puhelin": "ei ole"},
]


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def batch(cast) -> ImportBatch:
    batch = checked(cast, LIST)
    batches.choose(batch=batch, row=rows(batch)[1], choice="skip")
    return batch


def test_the_parts_add_up_to_the_file_before_and_after_saving(cast, batch):
    expected = {"new": 1, "update": 1, "same": 0, "error": 1, "skipped": 1, "undecided": 1}
    for stage in (batch, saved(batch)):
        numbers = numbers_of(stage)
        assert {part: numbers[part] for part in PARTS} == expected
        assert sum(numbers[part] for part in PARTS) == numbers["all"] == len(LIST)
        assert numbers["new"] + numbers["update"] + numbers["same"] + numbers["out"] == numbers["all"]


def test_the_pages_tell_what_was_left_out(cast, client, batch):
    olavi = cast.sign_in(client, "olavi")
    page = reverse("office:import", args=[batch.pk])
    before = text(olavi.get(page))
    assert "1 uusi jäsen" in before
    assert "1 rivi jätetään pois valintasi mukaan" in before
    saved(batch)
    after = text(olavi.get(page))
    assert "Pois jätetyt 3 1 virheellinen 1 ratkaisematon kaksoiskappale 1 valintasi mukaan" in after


def test_undoing_is_offered_for_as_long_as_it_can_be_done_and_then_told_why_not(cast, client, batch):
    olavi = cast.sign_in(client, "olavi")
    page, undo = (reverse(f"office:{name}", args=[batch.pk]) for name in ("import", "import_rollback"))
    saved(batch)
    shown = olavi.get(page).content.decode()
    assert undo in shown
    assert "Tuonnin voi kumota 20.2.2027 asti." in shown
    tidy(now=clock.now() + timedelta(days=365))
    shown = olavi.get(page).content.decode()
    assert undo not in shown
    assert "Tuontia ei voi enää kumota" in shown
    assert "2 riviä tallennettiin" in text(olavi.get(page))


def test_an_import_that_saved_nothing_says_so(cast, client):
    batch = saved(checked(cast, [LIST[0]]))
    taken_back(batch)
    ImportBatch.objects.filter(pk=batch.pk).update(state="committed")
    shown = cast.sign_in(client, "olavi").get(reverse("office:import", args=[batch.pk])).content.decode()
    assert "Tuonti ei tallentanut mitään" in shown


def test_the_question_before_undoing_counts_billed_rows_as_those_that_stay(cast, client):
    batch = saved(checked(cast, [{"Nimi": "Uusi Urho"}, {"Nimi": "Toinen Taimi"}, {"Nimi": "Kolmas Kaisa"}]))
    with mutation(actor=None, kind="test"):
        PayerAccount.objects.create(
            party=Party.objects.get(display_name="Uusi Urho"), payer_iban="FI1410093000123458"
        )
        Party.objects.filter(display_name="Uusi Urho").update(language="sv")
    shown = text(cast.sign_in(client, "olavi").get(reverse("office:import_rollback", args=[batch.pk])))
    assert "2 tallennettua riviä kumotaan" in shown
    assert "1 rivi on laskutettu tuonnin jälkeen" in shown
    assert "muutettu tuonnin jälkeen" not in shown
    assert "Kumoa 2 riviä" in shown


def test_the_state_after_sending_the_file_says_what_it_waits_for(cast, client):
    olavi = cast.sign_in(client, "olavi")
    page = reverse("office:imports")
    olavi.post(page, {"file": SimpleUploadedFile("jasenet.csv", b"Sukunimi;Etunimi\nUusi;Urho\n")})
    shown = text(olavi.get(page))
    assert "lähetetty" not in shown.lower()
    assert "odottaa sarakkeita" in shown.lower()


@pytest.mark.parametrize(("heading", "optional"), [("Synt.aika", False), ("Muistiinpano", True)])
def test_why_a_birth_date_is_kept_is_optional_only_without_birth_dates(cast, client, heading, optional):
    olavi = cast.sign_in(client, "olavi")
    data = f"Sukunimi;Etunimi;{heading}\nUusi;Urho;1.1.1980\n".encode()
    olavi.post(reverse("office:imports"), {"file": SimpleUploadedFile("jasenet.csv", data)})
    columns = reverse("office:import_columns", args=[fresh(ImportBatch.objects.get()).pk])
    label = re.search(r'<label for="id_birth_purpose">(.*?)</label>', olavi.get(columns).content.decode())
    assert label is not None
    assert ("(valinnainen)" in label[1]) is optional
