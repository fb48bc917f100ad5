"""The member list: who is on it, which filters and columns each reader gets, what is hidden (REG-7, REG-12, REG-13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import Invoice
from billing.services import ledger
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import filters, listing, tables
from members.choosing import Choices
from members.models import FeeBasisValue, Membership, Party, SavedView
from members.scope import Scope
from members.services import lifecycle, registering, saved_views
from tests.billing.factories import make_invoice
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import appoint

MAIJA, LOTTA, SIIRI, ESTATE = (
    "Metsäpelto Maija",
    "Ängström Lotta",
    "O&#x27;Brien Siiri",
    "Niittyvirta Marjatta",
)
Look = Callable[..., str]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def look(cast: Cast, client: Client) -> Look:
    def look(who: str, query: str = "") -> str:
        response = cast.sign_in(client, who).get(f"{reverse('office:members')}?{query}")
        assert response.status_code == 200
        return response.content.decode()

    return look


def names(cast: Cast, who: str, query: str = "", **other: str) -> set[str]:
    """The keys in the cast of those on the whole list."""
    scope = Scope.for_user(cast.users[who], on=TODAY)
    found = filters.MemberFilter(QueryDict(query), Choices(scope)).narrowing(TODAY)
    keys = set(listing.parties(found, **other).values_list("pk", flat=True))
    return {name for name, party in cast.parties.items() if party.pk in keys}


def late_invoice(cast: Cast, *, paid: str = "0.00") -> Invoice:
    unit = cast.units["a"]
    invoice = make_invoice(
        creditor=unit, payer=cast.parties["maija"], lines=[(unit, "100.00")], reference="12344"
    )
    if Decimal(paid):
        ledger.post_payment(invoice=invoice, amount=Decimal(paid), paid_on=TODAY, booked_on=TODAY, actor=None)
    return invoice


# --- who is on it -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("aino", {"maija", "siiri", "estate"}),
        ("bo", {"lotta"}),
        ("tiina", {"maija", "siiri", "estate"}),
        ("riitta", {"maija", "siiri", "estate", "lotta"}),
    ],
)
def test_the_list_is_what_the_scope_reaches(cast: Cast, who: str, expected: set[str]) -> None:
    assert names(cast, who) == expected


@pytest.mark.parametrize("who", ["maija", "ulla"])
@pytest.mark.parametrize(
    "page", ["members", "members_counts", "members_columns", "members_view", "members_export"]
)
def test_without_a_post_there_is_no_list(cast: Cast, client: Client, who: str, page: str) -> None:
    assert cast.sign_in(client, who).get(reverse(f"office:{page}")).status_code == 404


def test_a_person_of_two_associations_stands_on_one_row(cast: Cast, look: Look) -> None:
    html = look("tiina", "q=maija")
    assert html.count(MAIJA) == 1
    assert "Maatalousyrittäjä, Metsänomistaja" in html or "Metsänomistaja, Maatalousyrittäjä" in html


@pytest.mark.parametrize(
    "query",
    [
        "unit={b}",
        "q=ängström",
        "q=lotta@example.fi",
        "places=905",
        "state=all",
        "type={farmer}&unit={b}",
        "language=sv",
        "email=yes",
        "unit={b}&state=all&q=lotta",
        "jalkeen=x&unit=x&type=x&joined=x&state=x&payment=x&land=x&email=x&lacks=x&places=x",
    ],
)
def test_no_filter_reaches_another_association(cast: Cast, look: Look, query: str) -> None:
    asked = query.format(b=cast.units["b"].pk, farmer=cast.types["farmer"].pk)
    html = look("aino", asked)
    assert LOTTA not in html
    assert "905" not in names(cast, "aino", asked)
    assert "lotta" not in names(cast, "aino", asked)


def test_state_in_force_comes_first_and_can_be_lifted(cast: Cast, look: Look) -> None:
    membership = Membership.objects.get(party=cast.parties["estate"])
    lifecycle.end(
        actor=None, membership=membership, kind="resigned", decided_on=TODAY, effective_on=date(2026, 11, 1)
    )
    assert names(cast, "aino") == {"maija", "siiri"}
    assert names(cast, "aino", "state=ended") == {"estate"}
    assert names(cast, "aino", "state=all") == {"maija", "siiri", "estate"}
    html = look("aino", "q=niitty")
    assert ESTATE not in html
    assert "state=all" in html  # the way to past members stands on the empty page
    assert ESTATE in look("aino", "q=niitty&state=all")


def test_an_end_in_the_future_has_not_come_yet(cast: Cast) -> None:
    membership = Membership.objects.get(party=cast.parties["estate"])
    lifecycle.end(
        actor=None, membership=membership, kind="resigned", decided_on=TODAY, effective_on=date(2026, 12, 31)
    )
    assert "estate" in names(cast, "aino")
    assert names(cast, "aino", "state=ending") == {"estate"}
    assert names(cast, "aino", "state=ended") == set()


# --- filters ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=metsä mai", {"maija"}),
        ("q=koivula", {"maija"}),
        ("q=1572860-0", {"maija"}),
        ("q=050 555 0142", {"maija"}),
        ("q=%25", {"maija", "siiri", "estate"}),
        ("type={farmer}", {"maija"}),
        ("places=091", {"maija", "estate"}),
        ("places=091&places=905", {"maija", "estate"}),
        ("land=field", {"maija"}),
        ("land=any", {"maija"}),
        ("email=yes", {"maija"}),
        ("email=no", {"estate"}),
        ("lacks=contact", {"estate"}),
        ("joined=2020", {"maija", "siiri", "estate"}),
        ("joined=2026", set()),
        ("language=sv", set()),
        ("state=applied", set()),
    ],
)
def test_filters_narrow_the_list(cast: Cast, query: str, expected: set[str]) -> None:
    assert names(cast, "aino", query.format(farmer=cast.types["farmer"].pk)) == expected


def test_an_association_or_a_region_can_be_picked_from_the_tree(cast: Cast, look: Look) -> None:
    units = cast.units
    assert names(cast, "riitta", f"unit={units['region1'].pk}") == {"maija", "siiri", "estate"}
    assert names(cast, "riitta", f"unit={units['a2'].pk}") == {"maija"}
    assert "\u2007\u2007Kuusilahden" in look("tiina")
    assert 'name="unit"' not in look("aino")


def test_payments_are_told_and_filtered(cast: Cast, look: Look) -> None:
    late_invoice(cast, paid="40.00")
    html = look("olavi", "payment=late")
    assert MAIJA in html
    assert "60,00" in html
    assert "251" in html.split("chip--danger")[1][:60]
    assert ESTATE not in html
    assert names(cast, "olavi", "payment=paid") == {"siiri", "estate"}
    assert names(cast, "olavi", "payment=open") == {"maija"}


def test_land_is_the_whole_holding_or_the_parts_in_reach(cast: Cast, look: Look) -> None:
    assert "30,00" in look("aino")
    with mutation(actor=None, kind="test"):
        FeeBasisValue.objects.filter(kind_id="field_ha").delete()
        koivula = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"]).holding
        for unit, value in (("a", "11.00"), ("a2", "5.00"), ("b", "77.00")):
            FeeBasisValue.objects.create(
                holding=koivula,
                kind_id="field_ha",
                unit=cast.units[unit],
                value=Decimal(value),
                valid_from=JOINED,
            )
    assert "11,00" in look("aino")
    assert "16,00" in look("tiina")


def test_pills_take_one_filter_away(cast: Cast, look: Look) -> None:
    html = look("aino", "q=maija&places=091&land=any")
    assert "Kotikunta: Helsinki" in html
    assert "Jäsenyys voimassa" in html
    assert 'href="?q=maija&amp;land=any"' in html


# --- what is hidden ---------------------------------------------------------------------------------------------------
def test_a_protected_municipality_is_not_shown_and_not_found(cast: Cast, look: Look) -> None:
    html = look("aino", "q=obrien")
    assert SIIRI in html
    assert "Ei näytetä" in html
    assert "Helsinki" not in html.split("<tbody")[1]
    for query in (
        "places=091",
        "email=yes",
        "email=no",
        "lacks=contact",
        "q=siiri@example.fi",
        "q=0405550199",
    ):
        assert "siiri" not in names(cast, "aino", query), query


def test_chosen_contacts_are_hidden_under_an_order(cast: Cast, look: Look) -> None:
    saved_views.save_columns(user=cast.users["aino"], list_name="members", keys=["phone", "email", "address"])
    html = look("aino")
    assert "050 555 0142" in html
    assert "maija@example.fi" in html
    assert "040 555 0199" not in html
    assert "siiri@example.fi" not in html


def test_columns_and_filters_are_offered_by_field_class(cast: Cast, look: Look) -> None:
    appoint(cast, "ulla", "regional_director", "region1")
    html = look("ulla", "land=any&payment=late&email=no&language=fi&lacks=contact")
    assert MAIJA in html  # filters that are not one's own narrow nothing
    assert SIIRI in html
    for told in ("Pelto, ha", "Avoinna", "30,00", 'name="payment"', 'name="land"', 'name="email"'):
        assert told not in html, told
    html = look("aino")
    for told in ("Pelto, ha", "Avoinna", 'name="payment"', 'name="land"', 'name="email"'):
        assert told in html, told


def test_contacts_are_searched_only_where_they_may_be_seen_of_all(cast: Cast) -> None:
    appoint(cast, "ulla", "regional_director", "region1")
    assert names(cast, "ulla", "q=0505550142") == set()
    assert names(cast, "ulla", "q=maija@example.fi") == set()
    appoint(cast, "ulla", "secretary", "b")  # contacts of B's members, but not of everyone's
    assert names(cast, "ulla", "q=maija@example.fi") == set()


def test_a_class_held_over_one_association_reaches_only_its_members(cast: Cast) -> None:
    appoint(cast, "ulla", "regional_director", "union")
    appoint(cast, "ulla", "secretary", "b")
    assert names(cast, "ulla") == {"maija", "siiri", "estate", "lotta"}
    assert names(cast, "ulla", "email=yes") == {"lotta"}
    scope = Scope.for_user(cast.users["ulla"], on=TODAY)
    found = filters.MemberFilter(QueryDict(""), Choices(scope)).narrowing(TODAY)
    rows = listing.rows_of(listing.parties(found).order_by("sort_key"), found)
    email = next(c for c in tables.offered(scope) if c.key == "email")
    loaded = tables.load(tables.Loading(scope, rows, TODAY), [email])
    told = {row.party.pk: loaded.cell(row, email) for row in rows}
    assert told[cast.parties["lotta"].pk] == "lotta@example.fi"
    assert told[cast.parties["maija"].pk] is None


# --- order, pages, views, columns -------------------------------------------------------------------------------------
def crowd(cast: Cast, count: int) -> None:
    with mutation(actor=None, kind="test"):
        for number in range(count):
            party = registering.create_person(
                actor=None, first_names=f"Eero {number:03}", last_name="Aalto", on=JOINED
            )
            lifecycle.start(
                actor=None,
                party=party,
                unit=cast.units["a" if number % 2 else "a2"],
                type=cast.types["personal"],
                started_on=JOINED,
            )


@pytest.mark.parametrize("who", ["aino", "riitta"])
@pytest.mark.parametrize("sort", ["name", "-name", "number", "-number"])
def test_pages_walk_through_everybody_once(cast: Cast, who: str, sort: str) -> None:
    crowd(cast, 130)
    scope = Scope.for_user(cast.users[who], on=TODAY)
    found = filters.MemberFilter(QueryDict(""), Choices(scope)).narrowing(TODAY)
    seen: list[int] = []
    after = ""
    while after or not seen:
        page = listing.page_of(found, {"jalkeen": after}, sort, size=20)
        seen += [party.pk for party in page.rows]
        after = page.next
    key = "sort_key" if sort.endswith("name") else "member_number"
    down = sort.startswith("-")
    wanted = sorted(
        listing.parties(found).order_by("pk"), key=lambda p: (getattr(p, key), p.pk), reverse=down
    )
    assert seen == [party.pk for party in wanted]
    back = listing.page_of(found, {"ennen": listing.page_of(found, {}, sort, size=20).next}, sort, size=20)
    assert [p.pk for p in back.rows] == seen[:19] or [p.pk for p in back.rows] == seen[:20]


def test_a_walk_that_does_not_fill_the_page_gathers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(cast, 40)
    monkeypatch.setattr(listing, "WALKED", 3)
    scope = Scope.for_user(cast.users["riitta"], on=TODAY)
    found = filters.MemberFilter(QueryDict("state=all"), Choices(scope)).narrowing(TODAY)
    whole = [p.pk for p in listing.parties(found).order_by("sort_key", "pk")]
    for size in (2, 3, 10, 100):
        first = listing.page_of(found, {}, "name", size=size)
        assert [p.pk for p in first.rows] == whole[:size]
        if first.next:
            second = listing.page_of(found, {"jalkeen": first.next}, "name", size=size)
            assert [p.pk for p in second.rows] == whole[size : 2 * size]


def rolled(cast: Cast, query: str, **page: int) -> list[list[int]]:
    """The pages of Aino's one association."""
    scope = Scope.for_user(cast.users["aino"], on=TODAY)
    found = filters.MemberFilter(QueryDict(query), Choices(scope)).narrowing(TODAY)
    pages = [listing.page_of(found, {}, "name", **page)]
    while pages[-1].next:
        pages.append(listing.page_of(found, {"jalkeen": pages[-1].next}, "name", **page))
    return [[party.pk for party in one.rows] for one in pages]


