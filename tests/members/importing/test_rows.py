"""One row as a member."""

from datetime import date

import pytest

from members.importing.problems import is_error
from members.importing.rows import Reader, Type, display_name, identity_key

FARMER, FOREST, MINOR = Type(1, ("person",), needs_holding=True), Type(2), Type(3, min_age=18)
TYPES = {"maatalousyrittaja": FARMER, "metsanomistaja": FOREST, "nuori": MINOR}


def read(given: dict[str, str], **options):
    reader = Reader(
        mapping=dict(enumerate(given)),
        types=TYPES,
        by_id={1: FARMER, 2: FOREST, 3: MINOR},
        on=date(2026, 11, 22),
        **{"default_type": 2, "default_started_on": date(2026, 1, 1)} | options,
    )
    parsed, problems = reader.read(list(given.values()))
    return (
        parsed,
        [p["code"] for p in problems if is_error(p)],
        [p["code"] for p in problems if not is_error(p)],
    )


def test_a_whole_person():
    parsed, errors, warnings = read(
        {
            "last_name": "VIRTANEN", "first_names": "MATTI", "street": "Koivutie 1", "postal_code": "100", "city": "",
            "email": "Matti@Example.fi", "phone": "0991234567", "birth_date": "29.2.1980", "municipality": "Helsinki",
            "language": "suomi", "type": "Maatalousyrittäjä", "started_on": "2015", "holding_name": "Koivula",
            "y_tunnus": "1572860-0", "field_ha": "30,5", "forest_ha": "1 234,5",
        }
    )  # fmt: skip
    assert (errors, warnings) == ([], [])
    assert display_name(parsed) == "Virtanen Matti"
    assert parsed["city"] == "Helsinki", "from the postal code"
    assert parsed["started_on"] == parsed["started_new"] == "2015-01-01"
    assert parsed["holding"] == {"name": "Koivula", "y_tunnus": "1572860-0"}
    assert parsed["bases"] == {"field_ha": "30.50", "forest_ha_south": "1234.50"}
    assert "y_tunnus" not in parsed, "a person's business ID is the holding's"


def test_forest_is_northern_by_the_municipality():
    for given, kind in (
        ({"municipality": "Rovaniemi"}, "forest_ha_north"),
        ({"holding_municipality": "Kajaani", "municipality": "Helsinki"}, "forest_ha_north"),
        ({"postal_code": "90100"}, "forest_ha_north"),
        ({"municipality": "Vaasa"}, "forest_ha_south"),
    ):
        parsed, _errors, _warnings = read({"last_name": "A", "first_names": "B", "forest_ha": "10", **given})
        assert parsed["bases"] == {kind: "10.00"}


def test_estates_and_joint_forests_in_the_name_columns():
    for name, form in (("Niemelä Matti kuolinpesä", "estate"), ("Rinteen yhteismetsä", "joint_forest")):
        parsed, errors, warnings = read({"last_name": name, "first_names": "", "forest_ha": "12"})
        assert (parsed["kind"], parsed["organisation"], parsed["legal_form"]) == ("organisation", name, form)
        assert (errors, warnings) == ([], ["y_tunnus_missing"])
    parsed, _errors, _warnings = read({"last_name": "Niemelä", "first_names": "Matti kuolinpesä"})
    assert parsed["organisation"] == "Niemelä Matti kuolinpesä"


