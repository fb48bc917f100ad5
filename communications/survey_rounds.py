"""The rounds of a survey's letters as the office sees them: how far each has come, in figures that add up; what can be done next (COM-5).

Of a round that is not listed less is told: with the reasons of each, who is known to have no address could be counted among the silent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from communications.models import Delivery, Mailing, MailingState, Reason, State, Survey, SurveyInvitation
from communications.models.mailings import UNDER_WAY
from communications.models.surveys import SurveyInvitationQuerySet
from communications.services.inviting import BETWEEN
from communications.services.summing import Figures, figures
from communications.services.surveys import SENT_BY_MAIL

CHIPS = {
    MailingState.SCHEDULED: "info",
    MailingState.FROZEN: "info",
    MailingState.SENDING: "info",
    MailingState.PAUSED: "warn",
    MailingState.DONE: "done",
    MailingState.CANCELLED: "plain",
}
UNREACHED = (State.REJECTED, State.SUPPRESSED, State.UNCERTAIN)


@dataclass(frozen=True)
class Round:
    """`lines` make `planned`. `stopped`: why it could not be sent."""

    mailing: Mailing
    planned: int
    lines: list[tuple[str, int]]
    missing: int

    @property
    def name(self) -> str:
        return _("Reminder") if self.mailing.reminding else _("Invitations")

    @property
    def chip(self) -> tuple[str, str]:
        state = MailingState(self.mailing.state)
        return CHIPS.get(state, "plain"), str(state.label)

    @property
    def stopped(self) -> str:
        return {
            "unit": _("Whoever sent it may not make surveys here any more."),
            "closed": _("The survey had closed."),
        }.get(self.mailing.summary.get("stopped", ""), "")

    @property
    def may_pause(self) -> bool:
        return self.mailing.state == MailingState.SENDING

    @property
    def may_resume(self) -> bool:
        return self.mailing.state == MailingState.PAUSED

    @property
    def may_cancel(self) -> bool:
        return self.mailing.state in UNDER_WAY

    @property
    def may_retry(self) -> bool:
        return self.mailing.state == MailingState.DONE and self.missing > 0


def rounds(survey: Survey) -> list[Round]:
    """The newest first."""
    return [_round(mailing) for mailing in Mailing.objects.filter(survey=survey).order_by("-pk")]


def _round(mailing: Mailing) -> Round:
    found = figures(mailing)
    return Round(mailing, found.planned, _lines(mailing, found), found.uncertain + found.rejected)


def _lines(mailing: Mailing, found: Figures) -> list[tuple[str, int]]:
    told = [(_("sent"), found.accepted), (_("waits"), found.waiting)]
    if mailing.unlisted:
        told.append((_("not sent"), found.planned - found.accepted - found.waiting))
    else:
        told.append((str(State.UNCERTAIN.label), found.uncertain))
        told += reasons(found)
    return [(label, n) for label, n in told if n]


def reasons(found: Figures) -> list[tuple[str, int]]:
    """Why some got none, the most common first."""
    return [
        (str(Reason(code).label), n)
        for (state, code), n in found.reasons.most_common()
        if state != State.UNCERTAIN
    ]


@dataclass(frozen=True)
class Next:
    """The next round: whether it can leave, from when it can, and whether it reminds."""

    possible: bool = False
    reminds: bool = True
    after: datetime | None = None


def next_round(survey: Survey, told: list[Round], *, on: date, at: datetime) -> Next:
    """As `asking.ask` and, of associations, `inviting.to_mail` take it."""
    if not survey.takes_answers(on) or survey.settled_at is None or survey.audience not in SENT_BY_MAIL:
        return Next()
    if survey.of_units:
        return Next(possible=True)
    left = [one.mailing for one in told if one.mailing.state != MailingState.CANCELLED]
    if any(one.state in UNDER_WAY for one in left):
        return Next()
    after = max((one.scheduled_at + BETWEEN for one in left if one.scheduled_at), default=None)
    if after is not None and after > at:
        return Next(reminds=True, after=after)
    return Next(possible=True, reminds=bool(left))


# --- who is asked -------------------------------------------------------------------------------------------------------
def without_letter(rows: SurveyInvitationQuerySet) -> SurveyInvitationQuerySet:
    """Those who may not be asked, or whom no invitation has reached."""
    listed = Delivery.objects.filter(party=OuterRef("party"), mailing__survey=OuterRef("survey"))
    tried = listed.filter(mailing__reminding=False)
    missed = tried.filter(state__in=UNREACHED)
    reached = tried.filter(state=State.ACCEPTED)
    return rows.exclude(left_out="") | rows.filter(Exists(missed), ~Exists(reached))


def letters_of(survey: Survey, page: Iterable[SurveyInvitation]) -> dict[int, list[Delivery]]:
    """What was sent to each respondent, by the key of the party; nothing of rounds that are not listed."""
    rows = Delivery.objects.filter(
        mailing__survey=survey,
        mailing__unlisted=False,
        party__in=[one.party_id for one in page if one.party_id is not None],
    )
    found: dict[int, list[Delivery]] = {}
    for row in rows.select_related("mailing").order_by("pk"):
        if row.party_id is not None:
            found.setdefault(row.party_id, []).append(row)
    return found


def why_without(survey: Survey) -> list[tuple[str, int]]:
    """The reasons of the last round of invitations."""
    last: Any = Mailing.objects.filter(survey=survey, reminding=False).order_by("-pk").first()
    return reasons(figures(last)) if last is not None else []
