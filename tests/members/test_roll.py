"""The list of members of the Associations Act: who, under which name, in which order, for whose eyes (REG-6, REG-13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jasenpalvelu.audit.models import AccessLog
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.common.sorting import sort_key
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import running
from members.models import Membership, Party
from members.roll import Roll
from members.services import lifecycle, registering
from tests.cast import JOINED, TODAY, Cast
from tests.members.helpers import appoint, set_rules
from tests.paper import text_of

LATER = TODAY + timedelta(days=30)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def roll(cast: Cast, on: date = TODAY, *, today: date | None = None, unit: str = "a") -> Roll:
    return Roll(cast.units[unit].pk, on, today or clock.today(), "fi")


def whole(found: Roll, *, size: int = 50) -> list[tuple[str, str]]:
    """All pages one after another, forwards."""
    lines, query = [], {}
    while True:
        page = found.page(query, size=size)
        lines += [(line.name, line.municipality) for line in page.rows]
        if not page.next:
            return lines
        query = {"jalkeen": page.next}


def names(found: Roll) -> list[str]:
    return [name for name, _place in whole(found)]


def member(
    cast: Cast, first: str, last: str, *, since: date = JOINED, until: date | None = None, **values: Any
) -> Party:
    party = registering.create_person(actor=None, first_names=first, last_name=last, on=JOINED, **values)
    made = lifecycle.start(
        actor=None, party=party, unit=cast.units["a"], type=cast.types["personal"], started_on=since
    )
    if until:
        lifecycle.end(actor=None, membership=made, kind="resigned", effective_on=until)
    return party


def change(party: Party, at: datetime, **values: Any) -> None:
    """A change that was made at the moment: history is written with the database's clock, so it is set back."""
    registering.update_party(party=party, values=values, actor=None)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_change DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE audit_change SET at = %s WHERE id = (SELECT max(id) FROM audit_change WHERE party_id = %s"
            " AND table_name = 'members_party')",
            [at, party.pk],
        )
        cursor.execute("ALTER TABLE audit_change ENABLE TRIGGER USER")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=HELSINKI)


# --- who is on it -----------------------------------------------------------------------------------------------------
def test_names_and_municipalities_and_nothing_more(cast: Cast) -> None:
    assert whole(roll(cast)) == [
        ("Metsäpelto Maija", "Helsinki"),
        ("Niittyvirta Marjatta kuolinpesä", "Helsinki"),
        ("O'Brien Siiri", ""),
    ]


def test_a_past_day_shows_the_past(cast: Cast) -> None:
    member(cast, "Pekka", "Päättynyt", since=date(2021, 5, 1), until=date(2023, 7, 1))
    assert "Päättynyt Pekka" not in names(roll(cast, date(2021, 4, 30)))
    assert "Päättynyt Pekka" in names(roll(cast, date(2021, 5, 1)))
    assert "Päättynyt Pekka" in names(roll(cast, date(2023, 6, 30)))
    assert "Päättynyt Pekka" not in names(roll(cast, date(2023, 7, 1)))
    assert names(roll(cast, JOINED - timedelta(days=1))) == []


def test_applicants_are_not_on_it_and_passive_members_are(cast: Cast) -> None:
    applicant = registering.create_person(actor=None, first_names="Heikki", last_name="Hakija", on=TODAY)
    lifecycle.apply(actor=None, party=applicant, unit=cast.units["a"], type=cast.types["personal"], on=TODAY)
    maija = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"])
    lifecycle.record(membership=maija, kind="lapsed", effective_on=TODAY, actor=None)
    assert "Hakija Heikki" not in names(roll(cast))
    assert "Metsäpelto Maija" in names(roll(cast))


def test_somebody_with_two_memberships_stands_once(cast: Cast) -> None:
    lifecycle.start(
        actor=None,
        party=cast.parties["maija"],
        unit=cast.units["a"],
        type=cast.types["supporting"],
        started_on=JOINED,
    )
    assert names(roll(cast)).count("Metsäpelto Maija") == 1
    assert roll(cast).count() == 3


