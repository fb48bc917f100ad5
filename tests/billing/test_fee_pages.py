"""The fee table pages: what the treasurer can do, what is refused beside the field, and the outsider's twin of each page."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import FeeTable
from billing.services import fee_tables
from jasenpalvelu.common import clock
from tests.billing.runs import bracket, decided, flat
from tests.cast import TODAY, Cast


@pytest.fixture(autouse=True)
def _today():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def olavi(cast: Cast, client: Client) -> Client:
    return cast.sign_in(client, "olavi")


@pytest.fixture
def draft(cast: Cast) -> FeeTable:
    return fee_tables.create(
        unit=cast.units["a"],
        year=2027,
        actor=None,
        rules=[flat("perus", "25"), bracket("ala", ["field_ha"], [("0", "10", "42"), ("10", None, "62")])],
    )


def rows(*found: tuple[str, str, str], **extra: str) -> dict[str, str]:
    data = {"luokka-TOTAL_FORMS": str(len(found)), "luokka-INITIAL_FORMS": "0"}
    for index, (lower, upper, amount) in enumerate(found):
        data |= {
            f"luokka-{index}-lower": lower,
            f"luokka-{index}-upper": upper,
            f"luokka-{index}-amount": amount,
        }
    return data | extra


BRACKET = {
    "name_fi": "Metsä", "bases": ["forest_ha_south"], "basis_area": "total", "once_per": "holding",
    "proration": "none", "vat_code": "O",
}  # fmt: skip


def test_a_table_is_made_from_a_ready_template_and_from_last_year(cast, olavi) -> None:
    page = olavi.get(reverse("office:fee_table_new"))
    assert "Tyhjä taulukko" in page.text
    data = {"unit": cast.units["a"].pk, "year": "2027", "source": "tariff:mhy_kaakko_2021"}
    response = olavi.post(reverse("office:fee_table_new"), data)
    made = FeeTable.objects.get(unit=cast.units["a"], year=2027)
    assert response.url == reverse("office:fee_table", args=[made.pk])
    assert made.rules.count() == 2
    data = {"unit": cast.units["a"].pk, "year": "2028", "source": f"table:{made.pk}"}
    olavi.post(reverse("office:fee_table_new"), data)
    assert FeeTable.objects.get(unit=cast.units["a"], year=2028).rules.count() == 2


def test_a_second_draft_of_a_year_is_refused_beside_the_year(cast, olavi, draft) -> None:
    data = {"unit": cast.units["a"].pk, "year": "2027", "source": "empty"}
    page = olavi.post(reverse("office:fee_table_new"), data)
    assert "Tälle vuodelle on jo luonnos" in page.text
    assert FeeTable.objects.filter(year=2027).count() == 1


def test_classes_are_shown_as_people_read_them(olavi, draft) -> None:
    page = olavi.get(reverse("office:fee_table", args=[draft.pk]))
    assert "0,00–9,99 ha: 42,00" in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "vähintään 10 ha" in page.text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_gap_is_told_beside_its_row_and_nothing_is_saved(olavi, draft) -> None:
    address = reverse("office:fee_rule_new", args=[draft.pk]) + "?laji=bracket"
    page = olavi.post(address, BRACKET | rows(("0", "10", "42"), ("20", "", "62")))
    assert page.status_code == 200
    assert "aloita luvusta 10,00" in page.text
    assert 'id="id_luokka-1-lower_error"' in page.text
    assert 'value="62"' in page.text, "what was typed is kept"
    assert draft.rules.count() == 2


def test_an_overlap_and_an_empty_class_are_told_too(olavi, draft) -> None:
    address = reverse("office:fee_rule_new", args=[draft.pk]) + "?laji=bracket"
    assert "päällekkäin" in olavi.post(address, BRACKET | rows(("0", "20", "1"), ("10", "", "2"))).text
    assert "Luokan pitää päättyä suurempaan" in olavi.post(address, BRACKET | rows(("20", "10", "1"))).text
    assert "Kirjoita ainakin yksi luokka" in olavi.post(address, BRACKET | rows(("", "", ""))).text


def test_more_rows_keep_what_was_typed(olavi, draft) -> None:
    address = reverse("office:fee_rule_new", args=[draft.pk]) + "?laji=bracket"
    page = olavi.post(address, BRACKET | rows(("0", "10", "42"), rivit="5"))
    assert 'name="luokka-5-lower"' in page.text
    assert 'value="42"' in page.text
    assert draft.rules.count() == 2


def test_a_component_is_added_changed_moved_and_removed(olavi, draft) -> None:
    address = reverse("office:fee_rule_new", args=[draft.pk]) + "?laji=bracket"
    olavi.post(address, BRACKET | rows(("0", "10,5", "42"), ("10,5", "", "62,50"), ("", "", "")))
    rule = draft.rules.get(name_fi="Metsä")
    assert [(row.lower, row.upper, row.amount) for row in rule.brackets.order_by("lower")] == [
        (Decimal(0), Decimal("10.5"), Decimal(42)),
        (Decimal("10.5"), None, Decimal("62.5")),
    ]
    change = reverse("office:fee_rule", args=[draft.pk, rule.pk])
    assert 'value="62,50"' in olavi.get(change).text
    olavi.post(change, {**BRACKET, "name_fi": "Metsäosa", "join_cutoff": "31.10."} | rows(("0", "", "50")))
    rule.refresh_from_db()
    assert (rule.name_fi, rule.join_cutoff, rule.brackets.count()) == ("Metsäosa", "10-31", 1)
    olavi.post(reverse("office:fee_rule_move", args=[draft.pk, rule.pk]), {"suunta": "ylos"})
    rule.refresh_from_db()
    assert rule.position == 2
    delete = reverse("office:fee_rule_delete", args=[draft.pk, rule.pk])
    assert "Poistetaanko Metsäosa" in olavi.get(delete).text
    olavi.post(delete)
    assert draft.rules.count() == 2


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("flat", {"name_fi": "Perus2", "amount": "25,50"}),
        (
            "per_unit",
            {"name_fi": "Hehtaari", "unit_price": "1,2575", "bases": ["field_ha"], "basis_area": "total"},
        ),
        ("percent_discount", {"name_fi": "Perhe", "percent": "20", "condition": "family"}),
        ("amount_discount", {"name_fi": "Alennus", "amount": "15"}),
    ],
)
def test_every_kind_has_its_own_form(olavi, draft, kind, data) -> None:
    address = reverse("office:fee_rule_new", args=[draft.pk]) + f"?laji={kind}"
    common = {"once_per": "membership", "proration": "none", "vat_code": "O"}
    response = olavi.post(address, {**common, **data})
    assert response.status_code == 302, response.context["form"].errors
    assert draft.rules.filter(name_fi=data["name_fi"], kind=kind).exists()


def test_bad_values_are_told_beside_their_fields(olavi, draft) -> None:
    address = reverse("office:fee_rule_new", args=[draft.pk]) + "?laji=flat"
    data = {
        "name_fi": "", "amount": "kymmenen", "once_per": "membership", "proration": "none", "vat_code": "S",
        "join_cutoff": "31.13.", "types": ["farmer"], "excluded_types": ["farmer"],
    }  # fmt: skip
    form = olavi.post(address, data).context["form"]
    assert set(form.errors) == {"name_fi", "amount", "vat_rate", "join_cutoff", "excluded_types"}


def test_trying_out_shows_each_part_and_the_sum(cast, olavi, draft) -> None:
    decided(cast.units["union"], flat("liitto", "13", once_per="payer"), year=2027)
    page = olavi.get(reverse("office:fee_table", args=[draft.pk]), {"tyyppi": "farmer", "p_field_ha": "9,99"})
    text = page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert [row[1].replace("\N{NO-BREAK SPACE}", " ") for row in page.context["tried"].rows] == [
        "13,00 €", "25,00 €", "42,00 €", "80,00 €",
    ]  # fmt: skip
    assert "9,99 ha" in text


def test_trying_out_what_no_class_was_decided_for_is_an_error(cast, olavi) -> None:
    table = fee_tables.create(
        unit=cast.units["a"],
        year=2027,
        actor=None,
        rules=[bracket("ala", ["field_ha"], [("0", "5000", "42")])],
    )
    page = olavi.get(reverse("office:fee_table", args=[table.pk]), {"tyyppi": "farmer", "p_field_ha": "5000"})
    assert "Maksutaulukossa ei ole luokkaa" in page.text


def test_deciding_reopening_versions_and_the_lock(olavi, draft) -> None:
    decide = reverse("office:fee_table_decide", args=[draft.pk])
    assert "Virhe:" in olavi.post(decide, {"decided_by": "", "decided_on": "31.2.2026"}).text
    olavi.post(decide, {"decided_by": "Syyskokous", "decided_on": "20.11.2026", "section": "7"})
    draft.refresh_from_db()
    assert (draft.state, draft.decided_on, draft.section) == ("approved", date(2026, 11, 20), "7")
    olavi.post(reverse("office:fee_table_version", args=[draft.pk]))
    newer = FeeTable.objects.get(year=2027, version=2)
    assert newer.state == "draft"
    olavi.post(reverse("office:fee_table_reopen", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.state == "approved", "a draft is open already"
    olavi.post(reverse("office:fee_table_delete", args=[newer.pk]))
    olavi.post(reverse("office:fee_table_reopen", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_limits_are_saved_and_bad_ones_told(olavi, draft) -> None:
    address = reverse("office:fee_table_limits", args=[draft.pk])
    olavi.post(address, {"cap": "450", "instalment_threshold": "300,00"})
    draft.refresh_from_db()
    assert (draft.cap, draft.instalment_threshold) == (Decimal(450), Decimal(300))
    assert "cap" in olavi.post(address, {"cap": "-1"}).context["limits_form"].errors


def test_the_union_s_decided_table_is_read_but_not_edited(cast, olavi) -> None:
    union = decided(cast.units["union"], flat("liitto", "13"))
    hidden = fee_tables.copy(source=union, unit=cast.units["union"], year=2026, actor=None)
    assert olavi.get(reverse("office:fee_table", args=[union.pk])).status_code == 200
    assert olavi.get(reverse("office:fee_table", args=[hidden.pk])).status_code == 404
    assert olavi.post(reverse("office:fee_table_version", args=[union.pk])).status_code == 404


def addresses(table: FeeTable) -> list[tuple[str, str]]:
    rule = table.rules.first()
    assert rule is not None
    one, both = [table.pk], [table.pk, rule.pk]
    return [
        ("get", reverse("office:fee_table", args=one)),
        ("post", reverse("office:fee_table_limits", args=one)),
        ("post", reverse("office:fee_table_decide", args=one)),
        ("post", reverse("office:fee_table_reopen", args=one)),
        ("post", reverse("office:fee_table_version", args=one)),
        ("get", reverse("office:fee_table_delete", args=one)),
        ("get", reverse("office:fee_rule_new", args=one)),
        ("get", reverse("office:fee_rule", args=both)),
        ("post", reverse("office:fee_rule_move", args=both)),
        ("get", reverse("office:fee_rule_delete", args=both)),
    ]


@pytest.mark.parametrize("who", ["ulla", "maija", "bo", "aino"])
def test_others_find_no_draft_and_change_nothing(cast, client, draft, who) -> None:
    """Aino of the same association sees the table but may not touch it; the others do not find it at all."""
    cast.sign_in(client, who)
    for method, address in addresses(draft):
        response = getattr(client, method)(address)
        readable = who == "aino" and address == reverse("office:fee_table", args=[draft.pk])
        assert response.status_code == (200 if readable else 404), address
    draft.refresh_from_db()
    assert (draft.state, draft.rules.count()) == ("draft", 2)


@pytest.mark.parametrize("who", ["ulla", "maija"])
def test_outsiders_find_no_list(cast, client, who) -> None:
    cast.sign_in(client, who)
    assert client.get(reverse("office:fee_tables")).status_code == 404
    assert client.get(reverse("office:fee_table_new")).status_code == 404


def test_a_treasurer_cannot_make_a_table_for_another_unit(cast, olavi) -> None:
    data = {"unit": cast.units["b"].pk, "year": "2027", "source": "empty"}
    assert "unit" in olavi.post(reverse("office:fee_table_new"), data).context["form"].errors


def test_the_list_says_what_to_do_first(olavi) -> None:
    assert "Ei vielä maksutaulukkoa" in olavi.get(reverse("office:fee_tables")).text


def test_the_list_is_read_in_few_queries(cast, olavi, django_assert_max_num_queries) -> None:
    for year in range(2010, 2030):
        decided(cast.units["a"], flat("perus", "25"), year=year)
    with django_assert_max_num_queries(12):
        olavi.get(reverse("office:fee_tables"))
