"""The rules of how long people's data is kept: which people, after which event, within which bounds; and whose time has run out.

The months are data (`RetentionRule`), what a kind means is code. A person known by several associations goes when the longest of
their times has run out, and never while anything ties the person to a member (a payer, a spouse, a guardian) or a mark holds the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.models import RetentionRule
from members.models.retention import OPEN_RUNS, RetentionKind
from members.personal.rights import central_unit
from members.states import OPEN


@dataclass(frozen=True)
class Kind:
    """`shortest` and `longest` in months, with what they follow from; `months` holds until the federation says its own.

    `event` and `who` are SQL over `m`, a membership of the person, and `q`, the person; or `rows` is SQL of its own: the person,
    a unit that knows the person (none: the central union answers) and the day from which the time runs.
    """

    code: str
    title: str | Promise
    after: str | Promise
    why: str | Promise
    months: int
    shortest: int
    longest: int
    event: str = ""
    who: str = ""
    rows: str = ""


_STARTED = (
    "EXISTS (SELECT 1 FROM members_membership s WHERE s.party_id = m.party_id AND s.started_on IS NOT NULL)"
)
# A day is the day in Finland, not the database's.
_LAST_EVENT = (
    "(SELECT max(coalesce(e.effective_on, e.decided_on, (e.recorded_at AT TIME ZONE 'Europe/Helsinki')::date))"
    " FROM members_membershipevent e WHERE e.membership_id = m.id)"
)
# Who never was a member nor asked to be. The entry itself counts, and logging in: somebody who uses the service is not forgotten.
_TIES = """
SELECT t.party_id, t.unit_id, t.event_on FROM (
  SELECT d.party_id, d.unit_id, d.valid_to AS event_on FROM members_mandate d
  UNION ALL SELECT m.payer_id, m.unit_id, m.ended_on FROM members_membership m WHERE m.payer_id IS NOT NULL
  UNION ALL SELECT l.party_id, m.unit_id, l.valid_to FROM members_partylink l JOIN members_membership m ON m.party_id = l.other_id
  UNION ALL SELECT l.other_id, m.unit_id, l.valid_to FROM members_partylink l JOIN members_membership m ON m.party_id = l.party_id
  UNION ALL SELECT g.party_id, NULL, (u.last_login AT TIME ZONE 'Europe/Helsinki')::date FROM members_partylogin g
    JOIN accounts_user u ON u.id = g.user_id WHERE u.last_login IS NOT NULL
  UNION ALL SELECT p.id, NULL, (p.created_at AT TIME ZONE 'Europe/Helsinki')::date FROM members_party p
) t WHERE NOT EXISTS (SELECT 1 FROM members_membership s WHERE s.party_id = t.party_id)
  AND (%(party)s::bigint IS NULL OR t.party_id = %(party)s)"""
KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            RetentionKind.APPLICANTS,
            gettext_lazy("Applicants who never became members"),
            gettext_lazy("after the application was turned down or lapsed"),
            gettext_lazy("GDPR article 5(1)(e): no longer than needed. An applicant may ask about the decision for some months."),
            12, 3, 24,
            f"coalesce(m.ended_on, {_LAST_EVENT})",
            f"q.deceased_on IS NULL AND NOT {_STARTED}",
        ),
        Kind(
            RetentionKind.FORMER,
            gettext_lazy("Former members"),
            gettext_lazy("after the last membership ended"),
            gettext_lazy("Act on the Limitation of Debts 728/2003, section 4: claims for fees lapse in three years. At least a year, in which mistakes are put right."),
            36, 12, 72,
            # An application that was turned down has no end: it counts from its last event.
            f"coalesce(m.ended_on, CASE WHEN m.started_on IS NULL THEN {_LAST_EVENT} END)",
            f"q.deceased_on IS NULL AND {_STARTED}",
        ),
        Kind(
            RetentionKind.DECEASED,
            gettext_lazy("Deceased members"),
            gettext_lazy("after the death"),
            gettext_lazy("GDPR does not protect the dead, recital 27, but their family: kept at least a year for the estate."),
            24, 12, 36,
            "q.deceased_on",
            "q.deceased_on IS NOT NULL",
        ),
        Kind(
            RetentionKind.TIES,
            gettext_lazy("People who are no members"),
            gettext_lazy("after the last post, tie or login ended"),
            gettext_lazy("GDPR article 5(1)(e): no longer than needed. A former clerk or guardian may be asked about what was done for some time."),
            24, 6, 72,
            rows=_TIES,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class RowKind:
    """What goes by itself each night when the federation's months have passed: rows, of members too."""

    code: str
    title: str | Promise
    after: str | Promise
    why: str | Promise
    months: int
    shortest: int
    longest: int


