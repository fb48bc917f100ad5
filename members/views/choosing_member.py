"""Another member named on a form: by the member number, or by a name, of which the matches are then chosen from."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from jasenpalvelu.common.forms import OptionLabel, UiForm, sized
from members.forms.fields import SOMEBODY_ELSE
from members.models import Membership, Party
from members.scope import Scope
from members.searching import search_filter
from members.states import OPEN

MOST = 10


def chosen(form: UiForm, name: str, parties: QuerySet[Party], scope: Scope) -> Party | None:
    """The member that was meant, of `parties`; None with the error in the form.

    After a name the field is its matches to choose from, each with its number, so that choosing and typing the number are one.
    """
    value = form.cleaned_data[name]
    if isinstance(value, int):
        party = parties.filter(member_number=value).first()
        if party is None:
            form.add_error(name, _("No member with this number is found in your associations."))
        return party
    condition = search_filter(value, contacts=False)
    found = (
        list(parties.filter(condition).order_by("sort_key", "pk")[: MOST + 1])
        if condition is not None
        else []
    )
    if not found:
        form.add_error(name, _("Nobody of this name is found in your associations."))
    elif len(found) > MOST:
        form.add_error(name, _("More than %(n)s match. Write more of the name.") % {"n": MOST})
    else:
        _offer(form, name, found, scope)
    return None


def _offer(form: UiForm, name: str, found: list[Party], scope: Scope) -> None:
    rows = Membership.objects.visible_to(scope).filter(party__in=found, state__in=OPEN)
    places: dict[int, list[str]] = {}
    for row in rows.select_related("unit", "type").order_by("pk"):
        places.setdefault(row.party_id, []).append(f"{row.type}, {row.unit}")
    typed = form.fields[name]
    choices = [
        (party.number, OptionLabel(party.display_name, "; ".join(places.get(party.pk, [])), party.number))
        for party in found
    ]
    form.fields[name] = forms.ChoiceField(
        label=typed.label,
        choices=[*choices, (SOMEBODY_ELSE, OptionLabel(_("Somebody else"), _("Write the name again.")))],
        widget=sized(forms.RadioSelect(), look="options"),
    )
    form._bound_fields_cache.pop(name, None)  # type: ignore[attr-defined] # drawn anew with the choices
    form.add_error(name, _("Choose which one you mean."))
