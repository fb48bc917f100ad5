"""The same person in the files of two associations: joined by who sees both, kept apart and remembered otherwise."""

from datetime import date

import pytest
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import DuplicatePair, Mandate, Membership, Party
from members.scope import Scope
from members.services.importing import batches
from tests.cast import TODAY
from tests.members.importing.helpers import checked, fresh, rows, saved, taken_back, work

pytestmark = pytest.mark.django_db
LOTTA = {"Sukunimi": "Ängström", "Etunimi": "Lotta", "Sähköposti": "lotta@example.fi"}


def scope(cast, name: str) -> Scope:
    return Scope.for_user(cast.users[name], on=TODAY)


def test_an_association_makes_a_party_of_its_own_and_the_federation_sees_the_pair(cast):
    lotta = cast.parties["lotta"]
    batch = saved(checked(cast, [LOTTA | {"Katuosoite": "Toinen 1", "Postinumero": "00100"}]))
    assert (batch.counts["saved"], batch.counts["linked"]) == (1, 0)
    assert lotta.memberships.count() == 1
    own = Party.objects.exclude(pk=lotta.pk).get(display_name="Ängström Lotta")
    assert own.memberships.get().unit == cast.units["a"]
    pair = DuplicatePair.objects.get()
    assert ({pair.one_id, pair.other_id}, pair.reasons) == ({lotta.pk, own.pk}, ["name", "email"])
    assert DuplicatePair.objects.visible_to(scope(cast, "riitta")).count() == 1
    for name in ("olavi", "aino", "bo", "tiina", "kaarlo"):
        assert not DuplicatePair.objects.visible_to(scope(cast, name)).exists(), name


def test_the_federation_joins_them_at_once_when_it_brings_the_file(cast):
    batch = saved(checked(cast, [LOTTA], user="riitta"))
    assert batch.counts["linked"] == 1
    assert cast.parties["lotta"].memberships.count() == 2
    assert not DuplicatePair.objects.exists()


def test_a_choice_reaches_nobody_beyond_the_own_mandate(cast):
    """The union's check found somebody; a colleague of the association cannot take her by her key."""
    weak = LOTTA | {"Sähköposti": "", "Postinumero": "65100"}
    batch = checked(cast, [weak], user="riitta")
    lotta = cast.parties["lotta"].pk
    with pytest.raises(batches.ImportRefused):
        batches.choose(batch=batch, row=rows(batch)[0], choice="update", party_id=lotta)
    reach = scope(cast, "riitta").unit_ids("members.import")
    row = batches.choose(batch=batch, row=rows(batch)[0], choice="update", party_id=lotta, reach=reach)
    assert row.party_id == lotta
    assert saved(batch).counts["saved"] == 1
    assert cast.parties["lotta"].memberships.count() == 2


def test_what_the_union_linked_is_not_saved_by_somebody_with_less_reach(cast):
    batch = checked(cast, [LOTTA], user="riitta")
    batch.owner = cast.users["olavi"]
    batch.save()
    assert saved(batch).counts["left_out"] == 1
    assert cast.parties["lotta"].memberships.count() == 1


def test_nobody_under_an_order_is_in_a_pair(cast):
    siiri = {"Nimi": "O'Brien Siiri", "Sähköposti": "siiri@example.fi", "Puhelin": "040 555 0199"}
    saved(checked(cast, [siiri, LOTTA | {"Turvakielto": "x"}], unit="b", user="bo"))
    saved(checked(cast, [LOTTA | {"Turvakielto": "x"}], unit="a"))
    assert not DuplicatePair.objects.exists()


def test_a_pair_goes_with_the_import_that_made_it_and_stays_decided(cast):
    batch = saved(checked(cast, [LOTTA]))
    DuplicatePair.objects.update(decided_at=clock.now())
    assert not DuplicatePair.objects.waiting().exists()
    batch = taken_back(batch)
    assert (batch.counts["taken_back"], batch.counts["kept"]) == (1, 0)
    assert not DuplicatePair.objects.exists()


# --- a mandate that ends ----------------------------------------------------------------------------------------------------
def test_a_mandate_that_has_ended_saves_nothing(cast):
    batch = checked(cast, [LOTTA])
    job = batches.start_commit(actor=cast.users["olavi"], batch=batch, on=TODAY)
    with mutation(actor=None, kind="test"):
        Mandate.objects.filter(party=cast.parties["olavi"]).update(valid_to=date(2026, 11, 21))
    before = Membership.objects.count()
    with pytest.raises(AssertionError, match="ei ole enää oikeutta tuoda"):
        work(job)
    assert Membership.objects.count() == before
    assert not any(row.done for row in rows(fresh(batch)))


# --- the page ---------------------------------------------------------------------------------------------------------------
def test_who_sees_both_decides_that_they_are_two(cast, client):
    saved(checked(cast, [LOTTA]))
    riitta = cast.sign_in(client, "riitta")
    assert reverse("office:pairs") in riitta.get(reverse("office:imports")).content.decode()
    page = riitta.get(reverse("office:pairs")).content.decode()
    pair = DuplicatePair.objects.get()
    for number in (pair.one.number, pair.other.number):
        assert number in page
    riitta.post(reverse("office:pair_different", args=[pair.pk]))
    pair.refresh_from_db()
    assert pair.decided_by == cast.users["riitta"]
    page = riitta.get(reverse("office:pairs")).content.decode()
    assert reverse("office:member_merge", args=[pair.one_id, pair.other_id]) not in page
    assert reverse("office:pair_different_undo", args=[pair.pk]) in page


def test_who_sees_one_of_them_finds_no_pair(cast, client):
    saved(checked(cast, [LOTTA]))
    olavi = cast.sign_in(client, "olavi")
    assert reverse("office:pairs") not in olavi.get(reverse("office:imports")).content.decode()
    assert "Ängström" not in olavi.get(reverse("office:pairs")).content.decode()
    assert (
        olavi.post(reverse("office:pair_different", args=[DuplicatePair.objects.get().pk])).status_code == 404
    )


def test_the_page_tells_what_keeps_the_two_apart(cast, client):
    saved(
        checked(cast, [LOTTA | {"Katuosoite": "Toinen 1", "Postinumero": "00100", "Kotikunta": "Helsinki"}])
    )
    html = cast.sign_in(client, "riitta").get(reverse("office:pairs")).content.decode()
    pair = DuplicatePair.objects.get()
    for fact in (
        "Sama nimi, sama sähköposti",
        cast.parties["lotta"].number,
        "Rantalan tuottajayhdistys, Maatalousyrittäjä, 1.1.2020 alkaen",
        "Kuusilahden tuottajayhdistys",
        "Vaasa",
        reverse("office:member_merge", args=[pair.one_id, pair.other_id]),
        reverse("office:pair_different", args=[pair.pk]),
    ):
        assert fact in html, fact
    with mutation(actor=None, kind="test.order"):
        Party.objects.filter(pk=cast.parties["lotta"].pk).update(non_disclosure=True)
    assert "Vaasa" not in client.get(reverse("office:pairs")).content.decode()
