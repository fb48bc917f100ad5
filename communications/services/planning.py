"""Who gets a letter and who does not, each with the reason: counted before it is sent, frozen when it is (COM-2).

One statement decides both, so that what was shown is what happens. The audience is the sender's: members whom the sender may write
to, of the letter's unit and those below it, narrowed by the segment. Everybody in it gets a row: to be sent, to be printed, or
suppressed with a reason; so planned = accepted + rejected + suppressed + uncertain + waiting at any time. A round of a survey goes by
the same statement: its audience are those who were asked when the survey opened.
"""

# ruff: noqa: S608 -- what is joined into the statements are names and numbers of our own, and SQL compiled by Django
from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from communications import wishes
from communications.models import Channel, Klass, Mailing, Reason, State, Survey, TopicClass
from communications.models.surveys import REACHED_OTHERWISE
from communications.permissions import SEND, SURVEYS
from communications.sending import lanes
from communications.sending.building import FIELD
from members import consents, listing
from members.choosing import NARROW, Choices
from members.models import OrgUnit, Party, Segment, UnitClosure
from members.models.units import Relation
from members.scope import Scope
from members.segments import compiling, tree

KLASS = {
    TopicClass.STATUTORY: Klass.STATUTORY,
    TopicClass.MEMBER: Klass.MEMBER,
    TopicClass.MARKETING: Klass.MARKETING,
}


MEASURED = 2000


class PlanError(ValueError):
    """`code`: segment — the group is not there any more, or not understood · unit — the sender may not write there · closed — the survey
    takes no answers."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Plan:
    """`planned` people; of them `to_mail` and `to_print`, the others by reason. `units` and `languages`: those who get it."""

    planned: int
    to_mail: int
    to_print: int
    reasons: Counter[str] = field(default_factory=Counter)
    units: Counter[int] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)

    @property
    def reached(self) -> int:
        return self.to_mail + self.to_print

    @property
    def not_reached(self) -> int:
        return self.planned - self.reached


@dataclass(frozen=True)
class Verdict:
    """How the letter reaches somebody; with a reason, why it does not."""

    channel: Channel
    reason: str


def plan(mailing: Mailing, *, scope: Scope, on: date) -> Plan:
    """What the freeze would write just now. Raises PlanError."""
    select, params = statement(mailing, scope, on)
    sql = (
        f"SELECT state, reason, channel, unit_id, language, count(*) FROM ({select}) d GROUP BY 1, 2, 3, 4, 5"
    )
    with connection.cursor() as cursor, _reading(mailing):
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    reasons: Counter[str] = Counter()
    units: Counter[int] = Counter()
    languages: Counter[str] = Counter()
    channels: Counter[int] = Counter()
    for state, reason, channel, unit, language, count in rows:
        if state == State.SUPPRESSED:
            reasons[reason] += count
            continue
        units[unit] += count
        languages[language] += count
        channels[channel] += count
    return Plan(
        planned=sum(row[-1] for row in rows),
        to_mail=channels[Channel.EMAIL],
        to_print=channels[Channel.LETTER],
        reasons=reasons,
        units=units,
        languages=languages,
    )


def verdict(mailing: Mailing, *, scope: Scope, on: date, party_id: int) -> Verdict | None:
    """What the freeze would write of this one just now; None for whom the letter is not meant. Raises PlanError."""
    select, params = statement(mailing, scope, on, party_id)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT channel, reason FROM ({select}) d", params)
        row = cursor.fetchone()
    return Verdict(Channel(row[0]), row[1]) if row else None


def audience(mailing: Mailing, *, scope: Scope, on: date) -> Any:
    """Parties the letter is meant for, whether they get it or not, as a query set. Raises PlanError."""
    rows = _memberships(mailing, scope, on)
    return Party.objects.filter(pk__in=rows.values("party_id"))


def freeze(mailing: Mailing, *, scope: Scope, on: date) -> int:
    """Write a row for everybody in the audience, in the caller's transaction; how many. Raises PlanError."""
    select, params = statement(mailing, scope, on)
    with connection.cursor() as cursor, _reading(mailing):
        cursor.execute(
            f"""
            INSERT INTO communications_delivery
                (mailing_id, template, kind, klass, unit_id, party_id, channel, name, address, address_key, language, vars,
                 reply_to, reference, attachment, lane, state, reason, attempts, created_at, next_at, code, said)
            SELECT %(mailing)s, '', %(kind)s, %(klass)s, unit_id, party_id, channel, name, address, address_key, language, vars,
                 '', %(reference)s, '{{}}', lane, state, reason, 0, now(), now(), '', ''
            FROM ({select}) d
            """,
            params
            | {
                "mailing": mailing.pk,
                "kind": _kind_of(mailing),
                "reference": f"letter:{mailing.pk}",
            },
        )
        count = int(cursor.rowcount)
        if (
            count > MEASURED
        ):  # or the senders' questions are planned as for an empty table until autovacuum has come
            cursor.execute("ANALYZE communications_delivery")
        return count


