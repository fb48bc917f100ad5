"""What communications does when something happens below it."""

from __future__ import annotations

import structlog

from communications.services import campaigning
from communications.services.posting import post
from jasenpalvelu.accounts.events import MailWanted
from jasenpalvelu.common.events import handles
from members.events import JoiningConfirmed
from members.models import Membership

log = structlog.get_logger(__name__)


@handles(MailWanted)
def put_into_the_outbox(event: MailWanted) -> None:
    """An address no mail server takes stops nobody's act: it stands in the log, and the register's rules find it."""
    try:
        post(
            template=event.template,
            email=event.email,
            language=event.language,
            facts=event.facts,
            unit_id=event.unit_id,
            party_id=event.party_id,
            kind=event.kind,
            name=event.name,
            reply_to=event.reply_to,
            reference=event.reference,
        )
    except ValueError:
        log.warning("mail.no_address", template=event.template, party=event.party_id)


@handles(JoiningConfirmed)
def campaign_counts_the_joining(event: JoiningConfirmed) -> None:
    membership = Membership.objects.get(pk=event.membership_id)
    campaigning.count_join(membership=membership, text=event.campaign, on=event.on)
