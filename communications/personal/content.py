"""Of announcements a member has what they have read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.personal.registry import rows

_PARTY = "t.party_id = ANY(%(parties)s)"


def register() -> None:
    rows("communications_announcementread", "other", _("Announcements you have read"), _PARTY, order=70)
    rows("communications_redemption", "other", _("Benefits you have used"), _PARTY, order=71)
    rows("communications_benefitcode", "other", _("Codes for benefits"), _PARTY, order=72)
    rows(
        "communications_partner", "other", _("Partnerships"), "t.organisation_id = ANY(%(parties)s)", order=73
    )
    rows(
        "communications_partnerlogin",
        "posts",
        _("For whom you act as a partner"),
        "t.user_id = ANY(%(users)s)",
        order=89,
    )
