"""What was shown is what is written, as one act of the history, and all of it can be taken back."""

from pathlib import Path

import pytest

from jasenpalvelu.audit.models import Change, Mutation
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import cancel, running
from members.models import (
    ContactPoint,
    FeeBasisValue,
    Holding,
    HoldingMember,
    ImportBatch,
    Membership,
    MembershipEvent,
    Organisation,
    Party,
    PartyLink,
    Person,
)
from members.models.imports import BatchState
from members.searching import search_filter
from members.services import lifecycle, registering
from members.services.importing import batches, committing, steps, undoing
from members.services.indexing import refresh_search
from tests.billing.factories import make_invoice
from tests.cast import JOINED, TODAY
from tests.members.importing.helpers import checked, codes, fresh, rows, saved, taken_back, verdicts, work

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[2] / "data"
TABLES = [
    Party,
    Person,
    Organisation,
    ContactPoint,
    Holding,
    HoldingMember,
    FeeBasisValue,
    Membership,
    PartyLink,
    MembershipEvent,
]

URHO = {
    "Sukunimi": "Uusi", "Etunimi": "Urho", "Katuosoite": "Koivutie 1", "Postinumero": "00100", "Sähköposti": "urho@example.fi",
    "Puhelin": "09 9111 1111", "Syntymäaika": "29.2.1980", "Kotikunta": "Helsinki", "Kieli": "ruotsi",
    "Jäsentyyppi": "Maatalousyrittäjä", "Jäsen alkaen": "1.2.2015", "Tila": "Koivurinne", "Y-tunnus": "0284617-3",
    "Pelto ha": "30,5", "Metsä ha": "1 234,5",
}  # fmt: skip
MAIJA = {"Sukunimi": "Metsäpelto", "Etunimi": "Maija", "Sähköposti": "maija@example.fi"}


