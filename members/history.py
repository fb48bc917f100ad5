"""A member's history in words: who did what and when, cut to what the reader may see.

Every column is told only to readers who hold its class in `members.privacy`; what a non-disclosure order protects is told
as having changed, never from what to what. Membership events are the story of the memberships; the other tables are told
from the rows the triggers recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Field, Model
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.audit import history as audit
from jasenpalvelu.audit.models import Change
from jasenpalvelu.common import clock
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.money import format_number
from jasenpalvelu.common.parts import Event
from jasenpalvelu.common.reference import municipality_name
from members import history_acts, panels, privacy
from members.history_words import TELLERS
from members.models import ContactPoint, FeeBasisKind, FeeBasisValue, MembershipEvent, RoleTemplate
from members.models.memberships import EventKind, last_day_before
from members.reading import Subject, application_note

MAIN_EVENTS = {EventKind.ADMITTED, EventKind.ACTIVATED, EventKind.REINSTATED}
# They take effect on the first day no longer a member; told by the last day, which nobody misreads.
LAST_DAY_EVENTS = {
    EventKind.RESIGNED,
    EventKind.DEEMED_RESIGNED,
    EventKind.EXPELLED,
    EventKind.TRANSFERRED,
}
_SUCCEEDED: dict[str, type[Model]] = {
    "members_contactpoint": ContactPoint,
    "members_feebasisvalue": FeeBasisValue,
}
KIND_COLUMN = {"members_contactpoint": "kind", "members_feebasisvalue": "kind_id"}
MUNICIPALITIES = {"home_municipality", "municipality"}


@dataclass(frozen=True)
class Told:
    """One act as told: the lines say what, `actor` who ("" for the system), `main` marks a turn in a membership."""

    at: datetime
    lines: tuple[str, ...]
    actor: str
    main: bool = False

    def as_event(self) -> Event:
        """For a narrow timeline: the first thing and how many others."""
        rest = len(self.lines) - 1
        text = (
            self.lines[0] if not rest else _("%(first)s and %(n)s more") % {"first": self.lines[0], "n": rest}
        )
        return Event(
            self.at.astimezone(clock.HELSINKI).date(), text, self.actor or _("The system"), self.main
        )


@dataclass(frozen=True)
class Page:
    acts: list[Told]
    next: int | None


def of_member(
    subject: Subject, *, holding_ids: Iterable[int] = (), limit: int = 30, before: int | None = None
) -> Page:
    """The member's history, newest first; `before` is the `next` of the page shown already."""
    holdings = frozenset(holding_ids) if subject.shown.household else frozenset()
    found, more = audit.acts(
        party_id=subject.party.pk,
        joined_ids=subject.joined_ids,
        holding_ids=holdings,
        limit=limit,
        before=before,
    )
    teller = _Teller(subject)
    told: dict[UUID | int, Told] = {
        act.mutation.pk: Told(
            act.at, tuple(history_acts.lines(act, teller.reached) or teller.lines(act.changes)), act.actor
        )
        for act in found
    }
    since = found[-1].at if more else None
    until = audit.moment_of(before) if before is not None else None
    for event in _events(subject, told, since, until):
        key = event.mutation_id or event.pk
        act = told.get(key, Told(event.recorded_at, (), _event_actor(event)))
        main = act.main or event.kind in MAIN_EVENTS
        told[key] = replace(act, lines=(teller.event(event), *act.lines), main=main)
    acts = sorted((act for act in told.values() if act.lines), key=lambda act: act.at, reverse=True)
    return Page(acts, found[-1].cursor if more else None)


def _events(
    subject: Subject, told: Collection[UUID | int], since: datetime | None, until: datetime | None
) -> list[MembershipEvent]:
    """Events of the acts on the page, and those of no recorded act that fall between its first and last moment."""
    rows = list(
        MembershipEvent.objects.filter(membership__in=[m.pk for m in subject.memberships])
        .select_related("membership__unit", "membership__type", "decision", "actor")
        .order_by("-pk")
    )
    apart = {row.mutation_id for row in rows if row.mutation_id and row.mutation_id not in told}
    own = [subject.party.pk, *subject.joined_ids]
    elsewhere = audit.with_changes(apart, party_ids=own) if apart else frozenset()
    return [
        row
        for row in rows
        if row.mutation_id in told
        or (
            row.mutation_id not in elsewhere
            and (since is None or row.recorded_at >= since)
            and (until is None or row.recorded_at < until)
        )
    ]


def _event_actor(event: MembershipEvent) -> str:
    return event.actor.full_name if event.actor else ""


