"""Of announcements a member has what they have read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.personal.registry import rows

_PARTY = "t.party_id = ANY(%(parties)s)"


def register() -> None:
    rows("communications_announcementread", "other", _("Announcements you have read"), _PARTY, order=70)
