"""Choosing one's letters: by the mail program's button, by the page of a letter's link, on one's own pages (COM-2, RFC 8058).

Saying no to marketing takes the consent back as well, with its proof (GDPR article 7(3)); saying yes gives it, to the words
shown (act 917/2014, section 200). Saying no is never refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from communications import wishes
from communications.models import Preference, PreferenceSource, Topic, TopicClass
from communications.wishes import CONSENT_CHANNEL, Letter, Wish
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import Party
from members.models.consents import ConsentSource
from members.services import consenting
from members.services.consenting import Said


class WishError(Exception):
    """`code`: text (a yes to words that are not those of today), guardian (a child's yes), topic (not one that is asked)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Wanted:
    """One box that was ticked or unticked."""

    topic_id: int
    channel: int
    wanted: bool


def unsubscribe(*, letter: Letter, source: str = PreferenceSource.ONE_CLICK, at: datetime, on: date) -> bool:
    """No more letters of this topic by this channel; whether it is so now. What belongs to the membership cannot be refused.

    A second time changes nothing.
    """
    topic = letter.topic
    if topic is None or not topic.can_be_refused:
        return False
    refuse(party=letter.party, topics=[topic], channel=letter.channel, source=source, at=at, on=on)
    return True


def refuse(
    *, party: Party, topics: Sequence[Topic], channel: int, source: str, at: datetime, on: date
) -> None:
    """Say no to the topics for somebody, without asking anything of them; what is refused already stays as it was."""
    keys = [topic.pk for topic in topics if topic.can_be_refused]
    held = set(_refused(party, channel).filter(topic__in=keys).values_list("topic_id", flat=True))
    known = {wish.topic.pk: wish for wish in wishes.wishes_of(party, on).asked}
    left = [
        Wanted(key, channel, wanted=False)
        for key in keys
        if key not in held or _still_allowed(known.get(key), channel)
    ]
    if left:
        _write(actor=None, party=party, changes=left, shown=(), source=source, at=at, on=on)


def _refused(party: Party, channel: int):  # type: ignore[no-untyped-def]
    return Preference.objects.filter(party=party, channel=channel, wanted=False)


def _still_allowed(wish: Wish | None, channel: int) -> bool:
    """A consent that was given again elsewhere after the topic was refused."""
    if wish is None or wish.topic.klass != TopicClass.MARKETING:
        return False
    return any(one.choice.allowed for box in wish.boxes if box.channel == channel for one in box.asking)


def choose(
    *,
    actor: User | None,
    party: Party,
    changes: Sequence[Wanted],
    shown: Collection[int],
    source: str,
    at: datetime,
    on: date,
) -> None:
    """What the person ticked and unticked, in one act. `shown`: the versions of the words that stood on the page.

    WishError when a yes may not be taken; then nothing is written.
    """
    if changes:
        _write(actor=actor, party=party, changes=changes, shown=shown, source=source, at=at, on=on)


def _write(
    *,
    actor: User | None,
    party: Party,
    changes: Sequence[Wanted],
    shown: Collection[int],
    source: str,
    at: datetime,
    on: date,
) -> None:
    with mutation(actor=actor, kind="letters.choose"):
        held = Party.objects.select_for_update(of=("self",)).select_related("person").get(pk=party.pk)
        before = {wish.topic.pk: wish for wish in wishes.wishes_of(held, on).asked}
        after = _after(before, changes)
        _say(actor, held, changes, before, after, shown, source, at, on)
        for (topic, channel), wanted in sorted(after.items()):
            Preference.objects.update_or_create(
                party=held,
                topic_id=topic,
                channel=channel,
                defaults={"wanted": wanted, "source": source, "at": at},
            )


def _after(before: dict[int, Wish], changes: Sequence[Wanted]) -> dict[tuple[int, int], bool]:
    """The rows to be written: what was changed; and a yes to one topic of a purpose that was forbidden leaves its other
    topics as they were shown."""
    after = {(one.topic_id, one.channel): one.wanted for one in changes}
    opened = {
        (before[one.topic_id].topic.purpose_id, one.channel)
        for one in changes
        if one.wanted and one.topic_id in before and before[one.topic_id].topic.purpose_id
    }
    for wish in before.values():
        for box in wish.boxes:
            if not box.wanted and (wish.topic.purpose_id, box.channel) in opened:
                after.setdefault((wish.topic.pk, box.channel), False)
    return after


def _say(
    actor: User | None,
    party: Party,
    changes: Sequence[Wanted],
    before: dict[int, Wish],
    after: dict[tuple[int, int], bool],
    shown: Collection[int],
    source: str,
    at: datetime,
    on: date,
) -> None:
    """The consents and objections that go with the choices, in each association they belong to."""
    said: dict[int, list[Said]] = {}
    units = {}
    for one in changes:
        wish = before.get(one.topic_id)
        if wish is None:
            if one.wanted:
                raise WishError("topic")
            continue
        if not one.wanted and not _last_of_purpose(wish.topic, one.channel, before, after):
            continue
        for asking in _asking(wish, one.channel):
            if asking.choice.allowed != one.wanted:
                if one.wanted and asking.text.pk not in shown:
                    raise WishError("text")
                units[asking.unit.pk] = asking.unit
                yes = Said(asking.text.purpose_id, asking.choice.channel, one.wanted, asking.text.pk)
                said.setdefault(asking.unit.pk, []).append(yes)
    origin = ConsentSource.PORTAL if source == PreferenceSource.PORTAL else ConsentSource.LINK
    for key in sorted(said):
        try:
            consenting.record(
                actor=actor,
                party=party,
                unit=units[key],
                said=list(dict.fromkeys(said[key])),
                source=origin,
                at=at,
                on=on,
            )
        except consenting.ConsentError as error:
            raise WishError(error.code) from error


def _asking(wish: Wish, channel: int) -> Sequence[wishes.Asking]:
    return next((box.asking for box in wish.boxes if box.channel == channel), ())


def _last_of_purpose(
    topic: Topic, channel: int, before: dict[int, Wish], after: dict[tuple[int, int], bool]
) -> bool:
    """Whether no other topic of marketing that is still wanted stands on the same consent."""
    if topic.klass != TopicClass.MARKETING or channel not in CONSENT_CHANNEL:
        return False
    return not any(
        after.get((wish.topic.pk, channel), box.wanted)
        for wish in before.values()
        if wish.topic.pk != topic.pk
        and wish.topic.purpose_id == topic.purpose_id
        and wish.topic.klass == TopicClass.MARKETING
        for box in wish.boxes
        if box.channel == channel
    )
