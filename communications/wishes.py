"""Who wants which letters: as a condition over hundreds of thousands, and of one person with the words asked (COM-2).

What is said of a topic stands in `Preference`; consents and objections (members.consents) stand above it. A letter of a topic with a
purpose goes to whom `consents.allows` reaches and who has not refused the topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from communications import links
from communications.models import Channel, Delivery, Preference, Topic, TopicClass
from members import consents
from members.consents import Choice
from members.models import ConsentText, OrgUnit, Party, UnitClosure
from members.models.consents import ConsentChannel
from members.models.units import Relation

CONSENT_CHANNEL = {
    Channel.EMAIL: ConsentChannel.EMAIL,
    Channel.SMS: ConsentChannel.SMS,
    Channel.LETTER: ConsentChannel.POST,
}


# --- conditions -------------------------------------------------------------------------------------------------------
def refused(topic: Topic, channel: int, *, party: str = "pk") -> Q:
    """Condition on a party: it has refused letters of the topic by the channel. Nobody refuses a statutory one.

    `party` is the path of the party's key. Whether somebody has consented or objected is asked of `members.consents` besides.
    """
    if not topic.can_be_refused:
        return Q(**{f"{party}__in": []})
    rows = Preference.objects.filter(topic=topic, channel=channel, party=OuterRef(party), wanted=False)
    return Q(Exists(rows))


def refused_sql(*, party: str, topic: str, channel: int) -> str:
    """The same for statements written in SQL; `party` and `topic` are expressions of theirs."""
    return (
        f"EXISTS (SELECT 1 FROM communications_preference w WHERE w.topic_id = {topic}"  # noqa: S608 -- names of our own
        f" AND w.channel = {int(channel)} AND w.party_id = {party} AND NOT w.wanted)"
    )


# --- one person ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Asking:
    """What one association says of a purpose and a channel: what holds, and the words shown."""

    unit: OrgUnit
    choice: Choice
    text: ConsentText


@dataclass(frozen=True)
class Box:
    """A topic by one channel. `asking`: the associations whose consent it needs."""

    channel: Channel
    wanted: bool
    asking: tuple[Asking, ...] = ()


@dataclass(frozen=True)
class Wish:
    topic: Topic
    boxes: tuple[Box, ...]

    @property
    def texts(self) -> list[ConsentText]:
        """The words a yes would be said to, each once: of marketing, and of letters that have been forbidden."""
        found = {
            one.text.pk: one.text
            for box in self.boxes
            for one in box.asking
            if self.topic.klass == TopicClass.MARKETING or not one.choice.allowed
        }
        return [found[pk] for pk in sorted(found)]

    @property
    def outdated(self) -> bool:
        return any(one.choice.outdated for box in self.boxes for one in box.asking)


@dataclass(frozen=True)
class Wishes:
    """`always`: what belongs to the membership. `child`: a guardian says yes for them."""

    always: list[Topic]
    letters: list[Wish]
    marketing: list[Wish]
    child: bool

    @property
    def asked(self) -> list[Wish]:
        return self.letters + self.marketing


def wishes_of(party: Party, on: date) -> Wishes:
    """Every topic of the person's associations and of those above them, with what holds."""
    units = consents.units_of(party, on)
    topics = _topics_of([unit.pk for unit in units])
    said = {
        (topic, channel): wanted
        for topic, channel, wanted in Preference.objects.filter(party=party).values_list(
            "topic_id", "channel", "wanted"
        )
    }
    asked = _asked(party, units, on)
    found = [Wish(topic, boxes) for topic in topics if (boxes := tuple(_boxes(topic, said, asked)))]
    return Wishes(
        always=[topic for topic in topics if not topic.can_be_refused],
        letters=[wish for wish in found if wish.topic.klass == TopicClass.MEMBER],
        marketing=[wish for wish in found if wish.topic.klass == TopicClass.MARKETING],
        child=consents.needs_guardian(party, on),
    )


def _topics_of(units: Sequence[int]) -> list[Topic]:
    above = UnitClosure.objects.filter(
        descendant__in=units, ancestor=OuterRef("unit"), relation=Relation.ADMINISTRATIVE
    )
    rows = Topic.objects.filter(Q(unit=None) | Q(unit__in=units) | Exists(above), active=True)
    return list(rows.select_related("purpose", "unit").order_by("position", "pk"))


def _asked(party: Party, units: Iterable[OrgUnit], on: date) -> dict[tuple[str, str], tuple[Asking, ...]]:
    found: dict[tuple[str, str], list[Asking]] = {}
    for one in consents.choices_of(party, units, on):
        for asked in one.asked:
            for choice in asked.choices:
                key = (asked.purpose.pk, str(choice.channel))
                found.setdefault(key, []).append(Asking(one.unit, choice, asked.text))
    return {key: tuple(rows) for key, rows in found.items()}


def _boxes(
    topic: Topic, said: dict[tuple[int, int], bool], asked: dict[tuple[str, str], tuple[Asking, ...]]
) -> Iterable[Box]:
    if not topic.can_be_refused:
        return
    for channel, consent in CONSENT_CHANNEL.items():
        not_refused = said.get((topic.pk, channel), True)
        if topic.purpose_id is None:
            yield Box(channel, not_refused)
        elif asking := asked.get((topic.purpose_id, str(consent)), ()):
            yield Box(channel, not_refused and any(one.choice.allowed for one in asking), asking)


# --- by a letter's link --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Letter:
    """What a signed link tells: the message it stood in, whom it came to and what it was about (None: a matter of one's own)."""

    delivery: Delivery
    party: Party
    topic: Topic | None

    @property
    def channel(self) -> int:
        return self.delivery.channel

    @property
    def hint(self) -> str:
        """The address, told so that its owner knows it and nobody else learns it."""
        start, _at, domain = self.delivery.address.rpartition("@")
        return f"{start[:1]}…@{domain}" if start else ""


def is_signed(token: str) -> bool:
    """Whether the link was made here, be its message kept or not."""
    return links.number_of(links.UNSUBSCRIBE, token) is not None


def letter_of(token: str) -> Letter | None:
    """None for a link that was not made here, and for a message or a person that is not kept any more."""
    number = links.number_of(links.UNSUBSCRIBE, token)
    if number is None or number > 2**63 - 1:
        return None
    row = Delivery.objects.select_related("mailing__topic__purpose").filter(pk=number).first()
    if row is None or row.party_id is None:
        return None
    party = Party.objects.select_related("person", "merged_into__person").get(pk=row.party_id)
    mailing = row.mailing
    return Letter(row, party.merged_into or party, mailing.topic if mailing is not None else None)
