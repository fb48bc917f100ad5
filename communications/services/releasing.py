"""A letter's way from draft to sent: scheduled, approved where it goes to many, frozen, let go, paused, cancelled, tried again.

What time does by itself is `advance`: a letter whose time has come is frozen and has five minutes in which it can be taken back;
then it leaves; when nothing of it is under way any more it is done, and its figures are kept with it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from communications.approving import approval_limit, writers
from communications.models import AddressState, Channel, Delivery, Mailing, MailingState, Reason, State
from communications.models.deliveries import UNDER_WAY
from communications.permissions import APPROVE
from communications.sending.waking import wake
from communications.services import inviting_by_letter, planning, summing, wording
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.scope import Scope

log = structlog.get_logger(__name__)

REGRET = timedelta(minutes=5)
LATEST = timedelta(days=366)
APPROVED = (
    "approved"  # in a letter's `summary`: how many it would have gone to when the second person approved it
)


class ReleaseError(ValueError):
    """`code`: changed (somebody else has saved or sent it) · state (not possible any more) · past, far (the time) · nobody ·
    segment · unit · same_person (whoever has written of it does not approve it) · words (no version has any)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- by people -----------------------------------------------------------------------------------------------------------
def schedule(
    *, mailing: Mailing, version: int, actor: User, now: datetime, at: datetime | None = None
) -> Mailing:
    """Let the letter go at `at`, or now. To more than the limit it waits for a second person first. Raises ReleaseError."""
    if at is not None and at < now:
        raise ReleaseError("past")
    if at is not None and at > now + LATEST:
        raise ReleaseError("far")
    with mutation(actor=actor, kind="letter.schedule", summary=mailing.title, unit_id=mailing.unit_id):
        locked = _locked(mailing, MailingState.DRAFT, version=version)
        _check_words(locked)
        reached = _reached(locked, Scope.for_user(actor, on=_day(now)), _day(now))
        locked.sender, locked.scheduled_at = actor, at or now
        locked.approved_by, locked.approved_at = None, None
        wait = reached > approval_limit(locked.unit)
        locked.state = MailingState.WAITING if wait else MailingState.SCHEDULED
        locked.summary = {}
        locked.version += 1
        locked.save()
    _advance_soon(locked)
    return locked


def approve(*, mailing: Mailing, version: int, actor: User, now: datetime) -> Mailing:
    """The second person's word. A time that has passed meanwhile becomes now. Raises ReleaseError."""
    with mutation(actor=actor, kind="letter.approve", summary=mailing.title, unit_id=mailing.unit_id):
        locked = _locked(mailing, MailingState.WAITING, version=version)
        if actor.pk in writers(locked):
            raise ReleaseError("same_person")
        if not Scope.for_user(actor, on=_day(now)).can(APPROVE, locked.unit_id):
            raise ReleaseError("unit")
        assert locked.scheduled_at is not None
        locked.approved_by, locked.approved_at = actor, now
        locked.scheduled_at = max(locked.scheduled_at, now)
        sender = Scope.for_user(locked.sender, on=_day(now))
        locked.summary = {APPROVED: _reached(locked, sender, _day(now))}
        locked.state = MailingState.SCHEDULED
        locked.version += 1
        locked.save()
    _advance_soon(locked)
    return locked


def take_back(*, mailing: Mailing, version: int, actor: User) -> Mailing:
    """Back to a draft: refused by the second person, or called back by who sent it, before it has been frozen. ReleaseError."""
    with mutation(actor=actor, kind="letter.take_back", summary=mailing.title, unit_id=mailing.unit_id):
        locked = _locked(mailing, MailingState.WAITING, MailingState.SCHEDULED, version=version)
        locked.state = MailingState.DRAFT
        locked.scheduled_at = locked.approved_at = locked.approved_by = None
        locked.version += 1
        locked.save()
    return locked


refuse = take_back  # what the second person calls it


def regret(*, mailing: Mailing, actor: User) -> Mailing:
    """Within the five minutes: nobody gets it, and the words are there to be written on. Raises ReleaseError: it has left."""
    with mutation(actor=actor, kind="letter.regret", summary=mailing.title, unit_id=mailing.unit_id):
        locked = _locked(mailing, MailingState.FROZEN)
        inviting_by_letter.take_back(locked)
        rows = Delivery.objects.filter(mailing=locked)
        rows._raw_delete(rows.db)  # nothing hangs on them: hundreds of thousands need not be read first
        locked.state = MailingState.DRAFT
        locked.frozen_at = locked.release_at = locked.scheduled_at = None
        locked.approved_at = locked.approved_by = None
        locked.summary = {}
        locked.version += 1
        locked.save()
    return locked


