"""What waits in surveys: situation surveys an association has not answered."""

from __future__ import annotations

from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications import survey_units
from communications.models import SurveyInvitation
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.parts import QueueItem
from members.waiting import Asked, Source, address


def _rows(asked: Asked) -> QuerySet[SurveyInvitation]:
    return survey_units.asked_of(asked.scope).waiting(asked.on)


def _item(asked: Asked, count: int) -> QueueItem:
    first = _rows(asked).aggregate(first=Min("survey__closes_on"))["first"]
    why = _("The union asks how your association is doing.")
    if first is not None:
        why = _("The first closes on %(day)s.") % {"day": format_date(first)}
    return QueueItem(
        count,
        ngettext("survey for your association to answer", "surveys for your association to answer", count),
        why,
        _("Answer"),
        address("office:surveys_asked"),
    )


UNANSWERED = Source("surveys_asked", "units.view", _rows, _item)
