"""Words of the requests about one's data, and of what an erasure does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jasenpalvelu.common.dates import format_date
from members.models import DataRequest, Erasure, ErasureRun
from members.models.data_requests import RequestKind, RequestState
from members.personal import registry
from members.services.erasing import Line


def ask_title(kind: str) -> str:
    texts = {
        RequestKind.ACCESS: _("Ask to see the data"),
        RequestKind.CORRECTION: _("There is a mistake"),
        RequestKind.ERASURE: _("Ask for an erasure"),
        RequestKind.RESTRICTION: _("Ask to restrict the use"),
        RequestKind.OBJECTION: _("Object to the use"),
    }
    return texts[RequestKind(kind)]


def ask_lede(kind: str) -> str:
    texts = {
        RequestKind.ACCESS: _("You can also download everything at once yourself."),
        RequestKind.CORRECTION: _("Your association corrects it, or tells why it is right as it is."),
        RequestKind.ERASURE: _(
            "The data is erased when you are not a member any more. What the law tells to keep stays for its time, and you are told what."
        ),
        RequestKind.RESTRICTION: _(
            "For example while it is found out whether the data is right, it is only kept and not used."
        ),
        RequestKind.OBJECTION: _("Tell what you do not want your data to be used for, and why."),
    }
    return texts[RequestKind(kind)]


def kinds() -> list[tuple[str, str, str]]:
    """What one may ask on one's own pages: the key, a link and what it means."""
    own = [k for k in RequestKind if k != RequestKind.ACCESS]
    return [(kind.value, ask_title(kind), ask_lede(kind)) for kind in own]


def state_chip(row: DataRequest, on: date) -> tuple[str, str]:
    """Kind and text of the chip."""
    if row.is_overdue(on):
        return "danger", _("Late")
    if row.is_open:
        return "info", _("Waits for an answer")
    kinds_of = {RequestState.DONE: "done", RequestState.REFUSED: "warn", RequestState.WITHDRAWN: "plain"}
    return kinds_of[RequestState(row.state)], str(row.get_state_display()).capitalize()


def due_text(row: DataRequest, on: date) -> str:
    if not row.is_open:
        return ""
    days = (row.due_on - on).days
    if days < 0:
        return ngettext("%(n)s day late", "%(n)s days late", -days) % {"n": -days}
    return _("Answer by %(day)s") % {"day": format_date(row.due_on)}


# --- erasures -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Told:
    """A line of a preview or a receipt."""

    title: str
    told: str
    rule: str = ""
    until: str = ""


def gone(lines: Sequence[Line]) -> list[Told]:
    return _merged([Told(_title(line.table), _rows(line.gone)) for line in lines])


def stays(lines: Sequence[Line]) -> list[Told]:
    return _by_reason([(line.table, line.hold, line.until) for line in lines])


def receipt(row: Erasure | ErasureRun) -> tuple[list[Told], list[Told]]:
    """What was erased and what stayed, in the reader's language."""
    went = [Told(_title(table), _rows(n)) for table, n in row.receipt.get("gone", [])]
    kept = [
        (table, hold, date.fromisoformat(until) if until else None)
        for table, _n, hold, until in row.receipt.get("stays", [])
    ]
    return _merged(went), _by_reason(kept)


def _by_reason(lines: Sequence[tuple[str, str, date | None]]) -> list[Told]:
    """What stays for the same reason and as long is told together."""
    together: dict[tuple[str, date | None], list[str]] = {}
    for table, hold, until in lines:
        titles = together.setdefault((hold, until), [])
        if _title(table) not in titles:
            titles.append(_title(table))
    found = []
    for (hold, until), titles in together.items():
        why, rule = registry.HOLDS[hold]
        day = format_date(until) if until else ""
        found.append(
            Told(
                str(why),
                ", ".join([titles[0], *(t[:1].lower() + t[1:] for t in titles[1:])]),
                rule=str(rule),
                until=day,
            )
        )
    return found


def _merged(lines: list[Told]) -> list[Told]:
    """A table can be found both by key and by its words: told once."""
    return list({line.title: line for line in reversed(lines)}.values())[::-1]


def _title(table: str) -> str:
    titles: dict[str, Any] = {free.table: free.title for free in registry.all_free()}
    titles |= {rows.table: rows.title for rows in registry.all_rows()}
    return str(titles.get(table, table))


def _rows(n: int) -> str:
    return ngettext("%(n)s row", "%(n)s rows", n) % {"n": n}


def blocked(codes: Sequence[str], texts: Sequence[str]) -> list[str]:
    told = {
        "member": _(
            "The membership goes on, or an application waits. The association needs the data for it: the membership must end first."
        ),
        "post": _("The person holds a post. It must end first."),
        "tie": _(
            "The person is the payer, guardian or a relative of a member. The link must end, or the payer change, first."
        ),
    }
    return [*(told[code] for code in codes), *texts]


def missing(code: str) -> str:
    """Why an erasure waits for somebody."""
    texts = {
        "": "",
        "none": _("The person has not asked for it, or the request has been answered. Enter the request first; then somebody else carries it out. Those whose time has run out are erased by the rules."),
        "same": _("You wrote the request down. Another person with the same right carries the erasure out, so that nobody erases alone."),
    }  # fmt: skip
    return texts[code]


def elsewhere() -> list[str]:
    """What is outside the database, and goes by itself."""
    return [
        _("Files that lists were imported from go 90 days after the import."),
        _("Files made of lists go after 30 days."),
        _("Backups go when the operator's time of keeping them has run out."),
    ]
