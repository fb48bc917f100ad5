"""What letters, campaigns and bounces leave behind, deleted when nobody needs it any more (GDPR article 5(1)(e); REG-14)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Greatest

from communications.letters import blocks
from communications.models import (
    AddressState,
    CampaignCall,
    CampaignJoin,
    LetterLink,
    LetterPicture,
)
from jasenpalvelu.audit.services import mutation
from members.models import ContactPoint
from members.models.parties import ContactKind

LINKS = timedelta(days=30)
PICTURES = timedelta(days=90)
UNREADABLE = timedelta(days=30)
CALLS, INVITERS, ADDRESSES = relativedelta(years=1), relativedelta(years=2), relativedelta(months=12)
CHUNK = 500


def forget_links(*, now: datetime) -> int:
    """What was found behind a letter's links, a month after it was looked at, or after the letter was written where it never was; the letter
    keeps the links themselves."""
    never = Q(checked_at=None, mailing__changed_at__lt=now - LINKS)
    return LetterLink.objects.filter(Q(checked_at__lt=now - LINKS) | never).delete()[0]


def forget_pictures(*, now: datetime) -> int:
    """Pictures that stand in no letter and no template, a quarter after they were added: the row first, the file when it is gone."""
    unused = LetterPicture.objects.filter(created_at__lt=now - PICTURES).exclude(key__in=_used_pictures())
    rows = list(unused.order_by("pk")[:CHUNK])
    if not rows:
        return 0
    with mutation(actor=None, kind="letter.picture.forget"):
        LetterPicture.objects.filter(pk__in=[row.pk for row in rows]).delete()
        for row in rows:
            transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)))
    return len(rows)


def _used_pictures() -> list[UUID]:
    """Keys of the pictures in any part of any letter or template, however deep."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT jsonb_path_query(blocks, '$.**.image') #>> '{}' FROM communications_mailingversion
            UNION SELECT jsonb_path_query(content, '$.**.image') #>> '{}' FROM communications_lettertemplate
            """
        )
        found = [blocks.image_key({"image": key or ""}) for (key,) in cursor.fetchall()]
    return [key for key in found if key is not None]


def forget_calls(*, on: date) -> int:
    """Whom a campaign called, a year after its last day; what was said stays in the contact log as long as calls do."""
    old = CampaignCall.objects.filter(campaign__ends_on__lt=on - CALLS)
    with mutation(actor=None, kind="campaign.forget"):
        return old.delete()[0]


def forget_inviters(*, on: date) -> int:
    """Who brought a member in, two years after: the campaign's count stays, and is nobody's."""
    return CampaignJoin.objects.filter(on__lt=on - INVITERS).exclude(referrer=None).update(referrer=None)


def forget_addresses(*, now: datetime) -> int:
    """What mail servers said of an address a year ago, where it did not stop mail, or where nobody has the address any more."""
    point = ContactPoint.objects.filter(kind=ContactKind.EMAIL, key=OuterRef("address"))
    old = AddressState.objects.alias(last=Greatest("bounced_at", "accepted_at", "stopped_at")).filter(
        Q(stopped_at=None) | ~Exists(point), last__lt=now - ADDRESSES
    )
    with mutation(actor=None, kind="mail.address.forget"):
        return old.delete()[0]


def forget_unreadable(*, now: datetime) -> int:
    """Mail to us that could not be read and that nobody has looked at in a month."""
    folder, gone = Path(settings.MAIL_KEPT), 0
    for file in folder.glob("*.eml") if folder.is_dir() else ():
        if file.stat().st_mtime < (now - UNREADABLE).timestamp():
            file.unlink(missing_ok=True)
            gone += 1
    return gone
