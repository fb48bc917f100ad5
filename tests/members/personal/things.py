"""For the scenery: requests of Maija's, a copy she has ordered, and somebody whose data has been erased."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile

from jasenpalvelu.common import clock
from jasenpalvelu.jobs.models import Job
from members import consents
from members.models import ConsentPurpose, Party
from members.models.memberships import EventKind
from members.services import (
    consenting,
    data_requests,
    ending,
    erasing,
    lifecycle,
    marking,
    registering,
    retention,
)
from members.services.consenting import Said
from members.services.copies import COPY_JOB
from tests.cast import JOINED, TODAY, Cast


def things(cast: Cast) -> dict[str, Any]:
    request = data_requests.file(
        actor=cast.users["maija"],
        party=cast.parties["maija"],
        unit=cast.units["a"],
        kind="correction",
        text="Peltoa on 32 hehtaaria, ei 30.",
        channel="portal",
        received_on=date(2026, 11, 9),
    )
    return {
        "privacy* pk": request.pk,
        "privacy_ask kind": "correction",
        "privacy_letter pk": _answered(cast),
        "privacy_tell how": "letter",
        "privacy_file job_id": _copy(cast, "maija").pk,
        "member_copy_file job_id": _copy(cast, "riitta").pk,
        "erasure pk": _erased(cast),
        "retention* kind": "former",
        **_consents(cast),
        **_run_out(cast),
    }


def _answered(cast: Cast) -> int:
    row = data_requests.file(
        actor=cast.users["aino"],
        party=cast.parties["maija"],
        unit=cast.units["a"],
        kind="correction",
        text="Osoite on vanha.",
        channel="office",
        received_on=date(2026, 11, 10),
    )
    done = data_requests.answer(
        actor=cast.users["aino"],
        request=row,
        state="refused",
        text="Osoite on sama kuin väestötietojärjestelmässä.",
        on=TODAY,
    )
    return done.pk


def _consents(cast: Cast) -> dict[str, Any]:
    """Words of A's own that begin tomorrow, and what Maija has said."""
    a, maija = cast.units["a"], cast.parties["maija"]
    text = consenting.write_text(
        actor=cast.users["aino"],
        purpose=ConsentPurpose.objects.get(pk="events"),
        unit=a,
        words={"fi": "Saa kutsua retkille.", "sv": "Får bjuda på utfärder.", "en": "May invite to trips."},
        valid_from=TODAY + timedelta(days=1),
        asks_again=True,
        on=TODAY,
    )
    said = consents.texts_for([a.pk], TODAY)["benefits", a.pk]
    consenting.record(
        actor=cast.users["maija"],
        party=maija,
        unit=a,
        said=[Said("benefits", "email", True, said.pk), Said("newsletter", "post", False)],
        source="portal",
        at=clock.now(),
        on=TODAY,
    )
    mark = marking.set_mark(
        actor=cast.users["aino"],
        party=maija,
        unit=a,
        kind="objection",
        reason="Ei halua puheluita",
        until=None,
        on=TODAY,
    )
    return {
        "consent* kind": "events",
        "consent_take_back pk": text.pk,
        "member_consent unit_pk": a.pk,
        "member_mark_end mark_pk": mark.pk,
    }


def _run_out(cast: Cast) -> dict[str, Any]:
    """Somebody of long ago in a proposal, and another who is not."""
    _left(cast, "Poissaoleva", date(2020, 2, 3))
    a = cast.units["a"]
    run = retention.propose(actor=cast.users["riitta"], unit=a, units=[a.pk], kind="former", on=TODAY)
    _left(cast, "Myöhäinen", date(2020, 3, 4))
    return {"retention* pk": run.pk, "retention* item_pk": run.items.get().pk}


def _copy(cast: Cast, owner: str) -> Job:
    job = Job(
        kind=COPY_JOB,
        title="Kopio henkilön omista tiedoista",
        owner=cast.users[owner],
        params={"party": cast.parties["maija"].pk, "office": owner != "maija"},
        state="done",
        total=1,
        done=1,
        result_name="omat-tiedot.pdf",
        finished_at=clock.now(),
    )
    job.result.save("omat-tiedot.pdf", ContentFile(b"%PDF-1.7"), save=False)
    job.save(force_insert=True)
    return job


def _erased(cast: Cast) -> int:
    party = _left(cast, "Poutahaka", date(2026, 2, 2))
    done = erasing.erase(actor=cast.users["riitta"], party_id=party.pk, on=TODAY, at=clock.now())
    return done.pk


def _left(cast: Cast, name: str, on: date) -> Party:
    aino = cast.users["aino"]
    party = registering.create_person(
        actor=aino, first_names="Poistuva", last_name=name, on=JOINED, email=f"{name.lower()}@example.fi"
    )
    membership = lifecycle.start(
        actor=aino,
        party=party,
        unit=cast.units["a"],
        type=cast.types["personal"],
        started_on=date(2015, 1, 1),
    )
    ending.end_membership(
        actor=aino,
        membership=membership,
        kind=EventKind.RESIGNED,
        noticed_on=on,
        reason="",
    )
    return party