def everything() -> dict[str, list[dict]]:
    """The whole register, search vectors and all."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def test_a_new_member_with_everything(cast):
    batch = saved(checked(cast, [URHO]))
    assert (batch.state, batch.counts["saved"], batch.file.name) == (BatchState.COMMITTED, 1, "")
    party = Party.objects.get(display_name="Uusi Urho")
    assert (party.language, party.home_municipality, party.person.birth_date.isoformat()) == (
        "sv",
        "091",
        "1980-02-29",
    )
    assert party.person.birth_date_purpose == "ikäraja"
    contacts = {c.kind: c for c in party.contact_points.all()}
    assert {c.source for c in contacts.values()} == {"import"}
    assert (contacts["phone"].value, contacts["phone"].key) == ("09 9111 1111", "+358991111111")
    assert (contacts["address"].value, contacts["address"].city) == ("Koivutie 1", "Helsinki")
    membership = party.memberships.get()
    assert (membership.state, membership.started_on.isoformat(), membership.type) == (
        "active",
        "2015-02-01",
        cast.types["farmer"],
    )
    assert membership.holding.y_tunnus == "0284617-3"
    assert {b.kind_id: str(b.value) for b in membership.holding.fee_bases.all()} == {
        "field_ha": "30.50",
        "forest_ha_south": "1234.50",
    }
    event = membership.events.get()
    assert (event.kind, event.mutation_id, event.actor) == (
        "admitted",
        batch.mutation_id,
        cast.users["olavi"],
    )
    assert lifecycle.fold([event]) == lifecycle.Folded("active", membership.started_on, None)


def test_the_whole_batch_is_one_act_of_the_history(cast, monkeypatch):
    monkeypatch.setattr(steps, "COMMIT_ROWS", 2)
    many = [{"Nimi": f"Uusi Urho {'ABCDEFG'[n]}", "Sähköposti": f"u{n}@example.fi"} for n in range(7)]
    batch = saved(checked(cast, many))
    act = Mutation.objects.get(pk=batch.mutation_id)
    assert (act.kind, act.actor, act.unit_id) == ("import.commit", cast.users["olavi"], cast.units["a"].pk)
    new = Change.objects.filter(mutation=act, table_name="members_party", op="I")
    assert new.count() == batch.counts["saved"] == 7


def test_search_finds_the_new_as_if_entered_by_hand(cast):
    saved(
        checked(
            cast,
            [
                URHO,
                {"Nimi": "Rinteen yhteismetsä", "Y-tunnus": "1572860-0".replace("1572860-0", "0284617-3")},
            ],
        )
    )
    new = Party.objects.filter(display_name__in=["Uusi Urho", "Rinteen yhteismetsä"]).order_by("pk")
    before = list(new.values("search", "search_contact"))
    with mutation(actor=None, kind="test"):
        refresh_search([party.pk for party in new])
    assert list(new.values("search", "search_contact")) == before
    for text in ("urho", "koivurinne", "0284617", "099111", "urho@example"):
        found = Party.objects.filter(search_filter(text, contacts=True))
        assert "Uusi Urho" in found.values_list("display_name", flat=True), text


def test_the_diff_is_what_is_written(cast):
    maija = cast.parties["maija"]
    row = MAIJA | {
        "Puhelin": "09 9111 1111",
        "Kotikunta": "Vaasa",
        "Y-tunnus": "1572860-0",
        "Pelto ha": "31,5",
        "Jäsen alkaen": "2.1.2020",
    }
    batch = saved(checked(cast, [row], bases_from="2026-02-01"))
    maija.refresh_from_db()
    assert maija.home_municipality == "905"
    phones = maija.contact_points.filter(kind="phone").order_by("pk")
    assert [(p.value, p.valid_to) for p in phones] == [("050 555 0142", TODAY), ("09 9111 1111", None)]
    bases = FeeBasisValue.objects.filter(holding__y_tunnus="1572860-0", kind="field_ha").order_by("pk")
    assert [(str(b.value), str(b.valid_from), str(b.valid_to)) for b in bases] == [
        ("30.00", "2020-01-01", "2026-01-31"),
        ("31.50", "2026-02-01", "None"),
    ]
    membership = Membership.objects.get(party=maija, unit=cast.units["a"])
    assert membership.started_on.isoformat() == "2020-01-02"
    folded = lifecycle.fold(membership.events.order_by("pk"))
    assert (folded.state, folded.started_on) == (membership.state, membership.started_on)
    assert batch.counts["saved"] == 1


def test_a_second_import_of_the_same_list_changes_nothing(cast):
    data = (DATA / "kuusilahti.csv").read_bytes()
    saved(checked(cast, data, started_on=None))
    again = checked(cast, data, started_on=None)
    assert again.counts.get("new", 0) == again.counts.get("update", 0) == 0
    with pytest.raises(batches.ImportRefused) as caught:
        batches.start_commit(actor=cast.users["olavi"], batch=again, on=TODAY)
    assert caught.value.code == "nothing"


def test_the_same_people_in_two_lists_are_one_party_each(cast):
    """The reason for a central register: sixty farmers stand in the forest association's list too."""
    saved(checked(cast, (DATA / "kuusilahti.csv").read_bytes(), started_on=None))
    people, numbers = Party.objects.count(), Holding.objects.exclude(y_tunnus="").count()
    batch = saved(
        checked(cast, (DATA / "jarvi.xlsx").read_bytes(), unit="a2", user="riitta", name="jarvi.xlsx")
    )
    both = (
        Party.objects.filter(memberships__unit=cast.units["a"])
        .filter(memberships__unit=cast.units["a2"])
        .distinct()
    )
    assert batch.counts["linked"] >= 45
    assert both.count() >= batch.counts["linked"]
    new = Party.objects.count() - people
    assert new == batch.counts["saved"] - batch.counts["linked"]
    shared = Holding.objects.exclude(y_tunnus="").count() - numbers
    assert shared < batch.counts["saved"] - 30, "a holding with a business ID stands once, whoever brings it"


def test_a_party_of_another_association_gets_a_membership_and_keeps_its_data(cast):
    lotta = cast.parties["lotta"]
    row = {
        "Sukunimi": "Ängström",
        "Etunimi": "Lotta",
        "Sähköposti": "lotta@example.fi",
        "Katuosoite": "Toinen 1",
        "Puhelin": "099 1111111",
    }
    saved(checked(cast, [row], user="riitta"))
    assert lotta.memberships.count() == 2
    contacts = {c.kind: c.value for c in lotta.contact_points.filter(valid_to=None)}
    assert contacts == {"email": "lotta@example.fi", "address": "Strandvägen 2", "phone": "09 9111 1111"}


