"""A verdict for every row, with what would change and why not."""

from pathlib import Path

import pytest

from jasenpalvelu.audit.models import Change
from jasenpalvelu.audit.services import mutation
from members.importing import differences
from members.models import ImportMapping, ImportRow, Mandate, Membership, Party, RoleTemplate
from members.models.imports import BatchState
from members.services import lifecycle, registering
from members.services.importing import batches, register
from tests.cast import JOINED
from tests.members.helpers import appoint
from tests.members.importing.helpers import ALL, as_csv, checked, codes, rows, verdicts, work

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[2] / "data"

MAIJA = {"Sukunimi": "Metsäpelto", "Etunimi": "Maija", "Sähköposti": "maija@example.fi"}


def only(batch):
    (row,) = rows(batch)
    return row


def test_the_check_writes_nothing_to_the_register(cast):
    before = (Party.objects.count(), Membership.objects.count(), Change.objects.count())
    batch = checked(cast, [MAIJA | {"Puhelin": "09 9111 1111"}, {"Sukunimi": "Uusi", "Etunimi": "Urho"}])
    assert batch.state == BatchState.CHECKED
    assert (Party.objects.count(), Membership.objects.count(), Change.objects.count()) == before


def test_new_update_same_and_error(cast):
    batch = checked(
        cast,
        [
            {"Sukunimi": "Uusi", "Etunimi": "Urho"},
            MAIJA | {"Puhelin": "09 9111 1111"},
            {"Sukunimi": "Niittyvirta Marjatta kuolinpesä", "Kotikunta": "Helsinki"},
            {"Sukunimi": "Virhe", "Etunimi": "Ville", "Puhelin": "ei ole"},
        ],
    )
    assert verdicts(batch) == ["new", "update", "duplicate", "error"]
    assert batch.counts == {"rows": 4, "new": 1, "update": 1, "duplicate": 1, "error": 1, "linked": 0}
    _new, update, estate, error = rows(batch)
    assert update.diff == {"phone": ["050 555 0142", "09 9111 1111"]}
    assert estate.candidates == [{"party": cast.parties["estate"].pk, "reasons": ["name"]}]
    assert codes(error) == {"phone"}
    assert [row.line for row in rows(batch)] == [2, 3, 4, 5]


def test_what_the_register_has_already_changes_nothing(cast):
    row = MAIJA | {
        "Katuosoite": "KOIVULANTIE  148", "Postinumero": "00100", "Postitoimipaikka": "HELSINKI", "Puhelin": "+358505550142",
        "Kotikunta": "Helsinki", "Jäsentyyppi": "Maatalousyrittäjä", "Jäsen alkaen": "1.1.2020", "Tila": "Koivula",
        "Y-tunnus": "1572860-0", "Pelto ha": "30,00", "Kieli": "suomi",
    }  # fmt: skip
    batch = checked(cast, [row])
    assert (verdicts(batch), only(batch).diff) == (["same"], {})


def test_every_kind_of_difference(cast):
    row = MAIJA | {
        "Katuosoite": "Uusitie 1", "Postinumero": "65100", "Postitoimipaikka": "VAASA", "Kieli": "ruotsi",
        "Kotikunta": "Vasa", "Syntymäaika": "29.2.1980", "Jäsentyyppi": "Metsänomistaja", "Jäsen alkaen": "2.1.2020",
        "Tila": "Koivula-Niemi", "Y-tunnus": "1572860-0", "Pelto ha": "31,5", "Metsä ha": "100",
        "Turvakielto": "x",
    }  # fmt: skip
    batch = checked(cast, [row])
    assert only(batch).diff == {
        "address": ["Koivulantie 148, 00100 Helsinki", "Uusitie 1, 65100 Vaasa"],
        "language": ["fi", "sv"],
        "municipality": ["091", "905"],
        "birth_date": ["", "1980-02-29"],
        "type": [cast.types["farmer"].pk, cast.types["forest_owner"].pk],
        "started_on": ["2020-01-01", "2020-01-02"],
        "holding_name": ["Koivula", "Koivula-Niemi"],
        "basis:field_ha": ["30.00", "31.50"],
        "non_disclosure": [False, True],
    }


