"""Payers look at the data they will be billed by: link, code, own pages; what they answer and what the office makes of it (REG-16)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from billing import asking
from billing.models import CheckRound, DataCheck, DataProposal
from billing.models.checks import ProposalState, Via
from billing.services import answering, rounds
from billing.services.answering import AnswerError
from billing.services.rounds import Plan
from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members.models import ContactPoint, EmailChange, FeeBasisValue, Membership, Party
from members.services import households, registering
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.members.helpers import appoint
from tests.paper import text_of

BASE = "https://jasenet.example.fi/"
UNTIL = TODAY + timedelta(days=14)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    cache.clear()
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def tables(cast: Cast) -> None:
    runs.decided(
        cast.units["a"],
        runs.flat("jasen", "45", types=["farmer", "personal"]),
        runs.bracket("ala", ["forest_ha_south"], [("0", "50", "20"), ("50", None, "70")]),
    )


def begun(cast: Cast, *, name: str = "aino", unit: str = "a", **values: Any) -> CheckRound:
    plan = Plan(
        unit=cast.units[unit],
        units=[cast.units[unit].pk],
        title="Vuoden 2026 tiedot",
        year=2026,
        answer_by=UNTIL,
        **values,
    )
    made = rounds.begin(actor=cast.users[name], plan=plan, base=BASE)
    runs.work_off(Job.objects.get(pk=made.job_id))
    made.refresh_from_db()
    return made


def check_of(cast: Cast, name: str = "maija") -> DataCheck:
    return DataCheck.objects.select_related("round__unit", "payer__person").get(payer=cast.parties[name])


def page_of(check: DataCheck, via: str = Via.LINK) -> str:
    return reverse("public:check", args=[rounds.token_of(check, via)])


def sent_form(response: Any, **values: object) -> dict[str, object]:
    form = response.context["form"]
    sent: dict[str, object] = {"act": "correct"}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "format_value"):
            value = bound.field.widget.format_value(value)
        if isinstance(value, list):
            value = value[0] if value else ""
        sent[bound.html_name] = value or ""
    return sent | values


def basis_field(response: Any, kind: str) -> str:
    return next(name for name, now in response.context["form"].values.items() if now.kind.pk == kind)


# --- beginning and sending --------------------------------------------------------------------------------------------
def test_each_payer_gets_one_mail_with_a_link_of_their_own(cast: Cast, tables: None) -> None:
    begun(cast)
    assert {m.to[0] for m in mail.outbox} == {"maija@example.fi", "siiri@example.fi"}
    links = [re.search(rf"{BASE}tarkista/(\S+)/", m.body).group(1) for m in mail.outbox]  # type: ignore[union-attr]
    assert len(set(links)) == 2
    assert all(rounds.by_token(link, TODAY) for link in links)
    assert {c.payer_id for c in DataCheck.objects.filter(channel="letter")} == {cast.parties["estate"].pk}


def test_the_mail_tells_nothing_of_the_data(cast: Cast, tables: None) -> None:
    begun(cast)
    text = "".join(m.subject + m.body for m in mail.outbox)
    assert not any(word in text for word in ("Koivula", "Koivulantie", "ha", "Osoite") if word != "ha")
    assert "100,00" not in text


def test_a_job_worked_off_twice_sends_nothing_twice(cast: Cast, tables: None) -> None:
    made = begun(cast)
    mail.outbox.clear()
    with mutation(actor=None, kind="test.again"):
        again = rounds._with_job(made, rounds.SEND_JOB, cast.users["aino"], BASE, remind=False)
    runs.work_off(Job.objects.get(pk=again.job_id))
    assert mail.outbox == []


def test_types_narrow_whom_is_asked(cast: Cast, tables: None) -> None:
    begun(cast, types=["personal"])
    assert [c.payer_id for c in DataCheck.objects.order_by("pk")] == [cast.parties["siiri"].pk]


def test_nobody_of_a_type_is_nobody(cast: Cast, tables: None) -> None:
    begun(cast, types=["honorary"])
    assert not DataCheck.objects.exists()


def test_whoever_pays_for_another_is_asked_and_not_the_other(cast: Cast, tables: None) -> None:
    households.add_link(
        actor=None,
        party=cast.parties["siiri"],
        other=cast.parties["maija"],
        kind="payer",
        on=date(2026, 1, 1),
    )
    begun(cast)
    assert {c.payer_id for c in DataCheck.objects.order_by("pk")} == {
        cast.parties["maija"].pk,
        cast.parties["estate"].pk,
    }


def test_rights_lost_meanwhile_stop_the_sending(cast: Cast, tables: None) -> None:
    plan = Plan(cast.units["a"], [cast.units["a"].pk], "Tiedot", 2026, UNTIL)
    made = rounds.begin(actor=cast.users["aino"], plan=plan, base=BASE)
    with mutation(actor=None, kind="test.end"):
        cast.parties["aino"].mandates.update(valid_to=TODAY - timedelta(days=1))
    job = Job.objects.get(pk=made.job_id)
    from jasenpalvelu.jobs.services import running

    running.run(job_id=job.pk, seconds=60)
    job.refresh_from_db()
    assert job.state == "failed"
    assert mail.outbox == []


def test_reminders_go_to_the_silent_only(cast: Cast, tables: None) -> None:
    made = begun(cast)
    check = check_of(cast)
    answering.confirm(check=check, holding_ids=[], via=Via.LINK, actor=None, on=TODAY, at=clock.now())
    mail.outbox.clear()
    made = rounds.remind(actor=cast.users["aino"], round=made, base=BASE, on=TODAY)
    runs.work_off(Job.objects.get(pk=made.job_id))
    assert [m.to[0] for m in mail.outbox] == ["siiri@example.fi"]


# --- the page ---------------------------------------------------------------------------------------------------------
def test_the_page_shows_what_will_be_billed(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    response = client.get(page_of(check_of(cast)))
    text = response.content.decode()
    for told in (
        "Kuusilahden tuottajayhdistys",
        "Koivula",
        "1572860-0",
        "100,00",
        "115,00",
        "Koivulantie 148",
    ):
        assert told in text


def test_the_estimate_is_what_a_run_bills(cast: Cast, tables: None) -> None:
    """The same payer, the same sum: the page and the run cannot disagree."""
    made = begun(cast)
    run = runs.previewed(runs.make_run(cast.units["a"], basis_date=TODAY, year=2026))
    for name, item in runs.items(run).items():
        payer = Party.objects.get(display_name=name)
        assert asking.facts_of(round=made, payer=payer, on=TODAY).calculation.total == item.total  # type: ignore[union-attr]


def test_what_is_billed_already_is_not_told_again(cast: Cast, tables: None) -> None:
    made = begun(cast)
    runs.issued(runs.make_run(cast.units["a"], basis_date=TODAY, year=2026))
    assert asking.facts_of(round=made, payer=cast.parties["maija"], on=TODAY).total == 0


def test_opening_the_link_changes_nothing(client: Client, cast: Cast, tables: None) -> None:
    """Mail scanners follow links."""
    begun(cast)
    for _ in range(3):
        assert client.get(page_of(check_of(cast))).status_code == 200
        assert client.head(page_of(check_of(cast))).status_code == 200
    check = check_of(cast)
    assert (check.answer, check.opened_at) == ("", None)


def test_seen_is_told_by_the_page_itself(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    address = reverse("public:check_opened", args=[rounds.token_of(check_of(cast))])
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 204
    assert check_of(cast).opened_at is not None


def test_one_press_confirms_and_the_bases_get_their_confirmer(
    client: Client, cast: Cast, tables: None
) -> None:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    client.post(page_of(check_of(cast)), {"act": "confirm", "digest": page.context["facts"].digest})
    check = check_of(cast)
    assert (check.answer, check.via) == ("confirmed", "link")
    values = FeeBasisValue.objects.filter(holding__name="Koivula").order_by("pk")
    assert {(v.confirmed_by, v.confirmed_on) for v in values} == {("Metsäpelto Maija", TODAY)}


def test_what_has_changed_since_it_was_seen_is_not_confirmed(
    client: Client, cast: Cast, tables: None
) -> None:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    with mutation(actor=None, kind="test.change"):
        FeeBasisValue.objects.filter(kind="forest_ha_south").update(value=Decimal(40))
    again = client.post(page_of(check_of(cast)), {"act": "confirm", "digest": page.context["facts"].digest})
    assert again.context["stale"]
    assert check_of(cast).answer == ""


def test_a_corrected_area_waits_and_a_new_address_does_not(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    address = page_of(check_of(cast))
    page = client.get(address)
    field = basis_field(page, "forest_ha_south")
    client.post(address, sent_form(page, **{field: "45,5", "street": "Uusitie 3"}))
    assert check_of(cast).answer == "corrected"
    assert FeeBasisValue.objects.get(kind="forest_ha_south", valid_to=None).value == 100
    proposal = DataProposal.objects.get()
    assert (proposal.before, proposal.value, proposal.state) == (100, Decimal("45.5"), "waiting")
    points = ContactPoint.objects.filter(party=cast.parties["maija"], kind="address", valid_to=None)
    assert [(p.value, p.source) for p in points] == [("Uusitie 3", "member")]


def test_a_later_correction_takes_the_place_of_the_first(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    address = page_of(check_of(cast))
    for value in ("45", "46"):
        page = client.get(address)
        client.post(address, sent_form(page, **{basis_field(page, "forest_ha_south"): value}))
    states = list(DataProposal.objects.order_by("pk").values_list("state", flat=True))
    assert states == [ProposalState.REPLACED, ProposalState.WAITING]


def test_nothing_changed_is_no_correction(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    again = client.post(page_of(check_of(cast)), sent_form(page))
    assert again.context["form"].errors
    assert check_of(cast).answer == ""


def test_a_link_alone_cannot_take_over_the_email_address(client: Client, cast: Cast, tables: None) -> None:
    """The address of the register opens the member's own pages."""
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    client.post(page_of(check_of(cast)), sent_form(page, email="vieras@example.fi"))
    assert not ContactPoint.objects.filter(value="vieras@example.fi").exists()
    assert DataProposal.objects.get().text == "vieras@example.fi"