def test_couples_share_a_holding_by_business_id_or_by_name_and_address(cast, monkeypatch):
    monkeypatch.setattr(steps, "COMMIT_ROWS", 1)
    home = {"Katuosoite": "Koivutie 1", "Postinumero": "00100", "Tila": "Koivurinne", "Pelto ha": "10"}
    other = {"Katuosoite": "Mäkitie 1", "Postinumero": "00100", "Tila": "Mäkelä", "Y-tunnus": "0284617-3"}
    saved(
        checked(
            cast,
            [
                home | {"Nimi": "Koivu Kalle"}, home | {"Nimi": "Koivu Kaisa"},
                other | {"Nimi": "Mäki Matti"}, other | {"Nimi": "Mäki Maija"},
                home | {"Nimi": "Koivu Kerttu", "Katuosoite": "Koivutie 2"},
            ],
        )
    )  # fmt: skip
    named = Holding.objects.exclude(name="Koivula").order_by("name", "pk")
    assert [(h.name, h.members.count()) for h in named] == [
        ("Koivurinne", 2),
        ("Koivurinne", 1),
        ("Mäkelä", 2),
    ]
    assert {m.role for m in named[2].members.all()} == {"responsible", "owner"}


URHO_AT_KOIVULA = {
    "Nimi": "Uusi Urho", "Tila": "Oma nimi", "Y-tunnus": "1572860-0", "Pelto ha": "99", "Henkilötyövuodet": "2",
}  # fmt: skip


def test_a_holding_of_another_member_is_joined_and_not_taken_over(cast):
    koivula = Holding.objects.get(name="Koivula")
    saved(checked(cast, [URHO_AT_KOIVULA]))
    koivula.refresh_from_db()
    assert (koivula.name, koivula.responsible) == ("Koivula", cast.parties["maija"])
    bases = {b.kind_id: str(b.value) for b in koivula.fee_bases.filter(valid_to=None)}
    assert (bases["field_ha"], bases["person_years"]) == ("30.00", "2.00")
    assert Membership.objects.get(party__display_name="Uusi Urho").holding == koivula


def test_a_public_business_id_opens_no_holding_of_another_association(cast):
    koivula = Holding.objects.get(name="Koivula")
    saved(checked(cast, [URHO_AT_KOIVULA], unit="b", user="bo"))
    assert Membership.objects.get(party__display_name="Uusi Urho").holding is None
    assert koivula.members.count() == 1
    assert not koivula.fee_bases.filter(kind="person_years").exists()


def test_ones_own_holding_is_one_in_every_association(cast):
    """The same person in two lists, by e-mail and name, brings the holding along."""
    saved(checked(cast, [MAIJA | {"Y-tunnus": "1572860-0", "Tila": "Koivula"}], unit="b", user="riitta"))
    koivula = Holding.objects.get(name="Koivula")
    assert Membership.objects.get(party=cast.parties["maija"], unit=cast.units["b"]).holding == koivula


def test_areas_of_the_associations_own_part(cast):
    saved(checked(cast, [URHO], bases_area="unit"))
    assert set(
        FeeBasisValue.objects.filter(holding__y_tunnus="0284617-3").values_list("unit__slug", flat=True)
    ) == {"a"}


def test_payers_spouses_and_families(cast):
    saved(
        checked(
            cast,
            [
                URHO | {"Jäsennro": "1"},
                {
                    "Jäsennro": "2",
                    "Sukunimi": "Uusi",
                    "Etunimi": "Ulla",
                    "Maksaja": "1",
                    "Puoliso": "Urho Uusi",
                },
                {"Jäsennro": "3", "Sukunimi": "Uusi", "Etunimi": "Uuno", "Perheen päämies": "1"},
            ],
        )
    )
    urho, ulla, uuno = (Party.objects.get(display_name=f"Uusi {name}") for name in ("Urho", "Ulla", "Uuno"))
    assert ulla.memberships.get().payer == urho
    links = set(PartyLink.objects.values_list("party_id", "other_id", "kind"))
    assert links == {(ulla.pk, urho.pk, "spouse"), (uuno.pk, urho.pk, "payer")}
    assert uuno.memberships.get().holding == urho.memberships.get().holding
    assert HoldingMember.objects.get(party=uuno).role == "family"