# --- the statement ----------------------------------------------------------------------------------------------------
_NAME = "CASE p.language WHEN 'sv' THEN coalesce(nullif(u.name_sv, ''), u.name_fi) WHEN 'en' THEN coalesce(nullif(u.name_en, ''), u.name_fi) ELSE u.name_fi END"
_FIRST = "split_part(pe.first_names, ' ', 1)"
_FULL = "coalesce(pe.first_names || ' ' || pe.last_name, p.display_name)"
# What a merge field is, of the recipient as it is at the freeze.
FIELDS = {
    "first_name": _FIRST,
    "last_name": "pe.last_name",
    "full_name": _FULL,
    "member_number": "p.member_number",
    "association": _NAME,
    "greeting": f"""CASE p.language
        WHEN 'sv' THEN coalesce('Hej ' || {_FIRST}, 'Bästa medlem')
        WHEN 'en' THEN coalesce('Hello ' || {_FIRST}, 'Dear member')
        ELSE coalesce('Hei ' || {_FIRST}, 'Hyvä jäsen') END""",
}

_SELECT = f"""
    WITH audience AS MATERIALIZED ({{audience}}){{consented}}, judged AS MATERIALIZED (
        SELECT a.party_id, a.unit_id, p.language, {_FULL} AS name, coalesce(e.value, '') AS address,
            coalesce(e.key, '') AS address_key, {{vars}} AS vars, {{paper}} AS on_paper,
            CASE
                WHEN pe.deceased_on IS NOT NULL THEN '{Reason.DECEASED}'
                {{wishes}}
                WHEN e.key IS NULL THEN '{Reason.NO_ADDRESS}'
                WHEN e.key !~ '{lanes.SQL_ADDRESS}' THEN '{Reason.BAD_ADDRESS}'
                WHEN e.bounced_on IS NOT NULL OR s.id IS NOT NULL THEN '{Reason.ADDRESS_STOPPED}'
                ELSE '' END AS reason
        FROM audience a
        JOIN members_party p ON p.id = a.party_id
        JOIN members_orgunit u ON u.id = a.unit_id
        LEFT JOIN members_person pe ON pe.party_id = p.id
        LEFT JOIN members_contactpoint e
            ON e.party_id = p.id AND e.kind = 'email' AND e.primary AND e.valid_to IS NULL
        LEFT JOIN communications_addressstate s ON s.address = e.key AND s.stopped_at IS NOT NULL
    ), numbered AS (
        SELECT j.*, row_number() OVER (PARTITION BY address_key, reason = '' ORDER BY party_id) AS n FROM judged j
    ), reasoned AS (
        SELECT n.*, CASE WHEN reason = '' AND n > 1 AND %(klass)s >= {Klass.MEMBER} THEN '{Reason.SAME_ADDRESS}' ELSE reason END AS why
        FROM numbered n
    ), told AS (
        SELECT r.*, on_paper AND why IN ('{Reason.NO_ADDRESS}', '{Reason.BAD_ADDRESS}', '{Reason.ADDRESS_STOPPED}') AS printed
        FROM reasoned r
    )
    SELECT party_id, unit_id, language, name, vars, address_key,
        CASE WHEN printed THEN '' ELSE address END AS address,
        CASE WHEN printed THEN {Channel.LETTER} ELSE {Channel.EMAIL} END AS channel,
        CASE WHEN printed THEN {lanes.PAPER} WHEN why = '' THEN {lanes.sql_lane("address_key")} ELSE 0 END AS lane,
        CASE WHEN printed OR why = '' THEN {State.PLANNED} ELSE {State.SUPPRESSED} END AS state,
        CASE WHEN printed THEN '' ELSE why END AS reason
    FROM told
"""
_POSTAL = (
    "EXISTS (SELECT 1 FROM members_contactpoint o WHERE o.party_id = p.id AND o.kind = 'address' AND o.primary"
    " AND o.valid_to IS NULL AND o.value <> '')"
)


