"""The areas of spouses counted together at their request: one fee, one invoice, and nothing charged twice (REG-3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import FeeBasisValue, Holding, HoldingMember, JoinedAreas, Membership, Party
from members.models.memberships import EventKind
from members.services import areas, ending, households, lifecycle, registering
from members.services.areas import AreasError
from tests.billing import runs
from tests.cast import JOINED, TODAY, Cast


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def tables(cast: Cast) -> None:
    """A fee by classes of area once per membership, a flat one, and a share of the union once per holding."""
    runs.decided(
        cast.units["union"],
        runs.bracket(
            "liitto", ["forest_ha_south"], [("0", "120", "10"), ("120", None, "14")], once_per="holding"
        ),
    )
    runs.decided(
        cast.units["a"],
        runs.flat("jasen", "45"),
        runs.bracket(
            "ala", ["forest_ha_south"], [("0", "50", "20"), ("50", "120", "70"), ("120", None, "100")]
        ),
    )


def spouse(cast: Cast, *, hectares: str = "40", kind: str = "farmer", unit: str = "a") -> Party:
    """Martti, with a holding of his own, the husband of Maija."""
    martti = registering.create_person(
        actor=None,
        first_names="Martti",
        last_name="Metsäpelto",
        on=JOINED,
        email="martti@example.fi",
        address=registering.Address("Koivulantie 148", "00100", "Helsinki"),
    )
    with mutation(actor=None, kind="test.holding"):
        kuusela = Holding.objects.create(name="Kuusela", y_tunnus="2617416-4", responsible=martti)
        HoldingMember.objects.create(holding=kuusela, party=martti, role="responsible", valid_from=JOINED)
        FeeBasisValue.objects.create(
            holding=kuusela, kind_id="forest_ha_south", value=Decimal(hectares), valid_from=JOINED
        )
    lifecycle.start(
        actor=None,
        party=martti,
        unit=cast.units[unit],
        type=cast.types[kind],
        started_on=JOINED,
        holding=kuusela,
    )
    households.add_link(actor=None, party=cast.parties["maija"], other=martti, kind="spouse", on=JOINED)
    cast.parties["martti"] = martti
    return martti


def holding(name: str) -> Holding:
    return Holding.objects.select_related("responsible").get(name=name)


def joined(cast: Cast, on: date = date(2026, 1, 2), payer: str = "maija") -> JoinedAreas:
    return areas.join_areas(
        actor=cast.users["aino"],
        holding=holding("Koivula"),
        other=holding("Kuusela"),
        payer=cast.parties[payer],
        asked_on=on,
        on=on,
    )


def totals(cast: Cast, **values: object) -> dict[str, Decimal]:
    run = runs.previewed(runs.make_run(cast.units["a"], **values))
    return {name: item.total for name, item in runs.items(run).items() if name.startswith("Metsäpelto")}


def test_apart_each_pays_by_the_own_area(cast: Cast, tables: None) -> None:
    spouse(cast)
    assert totals(cast) == {"Metsäpelto Maija": Decimal(125), "Metsäpelto Martti": Decimal(75)}


def test_together_one_of_them_pays_by_the_sum(cast: Cast, tables: None) -> None:
    """100 + 40 ha: one fee of the class 120 and above for each share, and both flat fees."""
    spouse(cast)
    joined(cast)
    assert totals(cast) == {"Metsäpelto Maija": Decimal(45) * 2 + 100 + 14}


def test_the_couple_chooses_who_pays(cast: Cast, tables: None) -> None:
    spouse(cast)
    joined(cast, payer="martti")
    assert totals(cast) == {"Metsäpelto Martti": Decimal(204)}


def test_a_spouse_who_is_no_member_here_changes_nothing(cast: Cast, tables: None) -> None:
    """The other's membership is in another association: its area is not this one's."""
    spouse(cast, unit="b")
    joined(cast)
    assert totals(cast) == {"Metsäpelto Maija": Decimal(125)}


def test_a_fee_that_concerns_one_of_them_only_is_counted_from_that_ones_area(cast: Cast) -> None:
    spouse(cast, kind="forest_owner")
    runs.decided(
        cast.units["a"],
        runs.bracket(
            "tila", ["forest_ha_south"], [("0", "120", "10"), ("120", None, "99")], types=["farmer"]
        ),
        runs.bracket(
            "metsa", ["forest_ha_south"], [("0", "50", "1"), ("50", None, "99")], types=["forest_owner"]
        ),
    )
    joined(cast)
    assert totals(cast) == {"Metsäpelto Maija": Decimal(11)}


def test_it_holds_from_its_day_to_its_day(cast: Cast, tables: None) -> None:
    spouse(cast)
    areas.part_areas(actor=None, areas=joined(cast, date(2026, 3, 1)), on=date(2026, 6, 1))
    assert len(totals(cast, basis_date=date(2026, 2, 1))) == 2
    assert len(totals(cast, basis_date=date(2026, 4, 1))) == 1
    assert len(totals(cast, basis_date=date(2026, 6, 1))) == 2


def test_a_preview_is_stale_after_joining(cast: Cast, tables: None) -> None:
    from billing.fingerprint import fingerprint

    spouse(cast)
    run = runs.previewed(runs.make_run(cast.units["a"]))
    before = fingerprint(run)
    joined(cast, date(2026, 1, 15))
    assert fingerprint(run)["areas"] != before["areas"]


def test_a_fee_that_has_been_charged_stands_and_the_joining_waits(cast: Cast, tables: None) -> None:
    spouse(cast)
    runs.issued(runs.make_run(cast.units["a"]))
    made = joined(cast, TODAY)
    assert made.valid_from == date(2027, 1, 1)
    areas.part_areas(actor=None, areas=made, on=TODAY)
    assert not JoinedAreas.objects.exists()


def test_charged_together_they_stay_together_to_the_end_of_the_year(cast: Cast, tables: None) -> None:
    """Otherwise the spouse's area would be charged again."""
    spouse(cast)
    made = joined(cast)
    runs.issued(runs.make_run(cast.units["a"]))
    assert areas.part_areas(actor=None, areas=made, on=TODAY).valid_to == date(2026, 12, 31)