def pause(*, mailing: Mailing, actor: User) -> Mailing:
    """No more leave; what a sender holds just now still does. Raises ReleaseError."""
    return _turn(mailing, actor, "letter.pause", (MailingState.SENDING,), MailingState.PAUSED)


def resume(*, mailing: Mailing, actor: User) -> Mailing:
    """Raises ReleaseError."""
    return _turn(mailing, actor, "letter.resume", (MailingState.PAUSED,), MailingState.SENDING)


def cancel(*, mailing: Mailing, actor: User | None) -> Mailing:
    """The rest is not sent: no sender takes any of it from now on, and `advance` tells it of each. Raises ReleaseError."""
    open_states: tuple[MailingState, ...] = (MailingState.FROZEN, MailingState.SENDING, MailingState.PAUSED)
    if mailing.survey_id:  # a round is never a draft that it could be again
        open_states = (MailingState.SCHEDULED, *open_states)
    cancelled = _turn(mailing, actor, "letter.cancel", open_states, MailingState.CANCELLED)
    transaction.on_commit(lambda: wake("communications.advance"))
    return cancelled


def retry_missing(*, mailing: Mailing, actor: User, now: datetime) -> int:
    """Try those again who did not get it: refused for a while, given up, or in doubt — with the same Message-ID. How many.

    Who was left out with a reason stays out, and so does an address that does not exist. Raises ReleaseError.
    """
    with mutation(actor=actor, kind="letter.retry", summary=mailing.title, unit_id=mailing.unit_id):
        locked = _locked(mailing, MailingState.DONE, MailingState.SENDING, MailingState.PAUSED)
        again = Q(state=State.UNCERTAIN) & ~Q(reason=Reason.LEFT) | Q(
            state=State.REJECTED,
            reason__in=[Reason.GAVE_UP, Reason.REFUSED_BY_SERVER, Reason.NOT_RENDERED, Reason.BOUNCED],
        )
        stopped = AddressState.objects.filter(address=OuterRef("address_key"), stopped_at__isnull=False)
        rows = Delivery.objects.filter(again, ~Exists(stopped), mailing=locked)
        count = rows.update(
            state=State.DEFERRED, reason="", next_at=now, created_at=now, attempts=0, done_at=None
        )
        if count and locked.state == MailingState.DONE:
            locked.state, locked.finished_at = MailingState.SENDING, None
            locked.save()
    transaction.on_commit(wake)
    return count


