"""Sent mail of association A: a message in doubt, a letter, an address that does not work, settings of its own."""

from __future__ import annotations

from typing import Any

from communications import links
from communications.models import AddressState, Delivery, Mailing, MailingVersion, Topic
from communications.models.deliveries import State
from communications.models.mailings import MailingState
from communications.services import arranging_letters as arranging
from communications.services import bouncing
from communications.services.posting import post
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from tests.cast import Cast


def things(cast: Cast) -> dict[str, Any]:
    """What addresses of sent mail, its settings and of letters' links are opened with."""
    unit, aino = cast.units["a"], cast.users["aino"]
    bouncing.take_refusal(address="maija@example.fi", code="5.2.2", said="over quota")
    bouncing.stop(actor=aino, address="maija@example.fi", at=clock.now())
    words = dict.fromkeys(arranging.TOPIC_FIELDS, "") | {
        "name_fi": "Vuorot",
        "klass": "member",
        "purpose": None,
    }
    topic = arranging.keep_topic(actor=aino, unit=unit, values=words)
    sender = arranging.ask_sender(actor=aino, unit=unit, text="Kuusilahti")
    doubtful, letter = _doubtful(cast), _letter(cast)
    return {
        "outbox* pk": doubtful.pk,
        "outbox_try_again pk": AddressState.objects.get(address="maija@example.fi").pk,
        "letter_look pk": unit.pk,
        "letter_topic_new pk": unit.pk,
        "letter_topic* pk": topic.pk,
        "sms_sender_new pk": unit.pk,
        "sms_sender* pk": sender.pk,
        "unsubscribe* token": links.token(links.UNSUBSCRIBE, letter.pk),
        "letter_wishes token": links.token(links.UNSUBSCRIBE, letter.pk),
    }


def _doubtful(cast: Cast) -> Delivery:
    row = post(
        template="mfa/email/recovery_codes_generated",
        email="maija@example.fi",
        language="fi",
        facts={"timestamp": None, "ip": "192.0.2.1", "device": "Firefox"},
        unit_id=cast.units["a"].pk,
        party_id=cast.parties["maija"].pk,
        name="Maija Metsäpelto",
        kind="members.test",
    )
    Delivery.objects.filter(pk=row.pk).update(state=State.UNCERTAIN, done_at=clock.now())
    return row


def _letter(cast: Cast) -> Delivery:
    now = clock.now()
    with mutation(actor=None, kind="test.letter"):
        mailing = Mailing.objects.create(
            unit=cast.units["a"],
            title="Syksyn kirje",
            topic=Topic.objects.get(code="newsletter"),
            state=MailingState.DONE,
            frozen_at=now,
            finished_at=now,
        )
        MailingVersion.objects.create(
            mailing=mailing,
            language="fi",
            subject="Syksyn kirje",
            text="Hei {{first_name}}",
            html="",
            sha256="0" * 64,
        )
    return Delivery.objects.create(
        mailing=mailing,
        kind="letter.newsletter",
        klass=2,
        unit=cast.units["a"],
        party=cast.parties["maija"],
        name="Maija Metsäpelto",
        address="maija@example.fi",
        address_key="maija@example.fi",
        vars={"first_name": "Maija"},
        state=State.ACCEPTED,
        created_at=now,
        next_at=now,
        done_at=now,
    )