def statement(
    mailing: Mailing, scope: Scope, on: date, party_id: int | None = None
) -> tuple[str, dict[str, Any]]:
    """The rows of the outbox as a query, of one party when it is told. Parameters of what Django compiled are bound here: the rest are named."""
    topic = mailing.topic
    klass = KLASS[TopicClass(topic.klass)]
    audience = _asked(mailing, scope, on) if mailing.survey_id else _members(mailing, scope, on, party_id)
    consented, unwanted, paper = "", "", _POSTAL if mailing.paper else "false"
    if topic.purpose_id:
        units = set(scope.unit_ids(SURVEYS if mailing.survey_id else SEND)) & _below(mailing.unit)
        for name, channel in (("consented", "email"), ("consented_to_paper", "post")):
            allowed = Party.objects.filter(
                consents.allows(str(topic.purpose_id), channel, on=on, units=units)
            ).order_by()
            allowed = allowed.filter(pk=party_id) if party_id is not None else allowed
            consented += f", {name} (id) AS MATERIALIZED ({_bound(allowed.values('pk'))})"
        why = Reason.NO_CONSENT if klass == Klass.MARKETING else Reason.OBJECTS
        unwanted = f"WHEN p.id NOT IN (SELECT id FROM consented) THEN '{why}'"
        paper += " AND p.id IN (SELECT id FROM consented_to_paper)"
    if topic.can_be_refused:
        unwanted += f" WHEN {_refused(Channel.EMAIL)} THEN '{Reason.REFUSED}'"
        paper += f" AND NOT {_refused(Channel.LETTER)}"
    used = fields_of(mailing)
    told = [f"'{code}', {sql}" for code, sql in FIELDS.items() if code in used]
    values = ", ".join([*told, "'asked', a.asked"] if mailing.survey_id else told)
    select = _SELECT.format(
        audience=audience,
        consented=consented,
        wishes=unwanted,
        vars=f"jsonb_strip_nulls(jsonb_build_object({values}))" if values else "'{}'::jsonb",
        paper=paper,
    )
    return select, {"klass": int(klass), "topic": topic.pk}


def _refused(channel: Channel) -> str:
    """The person `p` has refused letters of the topic by the channel."""
    return wishes.refused_sql(party="p.id", topic="%(topic)s", channel=channel)


def fields_of(mailing: Mailing) -> frozenset[str]:
    """The merge fields the letter uses, in any language."""
    texts = mailing.versions.values_list("subject", "html", "text")
    return frozenset(found[1] for version in texts for text in version for found in FIELD.finditer(text))


def _kind_of(mailing: Mailing) -> str:
    """As the contact log tells it."""
    if mailing.survey_id:
        return "surveys.remind" if mailing.reminding else "surveys.ask"
    return f"letter.{mailing.kind}"


