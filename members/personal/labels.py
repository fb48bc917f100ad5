"""What the columns of the person's copy are called: the model's own name of the field, or the one given here."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Field, Model
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Fields no page names, and those whose name in the code means nothing to the person.
_NAMES: dict[str, object] = {
    "action_time": _("time"),
    "after": pgettext_lazy("change", "after"),
    "applied_on": _("applied on"),
    "asked_by_id": _("asked by"),
    "basis_text": _("basis"),
    "before": pgettext_lazy("change", "before"),
    "beneficiary_id": _("for whom"),
    "booked_on": _("booked on"),
    "codes": _("remarks"),
    "component": _("part of the fee"),
    "confirmed_on": _("confirmed on"),
    "created_at": _("Created"),
    "creditor_id": _("from"),
    "credits_id": _("credits the invoice"),
    "data": _("what was told"),
    "decided_by_id": _("decided by"),
    "decision_id": _("decision"),
    "due_date": _("due date"),
    "email": _("E-mail"),
    "errors": _("errors"),
    "full_name": _("Name"),
    "holding_id": _("holding"),
    "invoice_date": _("day of the invoice"),
    "invoice_id": _("invoice"),
    "ip": _("network address"),
    "kind": _("kind"),
    "language": _("Language"),
    "last_login": _("logged in last"),
    "last_seen_at": _("seen last"),
    "last_used_at": _("used last"),
    "lines": _("lines"),
    "list_name": _("list"),
    "membership_id": _("membership"),
    "merged_id": _("was joined"),
    "message": _("message"),
    "name": _("name"),
    "notes": _("notes"),
    "number": _("number"),
    "on": _("day"),
    "one_id": _("member"),
    "opened_by_id": _("taken up by"),
    "dismissed_by_id": _("said by"),
    "confirmed_by_id": _("confirmed by"),
    "round_id": _("check"),
    "issued_by_id": _("issued by"),
    "open_amount": _("still open"),
    "other_id": _("other person"),
    "party_id": _("member"),
    "payer_address": _("address on the invoice"),
    "payer_data": _("payer on the invoice"),
    "payer_iban": _("payer's account"),
    "payer_id": _("payer"),
    "payer_name": _("payer"),
    "payer_number": _("member number"),
    "payer_y_tunnus": _("business ID"),
    "previous_total": _("last year"),
    "query": _("filters"),
    "reasons": _("reasons"),
    "reference": _("reference"),
    "reference_raw": _("reference as given"),
    "returned_on": _("returned on"),
    "score": _("likeness, 0–100"),
    "state": _("state"),
    "survivor_id": _("goes on"),
    "text": _("text"),
    "title": _("title"),
    "total": _("in all"),
    "type": _("kind"),
    "unit_id": _("association"),
    "user_agent": _("browser"),
    "user_id": _("user"),
    "value": _("value"),
    "actor_id": _("who did it"),
    "amount": _("amount"),
    "warnings": _("warnings"),
    "year": _("year"),
}


def models_by_table() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def field_of(model: type[Model], column: str) -> Field:
    return next(f for f in model._meta.concrete_fields if f.column == column)


def has_name(model: type[Model], column: str) -> bool:
    """Whether people are told what the column is, in their language."""
    return isinstance(field_of(model, column).verbose_name, Promise) or column in _NAMES


def label(model: type[Model], column: str) -> str:
    """In the reader's language; the models' own names come first."""
    own = field_of(model, column).verbose_name
    name = own if isinstance(own, Promise) else _NAMES.get(column, column)
    return str(capfirst(str(name)))
