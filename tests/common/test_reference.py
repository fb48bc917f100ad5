from jasenpalvelu.common import reference
from jasenpalvelu.common.sorting import sort_key


def test_every_municipality_is_in_a_region_and_every_postal_code_in_a_municipality() -> None:
    assert len(reference.municipalities()) == 308
    assert len(reference.regions()) == 19
    assert len(reference.wellbeing_counties()) == 23
    assert len(reference.postal_codes()) == 3614
    for municipality in reference.municipalities().values():
        assert municipality.region in reference.regions()
        assert municipality.wellbeing_county in reference.wellbeing_counties()
        assert municipality.languages in {"fi", "sv", "fi_sv", "sv_fi"}
        assert municipality.population > 0
    for code in reference.postal_codes().values():
        assert len(code.code) == 5
        assert code.municipality in reference.municipalities(), code


def test_names_by_language() -> None:
    assert reference.municipality_name("091") == "Helsinki"
    assert reference.municipality_name("091", "sv") == "Helsingfors"
    assert reference.municipality_name("999") == "999"
    assert reference.post_office("00100", "sv") == "Helsingfors"
    assert reference.post_office("00000") == ""
    assert reference.regions()["01"].name("sv") == "Nyland"
    assert reference.municipalities()["499"].swedish_first


def test_written_municipalities() -> None:
    for text in ("Helsinki", " helsingfors ", "HELSINKI", "091", "91"):
        assert reference.municipality_code(text) == "091", text
    assert reference.municipality_code("Hyvinkaa") == "106"
    assert reference.municipality_code("Atlantis") is None
    assert reference.municipality_code("999") is None


def test_choices_are_in_alphabetical_order() -> None:
    names = [name for _, name in reference.municipality_choices("sv")]
    assert names == sorted(names, key=sort_key)
    assert names[-1][0] in "ÄÖ"
