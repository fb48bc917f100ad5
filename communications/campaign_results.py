"""What came of a campaign, on one page: its goal, letters, surveys, announcements, materials, applications and calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, Sum

from communications.models import (
    AnnouncementRead,
    CallState,
    Campaign,
    CampaignCall,
    CampaignJoin,
    CampaignStep,
    Goal,
    MaterialDownloads,
)
from communications.services.summing import figures
from communications.survey_results import answered
from members.models import OrgUnit
from members.models.memberships import State as MembershipState

JOINED = Q(membership__state__in=[MembershipState.ACTIVE, MembershipState.LAPSED])


@dataclass(frozen=True)
class Letter:
    step: CampaignStep
    planned: int
    sent: int
    not_sent: int


@dataclass(frozen=True)
class Told:
    """One thing and its number: answers, readers or downloads."""

    step: CampaignStep
    count: int


@dataclass(frozen=True)
class UnitLine:
    unit: OrgUnit
    applications: int
    members: int
    called: int
    reached: int


@dataclass(frozen=True)
class Results:
    letters: list[Letter]
    surveys: list[Told]
    announcements: list[Told]
    materials: list[Told]
    applications: int
    members: int
    by_members: int
    calls: dict[str, int]
    units: list[UnitLine]
    reached: int
    target: int

    @property
    def share(self) -> int:
        """Of the goal, in whole percents; more than all is all."""
        return min(100, self.reached * 100 // self.target)

    @property
    def to_call(self) -> int:
        return self.calls.get(CallState.OPEN, 0)

    @property
    def answered(self) -> int:
        return self.calls.get(CallState.REACHED, 0)

    @property
    def called(self) -> int:
        return sum(n for state, n in self.calls.items() if state != CallState.OPEN)


def results(campaign: Campaign) -> Results:
    steps = list(
        CampaignStep.objects.filter(campaign=campaign)
        .select_related("mailing", "survey", "announcement", "material")
        .order_by("pk")
    )
    joins = CampaignJoin.objects.filter(campaign=campaign)
    counted = joins.aggregate(
        every=Count("pk"),
        joined=Count("pk", filter=JOINED),
        invited=Count("pk", filter=Q(referrer__isnull=False)),
    )
    calls = dict(
        CampaignCall.objects.filter(campaign=campaign).order_by().values_list("state").annotate(n=Count("pk"))
    )
    surveys = [Told(step, answered(step.survey)) for step in steps if step.survey is not None]
    materials = _downloads(campaign, steps)
    numbers = {
        Goal.MEMBERS: counted["joined"],
        Goal.APPLICATIONS: counted["every"],
        Goal.ANSWERS: sum(line.count for line in surveys),
        Goal.CALLS: calls.get(CallState.REACHED, 0),
        Goal.DOWNLOADS: sum(line.count for line in materials),
    }
    return Results(
        letters=_letters(steps),
        surveys=surveys,
        announcements=_reads(steps),
        materials=materials,
        applications=counted["every"],
        members=counted["joined"],
        by_members=counted["invited"],
        calls=calls,
        units=_units(campaign),
        reached=numbers[Goal(campaign.goal)],
        target=campaign.target,
    )


def _letters(steps: Iterable[CampaignStep]) -> list[Letter]:
    found = []
    for step in steps:
        if step.mailing is not None:
            told = figures(step.mailing)
            found.append(
                Letter(step, told.planned, told.accepted, told.rejected + told.suppressed + told.cancelled)
            )
    return found


def _reads(steps: Iterable[CampaignStep]) -> list[Told]:
    mine = [step for step in steps if step.announcement is not None]
    rows = AnnouncementRead.objects.filter(
        announcement__in=[step.announcement_id for step in mine]
    ).order_by()
    counted = dict(rows.values_list("announcement_id").annotate(n=Count("pk")))
    return [Told(step, counted.get(step.announcement_id, 0)) for step in mine]


def _downloads(campaign: Campaign, steps: Iterable[CampaignStep]) -> list[Told]:
    """In the months of the campaign: downloads are counted by the month."""
    mine = [step for step in steps if step.material is not None]
    rows = MaterialDownloads.objects.filter(
        version__material__in=[step.material_id for step in mine],
        month__gte=_month(campaign.starts_on),
        month__lte=_month(campaign.ends_on),
    )
    counted = dict(rows.order_by().values_list("version__material_id").annotate(n=Sum("count")))
    return [Told(step, counted.get(step.material_id, 0)) for step in mine]


def _month(day: date) -> date:
    return day.replace(day=1)


def _units(campaign: Campaign) -> list[UnitLine]:
    joins = CampaignJoin.objects.filter(campaign=campaign).order_by()
    joined = {
        unit: (every, members)
        for unit, every, members in joins.values_list("membership__unit_id").annotate(
            every=Count("pk"), members=Count("pk", filter=JOINED)
        )
    }
    calls = CampaignCall.objects.filter(campaign=campaign).order_by()
    called = {
        unit: (done, reached)
        for unit, done, reached in calls.values_list("unit_id").annotate(
            done=Count("pk", filter=~Q(state=CallState.OPEN)),
            reached=Count("pk", filter=Q(state=CallState.REACHED)),
        )
    }
    units = OrgUnit.objects.filter(pk__in=[*joined, *called]).order_by("sort_key", "pk")
    return [UnitLine(unit, *joined.get(unit.pk, (0, 0)), *called.get(unit.pk, (0, 0))) for unit in units]
