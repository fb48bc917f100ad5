"""Does the person being entered stand in the register already? Exact keys only, so the answer takes milliseconds (REG-5, REG-10).

A key is a reason: the same phone; the same e-mail and last name; the same birth date and the first three letters of the
last name; the same business ID; the same name and postal code; within one's own reach the same name alone, unless the birth dates tell
that they are two. The programme's first system joined registers by business
ID alone and sent double invoices, hence several keys.

A non-disclosed party is found by its name only and only inside the reader's own scope: an answer by phone, e-mail or
postal code would confirm what the order hides, and a hit elsewhere would tell that the person is a member somewhere.

Of somebody in another association only who is typed in full is confirmed: the whole name with the birth date, the e-mail or
the phone. One contact alone would be a way to try out numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, TextChoices
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.identifiers import normalise_email, normalise_phone, normalise_y_tunnus
from jasenpalvelu.common.sorting import fold, sort_key
from members.models import Membership, Party
from members.scope import Scope
from members.states import OPEN


class Reason(TextChoices):
    PHONE = "phone", _("the same phone number")
    EMAIL = "email", _("the same e-mail and last name")
    BIRTH = "birth", _("the same date of birth and beginning of the last name")
    Y_TUNNUS = "y_tunnus", _("the same business ID")
    NAME_PLACE = "name_place", _("the same name and postal code")
    NAME = "name", _("the same name")


@dataclass(frozen=True)
class Keys:
    """What was typed, as keys; an empty key matches nothing."""

    display_name: str
    last_name: str = ""
    phone: str = ""
    email: str = ""
    postal_code: str = ""
    y_tunnus: str = ""
    birth_date: date | None = None

    @classmethod
    def of(
        cls,
        *,
        display_name: str,
        last_name: str = "",
        phone: str = "",
        email: str = "",
        postal_code: str = "",
        y_tunnus: str = "",
        birth_date: date | None = None,
    ) -> Keys:
        """Keys of typed values; one that cannot be read is no key."""
        return cls(
            display_name=sort_key(display_name),
            last_name=fold(last_name),
            phone=_or_empty(normalise_phone, phone),
            email=_or_empty(normalise_email, email),
            postal_code=postal_code.strip(),
            y_tunnus=_or_empty(normalise_y_tunnus, y_tunnus),
            birth_date=birth_date,
        )


@dataclass(frozen=True)
class Candidate:
    """A party in the reader's scope that may be the same, with the reasons."""

    party: Party
    reasons: list[Reason]


@dataclass(frozen=True)
class Found:
    """`elsewhere`: reasons that match somebody outside the scope, of whom nothing else is told."""

    candidates: list[Candidate] = field(default_factory=list)
    elsewhere: list[Reason] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.candidates or self.elsewhere)


# In a wide reach a common name has more bearers than anybody looks through.
MOST_NAMESAKES = 20

# One round trip; every branch has its own index (contactpoint_key, person_birth_date, organisation_y_tunnus,
# holding_y_tunnus_once, party_by_name) and its own limit, so that a shared key cannot make the answer slow. What an entry that
# has been joined to another still has, its old name, finds the member.
_FIND = """
SELECT p.id, f.reason, p.non_disclosure, q.last_name, q.birth_date
FROM (
  (SELECT party_id, 'phone' AS reason FROM members_contactpoint
    WHERE key = %(phone)s AND kind = 'phone' AND valid_to IS NULL AND %(phone)s <> '' LIMIT 50)
  UNION ALL
  (SELECT party_id, 'email' FROM members_contactpoint
    WHERE key = %(email)s AND kind = 'email' AND valid_to IS NULL AND %(email)s <> '' LIMIT 50)
  UNION ALL
  (SELECT party_id, 'birth' FROM members_person WHERE birth_date = %(birth)s LIMIT 500)
  UNION ALL
  (SELECT party_id, 'y_tunnus' FROM members_organisation
    WHERE y_tunnus = %(y)s AND y_tunnus <> '' LIMIT 50)
  UNION ALL
  (SELECT responsible_id, 'y_tunnus' FROM members_holding WHERE y_tunnus = %(y)s AND y_tunnus <> '' LIMIT 50)
  UNION ALL
  (SELECT id, CASE WHEN EXISTS (SELECT 1 FROM members_contactpoint k WHERE k.party_id = n.id AND k.kind = 'address'
      AND k.valid_to IS NULL AND k.postal_code = %(postal)s AND %(postal)s <> '') THEN 'name_place' ELSE 'name' END
    FROM members_party n WHERE n.sort_key = %(name)s LIMIT 500)
) f JOIN members_party e ON e.id = f.party_id JOIN members_party p ON p.id = coalesce(e.merged_into_id, e.id)
LEFT JOIN members_person q ON q.party_id = f.party_id
"""


