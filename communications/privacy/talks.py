"""Conversations: what was said belongs to the member; how a unit answers is nobody's data.

The contents of attachments are not in the person's copy, which is a table of texts: they are downloaded from the conversation itself.
"""

from jasenpalvelu.common.privacy import Erase, Table, columns


def _staff(names: str) -> Table:
    return columns(names, "A", export=False)


TABLES: dict[str, Table] = {
    "communications_talkdesk": columns("id unit_id takes hours promise"),
    "communications_talktopic": columns("id unit_id name_fi name_sv name_en active")
    | columns("expert_id", "A", export=False, erase=Erase.KEEP),
    "communications_cannedanswer": columns("id unit_id title text_fi text_sv text_en"),
    "communications_talk": columns("id topic_id asked_at due_at minutes changed_at")
    | columns("party_id unit_id subject state created_at", "B")
    | _staff("assignee_id"),
    "communications_talkmessage": columns("id talk_id once mail_id from_unit_id")
    | columns("kind at text unit_id author_name by_email", "B")
    | _staff("author_id"),
    "communications_talkfile": columns("id message_id media_type size")
    | columns("name", "B")
    | columns("content", "B", export=False),
    "communications_talkaddress": columns("id talk_id") | _staff("user_id"),
}
