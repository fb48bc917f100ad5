"""Whose invitations and answers are. Of secret answers nobody knows; they are in no person's copy, as their grade says."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.personal.registry import rows

_PARTY = "t.party_id = ANY(%(parties)s)"
_INVITED = "(SELECT i.id FROM communications_surveyinvitation i WHERE i.party_id = ANY(%(parties)s))"


def register() -> None:
    rows("communications_surveyanswer", "contacts", _("Your answers to surveys"), f"t.invitation_id IN {_INVITED}", order=80)  # fmt: skip
    rows("communications_surveyinvitation", "contacts", _("Surveys you were asked to answer"), _PARTY, order=81)  # fmt: skip
