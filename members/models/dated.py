"""What dated rows share: a valid period `[valid_from, valid_to]`, both ends included, an open end is NULL."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def valid_on(on: date, prefix: str = "") -> Q:
    """Condition for rows valid on `on`; `prefix` is the path to the dated row, ending in `__`."""
    return (Q(**{f"{prefix}valid_from__isnull": True}) | Q(**{f"{prefix}valid_from__lte": on})) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": on})
    )


class DatedQuerySet(models.QuerySet):
    def on(self, on: date):  # type: ignore[no-untyped-def]
        """Rows valid on the day `on`."""
        return self.filter(valid_on(on))


class Dated(models.Model):
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        abstract = True


def period_check(name: str) -> models.CheckConstraint:
    """A period may not end before it begins."""
    return models.CheckConstraint(
        condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
        name=name,
    )