def _members(mailing: Mailing, scope: Scope, on: date, party_id: int | None) -> str:
    """Somebody in several associations is a member of the one joined first."""
    memberships = _memberships(mailing, scope, on)
    if party_id is not None:
        memberships = memberships.filter(party=party_id)
    rows = memberships.order_by().values("id", "party_id", "unit_id", "started_on")
    return (
        f"SELECT DISTINCT ON (m.party_id) m.party_id, m.unit_id FROM ({_bound(rows)}) m"
        " ORDER BY m.party_id, m.started_on, m.id"
    )


def _asked(mailing: Mailing, scope: Scope, on: date) -> str:
    """Those whom the survey asks: of a reminder who has not answered; else everybody, answered or not, whom no earlier round reached.

    `asked` is what the sender makes one's own link of: a link that stood here could be read.
    """
    if not scope.can(SURVEYS, mailing.unit_id):
        raise PlanError("unit")
    if not Survey.objects.taking_answers(on).filter(pk=mailing.survey_id or 0).exists():
        raise PlanError("closed")
    reached = ", ".join(f"'{code}'" for code in REACHED_OTHERWISE)
    whom = "i.answered_on IS NULL"
    if not mailing.reminding:
        whom = f"""NOT EXISTS (SELECT 1 FROM communications_delivery o JOIN communications_mailing r ON r.id = o.mailing_id
            WHERE r.survey_id = i.survey_id AND NOT r.reminding AND o.party_id = i.party_id
              AND o.state IN ({State.ACCEPTED}, {State.UNCERTAIN}))"""
    return f"""
        SELECT i.party_id, i.unit_id, jsonb_build_array(i.id, i.version) AS asked FROM communications_surveyinvitation i
        WHERE i.survey_id = {mailing.survey_id} AND NOT i.for_unit AND i.party_id IS NOT NULL AND i.left_out IN ({reached})
          AND {whom}"""


def _memberships(mailing: Mailing, scope: Scope, on: date) -> Any:
    """Memberships that bring their party into the audience."""
    if not scope.can(SEND, mailing.unit_id):
        raise PlanError("unit")
    spec = tree.Segment()
    if mailing.segment_id is not None:
        kept = Segment.objects.visible_to(scope).filter(pk=mailing.segment_id).first()
        if kept is None:
            raise PlanError("segment")
        try:
            spec = tree.from_json(kept.spec)
        except tree.SegmentError as error:
            raise PlanError("segment") from error
    try:
        found = compiling.narrowing(spec, Choices(scope), on)
    except tree.SegmentError as error:
        raise PlanError("segment") from error
    below = frozenset(_below(mailing.unit))
    found.units = below if found.units is None else found.units & below
    rows = listing.memberships(found, SEND)
    if found.parties:
        rows = rows.filter(party__in=Party.objects.filter(found.parties).order_by())
    return rows.filter(party__in=Party.objects.filter(merged_into=None)) if found.past else rows


def _below(unit: OrgUnit) -> set[int]:
    """The unit and those under it."""
    rows = UnitClosure.objects.filter(ancestor=unit, relation=Relation.ADMINISTRATIVE)
    return set(rows.values_list("descendant_id", flat=True)) | {unit.pk}


def _reading(mailing: Mailing) -> AbstractContextManager[None]:
    """Of many associations whole tables are read; one's own members are looked up."""
    return listing.reading_whole_tables() if len(_below(mailing.unit)) > NARROW else nullcontext()


def _bound(rows: Any) -> str:
    """The query set's SQL with its parameters in it, percent signs doubled for the statement around it."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:  # a purpose nobody can be asked for by this channel
        return "SELECT NULL::bigint WHERE false"
    with connection.cursor() as cursor:
        return str(cursor.mogrify(sql, params).decode()).replace("%", "%%")
