"""The pages of a run: from the form to numbered invoices as the treasurer goes through them, and the outsider's twins."""

import pytest
from django.test import Client
from django.urls import reverse

from billing import remarks
from billing.forms.runs import SHOW
from billing.models import Invoice, InvoiceRun, RunItem
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.models import Holding, Membership, UnitRules
from members.services import registering
from tests.billing.factories import make_invoice
from tests.billing.runs import (
    YEAR,
    add_member,
    approved,
    decided,
    flat,
    issued,
    make_run,
    previewed,
    work_off,
)
from tests.cast import TODAY, Cast


@pytest.fixture(autouse=True)
def _today():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def olavi(cast: Cast, client: Client) -> Client:
    return cast.sign_in(client, "olavi")


@pytest.fixture
def table(cast: Cast):
    decided(cast.units["union"], flat("liitto", "13", once_per="payer", types=["farmer"]))
    return decided(
        cast.units["a"], flat("farmi", "45", types=["farmer"]), flat("henkilo", "20", types=["personal"])
    )


@pytest.fixture
def run(cast: Cast, table) -> InvoiceRun:
    return previewed(make_run(cast.units["a"]), cast.users["olavi"])


FORM = {
    "title": "Jäsenmaksut 2026", "year": "2026", "basis_date": "1.2.2026", "invoice_date": "16.2.2026",
    "due_date": "16.3.2026",
}  # fmt: skip


def text_of(response) -> str:
    return response.text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_treasurer_goes_from_the_form_to_numbered_invoices(cast, olavi, table) -> None:
    assert "Kuusilahden tuottajayhdistys" in olavi.get(reverse("office:run_new")).text
    started = olavi.post(reverse("office:run_new"), FORM)
    run = InvoiceRun.objects.get()
    job = Job.objects.get(pk=run.job_id)
    assert started.url == reverse("office:job", args=[job.pk])
    assert olavi.get(started.url).status_code == 200
    assert "Maksuja lasketaan" in olavi.get(reverse("office:run", args=[run.pk])).text
    work_off(job)
    page = text_of(olavi.get(reverse("office:run", args=[run.pk])))
    for words in ("Mistä summa syntyy", "Hyväksy 2 laskua", "Summat täsmäävät", "78,00", "1 lasku ei synny"):
        assert words in page, words
    refused = olavi.post(reverse("office:run_approve", args=[run.pk]), {"hash": run.preview_hash})
    assert refused.status_code == 422
    assert "Merkitse tämä" in refused.text
    run.refresh_from_db()
    data = {"hash": run.preview_hash, "checked": "on"}
    done = olavi.post(reverse("office:run_approve", args=[run.pk]), data)
    again = olavi.post(reverse("office:run_approve", args=[run.pk]), data)
    assert done.url == again.url
    assert "Laskuja numeroidaan" in olavi.get(reverse("office:run", args=[run.pk])).text
    work_off(Job.objects.get(pk=InvoiceRun.objects.get().job_id))
    assert "Laskut ovat valmiit" in olavi.get(reverse("office:run", args=[run.pk])).text
    assert Invoice.objects.filter(run=run).count() == 2


def test_a_stale_preview_is_shown_with_what_has_changed(cast, olavi, run) -> None:
    with mutation(actor=None, kind="test"):
        registering.set_contacts(
            party=cast.parties["maija"],
            address=registering.Address("Uusi tie 1", "33100", "Tampere"),
            on=TODAY,
            actor=None,
        )
    response = olavi.post(
        reverse("office:run_approve", args=[run.pk]), {"hash": run.preview_hash, "checked": "on"}
    )
    assert response.status_code == 409
    assert "Esikatselu on vanhentunut" in response.text
    assert "osoitteita" in response.text
    assert not Invoice.objects.exists()


def test_due_date_on_a_holiday_is_moved_and_told(olavi, table) -> None:
    response = olavi.post(reverse("office:run_new"), {**FORM, "due_date": "3.4.2026"}, follow=True)
    assert "3.4.2026 ei ole pankkipäivä, joten eräpäivä on 7.4.2026." in response.text


