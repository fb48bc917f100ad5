"""The contact log is the member's."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.personal.registry import rows

_PARTY = "t.party_id = ANY(%(parties)s)"


def register() -> None:
    rows("communications_contactentry", "contacts", _("What has been said between us"), _PARTY, order=70)
    rows("communications_contactnote", "contacts", _("Calls, visits and agreements"), _PARTY, order=71)
