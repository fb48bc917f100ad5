"""Skills, interests, willingness and groups: what is offered to whom, who sees what, and what may not happen (REG-18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from jasenpalvelu.audit.models import AccessLog, Change
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import community_reading as reading
from members.models import CommunityGroup, CommunityTerm, GroupMember, Party, PartyTerm
from members.models.memberships import EventKind, Membership
from members.personal import reading as copy
from members.scope import Scope
from members.segments import criteria
from members.segments.tree import Criterion, Group, Segment
from members.services import community, ending, erasing, lifecycle, merging
from members.services.community import CommunityError
from members.waiting import Asked
from tests.cast import TODAY, Cast
from tests.members.community_scene import group, member, word
from tests.members.segments.test_compiling import choices, names

TOMORROW = TODAY + timedelta(days=1)
OWN, OFFICE = "/oma/yhteiso/", "/toimisto/yhteiso/"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


def choose(party: Party, *words: CommunityTerm, on=TODAY) -> int:  # type: ignore[no-untyped-def]
    return community.choose_terms(actor=None, party=party, wanted=[w.pk for w in words], on=on)


def chosen(party: Party) -> set[str]:
    return {str(row.term) for row in PartyTerm.objects.filter(party=party, valid_to=None)}


def scope(cast: Cast, who: str) -> Scope:
    return Scope.for_user(cast.users[who], on=TODAY)


def leave_association(cast: Cast, party: Party) -> None:
    for membership in Membership.objects.filter(party=party):
        ending.end_membership(
            actor=None,
            membership=membership,
            kind=EventKind.RESIGNED,
            noticed_on=TODAY - timedelta(days=400),
            reason="",
        )


# --- words ------------------------------------------------------------------------------------------------------------
def test_what_units_above_and_ones_own_offer_can_be_chosen_and_nothing_else(cast: Cast) -> None:
    union, own = word(cast.units["union"], "Johtaminen"), word(cast.units["a"], "Talkoot", "interest")
    other = word(cast.units["b"], "Verkkokalastus")
    old = word(cast.units["a"], "Vanhentunut", active=False)
    maija = cast.parties["maija"]
    assert choose(maija, union, own, other, old) == 2
    assert chosen(maija) == {"Johtaminen", "Talkoot"}


def test_choosing_again_changes_only_what_differs_and_a_word_out_of_use_stays(cast: Cast) -> None:
    first, second = word(cast.units["a"], "Yksi"), word(cast.units["a"], "Kaksi")
    maija = cast.parties["maija"]
    choose(maija, first)
    community.keep_term(
        actor=None,
        unit=cast.units["a"],
        values={"kind": "skill", "name_fi": "Yksi", "active": False},
        term=first,
    )
    assert choose(maija, first, second, on=TOMORROW) == 1
    assert chosen(maija) == {"Yksi", "Kaksi"}
    assert choose(maija, on=TOMORROW) == 2
    row = PartyTerm.objects.get(party=maija)
    assert (row.term, row.valid_to) == (first, TODAY)
    assert choose(maija, first, on=TOMORROW) == 0


def test_a_word_stands_once_in_a_unit(cast: Cast) -> None:
    word(cast.units["a"], "Yksi")
    word(cast.units["b"], "Yksi")
    with pytest.raises(CommunityError, match="taken"):
        word(cast.units["a"], "Yksi")


def test_only_those_see_who_see_contact_details_and_only_of_present_members(cast: Cast) -> None:
    skill = word(cast.units["union"], "Johtaminen")
    for name in ("maija", "lotta"):
        choose(cast.parties[name], skill)
    assert reading.counts(scope(cast, "aino")).terms == {skill.pk: 1}
    assert reading.counts(scope(cast, "bo")).terms == {skill.pk: 1}
    assert reading.counts(scope(cast, "riitta")).terms == {skill.pk: 2}
    assert not PartyTerm.objects.visible_to(Scope.nobody()).exists()
    leave_association(cast, cast.parties["maija"])
    assert reading.counts(scope(cast, "aino")).terms == {}


# --- groups -----------------------------------------------------------------------------------------------------------
def test_an_open_group_is_joined_at_once_and_once(cast: Cast) -> None:
    walkers, maija = group(cast.units["union"], "Retkeilijät"), cast.parties["maija"]
    place = community.join_group(actor=None, party=maija, group=walkers, on=TODAY)
    assert not place.asked
    assert community.join_group(actor=None, party=maija, group=walkers, on=TOMORROW) == place
    community.leave_group(actor=None, membership=place, on=TOMORROW)
    community.leave_group(actor=None, membership=place, on=TOMORROW)
    place.refresh_from_db()
    assert place.valid_to == TODAY
    again = community.join_group(actor=None, party=maija, group=walkers, on=TOMORROW)
    assert again != place


def test_a_closed_group_waits_for_acceptance_and_opening_it_lets_in(cast: Cast) -> None:
    team, maija = group(cast.units["a"], "Talkoot", open=False), cast.parties["maija"]
    place = community.join_group(actor=None, party=maija, group=team, on=TODAY)
    assert place.asked
    assert reading.counts(scope(cast, "aino")).asked == {team.pk: 1}
    waits = reading.ASKED
    assert waits.rows(Asked(scope(cast, "aino"), TODAY)).count() == 1
    assert waits.rows(Asked(scope(cast, "bo"), TODAY)).count() == 0
    community.accept(actor=None, membership=place, on=TOMORROW)
    with pytest.raises(CommunityError, match="not_asked"):
        community.accept(actor=None, membership=place, on=TOMORROW)
    other = community.join_group(actor=None, party=cast.parties["siiri"], group=team, on=TODAY)
    values = {"name": "Talkoot", "open": True}
    community.keep_group(actor=None, unit=cast.units["a"], values=values, on=TODAY, group=team)
    other.refresh_from_db()
    assert not other.asked


def test_what_is_refused(cast: Cast) -> None:
    maija, lotta = cast.parties["maija"], cast.parties["lotta"]
    team = group(cast.units["a"], "Talkoot")
    with pytest.raises(CommunityError, match="not_offered"):
        community.join_group(actor=None, party=lotta, group=team, on=TODAY)
    with pytest.raises(CommunityError, match="taken"):
        group(cast.units["a"], "Talkoot")
    with pytest.raises(CommunityError, match="leader"):
        group(cast.units["a"], "Toinen", leader=lotta)
    community.join_group(actor=None, party=maija, group=team, on=TODAY)
    assert community.end_group(actor=None, group=team, on=TOMORROW) == 1
    with pytest.raises(CommunityError, match="ended"):
        community.join_group(actor=None, party=maija, group=team, on=TOMORROW)


def asked(kind: str, what: int, op: str = "is") -> Segment:
    return Segment(Group("all", (Criterion(kind, op, {"what": (str(what),)}),)))


# --- what follows the person ------------------------------------------------------------------------------------------
def test_segments_ask_for_words_and_groups(cast: Cast) -> None:
    skill, wish = word(cast.units["union"], "Johtaminen"), word(cast.units["a"], "Sihteeriksi", "willing")
    team = group(cast.units["a"], "Talkoot", open=False)
    choose(cast.parties["maija"], skill, wish)
    choose(cast.parties["lotta"], skill)
    place = community.join_group(actor=None, party=cast.parties["siiri"], group=team, on=TODAY)

    assert names(cast, "riitta", asked("skill", skill.pk)) == {"maija", "lotta"}
    assert names(cast, "aino", asked("skill", skill.pk)) == {"maija"}
    assert names(cast, "aino", asked("skill", skill.pk, "is_not")) == {"siiri", "estate"}
    assert names(cast, "riitta", asked("willing", wish.pk)) == {"maija"}
    assert names(cast, "aino", asked("in_group", team.pk)) == set()
    community.accept(actor=None, membership=place, on=TODAY)
    assert names(cast, "aino", asked("in_group", team.pk)) == {"siiri"}
    kinds = {kind.key for kind in criteria.offered(choices(cast, "aino"))}
    assert {"skill", "willing", "in_group"} <= kinds
    assert "interest" not in kinds
    sentence = criteria.kind_of(Criterion("in_group", "is", {})).clause(
        choices(cast, "bo"), {"what": str(team.pk)}, "is"
    )
    assert "Talkoot" not in sentence


def test_joined_entries_keep_each_word_and_place_once(cast: Cast) -> None:
    skill, own = word(cast.units["a"], "Johtaminen"), word(cast.units["a"], "Talkoot")
    team = group(cast.units["a"], "Ryhmä")
    one, twin = (member(cast, "a", "Tuija", "Tupla") for _ in range(2))
    choose(one, skill)
    choose(twin, skill, own)
    for party in (one, twin):
        community.join_group(actor=None, party=party, group=team, on=TODAY)
    aino = cast.users["aino"]
    with mutation(actor=None, kind="test"):
        CommunityGroup.objects.filter(pk=team.pk).update(leader=twin)
        Membership.objects.filter(party=twin).update(type=cast.types["supporting"])
    plan = merging.plan(survivor=one, merged=twin, scope=scope(cast, "aino"), on=TODAY)
    merging.merge(
        actor=aino, scope=scope(cast, "aino"), survivor_id=one.pk, merged_id=twin.pk, chosen={}, digest=plan.digest,
        on=TODAY, at=clock.now(),
    )  # fmt: skip
    assert chosen(one) == {"Johtaminen", "Talkoot"}
    assert GroupMember.objects.filter(group=team).count() == 1
    assert CommunityGroup.objects.get(pk=team.pk).leader == one


def test_it_is_in_the_copy_of_ones_data_and_goes_when_it_is_erased(cast: Cast) -> None:
    skill, gone = word(cast.units["a"], "Johtaminen"), member(cast, "a", "Pirkko", "Poistuva")
    team = group(cast.units["a"], "Ryhmä", leader=gone, description="Retkiä keväisin")
    choose(gone, skill)
    community.join_group(actor=None, party=gone, group=team, on=TODAY)
    told = {part.rows.table: part.total for part in copy.parts(copy.person(gone.pk))}
    assert told["members_partyterm"] == 1
    assert told["members_groupmember"] == 1
    leave_association(cast, gone)
    erasing.erase(actor=None, party_id=gone.pk, on=TODAY, at=clock.now())
    assert not PartyTerm.objects.filter(party=gone).exists()
    assert not GroupMember.objects.filter(party=gone).exists()
    kept = CommunityGroup.objects.get(pk=team.pk)
    assert (kept.leader, kept.name, kept.description) == (None, "Ryhmä", "Retkiä keväisin")


def test_the_history_tells_it_only_with_contact_details(cast: Cast, client: Client) -> None:
    choose(cast.parties["maija"], word(cast.units["a"], "Johtaminen"))
    assert Change.objects.filter(table_name="members_partyterm", party_id=cast.parties["maija"].pk).exists()
    url = reverse("office:member_history", args=[cast.parties["maija"].pk])
    text = cast.sign_in(client, "aino").get(url).content.decode()
    assert "Osaamista, kiinnostuksia tai tehtäviä lisättiin" in text


# --- pages ------------------------------------------------------------------------------------------------------------
def test_a_member_chooses_and_takes_back_on_the_own_page(cast: Cast, client: Client) -> None:
    page = cast.sign_in(client, "maija").get(OWN).content.decode()
    assert "eivät vielä tarjoa" in page
    skill = word(cast.units["union"], "Johtaminen", name_sv="Leda möten")
    foreign = word(cast.units["b"], "Verkkokalastus")
    page = client.get(OWN).content.decode()
    assert "Johtaminen" in page
    assert "Verkkokalastus" not in page
    assert client.post(OWN, {"skill": [skill.pk]}).status_code == 302
    assert chosen(cast.parties["maija"]) == {"Johtaminen"}
    refused = client.post(OWN, {"skill": [foreign.pk]})
    assert refused.status_code == 200
    assert chosen(cast.parties["maija"]) == {"Johtaminen"}
    client.post(OWN, {})
    assert chosen(cast.parties["maija"]) == set()
    assert client.get(OWN, headers={"accept-language": "sv"}).status_code == 200


def test_who_has_no_entry_in_the_register_has_no_such_page(cast: Cast, client: Client) -> None:
    assert cast.sign_in(client, "ulla").get(OWN).status_code == 404


def test_the_leader_sees_names_and_accepts_and_nobody_else_does(cast: Cast, client: Client) -> None:
    maija, siiri = cast.parties["maija"], cast.parties["siiri"]
    team = group(cast.units["a"], "Talkoot", open=False, leader=maija)
    place = community.join_group(actor=None, party=siiri, group=team, on=TODAY)
    accept = reverse("portal:community_accept", args=[place.pk])
    for who in ("olavi", "bo", "ulla"):
        assert cast.sign_in(client, who).post(accept).status_code == 404
    page = cast.sign_in(client, "maija").get(OWN).content.decode()
    assert "O&#x27;Brien" in page
    assert "555 0199" not in page
    assert AccessLog.objects.filter(user=cast.users["maija"], subject="Talkoot").exists()
    assert client.post(accept).status_code == 302
    assert not GroupMember.objects.get(pk=place.pk).asked
    remove = reverse("portal:community_remove", args=[place.pk])
    assert "Poista" in client.get(remove).content.decode()
    client.post(remove)
    assert not GroupMember.objects.filter(group=team, valid_to=None).exists()
    again = community.join_group(actor=None, party=siiri, group=team, on=TODAY)
    leave_association(cast, maija)
    assert client.post(reverse("portal:community_accept", args=[again.pk])).status_code == 404
    assert "O&#x27;Brien" not in client.get(OWN).content.decode()


def test_a_protected_leader_is_not_named_to_members(cast: Cast, client: Client) -> None:
    group(cast.units["a"], "Talkoot", leader=cast.parties["siiri"])
    page = cast.sign_in(client, "maija").get(OWN).content.decode()
    assert "Talkoot" in page
    assert "Brien" not in page


def test_joining_and_leaving_on_the_own_page(cast: Cast, client: Client) -> None:
    team, foreign = group(cast.units["a"], "Talkoot"), group(cast.units["b"], "Kalastajat")
    cast.sign_in(client, "maija")
    assert client.post(reverse("portal:community_join", args=[foreign.pk])).status_code == 404
    assert client.post(reverse("portal:community_join", args=[team.pk])).status_code == 302
    leave = reverse("portal:community_leave", args=[team.pk])
    assert client.get(leave).status_code == 200
    assert GroupMember.objects.filter(group=team, valid_to=None).count() == 1
    client.post(leave)
    assert not GroupMember.objects.filter(group=team, valid_to=None).exists()
    assert client.get(leave).status_code == 404


def test_the_office_keeps_its_own_words_and_groups(cast: Cast, client: Client) -> None:
    union = word(cast.units["union"], "Johtaminen")
    cast.sign_in(client, "aino")
    new = f"{OFFICE}sanat/uusi/"
    assert client.post(new, {"kind": "skill", "name_fi": "Talkoot", "active": "on"}).status_code == 302
    own = CommunityTerm.objects.get(name_fi="Talkoot")
    assert own.unit == cast.units["a"]
    twice = client.post(new, {"kind": "skill", "name_fi": "Talkoot", "active": "on"})
    assert "on jo tämä" in twice.content.decode()
    assert client.get(f"{OFFICE}sanat/{own.pk}/muokkaa/").status_code == 200
    assert client.get(f"{OFFICE}sanat/{union.pk}/").status_code == 200
    assert client.get(f"{OFFICE}sanat/{union.pk}/muokkaa/").status_code == 404
    made = client.post(f"{OFFICE}ryhmat/uusi/", {"name": "Retket", "leader": cast.parties["lotta"].number})
    assert "Tällä numerolla ei ole jäsentä" in made.content.decode()
    made = client.post(f"{OFFICE}ryhmat/uusi/", {"name": "Retket", "leader": cast.parties["maija"].number})
    assert made.status_code == 302
    team = CommunityGroup.objects.get(name="Retket")
    assert (team.leader, team.open) == (cast.parties["maija"], False)
    for who in ("bo", "maija", "ulla"):
        cast.sign_in(client, who)
        for path in ("", "/muokkaa", "/paata"):
            assert client.get(f"{OFFICE}ryhmat/{team.pk}{path}/").status_code == 404, who
        assert client.get(f"{OFFICE}sanat/{own.pk}/").status_code == 404, who
    cast.sign_in(client, "aino")
    assert client.post(f"{OFFICE}ryhmat/{team.pk}/paata/").status_code == 302
    assert client.get(f"{OFFICE}ryhmat/{team.pk}/").status_code == 404


def test_the_willing_are_suggested_when_a_post_is_given(cast: Cast, client: Client) -> None:
    wish = word(cast.units["union"], "Sihteeriksi", "willing", role="secretary")
    choose(cast.parties["maija"], wish)
    choose(cast.parties["lotta"], wish)
    url = f"/toimisto/oikeudet/uusi/?yksikko={cast.units['a'].pk}"
    page = cast.sign_in(client, "riitta").get(url).content.decode()
    assert "Metsäpelto" in page
    assert "Ängström" not in page
    assert f"henkilo={cast.parties['maija'].pk}" in page
    assert reading.willing(scope(cast, "bo"), unit=cast.units["a"], on=TODAY) == []
    leave_association(cast, cast.parties["maija"])
    assert "Metsäpelto" not in client.get(url).content.decode()


def test_the_members_page_tells_what_its_reader_may_know(cast: Cast, client: Client) -> None:
    """Of a member of two associations each office sees its own words and groups, and those of the union."""
    cast.parties["maija"].refresh_from_db()
    maija = cast.parties["maija"]
    lifecycle.start(
        actor=None, party=maija, unit=cast.units["b"], type=cast.types["personal"], started_on=TODAY
    )
    common = word(cast.units["union"], "Kokousten johtaminen")
    here, there = word(cast.units["a"], "Talkoot"), word(cast.units["b"], "Venekunta", "interest")
    post = word(cast.units["b"], "Venevalkamaan", "willing")
    choose(maija, common, here, there, post)
    for unit, name in (("a", "Retkeilijät"), ("b", "Soutajat")):
        place = group(cast.units[unit], name)
        community.join_group(actor=None, party=maija, group=place, on=TODAY)
    url = reverse("office:member", args=[maija.pk])
    seen = cast.sign_in(client, "aino").get(url).content.decode()
    for name in (str(common), str(here), "Retkeilijät"):
        assert name in seen
    for name in (str(there), str(post), "Soutajat"):
        assert name not in seen
    other = cast.sign_in(client, "bo").get(url).content.decode()
    assert "Soutajat" in other
    assert "Talkoot" not in other
    assert reading.willing(scope(cast, "aino"), unit=cast.units["a"], on=TODAY) == []
    assert "Osaaminen ja ryhmät" not in cast.sign_in(client, "ulla").get(url).content.decode()


def test_the_members_page_is_silent_of_one_who_tells_nothing(cast: Cast, client: Client) -> None:
    url = reverse("office:member", args=[cast.parties["maija"].pk])
    assert "Retkeilijät" not in cast.sign_in(client, "aino").get(url).content.decode()
    assert OFFICE not in client.get(url).content.decode()


def test_a_segment_tells_nothing_of_other_associations_words(cast: Cast, client: Client) -> None:
    """The key of a word is typed into an address easily: one from beyond the reader's reach finds nobody, and the answer to
    "why" names none."""
    maija = cast.parties["maija"]
    lifecycle.start(
        actor=None, party=maija, unit=cast.units["b"], type=cast.types["personal"], started_on=TODAY
    )
    here, there = word(cast.units["a"], "Talkoot"), word(cast.units["b"], "Venekunta")
    team = group(cast.units["b"], "Soutajat")
    choose(maija, here, there)
    community.join_group(actor=None, party=maija, group=team, on=TODAY)
    assert names(cast, "aino", asked("skill", here.pk)) == {"maija"}
    assert names(cast, "aino", asked("skill", there.pk)) == set()
    assert names(cast, "aino", asked("in_group", team.pk)) == set()
    assert "maija" in names(cast, "bo", asked("in_group", team.pk))
    memberships = tuple(Membership.objects.filter(party=maija, unit=cast.units["a"]))
    known = criteria.Known(maija, memberships, choices(cast, "aino"), TODAY)
    told = criteria.kind_of(Criterion("skill", "is", {})).fact(known, {"what": str(here.pk)})
    assert told == "Talkoot"
    assert criteria.kind_of(Criterion("in_group", "is", {})).fact(known, {"what": str(team.pk)}) == ""


def test_a_group_chosen_in_the_builder_is_kept(cast: Cast, client: Client) -> None:
    team = group(cast.units["a"], "Retkeilijät")
    community.join_group(actor=None, party=cast.parties["maija"], group=team, on=TODAY)
    cast.sign_in(client, "aino")
    url, told = reverse("office:segment_new"), {"state": "active", "mode": "all"}
    sent = told | {"part": "0:in_group", "op-0": "is", "v-0-what": str(team.pk)}
    page = client.post(url, sent).content.decode()
    assert 'value="0:in_group"' in page
    assert "ryhmässä ”Retkeilijät”" in page


def test_no_criterion_takes_the_name_of_a_nested_box() -> None:
    kind = criteria.kind_of(Criterion("in_group", "is", {}))
    with pytest.raises(ValueError, match="group"):
        criteria.register(replace(kind, key="group"))


def test_the_name_of_a_group_that_is_over_is_free(cast: Cast) -> None:
    first = group(cast.units["a"], "Retkeilijät")
    community.end_group(actor=None, group=first, on=TODAY)
    again = group(cast.units["a"], "Retkeilijät")
    assert again.pk != first.pk
    with pytest.raises(CommunityError, match="taken"):
        group(cast.units["a"], "Retkeilijät")
