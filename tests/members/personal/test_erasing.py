"""An erasure leaves no value of the person anywhere but where the receipt says: the whole database is searched for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from billing.models import Invoice, LedgerEntry
from jasenpalvelu.audit.models import AccessLog, Change, Mutation
from jasenpalvelu.audit.services import log_unmask, mutation
from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import Erasure, FormerNumber, Membership, Party, PartyLogin, UnitRules
from members.models.memberships import EventKind
from members.scope import Scope
from members.services import data_requests, ending, erasing, lifecycle, merging, registering
from members.services.erasing import EraseError
from members.services.registering import Address
from tests import scenery as scene
from tests.billing.runs import work_off
from tests.cast import JOINED, TODAY, Cast
from tests.scenery import Scenery

# Values nobody else has.
VALUES = [
    "Vilhelmiina", "Kaukovaara", "vilma.kaukovaara@example.fi", "vilma.entinen@example.fi", "0405559871", "+358405559871",
    "Kaukotie 99", "1961-03-04", "4.3.1961", "VANHA-77712",
]  # fmt: skip


@pytest.fixture
def scenery(cast: Cast) -> Iterator[Scenery]:
    with clock.frozen(TODAY):
        yield scene.build(cast)


def vilma(cast: Cast, last: str = "Kaukovaara") -> Party:
    return registering.create_person(
        actor=cast.users["aino"],
        first_names="Vilhelmiina",
        last_name=last,
        on=JOINED,
        email="vilma.entinen@example.fi",
        phone="040 555 9871",
        address=Address("Kaukotie 99", "00100", "Helsinki"),
        home_municipality="091",
        birth_date=date(1961, 3, 4),
        birth_date_purpose="Ikäraja",
    )


@pytest.fixture
def gone(scenery: Scenery) -> Party:
    """A person with a story: joined twice, renamed, moved to another e-mail, given a login, looked at, invoiced, resigned."""
    cast = scenery.cast
    aino, a = cast.users["aino"], cast.units["a"]
    party, twin = vilma(cast), vilma(cast)
    for one, kind in ((party, "personal"), (twin, "supporting")):
        lifecycle.start(actor=aino, party=one, unit=a, type=cast.types[kind], started_on=JOINED)
    scope = Scope.for_user(aino, on=TODAY)
    plan = merging.plan(survivor=party, merged=twin, scope=scope, on=TODAY)
    merging.merge(
        actor=aino, scope=scope, survivor_id=party.pk, merged_id=twin.pk, chosen={}, digest=plan.digest, on=TODAY,
        at=clock.now(),
    )  # fmt: skip
    registering.set_contacts(party=party, on=TODAY, actor=aino, email="vilma.kaukovaara@example.fi")
    with mutation(actor=aino, kind="test.story", summary="Vilhelmiina Kaukovaara soitti"):
        FormerNumber.objects.create(party=party, unit=a, number="VANHA-77712", source="vanha.csv")
        PartyLogin.objects.create(user=cast.users["ulla"], party=party)
    log_unmask(actor=cast.users["kaarlo"], party_id=party.pk, reason="Vilhelmiina Kaukovaara pyysi")
    Job.objects.create(
        kind="members.export", title="Luettelo", state="done", finished_at=clock.now(), unit_id=a.pk,
        attention=[{"name": "Kaukovaara Vilhelmiina", "what": "Maksu myöhässä"}], params={"q": "kaukovaara vilhelmiina"},
    )  # fmt: skip
    for membership in Membership.objects.filter(party=party).order_by("pk"):
        ending.end_membership(
            actor=aino, membership=membership, kind=EventKind.RESIGNED, noticed_on=date(2026, 3, 1),
            reason="Vilhelmiina muutti",
        )  # fmt: skip
    return party


def everywhere(values: list[str]) -> set[tuple[str, str, str]]:
    """Table, column and value wherever one of the values stands in a text or JSON column of any table."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND (data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY', 'tsvector', 'date', 'USER-DEFINED'))"
        )
        for table, column in cursor.fetchall():
            for value in values:
                cursor.execute(
                    f'SELECT 1 FROM "{table}" WHERE strpos(lower("{column}"::text), lower(%s)) > 0 LIMIT 1',
                    [value],
                )
                if cursor.fetchone():
                    found.add((table, column, value))
    return found


def erased(cast: Cast, party: Party, on: date = TODAY) -> Erasure:
    return erasing.erase(actor=cast.users["riitta"], party_id=party.pk, on=on, at=clock.now())


def test_nothing_is_left_but_what_the_receipt_names(scenery: Scenery, gone: Party) -> None:
    cast = scenery.cast
    before = everywhere([*VALUES, "ulla@example.fi"])
    assert {value for _table, _column, value in before} >= {"Vilhelmiina", "Kaukotie 99", "VANHA-77712"}
    done = erased(cast, gone)
    left = everywhere([*VALUES, "ulla@example.fi", "Ulkopuolinen"])
    stays = {table for table, _n, _hold, _until in done.receipt["stays"]}
    assert {(table, column, value) for table, column, value in left if table not in stays} == set()
    # Of those that stay only the minutes and the books may name somebody, and here there are none.
    assert left == set()


