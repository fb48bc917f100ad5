"""What some members of the first association have allowed and forbidden, on their own pages and by telephone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from jasenpalvelu.common import clock
from jasenpalvelu.web.demo.structure import Federation
from members import consents
from members.models import Membership
from members.models.consents import ConsentSource
from members.services import consenting
from members.services.consenting import Said

CHOOSERS = 40
NOTE = "Puhelimessa, teksti luettiin ääneen"


def build(*, federation: Federation, random: Random, on: date) -> None:
    own = federation.associations[0].unit
    since = on - timedelta(days=300)
    rows = Membership.objects.in_force(on).filter(unit=own, party__kind="person", started_on__lt=since)
    for membership in rows.select_related("party").order_by("-pk")[:CHOOSERS]:
        day = on - timedelta(days=random.randrange(1, 250))
        texts = consents.texts_for([own.pk], day)
        said = [
            Said(purpose.pk, channel, purpose.needs_consent, texts[purpose.pk, own.pk].pk)
            for purpose in consents.purposes()
            for channel in purpose.channels
            if random.random() < (0.5 if purpose.needs_consent else 0.1)
        ]
        by_phone = random.random() < 0.2
        consenting.record(
            actor=None,
            party=membership.party,
            unit=own,
            said=said,
            source=ConsentSource.OFFICE if by_phone else ConsentSource.PORTAL,
            at=datetime.combine(day, time(random.randrange(8, 21), random.randrange(60)), clock.HELSINKI),
            on=day,
            note=NOTE if by_phone else "",
        )