ROWS: dict[str, RowKind] = {
    kind.code: kind
    for kind in (
        RowKind(
            RetentionKind.CONTACTS,
            gettext_lazy("Contact details that have been replaced"),
            gettext_lazy("after they were replaced"),
            gettext_lazy("GDPR article 5(1)(e): an old address tells for a while where a letter went, and then nothing."),
            24, 6, 60,
        ),
        RowKind(
            RetentionKind.LOOKS,
            gettext_lazy("Who has looked at whose data"),
            gettext_lazy("after the look"),
            gettext_lazy("GDPR articles 5(1)(e), 5(2) and 32: long enough to find out misuse. At least two years."),
            60, 24, 120,
        ),
        RowKind(
            RetentionKind.REQUESTS,
            gettext_lazy("Answered requests about one's data"),
            gettext_lazy("after the answer"),
            gettext_lazy("GDPR article 5(2): shows that the request was answered, for as long as somebody may ask about it."),
            36, 12, 72,
        ),
    )
}  # fmt: skip
# Somebody taken out of a proposal is left in peace for so long.
SPARED_DAYS = 365


@dataclass(frozen=True)
class Due:
    """A person whose time has run out. `unit_id`: the association whose time ran out last."""

    party_id: int
    event_on: date
    due_on: date
    unit_id: int


_MEMBERSHIPS = """
SELECT m.party_id, m.unit_id, ({event})::date AS event_on FROM members_membership m
LEFT JOIN members_person q ON q.party_id = m.party_id
WHERE m.party_id IN (SELECT w.party_id FROM members_membership w WHERE w.unit_id = ANY(%(units)s) AND w.state <> ALL(%(open)s))
  AND m.state <> ALL(%(open)s) AND ({who}) AND (%(party)s::bigint IS NULL OR m.party_id = %(party)s)"""