def test_the_story_stays_without_the_person(scenery: Scenery, gone: Party) -> None:
    cast = scenery.cast
    changes = Change.objects.filter(party_id=gone.pk).count()
    looks = AccessLog.objects.filter(party_id=gone.pk).count()
    events = list(Membership.objects.filter(party=gone).order_by("pk").values_list("state", "ended_on"))
    erased(cast, gone)
    assert Change.objects.filter(party_id=gone.pk).count() >= changes
    assert AccessLog.objects.filter(party_id=gone.pk).count() == looks
    assert (
        list(Membership.objects.filter(party=gone).order_by("pk").values_list("state", "ended_on")) == events
    )
    assert Party.objects.get(pk=gone.pk).member_number == gone.member_number
    client = cast.sign_in(Client(), "riitta")
    for name in ("member", "member_history", "member_access", "member_privacy"):
        assert client.get(reverse(f"office:{name}", args=[gone.pk])).status_code == 200


def test_others_keep_what_is_theirs(scenery: Scenery, gone: Party) -> None:
    before = everywhere(["Metsäpelto", "maija@example.fi", "Koivulantie 148", "siiri@example.fi"])
    erased(scenery.cast, gone)
    assert everywhere(["Metsäpelto", "maija@example.fi", "Koivulantie 148", "siiri@example.fi"]) == before


def test_a_member_cannot_be_erased_nor_somebody_who_owes(scenery: Scenery) -> None:
    cast = scenery.cast
    maija = cast.parties["maija"]
    plan = erasing.plan(party_id=maija.pk, on=TODAY)
    assert plan.blocked == ["member", "tie"]
    assert plan.texts
    before = everywhere(["maija@example.fi"])
    with pytest.raises(EraseError):
        erased(cast, maija)
    assert everywhere(["maija@example.fi"]) == before
    assert erasing.plan(party_id=cast.parties["aino"].pk, on=TODAY).blocked == ["post"]


def test_whoever_is_owed_money_is_not_erased(cast: Cast) -> None:
    """Credit that is left is the person's: it cannot be paid back to nobody."""
    with clock.frozen(TODAY):
        party = vilma(cast)
        membership = lifecycle.start(
            actor=None, party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=JOINED
        )
        ending.end_membership(
            actor=cast.users["aino"],
            membership=membership,
            kind=EventKind.RESIGNED,
            noticed_on=date(2026, 11, 1),
        )
        assert erasing.plan(party_id=party.pk, on=TODAY).may_be_done
        with mutation(actor=None, kind="test.credit"):
            LedgerEntry.objects.create(
                creditor=cast.units["a"], payer=party, kind="payment", amount=Decimal("-12.50"), on=TODAY, booked_on=TODAY
            )  # fmt: skip
        assert erasing.plan(party_id=party.pk, on=TODAY).texts
        with pytest.raises(EraseError):
            erased(cast, party)


def test_why_a_fee_was_not_charged_goes(cast: Cast) -> None:
    """It may tell of an illness."""
    with clock.frozen(TODAY):
        party = vilma(cast)
        membership = lifecycle.start(
            actor=None, party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=JOINED
        )
        lifecycle.exempt_from_fee(
            actor=None, membership=membership, until=date(2026, 12, 31), reason="Pitkäaikaissairas", on=TODAY
        )
        ending.end_membership(
            actor=cast.users["aino"],
            membership=membership,
            kind=EventKind.RESIGNED,
            noticed_on=date(2026, 11, 1),
        )
        erased(cast, party)
    assert everywhere(["Pitkäaikaissairas"]) == set()


def test_invoices_stay_until_the_sixth_year_has_ended(scenery: Scenery) -> None:
    """Accounting Act 1336/1997, chapter 2, section 10."""
    plan = erasing.plan(party_id=scenery.cast.parties["maija"].pk, on=TODAY)
    line = next(line for line in plan.stays if line.table == "billing_invoice")
    assert (line.hold, line.until) == ("books", date(2031, 12, 31))


def test_the_books_stay_ten_years_and_all_is_counted_from_the_end_of_the_financial_year(
    scenery: Scenery,
) -> None:
    """Of an invoice of 2025: a year that ends in January ends in 2026."""
    cast = scenery.cast

    def until() -> dict[str, date | None]:
        plan = erasing.plan(party_id=cast.parties["maija"].pk, on=TODAY)
        return {line.table: line.until for line in plan.stays}

    booked = LedgerEntry.objects.filter(payer=cast.parties["maija"]).latest("booked_on").booked_on
    assert until()["billing_ledgerentry"] == date(booked.year + 10, 12, 31)
    with mutation(actor=None, kind="test.rules"):
        UnitRules.objects.update(year_ends=1)
    told = until()
    assert told["billing_invoice"] == date(2032, 12, 31)
    assert told["billing_ledgerentry"] == date(booked.year + (booked.month > 1) + 10, 1, 31)


