"""Exact keys, their reasons, and what may not be told (REG-5, REG-10, REG-13)."""

from datetime import date

import pytest

from members.models import Party
from members.scope import Scope
from members.services import duplicates, registering
from members.services.duplicates import Found, Keys, Reason
from tests.cast import TODAY, Cast


def ask(cast: Cast, who: str = "aino", **typed: object) -> Found:
    values = {"display_name": "Joku Aivan Muu", **typed}
    return duplicates.find(keys=Keys.of(**values), scope=Scope.for_user(cast.users[who], on=TODAY))  # type: ignore[arg-type]


@pytest.fixture
def born(cast: Cast) -> Party:
    return registering.update_party(
        party=cast.parties["maija"],
        values={"birth_date": date(1960, 2, 1), "birth_date_purpose": "Ikäraja"},
        actor=None,
    )


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"phone": "+358 50 5550142"}, Reason.PHONE),
        ({"email": "MAIJA@example.fi", "last_name": "metsapelto"}, Reason.EMAIL),
        ({"birth_date": date(1960, 2, 1), "last_name": "Metsälä"}, Reason.BIRTH),
        ({"y_tunnus": "1572860-0"}, Reason.Y_TUNNUS),
        ({"display_name": "METSÄPELTO Maija", "postal_code": "00100"}, Reason.NAME_PLACE),
    ],
)
def test_each_key_finds_with_its_reason(
    cast: Cast, born: Party, typed: dict[str, object], reason: Reason
) -> None:
    found = ask(cast, **typed)
    assert [(c.party, c.reasons) for c in found.candidates] == [(born, [reason])]
    assert found.elsewhere == []


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"phone": "", "email": "", "y_tunnus": "", "postal_code": ""},
        {"phone": "abc", "email": "maija", "y_tunnus": "1"},
        {"email": "maija@example.fi", "last_name": "Virtanen"},
        {"birth_date": date(1960, 2, 1), "last_name": "Virtanen"},
        {"birth_date": date(1960, 2, 1), "last_name": ""},
        {"display_name": "Metsäpelto Maija", "birth_date": date(1991, 3, 4), "last_name": "Metsäpelto"},
    ],
)
def test_half_a_key_finds_nobody(cast: Cast, born: Party, typed: dict[str, object]) -> None:
    assert not ask(cast, **typed)


@pytest.mark.parametrize(
    "typed", [{}, {"postal_code": "33100"}, {"phone": "040 555 0100", "email": "toinen@example.fi"}]
)
def test_the_same_name_alone_is_asked_about_in_ones_own_reach(
    cast: Cast, born: Party, typed: dict[str, object]
) -> None:
    """Without a birth date or a contact there is no other key: two of a name in one association may be one entered twice."""
    found = ask(cast, **NAMED, **typed)
    assert [(c.party, c.reasons) for c in found.candidates] == [(born, [Reason.NAME])]
    assert not ask(cast, "bo", **NAMED, **typed), "of other associations nothing is told"


def test_who_has_more_in_common_comes_before_namesakes_of_whom_there_is_an_end(cast: Cast) -> None:
    from tests.members.board import member

    others = [member(cast, "Pekka").party for _n in range(22)]
    registering.set_contacts(actor=None, party=others[-1], on=TODAY, phone="040 555 0777")
    found = ask(cast, display_name="Puro Pekka", last_name="Puro", phone="0405550777").candidates
    assert found[0].party == others[-1]
    assert len(found) == 1 + duplicates.MOST_NAMESAKES


NAMED = {"display_name": "Metsäpelto Maija", "last_name": "Metsäpelto"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"phone": "0505550142"}, [Reason.PHONE, Reason.NAME]),
        ({"email": "maija@example.fi"}, [Reason.EMAIL, Reason.NAME]),
        ({"birth_date": date(1960, 2, 1), "postal_code": "00100"}, [Reason.BIRTH, Reason.NAME]),
    ],
)
def test_outside_the_scope_only_the_reasons_are_told(
    cast: Cast, born: Party, typed: dict[str, object], told: list[Reason]
) -> None:
    found = ask(cast, "bo", **NAMED, **typed)
    assert found.candidates == []
    assert found.elsewhere == told
    assert not ask(cast, "ulla").candidates


