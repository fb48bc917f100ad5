"""Payers look at the data they will be billed by: link, code, own pages; what they may answer (REG-16)."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from billing import asking
from billing.models import DataCheck, DataProposal
from billing.models.checks import ProposalState, Via
from billing.services import answering, rounds
from billing.services.answering import AnswerError, Correction
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, EmailChange, FeeBasisValue, Party
from members.services import registering
from tests.billing import runs
from tests.billing.checks import UNTIL, basis_field, begun, check_of, confirm, new_code, page_of, sent_form
from tests.cast import TODAY, Cast
from tests.members.helpers import appoint
from tests.post import deliver

pytestmark = pytest.mark.usefixtures("asked")


def test_the_page_shows_what_will_be_billed(client: Client, cast: Cast) -> None:
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


def test_the_estimate_is_what_a_run_bills(cast: Cast) -> None:
    """The same payer, the same sum: the page and the run cannot disagree."""
    made = begun(cast)
    run = runs.previewed(runs.make_run(cast.units["a"], basis_date=TODAY, year=2026))
    for name, item in runs.items(run).items():
        payer = Party.objects.get(display_name=name)
        assert asking.facts_of(round=made, payer=payer, on=TODAY).calculation.total == item.total  # type: ignore[union-attr]


def test_what_is_billed_already_is_not_told_again(cast: Cast) -> None:
    made = begun(cast)
    runs.issued(runs.make_run(cast.units["a"], basis_date=TODAY, year=2026))
    assert asking.facts_of(round=made, payer=cast.parties["maija"], on=TODAY).total == 0


def test_opening_the_link_changes_nothing(client: Client, cast: Cast) -> None:
    """Mail scanners follow links."""
    begun(cast)
    for _ in range(3):
        assert client.get(page_of(check_of(cast))).status_code == 200
        assert client.head(page_of(check_of(cast))).status_code == 200
    check = check_of(cast)
    assert (check.answer, check.opened_at) == ("", None)


def test_seen_is_told_by_the_page_itself(client: Client, cast: Cast) -> None:
    begun(cast)
    address = reverse("public:check_opened", args=[rounds.token_of(check_of(cast))])
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 204
    assert check_of(cast).opened_at is not None


def test_one_press_confirms_and_the_bases_get_their_confirmer(client: Client, cast: Cast) -> None:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    client.post(page_of(check_of(cast)), {"act": "confirm", "seen": page.context["seal"]})
    check = check_of(cast)
    assert (check.answer, check.via) == ("confirmed", "link")
    values = FeeBasisValue.objects.filter(holding__name="Koivula").order_by("pk")
    assert {(v.confirmed_by, v.confirmed_on) for v in values} == {("Metsäpelto Maija", TODAY)}


def test_what_has_changed_since_it_was_seen_is_not_confirmed(client: Client, cast: Cast) -> None:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    with mutation(actor=None, kind="test.change"):
        FeeBasisValue.objects.filter(kind="forest_ha_south").update(value=Decimal(40))
    again = client.post(page_of(check_of(cast)), {"act": "confirm", "seen": page.context["seal"]})
    assert again.context["stale"]
    assert check_of(cast).answer == ""


def other_phone(cast: Cast) -> None:
    registering.set_contacts(
        party=cast.parties["maija"], on=TODAY, actor=None, phone="050 111 2222", source="office"
    )


def test_a_correction_is_to_what_was_shown_and_overwrites_nothing_entered_since(
    client: Client, cast: Cast
) -> None:
    begun(cast)
    address = page_of(check_of(cast))
    page = client.get(address)
    other_phone(cast)
    field = basis_field(page, "forest_ha_south")
    again = client.post(address, sent_form(page, **{field: "45,5"}))
    assert again.context["stale"]
    assert not DataProposal.objects.exists()
    text = again.content.decode()
    assert "050 111 2222" in text
    assert 'value="45,5"' in text
    assert "050 555 0142" not in text
    client.post(address, sent_form(again))
    assert DataProposal.objects.get().value == Decimal("45.5")
    phones = ContactPoint.objects.filter(party=cast.parties["maija"], kind="phone", valid_to=None)
    assert [p.value for p in phones] == ["050 111 2222"]


def test_a_page_without_its_seal_is_shown_anew(client: Client, cast: Cast) -> None:
    begun(cast)
    address = page_of(check_of(cast))
    page = client.get(address)
    for seal in ("", "keksitty", rounds.token_of(check_of(cast))):
        again = client.post(address, sent_form(page, phone="040 1", seen=seal))
        assert again.context["stale"]
    estate = page_of(check_of(cast, "estate"))
    assert client.post(address, sent_form(client.get(estate))).context["stale"]
    assert check_of(cast).answer == ""


def test_what_changes_in_the_very_moment_is_not_confirmed(cast: Cast) -> None:
    """Compared once more under the locks: somebody may enter a value after the page has been compared."""
    begun(cast)
    check = check_of(cast)
    seen = asking.facts_of(round=check.round, payer=check.payer, on=TODAY)
    with mutation(actor=None, kind="test.change"):
        FeeBasisValue.objects.filter(kind="forest_ha_south").update(value=Decimal(40))
    answer = {"check": check, "seen": seen, "via": Via.LINK, "actor": None, "on": TODAY, "at": clock.now()}
    with pytest.raises(AnswerError, match="changed"):
        answering.confirm(**answer)
    with pytest.raises(AnswerError, match="changed"):
        answering.correct(**answer, told=Correction(text="Väärin"))
    assert not FeeBasisValue.objects.exclude(confirmed_by="").exists()


def test_a_corrected_area_waits_and_a_new_address_does_not(client: Client, cast: Cast) -> None:
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


def test_a_later_correction_takes_the_place_of_the_first(client: Client, cast: Cast) -> None:
    begun(cast)
    address = page_of(check_of(cast))
    for value in ("45", "46"):
        page = client.get(address)
        client.post(address, sent_form(page, **{basis_field(page, "forest_ha_south"): value}))
    states = list(DataProposal.objects.order_by("pk").values_list("state", flat=True))
    assert states == [ProposalState.REPLACED, ProposalState.WAITING]


def test_nothing_changed_is_no_correction(client: Client, cast: Cast) -> None:
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    again = client.post(page_of(check_of(cast)), sent_form(page))
    assert again.context["form"].errors
    assert check_of(cast).answer == ""


def test_a_link_alone_cannot_take_over_the_email_address(client: Client, cast: Cast) -> None:
    """The address of the register opens the member's own pages."""
    begun(cast)
    page = client.get(page_of(check_of(cast)))
    client.post(page_of(check_of(cast)), sent_form(page, email="vieras@example.fi"))
    assert not ContactPoint.objects.filter(value="vieras@example.fi").exists()
    assert DataProposal.objects.get().text == "vieras@example.fi"