def test_two_memberships_in_one_association_are_one_row_on_one_page(cast: Cast) -> None:
    crowd(cast, 8)
    whole = [pk for (pk,) in rolled(cast, "", size=1)]
    for party in Party.objects.filter(pk__in=whole[:3]).order_by("pk"):
        with mutation(actor=None, kind="test"):
            lifecycle.start(
                actor=None,
                party=party,
                unit=cast.units["a"],
                type=cast.types["forest_owner"],
                started_on=JOINED,
            )
    assert [pk for (pk,) in rolled(cast, "", size=1)] == whole
    assert [pk for page in rolled(cast, "", size=2) for pk in page] == whole
    assert len(rolled(cast, "q=ee aa", size=2)) == 2  # four of the crowd are in Aino's association


def test_the_list_follows_a_new_name(cast: Cast) -> None:
    crowd(cast, 6)
    (last,) = rolled(cast, "", size=1)[-1]
    party = Party.objects.get(pk=last)
    registering.update_party(party=party, values={"last_name": "Aakko", "first_names": "Aada"}, actor=None)
    assert rolled(cast, "", size=1)[0] == [last]
    keys = Membership.objects.filter(party=party).values_list("sort_key", flat=True)
    assert set(keys) == {Party.objects.get(pk=last).sort_key}


