"""Members log in with the address the register already has: finding them by it, and joining the login to the person.

A login joined to a person uses that person's mandates. An address alone is not enough for that: whoever may edit a member's
details could put an address of their own there and log in as a treasurer. So a person with a mandate, and people who share
an address, are joined only by someone who decides it.
"""

from datetime import date

from django.db.models import QuerySet

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import MemberContact
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.identifiers import normalise_email
from members.models import ContactPoint, Mandate, Party, PartyLogin
from members.models.parties import ContactKind, PartyKind
from members.services import emails as addresses


def contact_for_email(email: str) -> MemberContact | None:
    """What the login needs to know to open an account for this address; None when nobody in the register has it.

    Settings name this function as ACCOUNTS_MEMBER_LOOKUP. Of people who share the address none is named.
    """
    people = list(_people_at([email], on=clock.today()).select_related("person")[:2])
    if not people:
        return None
    name = "" if len(people) > 1 else f"{people[0].person.first_names} {people[0].person.last_name}"
    return MemberContact(name, people[0].language)


def join_login(*, user: User, emails: list[str], on: date) -> PartyLogin | None:
    """Join the login to the one person who has one of its proved addresses; None where that is not certain."""
    if PartyLogin.objects.filter(user=user).exists():
        return None
    people = list(_people_at(emails, on=on)[:2])
    if len(people) != 1 or not _may_be_joined(people[0], on):
        return None
    with mutation(actor=user, kind="login.join", summary=f"{user.email}"):
        return PartyLogin.objects.create(user=user, party=people[0])


def is_same_person(one: User, other: User) -> bool:
    """Two logins of one person are one person."""
    if one.pk == other.pk:
        return True
    logins = PartyLogin.objects.filter(user__in=[one.pk, other.pk]).order_by("pk")
    parties = dict(logins.values_list("user_id", "party_id"))
    return len(parties) == 2 and len(set(parties.values())) == 1


def hold_back_login(user: User, new: str) -> bool:
    """Whether the change of the login's address to the new one waits; False for somebody without a post, whose is made at once.

    Settings name this function as ACCOUNTS_EMAIL_GUARD.
    """
    login = PartyLogin.objects.select_related("party").filter(user=user).first()
    if login is None or not addresses.is_guarded(login.party_id, clock.today()):
        return False
    addresses.hold_back_login(user=user, party=login.party, new=new)
    return True


def _people_at(emails: list[str], *, on: date) -> QuerySet[Party]:
    """Persons who have one of the addresses as theirs on the day and to whom mail still goes through."""
    keys = [key for email in emails if (key := _key(email))]
    points = ContactPoint.objects.on(on).filter(kind=ContactKind.EMAIL, key__in=keys, bounced_on=None)
    return Party.objects.filter(kind=PartyKind.PERSON, pk__in=points.values("party_id")).order_by("pk")


def _key(email: str) -> str:
    try:
        return normalise_email(email)
    except ValueError:  # the register keeps fewer kinds of addresses than a login form lets through
        return ""


def _may_be_joined(party: Party, on: date) -> bool:
    taken = PartyLogin.objects.filter(party=party).exists()
    return not taken and not Mandate.objects.not_over(on).filter(party=party).exists()
