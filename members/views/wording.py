"""How a member's facts are said on the office pages."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.keys import key_of
from jasenpalvelu.common.reference import municipality_name
from members.models import (
    JoinedAreas,
    Mandate,
    MeetingItem,
    Membership,
    Organisation,
    OrgUnit,
    Party,
    PartyLink,
)
from members.models.meetings import MatterKind, Outcome
from members.models.memberships import State
from members.models.parties import LinkKind
from members.reading import Subject, in_force, runs_on
from members.services import transferring
from members.services.transferring import Move
from members.services.undoing import UndoError

MUNICIPALITY = "home_municipality"
# (kind of chip, words), as `{% chip %}` takes them
Chip = tuple[str, str]


@dataclass(frozen=True)
class MembershipLine:
    """One membership in the list: what it is, since when, and what may be done with it."""

    membership: Membership
    facts: list[str]
    payer: Party | None
    when: str
    chip: Chip | None
    may_change: bool
    may_end: bool
    may_reinstate: bool
    by_death: bool
    may_print: bool
    may_expel: bool
    move: str


def status_chips(subject: Subject, mandates: list[Mandate]) -> list[Chip]:
    """The header's chips: member since, vote, posts; or why the party is no member."""
    chips: list[Chip] = []
    party = subject.party
    if party.is_person and party.person.deceased_on:
        chips.append(("plain", _("Died %(day)s") % {"day": format_date(party.person.deceased_on)}))
    since = subject.member_since
    if since:
        chips.append(("done", _("Member since %(day)s") % {"day": format_date(since)}))
    elif any(m.state == State.APPLIED for m in subject.memberships):
        chips.append(("", _("The application waits for the board")))
    elif not any(runs_on(m, subject.on) for m in subject.memberships):
        chips.append(("plain", _("Not a member now")))
    if subject.is_voter:
        chips.append(_vote_chip(subject))
    chips += [("info", f"{mandate.template}, {mandate.unit}") for mandate in mandates]
    if party.non_disclosure:
        chips.append(("warn", _("Non-disclosure order")))
    return chips


def _vote_chip(subject: Subject) -> Chip:
    """An organisation votes through one person, and not before one is named."""
    party = subject.party
    if not party.is_person and subject.shown.household:
        named = PartyLink.objects.on(subject.on).filter(party=party, kind=LinkKind.VOTER)
        if not named.exists():
            return "warn", _("Nobody uses its vote yet")
    return "done", _("Has a vote")


def membership_lines(subject: Subject, visible: frozenset[int]) -> list[MembershipLine]:
    """`visible` are the other parties the reader may see: a payer among them is named."""
    applying = subject.elsewhere_open or any(m.state == State.APPLIED for m in subject.memberships)
    moves = transferring.waiting(party_id=subject.party.pk) if applying else {}
    return [_line(subject, m, visible, _move_text(subject, m, moves.get(m.pk))) for m in subject.memberships]


def _move_text(subject: Subject, membership: Membership, move: Move | None) -> str:
    """A move that waits. Where to is told to those who could have sent it, and to whom the other association is within reach."""
    if move is None or membership.state not in {State.ACTIVE, State.LAPSED}:
        return ""
    day = {"day": format_date(move.asked_on), "unit": move.application.unit}
    reaches = subject.scope.can("members.edit", membership.unit_id) or subject.scope.can(
        "members.view", move.application.unit_id
    )
    if not reaches:
        return _("A move to another association waits for its board, sent on %(day)s.") % day
    return _("The move to %(unit)s waits for its board, sent on %(day)s.") % day


def _line(subject: Subject, membership: Membership, visible: frozenset[int], move: str) -> MembershipLine:
    may = subject.scope.can("members.edit", membership.unit_id)
    died = _died_on(subject.party)
    twice = membership.entered_by_mistake and died is None
    named = subject.shown.finance and membership.payer_id in visible
    return MembershipLine(
        membership,
        _facts(subject, membership, named=named),
        membership.payer if named else None,
        period_text(membership, died),
        _state_chip(subject, membership),
        may_change=may and may_be_changed(membership, subject.on),
        may_end=may and membership.state in {State.ACTIVE, State.LAPSED},
        may_reinstate=may and membership.state == State.ENDED and not twice,
        by_death=died is not None,
        may_print=in_force(membership, subject.on)
        and subject.scope.can("members.export", membership.unit_id, "A"),
        may_expel=subject.scope.can("members.admit", membership.unit_id)
        and membership.state in {State.ACTIVE, State.LAPSED},
        move=move,
    )


def may_be_changed(membership: Membership, on: date) -> bool:
    """A member's, also one's who has resigned and is a member until a later day; an application's is decided first."""
    return membership.state != State.APPLIED and membership.goes_on(on)


def _facts(subject: Subject, membership: Membership, *, named: bool) -> list[str]:
    facts = [str(membership.type)]
    if membership.holding and subject.shown.household:
        facts.append(_("Holding: %(name)s") % {"name": membership.holding})
    if subject.shown.finance:
        if membership.payer_id and not named:
            facts.append(_("Paid by another"))
        until = membership.fee_exempt_until
        if until and until >= subject.on:
            facts.append(_("Free of fee until %(day)s") % {"day": format_date(until)})
    return facts