def next_year_charged(cast: Cast) -> None:
    """The next year's fees are decided and charged in December already, this year's have not been."""
    runs.decided(cast.units["a"], runs.flat("jasen", "45"), year=2027)
    runs.issued(runs.make_run(cast.units["a"], year=2027, basis_date=TODAY, invoice_date=TODAY))


def test_joining_begins_after_every_year_that_has_been_charged(cast: Cast, tables: None) -> None:
    spouse(cast)
    next_year_charged(cast)
    assert joined(cast, TODAY).valid_from == date(2028, 1, 1)


def test_parting_ends_after_every_year_that_has_been_charged(cast: Cast, tables: None) -> None:
    """Otherwise a later run of the next year charges the area of the spouse once more."""
    spouse(cast)
    made = joined(cast)
    next_year_charged(cast)
    assert areas.part_areas(actor=None, areas=made, on=TODAY).valid_to == date(2027, 12, 31)


def test_parting_pushes_no_end_that_has_been_agreed_forward(cast: Cast, tables: None) -> None:
    spouse(cast)
    made = joined(cast)
    runs.issued(runs.make_run(cast.units["a"]))
    with mutation(actor=None, kind="test.end"):
        JoinedAreas.objects.update(valid_to=TODAY + timedelta(days=5))
    assert areas.part_areas(actor=None, areas=made, on=TODAY).valid_to == TODAY + timedelta(days=5)


def test_what_was_charged_counts_though_the_membership_has_ended(cast: Cast, tables: None) -> None:
    martti = spouse(cast)
    runs.issued(runs.make_run(cast.units["a"]))
    with mutation(actor=None, kind="test.end"):
        for membership in Membership.objects.filter(party__in=[martti, cast.parties["maija"]]):
            ending.end_membership(
                actor=None, membership=membership, kind=EventKind.RESIGNED, noticed_on=TODAY
            )
    assert areas.first_day([holding("Koivula"), holding("Kuusela")], TODAY) == date(2027, 1, 1)


