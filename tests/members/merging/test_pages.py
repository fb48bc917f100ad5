"""The pages: pairs, asking, preview and joining, the old number leading on, parting; and what nobody else sees."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import Invoice
from billing.services import ledger, offsetting
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ContactPoint, DuplicatePair, Membership, Merge, Party
from members.services import scanning, unmerging
from members.services.registering import Address
from tests.billing import runs
from tests.cast import JOINED, TODAY, Cast
from tests.members.merging.helpers import join, person, scope

pytestmark = pytest.mark.django_db
BORN = {"birth_date": date(1970, 5, 12), "birth_date_purpose": "maksu"}
PAIRS = "office:pairs"


@pytest.fixture(autouse=True)
def today():
    with clock.frozen(TODAY):
        yield


def scanned(*parties: Party) -> DuplicatePair:
    scanning.scan(ids=[party.pk for party in parties], whole=False, on=TODAY)
    return DuplicatePair.objects.get()


def page(client, name: str, *args: object) -> str:
    return client.get(reverse(name, args=args), follow=True).content.decode()


@pytest.fixture
def own(cast: Cast) -> tuple[Party, Party]:
    """Two entries in the same association."""
    one = person(cast, "Matti", "Virtanen", email="matti@example.fi", **BORN)
    other = person(cast, "Matti", "Virtanen", units={"a": "student"}, email="mv@example.fi", **BORN)
    return one, other


@pytest.fixture
def apart(cast: Cast) -> tuple[Party, Party]:
    """Of two associations; neither sees the other's."""
    one = person(cast, "Matti", "Virtanen", phone="040 555 0100", **BORN)
    other = person(
        cast,
        "Matti",
        "Virtanen",
        units={"b": "farmer"},
        phone="040 555 0100",
        home_municipality="905",
        **BORN,
    )
    return one, other


# --- the list -----------------------------------------------------------------------------------------------------------
def test_a_pair_of_ones_own_is_told_side_by_side_and_joined(cast, client, own):
    one, other = own
    pair = scanned(*own)
    aino = cast.sign_in(client, "aino")
    html = page(aino, PAIRS)
    for fact in ("Sama nimi, sama syntymäaika", one.number, other.number, "12.5.1970", "matti@example.fi",
                 "mv@example.fi", "Opiskelija", "Hyvin todennäköinen"):  # fmt: skip
        assert fact in html, fact
    preview = reverse("office:member_merge", args=[pair.one_id, pair.other_id])
    assert preview in html
    html = aino.get(preview).content.decode()
    assert "1 jäsenyys" in html
    assert "1 yhteystieto" in html
    seen = html.split('name="seen" value="')[1].split('"')[0]
    answer = aino.post(preview, {"seen": seen, "email": "merged"}, follow=True)
    assert other.number in answer.content.decode()
    assert Party.objects.get(pk=other.pk).merged_into_id == one.pk
    assert ContactPoint.objects.get(party=one, kind="email", valid_to=None).value == "mv@example.fi"
    assert "Virtanen" not in page(aino, PAIRS)


def test_a_choice_that_is_missing_is_asked_for_beside_its_field(cast, client, own):
    aino = cast.sign_in(client, "aino")
    preview = reverse("office:member_merge", args=[own[0].pk, own[1].pk])
    html = aino.post(preview, {"seen": "x"}).content.decode()
    assert "Valitse yksi." in html
    answer = aino.post(preview, {"seen": "x", "email": "merged"}, follow=True)
    assert "Jokin on muuttunut" in answer.content.decode()
    assert not Merge.objects.exists()


def test_they_are_two_is_remembered_and_taken_back(cast, client, own):
    pair = scanned(*own)
    aino = cast.sign_in(client, "aino")
    aino.post(reverse("office:pair_different", args=[pair.pk]))
    html = page(aino, PAIRS)
    assert reverse("office:member_merge", args=[pair.one_id, pair.other_id]) not in html
    undo = reverse("office:pair_different_undo", args=[pair.pk])
    assert undo in html
    aino.post(undo)
    assert DuplicatePair.objects.waiting().exists()


def test_the_secretary_of_another_association_finds_nothing(cast, client, own):
    pair = scanned(*own)
    bo = cast.sign_in(client, "bo")
    assert "Virtanen" not in page(bo, PAIRS)
    for name, args in [
        ("office:pair_different", [pair.pk]), ("office:pair_different_undo", [pair.pk]),
        ("office:pair_ask", [pair.pk]), ("office:member_merge", [own[0].pk, own[1].pk]),
        ("office:member_join", [own[0].pk]),
    ]:  # fmt: skip
        assert bo.post(reverse(name, args=args)).status_code == 404, name
    done = join(cast, *own)
    for pk in (own[0].pk, own[1].pk):
        assert bo.get(reverse("office:member", args=[pk])).status_code == 404
    assert bo.post(reverse("office:member_part", args=[own[0].pk, done.pk])).status_code == 404
    assert Merge.objects.exists()


