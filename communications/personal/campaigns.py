"""Of campaigns a person has the calls made to them and how they came to be a member."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.personal.registry import rows

_MEMBERSHIPS = "(SELECT m.id FROM members_membership m WHERE m.party_id = ANY(%(parties)s))"


def register() -> None:
    rows(
        "communications_campaigncall",
        "contacts",
        _("Calls of campaigns"),
        "t.party_id = ANY(%(parties)s)",
        order=75,
    )
    rows(
        "communications_campaignjoin",
        "memberships",
        _("How you came to be a member"),
        f"t.membership_id IN {_MEMBERSHIPS}",
        order=75,
    )
