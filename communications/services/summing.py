"""What has become of a letter: entries of the contact log, and figures that always add up (COM-1, COM-3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count

from communications.keeping import keep_of
from communications.letters.languages import sql_order
from communications.models import Channel, Delivery, Mailing, State
from communications.models.deliveries import UNDER_WAY
from communications.services.logging_contacts import log_selected
from jasenpalvelu.audit.services import mutation

# A mark is a statement of its own: one a little older than now has been written, whoever wrote it.
BEHIND = timedelta(seconds=15)
# In a letter's `summary`: its deliveries are being deleted, and `rows` tells their figures for good.
FORGOTTEN = "forgotten"

_LOG = f"""
    SELECT d.party_id, d.unit_id, d.done_at, 'email', 'out', d.kind, left(v.subject, 200), d.reference, '', %(keep)s,
        NULL::integer
    FROM communications_delivery d
    CROSS JOIN LATERAL (
        SELECT subject FROM communications_mailingversion v
        WHERE v.mailing_id = d.mailing_id AND v.sha256 <> '' ORDER BY {sql_order("v.language", "d.language")} LIMIT 1
    ) v
    WHERE d.mailing_id = %(mailing)s AND d.state = {State.ACCEPTED} AND d.channel = {Channel.EMAIL}
      AND d.party_id IS NOT NULL AND d.done_at > %(since)s AND d.done_at <= %(until)s
"""  # noqa: S608 -- numbers of our own


def log_sent(*, mailing: Mailing, now: datetime, last: bool = False) -> int:
    """Write the entries of what has been accepted since the last time; how many. In the caller's transaction, once each.

    How far it has come stands in the letter's `summary`, written with the entries. A letter whose recipients are not listed leaves none.
    """
    logged = mailing.summary.get("logged")
    since = datetime.fromisoformat(logged) if logged else (mailing.frozen_at or now)
    until = now if last else now.astimezone(UTC) - BEHIND
    if until <= since:
        return 0
    told = {
        "mailing": mailing.pk,
        "since": since,
        "until": until,
        "keep": keep_of(f"letter.{mailing.topic.klass}"),
    }
    count = 0 if mailing.unlisted else log_selected(select=_LOG, params=told)
    if count or last:
        mailing.summary = {**mailing.summary, "logged": until.astimezone(UTC).isoformat()}
        if last:
            mailing.summary["rows"] = keep_figures(mailing)
        with mutation(actor=mailing.sender, kind="letter.log", unit_id=mailing.unit_id):
            mailing.save(update_fields=["summary"])
    return count


@dataclass(frozen=True)
class Figures:
    """planned = accepted + waiting + rejected + suppressed + uncertain + cancelled, over both channels."""

    planned: int = 0
    accepted: int = 0
    waiting: int = 0
    rejected: int = 0
    suppressed: int = 0
    uncertain: int = 0
    cancelled: int = 0
    printed: int = 0
    to_print: int = 0
    reasons: Counter[tuple[int, str]] = field(default_factory=Counter)
    units: dict[int, Counter[str]] = field(default_factory=dict)
    languages: dict[str, Counter[str]] = field(default_factory=dict)


_SUMS = {
    State.ACCEPTED: "accepted",
    State.REJECTED: "rejected",
    State.SUPPRESSED: "suppressed",
    State.UNCERTAIN: "uncertain",
    State.CANCELLED: "cancelled",
} | dict.fromkeys(UNDER_WAY, "waiting")


def figures(mailing: Mailing, *, units: Iterable[int] | None = None) -> Figures:
    """Of the deliveries while they are kept, of the letter's own sums after that. `units`: of these associations only."""
    told = mailing.summary["rows"] if FORGOTTEN in mailing.summary else keep_figures(mailing)
    within = None if units is None else set(units)
    return _summed([row for row in told if within is None or row[3] in within])


def keep_figures(mailing: Mailing) -> list[list[Any]]:
    """What `figures` needs when the deliveries are gone."""
    rows = Delivery.objects.filter(mailing=mailing)
    found = (
        rows.values_list("state", "reason", "channel", "unit", "language").annotate(n=Count("pk")).order_by()
    )
    return [list(row) for row in found]


def _summed(rows: list[list[Any]]) -> Figures:
    sums: Counter[str] = Counter()
    reasons: Counter[tuple[int, str]] = Counter()
    units: dict[int, Counter[str]] = {}
    languages: dict[str, Counter[str]] = {}
    for state, reason, channel, unit, language, count in rows:
        name = _SUMS[State(state)]
        sums["planned"] += count
        sums[name] += count
        if channel == Channel.LETTER and name in {"accepted", "waiting"}:
            sums["printed" if name == "accepted" else "to_print"] += count
        if reason:
            reasons[state, reason] += count
        units.setdefault(unit, Counter())[name] += count
        languages.setdefault(language, Counter())[name] += count
    return Figures(**sums, reasons=reasons, units=units, languages=languages)
