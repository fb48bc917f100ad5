"""A partner's proposal in words: each field as it is and as it would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from communications.models import Benefit, Partner, PartnerProposal, Use
from communications.services.partners import values_of
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.reference import municipality_name


@dataclass(frozen=True)
class Line:
    label: str
    old: str
    new: str


def lines_of(proposal: PartnerProposal) -> list[Line]:
    """The fields that would change."""
    about: type[Model] = Benefit if proposal.new or proposal.benefit_id else Partner
    present = None if proposal.new else (proposal.benefit or proposal.partner)
    found = []
    for name, value in values_of(proposal).items():
        label = capfirst(str(about._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
        old = _told(name, getattr(present, name)) if present is not None else ""
        if old != _told(name, value):
            found.append(Line(label, old, _told(name, value)))
    return found


def _told(name: str, value: Any) -> str:
    if not value:
        return ""
    if name in {"valid_from", "valid_until"}:
        return format_date(value)
    if name == "use":
        return str(Use(value).label)
    if name == "municipalities":
        return ", ".join(municipality_name(code, get_language() or "fi") for code in value) or _("everywhere")
    return str(value)