# --- under which name -------------------------------------------------------------------------------------------------
def test_the_name_is_that_of_the_day(cast: Cast) -> None:
    anna = member(cast, "Anna", "Aalto", home_municipality="091")
    change(anna, noon(date(2024, 6, 15)), last_name="Ösund")
    change(anna, noon(date(2025, 6, 15)), last_name="Ylönen")
    assert names(roll(cast, date(2024, 6, 14)))[0] == "Aalto Anna"
    assert names(roll(cast, date(2024, 6, 15)))[-1] == "Ösund Anna"
    assert names(roll(cast, date(2025, 6, 14)))[-1] == "Ösund Anna"
    assert names(roll(cast, date(2025, 6, 15)))[-1] == "Ylönen Anna"
    assert names(roll(cast))[-1] == "Ylönen Anna"


def test_a_change_belongs_to_the_finnish_day(cast: Cast) -> None:
    """At half past midnight in Finland it is still the day before in Greenwich."""
    anna = member(cast, "Anna", "Aalto")
    change(anna, datetime(2024, 6, 15, 0, 30, tzinfo=HELSINKI), last_name="Ylönen")
    assert "Aalto Anna" in names(roll(cast, date(2024, 6, 14)))
    assert "Ylönen Anna" in names(roll(cast, date(2024, 6, 15)))


def test_the_municipality_is_that_of_the_day(cast: Cast) -> None:
    change(cast.parties["maija"], noon(date(2024, 1, 10)), home_municipality="905")
    assert ("Metsäpelto Maija", "Helsinki") in whole(roll(cast, date(2024, 1, 9)))
    assert ("Metsäpelto Maija", "Vaasa") in whole(roll(cast, date(2024, 1, 10)))


def test_an_order_of_today_hides_the_municipality_of_any_day(cast: Cast) -> None:
    maija = cast.parties["maija"]
    change(maija, noon(date(2024, 1, 10)), home_municipality="905")
    registering.update_party(party=maija, values={"non_disclosure": True}, actor=None)
    for day in (date(2024, 1, 9), date(2024, 1, 10), TODAY):
        assert ("Metsäpelto Maija", "") in whole(roll(cast, day))


# --- in which order, page by page -------------------------------------------------------------------------------------
def test_the_order_is_finnish(cast: Cast) -> None:
    for last in ("Öhman", "Åberg", "Zitting", "Ängeslevä", "Wirtanen", "Virtanen"):
        member(cast, "Eero", last)
    found = [name for name in names(roll(cast)) if name.endswith("Eero")]
    assert found == [
        f"{last} Eero" for last in ("Virtanen", "Wirtanen", "Zitting", "Åberg", "Ängeslevä", "Öhman")
    ]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from("AÅBDÖZ"), st.sampled_from("AÅBDÖZ")), max_size=8), st.integers(1, 4)
)
def test_pages_together_are_the_list_both_ways(cast: Cast, people: list[tuple[str, str]], size: int) -> None:
    """Each was born with one name and has another now; the list of an earlier day is in the order of the first names."""
    from django.db import transaction

    with transaction.atomic():
        for number, (then, now) in enumerate(people):
            party = member(cast, f"N{number}", then)
            if now != then:
                change(party, noon(date(2025, 1, 1)), last_name=now)
        for on in (date(2024, 1, 1), TODAY):
            found = roll(cast, on)
            forwards = [name for name, _place in whole(found, size=size)]
            assert forwards == [name for name, _place in whole(found)]
            assert sorted(forwards, key=sort_key) == forwards
            assert len(forwards) == found.count() == 3 + len(people)
            assert backwards(found, size) == forwards
        transaction.set_rollback(True)


def backwards(found: Roll, size: int) -> list[str]:
    pages, query = [], {}
    while (page := found.page(query, size=size)).next:
        query = {"jalkeen": page.next}
    while True:
        pages.append([line.name for line in page.rows])
        if not page.previous:
            return [name for names in reversed(pages) for name in names]
        page = found.page({"ennen": page.previous}, size=size)


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30, "²", "0", ""])
def test_a_place_that_is_none_gives_the_first_page(cast: Cast, cursor: str) -> None:
    first = [line.name for line in roll(cast).page({}).rows]
    assert [line.name for line in roll(cast).page({"jalkeen": cursor}).rows] == first


