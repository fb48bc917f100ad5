"""What several tests of the register set up."""

from __future__ import annotations

from typing import Any

from django.forms import CheckboxSelectMultiple

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


def form_values(response: Any, **values: object) -> dict[str, object]:
    """What a browser would send back: the shown form's values, with some typed over."""
    form = response.context["form"]
    sent: dict[str, object] = {}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "format_value") and not isinstance(value, bool):
            value = bound.field.widget.format_value(value)
        if isinstance(bound.field.widget, CheckboxSelectMultiple):
            value = value or None
        elif isinstance(value, list):
            value = value[0] if value else ""
        if value not in (None, False):
            sent[bound.html_name] = value
    sent |= dict(getattr(form, "seen", []))
    if "seen" in response.context:
        sent["seen"] = response.context["seen"]
    return {name: value for name, value in {**sent, **values}.items() if value is not None}
