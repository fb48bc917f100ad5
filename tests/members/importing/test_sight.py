"""Rows of an import show what the member may be shown of today, not on the day of the file (REG-12, REG-13)."""

import io
import re
from datetime import date

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from members.models import Membership
from members.models.imports import Verdict
from members.services import editing, lifecycle
from tests.cast import TODAY
from tests.members.importing.helpers import checked, rows, saved

pytestmark = pytest.mark.django_db
NEW = {
    "Sukunimi": "Koskenniemi",
    "Etunimi": "Kaisa",
    "Sähköposti": "kaisa@example.fi",
    "Puhelin": "09 9111 1111",
    "Katuosoite": "Salainen polku 3",
    "Postinumero": "33100",
    "Kotikunta": "Tampere",
    "Muistettavaa": "asuu siskonsa luona",
}
SECRETS = ("kaisa@example.fi", "9111 1111", "Salainen polku", "33100", "Tampere", "siskonsa")


def page(client, batch, **query):
    response = client.get(reverse("office:import", args=[batch.pk]), {"nakyma": "", **query})
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def protect(party):
    editing.edit_party(actor=None, party=party, values={"non_disclosure": True}, expected={}, on=TODAY)


@pytest.fixture
def olavi(cast, client):
    return cast.sign_in(client, "olavi")


def test_an_order_that_came_after_the_import_hides_the_row(cast, olavi):
    batch = saved(checked(cast, [NEW]))
    assert all(secret in page(olavi, batch) for secret in SECRETS)
    protect(rows(batch)[0].party)
    html = page(olavi, batch)
    assert "Koskenniemi Kaisa" in html
    assert [secret for secret in SECRETS if secret in html] == []


def test_an_order_that_came_after_the_check_hides_the_differences(cast, olavi):
    maija = {"Sukunimi": "Metsäpelto", "Etunimi": "Maija", "Sähköposti": "maija@example.fi"}
    batch = checked(
        cast, [maija | {"Puhelin": "09 9111 1111", "Katuosoite": "Salainen polku 3", "Postinumero": "33100"}]
    )
    assert rows(batch)[0].party == cast.parties["maija"]
    assert "050 555 0142" in page(olavi, batch)
    protect(cast.parties["maija"])
    html = page(olavi, batch)
    for secret in ("050 555 0142", "9111", "Salainen", "Koivulantie", "maija@example.fi"):
        assert secret not in html, secret


def test_a_possible_duplicate_under_an_order_is_not_confirmed_by_contacts(cast, olavi):
    batch = checked(
        cast, [NEW | {"Sukunimi": "Metsäpelto", "Etunimi": "Maija Kaarina", "Puhelin": "050 555 0142"}]
    )
    assert rows(batch)[0].verdict == Verdict.DUPLICATE
    assert "sama puhelinnumero" in page(olavi, batch)
    protect(cast.parties["maija"])
    html = page(olavi, batch)
    assert "sama puhelinnumero" not in html
    assert "555 0142" not in html


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_of_errors_hides_too(cast, olavi, kind):
    wrong = {
        "Jäsennumero": str(cast.parties["maija"].number),
        "Sukunimi": "Metsäpelto",
        "Etunimi": "Maija",
        "Sähköposti": "maija@example",
        "Katuosoite": "Koivulantie 148",
        "Liittynyt": "joskus",
    }
    batch = checked(cast, [wrong])
    row = rows(batch)[0]
    assert row.verdict == Verdict.ERROR
    row.party = cast.parties["maija"]
    row.save()
    assert "Koivulantie" in errors(olavi, batch, kind)
    protect(cast.parties["maija"])
    told = errors(olavi, batch, kind)
    assert "Metsäpelto" in told
    assert "joskus" in told
    assert "Koivulantie" not in told
    assert "maija@example" not in told


def errors(client, batch, kind):
    response = client.get(reverse("office:import_errors", args=[batch.pk, kind]))
    data = b"".join(response.streaming_content)
    if kind == "csv":
        return data.decode()
    sheet = load_workbook(io.BytesIO(data)).active
    return " ".join(str(cell) for line in sheet.iter_rows(values_only=True) for cell in line)


def test_of_somebody_who_has_left_the_row_shows_the_name_only(cast, olavi):
    batch = saved(checked(cast, [NEW | {"Syntymäaika": "3.4.1961", "Liittynyt": "1.1.2020"}]))
    membership = Membership.objects.get(party=rows(batch)[0].party)
    assert "3.4.1961" in page(olavi, batch)
    lifecycle.end(actor=None, membership=membership, kind="resigned", effective_on=date(2024, 1, 1))
    html = page(olavi, batch)
    assert "Koskenniemi" in html
    for secret in ("kaisa@example.fi", "9111 1111", "Salainen polku", "siskonsa", "3.4.1961"):
        assert secret not in html, secret


def test_a_row_that_said_the_order_itself_is_hidden_once_saved(cast, olavi):
    batch = saved(checked(cast, [NEW | {"Turvakielto": "x"}]))
    html = page(olavi, batch)
    assert [secret for secret in SECRETS if secret in html] == []
