"""The posts of the units concerned: which there are, what usually becomes of them, and what one may choose."""

from __future__ import annotations

from django.db.models import Q

from members.models import Mandate, OrgChange, RoleGrant
from members.models.reorganising import ChangeKind, PostChoice
from members.scope import Scope
from members.services import mandates

# Whoever may book payments can settle what is open.
SETTLES = "billing.payments"


def concerned(change: OrgChange) -> Q:
    """Posts of the units that end or are divided, in force on the day or beginning later."""
    units = change.ending if change.kind == ChangeKind.MERGE else change.sources
    if change.kind == ChangeKind.MOVE:
        return Q(pk__in=[])
    return Q(unit__in=units) & (Q(valid_to__isnull=True) | Q(valid_to__gte=change.effective_on))


def of_change(change: OrgChange) -> list[Mandate]:
    rows = Mandate.objects.filter(concerned(change)).select_related("party", "template", "unit")
    return list(
        rows.prefetch_related("template__grants").order_by(
            "unit__sort_key", "template", "party__sort_key", "pk"
        )
    )


def chosen(change: OrgChange) -> dict[int, str]:
    return dict(change.posts.order_by("pk").values_list("mandate_id", "choice"))


def choices(change: OrgChange, mandate: Mandate) -> list[PostChoice]:
    """A unit's own role is given nowhere else, and only posts with money settle accounts."""
    own_role = mandate.template.unit_id is not None
    if change.kind == ChangeKind.SPLIT:
        found = [PostChoice.STAY, PostChoice.ALSO, PostChoice.MOVE]
        return [PostChoice.STAY] if own_role else found
    found = [PostChoice.END] if own_role else [PostChoice.END, PostChoice.MOVE]
    return [*found, PostChoice.SETTLE] if settles(mandate) else found


def usual(change: OrgChange, mandate: Mandate) -> PostChoice:
    """What becomes of a post nobody has decided on."""
    if change.kind == ChangeKind.SPLIT:
        return PostChoice.STAY
    return PostChoice.SETTLE if settles(mandate) else PostChoice.END


def settles(mandate: Mandate) -> bool:
    return RoleGrant.objects.filter(template=mandate.template_id, capability=SETTLES).exists()


def is_there(mandate: Mandate, unit_id: int) -> bool:
    """The person has the same post in the other unit already."""
    rows = Mandate.objects.filter(party=mandate.party_id, unit=unit_id, template=mandate.template_id)
    lasting = Q(valid_to__isnull=True) | Q(valid_to__gte=mandate.valid_from) if mandate.valid_from else Q()
    return rows.filter(lasting).exists()


def refused(change: OrgChange, mandate: Mandate, choice: str, scope: Scope) -> str:
    """Why the one who plans the change may not give the post on: "self", "more", or "" when it may be."""
    if choice not in (PostChoice.MOVE, PostChoice.ALSO):
        return ""
    if mandate.party_id == scope.party_id:
        return "self"
    like = change.target_id or change.like_id or change.sources[0]
    rights = mandates.rights_of(mandate.template)
    may = scope.can(mandates.GRANT, like)
    more = mandates.beyond(scope, rights, unit_id=like, listed=mandate.listed_units)
    return "more" if more or not may else ""
