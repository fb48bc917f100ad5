"""What the commands that give posts share: the arguments that say who, and refusals in words."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError

from jasenpalvelu.common.identifiers import parse_member_number
from members.models import OrgUnit, Party
from members.models.parties import LANGUAGES, PartyKind
from members.services.founding import Appointee, FoundingError

REFUSALS = {
    "founded": "There is a federation of another name already. Nothing was changed.",
    "address": "That is not an e-mail address. Nothing was changed.",
    "known": "Somebody in the register has this address. Say which member it is: --member NUMBER.",
    "other": "The login with this address belongs to somebody else. Nothing was changed.",
    "role": "There is no such role. See manage.py appoint --help.",
}


def add_person(parser: ArgumentParser) -> None:
    parser.add_argument("--email", required=True, help="address of the login; a code is sent to it")
    parser.add_argument("--first-names", default="", help="of a person who is not in the register yet")
    parser.add_argument("--last-name", default="")
    parser.add_argument("--member", default="", help="member number of a person who is")
    parser.add_argument("--language", default="fi", choices=[code for code, _name in LANGUAGES])


def appointee(options: dict[str, Any]) -> Appointee:
    party = _member(options["member"]) if options["member"] else None
    first, last = options["first_names"].strip(), options["last_name"].strip()
    if party is None and not (first and last):
        raise CommandError("Say who it is: --first-names and --last-name, or --member NUMBER.")
    return Appointee(options["email"], first, last, options["language"], party)


def unit_of(text: str) -> OrgUnit:
    """The unit with the number, or with the address in links."""
    found = (
        OrgUnit.objects.filter(number=int(text)) if text.isdecimal() else OrgUnit.objects.filter(slug=text)
    )
    unit = found.first()
    if unit is None:
        raise CommandError(f"There is no unit {text}. Give its number or its address in links.")
    return unit


@contextmanager
def explained() -> Iterator[None]:
    try:
        yield
    except FoundingError as error:
        raise CommandError(REFUSALS[error.code]) from error


def _member(number: str) -> Party:
    try:
        serial = parse_member_number(number)
    except ValueError:
        raise CommandError(f"{number} is not a member number.") from None
    party = Party.objects.filter(member_number=serial, kind=PartyKind.PERSON).first()
    if party is None:
        raise CommandError(f"There is no person with the member number {number}.")
    return party
