"""Benefits: who may use which, partners and their proposals, cards at the till, small numbers (COM-9)."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from communications.benefit_reading import nearest_first, numbers
from communications.models import (
    Benefit,
    BenefitCode,
    ContentState,
    Delivery,
    Partner,
    PartnerLogin,
    PartnerProposal,
    Redemption,
)
from communications.readers import reader_of
from communications.services import partners, redeeming
from communications.services.partners import PartnerError
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.cards.signing import signer
from members.models import Party
from members.services import card_keys
from tests.cast import TODAY, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]


@pytest.fixture
def _today() -> Any:
    with clock.frozen(TODAY):
        yield


def partner(cast: Cast, unit: str = "a", name: str = "Rautakauppa Kanto") -> Partner:
    return partners.keep_partner(actor=None, unit=cast.units[unit], values={"name": name})


def benefit(cast: Cast, whose: Partner | None = None, **changed: Any) -> Benefit:
    values = {
        "title_fi": "Kymmenen prosenttia työkaluista",
        "title_sv": "",
        "title_en": "",
        "text_fi": "Ei **tarjoustuotteista**.",
        "use": "card",
        "segment": None,
        "municipalities": [],
        "valid_from": TODAY,
        "valid_until": None,
    }
    made = partners.keep_benefit(actor=None, partner=whose or partner(cast), values=values | changed)
    return partners.set_state(actor=None, benefit=made, state=ContentState.PUBLISHED)


def card(cast: Cast, name: str = "maija", unit: str = "a", days: int = 5) -> str:
    card_keys.ensure_key()
    sign = signer()
    assert sign is not None
    return sign.token(
        unit_number=cast.units[unit].number,
        member_number=Party.objects.get(pk=cast.parties[name].pk).member_number,
        valid_until=TODAY + timedelta(days=days),
    )


def used(which: Benefit, text: str, sending: Any = None) -> bool:
    return redeeming.redeem(benefit=which, text=text, sending=sending or uuid4(), on=TODAY, at=clock.now())


def login_of(cast: Cast, client: Client, whose: Partner) -> Client:
    row = partners.invite(
        actor=None, partner=whose, email="kauppias@kanto.example.fi", language="fi", at=clock.now()
    )
    partners.accept_invitation(row=row, at=clock.now())
    client.force_login(User.objects.get(email="kauppias@kanto.example.fi"))
    return client


def sees(cast: Cast, name: str, which: Benefit) -> bool:
    reader = reader_of(cast.parties[name].pk, TODAY)
    return Benefit.objects.for_reader(reader).filter(pk=which.pk).exists()


# --- who may use it -----------------------------------------------------------------------------------------------------
def test_national_for_all_local_for_its_own(cast: Cast) -> None:
    national, local = benefit(cast, partner(cast, "union")), benefit(cast)
    assert [sees(cast, name, national) for name in ("maija", "lotta")] == [True, True]
    assert [sees(cast, name, local) for name in ("maija", "lotta")] == [True, False]


def test_neither_drafts_nor_over_nor_of_a_partner_that_has_gone(cast: Cast) -> None:
    assert not sees(
        cast, "maija", benefit(cast, partner(cast, name="Yksi"), valid_from=TODAY + timedelta(days=1))
    )
    taken = benefit(cast, partner(cast, name="Kaksi"))
    partners.set_state(actor=None, benefit=taken, state=ContentState.WITHDRAWN)
    assert not sees(cast, "maija", taken)
    gone = benefit(cast, partner(cast, name="Kolme"))
    partners.end_partner(actor=None, partner=gone.partner, on=TODAY, at=clock.now())
    assert not sees(cast, "maija", gone)


def test_those_nearby_come_first(cast: Cast) -> None:
    whose = partner(cast)
    far = benefit(cast, whose, municipalities=["905"], title_fi="A")
    anywhere = benefit(cast, whose, title_fi="B")
    near = benefit(cast, whose, municipalities=["091"], title_fi="C")
    found = nearest_first([far, anywhere, near], reader_of(cast.parties["maija"].pk, TODAY))
    assert found == [near, anywhere, far]


# --- the card -----------------------------------------------------------------------------------------------------------
def test_a_card_gives_it_and_each_use_is_counted_without_a_name(cast: Cast) -> None:
    which = benefit(cast)
    assert used(which, card(cast))
    assert used(which, "HTTPS://JASENET.ESIMERKKI.FI/KORTTI/" + card(cast))
    assert [row.party_id for row in Redemption.objects.order_by("pk")] == [None, None]


def test_once_means_once(cast: Cast) -> None:
    which = benefit(cast, single_use=True)
    assert used(which, card(cast))
    assert not used(which, card(cast))
    assert not used(which, card(cast, unit="a2"))  # the same member by another membership
    assert Redemption.objects.get().party_id == cast.parties["maija"].pk


def test_the_same_sending_is_one_use_and_gets_the_same_answer(cast: Cast) -> None:
    for single in (True, False):
        which = benefit(cast, partner(cast, name=str(single)), single_use=single)
        sending = uuid4()
        assert [used(which, card(cast), sending) for _ in range(2)] == [True, True]
        assert Redemption.objects.filter(benefit=which).count() == 1


@pytest.mark.parametrize("text", ["", "x", "A" * 124, "' OR 1=1 --", "\0", "🦆" * 124, "a" * 400])
def test_rubbish_gives_nothing(cast: Cast, text: str) -> None:
    assert not used(benefit(cast), text)
    assert not Redemption.objects.exists()


def test_neither_a_forged_card_nor_a_strangers_nor_one_of_another_unit(cast: Cast) -> None:
    which = benefit(cast)
    good = card(cast)
    assert not used(which, good[:-1] + ("A" if good[-1] != "A" else "Q"))
    assert not used(which, card(cast, "lotta", "b"))
    assert not used(which, card(cast, "lotta", "a"))  # signed, but no such membership
    assert not used(which, card(cast, days=-1))


def test_a_code_lives_a_quarter_of_an_hour_and_the_newest_only(cast: Cast) -> None:
    which, party = benefit(cast), cast.parties["maija"].pk
    old = redeeming.make_code(party_id=party, on=TODAY, at=clock.now())
    new = redeeming.make_code(party_id=party, on=TODAY, at=clock.now())
    assert old is not None
    assert new is not None
    assert not used(which, old.code)
    assert used(which, f"{new.code[:4]}-{new.code[4:]}".lower())
    later = clock.now() + timedelta(minutes=16)
    assert not redeeming.redeem(benefit=which, text=new.code, sending=uuid4(), on=TODAY, at=later)
    redeeming.forget(on=TODAY, at=later)
    assert not BenefitCode.objects.exists()


def test_who_used_it_is_forgotten_when_it_is_over(cast: Cast) -> None:
    which = benefit(cast, single_use=True, valid_until=TODAY)
    used(which, card(cast))
    assert redeeming.forget(on=TODAY + timedelta(days=90), at=clock.now()) == 0
    assert redeeming.forget(on=TODAY + timedelta(days=91), at=clock.now()) == 1
    assert numbers(which).total == 1


@pytest.mark.parametrize("ended", ["benefit", "partner"])
def test_a_benefit_without_a_last_day_is_over_when_it_is_taken_back(cast: Cast, ended: str) -> None:
    which = benefit(cast, single_use=True, valid_until=None)
    used(which, card(cast))
    late = TODAY + timedelta(days=91)
    assert redeeming.forget(on=late, at=clock.now()) == 0  # it may still be used, and then not twice
    with mutation(actor=None, kind="test"):
        if ended == "benefit":
            Benefit.objects.filter(pk=which.pk).update(state="withdrawn")
        else:
            Partner.objects.filter(pk=which.partner_id).update(ended_on=TODAY)
    assert redeeming.forget(on=late - timedelta(days=1), at=clock.now()) == 0
    assert redeeming.forget(on=late, at=clock.now()) == 1
    assert numbers(which).total == 1


def test_small_numbers_are_not_told_by_unit(cast: Cast) -> None:
    which = benefit(cast, partner(cast, "union"))
    for unit, count in (("a", 7), ("a2", 3), ("b", 12)):
        Redemption.objects.bulk_create(
            [Redemption(benefit=which, on=TODAY, unit=cast.units[unit], token=uuid4()) for _ in range(count)]
        )
    told = numbers(which)
    assert told.total == 22
    assert [line.count for line in told.units].count(None) == 2
    assert told.hides


@pytest.mark.django_db(transaction=True)
def test_of_two_tills_at_once_one_is_let_in(cast: Cast) -> None:
    which, text = benefit(cast, single_use=True), card(cast)
    answers: list[bool] = []
    gate = threading.Barrier(6)

    def till() -> None:
        gate.wait()
        with clock.frozen(TODAY):
            answers.append(used(which, text))
        connections.close_all()

    threads = [threading.Thread(target=till) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 5 + [True]
    assert Redemption.objects.filter(benefit=which).count() == 1
    connection.close()


# --- the partner's own pages --------------------------------------------------------------------------------------------
def test_an_invitation_is_mailed_and_a_scanner_accepts_nothing(cast: Cast, client: Client) -> None:
    whose = partner(cast)
    cast.sign_in(client, "aino")
    client.post(reverse("office:partner", args=[whose.pk]), {"email": "kauppias@kanto.example.fi"})
    row = PartnerLogin.objects.get()
    assert Delivery.objects.filter(kind="partners.invitation").count() == 1
    url = reverse("public:partner_invitation", args=[partners.token_of(row)])
    other = Client()
    assert other.get(url).status_code == 200
    row.refresh_from_db()
    assert row.user is None
    answer = other.post(url)
    assert answer.status_code == 302
    assert "_auth_user_id" not in other.session  # the link itself logs nobody in
    row.refresh_from_db()
    assert row.user is not None
    assert (
        other.get(reverse("public:partner_invitation", args=["x" + partners.token_of(row)])).status_code
        == 410
    )


def test_an_old_or_withdrawn_invitation_opens_nothing(cast: Cast, client: Client) -> None:
    whose = partner(cast)
    row = partners.invite(actor=None, partner=whose, email="a@b.example.fi", language="fi", at=clock.now())
    token = partners.token_of(row)
    partners.end_login(actor=None, row=row, at=clock.now())
    assert client.post(reverse("public:partner_invitation", args=[token])).status_code == 410
    assert not User.objects.filter(email="a@b.example.fi").exists()


def test_a_partner_edits_its_own_and_it_waits(cast: Cast, client: Client) -> None:
    whose = partner(cast)
    which = benefit(cast, whose)
    login_of(cast, client, whose)
    page = reverse("public:partner_benefit", args=[whose.pk, which.pk])
    sent = {"title_fi": "Viisitoista prosenttia", "use": "card", "valid_from": "22.11.2026"}
    client.post(page, sent)
    client.post(page, sent | {"title_fi": "Kaksikymmentä prosenttia"})
    which.refresh_from_db()
    assert which.title_fi == "Kymmenen prosenttia työkaluista"
    waiting = PartnerProposal.objects.get(state="waiting")
    office = cast.sign_in(Client(), "aino")
    url = reverse("office:benefit_proposal", args=[waiting.pk])
    assert "Kaksikymmentä" in office.get(url).content.decode()
    assert "Kerro kumppanille" in office.post(url, {"act": "refuse"}).content.decode()
    office.post(url, {"act": "accept"})
    which.refresh_from_db()
    assert which.title_fi == "Kaksikymmentä prosenttia"
    with pytest.raises(PartnerError, match="decided"):
        partners.decide(
            actor=cast.users["aino"], proposal=waiting, accept=True, reason="", at=clock.now(), on=TODAY
        )


def test_a_partner_cannot_write_what_is_not_its_own(cast: Cast, client: Client) -> None:
    whose, other = partner(cast), partner(cast, "b", "Muu")
    of_other = benefit(cast, other)
    login_of(cast, client, whose)
    assert client.get(reverse("public:partner_texts", args=[other.pk])).status_code == 404
    for owner in (whose, other):
        assert client.get(reverse("public:partner_benefit", args=[owner.pk, of_other.pk])).status_code == 404
    hostile = {"name": "Kaapattu", "unit": 1, "segment": 5, "single_use": True, "text_fi": "Uusi"}
    row = partners.propose(actor=cast.users["ulla"], partner=whose, values=hostile, at=clock.now())
    assert partners.values_of(row) == {"text_fi": "Uusi"}


def test_the_till_says_valid_or_not_and_no_name(cast: Cast, client: Client) -> None:
    whose = partner(cast)
    which = benefit(cast, whose)
    login_of(cast, client, whose)
    url = reverse("public:benefit_check")
    answer = client.post(url, {"benefit": which.pk, "text": card(cast), "sending": uuid4()}).content.decode()
    assert "Anna etu" in answer
    assert not any(word in answer for word in ("Maija", "Meikäläinen", cast.parties["maija"].number))
    answer = client.post(url, {"benefit": which.pk, "text": "ABCD-EFGH", "sending": uuid4()}).content.decode()
    assert "Anna etu" not in answer
    client.get(url)
    assert Redemption.objects.count() == 1
    of_other = benefit(cast, partner(cast, "b", "Muu"))
    assert (
        client.post(url, {"benefit": of_other.pk, "text": card(cast), "sending": uuid4()}).status_code == 200
    )
    assert Redemption.objects.count() == 1


@pytest.mark.parametrize("name", ["maija", "ulla", "aino"])
def test_only_partners_check_cards(cast: Cast, client: Client, name: str) -> None:
    benefit(cast)
    cast.sign_in(client, name)
    for page in ("benefit_check", "partner_home"):
        assert client.get(reverse(f"public:{page}")).status_code == 404
    assert Client().get(reverse("public:benefit_check")).status_code == 302


def test_a_login_that_was_ended_opens_nothing(cast: Cast, client: Client) -> None:
    whose = partner(cast)
    login_of(cast, client, whose)
    assert client.get(reverse("public:partner_home")).status_code == 200
    office = cast.sign_in(Client(), "aino")
    office.post(reverse("office:partner_login_end", args=[PartnerLogin.objects.get().pk]))
    assert client.get(reverse("public:partner_home")).status_code == 404


# --- the office and the portal ------------------------------------------------------------------------------------------
def test_the_office_of_another_unit_finds_nothing(cast: Cast, client: Client) -> None:
    of_b = benefit(cast, partner(cast, "b"))
    cast.sign_in(client, "aino")
    for name, pk in (("benefit", of_b.pk), ("benefit_edit", of_b.pk), ("partner", of_b.partner_id)):
        assert client.get(reverse(f"office:{name}", args=[pk])).status_code == 404
    for name in ("benefit_publish", "benefit_take_back"):
        assert client.post(reverse(f"office:{name}", args=[of_b.pk])).status_code == 404


def test_a_member_gets_a_code_by_asking_only(cast: Cast, client: Client) -> None:
    which = benefit(cast)
    cast.sign_in(client, "maija")
    page = reverse("portal:benefit", args=[which.pk])
    client.get(page)
    assert not BenefitCode.objects.exists()
    answer = client.post(reverse("portal:benefit_code", args=[which.pk]), follow=True).content.decode()
    made = BenefitCode.objects.get()
    assert f"{made.code[:4]}-{made.code[4:]}" in answer
    assert which.title in client.get(reverse("portal:partner", args=[which.partner_id])).content.decode()
    of_b = benefit(cast, partner(cast, "b"))
    assert client.get(reverse("portal:benefit", args=[of_b.pk])).status_code == 404
    assert client.get(reverse("portal:partner", args=[of_b.partner_id])).status_code == 404


def test_how_it_is_used_must_be_told(cast: Cast, client: Client) -> None:
    whose = partner(cast)
    cast.sign_in(client, "aino")
    sent = {
        "partner": whose.pk,
        "title_fi": "Etu",
        "use": "link",
        "valid_from": "22.11.2026",
        "single_use": "on",
    }
    page = client.post(reverse("office:benefit_new"), sent).content.decode()
    assert "Kirjoita tarjouksen osoite" in page
    assert "Vain kortilla käytettävän edun" in page
    client.post(reverse("office:benefit_new"), sent | {"link": "ei osoite"})
    assert not Benefit.objects.exists()
