"""What fees have brought each unit, year by year: counted each night from invoices and the ledger, never entered (REG-17)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import OrgUnit


class FeeYear(models.Model):
    """A unit's own share of the invoices of a year, whoever sent them: every line is somebody's, so the tree adds up.

    Not tracked: it says nothing that invoices and the ledger do not. Units are never removed, so there is no foreign key.
    """

    pk = models.CompositePrimaryKey("year", "beneficiary_id")
    year = models.PositiveSmallIntegerField(_("year"))
    beneficiary = models.ForeignKey(
        OrgUnit,
        models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("unit"),
    )
    invoices = models.PositiveIntegerField(_("invoices"))
    invoiced = models.DecimalField(_("invoiced"), max_digits=14, decimal_places=2)
    credited = models.DecimalField(_("credited"), max_digits=14, decimal_places=2)
    unpaid = models.DecimalField(_("open"), max_digits=14, decimal_places=2)
    counted_at = models.DateTimeField(_("counted at"))
