"""How long accounting material is kept: Accounting Act (kirjanpitolaki 1336/1997) chapter 2, section 10."""

from datetime import date


def vouchers_until(fiscal_year_end: date) -> date:
    """Vouchers (invoices, payment files): six years from the end of the year in which the fiscal year ended."""
    return date(fiscal_year_end.year + 6, 12, 31)


def books_until(fiscal_year_end: date) -> date:
    """Books and the chart of accounts: ten years from the end of the fiscal year."""
    try:
        return fiscal_year_end.replace(year=fiscal_year_end.year + 10)
    except ValueError:
        return date(fiscal_year_end.year + 10, 2, 28)
