"""Editing a party's basic data and contacts as one act, against what the editor had in view (REG-2, REG-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.notices import send_notice
from jasenpalvelu.audit.services import mutation
from members.masking import HIDDEN_BY_ORDER
from members.models import ContactPoint, Party
from members.models.parties import ContactKind, Source
from members.services import emails, registering
from members.services.registering import ORGANISATION_FIELDS, PARTY_FIELDS, PERSON_FIELDS, Address

ADDRESS_FIELDS = ("street", "co_line", "postal_code", "city", "country")
CONTACT_FIELDS = ("email", "phone", *ADDRESS_FIELDS)


@dataclass(frozen=True)
class Conflict:
    """A field somebody else changed meanwhile, with its value now."""

    field: str
    now: Any


class StaleEdit(Exception):
    """The party has changed since the form was opened; nothing was written.

    `protected`: an order has come into force meanwhile. What it hides is in no conflict, not even that it changed.
    """

    def __init__(self, conflicts: list[Conflict], *, protected: bool = False) -> None:
        super().__init__(", ".join(c.field for c in conflicts))
        self.conflicts = conflicts
        self.protected = protected


class ProtectionError(Exception):
    """Lifting a non-disclosure order is not an ordinary edit; see `set_protection`."""


def snapshot(party: Party) -> dict[str, Any]:
    """Every editable value of the party as it stands, by field name."""
    values = {name: getattr(party, name) for name in PARTY_FIELDS}
    own, names = (
        (party.person, PERSON_FIELDS) if party.is_person else (party.organisation, ORGANISATION_FIELDS)
    )
    values |= {name: getattr(own, name) for name in names}
    rows = {
        row.kind: row for row in ContactPoint.objects.filter(party=party, primary=True, valid_to__isnull=True)
    }
    address = rows.get(ContactKind.ADDRESS)
    email, phone = rows.get(ContactKind.EMAIL), rows.get(ContactKind.PHONE)
    return values | {
        "email": email.value if email else "",
        "phone": phone.value if phone else "",
        "street": address.value if address else "",
        "co_line": address.co_line if address else "",
        "postal_code": address.postal_code if address else "",
        "city": address.city if address else "",
        "country": address.country if address else "FI",
    }


def as_seen(value: Any) -> Any:
    """A value as it travels in a form: a day as text, the rest as it is."""
    return value.isoformat() if isinstance(value, date) else value


def edit_party(
    *,
    actor: User | None,
    party: Party,
    values: dict[str, Any],
    expected: dict[str, Any],
    on: date,
    own: bool = False,
) -> Party:
    """Write the given fields if they still hold what the editor saw (`expected`, by `as_seen`); else StaleEdit.

    A field that is not in `values` stays as it is, so a reader without a field class cannot empty what was not shown. The
    e-mail address of somebody with a post is asked for and waits (`services.emails`); raises emails.Beyond. `own`: by the
    party itself, from whom an order hides nothing.
    """
    with mutation(actor=actor, kind="party.edit", summary=party.display_name):
        party = _locked(party)
        now = snapshot(party)
        _refuse_stale(party, now, expected, own=own)
        if party.non_disclosure and values.get("non_disclosure") is False:
            raise ProtectionError
        basic = {name: value for name, value in values.items() if name not in CONTACT_FIELDS}
        if basic:
            party = registering.update_party(party=party, values=basic, actor=actor)
        values = _without_guarded(party, values, now, actor, on)
        _set_contacts(party, values, now, actor, on, Source.MEMBER if own else Source.OFFICE)
    return party


def edit_own(
    *, actor: User, party: Party, values: dict[str, Any], expected: dict[str, Any], on: date
) -> Party:
    """Somebody's own contact details. A new e-mail address is told to the old one, as a thief would begin there."""
    old = snapshot(party)["email"]
    with transaction.atomic():
        party = edit_party(actor=actor, party=party, values=values, expected=expected, on=on, own=True)
        new = snapshot(party)["email"]
        if old and new != old:
            send_notice(
                "members/email/own_email", user=actor, email=old, facts={"new": new}, kind="members.email"
            )
    return party


def _without_guarded(
    party: Party, values: dict[str, Any], now: dict[str, Any], actor: User | None, on: date
) -> dict[str, Any]:
    """What can be written at once: a new address of somebody with a post waits for the owner of the old one."""
    if values.get("email", now["email"]) == now["email"] or not emails.is_guarded(party.pk, on):
        return values
    emails.hold_back_contact(party=party, old=now["email"], new=values["email"] or "", actor=actor, on=on)
    return {name: value for name, value in values.items() if name != "email"}


def conflicts_with(
    party: Party, now: dict[str, Any], expected: dict[str, Any], *, own: bool = False
) -> list[Conflict]:
    """What has changed since it was seen, without what an order hides."""
    hidden = HIDDEN_BY_ORDER if party.non_disclosure and not own else frozenset()
    return [
        Conflict(name, now[name])
        for name, seen in expected.items()
        if name not in hidden and as_seen(now[name]) != seen
    ]


def _refuse_stale(party: Party, now: dict[str, Any], expected: dict[str, Any], *, own: bool) -> None:
    """A form opened before the order never writes: what it shows of hidden data is older than what may stand there."""
    conflicts = conflicts_with(party, now, expected, own=own)
    protected = party.non_disclosure and not own and not HIDDEN_BY_ORDER.isdisjoint(expected)
    if conflicts or protected:
        raise StaleEdit(conflicts, protected=protected)


def set_protection(*, actor: User, party: Party, in_force: bool, until: date | None, reason: str) -> Party:
    """Keep or lift a non-disclosure order. For custodians: the caller has asked for the right; the reason is kept."""
    kind = "party.protected" if in_force else "party.disclosed"
    values = {"non_disclosure": in_force, "non_disclosure_until": until if in_force else None}
    with mutation(actor=actor, kind=kind, summary=reason):
        return registering.update_party(party=_locked(party), values=values, actor=actor)


def field_label(name: str) -> str:
    """The name of an editable field for people."""
    labels = {"street": _("Street address"), "co_line": _("c/o"), "email": _("E-mail"), "phone": _("Phone")}
    labels |= {"postal_code": _("Postal code"), "city": _("Post office"), "country": _("Country")}
    if name in labels:
        return str(labels[name])
    for model in (Party, Party.person.related.related_model, Party.organisation.related.related_model):
        field = next((field for field in model._meta.fields if field.name == name), None)
        if field is not None:
            return str(field.verbose_name).capitalize()
    return name


def _locked(party: Party) -> Party:
    Party.objects.select_for_update().get(pk=party.pk)
    return Party.objects.select_related("person", "organisation").get(pk=party.pk)


def _set_contacts(
    party: Party, values: dict[str, Any], now: dict[str, Any], actor: User | None, on: date, source: str
) -> None:
    address = None
    if any(name in values for name in ADDRESS_FIELDS):
        street, co_line, postal, city, country = (values.get(name, now[name]) for name in ADDRESS_FIELDS)
        address = Address(street, postal, city, co_line, country)
    registering.set_contacts(
        party=party,
        on=on,
        actor=actor,
        email=values.get("email"),
        phone=values.get("phone"),
        address=address,
        source=source,
    )
