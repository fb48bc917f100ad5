"""What tests of conversations begin with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from communications.models import Talk, TalkMessage
from communications.services import talk_settings, talking
from jasenpalvelu.common.clock import HELSINKI
from tests.cast import Cast

# A Friday noon: the office closes at three and opens again on Monday.
FRIDAY = datetime(2026, 11, 20, 12, tzinfo=HELSINKI)
USUAL = ["9.00-15.00"] * 5 + ["", ""]


def asked(cast: Cast, at: datetime = FRIDAY, **values: Any) -> Talk:
    """Maija asks her association."""
    given: dict[str, Any] = {
        "actor": None,
        "party": cast.parties["maija"],
        "unit": cast.units["a"],
        "topic": None,
        "subject": "Laskun eräpäivä",
        "text": "Voiko eräpäivää siirtää?",
        "at": at,
    }
    return talking.start(**given | values)


def answered(
    cast: Cast, talk: Talk, at: datetime = FRIDAY + timedelta(hours=1), **values: Any
) -> TalkMessage:
    given: dict[str, Any] = {
        "actor": cast.users["aino"],
        "talk": talk,
        "text": "Kyllä voi.",
        "seen": last(talk),
        "at": at,
    }
    return talking.answer(**given | values)


def last(talk: Talk) -> int:
    return TalkMessage.objects.filter(talk=talk).order_by("-pk").values_list("pk", flat=True).first() or 0


def open_desk(cast: Cast, unit: str, promise: int = 12) -> None:
    """A unit above an association takes questions from when it says so."""
    talk_settings.keep_desk(
        actor=cast.users["riitta"], unit=cast.units[unit], takes=True, hours=USUAL, promise=promise
    )
