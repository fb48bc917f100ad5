"""Where a waiting payment may belong: open invoices with everything that speaks for them. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

from billing.models import Invoice, PayerAccount, PaymentRow
from billing.models.invoices import InvoiceKind
from jasenpalvelu.common.sorting import fold, sort_key
from members.merged import stubs
from members.models import HoldingMember, PartyLink

REASONS = {
    "same_reference": _("the same reference"),
    "reference": _("nearly the same reference"),
    "number": _("invoice number in the message"),
    "amount": _("the same sum"),
    "name": _("the same name"),
    "account": _("has paid from this account before"),
    "household": _("the same household"),
}
_WEIGHTS = {
    "same_reference": 80,
    "reference": 60,
    "number": 60,
    "account": 40,
    "amount": 35,
    "name": 45,
    "household": 15,
}
# Below this nothing speaks for the invoice but chance: a sum alone is shared by hundreds.
_LEAST = 45
_ENOUGH = 300
# So many letters of a word are taken to be right.
_WORD_BEGINS = 4
_DOTTED = {"a": "aäå", "o": "oö"}
# How many invoices a search shows; one that finds more says so.
FOUND = 10


@dataclass(frozen=True)
class Suggestion:
    """An open invoice the payment may belong to, with everything that speaks for it."""

    invoice: Invoice
    reasons: tuple[str, ...]
    score: int

    @property
    def reason_texts(self) -> list[str]:
        return [str(REASONS[reason]) for reason in self.reasons]


def suggest(*, row: PaymentRow, limit: int = 4) -> list[Suggestion]:
    """Open invoices of the account's owner that the payment may belong to, the likeliest first."""
    known = set(
        PayerAccount.objects.filter(payer_iban=row.payer_iban)
        .exclude(payer_iban="")
        .values_list("party_id", flat=True)
    )
    known |= stubs(known).keys()
    candidates = _candidates(row, known)
    named = {invoice.payer_id for invoice in candidates if _same_name(row.payer_name, invoice.payer_name)}
    households = _households(known | named)
    suggestions = []
    for invoice in candidates:
        reasons = tuple(_reasons(row, invoice, known, named, households))
        score = sum(_WEIGHTS[reason] for reason in reasons)
        if score >= _LEAST:
            suggestions.append(Suggestion(invoice, reasons, score))
    return sorted(suggestions, key=lambda s: (-s.score, s.invoice.due_date, s.invoice.pk))[:limit]


def find_invoices(*, row: PaymentRow, text: str, limit: int = FOUND) -> list[Invoice]:
    """Open invoices of the account's owner by number, reference, member number or the beginning of the payer's name."""
    typed = text.strip()
    if not typed:
        return []
    digits = re.sub(r"[^0-9]", "", typed)[:25]
    condition = Q(payer_sort_key__startswith=sort_key(typed)) | Q(payer_number=typed)
    if re.fullmatch(r"\d{4}-\d{1,6}", typed):
        condition |= Q(year=int(typed[:4]), number=int(typed[5:]))
    if digits:
        condition |= Q(reference=digits)
    found = _open(row.unit_id).filter(condition)
    return list(found.order_by("payer_sort_key", "due_date", "pk")[:limit])


def _open(unit_id: int) -> QuerySet[Invoice]:
    return Invoice.objects.filter(
        creditor_id=unit_id, kind=InvoiceKind.INVOICE, open_amount__gt=0
    ).select_related("payer")