def test_bad_dates_and_years_are_told_beside_their_fields(olavi, table) -> None:
    form = olavi.post(reverse("office:run_new"), {**FORM, "due_date": "10.2.2026"}).context["form"]
    assert list(form.errors) == ["due_date"]
    form = olavi.post(reverse("office:run_new"), {**FORM, "year": "2027", "basis_date": "30.2.2026"}).context[
        "form"
    ]
    assert list(form.errors) == ["basis_date"]
    page = olavi.post(reverse("office:run_new"), {**FORM, "year": "2027"})
    assert "maksutaulukosta ei ole päätöstä" in page.text
    assert not InvoiceRun.objects.exists()


@pytest.mark.parametrize("invoice_date", ["10.3.1026", "10.3.2126"])
def test_a_mistyped_century_is_told_beside_its_field(olavi, table, invoice_date: str) -> None:
    """The number and the reference take only the last digits of the year: they would be those of 2026."""
    page = olavi.post(reverse("office:run_new"), {**FORM, "invoice_date": invoice_date})
    assert "Tarkista vuosi" in page.context["form"].errors["invoice_date"][0]
    assert not InvoiceRun.objects.exists()


def test_who_may_only_look_does_not_stop_the_treasurer_s_run(cast, client, olavi, run) -> None:
    olavi.post(reverse("office:run_calculate", args=[run.pk]))
    job = Job.objects.filter(kind="billing.preview").latest("created_at")
    aino = cast.sign_in(client, "aino")
    for name in ("job", "job_pause", "job_cancel"):
        assert aino.post(reverse(f"office:{name}", args=[job.pk])).status_code in {404, 405}
    job.refresh_from_db()
    assert job.state == "queued"


def test_a_creditor_without_an_account_is_refused_before_the_run(cast, client, table) -> None:
    cast.sign_in(client, "riitta")
    page = client.get(reverse("office:run_new"), {"velkoja": cast.units["a3"].pk})
    assert "Tilinumero puuttuu" in page.text
    assert '<form class="card" method="post"' not in page.text


def test_a_union_bills_only_those_that_agreed(cast, client, table) -> None:
    cast.sign_in(client, "tiina")
    assert "Ei laskutettavia" in client.get(reverse("office:run_new")).text
    with mutation(actor=None, kind="test"):
        UnitRules.objects.filter(unit=cast.units["a"]).update(central_billing=True)
        UnitRules.objects.filter(unit=cast.units["b"]).update(central_billing=True)
    client.post(reverse("office:run_new"), FORM)
    run = InvoiceRun.objects.get()
    assert (run.creditor, run.units) == (cast.units["region1"], [cast.units["a"].pk])


def test_items_are_found_by_name_and_by_what_is_wrong(cast, olavi, run) -> None:
    address = reverse("office:run_items", args=[run.pk])
    assert [item.name for item in olavi.get(address).context["page"].rows] == [
        "Metsäpelto Maija", "Niittyvirta Marjatta kuolinpesä", "O'Brien Siiri",
    ]  # fmt: skip
    assert [item.name for item in olavi.get(address, {"q": "obri"}).context["page"].rows] == ["O'Brien Siiri"]
    wrong = olavi.get(address, {"nayta": "virheet"})
    assert [item.name for item in wrong.context["page"].rows] == ["Niittyvirta Marjatta kuolinpesä"]
    assert "ei ole postiosoitetta eikä sähköpostiosoitetta" in wrong.text
    assert "Tällaisia maksajia ei ole" in olavi.get(address, {"nayta": "nousut"}).text
    assert "Tällaisia maksajia ei ole" in olavi.get(address, {"q": "zzz"}).text


def test_one_payer_s_calculation_is_explained_line_by_line(cast, olavi, run) -> None:
    item = RunItem.objects.get(run=run, payer=cast.parties["maija"])
    page = text_of(olavi.get(reverse("office:run_item", args=[run.pk, item.pk])))
    for words in ("Liitto", "13,00", "Malliliitto", "Farmi", "45,00", "58,00", "1572860-0"):
        assert words in page, words


