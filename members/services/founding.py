"""Beginning a federation: its own unit, and the people who get a post before anybody is there to grant one (REG-1, REG-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jasenpalvelu.accounts.managers import normal_email
from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import create_account
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common.identifiers import normalise_email
from members.models import ContactPoint, Mandate, MembershipType, OrgUnit, Party, PartyLogin, RoleTemplate
from members.models.parties import ContactKind
from members.services import registering
from members.services.base_data import ensure_base_data
from members.services.base_types import create_common_types
from members.services.units import create_unit, take_turn

ROOT_KIND = "central"
FIRST_ROLE = "register_manager"


class FoundingError(Exception):
    """`code`: founded (there is another federation), address (not an e-mail address), known (the register has the address:
    say which member it is), other (the login belongs to somebody else), role (no such role)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Appointee:
    """Who gets a post: the address of the login, and the name for a person the register does not have yet."""

    email: str
    first_names: str = ""
    last_name: str = ""
    language: str = "fi"
    party: Party | None = None


def found(
    *, name_fi: str, name_sv: str, manager: Appointee, on: date, actor: User | None = None
) -> tuple[OrgUnit, Mandate]:
    """Base data, common membership types, the root unit and its first register manager, all or nothing.

    Said again with the same name it finds what it made. Raises FoundingError.
    """
    with mutation(actor=actor, kind="setup.found", summary=name_fi):
        take_turn()
        ensure_base_data(actor=actor)
        root = OrgUnit.objects.filter(kind_id=ROOT_KIND).order_by("pk").first()
        if root is None:
            root = create_unit(kind=ROOT_KIND, name_fi=name_fi, name_sv=name_sv, on=on, actor=actor)
        elif root.name_fi != name_fi:
            raise FoundingError("founded")
        if not MembershipType.objects.filter(unit=None).exists():
            create_common_types()
        return root, appoint(unit=root, role=FIRST_ROLE, who=manager, on=on, actor=actor)


def appoint(
    *,
    unit: OrgUnit,
    role: str,
    who: Appointee,
    on: date,
    until: date | None = None,
    actor: User | None = None,
) -> Mandate:
    """Give a person a post in the unit from `on` to `until` (the last day), with a login; the post in force if there is one.

    Whoever calls this has decided whose the address is. The code sent to it opens the login. Raises FoundingError.
    """
    template = RoleTemplate.objects.filter(code=role).first()
    if template is None:
        raise FoundingError("role")
    with mutation(actor=actor, kind="mandate.appoint", summary=str(template), unit_id=unit.pk):
        party = person_with_login(who=who, on=on, actor=actor)
        held = Mandate.objects.on(on).filter(party=party, unit=unit, template=template).order_by("pk").first()
        return held or Mandate.objects.create(
            party=party, unit=unit, template=template, valid_from=on, valid_to=until
        )


def person_with_login(*, who: Appointee, on: date, actor: User | None) -> Party:
    """The person of the login with the address; both are made when missing. The caller has a mutation under way."""
    try:
        key = normalise_email(who.email)
    except ValueError:
        raise FoundingError("address") from None
    user = User.objects.filter(email=normal_email(who.email)).first()
    login = PartyLogin.objects.select_related("party").filter(user=user).first() if user else None
    if login is not None:
        if who.party is not None and who.party.pk != login.party_id:
            raise FoundingError("other")
        return login.party
    party = who.party or _entered(who, key, on, actor)
    if user is None:
        full_name = f"{party.person.first_names} {party.person.last_name}"
        user = create_account(email=who.email, full_name=full_name, language=party.language)
    PartyLogin.objects.create(user=user, party=party)
    return party


def _entered(who: Appointee, key: str, on: date, actor: User | None) -> Party:
    if ContactPoint.objects.on(on).filter(kind=ContactKind.EMAIL, key=key).exists():
        raise FoundingError("known")
    return registering.create_person(
        actor=actor,
        first_names=who.first_names,
        last_name=who.last_name,
        language=who.language,
        email=who.email,
        on=on,
    )
