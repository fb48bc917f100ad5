"""Pictures and templates of letters, and what was found of links: nothing of members, who made them of staff."""

from jasenpalvelu.common.privacy import Erase, Table, columns

_MADE = columns("created_by_id", "A", export=False, erase=Erase.BLANK)
TABLES: dict[str, Table] = {
    # What a picture shows is the association's to publish; people in it are told by no key.
    "communications_letterpicture": columns("id key unit_id width height size created_at")
    | columns("file", "A", export=False, erase=Erase.KEEP)
    | _MADE,
    "communications_lettertemplate": columns("id unit_id name content created_at") | _MADE,
    "communications_letterlink": columns("id mailing_id address state code checked_at"),
}