def test_a_payer_is_left_out_with_a_reason_and_taken_back(cast, olavi, run) -> None:
    item = RunItem.objects.get(run=run, payer=cast.parties["maija"])
    leave = reverse("office:run_item_exclude", args=[run.pk, item.pk])
    assert "reason" in olavi.post(leave, {"reason": ""}).context["form"].errors
    page = olavi.post(leave, {"reason": "Riita hehtaareista"}, follow=True)
    assert "Riita hehtaareista" in page.text
    assert "Hyväksy 1 lasku" in text_of(olavi.get(reverse("office:run", args=[run.pk])))
    olavi.post(reverse("office:run_item_include", args=[run.pk, item.pk]))
    assert "Hyväksy 2 laskua" in text_of(olavi.get(reverse("office:run", args=[run.pk])))


def test_leaving_out_after_approval_is_refused(cast, olavi, run) -> None:
    item = RunItem.objects.get(run=run, payer=cast.parties["maija"])
    approved(run)
    page = olavi.post(
        reverse("office:run_item_exclude", args=[run.pk, item.pk]), {"reason": "x"}, follow=True
    )
    assert "on jo hyväksytty" in page.text
    item.refresh_from_db()
    assert item.state == "ready"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_preview_is_downloaded(olavi, run, form) -> None:
    response = olavi.get(reverse("office:run_download", args=[run.pk, form]))
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert "attachment" in response["Content-Disposition"]
    if form == "csv":
        lines = content.decode("utf-8-sig").splitlines()
        assert len(lines) == 4
        assert lines[1].startswith("Metsäpelto Maija;")
        assert ";58,00;" in lines[1]
    else:
        assert content[:2] == b"PK"
    assert olavi.get(reverse("office:run_download", args=[run.pk, "pdf"])).status_code == 404


def test_a_run_is_changed_reopened_and_cancelled(cast, olavi, run) -> None:
    edit = reverse("office:run_edit", args=[run.pk])
    assert 'value="16.3.2026"' in olavi.get(edit).text
    olavi.post(edit, {**FORM, "title": "Uusi nimi"})
    run.refresh_from_db()
    assert run.title == "Uusi nimi"
    work_off(Job.objects.get(pk=run.job_id))
    olavi.post(reverse("office:run_reopen", args=[run.pk]))
    assert "Mitä laskutetaan" in olavi.get(reverse("office:run", args=[run.pk])).text
    assert "Perutaanko ajo" in olavi.get(reverse("office:run_cancel", args=[run.pk])).text
    olavi.post(reverse("office:run_cancel", args=[run.pk]))
    assert "Siitä ei syntynyt laskuja" in olavi.get(reverse("office:run", args=[run.pk])).text


def test_numbering_that_stopped_can_go_on(cast, olavi, run) -> None:
    job = approved(run)
    Job.objects.filter(pk=job.pk).update(state="cancelled", finished_at=clock.now())
    assert "Numerointi on keskeytynyt" in olavi.get(reverse("office:run", args=[run.pk])).text
    response = olavi.post(reverse("office:run_resume", args=[run.pk]))
    run.refresh_from_db()
    assert response.url == reverse("office:job", args=[run.job_id])
    work_off(Job.objects.get(pk=run.job_id))
    assert Invoice.objects.filter(run=run).count() == 2


def test_an_invoice_is_credited_by_lines(cast, olavi, table) -> None:
    run = issued(make_run(cast.units["a"]))
    invoice = Invoice.objects.get(run=run, payer=cast.parties["maija"])
    address = reverse("office:invoice_credit", args=[invoice.pk])
    line = invoice.lines.get(component="farmi")
    assert "lines" in olavi.post(address, {"reason": "x"}).context["form"].errors
    olavi.post(address, {"lines": [line.pk], "reason": "Väärä jäsenlaji"})
    note = Invoice.objects.get(credits=invoice)
    invoice.refresh_from_db()
    assert (note.total, invoice.open_amount) == (-45, 13)
    assert str(line.pk) not in dict(olavi.get(address).context["form"].fields["lines"].choices)


