"""Changing a unit: its own data and logo, its rules as a new version, its membership types (REG-1, REG-4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.identifiers import bic_of
from members.models import MembershipType, OrgUnit, UnitRules
from members.pictures import Picture
from members.services.units import update_unit

RULES = (
    "admission",
    "resignation_delay_days",
    "deemed_resigned_months",
    "voting_age",
    "central_billing",
    "application_reminder_days",
    "application_lapse_days",
    "list_inspection",
    "card_needs_fee",
    "year_ends",
)


ACCOUNT = frozenset({"iban", "bic", "einvoice_address", "einvoice_operator"})


class AccountTaken(Exception):
    """Another unit has the account number."""


class RulesError(Exception):
    """`code`: before (the new version would begin before one that is decided already), same (nothing changes)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NameTaken(Exception):
    """The association has a membership type of this name already."""


def edit_unit(
    *,
    unit: OrgUnit,
    values: dict[str, Any],
    actor: User,
    logo: Picture | None = None,
    remove_logo: bool = False,
) -> OrgUnit:
    """Change the unit's data but its account; an old logo stays in the files, as issued invoices show it."""
    assert not ACCOUNT & values.keys(), "the account has a service and a right of its own"
    with mutation(actor=actor, kind="unit.edit", summary=unit.name_fi, unit_id=unit.pk):
        unit = update_unit(unit=unit, values=values, actor=actor)
        if logo is not None:
            unit.logo.save(f"{unit.slug}.{logo.extension}", ContentFile(logo.data), save=True)
        elif remove_logo and unit.logo:
            unit.logo = ""
            unit.save(update_fields=["logo"])
    return unit


def change_account(*, unit: OrgUnit, values: dict[str, Any], actor: User) -> OrgUnit:
    """Where the unit's invoices are paid to; the BIC follows the account number.

    An account belongs to one unit: money of two would come in one bank file, which is booked for one of them. Units that have
    one account bill together: one is the creditor and the others' fees are lines of its invoices. Raises AccountTaken.
    """
    with mutation(actor=actor, kind="unit.account", summary=unit.name_fi, unit_id=unit.pk), _turn():
        iban = values["iban"]
        if iban and OrgUnit.objects.filter(iban=iban).exclude(pk=unit.pk).exists():
            raise AccountTaken
        return update_unit(unit=unit, values=values | {"bic": bic_of(iban) if iban else ""}, actor=actor)


@contextmanager
def _turn() -> Iterator[None]:
    """Accounts are changed one at a time, so that two units cannot take the same one at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('members.account'))")
    yield


def change_rules(*, unit: OrgUnit, values: dict[str, Any], valid_from: date, actor: User) -> UnitRules:
    """The rules from a day on: the version before ends on the day before. What was decided under it stays under it.

    A rule that is not given stays as it is. A version that begins on the same day is replaced. Raises RulesError.
    """
    with mutation(actor=actor, kind="unit.rules", summary=unit.name_fi, unit_id=unit.pk):
        OrgUnit.objects.select_for_update().get(pk=unit.pk)
        versions = UnitRules.objects.select_for_update().filter(unit=unit)
        latest = versions.order_by("-valid_from", "-pk").first()
        values = {name: getattr(latest or UnitRules(), name) for name in RULES} | values
        if latest is None or latest.valid_from is None or latest.valid_from < valid_from:
            return _next_version(unit, latest, values, valid_from)
        if latest.valid_from > valid_from:
            raise RulesError("before")
        for name in RULES:
            setattr(latest, name, values[name])
        latest.save()
        return latest


def _next_version(
    unit: OrgUnit, latest: UnitRules | None, values: dict[str, Any], valid_from: date
) -> UnitRules:
    if latest is not None:
        if all(getattr(latest, name) == values[name] for name in RULES):
            raise RulesError("same")
        latest.valid_to = valid_from - timedelta(days=1)
        latest.save(update_fields=["valid_to"])
    return UnitRules.objects.create(
        unit=unit, valid_from=valid_from, **{name: values[name] for name in RULES}
    )


def save_type(
    *, unit: OrgUnit, values: dict[str, Any], actor: User, type_pk: int | None = None
) -> MembershipType:
    """Make or change a type of the association's own. Raises NameTaken; MembershipType.DoesNotExist for another's type."""
    kind = "unit.type_edit" if type_pk else "unit.type_add"
    try:
        with (
            transaction.atomic(),
            mutation(actor=actor, kind=kind, summary=values["name_fi"], unit_id=unit.pk),
        ):
            if type_pk is None:
                position = MembershipType.objects.filter(unit=unit).count() + 100
                return MembershipType.objects.create(unit=unit, position=position, **values)
            row = MembershipType.objects.select_for_update().get(pk=type_pk, unit=unit)
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
            return row
    except IntegrityError as error:
        raise NameTaken from error
