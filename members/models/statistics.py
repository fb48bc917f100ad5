"""The register in numbers, day by day: counted from dated rows, never entered; may be counted anew at any time (REG-17).

Narrow tables, one per question (ADR 0020): a row is a day, an association and one way to divide its memberships. None of them is
tracked: they say nothing the memberships do not. Units are never removed, so the million rows need no foreign key in the database.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.units import OrgUnit


class CountedDay(models.Model):
    """A day whose end has been counted. Its ages and municipalities are kept when `detailed`."""

    day = models.DateField(_("day"), primary_key=True)
    detailed = models.BooleanField(default=True)
    counted_at = models.DateTimeField(_("counted at"))


class CountingMark(models.Model):
    """How far the changes of the register have been looked at for days that must be counted anew; one row."""

    change_id = models.BigIntegerField(default=0)


def _unit() -> Any:
    return models.ForeignKey(
        OrgUnit, models.CASCADE, related_name="+", db_index=False, db_constraint=False, verbose_name=_("unit")
    )


class TypeCount(models.Model):
    """Memberships in force at the end of the day, by the federation's code of their type that day."""

    pk = models.CompositePrimaryKey("day", "unit_id", "code")
    day = models.DateField(_("day"))
    unit = _unit()
    code = models.CharField(_("federation code"), max_length=20)
    members = models.PositiveIntegerField(_("members"))


class AgeCount(models.Model):
    """The same by age: `band` is the youngest age of the band; an unknown age and organisations have their own."""

    UNKNOWN, ORGANISATION = -1, -2

    pk = models.CompositePrimaryKey("day", "unit_id", "band")
    day = models.DateField(_("day"))
    unit = _unit()
    band = models.SmallIntegerField(_("age"))
    members = models.PositiveIntegerField(_("members"))


class PlaceCount(models.Model):
    """The same by home municipality; "" holds those not known and everybody with a non-disclosure order (REG-13)."""

    pk = models.CompositePrimaryKey("day", "unit_id", "municipality")
    day = models.DateField(_("day"))
    unit = _unit()
    municipality = models.CharField(_("home municipality"), max_length=3)
    members = models.PositiveIntegerField(_("members"))


class FlowKind(models.TextChoices):
    JOINED = "joined", _("joined")
    MOVED_IN = "moved_in", _("came from another association")
    RESIGNED = "resigned", _("resigned")
    DEEMED_RESIGNED = "deemed_resigned", _("deemed resigned")
    EXPELLED = "expelled", _("expelled")
    DIED = "died", _("died")
    TRANSFERRED = "transferred", _("moved to another association")
    OTHER = "other", _("ended otherwise")


class MemberFlow(models.Model):
    """Memberships whose first day, or first day no longer in force, it was, and why they ended."""

    pk = models.CompositePrimaryKey("day", "unit_id", "code", "kind")
    day = models.DateField(_("day"))
    unit = _unit()
    code = models.CharField(_("federation code"), max_length=20)
    kind = models.CharField(_("what happened"), max_length=16, choices=FlowKind.choices)
    members = models.PositiveIntegerField(_("members"))