def test_own_pages_change_the_email_address_at_once(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    cast.sign_in(client, "maija")
    address = reverse("portal:check", args=[check_of(cast).pk])
    client.post(address, sent_form(client.get(address), email="uusi@example.fi"))
    assert ContactPoint.objects.filter(value="uusi@example.fi", valid_to=None).exists()
    assert check_of(cast).via == "portal"


def test_somebody_with_a_post_does_not_change_the_address_even_there(
    client: Client, cast: Cast, tables: None
) -> None:
    appoint(cast, "maija", "treasurer", "a")
    begun(cast)
    cast.sign_in(client, "maija")
    address = reverse("portal:check", args=[check_of(cast).pk])
    client.post(address, sent_form(client.get(address), email="uusi@example.fi"))
    assert not ContactPoint.objects.filter(value="uusi@example.fi").exists()


def test_a_protected_payer_sees_no_address_by_the_link_alone(
    client: Client, cast: Cast, tables: None
) -> None:
    begun(cast)
    check = check_of(cast, "siiri")
    for via in (Via.LINK, Via.CODE):
        response = client.get(page_of(check, via))
        text = response.content.decode()
        assert not any(
            told in text for told in ("Koivulantie", "siiri@example.fi", "040 555 0199", "Helsinki")
        )
        assert "street" not in response.context["form"].fields


def test_another_cannot_open_my_check_on_their_pages(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    address = reverse("portal:check", args=[check_of(cast).pk])
    for name in ("ulla", "aino"):
        cast.sign_in(client, name)
        assert client.get(address).status_code == 404
        assert client.post(address, {"act": "confirm"}).status_code == 404


# --- links and codes that work no more --------------------------------------------------------------------------------
def test_a_false_link_and_one_of_a_closed_round_say_the_same(
    client: Client, cast: Cast, tables: None
) -> None:
    made = begun(cast)
    address = page_of(check_of(cast))
    assert client.get(reverse("public:check", args=["vaara"])).status_code == 410
    rounds.close(actor=cast.users["aino"], round=made, at=clock.now())
    assert client.get(address).status_code == 410
    assert client.post(address, {"act": "confirm"}).status_code == 410
    rounds.open_again(actor=cast.users["aino"], round=made)
    assert client.get(address).status_code == 200


def test_a_link_ends_with_the_rounds_last_day(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    address = page_of(check_of(cast))
    with clock.frozen(UNTIL):
        assert client.get(address).status_code == 200
    with clock.frozen(UNTIL + timedelta(days=1)):
        assert client.get(address).status_code == 410


def test_a_void_link_answers_nothing_even_half_way(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    check = check_of(cast)
    address = page_of(check)
    rounds.revoke(actor=cast.users["aino"], check=check)
    assert client.get(address).status_code == 410
    with pytest.raises(AnswerError):
        answering.confirm(check=check, holding_ids=[], via=Via.LINK, actor=None, on=TODAY, at=clock.now())


def test_a_code_opens_the_page_and_is_kept_as_a_digest_only(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    check = check_of(cast, "estate")
    with mutation(actor=None, kind="test.code"):
        code = rounds.new_code(check)
    check.refresh_from_db()
    assert code.replace("-", "") not in str(DataCheck.objects.filter(pk=check.pk).values().get())
    response = client.post(reverse("public:check_code"), {"code": f" {code.lower()} "})
    assert response.status_code == 302
    page = client.get(response["Location"])
    assert page.context["payer"] == cast.parties["estate"]


def test_codes_cannot_be_tried_without_end(client: Client, cast: Cast, tables: None) -> None:
    begun(cast)
    with mutation(actor=None, kind="test.code"):
        code = rounds.new_code(check_of(cast, "estate"))
    for _ in range(20):
        client.post(reverse("public:check_code"), {"code": "22222-22222"})
    response = client.post(reverse("public:check_code"), {"code": code})
    assert response.status_code == 200
    assert "liian monta" in response.content.decode() or response.context["form"].errors


def test_letters_carry_a_code_each_and_a_new_letter_voids_the_old(
    client: Client, cast: Cast, tables: None
) -> None:
    made = begun(cast)
    codes = []
    for _ in range(2):
        job = runs.work_off(rounds.print_letters(actor=cast.users["aino"], round=made, base=BASE, on=TODAY))
        with job.result.open("rb") as file:
            text = text_of(file.read())
        codes += re.findall(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b", text)
        assert "kuolinpesä" in text
        assert f"{BASE}tarkista/" in text.replace("\n", "")
    assert len(codes) == 2
    assert rounds.by_code(codes[0], TODAY) is None
    assert rounds.by_code(codes[1], TODAY) is not None


# --- the office -------------------------------------------------------------------------------------------------------
def proposed(client: Client, cast: Cast, value: str = "45") -> DataProposal:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    client.post(page_of(check_of(cast)), sent_form(page, **{basis_field(page, "forest_ha_south"): value}))
    return DataProposal.objects.get(state="waiting")


def test_an_accepted_area_comes_into_force_with_its_source(client: Client, cast: Cast, tables: None) -> None:
    proposal = proposed(client, cast)
    cast.sign_in(client, "aino")
    client.post(reverse("office:proposal_accept", args=[proposal.pk]))
    value = FeeBasisValue.objects.get(kind="forest_ha_south", valid_to=None)
    assert (value.value, value.confirmed_by, value.valid_from) == (45, "Metsäpelto Maija", TODAY)
    assert value.source
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == ("accepted", cast.users["aino"])


def test_a_refused_one_changes_nothing_and_the_payer_reads_why(
    client: Client, cast: Cast, tables: None
) -> None:
    proposal = proposed(client, cast)
    cast.sign_in(client, "aino")
    client.post(reverse("office:proposal_refuse", args=[proposal.pk]), {"reason": "Ei täsmää metsätietoihin"})
    assert FeeBasisValue.objects.get(kind="forest_ha_south", valid_to=None).value == 100
    client.logout()
    assert "Ei täsmää metsätietoihin" in client.get(page_of(check_of(cast))).content.decode()


def test_looking_at_proposed_areas_leaves_a_mark(client: Client, cast: Cast, tables: None) -> None:
    proposed(client, cast)
    cast.sign_in(client, "aino")
    client.get(reverse("office:proposals"))
    assert AccessLog.objects.filter(user=cast.users["aino"], classes="C").exists()


def test_a_proposal_is_decided_once(client: Client, cast: Cast, tables: None) -> None:
    proposal = proposed(client, cast)
    answering.refuse(actor=cast.users["aino"], proposal=proposal, reason="ei", at=clock.now())
    with pytest.raises(AnswerError):
        answering.accept(
            actor=cast.users["aino"], proposal=proposal, source="jäsen", on=TODAY, at=clock.now()
        )


def test_the_email_of_somebody_with_a_post_is_held_back_when_accepted(
    client: Client, cast: Cast, tables: None
) -> None:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    client.post(page_of(check_of(cast)), sent_form(page, email="uusi@example.fi"))
    appoint(cast, "maija", "secretary", "a")
    proposal = DataProposal.objects.get()
    answering.accept(actor=cast.users["riitta"], proposal=proposal, source="j", on=TODAY, at=clock.now())
    assert EmailChange.objects.filter(new="uusi@example.fi").exists()
    assert not ContactPoint.objects.filter(value="uusi@example.fi").exists()


@pytest.mark.parametrize("name", ["bo", "ulla", "maija"])
def test_strangers_see_no_round_and_decide_nothing(
    client: Client, cast: Cast, tables: None, name: str
) -> None:
    proposal = proposed(client, cast)
    round_pk = proposal.check_of.round_id
    cast.sign_in(client, name)
    assert client.get(reverse("office:check_round", args=[round_pk])).status_code in {403, 404, 302}
    for address in ("check_remind", "check_letters", "check_close", "check_open"):
        assert client.post(reverse(f"office:{address}", args=[round_pk])).status_code in {403, 404, 302}
    client.post(reverse("office:proposal_accept", args=[proposal.pk]))
    proposal.refresh_from_db()
    assert proposal.state == "waiting"
    assert CheckRound.objects.get(pk=round_pk).closed_at is None


def test_a_round_is_begun_in_the_office_and_followed_in_numbers(
    client: Client, cast: Cast, tables: None
) -> None:
    cast.sign_in(client, "aino")
    form = client.get(reverse("office:check_new"))
    assert form.status_code == 200
    values = {"title": "Tiedot", "year": "2026", "answer_by": f"{UNTIL:%d.%m.%Y}"}
    response = client.post(reverse("office:check_new"), values)
    made = CheckRound.objects.get()
    assert response["Location"] == reverse("office:check_round", args=[made.pk])
    runs.work_off(Job.objects.get(pk=made.job_id))
    page = client.get(response["Location"])
    assert page.context["numbers"]["asked"] == 3
    assert page.context["numbers"]["sent"] == 2


def test_a_day_gone_by_is_refused_beside_its_field(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "aino")
    response = client.post(
        reverse("office:check_new"), {"title": "Tiedot", "year": "2026", "answer_by": "1.1.2026"}
    )
    assert "answer_by" in response.context["form"].errors
    assert not CheckRound.objects.exists()


def test_the_members_page_tells_when_the_data_were_confirmed(
    client: Client, cast: Cast, tables: None
) -> None:
    begun(cast)
    answering.confirm(
        check=check_of(cast), holding_ids=[], via=Via.LINK, actor=None, on=TODAY, at=clock.now()
    )
    cast.sign_in(client, "aino")
    page = client.get(reverse("office:member", args=[cast.parties["maija"].pk])).content.decode()
    assert "Tiedot vahvistettu 22.11.2026" in page
    history = client.get(reverse("office:member_history", args=[cast.parties["maija"].pk])).content.decode()
    assert "vahvistettiin" in history


def test_a_dead_payer_is_not_asked(cast: Cast, tables: None) -> None:
    registering.update_party(party=cast.parties["siiri"], values={"deceased_on": TODAY}, actor=None)
    begun(cast)
    assert cast.parties["siiri"].pk not in {c.payer_id for c in DataCheck.objects.order_by("pk")}
    assert Membership.objects.filter(party=cast.parties["siiri"]).exists()
