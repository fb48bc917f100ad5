"""Saying yes and no in the tests."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from jasenpalvelu.accounts.models import User
from jasenpalvelu.common import clock
from members import consents
from members.models import ConsentEvent, OrgUnit, Party
from members.services import consenting
from members.services.consenting import Said
from tests.cast import TODAY


def at(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour), clock.HELSINKI)


def say(
    party: Party,
    unit: OrgUnit,
    purpose: str = "events",
    channel: str = "email",
    *,
    given: bool = True,
    day: date = TODAY,
    hour: int = 12,
    actor: User | None = None,
    source: str = "portal",
    **further: Any,
) -> list[ConsentEvent]:
    text = consents.texts_for([unit.pk], day).get((purpose, unit.pk))
    return consenting.record(
        actor=actor,
        party=party,
        unit=unit,
        said=[Said(purpose, channel, given, text.pk if text else None)],
        source=source,
        at=at(day, hour),
        on=day,
        **further,
    )


def holds(party: Party, purpose: str = "events", channel: str = "email", *, on: date = TODAY, units: Any = None) -> bool:  # fmt: skip
    keys = None if units is None else [unit.pk for unit in units]
    return consents.has_consent(party_id=party.pk, purpose=purpose, channel=channel, on=on, units=keys)