def test_memberships_that_are_over(cast):
    maija = cast.parties["maija"]
    saved(checked(cast, [URHO | {"Eronnut": "1.3.2020"}, MAIJA | {"Eronnut": "31.12.2025"}]))
    urho = Membership.objects.get(party__display_name="Uusi Urho")
    ended = Membership.objects.get(party=maija, unit=cast.units["a"])
    for membership, day in ((urho, "2020-03-01"), (ended, "2025-12-31")):
        assert (membership.state, membership.ended_on.isoformat()) == ("ended", day)
        folded = lifecycle.fold(membership.events.order_by("pk"))
        assert (folded.state, folded.ended_on) == (membership.state, membership.ended_on)


# --- choices ----------------------------------------------------------------------------------------------------------------
def test_what_is_undecided_is_left_out(cast):
    batch = checked(cast, [{"Nimi": "Metsäpelto Maija", "Katuosoite": "Uusitie 1"}, {"Nimi": "Uusi Urho"}])
    assert verdicts(batch) == ["duplicate", "new"]
    assert saved(batch).counts["saved"] == 1


def test_a_duplicate_updated_created_or_skipped(cast):
    maija = cast.parties["maija"]
    same = {"Nimi": "Metsäpelto Maija", "Katuosoite": "Uusitie 1", "Postinumero": "65100"}
    batch = checked(cast, [same, same | {"Katuosoite": "Muutie 2"}, same | {"Katuosoite": "Kolmas 3"}])
    first, second, third = rows(batch)
    chosen = batches.choose(batch=batch, row=first, choice="update", party_id=maija.pk)
    assert list(chosen.diff) == ["address"]
    batches.choose(batch=batch, row=second, choice="create")
    batches.choose(batch=batch, row=third, choice="skip")
    with pytest.raises(batches.ImportRefused):
        batches.choose(batch=batch, row=third, choice="update", party_id=cast.parties["lotta"].pk)
    batch = saved(batch)
    assert batch.counts["saved"] == 2
    assert maija.contact_points.get(kind="address", valid_to=None).value == "Uusitie 1"
    assert Party.objects.filter(display_name="Metsäpelto Maija").count() == 2


def test_a_former_member_comes_back(cast):
    maija, a = cast.parties["maija"], cast.units["a"]
    membership = Membership.objects.get(party=maija, unit=a)
    lifecycle.end(actor=None, membership=membership, kind="resigned", effective_on=JOINED.replace(year=2025))
    batch = checked(cast, [MAIJA | {"Jäsen alkaen": "1.5.2026"}])
    batches.choose(batch=batch, row=rows(batch)[0], choice="update", party_id=maija.pk)
    saved(batch)
    periods = Membership.objects.filter(party=maija, unit=a).order_by("pk").values_list("state", "started_on")
    assert [(state, str(day)) for state, day in periods] == [
        ("ended", "2020-01-01"),
        ("active", "2026-05-01"),
    ]


def test_all_undecided_at_once(cast):
    batch = checked(cast, [{"Nimi": "Metsäpelto Maija"}, {"Nimi": "Niittyvirta Marjatta kuolinpesä"}])
    assert batches.choose_rest(batch=batch, choice="skip") == 2
    assert batches.ready(batch) == 0


def test_a_row_can_be_left_out(cast):
    batch = checked(cast, [{"Nimi": "Uusi Urho"}, {"Nimi": "Toinen Taimi"}])
    batches.choose(batch=batch, row=rows(batch)[0], choice="skip")
    assert saved(batch).counts["saved"] == 1
    assert not Party.objects.filter(display_name="Uusi Urho").exists()


# --- the register moves on meanwhile ------------------------------------------------------------------------------------------
def test_a_row_whose_member_has_changed_since_the_check_is_left_out(cast):
    batch = checked(
        cast,
        [
            MAIJA | {"Puhelin": "09 9111 1111"},
            {"Sukunimi": "Uusi", "Etunimi": "Urho", "Sähköposti": "urho@example.fi"},
        ],
    )
    registering.set_contacts(party=cast.parties["maija"], phone="09 9222 2222", on=TODAY, actor=None)
    urho = registering.create_person(
        actor=None, first_names="Urho", last_name="Uusi", email="urho@example.fi", on=TODAY
    )
    lifecycle.start(
        actor=None, party=urho, unit=cast.units["a"], type=cast.types["personal"], started_on=JOINED
    )
    batch = saved(batch)
    assert (batch.counts["saved"], batch.counts["left_out"]) == (0, 2)
    assert [codes(row) for row in rows(batch)] == [{"changed_since_check"}] * 2
    assert cast.parties["maija"].contact_points.get(kind="phone", valid_to=None).value == "09 9222 2222"
    assert Party.objects.filter(display_name="Uusi Urho").count() == 1


