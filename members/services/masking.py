"""Lifting the mask of a non-disclosed party for one look, with a reason that stays in the access log (REG-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import log_unmask
from members import masking
from members.reading import Contacts, Subject, contacts, guardian_text, municipality_text


class NotAllowed(Exception):
    """The reader holds no right to unmask over any of the party's associations."""


def unmask(*, actor: User, subject: Subject, reason: str, on: date, language: str) -> tuple[Contacts, str]:
    """The contacts and the home municipality, once; the reading is logged before anything is returned."""
    if not subject.can_now("nondisclosure.unmask"):
        raise NotAllowed
    unit_id = min(u for u in subject.present_units if subject.scope.can("nondisclosure.unmask", u))
    log_unmask(actor=actor, party_id=subject.party.pk, reason=reason, unit_id=unit_id)
    shown = masking.shown(
        subject.classes | {masking.CONTACT}, non_disclosure=subject.party.non_disclosure, unmasked=True
    )
    place = municipality_text(subject.party, language) if shown.municipality else ""
    return replace(contacts(subject.party, on), guardian=guardian_text(subject.party)), place