def test_only_spouses_and_only_once(cast: Cast, tables: None) -> None:
    spouse(cast)
    joined(cast)
    with pytest.raises(AreasError) as taken:
        joined(cast)
    assert taken.value.code == "taken"
    with mutation(actor=None, kind="test.estate"):
        third = Holding.objects.create(name="Niittyvirta", responsible=cast.parties["estate"])
    with pytest.raises(AreasError) as stranger:
        areas.join_areas(
            actor=None,
            holding=third,
            other=holding("Kuusela"),
            payer=cast.parties["martti"],
            asked_on=TODAY,
            on=TODAY,
        )
    assert stranger.value.code == "not_spouses"
    areas.part_areas(actor=None, areas=JoinedAreas.objects.get(), on=date(2026, 1, 2))
    with pytest.raises(AreasError) as payer:
        joined(cast, payer="siiri")
    assert payer.value.code == "payer"


def test_a_divorce_parts_the_areas_and_ends_no_membership(cast: Cast, tables: None) -> None:
    martti = spouse(cast)
    joined(cast)
    link = martti.reverse_links.get(kind="spouse")
    households.end_link(actor=None, link=link, on=date(2026, 6, 1))
    assert JoinedAreas.objects.get().valid_to == date(2026, 5, 31)
    assert martti.memberships.get().state == "active"


def test_a_death_parts_the_areas_and_its_undoing_joins_them_again(cast: Cast, tables: None) -> None:
    martti = spouse(cast)
    joined(cast)
    done = ending.record_death(
        actor=cast.users["riitta"], party=martti, died_on=TODAY, reason="", estate=True
    )
    assert JoinedAreas.objects.get().valid_to == date(2026, 11, 21)
    ending.undo(actor=cast.users["riitta"], party=martti, mutation_id=done.pk, on=TODAY)
    assert JoinedAreas.objects.get().valid_to is None


# --- the pages --------------------------------------------------------------------------------------------------------
def test_the_office_joins_and_parts_with_a_press_each(client: Client, cast: Cast, tables: None) -> None:
    spouse(cast)
    cast.sign_in(client, "aino")
    maija, martti = cast.parties["maija"], cast.parties["martti"]
    address = reverse("office:areas_join", args=[maija.pk, holding("Koivula").pk])
    assert client.get(address).status_code == 200
    values = {"other": holding("Kuusela").pk, "payer": maija.pk, "asked_on": "1.11.2026"}
    response = client.post(address, values)
    assert response["Location"] == reverse("office:household", args=[maija.pk])
    for party in (maija, martti):
        assert "Kuusela" in client.get(reverse("office:member", args=[party.pk])).content.decode()
        assert "lasketaan yhteen" in client.get(reverse("office:member", args=[party.pk])).content.decode()
    part = reverse("office:areas_part", args=[martti.pk, JoinedAreas.objects.get().pk])
    assert client.get(part).status_code == 200
    client.post(part)
    assert not JoinedAreas.objects.exists()


def test_a_spouse_elsewhere_has_no_name_on_the_household(client: Client, cast: Cast, tables: None) -> None:
    spouse(cast, unit="b")
    made = joined(cast, payer="martti")
    cast.sign_in(client, "aino")
    maija = cast.parties["maija"]
    for address in (
        reverse("office:household", args=[maija.pk]),
        reverse("office:areas_part", args=[maija.pk, made.pk]),
        reverse("office:member", args=[maija.pk]),
    ):
        response = client.get(address)
        assert response.status_code == 200
        text = response.content.decode()
        assert "Koivula" in text
        assert not any(told in text for told in ("Kuusela", "Martti")), address


@pytest.mark.parametrize("name", ["bo", "ulla", "maija"])
def test_strangers_join_nothing(client: Client, cast: Cast, tables: None, name: str) -> None:
    spouse(cast)
    cast.sign_in(client, name)
    address = reverse("office:areas_join", args=[cast.parties["maija"].pk, holding("Koivula").pk])
    values = {"other": holding("Kuusela").pk, "payer": cast.parties["maija"].pk, "asked_on": "1.11.2026"}
    assert client.post(address, values).status_code in {302, 403, 404}
    assert not JoinedAreas.objects.exists()
