"""Letters that have been sent, for those who read them afterwards: a member's own, and everybody's where a unit has chosen so."""

from __future__ import annotations

from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from communications.letters import archived
from communications.letters.languages import best
from communications.models import (
    Archive,
    ContactEntry,
    Delivery,
    Mailing,
    MailingState,
    MailingVersion,
    State,
)
from communications.readers import Reader
from members.models import OrgUnit

LETTER = "letter:"  # how references of letters begin
SENT = (MailingState.SENDING, MailingState.PAUSED, MailingState.DONE)


def sealed() -> QuerySet[Mailing]:
    """Letters whose words are final, kept for reading."""
    words = MailingVersion.objects.filter(mailing=OuterRef("pk")).exclude(sha256="")
    return (
        Mailing.objects.filter(Exists(words), state__in=SENT)
        .exclude(archive=Archive.NONE)
        .select_related("unit", "topic")
    )


def of_member(reader: Reader) -> QuerySet[Mailing]:
    """Letters the member was among the recipients of, and those meant for all members of a unit above their own."""
    got = Delivery.objects.filter(mailing=OuterRef("pk"), party=reader.party_id, state=State.ACCEPTED)
    whole = Q(segment__isnull=True, unit__in=reader.above, kind="newsletter")
    return sealed().filter(Exists(got) | whole | Q(pk__in=_logged(reader)))


def _logged(reader: Reader) -> list[int]:
    """Letters that stand in the member's contact log: it remembers longer than the outbox."""
    rows = ContactEntry.objects.filter(party=reader.party_id, reference__startswith=LETTER)
    found = (text.removeprefix(LETTER) for text in rows.values_list("reference", flat=True))
    return [int(number) for number in found if number.isdigit()]


def for_everybody() -> QuerySet[Mailing]:
    return sealed().filter(archive=Archive.PUBLIC, segment__isnull=True)


def public(unit: OrgUnit) -> QuerySet[Mailing]:
    return for_everybody().filter(unit=unit)


def name_of(mailing: Mailing) -> str:
    """As its readers know it: the subject they got; the office's own name of it only where there is none."""
    version = version_in(mailing, get_language() or "fi")
    return archived.subject(version.subject) if version and version.subject else mailing.title


def since(now: datetime) -> datetime:
    """The portal shows three years of letters."""
    return now - relativedelta(years=3)


def version_in(mailing: Mailing, language: str) -> MailingVersion | None:
    """The final words in the language, else as `languages.best` says."""
    rows = {
        row.language: row
        for row in MailingVersion.objects.filter(mailing=mailing)
        .exclude(sha256="")
        .select_related("mailing__topic", "mailing__unit")
    }
    return best(rows, language)
