"""What the tests of the board set up: matters that wait, and a meeting as a browser sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from members.models import Expulsion, Membership, Resignation
from members.services import ending, expelling, holdings, lifecycle, meetings, registering, transferring
from members.services.meetings import Minutes, Verdict
from tests.cast import JOINED, TODAY, Cast

CHAIR = {"chair": "Liisa Lehtonen", "secretary": "Eeva Mäkinen"}


def newcomer(cast: Cast, name: str = "Hilla", unit: str = "a", kind: str = "personal") -> Membership:
    """An application of somebody new."""
    party = registering.create_person(
        actor=None,
        first_names=name,
        last_name="Hakija",
        on=TODAY,
        home_municipality="091",
        address=registering.Address("Koivutie 1", "00100", "Helsinki"),
    )
    return lifecycle.apply(
        actor=None, party=party, unit=cast.units[unit], type=cast.types[kind], on=date(2026, 11, 12)
    )


def member(cast: Cast, name: str = "Pekka", unit: str = "a", kind: str = "personal") -> Membership:
    """Somebody who has been a member for years."""
    party = registering.create_person(actor=None, first_names=name, last_name="Puro", on=JOINED)
    return lifecycle.start(
        actor=None, party=party, unit=cast.units[unit], type=cast.types[kind], started_on=JOINED
    )


def resigned(cast: Cast, name: str = "Rauha") -> Resignation:
    membership = member(cast, name)
    ending.end_membership(actor=cast.users["aino"], membership=membership, kind="resigned", noticed_on=TODAY)
    return Resignation.objects.get(membership=membership)


def proposed(cast: Cast, hear_by: date = date(2026, 11, 20), name: str = "Ensio") -> Expulsion:
    return expelling.propose(
        actor=cast.users["aino"],
        membership=member(cast, name),
        ground="harm",
        reasons="On kertonut jäsenten tietoja ulkopuolisille.",
        told_on=date(2026, 11, 1),
        hear_by=hear_by,
        on=date(2026, 11, 1),
    )


def hold(cast: Cast, *verdicts: Verdict, who: str = "aino", unit: str = "a", **values: object):  # type: ignore[no-untyped-def]
    """The meeting of today, entered by a service."""
    minutes = Minutes(**{"held_on": TODAY, "section": "5", **CHAIR, **values})  # type: ignore[arg-type]
    return meetings.hold(
        actor=cast.users[who],
        unit=cast.units[unit],
        minutes=minutes,
        verdicts=verdicts,
        token=uuid4(),
        on=TODAY,
    )


def send(client: Client, cast: Cast, *keys: str, unit: str = "a", **values: object):  # type: ignore[no-untyped-def]
    """The form of the meeting with the matters shown, as a browser sends it; dashes are written as underscores twice."""
    sent = {
        "asia": list(keys),
        "token": str(uuid4()),
        "body": "board",
        "held_on": "22.11.2026",
        "section": "5",
        **CHAIR,
        **{name.replace("__", "-"): value for name, value in values.items()},
    }
    return client.post(reverse("office:meeting", args=[cast.units[unit].pk]), sent)


# --- for the whole project's tests ----------------------------------------------------------------------------------
def things(cast: Cast) -> dict[str, Any]:
    """Scenery: a meeting held, an expulsion heard and one given up, a resignation to note, and one of Maija's elsewhere."""
    a, aino, maija = cast.units["a"], cast.users["aino"], cast.parties["maija"]
    held = hold(cast, Verdict("application", newcomer(cast, "Helka").pk, "admitted"), number="4/2026")
    resigned(cast, "Erkki")
    under_way, given_up = (proposed(cast, date(2026, 11, 30), name) for name in ("Ensio", "Raili"))
    expelling.drop(actor=aino, expulsion=given_up, on=TODAY)
    elsewhere = lifecycle.start(
        actor=None, party=maija, unit=cast.units["a3"], type=cast.types["supporting"], started_on=JOINED
    )
    ending.end_membership(
        actor=cast.users["maija"], membership=elsewhere, kind="resigned", noticed_on=TODAY, channel="portal"
    )
    farmer = Membership.objects.get(party=maija, unit=a)
    return {
        "meeting unit_pk": a.pk,
        "meetings_held unit_pk": a.pk,
        "meeting* pk": held.pk,
        "meeting_extract kieli": "fi",
        "expulsion* pk": under_way.membership.party_id,
        "expulsion* membership_pk": under_way.membership_id,
        "expulsion_again pk": given_up.membership.party_id,
        "expulsion_again membership_pk": given_up.membership_id,
        "transfer pk": maija.pk,
        "transfer membership_pk": farmer.pk,
        "resign pk": farmer.pk,
        "resigned pk": elsewhere.pk,
        "resign_receipt pk": elsewhere.pk,
        "resign_withdraw pk": elsewhere.pk,
    }


def acts(cast: Cast) -> Iterator[tuple[str, Callable[[], Any]]]:
    """For the order of locks: a meeting, its undo, an expulsion, members who move or die with a holding."""
    aino = cast.users["aino"]
    notice, proposal, applied, mover = (
        resigned(cast, "Lukko"),
        proposed(cast, name="Salpa"),
        newcomer(cast),
        member(cast),
    )
    yield (
        "ask to move",
        lambda: transferring.ask(
            actor=aino, membership=mover, unit=cast.units["b"], type=mover.type, on=TODAY
        ),
    )
    verdicts = [
        Verdict("application", applied.pk, "postponed"),
        Verdict("resignation", notice.pk, "noted"),
        Verdict("expulsion", proposal.pk, "dropped"),
    ]
    held: list[Any] = []
    yield "meeting", lambda: held.append(hold(cast, *verdicts))
    yield "undo meeting", lambda: meetings.undo(actor=aino, meeting=held[0], on=TODAY)
    yield (
        "answer",
        lambda: expelling.record_answer(actor=aino, expulsion=proposal, answer="x", answered_on=TODAY),
    )
    yield "give up", lambda: expelling.drop(actor=aino, expulsion=proposal, on=TODAY)
    yield "take up", lambda: expelling.take_up_again(actor=aino, expulsion=proposal)
    farmer = member(cast, "Vainaja", kind="farmer")
    yield (
        "new holding",
        lambda: holdings.create_holding(
            actor=aino, name="Perintö", responsible=farmer.party, on=TODAY, membership=farmer
        ),
    )
    dead: list[Any] = []
    yield (
        "death with an estate",
        lambda: dead.append(ending.record_death(actor=aino, party=farmer.party, died_on=TODAY, estate=True)),
    )
    yield "undo estate", lambda: ending.undo(actor=aino, party=farmer.party, mutation_id=dead[0].pk, on=TODAY)
