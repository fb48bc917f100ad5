"""Rounds in which payers check the data they will be billed by: begun, sent, reminded, closed (REG-16).

The link carries which payer's check it is and which of the links given: raising `version` makes the earlier ones void. A code is
made when its letter is drawn, and only a keyed digest of it is kept: whoever reads the database cannot use it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import connection
from django.db.models import Q
from django.utils.crypto import salted_hmac

from billing import loading, settling
from billing.models import CheckRound, DataCheck
from billing.models.checks import Channel, DataCheckQuerySet, Via
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue
from members.models import OrgUnit, Party
from members.services import joining

SALT = "billing.check"
SEND_JOB, LETTERS_JOB = "billing.check_send", "billing.check_letters"
# Without those that look like others on paper: 0 O, 1 I L.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
# 31 to the tenth: with the limit on tries nobody finds one by trying.
CODE_LENGTH = 10
CODE_LASTS = timedelta(hours=1)
# Between two e-mails to the same payer.
BETWEEN = timedelta(days=1)

# In one statement, however many they are: nothing of it passes through here. Of a round narrowed by types or by a segment
# the payers of those members are asked.
_ENTER = """
INSERT INTO billing_datacheck (round_id, payer_id, channel, version, code_digest, code_version, answer, via)
SELECT %(round)s, p.id, CASE WHEN EXISTS (SELECT 1 FROM members_contactpoint c WHERE c.party_id = p.id AND c.kind = 'email'
  AND c.primary AND c.valid_to IS NULL AND c.bounced_on IS NULL) THEN 'email' ELSE 'letter' END, 1, '', 1, '', ''
FROM members_party p LEFT JOIN members_person s ON s.party_id = p.id
WHERE s.deceased_on IS NULL AND p.merged_into_id IS NULL AND p.id IN (
  SELECT settled.payer_id FROM SETTLED_NOW
  WHERE (%(among)s::bigint[] IS NULL OR settled.party_id = ANY(%(among)s))
    AND (%(only)s::text[] = '{}' OR settled.party_id IN (
      SELECT m.party_id FROM members_membership m JOIN members_membershiptype t ON t.id = m.type_id
      WHERE m.unit_id = ANY(%(units)s) AND t.federation_code = ANY(%(only)s))))
