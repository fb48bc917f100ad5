"""What an association keeps of a member who has left: the name, the municipality and its accounts, nothing else (REG-12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import translation

from jasenpalvelu.common import clock
from members import listing, quickfind, reading, tables
from members.choosing import Choices
from members.filters import MemberFilter
from members.models import Holding, Membership
from members.scope import Scope
from members.seers import who_sees
from members.services import duplicates, lifecycle
from tests.cast import TODAY, Cast

HOSTILE = ["9" * 5000, "²", "٣٤", "-1", "1e3", "0x10", "9" * 19, ""]
PHONE = "050 555 0142"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def leave(cast: Cast, on: date, unit: str = "a") -> None:
    membership = Membership.objects.get(party=cast.parties["maija"], unit=cast.units[unit])
    lifecycle.end(actor=None, membership=membership, kind="resigned", effective_on=on)


def scope(cast: Cast, name: str = "aino") -> Scope:
    return Scope.for_user(cast.users[name], on=TODAY)


def subject(cast: Cast, name: str = "aino") -> reading.Subject:
    return reading.subject(scope(cast, name), cast.parties["maija"].pk, on=TODAY)


def found(cast: Cast, name: str = "aino", **query: str) -> list[tables.MemberRow]:
    asked = QueryDict(mutable=True)
    asked.update(query)
    narrowing = MemberFilter(asked, Choices(scope(cast, name))).narrowing(TODAY)
    page = listing.page_of(narrowing, {}, "name")
    return [row for row in listing.rows_of(page.rows, narrowing) if row.party == cast.parties["maija"]]


@pytest.mark.parametrize(
    ("ends", "classes"),
    [
        (date(2025, 11, 22), "AD"),
        (date(2025, 1, 1), "AD"),
        (date(2025, 11, 23), "ABCD"),
        (date(2026, 12, 31), "ABCD"),
    ],
)
def test_the_classes_end_with_the_membership(cast: Cast, ends: date, classes: str) -> None:
    """A year after the end, when the last fee has been settled; the day of the end is the first no longer a member."""
    leave(cast, ends)
    assert subject(cast).classes == frozenset(classes)
    assert subject(cast).edit_classes == (frozenset("ABC") if ends > TODAY else frozenset())
    if ends <= TODAY:  # nobody's member any more: the last one corrects what it still sees
        leave(cast, ends, "a2")
        assert subject(cast).edit_classes == frozenset(classes) - {"D"}


def test_an_applicant_is_dealt_with_in_full(cast: Cast) -> None:
    leave(cast, date(2025, 1, 1))
    lifecycle.apply(
        actor=None, party=cast.parties["maija"], unit=cast.units["a"], type=cast.types["personal"], on=TODAY
    )
    assert subject(cast).classes == frozenset("ABCD")


def test_the_page_tells_no_contacts_and_no_holding(cast: Cast, client: Client) -> None:
    leave(cast, date(2025, 1, 1))
    page = reverse("office:member", args=[cast.parties["maija"].pk])
    html = cast.sign_in(client, "aino").get(page).content.decode()
    assert "Metsäpelto Maija" in html
    for secret in ("maija@example.fi", "555 0142", "Koivulantie", "Koivula", "1572860-0"):
        assert secret not in html, secret
    assert client.get(reverse("office:member_edit", args=[cast.parties["maija"].pk])).status_code in (
        200,
        404,
    )


def test_the_union_sees_by_the_membership_that_goes_on(cast: Cast) -> None:
    leave(cast, date(2025, 1, 1))
    assert subject(cast, "riitta").classes == frozenset("ABCD")
    leave(cast, date(2025, 1, 1), "a2")
    assert subject(cast, "riitta").classes == frozenset("AD")


def test_the_list_shows_and_finds_nothing_that_is_over(cast: Cast) -> None:
    assert found(cast, state="all", q=PHONE)
    assert found(cast, state="all", land="field")
    leave(cast, date(2025, 1, 1))
    (row,) = found(cast, state="ended")
    assert row.classes == frozenset("AD")
    for query in (
        {"q": PHONE},
        {"q": "maija@example.fi"},
        {"land": "field"},
        {"email": "yes"},
        {"language": "fi"},
    ):
        assert not found(cast, state="all", **query), query
        assert not found(cast, state="ended", **query), query
    assert found(cast, state="all", q="metsäpelto")


def test_quick_search_and_holdings_end_too(cast: Cast) -> None:
    def hits(text: str) -> list[str]:
        section = quickfind.members(scope(cast), text, TODAY)
        return [hit.title for hit in section.hits] if section else []

    assert hits(PHONE) == ["Metsäpelto Maija"]
    assert Holding.objects.visible_to(scope(cast)).exists()
    leave(cast, date(2025, 1, 1))
    assert (hits(PHONE), hits("metsäp")) == ([], ["Metsäpelto Maija"])
    assert not Holding.objects.visible_to(scope(cast)).exists()
    assert not quickfind.holdings(scope(cast), "koivula", TODAY).hits  # type: ignore[union-attr]


def test_the_check_of_duplicates_is_no_way_to_try_out_contacts(cast: Cast) -> None:
    def reasons(phone: str, name: str = "Metsäpelto Maija") -> list[list[str]]:
        keys = duplicates.Keys.of(display_name=name, last_name=name.split(maxsplit=1)[0], phone=phone)
        return [list(c.reasons) for c in duplicates.find(keys=keys, scope=scope(cast)).candidates]

    assert reasons(PHONE) == [["phone", "name"]]
    leave(cast, date(2025, 1, 1))
    assert reasons(PHONE) == reasons("050 555 0143") == [["name"]]
    assert reasons(PHONE, "Muu Nimi") == []


def test_nobody_lifts_the_mask_of_who_has_left(cast: Cast, client: Client) -> None:
    siiri = cast.parties["siiri"]
    unmask = reverse("office:member_unmask", args=[siiri.pk])
    assert cast.sign_in(client, "kaarlo").get(unmask).status_code == 200
    lifecycle.end(
        actor=None, membership=siiri.memberships.get(), kind="resigned", effective_on=date(2025, 1, 1)
    )
    assert client.get(unmask).status_code == 404


# --- keys typed by hand -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", HOSTILE)
def test_odd_keys_are_answered_and_never_an_error(cast: Cast, client: Client, key: str) -> None:
    client = cast.sign_in(client, "riitta")
    maija, unit = cast.parties["maija"].pk, cast.units["a"].pk
    asked = [
        (reverse("office:member_history", args=[maija]), {"ennen": key}),
        (reverse("office:unit_history", args=[unit]), {"ennen": key}),
        (reverse("office:applications"), {"yhdistys": key}),
        (reverse("office:members"), {"unit": key, "type": key, "joined": key, "jalkeen": key}),
        (reverse("office:member_add"), {"yhdistys": key}),
        (reverse("office:membership_add", args=[maija]), {"yhdistys": key}),
        (reverse("office:imports"), {"jalkeen": key}),
        (reverse("office:pairs"), {"jalkeen": key}),
    ]
    for address, query in asked:
        assert client.get(address, query).status_code in (200, 404), address
    posted = [
        (reverse("office:members_export"), {"chosen": [key], "format": "csv", "query": ""}),
        (reverse("office:applications"), {"valittu": [key]}),
        (reverse("office:imports"), {"unit": key}),
    ]
    for address, sent in posted:
        assert client.post(address, sent).status_code in (200, 302, 404, 405, 422), address
    if key.isdigit() and key.isascii():
        for address in (
            f"/toimisto/tuonti/{key}/virheet.csv",
            f"/toimisto/tuonti/{key}/",
            f"/toimisto/jasenet/{key}/",
        ):
            assert client.get(address).status_code == 404, address


def levels(cast: Cast) -> dict[str, str]:
    maija = subject(cast, "riitta")
    seen = who_sees(maija.present_units, maija.unit_ids - maija.present_units, TODAY)
    return {line: level.level for level in seen for line in level.lines}


def test_the_page_tells_who_sees_what_of_a_former_member(cast: Cast) -> None:
    """What the card promises is what `Scope.classes_over` gives."""
    secretary = "Kuusilahden tuottajayhdistys: jäsensihteeri, taloudenhoitaja"
    with translation.override("fi"):
        assert levels(cast)[secretary] == "Kaikki tiedot"
        leave(cast, date(2025, 1, 1))
        assert levels(cast)[secretary] == "Nimi, kunta ja laskut"
        # The union's register manager still sees the other association's member.
        assert levels(cast)["Malliliitto: rekisterivastaava, turvakiellon käsittelijä"] == "Kaikki tiedot"
        leave(cast, date(2025, 1, 1), "a2")
        assert set(levels(cast).values()) == {"Nimi, kunta ja laskut"}
    assert subject(cast, "riitta").classes == frozenset("AD")


def test_until_the_last_day_payer_and_exemption_can_be_set(cast: Cast, client: Client) -> None:
    leave(cast, date(2026, 12, 31))
    maija, membership = (
        cast.parties["maija"],
        Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"]),
    )
    address = reverse("office:membership", args=[maija.pk, membership.pk])
    cast.sign_in(client, "olavi")
    assert address in client.get(reverse("office:member", args=[maija.pk])).content.decode()
    html = client.get(address).content.decode()
    assert 'value="maksaja"' in html
    assert 'value="laji"' not in html
    sent = {"muutos": "vapautus", "vapautus-until": "31.12.2026", "vapautus-reason": "Sovittu"}
    assert client.post(address, sent).status_code == 302
    membership.refresh_from_db()
    assert (membership.state, membership.ended_on) == ("ended", date(2026, 12, 31))
    assert membership.fee_exempt_until == date(2026, 12, 31)
    payer = {"muutos": "maksaja", "maksaja-payer": cast.parties["estate"].number}
    assert client.post(address, payer).status_code == 302
    membership.refresh_from_db()
    assert membership.payer == cast.parties["estate"]


def test_afterwards_they_cannot(cast: Cast, client: Client) -> None:
    leave(cast, TODAY)
    membership = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"])
    address = reverse("office:membership", args=[membership.party_id, membership.pk])
    assert cast.sign_in(client, "olavi").get(address).status_code == 404
    with pytest.raises(lifecycle.LifecycleError):
        lifecycle.set_payer(actor=None, membership=membership, payer=None, on=TODAY)
    with pytest.raises(lifecycle.LifecycleError):
        lifecycle.exempt_from_fee(actor=None, membership=membership, until=TODAY, reason="Myöhässä", on=TODAY)