def test_a_long_list_is_not_counted_in_passing(
    cast: Cast, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = reverse("office:members_counts")
    assert counts not in look("aino")
    cache.clear()
    monkeypatch.setattr(listing, "COUNTED", 2)
    assert counts in look("aino")


@pytest.mark.parametrize("who", ["aino", "olavi", "tiina", "riitta"])
@pytest.mark.parametrize("count", [1, 30])
def test_the_page_asks_twelve_questions_at_most(cast: Cast, client: Client, who: str, count: int) -> None:
    crowd(cast, count)
    late_invoice(cast)
    cast.sign_in(client, who)
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("office:members"))
    assert len(asked) <= 12, [q["sql"][:90] for q in asked]


def test_a_saved_view_is_a_tab_with_its_number(cast: Cast, client: Client, look: Look) -> None:
    cast.sign_in(client, "aino")
    url = f"{reverse('office:members_view')}?places=091&state=all"
    assert "Kotikunta: Helsinki" in client.get(url).content.decode()
    refused = client.post(url, {"name": ""})
    assert "Virhe:" in refused.content.decode()
    assert client.post(url, {"name": "Kaupunkilaiset"}).status_code == 302
    html = look("aino", "state=all&places=091&jarjestys=-name")
    assert 'aria-current="page">Kaupunkilaiset <span>2</span>' in html
    assert "Kaupunkilaiset" not in look("olavi")
    view = SavedView.objects.get(name="Kaupunkilaiset")
    cast.sign_in(client, "olavi")
    assert client.post(reverse("office:members_view_forget", args=[view.pk])).status_code == 404
    cast.sign_in(client, "aino")
    assert client.post(reverse("office:members_view_forget", args=[view.pk])).status_code == 302
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_views_do_not_grow_without_end(cast: Cast) -> None:
    for number in range(saved_views.MOST):
        saved_views.save_view(user=cast.users["aino"], list_name="members", name=str(number), query="")
    with pytest.raises(saved_views.TooMany):
        saved_views.save_view(user=cast.users["aino"], list_name="members", name="one more", query="")
    again = saved_views.save_view(user=cast.users["aino"], list_name="members", name="3", query="q=x")
    assert again.query == "q=x"