def test_own_pages_change_the_email_address_at_once_and_tell_the_old_one(
    client: Client, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    begun(cast)
    mail.outbox.clear()
    cast.sign_in(client, "maija")
    address = reverse("portal:check", args=[check_of(cast).pk])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, sent_form(client.get(address), email="uusi@example.fi"))
    assert [message.to for message in deliver()] == [["maija@example.fi"]]
    assert "uusi@example.fi" not in mail.outbox[0].body
    assert ContactPoint.objects.filter(value="uusi@example.fi", valid_to=None).exists()
    assert check_of(cast).via == "portal"


def test_somebody_with_a_post_does_not_change_the_address_even_there(client: Client, cast: Cast) -> None:
    appoint(cast, "maija", "treasurer", "a")
    begun(cast)
    cast.sign_in(client, "maija")
    address = reverse("portal:check", args=[check_of(cast).pk])
    client.post(address, sent_form(client.get(address), email="uusi@example.fi"))
    assert not ContactPoint.objects.filter(value="uusi@example.fi").exists()
    assert EmailChange.objects.filter(new="uusi@example.fi", state="waiting").exists()


def test_a_protected_payer_sees_no_address_by_the_link_alone(client: Client, cast: Cast) -> None:
    begun(cast)
    check = check_of(cast, "siiri")
    for via in (Via.LINK, Via.CODE):
        response = client.get(page_of(check, via))
        text = response.content.decode()
        assert not any(
            told in text for told in ("Koivulantie", "siiri@example.fi", "040 555 0199", "Helsinki")
        )
        assert "street" not in response.context["form"].fields


def test_another_cannot_open_my_check_on_their_pages(client: Client, cast: Cast) -> None:
    begun(cast)
    address = reverse("portal:check", args=[check_of(cast).pk])
    for name in ("ulla", "aino"):
        cast.sign_in(client, name)
        assert client.get(address).status_code == 404
        assert client.post(address, {"act": "confirm"}).status_code == 404


