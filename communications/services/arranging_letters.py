"""How a unit's letters look, what they are about, and whose name text messages come from: kept by the unit itself (COM-1, COM-2)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from communications.models import Look, SmsSender, SmsState, Topic, TopicClass
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import OrgUnit

LOOK_FIELDS = (
    "from_name", "reply_to", "colour", "footer_fi", "footer_sv", "footer_en", "approval_limit",
)  # fmt: skip
TOPIC_FIELDS = (
    "name_fi", "name_sv", "name_en", "description_fi", "description_sv", "description_en",
)  # fmt: skip


class ArrangeError(Exception):
    """`code`: class (a unit makes no statutory topics), purpose (marketing stands on a consent), taken (there is such a sender),
    state (not possible from where it is), future (a day that has not come)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def keep_look(*, actor: User, unit: OrgUnit, values: dict[str, Any]) -> Look:
    """What is empty comes from the unit itself or those above it."""
    with mutation(actor=actor, kind="letters.look", unit_id=unit.pk):
        OrgUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        look = Look.objects.filter(unit=unit).first() or Look(unit=unit)
        for name in LOOK_FIELDS:
            setattr(look, name, values[name])
        look.save()
    return look


def keep_topic(*, actor: User, unit: OrgUnit, values: dict[str, Any], topic: Topic | None = None) -> Topic:
    """Add a topic of the unit's own, or change its words. Its class and what it asks never change: people have chosen by them.

    What always comes follows from the law and the rules alike everywhere, so a unit makes no such topics. Raises ArrangeError.
    """
    with mutation(actor=actor, kind="letters.topic", summary=values["name_fi"], unit_id=unit.pk):
        OrgUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        if topic is None:
            topic = _new_topic(unit, values)
        for name in TOPIC_FIELDS:
            setattr(topic, name, values[name].strip())
        topic.save()
    return topic


def _new_topic(unit: OrgUnit, values: dict[str, Any]) -> Topic:
    klass, purpose = values["klass"], values["purpose"]
    if klass not in {TopicClass.MEMBER, TopicClass.MARKETING}:
        raise ArrangeError("class")
    if klass == TopicClass.MARKETING and (purpose is None or not purpose.needs_consent):
        raise ArrangeError("purpose")
    if klass == TopicClass.MEMBER and purpose is not None and purpose.needs_consent:
        raise ArrangeError("purpose")
    last = Topic.objects.order_by("-position").values_list("position", flat=True).first() or 0
    code = f"{unit.slug[:36]}-{uuid.uuid4().hex[:8]}"
    return Topic(unit=unit, code=code, klass=klass, purpose=purpose, position=min(last + 1, 32_000))


def retire_topic(*, actor: User, topic: Topic, active: bool) -> None:
    """No new letters of it; what people have said of it stays, and holds if it is taken into use again."""
    with mutation(actor=actor, kind="letters.topic_retire", summary=topic.name_fi, unit_id=topic.unit_id):
        row = Topic.objects.get(pk=topic.pk)
        row.active = active
        row.save(update_fields=["active"])


def ask_sender(*, actor: User, unit: OrgUnit, text: str) -> SmsSender:
    """A name the unit wants its text messages to come from; nothing is sent with it before it has been authorised."""
    with mutation(actor=actor, kind="sms.sender_ask", summary=text, unit_id=unit.pk):
        OrgUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        row = SmsSender.objects.filter(unit=unit, text__iexact=text).first()
        if row is not None and row.state != SmsState.WITHDRAWN:
            raise ArrangeError("taken")
        row = row or SmsSender(unit=unit)
        row.text, row.state, row.authorised_on, row.reference = text, SmsState.ASKED, None, ""
        row.save()
    return row


def authorise_sender(*, actor: User, sender: SmsSender, day: date, reference: str, on: date) -> None:
    """The authority has granted the name: noted with its day and reference (Traficom regulation 28)."""
    if day > on:
        raise ArrangeError("future")
    with mutation(actor=actor, kind="sms.sender_authorise", summary=sender.text, unit_id=sender.unit_id):
        row = _held(sender)
        if row.state != SmsState.ASKED:
            raise ArrangeError("state")
        row.state, row.authorised_on, row.reference = SmsState.AUTHORISED, day, reference.strip()[:60]
        row.save()


def withdraw_sender(*, actor: User, sender: SmsSender) -> None:
    """Not used any more: what waits with it is not sent."""
    with mutation(actor=actor, kind="sms.sender_withdraw", summary=sender.text, unit_id=sender.unit_id):
        row = _held(sender)
        row.state = SmsState.WITHDRAWN
        row.save(update_fields=["state"])


def _held(sender: SmsSender) -> SmsSender:
    OrgUnit.objects.select_for_update(no_key=True).get(pk=sender.unit_id)
    return SmsSender.objects.get(pk=sender.pk)
