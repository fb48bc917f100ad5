"""Payments as the bank told them, when the books need not keep them any more: who paid and what was written is forgotten.

Of everybody, members too: a payment that was never matched names somebody nobody can find by a key, so no erasure of a person
reaches it. The sums and the days stay (Accounting Act 1336/1997, chapter 2, section 10; GDPR article 5(1)(e)).
"""

from __future__ import annotations

from django.db import connection, transaction

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.audit.triggers import ERASE_ACT
from members.personal.keeping import vouchers_until

CHUNK = 2_000
# The first condition is one an index could help with; the second is the rule.
_OVER = f"t.booked_on < current_date - interval '6 years' AND {vouchers_until('t.booked_on', 't.unit_id')} < current_date"
_TOLD = "(t.payer_name NOT IN ('', '–') OR t.payer_iban <> '' OR t.message <> '')"
_NEXT = f"SELECT t.id FROM billing_paymentrow t WHERE {_OVER} AND {_TOLD} ORDER BY t.id LIMIT %s"  # noqa: S608 -- own
_FORGET = "UPDATE billing_paymentrow SET payer_name = '–', payer_iban = '', message = '' WHERE id = ANY(%s)"
_FORGET_CHANGES = """
UPDATE audit_change c SET before = CASE WHEN c.before IS NOT NULL THEN '{}'::jsonb END,
  after = CASE WHEN c.after IS NOT NULL THEN '{}'::jsonb END
WHERE c.table_name = 'billing_paymentrow' AND c.row_id = ANY(%s)"""


def forget_payers(*, chunk: int = CHUNK) -> int:
    """The next rows, the oldest first, with their history; how many there were. Again and again until there are none."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NEXT, [chunk])
        rows = [pk for (pk,) in cursor.fetchall()]
        if rows:
            with mutation(actor=None, kind=ERASE_ACT):
                cursor.execute(_FORGET, [rows])
                cursor.execute(_FORGET_CHANGES, [[str(pk) for pk in rows]])
    return len(rows)
