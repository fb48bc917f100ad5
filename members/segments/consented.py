"""The criterion of consents: who may be reached for a purpose by a channel (`members.consents`)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.forms import QuickSelect
from members import consents
from members.choosing import Choices
from members.filters import Narrowing
from members.models import ConsentPurpose
from members.models.consents import ConsentChannel
from members.segments.criteria import Kind, Known, register
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


def register_own() -> None:
    """Called when the app is ready."""
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
