"""Changes of single tables in words for a member's history, where what happened is said in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.utils.translation import gettext as _

from jasenpalvelu.audit.models import Change


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


# By table; each gets the change and the field classes of the reader.
TELLERS: dict[str, Callable[[Change, Collection[str]], list[str]]] = {
    "members_training": _training,
    "members_joinedareas": _joined_areas,
    "members_partyterm": _term,
    "members_groupmember": _group,
}
