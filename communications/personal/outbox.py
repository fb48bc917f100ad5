"""Deliveries and wishes are the recipient's; an address's state belongs to whoever has the address."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.personal.registry import rows

_PARTY = "t.party_id = ANY(%(parties)s)"
_ADDRESSES = (
    "t.address IN (SELECT c.key FROM members_contactpoint c WHERE c.kind = 'email' AND c.party_id = ANY(%(parties)s))"
    " AND NOT EXISTS (SELECT 1 FROM members_contactpoint o WHERE o.kind = 'email' AND o.key = t.address"
    " AND o.party_id <> ALL(%(parties)s))"
)


def register() -> None:
    rows("communications_preference", "contacts", _("Which letters you want"), _PARTY, order=60)
    rows("communications_delivery", "contacts", _("Messages sent to you"), _PARTY, order=61)
    rows("communications_addressstate", "contacts", _("How your addresses work"), _ADDRESSES, order=62)