def addresses(run: InvoiceRun, item: RunItem) -> list[tuple[str, str]]:
    one, both = [run.pk], [run.pk, item.pk]
    return [
        ("get", reverse("office:run", args=one)),
        ("get", reverse("office:run_edit", args=one)),
        ("post", reverse("office:run_calculate", args=one)),
        ("post", reverse("office:run_approve", args=one)),
        ("post", reverse("office:run_resume", args=one)),
        ("post", reverse("office:run_reopen", args=one)),
        ("get", reverse("office:run_cancel", args=one)),
        ("post", reverse("office:run_cancel", args=one)),
        ("get", reverse("office:run_download", args=[run.pk, "csv"])),
        ("get", reverse("office:run_items", args=one)),
        ("get", reverse("office:run_item", args=both)),
        ("post", reverse("office:run_item_exclude", args=both)),
        ("post", reverse("office:run_item_include", args=both)),
    ]


@pytest.mark.parametrize("who", ["ulla", "maija", "bo"])
def test_others_find_no_run(cast, client, run, who) -> None:
    cast.sign_in(client, who)
    item = RunItem.objects.filter(run=run).first()
    for method, address in addresses(run, item):
        assert getattr(client, method)(address).status_code == 404, address
    run.refresh_from_db()
    assert run.state == "preview"


def test_who_may_only_see_changes_nothing(cast, client, run) -> None:
    """Aino, the secretary, sees the run of her association; she may not calculate, approve or leave anybody out."""
    cast.sign_in(client, "aino")
    item = RunItem.objects.filter(run=run).first()
    for method, address in addresses(run, item):
        name = address.split("/")[5] if len(address.split("/")) > 6 else ""
        reading = method == "get" and name not in ("muokkaa", "peru")
        assert getattr(client, method)(address).status_code == (200 if reading else 404), address
    assert "Hyväksy 2 laskua" not in client.get(reverse("office:run", args=[run.pk])).text


def test_the_treasurer_of_one_association_cannot_touch_another_s(cast, olavi) -> None:
    decided(cast.units["b"], flat("maksu", "10"))
    foreign = previewed(make_run(cast.units["b"]))
    item = RunItem.objects.filter(run=foreign).first()
    for method, address in addresses(foreign, item):
        assert getattr(olavi, method)(address).status_code == 404, address
    assert olavi.get(reverse("office:run_new"), {"velkoja": cast.units["b"].pk}).status_code == 404
    assert foreign.title not in olavi.get(reverse("office:runs")).text


def test_another_s_item_is_not_reached_through_one_s_own_run(cast, olavi, run) -> None:
    decided(cast.units["b"], flat("maksu", "10"))
    foreign = RunItem.objects.filter(run=previewed(make_run(cast.units["b"]))).first()
    assert olavi.get(reverse("office:run_item", args=[run.pk, foreign.pk])).status_code == 404


@pytest.mark.parametrize("who", ["ulla", "maija"])
def test_outsiders_find_no_list_of_runs(cast, client, who) -> None:
    cast.sign_in(client, who)
    assert client.get(reverse("office:runs")).status_code == 404
    assert client.get(reverse("office:run_new")).status_code == 404


def test_empty_lists_say_what_to_do_first(olavi) -> None:
    assert "Ei vielä laskutusajoja" in olavi.get(reverse("office:runs")).text


def test_pages_are_read_in_few_queries(cast, olavi, run, django_assert_max_num_queries) -> None:
    for number in range(30):
        add_member(cast, f"Monta M{number}")
    previewed(run)
    for address in (reverse("office:run_items", args=[run.pk]), reverse("office:runs")):
        with django_assert_max_num_queries(12):
            olavi.get(address)


def test_the_page_speaks_swedish(cast, client, table) -> None:
    decided(cast.units["b"], flat("maksu", "10"))
    run = previewed(make_run(cast.units["b"]))
    cast.sign_in(client, "bo")
    assert "Vad summan består av" in client.get(reverse("office:run", args=[run.pk])).text


def test_an_issued_run_leads_to_its_own_invoices_and_files(cast, olavi, run) -> None:
    work_off(approved(run))
    page = olavi.get(reverse("office:run", args=[run.pk])).text
    assert all(word in page for word in ("Laskut tulostettavaksi", "Avaa laskut", "lataat ja lähetät itse"))
    address = f"{reverse('office:billing')}?ajo={run.pk}"
    assert address in page
    make_invoice(
        creditor=cast.units["a"],
        payer=cast.parties["maija"],
        lines=[(cast.units["a"], "9.00")],
        reference="1232",
    )
    listed = olavi.get(address).context
    assert {invoice.run_id for invoice, *_rest in listed["rows"]} == {run.pk}
    assert listed["of_run"] == run
    for form in ("zip", "pdf"):
        asked = {"query": f"ajo={run.pk}", "form": form}
        answer = olavi.post(reverse("office:invoice_documents"), asked)
        job = Job.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[-1])
        assert (job.total, job.params["form"]) == (2, form)


