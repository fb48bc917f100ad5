"""A title nobody wrote is told in the reader's language; a written one stays as it is."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Invoice
from billing.services.documents import document_of, with_documents_data
from billing.titles import PROPOSED, titled
from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from tests.billing import runs
from tests.billing.factories import make_invoice
from tests.cast import TODAY, Cast


@pytest.fixture
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.mark.parametrize("written", PROPOSED)
@pytest.mark.parametrize(
    ("language", "told"),
    [("fi", "Jäsenmaksut 2026"), ("sv", "Medlemsavgifter 2026"), ("en", "Membership fees 2026")],
)
def test_the_proposed_title_follows_the_reader(written: str, language: str, told: str) -> None:
    assert titled(f"{PROPOSED[written]} 2026", language) == told


@pytest.mark.parametrize(
    "own", ["Jäsenmaksut 2026, jälkilasku", "Metsämaksut 2026", "Jäsenmaksut", "", "jäsenmaksut 2026"]
)
@pytest.mark.parametrize("language", ["fi", "sv", "en", "de"])
def test_what_somebody_wrote_stays(own: str, language: str) -> None:
    assert titled(own, language) == own


@given(st.text(max_size=120), st.sampled_from([*PROPOSED, "xx"]))
def test_telling_twice_changes_nothing(title: str, language: str) -> None:
    once = titled(title, language)
    assert titled(once, language) == once


@pytest.mark.usefixtures("_today")
def test_the_form_proposes_what_is_translated_later(client: Client, cast: Cast) -> None:
    for language, word in PROPOSED.items():
        User.objects.filter(email="olavi@example.fi").update(language=language)
        cast.users["olavi"].refresh_from_db()
        page = cast.sign_in(client, "olavi").get(reverse("office:run_new"))
        title = page.context["form"]["title"].value()
        assert title.startswith(f"{word} "), language
        assert titled(title, "fi").startswith("Jäsenmaksut ")


@pytest.mark.usefixtures("_today")
def test_pages_in_swedish_have_no_finnish_title(client: Client, cast: Cast) -> None:
    runs.decided(cast.units["a"], runs.flat("jasen", "30"))
    run = runs.issued(runs.make_run(cast.units["a"]))
    User.objects.filter(email="olavi@example.fi").update(language="sv")
    cast.sign_in(client, "olavi")
    names = [("run", run.pk), ("run_items", run.pk), ("runs", None), ("billing", None)]
    names.append(("invoice", Invoice.objects.filter(run=run).order_by("pk")[0].pk))
    for name, pk in names:
        html = client.get(reverse(f"office:{name}", args=[pk] if pk else [])).content.decode()
        assert '<html lang="sv">' in html
        assert "Medlemsavgifter 2026" in html, name
        assert "Jäsenmaksut 2026" not in html, name


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize(
    ("language", "written", "printed"),
    [
        ("sv", "Jäsenmaksut 2026", "Medlemsavgifter 2026"),
        ("fi", "Jäsenmaksut 2026", "Jäsenmaksut 2026"),
        ("sv", "Jälkilasku", "Jälkilasku"),
    ],
)
def test_the_invoice_is_in_its_payers_language(cast: Cast, language: str, written: str, printed: str) -> None:
    a = cast.units["a"]
    made = make_invoice(
        creditor=a, payer=cast.parties["maija"], lines=[(a, "30.00")], reference="12344", title=written
    )
    found = with_documents_data(Invoice.objects.filter(pk=made.pk)).get()
    found.language = language
    assert document_of(found).title == printed
