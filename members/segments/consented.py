"""The criteria of consents and of marks: who may be reached for a purpose by a channel, whose use is restricted (`members.consents`)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.forms import QuickSelect
from members import consents
from members.choosing import Choices
from members.filters import Narrowing
from members.models import ConsentPurpose, DataMark
from members.models.consents import ConsentChannel
from members.models.marks import MarkKind
from members.segments import fields
from members.segments.criteria import HAVING, Kind, Known, register
from members.segments.tree import IS

Values = dict[str, Any]
CLASSES = "B"


class ConsentField(forms.ChoiceField):
    """A purpose with a channel. One that is out of use is understood as well: it finds nobody, rather than everybody."""

    widget = QuickSelect

    def __init__(self) -> None:
        pairs = [
            (f"{purpose.pk}:{channel}", _name(purpose, channel))
            for purpose in consents.purposes()
            for channel in purpose.channels
        ]
        super().__init__(label=gettext_lazy("What is allowed"), choices=pairs)

    def valid_value(self, value: Any) -> bool:
        purpose, _colon, channel = str(value).partition(":")
        return bool(purpose) and channel in ConsentChannel.values


def _name(purpose: ConsentPurpose, channel: str) -> str:
    return f"{purpose}, {ConsentChannel(channel).label}"


def _parts(values: Values) -> tuple[str, str]:
    purpose, _colon, channel = values["what"].partition(":")
    return purpose, channel


def _narrow(found: Narrowing, values: Values) -> None:
    """As a member of an association within the reader's reach."""
    purpose, channel = _parts(values)
    units = found.scope.unit_ids("members.view", CLASSES)
    found.parties &= consents.allows(purpose, channel, on=found.on, units=units)


def _clause(choices: Choices, values: Values, op: str) -> str:
    code, channel = _parts(values)
    purpose = ConsentPurpose.objects.filter(pk=code).first()
    told = {"what": _name(purpose, channel) if purpose else "?"}
    return (_("who allow “%(what)s”") if op == IS else _("who do not allow “%(what)s”")) % told


def _fact(known: Known, values: Values) -> str:
    purpose, channel = _parts(values)
    units = known.choices.scope.unit_ids("members.view", CLASSES)
    rows = consents.last_said(known.on).filter(
        party=known.party, purpose=purpose, channel=channel, unit__in=units
    )
    return ", ".join(
        (_("allowed %(day)s, %(unit)s") if event.given else _("forbidden %(day)s, %(unit)s"))
        % {"day": format_date(event.at.date()), "unit": event.unit}
        for event in rows.select_related("unit").order_by("-at", "-pk")
    )


# --- marks ------------------------------------------------------------------------------------------------------------
def _marked(found: Narrowing, values: Values) -> None:
    units = sorted(found.scope.unit_ids("members.view", CLASSES))
    rows = DataMark.objects.on(found.on).filter(party=OuterRef("pk"), unit__in=units)
    found.parties &= Q(Exists(rows if values["what"] == ANY else rows.filter(kind=values["what"])))


def _mark_clause(choices: Choices, values: Values, op: str) -> str:
    told = {"what": MARKS[values["what"]]}
    if op == IS:
        return _("whose data has the mark “%(what)s”") % told
    return _("whose data does not have the mark “%(what)s”") % told


ANY = "any"
MARKS: dict[str, Any] = {ANY: gettext_lazy("any mark"), **dict(MarkKind.choices)}


def register_own() -> None:
    """Called when the app is ready."""
    register(
        Kind(
            "mark",
            gettext_lazy("Mark on the use of the data"),
            "person",
            _marked,
            _mark_clause,
            fields=lambda choices: {"what": fields.choice(gettext_lazy("Mark"), list(MARKS.items()))},
            operators=HAVING,
            classes=CLASSES,
            order=70,
        )
    )
    register(
        Kind(
            "consent",
            gettext_lazy("Consent"),
            "contact",
            _narrow,
            _clause,
            fact=_fact,
            fields=lambda choices: {"what": ConsentField()},
            classes=CLASSES,
            order=60,
        )
    )