class _Teller:
    """Turns rows into sentences for one reader; names of kinds and roles are fetched once."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.classes = subject.classes
        self.reached = subject.scope.unit_ids("members.view")
        self._kinds: dict[str, FeeBasisKind] = {}
        self._roles: dict[int, RoleTemplate] = {}
        self._row_kinds: dict[tuple[str, str], str] = {}

    # --- membership events --------------------------------------------------------------------------------------
    def event(self, event: MembershipEvent) -> str:
        membership = event.membership
        values = {
            "what": str(EventKind(event.kind).label).capitalize(),
            "unit": str(membership.unit),
            "type": str(membership.type),
            "day": format_date(event.effective_on),
        }
        if event.kind in LAST_DAY_EVENTS:
            values["day"] = format_date(last_day_before(event.effective_on) or event.effective_on)
            text = _("%(what)s: %(unit)s, %(type)s, last day %(day)s") % values
        else:
            text = _("%(what)s: %(unit)s, %(type)s, %(day)s") % values
        if event.decision:
            text = f"{text} ({event.decision.get_body_display()} {format_date(event.decision.decided_on)})"
        reason = (
            application_note(event, self.subject.shown) if event.kind == EventKind.APPLIED else event.reason
        )
        return f"{text}. {reason}" if reason and "C" in self.classes else text

    # --- rows ---------------------------------------------------------------------------------------------------
    def lines(self, changes: Iterable[Change]) -> list[str]:
        # What an erasure has emptied tells nothing any more.
        told = [c for c in changes if c.before or c.after]
        rows = [c for c in told if c.unit_id is None or c.unit_id in self.reached]
        created = any(c.table_name == "members_party" and c.op == Change.Op.INSERT for c in rows)
        lines = [_("Entered in the register")] if created else []
        for change in self._without_ended_twins(rows):
            if created and change.table_name == "members_contactpoint":
                continue
            lines += [line for line in self._row(change) if line]
        return list(dict.fromkeys(lines))

    def _row(self, change: Change) -> list[str]:
        tellers: dict[str, Callable[[Change], list[str]]] = {
            "members_contactpoint": self._contact,
            "members_partylink": self._link,
            "members_holdingmember": self._holding_member,
            "members_feebasisvalue": self._fee_basis,
            "members_formernumber": self._former_number,
            "members_mandate": self._mandate,
            "members_emailchange": self._email_change,
            "members_membership": self._membership,
            "members_membershipevent": self._no_lines,
            "members_resignation": self._no_lines,
            "members_meetingitem": self._no_lines,
            "members_expulsion": self._expulsion,
            "members_partylogin": self._login,
        }
        if change.table_name in tellers:
            return tellers[change.table_name](change)
        if change.table_name in TELLERS:
            return TELLERS[change.table_name](change, self.classes)
        if change.table_name in privacy.TABLES:
            return self._columns(change)
        return [panels.describe_change(change, self.classes)]

    def _without_ended_twins(self, rows: list[Change]) -> list[Change]:
        """Leave out the end of a dated row whose successor came in the same act: the new value tells enough."""
        dated = [c for c in rows if c.table_name in _SUCCEEDED]
        self._learn_kinds([c for c in dated if c.op == Change.Op.UPDATE])
        born = {(c.table_name, self._kind_of(c)) for c in dated if c.op == Change.Op.INSERT}
        ended = [c for c in dated if c.op == Change.Op.UPDATE and set(c.after or {}) == {"valid_to"}]
        dropped = {c.pk for c in ended if (c.table_name, self._kind_of(c)) in born}
        return [c for c in rows if c.pk not in dropped]

    def _learn_kinds(self, changes: list[Change]) -> None:
        """An update records only what changed, so what kind of row it was is asked from the row."""
        for table, model in _SUCCEEDED.items():
            unknown = {
                c.row_id
                for c in changes
                if c.table_name == table and (table, c.row_id) not in self._row_kinds
            }
            if unknown:
                kinds = model._default_manager.filter(pk__in=unknown).values_list("pk", KIND_COLUMN[table])
                self._row_kinds |= {(table, str(pk)): kind for pk, kind in kinds}

    def _kind_of(self, change: Change) -> str:
        told = (change.after or {}).get(KIND_COLUMN[change.table_name])
        return str(told or self._row_kinds.get((change.table_name, change.row_id), ""))

    def _no_lines(self, change: Change) -> list[str]:
        return []

    def _columns(self, change: Change) -> list[str]:
        """An updated row column by column: "Kieli: suomi → ruotsi"."""
        if change.op != Change.Op.UPDATE:
            return []
        before, after = change.before or {}, change.after or {}
        return [self._column(change.table_name, name, before.get(name), after.get(name)) for name in after]

    def _column(self, table: str, name: str, before: Any, after: Any) -> str:
        rule = privacy.column(table, name)
        if rule is None or not rule.field_class or rule.field_class not in self.classes:
            return ""
        if (table, name) == ("members_party", "display_name"):
            return ""
        field = _field(table, name)
        label = str(field.verbose_name).capitalize() if field else name
        if rule.protected and self.subject.shown.protected:
            return _("%(what)s changed: not shown") % {"what": label}
        return f"{label}: {_value(field, name, before)} → {_value(field, name, after)}"

    def _contact(self, change: Change) -> list[str]:
        """Contact points are replaced, so a new one and the end of the old one make one line."""
        if "B" not in self.classes:
            return []
        row = {**(change.before or {}), **(change.after or {})}
        kind = self._kind_of(change)
        label = str(
            dict(_field("members_contactpoint", "kind").choices).get(kind, _("Contact details"))
        ).capitalize()
        if self.subject.shown.protected:
            return [_("%(what)s changed: not shown") % {"what": label}]
        if change.op == Change.Op.INSERT:
            place = " ".join(filter(None, (row.get("postal_code"), row.get("city"))))
            return [f"{label}: " + ", ".join(filter(None, (row.get("value"), place)))]
        if row.get("bounced_on"):
            return [_("Mail to the e-mail address came back")]
        return [_("%(what)s removed") % {"what": label}] if row.get("valid_to") else []

    def _link(self, change: Change) -> list[str]:
        if "C" not in self.classes:
            return []
        row = change.after or {}
        if change.op == Change.Op.INSERT:
            choices = dict(_field("members_partylink", "kind").choices)
            return [_("Family or other link added: %(kind)s") % {"kind": choices.get(row.get("kind"), "")}]
        return [_("Family or other link ended")]

    def _former_number(self, change: Change) -> list[str]:
        row = change.after or {}
        if change.op != Change.Op.INSERT or "A" not in self.classes:
            return []
        return [_("Old member number %(number)s (%(source)s)") % row]

    def _holding_member(self, change: Change) -> list[str]:
        if "C" not in self.classes:
            return []
        return [
            _("Joined to a holding")
            if change.op == Change.Op.INSERT
            else _("Membership in a holding changed")
        ]

    def _fee_basis(self, change: Change) -> list[str]:
        row = change.after or {}
        if "C" not in self.classes or change.op == Change.Op.DELETE:
            return []
        if change.op == Change.Op.UPDATE:
            if "value" not in row:
                return []
            before = (change.before or {}).get("value")
            return [
                _("Fee basis corrected: %(before)s → %(after)s")
                % {"before": _number(before), "after": _number(row["value"])}
            ]
        kind = self._kind(row.get("kind_id", ""))
        words = f"{kind} {_number(row.get('value'))} {kind.unit if kind else ''}".strip()
        return [f"{words}, {row['source']}" if row.get("source") else words]

    def _kind(self, code: str) -> FeeBasisKind | None:
        if not self._kinds:
            self._kinds = FeeBasisKind.objects.in_bulk()
        return self._kinds.get(code)

    def _mandate(self, change: Change) -> list[str]:
        row = change.after or {}
        if change.op == Change.Op.INSERT:
            if not self._roles:
                self._roles = RoleTemplate.objects.in_bulk()
            return [
                _("Chosen to a post: %(role)s") % {"role": self._roles.get(row.get("template_id") or 0, "")}
            ]
        if change.op == Change.Op.DELETE:
            return [_("A post was taken back")]
        return [_("A post ended") if row.get("valid_to") else _("A post changed")]

    def _email_change(self, change: Change) -> list[str]:
        """That it was asked for, stopped or done; the addresses are told by the contact itself, once it has changed."""
        if "B" not in self.classes:
            return []
        if change.op == Change.Op.INSERT:
            return [_("A change of an e-mail address was asked for, and waits")]
        texts = {
            "done": _("The change of the e-mail address was made"),
            "stopped": _("The change of the e-mail address was stopped"),
        }
        return [told] if (told := texts.get((change.after or {}).get("state", ""))) else []

    def _membership(self, change: Change) -> list[str]:
        """Only what no membership event tells."""
        row = change.after or {}
        if change.op != Change.Op.UPDATE:
            return []
        lines = [_("Payer changed")] if "payer_id" in row and "D" in self.classes else []
        return lines + ([_("Holding changed")] if "holding_id" in row and "C" in self.classes else [])

    def _expulsion(self, change: Change) -> list[str]:
        """That it was taken up, answered or given up; its ground stands on its own page only."""
        row = change.after or {}
        if "C" not in self.classes:
            return []
        if change.op == Change.Op.INSERT:
            return [_("An expulsion was taken up")]
        if "answered_on" in row or "answer" in row:
            return [_("The member answered in the matter of the expulsion")]
        return [_("The expulsion was given up")] if row.get("state") == "dropped" else []

    def _login(self, change: Change) -> list[str]:
        return (
            [_("Got a login of their own")] if change.op == Change.Op.INSERT and "B" in self.classes else []
        )


def _field(table: str, column: str) -> Any:
    for model in apps.get_app_config("members").get_models():
        if model._meta.db_table == table:
            return _field_of(model, column)
    return None


def _field_of(model: type[Model], column: str) -> Field | None:
    return next((f for f in model._meta.concrete_fields if f.column == column), None)


def _value(field: Any, name: str, value: Any) -> str:
    if value in (None, ""):
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in MUNICIPALITIES:
        return municipality_name(str(value), get_language() or "fi")
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field is not None and field.get_internal_type() == "DateField":
        return format_date(date.fromisoformat(str(value)))
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: Any) -> str:
    return (
        format_number(Decimal(str(value)), get_language() or "fi", decimals=2) if value is not None else "–"
    )
