"""Campaigns: a goal, what belongs to it, the links by which people join, the list of those to call (COM-10)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction

from communications.models import (
    CallState,
    Campaign,
    CampaignCall,
    CampaignJoin,
    CampaignStep,
)
from communications.readers import people_in
from communications.services.logging_contacts import log_contact
from jasenpalvelu.accounts.models import User
from jasenpalvelu.audit.services import mutation
from members.models import ContactPoint, DataMark, Membership, OrgUnit, Party
from members.models.parties import ContactKind
from members.scope import Scope

FIELDS = (
    "name",
    "code",
    "description",
    "goal",
    "target",
    "starts_on",
    "ends_on",
    "segment",
    "recruits",
)
SALT = "communications.campaign"
MOST_CALLS = 2000


class CampaignError(Exception):
    """`code`: taken (another campaign has the code), segment (not understood, or none), many (more than are called), closed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def keep(
    *, actor: User | None, unit: OrgUnit, values: dict[str, Any], campaign: Campaign | None = None
) -> Campaign:
    """Begin a campaign, or change one (FIELDS). CampaignError "taken": links find a campaign by its code, so each has its own."""
    with mutation(actor=actor, kind="campaign.edit", summary=values["name"], unit_id=unit.pk):
        found = Campaign.objects.select_for_update().get(pk=campaign.pk) if campaign else Campaign(unit=unit)
        for name in FIELDS:
            if name in values:
                setattr(found, name, values[name])
        try:
            with transaction.atomic():
                found.save()
        except IntegrityError:
            if Campaign.objects.filter(code=found.code).exclude(pk=found.pk).exists():
                raise CampaignError("taken") from None
            raise
    return found


def close(*, actor: User | None, campaign: Campaign, at: datetime) -> Campaign:
    """It is over: its links still lead to the form, and count no more."""
    return _mark(actor, campaign, "campaign.close", at)


def reopen(*, actor: User | None, campaign: Campaign) -> Campaign:
    return _mark(actor, campaign, "campaign.reopen", None)


def _mark(actor: User | None, campaign: Campaign, kind: str, at: datetime | None) -> Campaign:
    with mutation(actor=actor, kind=kind, summary=campaign.name, unit_id=campaign.unit_id):
        found = Campaign.objects.select_for_update().get(pk=campaign.pk)
        found.closed_at = at
        found.save(update_fields=["closed_at"])
    return found


# --- what belongs to it -------------------------------------------------------------------------------------------------
def add_step(*, actor: User | None, campaign: Campaign, **thing: Any) -> CampaignStep:
    """`thing` is one of mailing, survey, announcement, material. Added twice it is there once."""
    assert len(thing) == 1
    with mutation(actor=actor, kind="campaign.step", summary=campaign.name, unit_id=campaign.unit_id):
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        return CampaignStep.objects.get_or_create(campaign=campaign, **thing)[0]


def remove_step(*, actor: User | None, step: CampaignStep) -> None:
    """The thing itself stays."""
    with mutation(
        actor=actor, kind="campaign.step_out", summary=step.campaign.name, unit_id=step.campaign.unit_id
    ):
        CampaignStep.objects.filter(pk=step.pk).delete()


# --- joining ------------------------------------------------------------------------------------------------------------
def link_code(campaign: Campaign, referrer_id: int | None = None) -> str:
    """What stands in a join link: the campaign's code, or a member's own, which is signed."""
    if referrer_id is None:
        return campaign.code
    return signing.Signer(salt=SALT, sep=".").sign(f"{campaign.code}.{referrer_id}")


def read_code(text: str) -> tuple[str, int | None]:
    """The code of the campaign and the member whose link it was. A member's link that was changed counts for nobody."""
    code, _dot, rest = text.partition(".")
    if not rest:
        return code, None
    try:
        value = signing.Signer(salt=SALT, sep=".").unsign(text)
    except signing.BadSignature:
        return code, None
    return code, int(value.rpartition(".")[2])


def count_join(*, membership: Membership, text: str, on: date) -> CampaignJoin | None:
    """An application came by a link; counted once, while the campaign runs, in its own unit and below."""
    code, referrer_id = read_code(text)
    campaign = Campaign.objects.running(on).filter(code=code).first()
    if campaign is None or not OrgUnit.objects.below(campaign.unit_id).filter(pk=membership.unit_id).exists():
        return None
    rows = Party.objects.filter(pk=referrer_id or 0).exclude(pk=membership.party_id)
    referrer = rows.select_related("merged_into").first()
    if referrer is not None and referrer.merged_into_id:
        referrer = referrer.merged_into
    return CampaignJoin.objects.get_or_create(
        membership=membership, defaults={"campaign": campaign, "referrer": referrer, "on": on}
    )[0]


# --- calling ------------------------------------------------------------------------------------------------------------
def make_calls(*, actor: User, campaign: Campaign, scope: Scope, on: date) -> int:
    """Put those of the segment on the list whom the maker may call: with a number, without a mark on the use of their data and
    without a non-disclosure order. How many were added; those on it stay. CampaignError "segment", "many", "closed"."""
    with mutation(actor=actor, kind="campaign.calls", summary=campaign.name, unit_id=campaign.unit_id):
        found = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if found.closed_at is not None:
            raise CampaignError("closed")
        people = people_in(found.segment, found.unit_id, on) if found.segment else None
        if people is None:
            raise CampaignError("segment")
        keys = people.filter(
            pk__in=ContactPoint.objects.on(on).filter(kind=ContactKind.PHONE).values("party_id"),
            non_disclosure=False,
            person__deceased_on=None,
        ).exclude(pk__in=DataMark.objects.on(on).values("party_id"))
        wanted = list(keys.order_by("sort_key", "pk").values_list("pk", flat=True)[: MOST_CALLS + 1])
        if len(wanted) > MOST_CALLS:
            raise CampaignError("many")
        seen = Membership.objects.in_force(on).filter(
            scope.unit_filter("unit", "members.view", "B"), party__in=wanted
        )
        units = dict(seen.order_by("-pk").values_list("party_id", "unit_id"))
        here = set(CampaignCall.objects.filter(campaign=found).values_list("party_id", flat=True))
        rows = [
            CampaignCall(campaign=found, party_id=pk, unit_id=units[pk])
            for pk in wanted
            if pk in units and pk not in here
        ]
        CampaignCall.objects.bulk_create(rows)
    return len(rows)


def note_call(*, actor: User, call: CampaignCall, state: str, at: datetime) -> CampaignCall:
    """How a call went; it stands in the member's contact log too."""
    with mutation(actor=actor, kind="campaign.call", summary=call.campaign.name, unit_id=call.unit_id):
        found = CampaignCall.objects.select_for_update().get(pk=call.pk)
        found.state, found.called_at, found.called_by = state, at, actor
        found.save(update_fields=["state", "called_at", "called_by"])
        if state != CallState.OPEN:
            log_contact(
                party_id=found.party_id,
                unit_id=found.unit_id,
                channel="phone",
                direction="out",
                kind="campaign.call",
                summary=call.campaign.name,
                reference=f"campaign:{call.campaign_id}",
                status=str(CallState(state).label),
                at=at,
                actor=actor,
            )
    return found
