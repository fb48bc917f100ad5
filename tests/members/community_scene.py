"""For the scenery: words, a group one leads, one that has been joined, and a wish that waits."""

from __future__ import annotations

from typing import Any

from members.models import CommunityGroup, CommunityTerm, OrgUnit, Party, RoleTemplate
from members.services import community, lifecycle, registering
from tests.cast import JOINED, TODAY, Cast


def word(unit: OrgUnit, name: str, kind: str = "skill", role: str = "", **further: Any) -> CommunityTerm:
    template = RoleTemplate.objects.get(code=role) if role else None
    values = {"kind": kind, "name_fi": name, "role": template, **further}
    return community.keep_term(actor=None, unit=unit, values=values)


def group(unit: OrgUnit, name: str, **further: Any) -> CommunityGroup:
    return community.keep_group(actor=None, unit=unit, values={"name": name, **further}, on=TODAY)


def member(cast: Cast, unit: str, first: str, last: str, **further: Any) -> Party:
    party = registering.create_person(actor=None, first_names=first, last_name=last, on=JOINED, **further)
    lifecycle.start(
        actor=None, party=party, unit=cast.units[unit], type=cast.types["personal"], started_on=JOINED
    )
    return party


def things(cast: Cast) -> dict[str, Any]:
    a, maija = cast.units["a"], cast.parties["maija"]
    skill = word(
        cast.units["union"], "Kokousten johtaminen", name_sv="Leda möten", name_en="Chairing meetings"
    )
    own = word(a, "Talkoiden emännöinti", "interest")
    post = word(a, "Sihteeriksi", "willing", role="secretary")
    walkers, team = group(a, "Metsäretkeilijät", description="Retkiä keväisin."), group(a, "Lukupiiri")
    led = group(a, "Syyskokouksen talkoot", open=False, leader=maija)
    eager = member(cast, "a", "Halla", "Halukas", email="halla@example.fi")
    community.choose_terms(actor=None, party=maija, wanted=[skill.pk, own.pk], on=TODAY)
    community.choose_terms(actor=None, party=eager, wanted=[skill.pk, post.pk], on=TODAY)
    community.join_group(actor=None, party=maija, group=walkers, on=TODAY)
    place = community.join_group(actor=None, party=eager, group=led, on=TODAY)
    return {
        "community_term* pk": own.pk,
        "community_group* pk": led.pk,
        "community_place* pk": place.pk,
        "community_join pk": team.pk,
        "community_leave pk": walkers.pk,
        "community_accept pk": place.pk,
        "community_remove pk": place.pk,
    }
