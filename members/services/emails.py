"""Changes of the e-mail address of somebody who holds a post (REG-12).

An address is a key: login codes are sent to it. So a change waits for a week, unless the old address confirms it; the old
address is told at once and can stop it; and nobody changes the address of somebody who reaches further.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import EmailTaken, change_address
from jasenpalvelu.accounts.services.notices import absolute, send_notice
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import EmailChange, Mandate, Party, PartyLogin
from members.models.emails import EmailChangeState, EmailUse
from members.scope import Scope
from members.services import registering
from members.services.mandates import beyond, rights_of

WAITS = timedelta(days=7)
SALT = "members.email-change"


class Beyond(Exception):
    """The person holds a post that reaches further than the one who would change the address."""


def is_guarded(party_id: int, on: date) -> bool:
    """Whether the person has a post now or to come."""
    return Mandate.objects.not_over(on).filter(party_id=party_id).exists()


def may_change(scope: Scope, party_id: int, on: date) -> bool:
    """Whether the scope reaches everything the person's posts give; one's own address one may always change."""
    if scope.party_id == party_id:
        return True
    rows = Mandate.objects.not_over(on).filter(party_id=party_id).select_related("template").order_by("pk")
    return not any(
        beyond(scope, rights_of(row.template), unit_id=row.unit_id, listed=row.listed_units) for row in rows
    )


def hold_back_contact(*, party: Party, old: str, new: str, actor: User | None, on: date) -> EmailChange:
    """Instead of changing the address in the register: ask for the change. Raises Beyond."""
    scope = Scope.for_user(actor, on=on) if actor is not None else Scope.nobody()
    if actor is not None and not may_change(scope, party.pk, on):
        raise Beyond
    return _ask(party=party, user=None, use=EmailUse.CONTACT, old=old, new=new, actor=actor)


def hold_back_login(*, user: User, party: Party, new: str) -> EmailChange:
    """Instead of changing the address of the login, which has been proved by a code: ask for the change."""
    return _ask(party=party, user=user, use=EmailUse.LOGIN, old=user.email, new=new, actor=user)


def _ask(*, party: Party, user: User | None, use: str, old: str, new: str, actor: User | None) -> EmailChange:
    """A later change takes the place of one that waits. The owner of the old address is told when all is written."""
    now = clock.now()
    with mutation(actor=actor, kind="email.ask", summary=party.display_name):
        Party.objects.select_for_update().get(pk=party.pk)
        _stop_waiting(EmailChange.objects.filter(party=party, use=use), now)
        change = EmailChange.objects.create(
            party=party,
            user=user,
            use=use,
            old=old,
            new=new,
            asked_at=now,
            asked_by=actor,
            effective_at=now + WAITS,
        )
    _tell(change)
    return change


def _stop_waiting(rows: QuerySet[EmailChange], now: datetime) -> None:
    rows.filter(state=EmailChangeState.WAITING).update(state=EmailChangeState.STOPPED, decided_at=now)


def _tell(change: EmailChange) -> None:
    """The owner of the old address: what was asked, by when it happens, and how it is stopped or confirmed."""
    login = (
        PartyLogin.objects.filter(party_id=change.party_id).select_related("user").order_by("user_id").first()
    )
    if not change.old or login is None:
        return
    link = absolute(reverse("public:email_change", args=[token_of(change)]))
    facts = {
        "asked_at": change.asked_at,
        "old": change.old,
        "until": change.effective_at,
        "link": link,
        "is_login": change.use == EmailUse.LOGIN,
    }
    send_notice(
        "members/email/email_change", user=login.user, email=change.old, facts=facts, kind="members.email"
    )


# --- deciding -------------------------------------------------------------------------------------------------------
def token_of(change: EmailChange) -> str:
    """What only the old address gets; it says which change, and is good until the change is decided."""
    return signing.dumps(change.pk, salt=SALT)


def by_token(token: str) -> EmailChange | None:
    try:
        key = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return EmailChange.objects.select_related("party", "asked_by").filter(pk=key).first()


def waiting(party_id: int) -> list[EmailChange]:
    rows = EmailChange.objects.filter(party_id=party_id, state=EmailChangeState.WAITING)
    return list(rows.select_related("asked_by").order_by("pk"))


def to_tell(party_id: int) -> list[EmailChange]:
    """What the person is shown at the next login: changes that wait, and those decided that have not been seen."""
    rows = EmailChange.objects.to_tell().filter(party_id=party_id)
    return list(rows.select_related("asked_by").order_by("pk"))


def stop(*, change: EmailChange, actor: User | None) -> bool:
    """Nothing is changed. Whether it still waited."""
    with mutation(actor=actor, kind="email.stop", summary=change.party.display_name):
        row = _locked(change)
        if row is None:
            return False
        _stop_waiting(EmailChange.objects.filter(pk=row.pk), clock.now())
    return True


def confirm(*, change: EmailChange, actor: User | None, on: date) -> bool:
    """The owner of the old address says it is meant: it is changed at once. Whether it was."""
    with mutation(actor=actor, kind="email.confirm", summary=change.party.display_name):
        row = _locked(change)
        return row is not None and _apply(row, actor, on)


def apply_due(*, on: date) -> int:
    """Make the changes whose time has come; how many."""
    now, count = clock.now(), 0
    due = EmailChange.objects.filter(state=EmailChangeState.WAITING, effective_at__lte=now)
    for change in due.select_related("party").order_by("pk"):
        with mutation(actor=None, kind="email.apply", summary=change.party.display_name):
            row = _locked(change)
            count += row is not None and row.effective_at <= now and _apply(row, None, on)
    return count


def seen(*, party_id: int) -> None:
    """The person has been shown what was decided."""
    with mutation(actor=None, kind="email.seen"):
        rows = EmailChange.objects.filter(party_id=party_id, state=EmailChangeState.DONE, seen_at=None)
        rows.update(seen_at=clock.now())


def _locked(change: EmailChange) -> EmailChange | None:
    """The change when it still waits, with its party held first, as an edit of the party does."""
    Party.objects.select_for_update().get(pk=change.party_id)
    rows = EmailChange.objects.filter(pk=change.pk, state=EmailChangeState.WAITING)
    return rows.select_related("party", "user").first()


def _apply(change: EmailChange, actor: User | None, on: date) -> bool:
    """Write the new address; one that somebody else has taken meanwhile is not given to two."""
    done = True
    if change.use == EmailUse.CONTACT:
        registering.set_contacts(party=change.party, on=on, actor=actor, email=change.new)
    else:
        assert change.user is not None, "a constraint of the table"
        try:
            change_address(user=change.user, email=change.new)
        except EmailTaken:
            done = False
    change.state = EmailChangeState.DONE if done else EmailChangeState.STOPPED
    change.decided_at = clock.now()
    change.save(update_fields=["state", "decided_at"])
    return done
