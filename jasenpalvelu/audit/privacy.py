"""Every column of the audit tables (REG-14). Both logs are evidence of lawful processing (GDPR art. 5(2), 30 and 32).

They are kept through an erasure; what `before` and `after` hold of an erased person is emptied with the row they tell of.
"""

from jasenpalvelu.common.privacy import Erase, Table, columns

TABLES: dict[str, Table] = {
    "audit_mutation": columns("id kind unit_id undone_by_id request_id")
    | columns("at actor_id", "A", erase=Erase.KEEP)
    | columns("summary", "C", erase=Erase.BLANK),
    "audit_change": columns("id mutation_id table_name row_id unit_id op")
    | columns("at party_id holding_id", "A", erase=Erase.KEEP)
    | columns("before after", "E", erase=Erase.BLANK, protected=True),
    "audit_accesslog": columns("id unit_id classes count")
    | columns("at user_id action party_id", "A", erase=Erase.KEEP)
    # A reason may be about somebody else.
    | columns("reason", "E", export=False, erase=Erase.BLANK)
    | columns("subject", "E", erase=Erase.BLANK),
}
