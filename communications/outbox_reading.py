"""The outbox as the office reads it: what waits, what went, what came back and why; in words, and with what to do (COM-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications import links
from communications.contact_words import KINDS
from communications.models import AddressState, Channel, Delivery
from communications.models.deliveries import UNSENT, Klass, Reason, State
from communications.permissions import VIEW
from communications.sending import lanes
from communications.sending.rates import Rates
from communications.services.posting import Rendered
from communications.sms.backends import FILED
from jasenpalvelu.common.identifiers import normalise_email
from members.models import ContactPoint, Party
from members.models.parties import ContactKind
from members.scope import Scope
from members.searching import search_filter

TROUBLE = "mail:trouble"
MOST_COUNTED = 10_000
STUCK = timedelta(hours=1)
# Kinds that leave no entry in a member's log, or mean another thing there.
_OWN: dict[str, str | Promise] = {
    "talks.asked": gettext_lazy("A member waits for an answer"),
    "talks": gettext_lazy("Conversation"),
    "letter": gettext_lazy("Trial of a letter"),
    "accounts": gettext_lazy("Login"),
}
_OF_NUMBERS: dict[str, str | Promise] = {
    Reason.NO_ADDRESS: gettext_lazy("no telephone number"),
    Reason.BAD_ADDRESS: gettext_lazy("the number takes no text messages"),
    Reason.SAME_ADDRESS: gettext_lazy("the same number gets it already"),
}
_OTHERS = gettext_lazy("a part of the small mail hosts")
_HOSTS: dict[str, str | Promise] = {
    "gmail": "Gmail",
    "microsoft": "Outlook, Hotmail",
    "yahoo": "Yahoo",
    "apple": "iCloud",
    "finnish": gettext_lazy("Finnish operators"),
}

# What one may ask for, by the word in the address.
STATES: dict[str, tuple[str | Promise, Q]] = {
    "odottaa": (gettext_lazy("waits"), Q(state__in=[State.PLANNED, State.CLAIMED, State.ATTEMPTING, State.DEFERRED])),
    "lahetetty": (gettext_lazy("sent"), Q(state=State.ACCEPTED)),
    "epavarma": (gettext_lazy("not known whether it arrived"), Q(state=State.UNCERTAIN)),
    "palautunut": (gettext_lazy("came back or was refused"), Q(state=State.REJECTED)),
    "ei-lahetetty": (gettext_lazy("not sent"), Q(state__in=[State.SUPPRESSED, State.CANCELLED])),
}  # fmt: skip
CHIPS = {
    State.ACCEPTED: "done",
    State.UNCERTAIN: "warn",
    State.REJECTED: "danger",
    State.SUPPRESSED: "plain",
    State.CANCELLED: "plain",
}


# --- the list ---------------------------------------------------------------------------------------------------------
def messages(scope: Scope, wanted: Mapping[str, Any]) -> QuerySet[Delivery]:
    """What the filters ask for of the reader's own units."""
    rows = Delivery.objects.visible_to(scope).select_related("party", "unit", "mailing")
    if state := STATES.get(wanted.get("tila", "")):
        rows = rows.filter(state[1])
    if channel := wanted.get("kanava"):
        rows = rows.filter(channel=int(channel))
    if kind := wanted.get("laji"):
        rows = rows.filter(_of_kind(kind))
    if text := wanted.get("q", "").strip():
        rows = rows.filter(_found(scope, text))
    return rows


def _of_kind(kind: str) -> Q:
    if kind == "letter":
        return Q(mailing__isnull=False) & ~Q(kind__startswith="surveys.")
    own = Q() if kind == "surveys" else Q(mailing=None)
    return own & (Q(kind=kind) | Q(kind__startswith=f"{kind}."))