def test_a_household_on_one_email_is_two_members(cast):
    home = {
        "Sukunimi": "Koti",
        "Sähköposti": "koti@example.fi",
        "Puhelin": "09 9111 1111",
        "Katuosoite": "Koti 1",
        "Postinumero": "00100",
    }
    batch = checked(
        cast, [home | {"Etunimi": "Matti"}, home | {"Etunimi": "Maija"}, MAIJA | {"Etunimi": "Kalle"}]
    )
    assert verdicts(batch) == ["new", "new", "new"]


def test_the_same_member_twice_in_the_file(cast):
    row = {"Jäsennro": "7", "Sukunimi": "Kaksi", "Etunimi": "Kalle", "Sähköposti": "k@example.fi"}
    batch = checked(cast, [row, row | {"Jäsennro": "8"}, MAIJA, MAIJA | {"Etunimi": "MAIJA"}])
    assert verdicts(batch) == ["new", "duplicate", "same", "duplicate"]
    found = rows(batch)
    assert found[1].candidates == [{"line": 2, "reasons": ["name", "email"]}]
    assert found[3].candidates[-1]["line"] == 4


def test_namesakes_with_numbers_of_their_own_are_two(cast):
    home = {"Sukunimi": "Kaksi", "Etunimi": "Kalle", "Postinumero": "00100"}
    batch = checked(
        cast, [home | {"Jäsennro": "7", "Katuosoite": "A 1"}, home | {"Jäsennro": "8", "Katuosoite": "B 1"}]
    )
    assert verdicts(batch) == ["new", "new"]
    batch = checked(cast, [home | {"Katuosoite": "A 1"}, home | {"Katuosoite": "B 1"}])
    assert verdicts(batch) == ["new", "duplicate"]


# --- other associations -----------------------------------------------------------------------------------------------------
URHO = {"Sukunimi": "Uusi", "Etunimi": "Urho"}
LOTTA = {
    "Sukunimi": "Ängström",
    "Etunimi": "Lotta",
    "Sähköposti": "lotta@example.fi",
    "Katuosoite": "Toinen 1",
}


def test_who_sees_both_associations_links_the_member_and_keeps_the_data(cast):
    row = only(checked(cast, [LOTTA | {"Puhelin": "09 9111 1111"}], user="riitta"))
    lotta = cast.parties["lotta"].pk
    assert (row.verdict, row.party_id) == ("new", lotta)
    assert row.diff == {"phone": ["", "09 9111 1111"]}, "what the register has stays"
    assert row.candidates == [{"party": lotta, "reasons": ["name", "email"], "elsewhere": True}]


def test_a_weak_likeness_elsewhere_waits_for_who_sees_both(cast):
    weak = {"Sukunimi": "Ängström", "Etunimi": "Lotta", "Katuosoite": "Muu 1", "Postinumero": "65100"}
    row = only(checked(cast, [weak], user="riitta"))
    assert (row.verdict, row.party_id) == ("duplicate", None)
    assert row.candidates == [
        {"party": cast.parties["lotta"].pk, "reasons": ["name_place"], "elsewhere": True}
    ]


@pytest.mark.parametrize(
    "guess",
    [
        {"Sähköposti": "lotta@example.fi"},
        {"Postinumero": "65100"},
        {"Katuosoite": "Strandvägen 2", "Postinumero": "65100"},
    ],
)
def test_a_file_tells_nothing_of_another_associations_members(cast, guess):
    """Whether a guess about a person elsewhere is right or wrong, the row is the same: a new member."""
    named = {"Sukunimi": "Ängström", "Etunimi": "Lotta"}
    right = only(checked(cast, [named | guess]))
    wrong = only(checked(cast, [named | dict.fromkeys(guess, "65200") | {"Sähköposti": "muu@example.fi"}]))
    for row in (right, wrong):
        assert (row.verdict, row.party_id, row.diff, row.candidates) == ("new", None, {}, [])
    assert codes(right) == codes(wrong)