def test_an_organisation_with_bases_has_a_holding_of_the_same_business_id():
    parsed, _errors, _warnings = read(
        {"name": "Rinteen yhteismetsä", "y_tunnus": "1572860-0", "forest_ha": "12"}
    )
    assert parsed["y_tunnus"] == parsed["holding"]["y_tunnus"] == "1572860-0"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"last_name": "Virtanen", "first_names": ""}, "name_half"),
        ({"last_name": "", "first_names": ""}, "name_missing"),
        ({"last_name": "123", "first_names": "4"}, "name_odd"),
        ({"name": "Virtanen"}, "name_half"),
        ({"name": "Virtanen Matti", "email": "matti"}, "email"),
        ({"name": "Virtanen Matti", "phone": "ei ole"}, "phone"),
        ({"name": "Virtanen Matti", "postal_code": "1"}, "postal_code"),
        ({"name": "Virtanen Matti", "municipality": "Atlantis"}, "municipality"),
        ({"name": "Virtanen Matti", "birth_date": "31.2.1980"}, "date"),
        ({"name": "Virtanen Matti", "birth_date": "1.1.2030"}, "birth_date_odd"),
        ({"name": "Virtanen Matti", "birth_date": "1.1.1700"}, "birth_date_odd"),
        ({"name": "Virtanen Matti", "started_on": "1.1.2099"}, "date_far"),
        (
            {"name": "Virtanen Matti", "started_on": "1.1.1980", "birth_date": "1.1.1990"},
            "started_before_birth",
        ),
        ({"name": "Virtanen Matti", "started_on": "1.1.2020", "ended_on": "1.1.2019"}, "ended_before_start"),
        ({"name": "Virtanen Matti", "type": "Ulkojäsen"}, "type_unknown"),
        ({"name": "Virtanen Matti", "field_ha": "paljon"}, "number"),
        ({"name": "Virtanen Matti", "field_ha": "-1"}, "negative"),
        ({"name": "Virtanen Matti", "y_tunnus": "1572860-1"}, "y_tunnus_check"),
        ({"name": "Virtanen Matti", "non_disclosure": "ehkä"}, "yes_no"),
        ({"name": "Virtanen Oy", "type": "Maatalousyrittäjä"}, "type_not_for_kind"),
        ({"last_name": "V" * 101, "first_names": "Matti"}, "too_long"),
        ({"last_name": "V" * 100, "first_names": "M" * 100}, "too_long"),
        ({"last_name": "Ж" * 60, "first_names": "Я"}, "too_long"),
        ({"organisation": "Ж" * 60, "y_tunnus": "1572860-0"}, "too_long"),
        ({"name": "Virtanen Matti", "holding_name": "K" * 121}, "too_long"),
    ],
)
def test_errors_with_their_reason(given, code):
    _parsed, errors, _warnings = read(given)
    assert errors == [code]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": "Virtanen Matti", "email": "a@example.fi, b@example.fi"}, "several_values"),
        ({"name": "Virtanen Matti", "postal_code": "99998"}, "postal_code_unknown"),
        ({"name": "Virtanen Matti", "holding_name": "Koivula"}, "holding_y_tunnus_missing"),
        ({"name": "Virtanen Matti", "type": "Maatalousyrittäjä"}, "needs_holding"),
        ({"name": "Virtanen Matti", "type": "Nuori", "birth_date": "1.1.2015"}, "too_young"),
        ({"name": "Virtanen Oy", "y_tunnus": "1572860-0", "birth_date": "1.1.1980"}, "not_a_person"),
    ],
)
def test_warnings_do_not_stop_the_row(given, code):
    _parsed, errors, warnings = read(given)
    assert (errors, warnings) == ([], [code])


def test_a_lenient_import_leaves_out_a_contact_it_cannot_read_but_never_a_fact():
    parsed, errors, warnings = read({"name": "Virtanen Matti", "email": "x", "birth_date": "x"}, lenient=True)
    assert (errors, warnings) == (["date"], ["email"])
    assert "email" not in parsed


def test_empty_cells_clear_only_where_asked_and_where_the_column_is_there():
    given = {"name": "Virtanen Matti", "email": "", "phone": "0991234567"}
    assert "emptied" not in read(given)[0]
    assert read(given, clear_empty=True)[0]["emptied"] == ["email"]


def test_several_columns_of_one_field_give_the_first_value():
    reader = Reader(
        mapping={0: "name", 1: "phone", 2: "phone"}, types={}, on=date(2026, 1, 1), default_type=1
    )
    assert reader.read(["Virtanen Matti", "", "099 1234567"])[0]["phone"] == "09 9123 4567"
    assert reader.read(["Virtanen Matti", "099 7654321", "099 1234567"])[0]["phone"] == "09 9765 4321"


def test_a_short_row_is_a_row_with_empty_cells():
    reader = Reader(mapping={0: "name", 5: "phone"}, types={}, on=date(2026, 1, 1), default_type=1)
    assert reader.read(["Virtanen Matti"])[0]["last_name"] == "Virtanen"


def test_the_key_brings_variants_of_a_name_together():
    one = read({"name": "Virtanen Matti Johannes"})[0]
    other = read({"name": "VIRTANEN MATTI"})[0]
    assert identity_key(one) == identity_key(other)
    assert identity_key(read({"name": "Virtanen Maija"})[0]) != identity_key(one)