# --- across associations ------------------------------------------------------------------------------------------------
def test_one_side_learns_that_there_may_be_another_asks_and_the_union_joins(cast, client, apart):
    one, other = apart
    pair = scanned(*apart)
    assert pair.tellable
    aino = cast.sign_in(client, "aino")
    html = page(aino, PAIRS)
    assert "Mahdollisesti myös toisessa yhdistyksessä" in html
    for secret in (other.number, "Rantala", "sama puhelin", "syntymäaika", "040 555 0100", "Vaasa"):
        assert secret not in html, secret
    assert aino.get(reverse("office:member_merge", args=[one.pk, other.pk])).status_code == 404
    aino.post(reverse("office:pair_ask", args=[pair.pk]))
    assert "Odottaa vastausta" in page(aino, PAIRS)
    riitta = cast.sign_in(client, "riitta")
    assert "pyyntö yhdistää kaksi merkintää" in page(riitta, "office:home")
    html = page(riitta, PAIRS)
    assert "Kuusilahden tuottajayhdistys pyytää yhdistämistä" in html
    assert other.number in html
    join(cast, one, other)
    aino = cast.sign_in(client, "aino")
    html = page(aino, "office:member", one.pk)
    assert "Virtanen" in html
    assert "Rantala" not in html


def test_a_refusal_is_answered_with_no_more_than_that(cast, client, apart):
    pair = scanned(*apart)
    aino = cast.sign_in(client, "aino")
    aino.post(reverse("office:pair_ask", args=[pair.pk]))
    cast.sign_in(client, "riitta").post(reverse("office:pair_different", args=[pair.pk]))
    html = page(cast.sign_in(client, "aino"), PAIRS)
    assert "he ovat kaksi eri jäsentä" in html
    assert apart[1].number not in html


@pytest.mark.parametrize("order_on", [0, 1])
def test_of_somebody_under_an_order_not_even_that(cast, client, apart, order_on):
    pair = scanned(*apart)
    with mutation(actor=None, kind="test"):
        Party.objects.filter(pk=apart[order_on].pk).update(non_disclosure=True)
    for name in ("aino", "bo", "riitta"):
        someone = cast.sign_in(client, name)
        assert "Virtanen" not in page(someone, PAIRS), name
        assert someone.post(reverse("office:pair_ask", args=[pair.pk])).status_code == 404


def test_a_weak_likeness_tells_one_side_nothing(cast, client):
    one = person(cast, "Matti", "Virtanen", **BORN)
    other = person(cast, "Matti Johannes", "Virtanen", units={"b": "personal"}, **BORN)
    pair = scanned(one, other)
    assert not pair.tellable
    aino = cast.sign_in(client, "aino")
    assert "Virtanen" not in page(aino, PAIRS)
    assert aino.post(reverse("office:pair_ask", args=[pair.pk])).status_code == 404


def test_what_another_association_has_as_well_is_asked_for(cast, client, own):
    pair = scanned(*own)
    with mutation(actor=None, kind="test"):
        Membership.objects.create(
            party=own[1], unit=cast.units["b"], type=cast.types["student"], state="active", started_on=JOINED
        )
    aino = cast.sign_in(client, "aino")
    html = page(aino, "office:member_merge", own[0].pk, own[1].pk)
    assert "roolisi ei ulotu" in html
    assert "Rantala" not in html
    assert reverse("office:pair_ask", args=[pair.pk]) in html
    assert 'name="seen"' not in html


def test_what_an_order_hides_is_not_in_the_preview(cast, client):
    siiri = cast.parties["siiri"]
    other = person(cast, "Siiri", "O'Brien", units={"a": "student"}, email="toinen@example.fi")
    aino = cast.sign_in(client, "aino")
    for ends in ((siiri.pk, other.pk), (other.pk, siiri.pk)):
        html = page(aino, "office:member_merge", *ends)
        assert "Turvakielto piilottaa" in html
        for secret in ("siiri@example.fi", "555 0199", "Koivulantie"):
            assert secret not in html, secret


# --- by hand, afterwards, and back --------------------------------------------------------------------------------------
def test_two_entries_are_found_by_number_and_the_old_number_leads_on(cast, client, own):
    one, other = own
    aino = cast.sign_in(client, "aino")
    choose = reverse("office:member_join", args=[one.pk])
    assert "vajaa tai väärä" in aino.post(choose, {"other": "12"}).content.decode()
    assert aino.post(choose, {"other": one.number}).status_code == 200
    answer = aino.post(choose, {"other": other.number})
    assert answer.url == reverse("office:member_merge", args=[one.pk, other.pk])
    join(cast, one, other, "aino")
    for name in ("member", "member_edit", "member_history", "member_access"):
        answer = aino.get(reverse(f"office:{name}", args=[other.pk]))
        assert answer.url == reverse(f"office:{name}", args=[one.pk]), name
    answer = aino.post(reverse("office:member_edit", args=[other.pk]), {"first_names": "X"}, follow=True)
    assert "Mitään ei tallennettu" in answer.content.decode()
    for typed in (other.number, other.number.replace("-", "")):
        assert one.number in aino.get(reverse("office:members"), {"q": typed}, follow=True).content.decode()
        assert one.number in aino.get(reverse("office:search"), {"q": typed}, follow=True).content.decode()
    assert f"{other.number} → {one.number}" in page(aino, "office:member_history", one.pk)


