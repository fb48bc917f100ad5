"""What the join form says a membership costs: the same sum the first invoice has, with every unit's share."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing import quoting
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import MembershipType
from members.panels import Fee
from tests.billing import runs
from tests.cast import TODAY, Cast

NBSP = "\N{NO-BREAK SPACE}"
PRICED = ["farmer", "personal"]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def quoted(cast: Cast, code: str, on: date = date(2026, 1, 1)) -> Fee:
    kind = MembershipType.objects.get(federation_code=code)
    return quoting.quote(types=[kind], unit=cast.units["a"], on=on)[kind.pk]


def tables(cast: Cast, **rule: object) -> None:
    runs.decided(cast.units["union"], runs.flat("liitto", "13", types=["farmer"], once_per="payer"))
    runs.decided(cast.units["region1"], runs.flat("alue", "7.50", types=PRICED))
    runs.decided(
        cast.units["a"],
        runs.flat("jasen", "45", types=PRICED, **rule),
        runs.flat("metsa", "7", bases=["forest_ha_south"], types=["farmer"]),
    )


def test_every_units_share_is_in_the_sum_and_told(client: Client, cast: Cast) -> None:
    tables(cast)
    assert quoted(cast, "personal") == Fee(
        f"52,50{NBSP}€",
        f"Järvi-Hämeen liitto 7,50{NBSP}€, Kuusilahden tuottajayhdistys 45,00{NBSP}€.",
        to=("Järvi-Hämeen liitto", "Kuusilahden tuottajayhdistys"),
    )
    farmer = quoted(cast, "farmer")
    assert farmer.text == f"65,50{NBSP}€ + tilan mukaan"
    assert f"Malliliitto 13,00{NBSP}€" in farmer.parts
    assert "metsä" in farmer.parts
    html = client.get(reverse("public:join", args=["a"])).content.decode()
    for text in (farmer.text, farmer.own, f"52,50{NBSP}€"):
        assert text in html
    assert html.count("Järvi-Hämeen liitto") == 1, "who shares the sums is told once, not in every box"


def test_the_sum_is_what_the_run_then_charges(cast: Cast) -> None:
    tables(cast)
    run = runs.previewed(runs.make_run(cast.units["a"]))
    item = runs.items(run)["O'Brien Siiri"]
    assert quoted(cast, "personal").text == f"{item.total:.2f}{NBSP}€".replace(".", ",")


@pytest.mark.parametrize(
    ("on", "sum_"), [(date(2026, 1, 1), "52,50"), (date(2026, 8, 1), "30,00"), (date(2026, 6, 30), "52,50")]
)
def test_a_share_of_the_year_and_the_whole_year(cast: Cast, on: date, sum_: str) -> None:
    tables(cast, proration="half_year")
    fee = quoted(cast, "personal", on)
    assert fee.text == f"{sum_}{NBSP}€"
    assert (f"koko vuodelta 52,50{NBSP}€" in fee.parts) == (sum_ == "30,00")


def test_after_the_last_day_nothing_is_charged_this_year(cast: Cast) -> None:
    runs.decided(cast.units["a"], runs.flat("jasen", "45", types=["personal"], join_cutoff="09-30"))
    fee = quoted(cast, "personal", TODAY)
    assert fee.text == f"0,00{NBSP}€"
    assert f"45,00{NBSP}€" in fee.parts


def test_a_discount_is_taken_off(cast: Cast) -> None:
    off = runs.RuleDraft(
        {
            "code": "ale",
            "name_fi": "Ale",
            "kind": "percent_discount",
            "percent": Decimal(50),
            "types": ["personal"],
        }
    )
    runs.decided(cast.units["a"], runs.flat("jasen", "45", types=["personal"]), off)
    assert quoted(cast, "personal").text == f"22,50{NBSP}€"


def test_a_family_member_has_no_fee_of_its_own_unless_the_table_says_so(cast: Cast) -> None:
    tables(cast)
    assert quoted(cast, "family_member") == Fee("Ei omaa maksua")
    own = runs.flat("perhe", "5", types=["family_member"], condition="family")
    runs.decided(cast.units["b"], runs.flat("jasen", "45"), own)
    kind = cast.types["family_member"]
    found = quoting.quote(types=[kind], unit=cast.units["b"], on=TODAY)[kind.pk]
    assert found.text == f"5,00{NBSP}€"


def test_before_the_fees_are_decided_nothing_is_promised(client: Client, cast: Cast) -> None:
    with mutation(actor=None, kind="test"):
        runs.decided(cast.units["union"], runs.flat("liitto", "13"))
    assert quoting.quote(types=[cast.types["farmer"]], unit=cast.units["a"], on=TODAY) == {}
    html = client.get(reverse("public:join", args=["a"])).content.decode()
    assert "€" not in html
    assert "Ei omaa maksua" not in html
