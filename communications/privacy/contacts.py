"""The contact log and what is written into it by hand: all of it is the member's own to see."""

from jasenpalvelu.common.privacy import Table, columns

TABLES: dict[str, Table] = {
    "communications_contactentry": columns("id")
    | columns("party_id unit_id at channel direction kind summary reference status keep", "B")
    | columns("actor_id", "A", export=False),
    "communications_contactnote": columns("id created_at")
    | columns("party_id unit_id at channel direction text", "B")
    | columns("author_id", "A", export=False),
}