def test_columns_are_remembered(cast: Cast, client: Client, look: Look) -> None:
    cast.sign_in(client, "aino")
    url = reverse("office:members_columns")
    assert 'value="place"' in client.get(url).content.decode()
    assert client.post(url, {"columns": ["joined", "number"]}).status_code == 302
    html = look("aino")
    assert "1.1.2020" in html
    assert "Kotikunta</th>" not in html
    client.post(url, {"columns": ["joined", "salaisuus"]})
    assert "1.1.2020" in look("aino")


def test_numbers_of_a_wide_reach_come_after_the_page(cast: Cast, client: Client, look: Look) -> None:
    html = look("riitta")
    assert reverse("office:members_counts") in html
    told = client.get(reverse("office:members_counts")).content.decode()
    assert "Kaikki <span>4</span>" in told
    assert "Pelto tai metsä <span>1</span>" in told
    html = look("riitta")
    assert reverse("office:members_counts") not in html
    assert "Kaikki <span>4</span>" in html


def test_htmx_gets_the_part_that_changes(cast: Cast, client: Client) -> None:
    cast.sign_in(client, "aino")
    response = client.get(f"{reverse('office:members')}?q=maija&type=&unit=", headers={"HX-Request": "true"})
    html = response.content.decode()
    assert html.lstrip().startswith('<div id="luettelo">')
    assert 'hx-swap-oob="true"' in html
    assert response.headers["HX-Push-Url"] == f"{reverse('office:members')}?q=maija"


def test_an_empty_register_says_what_to_do_first(cast: Cast, look: Look) -> None:
    appoint(cast, "ulla", "secretary", "a3")
    html = look("ulla")
    assert "Ei vielä jäseniä" in html
    assert reverse("office:member_add") in html


def test_swedish(cast: Cast, look: Look) -> None:
    html = look("bo")
    assert "Medlemmar" in html
    assert "Vasa" in html


def test_parties_are_never_fetched_without_the_scope(cast: Cast) -> None:
    nobody = filters.MemberFilter(QueryDict(""), Choices(Scope.nobody())).narrowing(TODAY)
    assert not listing.parties(nobody).exists()
    assert listing.counts({"": listing.parties(nobody)}) == {"": 0}
    assert Party.objects.exists()
