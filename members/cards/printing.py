"""Cards on paper: one of the size of a bank card, or ten on a sheet of A4 (design: 85.6 × 54 mm, cut along the marks)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from jasenpalvelu.common import clock, paper
from jasenpalvelu.common.codes import qr_drawing
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.logo import Logo, read_logo
from members.cards.reading import Card
from members.cards.signing import address
from members.models import OrgUnit

TEMPLATE = "documents/cards.html"
PER_SHEET = 10
# Longer names of associations stand on two lines.
ONE_LINE = 38
QR_SIZE = "24mm"


def single(card: Card, *, base: str) -> bytes:
    """One card as a page of its own size. `base` is the address of the service."""
    unit = card.membership.unit
    return paper.pdf(TEMPLATE, _values([card], base, body="card1"), logo_of(unit))


def singles(cards: Sequence[Card], *, base: str) -> bytes:
    """Cards of one association, each on a page of its own size: for a card printer."""
    return paper.pdf(TEMPLATE, _values(cards, base, body="card1"), logo_of(cards[0].membership.unit))


def sheets(cards: Sequence[Card], *, base: str) -> bytes:
    """Cards of one association ten to a sheet, edge to edge, crop marks outside."""
    return paper.pdf(TEMPLATE, _values(cards, base, body="cards"), logo_of(cards[0].membership.unit))


def logo_of(unit: OrgUnit) -> Logo | None:
    if not unit.logo:
        return None
    try:
        with unit.logo.open("rb") as file:
            return read_logo(bytes(file.read()))
    except FileNotFoundError:
        return None


def _values(cards: Sequence[Card], base: str, *, body: str) -> dict[str, Any]:
    drawn = [_drawn(card, base) for card in cards]
    unit = cards[0].membership.unit
    return {
        "lang": "fi",
        "title": _("Membership card") if len(cards) == 1 else _("Membership cards"),
        "author": unit.name,
        "created": clock.today().isoformat(),
        "body": body,
        "logo": bool(unit.logo),
        "sheets": [drawn[start : start + PER_SHEET] for start in range(0, len(drawn), PER_SHEET)],
    }


def _drawn(card: Card, base: str) -> dict[str, Any]:
    """The card in the member's own language."""
    membership = card.membership
    with translation.override(membership.party.language):
        unit = membership.unit.name
        return {
            "unit": unit,
            "low": len(unit) > ONE_LINE,
            "name": card.name,
            "facts": [
                (_("Member number"), card.number),
                (_("Type"), str(membership.type)),
                (_("Valid until"), format_date(card.valid_until)),
            ],
            "qr": qr_drawing(
                address(base, card.token), size=QR_SIZE, alt=_("QR code of the card"), error="m"
            ),
            "kind": capfirst(_("membership card")),
        }
