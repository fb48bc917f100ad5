"""How a unit answers: its hours and promise, its subjects and experts, its canned answers (COM-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from communications.models import CannedAnswer, TalkDesk, TalkTopic
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit


class Taken(Exception):
    """The unit has one of that name already."""


def keep_desk(*, actor: User, unit: OrgUnit, takes: bool, hours: Sequence[str], promise: int) -> TalkDesk:
    """Seven texts of hours from Monday; the promise in office hours."""
    with mutation(actor=actor, kind="talk.desk", unit_id=unit.pk):
        OrgUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        desk = TalkDesk.objects.filter(unit=unit).first() or TalkDesk(unit=unit)
        desk.takes, desk.hours, desk.promise = takes, list(hours), promise
        desk.save()
    return desk


def keep_topic(
    *, actor: User, unit: OrgUnit, values: dict[str, Any], topic: TalkTopic | None = None
) -> TalkTopic:
    """Add or change a subject (names, expert, active). Taken."""
    with mutation(actor=actor, kind="talk.topic", summary=values["name_fi"], unit_id=unit.pk):
        OrgUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        topic = topic or TalkTopic(unit=unit)
        if TalkTopic.objects.filter(unit=unit, name_fi=values["name_fi"]).exclude(pk=topic.pk).exists():
            raise Taken
        for name in ("name_fi", "name_sv", "name_en", "expert", "active"):
            setattr(topic, name, values[name])
        topic.save()
    return topic


def keep_canned(
    *, actor: User, unit: OrgUnit, values: dict[str, Any], canned: CannedAnswer | None = None
) -> CannedAnswer:
    """Add or change a canned answer. Taken."""
    with mutation(actor=actor, kind="talk.canned", summary=values["title"], unit_id=unit.pk):
        OrgUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        canned = canned or CannedAnswer(unit=unit)
        if CannedAnswer.objects.filter(unit=unit, title=values["title"]).exclude(pk=canned.pk).exists():
            raise Taken
        for name in ("title", "text_fi", "text_sv", "text_en"):
            setattr(canned, name, values[name])
        canned.save()
    return canned


def remove_canned(*, actor: User, canned: CannedAnswer) -> None:
    with mutation(actor=actor, kind="talk.canned_remove", summary=canned.title, unit_id=canned.unit_id):
        CannedAnswer.objects.filter(pk=canned.pk).delete()