@pytest.mark.parametrize("field", ["Sähköposti", "Puhelin", "Katuosoite", "Postinumero", "Kotikunta"])
@pytest.mark.parametrize("number", [True, False])
def test_a_file_tells_nothing_of_what_an_order_hides(cast, field, number):
    """Right and wrong guesses at hidden data give one and the same verdict, warning and difference."""
    right = {
        "Sähköposti": "siiri@example.fi", "Puhelin": "040 555 0199", "Katuosoite": "Koivulantie 148",
        "Postinumero": "00100", "Kotikunta": "Helsinki",
    }  # fmt: skip
    wrong = {
        "Sähköposti": "muu@example.fi", "Puhelin": "040 555 0198", "Katuosoite": "Koivulantie 149",
        "Postinumero": "00200", "Kotikunta": "Vaasa",
    }  # fmt: skip
    named = {"Sukunimi": "O'Brien", "Etunimi": "Siiri"}
    if number:
        named["Jäsennumero"] = cast.parties["siiri"].number
    found = [only(checked(cast, [named | {field: values[field]}])) for values in (right, wrong)]
    told = [(row.verdict, row.party_id, row.diff, row.candidates, row.problems) for row in found]
    assert told[0] == told[1]
    assert told[0][0] == ("same" if number else "duplicate")
    assert "protected" in codes(found[0]) or not number


def test_a_file_tells_nothing_of_a_former_member_but_the_name(cast):
    membership = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"])
    lifecycle.end(actor=None, membership=membership, kind="resigned", effective_on=JOINED.replace(year=2025))
    maija = cast.parties["maija"].pk
    for phone in ("050 555 0142", "050 555 0143"):
        batch = checked(cast, [MAIJA | {"Puhelin": phone, "Jäsennumero": cast.parties["maija"].number}])
        row = only(batch)
        assert (row.verdict, row.candidates[0]["reasons"]) == ("duplicate", ["number"])
        row = batches.choose(batch=batch, row=row, choice="update", party_id=maija)
        assert set(row.diff) == {"membership"}


def test_who_is_protected_is_not_found_from_another_association(cast):
    siiri = {
        "Sukunimi": "O'Brien",
        "Etunimi": "Siiri",
        "Sähköposti": "siiri@example.fi",
        "Puhelin": "040 555 0199",
    }
    row = only(checked(cast, [siiri], unit="b", user="bo"))
    assert (row.verdict, row.party_id, row.candidates) == ("new", None, [])


def test_the_contacts_of_who_is_protected_are_neither_compared_nor_changed(cast):
    siiri = {
        "Sukunimi": "O'Brien",
        "Etunimi": "Siiri",
        "Puhelin": "040 555 0199",
        "Sähköposti": "uusi@example.fi",
        "Kotikunta": "Vaasa",
        "Jäsennumero": cast.parties["siiri"].number,
    }
    row = only(checked(cast, [siiri]))
    assert (row.verdict, row.diff, codes(row)) == ("same", {}, {"protected"})


def test_a_file_does_not_change_the_address_a_post_is_opened_by(cast):
    """Login codes go there: the change waits, is told to the old address, and is made on the member's page."""
    maija = MAIJA | {"Sähköposti": "sieppaaja@example.fi", "Jäsennumero": cast.parties["maija"].number}
    assert "email" in only(checked(cast, [maija])).diff
    appoint(cast, "maija", "secretary", "b")
    row = only(checked(cast, [maija]))
    assert "email" not in row.diff
    assert "email_of_post" in codes(row)


def test_a_file_gives_no_first_address_to_who_has_a_post_elsewhere(cast):
    party = registering.create_person(actor=None, first_names="Virpi", last_name="Virka", on=JOINED)
    cast.parties["virpi"] = party
    with mutation(actor=None, kind="test.post"):
        Mandate.objects.create(
            party=party,
            unit=cast.units["union"],
            template=RoleTemplate.objects.get(code="register_manager"),
            valid_from=JOINED,
        )
    known = register.known([party.pk], unit_id=cast.units["a"].pk, area=None)[party.pk]
    diff = differences.complete({"email": "sieppaaja@example.fi", "phone": "040 555 0199"}, known)
    assert "email" not in diff
    assert "phone" in diff


def test_organisations_by_business_id(cast):
    registering.create_organisation(
        actor=None, name="Maatila Niemi Oy", legal_form="company", y_tunnus="0284617-3", on=JOINED
    )
    niemi = Party.objects.get(display_name="Maatila Niemi Oy")
    lifecycle.start(
        actor=None, party=niemi, unit=cast.units["a"], type=cast.types["personal"], started_on=JOINED
    )
    row = only(checked(cast, [{"Nimi": "Niemen maatila Oy", "Y-tunnus": "0284617-3"}]))
    assert (row.verdict, row.party_id) == ("update", niemi.pk)


