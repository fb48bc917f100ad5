"""Who is asked: written once when the survey opens, with the reason beside everyone who may not be asked (COM-5).

People get their letters in rounds (`asking`); what is said below of letters is of associations, each of which gets a message of its own.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from communications.models import LeftOut, Survey, SurveyAudience, SurveyInvitation
from communications.models.surveys import SurveyInvitationQuerySet
from communications.services import backgrounds
from jasenpalvelu.audit.services import mutation
from members import listing
from members.choosing import Choices
from members.models import DataMark, Membership, OrgUnit, Party, Segment, UnitClosure
from members.models.marks import MarkKind
from members.models.units import Relation
from members.scope import Scope
from members.segments import compiling, tree

CAPABILITY, CLASSES = "surveys.edit", "AB"
# Between two letters to the same respondent.
BETWEEN = timedelta(days=1)

# In one statement, however many they are. Somebody in two associations is asked once, as a member of the one joined first.
_ENTER = """
INSERT INTO communications_surveyinvitation
  (survey_id, party_id, unit_id, for_unit, language, member_type, age_band, left_out, version)
SELECT %(survey)s, p.id, m.unit_id, false, p.language,
  CASE WHEN %(secret)s THEN '' ELSE coalesce(m.federation_code, '') END,
  CASE WHEN %(secret)s THEN '' ELSE {band} END,
  CASE WHEN s.deceased_on IS NOT NULL THEN 'deceased'
    WHEN p.id IN ({restricted}) THEN 'restricted'
    ELSE '' END, 1
FROM members_party p LEFT JOIN members_person s ON s.party_id = p.id
JOIN LATERAL (SELECT m.unit_id, t.federation_code FROM members_membership m
  JOIN members_membershiptype t ON t.id = m.type_id
  WHERE m.party_id = p.id AND m.unit_id = ANY(%(units)s) AND m.started_on <= %(on)s
    AND (m.ended_on IS NULL OR m.ended_on > %(on)s)
  ORDER BY m.started_on, m.id LIMIT 1) m ON true
WHERE p.merged_into_id IS NULL AND p.id IN ({chosen})
ORDER BY p.sort_key, p.id
ON CONFLICT DO NOTHING
"""


class InvitingError(Exception):
    """`code`: segment (it is not there any more, or cannot be understood)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def reach(survey: Survey, scope: Scope) -> list[int]:
    """The survey's unit and those below it, as far as the person may ask their members."""
    below = UnitClosure.objects.filter(ancestor=survey.unit_id, relation=Relation.ADMINISTRATIVE)
    found = set(below.values_list("descendant_id", flat=True).order_by())
    return sorted(found & scope.unit_ids(CAPABILITY, CLASSES))


def chosen(survey: Survey, scope: Scope, on: date) -> QuerySet[Party]:
    """Whom the survey asks today: members of the units it reaches, narrowed by its segment. Raises InvitingError."""
    tied = Membership.objects.in_force(on).filter(party=OuterRef("pk"), unit__in=reach(survey, scope))
    rows = Party.objects.filter(Exists(tied), merged_into=None)
    if survey.audience != SurveyAudience.SEGMENT:
        return rows
    kept = Segment.objects.visible_to(scope).filter(pk=survey.segment_id or 0).first()
    try:
        narrowing = compiling.narrowing(tree.from_json(kept.spec if kept else None), Choices(scope), on)
    except tree.SegmentError:
        raise InvitingError("segment") from None
    found = listing.parties(narrowing, CAPABILITY).order_by().values("pk")
    return rows.filter(pk__in=found)


def units_asked(survey: Survey, scope: Scope, on: date) -> QuerySet[OrgUnit]:
    """The associations a situation survey asks: those with members, within reach."""
    rows = OrgUnit.objects.on(on).filter(pk__in=reach(survey, scope), kind__has_members=True)
    return rows.order_by("sort_key", "pk")


def settle(*, survey: Survey, scope: Scope, on: date, at: datetime) -> int:
    """Write who is asked; how many there are. Done again it adds nobody twice."""
    actor = scope.user
    with mutation(actor=actor, kind="survey.settle", summary=survey.title, unit_id=survey.unit_id):
        if survey.of_units:
            _enter_units(survey, scope, on)
        else:
            _enter_members(survey, scope, on)
        Survey.objects.filter(pk=survey.pk).update(settled_at=at)
    survey.settled_at = at
    return SurveyInvitation.objects.filter(survey=survey).count()


def _enter_units(survey: Survey, scope: Scope, on: date) -> None:
    rows = [
        SurveyInvitation(
            survey=survey,
            unit=unit,
            for_unit=True,
            language=(unit.languages or ["fi"])[0],
            left_out="" if unit.email else LeftOut.NO_EMAIL,
        )
        for unit in units_asked(survey, scope, on)
    ]
    SurveyInvitation.objects.bulk_create(rows, ignore_conflicts=True)


def _enter_members(survey: Survey, scope: Scope, on: date) -> None:
    marks = DataMark.objects.on(on).filter(kind=MarkKind.RESTRICTION, unit__in=reach(survey, scope))
    among, named = _named(chosen(survey, scope, on).order_by().values("pk"), "c")
    restricted, marked = _named(marks.order_by().values("party_id"), "r")
    whole = _ENTER.format(chosen=among, restricted=restricted, band=backgrounds.band())
    params: dict[str, Any] = {"survey": survey.pk, "secret": survey.is_secret, "on": on}
    params |= {"units": reach(survey, scope)} | named | marked
    with connection.cursor() as cursor:
        cursor.execute(whole, params)


def _named(rows: QuerySet[Any], letter: str) -> tuple[str, dict[str, Any]]:
    """The query as SQL with named places, so that it goes into a larger one."""
    sql, values = rows.query.sql_with_params()
    first, *rest = sql.split("%s")
    named = {f"{letter}{n}": value for n, value in enumerate(values)}
    return first + "".join(f"%({name})s{part}" for name, part in zip(named, rest, strict=True)), named


# --- letters to associations -------------------------------------------------------------------------------------------
def to_mail(survey: Survey, *, reminding: bool, at: datetime) -> SurveyInvitationQuerySet:
    """Which get a letter now: at first those who have had none, then the silent whose last one is a day old."""
    rows = SurveyInvitation.objects.filter(survey=survey, for_unit=True, answered_on=None)
    if not reminding:
        return rows.unsent()
    before = at - BETWEEN
    rows = rows.filter(left_out="", sent_at__lt=before)
    return rows.filter(Q(reminded_at=None) | Q(reminded_at__lt=before))


def mark_sent(*, sent: list[int], refused: list[int], reminding: bool, at: datetime) -> None:
    """The letters lie in the outbox; those whose address is none do not."""
    with transaction.atomic():
        SurveyInvitation.objects.filter(pk__in=sent).update(**{"reminded_at" if reminding else "sent_at": at})
        SurveyInvitation.objects.filter(pk__in=refused).update(left_out=LeftOut.REFUSED)


def left_out(survey: Survey) -> dict[str, int]:
    """How many are not asked, or as an association got no letter, by reason."""
    rows = SurveyInvitation.objects.filter(survey=survey).exclude(left_out="")
    return dict(rows.order_by().values_list("left_out").annotate(n=Count("pk")))