@dataclass
class _Match:
    """What of one party matches. `born_otherwise`: the birth date typed is not the one that is known."""

    reasons: set[Reason]
    secret: bool
    born_otherwise: bool = False


def find(*, keys: Keys, scope: Scope, exclude: int | None = None) -> Found:
    """Parties that may be the same as the one being entered; at most two queries."""
    matches = _matches(keys)
    matches.pop(exclude or 0, None)
    if not matches:
        return Found()
    present = Membership.objects.filter(party_id=OuterRef("pk"), state__in=OPEN)
    visible = {
        party.pk: party
        for party in Party.objects.visible_to(scope)
        .filter(pk__in=matches)
        .annotate(present=Exists(present.filter(scope.unit_filter("unit", "members.view"))))
        .select_related("person", "organisation")
    }
    told = {pk: _told(match, present=visible[pk].present) for pk, match in matches.items() if pk in visible}
    candidates = [
        Candidate(visible[pk], sorted(found, key=list(Reason).index)) for pk, found in told.items() if found
    ]
    candidates.sort(key=lambda c: (-len(c.reasons), c.reasons == [Reason.NAME], c.party.sort_key, c.party.pk))
    namesakes = [c for c in candidates if c.reasons == [Reason.NAME]]
    candidates = candidates[: len(candidates) - len(namesakes[MOST_NAMESAKES:])]
    outside = {
        reason
        for pk, match in matches.items()
        if pk not in visible and not match.secret
        for reason in _told_elsewhere(match.reasons)
    }
    return Found(candidates, sorted(outside, key=list(Reason).index))


def _told(match: _Match, *, present: bool) -> set[Reason]:
    """The reasons a reader may know. The same name alone is one: with no contacts typed there is no other key. Of a former member
    the association has the name and no contacts, and whether a phone number is right is not told."""
    found = match.reasons
    if match.secret:
        return found
    if present:
        doubtful = Reason.NAME_PLACE not in found and not (match.born_otherwise and found == {Reason.NAME})
        return found if doubtful else found - {Reason.NAME}
    named = {Reason.NAME} if found & {Reason.NAME, Reason.NAME_PLACE} else set()
    return named | (found & {Reason.Y_TUNNUS})


def _told_elsewhere(found: set[Reason]) -> set[Reason]:
    """A business ID is public; otherwise the name and something that goes with it."""
    beside = found & {Reason.BIRTH, Reason.EMAIL, Reason.PHONE}
    named = {Reason.NAME} | beside if beside and found & {Reason.NAME, Reason.NAME_PLACE} else set()
    return named | (found & {Reason.Y_TUNNUS})


def certain_match(*, keys: Keys) -> Party | None:
    """The one party that is the same beyond doubt: the same confirmed e-mail and exactly the same name. None if in doubt."""
    if not keys.email:
        return None
    rows = Party.objects.filter(
        sort_key=keys.display_name,
        kind="person",
        non_disclosure=False,
        person__deceased_on__isnull=True,
        contact_points__kind="email",
        contact_points__key=keys.email,
        contact_points__valid_to__isnull=True,
    ).select_related("person")
    found = {party.pk: party for party in rows.order_by("pk")[:2]}
    if len(found) != 1:
        return None
    party = next(iter(found.values()))
    born = party.person.birth_date
    return None if born and keys.birth_date and born != keys.birth_date else party


