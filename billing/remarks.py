"""What a calculation remarked about a payer, in words: what happened and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from billing.pricing.texts import NAMES
from billing.wording import money
from jasenpalvelu.common.money import format_number
from members.models import FeeBasisKind

ERRORS = {
    "no_table": _("The association has no decided fee table for the year."),
    "no_bracket": _("No class of the fee table fits: %(detail)s."),
    "basis_missing": _("The basis of the fee is missing: %(detail)s."),
    "no_address": _("The payer has neither a postal address nor an e-mail address."),
    "payer_deceased": _("The payer has died. Choose another payer or responsible member for the holding."),
    "charged_already": _("Another run charged the same fee while this one was being approved."),
}
SHORT_ERRORS = {
    "no_table": _("no fee table"),
    "no_bracket": _("no class"),
    "basis_missing": _("basis missing"),
    "no_address": _("address missing"),
    "payer_deceased": _("payer has died"),
    "charged_already": _("charged by another run"),
}
EXPLANATIONS = {
    "two_associations": _("The union's share is counted only once."),
    "same_y_tunnus": _("They may be one and the same. Join them if so."),
    "no_y_tunnus": _("Check that nobody is billed twice."),
    "holding_without_id": _(
        "Forest owners often have none. Where there is one, it tells when two payers are one and the same."
    ),
    "area_missing": _("The fee was counted from the area that is recorded."),
    "amount_differs": _("The sum of the first association was used."),
}
# So common among forest owners that it is told in one line and hides nothing else.
USUAL = "holding_without_id"
WARNINGS = {
    "area_missing": _(
        "The share lying in the association's area is not known, so the part was counted from what is recorded."
    ),
    "amount_differs": _(
        "Two associations collect the same part with different sums: %(detail)s. The first was used."
    ),
    "two_associations": _("The holding belongs to two associations. The union's share is charged once."),
    "no_y_tunnus": _(
        "A holding has no business ID and the payer belongs to several associations: check that nobody is billed twice."
    ),
    "holding_without_id": _("A holding has no business ID."),
    "same_y_tunnus": _("Another payer has the same business ID, %(detail)s."),
    "rise": _("The fee rises by %(detail)s."),
}
NOTES = {
    "already_charged": _("Charged already or paid by another payer: left out."),
    "charged_elsewhere": _("Charged once although several memberships lead to it."),
    "joined_after_cutoff": _("Joined so late in the year that this part is not charged."),
    "outside_period": _("The membership is not in force in the fee year."),
    "covered": _("Covered by the fee of another member of the family."),
    "joined_areas": _("The spouses’ areas are counted together."),
}


def basis_names() -> dict[str, str]:
    """Names of the fee bases in the active language; read once for a list of remarks."""
    return {kind.pk: str(kind) for kind in FeeBasisKind.objects.order_by("pk")}


def error_text(remark: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    """`kinds` are the names of the fee bases."""
    detail = _detail(remark)
    if remark["code"] == "basis_missing":
        detail = ", ".join(kinds.get(part, part) for part in detail.split("+"))
    return _with_component(remark, str(ERRORS.get(remark["code"], remark["code"])) % {"detail": detail})


def warning_text(remark: Mapping[str, Any]) -> str:
    return _with_component(
        remark, str(WARNINGS.get(remark["code"], remark["code"])) % {"detail": _detail(remark)}
    )


def note_text(remark: Mapping[str, Any]) -> str:
    if remark["code"] in WARNINGS:
        return warning_text(remark)
    return _with_component(remark, str(NOTES.get(remark["code"], remark["code"])))


def count_text(code: str, count: int) -> str:
    """The same remark about many payers: "7 holdings are in two associations"."""
    texts = {
        "rise": ngettext("%(n)s fee rises more than 50 €", "%(n)s fees rise more than 50 €", count),
        "two_associations": ngettext(
            "%(n)s payer belongs to two associations", "%(n)s payers belong to two associations", count
        ),
        "same_y_tunnus": ngettext(
            "%(n)s payer shares a business ID with another",
            "%(n)s payers share a business ID with another",
            count,
        ),
        "no_y_tunnus": ngettext(
            "%(n)s payer of several associations lacks a business ID",
            "%(n)s payers of several associations lack a business ID",
            count,
        ),
        "holding_without_id": ngettext(
            "%(n)s payer has a holding without a business ID",
            "%(n)s payers have a holding without a business ID",
            count,
        ),
        "area_missing": ngettext(
            "%(n)s holding lacks its area in the association",
            "%(n)s holdings lack their area in the association",
            count,
        ),
        "amount_differs": ngettext(
            "%(n)s payer is asked two sums for the same part",
            "%(n)s payers are asked two sums for the same part",
            count,
        ),
    }
    return texts.get(code, code) % {"n": format_number(count, _language())}


def short_error(code: str) -> str:
    """The reason in a list of reasons with their numbers: "address missing 3"."""
    return str(SHORT_ERRORS.get(code, code))


def explanation(code: str) -> str:
    return str(EXPLANATIONS.get(code, ""))


def _detail(remark: Mapping[str, Any]) -> str:
    text = str(remark.get("detail", ""))
    code = remark["code"]
    if code == "no_bracket":
        return format_number(Decimal(text), _language())
    if code == "rise":
        return money(Decimal(text))
    if code == "amount_differs":
        return ", ".join(money(Decimal(part)) for part in text.split())
    return text


def _with_component(remark: Mapping[str, Any], text: str) -> str:
    name = remark.get("component_name") or NAMES.get(remark.get("component", ""), {}).get(_language(), "")
    return f"{name}: {text}" if name else text


def _language() -> str:
    return get_language() or "fi"
