"""What is typed into a search box, turned into a condition on the register's search vectors."""

from __future__ import annotations

import re

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q

from jasenpalvelu.common.identifiers import parse_member_number
from jasenpalvelu.common.sorting import fold

LONGEST_QUERY = 100


def terms(text: str) -> list[str]:
    """Folded words of the text: "O'Brien Seán-Pol" → ["obrien", "sean", "pol"]."""
    return all_terms(text[:LONGEST_QUERY])


def all_terms(text: str) -> list[str]:
    """The words of a stored text, folded like what is typed. Scripts that fold cannot write in Latin letters stay as they are."""
    return fold(text).split()


def search_filter(text: str, *, contacts: bool, of: Q | None = None) -> Q | None:
    """Condition for parties whose name, number, business ID or holding begins so, word by word.

    With `contacts` (field class B held) e-mail and phone are searched too, of all or of the parties that meet `of`. None when
    there is nothing to search by.
    """
    if not terms(text):
        return None
    condition = Q()
    for word in [_digits(text)] if _digits(text) else terms(text):
        condition &= _begins(word, contacts=contacts, of=of)
    serial = _member_number(text)
    return condition if serial is None else condition | _numbered(serial)


def _begins(word: str, *, contacts: bool, of: Q | None) -> Q:
    query = SearchQuery(f"'{word}':*", config="simple", search_type="raw")
    match = Q(search=query)
    if not contacts:
        return match
    return match | (Q(search_contact=query) if of is None else Q(search_contact=query) & of)


def _numbered(serial: int) -> Q:
    """The member with the number, also when it was that of an entry joined to the member's since."""
    from members.models import Party

    joined = Party.objects.filter(member_number=serial, merged_into__isnull=False)
    return Q(member_number=serial) | Q(pk__in=joined.values("merged_into"))


def _digits(text: str) -> str:
    """A telephone number or the like typed in groups, joined; "" when letters or a hyphened number are there."""
    return re.sub(r"\D", "", text) if re.fullmatch(r"\s*\+?[\d\s()]+", text) else ""


def _member_number(text: str) -> int | None:
    """The serial of a whole member number, "20479-3" or "204793"; None when it is not one."""
    if not re.fullmatch(r"\s*\d{4,9}-?\d\s*", text):
        return None
    try:
        return parse_member_number(text)
    except ValueError:
        return None
