"""Rounds in which payers check the data they will be billed by: begun, sent, reminded, closed (REG-16).

The link carries which payer's check it is and which of the links given: raising `version` makes the earlier ones void. A code is
made when its letter is drawn, and only a keyed digest of it is kept: whoever reads the database cannot use it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core import signing
from django.db import connection
from django.utils.crypto import salted_hmac

from billing import loading, settling
from billing.models import CheckRound, DataCheck
from billing.models.checks import Via
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue
from members.models import Membership, OrgUnit, Party

SALT = "billing.check"
SEND_JOB, LETTERS_JOB = "billing.check_send", "billing.check_letters"
# Without those that look like others on paper: 0 O, 1 I L.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
# 31 to the tenth: with the limit on tries nobody finds one by trying.
CODE_LENGTH = 10

_ENTER = """
INSERT INTO billing_datacheck (round_id, payer_id, channel, version, code_digest, answer, via)
SELECT %(round)s, p.id, CASE WHEN EXISTS (SELECT 1 FROM members_contactpoint c WHERE c.party_id = p.id AND c.kind = 'email'
  AND c.primary AND c.valid_to IS NULL AND c.bounced_on IS NULL) THEN 'email' ELSE 'letter' END, 1, '', '', ''
FROM members_party p LEFT JOIN members_person s ON s.party_id = p.id
WHERE p.id = ANY(%(payers)s) AND s.deceased_on IS NULL AND p.merged_into_id IS NULL
ORDER BY p.sort_key, p.id
ON CONFLICT (round_id, payer_id) DO NOTHING
"""


class RoundError(Exception):
    """`code`: closed, running, nobody."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Plan:
    """Whose data is checked for which year, and until when."""

    unit: OrgUnit
    units: Sequence[int]
    title: str
    year: int
    answer_by: date
    types: Sequence[str] = ()
    segment_id: int | None = None


def begin(*, actor: User, plan: Plan, base: str) -> CheckRound:
    """Make the round and a job that settles who is asked and sends the links. `base`: the address of the service."""
    with mutation(actor=actor, kind="check.begin", summary=plan.title, unit_id=plan.unit.pk):
        made = CheckRound.objects.create(
            unit=plan.unit,
            units=sorted(plan.units),
            title=plan.title,
            year=plan.year,
            answer_by=plan.answer_by,
            types=sorted(plan.types),
            segment_id=plan.segment_id,
            created_by=actor,
        )
        return _with_job(made, SEND_JOB, actor, base, remind=False)


def settle(*, round: CheckRound, among: Collection[int] | None, on: date, at: datetime) -> int:
    """Write who is asked: the payers of the memberships the round is about, once each; how many.

    `among`: the members of the segment as its owner sees them today; None for everybody.
    """
    day = max(on, date(round.year, 1, 1))
    fees = loading.load_fees(year=round.year, unit_ids=round.units)
    members = _members(round, among)
    payers = (
        []
        if members == set()
        else settling.payers_of(members or (), settling.Terms.of(fees, round.units, day))
    )
    with mutation(actor=round.created_by, kind="check.settle", summary=round.title, unit_id=round.unit_id):
        with connection.cursor() as cursor:
            cursor.execute(_ENTER, {"round": round.pk, "payers": payers})
        round.opened_at = at
        round.save(update_fields=["opened_at"])
    return DataCheck.objects.filter(round=round).count()


def _members(round: CheckRound, among: Collection[int] | None) -> set[int] | None:
    """Whose memberships are meant; None for all of them."""
    if not round.types:
        return None if among is None else set(among)
    rows = Membership.objects.filter(unit_id__in=round.units, type__federation_code__in=round.types)
    found = set(rows.order_by().values_list("party_id", flat=True))
    return found if among is None else found & set(among)


def mark_sent(*, checks: Collection[int], at: datetime, actor: User | None, reminding: bool = False) -> None:
    with mutation(actor=actor, kind="check.remind" if reminding else "check.send"):
        rows = DataCheck.objects.filter(pk__in=checks)
        rows.update(**{"reminded_at" if reminding else "sent_at": at})


def remind(*, actor: User, round: CheckRound, base: str, on: date) -> CheckRound:
    """A second letter by e-mail to those who have not answered. RoundError for a round that is over, or being sent."""
    with mutation(actor=actor, kind="check.reminders", summary=round.title, unit_id=round.unit_id):
        return _with_job(_open(round, on), SEND_JOB, actor, base, remind=True)


