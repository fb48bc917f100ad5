"""Handing a person's own data over: at once where it is little, by a job where it is much; always logged (GDPR article 15)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import log_export
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue
from members.personal import copying, reading
from members.personal.copying import Copy
from members.personal.reading import Person
from members.services import data_requests

COPY_JOB = "members.copy"
# So many rows are read and written in a second or two; a paper is laid out page by page.
AT_ONCE = {"json": 3_000, "pdf": 120}


def ordered(*, user: User, found: Person, office: bool) -> QuerySet[Job]:
    """Copies of the person that the user has ordered: in the office, or of oneself."""
    rows = Job.objects.filter(kind=COPY_JOB, owner=user, params__party__in=found.parties)
    return rows.filter(params__office=office).order_by("-created_at", "pk")


def is_small(*, found: Person, form: str) -> bool:
    """Whether the copy is made while the person waits."""
    return reading.count(found) <= AT_ONCE[form]


def make(*, actor: User, found: Person, form: str, language: str, at: datetime, reason: str = "") -> Copy:
    """The file, and a line about it in the access log."""
    write = copying.as_json if form == "json" else copying.as_pdf
    copy = write(found, at=at, language=language)
    log_export(
        actor=actor,
        party_id=found.party.pk,
        subject=_("Copy of the person's own data"),
        count=1,
        classes="ABCDE",
        reason=reason,
    )
    return copy


def close_request(*, actor: User, found: Person, on: date) -> None:
    """The copy that was asked for is there: the request is answered."""
    data_requests.close_access(
        actor=actor, party=found.party, on=on, text=_("The copy was made in the office.")
    )


def order(
    *,
    actor: User,
    found: Person,
    form: str,
    language: str,
    reason: str = "",
    needs: str = "",
    units: Iterable[int] = (),
) -> Job:
    """The file made in the background; nobody but whoever asked for it sees the job."""
    return enqueue(
        kind=COPY_JOB,
        title=_("Copy of a person's own data"),
        detail=found.party.number,
        owner=actor,
        params={
            "party": found.party.pk,
            "form": form,
            "language": language,
            "reason": reason,
            "office": bool(needs),
        },
        needs=needs,
        units=units,
        dedupe_key=f"{actor.pk}:{found.party.pk}:{form}",
    )