def _found(scope: Scope, text: str) -> Q:
    """By person, or by a whole address; what is protected is not found by its address."""
    try:
        key = normalise_email(text)
    except ValueError:
        parties = Party.objects.visible_to(scope, VIEW).filter(
            search_filter(text, contacts=False) or Q(pk=None)
        )
        return Q(party__in=parties.values("pk"))
    people = ContactPoint.objects.filter(kind=ContactKind.EMAIL, key=key, party__non_disclosure=False)
    of_person = Q(party__in=people.values("party_id"), address_key=key)
    return of_person | Q(party=None, mailing=None, address_key=key)


def kinds() -> list[tuple[str, str]]:
    """The kinds of messages one may ask for, in words."""
    found = {"letter": str(KINDS["letter"])}
    found |= {key: str(KINDS[key]) for key in ("billing", "members", "surveys", "meeting") if key in KINDS}
    return [*found.items(), ("talks", _("Conversations"))]


def kind_of(row: Delivery) -> str:
    """What the message was, in words."""
    if row.mailing_id is not None:
        return str(row.mailing)
    first = row.kind.split(".")[0]
    named = _OWN.get(row.kind) or KINDS.get(row.kind) or _OWN.get(first) or KINDS.get(first)
    return str(named or Channel(row.channel).label).capitalize()


def is_hidden(row: Delivery, scope: Scope) -> bool:
    """An order of non-disclosure hides the address and whatever the message may tell of it."""
    if row.party is None or not row.party.non_disclosure:
        return False
    return row.unit_id is None or not scope.can(VIEW, row.unit_id, "E")


@dataclass(frozen=True)
class Line:
    """One message in the list."""

    row: Delivery
    what: str
    state: str
    chip: str
    hidden: bool

    @property
    def when(self) -> datetime:
        return self.row.done_at or self.row.created_at

    @property
    def name(self) -> str:
        party = self.row.party
        return (party.display_name if party else self.row.name) or "–"


def line_of(row: Delivery, scope: Scope) -> Line:
    return Line(row, kind_of(row), said_of(row), CHIPS.get(State(row.state), "info"), is_hidden(row, scope))


def said_of(row: Delivery) -> str:
    """The state, with the reason where there is one."""
    if row.channel == Channel.LETTER and row.state == State.PLANNED:
        return _("waits to be printed")
    state = str(State(row.state).label)
    if row.channel == Channel.SMS and row.code == FILED:
        return _("written to a file, not sent")
    return f"{state}: {reason_in_words(row.reason, row.channel)}" if row.reason else state


def reason_in_words(reason: str, channel: int) -> str:
    """Of a text message the address is a number."""
    named = _OF_NUMBERS.get(reason) if channel == Channel.SMS else None
    return str(named or Reason(reason).label)


# --- one message ------------------------------------------------------------------------------------------------------
def headers_of(row: Delivery, words: Rendered | None, *, hidden: bool) -> list[tuple[str, str]]:
    """What stands at the head of the message."""
    to = _("Not shown") if hidden else row.address
    found = [(_("To"), f"{row.name} <{to}>" if row.name and row.channel == Channel.EMAIL else to)]
    if row.channel == Channel.EMAIL:
        found.append((_("Comes from"), str(row.vars.get("from") or row.unit or settings.MAIL_NAME)))
        if words:
            found.append((_("Subject"), words.subject))
        if row.reply_to:
            found.append((_("Replies come to"), row.reply_to))
        found.append((_("Message's own id"), links.message_id(row.pk)))
    return found