def test_nobody_learns_between_whom_a_stranger_would_stand(cast: Cast) -> None:
    stranger = str(cast.parties["lotta"].pk)
    assert (
        len(roll(cast).page({"jalkeen": stranger}).rows)
        == len(roll(cast).page({"ennen": stranger}).rows)
        == 3
    )


# --- in the office ----------------------------------------------------------------------------------------------------
def address(cast: Cast, query: str = "") -> str:
    return f"{reverse('office:member_roll', args=[cast.units['a'].pk])}{query}"


def test_looking_is_logged(cast: Cast, client: Client) -> None:
    page = cast.sign_in(client, "aino").get(address(cast, "?pvm=1.2.2024")).content.decode()
    assert "Metsäpelto Maija" in page
    log = AccessLog.objects.get(action="view", unit_id=cast.units["a"].pk)
    assert (log.user, log.classes, log.count) == (cast.users["aino"], "A", 3)
    assert "1.2.2024" in log.subject


def test_the_list_has_no_other_data(cast: Cast, client: Client) -> None:
    page = cast.sign_in(client, "aino").get(address(cast)).content.decode().split("<table")[1]
    for other in (
        "maija@example.fi",
        "050 555",
        "Koivulantie",
        "00100",
        cast.parties["maija"].number,
        "Koivula",
    ):
        assert other not in page


@pytest.mark.parametrize(
    ("who", "status"), [("bo", 404), ("maija", 404), ("ulla", 404), ("tiina", 200), ("riitta", 200)]
)
def test_who_sees_the_list(cast: Cast, client: Client, who: str, status: int) -> None:
    assert cast.sign_in(client, who).get(address(cast)).status_code == status