# The same keys between parties that are in the register, for a list of applicants. Nobody under an order on either side.
_TWINS = """
SELECT f.one, f.other, f.reason, a.last_name, b.last_name
FROM (
  SELECT x.party_id AS one, y.party_id AS other, x.kind AS reason
    FROM members_contactpoint x JOIN members_contactpoint y
      ON y.key = x.key AND y.kind = x.kind AND y.party_id <> x.party_id AND y.valid_to IS NULL
   WHERE x.party_id = ANY(%(ids)s) AND x.valid_to IS NULL AND x.kind IN ('phone', 'email') AND x.key <> ''
  UNION ALL
  SELECT x.party_id, y.party_id, 'birth' FROM members_person x JOIN members_person y
      ON y.birth_date = x.birth_date AND y.party_id <> x.party_id
   WHERE x.party_id = ANY(%(ids)s)
  UNION ALL
  SELECT x.id, y.id, 'name_place' FROM members_party x JOIN members_party y
      ON y.sort_key = x.sort_key AND y.id <> x.id
    JOIN members_contactpoint k ON k.party_id = x.id AND k.kind = 'address' AND k.valid_to IS NULL
    JOIN members_contactpoint l ON l.party_id = y.id AND l.kind = 'address' AND l.valid_to IS NULL
     AND l.postal_code = k.postal_code AND l.postal_code <> ''
   WHERE x.id = ANY(%(ids)s)
) f
JOIN members_party p ON p.id = f.one AND NOT p.non_disclosure
JOIN members_party q ON q.id = f.other AND NOT q.non_disclosure
LEFT JOIN members_person a ON a.party_id = f.one LEFT JOIN members_person b ON b.party_id = f.other
LIMIT 2000
"""


def twins_of(*, party_ids: Iterable[int], scope: Scope) -> dict[int, list[Candidate]]:
    """For each of the parties the others in the scope that may be the same; two queries for a whole list.

    The keys are contacts and birth dates, so only those count whom one of the reader's associations deals with now.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TWINS, {"ids": list(party_ids)})
        rows = cursor.fetchall()
    found: dict[int, dict[int, set[Reason]]] = {}
    for one, other, code, own_name, other_name in rows:
        keys = Keys(display_name="", last_name=fold(own_name or ""))
        reason = _reason(Reason(code), keys, fold(other_name or ""), secret=False)
        if reason is not None:
            found.setdefault(one, {}).setdefault(other, set()).add(reason)
    others = {pk for matches in found.values() for pk in matches}
    present = Membership.objects.filter(party_id=OuterRef("pk"), state__in=OPEN)
    reached = Exists(present.filter(scope.unit_filter("unit", "members.view", "B")))
    visible = Party.objects.filter(reached, pk__in=others).in_bulk() if others else {}
    return {
        one: [
            Candidate(visible[pk], sorted(reasons, key=list(Reason).index))
            for pk, reasons in sorted(matches.items())
            if pk in visible
        ]
        for one, matches in found.items()
    }


def _matches(keys: Keys) -> dict[int, _Match]:
    """party → what matches, checked against what an index cannot compare."""
    params = {
        "phone": keys.phone,
        "email": keys.email,
        "birth": keys.birth_date,
        "y": keys.y_tunnus,
        "name": keys.display_name,
        "postal": keys.postal_code,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND, params)
        rows = cursor.fetchall()
    found: dict[int, _Match] = {}
    for party_id, code, secret, last_name, born in rows:
        reason = _reason(Reason(code), keys, fold(last_name or ""), secret=secret)
        if reason is not None:
            match = found.setdefault(party_id, _Match(set(), secret))
            match.reasons.add(reason)
            match.born_otherwise |= bool(born and keys.birth_date and born != keys.birth_date)
    return found


def _reason(reason: Reason, keys: Keys, last_name: str, *, secret: bool) -> Reason | None:
    if secret:
        return Reason.NAME if reason in {Reason.NAME, Reason.NAME_PLACE} else None
    if reason == Reason.EMAIL:
        return reason if last_name == keys.last_name else None
    if reason == Reason.BIRTH:
        begins = keys.last_name[:3]
        return reason if begins and last_name.startswith(begins) else None
    return reason


def _or_empty(normalise, text: str) -> str:  # type: ignore[no-untyped-def]
    try:
        return normalise(text) if text else ""
    except ValueError:
        return ""
