"""Saying yes and no: consents and objections by purpose, channel and association (GDPR articles 6(1)(a), 7 and 21; REG-14).

Taking a consent back is the same act as giving it, and is never refused: not for want of a text, an age or a membership.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members import consents
from members.models import ConsentEvent, ConsentPurpose, ConsentText, OrgUnit, Party
from members.models.consents import TEXT, ConsentSource


class ConsentError(Exception):
    """`code`: text (the words shown are not those of today), unwritten (the purpose had no words on the day), channel (not one of
    the purpose), guardian (a child's yes needs one), note (it is not told how the office heard it), order (a version must not begin before the one it follows), past, begun."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Said:
    """One choice. `text_id`: the version that was shown."""

    purpose: str
    channel: str
    given: bool
    text_id: int | None = None


def record(
    *,
    actor: User | None,
    party: Party,
    unit: OrgUnit,
    said: Sequence[Said],
    source: str,
    at: datetime,
    on: date,
    told_on: date | None = None,
    note: str = "",
    guardian: str = "",
) -> list[ConsentEvent]:
    """Write down what the person said at `at` to the association: only what differs from what holds, in one act.

    `told_on`: an earlier day on which the office was told; a yes then counts from its beginning and a no to its end, so that in
    doubt the no holds. `on`: today. A yes counts while the membership goes on in which it was given (see `members.consents`). ConsentError when a yes may not be
    taken; then nothing is written.
    """
    if source == ConsentSource.OFFICE and not note.strip():
        raise ConsentError("note")
    _check(said)
    if not said:
        return []
    with mutation(actor=actor, kind="consent.say", unit_id=unit.pk):
        held = Party.objects.select_for_update(of=("self",)).select_related("person").get(pk=party.pk)
        new = _changes(held, unit, said, on)
        if any(one.given for one in new):
            if not guardian.strip() and consents.needs_guardian(held, on):
                raise ConsentError("guardian")
            _check_texts(new, unit, {on, at.astimezone(clock.HELSINKI).date()})
            new = _in_words_of(new, unit, told_on or on, on)
        return ConsentEvent.objects.bulk_create(
            ConsentEvent(
                party=held,
                purpose_id=one.purpose,
                channel=one.channel,
                unit=unit,
                given=one.given,
                text_id=one.text_id,
                source=source,
                note=note.strip()[:300],
                guardian=guardian.strip()[:120],
                at=_moment(one, at, told_on, on),
                actor=actor,
            )
            for one in new
        )


def _check(said: Iterable[Said]) -> None:
    known = {purpose.pk: purpose for purpose in ConsentPurpose.objects.order_by("pk")}
    for one in said:
        purpose = known.get(one.purpose)
        if purpose is None or one.channel not in purpose.channels:
            raise ConsentError("channel")


def _changes(party: Party, unit: OrgUnit, said: Iterable[Said], on: date) -> list[Said]:
    """What was said that does not hold already."""
    (now,) = consents.choices_of(party, [unit], on)
    holds = {(asked.purpose.pk, c.channel): c.allowed for asked in now.asked for c in asked.choices}
    return [one for one in said if holds.get((one.purpose, one.channel)) != one.given]


def _check_texts(said: Iterable[Said], unit: OrgUnit, days: Iterable[date]) -> None:
    """A yes is to the words shown on the day it was said or is written down."""
    shown = {text.pk: key for day in sorted(days) for key, text in consents.texts_for([unit.pk], day).items()}
    if any(one.given and shown.get(one.text_id or 0) != (one.purpose, unit.pk) for one in said):
        raise ConsentError("text")


def _in_words_of(said: Iterable[Said], unit: OrgUnit, day: date, on: date) -> list[Said]:
    """A yes told on an earlier day was said to the words of that day: those written since say nothing of it."""
    if day >= on:
        return list(said)
    then = consents.texts_for([unit.pk], day)
    found = []
    for one in said:
        text = then.get((one.purpose, unit.pk))
        if one.given and text is None:
            raise ConsentError("unwritten")
        found.append(replace(one, text_id=text.pk if text else None) if one.given else one)
    return found


def _moment(one: Said, at: datetime, told_on: date | None, on: date) -> datetime:
    if told_on is None or told_on >= on:
        return at
    return datetime.combine(told_on, time.min if one.given else time.max, clock.HELSINKI)


# --- the words -------------------------------------------------------------------------------------------------------
def write_text(
    *,
    actor: User,
    purpose: ConsentPurpose,
    unit: OrgUnit | None,
    words: dict[str, str],
    valid_from: date,
    asks_again: bool,
    on: date,
) -> ConsentText:
    """A new version of the words, by language; `unit` None: for all associations without their own.

    `asks_again`: the use changes, so earlier consents do not cover it and lapse on its first day (GDPR article 7).
    """
    if valid_from < on:
        raise ConsentError("past")
    with mutation(actor=actor, kind="consent.text", unit_id=unit.pk if unit else None):
        ConsentPurpose.objects.select_for_update().get(pk=purpose.pk)
        rows = ConsentText.objects.filter(purpose=purpose, unit=unit).order_by("-number")
        last = rows.filter(taken_back_on=None).first()
        if last is not None and last.valid_from > valid_from:
            raise ConsentError("order")
        numbers = rows.values_list("number", flat=True)
        return ConsentText.objects.create(
            purpose=purpose,
            unit=unit,
            number=max(numbers, default=0) + 1,
            text_fi=words["fi"].strip()[:TEXT],
            text_sv=words["sv"].strip()[:TEXT],
            text_en=words["en"].strip()[:TEXT],
            valid_from=valid_from,
            asks_again=asks_again,
            written_by=actor,
        )


def take_text_back(*, actor: User, text: ConsentText, on: date) -> None:
    """A version nobody has been shown yet; one that has begun is followed by another."""
    with mutation(actor=actor, kind="consent.text", unit_id=text.unit_id):
        row = ConsentText.objects.select_for_update().get(pk=text.pk)
        if row.valid_from <= on or row.taken_back_on is not None:
            raise ConsentError("begun")
        row.taken_back_on = on
        row.save(update_fields=["taken_back_on"])
