"""Who sees a member's data: the roles that reach the member's associations, by how much they see (REG-12)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from jasenpalvelu.audit.models import AccessLog
from members.models import Mandate, UnitClosure
from members.models.mandates import Capability, Reach
from members.models.units import Relation
from members.scope import LASTING


@dataclass(frozen=True)
class Seers:
    """One degree of insight with the posts that have it, a line for each unit: "Kuusilahden tuottajayhdistys: jäsensihteeri"."""

    level: str
    lines: list[str]


def who_sees(present: frozenset[int], past: frozenset[int], on: date) -> list[Seers]:
    """The posts that see a member of the `present` associations and a former one of the `past`, the widest insight first.

    Posts nobody holds see nothing.
    """
    levels: dict[str, dict[tuple[bool, str], set[str]]] = {}
    now = _mandates_over(present, on)
    deal = {mandate.pk for mandate, _classes in now}
    were = [(m, classes & LASTING) for m, classes in _mandates_over(past, on) if m.pk not in deal]
    for mandate, classes in now + were:
        unit = (mandate.unit_id not in present | past, str(mandate.unit))
        levels.setdefault(_level(classes), {}).setdefault(unit, set()).add(str(mandate.template))
    texts = (_everything(), _contact_level(), _lasting_level(), _name_level())
    ordered = [text for text in texts if text in levels]
    return [
        Seers(level, [_line(unit, roles) for (_above, unit), roles in sorted(levels[level].items())])
        for level in ordered
    ]


@dataclass(frozen=True)
class Seer:
    """A person who sees a member's data: name and post, and which data, nothing else of the person."""

    name: str
    role: str
    unit: str
    text: str


def people_who_see(present: frozenset[int], past: frozenset[int], on: date) -> list[Seer]:
    """Everybody whose post reaches a member of the `present` associations and a former one of the `past`, with the data seen."""
    seen: dict[int, set[str]] = {}
    mandates: dict[int, Mandate] = {}
    reached = [(m, classes) for m, classes in _mandates_over(present, on)]
    reached += [(m, classes & LASTING) for m, classes in _mandates_over(past, on)]
    for mandate, classes in reached:
        mandates[mandate.pk] = mandate
        seen.setdefault(mandate.pk, set()).update(classes)
    found = [
        Seer(m.party.display_name, str(m.template), str(m.unit), classes_text("".join(sorted(seen[pk]))))
        for pk, m in mandates.items()
    ]
    return sorted(found, key=lambda seer: (seer.unit, seer.role, seer.name))


def _line(unit: str, roles: set[str]) -> str:
    return f"{unit}: {', '.join(role[:1].lower() + role[1:] for role in sorted(roles))}"


def _everything() -> str:
    return _("All details")


def _contact_level() -> str:
    return _("Name and contacts")


def _lasting_level() -> str:
    return _("Name, municipality and invoices")


def _name_level() -> str:
    return _("Name and municipality")


def _level(classes: frozenset[str]) -> str:
    if "C" in classes or classes >= {"B", "D"}:
        return _everything()
    if "D" in classes:
        return _lasting_level()
    return _contact_level() if "B" in classes else _name_level()


def _mandates_over(unit_ids: Collection[int], on: date) -> list[tuple[Mandate, frozenset[str]]]:
    """Mandates in force with a members.view grant that reaches one of the units, and the classes it gives there."""
    if not unit_ids:
        return []
    pairs = UnitClosure.objects.filter(
        ancestor_id=OuterRef("unit_id"), descendant_id__in=unit_ids, relation=Relation.ADMINISTRATIVE
    )
    rows = (
        Mandate.objects.in_force(on)
        .annotate(is_above=Exists(pairs))
        .filter(
            Q(is_above=True) | Q(listed_units__overlap=sorted(unit_ids)),
            template__grants__capability=Capability.MEMBERS_VIEW,
        )
        .annotate(reach=F("template__grants__reach"), classes=F("template__grants__classes"))
        .select_related("template", "unit", "party")
        .order_by("pk")
    )
    return [(row, frozenset(row.classes)) for row in rows if _reaches(row, row.reach, unit_ids)]


def _reaches(mandate: Mandate, reach: str, unit_ids: Collection[int]) -> bool:
    if reach == Reach.LISTED:
        return bool(set(mandate.listed_units) & set(unit_ids))
    if reach == Reach.BELOW:
        return bool(mandate.is_above)  # type: ignore[attr-defined]
    return mandate.unit_id in unit_ids


# --- who has looked -------------------------------------------------------------------------------------------------
def access_text(row: AccessLog) -> str:
    """One line of the access log in words: what was done, and to which data."""
    texts = {
        AccessLog.Action.VIEW: _("Looked at"),
        AccessLog.Action.UNMASK: _("Opened hidden data"),
        AccessLog.Action.EXPORT: _("Took into a file"),
        AccessLog.Action.DOWNLOAD: _("Downloaded"),
    }
    what = classes_text(row.classes) or row.subject
    text = texts[AccessLog.Action(row.action)]
    return f"{text}: {what}" if what else text


def classes_text(classes: str) -> str:
    """The field classes of `Scope` as people call them."""
    texts = {
        "A": _("name and municipality"),
        "B": _("contact details"),
        "C": _("family, age and fee bases"),
        "D": _("invoices and payments"),
        "E": _("data under a non-disclosure order"),
    }
    return ", ".join(text for code, text in texts.items() if code in classes)
