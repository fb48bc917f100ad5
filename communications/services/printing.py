"""Letters on paper of a letter that goes by e-mail: whose turn it is, and that they were printed (COM-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from communications.keeping import keep_of
from communications.letters import archived
from communications.letters.languages import best
from communications.models import Channel, Delivery, Mailing, State
from communications.services.logging_contacts import Entry, log_many
from jasenpalvelu.accounts.models import User
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue
from members.models import ContactPoint
from members.models.parties import ContactKind

PAPER_JOB = "communications.letter_paper"


@dataclass(frozen=True)
class Row:
    delivery: Delivery
    place: list[Any]  # postal code and key: where the next chunk begins


def waiting(mailing: Mailing) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        mailing=mailing, channel=Channel.LETTER, state=State.PLANNED, party__isnull=False
    )


def order(*, mailing: Mailing, owner: User, title: str) -> Job:
    """One job at a time prints what waits; a second press finds it."""
    return enqueue(
        kind=PAPER_JOB,
        title=title,
        owner=owner,
        unit_id=mailing.unit_id,
        params={"mailing": mailing.pk},
        dedupe_key=str(mailing.pk),
        needs="messages.send",
        units=[mailing.unit_id],
    )


def next_chunk(mailing: Mailing, after: Sequence[Any], *, size: int) -> list[Row]:
    """By postal code, as the post wants them."""
    code = ContactPoint.objects.filter(
        party=OuterRef("party"), kind=ContactKind.ADDRESS, primary=True, valid_to__isnull=True
    ).values("postal_code")[:1]
    rows = waiting(mailing).annotate(code_of_place=Coalesce(Subquery(code), Value("")))
    beyond = Q(code_of_place__gt=after[0]) | Q(code_of_place=after[0], pk__gt=after[1])
    found = (
        rows.filter(beyond)
        .select_related("party__person", "party__organisation")
        .order_by(F("code_of_place"), "pk")
    )
    return [Row(one, [one.code_of_place, one.pk]) for one in found[:size]]


def mark_printed(*, mailing: Mailing, keys: Sequence[int], at: datetime, actor: User | None) -> int:
    """The letters of a finished file are sent, once each, and stand in the contact log. In the caller's transaction; how many."""
    rows = list(waiting(mailing).filter(pk__in=list(keys)).select_for_update(of=("self",)).order_by("pk"))
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.ACCEPTED, done_at=at)
    subjects = dict(mailing.versions.exclude(sha256="").values_list("language", "subject"))
    log_many(
        entries=(
            Entry(
                party_id=row.party_id,
                unit_id=row.unit_id,
                channel="letter",
                direction="out",
                kind=row.kind,
                summary=archived.subject(best(subjects, row.language) or mailing.title),
                reference=row.reference,
                keep=keep_of(f"letter.{mailing.topic.klass}"),
                at=at,
                actor_id=actor.pk if actor else None,
            )
            for row in rows
            if row.party_id is not None
        )
    )
    return len(rows)
