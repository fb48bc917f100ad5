"""A conversation is the member's, with everything said and sent in it, the notes of staff about it too (GDPR article 15)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.personal.registry import rows

_TALKS = "(SELECT k.id FROM communications_talk k WHERE k.party_id = ANY(%(parties)s))"
_MESSAGES = f"(SELECT m.id FROM communications_talkmessage m WHERE m.talk_id IN {_TALKS})"  # noqa: S608 -- constants
_IN_TALKS = f"t.talk_id IN {_TALKS}"
_OF_MESSAGES = f"t.message_id IN {_MESSAGES}"


def register() -> None:
    """In this order they are erased, what belongs to a row before the row."""
    rows("communications_talkfile", "contacts", _("Attachments of the conversations"), _OF_MESSAGES, order=75)
    rows("communications_talkmessage", "contacts", _("Messages of the conversations"), _IN_TALKS, order=76)
    rows("communications_talkaddress", "contacts", _("Addresses for answers"), _IN_TALKS, order=77)
    rows("communications_talk", "contacts", _("Conversations"), "t.party_id = ANY(%(parties)s)", order=78)
