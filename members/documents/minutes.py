"""The extract of the minutes: what a meeting decided of members, section by section, to be signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jasenpalvelu.common import paper
from jasenpalvelu.common.dates import format_date
from jasenpalvelu.common.reference import municipality_name
from members.documents.sender import foot, sender
from members.documents.texts import GROUNDS, MINUTES, MinutesWords
from members.models import BoardMeeting, MeetingItem
from members.models.meetings import MatterKind, Outcome
from members.models.memberships import last_day_before

TEMPLATE = "documents/minutes.html"
LANGUAGES = tuple(MINUTES)
# A matter of its own: what is said of one expelled member is nobody else's.
Block = dict[str, Any]


def pdf(meeting: BoardMeeting, items: Sequence[MeetingItem], language: str) -> bytes:
    """The extract in the language; `items` come with membership, its party and type, decision and expulsion."""
    values = context(meeting, items, language)
    return paper.pdf(TEMPLATE, values, values["sender"]["logo"])


def context(meeting: BoardMeeting, items: Sequence[MeetingItem], language: str) -> dict[str, Any]:
    words, unit = MINUTES[language], meeting.unit
    people = [f"{meeting.chair} ({words.chair})", meeting.present, f"{meeting.secretary} ({words.secretary})"]
    facts = [(words.day, format_date(meeting.held_on)), (words.place, meeting.place)]
    facts.append((words.present, "; ".join(filter(None, people))))
    return {
        "lang": language,
        "title": f"{words.extract} {format_date(meeting.held_on)}",
        "author": unit.name_in(language),
        "created": meeting.held_on.isoformat(),
        "body": "record",
        "words": words,
        "sender": sender(unit, language),
        "foot": foot(unit, language, words.y_tunnus),
        "who": words.bodies[meeting.body],
        "number": words.meeting.format(number=meeting.number) if meeting.number else "",
        "facts": [(term, value) for term, value in facts if value],
        "sections": [
            found
            for kind in MatterKind
            if (found := _section(meeting, kind, [i for i in items if i.kind == kind], language))
        ],
        "chair": meeting.chair,
        "secretary": meeting.secretary,
        "undone": words.undone.format(day=format_date(meeting.undone_on)) if meeting.undone_on else "",
    }


def _section(
    meeting: BoardMeeting, kind: str, items: Sequence[MeetingItem], language: str
) -> dict[str, Any] | None:
    if not items:
        return None
    words = MINUTES[language]
    titles = {
        MatterKind.APPLICATION: words.applications,
        MatterKind.RESIGNATION: words.resignations,
        MatterKind.DEEMED: words.deemed,
        MatterKind.EXPULSION: words.expulsions,
    }
    decision = items[0].decision
    return {
        "no": f"{decision.section} §" if decision and decision.section else "",
        "title": titles[MatterKind(kind)],
        "blocks": [
            block
            for outcome in Outcome
            for block in _blocks(meeting, outcome, [i for i in items if i.outcome == outcome], language)
        ],
    }


def _blocks(meeting: BoardMeeting, outcome: str, items: Sequence[MeetingItem], language: str) -> list[Block]:
    if not items:
        return []
    words = MINUTES[language]
    if outcome in (Outcome.EXPELLED, Outcome.DROPPED):
        return [_expulsion(item, outcome, language) for item in items]
    leads = {
        Outcome.ADMITTED: words.admitted.format(day=format_date(meeting.members_from)),
        Outcome.REJECTED: words.rejected,
        Outcome.NOTED: words.noted,
        Outcome.CONFIRMED: words.confirmed,
        Outcome.KEPT: words.kept,
        Outcome.POSTPONED: words.postponed,
    }
    ends = outcome in (Outcome.NOTED, Outcome.CONFIRMED)
    reasoned = outcome in (Outcome.REJECTED, Outcome.KEPT, Outcome.POSTPONED)
    return [
        {
            "lead": leads[Outcome(outcome)],
            "decision": outcome != Outcome.POSTPONED,
            "head": _head(words, outcome, ends=ends, reasoned=reasoned),
            "rows": [
                _row(number, item, language, ends=ends, reasoned=reasoned)
                for number, item in enumerate(items, start=1)
            ],
        }
    ]


def _head(words: MinutesWords, outcome: str, *, ends: bool, reasoned: bool) -> list[str]:
    who = words.applicant if outcome in (Outcome.ADMITTED, Outcome.REJECTED) else words.member
    last = [words.last_day] if ends else [words.reason] if reasoned else []
    return [words.number, who, words.municipality, words.type, words.member_number, *last]


def _row(number: int, item: MeetingItem, language: str, *, ends: bool, reasoned: bool) -> list[str]:
    membership = item.membership
    party = membership.party if membership else None
    place = ""
    if party is not None and not party.non_disclosure and party.home_municipality:
        place = municipality_name(party.home_municipality, language)
    day = last_day_before(item.effective_on)
    last = [format_date(day) if day else ""] if ends else [item.reason] if reasoned else []
    return [
        str(number),
        item.name,
        place or "–",
        _type_name(item, language),
        party.number if party else "–",
        *last,
    ]


def _type_name(item: MeetingItem, language: str) -> str:
    if item.membership is None:
        return "–"
    kind = item.membership.type
    return getattr(kind, f"name_{language}", "") or kind.name_fi


def _expulsion(item: MeetingItem, outcome: str, language: str) -> Block:
    words, proposal = MINUTES[language], item.expulsion
    if proposal is None or outcome == Outcome.DROPPED:
        return {"lead": words.dropped.format(name=item.name), "decision": True, "head": [], "rows": []}
    answer = words.answered.format(day=format_date(proposal.answered_on)) if proposal.answered_on else ""
    before = ""
    if proposal.told_on and proposal.hear_by:
        before = words.heard.format(
            told=format_date(proposal.told_on),
            until=format_date(proposal.hear_by),
            answer=answer or words.not_heard,
        )
    lead = words.expelled.format(
        name=item.name, ground=GROUNDS[language][proposal.ground], reasons=proposal.reasons
    )
    return {"before": before, "lead": lead, "decision": True, "head": [], "rows": []}
