"""What billing does when something happens below it."""

from __future__ import annotations

from django.db import connection

from jasenpalvelu.common.events import handles
from members.events import MembershipsLeave

# Invoiced since it was entered: a line of the membership's association, to the member or to whoever pays for it.
_INVOICED = """
SELECT DISTINCT m.id FROM members_membership m
LEFT JOIN members_holding h ON h.id = m.holding_id
JOIN billing_invoice i ON i.payer_id IN (m.party_id, m.payer_id, h.responsible_id)
JOIN billing_invoiceline l ON l.invoice_id = i.id AND l.unit_id = m.unit_id
WHERE m.id = ANY(%s)
  AND i.created_at > (SELECT min(a.at) FROM members_membershipevent e JOIN audit_mutation a ON a.id = e.mutation_id
    WHERE e.membership_id = m.id)
"""


@handles(MembershipsLeave)
def keep_what_was_invoiced(event: MembershipsLeave) -> None:
    """An invoice has to find the membership it charges, also when its payer stays."""
    with connection.cursor() as cursor:
        cursor.execute(_INVOICED, [sorted(event.memberships)])
        event.keep.update(row[0] for row in cursor.fetchall())