_SQL = """
WITH known AS ({rows}), over AS (
  SELECT m.party_id, m.unit_id, m.event_on,
    (m.event_on + make_interval(months => coalesce(own.months, %(months)s)))::date AS due_on
  FROM known m
  JOIN members_party p ON p.id = m.party_id AND p.merged_into_id IS NULL
  LEFT JOIN members_retentionrule own ON own.unit_id = m.unit_id AND own.kind = %(kind)s
  WHERE (%(party)s::bigint IS NULL OR m.party_id = %(party)s)
    AND NOT EXISTS (SELECT 1 FROM members_membership o WHERE o.state = ANY(%(open)s) AND o.party_id = m.party_id)
    AND NOT EXISTS (SELECT 1 FROM members_membership o WHERE o.state = ANY(%(open)s) AND o.payer_id = m.party_id)
    AND NOT EXISTS (SELECT 1 FROM members_partylink l JOIN members_membership o ON o.state = ANY(%(open)s)
      AND o.party_id = l.other_id WHERE l.party_id = m.party_id AND l.valid_to IS NULL)
    AND NOT EXISTS (SELECT 1 FROM members_partylink l JOIN members_membership o ON o.state = ANY(%(open)s)
      AND o.party_id = l.party_id WHERE l.other_id = m.party_id AND l.valid_to IS NULL)
    AND NOT EXISTS (SELECT 1 FROM members_mandate d WHERE d.party_id = m.party_id
      AND (d.valid_to IS NULL OR d.valid_to > %(on)s))
    AND NOT EXISTS (SELECT 1 FROM members_datamark k WHERE k.party_id = m.party_id AND k.set_on <= %(on)s
      AND (k.until IS NULL OR k.until >= %(on)s) AND (k.ended_on IS NULL OR k.ended_on > %(on)s))
    AND NOT EXISTS (SELECT 1 FROM members_erasure e WHERE e.party_id = m.party_id)
    AND NOT EXISTS (SELECT 1 FROM members_erasureitem i JOIN members_erasurerun r ON r.id = i.run_id
      WHERE i.party_id = m.party_id AND r.id IS DISTINCT FROM %(run)s
        AND (i.state = 'waiting' AND r.state = ANY(%(waiting)s) OR i.spared_on > %(peace)s AND i.state = 'spared'))
)
SELECT party_id, max(event_on), max(due_on),
  coalesce((array_agg(unit_id ORDER BY due_on DESC, unit_id) FILTER (WHERE unit_id IS NOT NULL))[1], %(central)s) FROM over
GROUP BY party_id
HAVING bool_and(due_on IS NOT NULL) AND max(due_on) <= %(on)s
  AND coalesce(bool_and(unit_id = ANY(%(units)s)), %(central)s = ANY(%(units)s))
ORDER BY max(due_on), party_id
"""


def due(
    kind: str, *, units: Sequence[int], on: date, party_id: int | None = None, run_id: int | None = None
) -> list[Due]:
    """Whose time has run out, of people whom no association outside `units` knows. `run_id`: the run that asks itself."""
    known = KINDS[kind]
    params: dict[str, Any] = {
        "kind": kind,
        "months": months_of(kind),
        "open": list(OPEN),
        "waiting": [str(state.value) for state in OPEN_RUNS],
        "on": on,
        "peace": date.fromordinal(on.toordinal() - SPARED_DAYS),
        "units": list(units),
        "party": party_id,
        "run": run_id,
        "central": next(iter(central_unit()), None),
    }
    with connection.cursor() as cursor:
        rows = known.rows or _MEMBERSHIPS.format(event=known.event, who=known.who)
        cursor.execute(_SQL.format(rows=rows), params)
        return [Due(*row) for row in cursor.fetchall()]


def known_people(units: Sequence[int]) -> int:
    """How many entries the associations know, members and former ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT party_id) FROM members_membership WHERE unit_id = ANY(%s)", [list(units)]
        )
        return int(cursor.fetchone()[0])


def months_of(kind: str, unit_id: int | None = None) -> int:
    """What holds: the association's own, else the federation's, else what the service starts with."""
    rows = RetentionRule.objects.filter(kind=kind).order_by("pk").values_list("unit_id", "months")
    said: dict[int | None, int] = dict(rows)
    return said.get(unit_id, said.get(None, rule(kind).months))


def rule(kind: str) -> Kind | RowKind:
    """Of people or of rows. KeyError for neither."""
    return KINDS.get(kind) or ROWS[kind]


def lines(units: Sequence[int] = ()) -> list[str]:
    """The terms in words, the longest of these associations."""
    told = []
    for kind in KINDS.values():
        months = max([months_of(kind.code, unit) for unit in units] or [months_of(kind.code)])
        told.append(
            _("%(who)s: erased %(time)s %(after)s, once two people have approved it.")
            % {"who": kind.title, "time": span(months), "after": kind.after}
        )
    for row in ROWS.values():
        told.append(
            _("%(what)s: deleted %(time)s %(after)s.")
            % {"what": row.title, "time": span(months_of(row.code)), "after": row.after}
        )
    return told


def span(months: int) -> str:
    """Months in words; whole years as years."""
    if months % 12:
        return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}
    return ngettext("%(n)s year", "%(n)s years", months // 12) % {"n": months // 12}