def test_two_batches_of_the_same_people_make_each_of_them_once(cast):
    """Checked side by side, neither knew of the other; the second finds at saving that they have come."""
    first, second = (
        checked(cast, [URHO], unit=unit, user=user) for unit, user in (("a", "olavi"), ("b", "riitta"))
    )
    saved(first)
    assert saved(second).counts["left_out"] == 1
    assert Party.objects.filter(display_name="Uusi Urho").count() == 1


def test_a_saving_that_was_cancelled_goes_on_or_is_taken_back(cast, monkeypatch):
    monkeypatch.setattr(steps, "COMMIT_ROWS", 1)
    before = everything()
    batch = checked(cast, [{"Nimi": f"Uusi {name}"} for name in ("Urho", "Ulla", "Uuno")])
    job = batches.start_commit(actor=cast.users["olavi"], batch=batch, on=TODAY)
    token = __import__("uuid").uuid4()
    assert running.take(job_id=job.pk, token=token)
    assert running.advance(job_id=job.pk, token=token)
    cancel(job_id=job.pk)
    running.advance(job_id=job.pk, token=token)
    assert Job.objects.get(pk=job.pk).state == "cancelled"
    assert [row.done for row in rows(batch)] == [True, False, False]
    batch = saved(fresh(batch))
    assert (batch.counts["saved"], Party.objects.filter(display_name__startswith="Uusi U").count()) == (3, 3)
    taken_back(batch)
    assert everything() == before


# --- taking back ----------------------------------------------------------------------------------------------------------------
def test_taken_back_the_register_is_as_it_was(cast, monkeypatch):
    monkeypatch.setattr(steps, "COMMIT_ROWS", 40)
    monkeypatch.setattr(steps, "UNDO_ROWS", 30)
    saved(checked(cast, (DATA / "kuusilahti.csv").read_bytes(), started_on=None))
    with mutation(actor=None, kind="test"):
        refresh_search(list(Party.objects.order_by("pk").values_list("pk", flat=True)))
    before = everything()
    data = (
        (DATA / "kuusilahti.csv")
        .read_bytes()
        .replace(b"tie ", b"polku ")
        .replace(b",5", b",7")
        .replace(b"099 1", b"099 2")
    )
    batch = saved(checked(cast, data, bases_from="2026-02-01"))
    assert batch.counts["update"] > 100
    other = saved(
        checked(cast, (DATA / "jarvi.xlsx").read_bytes(), unit="a2", user="riitta", name="jarvi.xlsx")
    )
    assert everything() != before
    for undone in (other, batch):
        undone = taken_back(undone)
        assert (undone.state, undone.counts["kept"]) == (BatchState.ROLLED_BACK, 0)
    assert everything() == before
    assert Mutation.objects.get(pk=batch.mutation_id).undone_by.kind == "import.rollback"


def test_rows_changed_since_stay_and_are_told(cast):
    batch = saved(
        checked(
            cast,
            [
                URHO,
                {"Sukunimi": "Toinen", "Etunimi": "Taimi"},
                {"Sukunimi": "Kolmas", "Etunimi": "Kalle"},
                MAIJA | {"Puhelin": "09 9111 1111"},
            ],
        )
    )
    taimi = Party.objects.get(display_name="Toinen Taimi")
    registering.set_contacts(party=taimi, email="taimi@example.fi", on=TODAY, actor=None)
    registering.update_party(party=taimi, values={"home_municipality": "905"}, actor=None)
    kalle = Membership.objects.get(party__display_name="Kolmas Kalle")
    lifecycle.end(actor=None, membership=kalle, kind="resigned", effective_on=TODAY)
    registering.set_contacts(party=cast.parties["maija"], phone="09 9333 3333", on=TODAY, actor=None)
    assert undoing.count_kept(batch) == {undoing.CHANGED: 3}
    batch = taken_back(batch)
    assert (batch.counts["taken_back"], batch.counts["kept"]) == (1, 3)
    assert [(row.done, undoing.CHANGED in codes(row)) for row in rows(batch)] == [
        (False, False), (True, True), (True, True), (True, True),
    ]  # fmt: skip
    assert not Party.objects.filter(display_name="Uusi Urho").exists()
    assert cast.parties["maija"].contact_points.get(kind="phone", valid_to=None).value == "09 9333 3333"


