"""What billing lets a segment ask: whether a payer's invoices are paid (REG-8). Class D, as it is now, not as of a day."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.list_columns import STATES, load, state
from members import filters
from members.choosing import Choices
from members.segments import criteria, fields
from members.segments.criteria import Known
from members.tables import Loading, MemberRow

CLAUSES = {
    ("late", "is"): _("who are late with a payment"),
    ("late", "is_not"): _("who are not late with any payment"),
    ("open", "is"): _("who have something to pay"),
    ("open", "is_not"): _("who have nothing to pay"),
    ("paid", "is"): _("who have nothing to pay"),
    ("paid", "is_not"): _("who have something to pay"),
}


def _clause(choices: Choices, values: dict[str, Any], op: str) -> str:
    return str(CLAUSES[values["what"], op])


def _fact(known: Known, values: dict[str, Any]) -> str:
    row = MemberRow(known.party, known.memberships, frozenset("D"))
    return str(state(load(Loading(known.choices.scope, [row], known.on)).get(known.party.pk)))


def register() -> None:
    """Called when the app is ready."""
    label: Any = pgettext_lazy("of a member", "Payments")
    criteria.register(
        criteria.Kind(
            "payment",
            label,
            "money",
            lambda found, values: filters.registered("payment").narrow(found, values["what"]),
            _clause,
            fact=_fact,
            fields=lambda choices: {"what": fields.choice(label, STATES)},
            classes="D",
            order=10,
        )
    )