def print_letters(*, actor: User, round: CheckRound, base: str, on: date) -> Job:
    """Letters with a new code for those without e-mail who have not answered; codes of earlier letters stop working."""
    round = _open(round, on)
    return enqueue(
        kind=LETTERS_JOB,
        title=round.title,
        owner=actor,
        unit_id=round.unit_id,
        params={"round": round.pk, "base": base},
        dedupe_key=str(round.pk),
        needs="members.edit",
        units=[round.unit_id],
    )


def close(*, actor: User, round: CheckRound, at: datetime) -> CheckRound:
    """No more answers: links and codes stop working at once. What has been proposed still waits for the office."""
    with mutation(actor=actor, kind="check.close", summary=round.title, unit_id=round.unit_id):
        round = CheckRound.objects.select_for_update().get(pk=round.pk)
        if round.closed_at is None:
            round.closed_at = at
            round.save(update_fields=["closed_at"])
    return round


def open_again(*, actor: User, round: CheckRound) -> CheckRound:
    """Closing taken back: the same links work until the round's last day."""
    with mutation(actor=actor, kind="check.open", summary=round.title, unit_id=round.unit_id):
        round = CheckRound.objects.select_for_update().get(pk=round.pk)
        round.closed_at = None
        round.save(update_fields=["closed_at"])
    return round


def revoke(*, actor: User, check: DataCheck) -> DataCheck:
    """The link and the code given so far stop working: the letter went astray."""
    with mutation(actor=actor, kind="check.revoke", summary=check.payer.display_name):
        check = (
            DataCheck.objects.select_for_update(of=("self",))
            .select_related("payer", "round")
            .get(pk=check.pk)
        )
        check.version += 1
        check.code_digest = ""
        check.sent_at = check.reminded_at = None
        check.save(update_fields=["version", "code_digest", "sent_at", "reminded_at"])
    return check


def _open(round: CheckRound, on: date) -> CheckRound:
    found = CheckRound.objects.select_for_update().get(pk=round.pk) if connection.in_atomic_block else round
    if not found.is_open(on):
        raise RoundError("closed")
    return found


def _with_job(round: CheckRound, kind: str, actor: User, base: str, *, remind: bool) -> CheckRound:
    job = enqueue(
        kind=kind,
        title=round.title,
        owner=actor,
        unit_id=round.unit_id,
        params={"round": round.pk, "base": base, "remind": remind},
        dedupe_key=str(round.pk),
        capability="members.edit",
    )
    round.job_id = job.pk
    round.save(update_fields=["job_id"])
    return round


# --- links and codes --------------------------------------------------------------------------------------------------
def token_of(check: DataCheck, via: str = Via.LINK) -> str:
    return signing.dumps([check.pk, check.version, via], salt=SALT, compress=False)


def by_token(token: str, on: date) -> tuple[DataCheck, str] | None:
    """The check and the way it was opened; None for a link that is false, void, or of a round that is over."""
    try:
        pk, version, via = signing.loads(token, salt=SALT)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    check = _rows().filter(pk=pk, version=version).first()
    return (check, via) if check is not None and check.round.is_open(on) else None


def by_code(typed: str, on: date) -> DataCheck | None:
    code = plain_code(typed)
    if len(code) != CODE_LENGTH:
        return None
    check = _rows().filter(code_digest=digest(code)).first()
    return check if check is not None and check.round.is_open(on) else None


def _rows():  # type: ignore[no-untyped-def]
    return DataCheck.objects.select_related("round__unit", "payer__person", "payer__organisation").filter(
        payer__merged_into__isnull=True
    )


def new_code(check: DataCheck) -> str:
    """A code for a letter; the one before it stops working. Written by the caller's act."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    check.code_digest = digest(code)
    check.save(update_fields=["code_digest"])
    return f"{code[:5]}-{code[5:]}"


def plain_code(typed: str) -> str:
    """As printed or as typed: small letters, blanks and the dash do not matter."""
    return "".join(c for c in typed.upper() if c in ALPHABET)


def digest(code: str) -> str:
    return salted_hmac(SALT, code, algorithm="sha256").hexdigest()


def own_check(party: Party | int, on: date) -> DataCheck | None:
    """The newest open check of somebody who is logged in."""
    pk = party if isinstance(party, int) else party.pk
    return (
        _rows()
        .filter(payer=pk)
        .filter(round__opened_at__isnull=False, round__closed_at__isnull=True, round__answer_by__gte=on)
        .order_by("-pk")
        .first()
    )