ORDER BY p.sort_key, p.id
ON CONFLICT (round_id, payer_id) DO NOTHING
""".replace("SETTLED_NOW", settling.ALL_NOW)


class RoundError(Exception):
    """`code`: closed (the round takes no answers), running (its e-mails are being sent), nobody (all who are silent have had
    an e-mail within a day)."""

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


def begin(*, actor: User, plan: Plan, base: str, token: UUID | None = None) -> CheckRound:
    """Make the round and a job that settles who is asked and sends the links. `base`: the address of the service.

    `token`: of the form, so that a form sent twice makes one round (joining.SentAlready).
    """
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
        if token is not None:
            joining.spend(token, made.pk)
        return _with_job(made, actor, base, remind=False)


def settle(*, round: CheckRound, among: Collection[int] | None, on: date, at: datetime) -> int:
    """Write who is asked: the payers of the memberships the round is about, once each; how many.

    `among`: the members of the segment as its owner sees them today; None for everybody.
    """
    day = max(on, date(round.year, 1, 1))
    terms = settling.Terms.of(loading.load_fees(year=round.year, unit_ids=round.units), round.units, day)
    narrowed = {"only": list(round.types), "among": None if among is None else list(among)}
    with mutation(actor=round.created_by, kind="check.settle", summary=round.title, unit_id=round.unit_id):
        with connection.cursor() as cursor:
            cursor.execute(_ENTER, {"round": round.pk} | terms.params() | narrowed)
        round.opened_at = at
        round.save(update_fields=["opened_at"])
    return DataCheck.objects.filter(round=round).count()


# --- e-mails and letters ----------------------------------------------------------------------------------------------
def to_mail(round: CheckRound, *, reminding: bool, at: datetime) -> DataCheckQuerySet:
    """Who gets an e-mail now: at first those who have had none, then the silent whose last one is a day old."""
    rows = DataCheck.objects.filter(
        round=round, channel=Channel.EMAIL, payer__merged_into__isnull=True
    ).silent()
    if not reminding:
        return rows.filter(sent_at=None)
    before = at - BETWEEN
    rows = rows.filter(Q(sent_at=None) | Q(sent_at__lt=before))
    return rows.filter(Q(reminded_at=None) | Q(reminded_at__lt=before))


def mark_sent(
    *, checks: Collection[DataCheck], at: datetime, actor: User | None, reminding: bool = False
) -> None:
    """Their e-mails are in the outbox."""
    column = "reminded_at" if reminding else "sent_at"
    with mutation(actor=actor, kind="check.remind" if reminding else "check.send"):
        DataCheck.objects.filter(pk__in=[check.pk for check in checks]).update(**{column: at})


def send_by_letter(*, check: DataCheck, actor: User | None) -> None:
    """No e-mail reaches the payer: the address has been removed, or the server refuses it for good."""
    with mutation(actor=actor, kind="check.by_letter"):
        DataCheck.objects.filter(pk=check.pk).update(channel=Channel.LETTER, sent_at=None)


def remind(*, actor: User, round: CheckRound, base: str, on: date, at: datetime) -> CheckRound:
    """An e-mail to those who have not answered and have had none within a day. RoundError: closed, running, nobody."""
    with mutation(actor=actor, kind="check.reminders", summary=round.title, unit_id=round.unit_id):
        round = _open(round, on)
        if Job.objects.active().filter(kind=SEND_JOB, dedupe_key=str(round.pk)).exists():
            raise RoundError("running")
        if not to_mail(round, reminding=True, at=at).exists():
            raise RoundError("nobody")
        return _with_job(round, actor, base, remind=True)


def print_letters(*, actor: User, round: CheckRound, base: str, on: date) -> Job:
    """Letters with a new code for those without e-mail who have not answered; codes of earlier letters stop working."""
    with mutation(actor=actor, kind="check.print", summary=round.title, unit_id=round.unit_id):
        round = _open(round, on)
        return enqueue(
            kind=LETTERS_JOB,
            title=round.title,
            owner=actor,
            unit_id=round.unit_id,
            params={"round": round.pk, "base": base},
            dedupe_key=str(round.pk),
            needs="members.edit",
            units=round.units,
        )


def new_codes(*, actor: User, round: CheckRound, checks: Sequence[DataCheck], at: datetime) -> dict[int, str]:
    """A code for each one's letter, by key of the check. What was opened with the code before it closes too."""
    with mutation(actor=actor, kind="check.letters", summary=round.title, unit_id=round.unit_id):
        rows = DataCheck.objects.select_for_update(of=("self",)).filter(pk__in=[c.pk for c in checks])
        codes = {}
        for check in rows.order_by("pk"):
            code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
            check.code_digest, check.code_by, check.sent_at = digest(code), actor, at
            check.code_version += 1
            check.save(update_fields=["code_digest", "code_version", "code_by", "sent_at"])
            codes[check.pk] = f"{code[:5]}-{code[5:]}"
    return codes


# --- the end of a round -----------------------------------------------------------------------------------------------
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
        check.code_version += 1
        check.code_digest = ""
        check.sent_at = check.reminded_at = None
        check.save(update_fields=["version", "code_version", "code_digest", "sent_at", "reminded_at"])
    return check


def _open(round: CheckRound, on: date) -> CheckRound:
    """The round under lock, as long as it takes answers."""
    found = CheckRound.objects.select_for_update().get(pk=round.pk)
    if not found.is_open(on):
        raise RoundError("closed")
    return found


def _with_job(round: CheckRound, actor: User, base: str, *, remind: bool) -> CheckRound:
    job = enqueue(
        kind=SEND_JOB,
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
    """What stands in the address of the page. Of one opened by a code it works for an hour: the machine may be others' too."""
    return signing.dumps([check.pk, check.version, via, check.code_version], salt=SALT, compress=False)


def by_token(token: str, on: date) -> tuple[DataCheck, str] | None:
    """The check and the way it was opened; None for a link that is false, void, or of a round that is over."""
    try:
        pk, version, via, code_version = signing.loads(token, salt=SALT)
        if via == Via.CODE:
            signing.loads(token, salt=SALT, max_age=CODE_LASTS)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    rows = _rows().filter(pk=pk, version=version)
    check = (rows.filter(code_version=code_version) if via == Via.CODE else rows).first()
    return (check, via) if check is not None and check.round.is_open(on) else None


def is_code_token(token: str) -> bool:
    """Whether a token, old or new, came from typing a code: then typing it once more may help."""
    try:
        return signing.loads(token, salt=SALT)[2] == Via.CODE
    except (signing.BadSignature, TypeError, ValueError, IndexError):
        return False


def by_code(typed: str, on: date) -> DataCheck | None:
    code = plain_code(typed)
    if len(code) != CODE_LENGTH:
        return None
    check = _rows().filter(code_digest=digest(code)).first()
    return check if check is not None and check.round.is_open(on) else None


def _rows() -> DataCheckQuerySet:
    rows = DataCheck.objects.select_related("round__unit", "payer__person", "payer__organisation")
    return rows.filter(payer__merged_into__isnull=True)


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
