"""Documents of a run as they are printed: volumes of some thousand invoices, each one PDF file with its index (BIL-5)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.runs import InvoiceRun


def volume_path(volume: DocumentVolume, _filename: str) -> str:
    """One place for each volume of a run: made anew after a worker died, it takes the place of what was left of it."""
    return f"volumes/{volume.run_id}/{volume.number}.pdf"


class DocumentVolume(models.Model):
    """`invoices` are in the order of the sheets; `first_pages` beside them, from 0, once the file is made (`made_at`).

    Until then `invoices` is what will be made; what may not be printed is moved from it to `refused`. The file is
    printed from and thrown away after some months: the issued rows are the invoice, and give it again at any time.
    """

    run = models.ForeignKey(InvoiceRun, models.CASCADE, related_name="volumes", db_index=False)
    number = models.PositiveSmallIntegerField(_("number"))
    invoices = ArrayField(models.BigIntegerField(), verbose_name=_("invoices"))
    first_pages = ArrayField(models.IntegerField(), verbose_name=_("first pages"), default=list)
    refused = ArrayField(models.BigIntegerField(), verbose_name=_("cannot be printed"), default=list)
    first_postal_code = models.CharField(_("first postal code"), max_length=5, blank=True)
    last_postal_code = models.CharField(_("last postal code"), max_length=5, blank=True)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    rendered = models.PositiveIntegerField(_("made one by one"), default=0)
    byte_count = models.PositiveBigIntegerField(_("size"), default=0)
    content = models.FileField(_("file"), upload_to=volume_path, max_length=200, blank=True)
    made_at = models.DateTimeField(_("made"), null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="documentvolume_number")]

    def __str__(self) -> str:
        return f"{self.run} {self.number}"

    def pages_of(self, invoice: int) -> tuple[int, int]:
        """First page from 0 and number of pages of one of its invoices. ValueError when it is not in the file."""
        if not self.made_at:
            raise ValueError("the volume has not been made")
        place = self.invoices.index(invoice)
        following = [*self.first_pages[place + 1 : place + 2], self.pages]
        return self.first_pages[place], following[0] - self.first_pages[place]
