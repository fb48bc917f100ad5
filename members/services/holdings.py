"""Holdings and their dated fee bases: a new value ends the old one, each with its source and who confirmed it (REG-3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import FeeBasisKind, FeeBasisValue, Holding, HoldingMember, Membership, OrgUnit, Party
from members.services.indexing import refresh_search

HOLDING_FIELDS = ("name", "y_tunnus", "responsible", "municipality")


class HoldingError(Exception):
    """`code`: y_tunnus_taken, before_current, not_member."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Basis:
    """A value to be in force from a day on; None ends the basis. `unit`: the part in that association's area."""

    kind: FeeBasisKind
    value: Decimal | None
    unit: OrgUnit | None = None


def create_holding(
    *,
    actor: User | None,
    name: str,
    responsible: Party,
    on: date,
    y_tunnus: str = "",
    municipality: str = "",
    membership: Membership | None = None,
) -> Holding:
    """Enter a holding with its responsible member and tie the membership to it; HoldingError for a taken business ID."""
    with mutation(actor=actor, kind="holding.create", summary=name):
        _free(y_tunnus, None)
        holding = Holding.objects.create(
            name=name, y_tunnus=y_tunnus, responsible=responsible, municipality=municipality
        )
        HoldingMember.objects.create(holding=holding, party=responsible, role="responsible", valid_from=on)
        if membership is not None:
            tie(actor=actor, membership=membership, holding=holding, on=on)
        refresh_search([responsible.pk])
    return holding


def tie(*, actor: User | None, membership: Membership, holding: Holding, on: date) -> Membership:
    """The membership's fees are counted from this holding; the member joins its people."""
    with mutation(actor=actor, kind="holding.tie", unit_id=membership.unit_id):
        membership = Membership.objects.select_for_update().get(pk=membership.pk)
        membership.holding = holding
        membership.save(update_fields=["holding"])
        here = HoldingMember.objects.filter(holding=holding, party=membership.party_id, valid_to__isnull=True)
        if not here.exists():
            HoldingMember.objects.create(
                holding=holding, party_id=membership.party_id, role="owner", valid_from=on
            )
        refresh_search([membership.party_id])
    return membership


def update_holding(*, actor: User | None, holding: Holding, values: dict[str, Any], on: date) -> Holding:
    """Change any of HOLDING_FIELDS; a new responsible member must belong to the holding (HoldingError)."""
    with mutation(actor=actor, kind="holding.edit", summary=holding.name):
        holding = Holding.objects.select_for_update(of=("self",)).get(pk=holding.pk)
        _free(values.get("y_tunnus", ""), holding.pk)
        responsible = values.get("responsible")
        if responsible is not None and responsible.pk != holding.responsible_id:
            _make_responsible(holding, responsible)
        for name in HOLDING_FIELDS:
            if name in values:
                setattr(holding, name, values[name])
        holding.save()
        people = HoldingMember.objects.filter(holding=holding, valid_to__isnull=True)
        refresh_search([holding.responsible_id, *people.order_by("pk").values_list("party_id", flat=True)])
    return holding


def set_fee_bases(
    *,
    actor: User | None,
    holding: Holding,
    bases: Iterable[Basis],
    valid_from: date,
    source: str,
    confirmed_by: str,
    confirmed_on: date | None,
) -> int:
    """Put the given values in force from a day on; how many changed. Values that are as they were are left alone.

    HoldingError "before_current" when the value in force began later than `valid_from`: history is not rewritten here.
    """
    changed = 0
    told = {"source": source, "confirmed_by": confirmed_by, "confirmed_on": confirmed_on}
    with mutation(actor=actor, kind="holding.fee_bases", summary=holding.name):
        Holding.objects.select_for_update(of=("self",)).get(pk=holding.pk)
        for basis in bases:
            changed += _set_basis(holding, basis, valid_from, told)
    return changed


def confirm_fee_bases(*, actor: User | None, holding: Holding, confirmed_by: str, on: date) -> int:
    """The values in force were looked at and are right; how many were marked so."""
    with mutation(actor=actor, kind="holding.confirmed", summary=holding.name):
        rows = FeeBasisValue.objects.filter(holding=holding, valid_to__isnull=True)
        return rows.update(confirmed_by=confirmed_by, confirmed_on=on)


def _set_basis(holding: Holding, basis: Basis, valid_from: date, told: dict[str, Any]) -> bool:
    current = (
        FeeBasisValue.objects.select_for_update(of=("self",))
        .filter(holding=holding, kind=basis.kind, unit=basis.unit, valid_to__isnull=True)
        .first()
    )
    if basis.value == (current.value if current else None):
        return False
    if current is not None:
        if current.valid_from is not None and current.valid_from > valid_from:
            raise HoldingError("before_current")
        if current.valid_from == valid_from:
            return _replace(current, basis.value, told)
        current.valid_to = date.fromordinal(valid_from.toordinal() - 1)
        current.save(update_fields=["valid_to"])
    if basis.value is not None:
        FeeBasisValue.objects.create(
            holding=holding,
            kind=basis.kind,
            unit=basis.unit,
            value=basis.value,
            valid_from=valid_from,
            **told,
        )
    return True


def _replace(current: FeeBasisValue, value: Decimal | None, told: dict[str, Any]) -> bool:
    """The value began on this very day: it is put right, not succeeded."""
    if value is None:
        current.delete()
        return True
    current.value = value
    for name, text in told.items():
        setattr(current, name, text)
    current.save()
    return True


def _free(y_tunnus: str, own: int | None) -> None:
    if y_tunnus and Holding.objects.filter(y_tunnus=y_tunnus).exclude(pk=own or 0).exists():
        raise HoldingError("y_tunnus_taken")


def _make_responsible(holding: Holding, responsible: Party) -> None:
    people = HoldingMember.objects.filter(holding=holding, valid_to__isnull=True)
    if not people.filter(party=responsible).exists():
        raise HoldingError("not_member")
    people.filter(role="responsible").update(role="owner")
    people.filter(party=responsible).update(role="responsible")