# --- holdings ---------------------------------------------------------------------------------------------------------------
def test_a_business_id_of_another_members_holding_is_warned_of(cast):
    row = {"Nimi": "Uusi Urho", "Y-tunnus": "1572860-0", "Pelto ha": "99"}
    found = only(checked(cast, [row]))
    assert (found.verdict, codes(found)) == ("new", {"holding_of_another"})
    found = only(checked(cast, [row], unit="b", user="bo"))
    assert (found.verdict, codes(found)) == ("new", {"holding_elsewhere"})


def test_rows_of_one_holding_with_other_areas_are_warned_of(cast):
    rows_ = [
        {"Nimi": "Uusi Urho", "Y-tunnus": "0284617-3", "Pelto ha": "10"},
        {"Nimi": "Uusi Ulla", "Y-tunnus": "0284617-3", "Pelto ha": "11"},
        {"Nimi": "Uusi Uuno", "Y-tunnus": "0284617-3", "Pelto ha": "10"},
    ]
    first, second, third = rows(checked(cast, rows_))
    assert (codes(first), codes(second), codes(third)) == (set(), {"bases_differ"}, set())
    assert second.problems[0]["line"] == 2


def test_a_newer_value_of_the_register_stays(cast):
    row = only(checked(cast, [MAIJA | {"Pelto ha": "99", "Tila": "Koivula"}], bases_from="2019-01-01"))
    assert (row.verdict, row.diff, codes(row)) == ("same", {}, {"basis_newer"})


def test_a_business_id_the_register_has_is_not_missed(cast):
    batch = checked(cast, [MAIJA | {"Tila": "Koivula"}, URHO | {"Tila": "Urhola"}])
    assert [codes(row) for row in rows(batch)] == [set(), {"holding_y_tunnus_missing"}]


# --- memberships ------------------------------------------------------------------------------------------------------------
def test_a_former_member_waits_for_a_person(cast):
    membership = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"])
    lifecycle.end(actor=None, membership=membership, kind="resigned", effective_on=JOINED.replace(year=2025))
    row = only(checked(cast, [MAIJA]))
    assert row.verdict == "duplicate"
    assert row.candidates[0]["former"] == "2025-01-01"


def test_the_dead_are_not_taken_in(cast):
    registering.update_party(party=cast.parties["maija"], values={"deceased_on": JOINED}, actor=None)
    row = only(checked(cast, [MAIJA]))
    assert (row.verdict, codes(row)) == ("error", {"deceased"})


def test_an_application_waits_for_the_board_as_before(cast):
    party = registering.create_person(
        actor=None, first_names="Hanna", last_name="Hakija", on=JOINED, email="h@example.fi"
    )
    lifecycle.apply(actor=None, party=party, unit=cast.units["a"], type=cast.types["personal"], on=JOINED)
    row = only(
        checked(cast, [{"Nimi": "Hakija Hanna", "Sähköposti": "h@example.fi", "Jäsen alkaen": "1.1.2020"}])
    )
    assert (row.verdict, codes(row)) == ("same", {"application_waits"})


def test_a_new_member_needs_a_type_and_a_first_day(cast):
    row = only(checked(cast, [{"Nimi": "Uusi Urho"}], type=None, started_on=None))
    assert (row.verdict, codes(row)) == ("error", {"type_missing", "started_missing"})


def test_numbers_of_the_own_register_find_the_member(cast):
    maija = cast.parties["maija"]
    found = rows(
        checked(
            cast,
            [
                {"Jäsennumero": maija.number, "Nimi": "Metsäpelto Maija Kaarina"},
                {"Jäsennumero": maija.number, "Nimi": "Aivan Muu"},
                {"Jäsennumero": "123", "Nimi": "Kolmas Kalle"},
            ],
        )
    )
    assert [(row.verdict, row.party_id) for row in found] == [
        ("update", maija.pk),
        ("duplicate", None),
        ("new", None),
    ]
    assert found[0].diff == {"first_names": ["Maija", "Maija Kaarina"]}