@pytest.mark.parametrize(
    "typed",
    [
        {"phone": "0505550142"},
        {"phone": "0505550142", "email": "maija@example.fi", "postal_code": "00100"},
        {"email": "maija@example.fi", "last_name": "Metsäpelto"},
        {"birth_date": date(1960, 2, 1), "last_name": "Metsäpelto"},
        {**NAMED, "postal_code": "00100"},
        NAMED,
    ],
)
def test_no_contact_can_be_tried_out_on_other_associations(
    cast: Cast, born: Party, typed: dict[str, object]
) -> None:
    assert not ask(cast, "bo", **typed)


def test_a_business_id_elsewhere_is_told(cast: Cast) -> None:
    assert ask(cast, "bo", y_tunnus="1572860-0").elsewhere == [Reason.Y_TUNNUS]


def test_more_reasons_come_first(cast: Cast) -> None:
    other = registering.create_person(
        actor=None, first_names="Pekka", last_name="Metsäpelto", on=TODAY, email="maija@example.fi"
    )
    from members.services import lifecycle

    lifecycle.start(
        actor=None, party=other, unit=cast.units["a"], type=cast.types["personal"], started_on=TODAY
    )
    found = ask(cast, last_name="Metsäpelto", email="maija@example.fi", phone="050 5550142")
    assert [c.party.pk for c in found.candidates] == [cast.parties["maija"].pk, other.pk]


@pytest.mark.parametrize("who", ["aino", "bo", "riitta", "kaarlo"])
def test_a_protected_person_is_not_confirmed_by_contact_data(cast: Cast, who: str) -> None:
    assert not ask(cast, who, phone="040 555 0199")
    assert not ask(cast, who, email="siiri@example.fi", last_name="O'Brien")


def test_a_protected_person_is_found_by_name_inside_the_scope_only(cast: Cast) -> None:
    found = ask(cast, display_name="O'Brien Siiri", postal_code="00100")
    assert [(c.party, c.reasons) for c in found.candidates] == [(cast.parties["siiri"], [Reason.NAME])]
    assert not ask(cast, "bo", display_name="O'Brien Siiri", postal_code="00100")


def test_two_queries_at_most(cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    scope = Scope.for_user(cast.users["riitta"], on=TODAY)
    keys = Keys.of(display_name="Metsäpelto Maija", phone="0505550142", postal_code="00100")
    with django_assert_max_num_queries(2):
        duplicates.find(keys=keys, scope=scope)


def test_twins_in_the_register(cast: Cast) -> None:
    maija = cast.parties["maija"]
    twin = registering.create_person(
        actor=None, first_names="Maija", last_name="Metsäpelto", on=TODAY, phone="0505550142",
        address=registering.Address("Toinen tie 1", "00100", "Helsinki"),
    )  # fmt: skip
    scope = Scope.for_user(cast.users["aino"], on=TODAY)
    found = duplicates.twins_of(party_ids=[twin.pk, cast.parties["siiri"].pk], scope=scope)
    assert [(c.party, c.reasons) for c in found[twin.pk]] == [(maija, [Reason.PHONE, Reason.NAME_PLACE])]
    assert cast.parties["siiri"].pk not in found


def test_who_has_left_is_no_twin(cast: Cast) -> None:
    """The contacts of a former member are the association's no more, and a comparison would tell them."""
    from members.services import lifecycle

    maija = cast.parties["maija"]
    twin = registering.create_person(
        actor=None, first_names="Maija", last_name="Metsäpelto", on=TODAY, phone="0505550142",
    )  # fmt: skip
    scope = Scope.for_user(cast.users["aino"], on=TODAY)
    assert duplicates.twins_of(party_ids=[twin.pk], scope=scope)[twin.pk]
    membership = maija.memberships.get(unit=cast.units["a"])
    lifecycle.end(actor=None, membership=membership, kind="resigned", effective_on=date(2024, 1, 1))
    assert not duplicates.twins_of(party_ids=[twin.pk], scope=scope)[twin.pk]


def test_only_an_exact_name_with_the_same_email_is_certain(cast: Cast) -> None:
    keys = Keys.of(display_name="Metsäpelto Maija", email="maija@example.fi")
    assert duplicates.certain_match(keys=keys) == cast.parties["maija"]
    assert (
        duplicates.certain_match(keys=Keys.of(display_name="Metsäpelto Matti", email="maija@example.fi"))
        is None
    )
    assert duplicates.certain_match(keys=Keys.of(display_name="Metsäpelto Maija")) is None
    assert (
        duplicates.certain_match(keys=Keys.of(display_name="O'Brien Siiri", email="siiri@example.fi")) is None
    )
