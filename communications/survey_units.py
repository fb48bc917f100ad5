"""Which situation surveys the holder of a post answers for their associations."""

from __future__ import annotations

from communications.models import SurveyInvitation
from communications.models.surveys import SurveyInvitationQuerySet
from members.scope import Scope


def asked_of(scope: Scope) -> SurveyInvitationQuerySet:
    """Of associations in which the person holds a post themself; a post above it does not answer for it."""
    units = sorted({post.unit.pk for post in scope.posts})
    return SurveyInvitation.objects.filter(for_unit=True, unit__in=units)
