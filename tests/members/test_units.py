"""Units: the tree in reach, one unit's page, its data, rules and types; who may do what (REG-1, REG-4, REG-12)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from jasenpalvelu.accounts.services.accounts import create_account
from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.common import clock
from members import pictures
from members.models import MembershipType, OrgUnit, UnitRules
from members.pictures import PictureError, read_picture
from members.services import unit_editing
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import appoint


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def page(client: Client, cast: Cast, who: str, name: str, *args: object, **query: str) -> str:
    response = cast.sign_in(client, who).get(reverse(f"office:{name}", args=args), query)
    assert response.status_code == 200, (who, name)
    return response.content.decode()


def picture(form: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "#1b4932").save(stream, form)
    return stream.getvalue()


def posted(unit: OrgUnit, **changed: Any) -> dict[str, Any]:
    names = (
        "name_fi", "name_sv", "name_en", "register_number", "y_tunnus", "home_municipality", "street", "postal_code",
        "city", "email", "phone", "website",
    )  # fmt: skip
    return {name: getattr(unit, name) for name in names} | changed


# --- the tree ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "seen", "hidden"),
    [
        ("aino", ["Kuusilahden"], ["Järven", "Järvi-Hämeen", "Malliliitto"]),
        ("tiina", ["Järvi-Hämeen", "Kuusilahden", "Järven", "Honkaniemen"], ["Malliliitto", "Rannikon"]),
        ("riitta", ["Malliliitto", "Järvi-Hämeen", "Rannikon", "Kuusilahden"], []),
    ],
)
def test_the_tree_is_what_the_scope_reaches(
    cast: Cast, client: Client, who: str, seen: list[str], hidden: list[str]
) -> None:
    tree = page(client, cast, who, "units").split('id="puu"')[1]
    assert [name for name in seen if name not in tree] == []
    assert [name for name in hidden if name in tree] == []


def test_the_tree_counts_people_and_is_searched_in_both_languages(cast: Cast, client: Client) -> None:
    assert "3 jäsentä" in page(client, cast, "riitta", "units")
    for typed in ("kuusi", "granvik prod", str(cast.units["a"].number)):
        tree = page(client, cast, "riitta", "units", q=typed).split('id="puu"')[1]
        assert "Kuusilahden" in tree, typed
        assert "Rannikon" not in tree, typed
    assert "Yksikään yhdistys ei sovi" in page(client, cast, "riitta", "units", q="qqq")


def test_a_unit_tells_its_data_people_and_place(cast: Cast, client: Client) -> None:
    html = page(client, cast, "tiina", "unit", cast.units["a"].pk)
    for told in (
        "Kuusilahden tuottajayhdistys", "Granviks producentförening", "Keskustie 1", "FI14 1009 3000 1234 58",
        "Sihteeri Aino", "Järvi-Hämeen liitto", "järjestön rakenteessa", "joulukuun lopussa",
    ):  # fmt: skip
        assert told in html, told
    assert f"unit={cast.units['a'].pk}" in html
    assert "Kuusilahden" in page(client, cast, "tiina", "unit", cast.units["region1"].pk)


# --- who may what -----------------------------------------------------------------------------------------------------
PAGES = [
    "unit",
    "membership_types",
    "unit_edit",
    "unit_rules",
    "unit_history",
    "membership_type_new",
    "unit_logo",
]
READ = {"unit", "membership_types"}
EDITED = {"unit_edit", "unit_rules", "unit_history", "membership_type_new"}


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("aino", READ | EDITED), ("olavi", READ | {"unit_rules"}), ("tiina", READ), ("riitta", READ | EDITED), ("bo", set()),
        ("ulla", set()), ("maija", set()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", PAGES)
def test_pages_of_a_unit_open_by_right(
    cast: Cast, client: Client, who: str, allowed: set[str], name: str
) -> None:
    status = cast.sign_in(client, who).get(reverse(f"office:{name}", args=[cast.units["a"].pk])).status_code
    assert status == (200 if name in allowed else 404)


@pytest.mark.parametrize(
    ("who", "name"),
    [
        *product(["olavi", "tiina", "bo", "ulla"], ["unit_edit", "membership_type_new"]),
        *product(["tiina", "bo", "ulla"], ["unit_rules"]),
    ],
)
def test_nobody_else_writes(cast: Cast, client: Client, who: str, name: str) -> None:
    before = Mutation.objects.count()
    url = reverse(f"office:{name}", args=[cast.units["a"].pk])
    assert cast.sign_in(client, who).post(url, posted(cast.units["a"], name_fi="Kaapattu")).status_code == 404
    assert Mutation.objects.count() == before


def test_another_associations_type_is_not_found(cast: Cast, client: Client) -> None:
    kind = unit_editing.save_type(
        unit=cast.units["b"], values=type_values(), actor=cast.users["bo"], type_pk=None
    )
    cast.sign_in(client, "aino")
    for unit in ("a", "b"):
        url = reverse("office:membership_type", args=[cast.units[unit].pk, kind.pk])
        assert client.get(url).status_code == 404
    common = reverse("office:membership_type", args=[cast.units["a"].pk, cast.types["farmer"].pk])
    assert client.post(common, {"name_fi": "Muutettu"}).status_code == 404


# --- editing ----------------------------------------------------------------------------------------------------------
def test_data_is_read_as_people_type_it_and_kept_in_one_form(cast: Cast, client: Client) -> None:
    unit = cast.units["a"]
    values = posted(
        unit, y_tunnus="FI 02846173", phone="+358 50 555 0142", postal_code="00100",
        city="", municipalities=["091", "049", "xxx"], languages=["fi", "sv"], next_meeting="26.11.2026",
        website="yhdistys.fi",
    )  # fmt: skip
    response = cast.sign_in(client, "aino").post(reverse("office:unit_edit", args=[unit.pk]), values)
    assert response.status_code == 302, response.content.decode()[:3000]
    unit.refresh_from_db()
    assert unit.y_tunnus == "0284617-3"
    assert (unit.city.upper(), unit.municipalities, unit.website) == (
        "HELSINKI",
        ["091", "049"],
        "https://yhdistys.fi",
    )
    assert unit.next_meeting == date(2026, 11, 26)
    assert Mutation.objects.filter(kind="unit.edit", unit_id=unit.pk, actor=cast.users["aino"]).count() == 1


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("y_tunnus", "0284617-4", "tarkist"),
        ("postal_code", "0010", "viisi numeroa"),
        ("name_fi", "", "Virhe:"),
        ("website", "ei osoite", "https://yhdistys.fi"),
        ("next_meeting", "31.2.2027", "päivä"),
        ("home_municipality", "xyz", "Virhe:"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_saved(
    cast: Cast, client: Client, name: str, typed: str, told: str
) -> None:
    unit = cast.units["a"]
    values = posted(unit, name_sv="Muuttunut", **{name: typed})
    response = cast.sign_in(client, "aino").post(reverse("office:unit_edit", args=[unit.pk]), values)
    html = response.content.decode()
    assert response.status_code == 200
    assert f"id_{name}_error" in html
    assert told in html
    assert 'value="Muuttunut"' in html
    unit.refresh_from_db()
    assert unit.name_sv == "Granviks producentförening"


def test_a_logo_is_kept_shown_and_removed(cast: Cast, client: Client) -> None:
    unit = cast.units["a"]
    url = reverse("office:unit_edit", args=[unit.pk])
    cast.sign_in(client, "aino")
    logo = SimpleUploadedFile("../../x.html", picture(), content_type="text/html")
    assert client.post(url, posted(unit, logo=logo)).status_code == 302
    unit.refresh_from_db()
    assert unit.logo.name.startswith("units/logo/a")
    assert unit.logo.name.endswith(".png")
    shown = client.get(reverse("office:unit_logo", args=[unit.pk]))
    assert shown.headers["Content-Type"] == "image/png"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.getvalue().startswith(b"\x89PNG")
    assert client.post(url, posted(unit, remove_logo="on")).status_code == 302
    unit.refresh_from_db()
    assert not unit.logo
    assert client.get(reverse("office:unit_logo", args=[unit.pk])).status_code == 404


@pytest.mark.parametrize(
    "data", [b"GIF89a...", b"<html><script>1</script>", picture()[:60], b"\xff" * 600_000]
)
def test_what_is_no_logo_is_refused_in_words(cast: Cast, client: Client, data: bytes) -> None:
    unit = cast.units["a"]
    logo = SimpleUploadedFile("logo.png", data, content_type="image/png")
    response = cast.sign_in(client, "aino").post(
        reverse("office:unit_edit", args=[unit.pk]), posted(unit, logo=logo)
    )
    assert response.status_code == 200
    assert "id_logo_error" in response.content.decode()
    unit.refresh_from_db()
    assert not unit.logo


# --- pictures ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7", "type"),
        (b"", "type"),
        (b"\x89PNG\r\n\x1a\nrubbish", "broken"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="5" height="5"/></svg>', "type"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>', "type"),
        (b"<html><svg/></html>", "type"),
        (b"x" * (pictures.LARGEST + 1), "large"),
        (picture(size=(3000, 2000)), "pixels"),
    ],
)
def test_other_files_are_refused_with_the_reason(data: bytes, code: str) -> None:
    with pytest.raises(PictureError) as refused:
        read_picture(data)
    assert refused.value.code == code


def test_a_photograph_loses_what_is_not_the_picture() -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Salainen paikka"
    Image.new("RGB", (20, 20)).save(stream, "JPEG", exif=exif)
    kept = read_picture(stream.getvalue() + b"<?php hidden")
    assert kept.extension == "jpg"
    assert b"Salainen" not in kept.data
    assert b"php" not in kept.data


# --- rules ------------------------------------------------------------------------------------------------------------
def rules(**changed: Any) -> dict[str, Any]:
    return {
        "admission": "board", "resignation_delay_days": 0, "deemed_resigned_months": None, "voting_age": 15,
        "central_billing": False,
    } | changed  # fmt: skip


def test_new_rules_are_a_new_version_from_a_day_on(cast: Cast, client: Client) -> None:
    unit = cast.units["a"]
    url = reverse("office:unit_rules", args=[unit.pk])
    values = {
        "valid_from": "1.1.2027",
        "admission": "automatic",
        "resignation_delay_days": "30",
        "voting_age": "18",
    }
    assert cast.sign_in(client, "riitta").post(url, values).status_code == 302
    first, second = UnitRules.objects.filter(unit=unit).order_by("valid_from")
    assert (first.valid_from, first.valid_to, first.voting_age) == (JOINED, date(2026, 12, 31), 15)
    assert (second.valid_from, second.valid_to, second.admission) == (date(2027, 1, 1), None, "automatic")
    assert UnitRules.objects.for_unit(unit.pk, TODAY) == first
    assert UnitRules.objects.for_unit(unit.pk, date(2027, 1, 1)) == second
    html = page(client, cast, "aino", "unit", unit.pk)
    assert "Uudet säännöt tulevat voimaan 1.1.2027" in html


TAKEN = {
    "admission": "automatic",
    "central_billing": "on",
    "resignation_delay_days": "30",
    "deemed_resigned_months": "",
    "voting_age": "18",
}


@pytest.mark.parametrize(
    ("who", "written"),
    [
        ("aino", {"resignation_delay_days": 30, "voting_age": 18}),
        ("olavi", {"admission": "automatic", "central_billing": True}),
        ("pekka", {"admission": "automatic"}),
        ("riitta", {"admission": "automatic", "central_billing": True, "voting_age": 18}),
    ],
)
def test_who_bills_and_who_admits_is_not_the_secretarys_to_say(
    cast: Cast, client: Client, who: str, written: dict[str, Any]
) -> None:
    if who == "pekka":
        cast.users["pekka"] = create_account(email="pekka@example.fi", full_name="Pekka", verified=True)
        appoint(cast, "pekka", "chair", "a")
    unit = cast.units["a"]
    url = reverse("office:unit_rules", args=[unit.pk])
    form = cast.sign_in(client, who).get(url)
    assert form.context["form"].fields["central_billing"].disabled == ("central_billing" not in written)
    assert client.post(url, TAKEN | {"valid_from": "1.1.2027"}).status_code == 302
    latest = UnitRules.objects.for_unit(unit.pk, date(2027, 1, 1))
    assert latest is not None
    before = rules() | {"resignation_delay_days": 30 if who == "riitta" else 0}
    assert {name: getattr(latest, name) for name in rules()} == before | written


def test_a_secretary_who_sends_only_those_changes_nothing(cast: Cast, client: Client) -> None:
    unit = cast.units["a"]
    sent = {"valid_from": "1.1.2027", "admission": "automatic", "central_billing": "on"}
    sent |= {"resignation_delay_days": "0", "voting_age": "15"}
    response = cast.sign_in(client, "aino").post(reverse("office:unit_rules", args=[unit.pk]), sent)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert UnitRules.objects.filter(unit=unit).count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"resignation_delay_days": "366"}, "resignation_delay_days"),
        ({"voting_age": "-1"}, "voting_age"),
        ({"deemed_resigned_months": "kuusi"}, "deemed_resigned_months"),
        ({"valid_from": ""}, "valid_from"),
        ({"valid_from": "31.12.2019"}, "valid_from"),
        ({"admission": ""}, "admission"),
    ],
)
def test_impossible_rules_are_refused(
    cast: Cast, client: Client, changed: dict[str, str], field: str
) -> None:
    unit = cast.units["a"]
    values = {
        "valid_from": "1.1.2027",
        "admission": "board",
        "resignation_delay_days": "5",
        "voting_age": "15",
    }
    response = cast.sign_in(client, "riitta").post(
        reverse("office:unit_rules", args=[unit.pk]), values | changed
    )
    assert response.status_code == 200
    assert f"id_{field}_error" in response.content.decode()
    assert UnitRules.objects.filter(unit=unit).count() == 1


def test_rules_of_the_same_day_are_replaced_and_no_change_is_no_version(cast: Cast) -> None:
    unit, actor = cast.units["a"], cast.users["aino"]
    with pytest.raises(unit_editing.RulesError) as same:
        unit_editing.change_rules(unit=unit, values=rules(), valid_from=TODAY, actor=actor)
    assert same.value.code == "same"
    unit_editing.change_rules(unit=unit, values=rules(voting_age=16), valid_from=TODAY, actor=actor)
    unit_editing.change_rules(unit=unit, values=rules(voting_age=18), valid_from=TODAY, actor=actor)
    assert list(UnitRules.objects.filter(unit=unit).order_by("pk").values_list("voting_age", flat=True)) == [
        15,
        18,
    ]
    with pytest.raises(unit_editing.RulesError) as before:
        unit_editing.change_rules(unit=unit, values=rules(), valid_from=JOINED, actor=actor)
    assert before.value.code == "before"


# --- types and history ------------------------------------------------------------------------------------------------
def type_values(**changed: Any) -> dict[str, Any]:
    return {
        "name_fi": "Maatalousyrittäjä", "name_sv": "", "name_en": "", "federation_code": "farmer",
        "description_fi": "", "description_sv": "", "description_en": "", "voting": True, "min_age": None,
        "needs_holding": True, "covers_family": False, "fee_bearing": True, "for_kinds": ["person"], "active": True,
    } | changed  # fmt: skip


def test_an_own_type_replaces_the_common_one_of_its_name(cast: Cast, client: Client) -> None:
    unit = cast.units["a"]
    assert "yhteinen" in page(client, cast, "aino", "membership_types", unit.pk)
    url = reverse("office:membership_type_new", args=[unit.pk])
    sent = {k: v for k, v in type_values().items() if v not in (None, False, "")}
    assert client.post(url, sent).status_code == 302
    kind = MembershipType.objects.get(unit=unit)
    assert (kind.federation_code, kind.voting, kind.for_kinds) == ("farmer", True, ["person"])
    html = page(client, cast, "aino", "membership_types", unit.pk)
    assert html.count("Maatalousyrittäjä") == 1
    refused = client.post(url, sent)
    assert "id_name_fi_error" in refused.content.decode()
    edit = reverse("office:membership_type", args=[unit.pk, kind.pk])
    assert client.post(edit, sent | {"name_fi": "Viljelijä"}).status_code == 302
    kind.refresh_from_db()
    assert kind.name_fi == "Viljelijä"
    assert "Kenelle: henkilö" in page(client, cast, "aino", "unit_history", unit.pk)


def test_history_tells_the_units_own_changes_and_nobodys_data(cast: Cast, client: Client) -> None:
    unit = cast.units["a"]
    unit_editing.edit_unit(unit=unit, values={"phone": "050 555 0100"}, actor=cast.users["aino"])
    unit_editing.change_rules(
        unit=unit, values=rules(voting_age=18), valid_from=TODAY, actor=cast.users["aino"]
    )
    html = page(client, cast, "aino", "unit_history", unit.pk)
    assert "050 555 0100" in html
    assert "Aino Sihteeri" in html
    assert "18" in html
    assert "Metsäpelto" not in html
    assert "Kotikunta: Helsinki" in html, "by name, not by code"
    for left_over in ("Relation", "Parent", "tyhjä<br>"):
        assert left_over not in html


def test_an_association_of_ones_own_is_shown_in_swedish(cast: Cast, client: Client) -> None:
    html = page(client, cast, "bo", "unit", cast.units["b"].pk)
    assert "Grunduppgifter" in html
    appoint(cast, "ulla", "secretary", "b")
    assert "Perustiedot" in page(client, cast, "ulla", "unit", cast.units["b"].pk)
