"""Membership cards: whose there are, what they tell, and when they stop being valid (REG-15)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog, Change
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.cards import reading, token
from members.cards.reading import cards_of
from members.cards.signing import address, public_keys, signer, verifying_keys
from members.models import CardKey, Membership, Party
from members.services import card_keys, households, lifecycle, registering
from tests.billing.factories import make_invoice
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import set_rules
from tests.members.merging.helpers import join
from tests.paper import codes_in, text_of


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def own(cast: Cast, name: str = "maija") -> list[reading.Card]:
    return cards_of(cast.parties[name].pk, on=clock.today(), signer=signer())


def shown(client: Client, text: str) -> Any:
    return client.get(reverse("public:card_check", args=[text]))


def looks(answer: Any) -> tuple[int, bytes, str]:
    """What a reader could tell answers apart by; the time of day is no such thing."""
    headers = {name: value for name, value in answer.headers.items() if name != "Expires"}
    return answer.status_code, answer.content, str(sorted(headers.items()))


def is_valid(client: Client, text: str) -> bool:
    page = shown(client, text).content.decode()
    assert ("Voimassa" in page) != (
        "Ei voimassa" in page and "notice--danger" in page
    ) or "notice--danger" in page
    return "notice--done" in page


def membership(cast: Cast, name: str = "maija", unit: str = "a") -> Membership:
    return Membership.objects.get(party=cast.parties[name], unit=cast.units[unit])


def end(cast: Cast, on: date) -> None:
    lifecycle.end(actor=None, membership=membership(cast), kind="resigned", effective_on=on)


def child(cast: Cast, born: date | None, *, kind: str = "guardian", **values: Any) -> Party:
    purpose = {"birth_date": born, "birth_date_purpose": "Ikäraja"} if born else {}
    party = registering.create_person(
        actor=None, first_names="Lapsi", last_name="Metsäpelto", on=JOINED, **purpose, **values
    )
    lifecycle.start(
        actor=None, party=party, unit=cast.units["a"], type=cast.types["family_member"], started_on=JOINED
    )
    maija = cast.parties["maija"]
    one, other = (party, maija) if kind == "guardian" else (maija, party)
    households.add_link(actor=None, party=one, other=other, kind=kind, on=JOINED)
    return party


# --- whose cards ------------------------------------------------------------------------------------------------------
def test_each_membership_has_its_card(cast: Cast) -> None:
    found = own(cast)
    assert [str(card.membership.unit.slug) for card in found] == ["a", "a2"]
    assert {card.name for card in found} == {"Maija Metsäpelto"}
    assert {card.valid_until for card in found} == {TODAY + timedelta(days=35)}


def test_no_card_is_valid_after_the_membership(cast: Cast) -> None:
    end(cast, TODAY + timedelta(days=5))
    card = next(one for one in own(cast) if one.membership.unit_id == cast.units["a"].pk)
    assert card.valid_until == TODAY + timedelta(days=4)
    with clock.frozen(TODAY + timedelta(days=5)):
        assert cast.units["a"].pk not in {one.membership.unit_id for one in own(cast)}


def test_an_applicant_has_no_card(cast: Cast) -> None:
    applied = cast.parties["lotta"]
    lifecycle.apply(actor=None, party=applied, unit=cast.units["a"], type=cast.types["personal"], on=TODAY)
    assert {card.membership.unit_id for card in own(cast, "lotta")} == {cast.units["b"].pk}


@pytest.mark.parametrize(
    ("born", "kind", "seen"),
    [
        (date(2015, 1, 1), "guardian", True),
        (date(2015, 1, 1), "child", True),
        (None, "guardian", True),
        (None, "child", False),
        (date(2008, 11, 22), "guardian", False),
        (date(2008, 11, 23), "child", True),
        (date(1990, 1, 1), "child", False),
    ],
)
def test_guardians_see_the_cards_of_children(cast: Cast, born: date | None, kind: str, seen: bool) -> None:
    party = child(cast, born, kind=kind)
    cards = [card for card in own(cast) if card.membership.party_id == party.pk]
    assert bool(cards) is seen
    assert all(not card.own for card in cards)


def test_a_child_under_an_order_is_not_shown_to_anybody_else(cast: Cast) -> None:
    party = child(cast, date(2015, 1, 1), non_disclosure=True)
    assert party.pk not in {card.membership.party_id for card in own(cast)}


def test_a_former_guardian_sees_nothing(cast: Cast) -> None:
    party = child(cast, date(2015, 1, 1))
    with mutation(actor=None, kind="test.link"):
        party.links.update(valid_to=TODAY - timedelta(days=1))
    assert party.pk not in {card.membership.party_id for card in own(cast)}


# --- what the token tells ---------------------------------------------------------------------------------------------
def test_the_token_has_numbers_and_no_name(cast: Cast) -> None:
    card = own(cast)[0]
    read = token.verify(card.token, verifying_keys(), on=TODAY)
    assert (read.unit_number, read.member_number) == (
        cast.units["a"].number,
        cast.parties["maija"].member_number,
    )
    raw = token._parsed(card.token)[1]
    assert len(raw) == 13
    assert b"Maija" not in raw


# --- the public page --------------------------------------------------------------------------------------------------
@pytest.fixture
def card_text(cast: Cast) -> str:
    return own(cast)[0].token


def test_a_card_in_force_is_valid_under_both_spellings(cast: Cast, client: Client, card_text: str) -> None:
    assert is_valid(client, card_text)
    assert "notice--done" in client.get(f"/KORTTI/{card_text}/").content.decode()


def test_an_ended_membership_is_not_valid_at_once(cast: Cast, client: Client, card_text: str) -> None:
    end(cast, TODAY)
    assert not is_valid(client, card_text)
    assert token.verify(card_text, verifying_keys(), on=TODAY)  # without a connection it still is


def refused(cast: Cast, client: Client, card_text: str) -> dict[str, Callable[[], str]]:
    """Cards that are not valid, each for a reason of its own."""
    key = signer()
    assert key is not None
    a = cast.units["a"].number

    def signed(unit: int, member: int, until: date = TODAY) -> str:
        return key.token(unit_number=unit, member_number=member, valid_until=until)

    return {
        "forged": lambda: card_text[:-10] + ("A" * 10),
        "nonsense": lambda: "x",
        "nobody": lambda: signed(a, 4_000_000),
        "no association": lambda: signed(4_000_000, cast.parties["maija"].member_number),
        "of another association": lambda: signed(cast.units["b"].number, cast.parties["maija"].member_number),
        "run out": lambda: signed(a, cast.parties["maija"].member_number, TODAY - timedelta(days=1)),
    }


def test_whatever_is_not_valid_looks_and_costs_the_same(cast: Cast, client: Client, card_text: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as valid_queries:
        assert is_valid(client, card_text)
    seen = set()
    for name, make in refused(cast, client, card_text).items():
        with CaptureQueriesContext(connection) as queries:
            answer = shown(client, make())
        seen.add(looks(answer))
        assert "notice--danger" in answer.content.decode(), name
        assert len(queries) == len(valid_queries), name
    end(cast, TODAY)
    answer = shown(client, card_text)
    seen.add(looks(answer))
    assert len(seen) == 1


def test_the_page_of_a_person_under_an_order_is_as_anybodys(
    cast: Cast, client: Client, card_text: str
) -> None:
    hidden = own(cast, "siiri")[0].token
    assert shown(client, hidden).content == shown(client, card_text).content


def test_the_public_page_says_nothing_else_and_leaves_no_cookie(
    cast: Cast, client: Client, card_text: str
) -> None:
    answer = shown(client, card_text)
    page = answer.content.decode()
    words = re.sub(r"<[^>]*>", " ", page.split("<main")[1])
    assert words.split()[-1:] == ["Voimassa"]
    maija = cast.parties["maija"]
    for personal in ("Maija", "Metsäpelto", maija.number, str(maija.member_number), "Kuusilahden", card_text):
        assert personal not in page
    assert not answer.cookies
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_cards_are_not_checked_without_end(cast: Cast, client: Client, card_text: str) -> None:
    answers = [shown(client, card_text).status_code for _ in range(125)]
    assert answers[0] == 200
    assert answers[-1] == 429


# --- the fee ----------------------------------------------------------------------------------------------------------
def test_the_fee_matters_only_where_the_rules_say_so(cast: Cast, client: Client, card_text: str) -> None:
    a = cast.units["a"]
    make_invoice(creditor=a, payer=cast.parties["maija"], lines=[(a, "58.00")], reference="12344")
    assert is_valid(client, card_text)
    page = cast.sign_in(client, "maija").get(reverse("portal:card")).content.decode()
    assert "Maksettu" not in page
    assert "maksa" not in page.lower().split("<main")[1]
    set_rules(cast, "a", card_needs_fee=True)
    assert not is_valid(client, card_text)
    page = client.get(reverse("portal:card")).content.decode()
    assert page.count('class="qr"') == 1  # the other association asks for nothing
    assert client.get(reverse("portal:card_pdf", args=[membership(cast).pk])).status_code == 404


def test_an_invoice_that_is_not_due_yet_takes_no_card(cast: Cast, client: Client, card_text: str) -> None:
    set_rules(cast, "a", card_needs_fee=True)
    a = cast.units["a"]
    make_invoice(
        creditor=a,
        payer=cast.parties["maija"],
        lines=[(a, "58.00")],
        reference="12344",
        due=date(2026, 12, 16),
    )
    assert is_valid(client, card_text)


# --- keys -------------------------------------------------------------------------------------------------------------
def test_a_new_key_leaves_the_cards_of_the_old_one_valid(cast: Cast, client: Client, card_text: str) -> None:
    before = CardKey.objects.get(signing=True)
    card_keys.rotate()
    before.refresh_from_db()
    assert (before.private, before.signing) == ("", False)
    assert is_valid(client, card_text)
    newer = own(cast)[0].token
    assert token.verify(newer, verifying_keys(), on=TODAY).key_id != before.pk
    assert len(public_keys()) == 2


def test_a_revoked_key_ends_its_cards(cast: Cast, client: Client, card_text: str) -> None:
    old = CardKey.objects.get(signing=True)
    card_keys.revoke(key_id=old.pk)
    assert not is_valid(client, card_text)
    assert is_valid(client, own(cast)[0].token)
    assert old.pk not in {key.key_id for key in public_keys()}


def test_one_key_signs_at_a_time(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), mutation(actor=None, kind="test.key"):
        CardKey.objects.create(public="x", private="y")


def test_a_changed_secret_makes_a_new_key(cast: Cast, client: Client, settings: Any) -> None:
    old = CardKey.objects.get(signing=True)
    settings.SECRET_KEY = "changed" * 10
    assert signer() is None
    assert (
        "Koodia ei voi näyttää" in cast.sign_in(client, "maija").get(reverse("portal:card")).content.decode()
    )
    assert card_keys.ensure_key().pk != old.pk
    assert signer() is not None
    assert card_keys.ensure_key() == CardKey.objects.get(signing=True)


def test_the_private_half_is_nowhere_readable(cast: Cast) -> None:
    card_keys.rotate()
    key = CardKey.objects.get(signing=True)
    opened = card_keys.opened(key)
    assert opened is not None
    assert token.to_text(opened.private_bytes_raw()) not in key.private
    for change in Change.objects.filter(table_name="members_cardkey"):
        assert "private" not in {**(change.before or {}), **(change.after or {})}


def test_keys_are_published_for_everybody(cast: Cast, client: Client, card_text: str) -> None:
    answer = client.get(reverse("public:card_keys"))
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    keys = token.read_published(json.loads(answer.content))
    assert token.verify(card_text, keys, on=TODAY)
    assert not answer.cookies


# --- checking without the service -------------------------------------------------------------------------------------
def verify(text: str, **options: Any) -> str:
    out = StringIO()
    call_command("verify_card", text, stdout=out, **options)
    return out.getvalue()


def test_the_command_checks_with_the_published_file_alone(
    cast: Cast, client: Client, card_text: str, tmp_path: Path
) -> None:
    file = tmp_path / "avaimet.json"
    file.write_bytes(client.get(reverse("public:card_keys")).content)
    scanned = address("https://jasenet.example.fi/", card_text)
    with CaptureQueriesContext(connection) as queries:
        told = verify(scanned, keys=file)
        with pytest.raises(CommandError, match="run out"):
            verify(scanned, keys=file, on="1.2.2027")
        with pytest.raises(CommandError, match="no token"):
            verify("abc", keys=file)
    assert len(queries) == 0
    assert cast.parties["maija"].number in told
    assert "Maija" not in told


def test_the_command_refuses_what_it_cannot_read(cast: Cast, card_text: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{}")
    with pytest.raises(CommandError, match="published keys"):
        verify(card_text, keys=tmp_path / "x")
    with pytest.raises(CommandError, match="no day"):
        verify(card_text, on="huomenna")


def test_keys_are_steered_by_a_command(cast: Cast, client: Client, card_text: str) -> None:
    out = StringIO()
    call_command("card_keys", new=True, stdout=out)
    assert "signs" in out.getvalue()
    assert "retired" in out.getvalue()
    first = CardKey.objects.order_by("pk")[0]
    call_command("card_keys", revoke=first.pk, stdout=out)
    assert not is_valid(client, card_text)
    with pytest.raises(CommandError):
        call_command("card_keys", revoke=9999, stdout=out)


# --- pages ------------------------------------------------------------------------------------------------------------
def test_my_cards(cast: Cast, client: Client) -> None:
    page = cast.sign_in(client, "maija").get(reverse("portal:card")).content.decode()
    for text in (
        "Maija Metsäpelto",
        cast.parties["maija"].number,
        "Kuusilahden",
        "Maatalousyrittäjä",
        "27.12.2026",
    ):
        assert text in page
    assert page.count('class="qr"') == 2
    assert "00100" not in page
    assert "091" not in page.split("<main")[1].split("<path")[0]


def test_a_login_without_a_member_has_no_card(cast: Cast, client: Client) -> None:
    page = cast.sign_in(client, "ulla").get(reverse("portal:card")).content.decode()
    assert 'class="mcard"' not in page


def test_a_person_without_a_membership_is_told_so(cast: Cast, client: Client) -> None:
    page = cast.sign_in(client, "aino").get(reverse("portal:card")).content.decode()
    assert "Sinulla ei ole korttia" in page


def test_the_pdf_has_the_card_and_a_code_that_reads(cast: Cast, client: Client) -> None:
    url = reverse("portal:card_pdf", args=[membership(cast).pk])
    answer = cast.sign_in(client, "maija").get(url)
    assert answer.headers["Content-Type"] == "application/pdf"
    text = text_of(answer.content)
    for word in (
        "Maija Metsäpelto",
        cast.parties["maija"].number,
        "Kuusilahden tuottajayhdistys",
        "31.3.2028",  # as on the sheets the office prints
    ):
        assert word in text
    code = codes_in(answer.content)[0].decode().strip()
    assert code.startswith("HTTP://TESTSERVER/KORTTI/")
    assert token.verify(code, verifying_keys(), on=TODAY)
    assert AccessLog.objects.filter(action="download", party_id=cast.parties["maija"].pk).exists()


@pytest.mark.parametrize("who", ["ulla", "aino", "bo"])
def test_nobody_fetches_anothers_card_from_the_portal(cast: Cast, client: Client, who: str) -> None:
    url = reverse("portal:card_pdf", args=[membership(cast).pk])
    assert cast.sign_in(client, who).get(url).status_code == 404


def test_the_worker_is_the_same_for_everybody_and_keeps_one_page(cast: Cast, client: Client) -> None:
    url = reverse("public:card_worker")
    stranger = client.get(url)
    script = stranger.content.decode()
    assert cast.sign_in(client, "maija").get(url).content == stranger.content
    assert stranger.headers["Service-Worker-Allowed"] == "/oma/kortti/"
    assert stranger.headers["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"
    assert json.loads(re.search(r"const ASSETS = (.*);", script)[1])  # type: ignore[index]
    pages = set(re.findall(r'"(/[^"]*)"', script))
    assert {page for page in pages if not page.startswith("/static/")} == {"/oma/kortti/"}


# --- the office -------------------------------------------------------------------------------------------------------
def test_the_secretary_prints_a_members_card(cast: Cast, client: Client) -> None:
    maija = cast.parties["maija"]
    url = reverse("office:membership_card", args=[maija.pk, membership(cast).pk])
    answer = cast.sign_in(client, "aino").get(url)
    assert answer.status_code == 200
    code = codes_in(answer.content)[0].decode().strip()
    assert token.verify(code, verifying_keys(), on=TODAY).valid_until == date(2028, 3, 31)
    assert url in client.get(reverse("office:member", args=[maija.pk])).content.decode()


@pytest.mark.parametrize("who", ["bo", "tiina", "maija", "ulla"])
def test_others_print_no_card(cast: Cast, client: Client, who: str) -> None:
    url = reverse("office:membership_card", args=[cast.parties["maija"].pk, membership(cast).pk])
    assert cast.sign_in(client, who).get(url).status_code == 404


def test_no_card_of_a_membership_elsewhere_or_over(cast: Cast, client: Client) -> None:
    maija = cast.parties["maija"]
    elsewhere = reverse("office:membership_card", args=[maija.pk, membership(cast, unit="a2").pk])
    assert cast.sign_in(client, "aino").get(elsewhere).status_code == 404
    end(cast, TODAY)
    here = reverse("office:membership_card", args=[maija.pk, membership(cast).pk])
    assert client.get(here).status_code == 404


def test_logging_out_clears_what_the_browser_keeps(cast: Cast, client: Client) -> None:
    answer = cast.sign_in(client, "maija").post(reverse("account_logout"))
    assert '"storage"' in answer.headers["Clear-Site-Data"]


def test_the_front_page_promises_the_card(client: Client, cast: Cast) -> None:
    assert "Jäsenkorttisi" in client.get(reverse("front")).content.decode()


def test_a_card_goes_on_with_the_entry_its_holder_was_joined_to(client: Client, cast: Cast) -> None:
    """A paper card in the wallet has the former number."""
    twin = registering.create_person(actor=None, first_names="Maija", last_name="Metsäpelto", on=JOINED)
    lifecycle.start(
        actor=None,
        party=twin,
        unit=cast.units["a"],
        type=cast.types["student"],
        started_on=JOINED,
    )
    [card] = cards_of(twin.pk, on=TODAY, signer=signer())
    assert is_valid(client, card.token)
    join(cast, cast.parties["maija"], twin)
    assert is_valid(client, card.token)
    with mutation(actor=None, kind="test.end"):
        Membership.objects.filter(party=cast.parties["maija"]).update(
            ended_on=TODAY - timedelta(days=1), state="ended"
        )
    assert not is_valid(client, card.token)
