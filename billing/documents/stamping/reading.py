"""What of a document belongs to its form and what is written onto it.

Everything comes from the same strings the template is filled with (`layout.context`), so that a stamped page can say nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from billing.documents import layout
from billing.documents.codes import epc_text
from billing.documents.metrics import MM
from billing.documents.model import InvoiceDocument, Sender
from billing.documents.stamping.faces import face

Text = str | tuple[str, ...]
# Cells of a row that may take several lines; in the table of page 2 letters are smaller.
_CELLS = tuple(zip(("component", "basis", "beneficiary"), ("c", "b", "p"), layout.COLUMNS, strict=True))
_GROUP, _MESSAGE, _BODY, _SMALL = 124.5 * MM, 152 * MM, 9.0, 8.5


@dataclass(frozen=True, slots=True)
class Form:
    """All that is drawn alike on every document of the form: what is printed, and how many lines what is written takes."""

    sender: Sender
    language: str
    kind: str
    heading: str
    facts: tuple[str, ...]
    keys: tuple[tuple[str, bool], ...]
    notes: tuple[str, ...]
    messages: tuple[str, ...]
    statement: int
    rows: tuple[int, ...]
    groups: tuple[int, ...]
    vat_rows: int
    slips: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """What the bar and the QR code of one slip say; `suffix` as in the ids of its texts."""

    suffix: str
    digits: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reading:
    form: Form
    texts: dict[str, Text]
    codes: tuple[Code, ...]
    values: dict[str, Any]


def read(document: InvoiceDocument, *, summary: bool | None = None) -> Reading:
    """Unfit when a letter or a word does not go; DocumentError is asked by the caller before."""
    values = layout.context(document, summary=summary, codes=False)
    texts: dict[str, Text] = {"running": values["running"], "total": values["total"]}
    texts.update((f"a{number}", line) for number, line in values["address"])
    texts.update((fact.id, fact.value) for fact in values["facts"])
    texts.update((key.id, key.value) for key in values["keys"])
    rows = _rows(values, texts)
    groups = _groups(values, texts)
    _tables(values, texts)
    form = Form(
        sender=document.creditor,
        language=document.language,
        kind=document.kind,
        heading=values["heading"],
        facts=tuple([fact.id for fact in values["facts"]]),
        keys=tuple([(key.id, key.small) for key in values["keys"]]),
        notes=tuple(values["notes"]),
        messages=tuple(values["messages"]),
        statement=_statement(values, texts),
        rows=rows,
        groups=groups,
        vat_rows=len(values["vat_rows"]),
        slips=tuple([_slip(slip, texts) for slip in values["slips"]]),
    )
    codes = [
        Code(slip["suffix"], slip["digits"], epc_text(document, row))
        for slip, row in zip(values["slips"], document.payments, strict=True)
    ]
    return Reading(form, texts, tuple(codes), values)


def _wrapped(values: dict[str, Any], text: str, limit: float, size: float) -> tuple[Text, int]:
    if not text:
        return "", 1
    lines = face(400, size).wrap(text, limit, values["lang"])
    return (lines[0], 1) if len(lines) == 1 else (lines, len(lines))


def _rows(values: dict[str, Any], texts: dict[str, Text]) -> tuple[int, ...]:
    heights = []
    size = _SMALL if values["groups"] else _BODY
    for line in values["lines"]:
        name, height = f"l{line['n']}", 1
        for column, suffix, limit in _CELLS:
            texts[name + suffix], lines = _wrapped(values, line[column], limit, size)
            height = max(height, lines)
        texts[f"{name}v"], texts[f"{name}e"] = line["vat"], line["amount"]
        heights.append(height)
    return tuple(heights)


def _groups(values: dict[str, Any], texts: dict[str, Text]) -> tuple[int, ...]:
    heights = []
    for number, group in enumerate(values["groups"], start=1):
        texts[f"s{number}n"], height = _wrapped(values, group["name"], _GROUP, _BODY)
        texts[f"s{number}r"], texts[f"s{number}e"] = group["rows"], group["amount"]
        heights.append(height)
    if heights:
        texts["total1"] = values["total"]
    return tuple(heights)


def _tables(values: dict[str, Any], texts: dict[str, Text]) -> None:
    """VAT by rates, and instalments: one line each."""
    for number, row in enumerate(values["vat_rows"], start=1):
        texts.update({f"t{number}{name[0]}": row[name] for name in ("label", "net", "tax", "gross")})
    for number, row in enumerate(values["instalments"], start=1):
        texts |= {f"i{number}d": row["due"], f"i{number}r": row["reference"], f"i{number}e": row["amount"]}


def _statement(values: dict[str, Any], texts: dict[str, Text]) -> int:
    if not values["statement"]:
        return 0
    texts["statement"], lines = _wrapped(values, values["statement"], _MESSAGE, _SMALL)
    return lines


def _slip(slip: dict[str, Any], texts: dict[str, Text]) -> tuple[int, bool]:
    """The other reference is set by its end, so how long it is belongs to the form; a missing member number moves what is below."""
    end = slip["suffix"]
    texts.update((f"g{number}{end}", line) for number, line in slip["payer"])
    texts.update((key.id, key.value) for key in slip["keys"])
    texts |= {
        f"virt{end}": slip["digits"],
        f"other{end}": slip["other"],
        f"gno{end}": slip["document"],
        f"gmem{end}": slip["member"],
        f"gref{end}": slip["reference"],
        f"gdue{end}": slip["due"],
        f"gsum{end}": slip["amount"],
    }
    return len(slip["other"]), bool(slip["member"])