def test_rows_others_refer_to_stay(cast):
    home = {"Tila": "Koivurinne", "Y-tunnus": "0284617-3"}
    batch = saved(
        checked(cast, [home | {"Nimi": "Uusi Urho"}, home | {"Nimi": "Uusi Ulla"}, {"Nimi": "Kolmas Kalle"}])
    )
    ulla, kalle = (Party.objects.get(display_name=name) for name in ("Uusi Ulla", "Kolmas Kalle"))
    with mutation(actor=None, kind="test"):
        PartyLink.objects.create(party=ulla, other=cast.parties["maija"], kind="spouse", valid_from=TODAY)
        Membership.objects.create(
            party=kalle, unit=cast.units["b"], type=cast.types["personal"], state="applied"
        )
    batch = taken_back(batch)
    assert [undoing.IN_USE in codes(row) for row in rows(batch)] == [True, True, True], (
        "Urho answers for Ulla's holding"
    )


def test_rows_invoiced_stay(cast):
    from billing.models import PayerAccount

    batch = saved(checked(cast, [{"Nimi": "Uusi Urho"}, {"Nimi": "Toinen Taimi"}]))
    urho = Party.objects.get(display_name="Uusi Urho")
    with mutation(actor=None, kind="test"):
        PayerAccount.objects.create(party=urho, payer_iban="FI1410093000123458")
    assert undoing.count_kept(batch) == {undoing.INVOICED: 1}
    batch = taken_back(batch)
    assert [row.done for row in rows(batch)] == [True, False]
    assert Party.objects.filter(pk=urho.pk).exists()


def test_a_membership_invoiced_to_somebody_who_stays_stays_too(cast):
    lotta = {"Nimi": "Ängström Lotta", "Sähköposti": "lotta@example.fi"}
    batch = saved(checked(cast, [lotta, {"Nimi": "Toinen Taimi"}], user="riitta"))
    assert undoing.count_kept(batch) == {}
    a, b, payer = cast.units["a"], cast.units["b"], cast.parties["lotta"]
    make_invoice(creditor=b, payer=payer, lines=[(b, "10.00")], reference="13")
    assert undoing.count_kept(batch) == {}, (
        "an invoice of another association says nothing of this membership"
    )
    make_invoice(creditor=a, payer=payer, lines=[(a, "10.00")], reference="26")
    assert undoing.count_kept(batch) == {undoing.INVOICED: 1}
    assert [row.done for row in rows(taken_back(batch))] == [True, False]


def test_member_numbers_are_never_given_again(cast):
    batch = saved(checked(cast, [{"Nimi": "Uusi Urho"}]))
    number = Party.objects.get(display_name="Uusi Urho").member_number
    taken_back(batch)
    saved(checked(cast, [{"Nimi": "Toinen Taimi"}]))
    assert Party.objects.get(display_name="Toinen Taimi").member_number == number + 1


# --- the batch ------------------------------------------------------------------------------------------------------------------
def test_a_batch_that_changed_nothing_can_be_removed_and_another_not(cast):
    batch = checked(cast, [URHO])
    path = batch.file.path
    assert Path(path).exists()
    batches.discard(batch=batch)
    assert not ImportBatch.objects.exists()
    batch = saved(checked(cast, [URHO]))
    with pytest.raises(batches.ImportRefused):
        batches.discard(batch=batch)


def test_nothing_runs_twice_side_by_side(cast):
    batch = checked(cast, [URHO])
    job = batches.start_commit(actor=cast.users["olavi"], batch=batch, on=TODAY)
    with pytest.raises(batches.ImportRefused):
        batches.start_commit(actor=cast.users["olavi"], batch=batch, on=TODAY)
    with pytest.raises(batches.ImportRefused):
        batches.choose(batch=batch, row=rows(batch)[0], choice="skip")
    work(job)


def test_an_actor_who_is_gone_does_not_stop_the_saving(cast):
    batch = checked(cast, [URHO])
    settings = committing.settings_of(
        ImportBatch(unit=batch.unit, mutation_id=__import__("uuid").uuid4(), file_name="x"),
        on=TODAY,
        actor_id=None,
    )
    assert (settings.actor_id, settings.bases_from.isoformat()) == (None, "2026-01-01")
