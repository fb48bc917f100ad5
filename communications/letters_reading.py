"""What the pages of letters show: who saved last, who gets it, their own words in it, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet

from communications import figures_shown
from communications.letters import fields
from communications.models import Channel, Delivery, Mailing, Reason, State
from communications.services import planning, summing
from communications.services.summing import Figures
from jasenpalvelu.audit.models import Change
from members.models import ContactPoint, Membership, OrgUnit, Party
from members.models.parties import ContactKind
from members.scope import Scope


@dataclass(frozen=True)
class Saved:
    name: str
    at: datetime
    user_id: int | None


def last_saved(mailing: Mailing) -> Saved | None:
    """Whose act was the last one on the letter."""
    rows = Change.objects.filter(table_name="communications_mailing", row_id=str(mailing.pk))
    last = rows.select_related("mutation__actor").order_by("-pk").first()
    if last is None:
        return None
    actor = last.mutation.actor
    return Saved(str(actor) if actor else "", last.at, actor.pk if actor else None)


# --- recipients ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Recipient:
    """One of the audience, as the preview shows them; `address` is empty where it is protected. `reason`: why they get nothing."""

    party: Party
    address: str
    protected: bool
    previous: int | None
    next: int | None
    on_paper: bool = False
    reason: str = ""


def audience(mailing: Mailing, scope: Scope, on: date) -> QuerySet[Party]:
    """Raises planning.PlanError."""
    found: QuerySet[Party] = planning.audience(mailing, scope=scope, on=on)
    return found


def recipient(mailing: Mailing, scope: Scope, on: date, people: QuerySet[Party], pk: int) -> Recipient | None:
    """The one of the key, else the first by name, with those before and after, and how the letter would come to them."""
    ordered = people.order_by("sort_key", "pk")
    party = ordered.filter(pk=pk).first() or ordered.first()
    if party is None:
        return None
    place = (party.sort_key, party.pk)
    after = ordered.filter(sort_key__gte=party.sort_key).exclude(sort_key=place[0], pk__lte=place[1])
    before = people.order_by("-sort_key", "-pk").filter(sort_key__lte=party.sort_key)
    before = before.exclude(sort_key=place[0], pk__gte=place[1])
    verdict = planning.verdict(mailing, scope=scope, on=on, party_id=party.pk)
    email = ContactPoint.objects.filter(
        party=party, kind=ContactKind.EMAIL, primary=True, valid_to=None
    ).first()
    return Recipient(
        party=party,
        address="" if party.non_disclosure or email is None else email.value,
        protected=party.non_disclosure,
        previous=before.values_list("pk", flat=True).first(),
        next=after.values_list("pk", flat=True).first(),
        on_paper=verdict is not None and verdict.channel == Channel.LETTER,
        reason=verdict.reason if verdict else "",
    )


def values_of(mailing: Mailing, party_id: int, language: str, on: date) -> dict[str, str]:
    """The recipient's words, as the freeze would write them, had they chosen the language."""
    below = OrgUnit.objects.below(mailing.unit_id).order_by().values("pk")
    tied = (
        Membership.objects.in_force(on)
        .filter(party=party_id, unit__in=below)
        .order_by("started_on", "pk")
        .first()
    )
    columns = ", ".join(f"({sql})::text" for sql in planning.FIELDS.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM (SELECT id, display_name, member_number, %s AS language FROM members_party WHERE id = %s) p"  # noqa: S608 -- our own columns
            " LEFT JOIN members_person pe ON pe.party_id = p.id JOIN members_orgunit u ON u.id = %s",
            [language, party_id, tied.unit_id if tied else mailing.unit_id],
        )
        row = cursor.fetchone()
    return fields.told({code: value or "" for code, value in zip(planning.FIELDS, row or (), strict=False)})


def figures_now(mailing: Mailing) -> Figures:
    """For the panel that is asked for every second or three; of a letter to many a few seconds old. Until it leaves they do not change."""
    key = f"letter-figures:{mailing.pk}:{mailing.version}:{mailing.state}"
    planned = mailing.summary.get("planned", 0)
    return figures_shown.counted(key, planned, lambda: summing.figures(mailing))


# --- results ------------------------------------------------------------------------------------------------------------
UNREACHED = (State.REJECTED, State.SUPPRESSED, State.UNCERTAIN)


def unreached(mailing: Mailing, scope: Scope) -> QuerySet[Delivery]:
    """Those who did not get it, by name, as far as the reader sees contact data of their association."""
    rows = Delivery.objects.visible_to(scope).filter(mailing=mailing, state__in=UNREACHED)
    return rows.select_related("party", "unit")


# Where the remedy is the address of the member, the name leads there.
ADDRESS_REASONS = {
    Reason.NO_ADDRESS,
    Reason.BAD_ADDRESS,
    Reason.ADDRESS_STOPPED,
    Reason.REFUSED_BY_SERVER,
    Reason.BOUNCED,
}
