"""What has been charged already: the lock that keeps a fee from being billed twice, seen from the calculation's side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from billing.loading import rows
from billing.models import InvoiceLine
from billing.pricing.model import Key
from jasenpalvelu.common.money import ZERO
from members.merged import stubs

_CHARGED = """
SELECT l.charge_key, l.beneficiary_id
FROM unnest(%(keys)s::text[], %(beneficiaries)s::bigint[]) AS k(charge_key, beneficiary_id)
JOIN billing_invoiceline l ON l.charge_key = k.charge_key AND l.beneficiary_id = k.beneficiary_id
WHERE NOT l.released AND l.charge_key <> ''
"""
_CHARGED_TOTALS = """
SELECT i.payer_id, l.unit_id, sum(l.amount)
FROM billing_invoice i JOIN billing_invoiceline l ON l.invoice_id = i.id
LEFT JOIN billing_invoice o ON o.id = i.credits_id
JOIN billing_invoicerun r ON r.id = coalesce(i.run_id, o.run_id)
WHERE i.payer_id = ANY(%(payers)s) AND r.year = %(year)s GROUP BY 1, 2
"""


def charge_key(year: int, key: Key) -> str:
    """The text by which a charge is locked for its fee year, together with the beneficiary."""
    return f"{year}:{key.component}:{key.subject}"


def already_charged(year: int, keys: Sequence[Key]) -> set[Key]:
    """Which of the charges stand on an invoice that no credit note has freed."""
    if not keys:
        return set()
    # In their order, as the index has them: neighbours are found on the same page.
    known = [*((key, key) for key in keys), *_under_old_entries(keys)]
    by_text = dict(sorted(((charge_key(year, told), told.beneficiary), key) for told, key in known))
    params = {"keys": [text for text, _ in by_text], "beneficiaries": [unit for _, unit in by_text]}
    return {by_text[(text, unit)] for text, unit in rows(_CHARGED, params)}


def _under_old_entries(keys: Sequence[Key]) -> Iterator[tuple[Key, Key]]:
    """The same charges as they would stand for an entry that has been joined to the payer or the member since."""
    people: dict[int, list[Key]] = defaultdict(list)
    for key in keys:
        kind, _, number = key.subject.partition(":")
        if kind in {"payer", "party"} and number.isdigit():
            people[int(number)].append(key)
    for stub, goes_on in stubs(people).items():
        for key in people[goes_on]:
            yield key._replace(subject=f"{key.subject.partition(':')[0]}:{stub}"), key


def charged_totals(year: int, payers: Sequence[int]) -> dict[int, dict[int, Decimal]]:
    """Euros already charged in the fee year, by payer and by the unit whose table it was: they count against its cap."""
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    if payers:
        joined = stubs(payers)
        params = {"payers": [*payers, *joined], "year": year}
        for payer, unit, total in rows(_CHARGED_TOTALS, params):
            sums = found[joined.get(payer, payer)]
            sums[unit] = sums.get(unit, ZERO) + total
    return found


def any_charged(year: int) -> bool:
    """Whether anything at all has been charged for the fee year: if not, nobody needs to be looked up."""
    locks = InvoiceLine.objects.filter(released=False).exclude(
        charge_key=""
    )  # what the index of charges holds
    return locks.filter(charge_key__startswith=f"{year}:").exists()
