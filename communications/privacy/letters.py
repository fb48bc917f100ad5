"""Pictures and templates of letters, and what was found of links: nothing of members, who made them of staff."""

from jasenpalvelu.common.privacy import Erase, Table, columns

_MADE = columns("created_by_id", "A", export=False, erase=Erase.BLANK)
TABLES: dict[str, Table] = {
    "communications_letterpicture": columns("id key unit_id file width height size created_at") | _MADE,
    "communications_lettertemplate": columns("id unit_id name content created_at") | _MADE,
    "communications_letterlink": columns("id mailing_id address state code checked_at"),
}
