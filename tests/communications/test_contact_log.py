"""The contact log: its years, its three ways in, how long it remembers, what follows a joined member (COM-3)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from communications import attachments, keeping
from communications.models import ContactEntry, ContactNote, Talk, TalkFile
from communications.services import logging_contacts, noting, partitions, talk_mail, talking
from communications.services.logging_contacts import Entry, log_contact, log_many, log_selected
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.clock import HELSINKI
from members.models import DataMark
from members.services import erasing, registering, unmerging
from tests.cast import TODAY, Cast
from tests.communications.talking import asked
from tests.members.merging.helpers import join, person, scope

pytestmark = pytest.mark.django_db
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=HELSINKI)


def logged(cast: Cast, **values: object) -> ContactEntry:
    entry: dict[str, object] = {
        "party_id": cast.parties["maija"].pk,
        "unit_id": cast.units["a"].pk,
        "channel": "email",
        "direction": "out",
        "kind": "letter",
        "summary": "Jäsenkirje",
    }
    return log_contact(**entry | values)  # type: ignore[arg-type]


def partition(entry: ContactEntry) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM communications_contactentry WHERE id = %s", [entry.pk]
        )
        return str(cursor.fetchone()[0])


def test_a_row_goes_to_its_year_and_any_other_to_the_rest(cast: Cast) -> None:
    assert partition(logged(cast, at=NOON)) == f"communications_contactentry_{TODAY.year}"
    assert partition(logged(cast, at=NOON.replace(year=1999))) == "communications_contactentry_others"


def test_the_year_changes_in_finland(cast: Cast) -> None:
    eve = datetime(TODAY.year, 12, 31, 23, 59, tzinfo=HELSINKI)
    assert partition(logged(cast, at=eve)).endswith(f"_{TODAY.year}")
    assert partition(logged(cast, at=eve + timedelta(minutes=2))).endswith(f"_{TODAY.year + 1}")


def test_a_new_year_takes_the_rows_that_waited_for_it(cast: Cast) -> None:
    later = NOON.replace(year=2091)
    entry = logged(cast, at=later)
    assert partitions.ensure_years(on=later.date()) == [2091, 2092]
    assert partition(entry) == "communications_contactentry_2091"
    assert partition(logged(cast, at=later)) == "communications_contactentry_2091"
    assert partitions.ensure_years(on=later.date()) == []


def test_many_rows_at_once_keep_odd_texts(cast: Cast) -> None:
    party, unit = cast.parties["maija"].pk, cast.units["a"].pk
    texts = ['Kirje "kevät", osa 1\nrivi', "å\\N\\.", "", "x" * 300]
    rows = [
        Entry(party, unit, "email", "out", "letter", text, reference=f"letter:{n}")
        for n, text in enumerate(texts)
    ]
    assert log_many(entries=rows) == 4
    found = list(ContactEntry.objects.filter(kind="letter").order_by("reference"))
    assert [row.summary for row in found] == [
        'Kirje "kevät", osa 1 rivi', "å\\N\\.", "", "x" * 199 + "…",
    ]  # fmt: skip
    assert {row.keep for row in found} == {keeping.ROUTINE}
    assert {row.actor_id for row in found} == {None}


def test_rows_of_a_query(cast: Cast) -> None:
    select = (
        "SELECT m.party_id, m.unit_id, %s::timestamptz, 'letter', 'out', 'meeting.call', 'Kokouskutsu', 'meeting:1', 'sent',"
        " 'statutory', NULL FROM members_membership m WHERE m.unit_id = %s"
    )
    unit = cast.units["a"]
    number = log_selected(select=select, params=[NOON, unit.pk])
    assert number == ContactEntry.objects.filter(unit=unit, keep="statutory").count() > 1


def test_the_class_follows_from_the_kind() -> None:
    assert keeping.keep_of("talks.reply") == keeping.SAID
    assert keeping.keep_of("billing.invoice") == keeping.STATUTORY
    assert keeping.keep_of("letter") == keeping.ROUTINE


@pytest.mark.parametrize(("kind", "years"), [("letter", 2), ("talks.reply", 3), ("billing.invoice", 6)])
def test_each_class_is_forgotten_in_its_time(cast: Cast, kind: str, years: int) -> None:
    old = logged(cast, kind=kind, at=NOON.replace(year=TODAY.year - years) - timedelta(days=1))
    young = logged(cast, kind=kind, at=NOON.replace(year=TODAY.year - years) + timedelta(days=1))
    partitions.forget(now=NOON)
    assert list(ContactEntry.objects.filter(pk__in=[old.pk, young.pk])) == [young]


def test_a_year_older_than_anything_kept_goes_whole(cast: Cast) -> None:
    partitions.ensure_years(on=TODAY.replace(year=2090))
    partitions.forget(now=NOON.replace(year=2097))
    assert 2090 not in partitions.years()
    assert 2091 in partitions.years()


def test_what_became_of_it_and_taking_it_away(cast: Cast) -> None:
    entry = logged(cast, reference="letter:9")
    assert logging_contacts.set_status(party_id=entry.party_id, reference="letter:9", status="bounced") == 1
    assert ContactEntry.objects.get(reference="letter:9").status == "bounced"
    logging_contacts.forget_reference(reference="letter:9")
    assert not ContactEntry.objects.filter(reference="letter:9").exists()


def test_nothing_is_forgotten_of_somebody_in_a_dispute(cast: Cast) -> None:
    partitions.ensure_years(on=TODAY.replace(year=2080))
    maija, aino = cast.parties["maija"], cast.users["aino"]
    with mutation(actor=None, kind="test"):
        DataMark.objects.create(
            party=maija,
            unit=cast.units["a"],
            kind="hold",
            reason="Riita",
            set_on=TODAY,
            set_by=aino,
            until=TODAY.replace(year=2099),
        )
    old = logged(cast, at=NOON.replace(year=2080))
    other = logged(cast, party_id=cast.parties["siiri"].pk, at=NOON.replace(year=2080))
    note = noting.write(
        actor=aino,
        party=maija,
        unit=cast.units["a"],
        channel="phone",
        direction="in",
        at=NOON,
        text="x",
        now=NOON,
    )
    partitions.forget(now=NOON.replace(year=2087))
    assert partition(old) == "communications_contactentry_others"
    assert not ContactEntry.objects.filter(pk=other.pk).exists()
    assert ContactNote.objects.filter(pk=note.pk).exists()


# --- with the person --------------------------------------------------------------------------------------------------
def test_all_of_it_goes_along_when_two_entries_are_joined_and_comes_back(cast: Cast) -> None:
    one, other = person(cast, "Matti", "Virtanen"), person(cast, "Matti J", "Virtanen")
    with clock.frozen(TODAY):
        logged(cast, party_id=other.pk, reference="letter:1")
        talk = asked(cast, party=other)
        noting.write(
            actor=cast.users["aino"], party=other, unit=cast.units["a"], channel="phone", direction="in", at=NOON,
            text="x", now=NOON,
        )  # fmt: skip
        done = join(cast, one, other)
        assert ContactEntry.objects.filter(party=one).count() == 3
        assert Talk.objects.get(pk=talk.pk).party == one
        assert ContactNote.objects.get().party == one
        # What a sender still has under the old entry is logged for the one that goes on.
        late = logged(cast, party_id=other.pk, reference="letter:2")
        assert late.party_id == one.pk
        late.delete()
        unmerging.unmerge(actor=cast.users["riitta"], scope=scope(cast), merge_id=done.pk, on=TODAY)
    assert ContactEntry.objects.filter(party=other).count() == 3
    assert Talk.objects.get(pk=talk.pk).party == other


def test_an_erasure_takes_the_log_the_notes_and_the_conversations(cast: Cast) -> None:
    party = registering.create_person(actor=None, first_names="Vilma", last_name="Poistuva", on=TODAY)
    file = attachments.checked("lasku.pdf", b"%PDF-1.7 x")
    with mutation(actor=None, kind="test"):
        talk = Talk.objects.create(
            party=party, unit=cast.units["a"], subject="Salainen", created_at=NOON, changed_at=NOON
        )
    talking.write(actor=None, talk=talk, text="Salaisuus", files=[file], at=NOON)
    talk_mail.reply_address(talk=talk, user=None)
    noting.write(
        actor=cast.users["aino"], party=party, unit=cast.units["a"], channel="phone", direction="in", at=NOON,
        text="Sanottu salaa", now=NOON,
    )  # fmt: skip
    other = asked(cast)
    with clock.frozen(TODAY):
        erasing.erase(actor=cast.users["riitta"], party_id=party.pk, on=TODAY, at=clock.now())
    assert list(Talk.objects.all()) == [other]
    assert not ContactEntry.objects.filter(party=party).exists()
    assert not ContactNote.objects.exists()
    assert not TalkFile.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_change WHERE before::text || after::text ~ 'Sanottu salaa|Salainen'"
        )
        assert cursor.fetchone() == (0,)


def test_a_note_is_told_in_the_members_history(cast: Cast, client: Client) -> None:
    given = {"channel": "phone", "direction": "in", "at": NOON}
    note = noting.write(
        actor=cast.users["aino"],
        party=cast.parties["maija"],
        unit=cast.units["a"],
        text="Sovittiin",
        now=NOON,
        **given,
    )
    noting.change(actor=cast.users["aino"], note=note, text="Sovittiin toisin", **given)
    with clock.frozen(TODAY):
        page = cast.sign_in(client, "riitta").get(
            reverse("office:member_history", args=[cast.parties["maija"].pk])
        )
    assert "Sovittiin → Sovittiin toisin" in page.content.decode()
