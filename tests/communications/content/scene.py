"""Content of association A and of the union above it."""

from __future__ import annotations

from datetime import date
from typing import Any

from communications.models import Announcement, Audience
from communications.services import announcing
from jasenpalvelu.common import clock
from members.models import OrgUnit
from tests.cast import TODAY, Cast


def values(**changed: Any) -> dict[str, Any]:
    plain = dict.fromkeys(announcing.FIELDS, "") | {
        "title_fi": "Syyskokous 3.12.",
        "body_fi": "Tervetuloa **syyskokoukseen**.\n\n- kahvi klo 17.30\n- kokous klo 18",
        "audience": Audience.BELOW,
        "segment": None,
        "visible_from": TODAY,
        "visible_until": None,
        "pinned": False,
        "important": False,
    }
    return plain | changed


def draft(cast: Cast, unit: str | OrgUnit = "a", **changed: Any) -> Announcement:
    whose = cast.units[unit] if isinstance(unit, str) else unit
    actor = cast.users["aino"] if whose == cast.units["a"] else None
    return announcing.keep(actor=actor, unit=whose, values=values(**changed))


def published(cast: Cast, unit: str = "a", **changed: Any) -> Announcement:
    return announcing.publish(actor=None, announcement=draft(cast, unit, **changed), at=clock.now())


def day(text: str) -> date:
    return date.fromisoformat(text)
