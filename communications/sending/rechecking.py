"""What has changed of the recipients between the freeze and the sending: a letter may have been paused for weeks.

Preferences and stopped addresses are looked at by the claim itself; here is what needs more than a key: who has died, and whom consents,
objections and restrictions do not let be written to any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from communications.models import Mailing, Reason, TopicClass
from communications.sending.claiming import Claimed
from members import consents
from members.models import Party, Person, UnitClosure
from members.models.units import Relation


def left_out(rows: Sequence[Claimed], on: date) -> dict[int, str]:
    """The reason of each message of one letter that is not to be sent any more, by its key. Two or three questions for a batch."""
    parties = {row.party for row in rows if row.party is not None}
    if not parties or rows[0].mailing is None:
        return {}
    dead = set(
        Person.objects.filter(party__in=parties, deceased_on__isnull=False).values_list("party_id", flat=True)
    )
    mailing = Mailing.objects.select_related("topic").get(pk=rows[0].mailing)
    topic = mailing.topic
    refused = _not_allowed(mailing, parties, on) if topic.purpose_id else set()
    why = Reason.NO_CONSENT if topic.klass == TopicClass.MARKETING else Reason.OBJECTS
    found: dict[int, str] = {}
    for row in rows:
        if row.party in dead:
            found[row.id] = Reason.DECEASED
        elif row.party in refused:
            found[row.id] = why
    return found


def _not_allowed(mailing: Mailing, parties: set[int], on: date) -> set[int]:
    below = UnitClosure.objects.filter(ancestor=mailing.unit_id, relation=Relation.ADMINISTRATIVE)
    units = {mailing.unit_id, *below.values_list("descendant_id", flat=True)}
    allowed = Party.objects.filter(
        consents.allows(str(mailing.topic.purpose_id), "email", on=on, units=units), pk__in=parties
    )
    return parties - set(allowed.values_list("pk", flat=True))