def advice(row: Delivery) -> str:
    """What the state means and what one can do."""
    state = State(row.state)
    if state == State.UNCERTAIN:
        if row.reason == Reason.LEFT:
            return _("It was not known whether this arrived. It was looked at and let be.")
        return _(
            "The line broke while the message was being given to the recipient's mail server. It may have arrived. Send it again"
            " if the matter must be known, or let it be: then it may not have come, or comes only once."
        )
    if state == State.REJECTED:
        if row.reason == Reason.GAVE_UP:
            return _(
                "The recipient's mail server did not take it in time. Send it again, or ask for another address."
            )
        return _("The recipient's mail server refused it. Look at what it said below, and at the address.")
    if state == State.DEFERRED:
        return _("The recipient's mail server asked to come back later. It is tried again by itself.")
    if state == State.SUPPRESSED and row.reason == Reason.ADDRESS_STOPPED:
        return _(
            "Messages to the address have come back, so nothing is sent to it. Correct the address, or try it again."
        )
    return ""


def may_resend(row: Delivery) -> bool:
    """A message of its own that did not arrive for certain; a letter is sent again to all who miss it, on its own page."""
    return row.mailing_id is None and (
        row.state == State.UNCERTAIN or (row.state == State.REJECTED and row.reason != Reason.NOT_RENDERED)
    )


# --- health -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Health:
    """`waiting` is counted to MOST_COUNTED; `to_print`: paper that leaves when somebody prints it; `stuck`: what should have left an hour ago; `trouble`: the sender's own last word;
    `slow`: mail hosts that have asked for less, and how many messages a second they get."""

    waiting: int
    to_print: int
    oldest: datetime | None
    uncertain: int
    stopped: int
    trouble: str
    slow: list[tuple[str, float]]

    @property
    def many(self) -> bool:
        return self.waiting > MOST_COUNTED


def health(scope: Scope, now: datetime) -> Health:
    own = Delivery.objects.visible_to(scope).order_by()
    waiting = own.filter(state__in=UNSENT).exclude(channel=Channel.LETTER)
    due = waiting.filter(next_at__lt=now - STUCK).order_by("next_at").values_list("next_at", flat=True)
    return Health(
        waiting=waiting.values("pk")[: MOST_COUNTED + 1].count(),
        to_print=own.filter(state=State.PLANNED, channel=Channel.LETTER).values("pk")[:MOST_COUNTED].count(),
        oldest=due.first(),
        uncertain=in_doubt(scope).count(),
        stopped=stopped(scope).count(),
        trouble=str(cache.get(TROUBLE) or ""),
        slow=[
            (str(_HOSTS.get(_group(lane), _OTHERS)), rate)
            for lane, rate in Rates().slowed(lanes.MAIL_LANES).items()
        ],
    )


def _group(lane: int) -> str:
    return lanes.GROUPS[lane][0] if lane < len(lanes.GROUPS) else ""


def in_doubt(scope: Scope) -> QuerySet[Delivery]:
    """Messages of which it is not known whether they arrived and that nobody has looked at; letters to members and marketing too."""
    return Delivery.objects.visible_to(scope).filter(state=State.UNCERTAIN).exclude(reason=Reason.LEFT)


def stopped(scope: Scope) -> QuerySet[AddressState]:
    """Addresses to which nothing is sent, or that have complained, of members the reader may write to."""
    parties = Party.objects.visible_to(scope, VIEW).filter(non_disclosure=False)
    points = ContactPoint.objects.filter(
        kind=ContactKind.EMAIL, key=OuterRef("address"), valid_to=None, party__in=parties.values("pk")
    )
    return AddressState.objects.exclude(trouble="").filter(Exists(points))


def owners(scope: Scope, addresses: list[str]) -> dict[str, list[Party]]:
    """Whose the addresses are, of those the reader may write to."""
    parties = Party.objects.visible_to(scope, VIEW).filter(non_disclosure=False)
    rows = ContactPoint.objects.filter(
        kind=ContactKind.EMAIL, key__in=addresses, valid_to=None, party__in=parties.values("pk")
    ).select_related("party")
    found: dict[str, list[Party]] = {}
    for row in rows.order_by("party__sort_key", "pk"):
        found.setdefault(row.key, []).append(row.party)
    return found


def classes() -> dict[int, str]:
    return {int(klass): str(klass.label) for klass in Klass}
