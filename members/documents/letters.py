"""Welcome letters for those a meeting admitted: one file, one page for each, in the member's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils import translation

from jasenpalvelu.common import paper
from jasenpalvelu.common.dates import format_date
from members import panels
from members.documents.sender import foot, sender
from members.documents.texts import BODIES, LETTERS
from members.models import (
    BoardMeeting,
    ContactPoint,
    MeetingItem,
    MembershipEvent,
    MembershipType,
    OrgUnit,
    Party,
)
from members.models.memberships import EventKind
from members.models.parties import ContactKind
from members.panels import Fee

TEMPLATE = "documents/welcome.html"
OF_AGE = 18


def pdf(meeting: BoardMeeting, items: Sequence[MeetingItem], on: date, *, service: str) -> bytes:
    """The letters in the order of the minutes; `items` are the admitted, with membership, its party and type. `service` is the
    address of the service, as one types it."""
    values = context(meeting, items, on, service)
    return paper.pdf(TEMPLATE, values, values["logo"])


def context(meeting: BoardMeeting, items: Sequence[MeetingItem], on: date, service: str) -> dict[str, Any]:
    members = [item for item in items if item.membership is not None]
    addresses = addresses_of([i.membership.party for i in members if i.membership])
    fees = _fees(members, meeting.unit, meeting.members_from)
    wards = _wards(members, on)
    letters = [
        _letter(meeting, item, addresses, fees, on, service, ward=item.membership_id in wards)
        for item in members
    ]
    first = letters[0] if letters else {"lang": "fi", "title": LETTERS["fi"].title}
    return {
        "lang": first["lang"],
        "title": first["title"],
        "author": meeting.unit.name_fi,
        "created": meeting.held_on.isoformat(),
        "body": "letter",
        "logo": sender(meeting.unit, "fi")["logo"],
        "letters": letters,
    }


def _letter(
    meeting: BoardMeeting,
    item: MeetingItem,
    addresses: Mapping[int, ContactPoint],
    fees: Mapping[tuple[str, int], Fee],
    on: date,
    service: str,
    *,
    ward: bool,
) -> dict[str, Any]:
    membership = item.membership
    assert membership is not None
    party, unit = membership.party, meeting.unit
    language = party.language if party.language in LETTERS else "fi"
    words, start = LETTERS[language], format_date(membership.started_on or meeting.members_from)
    head = sender(unit, language)
    kind = getattr(membership.type, f"name_{language}", "") or membership.type.name_fi
    body = BODIES[language][meeting.body]
    fee = fees.get((language, membership.type_id))
    return {
        "lang": language,
        "title": words.title,
        "page": words.page,
        "sender": head,
        "foot": foot(unit, language, ""),
        "address": window(party, addresses.get(party.pk), words.to_guardian if ward else ""),
        "facts": [(words.day, format_date(on)), (words.type, kind), (words.since, start)],
        "number_label": words.member_number,
        "number": party.number,
        "paragraphs": [
            words.dear.format(name=party.person.full_name if party.is_person else party.display_name),
            words.admitted.format(body=body, decided=format_date(meeting.held_on), since=start),
            words.thanks if membership.type.voting else words.thanks_without_vote,
            words.fee.format(fee=fee.text, parts=fee.parts).strip() if fee else words.no_fee,
            words.check.format(contact=head["contact"], service=service),
            *([words.guardian] if ward else []),
        ],
        "signers": [(meeting.chair, words.chair), (meeting.secretary, words.secretary)],
    }


def addresses_of(parties: Sequence[Party]) -> dict[int, ContactPoint]:
    rows = ContactPoint.objects.filter(
        party__in=[p.pk for p in parties], kind=ContactKind.ADDRESS, valid_to__isnull=True, primary=True
    )
    return {row.party_id: row for row in rows.order_by("pk")}


def _wards(items: Sequence[MeetingItem], on: date) -> set[int]:
    """Memberships of those who told a guardian when they applied, and are not known to have come of age since."""
    told = MembershipEvent.objects.filter(
        membership__in=[i.membership_id for i in items], kind=EventKind.APPLIED, data__has_key="guardian"
    )
    rows = told.order_by("pk").values_list("membership_id", "membership__party__person__birth_date")
    return {pk for pk, born in rows if born is None or born + relativedelta(years=OF_AGE) > on}


def window(party: Party, address: ContactPoint | None, to: str = "") -> list[str]:
    """The address as it shows in the window; of somebody under a non-disclosure order only the name. `to`: who opens it for
    the member, in a line after the name, which no language has to bend."""
    name = party.person.full_name if party.is_person else party.display_name
    if address is None or party.non_disclosure:
        return [line for line in (name, to) if line]
    place = f"{address.postal_code} {address.city}".strip()
    return [line for line in (name, to, address.co_line, address.value, place) if line]


def _fees(items: Sequence[MeetingItem], unit: OrgUnit, day: date) -> dict[tuple[str, int], Fee]:
    """What the first invoice asks, by language and type, prorated by the rule of the fee table."""
    types: dict[int, MembershipType] = {
        i.membership.type_id: i.membership.type for i in items if i.membership
    }
    found: dict[tuple[str, int], Fee] = {}
    for language in LETTERS:
        with translation.override(language):
            quotes = panels.fees_of(list(types.values()), unit, day)
        found |= {(language, pk): fee for pk, fee in quotes.items()}
    return found
