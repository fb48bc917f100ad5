"""SQL of how long accounting material is kept: counted from the end of the association's financial year (Accounting Act 1336/1997,
chapter 2, section 10).

Vouchers, as invoices and payments are, are kept for six years from the end of the year in which the financial year ended; the
books, which the ledger is, for ten years from the end of the financial year. The last month of the financial year is a rule of the
association (`UnitRules.year_ends`), in the version of the day.
"""

from __future__ import annotations

VOUCHERS, BOOKS = 6, 10


def _last_month(day: str, unit: str) -> str:
    return (
        f"coalesce((SELECT y.year_ends FROM members_unitrules y WHERE y.unit_id = {unit} AND y.valid_from <= {day}"  # noqa: S608
        " ORDER BY y.valid_from DESC LIMIT 1), 12)::int"
    )


def _year(day: str, unit: str) -> str:
    """The calendar year in which the financial year of the day ends."""
    return f"(extract(year FROM {day})::int + (extract(month FROM {day}) > {_last_month(day, unit)})::int)"


def vouchers_until(day: str, unit: str) -> str:
    """SQL over a day and the key of a unit: the last day a voucher of the day is kept."""
    return f"make_date({_year(day, unit)} + {VOUCHERS}, 12, 31)"


def books_until(day: str, unit: str) -> str:
    """SQL: the last day an entry of the books is kept."""
    month = _last_month(day, unit)
    return f"(make_date({_year(day, unit)} + {BOOKS}, {month}, 1) + interval '1 month - 1 day')::date"
