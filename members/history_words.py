"""Changes of single tables in words for a member's history, where what happened is said in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.core.cache import cache
from django.db.models import Model
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.audit.models import Change
from members.models import ConsentPurpose, OrgUnit
from members.models.consents import ConsentChannel
from members.models.marks import MarkKind


def _training(change: Change, classes: Collection[str]) -> list[str]:
    if change.op == Change.Op.INSERT:
        return [_("A data protection training was recorded")]
    return [_("A data protection training was removed")] if change.op == Change.Op.DELETE else []


def _joined_areas(change: Change, classes: Collection[str]) -> list[str]:
    if "C" not in classes:
        return []
    if change.op == Change.Op.INSERT:
        return [_("The areas of the spouses are counted together")]
    if change.op == Change.Op.DELETE or (change.after or {}).get("valid_to"):
        return [_("The areas of the spouses are counted apart")]
    return []


def _term(change: Change, classes: Collection[str]) -> list[str]:
    if "B" not in classes:
        return []
    if change.op == Change.Op.INSERT:
        return [_("Skills, interests or posts one would take were added")]
    return [_("Skills, interests or posts one would take were removed")]


def _group(change: Change, classes: Collection[str]) -> list[str]:
    if "B" not in classes:
        return []
    after = change.after or {}
    if change.op == Change.Op.INSERT:
        return [_("Asked to join a group") if after.get("asked") else _("Joined a group")]
    if change.op == Change.Op.DELETE or after.get("valid_to"):
        return [_("Left a group")]
    return [_("Was accepted into a group")]


def _named(model: type[Model], pk: object) -> str:
    """One page names the same few again and again."""
    key = f"history:{model._meta.model_name}:{pk}:{get_language()}"
    return str(cache.get_or_set(key, lambda: str(model._default_manager.filter(pk=pk).first() or "?"), 60))


def _consent(change: Change, classes: Collection[str]) -> list[str]:
    """A joining of two entries is told as a whole."""
    row = change.after or {}
    if "B" not in classes or change.op != Change.Op.INSERT:
        return []
    purpose = _named(ConsentPurpose, row.get("purpose_id"))
    unit = _named(OrgUnit, row.get("unit_id"))
    channel = dict(ConsentChannel.choices).get(row.get("channel", ""), "")
    said = _("Allowed: %(what)s (%(unit)s)") if row.get("given") else _("Forbidden: %(what)s (%(unit)s)")
    return [said % {"what": f"{purpose}, {channel}", "unit": unit}]


def _mark(change: Change, classes: Collection[str]) -> list[str]:
    if change.op == Change.Op.INSERT:
        kind = dict(MarkKind.choices).get((change.after or {}).get("kind", ""), "")
        return [_("A mark was set on the use of the data: %(what)s") % {"what": kind}]
    if change.op == Change.Op.UPDATE and (change.after or {}).get("ended_on"):
        return [_("A mark on the use of the data ended")]
    return []


# By table; each gets the change and the field classes of the reader.
TELLERS: dict[str, Callable[[Change, Collection[str]], list[str]]] = {
    "members_training": _training,
    "members_joinedareas": _joined_areas,
    "members_consentevent": _consent,
    "members_datamark": _mark,
    "members_partyterm": _term,
    "members_groupmember": _group,
}