def test_history_loses_only_in_the_act_of_an_erasure(scenery: Scenery, gone: Party) -> None:
    change = Change.objects.filter(party_id=gone.pk, after__has_key="value").latest("pk")
    invoice = Invoice.objects.order_by("pk").first()
    assert invoice is not None
    refused = [
        ("test.other", "UPDATE audit_change SET after = '{}' WHERE id = %s", change.pk),
        ("privacy.erase", 'UPDATE audit_change SET after = \'{"value": "x"}\' WHERE id = %s', change.pk),
        ("privacy.erase", "UPDATE audit_change SET table_name = 'x' WHERE id = %s", change.pk),
        ("privacy.erase", "DELETE FROM audit_change WHERE id = %s", change.pk),
        ("privacy.erase", "UPDATE billing_invoice SET payer_name = '–' WHERE id = %s", invoice.pk),
        ("privacy.erase", "UPDATE billing_invoice SET total = 0 WHERE id = %s", invoice.pk),
    ]
    for kind, sql, pk in refused:
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            mutation(actor=None, kind=kind),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, [pk])
    with mutation(actor=None, kind="privacy.erase"), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_change SET after = '{}' WHERE id = %s", [change.pk])
    assert Change.objects.get(pk=change.pk).after == {}


def test_an_erasure_on_request_in_the_office(client: Client, scenery: Scenery, gone: Party) -> None:
    cast = scenery.cast
    request = data_requests.file(
        actor=cast.users["riitta"], party=gone, unit=cast.units["a"], kind="erasure", text="Vilhelmiina kirjoitti",
        channel="office", received_on=TODAY,
    )  # fmt: skip
    cast.sign_in(client, "aino")
    url = reverse("office:member_erase", args=[gone.pk])
    assert "Kaukovaara" in client.get(url).text
    assert client.post(url, {}).status_code == 200
    assert not Erasure.objects.filter(party=gone).exists()
    client.post(url, {"sure": "on"})
    job = work_off(Job.objects.get(kind="members.erase"))
    request.refresh_from_db()
    assert request.state == "done"
    receipt = client.get(job.result_url)
    assert receipt.status_code == 200
    assert everywhere(VALUES) == set()
    assert cast.sign_in(Client(), "bo").get(job.result_url).status_code == 404


def test_nobody_erases_alone(client: Client, scenery: Scenery, gone: Party) -> None:
    """The person has to have asked, and another than the one who wrote it down carries it out."""
    cast = scenery.cast
    url = reverse("office:member_erase", args=[gone.pk])
    jobs = Job.objects.filter(kind="members.erase")

    def sent(name: str) -> int:
        return cast.sign_in(Client(), name).post(url, {"sure": "on"}).status_code

    assert (sent("aino"), jobs.count()) == (422, 0)
    data_requests.file(
        actor=cast.users["aino"], party=gone, unit=cast.units["a"], kind="erasure", text="Soitti", channel="office",
        received_on=TODAY,
    )  # fmt: skip
    assert (sent("aino"), jobs.count()) == (422, 0)
    assert 'name="sure"' not in cast.sign_in(client, "aino").get(url).text
    assert (sent("riitta"), jobs.count()) == (302, 1)
    work_off(jobs.get())
    assert Erasure.objects.filter(party=gone).count() == 1


def test_a_request_answered_meanwhile_stops_the_erasure(
    client: Client, scenery: Scenery, gone: Party
) -> None:
    cast = scenery.cast
    request = data_requests.file(
        actor=cast.users["aino"], party=gone, unit=cast.units["a"], kind="erasure", text="Soitti", channel="office",
        received_on=TODAY,
    )  # fmt: skip
    cast.sign_in(client, "riitta").post(reverse("office:member_erase", args=[gone.pk]), {"sure": "on"})
    data_requests.withdraw(actor=cast.users["aino"], request=request, on=TODAY)
    job = Job.objects.get(kind="members.erase")
    running.run(job_id=job.pk, seconds=600)
    job.refresh_from_db()
    assert job.state == "failed"
    assert not Erasure.objects.filter(party=gone).exists()


def test_twice_is_no_different_from_once(scenery: Scenery, gone: Party) -> None:
    erased(scenery.cast, gone)
    again = erased(scenery.cast, gone)
    assert everywhere(VALUES) == set()
    assert Erasure.objects.filter(party=gone).count() == 2
    assert again.receipt["stays"]


def test_joined_entries_are_not_parted_after_an_erasure(scenery: Scenery, gone: Party) -> None:
    from members.models import Merge
    from members.services import unmerging

    erased(scenery.cast, gone)
    merge = Merge.objects.get(survivor=gone)
    scope = Scope.for_user(scenery.cast.users["riitta"], on=TODAY)
    assert unmerging.hindrances(merge=merge, scope=scope, on=TODAY)


def test_the_act_itself_names_nobody(scenery: Scenery, gone: Party) -> None:
    done = erased(scenery.cast, gone)
    act = Mutation.objects.get(pk=done.mutation_id)
    assert act.summary == ""
    assert "Kaukovaara" not in str(list(act.changes.values_list("before", "after")))
