"""A segment as a sentence: "Members whose membership is farmer and who have no e-mail address"."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jasenpalvelu.common.dates import format_date
from members import filters
from members.choosing import Choices
from members.segments.criteria import Reading, kind_of
from members.segments.tree import Criterion, Group, Segment

SUBJECTS = {
    filters.IN_FORCE: gettext_lazy("Members"),
    "ending": gettext_lazy("Members whose membership will end"),
    "applied": gettext_lazy("Applicants"),
    "passive": gettext_lazy("Passive members"),
    "ended": gettext_lazy("Former members"),
    filters.EVERYONE: gettext_lazy("Present and former members and applicants"),
}
PROBLEMS = {
    "shape": gettext_lazy("The segment is not in the form this version understands."),
    "version": gettext_lazy("The segment was made by another version of the service."),
    "mode": gettext_lazy("A group of criteria has an unknown rule."),
    "operator": gettext_lazy("A criterion has an unknown operator."),
    "values": gettext_lazy("A criterion has values that are not understood."),
    "kind": gettext_lazy("A criterion is not in use in this installation."),
    "state": gettext_lazy("It is not told whose memberships are meant."),
    "date": gettext_lazy("The day is not a date."),
    "many": gettext_lazy("There are too many criteria. Use at most 30."),
    "deep": gettext_lazy("Groups may be within each other two deep at most."),
}


def sentence(segment: Segment, choices: Choices) -> str:
    """The whole segment, criteria that are not finished left out."""
    reading = Reading(segment, choices)
    words = str(SUBJECTS.get(segment.state, segment.state))
    root = reading.finished
    if root.parts:
        words = _("%(who)s %(clauses)s") % {"who": words, "clauses": _group(root, reading, outermost=True)}
    else:
        words = _("All %(who)s") % {"who": words[:1].lower() + words[1:]}
    if segment.on:
        words = _("%(words)s, situation on %(day)s") % {"words": words, "day": format_date(segment.on)}
    return f"{words}."


def clause(criterion: Criterion, reading: Reading) -> str:
    """One criterion as a part of the sentence."""
    values = reading.values(criterion)
    return "" if values is None else kind_of(criterion).clause(reading.choices, values, criterion.op)


def _group(group: Group, reading: Reading, *, outermost: bool = False) -> str:
    parts = [
        _group(part, reading) if isinstance(part, Group) else clause(part, reading) for part in group.parts
    ]
    if group.mode == "none":
        return _("of whom none of this is true: %(clauses)s") % {"clauses": "; ".join(parts)}
    between = _(" or ") if group.mode == "any" else _(" and ")
    told = between.join(parts)
    return told if outermost or len(parts) == 1 else f"({told})"