@pytest.mark.parametrize("typed", ["huomenna", "1.1.2027", "32.1.2024"])
def test_a_day_that_is_none_is_told_beside_the_field(cast: Cast, client: Client, typed: str) -> None:
    answer = cast.sign_in(client, "aino").get(address(cast, f"?pvm={typed}"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'value="{typed}"' in page
    assert 'class="error"' in page
    assert "Metsäpelto" not in page


def test_a_page_takes_few_questions(cast: Cast, client: Client) -> None:
    for number in range(60):
        member(cast, f"N{number}", "Numero")
    cast.sign_in(client, "aino").get(address(cast))
    with CaptureQueriesContext(connection) as queries:
        client.get(address(cast, "?pvm=1.2.2024"))
    assert len(queries) <= 16, [query["sql"][:100] for query in queries]


def test_a_unit_without_members_has_no_list(cast: Cast, client: Client) -> None:
    url = reverse("office:member_roll", args=[cast.units["region1"].pk])
    assert cast.sign_in(client, "tiina").get(url).status_code == 404


# --- on the member's own pages ----------------------------------------------------------------------------------------
def own_address(cast: Cast, unit: str = "a") -> str:
    return reverse("portal:member_roll", args=[cast.units[unit].pk])


def test_a_member_is_told_how_to_ask(cast: Cast, client: Client) -> None:
    page = cast.sign_in(client, "maija").get(own_address(cast)).content.decode()
    assert "O&#x27;Brien" not in page
    assert "toimisto@a.example.fi" in page
    assert not AccessLog.objects.filter(action="view").exists()


def test_a_member_looks_where_the_rules_open_the_list(cast: Cast, client: Client) -> None:
    set_rules(cast, "a", list_inspection="portal")
    page = cast.sign_in(client, "maija").get(own_address(cast)).content.decode()
    assert "O&#x27;Brien Siiri" in page
    log = AccessLog.objects.get(action="view")
    assert (log.user, log.unit_id, log.count) == (cast.users["maija"], cast.units["a"].pk, 3)
    assert log.reason


@pytest.mark.parametrize(("who", "unit"), [("maija", "b"), ("aino", "a"), ("ulla", "a")])
def test_of_other_associations_there_is_no_list(cast: Cast, client: Client, who: str, unit: str) -> None:
    for slug in ("a", "b"):
        set_rules(cast, slug, list_inspection="portal")
    assert cast.sign_in(client, who).get(own_address(cast, unit)).status_code == 404


def test_a_former_member_looks_no_more(cast: Cast, client: Client) -> None:
    set_rules(cast, "a", list_inspection="portal")
    mine = Membership.objects.get(party=cast.parties["maija"], unit=cast.units["a"])
    lifecycle.end(actor=None, membership=mine, kind="resigned", effective_on=TODAY)
    assert cast.sign_in(client, "maija").get(own_address(cast)).status_code == 404


def test_the_list_is_not_gathered_by_a_program(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rules(cast, "a", list_inspection="portal")
    monkeypatch.setattr("members.views.portal_roll.PAGES_AN_HOUR", 3)
    cast.sign_in(client, "maija")
    assert [client.get(own_address(cast)).status_code for _ in range(5)] == [200, 200, 200, 429, 429]


# --- on paper ---------------------------------------------------------------------------------------------------------
def order(cast: Cast, client: Client, who: str = "aino", query: str = "") -> Any:
    url = reverse("office:member_roll_pdf", args=[cast.units["a"].pk])
    return cast.sign_in(client, who).post(f"{url}{query}")


def content(job: Job) -> bytes:
    with job.result.open() as file:
        return bytes(file.read())


def worked(job: Job) -> Job:
    while running.run(job_id=job.pk):
        pass
    job.refresh_from_db()
    return job


def test_the_list_on_paper(cast: Cast, client: Client, django_capture_on_commit_callbacks: Any) -> None:
    for number in range(70):
        member(cast, f"N{number:02}", "Numero", home_municipality="905")
    order(cast, client, query="?pvm=1.2.2024")
    with django_capture_on_commit_callbacks(execute=True):
        job = worked(Job.objects.get(kind="members.roll"))
    assert (job.state, job.done) == ("done", 73), job.log
    text = text_of(content(job))
    for word in (
        "Jäsenluettelo",
        "Kuusilahden tuottajayhdistys",
        "1.2.2024",
        "73",
        "Metsäpelto Maija Helsinki",
    ):
        assert word in text
    assert "Sivu 2" in text
    assert (
        text.index("Metsäpelto")
        < text.index("Niittyvirta")
        < text.index("Numero N00")
        < text.index("Numero N69")
    )
    log = AccessLog.objects.get(action="export")
    assert (log.count, log.classes, log.unit_id) == (73, "A", cast.units["a"].pk)


def test_many_parts_are_one_list(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr("members.paper_jobs.LINES", 2)
    order(cast, client)
    with django_capture_on_commit_callbacks(execute=True):
        job = worked(Job.objects.get(kind="members.roll"))
    text = text_of(content(job))
    assert [line for line in text.splitlines() if line.startswith(("1 ", "2 ", "3 "))] == [
        "1 Metsäpelto Maija Helsinki",
        "2 Niittyvirta Marjatta kuolinpesä Helsinki",
        "3 O'Brien Siiri –",
    ]
    assert ["Sivu 1" in text, "Sivu 2" in text] == [True, True]


def test_an_empty_list_can_be_printed_too(cast: Cast, client: Client) -> None:
    order(cast, client, query="?pvm=1.2.2010")
    job = worked(Job.objects.get(kind="members.roll"))
    assert job.state == "done", job.log


def test_the_chair_prints_the_list_the_board_keeps(cast: Cast, client: Client) -> None:
    appoint(cast, "ulla", "chair", "a")
    assert order(cast, client, "ulla").status_code == 302
    assert Job.objects.get(kind="members.roll").needs == "members.admit"


@pytest.mark.parametrize("who", ["bo", "tiina", "maija"])
def test_others_order_no_list(cast: Cast, client: Client, who: str) -> None:
    assert order(cast, client, who).status_code == 404
    assert not Job.objects.exists()


def test_whoever_loses_the_post_gets_no_file(cast: Cast, client: Client) -> None:
    order(cast, client)
    with mutation(actor=None, kind="test.end"):
        cast.parties["aino"].mandates.update(valid_to=TODAY - timedelta(days=1))
    job = worked(Job.objects.get(kind="members.roll"))
    assert (job.state, bool(job.result)) == ("failed", False)
    assert client.get(reverse("office:job", args=[job.pk])).status_code == 404
