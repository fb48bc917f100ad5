"""Who sees a member's data: the roles that reach the member's associations, by how much they see (REG-12)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from members.models import Mandate, UnitClosure
from members.models.mandates import Capability, Reach
from members.models.units import Relation


@dataclass(frozen=True)
class Seers:
    """One degree of insight with the posts that have it, a line for each unit: "Kuusilahden tuottajayhdistys: jäsensihteeri"."""

    level: str
    lines: list[str]


def who_sees(unit_ids: Collection[int], on: date) -> list[Seers]:
    """The posts that see a member of the associations, the widest insight first; posts nobody holds see nothing."""
    levels: dict[str, dict[tuple[bool, str], set[str]]] = {}
    for mandate, classes in _mandates_over(unit_ids, on):
        unit = (mandate.unit_id not in unit_ids, str(mandate.unit))
        levels.setdefault(_level(classes), {}).setdefault(unit, set()).add(str(mandate.template))
    ordered = [text for text in (_everything(), _contact_level(), _name_level()) if text in levels]
    return [
        Seers(level, [_line(unit, roles) for (_above, unit), roles in sorted(levels[level].items())])
        for level in ordered
    ]


def _line(unit: str, roles: set[str]) -> str:
    return f"{unit}: {', '.join(role[:1].lower() + role[1:] for role in sorted(roles))}"


def _everything() -> str:
    return _("All details")


def _contact_level() -> str:
    return _("Name and contacts")


def _name_level() -> str:
    return _("Name and municipality")


def _level(classes: frozenset[str]) -> str:
    if "C" in classes or "D" in classes:
        return _everything()
    return _contact_level() if "B" in classes else _name_level()


def _mandates_over(unit_ids: Collection[int], on: date) -> list[tuple[Mandate, frozenset[str]]]:
    """Mandates in force whose members.view grant reaches one of the units, with the classes it gives there."""
    pairs = UnitClosure.objects.filter(descendant_id__in=unit_ids, relation=Relation.ADMINISTRATIVE)
    above = set(pairs.values_list("ancestor_id", flat=True))
    rows = (
        Mandate.objects.on(on)
        .filter(Q(unit_id__in=above) | Q(listed_units__overlap=sorted(unit_ids)))
        .select_related("template", "unit")
        .prefetch_related("template__grants")
        .order_by("pk")
    )
    found = []
    for mandate in rows:
        classes = _classes_over(mandate, unit_ids)
        if classes:
            found.append((mandate, classes))
    return found


def _classes_over(mandate: Mandate, unit_ids: Collection[int]) -> frozenset[str]:
    classes: set[str] = set()
    for grant in mandate.template.grants.all():
        if grant.capability != Capability.MEMBERS_VIEW:
            continue
        reaches = {
            Reach.BELOW: True,
            Reach.OWN: mandate.unit_id in unit_ids,
            Reach.LISTED: bool(set(mandate.listed_units) & set(unit_ids)),
        }
        if reaches[Reach(grant.reach)]:
            classes |= set(grant.classes)
    return frozenset(classes)
