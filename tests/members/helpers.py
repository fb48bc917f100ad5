"""What several tests of the register set up."""

from __future__ import annotations

from jasenpalvelu.audit.services import mutation
from members.models import Mandate, PartyLogin, RoleTemplate, UnitRules
from members.services import registering
from tests.cast import JOINED, Cast


def appoint(cast: Cast, name: str, role: str, unit: str) -> Mandate:
    """Give a login of the cast a post; the person is entered when needed."""
    with mutation(actor=None, kind="test.appoint"):
        party = cast.parties.get(name)
        if party is None:
            party = registering.create_person(
                actor=None, first_names=name.capitalize(), last_name="Uusi", on=JOINED
            )
            cast.parties[name] = party
        PartyLogin.objects.get_or_create(user=cast.users[name], defaults={"party": party})
        template = RoleTemplate.objects.get(code=role)
        return Mandate.objects.create(
            party=party, unit=cast.units[unit], template=template, valid_from=JOINED
        )


def set_rules(cast: Cast, unit: str, **values: object) -> None:
    with mutation(actor=None, kind="test.rules"):
        UnitRules.objects.filter(unit=cast.units[unit]).update(**values)