def test_parted_from_the_members_page_or_told_why_not(cast, client, own):
    one, other = own
    done = join(cast, one, other, "aino")
    aino = cast.sign_in(client, "aino")
    part = reverse("office:member_part", args=[one.pk, done.pk])
    assert part in page(aino, "office:member", one.pk)
    moved = Membership.objects.get(party=one, type=cast.types["student"])
    with mutation(actor=None, kind="test"):
        Membership.objects.filter(pk=moved.pk).update(fee_exempt_reason="x")
    html = aino.get(part).content.decode()
    assert "Jäsenyys: muutettu sen jälkeen" in html
    assert "Jäsenyys: muutettu" in aino.post(part, follow=True).content.decode()
    assert Merge.objects.exists()


def test_parted_from_the_members_page(cast, client, own):
    one, other = own
    done = join(cast, one, other, "aino")
    aino = cast.sign_in(client, "aino")
    part = reverse("office:member_part", args=[one.pk, done.pk])
    assert "Erotetaanko" in aino.get(part).content.decode()
    assert other.number in aino.post(part, follow=True).content.decode()
    assert aino.get(reverse("office:member", args=[other.pk])).status_code == 200
    assert aino.get(part).status_code == 404


# --- money --------------------------------------------------------------------------------------------------------------
def test_invoices_stay_and_are_the_joined_members(cast, client):
    """The invoice keeps whom it was made for; the account, the credit and the portal are one; nothing is charged twice."""
    a = cast.units["a"]
    home = Address("Kotitie 1", "00100", "Helsinki")
    one = person(cast, "Matti", "Virtanen", address=home)
    other = person(cast, "Matti", "Virtanen", units={"a": "student"}, address=home)
    runs.decided(
        a, runs.flat("henkilomaksu", "30", types=["personal", "student"], once_per="payer"), year=2026
    )
    run = runs.issued(runs.make_run(a, actor=cast.users["olavi"], year=2026), cast.users["olavi"])
    old = run.invoices.get(payer=other)
    with mutation(actor=None, kind="test"):
        ledger.post_credit(
            creditor_id=a.pk, payer=other, amount=Decimal("5.00"), paid_on=TODAY, booked_on=TODAY, actor=None
        )
    join(cast, one, other)
    assert {i.payer_id for i in Invoice.objects.of_payer(one.pk)} == {one.pk, other.pk}
    olavi = cast.sign_in(client, "olavi")
    html = page(olavi, "office:payer", one.pk)
    assert old.number_text in html
    answer = olavi.get(reverse("office:payer", args=[other.pk]))
    assert answer.url == reverse("office:payer", args=[one.pk])
    assert cast.sign_in(client, "bo").get(reverse("office:payer", args=[other.pk])).status_code == 404
    again = runs.previewed(runs.make_run(a, actor=cast.users["olavi"], year=2026), cast.users["olavi"])
    assert not again.items.filter(payer=one, total__gt=0).exists()
    for payer in (one, other):
        assert offsetting.free_credit(creditor_id=a.pk, payer_id=payer.pk) == Decimal("5.00")
    mine = run.invoices.get(payer=one)
    offsetting.use(invoice=mine, amount=Decimal("5.00"), on=TODAY, actor=None)
    assert offsetting.free_credit(creditor_id=a.pk, payer_id=other.pk) == 0
    merge = Merge.objects.select_related("survivor").get()
    (found,) = unmerging.hindrances(merge=merge, scope=scope(cast), on=TODAY)
    assert found.code == "other"


def test_a_membership_entered_twice_is_told_before_and_after(client, cast: Cast) -> None:
    one, other = person(cast, "Matti", "Virtanen"), person(cast, "Matti", "Virtanen")
    cast.sign_in(client, "riitta")
    shown = page(client, "office:member_merge", one.pk, other.pk)
    assert "Sama jäsenyys kahteen kertaan" in shown
    assert f"jäsennumeron {one.number} jäsenyys jatkuu" in shown
    join(cast, one, other)
    after = page(client, "office:member", one.pk)
    assert "Kirjattu kahdesti" in after
    closed = Membership.objects.get(party=one, state="ended")
    again = reverse("office:membership_reinstate", args=[one.pk, closed.pk])
    assert again not in after, "what was a mistake is not taken up again"