def test_payers_without_any_address_are_counted_and_listed(cast, olavi, run) -> None:
    page = olavi.get(reverse("office:run", args=[run.pk])).text
    assert "osoite puuttuu 1" in page
    told = "1 maksajalla ei ole postiosoitetta eikä sähköpostia"
    assert told not in page  # the only error there is has been told already
    with mutation(actor=None, kind="test.other_error"):
        run.summary["states"]["error"] += 1
        run.save(update_fields=["summary"])
    assert told in olavi.get(reverse("office:run", args=[run.pk])).text
    listed = olavi.get(reverse("office:run_items", args=[run.pk]), {"nayta": "no_address"}).context
    assert [row[0].payer for row in listed["rows"]] == [cast.parties["estate"]]


def test_jobs_of_a_run_are_told_apart(cast, olavi, run) -> None:
    olavi.post(reverse("office:run_calculate", args=[run.pk]))
    preview = Job.objects.filter(kind="billing.preview").latest("created_at")
    work_off(preview)
    run.refresh_from_db()
    olavi.post(reverse("office:run_approve", args=[run.pk]), {"hash": run.preview_hash, "checked": "on"})
    numbering = Job.objects.get(kind="billing.issue")
    assert (preview.title, numbering.title) == (f"Esikatselu: {run.title}", f"Numerointi: {run.title}")


def test_every_list_a_check_leads_to_is_one_the_page_knows(cast, olavi, run) -> None:
    known = {value for value, _text in SHOW}
    assert {"already_charged", "no_address", *remarks.EXPLANATIONS} <= known
    for code in known:
        assert olavi.get(reverse("office:run_items", args=[run.pk]), {"nayta": code}).status_code == 200
    listed = olavi.get(reverse("office:run_items", args=[run.pk]), {"nayta": "two_associations"}).context
    assert [row[0].name for row in listed["rows"]] == []


def test_every_membership_in_force_is_told_and_counted_once(cast, olavi, run) -> None:
    found = run.summary["members"]
    in_force = Membership.objects.filter(unit=cast.units["a"], started_on__lte=run.basis_date)
    in_force = in_force.exclude(ended_on__lte=run.basis_date)
    assert found["all"] == in_force.count() == sum(found.values()) - found["all"]
    page = text_of(olavi.get(reverse("office:run", args=[run.pk])))
    assert f"{found['all']} voimassa olevaa jäsenyyttä" in page


def test_a_holding_without_a_business_id_is_told_and_hides_nothing(cast, olavi, table) -> None:
    with mutation(actor=None, kind="test"):
        Holding.objects.update(y_tunnus="")
    run = previewed(make_run(cast.units["a"]), cast.users["olavi"])
    assert "1 maksajan tilalla ei ole Y-tunnusta" in text_of(olavi.get(reverse("office:run", args=[run.pk])))
    items = reverse("office:run_items", args=[run.pk])
    listed = olavi.get(items, {"nayta": "holding_without_id"}).context["rows"]
    assert [row[0].payer for row in listed] == [cast.parties["maija"]]
    assert not olavi.get(items, {"nayta": "huomautukset"}).context["rows"]


def test_a_second_run_of_the_year_is_not_compared_with_a_whole_one(cast, olavi, table) -> None:
    decided(cast.units["a"], flat("farmi", "40", types=["farmer"]), year=YEAR - 1)
    last_year = make_run(cast.units["a"], year=YEAR - 1)
    issued(last_year, cast.users["olavi"])
    first = previewed(make_run(cast.units["a"]), cast.users["olavi"])
    assert first.summary["compared"] is not False
    issued(first, cast.users["olavi"])
    second = previewed(make_run(cast.units["a"]), cast.users["olavi"])
    page = text_of(olavi.get(reverse("office:run", args=[second.pk])))
    assert "Summia ei verrata viime vuoteen" in page
    assert "ei peritä tänä vuonna" not in page