# --- links and codes that work no more --------------------------------------------------------------------------------
def test_a_false_link_and_one_of_a_closed_round_say_the_same(client: Client, cast: Cast) -> None:
    made = begun(cast)
    address = page_of(check_of(cast))
    assert client.get(reverse("public:check", args=["vaara"])).status_code == 410
    rounds.close(actor=cast.users["aino"], round=made, at=clock.now())
    assert client.get(address).status_code == 410
    assert client.post(address, {"act": "confirm"}).status_code == 410
    rounds.open_again(actor=cast.users["aino"], round=made)
    assert client.get(address).status_code == 200


def test_a_link_ends_with_the_rounds_last_day(client: Client, cast: Cast) -> None:
    begun(cast)
    address = page_of(check_of(cast))
    with clock.frozen(UNTIL):
        assert client.get(address).status_code == 200
    with clock.frozen(UNTIL + timedelta(days=1)):
        assert client.get(address).status_code == 410


def test_a_void_link_answers_nothing_even_half_way(client: Client, cast: Cast) -> None:
    begun(cast)
    check = check_of(cast)
    address = page_of(check)
    rounds.revoke(actor=cast.users["aino"], check=check)
    assert client.get(address).status_code == 410
    with pytest.raises(AnswerError):
        confirm(check)


def test_a_code_opens_the_page_and_is_kept_as_a_digest_only(client: Client, cast: Cast) -> None:
    begun(cast)
    check = check_of(cast, "estate")
    code = new_code(check, cast)
    assert code.replace("-", "") not in str(DataCheck.objects.filter(pk=check.pk).values().get())
    response = client.post(reverse("public:check_code"), {"code": f" {code.lower()} "})
    assert response.status_code == 302
    page = client.get(response["Location"])
    assert page.context["payer"] == cast.parties["estate"]


def wrong(client: Client, times: int, address: str) -> None:
    for _ in range(times):
        client.post(reverse("public:check_code"), {"code": "22222-22222"}, REMOTE_ADDR=address)


def opens(client: Client, code: str, address: str = "203.0.113.9") -> bool:
    response = client.post(reverse("public:check_code"), {"code": code}, REMOTE_ADDR=address)
    return response.status_code == 302


def test_codes_cannot_be_tried_without_end(client: Client, cast: Cast) -> None:
    begun(cast)
    code = new_code(check_of(cast, "estate"), cast)
    wrong(client, 20, "203.0.113.9")
    assert not opens(client, code)
    assert opens(client, code, "203.0.113.10")


def test_right_codes_are_not_counted(client: Client, cast: Cast) -> None:
    """A whole village reads its letters behind one address, in a library."""
    begun(cast)
    code = new_code(check_of(cast, "estate"), cast)
    assert all(opens(client, code) for _ in range(25))


def test_the_wrong_tries_of_others_lock_nobody_out(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("billing.views.public_check.ALARM", 5)
    begun(cast)
    code = new_code(check_of(cast, "estate"), cast)
    for last in range(6):
        wrong(client, 1, f"198.51.100.{last}")
    assert "wrong tries" in caplog.text
    assert opens(client, code)


def test_one_line_does_not_try_from_each_of_its_addresses(client: Client, cast: Cast) -> None:
    begun(cast)
    code = new_code(check_of(cast, "estate"), cast)
    for last in range(20):
        wrong(client, 1, f"2001:db8:1:2::{last:x}")
    assert not opens(client, code, "2001:db8:1:2:ffff::1")
    assert opens(client, code, "2001:db8:1:3::1")


def test_a_page_opened_with_a_code_closes_with_the_next_letter(client: Client, cast: Cast) -> None:
    begun(cast)
    check = check_of(cast, "estate")
    new_code(check, cast)
    by_code, by_link = page_of(check, Via.CODE), page_of(check)
    assert client.get(by_code).status_code == 200
    new_code(check, cast)
    assert client.get(by_code).status_code == 410
    assert "Kirjoita koodi" in client.get(by_code).content.decode()
    assert client.get(by_link).status_code == 200


def test_a_page_opened_with_a_code_closes_in_an_hour(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one at the same machine does not find it in the browser's history."""
    begun(cast)
    check = check_of(cast, "estate")
    new_code(check, cast)
    by_code, by_link = page_of(check, Via.CODE), page_of(check)
    moment = time.time() + 3700
    monkeypatch.setattr(time, "time", lambda: moment)
    assert client.get(by_code).status_code == 410
    assert client.get(by_link).status_code == 200