# --- by time ---------------------------------------------------------------------------------------------------------------
def advance(*, now: datetime) -> int:
    """Do what time has brought: freeze, let go, finish. Each letter by itself; how many moved. Safe to run at once and again."""
    due = Mailing.objects.filter(
        Q(state=MailingState.SCHEDULED, scheduled_at__lte=now)
        | Q(state=MailingState.FROZEN, release_at__lte=now)
        | Q(state=MailingState.SENDING)
        | Q(state=MailingState.CANCELLED, finished_at=None, frozen_at__isnull=False)
    )
    moved = 0
    for pk in due.order_by("scheduled_at", "pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                mailing = Mailing.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
                if mailing is not None:
                    moved += _moved(mailing, now)
        except Exception:  # one letter's trouble keeps no other one back; the next round tries again
            log.exception("letters.not_advanced", mailing=pk)
    return moved


def _moved(mailing: Mailing, now: datetime) -> bool:
    if mailing.state == MailingState.SCHEDULED and mailing.scheduled_at and mailing.scheduled_at <= now:
        return _freeze(mailing, now)
    if mailing.state == MailingState.FROZEN and mailing.release_at and mailing.release_at <= now:
        with mutation(
            actor=mailing.sender, kind="letter.release", summary=mailing.title, unit_id=mailing.unit_id
        ):
            mailing.state = MailingState.SENDING
            mailing.save(update_fields=["state"])
            wording.seal(mailing)
        transaction.on_commit(wake)
        return True
    if mailing.state in {MailingState.SENDING, MailingState.CANCELLED}:
        return _finish(mailing)
    return False


def _freeze(mailing: Mailing, now: datetime) -> bool:
    """Who gets it is settled. A sender who may not any more, or a group that is gone, gives the letter back as a draft."""
    on = _day(now)
    with mutation(actor=mailing.sender, kind="letter.freeze", summary=mailing.title, unit_id=mailing.unit_id):
        try:
            scope = Scope.for_user(mailing.sender, on=on)
            if _grew(mailing, scope, on):
                mailing.state, mailing.approved_by, mailing.approved_at = MailingState.WAITING, None, None
                mailing.version += 1
                mailing.save()
                return True
            wording.write_words(mailing)
            planned = planning.freeze(mailing, scope=scope, on=on)
        except planning.PlanError as error:
            _give_back(mailing, error.code, now)
        else:
            mailing.state, mailing.frozen_at = MailingState.FROZEN, now
            mailing.release_at = (
                now.astimezone(UTC) + REGRET
            )  # not by the wall clock: an hour comes twice in October
            inviting_by_letter.invite(mailing)
            mailing.summary = {"planned": planned}
        mailing.save()
    return True


def _give_back(mailing: Mailing, why: str, now: datetime) -> None:
    """A draft again; a round of a survey, which nobody writes, ends."""
    mailing.state, mailing.scheduled_at = MailingState.DRAFT, None
    if mailing.survey_id:
        mailing.state, mailing.finished_at = MailingState.CANCELLED, now
    mailing.approved_at = mailing.approved_by = None
    mailing.summary = {"stopped": why}


def _grew(mailing: Mailing, scope: Scope, on: date) -> bool:
    """It would go to more than the limit by now, or to a tenth more than was approved: a second person looks at it (once more).

    A round of a survey is not approved: its words are ours, and how many it asks was shown when it opened.
    """
    if mailing.survey_id:
        return False
    allowed = approval_limit(mailing.unit)
    if mailing.approved_by_id is not None:
        allowed = max(allowed, mailing.summary.get(APPROVED, 0) * 11 // 10)
    return planning.plan(mailing, scope=scope, on=on).reached > allowed


def _finish(mailing: Mailing) -> bool:
    """Log what has gone since the last time; done when nothing more is to come. Of a cancelled one that is what senders held.

    The time is the database's, as in the rows: what was accepted while earlier letters were being looked at is logged too.
    """
    cancelled = mailing.state == MailingState.CANCELLED
    if cancelled:
        end_cancelled(mailing)
        inviting_by_letter.take_back(mailing, cancelled=True)
    rows = Delivery.objects.filter(mailing=mailing, state__in=UNDER_WAY).exclude(channel=Channel.LETTER)
    over = not rows.exists()
    with connection.cursor() as cursor:  # after the question: what was accepted before it is older than this
        cursor.execute("SELECT clock_timestamp()")
        now = cursor.fetchone()[0]
    summing.log_sent(mailing=mailing, now=now, last=over)
    if not over:
        return False
    with mutation(actor=mailing.sender, kind="letter.done", summary=mailing.title, unit_id=mailing.unit_id):
        mailing.state = MailingState.CANCELLED if cancelled else MailingState.DONE
        mailing.finished_at = now
        mailing.save(update_fields=["state", "finished_at"])
    return True


def end_cancelled(mailing: Mailing) -> None:
    Delivery.objects.filter(mailing=mailing, state__in=[State.PLANNED, State.DEFERRED]).update(
        state=State.CANCELLED, reason=Reason.CANCELLED
    )


# --- helpers ---------------------------------------------------------------------------------------------------------------
def _reached(mailing: Mailing, scope: Scope, on: date) -> int:
    try:
        found = planning.plan(mailing, scope=scope, on=on)
    except planning.PlanError as error:
        raise ReleaseError(error.code) from error
    if not found.reached:
        raise ReleaseError("nobody")
    return found.reached


def _day(now: datetime) -> date:
    """The day in Finland."""
    return now.astimezone(clock.HELSINKI).date()


def _check_words(mailing: Mailing) -> None:
    if not any(version.subject.strip() and version.blocks for version in mailing.versions.all()):
        raise ReleaseError("words")


def _turn(
    mailing: Mailing, actor: User | None, kind: str, states: tuple[MailingState, ...], to: MailingState
) -> Mailing:
    with mutation(actor=actor, kind=kind, summary=mailing.title, unit_id=mailing.unit_id):
        locked = _locked(mailing, *states)
        locked.state = to
        locked.save(update_fields=["state"])
    transaction.on_commit(wake)
    return locked


def _locked(mailing: Mailing, *states: MailingState, version: int | None = None) -> Mailing:
    locked = (
        Mailing.objects.select_for_update(of=("self",)).select_related("unit", "topic").get(pk=mailing.pk)
    )
    if version is not None and locked.version != version:
        raise ReleaseError("changed")
    if locked.state not in states:
        raise ReleaseError("state")
    return locked


def _advance_soon(mailing: Mailing) -> None:
    if mailing.state == MailingState.SCHEDULED:
        transaction.on_commit(lambda: wake("communications.advance"))
