"""A meeting of the board decides everything that waits in one step, and it is taken back in one (REG-5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog, Mutation
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import BoardMeeting, Decision, Expulsion, MeetingItem, Membership, Resignation
from members.services import joining, lifecycle, meetings
from members.services.meetings import MeetingError, Minutes, Taken, Verdict
from members.services.undoing import UndoError
from tests.billing import runs
from tests.cast import TODAY, Cast
from tests.members.board import CHAIR, hold, member, newcomer, proposed, resigned, send
from tests.paper import text_of


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def page(cast: Cast, unit: str = "a") -> str:
    return reverse("office:meeting", args=[cast.units[unit].pk])


# --- deciding -------------------------------------------------------------------------------------------------------
def test_everything_is_decided_in_one_act(client: Client, cast: Cast) -> None:
    admitted, rejected, later = (newcomer(cast, name) for name in ("Hilla", "Heikki", "Hanna"))
    notice, proposal = resigned(cast), proposed(cast)
    cast.sign_in(client, "aino")
    html = client.get(page(cast)).content.decode()
    assert "Hakija Hilla" in html
    assert "Puro Rauha" in html
    assert "Puro Ensio" in html
    keys = [f"application-{m.pk}" for m in (admitted, rejected, later)]
    keys += [f"resignation-{notice.pk}", f"expulsion-{proposal.pk}"]
    before = Mutation.objects.count()
    response = send(
        client, cast, *keys,
        **{
            "all__application": "admitted", "all__resignation": "noted",
            f"application__{rejected.pk}__outcome": "rejected",
            f"application__{rejected.pk}__reason": "Ei täytä ehtoja",
            f"application__{later.pk}__outcome": "postponed",
            f"expulsion__{proposal.pk}__outcome": "expelled",
        },
    )  # fmt: skip
    assert response.status_code == 302, response.context["form"].errors
    assert Mutation.objects.count() == before + 1, "one act"
    held = BoardMeeting.objects.get()
    states = [Membership.objects.get(pk=m.pk).state for m in (admitted, rejected, later)]
    assert states == ["active", "rejected", "applied"]
    assert Membership.objects.get(pk=admitted.pk).started_on == TODAY
    notice.refresh_from_db()
    proposal.refresh_from_db()
    assert notice.noted_on == TODAY
    assert (proposal.state, proposal.membership.state) == ("expelled", "ended")
    sections = Decision.objects.filter(items__meeting=held).distinct().order_by("section")
    assert [d.section for d in sections] == ["5", "6", "7"]
    assert set(held.items.values_list("outcome", flat=True)) == {
        "admitted", "rejected", "postponed", "noted", "expelled",
    }  # fmt: skip
    shown = client.get(response["Location"])
    assert shown.status_code == 200
    assert "Liisa Lehtonen" in shown.content.decode()


def test_what_is_not_chosen_waits_and_nothing_at_all_is_refused(client: Client, cast: Cast) -> None:
    waiting = newcomer(cast)
    cast.sign_in(client, "aino")
    response = send(client, cast, f"application-{waiting.pk}", all__application="skip")
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert not BoardMeeting.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"held_on": "23.11.2026"}, "held_on"),
        ({"held_on": "31.2.2026"}, "held_on"),
        ({"members_from": "1.1.2026"}, "members_from"),
        ({"chair": ""}, "chair"),
        ({"body": "klubi"}, "body"),
    ],
)
def test_errors_stand_beside_their_fields_and_keep_what_was_typed(
    client: Client, cast: Cast, values: dict[str, str], field: str
) -> None:
    waiting = newcomer(cast)
    cast.sign_in(client, "aino")
    sent = {"all__application": "admitted", "place": "Nuorisotalo", **values}
    response = send(client, cast, f"application-{waiting.pk}", **sent)
    assert field in response.context["form"].errors
    assert "Nuorisotalo" in response.content.decode()
    assert Membership.objects.get(pk=waiting.pk).state == "applied"


def test_a_rejection_needs_its_reason(client: Client, cast: Cast) -> None:
    waiting = newcomer(cast)
    cast.sign_in(client, "aino")
    values = {f"application__{waiting.pk}__outcome": "rejected"}
    errors = send(client, cast, f"application-{waiting.pk}", **values).context["form"].errors
    assert f"application-{waiting.pk}-reason" in errors
    with pytest.raises(MeetingError, match="reason"):
        hold(cast, Verdict("application", waiting.pk, "rejected"))


def test_members_begin_on_the_last_of_december_and_of_a_leap_february(cast: Cast) -> None:
    for held, first in [(date(2023, 12, 31), date(2023, 12, 31)), (date(2024, 2, 29), date(2024, 3, 1))]:
        waiting = newcomer(cast)
        hold(cast, Verdict("application", waiting.pk, "admitted"), held_on=held, members_from=first)
        waiting.refresh_from_db()
        assert (waiting.state, waiting.started_on) == ("active", first)
        assert waiting.events.get(kind="admitted").decided_on == held


def test_a_form_sent_twice_is_one_meeting(client: Client, cast: Cast) -> None:
    waiting = newcomer(cast)
    cast.sign_in(client, "aino")
    values = {"all__application": "admitted", "token": str(uuid4())}
    first = send(client, cast, f"application-{waiting.pk}", **values)
    minutes = Minutes(held_on=TODAY, **CHAIR)
    with pytest.raises(joining.SentAlready):
        meetings.hold(
            actor=cast.users["aino"],
            unit=cast.units["a"],
            minutes=minutes,
            verdicts=[Verdict("application", waiting.pk, "admitted")],
            token=values["token"],  # type: ignore[arg-type]
            on=TODAY,
        )
    assert first.status_code == 302
    assert BoardMeeting.objects.count() == 1


def test_who_comes_second_sees_what_happened_and_keeps_what_was_written(client: Client, cast: Cast) -> None:
    one, two = newcomer(cast, "Hilla"), newcomer(cast, "Heikki")
    hold(cast, Verdict("application", one.pk, "admitted"))
    cast.sign_in(client, "aino")
    keys = [f"application-{m.pk}" for m in (one, two)]
    response = send(client, cast, *keys, all__application="admitted", place="Nuorisotalo")
    html = response.content.decode()
    assert "Hakija Hilla" in html
    assert "Aino Sihteeri" in html
    assert "Nuorisotalo" in html
    assert Membership.objects.get(pk=two.pk).state == "applied", "nothing is half done"
    with pytest.raises(Taken) as taken:
        hold(cast, Verdict("application", one.pk, "admitted"), Verdict("application", two.pk, "admitted"))
    assert taken.value.keys == [keys[0]]


# --- rights ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["bo", "tiina", "olavi", "ulla", "maija"])
def test_others_see_and_decide_nothing(client: Client, cast: Cast, who: str) -> None:
    waiting = newcomer(cast)
    held = hold(cast, Verdict("application", newcomer(cast, "Heikki").pk, "admitted"))
    cast.sign_in(client, who)
    assert client.get(page(cast)).status_code == 404
    assert send(client, cast, f"application-{waiting.pk}", all__application="admitted").status_code == 404
    for name, args in [("meeting_held", []), ("meeting_extract", ["fi"]), ("meeting_letters", [])]:
        assert client.get(reverse(f"office:{name}", args=[held.pk, *args])).status_code == 404
    assert client.post(reverse("office:meeting_undo", args=[held.pk])).status_code == 404
    assert Membership.objects.get(pk=waiting.pk).state == "applied"


def test_a_matter_of_another_association_is_not_decided_here(client: Client, cast: Cast) -> None:
    foreign = newcomer(cast, unit="b")
    cast.sign_in(client, "aino")
    html = send(client, cast, f"application-{foreign.pk}", all__application="admitted").content.decode()
    assert "Hakija Hilla" not in html, "nothing is told of it"
    with pytest.raises(Taken):
        hold(cast, Verdict("application", foreign.pk, "admitted"))
    foreign.refresh_from_db()
    assert foreign.state == "applied"


def test_the_index_leads_to_the_own_association_and_lists_several(client: Client, cast: Cast) -> None:
    newcomer(cast)
    cast.sign_in(client, "aino")
    assert client.get(reverse("office:meetings"))["Location"] == page(cast)
    cast.sign_in(client, "riitta")
    html = client.get(reverse("office:meetings")).content.decode()
    assert "Kuusilahden tuottajayhdistys" in html
    assert "Rantalan tuottajayhdistys" not in html, "nothing waits there"


def test_the_page_asks_few_questions(client: Client, cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(12):
        newcomer(cast, f"Hakija{number}")
        resigned(cast, f"Eronnut{number}")
    cast.sign_in(client, "aino")
    client.get(page(cast))
    with django_assert_max_num_queries(26):
        assert client.get(page(cast)).status_code == 200


# --- undo -----------------------------------------------------------------------------------------------------------
def test_the_whole_meeting_is_undone(client: Client, cast: Cast) -> None:
    admitted, notice, proposal = newcomer(cast), resigned(cast), proposed(cast)
    held = hold(
        cast,
        Verdict("application", admitted.pk, "admitted"),
        Verdict("resignation", notice.pk, "noted"),
        Verdict("expulsion", proposal.pk, "expelled"),
    )
    cast.sign_in(client, "aino")
    assert client.post(reverse("office:meeting_undo", args=[held.pk])).status_code == 302
    for row in (admitted, notice, proposal, held, proposal.membership):
        row.refresh_from_db()
    assert (admitted.state, admitted.started_on) == ("applied", None)
    assert notice.noted_on is None
    assert (proposal.state, proposal.decided_on) == ("hearing", None)
    assert (proposal.membership.state, proposal.membership.ended_on) == ("active", None)
    assert held.undone_on == TODAY
    again = hold(cast, Verdict("application", admitted.pk, "admitted"))
    assert again.pk != held.pk
    with pytest.raises(UndoError, match="done"):
        meetings.undo(actor=cast.users["aino"], meeting=held, on=TODAY)


def test_undo_says_why_it_cannot(client: Client, cast: Cast) -> None:
    admitted = newcomer(cast)
    held = hold(cast, Verdict("application", admitted.pk, "admitted"))
    lifecycle.end(actor=None, membership=admitted, kind="resigned", effective_on=TODAY)
    cast.sign_in(client, "aino")
    html = client.post(reverse("office:meeting_undo", args=[held.pk]), follow=True).content.decode()
    assert "Hakija Hilla" in html
    held.refresh_from_db()
    assert held.undone_on is None


def test_undo_is_refused_when_a_newcomer_has_been_invoiced(cast: Cast) -> None:
    admitted = newcomer(cast)
    held = hold(cast, Verdict("application", admitted.pk, "admitted"))
    runs.decided(cast.units["a"], runs.flat("jasenmaksu", "45", types=["personal"]))
    run = runs.make_run(cast.units["a"], basis_date=date(2026, 12, 1))
    with clock.frozen(date(2026, 12, 1)):
        runs.issued(runs.previewed(run))
    with pytest.raises(UndoError, match="invoiced"):
        meetings.undo(actor=cast.users["aino"], meeting=held, on=TODAY)
    admitted.refresh_from_db()
    assert admitted.state == "active"


# --- the papers -----------------------------------------------------------------------------------------------------
def test_the_extract_says_in_both_languages_what_was_decided(client: Client, cast: Cast) -> None:
    admitted, rejected, notice, proposal = (
        newcomer(cast),
        newcomer(cast, "Heikki"),
        resigned(cast),
        proposed(cast),
    )
    held = hold(
        cast,
        Verdict("application", admitted.pk, "admitted"),
        Verdict("application", rejected.pk, "rejected", "Ei täytä ehtoja"),
        Verdict("resignation", notice.pk, "noted"),
        Verdict("expulsion", proposal.pk, "expelled"),
        number="4/2026",
    )
    cast.sign_in(client, "aino")
    answers = {
        code: client.get(reverse("office:meeting_extract", args=[held.pk, code])) for code in ("fi", "sv")
    }
    finnish, swedish = (text_of(answer.content) for answer in answers.values())
    for text in (
        "Pöytäkirjanote",
        "5 §",
        "Hakija Hilla",
        "Ei täytä ehtoja",
        "Puro Rauha",
        "14 §",
        "Helsinki",
    ):
        assert text in finnish
    assert "Jäsen ei antanut vastausta" in finnish.replace("\n", " ")
    assert "Protokollsutdrag" in swedish
    assert "Helsingfors" in swedish
    assert client.get(reverse("office:meeting_extract", args=[held.pk, "en"])).status_code == 404
    assert AccessLog.objects.filter(action="export", unit_id=cast.units["a"].pk).count() == 2


def test_a_protected_member_has_no_place_in_the_extract_and_no_address_in_the_letter(
    client: Client, cast: Cast
) -> None:
    waiting = lifecycle.apply(
        actor=None, party=cast.parties["siiri"], unit=cast.units["a"], type=cast.types["student"], on=TODAY
    )
    held = hold(cast, Verdict("application", waiting.pk, "admitted"))
    cast.sign_in(client, "aino")
    extract = text_of(client.get(reverse("office:meeting_extract", args=[held.pk, "fi"])).content)
    letter = text_of(client.get(reverse("office:meeting_letters", args=[held.pk])).content)
    assert "O'Brien" in extract.replace("’", "'")
    assert "Helsinki" not in extract
    assert "Koivulantie" not in letter


def test_letters_are_written_in_the_members_language_with_the_first_fee(client: Client, cast: Cast) -> None:
    runs.decided(cast.units["a"], runs.flat("jasenmaksu", "45", types=["student"]))
    waiting = lifecycle.apply(
        actor=None, party=cast.parties["lotta"], unit=cast.units["a"], type=cast.types["student"], on=TODAY
    )
    held = hold(cast, Verdict("application", waiting.pk, "admitted"))
    cast.sign_in(client, "aino")
    letter = text_of(client.get(reverse("office:meeting_letters", args=[held.pk])).content)
    assert "Välkommen som medlem" in letter
    assert "Strandvägen 2" in letter
    assert "45,00" in letter
    assert "testserver" in letter
    html = client.get(reverse("office:meeting_held", args=[held.pk])).content.decode()
    assert "45,00" in html
    assert "velkoja=" not in html, "a run is the treasurer's"


def test_who_has_no_vote_is_not_told_to_decide(client: Client, cast: Cast) -> None:
    voter, supporter = newcomer(cast, "Hilla"), newcomer(cast, "Tuki", kind="supporting")
    verdicts = [Verdict("application", m.pk, "admitted") for m in (voter, supporter)]
    held = hold(cast, *verdicts)
    cast.sign_in(client, "aino")
    pages = text_of(client.get(reverse("office:meeting_letters", args=[held.pk])).content).split("\f")
    by_name = {name: page for page in pages for name in ("Hilla", "Tuki") if name in page}
    assert "sinä päätät" in by_name["Hilla"]
    assert "päätät" not in by_name["Tuki"]


def test_the_letter_of_a_minor_is_addressed_to_the_guardian(client: Client, cast: Cast) -> None:
    grown, young = newcomer(cast, "Hilla"), newcomer(cast, "Nuori")
    party = young.party
    waiting = lifecycle.apply(
        actor=None, party=party, unit=cast.units["a"], type=cast.types["student"], on=TODAY,
        told={"guardian": "Alle 18-vuotias. Huoltaja: Anna Hakija"},
    )  # fmt: skip
    held = hold(cast, *(Verdict("application", m.pk, "admitted") for m in (grown, waiting)))
    cast.sign_in(client, "aino")
    pages = text_of(client.get(reverse("office:meeting_letters", args=[held.pk])).content).split("\f")
    by_name = {name: page for page in pages for name in ("Hilla", "Nuori") if name in page}
    assert "Huoltajalle" in by_name["Nuori"]
    assert "Anna Hakija" not in by_name["Nuori"], "what was told for the board stays there"
    assert "huoltaja" not in by_name["Hilla"].lower()


# --- the tables -----------------------------------------------------------------------------------------------------
def test_minutes_are_closed_to_outcomes_that_are_no_answers(cast: Cast) -> None:
    held = hold(cast, Verdict("application", newcomer(cast).pk, "admitted"))
    with pytest.raises(DatabaseError), transaction.atomic(), mutation(actor=None, kind="test"):
        MeetingItem.objects.filter(meeting=held).update(outcome="expelled")
    with pytest.raises(DatabaseError), transaction.atomic():
        MeetingItem.objects.filter(meeting=held).update(reason="muutettu")


def test_nobody_is_expelled_before_the_time_to_answer_has_run_out(client: Client, cast: Cast) -> None:
    proposal = proposed(cast, hear_by=TODAY)
    cast.sign_in(client, "aino")
    values = {f"expulsion__{proposal.pk}__outcome": "expelled"}
    response = send(client, cast, f"expulsion-{proposal.pk}", **values)
    assert f"expulsion-{proposal.pk}-outcome" in response.context["form"].errors
    with pytest.raises(MeetingError, match="hearing"):
        hold(cast, Verdict("expulsion", proposal.pk, "expelled"))
    with pytest.raises(DatabaseError), transaction.atomic(), mutation(actor=None, kind="test"):
        Expulsion.objects.filter(pk=proposal.pk).update(state="expelled", decided_on=TODAY)
    hold(cast, Verdict("expulsion", proposal.pk, "dropped"))
    proposal.refresh_from_db()
    assert (proposal.state, proposal.membership.state) == ("dropped", "active")


def test_a_former_member_is_no_matter_any_more(cast: Cast) -> None:
    notice = resigned(cast)
    other = member(cast)
    hold(cast, Verdict("resignation", notice.pk, "noted"))
    assert not Resignation.objects.waiting().exists()
    with pytest.raises(Taken):
        hold(cast, Verdict("resignation", notice.pk, "noted"))
    with pytest.raises(Taken):
        hold(cast, Verdict("deemed", other.pk, "confirmed"))


def test_the_first_meeting_knows_those_with_the_posts(client: Client, cast: Cast) -> None:
    newcomer(cast, "Hilla")
    html = cast.sign_in(client, "aino").get(page(cast)).content.decode()
    field = next(part for part in html.split("<input") if 'name="secretary"' in part)
    assert 'value="Aino Sihteeri"' in field
