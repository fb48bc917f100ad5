"""Entering and changing parties. Derived columns (names for lists, sort and search keys) are written only here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.identifiers import normalise_email, normalise_phone
from jasenpalvelu.common.sorting import sort_key
from members.models import ContactPoint, Organisation, Party, Person
from members.models.parties import ContactKind, PartyKind, Source
from members.services.indexing import refresh_search

PARTY_FIELDS = ("language", "home_municipality", "non_disclosure", "non_disclosure_until", "invoice_channel")
PERSON_FIELDS = ("first_names", "last_name", "birth_date", "birth_date_purpose", "deceased_on")
ORGANISATION_FIELDS = ("name", "legal_form", "y_tunnus")


@dataclass(frozen=True)
class Address:
    """A postal address as typed; an empty street and postal code mean "no address"."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    co_line: str = ""
    country: str = "FI"

    def __bool__(self) -> bool:
        return bool(self.street or self.postal_code or self.city)


def next_member_numbers(count: int) -> range:
    """Reserve `count` never-used serials from the locked counter; released again if the transaction rolls back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO members_membernumbercounter (id, last) VALUES (1, 10000 + %(n)s)"
            " ON CONFLICT (id) DO UPDATE SET last = members_membernumbercounter.last + %(n)s RETURNING last",
            {"n": count},
        )
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


def person_display_name(last_name: str, first_names: str) -> str:
    """Name as in lists: Sukunimi Etunimi."""
    return f"{last_name} {first_names}".strip()


def create_person(
    *,
    actor: User | None,
    first_names: str,
    last_name: str,
    on: date,
    email: str = "",
    phone: str = "",
    address: Address | None = None,
    source: str = Source.OFFICE,
    **values: Any,
) -> Party:
    """Enter a person; `values` may hold any of PARTY_FIELDS and PERSON_FIELDS."""
    display = person_display_name(last_name, first_names)
    with mutation(actor=actor, kind="party.create", summary=display):
        party = _create_party(PartyKind.PERSON, display, values)
        person = {field: values[field] for field in PERSON_FIELDS if field in values}
        Person.objects.create(party=party, first_names=first_names, last_name=last_name, **person)
        set_contacts(
            party=party, email=email, phone=phone, address=address, on=on, source=source, actor=actor
        )
        refresh_search([party.pk])
    return party


def create_organisation(
    *,
    actor: User | None,
    name: str,
    on: date,
    email: str = "",
    phone: str = "",
    address: Address | None = None,
    source: str = Source.OFFICE,
    **values: Any,
) -> Party:
    """Enter an organisation (company, estate, jointly owned forest …); `values` as PARTY_FIELDS, ORGANISATION_FIELDS."""
    with mutation(actor=actor, kind="party.create", summary=name):
        party = _create_party(PartyKind.ORGANISATION, name, values)
        organisation = {field: values[field] for field in ORGANISATION_FIELDS if field in values}
        Organisation.objects.create(party=party, name=name, **organisation)
        set_contacts(
            party=party, email=email, phone=phone, address=address, on=on, source=source, actor=actor
        )
        refresh_search([party.pk])
    return party


def update_party(*, party: Party, values: dict[str, Any], actor: User | None) -> Party:
    """Change any of PARTY_FIELDS and the person's or organisation's own fields; untouched fields stay."""
    with mutation(actor=actor, kind="party.edit", summary=party.display_name):
        party = Party.objects.select_for_update().get(pk=party.pk)
        _assign(party, values, PARTY_FIELDS)
        if party.is_person:
            _assign(party.person, values, PERSON_FIELDS)
            party.person.save()
            party.display_name = person_display_name(party.person.last_name, party.person.first_names)
        else:
            _assign(party.organisation, values, ORGANISATION_FIELDS)
            party.organisation.save()
            party.display_name = party.organisation.name
        party.sort_key = sort_key(party.display_name)
        party.save()
        refresh_search([party.pk])
    return party


def set_contacts(
    *,
    party: Party,
    on: date,
    actor: User | None,
    email: str | None = None,
    phone: str | None = None,
    address: Address | None = None,
    source: str = Source.OFFICE,
) -> bool:
    """Replace the primary contact points that are given (None leaves one as it is, "" ends it); True if changed.

    The old row ends on the day, so the earlier address stays in the register until retention removes it.
    """
    wanted: list[tuple[str, dict[str, Any] | None]] = []
    if email is not None:
        wanted.append((ContactKind.EMAIL, {"value": email, "key": normalise_email(email)} if email else None))
    if phone is not None:
        wanted.append((ContactKind.PHONE, {"value": phone, "key": normalise_phone(phone)} if phone else None))
    if address is not None:
        wanted.append((ContactKind.ADDRESS, _address_row(address) if address else None))
    changed = False
    with mutation(actor=actor, kind="party.contacts", summary=party.display_name):
        for kind, row in wanted:
            changed |= _replace_contact(party, kind, row, on, source)
        if changed:
            refresh_search([party.pk])
    return changed


def _create_party(kind: str, display: str, values: dict[str, Any]) -> Party:
    party = Party(kind=kind, display_name=display, sort_key=sort_key(display))
    _assign(party, values, PARTY_FIELDS)
    party.member_number = next_member_numbers(1)[0]
    party.save(force_insert=True)
    return party


def _assign(target: Any, values: dict[str, Any], fields: Iterable[str]) -> None:
    for field in fields:
        if field in values:
            setattr(target, field, values[field])


def _address_row(address: Address) -> dict[str, Any]:
    return {
        "value": address.street,
        "key": address_key(address.street, address.postal_code),
        "postal_code": address.postal_code,
        "city": address.city,
        "co_line": address.co_line,
        "country": address.country,
    }


def address_key(street: str, postal_code: str) -> str:
    """Normalised address for comparing: postal code and street without case and blanks."""
    return f"{postal_code} {''.join(street.casefold().split())}"[:254]


def _replace_contact(party: Party, kind: str, row: dict[str, Any] | None, on: date, source: str) -> bool:
    current = ContactPoint.objects.filter(party=party, kind=kind, primary=True, valid_to__isnull=True).first()
    if current and row and all(getattr(current, field) == value for field, value in row.items()):
        return False
    if current is None and row is None:
        return False
    if current:
        current.valid_to = on
        current.save(update_fields=["valid_to"])
    if row:
        ContactPoint.objects.create(party=party, kind=kind, source=source, valid_from=on, **row)
    return True