# --- payers and families ----------------------------------------------------------------------------------------------------
def test_people_referred_to_are_found_in_the_file_and_in_the_register(cast):
    found = rows(
        checked(
            cast,
            [
                {"Jäsennro": "1", "Nimi": "Uusi Urho", "Maksaja": ""},
                {"Jäsennro": "2", "Nimi": "Uusi Ulla", "Maksaja": "1"},
                {"Jäsennro": "3", "Nimi": "Kolmas Kalle", "Maksaja": "Urho Uusi"},
                {"Jäsennro": "4", "Nimi": "Neljäs Niilo", "Maksaja": "Metsäpelto Maija"},
                {"Jäsennro": "5", "Nimi": "Viides Veera", "Maksaja": "Tuntematon Taavi"},
                {"Jäsennro": "6", "Nimi": "Kuudes Kai", "Maksaja": "6"},
            ],
        )
    )
    maija = cast.parties["maija"].pk
    assert [row.parsed.get("refs") for row in found] == [
        None, {"payer": {"line": 2}}, {"payer": {"line": 2}}, {"payer": {"party": maija}}, {}, {},
    ]  # fmt: skip
    assert codes(found[4]) == {"reference_unknown"}


# --- the batch --------------------------------------------------------------------------------------------------------------
def test_personal_identity_codes_are_kept_nowhere(cast):
    batch = checked(cast, "Nimi;Syntymäaika;Muuta\nUusi Urho;290280-123N;hetu 290280-123N\n".encode())
    row = only(batch)
    assert row.raw == ["Uusi Urho", "29.2.1980", "hetu –"]
    assert "123N" not in str([batch.options, batch.header, row.parsed])


def test_the_mapping_is_remembered_for_the_same_headings(cast):
    actor, unit = cast.users["olavi"], cast.units["a"]
    data = as_csv([{"Kuka": "Uusi Urho", "Mistä": "Vaasa", "X": "y"}])
    first = batches.upload(actor=actor, unit=unit, name="a.csv", data=data, classes=ALL)
    assert first.mapping == {}
    options = {"type": cast.types["personal"].pk, "started_on": "2026-01-01", "bases_from": "2026-01-01"}
    job = batches.start_check(
        actor=actor, batch=first, mapping={0: "name", 1: "municipality"}, options=options, on=JOINED
    )
    work(job)
    again = batches.upload(actor=actor, unit=unit, name="b.csv", data=data, classes=ALL)
    assert (again.mapping, again.options["remembered"]) == ({"0": "name", "1": "municipality"}, True)
    elsewhere = batches.upload(actor=actor, unit=cast.units["b"], name="b.csv", data=data, classes=ALL)
    assert elsewhere.mapping == {}
    assert ImportMapping.objects.count() == 1


def test_a_file_that_breaks_on_the_way_is_refused_whole(cast):
    data = b"Nimi;Kunta\n" + b"Uusi Urho;Vaasa\n" * 100 + b"x;" * 400 + b"\n"
    batch = checked(cast, data)
    assert (batch.state, batch.rows.count()) == (BatchState.REFUSED, 0)
    assert "200" in batch.problem


def test_the_lists_of_two_associations(cast):
    """The committed lists: 300 rows in ISO-8859-1, and 120 in a spreadsheet of which 60 are in both."""
    batch = checked(cast, (DATA / "kuusilahti.csv").read_bytes(), started_on=None)
    assert (batch.encoding, batch.delimiter) == ("iso-8859-1", ";")
    assert batch.counts == {"rows": 300, "new": 293, "duplicate": 2, "error": 5, "linked": 0}
    batch = checked(cast, (DATA / "jarvi.xlsx").read_bytes(), unit="a2", user="riitta", name="jarvi.xlsx")
    assert (batch.sheet, batch.counts["rows"], batch.counts.get("error", 0)) == ("Jäsenet 2026", 120, 0)


def test_checked_again_the_rows_are_judged_anew(cast):
    batch = checked(cast, [MAIJA])
    job = batches.start_check(
        actor=cast.users["olavi"],
        batch=batch,
        mapping={0: "last_name", 1: "first_names"},
        options={},
        on=JOINED,
    )
    work(job)
    assert ImportRow.objects.filter(batch=batch).count() == 1
    assert only(batch).verdict == "duplicate", "without the e-mail the name alone does not tell"