def _candidates(row: PaymentRow, known: Iterable[int]) -> list[Invoice]:
    """Invoices that share the account, the reference, the message or the beginning of the name with the payment.

    The likelier ones first, before there are enough: a fee all pay alike and a name many bear fill any list. The sum only
    ranks and never finds; for the same reason it could not make a suggestion by itself.
    """
    sure, perhaps = Q(payer_id__in=set(known)), Q(pk__in=[])
    for year, number in _numbers(row.message):
        sure |= Q(year=year, number=number)
    reference = _reference_of(row)
    if reference.isascii() and reference.isdigit():
        sure |= Q(reference__in=_mistypings(reference))
    family = {key for group in _households(set(known)).values() for key in group}
    sure |= Q(payer_id__in=family | stubs(family).keys())
    for word in row.payer_name.lower().split():
        if len(word) > 2:
            perhaps |= Q(payer_sort_key__startswith=sort_key(word))
            for beginning in _beginnings(word):
                perhaps |= Q(payer_sort_key__startswith=beginning, open_amount=row.amount)
    whole_name = Q(payer_sort_key__in=_whole_names(row.payer_name))
    likely = Case(
        When(sure, then=Value(0)),
        When(whole_name, then=Value(1)),
        When(open_amount=row.amount, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return list(_open(row.unit_id).filter(sure | perhaps).order_by(likely, "due_date", "pk")[:_ENOUGH])


def _reference_of(row: PaymentRow) -> str:
    """What was typed as the reference; a payment booked by hand has only the reference itself."""
    return row.reference_key or row.reference


def _whole_names(bank_name: str) -> list[str]:
    """The name as it stands in the register if the bank wrote all of it, family name first or last."""
    words = sort_key(bank_name).split()
    return [" ".join(words), " ".join([*words[-1:], *words[:-1]])]


def _beginnings(word: str) -> set[str]:
    """How a name may begin that somebody wrote otherwise at its end or without the dots of its letters."""
    letters = [_DOTTED.get(letter, letter) for letter in word[:_WORD_BEGINS]]
    return {sort_key("".join(chosen)) for chosen in product(*letters)}


def _reasons(
    row: PaymentRow, invoice: Invoice, known: set[int], named: set[int], households: dict[int, set[int]]
) -> Iterable[str]:
    reference = _reference_of(row)
    if reference and reference == invoice.reference:
        yield "same_reference"
    elif reference and DamerauLevenshtein.distance(reference, invoice.reference, score_cutoff=2) <= 2:
        yield "reference"
    if (invoice.year, invoice.number) in _numbers(row.message):
        yield "number"
    if invoice.open_amount == row.amount:
        yield "amount"
    if invoice.payer_id in named:
        yield "name"
    if invoice.payer_id in known:
        yield "account"
    if any(invoice.payer_id in group for key, group in households.items() if key != invoice.payer_id):
        yield "household"


def _mistypings(digits: str) -> set[str]:
    """What may have been meant by a reference with one digit wrong, missing or too many, or two next to each other swapped."""
    places = range(len(digits))
    wrong = {digits[:i] + d + digits[i + 1 :] for i in places for d in "0123456789"}
    missing = {digits[:i] + d + digits[i:] for i in range(len(digits) + 1) for d in "0123456789"}
    extra = {digits[:i] + digits[i + 1 :] for i in places}
    swapped = {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in places[:-1]}
    return wrong | missing | extra | swapped


def _numbers(message: str) -> set[tuple[int, int]]:
    """Invoice numbers written in a message: 2026-000412 or 2026-412."""
    return {(int(year), int(number)) for year, number in re.findall(r"\b(20\d\d)-(\d{1,6})\b", message)}


def _same_name(bank_name: str, payer_name: str) -> bool:
    """Banks write METSÄPELTO T or TAUNO METSÄPELTO: every word fits the start of a word of the payer's name."""
    typed, known = fold(bank_name).split(), fold(payer_name).split()
    if not typed or not known:
        return False
    fits = all(any(name.startswith(word) for name in known) for word in typed)
    return (fits and max(len(word) for word in typed) > 2) or fuzz.token_sort_ratio(
        fold(bank_name), fold(payer_name)
    ) >= 90


def _households(parties: set[int]) -> dict[int, set[int]]:
    """For each party those linked to it as family or by a holding."""
    groups: dict[int, set[int]] = {party: set() for party in parties}
    if not parties:
        return groups
    links = PartyLink.objects.filter(Q(party__in=parties) | Q(other__in=parties), valid_to=None)
    for one, other in links.order_by("pk").values_list("party_id", "other_id"):
        for key, value in ((one, other), (other, one)):
            if key in groups:
                groups[key].add(value)
    shared = HoldingMember.objects.filter(holding__members__party__in=parties, valid_to=None)
    for party, other in shared.order_by("pk").values_list("holding__members__party_id", "party_id"):
        if party in groups and party != other:
            groups[party].add(other)
    return groups
