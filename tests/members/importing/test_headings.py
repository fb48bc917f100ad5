import pytest

from members.importing.fields import FIELDS, for_classes
from members.importing.headings import find_header, known, labels, propose, signature


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Sukunimi", "last_name"), ("SUKUNIMI", "last_name"), ("Efternamn", "last_name"), ("Last name", "last_name"),
        ("Etunimet", "first_names"), ("Förnamn", "first_names"), ("Postinro", "postal_code"), ("Postnr", "postal_code"),
        ("E-mail", "email"), ("Sähköpostiosoite", "email"), ("e-post", "email"), ("GSM", "phone"), ("Puhelin 1", "phone"),
        ("Y-tunnus", "y_tunnus"), ("FO-nummer", "y_tunnus"), ("Synt.aika", "birth_date"), ("s.a.", "birth_date"),
        ("Jäsenlaji", "type"), ("Medlem sedan", "started_on"), ("PELTO_HA", "field_ha"), ("Pelto (ha)", "field_ha"),
        ("Metsää, ha", ""), ("Metsä, etelä", "forest_ha_south"), ("C/O", "co_line"), ("Tilan nimi", "holding_name"),
        ("Kotikunta", "municipality"), ("Turvakielto", "non_disclosure"), ("Maksaja", "payer"), ("Huomautus", ""),
    ],
)  # fmt: skip
def test_headings_by_name(heading, field):
    assert known(heading) == field


def test_no_heading_means_two_fields():
    seen: dict[str, str] = {}
    for field in FIELDS.values():
        for name in field.names:
            assert seen.setdefault(name, field.key) == field.key, name


def test_typing_errors_and_values_are_guessed_with_less_certainty():
    header = ["Sukunmi", "Etunimi", "Yhteys", "Koodi", "Merkintä"]
    samples = [["Niemi"], ["Ari"], ["ari@example.fi", "eero@example.fi"], ["00100", "65100"], ["1572860-0"]]
    found = propose(header, samples)
    assert {column: guess.field for column, guess in found.items()} == {
        0: "last_name", 1: "first_names", 2: "email", 3: "postal_code", 4: "y_tunnus",
    }  # fmt: skip
    assert [found[n].confidence for n in range(5)] == [80, 100, 60, 60, 60]


def test_each_field_once_but_several_phones():
    header = ["Puhelin", "GSM", "Sukunimi", "Efternamn", "Etunimi", "Nimi"]
    found = {column: guess.field for column, guess in propose(header, [[]] * 6).items()}
    assert found == {0: "phone", 1: "phone", 2: "last_name", 4: "first_names"}


def test_a_column_of_identity_codes_is_never_proposed():
    assert propose(["Syntymäaika"], [["010180-123N"]]) == {}


def test_a_role_is_proposed_only_what_it_may_see():
    found = propose(["Sukunimi", "Syntymäaika", "Sähköposti"], [[], [], []], for_classes(frozenset("A")))
    assert {guess.field for guess in found.values()} == {"last_name"}


def test_repeated_and_empty_headings_can_be_told_apart():
    assert labels(["Puhelin", "", "Puhelin", " Nimi \n"]) == ["Puhelin", "#2", "Puhelin (2)", "Nimi"]


def test_the_same_headings_have_the_same_signature():
    assert signature(["Sukunimi", "Etunimi"]) == signature(["SUKUNIMI", " etunimi"])
    assert signature(["Sukunimi", "Etunimi"]) != signature(["Etunimi", "Sukunimi"])


def test_one_known_column_is_a_list_of_one_column():
    assert find_header([["Nimi"], ["Niemi Ari"]]) == 0
    assert find_header([["kirje"], ["jatkuu"]]) is None