def _state_chip(subject: Subject, membership: Membership) -> Chip | None:
    if membership.state == State.APPLIED:
        return ("", _("Applied"))
    if membership.state == State.REJECTED:
        return ("plain", _("Rejected"))
    if membership.state == State.LAPSED:
        return ("warn", _("Passive"))
    if membership.entered_by_mistake and _died_on(subject.party) is None:
        return ("plain", _("Entered twice"))
    if membership.state == State.ENDED:
        ends_later = in_force(membership, subject.on)
        return ("warn", _("Ends")) if ends_later else ("plain", _("Ended"))
    return None


def _died_on(party: Party) -> date | None:
    return party.person.deceased_on if party.is_person else None


def period_text(membership: Membership, died_on: date | None = None) -> str:
    """First and last day, both of them days of the membership; one that ended by death lasted to that day."""
    started, last = membership.started_on, membership.last_day
    if died_on and died_on == membership.ended_on:
        last = died_on
    if started and last:
        return f"{format_date(started)}–{format_date(last)}"
    return _("since %(day)s") % {"day": format_date(started)} if started else ""


def relation_text(kind: str) -> str:
    """What the other party is to this one; `:reverse` when the link was written the other way round."""
    texts = {
        LinkKind.SPOUSE: _("Spouse"),
        LinkKind.CHILD: _("Child"),
        LinkKind.GUARDIAN: _("Guardian"),
        LinkKind.SHAREHOLDER: _("Shareholder"),
        LinkKind.CONTACT_PERSON: _("Contact person"),
        LinkKind.VOTER: _("Uses the vote"),
        "voter:reverse": _("Uses the vote of it"),
        LinkKind.PAYER: _("Pays the invoices"),
        LinkKind.ESTATE_OF: _("The person whose estate this is"),
        "child:reverse": _("Parent"),
        "guardian:reverse": _("Ward"),
        "shareholder:reverse": _("Has a share in it"),
        "contact_person:reverse": _("Is the contact person of it"),
        "payer:reverse": _("This one pays the invoices of the other"),
        "estate_of:reverse": _("Estate of this person"),
    }
    return texts.get(kind, "")


def shown_value(name: str, value: Any) -> str:
    """A field's value in words, for telling what somebody else has written."""
    if value in (None, ""):
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return format_date(value)
    if name == MUNICIPALITY:
        return municipality_name(str(value), get_language() or "fi")
    for model in (Party, Organisation):
        field = next((f for f in model._meta.fields if f.name == name), None)
        if field is not None and field.choices:
            return str(dict(field.flatchoices).get(value, value))
    return str(value)


def lifecycle_text(code: str) -> str:
    """Why an act on a membership was refused."""
    texts = {
        "same_type": _("The membership is of this type already."),
        "type_taken": _("The member has a membership of this type already."),
        "before_start": _("The membership cannot end before it began."),
        "after_end": _("The membership cannot begin after it has ended."),
    }
    return texts.get(code, _("The membership has changed meanwhile. Open the member's page again."))


def taken_text() -> str:
    return _(
        "This business ID belongs to a holding in the register already. Open the holding's member and add the membership"
        " there, or ask the register manager to join them."
    )


# --- meetings -------------------------------------------------------------------------------------------------------
def undo_text(error: UndoError) -> str:
    """Why an act cannot be taken back, with whose matter it is about."""
    texts = {
        "done": _("This has been undone already."),
        "later": _("This can no longer be undone: something was done after it."),
        "taken": _("This can no longer be undone: a new membership is in its place."),
        "invoiced": _("This can no longer be undone: a fee has been invoiced since."),
        "noted": _("This can no longer be undone: the board has noted the resignation."),
    }
    text = texts.get(error.code, texts["later"])
    return f"{text} ({', '.join(error.names)})" if error.names else text


def happened_text(unit: OrgUnit, key: str) -> str:
    """What became of a matter that does not wait any more: who dealt with it and how."""
    kind, _sep, pk = key.partition("-")
    item = (
        MeetingItem.objects.filter(
            Q(membership=key_of(pk)) if kind in _BY_MEMBERSHIP else Q(**{kind: key_of(pk)}),
            kind=kind,
            meeting__unit=unit,
            meeting__undone_on__isnull=True,
        ).exclude(outcome=Outcome.POSTPONED)
        if kind in MatterKind.values
        else MeetingItem.objects.none()
    )
    last = item.select_related("meeting__recorded_by").order_by("-pk").first()
    if last is None:
        return _("A matter does not wait any more: it was decided elsewhere, withdrawn, or the fee was paid.")
    by = last.meeting.recorded_by
    return _("%(name)s: %(outcome)s, entered by %(who)s") % {
        "name": last.name,
        "outcome": last.get_outcome_display(),
        "who": by.full_name if by else _("The system"),
    }


_BY_MEMBERSHIP = {MatterKind.APPLICATION, MatterKind.DEEMED}


def areas_line(one: JoinedAreas, mine: set[int], visible: Container[int]) -> dict[str, Any]:
    """Joined areas as told from the side of one's own holdings. The other holding and the payer have no name for somebody
    who does not reach the spouse."""
    own, other = (one.holding, one.other) if one.holding_id in mine else (one.other, one.holding)
    reached = other.responsible_id in visible
    return {
        "areas": one,
        "own": own,
        "other": other.name if reached else _("the spouse's holding"),
        "whose": other.responsible.display_name if reached else "",
        "payer": one.payer.display_name if one.payer_id in visible else _("the spouse"),
    }
