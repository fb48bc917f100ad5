"""How the joining of two entries is told: what moves in numbers, what differs, why not."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.common.clock import HELSINKI
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.identifiers import format_phone
from jasenpalvelu.common.reference import municipality_name
from members.services import editing
from members.services.merge_fields import MERGED, Field
from members.services.merging import Plan, Refusal
from members.services.unmerging import Hindrance

# Who may see the value of a field, and so choose it.
CLASSES = {
    "birth_date": "C",
    "language": "B",
    "invoice_channel": "B",
    "address": "B",
    "email": "B",
    "phone": "B",
}


@dataclass(frozen=True)
class Told:
    """A field of which there is nothing to choose: what stays, and from which entry it comes when it is the other's."""

    label: str
    value: str
    from_other: bool
    hidden: bool = False


def label(name: str) -> str:
    texts = {"name": _("Name"), "address": _("Address"), "email": _("E-mail"), "phone": _("Phone")}
    return texts.get(name) or editing.field_label(name)


def value_text(name: str, value: Any) -> str:
    if value in (None, ""):
        return _("empty")
    if name == "home_municipality":
        return municipality_name(str(value), get_language() or "fi")
    if name == "phone":
        return format_phone(str(value))
    if name in {"birth_date", "deceased_on"}:
        return format_date(value)
    if name in {"language", "invoice_channel", "legal_form"}:
        model = apps.get_model("members", "Organisation" if name == "legal_form" else "Party")
        return str(dict(model._meta.get_field(name).flatchoices).get(value, value))
    return str(value)


def _sees(field: Field, classes: Set[str]) -> bool:
    return CLASSES.get(field.name, "A") in classes


def to_choose(plan: Plan, classes: Set[str]) -> list[tuple[str, str, str, str]]:
    """Open fields for the form. Of what the reader does not see the survivor's stays."""
    return [
        (f.name, label(f.name), value_text(f.name, f.mine), value_text(f.name, f.other))
        for f in plan.fields
        if f.open and _sees(f, classes)
    ]


def settled(plan: Plan, classes: Set[str]) -> list[Told]:
    """What stays without a choice; what both lack is left out."""
    found = []
    for field in plan.fields:
        if field.open or not _sees(field, classes):
            continue
        value = field.other if field.side == MERGED else field.mine
        if field.hidden or value not in (None, ""):
            text = "" if field.hidden else value_text(field.name, value)
            found.append(Told(label(field.name), text, field.side == MERGED, field.hidden))
    return found


def moving_lines(plan: Plan, classes: Set[str]) -> list[str]:
    """Every kind of row that moves, in numbers, as far as the reader's classes reach."""
    counts: dict[int, tuple[Any, int]] = {}
    for move in plan.moves:
        noun = move.column.noun
        if move.ids and noun is not None and set(move.column.classes) <= classes:
            # By identity: two lazy plurals are equal until they are told a number.
            counts[id(noun)] = (noun, counts.get(id(noun), (noun, 0))[1] + len(move.ids))
    return [str(noun % {"n": n}) for noun, n in counts.values()]


def twin_lines(plan: Plan) -> list[str]:
    """Which of two memberships of the same kind goes on, and since when; only the kept one's number is told."""
    lines = []
    for twin in plan.twins:
        first = twin.since or twin.kept.started_on
        since = _("member since %(day)s") % {"day": format_date(first)} if first else _("an application")
        facts = {
            "unit": twin.kept.unit,
            "type": twin.kept.type,
            "number": twin.kept.party.number,
            "since": since,
        }
        lines.append(
            _(
                "%(unit)s, %(type)s: that of %(number)s goes on, %(since)s. The other one is closed as entered twice;"
                " nobody is counted as having left."
            )
            % facts
        )
    return lines


def left_out_lines(plan: Plan, classes: Set[str]) -> list[str]:
    """Rows the survivor has already."""
    return [
        str(move.column.noun % {"n": len(move.gone)})
        for move in plan.moves
        if move.gone and move.column.noun is not None and set(move.column.classes) <= classes
    ]


def staying_lines(plan: Plan, classes: Set[str]) -> list[str]:
    return [str(column.noun % {"n": n}) for column, n in plan.staying if n and set(column.classes) <= classes]


def hides_something(plan: Plan, classes: Set[str]) -> bool:
    """Whether rows move of which this reader is not told how many."""
    return any(
        (move.ids or move.gone) and move.column.noun is not None and not set(move.column.classes) <= classes
        for move in plan.moves
    )


def beyond_text(code: str) -> str:
    texts = {
        "beyond": _(
            "This touches data that your role does not reach, so somebody above your association does it: ask for it."
        ),
        "post": _(
            "One of them has a post in the federation. A post gives rights, so somebody who may grant the post does it:"
            " ask for it."
        ),
    }
    return texts[code]


def refusal_text(refusal: Refusal) -> str:
    """Why the two cannot be joined, and what to do about it."""
    if refusal.code in {"beyond", "post"}:
        return beyond_text(refusal.code)
    if refusal.membership is not None:
        facts = {"unit": refusal.membership.unit, "type": refusal.membership.type}
        return (
            _(
                "Both have an open membership of the same kind for different holdings: %(unit)s, %(type)s. End one of them first."
            )
            % facts
        )
    texts = {
        "kind": _("One is a person and the other an organisation."),
        "deceased": _("One has been marked as deceased and the other has not. Put that right first."),
        "y_tunnus": _("They have different business IDs, so they are two organisations."),
    }
    return refusal.text or texts[refusal.code]


def hindrance_text(hindrance: Hindrance) -> str:
    """Why two entries stay joined."""
    if hindrance.code in {"beyond", "post"}:
        return beyond_text(hindrance.code)
    if hindrance.code == "joined":
        return _("Another entry has been joined to this one since. Part that one first.")
    if hindrance.at is not None:
        day = format_date(hindrance.at.astimezone(HELSINKI).date())
        return _("%(what)s changed since, last on %(day)s.") % {
            "what": table_text(hindrance.table),
            "day": day,
        }
    return hindrance.text


def table_text(table: str) -> str:
    """What the rows of a table are called where something has changed in them."""
    texts = {
        "members_contactpoint": _("Contact details"),
        "members_membership": _("A membership"),
        "members_holding": _("A holding"),
        "members_holdingmember": _("A place on a holding"),
        "members_partylink": _("A link to family or others"),
        "members_mandate": _("A post"),
        "members_partylogin": _("A login"),
        "members_formernumber": _("An old member number"),
    }
    return texts.get(table, _("The basic data of the member"))
